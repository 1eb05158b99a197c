// The delivery history: log lines in, the fate of letters out, as it is kept over restarts and forgotten after its days.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { openHistory } from '../../server/history/history.ts';
import type { History } from '../../server/history/types.ts';

const start = Date.UTC(2026, 10, 22, 10, 59, 0);
const hour = 3600_000;

async function withHistory(
  act: (site: {
    readonly history: History;
    readonly logged: string[];
    at(milliseconds: number): void;
    reopen(): Promise<History>;
  }) => Promise<void>,
): Promise<void> {
  const state = await mkdtemp(join(tmpdir(), 'facteur-history-'));
  const logged: string[] = [];
  let now = start;
  // Days reach back to the test's own time, whenever it runs.
  const days = 3660;
  const open = () => openHistory({ state, days, log: (line) => logged.push(line), now: () => now });
  let history = await open();
  try {
    await act({
      history,
      logged,
      at: (milliseconds) => {
        now = milliseconds;
      },
      reopen: async () => {
        await history.close();
        history = await open();
        return history;
      },
    });
  } finally {
    await history.close();
    await rm(state, { recursive: true, force: true });
  }
}

const observe = (history: History, lines: readonly string[]): void => {
  for (const line of lines) history.observe(line);
};

describe('the delivery history', () => {
  test('a letter for two is known with both fates, its origin, and when it was over', () =>
    withHistory(async ({ history, at }) => {
      observe(history, [
        'new msg 41',
        'info msg 41: bytes 2048 from <ann@example.com> qp 41 uid 81',
        'smtpd: ip=192.0.2.9 helo=pc user=ann@example.com mail=<ann@example.com> rcpt=<bob@example.org>+1 result=accepted reason=ok 1790000000 qp 41',
        'starting delivery 1: msg 41 to remote bob@example.org',
        'starting delivery 2: msg 41 to local example.com-joe@example.com',
        'delivery 2: success: did_0+0+1/',
      ]);
      at(start + 5000);
      observe(history, [
        'delivery 1: deferral: Connected_to_192.0.2.1_but_greeting_failed./Remote_host_said:_421_busy/',
      ]);
      const [waiting] = await history.messages({ limit: 10 });
      assert.equal(waiting?.endedAt, undefined);
      assert.equal(waiting?.user, 'ann@example.com');
      assert.deepEqual(
        waiting?.recipients.map(({ recipient, state, attempts }) => [recipient, state, attempts]),
        [
          ['bob@example.org', 'deferred', 1],
          ['example.com-joe@example.com', 'delivered', 1],
        ],
      );
      at(start + 400_000);
      observe(history, [
        'starting delivery 3: msg 41 to remote bob@example.org',
        'delivery 3: failure: 192.0.2.1_does_not_like_recipient./Remote_host_said:_550_no_such_user/',
        'bounce msg 41 qp 77',
        'end msg 41',
      ]);
      const message = await history.message(waiting?.id ?? 0);
      assert.deepEqual(message?.recipients[0], {
        recipient: 'bob@example.org',
        channel: 'remote',
        state: 'failed',
        attempts: 2,
        at: start + 400_000,
        words: '192.0.2.1 does not like recipient.\nRemote host said: 550 no such user',
      });
      assert.equal(message?.endedAt, start + 400_000);
      assert.equal(message?.bounceQp, '77');
      assert.equal((await history.findQueued('41', start + 1000))?.id, message?.id);
      assert.equal(await history.findQueued('41', start + 3 * hour), undefined);
    }));

  test('a letter that leaves the journal for an ordinary entry stays one letter', () =>
    withHistory(async ({ history }) => {
      observe(history, [
        'info msg 1790000000000001: bytes 10 from <a@example.com> qp 1790000000000001 uid 0',
        'starting delivery 1: msg 1790000000000001 to remote b@example.org',
        'info msg 55: bytes 10 from <a@example.com> qp 1790000000000001 uid 0',
        'end msg 1790000000000001',
        'delivery 1: deferral: later/',
        'starting delivery 2: msg 55 to remote b@example.org',
        'delivery 2: success: ok/',
        'end msg 55',
        // The number is free again: this is another letter.
        'info msg 55: bytes 20 from <c@example.com> qp 55 uid 0',
      ]);
      const messages = await history.messages({ limit: 10 });
      assert.deepEqual(
        messages.map(({ msg, bytes, endedAt, recipients }) => [msg, bytes, endedAt, recipients[0]?.attempts]),
        [
          ['55', 20, undefined, undefined],
          ['55', 10, start, 2],
        ],
      );
    }));

  test('over a restart, letters in the queue go on where they were', () =>
    withHistory(async ({ history, reopen }) => {
      observe(history, [
        'info msg 9: bytes 10 from <a@example.com> qp 9 uid 0',
        'starting delivery 7: msg 9 to remote b@example.org',
        'delivery 7: deferral: later/',
        'status: exiting',
      ]);
      const later = await reopen();
      observe(later, [
        'starting delivery 1: msg 9 to remote b@example.org',
        'delivery 1: success: ok/',
        'end msg 9',
      ]);
      const [message, ...others] = await later.messages({ limit: 10 });
      assert.equal(others.length, 0);
      assert.equal(message?.recipients[0]?.state, 'delivered');
      assert.equal(message?.recipients[0]?.attempts, 2);
    }));

  test('letters are found by address, domain, state and number, page by page', () =>
    withHistory(async ({ history }) => {
      for (let at = 1; at <= 30; at++)
        observe(history, [
          `info msg ${at}: bytes 1 from <sender${at}@example.com> qp ${at} uid 0`,
          `starting delivery ${at}: msg ${at} to remote to_${at % 3}%x@example${at % 2}.org`,
          `delivery ${at}: ${at % 5 === 0 ? 'deferral' : 'success'}: words/`,
        ]);
      const found = async (query: Omit<Parameters<History['messages']>[0], 'limit'>) =>
        (await history.messages({ limit: 100, ...query })).map(({ msg }) => Number(msg));
      assert.deepEqual(await found({ search: 'sender30@' }), [30]);
      assert.deepEqual(await found({ search: '17' }), [17]);
      assert.equal(
        (await found({ search: 'to_1%x' })).length,
        10,
        'no letter of LIKE means more than itself',
      );
      assert.equal((await found({ search: 't__1' })).length, 0);
      assert.equal((await found({ domains: ['example1.org'] })).length, 15);
      assert.equal((await found({ domains: ['example.com'] })).length, 30);
      assert.deepEqual(await found({ state: 'deferred' }), [30, 25, 20, 15, 10, 5]);
      const first = await history.messages({ limit: 4 });
      const next = await history.messages({ limit: 4, before: first[3]?.id });
      assert.deepEqual(
        [...first, ...next].map(({ msg }) => Number(msg)),
        [30, 29, 28, 27, 26, 25, 24, 23],
      );
    }));

  test('a number that comes again is another letter, also when the end of the first was not observed', () =>
    withHistory(async ({ history, reopen }) => {
      observe(history, [
        'info msg 7: bytes 10 from <a@example.com> qp 7 uid 0',
        'starting delivery 1: msg 7 to remote b@example.org',
      ]);
      // Taken up again by a start: the same letter.
      const later = await reopen();
      observe(later, ['info msg 7: bytes 10 from <a@example.com> qp 7 uid 0']);
      assert.equal((await later.messages({ limit: 10 })).length, 1);
      observe(later, [
        'info msg 7: bytes 99 from <c@example.net> qp 7 uid 0',
        'starting delivery 1: msg 7 to remote d@example.org',
      ]);
      const letters = await later.messages({ limit: 10 });
      assert.deepEqual(
        letters.map(({ sender, recipients, endedAt }) => [
          sender,
          recipients.map(({ recipient }) => recipient),
          endedAt === undefined,
        ]),
        [
          ['c@example.net', ['d@example.org'], true],
          ['a@example.com', ['b@example.org'], false],
        ],
      );
    }));

  test("a domain's eyes see its own recipients of a letter from elsewhere, and nothing of the others", () =>
    withHistory(async ({ history }) => {
      observe(history, [
        'info msg 1: bytes 1 from <far@example.net> qp 1 uid 0',
        'starting delivery 1: msg 1 to local example.com-joe@example.com',
        'starting delivery 2: msg 1 to local example.org-secret@example.org',
        'delivery 2: failure: no_such_mailbox/',
        'info msg 2: bytes 1 from <ann@example.com> qp 2 uid 0',
        'starting delivery 3: msg 2 to remote friend@example.org',
      ]);
      const seen = await history.messages({ domains: ['example.com'], limit: 10 });
      assert.deepEqual(
        seen.map(({ msg, recipients }) => [msg, recipients.map(({ recipient }) => recipient)]),
        [
          ['2', ['friend@example.org']],
          ['1', ['example.com-joe@example.com']],
        ],
      );
      assert.equal(
        (await history.messages({ domains: ['example.com'], search: 'secret', limit: 10 })).length,
        0,
      );
      assert.equal(
        (await history.messages({ domains: ['example.com'], state: 'failed', limit: 10 })).length,
        0,
      );
      const [, first] = seen;
      assert.equal((await history.message(first!.id, ['example.com']))?.recipients.length, 1);
      assert.equal((await history.message(first!.id))?.recipients.length, 2);
      assert.equal(await history.message(first!.id, ['example.de']), undefined);
    }));

  test('a domain of several names sees the letters of all of them, and a pattern is no name', () =>
    withHistory(async ({ history }) => {
      observe(history, [
        'info msg 1: bytes 1 from <far@example.net> qp 1 uid 0',
        'starting delivery 1: msg 1 to local example.com-joe@Alias.example',
        'starting delivery 2: msg 1 to local example.org-secret@example.org',
        'info msg 2: bytes 1 from <joe@alias.example> qp 2 uid 0',
        'starting delivery 3: msg 2 to remote friend@example.org',
      ]);
      const many = Array.from({ length: 2000 }, (_, at) => `name${at}.example`);
      const domains = ['example.com', ...many, 'alias.example'];
      const seen = await history.messages({ domains, limit: 10 });
      assert.deepEqual(
        seen.map(({ recipients }) => recipients.map(({ recipient }) => recipient)),
        [['friend@example.org'], ['example.com-joe@Alias.example']],
      );
      assert.equal((await history.message(seen[1]!.id, domains))?.recipients.length, 1);
      for (const none of [[], ['%'], ['alia_.example'], ['lias.example']])
        assert.deepEqual(await history.messages({ domains: none, limit: 10 }), []);
    }));

  test('counts are kept by the hour, and empty hours are zero', () =>
    withHistory(async ({ history, at }) => {
      at(Date.now() - 3 * hour);
      observe(history, [
        'info msg 1: bytes 1 from <a@example.com> qp 1 uid 0',
        'starting delivery 1: msg 1 to remote b@example.org',
        'delivery 1: success: ok/',
        'web: sign in refused from 192.0.2.1',
      ]);
      at(Date.now());
      observe(history, ['web: a@example.com signed in from 192.0.2.1']);
      await history.settled();
      const rows = await history.statistics(Date.now() - 23 * hour, 'hour');
      assert.equal(rows.length, 24);
      const sum = (name: 'received' | 'delivered' | 'loginsFailed' | 'loginsOk' | 'refused') =>
        rows.reduce((total, row) => total + row[name], 0);
      assert.deepEqual(
        [sum('received'), sum('delivered'), sum('loginsFailed'), sum('loginsOk'), sum('refused')],
        [1, 1, 1, 1, 0],
      );
      assert.equal(rows.at(-1)?.loginsOk, 1);
      assert.equal(rows.at(-4)?.received, 1);
      const days = await history.statistics(Date.now() - 29 * 24 * hour, 'day');
      assert.ok(days.length === 30 || days.length === 31, `${days.length} days`);
    }));

  test('what is not a database is told, and nothing else is harmed', async () => {
    const state = await mkdtemp(join(tmpdir(), 'facteur-history-'));
    await writeFile(
      join(state, 'history.sqlite'),
      'this is no database, but a text of some length\n'.repeat(50),
    );
    const logged: string[] = [];
    const history = await openHistory({ state, days: 30, log: (line) => logged.push(line) });
    try {
      history.observe('info msg 1: bytes 1 from <a@example.com> qp 1 uid 0');
      await assert.rejects(history.messages({ limit: 1 }), /history/);
      assert.match(logged.join('\n'), /the delivery history ended: .*not a database/);
    } finally {
      await history.close();
      await rm(state, { recursive: true, force: true });
    }
  });
});
