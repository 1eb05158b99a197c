// The mailbox over a real Maildir: folders and roles, what other programs do to it, actions and undo, storing.
import assert from 'node:assert/strict';
import { appendFile, mkdir, readdir, readFile, rename, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { FolderNameError, NoSuchFolderError } from '../../server/mailbox/mailboxes.ts';
import { messageIdOf } from '../../server/mailbox/names.ts';
import type { Mailbox } from '../../server/mailbox/types.ts';
import { listAll, makeFixtureFolder, openFixture, putMessage, waitForIndex } from '../support/maildir.ts';

const subjects = (rows: readonly { readonly subject: string }[]): string[] => rows.map((row) => row.subject);

test('a fresh Maildir shows inbox, drafts, sent, archive, junk and trash in that order, and makes none of them', async (t) => {
  const { mailbox, maildir, close } = await openFixture();
  t.after(close);
  const folders = await mailbox.folders();
  assert.deepEqual(
    folders.map(({ name, role, total, unread }) => [name, role, total, unread]),
    [
      ['INBOX', 'inbox', 0, 0],
      ['Drafts', 'drafts', 0, 0],
      ['Sent', 'sent', 0, 0],
      ['Archive', 'archive', 0, 0],
      ['Junk', 'junk', 0, 0],
      ['Trash', 'trash', 0, 0],
    ],
  );
  assert.deepEqual((await readdir(maildir)).sort(), ['cur', 'new', 'tmp']);
  assert.deepEqual((await mailbox.list({ folder: 'Sent', limit: 10 })).rows, []);
});

test('a Maildir that is missing is made', async (t) => {
  const { mailboxes, fixture, close } = await openFixture();
  t.after(close);
  const maildir = join(fixture.root, 'Other');
  const mailbox = await mailboxes.open({ address: 'other@example.net', maildir });
  assert.equal((await mailbox.list({ folder: 'INBOX', limit: 10 })).total, 0);
  assert.deepEqual((await readdir(maildir)).sort(), ['cur', 'new', 'tmp']);
  assert.equal((await stat(maildir)).mode & 0o777, 0o700);
});

test('a special folder is made at first need, with its marker and a subscription in the words of Courier', async (t) => {
  const { mailbox, maildir, close } = await openFixture();
  t.after(close);
  await writeFile(join(maildir, 'courierimapsubscribed'), 'INBOX\nINBOX.Work\n');
  assert.equal(await mailbox.folderFor('sent'), 'Sent');
  assert.deepEqual((await readdir(join(maildir, '.Sent'))).sort(), ['cur', 'maildirfolder', 'new', 'tmp']);
  const subscribed = await readFile(join(maildir, 'courierimapsubscribed'), 'utf8');
  assert.equal(subscribed, 'INBOX\nINBOX.Work\nINBOX.Sent\n');
  assert.equal(await mailbox.folderFor('sent'), 'Sent');
  assert.equal(await readFile(join(maildir, 'courierimapsubscribed'), 'utf8'), subscribed);
  assert.equal(await mailbox.folderFor('inbox'), 'INBOX');
});

test('folders of other programs play the roles: Sent Items, Spam', async (t) => {
  const { mailbox, maildir, close } = await openFixture();
  t.after(close);
  for (const directory of ['.Sent Items', '.Spam', '.Work', '.Work.Alpha', '.R&AOk-sum&AOk-', '.Zoë']) {
    await makeFixtureFolder(maildir, directory);
  }
  assert.equal(await mailbox.folderFor('sent'), 'Sent Items');
  assert.equal(await mailbox.folderFor('junk'), 'Spam');
  const folders = await mailbox.folders();
  assert.deepEqual(
    folders.map(({ name, depth }) => [name, depth]),
    [
      ['INBOX', 0],
      ['Drafts', 0],
      ['Sent Items', 0],
      ['Archive', 0],
      ['Spam', 0],
      ['Trash', 0],
      ['Résumé', 0],
      ['Work', 0],
      ['Work.Alpha', 1],
      ['Zoë', 0],
    ],
  );
});

test('ensureFolder makes nested folders, refuses names that Maildir++ cannot hold, and never leaves the Maildir', async (t) => {
  const { mailbox, maildir, fixture, close } = await openFixture();
  t.after(close);
  await mailbox.ensureFolder('Projets.Été');
  assert.ok((await readdir(maildir)).includes('.Projets.Été'));
  await mailbox.ensureFolder('Projets.Été');
  for (const name of [
    '',
    '.',
    '..',
    'a/b',
    '../x',
    'a..b',
    'a.',
    '.a',
    'a\0b',
    'a\nb',
    'x'.repeat(300),
    '/etc',
  ]) {
    await assert.rejects(mailbox.ensureFolder(name), FolderNameError, JSON.stringify(name));
  }
  for (const name of ['../state', '/etc', '..', 'INBOX/../..', 'nothing']) {
    assert.equal((await mailbox.list({ folder: name, limit: 10 })).total, 0);
    await assert.rejects(mailbox.append(name, Buffer.from('x'), ''), NoSuchFolderError);
    assert.equal((await mailbox.setFlags(['AAAAAAAAAAAA'], 'S', '', name)).done, 0);
  }
  assert.deepEqual((await readdir(fixture.root)).sort(), ['Maildir', 'state']);
});

test('mail that another program delivers is counted, shown, moved to cur with :2, and parsed once', async (t) => {
  const { mailbox, maildir, summariser, close } = await openFixture();
  t.after(close);
  assert.equal((await mailbox.list({ folder: 'INBOX', limit: 10 })).total, 0);
  const base = await putMessage(maildir, {
    half: 'new',
    subject: 'Hello',
    body: 'First words of it.',
    time: 1000,
  });
  const inbox = (await mailbox.folders())[0]!;
  assert.deepEqual([inbox.total, inbox.unread], [1, 1]);
  assert.deepEqual(await readdir(join(maildir, 'new')), [base], 'counting does not move');
  const page = await mailbox.list({ folder: 'INBOX', limit: 10 });
  assert.equal(page.total, 1);
  const row = page.rows[0]!;
  assert.deepEqual(
    [row.id, row.base, row.subject, row.preview, row.received, row.seen, row.flags, row.folder],
    [messageIdOf(base), base, 'Hello', 'First words of it.', 1_000_000, false, '', 'INBOX'],
  );
  assert.deepEqual(row.from, [{ name: 'Sender', address: 'sender@example.org' }]);
  assert.deepEqual(await readdir(join(maildir, 'cur')), [`${base}:2,`]);
  await mailbox.list({ folder: 'INBOX', limit: 10 });
  assert.equal(summariser.asked.length, 1);
  const found = await mailbox.find(row.id);
  assert.equal(found?.path, join(maildir, 'cur', `${base}:2,`));
  assert.match((await mailbox.readMessage(row.id))!.toString(), /First words/);
});

test('flags, moves and deletions by other programs are seen at the next look', async (t) => {
  const { mailbox, maildir, summariser, close } = await openFixture();
  t.after(close);
  await makeFixtureFolder(maildir, '.Work');
  const [a, b, c] = [
    await putMessage(maildir, { subject: 'a', time: 3 }),
    await putMessage(maildir, { subject: 'b', time: 2 }),
    await putMessage(maildir, { subject: 'c', time: 1 }),
  ];
  assert.deepEqual(subjects((await mailbox.list({ folder: 'INBOX', limit: 10 })).rows), ['a', 'b', 'c']);
  await rename(join(maildir, 'cur', `${a}:2,`), join(maildir, 'cur', `${a}:2,RSz`));
  await rename(join(maildir, 'cur', `${b}:2,`), join(maildir, '.Work', 'cur', `${b}:2,F`));
  await unlink(join(maildir, 'cur', `${c}:2,`));
  const page = await mailbox.list({ folder: 'INBOX', limit: 10 });
  assert.deepEqual(subjects(page.rows), ['a']);
  assert.deepEqual([page.rows[0]!.flags, page.rows[0]!.seen, page.rows[0]!.answered], ['RSz', true, true]);
  const counts = (await mailbox.folders()).map(({ name, total, unread }) => `${name} ${total} ${unread}`);
  assert.ok(counts.includes('INBOX 1 0') && counts.includes('Work 1 1'), counts.join());
  assert.equal((await mailbox.find(messageIdOf(b)))?.row.folder, 'Work');
  assert.equal(await mailbox.find(messageIdOf(c)), undefined);
  assert.ok(summariser.asked.length <= 4, 'only the moved file was parsed again');
});

test('a message that was renamed since the index looked is still read and changed', async (t) => {
  const { mailbox, maildir, close } = await openFixture();
  t.after(close);
  const base = await putMessage(maildir, { subject: 'a' });
  const id = messageIdOf(base);
  await mailbox.list({ folder: 'INBOX', limit: 10 });
  await rename(join(maildir, 'cur', `${base}:2,`), join(maildir, 'cur', `${base}:2,Xb`));
  const result = await mailbox.setFlags([id], 'SF', '');
  assert.deepEqual(result, { done: 1, missing: 0, undo: [{ id, folder: 'INBOX', flags: 'Xb' }] });
  assert.deepEqual(await readdir(join(maildir, 'cur')), [`${base}:2,FSXb`]);
  await rename(join(maildir, 'cur', `${base}:2,FSXb`), join(maildir, 'cur', `${base}:2,S`));
  assert.ok(await mailbox.readMessage(id));
  const opened = await mailbox.openMessage(id);
  assert.equal(opened?.size, (await mailbox.readMessage(id))!.length);
  await opened?.handle.close();
});

test('flags, move and remove do what they say, and undo puts everything back', async (t) => {
  const { mailbox, maildir, close } = await openFixture();
  t.after(close);
  const bases = [];
  for (let i = 0; i < 5; i++)
    bases.push(await putMessage(maildir, { time: i + 1, flags: i % 2 ? 'S' : 'RS' }));
  const ids = bases.map(messageIdOf);
  await mailbox.list({ folder: 'INBOX', limit: 10 });
  const before = (await readdir(join(maildir, 'cur'))).sort();

  const starred = await mailbox.setFlags(ids, 'F', 'S');
  assert.deepEqual([starred.done, starred.missing], [5, 0]);
  assert.equal((await mailbox.folders())[0]!.unread, 5);
  assert.equal((await mailbox.list({ folder: 'INBOX', filter: 'starred', limit: 10 })).total, 5);
  const back = await mailbox.restore(starred.undo);
  assert.equal(back.done, 5);
  assert.deepEqual((await readdir(join(maildir, 'cur'))).sort(), before);

  const moved = await mailbox.move([...ids.slice(0, 3), 'AAAAAAAAAAAA'], 'Archive');
  assert.deepEqual([moved.done, moved.missing], [3, 1]);
  assert.equal((await mailbox.list({ folder: 'INBOX', limit: 10 })).total, 2);
  const archive = await mailbox.list({ folder: 'Archive', limit: 10 });
  assert.deepEqual(archive.rows.map((row) => row.id).sort(), ids.slice(0, 3).sort());
  assert.equal((await mailbox.find(ids[0]!))?.row.folder, 'Archive');
  assert.equal((await mailbox.restore(moved.undo)).done, 3);
  assert.deepEqual((await readdir(join(maildir, 'cur'))).sort(), before);
  assert.equal((await mailbox.list({ folder: 'Archive', limit: 10 })).total, 0);

  assert.deepEqual(await mailbox.remove(ids.slice(0, 2)), { done: 2, missing: 0, undo: [] });
  assert.equal((await readdir(join(maildir, 'cur'))).length, 3);
  assert.equal((await mailbox.list({ folder: 'INBOX', limit: 10 })).total, 3);
  assert.equal((await mailbox.remove(ids.slice(0, 2))).missing, 2);
});

test('a move into a folder that has that base gives the message a new one; none is written over', async (t) => {
  const { mailbox, maildir, close } = await openFixture();
  t.after(close);
  await makeFixtureFolder(maildir, '.Trash');
  const base = '1.M1P1.host,S=5,W=6';
  await putMessage(maildir, { base, subject: 'mine', flags: 'S' });
  await putMessage(maildir, { base, subject: 'theirs', flags: 'S', folder: '.Trash', time: 9 });
  await mailbox.folders();
  const id = messageIdOf(base);
  assert.equal((await mailbox.find(id))?.row.folder, 'INBOX', 'the newest file of two');
  assert.equal((await mailbox.find(id, 'Trash'))?.row.subject, 'theirs');
  const result = await mailbox.move([id], 'Trash', 'INBOX');
  assert.equal(result.done, 1);
  assert.notEqual(result.undo[0]!.id, id);
  const rows = (await mailbox.list({ folder: 'Trash', limit: 10 })).rows;
  assert.deepEqual(subjects(rows).sort(), ['mine', 'theirs']);
  assert.ok(rows.every((row) => row.base.endsWith(',S=5,W=6')));
  await mailbox.restore(result.undo);
  assert.deepEqual(subjects((await mailbox.list({ folder: 'INBOX', limit: 10 })).rows), ['mine']);
});

test('append stores in cur with flags, sizes in the name, LF line ends and the time received', async (t) => {
  const { mailbox, maildir, close } = await openFixture();
  t.after(close);
  const received = new Date('2026-02-03T04:05:06Z');
  const id = await mailbox.append('Drafts', Buffer.from('Subject: draft\r\n\r\nA line.\r\n'), 'DS', received);
  const [name] = await readdir(join(maildir, '.Drafts', 'cur'));
  assert.match(name!, /^\d+\.M\d+P\d+Q\d+R[0-9a-f]+\.test\.example,S=24,W=27:2,DS$/);
  const stats = await stat(join(maildir, '.Drafts', 'cur', name!));
  assert.deepEqual([stats.size, stats.mode & 0o777, stats.mtimeMs], [24, 0o600, received.getTime()]);
  assert.deepEqual(await readdir(join(maildir, '.Drafts', 'tmp')), []);
  const page = await mailbox.list({ folder: 'Drafts', limit: 10 });
  assert.deepEqual([page.rows[0]!.id, page.rows[0]!.subject, page.rows[0]!.draft], [id, 'draft', true]);
  async function* chunks(): AsyncGenerator<Buffer> {
    yield Buffer.from('Subject: streamed\r');
    yield Buffer.from('\n\r\nBody.\r\n');
  }
  const second = await mailbox.append('INBOX', chunks(), '');
  assert.equal((await mailbox.readMessage(second))?.toString(), 'Subject: streamed\n\nBody.\n');
  async function* broken(): AsyncGenerator<Buffer> {
    yield Buffer.from('Subject: half');
    throw new Error('upload ended');
  }
  await assert.rejects(mailbox.append('INBOX', broken(), ''), /upload ended/);
  assert.deepEqual(await readdir(join(maildir, 'tmp')), []);
  assert.equal((await mailbox.list({ folder: 'INBOX', limit: 10 })).total, 1);
});

test('the index can be deleted at any time and comes back with the same ids and pages', async (t) => {
  const opened = await openFixture();
  t.after(opened.close);
  const { maildir } = opened;
  await makeFixtureFolder(maildir, '.Work');
  for (let i = 0; i < 40; i++) {
    await putMessage(maildir, { time: 1000 + (i % 7), subject: `n${i}`, folder: i % 2 ? '.Work' : '' });
  }
  const query = { folder: 'INBOX', limit: 15 };
  await waitForIndex(opened.mailbox, 'INBOX');
  const before = await opened.mailbox.list(query);
  await opened.mailbox.setFlags([before.rows[3]!.id], 'S', '');
  await opened.mailbox.move([before.rows[4]!.id], 'Work');
  const page = await opened.mailbox.list(query);
  const { mailbox } = await opened.restart({ index: false });
  await waitForIndex(mailbox, 'INBOX');
  const after = await mailbox.list(query);
  assert.deepEqual(after.rows, page.rows);
  assert.equal(after.total, page.total);
  assert.equal((await mailbox.find(before.rows[4]!.id))?.row.folder, 'Work');
});

test('an index that is kept is not built again after a restart', async (t) => {
  const opened = await openFixture();
  t.after(opened.close);
  for (let i = 0; i < 10; i++) await putMessage(opened.maildir, { time: i });
  await opened.mailbox.list({ folder: 'INBOX', limit: 10 });
  assert.equal(opened.summariser.asked.length, 10);
  const { mailbox } = await opened.restart({ index: true });
  assert.equal((await mailbox.list({ folder: 'INBOX', limit: 10 })).rows.length, 10);
  assert.equal(opened.summariser.asked.length, 10);
});

test('messages flagged T are hidden from lists and counts, and can still be found by id', async (t) => {
  const { mailbox, maildir, close } = await openFixture();
  t.after(close);
  const base = await putMessage(maildir, { flags: 'T' });
  await putMessage(maildir, { subject: 'kept' });
  const page = await mailbox.list({ folder: 'INBOX', limit: 10 });
  assert.deepEqual([page.total, subjects(page.rows)], [1, ['kept']]);
  const id = messageIdOf(base);
  assert.equal((await mailbox.find(id))?.row.flags, 'T');
  await mailbox.setFlags([id], '', 'T');
  assert.equal((await mailbox.list({ folder: 'INBOX', limit: 10 })).total, 2);
});

test('a search goes over all folders but Trash and Junk, tells folders, and can be limited to one', async (t) => {
  const { mailbox, maildir, close } = await openFixture();
  t.after(close);
  for (const directory of ['.Receipts', '.Trash', '.Junk']) await makeFixtureFolder(maildir, directory);
  await putMessage(maildir, { subject: 'bridge one', time: 4 });
  await putMessage(maildir, {
    subject: 'two',
    body: 'over the bridge',
    folder: '.Receipts',
    time: 3,
    flags: 'F',
  });
  await putMessage(maildir, { subject: 'bridge three', folder: '.Trash', time: 2 });
  await putMessage(maildir, { subject: 'bridge four', folder: '.Junk', time: 1 });
  const find = async (search: string, folder?: string): Promise<string[]> =>
    (await mailbox.list({ search, folder, limit: 10 })).rows.map((row) => `${row.folder}: ${row.subject}`);
  assert.deepEqual(await find('bridge'), ['INBOX: bridge one', 'Receipts: two']);
  assert.deepEqual(await find('bridge', 'Trash'), ['Trash: bridge three']);
  assert.deepEqual(await find('bridge in:junk'), ['Junk: bridge four']);
  assert.deepEqual(await find('in:Receipts'), ['Receipts: two']);
  assert.deepEqual(await find('in:nowhere bridge'), []);
  assert.equal((await find('bridge in:anywhere')).length, 4);
  assert.deepEqual(await find('is:starred'), ['Receipts: two']);
  const starred = await mailbox.list({ filter: 'starred', limit: 10 });
  assert.deepEqual([starred.total, subjects(starred.rows)], [1, ['two']]);
  const old = await mailbox.list({
    search: Array.from({ length: 1000 }, (_, i) => `a${i}*`).join(' '),
    limit: 10,
  });
  assert.equal(old.cut, true);
});

test('mail that just came in is found by a search at once', async (t) => {
  const { mailbox, maildir, close } = await openFixture();
  t.after(close);
  await mailbox.folders();
  await putMessage(maildir, { half: 'new', body: 'rhubarb' });
  assert.equal((await mailbox.list({ search: 'rhubarb', limit: 10 })).total, 1);
});

test('neighbours are those of the list, also in a search and when the message left the filter', async (t) => {
  const { mailbox, maildir, close } = await openFixture();
  t.after(close);
  const ids: string[] = [];
  for (let i = 0; i < 6; i++) {
    ids.push(messageIdOf(await putMessage(maildir, { time: 100 - i, subject: i % 2 ? 'odd' : 'even' })));
  }
  const query = { folder: 'INBOX', limit: 10 };
  assert.deepEqual(await mailbox.neighbours(ids[2]!, query), { newer: ids[1], older: ids[3] });
  assert.deepEqual(await mailbox.neighbours(ids[0]!, query), { newer: undefined, older: ids[1] });
  assert.deepEqual(await mailbox.neighbours(ids[5]!, query), { newer: ids[4], older: undefined });
  const upwards = { ...query, direction: 'asc' } as const;
  assert.deepEqual(await mailbox.neighbours(ids[2]!, upwards), { newer: ids[3], older: ids[1] });
  const search = { search: 'even', limit: 10 };
  assert.deepEqual(await mailbox.neighbours(ids[2]!, search), { newer: ids[0], older: ids[4] });
  assert.deepEqual(await mailbox.neighbours(ids[3]!, search), { newer: ids[2], older: ids[4] });
  await mailbox.setFlags([ids[2]!], 'S', '');
  const unread = { ...query, filter: 'unread' } as const;
  assert.deepEqual(await mailbox.neighbours(ids[2]!, unread), { newer: ids[1], older: ids[3] });
});

test('all matching ids stop at the time given, so that mail that came later is not touched', async (t) => {
  const { mailbox, maildir, close } = await openFixture();
  t.after(close);
  const ids: string[] = [];
  for (let i = 1; i <= 5; i++)
    ids.push(messageIdOf(await putMessage(maildir, { time: i, flags: i % 2 ? 'S' : '' })));
  await mailbox.list({ folder: 'INBOX', limit: 10 });
  assert.deepEqual(await mailbox.idsMatching({ folder: 'INBOX' }, 3000, 100), [ids[2], ids[1], ids[0]]);
  assert.deepEqual(await mailbox.idsMatching({ folder: 'INBOX' }, 9000, 2), [ids[4], ids[3]]);
  assert.deepEqual(await mailbox.idsMatching({ folder: 'INBOX', filter: 'unread' }, 9000, 9), [
    ids[3],
    ids[1],
  ]);
  assert.deepEqual(await mailbox.idsMatching({ search: 'from:sender' }, 2000, 9), [ids[1], ids[0]]);
});

test('moves to and from Trash and removal are noted in maildirsize', async (t) => {
  const { mailbox, maildir, close } = await openFixture();
  t.after(close);
  const ids = [messageIdOf(await putMessage(maildir)), messageIdOf(await putMessage(maildir))];
  const size = (await mailbox.list({ folder: 'INBOX', limit: 10 })).rows[0]!.size;
  await writeFile(join(maildir, 'maildirsize'), `1000000S\n${2 * size} 2\n`);
  const usage = async (): Promise<number[]> => {
    const lines = (await readFile(join(maildir, 'maildirsize'), 'utf8')).trim().split('\n').slice(1);
    const sums = [0, 0];
    for (const line of lines) for (const [i, part] of line.split(' ').entries()) sums[i]! += Number(part);
    return sums;
  };
  const moved = await mailbox.move([ids[0]!], 'Trash');
  assert.deepEqual(await usage(), [size, 1]);
  await mailbox.restore(moved.undo);
  assert.deepEqual(await usage(), [2 * size, 2]);
  await mailbox.move([ids[0]!], 'Archive');
  assert.deepEqual(await usage(), [2 * size, 2]);
  await mailbox.remove(ids);
  assert.deepEqual(await usage(), [0, 0]);
});

test('a folder that another program removes or renames is followed', async (t) => {
  const { mailbox, maildir, close } = await openFixture();
  t.after(close);
  await makeFixtureFolder(maildir, '.Old');
  await putMessage(maildir, { folder: '.Old', subject: 'kept' });
  assert.equal((await mailbox.list({ folder: 'Old', limit: 10 })).total, 1);
  await rename(join(maildir, '.Old'), join(maildir, '.New'));
  assert.equal((await mailbox.list({ folder: 'New', limit: 10 })).total, 1);
  assert.equal((await mailbox.list({ folder: 'Old', limit: 10 })).total, 0);
  const names = (await mailbox.folders()).map((folder) => folder.name);
  assert.ok(names.includes('New') && !names.includes('Old'));
  await rm(join(maildir, '.New'), { recursive: true });
  assert.ok(!(await mailbox.folders()).some((folder) => folder.name === 'New'));
  assert.equal((await mailbox.list({ search: 'kept', limit: 10 })).total, 0);
});

test('accounts over the limit are closed and opened again, and each has its own index', async (t) => {
  const { mailboxes, fixture, close } = await openFixture({ workers: 1, open: 2 });
  t.after(close);
  const boxes: Mailbox[] = [];
  for (let i = 0; i < 6; i++) {
    const maildir = join(fixture.root, `M${i}`);
    await makeFixtureFolder(maildir, '');
    await putMessage(maildir, { subject: `of ${i}` });
    boxes.push(await mailboxes.open({ address: `u${i}@example.net`, maildir }));
  }
  for (let round = 0; round < 3; round++) {
    const pages = await Promise.all(boxes.map((box) => box.list({ folder: 'INBOX', limit: 10 })));
    assert.deepEqual(
      pages.map((page) => subjects(page.rows).join()),
      boxes.map((_, i) => `of ${i}`),
    );
  }
  const files = await readdir(join(fixture.state, 'index'));
  assert.equal(files.filter((name) => name.endsWith('.sqlite')).length, 7);
  assert.equal((await stat(join(fixture.state, 'index'))).mode & 0o777, 0o700);
  for (const name of files) {
    assert.equal((await stat(join(fixture.state, 'index', name))).mode & 0o077, 0, name);
  }
});

test('calls after close are refused, and close can be called twice', async () => {
  const { mailboxes, mailbox, close } = await openFixture();
  await mailboxes.close();
  await assert.rejects(mailbox.folders(), /closed/);
  await close();
});

test('the line "courierimapsubscribed" of a folder in modified UTF-7 keeps the spelling of the directory', async (t) => {
  const { mailbox, maildir, close } = await openFixture();
  t.after(close);
  await makeFixtureFolder(maildir, '.Entw&APw-rfe');
  await mkdir(join(maildir, 'courierimapkeywords'));
  await appendFile(join(maildir, 'courierimapsubscribed'), 'INBOX\n');
  await mailbox.folders();
  await mailbox.ensureFolder('Büro');
  assert.match(await readFile(join(maildir, 'courierimapsubscribed'), 'utf8'), /^INBOX\.B&APw-ro$/m);
  assert.equal((await listAll(mailbox, { folder: 'Büro' })).length, 0);
});
