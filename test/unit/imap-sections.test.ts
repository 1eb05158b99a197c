// BODY[...] and BINARY[...] (RFC 9051 6.4.5): names, numbers of parts, exact octets with CRLF, partials, streams.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { openBinary } from '../../server/message/imap/binary.ts';
import type { Section } from '../../server/message/imap/find-section.ts';
import { type PartOffsets, parsePartOffsets } from '../../server/message/imap/part-offsets.ts';
import {
  bufferSource,
  openSection,
  type SectionContent,
  type SectionCursor,
  type Span,
} from '../../server/message/imap/sections.ts';
import { makeWireTexts } from '../../server/message/imap/wire-texts.ts';
import { message, messagePaths, noCorpus } from '../support/messages.ts';

/** `1.2.MIME` and the list behind it. */
function parseSection(name: string, fields: readonly string[] = []): Section {
  const words = name.split('.');
  const path = words.filter((word) => /^\d/.test(word)).map(Number);
  return { path, text: words.slice(path.length).join('.') as Section['text'], fields };
}

const offsetsOf = (mail: Buffer): PartOffsets => parsePartOffsets(makeWireTexts(mail).parts)!;

async function collect(content: SectionContent | undefined): Promise<string | undefined> {
  if (!content) return undefined;
  const chunks: Buffer[] = [];
  for await (const chunk of content.chunks) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  assert.equal(bytes.length, content.size, 'the size that was promised');
  return bytes.toString('latin1');
}

async function body(
  mail: Buffer,
  name: string,
  fields: readonly string[] = [],
  span?: Span,
  offsets = offsetsOf(mail),
): Promise<string | undefined> {
  return collect(await openSection(bufferSource(mail), offsets, parseSection(name, fields), span));
}

async function binary(mail: Buffer, numbers: readonly number[], partial?: Span): Promise<string | undefined> {
  const content = await openBinary(bufferSource(mail), offsetsOf(mail), numbers, partial);
  return content === 'unknown-cte' ? content : collect(content);
}

const nested = message(
  'Subject: outer',
  'Content-Type: multipart/mixed; boundary=o',
  '',
  'preamble',
  '--o',
  'X-Part: one',
  '',
  'first',
  '--o',
  'Content-Type: message/rfc822',
  'X-Part: two',
  '',
  'Subject: plain inner',
  'X-Inner: 1',
  '',
  'inner text',
  '--o',
  'Content-Type: message/rfc822',
  '',
  'Subject: multipart inner',
  'Content-Type: multipart/alternative; boundary=i',
  '',
  '--i',
  'X-Alt: a',
  '',
  'alt a',
  '--i',
  'X-Alt: b',
  '',
  'alt b',
  '--i--',
  'inner epilogue',
  '--o--',
  'epilogue',
  '',
);
const wire = (...lines: string[]): string => lines.join('\r\n');

describe('BODY[...]', () => {
  const cases: readonly [string, string | undefined][] = [
    ['HEADER', wire('Subject: outer', 'Content-Type: multipart/mixed; boundary=o', '', '')],
    ['1', 'first'],
    ['1.MIME', wire('X-Part: one', '', '')],
    ['1.HEADER', undefined],
    ['1.1', undefined],
    ['2', wire('Subject: plain inner', 'X-Inner: 1', '', 'inner text')],
    ['2.MIME', wire('Content-Type: message/rfc822', 'X-Part: two', '', '')],
    ['2.HEADER', wire('Subject: plain inner', 'X-Inner: 1', '', '')],
    ['2.TEXT', 'inner text'],
    ['2.1', 'inner text'],
    ['2.1.MIME', wire('Subject: plain inner', 'X-Inner: 1', '', '')],
    ['2.2', undefined],
    [
      '3.TEXT',
      wire('--i', 'X-Alt: a', '', 'alt a', '--i', 'X-Alt: b', '', 'alt b', '--i--', 'inner epilogue'),
    ],
    ['3.2', 'alt b'],
    ['3.2.MIME', wire('X-Alt: b', '', '')],
    ['3.2.TEXT', undefined],
    ['4', undefined],
    ['4294967295', undefined],
  ];
  for (const [name, expected] of cases)
    it(`${name} of a message with forwarded ones is ${expected === undefined ? 'NIL' : 'exact'}`, async () =>
      assert.equal(await body(nested, name), expected));
  it('without a name is the whole, TEXT all after the header, with the epilogue', async () => {
    const whole = nested.toString('latin1').replaceAll('\n', '\r\n');
    assert.equal(await body(nested, ''), whole);
    assert.equal(`${await body(nested, 'HEADER')}${await body(nested, 'TEXT')}`, whole);
  });
  it('1 of a message that is no multipart is its body, 1.MIME its header', async () => {
    const mail = message('Subject: s', '', 'text', '');
    assert.equal(await body(mail, '1'), 'text\r\n');
    assert.equal(await body(mail, '1.MIME'), 'Subject: s\r\n\r\n');
    assert.equal(await body(mail, '1.1'), undefined);
    assert.equal(await body(mail, '2'), undefined);
  });
  it('of a message that is a forwarded message counts that as its part 1', async () => {
    const mail = message('Content-Type: message/rfc822', '', 'Subject: in', '', 'text');
    assert.equal(await body(mail, '1.HEADER'), 'Subject: in\r\n\r\n');
    assert.equal(await body(mail, '1.1'), 'text');
    assert.equal(await body(mail, '1'), 'Subject: in\r\n\r\ntext');
  });
  it('HEADER.FIELDS has the fields asked for in their order, folded as they are, and the empty line', async () => {
    const mail = message('To: a', 'Subject: s', '\tfolded', 'X-To: b', 'TO : c', '', 'To: body');
    assert.equal(
      await body(mail, 'HEADER.FIELDS', ['to', 'SUBJECT', 'none']),
      wire('To: a', 'Subject: s', '\tfolded', 'TO : c', '', ''),
    );
    assert.equal(await body(mail, 'HEADER.FIELDS.NOT', ['To', 'Subject']), wire('X-To: b', '', ''));
    assert.equal(await body(mail, 'HEADER.FIELDS', ['none']), '\r\n');
    assert.equal(await body(nested, '2.HEADER.FIELDS', ['X-Inner']), wire('X-Inner: 1', '', ''));
    assert.equal(await body(message('To: a'), 'HEADER.FIELDS', ['to']), wire('To: a', '', ''));
  });
  it('gives a partial its octets and no more, and nothing beyond the end', async () => {
    const mail = message('Subject: s', '', 'a', 'b', '');
    assert.equal(await body(mail, 'TEXT', [], { from: 1, length: 3 }), '\r\nb');
    assert.equal(await body(mail, 'TEXT', [], { from: 5, length: 10 }), '\n');
    assert.equal(await body(mail, 'TEXT', [], { from: 6, length: 10 }), '');
    assert.equal(await body(mail, 'TEXT', [], { from: 4_294_967_295, length: 4_294_967_295 }), '');
  });
  it('sends NUL as 0x80, and a CR that is there already once', async () => {
    assert.equal(await body(Buffer.from('A: b\r\n\r\nx\0\r\ny\n\rz'), ''), 'A: b\r\n\r\nx\x80\r\ny\r\n\rz');
  });
  it('fails when the file is shorter than it was', async () => {
    const offsets = offsetsOf(nested);
    const section = parseSection('');
    await assert.rejects(openSection(bufferSource(nested.subarray(0, 50)), offsets, section));
  });
});

describe('a large section', () => {
  const line = 'words of a long letter, one line like another, this is number ';
  const mail = Buffer.from(
    `Subject: large\n\n${Array.from({ length: 20_000 }, (_, i) => `${line}${i}${i % 3 === 0 ? '\r' : ''}\n`).join('')}`,
  );
  const expected = mail.subarray(16).toString('latin1').replace(/\r?\n/g, '\r\n');
  it('is streamed whole', async () => assert.equal(await body(mail, 'TEXT'), expected));
  it('comes the same in partials, with a cursor and without', async () => {
    const offsets = offsetsOf(mail);
    const section = parseSection('TEXT');
    let reads = 0;
    const memory = bufferSource(mail);
    const source: typeof memory = {
      read(...asked) {
        reads += asked[2];
        return memory.read(...asked);
      },
    };
    for (const cursor of [undefined, { wire: 0, file: 0 } satisfies SectionCursor]) {
      let whole = '';
      reads = 0;
      for (let start = 0; whole.length === start; start += 70_001)
        whole += await collect(
          await openSection(source, offsets, section, { from: start, length: 70_001 }, cursor),
        );
      assert.ok(whole === expected);
      if (cursor) assert.ok(reads < mail.length * 6, `${reads} bytes read of ${mail.length}`);
    }
  });
  it('of a file with CRLF is read from where it begins', async () => {
    const crlf = Buffer.from(`Subject: large\r\n\r\n${expected}`, 'latin1');
    const start = expected.length - 100;
    assert.equal(
      await body(crlf, 'TEXT', [], { from: start, length: 50 }),
      expected.slice(start, start + 50),
    );
  });
});

describe('BINARY[...]', () => {
  const encoded = (encoding: string, ...lines: string[]): Buffer =>
    message('Content-Type: application/x-data', `Content-Transfer-Encoding: ${encoding}`, '', ...lines);
  it('undoes base64 and quoted-printable', async () => {
    assert.equal(await binary(encoded('base64', 'AGhp', 'eA=='), [1]), '\0hix');
    assert.equal(await binary(encoded('quoted-printable', 'a=3Db =', 'c  ', 'd'), [1]), 'a=b c\r\nd');
  });
  it('says which content needs a literal8', async () => {
    const open = (mail: Buffer) => openBinary(bufferSource(mail), offsetsOf(mail), [1]);
    assert.equal(((await open(encoded('base64', 'AGhp'))) as SectionContent).hasNul, true);
    assert.equal(((await open(encoded('base64', 'aGhp'))) as SectionContent).hasNul, false);
  });
  it('gives 7bit text as it is on the wire, NUL included', async () => {
    assert.equal(await binary(encoded('8bit', 'a\0', 'b'), [1]), 'a\0\r\nb');
  });
  it('of an encoding that nobody knows says so', async () => {
    assert.equal(await binary(encoded('x-own', 'a'), [1]), 'unknown-cte');
    assert.equal(
      await binary(encoded('x-own', 'a'), []),
      encoded('x-own', 'a').toString().replaceAll('\n', '\r\n'),
    );
  });
  it('of a multipart or message is its content, of no part NIL', async () => {
    assert.equal(await binary(nested, [2]), await body(nested, '2'));
    assert.equal(await binary(nested, [9]), undefined);
  });
  it('gives partials of what is decoded', async () => {
    assert.equal(await binary(encoded('base64', 'AGhpeA=='), [1], { from: 1, length: 2 }), 'hi');
  });
  it('decodes what is large in pieces, whatever lies between', async () => {
    const data = Buffer.alloc(3_000_001);
    for (let i = 0; i < data.length; i++) data[i] = (i * 31) ^ (i >> 7);
    const lines = data.toString('base64').replace(/.{1,76}/g, '$&\n');
    const junk = lines.replace(/\n/g, ' !\n').replace(/^(.{100000})/s, `$1${'*'.repeat(600_000)}`);
    for (const text of [lines, junk])
      assert.ok((await binary(encoded('base64', text), [1])) === data.toString('latin1'));
    const quoted = `${'=41='.repeat(200_000)}\n${'x'.repeat(3_000_000)}=\n${' '.repeat(300_000)}end`;
    assert.ok(
      (await binary(encoded('quoted-printable', quoted), [1])) ===
        `${'A='.repeat(200_000)}\r\n${'x'.repeat(3_000_000)}${' '.repeat(300_000)}end`.replace('=\r\n', ''),
    );
  });
});

describe('the corpus', { skip: noCorpus }, () => {
  it('has the same octets in every section, stored with LF or with CRLF', async () => {
    const numbersOf = (part: PartOffsets, prefix: string): string[] =>
      part.parts.flatMap((child, i) => {
        // The multipart directly in a forwarded message has no number of its own.
        if (part.kind === 'message' && child.kind === 'multipart') return numbersOf(child, prefix);
        return [`${prefix}${i + 1}`, ...numbersOf(child, `${prefix}${i + 1}.`)];
      });
    let sections = 0;
    for (const path of messagePaths()) {
      const stored = readFileSync(path).toString('latin1').replace(/\r+\n/g, '\n');
      const lf = Buffer.from(stored, 'latin1');
      const crlf = Buffer.from(stored.replace(/\n/g, '\r\n'), 'latin1');
      const [texts, others] = [makeWireTexts(lf), makeWireTexts(crlf)];
      assert.equal(others.bodyStructure, texts.bodyStructure, path);
      assert.equal(others.envelope, texts.envelope, path);
      assert.equal(texts.size, crlf.length, path);
      assert.equal(await body(crlf, ''), crlf.toString('latin1').replaceAll('\0', '\x80'), path);
      const [mine, theirs] = [offsetsOf(lf), offsetsOf(crlf)];
      for (const number of new Set(['1', ...numbersOf(mine, '')])) {
        for (const name of [number, `${number}.MIME`, `${number}.HEADER`, `${number}.TEXT`]) {
          const found = await body(lf, name, [], undefined, mine);
          assert.equal(found, await body(crlf, name, [], undefined, theirs), `${path} ${name}`);
          sections++;
        }
      }
    }
    assert.ok(sections > 2_000, `${sections}`);
  });
});
