// What leaves is always canonical (security.md S1, RFC 5321 4.5.2).
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createBodyEncoder } from '../../mta/remote/encode.ts';
import { hideMessage, SMUGGLING_SEQUENCES } from '../support/smuggling.ts';

function encode(message: Buffer, cuts: readonly number[] = []): Buffer {
  const encoder = createBodyEncoder();
  const pieces: Buffer[] = [];
  let from = 0;
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    pieces.push(encoder.write(message.subarray(from, cut)));
    from = Math.max(from, cut);
  }
  pieces.push(encoder.write(message.subarray(from)), encoder.end());
  return Buffer.concat(pieces);
}

/** What a strict receiver makes of it. */
function decode(wire: Buffer): string {
  const text = wire.toString('latin1');
  assert.ok(text.endsWith('.\r\n'));
  return text.slice(0, -3).replace(/\r\n/g, '\n').replace(/^\./gm, '');
}

function assertCanonical(wire: Buffer): void {
  const text = wire.toString('latin1');
  assert.doesNotMatch(text, /(?<!\r)\n/, 'bare LF');
  assert.doesNotMatch(text, /\r(?!\n)/, 'bare CR');
  assert.doesNotMatch(text, /\0/, 'NUL');
  assert.ok(text === '.\r\n' || text.endsWith('\r\n.\r\n'), 'end of data');
  const lines = text.slice(0, -3).split('\r\n');
  for (const line of lines) assert.doesNotMatch(line, /^\.(?!\.)/, 'dot not doubled');
}

const normalised = (message: Buffer): string => {
  const text = message.toString('latin1').replace(/\r\n?/g, '\n').replace(/\0/g, '?');
  return text === '' || text.endsWith('\n') ? text : `${text}\n`;
};

describe('the body encoder', () => {
  for (const [stored, wire] of [
    ['', '.\r\n'],
    ['a\n', 'a\r\n.\r\n'],
    ['a', 'a\r\n.\r\n'],
    ['\n', '\r\n.\r\n'],
    ['.\n', '..\r\n.\r\n'],
    ['.', '..\r\n.\r\n'],
    ['..a\n.b', '...a\r\n..b\r\n.\r\n'],
    ['a\r\nb\r\n', 'a\r\nb\r\n.\r\n'],
    ['a\rb', 'a\r\nb\r\n.\r\n'],
    ['a\r', 'a\r\n.\r\n'],
    ['a\r.\r', 'a\r\n..\r\n.\r\n'],
    ['a\r\r\n.', 'a\r\n\r\n..\r\n.\r\n'],
    ['Subject: x\n.\nTo: y\n\nb', 'Subject: x\r\n..\r\nTo: y\r\n\r\nb\r\n.\r\n'],
    ['n\0l', 'n?l\r\n.\r\n'],
  ] as const)
    it(`sends ${JSON.stringify(stored)} as ${JSON.stringify(wire)}`, () => {
      const message = Buffer.from(stored, 'latin1');
      assert.equal(encode(message).toString('latin1'), wire);
      for (let cut = 0; cut <= message.length; cut++)
        assert.equal(encode(message, [cut]).toString('latin1'), wire);
    });

  it('is canonical and loses nothing, for any bytes cut anywhere', () => {
    const bytes = fc
      .array(fc.constantFrom('\r', '\n', '.', '\r\n', '\r\n.\r\n', '\0', 'a', '\x80', 'word'), {
        maxLength: 40,
      })
      .map((parts) => Buffer.from(parts.join(''), 'latin1'));
    fc.assert(
      fc.property(bytes, fc.array(fc.nat(60), { maxLength: 6 }), (message, cuts) => {
        const wire = encode(
          message,
          cuts.map((cut) => Math.min(cut, message.length)),
        );
        assertCanonical(wire);
        assert.equal(decode(wire), normalised(message));
      }),
      { numRuns: 500 },
    );
  });

  it('is canonical for each smuggling sequence, one byte at a time', () => {
    for (const [, sequence] of SMUGGLING_SEQUENCES) {
      for (const [, message] of hideMessage(sequence)) {
        const wire = encode(message);
        assertCanonical(wire);
        assert.equal(decode(wire), normalised(message));
        const everywhere = Array.from({ length: message.length }, (_, i) => i);
        assert.deepEqual(encode(message, everywhere), wire);
      }
    }
  });
});
