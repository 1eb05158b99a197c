// Changing folders and messages through UIDs, over a real Maildir: CREATE, DELETE, RENAME, subscriptions, special uses,
// COPY, MOVE, APPEND and quota (RFC 9051 6.3, 6.4; spec/maildir-imap.md 1.6, 2).
import assert from 'node:assert/strict';
import { chmod, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Mailbox } from '../../server/mailbox/types.ts';
import type { AppendedMessage, Refusal } from '../../server/mailbox/uid-types.ts';
import { createPlainReader, makeFixtureFolder, openFixture, putMessage } from '../support/maildir.ts';

const open = () => openFixture({ reader: createPlainReader() });

const isRefused =
  (refusal: Refusal) =>
  (error: unknown): boolean => {
    assert.equal((error as { name: string }).name, 'MailboxRefusal');
    assert.equal((error as { refusal: Refusal }).refusal, refusal);
    return true;
  };

const message = (text: string, more: Partial<AppendedMessage> = {}): AppendedMessage => ({
  message: Buffer.from(text),
  flags: '',
  keywords: [],
  received: undefined,
  ...more,
});

const simple = (subject: string): string => `From: a@example.org\r\nSubject: ${subject}\r\n\r\nText.\r\n`;

async function subjectsOf(mailbox: Mailbox, folder: string): Promise<string[]> {
  const snapshot = await mailbox.uids.open(folder, true);
  assert.ok(snapshot);
  const facts = await mailbox.uids.facts(folder, [...snapshot.uids], ['envelope']);
  return facts.map(({ envelope }) => /^\((?:NIL|"[^"]*") "([^"]*)"/.exec(envelope ?? '')?.[1] ?? '?');
}

test('append stores with LF and a last LF, sizes in the name, flags, keywords and time, and gives ascending UIDs', async (t) => {
  const { mailbox, maildir, close } = await open();
  t.after(close);
  const received = Date.UTC(2020, 1, 29, 12, 0, 0);
  const { uidValidity, uids } = await mailbox.uids.append('INBOX', [
    message('Subject: one\r\n\r\na\rb\r\nno end', { flags: 'FS', keywords: ['$Label1'], received }),
    message('Subject: two\n\n', { flags: 'T' }),
    message(''),
  ]);
  assert.deepEqual(uids, [1, 2, 3]);
  const names = (await readdir(join(maildir, 'cur'))).sort();
  assert.equal(names.length, 3);
  assert.match(names[0]!, /,S=24,W=28:2,FSa$/);
  assert.match(names[1]!, /,S=14,W=16:2,T$/);
  assert.match(names[2]!, /,S=0,W=0:2,$/);
  assert.equal(await readFile(join(maildir, 'cur', names[0]!), 'utf8'), 'Subject: one\n\nab\nno end\n');
  assert.equal((await stat(join(maildir, 'cur', names[0]!))).mtimeMs, received);
  assert.deepEqual(await readdir(join(maildir, 'tmp')), []);
  const snapshot = await mailbox.uids.open('INBOX', true);
  assert.ok(snapshot);
  assert.equal(snapshot.uidValidity, uidValidity);
  assert.deepEqual([...snapshot.uids], [1, 2, 3]);
  assert.deepEqual(snapshot.keywordSets[snapshot.keywords[0]!], ['$Label1']);
  const facts = await mailbox.uids.facts('INBOX', uids, ['size', 'received']);
  assert.deepEqual(
    facts.map(({ size }) => size),
    [28, 16, 0],
  );
  assert.equal(facts[0]!.received, received);
});

test('append of several is all or none: a source that fails leaves nothing, neither in cur nor in tmp', async (t) => {
  const { mailbox, maildir, close } = await open();
  t.after(close);
  async function* failing(): AsyncGenerator<AppendedMessage> {
    yield message(simple('first'));
    yield message('', {
      message: (async function* () {
        yield Buffer.from('Subject: half');
        throw new Error('the client went away');
      })(),
    });
  }
  await assert.rejects(mailbox.uids.append('INBOX', failing()), /the client went away/);
  for (const part of ['cur', 'new', 'tmp']) assert.deepEqual(await readdir(join(maildir, part)), []);
  assert.equal((await mailbox.uids.status('INBOX'))?.messages, 0);
});

test('append to a folder that is not there is refused before a message is asked for', async (t) => {
  const { mailbox, close } = await open();
  t.after(close);
  let asked = false;
  async function* source(): AsyncGenerator<AppendedMessage> {
    asked = true;
    yield message('x');
  }
  await assert.rejects(mailbox.uids.append('Nowhere', source()), isRefused('no such folder'));
  assert.equal(asked, false);
});

test('copy makes another name of the same file, with its flags, keywords and time; EMAILID stays, UIDs ascend', async (t) => {
  const { mailbox, maildir, close } = await open();
  t.after(close);
  await mailbox.uids.createFolder('Archive');
  const received = Date.UTC(2019, 4, 4, 4, 4, 4);
  const { uids } = await mailbox.uids.append('INBOX', [
    message(simple('one'), { flags: 'RS', keywords: ['Work', 'later'], received }),
    message(simple('two')),
    message(simple('three'), { flags: 'F' }),
  ]);
  const copied = await mailbox.uids.copy('INBOX', [...uids].reverse(), 'Archive');
  assert.deepEqual(copied.pairs, [
    [1, 1],
    [2, 2],
    [3, 3],
  ]);
  assert.deepEqual(await subjectsOf(mailbox, 'Archive'), ['one', 'two', 'three']);
  assert.deepEqual(await subjectsOf(mailbox, 'INBOX'), ['one', 'two', 'three']);
  const [from] = await mailbox.uids.facts('INBOX', [1], ['emailId', 'threadId', 'received', 'size']);
  const [to] = await mailbox.uids.facts('Archive', [1], ['emailId', 'threadId', 'received', 'size']);
  assert.deepEqual(to, from);
  const archive = await mailbox.uids.open('Archive', true);
  assert.deepEqual(archive?.keywordSets[archive.keywords[0]!]?.toSorted(), ['Work', 'later']);
  const files = (await readdir(join(maildir, '.Archive/cur'))).sort();
  for (const name of files) assert.equal((await stat(join(maildir, '.Archive/cur', name))).nlink, 2);
  const again = await mailbox.uids.copy('INBOX', [1, 77, 3], 'INBOX');
  assert.deepEqual(again.pairs, [
    [1, 4],
    [3, 5],
  ]);
});

test('a copy of a file with CRLF stays as it is, and its size is counted right', async (t) => {
  const { mailbox, maildir, close } = await open();
  t.after(close);
  await mailbox.uids.createFolder('To');
  await writeFile(join(maildir, 'cur', '1700000000.M1P1.x:2,S'), 'Subject: x\r\n\r\nmixed\nlines\r\n');
  await mailbox.uids.open('INBOX', false);
  assert.equal((await mailbox.uids.facts('INBOX', [1], ['size']))[0]?.size, 28);
  await mailbox.uids.copy('INBOX', [1], 'To');
  const [name] = await readdir(join(maildir, '.To/cur'));
  // Its size on the wire may not be in the index yet, and is not in the name then.
  assert.match(name!, /,S=27(?:,W=28)?:2,S$/);
  assert.equal((await mailbox.uids.facts('To', [1], ['size']))[0]?.size, 28);
});

test('move renames the file, takes keywords along, and the UIDs of the old folder are told as gone', async (t) => {
  const { mailbox, maildir, close } = await open();
  t.after(close);
  await mailbox.uids.createFolder('Elsewhere');
  // The same keyword has another letter there.
  await mailbox.uids.append('Elsewhere', [message(simple('there'), { keywords: ['other'] })]);
  await mailbox.uids.append('INBOX', [
    message(simple('one'), { keywords: ['mine'], flags: 'S' }),
    message(simple('two')),
  ]);
  const before = await mailbox.uids.open('INBOX', false);
  assert.ok(before);
  const [emailId] = await mailbox.uids.facts('INBOX', [1], ['emailId']);
  const moved = await mailbox.uids.move('INBOX', [1], 'Elsewhere');
  assert.deepEqual(moved.pairs, [[1, 2]]);
  const changes = await mailbox.uids.changesSince('INBOX', before.highestModseq, false);
  assert.deepEqual(changes?.vanished, [1]);
  const there = await mailbox.uids.open('Elsewhere', true);
  assert.ok(there);
  assert.deepEqual(there.keywordSets[there.keywords[1]!], ['mine']);
  assert.deepEqual(there.keywordSets[there.keywords[0]!], ['other']);
  assert.equal((await mailbox.uids.facts('Elsewhere', [2], ['emailId']))[0]?.emailId, emailId?.emailId);
  assert.equal((await readdir(join(maildir, 'cur'))).length, 1);
});

test('folders are made with their marker and without a subscription; names are checked', async (t) => {
  const { mailbox, maildir, close } = await open();
  t.after(close);
  await mailbox.uids.createFolder('Projects.Alpha');
  assert.deepEqual((await readdir(join(maildir, '.Projects.Alpha'))).sort(), [
    'cur',
    'maildirfolder',
    'new',
    'tmp',
  ]);
  assert.deepEqual(await mailbox.uids.subscriptions(), []);
  await assert.rejects(mailbox.uids.createFolder('Projects.Alpha'), isRefused('exists'));
  await assert.rejects(mailbox.uids.createFolder('inbox'), isRefused('exists'));
  const before = (await readdir(maildir)).sort();
  const bad = [
    '',
    '.',
    '..',
    '../x',
    'a/b',
    'a..b',
    '.a',
    'a.',
    'cur',
    'new',
    'tmp',
    'a\0b',
    'a\r\nb',
    'a%',
    'b*',
  ];
  bad.push('INBOX.x', 'iNbOx.y', 'a'.repeat(300), `${'a.'.repeat(200)}b`, '\ud800', 'x\u2028y', ' a', 'a. b');
  for (const name of bad) {
    await assert.rejects(mailbox.uids.createFolder(name), isRefused('bad name'), JSON.stringify(name));
    await assert.rejects(mailbox.uids.renameFolder('Projects.Alpha', name), isRefused('bad name'));
  }
  assert.deepEqual((await readdir(maildir)).sort(), before);
  for (const name of ['Größe', '日本語', 'a&b', '\u2024\uff0e', '🙂', 'right \u05d0 left']) {
    await mailbox.uids.createFolder(name);
    assert.ok((await mailbox.uids.list()).some(({ folder }) => folder === name.normalize('NFC')));
  }
});

test('a folder that is deleted is gone with its messages; those below it stay; INBOX and Trash are refused', async (t) => {
  const { mailbox, maildir, close } = await open();
  t.after(close);
  for (const name of ['Old', 'Old.Sub', 'Trash']) await mailbox.uids.createFolder(name);
  await mailbox.uids.append('Old', [message(simple('x'))]);
  await mailbox.uids.removeFolder('Old');
  assert.equal(await mailbox.uids.status('Old'), undefined);
  assert.ok(await mailbox.uids.status('Old.Sub'));
  assert.deepEqual((await readdir(maildir)).filter((name) => name.startsWith('.')).sort(), [
    '.Old.Sub',
    '.Trash',
  ]);
  await assert.rejects(mailbox.uids.removeFolder('Old'), isRefused('has children'));
  await assert.rejects(mailbox.uids.removeFolder('Never'), isRefused('no such folder'));
  await assert.rejects(mailbox.uids.removeFolder('Inbox'), isRefused('reserved'));
  await assert.rejects(mailbox.uids.removeFolder('Trash'), isRefused('reserved'));
  await assert.rejects(mailbox.uids.renameFolder('Trash', 'Bin'), isRefused('reserved'));
  await mailbox.uids.createFolder('Old');
  assert.equal((await mailbox.uids.status('Old'))?.messages, 0);
});

test('a link in a deleted folder is removed, not followed', async (t) => {
  const { mailbox, maildir, fixture, close } = await open();
  t.after(close);
  const outside = join(fixture.root, 'outside');
  await mkdir(outside);
  await writeFile(join(outside, 'keep'), 'x');
  await mailbox.uids.createFolder('Links');
  await symlink(outside, join(maildir, '.Links', 'cur', 'link'));
  await mailbox.uids.removeFolder('Links');
  assert.equal(await readFile(join(outside, 'keep'), 'utf8'), 'x');
});

test('what a crash left of a deleted folder goes at the next opening', async (t) => {
  const { maildir, mailbox, restart, close } = await open();
  t.after(close);
  await mailbox.uids.list();
  await mkdir(join(maildir, '..facteur-removed.1/cur'), { recursive: true });
  await writeFile(join(maildir, '..facteur-removed.1/cur/1.x'), 'x');
  const { mailbox: again } = await restart({ index: true });
  await again.uids.list();
  for (let i = 0; i < 200; i++) {
    if (!(await readdir(maildir)).some((name) => name.startsWith('..'))) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.fail('it is still there');
});

test('rename keeps UIDVALIDITY, UIDs, MAILBOXID, special use and subscriptions, of the folders below it too', async (t) => {
  const { mailbox, maildir, restart, close } = await open();
  t.after(close);
  await mailbox.uids.createFolder('Work', '\\Archive');
  await mailbox.uids.createFolder('Work.Deep.Er');
  await mailbox.uids.createFolder('Workshop');
  for (const name of ['Work', 'Work.Deep.Er', 'Work.Ghost', 'Workshop']) {
    await mailbox.uids.setSubscribed(name, true);
  }
  await mailbox.uids.append('Work', [message(simple('one')), message(simple('two'))]);
  await mailbox.uids.append('Work.Deep.Er', [message(simple('deep'))]);
  const before = await mailbox.uids.status('Work');
  const below = await mailbox.uids.status('Work.Deep.Er');
  await mailbox.uids.renameFolder('Work', 'Büro.Alt');
  assert.equal(await mailbox.uids.status('Work'), undefined);
  for (const [folder, was] of [
    ['Büro.Alt', before],
    ['Büro.Alt.Deep.Er', below],
  ] as const)
    assert.deepEqual(await mailbox.uids.status(folder), { ...was, folder, directory: `.${folder}` });
  const subscribed = ['Büro.Alt', 'Büro.Alt.Deep.Er', 'Büro.Alt.Ghost', 'Workshop'];
  assert.deepEqual(await mailbox.uids.subscriptions(), subscribed);
  assert.equal(
    await readFile(join(maildir, 'courierimapsubscribed'), 'utf8'),
    subscribed.map((name) => `INBOX.${name}\n`).join(''),
  );
  const { mailbox: again } = await restart({ index: false });
  const list = await again.uids.list();
  assert.equal(list.find(({ specialUse }) => specialUse === '\\Archive')?.folder, 'Büro.Alt');
  assert.equal((await again.uids.status('Büro.Alt'))?.uidValidity, before?.uidValidity);
  await assert.rejects(again.uids.renameFolder('Büro.Alt', 'Büro.Alt.In'), isRefused('bad name'));
  await assert.rejects(again.uids.renameFolder('Büro.Alt', 'Workshop'), isRefused('exists'));
  await assert.rejects(again.uids.renameFolder('Nothing', 'Something'), isRefused('no such folder'));
});

test('a folder in modified UTF-7 keeps that spelling when it is renamed', async (t) => {
  const { mailbox, maildir, close } = await open();
  t.after(close);
  await makeFixtureFolder(maildir, '.R&AOk-sum&AOk-');
  await mailbox.uids.renameFolder('Résumé', 'Größe');
  assert.ok((await readdir(maildir)).includes('.Gr&APYA3w-e'));
});

test('rename of INBOX moves its messages to the new folder and leaves the folders below INBOX', async (t) => {
  const { mailbox, close } = await open();
  t.after(close);
  await mailbox.uids.append('INBOX', [message(simple('one')), message(simple('two'))]);
  await mailbox.uids.renameFolder('INBOX', 'Before 2020');
  assert.equal((await mailbox.uids.status('INBOX'))?.messages, 0);
  assert.deepEqual(await subjectsOf(mailbox, 'Before 2020'), ['one', 'two']);
});

test('a special use outlives the index, rules over names, and belongs to one folder', async (t) => {
  const { mailbox, restart, close } = await open();
  t.after(close);
  await mailbox.uids.createFolder('Sent');
  await mailbox.uids.createFolder('Outgoing', '\\sent');
  const useOf = async (box: Mailbox, name: string): Promise<string | undefined> =>
    (await box.uids.list()).find(({ folder }) => folder === name)?.specialUse;
  assert.equal(await useOf(mailbox, 'Outgoing'), '\\Sent');
  assert.equal(await useOf(mailbox, 'Sent'), undefined);
  assert.equal(await mailbox.folderFor('sent'), 'Outgoing');
  const { mailbox: again } = await restart({ index: false });
  assert.equal(await useOf(again, 'Outgoing'), '\\Sent');
  await assert.rejects(again.uids.createFolder('Odd', '\\Nonsense'), isRefused('bad name'));
  await again.uids.createFolder('Newer', '\\Sent');
  assert.equal(await useOf(again, 'Newer'), '\\Sent');
  assert.equal(await useOf(again, 'Outgoing'), undefined);
  await again.uids.removeFolder('Newer');
  assert.equal(await useOf(again, 'Sent'), '\\Sent');
});

test("subscriptions of Courier's file and of Dovecot's are both told, and both follow a change", async (t) => {
  const { mailbox, maildir, close } = await open();
  t.after(close);
  await writeFile(join(maildir, 'courierimapsubscribed'), 'INBOX\nINBOX.Work\n#shared.x\n');
  await writeFile(join(maildir, 'subscriptions'), 'V\t2\n\nTravel\tItaly\n');
  assert.deepEqual(await mailbox.uids.subscriptions(), ['INBOX', 'Work', 'Travel.Italy']);
  await mailbox.uids.setSubscribed('Not.There', true);
  await mailbox.uids.setSubscribed('Work', false);
  await mailbox.uids.setSubscribed('Never.Was', false);
  assert.deepEqual(await mailbox.uids.subscriptions(), ['INBOX', 'Travel.Italy', 'Not.There']);
  assert.match(await readFile(join(maildir, 'courierimapsubscribed'), 'utf8'), /^#shared\.x$/m);
  assert.match(await readFile(join(maildir, 'subscriptions'), 'utf8'), /^Not\tThere$/m);
});

async function usedOf(maildir: string): Promise<[number, number]> {
  const [, ...lines] = (await readFile(join(maildir, 'maildirsize'), 'utf8')).trim().split('\n');
  let [bytes, count] = [0, 0];
  for (const line of lines) {
    const [b, c] = line.trim().split(/\s+/).map(Number);
    bytes += b!;
    count += c!;
  }
  return [bytes, count];
}

test('quota: append and copy over it are refused and leave nothing; Trash and T do not count', async (t) => {
  const { mailbox, maildir, close } = await open();
  t.after(close);
  await mailbox.uids.createFolder('Trash');
  await writeFile(join(maildir, 'maildirsize'), '1000S,4C\n0 0\n');
  const text = `Subject: x\n\n${'a'.repeat(187)}\n`;
  assert.equal(text.length, 200);
  await mailbox.uids.append('INBOX', [message(text), message(text)]);
  assert.deepEqual(await usedOf(maildir), [400, 2]);
  const quota = await mailbox.uids.quota();
  assert.deepEqual(quota.bytes, { used: 400, limit: 1000 });
  assert.deepEqual(quota.messages, { used: 2, limit: 4 });
  const big = [message(text), message(text), message(text)];
  await assert.rejects(mailbox.uids.append('INBOX', big), isRefused('over quota'));
  await mailbox.uids.createFolder('Copies');
  await mailbox.uids.copy('INBOX', [1, 2], 'Copies');
  assert.deepEqual(await usedOf(maildir), [800, 4]);
  await assert.rejects(mailbox.uids.copy('INBOX', [1], 'Copies'), isRefused('over quota'));
  for (const part of ['tmp', '.Copies/tmp']) assert.deepEqual(await readdir(join(maildir, part)), []);
  assert.equal((await mailbox.uids.status('Copies'))?.messages, 2);
  await mailbox.uids.copy('INBOX', [1], 'Trash');
  await mailbox.uids.append('Trash', [message(text)]);
  await mailbox.uids.append('INBOX', [message(text, { flags: 'T' })]);
  assert.deepEqual(await usedOf(maildir), [800, 4]);
  await assert.rejects(mailbox.uids.move('Trash', [1], 'INBOX'), isRefused('over quota'));
  await mailbox.uids.move('Copies', [1, 2], 'Trash');
  assert.deepEqual(await usedOf(maildir), [400, 2]);
  await mailbox.uids.move('Trash', [1], 'INBOX');
  assert.deepEqual(await usedOf(maildir), [600, 3]);
  await mailbox.uids.removeFolder('Copies');
  await mailbox.uids.copy('INBOX', [1], 'INBOX');
  assert.deepEqual(await usedOf(maildir), [800, 4]);
});

test('without maildirsize there is no limit, and what is used is told', async (t) => {
  const { mailbox, close } = await open();
  t.after(close);
  await mailbox.uids.append('INBOX', [message(simple('x'))]);
  const quota = await mailbox.uids.quota();
  assert.deepEqual(quota.bytes.limit, undefined);
  assert.deepEqual(quota.messages, { used: 1, limit: undefined });
});

test('a copy that fails half-way leaves nothing in the other folder', {
  skip: process.geteuid?.() === 0,
}, async (t) => {
  const { mailbox, maildir, close } = await open();
  t.after(close);
  await mailbox.uids.createFolder('Shut');
  await mailbox.uids.append('INBOX', [message(simple('x')), message(simple('y'))]);
  await chmod(join(maildir, '.Shut/cur'), 0o500);
  await assert.rejects(mailbox.uids.copy('INBOX', [1, 2], 'Shut'));
  await chmod(join(maildir, '.Shut/cur'), 0o700);
  assert.deepEqual(await readdir(join(maildir, '.Shut/tmp')), []);
  assert.equal((await mailbox.uids.status('Shut'))?.messages, 0);
});

test('a link, a FIFO or a directory in the place of a message is not copied', async (t) => {
  const { mailbox, maildir, fixture, close } = await open();
  t.after(close);
  await mailbox.uids.createFolder('To');
  const base = await putMessage(maildir, { subject: 'kept' });
  const other = await putMessage(maildir, { subject: 'swapped' });
  await mailbox.uids.open('INBOX', false);
  const names = await readdir(join(maildir, 'cur'));
  const swapped = names.find((name) => name.startsWith(other))!;
  await writeFile(join(fixture.root, 'secret'), 'not ours');
  await rm(join(maildir, 'cur', swapped));
  await symlink(join(fixture.root, 'secret'), join(maildir, 'cur', swapped));
  const uidOf = (await mailbox.uids.search('INBOX', { key: 'all' })).length;
  assert.ok(uidOf >= 1);
  await mailbox.uids.copy('INBOX', [1, 2], 'To');
  const copies = await readdir(join(maildir, '.To/cur'));
  assert.equal(copies.length, 1);
  assert.match(await readFile(join(maildir, '.To/cur', copies[0]!), 'utf8'), /Subject: kept/);
  assert.ok(base);
});
