// Clocks gone mad: files and directories of times that are to come, of 1970 and before, and a clock that jumps
// (spec/maildir-imap.md 1.11 to 1.13). Mail is seen all the same, and dates are such as a client can read.
import assert from 'node:assert/strict';
import { utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { formatDateTime } from '../../server/imap/date-time.ts';
import { isTrusted } from '../../server/mailbox/listing.ts';
import { type ImapClient, type ImapSite, startImapSite } from '../support/imap.ts';
import { putMessage } from '../support/maildir.ts';

async function withSite(work: (site: ImapSite, client: ImapClient) => Promise<void>): Promise<void> {
  const site = await startImapSite();
  try {
    await work(site, await site.signIn());
  } finally {
    await site.close();
  }
}

const day = 86_400;

describe('a directory', () => {
  const [window, now] = [50, 1_700_000_000_000];
  const trusts = (changed: number, listed: number, at = now): boolean =>
    isTrusted(BigInt(changed) * 1_000_000n, String(BigInt(changed) * 1_000_000n), listed, window, at);

  it('is listed again when it changed just before it was listed, and only then', () => {
    assert.ok(trusts(now - 1000, now - 100));
    assert.ok(!trusts(now - 1000, now - 960));
    assert.ok(!trusts(now - 1000, now - 2000));
    assert.ok(!isTrusted(5n, '6', now, window, now));
    assert.ok(!isTrusted(5n, '', now, window, now));
  });

  it('of a time that is to come is not listed at each look, but again when the clock comes near it', () => {
    const ahead = now + 3_600_000;
    assert.ok(trusts(ahead, now));
    assert.ok(!trusts(now + 1000, now), 'within what clocks of two machines differ');
    assert.ok(!trusts(ahead, ahead + 10), 'listed before the clock was set back');
    assert.ok(!trusts(ahead, now, ahead - 60_000));
    assert.ok(!trusts(ahead, now, ahead + 60_000));
    assert.ok(trusts(ahead, ahead + 100, ahead + 60_000));
  });

  it('with a time to come, or of 1970, hides no new mail', () =>
    withSite(async ({ maildir }, client) => {
      await client.ok('SELECT INBOX');
      let count = 0;
      for (const time of [
        Date.now() / 1000 + 20 * 365 * day,
        0,
        Date.now() / 1000 + 2 * day,
        -day,
        2 ** 31,
      ]) {
        for (const half of ['new', 'cur'] as const) {
          await putMessage(maildir, { half, subject: `under ${time}` });
          count += 1;
          // Each change by that clock has its own time.
          const then = new Date((time + count) * 1000);
          for (const part of ['new', 'cur']) await utimes(join(maildir, part), then, then);
          assert.equal(
            (await client.ok('STATUS INBOX (MESSAGES)'))[0],
            `* STATUS "INBOX" (MESSAGES ${count})`,
          );
        }
      }
    }));
});

describe('a message', () => {
  it('of a time that no date-time can tell has the nearest that one can', () => {
    assert.equal(formatDateTime(Number.MAX_SAFE_INTEGER), '"31-Dec-9999 23:59:59 +0000"');
    assert.equal(formatDateTime(-Number.MAX_SAFE_INTEGER), '" 1-Jan-0000 00:00:00 +0000"');
  });

  it('of any time has a date of four digits, and is sorted and found by it', () =>
    withSite(async ({ maildir }, client) => {
      const times = [0, -1, -40 * 365 * day, 2 ** 31, 2 ** 32, 253_402_300_800];
      for (const [index, time] of times.entries()) {
        const base = await putMessage(maildir, { time: 1_700_000_000 + index });
        const then = new Date(time * 1000);
        await utimes(join(maildir, 'cur', `${base}:2,`), then, then);
      }
      await client.ok('SELECT INBOX');
      const dates = (await client.ok('FETCH 1:* (INTERNALDATE)')).map(
        (line) => /INTERNALDATE ("[^"]*")/.exec(line)?.[1] ?? line,
      );
      for (const date of dates) assert.match(date, /^"[ 123]\d-[A-Z][a-z]{2}-\d{4} \d\d:\d\d:\d\d \+0000"$/);
      assert.deepEqual(dates.slice(0, 4), [
        '" 1-Jan-1970 00:00:00 +0000"',
        '"31-Dec-1969 23:59:59 +0000"',
        '"11-Jan-1930 00:00:00 +0000"',
        '"19-Jan-2038 03:14:08 +0000"',
      ]);
      assert.deepEqual((await client.ok('SORT (ARRIVAL) UTF-8 1:5'))[0], '* SORT 3 2 1 4 5');
      assert.deepEqual((await client.ok('SEARCH BEFORE 1-Jan-1970'))[0], '* SEARCH 2 3');
      assert.deepEqual((await client.ok('SEARCH OLDER 100'))[0], '* SEARCH 1 2 3');
      await client.ok('CREATE Copy');
      await client.ok('COPY 1:* Copy');
      await client.ok('SELECT Copy');
      const copies = await client.ok('FETCH 1:* (INTERNALDATE)');
      assert.deepEqual(
        copies.map((line) => /INTERNALDATE ("[^"]*")/.exec(line)?.[1]),
        dates,
      );
    }));
});
