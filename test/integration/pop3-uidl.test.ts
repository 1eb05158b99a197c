// UIDLs over a move from another server and back (spec/maildir-imap.md 3.5, 3.8, 3.9): a client that leaves its mail on
// the server keeps a list of UIDLs, and downloads again whatever comes under another one. Nothing may be downloaded twice.
import assert from 'node:assert/strict';
import { mkdir, readFile, rename, rm, unlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createFixture, type Fixture } from '../support/maildir.ts';
import { type Pop3SiteOptions, withPop3 } from '../support/pop3.ts';
import { until } from '../support/serve.ts';

const guid = '18191a28a2a8036b0222000083ecc375';
const text = 'A: b\n\nbody\n';

/** Base names of the messages that the old server knew. */
const known = ['1700000001.M1P1.h', '1700000002.M2P1.h,S=11', '1700000003.M3P1.h'] as const;

async function withOldSite(work: (fixture: Fixture) => Promise<void>): Promise<void> {
  const fixture = await createFixture();
  try {
    for (const base of known) await writeFile(join(fixture.maildir, 'cur', `${base}:2,S`), text);
    await work(fixture);
  } finally {
    await fixture.remove();
  }
}

const deliver = (fixture: Fixture, base: string): Promise<void> =>
  writeFile(join(fixture.maildir, 'new', base), text);

/** What a client sees: `UIDL` without the numbers. */
async function listUidls(fixture: Fixture, settings: Pop3SiteOptions['settings'] = {}): Promise<string[]> {
  let uidls: string[] = [];
  await withPop3(
    async (site) => {
      const client = await site.signIn();
      uidls = (await client.list('UIDL')).map((line) => line.split(' ')[1]!);
    },
    { fixture, settings },
  );
  return uidls;
}

const forgetIndex = (fixture: Fixture): Promise<void> => rm(fixture.state, { recursive: true, force: true });

describe('after qmail-pop3d', () => {
  it('the UIDL is the base name; of our own long names the part that is theirs alone', () =>
    withOldSite(async (fixture) => {
      const own = '1700000009.M123456P12345Q17R0123456789abcdef.mail.some.example.org,S=1234,W=1300';
      await deliver(fixture, own);
      assert.deepEqual(await listUidls(fixture), [...known, '1700000009.M123456P12345Q17R0123456789abcdef']);
      await forgetIndex(fixture);
      assert.deepEqual(await listUidls(fixture), [...known, '1700000009.M123456P12345Q17R0123456789abcdef']);
    }));

  it('names that a UIDL cannot hold are escaped, and no two messages have one', () =>
    withOldSite(async (fixture) => {
      await deliver(fixture, '1700000004 with space');
      const uidls = await listUidls(fixture);
      assert.equal(uidls[3], '1700000004+20with+20space');
    }));
});

describe('after Courier', () => {
  const list = `/3 6 1650000000\n${known[0]}:2, 14 1:1650000000:0\n${known[1]}:2, 14 5:1650000000:0\n${known[2]}:2,S 14 0:0:0\n`;
  const before = ['UID1-1650000000', 'UID5-1650000000', known[2]];
  const listPath = (fixture: Fixture): string => join(fixture.maildir, 'courierpop3dsizelist');

  it('every message keeps the pair of numbers of courierpop3dsizelist, and new ones get the next', () =>
    withOldSite(async (fixture) => {
      await writeFile(listPath(fixture), list);
      assert.deepEqual(await listUidls(fixture), before);
      assert.equal(await readFile(listPath(fixture), 'utf8'), list, 'nothing new: the list is left alone');
      await deliver(fixture, '1700000009.M9P1.h');
      assert.deepEqual(await listUidls(fixture), [...before, 'UID6-1650000000']);
      // What Courier reads when the site goes back.
      const now = (await readFile(listPath(fixture), 'utf8')).split('\n');
      assert.equal(now[0], '/3 7 1650000000');
      assert.match(now[4]!, /^1700000009\.M9P1\.h\S* 14 6:1650000000:0$/);
      await forgetIndex(fixture);
      assert.deepEqual(await listUidls(fixture), [...before, 'UID6-1650000000'], 'also without the index');
    }));

  it('flags that changed meanwhile change nothing, and a message that is gone leaves no hole to be filled', () =>
    withOldSite(async (fixture) => {
      await writeFile(listPath(fixture), list);
      await rename(
        join(fixture.maildir, 'cur', `${known[0]}:2,S`),
        join(fixture.maildir, 'cur', `${known[0]}:2,FRS`),
      );
      await unlink(join(fixture.maildir, 'cur', `${known[1]}:2,S`));
      await deliver(fixture, '1700000009.M9P1.h');
      assert.deepEqual(await listUidls(fixture), [before[0], before[2], 'UID6-1650000000']);
    }));

  it('new mail is not shown while the list cannot be written, and comes under its number when it can', () =>
    withOldSite(async (fixture) => {
      await writeFile(listPath(fixture), list);
      assert.deepEqual(await listUidls(fixture), before);
      await deliver(fixture, '1700000009.M9P1.h');
      const tmp = join(fixture.maildir, 'tmp');
      await rename(tmp, `${tmp}.aside`);
      await writeFile(tmp, '');
      await withPop3(
        async (site) => {
          const client = await site.signIn();
          assert.equal((await client.list('UIDL')).length, 3);
          assert.ok(
            site.log.some((line) => line.includes('cannot be written')),
            site.log.join('\n'),
          );
          await unlink(tmp);
          await rename(`${tmp}.aside`, tmp);
          let uidls: string[] = [];
          await until('the new message is shown', async () => {
            uidls = await (await site.signIn()).list('UIDL');
            return uidls.length === 4;
          });
          assert.equal(uidls[3], '4 UID6-1650000000');
        },
        { fixture },
      );
    }));

  it('many logins at once give one number to one message', () =>
    withOldSite(async (fixture) => {
      await writeFile(listPath(fixture), list);
      for (let i = 10; i < 20; i++) await deliver(fixture, `17000000${i}.M9P1.h`);
      await withPop3(
        async (site) => {
          const clients = await Promise.all(Array.from({ length: 6 }, () => site.signIn()));
          const told = await Promise.all(clients.map((client) => client.list('UIDL')));
          assert.equal(new Set(told.map(String)).size, 1);
          assert.equal(new Set(told[0]).size, 13);
        },
        { fixture },
      );
    }));
});

describe('after Dovecot', () => {
  const path = (fixture: Fixture): string => join(fixture.maildir, 'dovecot-uidlist');
  const uidlist = `3 V1795401890 N9 G${guid}\n1 W14 :${known[0]}\n4 :${known[1]}\n7 :${known[2]}\n`;

  it('messages keep UID and UIDVALIDITY as UIDL, new ones are named by their files, also in Dovecot’s list', () =>
    withOldSite(async (fixture) => {
      await writeFile(path(fixture), uidlist);
      await deliver(fixture, '1700000009.M9P1.h');
      const expected = ['000000016b03a8a2', '000000046b03a8a2', '000000076b03a8a2', '1700000009.M9P1.h'];
      assert.deepEqual(await listUidls(fixture), expected);
      assert.match(await readFile(path(fixture), 'utf8'), / P1700000009\.M9P1\.h :1700000009\.M9P1\.h\n$/);
      await forgetIndex(fixture);
      assert.deepEqual(await listUidls(fixture), expected);
    }));

  it('UIDLs that it stored for single messages hold, in the order it gave', () =>
    withOldSite(async (fixture) => {
      const stored = `3 V1795401890 N9 G${guid}\n1 PUID3-99 O2 :${known[0]}\n4 O1 P :${known[1]}\n7 :${known[2]}\n`;
      await writeFile(path(fixture), stored);
      assert.deepEqual(await listUidls(fixture), [known[1], 'UID3-99', '000000076b03a8a2']);
    }));

  it('another pop3_uidl_format is followed when the site says which it was', async () => {
    const table: readonly (readonly [string, string])[] = [
      ['UID%u-%v', 'UID4-1795401890'],
      ['%{uid | hex(8)}%{uidvalidity | hex(8)}', '000000046b03a8a2'],
    ];
    for (const [dovecotuidl, uidl] of table) {
      await withOldSite(async (fixture) => {
        await writeFile(path(fixture), uidlist);
        assert.equal((await listUidls(fixture, { dovecotuidl }))[1], uidl, dovecotuidl);
      });
    }
  });

  it('after Courier before it: what was written last holds', () =>
    withOldSite(async (fixture) => {
      const sizeList = join(fixture.maildir, 'courierpop3dsizelist');
      await writeFile(sizeList, `/3 6 1650000000\n${known[0]}:2, 14 1:1650000000:0\n`);
      await utimes(sizeList, 1_600_000_000, 1_600_000_000);
      await writeFile(path(fixture), uidlist);
      assert.equal((await listUidls(fixture))[0], '000000016b03a8a2');
      await forgetIndex(fixture);
      await utimes(path(fixture), 1_500_000_000, 1_500_000_000);
      assert.deepEqual((await listUidls(fixture)).slice(0, 2), ['UID1-1650000000', '000000046b03a8a2']);
    }));

  it('two messages never have one UIDL, whatever its list says', () =>
    withOldSite(async (fixture) => {
      await writeFile(
        path(fixture),
        `3 V5 N9 G${guid}\n1 Psame :${known[0]}\n4 Psame :${known[1]}\n7 P${known[1]} :${known[2]}\n`,
      );
      const uidls = await listUidls(fixture);
      assert.equal(new Set(uidls).size, 3, uidls.join());
      assert.equal(uidls[0], 'same');
    }));
});

describe('lists that are not what they should be', () => {
  it('a link, a directory or garbage in their place is no list', () =>
    withOldSite(async (fixture) => {
      await mkdir(join(fixture.maildir, 'courierpop3dsizelist'));
      await writeFile(join(fixture.maildir, 'dovecot-uidlist'), Buffer.alloc(10_000, 0xff));
      assert.deepEqual(await listUidls(fixture), [...known]);
    }));
});
