// Conversations out of the index (spec/webmail.md 1.4, 2.5): which messages belong together, the lists of them, and that
// the table behind the lists says at any time what the messages say.
import assert from 'node:assert/strict';
import { readdir, rename, rm, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import Database from 'better-sqlite3';
import type { ConversationRow } from '../../server/mailbox/conversation-types.ts';
import type { Mailbox } from '../../server/mailbox/types.ts';
import {
  createPlainReader,
  makeFixtureFolder,
  openFixture,
  putMessage,
  waitForReading,
} from '../support/maildir.ts';

type Opened = Awaited<ReturnType<typeof openFixture>>;
const day = 86_400;
const start = 1_700_000_000;

interface Mail {
  readonly id?: string;
  readonly refs?: string;
  readonly from?: string;
  readonly to?: string;
  readonly subject?: string;
  readonly folder?: string;
  readonly flags?: string;
  readonly at: number;
}

const put = (opened: Opened, mail: Mail): Promise<string> =>
  putMessage(opened.maildir, {
    from: mail.from ?? 'Bob <bob@example.org>',
    to: mail.to ?? 'user@example.net',
    subject: mail.subject ?? 'Plan',
    flags: mail.flags ?? '',
    time: start + mail.at,
    ...(mail.folder === undefined ? {} : { folder: mail.folder }),
    headers: [
      ...(mail.id ? [`Message-ID: <${mail.id}@x>`] : []),
      ...(mail.refs ? [`References: ${mail.refs.replace(/[^\s]+/g, '<$&@x>')}`] : []),
    ],
  });

const rowsOf = async (
  mailbox: Mailbox,
  query: Parameters<Mailbox['listConversations']>[0] = { folder: 'INBOX', limit: 50 },
): Promise<readonly ConversationRow[]> => (await mailbox.listConversations(query)).page.rows;
const shown = (row: ConversationRow): string =>
  `${row.participants.map(({ name }) => name).join(',')} ${row.subject} ${row.count}/${row.here}/${row.unread}`;

/** The table, and what the messages say it has to be. */
async function compareTable(opened: Opened): Promise<void> {
  const directory = join(opened.fixture.state, 'index');
  const file = (await readdir(directory)).find((name) => name.endsWith('.sqlite'))!;
  const db = new Database(join(directory, file), { readonly: true });
  try {
    const kept = db.prepare('SELECT * FROM listed ORDER BY conversation, folder').all();
    const place = 'iif(conversation > 0, conversation, -id)';
    const meant = db
      .prepare(
        `SELECT * FROM (SELECT ${place} AS conversation, folder, received, base,
           count(*) OVER w AS messages, sum(seen = 0) OVER w AS unread, sum(flagged) OVER w AS flagged,
           sum(attach) OVER w AS attach,
           row_number() OVER (PARTITION BY ${place}, folder ORDER BY received DESC, base DESC) AS n
         FROM message WHERE trashed = 0 WINDOW w AS (PARTITION BY ${place}, folder))
         WHERE n = 1 ORDER BY conversation, folder`,
      )
      .all()
      .map((row) => {
        const { n: _n, ...rest } = row as { n: number };
        return rest;
      });
    assert.deepEqual(kept, meant);
    const counts = 'listed, listed_unread, listed_flagged, listed_attach';
    assert.deepEqual(
      db.prepare(`SELECT id, ${counts} FROM folder ORDER BY id`).all(),
      db
        .prepare(
          `SELECT f.id, count(l.folder) AS listed, coalesce(sum(l.unread > 0), 0) AS listed_unread,
             coalesce(sum(l.flagged > 0), 0) AS listed_flagged, coalesce(sum(l.attach > 0), 0) AS listed_attach
           FROM folder f LEFT JOIN listed l ON l.folder = f.id GROUP BY f.id ORDER BY f.id`,
        )
        .all(),
    );
  } finally {
    db.close();
  }
}

describe('conversations', () => {
  let opened: Opened;
  let mailbox: Mailbox;
  beforeEach(async () => {
    opened = await openFixture({ reader: createPlainReader() });
    mailbox = opened.mailbox;
    for (const folder of ['.Sent', '.Trash', '.Junk', '.Projects'])
      await makeFixtureFolder(opened.maildir, folder);
  });
  const close = (t: { after(work: () => Promise<void>): void }): void => t.after(() => opened.close());

  test('a row says who wrote in all folders, the first subject, and counts of this folder', async (t) => {
    close(t);
    await put(opened, { id: 'a', at: 1, flags: 'S' });
    await put(opened, {
      id: 'b',
      refs: 'a',
      at: 2,
      folder: '.Sent',
      flags: 'S',
      from: 'Me <user@example.net>',
      subject: 'Re: Plan',
    });
    await put(opened, {
      id: 'c',
      refs: 'a b',
      at: 3,
      from: 'Carla <carla@example.org>',
      subject: 'AW: Plan',
    });
    await put(opened, { id: 'lone', at: 2.5, subject: 'Other', flags: 'FS' });
    await waitForReading(mailbox);
    assert.deepEqual((await rowsOf(mailbox)).map(shown), ['Bob,Me,Carla Plan 3/2/1', 'Bob Other 1/1/0']);
    const [first] = await rowsOf(mailbox);
    assert.deepEqual(
      first!.participants.map(({ unread }) => unread),
      [false, false, true],
    );
    await compareTable(opened);
  });

  test('Trash and Junk have no part in it, unless one looks at them', async (t) => {
    close(t);
    await put(opened, { id: 'a', at: 1 });
    await put(opened, { id: 'b', refs: 'a', at: 2, folder: '.Trash', from: 'Tom <tom@example.org>' });
    await put(opened, { id: 'c', refs: 'a', at: 3, folder: '.Junk', from: 'Eve <eve@example.org>' });
    await waitForReading(mailbox);
    assert.deepEqual((await rowsOf(mailbox)).map(shown), ['Bob Plan 1/1/1']);
    assert.deepEqual((await rowsOf(mailbox, { folder: 'Trash', limit: 5 })).map(shown), [
      'Bob,Tom Plan 2/1/1',
    ]);
    const [inTrash] = (await mailbox.list({ folder: 'Trash', limit: 1 })).rows;
    const found = await mailbox.conversation(inTrash!.id, 'Trash', 500);
    assert.deepEqual(
      found!.messages.map((row) => row.folder),
      ['INBOX', 'Trash'],
    );
  });

  test('a new answer moves its row to the top', async (t) => {
    close(t);
    await put(opened, { id: 'a', at: 1 });
    await put(opened, { id: 'z', at: 2, subject: 'Other' });
    await waitForReading(mailbox);
    assert.deepEqual(
      (await rowsOf(mailbox)).map((row) => row.subject),
      ['Other', 'Plan'],
    );
    await put(opened, { id: 'b', refs: 'a', at: 3 });
    await waitForReading(mailbox);
    assert.deepEqual(
      (await rowsOf(mailbox)).map((row) => row.subject),
      ['Plan', 'Other'],
    );
    await compareTable(opened);
  });

  test('a late message that ties two conversations makes one row of them', async (t) => {
    close(t);
    await put(opened, { id: 'a', at: 1 });
    await put(opened, { id: 'c', at: 3, subject: 'Re: Plan', from: 'Carla <carla@example.org>', flags: 'F' });
    await waitForReading(mailbox);
    assert.equal((await rowsOf(mailbox)).length, 2);
    await put(opened, { id: 'b', refs: 'a c', at: 2, flags: 'S', from: 'Dan <dan@example.org>' });
    await waitForReading(mailbox);
    const rows = await rowsOf(mailbox);
    assert.deepEqual(rows.map(shown), ['Bob,Dan,Carla Plan 3/3/2']);
    assert.equal(rows[0]!.flagged, true);
    await compareTable(opened);
  });

  test('an equal subject alone joins nothing; a reply without references joins the same people within 14 days', async (t) => {
    close(t);
    const me = { from: 'user@example.net', to: 'bob@example.org' };
    const bob = { from: 'Bob <bob@example.org>', to: 'user@example.net' };
    await put(opened, { id: 'one', at: 0, subject: 'Lunch', ...me });
    await put(opened, { id: 'two', at: day, subject: 'Lunch', ...bob });
    await put(opened, { id: 'three', at: 2 * day, subject: 'Re: Lunch', ...bob });
    await put(opened, { id: 'four', at: 2 * day, subject: 'Re: Lunch', from: 'Eve <eve@example.org>' });
    await put(opened, { id: 'five', at: 17 * day, subject: 'Re: Lunch', ...bob });
    await put(opened, { id: 'six', refs: 'elsewhere', at: 3 * day, subject: 'Re: Lunch', ...bob });
    await put(opened, { id: 'seven', at: 3 * day, subject: 'Fwd: Lunch', ...bob });
    await waitForReading(mailbox);
    const rows = await rowsOf(mailbox);
    // One and two are joined by three, which answers either; nothing else belongs to them.
    assert.deepEqual(
      rows.map((row) => row.count).sort((a, b) => a - b),
      [1, 1, 1, 1, 3],
    );
    assert.equal(rows.find((row) => row.count === 3)!.participants.length, 2);
  });

  test('marks, moves, removals and deletions behind our back keep the lists true', async (t) => {
    close(t);
    for (const [n, name] of ['a', 'b', 'c', 'd', 'e', 'f'].entries()) {
      await put(opened, { id: name, refs: n % 2 ? 'a' : 'b', at: n });
      await put(opened, { id: `${name}2`, at: n, subject: `Lone ${n}` });
    }
    await waitForReading(mailbox);
    await compareTable(opened);
    const ids = (await mailbox.list({ folder: 'INBOX', limit: 50 })).rows.map((row) => row.id);
    await mailbox.setFlags(ids.slice(0, 5), 'SF', '');
    await compareTable(opened);
    await mailbox.setFlags(ids.slice(2, 4), 'T', 'F');
    await compareTable(opened);
    const moved = await mailbox.move(ids.slice(4, 9), 'Projects');
    await compareTable(opened);
    await mailbox.restore(moved.undo);
    await compareTable(opened);
    await mailbox.remove(ids.slice(0, 3));
    await compareTable(opened);
    const names = await readdir(join(opened.maildir, 'cur'));
    await unlink(join(opened.maildir, 'cur', names[0]!));
    await rename(join(opened.maildir, 'cur', names[1]!), join(opened.maildir, '.Projects/cur', names[1]!));
    await waitForReading(mailbox);
    await compareTable(opened);
    await rm(join(opened.maildir, '.Projects'), { recursive: true });
    await waitForReading(mailbox);
    await compareTable(opened);
    const total = (await mailbox.listConversations({ folder: 'INBOX', limit: 1 })).page.total;
    assert.equal((await rowsOf(mailbox, { folder: 'INBOX', limit: 200 })).length, total);
  });

  test('an index that is built anew gives the same lists', async (t) => {
    for (let n = 0; n < 60; n++) {
      await put(opened, {
        id: `m${n}`,
        at: (n * 37) % 60,
        ...(n % 4 === 0 ? {} : { refs: `m${n - 1}` }),
        subject: n % 7 === 0 ? 'Re: Same' : `S${n}`,
        folder: n % 5 === 0 ? '.Sent' : '',
        flags: n % 3 === 0 ? '' : 'S',
      });
    }
    await waitForReading(mailbox);
    const lists = async (of: Mailbox): Promise<unknown> =>
      Promise.all(
        ['INBOX', 'Sent'].map(async (folder) =>
          (await rowsOf(of, { folder, limit: 200 })).map((row) => [row.newest.id, shown(row)]),
        ),
      );
    const before = await lists(mailbox);
    await opened.mailboxes.close();
    await rm(join(opened.fixture.state, 'index'), { recursive: true });
    const again = await openFixture({ reader: createPlainReader() });
    t.after(async () => {
      await again.close();
      await opened.fixture.remove();
    });
    const anew = await again.mailboxes.open({ address: 'user@example.net', maildir: opened.maildir });
    await waitForReading(anew);
    assert.deepEqual(await lists(anew), before);
  });
});

describe('lists of conversations', () => {
  let opened: Opened;
  let mailbox: Mailbox;
  before(async () => {
    opened = await openFixture({ reader: createPlainReader() });
    mailbox = opened.mailbox;
    await makeFixtureFolder(opened.maildir, '.Sent');
    for (let n = 0; n < 300; n++) {
      await put(opened, {
        id: `m${n}`,
        // Many of one second, so that ties are decided by the base.
        at: Math.floor(n / 7),
        ...(n % 3 === 0 ? {} : { refs: `m${n - (n % 3)}` }),
        subject: `Topic ${Math.floor(n / 3)}`,
        flags: n % 3 === 0 && n % 5 === 0 ? '' : n % 4 === 0 ? 'FS' : 'S',
      });
    }
    await waitForReading(mailbox);
  });
  after(() => opened.close());

  for (const direction of ['desc', 'asc'] as const) {
    test(`pages show every conversation once, both ways, ${direction}`, async () => {
      const forwards: string[] = [];
      let cursor: string | undefined;
      for (;;) {
        const { page } = await mailbox.listConversations({
          folder: 'INBOX',
          direction,
          limit: 17,
          after: cursor,
        });
        assert.equal(page.total, 100);
        forwards.push(...page.rows.map((row) => row.newest.id));
        cursor = page.older;
        if (cursor === undefined) break;
      }
      assert.equal(new Set(forwards).size, 100);
      const backwards: string[] = [];
      cursor = 'end';
      while (cursor !== undefined) {
        const { page }: Awaited<ReturnType<Mailbox['listConversations']>> = await mailbox.listConversations({
          folder: 'INBOX',
          direction,
          limit: 13,
          before: cursor,
        });
        backwards.unshift(...page.rows.map((row) => row.newest.id));
        cursor = page.newer;
      }
      assert.deepEqual(backwards, forwards);
      for (const [n, id] of forwards.entries()) {
        const near = await mailbox.neighbours(id, {
          folder: 'INBOX',
          direction,
          conversations: true,
          limit: 1,
        });
        assert.deepEqual(near, { newer: forwards[n - 1], older: forwards[n + 1] });
        if (n > 5) break;
      }
    });
  }

  test('filters leave the conversations that have such a message, whole', async () => {
    const all = await rowsOf(mailbox, { folder: 'INBOX', limit: 200 });
    for (const [filter, holds] of [
      ['unread', (row: ConversationRow) => row.unread > 0],
      ['starred', (row: ConversationRow) => row.flagged],
    ] as const) {
      const query = { folder: 'INBOX', filter, limit: 200 };
      const { page } = await mailbox.listConversations(query, true);
      const meant = all.filter(holds);
      assert.ok(meant.length > 3 && meant.length < all.length);
      assert.deepEqual(
        page.rows.map((row) => row.newest.id),
        meant.map((row) => row.newest.id),
      );
      assert.equal(page.total, meant.length);
      assert.equal(page.messages, 3 * meant.length);
      const ids = await mailbox.idsMatching(
        { folder: 'INBOX', filter, conversations: true },
        Date.now(),
        1000,
      );
      assert.equal(ids.length, page.messages, 'all of them are meant by "select all"');
    }
  });

  test('a search lists each conversation once, in the place of the newest message found', async () => {
    const { page } = await mailbox.listConversations({ search: 'subject:topic', limit: 20 });
    assert.equal(page.total, 100);
    assert.deepEqual(
      page.rows.map((row) => row.newest.id),
      (await rowsOf(mailbox, { folder: 'INBOX', limit: 20 })).map((row) => row.newest.id),
    );
    const second = await mailbox.listConversations({ search: 'subject:topic', limit: 20, after: page.older });
    const near = await mailbox.neighbours(second.page.rows[0]!.newest.id, {
      search: 'subject:topic',
      conversations: true,
      limit: 1,
    });
    assert.deepEqual(near, { newer: page.rows[19]!.newest.id, older: second.page.rows[1]!.newest.id });
  });

  test('an action on a conversation is meant for its messages in one folder', async () => {
    const [row] = await rowsOf(mailbox, { folder: 'INBOX', limit: 1 });
    const [ids] = await mailbox.idsOfConversations([row!.newest.id], 'INBOX');
    assert.equal(ids!.length, 3);
    assert.equal(ids![0], row!.newest.id, 'newest first');
    const [oldest] = await mailbox.idsOfConversations([ids![2]!], 'INBOX');
    assert.deepEqual(oldest, ids, 'by whichever of its messages');
    assert.deepEqual(await mailbox.idsOfConversations([row!.newest.id, 'nobodyhasit0'], 'Sent'), [[], []]);
  });

  test('a conversation is read in stretches, the last first', async () => {
    const many = await openFixture({ reader: createPlainReader() });
    try {
      for (let n = 0; n < 25; n++)
        await put(many, {
          id: `m${n}`,
          at: n,
          subject: n === 0 ? 'First' : 'Re: x',
          ...(n ? { refs: 'm0' } : {}),
        });
      await waitForReading(many.mailbox);
      const [row] = await rowsOf(many.mailbox);
      const last = (await many.mailbox.conversation(row!.newest.id, undefined, 10))!;
      assert.equal(last.total, 25);
      assert.equal(last.subject, 'First');
      assert.equal(last.messages.at(-1)!.id, row!.newest.id);
      assert.equal(last.later, 0);
      const middle = (await many.mailbox.conversation(row!.newest.id, undefined, 10, last.earlier))!;
      assert.equal(middle.later, 10);
      const first = (await many.mailbox.conversation(row!.newest.id, undefined, 10, middle.earlier))!;
      assert.equal(first.messages.length, 5);
      assert.equal(first.earlier, undefined);
      const all = [...first.messages, ...middle.messages, ...last.messages];
      assert.deepEqual(
        all.map((message) => message.received),
        Array.from({ length: 25 }, (_, n) => (start + n) * 1000),
      );
    } finally {
      await many.close();
    }
  });
});
