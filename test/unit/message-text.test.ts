// Plain text as pages show it: flowed text, quotes, signature, links; names and types of files; signed tokens.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { htmlToText } from '../../server/message/html-text.ts';
import { findLinks } from '../../server/message/links.ts';
import { cleanName, contentDisposition, nameUnnamed, uniqueNames } from '../../server/message/names.ts';
import { readToken, signToken } from '../../server/message/signed.ts';
import { servedType, sniffType } from '../../server/message/sniff.ts';
import { joinLines, makeBlocks, makePreview, readFixed, readFlowed } from '../../server/message/text.ts';

describe('format=flowed (RFC 3676)', () => {
  it('joins lines that end with a space, at one depth', () => {
    assert.deepEqual(readFlowed('one \ntwo\n> q1 \n> q2\n>> deep\n', false), [
      { depth: 0, text: 'one two' },
      { depth: 1, text: 'q1 q2' },
      { depth: 2, text: 'deep' },
      { depth: 0, text: '' },
    ]);
  });
  it('takes the space away with DelSp and undoes stuffing', () => {
    assert.deepEqual(readFlowed('on \ne\n >not a quote\n  two', true), [
      { depth: 0, text: 'one' },
      { depth: 0, text: '>not a quote' },
      { depth: 0, text: ' two' },
    ]);
  });
  it('never flows a signature separator', () => {
    assert.deepEqual(
      readFlowed('end \n-- \nme', false).map(({ text }) => text),
      ['end ', '-- ', 'me'],
    );
  });
});

describe('blocks', () => {
  it('groups by depth and marks the signature', () => {
    const blocks = makeBlocks(readFixed('hi\n> a\n> > b\n>c\n-- \nAnn'));
    assert.deepEqual(
      blocks.map(({ depth, signature, runs }) => [depth, signature, runs.map(({ text }) => text).join('')]),
      [
        [0, false, 'hi'],
        [1, false, 'a'],
        [2, false, 'b'],
        [1, false, 'c'],
        [0, true, '-- \nAnn'],
      ],
    );
  });
  it('bounds depth and number', () => {
    const lines = readFixed(`${'>'.repeat(50_000)} deep\n${'x\n>y\n'.repeat(50_000)}`);
    const blocks = makeBlocks(lines);
    assert.ok(blocks.length <= 10_001);
    assert.equal(blocks[0]!.depth, 50);
  });
  it('gives the lines back with their marks for a reply', () => {
    assert.equal(joinLines(readFixed('a\n> b\n>> c')), 'a\n> b\n>> c');
  });
  it('makes a preview of the words that are not quoted', () => {
    assert.equal(makePreview(readFixed('> old\n\n  New   words\n-- \nsig')), 'New words');
    assert.ok(makePreview(readFixed('word '.repeat(100))).length <= 121);
    assert.equal(makePreview(readFixed('Yes.\n\nOn 3 May at 10:12, Eve wrote:\n\n> a\n> b')), 'Yes.');
    assert.equal(makePreview(readFixed('I do not agree with this:\n> a')), 'I do not agree with this:');
  });
});

describe('links in text', () => {
  const links = (text: string): string[] =>
    findLinks(text).flatMap(({ href }) => (href === undefined ? [] : [href]));
  const table: [string, string[]][] = [
    ['see http://example.test/a.', ['http://example.test/a']],
    ['(https://example.test/a_(b))', ['https://example.test/a_(b)']],
    ['<https://example.test/in-angle>', ['https://example.test/in-angle']],
    ['http://example.test/"onmouseover="alert(1)', ['http://example.test/']],
    ["http://example.test/'><script>alert(1)</script>", ['http://example.test/']],
    ['javascript:alert(1) data:text/html,x vbscript:x', []],
    ['ftp://example.test/x', []],
    ['www.example.test, and', ['http://www.example.test/']],
    ['mail bob@example.test!', ['mailto:bob@example.test']],
    ['mailto:x@example.test?subject=a', ['mailto:x@example.test?subject=a']],
    ['mailto:x@example.test?body=b%0d%0aBcc:%20c@d.test', []],
    ['mailto:x?<img src=x>', []],
    ['[link](javascript:alert(1))', []],
    ['http://', []],
    ['a@b', []],
  ];
  for (const [text, wanted] of table) it(`finds in ${text}`, () => assert.deepEqual(links(text), wanted));
  it('keeps every character of the text', () => {
    for (const [text] of table)
      assert.equal(
        findLinks(text)
          .map((run) => run.text)
          .join(''),
        text,
      );
  });
  it('stops at 2,000 links', () => {
    assert.equal(links('http://a.test/ '.repeat(5_000)).length, 2_000);
  });
});

describe('text of HTML', () => {
  const text = (html: string): string => joinLines(htmlToText(html, 10_000).lines);
  const table: [string, string][] = [
    ['<p>a</p><p>b</p>', 'a\n\nb'],
    ['a<br>b', 'a\nb'],
    ['a &amp; b&nbsp;c &eacute; &#233; &bogus;', 'a & b\u00a0c é é &bogus;'],
    ['<script>x</script><style>y</style><title>z</title>t', 't'],
    ['<ul><li>a<li>b</ul>', '* a\n* b'],
    ['<table><tr><td>a<td>b<tr><td>c</table>', 'a b\nc'],
    ['<pre>a\n  b</pre>', 'a\n  b'],
    ['x<!-- c -->y<!-->z', 'xyz'],
    ['<blockquote>a<blockquote>b</blockquote></blockquote>c', '> a\n>\n>> b\n\nc'],
    ['1 < 2', '1 < 2'],
    ['<img alt="logo" src=cid:x>', 'logo'],
  ];
  for (const [html, wanted] of table) it(`reads ${html}`, () => assert.equal(text(html), wanted));
  it('counts remote pictures and collects references', () => {
    const made = htmlToText(
      '<img src=http://a.test/x><img src="//b.test/y"><img src="cid:a%40b"><td background="https://c.test/">',
      1_000,
    );
    assert.equal(made.remotePictures, 3);
    assert.deepEqual([...made.references], ['a@b']);
  });
});

describe('file names and types', () => {
  const table: [string, string][] = [
    ['../../../../etc/passwd', 'passwd'],
    ['..\\..\\windows\\win.ini', 'win.ini'],
    ['report\u202efdp.exe', 'reportfdp.exe'],
    ['a\u0000b\r\nSet-Cookie: x=1.txt', 'ab  Set-Cookie_ x=1.txt'],
    ['"><img src=x>.html', '___img src=x_.html'],
    ['CON', '_CON'],
    ['.qmail', 'qmail'],
    ['Übersicht 2026.pdf', 'Übersicht 2026.pdf'],
    ['x. . .', 'x'],
    ['..', ''],
  ];
  for (const [raw, wanted] of table)
    it(`cleans ${JSON.stringify(raw)}`, () => assert.equal(cleanName(raw), wanted));
  it('cuts long names before the extension', () => {
    const name = cleanName(`${'ü'.repeat(300)}.txt`);
    assert.ok(Buffer.byteLength(name) <= 150 && name.endsWith('.txt') && name.isWellFormed());
  });
  it('names the unnamed and makes names unique', () => {
    assert.equal(nameUnnamed('application/pdf', '2'), 'part-2.pdf');
    assert.deepEqual(uniqueNames(['a.txt', 'A.txt', 'a.txt']), ['a.txt', 'A (2).txt', 'a (3).txt']);
  });
  it('writes a disposition without CR, LF or quotes from the name', () => {
    assert.equal(
      contentDisposition('attachment', 'Ü"\r\nX: y.pdf'),
      `attachment; filename="U_  X_ y.pdf"; filename*=UTF-8''%C3%9C_%20%20X_%20y.pdf`,
    );
  });
  it('knows types by their first bytes', () => {
    assert.equal(sniffType(Buffer.from('89504e470d0a1a0a', 'hex')), 'image/png');
    assert.equal(sniffType(Buffer.from('<svg xmlns=x>')), 'image/svg+xml');
    assert.equal(sniffType(Buffer.from('\ufeff <!DOCTYPE html>')), 'text/html');
    assert.equal(servedType(Buffer.from('<svg>')), 'application/octet-stream');
  });
});

describe('signed tokens', () => {
  const key = Buffer.alloc(32, 7);
  it('gives back what was signed until it expires', () => {
    const token = signToken(key, { u: 'http://x.test/' }, 600, 0);
    assert.match(token, /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{43}$/);
    assert.deepEqual(readToken(key, token, 599_000), { u: 'http://x.test/' });
    assert.equal(readToken(key, token, 601_000), undefined);
  });
  it('refuses every changed character, another key and junk', () => {
    const token = signToken(key, { p: '1' }, 600);
    for (let i = 0; i < token.length - 1; i++) {
      const changed = `${token.slice(0, i)}${token[i] === 'A' ? 'B' : 'A'}${token.slice(i + 1)}`;
      assert.equal(readToken(key, changed), undefined);
    }
    assert.equal(readToken(Buffer.alloc(32, 8), token), undefined);
    for (const junk of ['', '.', 'a.b', 'x'.repeat(100_000), '\u0000'.repeat(50)])
      assert.equal(readToken(key, junk), undefined);
  });
});
