import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { rewriteAddressList } from '../../mta/inject/header/address-list.ts';
import { HeaderReader, HeaderTooLong, headerLimit } from '../../mta/inject/header/header-reader.ts';
import { renderField, type Token, tokenize } from '../../mta/inject/header/tokens.ts';

const keep = (address: readonly Token[]): readonly Token[] => address;

/** Addresses of a field, left to right, and the field as it would be written. */
function roundTrip(field: string): { addresses: readonly string[]; written: string } {
  const tokens = tokenize(field)!;
  const list = rewriteAddressList(tokens.slice(2), keep);
  assert.ok(list.isParsed, field);
  return {
    addresses: list.addresses.toReversed(),
    written: renderField([...tokens.slice(0, 2), ...list.tokens]),
  };
}

const word = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9!#$%&'*+=?^_`{|}~/-]{1,12}$/),
  fc.stringMatching(/^[ -~\x80-\xff]{0,12}$/).map((text) => ({ quoted: text })),
);
const written = (part: string | { quoted: string }): string =>
  typeof part === 'string' ? part : `"${part.quoted.replace(/["\\]/g, '\\$&')}"`;
const plain = (part: string | { quoted: string }): string => (typeof part === 'string' ? part : part.quoted);
const host = fc.stringMatching(/^[a-z0-9]{1,8}(\.[a-z]{1,5}){0,2}$/);
const comment = fc.stringMatching(/^[a-zA-Z ,.<>@:;"]{0,10}$/).map((text) => `(${text})`);

const member = fc
  .record({
    local: word,
    host,
    name: fc.option(fc.array(word, { maxLength: 3 })),
    comment: fc.option(comment),
  })
  .map(({ local, host, name, comment }) => {
    const address = `${written(local)}@${host}`;
    const shown = name ? `${name.map(written).join(' ')} <${address}>` : address;
    return { text: comment ? `${comment} ${shown}` : shown, address: `${plain(local)}@${host}` };
  });

const blank = fc.constantFrom(' ', '  ', '\t', '\n ', '');
const list = fc.array(fc.tuple(member, blank, blank), { minLength: 1, maxLength: 12 });

test('whatever is in a list, reading and writing it keeps its addresses in their order', () => {
  fc.assert(
    fc.property(list, fc.boolean(), (members, isGroup) => {
      const text = members.map(([{ text }, before, after]) => `${before}${text}${after}`).join(',');
      const { addresses, written } = roundTrip(isGroup ? `To: some friends: ${text};\n` : `To:${text}\n`);
      const expected = members.map(([{ address }]) => address);
      assert.deepEqual(addresses, expected);
      const again = roundTrip(written);
      assert.deepEqual(again.addresses, expected);
      assert.equal(again.written, written, 'writing is stable');
      assert.doesNotMatch(written.slice(0, -1), /\n(?! )/, 'each line but the first begins with a blank');
    }),
    { numRuns: 400 },
  );
});

test('no bytes make the reader of lists throw, and what it writes it can read', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[ab .,@<>:;()"[\]\\\t]{0,40}$/), (text) => {
      const tokens = tokenize(`To: ${text}\n`);
      if (!tokens) return;
      const found = rewriteAddressList(tokens.slice(2), keep);
      if (!found.isParsed) return;
      const written = renderField([...tokens.slice(0, 2), ...found.tokens]);
      const again = rewriteAddressList((tokenize(written) as Token[]).slice(2), keep);
      assert.deepEqual(again.addresses, found.addresses, written);
    }),
    { numRuns: 3000 },
  );
});

test('a long list is read in linear time', () => {
  const members = ['<', '(a)', 'a b ', '"q" ', 'a@b,', '<a@b>', 'a:b;', ';', '<<', ':'];
  for (const each of members) {
    const many = each.repeat(200_000 / each.length);
    const started = performance.now();
    const tokens = tokenize(`To: <${many}>, ${many}\n`)!;
    const { tokens: out } = rewriteAddressList(tokens.slice(2), keep);
    renderField(out);
    assert.ok(performance.now() - started < 3000, each);
  }
});

/** Feeds a message in pieces of `size` bytes; answers fields and the rest. */
function readHeader(message: string, size: number): { fields: readonly string[]; rest: string } {
  const reader = new HeaderReader();
  const bytes = Buffer.from(message, 'latin1');
  const rest: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    const body = reader.push(bytes.subarray(at, at + size));
    if (body) rest.push(body);
  }
  rest.push(reader.end());
  return { fields: reader.fields, rest: Buffer.concat(rest).toString('latin1') };
}

test('the header ends at an empty line, before a line that is none, or with the input', () => {
  const table: readonly (readonly [string, readonly string[], string])[] = [
    ['', [], ''],
    ['A: 1\nB: 2\n c\n\nbody\n', ['A: 1\n', 'B: 2\n c\n'], '\nbody\n'],
    ['A: 1\n\nbody', ['A: 1\n'], '\nbody\n'],
    ['A: 1', ['A: 1\n'], ''],
    ['A: 1\n\n', ['A: 1\n'], '\n'],
    ['\nA: 1\n', [], '\nA: 1\n'],
    ['no header\nA: 1', [], '\nno header\nA: 1\n'],
    [' A: 1\n', [], '\n A: 1\n'],
    ['A: 1\nbad line: x\nC: 3\n', ['A: 1\n'], '\nbad line: x\nC: 3\n'],
    ['A: 1\n: x\n', ['A: 1\n'], '\n: x\n'],
    ['A\x01: 1\n', [], '\nA\x01: 1\n'],
    ['A\xe9: 1\n', [], '\nA\xe9: 1\n'],
    ['A \t: 1\n', ['A \t: 1\n'], ''],
    ['From me now\nA: 1\nFrom x\n\n', ['MBOX-Line: From me now\n', 'A: 1\n', 'MBOX-Line: From x\n'], '\n'],
    ['A: 1\r\nB: 2\r\n\r\nbo\rdy\r\n\r', ['A: 1\n', 'B: 2\n'], '\nbo\rdy\n\r\n'],
    ['A: 1\nB: 2\r\n\nx\r\n', ['A: 1\n', 'B: 2\r\n'], '\nx\r\n'],
    ['A: \r1\n\n\r\n', ['A: \r1\n'], '\n\r\n'],
  ];
  for (const [message, fields, rest] of table)
    for (const size of [1, 2, 3, 7, 1000])
      assert.deepEqual(readHeader(message, size), { fields, rest }, `${message}|${size}`);
});

test('a header that has no end is refused, a body of any length is not', () => {
  const line = Buffer.from(`X: ${'x'.repeat(65_000)}\n`);
  const reader = new HeaderReader();
  assert.throws(() => {
    for (let sent = 0; sent <= headerLimit + line.length; sent += line.length) reader.push(line);
  }, HeaderTooLong);
  const short = new HeaderReader();
  const body = Buffer.concat([Buffer.from('A: 1\n\n'), Buffer.alloc(headerLimit * 2, 'y')]);
  assert.equal(short.push(body)?.length, body.length - 5);
});
