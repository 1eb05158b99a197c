// Pure byte formats: netstrings, dates, addresses, cdb.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  isDomainName,
  isSafeAddress,
  lowerDomain,
  quoteAddress,
  splitAddress,
  unquoteAddress,
} from '../../mta/formats/address.ts';
import { addressFromBytes, addressToBytes } from '../../mta/formats/address-bytes.ts';
import { Cdb, CdbError, makeCdb } from '../../mta/formats/cdb.ts';
import { formatMailboxDate, formatQmailDate, formatRfc5322Date } from '../../mta/formats/date.ts';
import { encodeNetstring, NetstringError, NetstringReader } from '../../mta/formats/netstring.ts';
import { safe } from '../../mta/log.ts';
import { decodeTodo, encodeChannel, encodeInfo, encodeTodo } from '../../mta/queue/envelope.ts';

describe('netstrings', () => {
  test('a string is its length, a colon, its bytes and a comma', () => {
    assert.equal(encodeNetstring('hello world!').toString(), '12:hello world!,');
    assert.equal(encodeNetstring('é').toString('hex'), Buffer.from('2:é,').toString('hex'));
    assert.equal(encodeNetstring(Buffer.alloc(0)).toString(), '0:,');
  });

  test('strings come back whole, in whatever pieces their bytes arrive', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 }),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 20 }),
        (strings, cuts) => {
          const bytes = Buffer.concat(strings.map((string) => encodeNetstring(Buffer.from(string))));
          const reader = new NetstringReader(300);
          const found: string[] = [];
          for (let at = 0, turn = 0; at < bytes.length; turn++) {
            const size = cuts[turn % cuts.length]!;
            reader.push(bytes.subarray(at, at + size));
            at += size;
            for (let next = reader.next(); next !== undefined; next = reader.next())
              found.push(next.toString('hex'));
          }
          assert.deepEqual(
            found,
            strings.map((string) => Buffer.from(string).toString('hex')),
          );
          assert.equal(reader.atBoundary, true);
        },
      ),
    );
  });

  test('a wrong form is refused as soon as it is seen', () => {
    for (const [bytes, limit] of [
      ['x', 10],
      [':,', 10],
      ['-1:', 10],
      ['01:a,', 10],
      ['3:abc;', 10],
      ['11', 10],
      ['99999999999999999999', 10],
      [' 1:a,', 10],
    ] as const) {
      const reader = new NetstringReader(limit);
      reader.push(Buffer.from(bytes));
      assert.throws(() => reader.next(), NetstringError, bytes);
    }
  });
});

describe('dates', () => {
  test("qmail's date is UTC and its day is not padded", () => {
    assert.equal(formatQmailDate(Date.UTC(2026, 10, 22, 8, 20) / 1000), '22 Nov 2026 08:20:00 -0000');
    assert.equal(formatQmailDate(Date.UTC(2026, 0, 2, 3, 4, 5) / 1000), '2 Jan 2026 03:04:05 -0000');
    assert.equal(formatQmailDate(0.9), '1 Jan 1970 00:00:00 -0000');
  });

  test('the date of a From_ line has two digits for the day', () => {
    assert.equal(formatMailboxDate(Date.UTC(2026, 10, 22, 8, 20) / 1000), 'Sun Nov 22 08:20:00 2026');
    assert.equal(formatMailboxDate(Date.UTC(2026, 10, 2, 8, 20) / 1000), 'Mon Nov 02 08:20:00 2026');
  });

  test('an RFC 5322 date carries the local offset and says the same moment', () => {
    const date = new Date(Date.UTC(2026, 5, 7, 8, 9, 10));
    const text = formatRfc5322Date(date);
    assert.match(text, /^[A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} 2026 \d\d:\d\d:10 [+-]\d{4}$/);
    assert.equal(Date.parse(text), date.getTime());
    const run = (zone: string) =>
      spawnSync(
        process.execPath,
        [
          '-e',
          `import(${JSON.stringify(new URL('../../mta/formats/date.ts', import.meta.url).href)}).then(m=>console.log(m.formatRfc5322Date(new Date(1750000000000))))`,
        ],
        { env: { ...process.env, TZ: zone }, encoding: 'utf8' },
      ).stdout.trim();
    assert.equal(run('Asia/Kolkata'), 'Sun, 15 Jun 2025 20:36:40 +0530');
    assert.equal(run('America/St_Johns'), 'Sun, 15 Jun 2025 12:36:40 -0230');
  });
});

describe('addresses', () => {
  test('an address is split at its last @', () => {
    assert.deepEqual(splitAddress('a@b@c'), { local: 'a@b', domain: 'c' });
    assert.deepEqual(splitAddress('joe'), { local: 'joe', domain: '' });
    assert.deepEqual(splitAddress('@c'), { local: '', domain: 'c' });
  });

  test('only the domain is lower-cased', () => {
    assert.equal(lowerDomain('Joe.Foo@Example.ORG'), 'Joe.Foo@example.org');
    assert.equal(lowerDomain('Joe'), 'Joe');
    assert.equal(lowerDomain('a@\u212Aelvin.org'), 'a@\u212Aelvin.org');
  });

  test('a local part is quoted when it is no dot-string, as qmail does', () => {
    for (const [plain, quoted] of [
      ['', ''],
      ['joe@x.org', 'joe@x.org'],
      ['a b@x.org', '"a b"@x.org'],
      ['a..b@x.org', '"a..b"@x.org'],
      ['.a@x.org', '".a"@x.org'],
      ['a.@x.org', '"a."@x.org'],
      ['@x.org', '""@x.org'],
      ['a"b\\c@x.org', '"a\\"b\\\\c"@x.org'],
      ['a@b@x.org', '"a@b"@x.org'],
      ['é@x.org', '"é"@x.org'],
      ['joe', 'joe'],
      ['joe doe', '"joe doe"'],
      ["o'neil+x=y_{z}|~@x.org", "o'neil+x=y_{z}|~@x.org"],
    ] as const) {
      assert.equal(quoteAddress(plain), quoted);
      assert.equal(unquoteAddress(quoted), plain);
    }
  });

  test('what is safe to send comes back from quoting unchanged', () => {
    fc.assert(
      fc.property(fc.string(), fc.domain(), (local, domain) => {
        const address = `${local}@${domain}`;
        fc.pre(isSafeAddress(address));
        assert.equal(unquoteAddress(quoteAddress(address)), address);
      }),
    );
  });

  test('control characters, broken text and more than 899 bytes are not safe', () => {
    assert.equal(isSafeAddress(''), true);
    assert.equal(isSafeAddress('joe@x.org'), true);
    assert.equal(isSafeAddress('jö@x.org'), true);
    assert.equal(isSafeAddress('jö@x.org', { ascii: true }), false);
    for (const bad of ['a\0@x', 'a\n@x', 'a\r@x', 'a\t@x', 'a\x7f@x', 'a\ud800@x', 'a\ufffd@x'])
      assert.equal(isSafeAddress(bad), false, JSON.stringify(bad));
    assert.equal(isSafeAddress('a'.repeat(899)), true);
    assert.equal(isSafeAddress('a'.repeat(900)), false);
    assert.equal(isSafeAddress('é'.repeat(450)), false);
  });

  test('a domain name is labels of letters, digits and inner hyphens', () => {
    for (const good of [
      'example.com',
      'localhost',
      'a.b-c.d',
      'XN--BCHER-KVA.example',
      `${'a'.repeat(63)}.b`,
    ])
      assert.equal(isDomainName(good), true, good);
    for (const bad of [
      '',
      '.',
      '..',
      'a..b',
      '-x',
      'x-.org',
      'a/b',
      'a_b.org',
      'a.org.',
      '.a',
      '[127.0.0.1]',
      'é.org',
      'a\n',
      `${'a'.repeat(64)}.b`,
      `${'a.'.repeat(150)}b`,
    ])
      assert.equal(isDomainName(bad), false, bad);
  });
});

describe('cdb', () => {
  const random = fc.array(fc.tuple(fc.uint8Array({ maxLength: 20 }), fc.uint8Array({ maxLength: 40 })), {
    maxLength: 60,
  });

  test('what is put in comes out, in order, first of equal keys first', () => {
    fc.assert(
      fc.property(random, (records) => {
        const entries = records.map(([key, data]) => [Buffer.from(key), Buffer.from(data)] as const);
        const cdb = Cdb.from(makeCdb(entries));
        const hex = (list: Iterable<readonly [Buffer, Buffer]>) =>
          [...list].map(([key, data]) => `${key.toString('hex')}:${data.toString('hex')}`);
        assert.deepEqual(hex(cdb.entries()), hex(entries));
        for (const [key] of entries) {
          const expected = entries
            .filter(([other]) => other.equals(key))
            .map(([, data]) => data.toString('hex'));
          assert.deepEqual(
            cdb.findAll(key).map((data) => data.toString('hex')),
            expected,
          );
          assert.equal(cdb.find(key)?.toString('hex'), expected[0]);
        }
        assert.equal(cdb.find(Buffer.from('there is no key so long as this')), undefined);
      }),
      { numRuns: 50 },
    );
  });

  const cdbmake = spawnSync('cdb', ['-h']).error === undefined;
  test('the bytes are those of cdbmake', { skip: !cdbmake && 'no cdb command here' }, async () => {
    const directory = await mkdtemp(join(tmpdir(), 'cdb-'));
    try {
      for (const count of [0, 1, 5, 300, 5000]) {
        const entries = Array.from({ length: count }, (_, i) => [
          Buffer.from(`!user${(i * 7919) % 4000}`),
          Buffer.from(`data ${i}`.repeat(i % 3)),
        ]) as [Buffer, Buffer][];
        const input = Buffer.concat([
          ...entries.map(([key, data]) =>
            Buffer.concat([
              Buffer.from(`+${key.length},${data.length}:`),
              key,
              Buffer.from('->'),
              data,
              Buffer.from('\n'),
            ]),
          ),
          Buffer.from('\n'),
        ]);
        const path = join(directory, `${count}.cdb`);
        const made = spawnSync('cdb', ['-c', path], { input });
        assert.equal(made.status, 0, made.stderr.toString());
        assert.equal(makeCdb(entries).equals(await readFile(path)), true, `${count} records`);
      }
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  test('a file cut short or damaged is an error that names it, never a crash', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'cdb-'));
    try {
      const entries = Array.from({ length: 20 }, (_, i) => [
        Buffer.from(`key${i}`),
        Buffer.from('x'.repeat(30)),
      ]) as [Buffer, Buffer][];
      const whole = makeCdb(entries);
      const use = (cdb: Cdb) => {
        for (const [key] of entries) cdb.findAll(key);
        return [...cdb.entries()];
      };
      for (let size = 0; size < whole.length; size += 13) {
        const path = join(directory, 'cut.cdb');
        await writeFile(path, whole.subarray(0, size));
        await assert.rejects(
          async () => use(await Cdb.open(path)),
          (error) => error instanceof CdbError && error.message.includes(path),
          `${size} bytes`,
        );
      }
      for (let bit = 0; bit < whole.length * 8; bit += 5) {
        const flipped = Buffer.from(whole);
        flipped[bit >> 3]! ^= 1 << (bit & 7);
        try {
          use(Cdb.from(flipped));
        } catch (error) {
          assert.ok(error instanceof CdbError, String(error));
        }
      }
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});

describe('addresses as bytes', () => {
  test('any bytes come back as they were; what is UTF-8 is itself', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (array) => {
        const bytes = Buffer.from(array);
        assert.deepEqual(addressToBytes(addressFromBytes(bytes)), bytes);
      }),
    );
    for (const address of [
      'joe@example.org',
      'jürgen@example.org',
      '\u{10080}@example.org',
      '\ufffd@example.org',
    ])
      assert.equal(addressFromBytes(Buffer.from(address)), address);
    assert.equal(addressFromBytes(Buffer.from('j\xfcrgen@a.org', 'latin1')).isWellFormed(), false);
  });

  test('an envelope in Latin-1 keeps its bytes through todo, info and the channel files', () => {
    const todo = Buffer.from('u1\0p2\0Fj\xfcrgen@a.org\0T\xe9@b.org\0', 'latin1');
    const { uid, pid, sender, recipients } = decodeTodo(todo);
    assert.deepEqual(encodeTodo({ uid, pid, sender, recipients }), todo);
    assert.deepEqual(encodeInfo(sender), Buffer.from('Fj\xfcrgen@a.org\0', 'latin1'));
    const channel = encodeChannel([{ address: recipients[0] as string, done: false }]);
    assert.deepEqual(channel, Buffer.from('T\xe9@b.org\0', 'latin1'));
    assert.equal(safe(sender), 'j_rgen@a.org');
  });
});
