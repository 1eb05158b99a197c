// The bytes of a sent message (spec/webmail.md 4.8), read back by mailparser and by our own reader; header injection
// with every string of security.md W3.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { simpleParser } from 'mailparser';
import { viewMessage } from '../../server/message/view.ts';
import { buildMessage, formatDate, type OutgoingMessage } from '../../server/web/compose/build.ts';
import { cleanBody, fromFlowed, toFlowed } from '../../server/web/compose/flowed.ts';
import { parseRecipients } from '../../server/web/compose/recipients.ts';

let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'compose-build-'));
  await writeFile(join(directory, 'file'), Buffer.from(Array.from({ length: 100_000 }, (_, n) => n % 256)));
});
after(() => rm(directory, { recursive: true, force: true }));

const outgoing = (parts: Partial<OutgoingMessage> = {}): OutgoingMessage => ({
  from: { name: 'Alice Example', address: 'alice@ours.example' },
  to: parseRecipients('Bob Jones <bob@example.org>').recipients,
  cc: [],
  bcc: [],
  subject: 'Contract',
  body: 'Hello Bob,\n\nsee you.\n',
  date: new Date(2026, 10, 22, 8, 20, 5),
  messageId: '<abc@ours.example>',
  answering: undefined,
  attachments: [],
  ...parts,
});

async function bytesOf(message: OutgoingMessage, keepBcc = false): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of buildMessage(message, { keepBcc })) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

const headerNames = (bytes: Buffer): string[] =>
  (bytes.toString('latin1').split('\n\n', 1)[0] as string)
    .split('\n')
    .filter((line) => !/^[ \t]/.test(line))
    .map((line) => line.slice(0, line.indexOf(':')).toLowerCase())
    .sort();

const plainHeaders = [
  'content-transfer-encoding',
  'content-type',
  'date',
  'from',
  'message-id',
  'mime-version',
  'subject',
  'to',
];

describe('a message', () => {
  test('has LF line ends, the intended headers and nothing that tells about the program', async () => {
    const bytes = await bytesOf(outgoing());
    assert.ok(!bytes.includes('\r'));
    assert.deepEqual(headerNames(bytes), plainHeaders);
    const text = bytes.toString();
    assert.match(text, /^Content-Type: text\/plain; charset=utf-8; format=flowed$/m);
    assert.match(text, /^Date: Sun, 22 Nov 2026 08:20:05 [+-]\d{4}$/m);
    assert.match(text, /^Message-ID: <abc@ours\.example>$/m);
  });
  test('is the same bytes every time, save for Bcc', async () => {
    const message = outgoing({
      bcc: parseRecipients('secret@example.org').recipients,
      attachments: [{ path: join(directory, 'file'), name: 'a.bin', type: 'application/octet-stream' }],
    });
    const left = await bytesOf(message);
    assert.ok(!left.includes('secret@example.org'));
    const kept = await bytesOf(message, true);
    assert.equal(kept.toString('latin1').replace(/^Bcc: .*\n/m, ''), left.toString('latin1'));
    assert.match(kept.toString(), /^Bcc: secret@example\.org$/m);
  });
  test('names, subject and text outside of ASCII come back in two readers', async () => {
    const text = 'Grüße aus Köln — 漢字 🎉\n\n> zitiert\n-- \nZoë';
    const message = outgoing({
      from: { name: 'Zoë "Z" Ødegård, Dr.', address: 'alice@ours.example' },
      to: parseRecipients('"Jörg, Bücher" <joerg@bücher.example>').recipients,
      subject: `Übersicht ${'ä漢🎉'.repeat(40)}`,
      body: text,
    });
    const bytes = await bytesOf(message);
    for (const byte of bytes) assert.ok(byte < 128);
    for (const line of bytes.toString().split('\n')) assert.ok(line.length <= 998);
    const parsed = await simpleParser(bytes);
    assert.equal(parsed.subject, message.subject);
    assert.equal(parsed.from?.value[0]?.name, 'Zoë "Z" Ødegård, Dr.');
    const view = viewMessage(bytes);
    assert.equal(view.subject, message.subject);
    assert.deepEqual(view.from, [message.from]);
    assert.equal(view.to[0]?.name, 'Jörg, Bücher');
    assert.equal(view.plainText.trimEnd(), text);
  });
  test('an address that needs SMTPUTF8 stays whole', async () => {
    const view = viewMessage(
      await bytesOf(outgoing({ to: parseRecipients('jörg@bücher.example').recipients })),
    );
    assert.equal(view.to[0]?.address, 'jörg@bücher.example');
  });
  test('long lines without a blank are encoded, not cut', async () => {
    const body = `${'x'.repeat(5000)} ${'ü'.repeat(3000)}`;
    const bytes = await bytesOf(outgoing({ body }));
    for (const line of bytes.toString('latin1').split('\n')) assert.ok(line.length <= 998);
    assert.equal(viewMessage(bytes).plainText.trimEnd(), body);
  });
  test('attachments arrive byte for byte under their names', async () => {
    const path = join(directory, 'file');
    const bytes = await bytesOf(
      outgoing({
        attachments: [
          { path, name: 'Übersicht 2026.pdf', type: 'application/pdf' },
          { path, name: `${'sehr lang '.repeat(12)}.txt`, type: 'text/plain' },
        ],
      }),
    );
    const parsed = await simpleParser(bytes);
    assert.equal(parsed.attachments[0]?.filename, 'Übersicht 2026.pdf');
    assert.equal(parsed.attachments[0]?.content.length, 100_000);
    assert.equal(parsed.attachments[1]?.content.equals(parsed.attachments[0]!.content), true);
    const view = viewMessage(bytes);
    assert.deepEqual(
      view.attachments.map((one) => [one.name, one.size]),
      [
        ['Übersicht 2026.pdf', 100_000],
        [parsed.attachments[1]?.filename, 100_000],
      ],
    );
  });
  test('a file that cannot be read ends the stream with an error, not with half a message', async () => {
    const message = outgoing({
      attachments: [{ path: join(directory, 'gone'), name: 'x', type: 'text/plain' }],
    });
    await assert.rejects(bytesOf(message), { code: 'ENOENT' });
  });
  test('a reply carries its thread', async () => {
    const references = Array.from({ length: 20 }, (_, n) => `<${'r'.repeat(60)}${n}@example.org>`);
    const text = (
      await bytesOf(
        outgoing({
          answering: { kind: 'reply', id: 'abcdefghijkl', inReplyTo: '<m@example.org>', references },
        }),
      )
    ).toString();
    assert.match(text, /^In-Reply-To: <m@example\.org>$/m);
    assert.deepEqual(
      viewMessage(Buffer.from(text)).references.map((id) => id.replace(/[<>]/g, '')),
      references.map((id) => id.slice(1, -1)),
    );
  });
  test('the date has the zone of the machine', () => {
    assert.match(formatDate(new Date(2026, 0, 5, 3, 4, 5)), /^Mon, 5 Jan 2026 03:04:05 [+-]\d{4}$/);
  });
});

// security.md W3
const evil = [
  'x\rBcc: evil@example.net',
  'x\nBcc: evil@example.net',
  'x\r\nBcc: evil@example.net',
  'x\r\n\r\n<html>',
  'x%0d%0aBcc: evil@example.net',
  'x\u2028Bcc: evil@example.net',
  'x\u2029Bcc: evil@example.net',
  'x\u0085Bcc: evil@example.net',
  'x\u560a\u560dBcc: evil@example.net',
  'x\u0000Bcc: evil@example.net',
  'x\u000bBcc: evil@example.net',
  'x\u000cBcc: evil@example.net',
  'x\ud800Bcc: evil@example.net',
  'x'.repeat(100_000),
  '"; evil="',
  '<evil@example.net>',
  '=?utf-8?Q?=0D=0ABcc:_evil@example.net?=',
];

describe('header injection', () => {
  for (const [index, value] of evil.entries()) {
    test(`string ${index} reaches no header of its own`, async () => {
      const bytes = await bytesOf(
        outgoing({
          from: { name: value, address: 'alice@ours.example' },
          to: [{ name: value, address: 'bob@example.org', envelope: 'bob@example.org' }],
          subject: value,
          body: value,
          attachments: [{ path: join(directory, 'file'), name: value, type: 'application/pdf' }],
          answering: {
            kind: 'reply',
            id: 'abcdefghijkl',
            inReplyTo: value,
            references: [value, '<ok@example.org>'],
          },
        }),
      );
      // two of the strings are well-formed ids
      assert.deepEqual(
        headerNames(bytes).filter((name) => name !== 'in-reply-to'),
        ['content-type', 'date', 'from', 'message-id', 'mime-version', 'references', 'subject', 'to'],
      );
      const head = bytes.toString('latin1').split('\n\n', 1)[0] as string;
      assert.doesNotMatch(head, /[\x00-\x08\x0b-\x1f\x7f]/);
      for (const line of head.split('\n')) assert.ok(line.length <= 998);
      const parsed = await simpleParser(bytes);
      assert.deepEqual(
        parsed.from?.value.map((one) => one.address),
        ['alice@ours.example'],
      );
      const to = Array.isArray(parsed.to) ? parsed.to : [parsed.to];
      assert.deepEqual(
        to.flatMap((list) => list?.value ?? []).map((one) => one.address),
        ['bob@example.org'],
      );
      assert.equal(parsed.bcc, undefined);
      const view = viewMessage(bytes);
      assert.deepEqual(
        view.to.map((one) => one.address),
        ['bob@example.org'],
      );
      assert.deepEqual(view.bcc, []);
      assert.equal(view.attachments.length, 1);
    });
  }
});

describe('format=flowed', () => {
  test('paragraphs are wrapped at 72 columns with a blank before the break', () => {
    const lines = toFlowed('word '.repeat(40).trim()).split('\n');
    assert.ok(lines.length > 2);
    for (const line of lines) assert.ok(line.length <= 72);
    for (const line of lines.slice(0, -1)) assert.ok(line.endsWith(' '));
  });
  test('lines that would be misread are stuffed with a blank', () => {
    assert.equal(toFlowed('From me\n indented\n-- \nsig'), ' From me\n  indented\n-- \nsig');
  });
  test('quotes keep their depth and flow on', () => {
    assert.equal(toFlowed('> one \n> two\n> > deep'), '> one two\n>> deep');
  });
  test('text comes back as it was, save for blanks at line ends', () => {
    const character = fc.constantFrom(...'ab  \n\n-–ü漢🎉'.split(''), 'From ', '-- \n', 'lorem ipsum ');
    fc.assert(
      fc.property(fc.array(character, { maxLength: 80 }), (pieces) => {
        const text = cleanBody(pieces.join(''));
        const trimmed = (source: string) =>
          source
            .split('\n')
            .map((line) => (line === '-- ' ? line : line.trimEnd()))
            .join('\n');
        assert.equal(trimmed(fromFlowed(toFlowed(text))), trimmed(text));
      }),
      { numRuns: 1000 },
    );
  });
  test('controls of every kind leave the text', () => {
    assert.equal(cleanBody('a\r\nb\rc\u0000\u000b\ud800d'), 'a\nb\nc\ufffdd');
  });
});
