// Paging by cursors over 1,000 messages: every order and direction shows each message exactly once, forwards and
// backwards, for one folder, for a filter, and for a search (spec/webmail.md 1.3 M2, M3; 2.5).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { ListQuery, MessageRow } from '../../server/mailbox/types.ts';
import { defaultMessage, fillFolder, listAll, openFixture, waitForIndex } from '../support/maildir.ts';

const count = 1000;
const opened = await openFixture();
const { mailbox } = opened;

before(async () => {
  await fillFolder(opened.maildir, count, (index) => ({
    ...defaultMessage(index),
    // Many of the same second, so that ties are decided by the base.
    time: 1_700_000_000 + Math.floor(index / 9),
    subject: `${index % 2 ? 'Re: ' : ''}topic ${index % 23}`,
  }));
  await waitForIndex(mailbox, 'INBOX');
});
after(() => opened.close());

async function listBackwards(query: Omit<ListQuery, 'limit'>, limit: number): Promise<MessageRow[]> {
  const pages: (readonly MessageRow[])[] = [];
  let cursor: string | undefined = 'end';
  while (cursor !== undefined) {
    const page: Awaited<ReturnType<typeof mailbox.list>> = await mailbox.list({
      ...query,
      limit,
      before: cursor,
    });
    pages.unshift(page.rows);
    cursor = page.newer;
  }
  return pages.flat();
}

const sorts = ['date', 'from', 'subject', 'size'] as const;
const keyOf = {
  date: (row: MessageRow) => row.received,
  from: (row: MessageRow) => row.from[0]!.name.toLowerCase(),
  subject: (row: MessageRow) => row.subject.replace(/^Re: /, ''),
  size: (row: MessageRow) => row.size,
};

for (const sort of sorts) {
  for (const direction of ['asc', 'desc'] as const) {
    test(`every message once by ${sort} ${direction}, both ways, in order`, async () => {
      const query = { folder: 'INBOX', sort, direction };
      const forwards = await listAll(mailbox, query, 97);
      const ids = forwards.map((row) => row.id);
      assert.equal(new Set(ids).size, count);
      assert.deepEqual(
        (await listBackwards(query, 83)).map((row) => row.id),
        ids,
      );
      for (let i = 1; i < forwards.length; i++) {
        const [a, b] = [keyOf[sort](forwards[i - 1]!), keyOf[sort](forwards[i]!)];
        assert.ok(direction === 'asc' ? a <= b : a >= b, `${a} before ${b}`);
      }
      // A search that finds all gives the same list, though it is found another way.
      const found = await listAll(mailbox, { ...query, search: 'from:person* OR to:user' }, 110);
      assert.deepEqual(
        found.map((row) => row.id),
        ids,
      );
    });
  }
}

test('filters page through exactly their messages', async () => {
  const all = await listAll(mailbox, { folder: 'INBOX' }, 200);
  const filters = {
    unread: (row: MessageRow) => !row.seen,
    starred: (row: MessageRow) => row.flagged,
    attach: (row: MessageRow) => row.hasAttachment,
  };
  for (const [filter, holds] of Object.entries(filters) as [
    keyof typeof filters,
    (row: MessageRow) => boolean,
  ][]) {
    const wanted = all.filter(holds).map((row) => row.id);
    const query = { folder: 'INBOX', filter };
    assert.deepEqual(
      (await listAll(mailbox, query, 60)).map((row) => row.id),
      wanted,
    );
    assert.equal((await mailbox.list({ ...query, limit: 1 })).total, wanted.length);
    for (const sort of sorts) {
      const rows = await listBackwards({ ...query, sort }, 60);
      assert.deepEqual(new Set(rows.map((row) => row.id)), new Set(wanted));
      assert.equal(rows.length, wanted.length);
    }
  }
});

test('the first page has no newer cursor, the last no older one, and odd cursors are the first page', async () => {
  const first = await mailbox.list({ folder: 'INBOX', limit: 10 });
  assert.deepEqual([first.newer, first.total], [undefined, count]);
  const last = await mailbox.list({ folder: 'INBOX', limit: 10, before: 'end' });
  assert.equal(last.older, undefined);
  assert.ok(last.newer);
  const second = await mailbox.list({ folder: 'INBOX', limit: 10, after: first.older });
  const back = await mailbox.list({ folder: 'INBOX', limit: 10, before: second.newer });
  assert.deepEqual(back, first);
  for (const after of [
    '',
    '0',
    'x',
    first.older!.slice(3),
    Buffer.from('[1]').toString('base64url'),
    "' OR 1",
  ]) {
    assert.deepEqual((await mailbox.list({ folder: 'INBOX', limit: 10, after })).rows, first.rows);
  }
  assert.deepEqual(
    (await mailbox.list({ folder: 'INBOX', limit: 10, sort: 'size', after: first.older })).newer,
    undefined,
  );
});

test('a page keeps its place when messages above it go', async () => {
  const first = await mailbox.list({ folder: 'INBOX', limit: 20 });
  const second = await mailbox.list({ folder: 'INBOX', limit: 20, after: first.older });
  const moved = await mailbox.move(
    first.rows.slice(10).map((row) => row.id),
    'Archive',
  );
  const again = await mailbox.list({ folder: 'INBOX', limit: 20, after: first.older });
  assert.deepEqual(again.rows, second.rows);
  await mailbox.restore(moved.undo);
});
