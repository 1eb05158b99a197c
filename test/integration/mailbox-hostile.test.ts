// What should not be in a Maildir, and what happens to an index file: links, FIFOs, directories, impossible names,
// damage (security.md F2, F5, X5; spec/maildir-imap.md 1.1).
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, open, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { createMailboxes, MailboxUnavailableError } from '../../server/mailbox/mailboxes.ts';
import { messageIdOf } from '../../server/mailbox/names.ts';
import {
  createTextSummariser,
  fillFolder,
  makeFixtureFolder,
  openFixture,
  putMessage,
  waitForIndex,
} from '../support/maildir.ts';

test('directories, FIFOs, links and dot files inside cur and new are not messages and do not hold anything up', async (t) => {
  const { mailbox, maildir, fixture, close } = await openFixture();
  t.after(close);
  const base = await putMessage(maildir, { subject: 'real' });
  await writeFile(join(fixture.root, 'secret'), 'Subject: secret\n\nsecret\n');
  for (const half of ['cur', 'new']) {
    const path = join(maildir, half);
    await mkdir(join(path, '1.dir:2,S'));
    assert.equal(spawnSync('mkfifo', [join(path, '2.fifo')]).status, 0);
    await symlink(join(fixture.root, 'secret'), join(path, '3.link:2,'));
    await symlink('4.loop', join(path, '4.loop'));
    await writeFile(join(path, '.hidden'), 'x');
  }
  for (let round = 0; round < 2; round++) {
    const page = await mailbox.list({ folder: 'INBOX', limit: 10 });
    assert.deepEqual(
      page.rows.map((row) => row.subject),
      ['real'],
    );
    assert.equal(page.total, 1);
  }
  for (const name of ['1.dir', '2.fifo', '3.link', '4.loop']) {
    assert.equal(await mailbox.readMessage(messageIdOf(name)), undefined);
  }
  assert.equal((await readdir(join(maildir, 'new'))).length, 5, 'left where they are');
  // A message replaced by a link after it was indexed.
  await rm(join(maildir, 'cur', `${base}:2,`));
  await symlink(join(fixture.root, 'secret'), join(maildir, 'cur', `${base}:2,`));
  assert.equal(await mailbox.readMessage(messageIdOf(base)), undefined);
});

test('names that no Maildir program makes are shown: no flags, other info, 255 bytes, spaces, UTF-8', async (t) => {
  const { mailbox, maildir, close } = await openFixture();
  t.after(close);
  const names = [
    'plain',
    'with space:2,S',
    'exp:1,x',
    'ünï:2,F',
    `${'x'.repeat(250)}:2,RS`,
    '<b>&"\':2,',
    'a%2F..%2Fb:2,',
  ];
  for (const [index, name] of names.entries()) {
    await writeFile(join(maildir, 'cur', name), `Subject: ${index}\n\nx\n`);
  }
  const long = 'y'.repeat(255);
  await writeFile(join(maildir, 'new', long), 'Subject: long\n\nx\n');
  const page = await mailbox.list({ folder: 'INBOX', limit: 50 });
  assert.deepEqual(page.rows.map((row) => row.subject).sort(), [...names.keys(), 'long'].map(String).sort());
  assert.ok((await readdir(join(maildir, 'new'))).includes(long), 'no room for :2, in the name');
  for (const row of page.rows) assert.ok(await mailbox.readMessage(row.id), row.base);
  const flagged = await mailbox.setFlags([messageIdOf('exp'), messageIdOf('plain')], 'S', '');
  assert.equal(flagged.done, 2);
  const after = await readdir(join(maildir, 'cur'));
  assert.ok(after.includes('exp:2,S') && after.includes('plain:2,S'));
  await assert.rejects(mailbox.setFlags([messageIdOf(long)], 'S', ''), { code: 'ENAMETOOLONG' });
});

test('files with an empty base or bytes that are no UTF-8 get a name of ours, with their flags', async (t) => {
  const { mailbox, maildir, close } = await openFixture();
  t.after(close);
  await writeFile(join(maildir, 'cur', ':2,FS'), 'Subject: empty\n\nx\n');
  const bytes = Buffer.concat([
    Buffer.from(`${maildir}/cur/`),
    Buffer.from([0x31, 0xff, 0xfe]),
    Buffer.from(':2,S'),
  ]);
  await writeFile(bytes, 'Subject: bytes\n\nx\n');
  const page = await mailbox.list({ folder: 'INBOX', limit: 10 });
  assert.deepEqual(page.rows.map((row) => `${row.subject} ${row.flags}`).sort(), ['bytes S', 'empty FS']);
  for (const row of page.rows) assert.ok(await mailbox.readMessage(row.id));
});

test('two files of one base are two messages: the younger gets a base of its own', async (t) => {
  const { mailbox, maildir, close } = await openFixture();
  t.after(close);
  await writeFile(join(maildir, 'cur', '5.twin,S=20:2,'), 'Subject: older\n\nx\n');
  await writeFile(join(maildir, 'cur', '5.twin,S=20:2,S'), 'Subject: younger\n\nx\n');
  await writeFile(join(maildir, 'new', '5.twin,S=20'), 'Subject: youngest\n\nx\n');
  const page = await mailbox.list({ folder: 'INBOX', limit: 10 });
  assert.deepEqual(page.rows.map((row) => row.subject).sort(), ['older', 'younger', 'youngest']);
  assert.equal(new Set(page.rows.map((row) => row.id)).size, 3);
  assert.equal((await mailbox.find(messageIdOf('5.twin,S=20')))?.row.subject, 'older');
});

test('a file that cannot be parsed is shown with empty fields and not asked for again and again', async (t) => {
  const { mailbox, maildir, summariser, close } = await openFixture();
  t.after(close);
  const base = await putMessage(maildir);
  await rename(join(maildir, 'cur', `${base}:2,`), join(maildir, 'cur', 'kept'));
  await rm(join(maildir, 'cur', 'kept'));
  await writeFile(join(maildir, 'cur', '1.unread:2,'), 'Subject: x\n\n');
  const refuse = summariser.summarise;
  summariser.summarise = (paths) => {
    summariser.asked.push(...paths);
    return Promise.resolve(paths.map(() => undefined));
  };
  t.after(() => {
    summariser.summarise = refuse;
  });
  await waitForIndex(mailbox, 'INBOX');
  const page = await mailbox.list({ folder: 'INBOX', limit: 10 });
  assert.deepEqual([page.rows.length, page.rows[0]!.subject, page.progress], [1, '', undefined]);
  assert.equal(summariser.asked.length, 3);
});

test('links in the place of the Maildir, of cur, of a folder or of the index lead nowhere', async (t) => {
  const { mailbox, mailboxes, maildir, fixture, log, close } = await openFixture();
  t.after(close);
  const victim = join(fixture.root, 'Victim');
  await makeFixtureFolder(victim, '');
  await putMessage(victim, { subject: 'foreign' });
  await symlink(victim, join(fixture.root, 'Linked'));
  await assert.rejects(
    mailboxes.open({ address: 'x@example.net', maildir: join(fixture.root, 'Linked') }),
    MailboxUnavailableError,
  );
  await symlink(victim, join(maildir, '.Linked'));
  assert.ok(!(await mailbox.folders()).some((folder) => folder.name === 'Linked'));
  assert.equal((await mailbox.list({ folder: 'Linked', limit: 10 })).total, 0);
  await makeFixtureFolder(maildir, '.Work');
  await putMessage(maildir, { folder: '.Work', subject: 'mine' });
  await mailbox.list({ folder: 'Work', limit: 10 });
  await rename(join(maildir, '.Work', 'cur'), join(maildir, '.Work', 'old'));
  await symlink(join(victim, 'cur'), join(maildir, '.Work', 'cur'));
  await assert.rejects(mailbox.list({ folder: 'Work', limit: 10 }), MailboxUnavailableError);
  assert.ok(
    (await mailbox.folders()).some((folder) => folder.name === 'INBOX'),
    'the others still work',
  );
  await mailboxes.close();
  const index = join(fixture.state, 'index');
  const file = (await readdir(index)).find((name) => name.startsWith('user@'))!;
  await rm(join(index, file));
  await writeFile(join(fixture.root, 'target'), 'untouched');
  await symlink(join(fixture.root, 'target'), join(index, file));
  const again = createMailboxes({
    state: fixture.state,
    reader: createTextSummariser(),
    log: (line) => log.push(line),
  });
  t.after(() => again.close());
  const reopened = await again.open({ address: 'user@example.net', maildir });
  await reopened.list({ folder: 'INBOX', limit: 10 });
  assert.equal(await readFile(join(fixture.root, 'target'), 'utf8'), 'untouched');
});

test('a folder that root is just making is not there yet, and no fault', {
  skip: process.getuid?.() !== 0 && 'only root makes a folder for somebody else',
}, async (t) => {
  const { fixture, maildir, mailboxes, log, close } = await openFixture();
  t.after(close);
  const giveAway = (path: string) => assert.equal(spawnSync('chown', ['-R', '65534:65534', path]).status, 0);
  await mailboxes.close();
  giveAway(maildir);
  giveAway(fixture.state);
  const again = createMailboxes({
    state: fixture.state,
    reader: createTextSummariser(),
    log: (line) => log.push(line),
    hostname: 'test.example',
    workers: 1,
  });
  t.after(() => again.close());
  const mailbox = await again.open({ address: 'user@example.net', maildir });
  const folder = await makeFixtureFolder(maildir, '.Work');
  await mailbox.refresh();
  assert.deepEqual(log, []);
  await putMessage(maildir, { folder: '.Work' });
  giveAway(folder);
  await mailbox.refresh();
  assert.equal((await mailbox.list({ folder: 'Work', limit: 10 })).total, 1);
  assert.deepEqual(log, []);
});

test('a damaged index is set aside with a log line and built again, also when the damage comes in use', async (t) => {
  const opened = await openFixture();
  t.after(opened.close);
  await fillFolder(opened.maildir, 300);
  await waitForIndex(opened.mailbox, 'INBOX');
  const before = await opened.mailbox.list({ folder: 'INBOX', limit: 50 });
  const path = async (): Promise<string> => {
    const files = await readdir(join(opened.fixture.state, 'index'));
    return join(opened.fixture.state, 'index', files.find((name) => name.endsWith('.sqlite'))!);
  };
  const damages: readonly ((file: string) => Promise<void>)[] = [
    (file) => writeFile(file, 'no database at all'.repeat(500)),
    (file) => writeFile(file, Buffer.alloc(8192)),
    async (file) => {
      const handle = await open(file, 'r+');
      await handle.truncate(Math.floor((await stat(file)).size / 2));
      await handle.close();
    },
    async (file) => {
      const handle = await open(file, 'r+');
      const { size } = await handle.stat();
      for (let at = 4096; at < size; at += 4096) await handle.write(Buffer.alloc(64, 0xa5), 0, 64, at);
      await handle.close();
    },
  ];
  for (const damage of damages) {
    await (await opened.restart({ index: true })).mailboxes.close();
    await damage(await path());
    const { mailbox } = await opened.restart({ index: true });
    await waitForIndex(mailbox, 'INBOX');
    const page = await mailbox.list({ folder: 'INBOX', limit: 50 });
    assert.deepEqual(page.rows, before.rows);
    assert.equal(page.total, 300);
    assert.equal((await mailbox.list({ search: 'river', limit: 1 })).progress, undefined);
  }
  assert.ok(
    opened.log.filter((line) => /set aside and rebuilt/.test(line)).length >= 3,
    opened.log.join('\n'),
  );
});
