// The mailbox through UIDs over Maildirs that nobody sane makes: 200,000 files, names that are no names, folders and files
// without read right, links and FIFOs in the place of what we keep. One wrong thing never stops more than itself.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, open as openFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { createPlainReader, makeFixtureFolder, openFixture, putMessage } from '../support/maildir.ts';

const open = () => openFixture({ reader: createPlainReader() });

test('a folder of 200,000 files (20,000 in the short run): they are numbered and searched by flag, other folders answer meanwhile', async (t) => {
  const opened = await open();
  t.after(opened.close);
  const { mailbox, maildir } = opened;
  await makeFixtureFolder(maildir, '.Big');
  const cur = join(maildir, '.Big', 'cur');
  // All of them with FACTEUR_CRASH=long, as the other tests that take minutes.
  const count = process.env.FACTEUR_CRASH === 'long' ? 200_000 : 20_000;
  const made = spawnSync(
    'python3',
    [
      '-c',
      `import os,sys
for i in range(${count}):
    os.close(os.open(sys.argv[1] + "/" + str(1500000000 + i) + ".M1P1.x,S=0,W=0:2," + ("S" if i % 1000 else ""), os.O_CREAT | os.O_WRONLY, 0o600))`,
      cur,
    ],
    { encoding: 'utf8' },
  );
  if (made.status !== 0) {
    for (let i = 0; i < count; i++) {
      const name = `${1_500_000_000 + i}.M1P1.x,S=0,W=0:2,${i % 1000 ? 'S' : ''}`;
      await (await openFile(join(cur, name), 'w', 0o600)).close();
    }
  }
  await putMessage(maildir, { subject: 'small' });
  const started = performance.now();
  let slowest = 0;
  let isDone = false;
  const big = mailbox.uids.open('Big', false).finally(() => {
    isDone = true;
  });
  while (!isDone) {
    const asked = performance.now();
    assert.equal((await mailbox.uids.status('INBOX'))?.messages, 1);
    slowest = Math.max(slowest, performance.now() - asked);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const snapshot = await big;
  assert.equal(snapshot?.uids.length, count);
  t.diagnostic(
    `opened in ${Math.round(performance.now() - started)} ms, another folder waited ${Math.round(slowest)} ms at most`,
  );
  const unseen = await mailbox.uids.search('Big', { key: 'not', of: { key: 'flag', letter: 'S' } });
  assert.equal(unseen.length, count / 1000);
  assert.equal(unseen[0], 1);
  const again = performance.now();
  await mailbox.uids.search('Big', { key: 'not', of: { key: 'flag', letter: 'S' } });
  t.diagnostic(`searched by flag in ${Math.round(performance.now() - again)} ms`);
});

test('names that are no names, directories, FIFOs and links: what is a message works, the rest is passed over', async (t) => {
  const opened = await open();
  t.after(opened.close);
  const { mailbox, maildir, fixture } = opened;
  await mailbox.uids.createFolder('To');
  const cur = join(maildir, 'cur');
  const text = 'Subject: odd\n\nodd body\n';
  const long = `${'n'.repeat(250)}:2,S`;
  for (const name of ['plain', 'with space:2,S', 'x:1,old', 'y:2,ZQ', 'z:2,S,more', 'ü:2,', long]) {
    await writeFile(join(cur, name), text);
  }
  await writeFile(Buffer.concat([Buffer.from(`${cur}/`), Buffer.from([0x66, 0xff, 0xfe])]), text);
  await mkdir(join(cur, 'directory:2,S'));
  await symlink('/etc/passwd', join(cur, 'link:2,S'));
  spawnSync('mkfifo', [join(cur, 'fifo:2,S')]);
  await writeFile(join(fixture.root, 'elsewhere'), text);
  const snapshot = await mailbox.uids.open('INBOX', false);
  assert.equal(snapshot?.uids.length, 8);
  const uids = [...(snapshot?.uids ?? [])];
  assert.deepEqual([...(await mailbox.uids.search('INBOX', { key: 'body', text: 'ODD BODY' }))], uids);
  const { pairs } = await mailbox.uids.copy('INBOX', uids, 'To');
  assert.equal(pairs.length, 8);
  const moved = await mailbox.uids.move(
    'To',
    pairs.map(([, to]) => to),
    'INBOX',
  );
  assert.equal(moved.pairs.length, 8);
  assert.deepEqual(await readdir(join(maildir, '.To/tmp')), []);
});

test('links and FIFOs in the place of our files lead nowhere and hold nobody up', async (t) => {
  const opened = await open();
  t.after(opened.close);
  const { mailbox, maildir, fixture } = opened;
  const secret = join(fixture.root, 'secret');
  await writeFile(secret, 'INBOX\nINBOX.Secret\n');
  for (const name of ['courierimapsubscribed', 'facteur-special-use', 'maildirsize']) {
    await symlink(secret, join(maildir, name));
  }
  spawnSync('mkfifo', [join(maildir, 'subscriptions')]);
  assert.deepEqual(await mailbox.uids.subscriptions(), []);
  assert.equal((await mailbox.uids.quota()).bytes.limit, undefined);
  await mailbox.uids.createFolder('New', '\\Archive');
  await mailbox.uids.setSubscribed('New', true);
  assert.deepEqual(await mailbox.uids.subscriptions(), ['New']);
  assert.equal((await mailbox.uids.list()).find(({ folder }) => folder === 'New')?.specialUse, '\\Archive');
  const { readFile } = await import('node:fs/promises');
  assert.equal(await readFile(secret, 'utf8'), 'INBOX\nINBOX.Secret\n');
  // A folder that is a link is no folder, and is not copied into.
  await mkdir(join(fixture.root, 'Outside', 'cur'), { recursive: true });
  for (const part of ['new', 'tmp']) await mkdir(join(fixture.root, 'Outside', part));
  await symlink(join(fixture.root, 'Outside'), join(maildir, '.Linked'));
  const message = { message: Buffer.from('x\n'), flags: '', keywords: [], received: undefined };
  await assert.rejects(mailbox.uids.append('Linked', [message]), { name: 'MailboxRefusal' });
  await mailbox.uids.createFolder('Later');
  await rm(join(maildir, '.Later'), { recursive: true });
  await symlink(join(fixture.root, 'Outside'), join(maildir, '.Later'));
  await assert.rejects(mailbox.uids.append('Later', [message]));
  assert.deepEqual(await readdir(join(fixture.root, 'Outside', 'cur')), []);
  assert.deepEqual(await readdir(join(fixture.root, 'Outside', 'tmp')), []);
});

test('a folder without read right is refused by itself; the others are served', {
  skip: process.geteuid?.() === 0,
}, async (t) => {
  const opened = await open();
  t.after(opened.close);
  const { mailbox, maildir } = opened;
  await makeFixtureFolder(maildir, '.Shut');
  await putMessage(maildir, { folder: '.Shut', subject: 'shut' });
  const { chmod } = await import('node:fs/promises');
  await chmod(join(maildir, '.Shut/cur'), 0);
  await assert.rejects(mailbox.uids.open('Shut', false));
  await putMessage(maildir, { subject: 'open' });
  assert.equal((await mailbox.uids.open('INBOX', false))?.uids.length, 1);
  await chmod(join(maildir, '.Shut/cur'), 0o700);
  assert.equal((await mailbox.uids.open('Shut', false))?.uids.length, 1);
});
