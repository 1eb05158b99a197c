// The reader of strangers' XML: what it takes, in any pieces, and what it refuses; and what it makes of text.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createXmlReader, escapeXml, XmlError } from '../../mta/formats/xml.ts';

/** What the reader tells, as one text; texts that come in pieces are joined. */
function read(document: string, piece = document.length || 1): string {
  let told = '';
  const reader = createXmlReader({
    open: (name) => {
      told += `<${name}>`;
    },
    text: (text) => {
      told += text.replace(/</g, '{').replace(/&/g, '+');
    },
    close: (name) => {
      told += `</${name}>`;
    },
  });
  for (let at = 0; at < document.length; at += piece) reader.write(document.slice(at, at + piece));
  reader.end();
  return told;
}

const good: readonly (readonly [document: string, told: string])[] = [
  ['<a/>', '<a></a>'],
  ['\ufeff<?xml version="1.0"?>\n<!-- <b> -- > --><a>x</a>\n<!-- end -->\n', '<a>x</a>'],
  ['<n:a xmlns:n="urn:x" b=">" c=\'"\'><n:b /></n:a >', '<a><b></b></a>'],
  ['<a>1 &lt; 2 &amp;&#38;&#x26; &gt; &quot;&apos;</a>', '<a>1 { 2 +++ > "\'</a>'],
  ['<a><![CDATA[<b> &amp; ]] ]>]]>x</a>', '<a>{b> +amp; ]] ]>x</a>'],
  ['<a>&#x1F600;é</a>', '<a>😀é</a>'],
];

test('elements and their text come out, whatever the pieces the document comes in', () => {
  for (const [document, told] of good)
    for (const piece of [document.length, 1, 2, 3, 7]) assert.equal(read(document, piece), told, document);
});

test('what is no document, or wants something from outside, is refused', () => {
  const bad = [
    '',
    'x',
    '<a>',
    '<a></b>',
    '<a></a><b></b>',
    '<a></a>x',
    '<a',
    '<a b="',
    '<a><!-- ',
    '<a><![CDATA[x</a>',
    '< a/>',
    '<1/>',
    '<a></a b>',
    '<a <b></a>',
    '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
    '<!DOCTYPE a SYSTEM "http://192.0.2.1/"><a/>',
    '<a><!ELEMENT b></a>',
    '<a>&x;</a>',
    '<a>&amp</a>',
    '<a>& </a>',
    '<a>&constructor;</a>',
    '<a>&#0;</a>',
    '<a>&#xD800;</a>',
    '<a>&#x110000;</a>',
    '<a>&#99999999999;</a>',
    `<a b="${'x'.repeat(9000)}"/>`,
    '<a>'.repeat(40) + '</a>'.repeat(40),
  ];
  for (const document of bad)
    for (const piece of [document.length || 1, 1])
      assert.throws(() => read(document, piece), XmlError, document);
});

test('a tag that never ends is refused long before memory is', () => {
  const reader = createXmlReader({ open() {}, text() {}, close() {} });
  assert.throws(() => {
    for (let n = 0; n < 100; n++) reader.write('<a '.padEnd(1000, 'b'));
  }, XmlError);
});

test('text is written so that it comes back, and what XML cannot hold is replaced', () => {
  for (const text of ['<&>"\'', 'Müller & 😀', 'a\tb\nc'])
    assert.equal(
      read(`<a b="${escapeXml(text)}">${escapeXml(text)}</a>`),
      read(`<a><![CDATA[${text}]]></a>`),
    );
  assert.equal(
    escapeXml('a\u0000b\u001bc\ud800d\uffffe\udc00\ud83d\ude00'),
    'a\ufffdb\ufffdc\ufffdd\ufffde\ufffd😀',
  );
});
