// STORE and EXPUNGE by UID, and keywords in both forms that Maildirs know: Dovecot's letters and Courier's directory
// (spec/maildir-imap.md 1.4, 1.5, 3.3, 3.6).
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { MailboxRefusal } from '../../server/mailbox/uid-types.ts';
import { fillFolder, makeFixtureFolder, openFixture, putMessage } from '../support/maildir.ts';

const names = async (maildir: string): Promise<string[]> => (await readdir(join(maildir, 'cur'))).sort();

test('flags are added, removed and replaced; each message that changed has its own new MODSEQ', async (t) => {
  const { mailbox, maildir, close } = await openFixture();
  t.after(close);
  for (const [base, flags] of [
    ['1.a', 'S'],
    ['2.b', 'FSX'],
    ['3.c', ''],
  ] as const)
    await putMessage(maildir, { base, flags });
  const opened = (await mailbox.uids.open('INBOX', false))!;
  const add = await mailbox.uids.store('INBOX', [1, 3, 99], { mode: 'add', flags: 'RS', keywords: [] });
  assert.deepEqual(
    add.states.map(({ uid, flags }) => [uid, flags]),
    [
      [1, 'RS'],
      [3, 'RS'],
    ],
  );
  assert.equal(new Set(add.states.map(({ modseq }) => modseq)).size, 2);
  assert.equal(add.highestModseq, opened.highestModseq + 2);
  const same = await mailbox.uids.store('INBOX', [1], { mode: 'add', flags: 'S', keywords: [] });
  assert.equal(same.highestModseq, add.highestModseq, 'what was so already is no change');
  assert.equal(same.states[0]!.flags, 'RS');
  await mailbox.uids.store('INBOX', [1, 2], { mode: 'replace', flags: 'D', keywords: [] });
  await mailbox.uids.store('INBOX', [3], { mode: 'remove', flags: 'R', keywords: [] });
  assert.deepEqual(await names(maildir), ['1.a:2,D', '2.b:2,DX', '3.c:2,S'], 'a letter of others stays');
});

test('UNCHANGEDSINCE leaves alone what changed since, and tells it', async (t) => {
  const { mailbox, maildir, close } = await openFixture();
  t.after(close);
  for (const base of ['1.a', '2.b']) await putMessage(maildir, { base });
  const opened = (await mailbox.uids.open('INBOX', false))!;
  await rename(join(maildir, 'cur', '2.b:2,'), join(maildir, 'cur', '2.b:2,F'));
  const result = await mailbox.uids.store(
    'INBOX',
    [1, 2],
    { mode: 'add', flags: 'S', keywords: [] },
    opened.highestModseq,
  );
  assert.deepEqual(result.modified, [2]);
  assert.deepEqual(
    result.states.map(({ uid, flags }) => [uid, flags]),
    [[1, 'S']],
  );
  assert.deepEqual(await names(maildir), ['1.a:2,S', '2.b:2,F']);
});

test('EXPUNGE unlinks what is flagged T, of named UIDs only those, and not what lost its T', async (t) => {
  const { mailbox, maildir, close } = await openFixture();
  t.after(close);
  for (const base of ['1.a', '2.b', '3.c', '4.d']) await putMessage(maildir, { base, flags: 'ST' });
  await putMessage(maildir, { base: '5.e', flags: 'S' });
  const opened = (await mailbox.uids.open('INBOX', false))!;
  assert.deepEqual([opened.messages, opened.deleted, opened.unseen], [5, 4, 0]);
  assert.deepEqual(await mailbox.uids.expunge('INBOX', [2, 5, 77]), [2]);
  await rename(join(maildir, 'cur', '3.c:2,ST'), join(maildir, 'cur', '3.c:2,S'));
  assert.deepEqual(await mailbox.uids.expunge('INBOX'), [1, 4]);
  assert.deepEqual(await names(maildir), ['3.c:2,S', '5.e:2,S']);
  const changes = (await mailbox.uids.changesSince('INBOX', opened.highestModseq, false))!;
  assert.deepEqual([changes.vanished, changes.changed.map(({ uid }) => uid)], [[1, 2, 4], [3]]);
  assert.deepEqual([changes.messages, changes.deleted], [2, 0]);
  await assert.rejects(
    mailbox.uids.expunge('Nowhere'),
    (error) => error instanceof MailboxRefusal && error.refusal === 'no such folder',
  );
});

test('keywords are letters with their names in dovecot-keywords, and come back without the index', async (t) => {
  const { mailbox, maildir, restart, close } = await openFixture();
  t.after(close);
  await writeFile(join(maildir, 'dovecot-keywords'), '0 Work\n2 $MDNSent\n');
  await putMessage(maildir, { base: '1.a', flags: 'Sac' });
  await putMessage(maildir, { base: '2.b' });
  await putMessage(maildir, { base: '3.c', flags: 'Pz' });
  const opened = (await mailbox.uids.open('INBOX', false))!;
  const setOf = (index: number): readonly string[] => opened.keywordSets[opened.keywords[index]!]!;
  assert.deepEqual([setOf(0), setOf(1), setOf(2)], [['$MDNSent', 'Work'], [], []]);
  assert.deepEqual([...opened.knownKeywords].sort(), ['$MDNSent', 'Work']);
  const stored = await mailbox.uids.store('INBOX', [2, 3], {
    mode: 'add',
    flags: '',
    keywords: ['work', 'Later', '$Forwarded'],
  });
  assert.deepEqual(
    stored.states.map(({ flags, keywords }) => [flags, keywords]),
    [
      ['P', ['Later', 'Work']],
      ['P', ['Later', 'Work']],
    ],
    'the spelling that is known stays; $Forwarded is P',
  );
  assert.equal(await readFile(join(maildir, 'dovecot-keywords'), 'utf8'), '0 Work\n1 Later\n2 $MDNSent\n');
  assert.deepEqual(await names(maildir), ['1.a:2,Sac', '2.b:2,Pab', '3.c:2,Pabz']);
  await mailbox.uids.store('INBOX', [1], { mode: 'remove', flags: '', keywords: ['WORK'] });
  await mailbox.uids.store('INBOX', [3], { mode: 'replace', flags: 'S', keywords: ['Later'] });
  assert.deepEqual(await names(maildir), ['1.a:2,Sc', '2.b:2,Pab', '3.c:2,Sbz']);
  assert.ok(!existsSync(join(maildir, 'courierimapkeywords')), 'nothing of Courier’s is made without need');
  const { mailbox: again } = await restart({ index: false });
  const states = (await again.uids.changesSince('INBOX', 0, true))!.changed;
  assert.deepEqual(
    states.map(({ flags, keywords }) => [flags, keywords]),
    [
      ['S', ['$MDNSent']],
      ['P', ['Later', 'Work']],
      ['S', ['Later']],
    ],
  );
});

test('keywords in Courier’s directory are read, changed there too, and changes of others are told', async (t) => {
  const { mailbox, maildir, restart, close } = await openFixture();
  t.after(close);
  for (const base of ['1.a', '2.b', '3.c']) await putMessage(maildir, { base });
  const directory = join(maildir, 'courierimapkeywords');
  await mkdir(directory);
  await writeFile(join(directory, ':list'), 'Work\n$Forwarded\n\n1.a:0\n2.b:0 1\n');
  const opened = (await mailbox.uids.open('INBOX', false))!;
  const read = async (): Promise<unknown[]> =>
    (await mailbox.uids.changesSince('INBOX', 0, true))!.changed.map(({ uid, flags, keywords }) => [
      uid,
      flags,
      ...keywords,
    ]);
  assert.deepEqual(await read(), [
    [1, '', 'Work'],
    [2, 'P', 'Work'],
    [3, ''],
  ]);
  // Courier's own change: a file of the message's name.
  await writeFile(join(maildir, 'tmp', 'change'), 'Later\n');
  await rename(join(maildir, 'tmp', 'change'), join(directory, '3.c'));
  const told = (await mailbox.uids.changesSince('INBOX', opened.highestModseq, true))!;
  assert.deepEqual(
    told.changed.map(({ uid, keywords }) => [uid, keywords]),
    [[3, ['Later']]],
  );
  await mailbox.uids.store('INBOX', [1], { mode: 'add', flags: 'P', keywords: ['Later'] });
  await mailbox.uids.store('INBOX', [2], { mode: 'replace', flags: '', keywords: [] });
  const expected = [
    [1, 'P', 'Later', 'Work'],
    [2, ''],
    [3, '', 'Later'],
  ];
  assert.deepEqual(await read(), expected);
  // Courier drops the letters P and a to z when it changes flags: the directory still knows.
  for (const name of await names(maildir)) {
    await rename(join(maildir, 'cur', name), join(maildir, 'cur', `${name.split(':')[0]}:2,`));
  }
  assert.deepEqual(await read(), expected);
  const { mailbox: again } = await restart({ index: false });
  const states = (await again.uids.changesSince('INBOX', 0, true))!.changed;
  assert.deepEqual(
    states.map(({ uid, flags, keywords }) => [uid, flags, ...keywords]),
    expected,
  );
});

test('the 27th keyword of a folder is kept in Courier’s directory', async (t) => {
  const { mailbox, maildir, restart, close } = await openFixture();
  t.after(close);
  await putMessage(maildir, { base: '1.a' });
  await mailbox.uids.open('INBOX', false);
  const keywords = Array.from({ length: 28 }, (_, i) => `k${String(i).padStart(2, '0')}`);
  const stored = await mailbox.uids.store('INBOX', [1], { mode: 'add', flags: 'S', keywords });
  assert.deepEqual(stored.states[0]!.keywords, keywords);
  assert.deepEqual(await names(maildir), ['1.a:2,Sabcdefghijklmnopqrstuvwxyz']);
  const { mailbox: again } = await restart({ index: false });
  assert.deepEqual((await again.uids.changesSince('INBOX', 0, true))!.changed[0]!.keywords, keywords);
});

test('keywords go along with a message that the web moves, and with its way back', async (t) => {
  const { mailbox, maildir, close } = await openFixture();
  t.after(close);
  const archive = await makeFixtureFolder(maildir, '.Archive');
  await writeFile(join(archive, 'dovecot-keywords'), '0 Other\n');
  await putMessage(maildir, { base: '1.a', flags: 'S' });
  await mailbox.uids.open('INBOX', false);
  await mailbox.uids.store('INBOX', [1], { mode: 'add', flags: '', keywords: ['Work'] });
  const { rows } = await mailbox.list({ folder: 'INBOX', limit: 10 });
  const { undo } = await mailbox.move([rows[0]!.id], 'Archive');
  const read = async (folder: string): Promise<unknown> =>
    (await mailbox.uids.changesSince(folder, 0, true))!.changed.map(({ flags, keywords }) => [
      flags,
      keywords,
    ]);
  assert.deepEqual(await read('Archive'), [['S', ['Work']]]);
  assert.deepEqual(await names(archive), ['1.a:2,Sb']);
  await mailbox.restore(undo);
  assert.deepEqual(await read('INBOX'), [['S', ['Work']]]);
  assert.deepEqual(await names(maildir), ['1.a:2,Sa']);
});

test('a thousand messages change and go in one call', async (t) => {
  const { mailbox, maildir, close } = await openFixture();
  t.after(close);
  await fillFolder(maildir, 1000, () => ({ flags: '' }));
  const opened = (await mailbox.uids.open('INBOX', false))!;
  const all = [...opened.uids];
  const stored = await mailbox.uids.store('INBOX', all, { mode: 'add', flags: 'T', keywords: [] });
  assert.equal(stored.states.length, 1000);
  assert.deepEqual(await mailbox.uids.expunge('INBOX'), all);
  const after = (await mailbox.uids.open('INBOX', false))!;
  assert.deepEqual([after.messages, after.uids.length, after.uidNext, after.size], [0, 0, 1001, 0]);
});
