// Line ends of messages in netstrings (QMTP, QMQP): what is taken, what is refused, wherever the chunks are cut.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LineEndDecoder, type LineEndForm } from '../../mta/smtpd/line-ends.ts';
import { outcomeOf } from '../../mta/smtpd/netstring-replies.ts';

/** The decoded message, or the fault's name. */
function decode(form: LineEndForm, pieces: readonly string[]): string {
  const decoder = new LineEndDecoder(form);
  const out = pieces.map((piece) => decoder.decode(Buffer.from(piece, 'latin1')).toString('latin1'));
  decoder.end();
  return decoder.fault ?? out.join('');
}

const table: readonly [LineEndForm, string, string][] = [
  ['lf', '', ''],
  ['lf', 'a: b\n\nc\n', 'a: b\n\nc\n'],
  ['lf', 'no end', 'no end'],
  ['lf', 'a\r\nb\n', 'bare CR'],
  ['lf', 'a\r', 'bare CR'],
  ['lf', 'a\0b\n', 'NUL'],
  ['crlf', '', ''],
  ['crlf', 'a: b\r\n\r\nc\r\n', 'a: b\n\nc\n'],
  ['crlf', 'no end', 'no end'],
  ['crlf', '\r\n\r\n', '\n\n'],
  ['crlf', 'a\r\n.\n.\r\n', 'bare LF'],
  ['crlf', '\na', 'bare LF'],
  ['crlf', 'a\r\r\nb', 'bare CR'],
  ['crlf', 'a\rb\r\n', 'bare CR'],
  ['crlf', 'a\r\nb\r', 'bare CR'],
  ['crlf', 'a\0\r\n', 'NUL'],
  ['as is', 'a\nb\r\nc\n', 'a\nb\r\nc\n'],
  ['as is', 'a\rb\n', 'bare CR'],
  ['as is', 'a\n\r', 'bare CR'],
  ['as is', 'a\0', 'NUL'],
];

test('every form is decoded the same whatever the borders of the chunks', () => {
  for (const [form, raw, expected] of table) {
    assert.equal(decode(form, [raw]), expected, `${form} ${JSON.stringify(raw)}`);
    assert.equal(decode(form, [...raw]), expected, `${form} ${JSON.stringify(raw)} byte by byte`);
    for (let cut = 0; cut <= raw.length; cut++)
      assert.equal(
        decode(form, [raw.slice(0, cut), raw.slice(cut)]),
        expected,
        `${form} ${JSON.stringify(raw)} at ${cut}`,
      );
  }
});

test('after a fault nothing more is given out', () => {
  const decoder = new LineEndDecoder('crlf');
  assert.equal(decoder.decode(Buffer.from('a\rb')).length, 0);
  assert.equal(decoder.decode(Buffer.from('c\r\n')).length, 0);
  assert.equal(decoder.fault, 'bare CR');
});

test('an SMTP reply becomes an outcome without its codes in front', () => {
  assert.deepEqual(outcomeOf({ text: '250 ok 1 qp 2' }), { code: 'K', text: 'ok 1 qp 2' });
  assert.deepEqual(outcomeOf({ text: '451 4.3.0 not now (#4.3.0)' }), {
    code: 'Z',
    text: 'not now (#4.3.0)',
  });
  assert.deepEqual(outcomeOf({ text: '554 never' }), { code: 'D', text: 'never' });
});
