// What an SMTP client believes of a reply (RFC 5321 4.2, security.md S3), and the table of silent hosts (spec/qmail.md 8.5).
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { cleanReplyText, MAX_REPLY_LINES, parseExtensions, ReplyReader } from '../../mta/remote/replies.ts';
import { createTimeoutTable } from '../../mta/remote/tcpto.ts';

function read(text: string): ReplyReader {
  const reader = new ReplyReader();
  reader.feed(Buffer.from(text, 'latin1'));
  return reader;
}

describe('a reply', () => {
  it('has one line or several with the same code', () => {
    assert.deepEqual(read('250 ok\r\n').take(), { code: 250, text: '250 ok', lines: ['ok'] });
    assert.equal(read('250-one\r\n250 two\r\n').take()?.text, '250-one\n250 two');
    assert.equal(read('220\r\n').take()?.code, 220);
    assert.equal(read('250 lf only\n').take()?.text, '250 lf only');
  });

  it('is the same however its bytes are cut', () => {
    const text = Buffer.from('250-mx.test\r\n250-SIZE 100\r\n250 8BITMIME\r\n220 next\r\n');
    fc.assert(
      fc.property(fc.nat(text.length), fc.nat(text.length), (a, b) => {
        const reader = new ReplyReader();
        for (const [from, to] of [
          [0, Math.min(a, b)],
          [Math.min(a, b), Math.max(a, b)],
          [Math.max(a, b), text.length],
        ])
          reader.feed(text.subarray(from, to));
        assert.equal(reader.take()?.lines.length, 3);
        assert.equal(reader.take()?.text, '220 next');
        assert.equal(reader.hasInput, false);
      }),
    );
  });

  for (const bad of ['000 x', '999 x', '2500 x', '25 x', '2x0 x', 'hello', '', '150 x', '250_x', ' 250 x'])
    it(`${JSON.stringify(bad)} is none`, () => {
      const reader = read(`${bad}\r\n`);
      assert.equal(reader.take(), undefined);
      assert.equal(reader.broken, bad);
    });

  it('with two codes is none', () => {
    assert.equal(read('250-a\r\n550 b\r\n').broken, '250-a\n550 b');
  });

  it('keeps 512 bytes of a line and drops the rest', () => {
    assert.equal(read(`250 ${'x'.repeat(9000)}\r\n`).take()?.text.length, 512);
  });

  it('has at most 100 lines and 64 KiB', () => {
    const lines = '250-x\r\n'.repeat(MAX_REPLY_LINES - 1);
    assert.equal(read(`${lines}250 end\r\n`).take()?.code, 250);
    assert.notEqual(read(`${lines}250-x\r\n250 end\r\n`).broken, undefined);
    assert.equal(read(`250 ${'x'.repeat(65_000)}\r\n`).take()?.code, 250);
    assert.notEqual(read('x'.repeat(65_537)).broken, undefined);
  });

  it('is clean for logs and bounces', () => {
    const text = cleanReplyText(Buffer.from('550 a\x00b\x1b[31m\tc\r\nd\x7f \xff é', 'latin1'));
    assert.equal(text, '550 a?b?[31m c\nd? ? ?');
    assert.equal(cleanReplyText(Buffer.from('550 né\u2028\u0085')), '550 né??');
    const long = cleanReplyText(Buffer.from('é'.repeat(4000)));
    assert.equal(long, 'é'.repeat(2500));
  });

  it('to EHLO lists extensions', () => {
    const reply = read(
      '250-mx.test says STARTTLS\r\n250-SIZE 1000\r\n250-8bitmime\r\n250-AUTH=LOGIN\r\n250 HELP\r\n',
    ).take()!;
    assert.deepEqual(
      [...parseExtensions(reply)],
      [
        ['SIZE', '1000'],
        ['8BITMIME', ''],
        ['AUTH', 'LOGIN'],
        ['HELP', ''],
      ],
    );
  });
});

describe('the table of silent hosts', () => {
  it('rests a host after two timeouts that lie two minutes apart, for about an hour', () => {
    const table = createTimeoutTable(() => 0);
    table.recordTimeout('192.0.2.1', 1000);
    assert.equal(table.isResting('192.0.2.1', 1001), false);
    table.recordTimeout('192.0.2.1', 1100);
    assert.equal(table.isResting('192.0.2.1', 1101), false);
    table.recordTimeout('192.0.2.1', 1120);
    assert.equal(table.isResting('192.0.2.1', 1121), true);
    assert.equal(table.isResting('192.0.2.1', 1120 + 3839), true);
    assert.equal(table.isResting('192.0.2.1', 1120 + 3840), false);
    assert.equal(table.isResting('192.0.2.2', 1121), false);
  });

  it('forgets with a success', () => {
    const table = createTimeoutTable(() => 0.99);
    table.recordTimeout('2001:db8::1', 0);
    table.recordTimeout('2001:db8::1', 200);
    assert.equal(table.isResting('2001:db8::1', 5000), true);
    table.recordSuccess('2001:db8::1');
    assert.equal(table.isResting('2001:db8::1', 5000), false);
  });

  it('has 64 places and gives away the least worth keeping', () => {
    const table = createTimeoutTable(() => 0);
    for (const time of [0, 200, 400]) table.recordTimeout('192.0.2.200', time);
    for (let i = 0; i < 64; i++) table.recordTimeout(`192.0.2.${i}`, 300 + i);
    table.recordTimeout('192.0.2.0', 700);
    assert.equal(table.isResting('192.0.2.200', 800), true);
    // The first of the single timeouts had to go: its next one counts as the first again.
    assert.equal(table.isResting('192.0.2.0', 800), false);
  });
});
