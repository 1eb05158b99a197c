// Parts of the POP3 server without I/O: the reader of lines, the numbers of a session, formats of UIDLs.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatDovecotUidl, isUidlFormat } from '../../mta/maildir/dovecot-uidl.ts';
import { LineReader } from '../../server/door/line-reader.ts';
import { newUidl } from '../../server/mailbox/pop3-uidl.ts';
import { Maildrop } from '../../server/pop3/maildrop.ts';

const reader = (): LineReader =>
  new LineReader(
    () => undefined,
    () => undefined,
  );

describe('lines of a client', () => {
  it('come whole, however their bytes came, with CRLF or LF', async () => {
    const lines = reader();
    const first = lines.readLine(100);
    for (const byte of 'NOOP\r\nSTAT\nQU') lines.push(Buffer.from(byte));
    assert.deepEqual(await first, { kind: 'line', text: 'NOOP' });
    assert.ok(lines.hasLine);
    assert.deepEqual(await lines.readLine(100), { kind: 'line', text: 'STAT' });
    assert.ok(!lines.hasLine && lines.hasInput);
    lines.end();
    assert.deepEqual(await lines.readLine(100), { kind: 'end' }, 'half a line is no command');
  });

  it('over their limit are passed over, and the next is read', async () => {
    for (const [length, kind] of [
      [10, 'line'],
      [11, 'too long'],
      [100_000, 'too long'],
    ] as const) {
      const lines = reader();
      const first = lines.readLine(10);
      const all = `${'x'.repeat(length)}\r\nNOOP\r\n`;
      for (let at = 0; at < all.length; at += 7) lines.push(Buffer.from(all.slice(at, at + 7)));
      assert.equal((await first).kind, kind, String(length));
      assert.deepEqual(await lines.readLine(10), { kind: 'line', text: 'NOOP' });
    }
  });

  it('sent ahead are held back, and a line without end is not kept', async () => {
    let isHeld = false;
    const lines = new LineReader(
      () => {
        isHeld = true;
      },
      () => {
        isHeld = false;
      },
    );
    lines.push(Buffer.from('NOOP\r\n'.repeat(10_000)));
    assert.ok(isHeld);
    while (lines.hasLine) await lines.readLine(100);
    assert.ok(!isHeld);
    const endless = lines.readLine(100);
    for (let i = 0; i < 100; i++) lines.push(Buffer.alloc(10_000, 0x78));
    assert.ok(!lines.hasInput || !isHeld);
    lines.push(Buffer.from('\r\n'));
    assert.equal((await endless).kind, 'too long');
  });
});

describe('the maildrop of a session', () => {
  it('keeps numbers, counts and sizes through deletion and RSET', () => {
    const drop = new Maildrop({
      uids: Uint32Array.of(5, 7, 9),
      sizes: Float64Array.of(10, 20, 4_000_000_000),
      uidls: ['a', 'b', 'c'],
    });
    const second = drop.find('2')!;
    assert.deepEqual(second, { number: 2, uid: 7, size: 20, uidl: 'b' });
    drop.delete(second);
    drop.delete(second);
    assert.deepEqual([drop.count, drop.bytes, drop.deletedUids], [2, 4_000_000_010, [7]]);
    assert.equal(drop.find('2'), undefined);
    assert.deepEqual(
      [...drop.messages()].map(({ number }) => number),
      [1, 3],
    );
    drop.restore();
    assert.deepEqual([drop.count, drop.bytes, drop.deletedCount], [3, 4_000_000_030, 0]);
    for (const bad of ['0', '4', '-1', '1x', '', ' 1', '1e0', '99999999999'])
      assert.equal(drop.find(bad), undefined, bad);
    assert.equal(drop.find('003')?.number, 3);
  });
});

describe('UIDLs', () => {
  it('of Dovecot’s formats', () => {
    const facts = { uid: 4, uidValidity: 255, base: '1.h', guid: 'abc' };
    for (const [format, uidl] of [
      ['%08Xu%08Xv', '00000004000000ff'],
      ['%u', '4'],
      ['%5u', '    4'],
      ['%{uid | hex}', '4'],
      ['%{uidvalidity|hex(4)}', '00ff'],
      ['%g', 'abc'],
    ] as const)
      assert.equal(formatDovecotUidl(format, facts), uidl, format);
    for (const good of ['%08Xu%08Xv', '%u', '%v-%u', '%f', '%{guid}', 'UID%u-%v'])
      assert.ok(isUidlFormat(good), good);
    for (const bad of ['', 'x', '%v', '%m', '%{md5}', '%u x', '%{uidvalidity}', '%'])
      assert.ok(!isUidlFormat(bad), bad);
  });

  it('of new mail are at most 70 characters where the name is our own', () => {
    const unique = '1700000009.M123456P12345Q17R0123456789abcdef';
    assert.equal(newUidl(`${unique}.a.example`), `${unique}.a.example`);
    assert.equal(newUidl(`${unique}.mail.somewhere.example.org,S=1234`), unique);
    const foreign = `1700000009.1234.${'h'.repeat(80)}`;
    assert.equal(newUidl(foreign), foreign, 'qmail-pop3d told the whole name');
  });
});
