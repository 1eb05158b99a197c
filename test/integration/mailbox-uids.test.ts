// The mailbox through UIDs (server/mailbox/uid-types.ts): UIDs are kept in courierimapuiddb and outlive the index, new
// ones ascend in Courier's order, every change has its MODSEQ, what is gone is told, \Recent goes to one session.
import assert from 'node:assert/strict';
import { readdir, readFile, rename, rm, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import type { Mailboxes } from '../../server/mailbox/types.ts';
import type { FolderSnapshot } from '../../server/mailbox/uid-types.ts';
import { fillFolder, makeFixtureFolder, openFixture, putMessage } from '../support/maildir.ts';

const uidsOf = (snapshot: FolderSnapshot | undefined): number[] => [...(snapshot?.uids ?? [])];

const readList = async (maildir: string): Promise<string[]> =>
  (await readFile(join(maildir, 'courierimapuiddb'), 'utf8')).split('\n');

test('a folder without a list gets UIDs from 1 in the order of Courier, and they are on disk when told', async (t) => {
  const { mailbox, maildir, close } = await openFixture();
  t.after(close);
  const bases = ['900.b', '1000.a,S=12', '1000.B', '999.z', 'no-number'];
  for (const base of bases) await putMessage(maildir, { base });
  const now = Math.floor(Date.now() / 1000) - 1_000_000_000;
  const snapshot = (await mailbox.uids.open('INBOX', false))!;
  assert.deepEqual(uidsOf(snapshot), [1, 2, 3, 4, 5]);
  assert.equal(snapshot.uidNext, 6);
  assert.ok(Math.abs(snapshot.uidValidity - now) < 60, 'UIDVALIDITY counts from Courier’s epoch');
  assert.deepEqual(await readList(maildir), [
    `1 ${snapshot.uidValidity} 6`,
    '1 no-number',
    '2 900.b',
    '3 999.z',
    '4 1000.B',
    '5 1000.a,S=12',
    '',
  ]);
  assert.equal(snapshot.messages, 5);
  assert.deepEqual([...snapshot.recentUids], [1, 2, 3, 4, 5]);
});

test('without its index a folder has the same UIDVALIDITY and the same UIDs, and a higher MODSEQ', async (t) => {
  const { mailbox, maildir, restart, close } = await openFixture();
  t.after(close);
  const bases = await fillFolder(maildir, 50);
  const before = (await mailbox.uids.open('INBOX', false))!;
  await unlink(join(maildir, 'cur', `${bases[10]}:2,FS`));
  await rename(join(maildir, 'cur', `${bases[11]}:2,S`), join(maildir, 'cur', `${bases[11]}:2,RS`));
  await putMessage(maildir, { half: 'new', base: '1800000000.late' });
  const list = await readList(maildir);
  const { mailbox: again } = await restart({ index: false });
  const after = (await again.uids.open('INBOX', false))!;
  assert.equal(after.uidValidity, before.uidValidity);
  assert.deepEqual(uidsOf(after), [...uidsOf(before).filter((uid) => uid !== 11), 51]);
  assert.ok(after.highestModseq > before.highestModseq);
  assert.equal(after.mailboxId, before.mailboxId);
  assert.deepEqual([...after.recentUids], [51], 'only what no list had is recent');
  const changes = (await again.uids.changesSince('INBOX', before.highestModseq, false))!;
  assert.ok(changes.isCut, 'an index built anew knows nothing of what is gone');
  assert.deepEqual(
    (await readList(maildir)).filter((line) => !list.includes(line)),
    [`1 ${before.uidValidity} 52`, '51 1800000000.late'],
  );
});

test('EXAMINE and STATUS leave new mail in new and \\Recent to the next session', async (t) => {
  const { mailbox, maildir, close } = await openFixture();
  t.after(close);
  const base = await putMessage(maildir, { half: 'new' });
  const status = (await mailbox.uids.status('INBOX'))!;
  assert.deepEqual([status.messages, status.unseen, status.recent, status.uidNext], [1, 1, 1, 2]);
  const examined = (await mailbox.uids.open('INBOX', true))!;
  assert.deepEqual([uidsOf(examined), [...examined.recentUids], examined.recent], [[1], [], 1]);
  assert.ok(await readFile(join(maildir, 'new', base)));
  const selected = (await mailbox.uids.open('INBOX', false))!;
  assert.deepEqual([[...selected.recentUids], selected.recent], [[1], 0]);
  assert.ok(await readFile(join(maildir, 'cur', `${base}:2,`)));
  assert.deepEqual([...(await mailbox.uids.open('INBOX', false))!.recentUids], []);
  assert.equal(selected.highestModseq, examined.highestModseq, 'a move to cur is no change');
});

test('flags that anybody changes, new messages and those that are gone are told after a MODSEQ', async (t) => {
  const { mailbox, maildir, restart, close } = await openFixture();
  t.after(close);
  await makeFixtureFolder(maildir, '.Archive');
  const bases = await fillFolder(maildir, 6, (index) => ({ time: 1000 + index, flags: '' }));
  const opened = (await mailbox.uids.open('INBOX', false))!;
  const cur = (name: string): string => join(maildir, 'cur', name);
  await rename(cur(`${bases[0]}:2,`), cur(`${bases[0]}:2,FS`));
  await unlink(cur(`${bases[1]}:2,`));
  const rows = (await mailbox.list({ folder: 'INBOX', limit: 50, direction: 'asc' })).rows;
  const idOf = (base: string): string => rows.find((row) => row.base === base)!.id;
  await mailbox.setFlags([idOf(bases[2]!)], 'R', '');
  const moved = await mailbox.move([idOf(bases[3]!)], 'Archive');
  await mailbox.remove([idOf(bases[4]!)]);
  await putMessage(maildir, { half: 'new', base: '2000.fresh' });
  const changes = (await mailbox.uids.changesSince('INBOX', opened.highestModseq, false))!;
  assert.equal(changes.isCut, false);
  assert.deepEqual(
    changes.changed.map(({ uid, flags }) => [uid, flags]),
    [
      [1, 'FS'],
      [3, 'R'],
      [7, ''],
    ],
  );
  assert.ok(
    changes.changed.every(({ modseq }) => modseq > opened.highestModseq && modseq <= changes.highestModseq),
  );
  assert.deepEqual(changes.vanished, [2, 4, 5]);
  assert.deepEqual(changes.recentUids, [7]);
  assert.deepEqual([changes.messages, changes.unseen, changes.uidNext], [4, 3, 8]);
  const archive = (await mailbox.uids.open('Archive', false))!;
  assert.deepEqual(uidsOf(archive), [1]);
  // Undo: the message comes back under a new UID, for a UID that is gone stays gone.
  await mailbox.restore(moved.undo);
  const back = (await mailbox.uids.changesSince('INBOX', changes.highestModseq, false))!;
  assert.deepEqual([back.changed.map(({ uid }) => uid), back.vanished], [[8], []]);
  const left = (await mailbox.uids.changesSince('Archive', archive.highestModseq, false))!;
  assert.deepEqual(left.vanished, [1]);
  const quiet = (await mailbox.uids.changesSince('INBOX', back.highestModseq, false))!;
  assert.deepEqual([quiet.changed, quiet.vanished, quiet.highestModseq], [[], [], back.highestModseq]);
  const { mailbox: again } = await restart({ index: false });
  assert.deepEqual(uidsOf(await again.uids.open('INBOX', false)), [1, 3, 6, 7, 8]);
});

test('a list that another program wrote is taken over: its new UIDs hold, and no UID is given twice', async (t) => {
  const { mailbox, maildir, restart, close } = await openFixture();
  t.after(close);
  for (const base of ['1.a', '2.b', '3.c']) await putMessage(maildir, { base });
  const first = (await mailbox.uids.open('INBOX', false))!;
  // Another server gave 4 to a new message, 9 to one we know as 2, and knows nothing of 3.c.
  for (const base of ['4.d', '5.e']) await putMessage(maildir, { base });
  const written = `1 ${first.uidValidity} 10\n1 1.a\n4 4.d\n9 2.b\n`;
  await writeFile(join(maildir, 'courierimapuiddb'), written);
  const changes = (await mailbox.uids.changesSince('INBOX', first.highestModseq, false))!;
  assert.deepEqual(
    changes.changed.map(({ uid }) => uid),
    [4, 9, 10],
  );
  assert.deepEqual(changes.vanished, [2]);
  assert.deepEqual((await readList(maildir)).sort(), [
    '',
    '1 1.a',
    `1 ${first.uidValidity} 11`,
    '10 5.e',
    '3 3.c',
    '4 4.d',
    '9 2.b',
  ]);
  // A list that gives a UID of ours to another message: neither keeps it.
  await putMessage(maildir, { base: '6.f' });
  await writeFile(join(maildir, 'courierimapuiddb'), `1 ${first.uidValidity} 4\n1 1.a\n3 6.f\n`);
  const clash = (await mailbox.uids.changesSince('INBOX', changes.highestModseq, false))!;
  assert.deepEqual(clash.vanished, [3]);
  assert.deepEqual(
    clash.changed.map(({ uid }) => uid),
    [11, 12],
  );
  // Another UIDVALIDITY: everything of the list holds, nothing of ours.
  await writeFile(join(maildir, 'courierimapuiddb'), '1 77 20\n5 6.f\n6 1.a\n');
  const other = (await mailbox.uids.open('INBOX', false))!;
  assert.deepEqual([other.uidValidity, uidsOf(other)], [77, [5, 6, 20, 21, 22, 23]]);
  const { mailbox: again } = await restart({ index: false });
  const rebuilt = (await again.uids.open('INBOX', false))!;
  assert.deepEqual([rebuilt.uidValidity, uidsOf(rebuilt)], [77, uidsOf(other)]);
});

test('a folder that another program removed and made anew has another UIDVALIDITY', async (t) => {
  const { mailbox, maildir, close } = await openFixture();
  t.after(close);
  const path = await makeFixtureFolder(maildir, '.Work');
  await putMessage(maildir, { folder: '.Work' });
  const first = (await mailbox.uids.open('Work', false))!;
  await rename(path, join(maildir, '..', 'removed'));
  await makeFixtureFolder(maildir, '.Work');
  await putMessage(maildir, { folder: '.Work' });
  const second = (await mailbox.uids.open('Work', false))!;
  assert.ok(second.uidValidity > first.uidValidity);
  assert.deepEqual(uidsOf(second), [1]);
  await rm(path, { recursive: true });
  assert.equal(await mailbox.uids.open('Work', false), undefined);
  assert.equal(await mailbox.uids.status('Nothing'), undefined);
});

test('a message is opened by its UID, also while another program renames it', async (t) => {
  const { mailbox, maildir, close } = await openFixture();
  t.after(close);
  const base = await putMessage(maildir, { base: '1.a', body: 'The text.' });
  await mailbox.uids.open('INBOX', false);
  await rename(join(maildir, 'cur', `${base}:2,`), join(maildir, 'cur', `${base}:2,S`));
  const opened = (await mailbox.uids.openMessage('INBOX', 1))!;
  assert.match(await opened.handle.readFile('utf8'), /The text\./);
  await opened.handle.close();
  assert.equal(await mailbox.uids.openMessage('INBOX', 2), undefined);
  await unlink(join(maildir, 'cur', `${base}:2,S`));
  assert.equal(await mailbox.uids.openMessage('INBOX', 1), undefined);
});

test('the log of what is gone is bounded: who was away longer is told that it is cut', async (t) => {
  const { fixture, mailbox, maildir, restart, close } = await openFixture();
  t.after(close);
  const bases = await fillFolder(maildir, 20, () => ({ flags: '' }));
  const first = (await mailbox.uids.open('INBOX', false))!;
  for (const base of bases.slice(0, 5)) await unlink(join(maildir, 'cur', `${base}:2,`));
  const second = (await mailbox.uids.changesSince('INBOX', first.highestModseq, false))!;
  assert.deepEqual([second.isCut, second.vanished], [false, [1, 2, 3, 4, 5]]);
  await withIndex(fixture.state, restart, (db) => {
    // As if as many messages again had gone as the log keeps.
    const { id, modseq } = db.prepare('SELECT id, modseq FROM folder').get() as {
      id: number;
      modseq: number;
    };
    const add = db.prepare('INSERT INTO gone (folder, uid, modseq) VALUES (?, ?, ?)');
    db.transaction(() => {
      for (let i = 1; i <= 25_001; i++) add.run(id, 100_000 + i, modseq + i);
    })();
    db.prepare('UPDATE folder SET modseq = modseq + 25001, gone_rows = gone_rows + 25001').run();
  });
  const { mailbox: again } = await restart({ index: true });
  const cut = (await again.uids.changesSince('INBOX', second.highestModseq, false))!;
  assert.deepEqual([cut.isCut, cut.vanished], [true, []]);
  const rest = (await again.uids.changesSince('INBOX', cut.highestModseq - 100, false))!;
  assert.deepEqual([rest.isCut, rest.vanished.length], [false, 100]);
  assert.equal((await again.uids.changesSince('INBOX', cut.highestModseq + 5, false))!.isCut, true);
});

test('after the machine went down MODSEQ goes on above what was told', async (t) => {
  const { fixture, mailbox, maildir, restart, close } = await openFixture();
  t.after(close);
  await fillFolder(maildir, 5, () => ({ flags: '' }));
  const first = (await mailbox.uids.open('INBOX', false))!;
  const told = await mailbox.uids.store('INBOX', [1, 2, 3], { mode: 'add', flags: 'S', keywords: [] });
  await withIndex(fixture.state, restart, (db) => {
    // The index lost its last commits, and the kernel is another.
    db.exec("UPDATE fact SET value = 'before' WHERE name = 'boot'");
    db.exec(`UPDATE folder SET modseq = ${first.highestModseq}`);
    db.exec("UPDATE message SET flags = 0, info = ':2,' WHERE uid IN (2, 3)");
    db.exec('UPDATE folder SET cur_mtime = 0');
  });
  const { mailbox: again } = await restart({ index: true });
  const changes = (await again.uids.changesSince('INBOX', told.highestModseq, false))!;
  assert.deepEqual(
    changes.changed.map(({ uid, flags }) => [uid, flags]),
    [
      [2, 'S'],
      [3, 'S'],
    ],
  );
  assert.ok(changes.highestModseq > told.highestModseq);
});

/** Stops the mailbox and changes its index file. */
async function withIndex(
  state: string,
  restart: (keep: { readonly index: boolean }) => Promise<{ readonly mailboxes: Mailboxes }>,
  change: (db: Database.Database) => void,
): Promise<void> {
  await (await restart({ index: true })).mailboxes.close();
  const [name] = (await readdir(join(state, 'index'))).filter((entry) => entry.endsWith('.sqlite'));
  const db = new Database(join(state, 'index', name!));
  try {
    change(db);
  } finally {
    db.close();
  }
}
