// A big folder that the index has never seen is opened before its rows are there (server/mailbox/first-sight.ts): what is
// told then is what the index says later, and what happened meanwhile is told like any other change.
import assert from 'node:assert/strict';
import { readFile, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { indexFileName } from '../../server/mailbox/index-name.ts';
import { createPlainReader, type Fixture, fillFolder, openFixture, putMessage } from '../support/maildir.ts';

const size = 1200;

/** Rows of the index, seen by a reader of its own. */
function countRows({ state, maildir }: Fixture): number {
  const path = join(state, 'index', indexFileName('user@example.net', maildir));
  const db = new Database(path, { readonly: true });
  try {
    return db.prepare('SELECT count(*) FROM message').pluck().get() as number;
  } finally {
    db.close();
  }
}

const fill = (maildir: string, from = 0, count = size): Promise<string[]> =>
  fillFolder(maildir, count, (index) => ({
    time: 1_700_000_000 + from + index,
    subject: `letter ${from + index}`,
    flags: index % 3 ? 'S' : '',
  }));

test('what is told before the rows are there is what the index says when they are', async (t) => {
  const { mailbox, maildir, fixture, close } = await openFixture({ reader: createPlainReader() });
  t.after(close);
  const bases = await fill(maildir);
  const early = (await mailbox.uids.open('INBOX', false))!;
  assert.ok(countRows(fixture) < size, 'the rows are still coming');
  const facts = await mailbox.uids.facts('INBOX', [1, 2, size], ['envelope', 'received', 'emailId', 'size']);
  const opened = (await mailbox.uids.openMessage('INBOX', 2))!;
  assert.match(await opened.handle.readFile('utf8'), /^Subject: letter 1$/m);
  await opened.handle.close();
  assert.equal((await mailbox.uids.readBeginnings('INBOX', [size], 500)).size, 1);
  const quiet = (await mailbox.uids.changesSince('INBOX', early.highestModseq, false))!;
  assert.deepEqual([quiet.changed, quiet.vanished, quiet.isCut], [[], [], false]);
  const lines = (await readFile(join(maildir, 'courierimapuiddb'), 'utf8')).split('\n');
  assert.deepEqual(lines.slice(0, 2), [`1 ${early.uidValidity} ${size + 1}`, `1 ${bases[0]}`]);
  assert.equal(early.recentUids.length, size);

  const status = (await mailbox.uids.status('INBOX'))!;
  assert.deepEqual([status.messages, status.uidNext, status.recent], [size, size + 1, 0]);
  const later = (await mailbox.uids.open('INBOX', false))!;
  for (const name of ['uidValidity', 'uidNext', 'highestModseq', 'mailboxId', 'unseen', 'deleted'] as const)
    assert.equal(later[name], early[name], name);
  for (const name of ['uids', 'modseqs', 'flags', 'keywords'] as const)
    assert.deepEqual(later[name], early[name], name);
  const after = (await mailbox.uids.changesSince('INBOX', early.highestModseq, false))!;
  assert.deepEqual([after.changed, after.vanished, after.isCut], [[], [], false]);
  assert.deepEqual(
    await mailbox.uids.facts('INBOX', [1, 2, size], ['envelope', 'received', 'emailId', 'size']),
    facts,
  );
});

test('what other programs rename, remove and deliver while the rows come is told when they are there', async (t) => {
  const { mailbox, maildir, fixture, close } = await openFixture();
  t.after(close);
  const bases = await fill(maildir);
  const early = (await mailbox.uids.open('INBOX', false))!;
  await unlink(join(maildir, 'cur', `${bases[0]}:2,`));
  await rename(join(maildir, 'cur', `${bases[3]}:2,`), join(maildir, 'cur', `${bases[3]}:2,F`));
  await putMessage(maildir, { half: 'new', time: 1_800_000_000 });
  assert.ok(countRows(fixture) < size);
  await mailbox.refresh('INBOX');
  const changes = (await mailbox.uids.changesSince('INBOX', early.highestModseq, false))!;
  assert.deepEqual(changes.vanished, [1]);
  const added = changes.changed.filter(({ uid }) => uid > size);
  assert.deepEqual(
    added.map(({ uid }) => uid),
    [size + 1],
  );
  const later = (await mailbox.uids.open('INBOX', false))!;
  assert.deepEqual([later.uidValidity, later.uids.length, later.uids[0]], [early.uidValidity, size, 2]);
  assert.equal(later.flags[2], 2, 'the letter that got a flag has the UID that was told');
});

test('a list that is there gives its UIDs; what it does not name comes behind them and is recent', async (t) => {
  const { maildir, restart, mailbox, fixture, close } = await openFixture();
  t.after(close);
  const known = await fill(maildir);
  const before = (await mailbox.uids.open('INBOX', false))!;
  await mailbox.uids.status('INBOX');
  await unlink(join(maildir, 'cur', `${known[0]}:2,`));
  // Older than all others, and yet new to the list.
  await fill(maildir, -500, 3);
  const again = await restart({ index: false });
  const early = (await again.mailbox.uids.open('INBOX', false))!;
  assert.ok(countRows(fixture) < size);
  assert.equal(early.uidValidity, before.uidValidity);
  assert.deepEqual([...early.uids.slice(0, 2)], [2, 3]);
  assert.deepEqual([...early.recentUids], [size + 1, size + 2, size + 3]);
  assert.ok(early.highestModseq >= before.highestModseq);
});

test('an index that is lost before the rows are in gives the same UIDs again', async (t) => {
  const { maildir, restart, mailbox, fixture, close } = await openFixture();
  t.after(close);
  await fill(maildir);
  const early = (await mailbox.uids.open('INBOX', true))!;
  assert.ok(countRows(fixture) < size);
  // Closed half-way: what is in the index then has UIDs, and the folder none.
  const again = await restart({ index: true });
  const later = (await again.mailbox.uids.open('INBOX', false))!;
  assert.equal(later.uidValidity, early.uidValidity);
  assert.deepEqual(later.uids, early.uids);
});
