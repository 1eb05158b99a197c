// Which domains of a letter are looked up in the lists of control/uribllist: what a reader could click, as a browser would
// read it, and no more of it than is bounded.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linkedDomains } from '../../mta/trust/lists/link-check.ts';

const html = (body: string, encoding = '7bit'): Buffer =>
  Buffer.from(`Content-Type: text/html\nContent-Transfer-Encoding: ${encoding}\n\n${body}\n`);
const domainsIn = (letter: Buffer): readonly string[] => linkedDomains(letter).flat();

test('links of text, of HTML and of encoded parts are found, with two and with three labels', () => {
  assert.deepEqual(domainsIn(Buffer.from('\nsee https://www.shop.junk.co.test/x?y=https://b.test/ now\n')), [
    'co.test',
    'junk.co.test',
  ]);
  assert.deepEqual(domainsIn(html('<a href="//A.Test/">a</a><img src=http://u:p@c.test:81/p.gif>')), [
    'a.test',
    'c.test',
  ]);
  const encoded = Buffer.from('<a href="http://b.test/">b</a>').toString('base64');
  assert.deepEqual(domainsIn(html(encoded, 'base64')), ['b.test']);
});

test('a host is read as a browser reads it', () => {
  const links = ['http://%61.test/', 'http://bücher.test/', 'http://a.test./', 'HTTP://A.TEST/again'];
  assert.deepEqual(domainsIn(html(links.map((link) => `<a href="${link}">x</a>`).join(''))), [
    'a.test',
    'xn--bcher-kva.test',
  ]);
});

test('addresses, names without a dot and what is no link of the web are not looked up', () => {
  const links = [
    'http://192.0.2.1/',
    'http://0x7f.1/',
    'http://[::1]/',
    'http://localhost/',
    'mailto:a@b.test',
  ];
  assert.deepEqual(domainsIn(html(links.map((link) => `<a href="${link}">x</a>`).join(''))), []);
});

test('twenty domains at most, of the first 256 KiB', () => {
  const many = Array.from({ length: 1000 }, (_, n) => `https://n${n}.test/`).join('\n');
  assert.equal(linkedDomains(Buffer.from(`\n${many}\n`)).length, 20);
  assert.deepEqual(domainsIn(Buffer.from(`\n${'far away\n'.repeat(30_000)}https://late.test/\n`)), []);
});
