// facteur mailbox check, rebuild, dump, import and export on real Maildirs, mboxes, ZIP files and our own IMAP server.
import assert from 'node:assert/strict';
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import {
  chmod,
  chown,
  mkdir,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import type { Home } from '../../mta/home.ts';
import * as command from '../../server/mailbox-commands/command.ts';
import { openMaildirSource } from '../../server/mailbox-commands/import-files.ts';
import { nameOfPath } from '../../server/mailbox-commands/import-imap.ts';
import { hashOf, openJournal } from '../../server/mailbox-commands/import-journal.ts';
import { type Ran, runCommand } from '../support/accounts.ts';
import { runFacteur } from '../support/facteur.ts';
import { startImapSite, testPassword, testUser } from '../support/imap.ts';
import {
  createFixture,
  createPlainReader,
  makeFixtureFolder,
  openFixture,
  putMessage,
} from '../support/maildir.ts';
import { needsRoot } from '../support/root.ts';

type Opened = Awaited<ReturnType<typeof openFixture>>;

const homeOf = (opened: Opened): Home => ({
  home: opened.fixture.root,
  run: join(opened.fixture.root, 'run'),
  qmail: join(opened.fixture.root, 'qmail'),
  vpopmail: join(opened.fixture.root, 'vpopmail'),
  state: opened.fixture.state,
});

const run = (opened: Opened, args: readonly string[], input = ''): Promise<Ran> =>
  runCommand(command, homeOf(opened), args, input);

const open = (): Promise<Opened> => openFixture({ reader: createPlainReader() });

/** Subject, flags and keywords of a folder in its order. */
async function contentOf(opened: Opened, folder: string): Promise<string[]> {
  const { uids } = opened.mailbox;
  const snapshot = await uids.open(folder, true);
  if (!snapshot) return ['no such folder'];
  const facts = await uids.facts(folder, [...snapshot.uids], ['envelope']);
  return facts.map(({ envelope }, i) => {
    const subject = /^\((?:NIL|"[^"]*") "([^"]*)"/.exec(envelope ?? '')?.[1] ?? '?';
    const flags = [...'DFPRST'].filter((_, bit) => snapshot.flags[i]! & (1 << bit)).join('');
    const keywords = snapshot.keywordSets[snapshot.keywords[i]!]!.toSorted().join(',');
    return [subject, flags, keywords].join('|');
  });
}

async function makeSource(opened: Opened): Promise<string> {
  const source = join(opened.fixture.root, 'Old');
  await makeFixtureFolder(source, '');
  await makeFixtureFolder(source, '.R&AOk-sum&AOk-.2019');
  await putMessage(source, { subject: 'one', flags: 'FSa', time: 1_500_000_000 });
  await putMessage(source, { subject: 'two', half: 'new', time: 1_500_000_100 });
  await putMessage(source, {
    subject: 'deep',
    folder: '.R&AOk-sum&AOk-.2019',
    flags: 'RS',
    time: 1_500_000_200,
  });
  await writeFile(join(source, 'dovecot-keywords'), '0 Work\n');
  return source;
}

test('a wrong command line gets one line of usage and status 100', async (t) => {
  const opened = await open();
  t.after(opened.close);
  for (const args of [
    [],
    ['check'],
    ['fly', '/x'],
    ['constructor', '/x'],
    ['check', '/x', 'y'],
    ['import', '/x'],
  ]) {
    const { status, stdout, stderr } = await run(opened, args);
    assert.deepEqual([status, stdout], [100, '']);
    assert.match(stderr, /^mailbox: usage: mailbox check\|rebuild[^\n]*\n$/);
  }
  const none = await run(opened, ['check', join(opened.fixture.root, 'nowhere')]);
  assert.equal(none.status, 111);
  assert.match(none.stderr, /^mailbox: fatal: .*nowhere is no Maildir: file does not exist\n$/);
});

test('check finds nothing in a mailbox that is in order, and says what is not', async (t) => {
  const opened = await open();
  t.after(opened.close);
  const { maildir, mailboxes, mailbox } = opened;
  for (let i = 0; i < 3; i++) await putMessage(maildir, { subject: `m${i}`, flags: 'S' });
  await mailbox.uids.createFolder('Other');
  await mailbox.uids.open('INBOX', false);
  await mailbox.uids.open('Other', false);
  // The index of this path as an account.
  await mailboxes.close();
  assert.equal((await run(opened, ['rebuild', maildir])).stdout, '3 messages indexed\n');
  const good = await run(opened, ['check', maildir]);
  assert.deepEqual([good.status, good.stdout], [0, '2 folders, 3 messages, 0 findings\n']);
  const names = (await readdir(join(maildir, 'cur'))).sort();
  await rm(join(maildir, 'cur', names[0]!));
  await putMessage(maildir, { subject: 'new one', flags: '' });
  await mkdir(join(maildir, 'cur', 'a directory'));
  await writeFile(join(maildir, 'cur', '1.x,S=99:2,S'), 'short\n');
  await writeFile(join(maildir, 'maildirsize'), '1000S\n5 5\n');
  const list = await readFile(join(maildir, 'courierimapuiddb'), 'utf8');
  await writeFile(
    join(maildir, 'courierimapuiddb'),
    list.replace(/^1 (\d+)/, (_, number) => `1 ${Number(number) + 7}`),
  );
  const before = (await readdir(join(maildir, 'cur'))).sort();
  const bad = await run(opened, ['check', maildir]);
  assert.equal(bad.status, 1);
  for (const words of [
    'INBOX: in the index and not on disk: ',
    'INBOX: on disk and not in the index: ',
    'INBOX: no message of the owner: cur/a directory ',
    'INBOX: the size in the name is wrong: cur/1.x,S=99:2,S ',
    'INBOX: UIDVALIDITY is ',
    'maildirsize: says 5 bytes in 5 messages',
  ]) {
    assert.ok(bad.stdout.includes(words), `${words} in ${bad.stdout}`);
  }
  assert.deepEqual((await readdir(join(maildir, 'cur'))).sort(), before);
});

test('rebuild makes the index anew with the same UIDs; dump tells it as lines of JSON', async (t) => {
  const opened = await open();
  t.after(opened.close);
  const { maildir } = opened;
  await putMessage(maildir, { subject: 'one\u009b2J', flags: 'F' });
  const none = await run(opened, ['dump', maildir]);
  assert.match(none.stderr, /there is no index yet/);
  assert.equal((await run(opened, ['rebuild', maildir])).status, 0);
  const first = await run(opened, ['dump', maildir, 'INBOX']);
  assert.doesNotMatch(first.stdout, /[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
  const rows = first.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.deepEqual(
    rows.map(({ table }) => table),
    ['folder', 'message'],
  );
  assert.equal(rows[1]!.uid, 1);
  assert.equal((await run(opened, ['rebuild', maildir])).status, 0);
  const again = (await run(opened, ['dump', maildir])).stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.equal(again[0].uid_validity, rows[0]!.uid_validity);
  assert.equal((await run(opened, ['dump', maildir, 'Nothing'])).status, 100);
  const [index] = (await readdir(join(opened.fixture.state, 'index'))).filter((name) => name.startsWith('_'));
  assert.ok(index);
  await writeFile(
    join(opened.fixture.state, 'index', index),
    'no database at all, but long enough to be one',
  );
  const broken = await run(opened, ['dump', maildir]);
  assert.equal(broken.status, 111);
  assert.match(broken.stderr, /^mailbox: fatal: [^\n]*\n$/);
});

test('import of a Maildir brings folders, flags, keywords and dates, and nothing twice', async (t) => {
  const opened = await open();
  t.after(opened.close);
  const source = await makeSource(opened);
  const first = await run(opened, ['import', opened.maildir, `maildir:${source}`]);
  assert.deepEqual([first.status, first.stdout, first.stderr], [0, '3 messages imported\n', '']);
  assert.deepEqual(await contentOf(opened, 'INBOX'), ['one|FS|Work', 'two||']);
  assert.deepEqual(await contentOf(opened, 'Résumé.2019'), ['deep|RS|']);
  const [fact] = await opened.mailbox.uids.facts('INBOX', [1], ['received']);
  assert.equal(fact?.received, 1_500_000_000_000);
  assert.equal(
    (await run(opened, ['import', opened.maildir, `maildir:${source}`])).stdout,
    '0 messages imported\n',
  );
  await putMessage(source, { subject: 'later' });
  assert.equal(
    (await run(opened, ['import', opened.maildir, `maildir:${source}`])).stdout,
    '1 messages imported\n',
  );
  await run(opened, ['import', opened.maildir, `maildir:${source}`, '--folder', 'From.There']);
  assert.deepEqual(await contentOf(opened, 'From.There.Résumé.2019'), ['deep|RS|']);
});

test('an import that was cut between storing and writing it down goes on without a double', async (t) => {
  const opened = await open();
  t.after(opened.close);
  const source = await makeSource(opened);
  // What the command does up to the crash: the batch is begun, two of its three messages are in.
  const { mailbox, maildir, fixture } = opened;
  const account = `${maildir}\0${maildir}`;
  const journal = await openJournal(fixture.state, account, `maildir:${source}\0`, mailbox);
  const opened2 = await openMaildirSource(source);
  const [inbox] = await opened2.folders();
  const batch = [];
  for await (const message of inbox!.messages(() => false)) batch.push(message);
  assert.equal(batch.length, 2);
  await journal.begin(
    'INBOX',
    1,
    batch.map(({ id, message }) => ({ id, hash: hashOf(message) })),
  );
  await mailbox.uids.append('INBOX', batch.slice(0, 1));
  await journal.close();
  const done = await run(opened, ['import', maildir, `maildir:${source}`]);
  assert.equal(done.stdout, '2 messages imported\n', done.stderr);
  assert.deepEqual(
    (await contentOf(opened, 'INBOX')).map((line) => line.split('|')[0]),
    ['one', 'two'],
  );
});

test('import of an mbox undoes its quoting, reads its flags and tells equal messages apart', async (t) => {
  const opened = await open();
  t.after(opened.close);
  const mbox = join(opened.fixture.root, 'old.mbox');
  const letter =
    'From x@example.org Fri Jan  3 10:00:00 2020\nSubject: same\nStatus: RO\nX-Status: AF\n\nbody\n>From here\n>>From there\n\n';
  await writeFile(
    mbox,
    `${letter}${letter}From MAILER-DAEMON Sat Jan  4 10:00:00 2020\r\nSubject: last\r\n\r\nno end`,
  );
  const { stdout, stderr } = await run(opened, ['import', opened.maildir, `mbox:${mbox}`]);
  assert.equal(stdout, '3 messages imported\n', stderr);
  assert.deepEqual(await contentOf(opened, 'INBOX'), ['same|FRS|', 'same|FRS|', 'last||']);
  const found = await opened.mailbox.uids.openMessage('INBOX', 1);
  const text = await found!.handle.readFile('utf8');
  await found!.handle.close();
  assert.equal(text, 'Subject: same\n\nbody\nFrom here\n>From there\n');
  assert.equal(
    (await run(opened, ['import', opened.maildir, `mbox:${mbox}`])).stdout,
    '0 messages imported\n',
  );
  const notOne = join(opened.fixture.root, 'picture');
  await writeFile(notOne, 'PNG or so\n');
  assert.equal((await run(opened, ['import', opened.maildir, `mbox:${notOne}`])).status, 100);
});

test('import from another IMAP server, and a wrong password is told', async (t) => {
  const site = await startImapSite();
  t.after(site.close);
  const there = await site.mailboxes.open({ address: testUser, maildir: site.maildir });
  await there.uids.createFolder('Projects.Alpha');
  const letter = (subject: string): Buffer => Buffer.from(`Subject: ${subject}\n\nText of ${subject}.\n`);
  const received = Date.UTC(2018, 0, 2, 3, 4, 5);
  await there.uids.append('INBOX', [
    { message: letter('one'), flags: 'FS', keywords: ['Work'], received },
    { message: letter('two'), flags: 'P', keywords: [], received },
  ]);
  await there.uids.append('Projects.Alpha', [
    { message: letter('alpha'), flags: '', keywords: [], received },
  ]);
  const opened = await open();
  t.after(opened.close);
  const source = `imap://${encodeURIComponent(testUser)}@127.0.0.1:${site.port}`;
  const wrong = await run(opened, ['import', opened.maildir, source, '--insecure'], 'nonsense\n');
  assert.equal(wrong.status, 100, wrong.stderr);
  assert.match(wrong.stderr, /the password is not taken/);
  // Without TLS no password is sent unless that was said to be well.
  assert.equal((await run(opened, ['import', opened.maildir, source], `${testPassword}\n`)).status, 111);
  const first = await run(opened, ['import', opened.maildir, source, '--insecure'], `${testPassword}\n`);
  assert.match(first.stdout, /3 messages imported\n$/, first.stderr);
  assert.deepEqual(await contentOf(opened, 'INBOX'), ['one|FS|Work', 'two|P|']);
  assert.deepEqual(await contentOf(opened, 'Projects.Alpha'), ['alpha||']);
  assert.equal((await opened.mailbox.uids.facts('INBOX', [1], ['received']))[0]?.received, received);
  const again = await run(opened, ['import', opened.maildir, source, '--insecure'], `${testPassword}\n`);
  assert.match(again.stdout, /0 messages imported\n$/);
});

test('names of folders of other servers become ours', () => {
  assert.equal(nameOfPath('INBOX', '/'), 'INBOX');
  assert.equal(nameOfPath('INBOX.Sent', '.'), 'Sent');
  assert.equal(nameOfPath('Work/v1.2/x', '/'), 'Work.v1-2.x');
  assert.equal(nameOfPath('[Gmail]/All Mail', '/'), '[Gmail].All Mail');
  assert.equal(nameOfPath('a//b', '/'), 'a.b');
});

async function fillForExport(opened: Opened): Promise<void> {
  const { uids } = opened.mailbox;
  await uids.createFolder('Arbeit.Büro');
  const received = Date.UTC(2021, 2, 3, 4, 5, 6);
  await uids.append('INBOX', [
    {
      message: Buffer.from('Return-Path: <a@b.c>\nSubject: one\n\nFrom the start\nend\n'),
      flags: 'RS',
      keywords: ['Tag'],
      received,
    },
    { message: Buffer.from('Subject: two\n\nx\n'), flags: 'D', keywords: [], received },
  ]);
  await uids.append('Arbeit.Büro', [
    { message: Buffer.from('Subject: ü\n\ny\n'), flags: '', keywords: [], received },
  ]);
}

test('export to a Maildir copies what is not there yet', async (t) => {
  const opened = await open();
  t.after(opened.close);
  await fillForExport(opened);
  const target = join(opened.fixture.root, 'Out');
  assert.equal(
    (await run(opened, ['export', opened.maildir, `maildir:${target}`])).stdout,
    '3 messages exported\n',
  );
  const names = await readdir(join(target, 'cur'));
  assert.equal(names.length, 2);
  assert.ok(names.some((name) => name.endsWith(':2,RS')));
  assert.equal((await stat(join(target, 'cur', names[0]!))).mtimeMs, Date.UTC(2021, 2, 3, 4, 5, 6));
  assert.equal((await readdir(join(target, '.Arbeit.Büro/cur'))).length, 1);
  assert.deepEqual(await readdir(join(target, 'tmp')), []);
  const again = await run(opened, ['export', opened.maildir, `maildir:${target}`]);
  assert.equal(again.stdout, '0 messages exported, 3 were there\n');
});

test('export to mbox can be imported again: flags, keywords, quoting and dates', async (t) => {
  const opened = await open();
  t.after(opened.close);
  await fillForExport(opened);
  const target = join(opened.fixture.root, 'boxes');
  assert.equal(
    (await run(opened, ['export', opened.maildir, `mbox:${target}`])).stdout,
    '3 messages exported\n',
  );
  assert.deepEqual((await readdir(target)).sort(), ['Arbeit.Büro.mbox', 'INBOX.mbox']);
  const inbox = await readFile(join(target, 'INBOX.mbox'), 'utf8');
  assert.match(inbox, /^From a@b\.c [A-Z][a-z]{2} [A-Z][a-z]{2} .*2021\n/);
  assert.match(inbox, /^>From the start$/m);
  const other = await open();
  t.after(other.close);
  await run(other, ['import', other.maildir, `mbox:${join(target, 'INBOX.mbox')}`]);
  assert.deepEqual(await contentOf(other, 'INBOX'), ['one|RS|Tag', 'two|D|']);
  const [fact] = await other.mailbox.uids.facts('INBOX', [1], ['received']);
  assert.equal(fact?.received, Date.UTC(2021, 2, 3, 4, 5, 6));
});

const hasPython = spawnSync('python3', ['--version']).status === 0;

test('export to a ZIP file that other programs read; a folder that is not there is told and leaves no file', async (t) => {
  const opened = await open();
  t.after(opened.close);
  await fillForExport(opened);
  const target = join(opened.fixture.root, 'mail.zip');
  const wrong = await run(opened, ['export', opened.maildir, `zip:${target}`, '--folder', 'None']);
  assert.equal(wrong.status, 100);
  assert.deepEqual(
    (await readdir(opened.fixture.root)).filter((name) => name.includes('zip')),
    [],
  );
  const { stdout } = await run(opened, ['export', opened.maildir, `zip:${target}`]);
  assert.equal(stdout, '3 messages exported\n');
  if (!hasPython) return t.diagnostic('python3 is not installed: the file is not read back');
  const script =
    'import sys,zipfile;z=zipfile.ZipFile(sys.argv[1]);assert z.testzip() is None;print("\\n".join(f"{n} {len(z.read(n))}" for n in z.namelist()))';
  const read = await promisify(execFile)('python3', ['-X', 'utf8', '-c', script, target]);
  assert.deepEqual(read.stdout.trim().split('\n').sort(), [
    'Arbeit/Büro/00000001.eml 15',
    'INBOX/00000001.eml 54',
    'INBOX/00000002.eml 16',
  ]);
});

test('a link or an unreadable message in the source of an import is told and left out, the rest comes', async (t) => {
  const opened = await open();
  t.after(opened.close);
  const source = await makeSource(opened);
  await symlink('/etc/passwd', join(source, 'cur', '1.link:2,S'));
  await mkdir(join(source, 'cur', '2.directory'));
  const time = new Date();
  await utimes(join(source, 'cur', '2.directory'), time, time);
  const { status, stdout, stderr } = await run(opened, ['import', opened.maildir, `maildir:${source}`]);
  assert.deepEqual([status, stdout], [1, '3 messages imported, 2 left out\n']);
  assert.match(stderr, /left out: .*1\.link:2,S: ELOOP\n/);
});

test('under root the index is opened as its owner, whoever owns the Maildir', {
  skip: needsRoot,
}, async () => {
  for (const owner of [0, 65534]) {
    const { maildir, state, root, remove } = await createFixture();
    const index = join(state, 'index');
    try {
      await putMessage(maildir, { subject: 'one' });
      await mkdir(index, { recursive: true, mode: 0o700 });
      for (const path of [root, state]) await chmod(path, 0o755);
      execFileSync('chown', ['-R', '65534:65534', maildir]);
      await chown(index, owner, owner);
      const env = { FACTEUR_HOME: root, FACTEUR_STATE: state };
      const rebuilt = await runFacteur(['mailbox', 'rebuild', maildir], '', env);
      assert.deepEqual([rebuilt.status, rebuilt.stdout], [0, '1 messages indexed\n'], rebuilt.stderr);
      for (const name of await readdir(index)) assert.equal((await stat(join(index, name))).uid, owner, name);
      const checked = await runFacteur(['mailbox', 'check', maildir], '', env);
      assert.equal(checked.stdout, '1 folders, 1 messages, 0 findings\n', checked.stderr);
    } finally {
      await remove();
    }
  }
});
