// UIDs beside others: two processes of ours on one account while another program delivers, moves out of new and renames
// 200 files a second. Nothing vanishes, nothing is doubled, no UID is ever given to two messages.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { createMailboxes } from '../../server/mailbox/mailboxes.ts';
import { splitName } from '../../server/mailbox/names.ts';
import type { Mailbox } from '../../server/mailbox/types.ts';
import { createTextSummariser, fillFolder, openFixture, putMessage } from '../support/maildir.ts';
import { type Followed, followFolder } from '../support/uid-follower.ts';

// Delivers a message, moves one out of new, or changes a flag, 200 times a second.
const program = `
const { parentPort, workerData } = require('node:worker_threads');
const { readdirSync, renameSync, writeFileSync } = require('node:fs');
const { maildir, seconds } = workerData;
const list = (half) => readdirSync(maildir + '/' + half);
let delivered = 0;
let done = 0;
const start = performance.now();
const timer = setInterval(() => {
  const now = performance.now() - start;
  while (done < now / 5) {
    done++;
    try {
      if (done % 4 === 0) {
        const base = '18' + String(delivered++).padStart(8, '0') + '.other' + done;
        writeFileSync(maildir + '/tmp/' + base, 'Subject: x\\n\\nText.\\n');
        renameSync(maildir + '/tmp/' + base, maildir + '/new/' + base);
      } else if (done % 4 === 1) {
        const [name] = list('new');
        if (name) renameSync(maildir + '/new/' + name, maildir + '/cur/' + name + ':2,');
      } else {
        const names = list('cur');
        const name = names[Math.floor(Math.random() * names.length)];
        const [base, flags] = name.split(':2,');
        renameSync(maildir + '/cur/' + name, maildir + '/cur/' + base + ':2,' + (flags.includes('S') ? '' : 'S'));
      }
    } catch {}
  }
  if (now > seconds * 1000) {
    clearInterval(timer);
    parentPort.postMessage({ delivered, done });
  }
}, 5);
`;

function startFollower(state: string, maildir: string): ChildProcess {
  const script = new URL('../support/uid-follower.ts', import.meta.url).pathname;
  return spawn(process.execPath, [script, state, maildir, 'INBOX'], { stdio: ['pipe', 'pipe', 'inherit'] });
}

async function readAnswer(child: ChildProcess): Promise<Followed> {
  let text = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  await once(child.stdout!, 'end');
  return JSON.parse(text.slice(text.indexOf('{'))) as Followed;
}

test('two processes and another program on one folder: nothing vanishes, no UID is two messages', async (t) => {
  const { fixture, mailbox, maildir, restart, close } = await openFixture();
  t.after(close);
  await fillFolder(maildir, 300, () => ({ flags: '' }));
  const child = startFollower(fixture.state, maildir);
  try {
    await once(child.stdout!, 'data');
    const answer = readAnswer(child);
    const seconds = 4;
    const other = new Worker(program, { eval: true, workerData: { maildir, seconds } });
    t.after(() => other.terminate());
    let result: { readonly delivered: number; readonly done: number } | undefined;
    other.once('message', (message) => {
      result = message;
    });
    // What the list on disk ever said of a UID.
    const meaning = new Map<string, string>();
    const watchList = async (): Promise<void> => {
      for (; !result; await delay(5)) {
        const text = await readFile(join(maildir, 'courierimapuiddb'), 'utf8').catch(() => '');
        for (const line of text.split('\n').slice(1)) {
          const [uid = '', base = ''] = line.split(' ');
          if (uid === '') continue;
          assert.equal(meaning.get(uid) ?? base, base, `UID ${uid} is two messages`);
          meaning.set(uid, base);
        }
      }
    };
    const [ours] = await Promise.all([
      followFolder(mailbox, 'INBOX', () => result !== undefined),
      watchList(),
    ]);
    child.stdin?.end();
    const theirs = await answer;
    t.diagnostic(
      `${result!.done} steps, ${result!.delivered} delivered; asked ${ours.rounds} and ${theirs.rounds} times, ` +
        `told ${ours.changes} and ${theirs.changes} changes`,
    );
    assert.ok(result!.delivered > 50);
    assert.deepEqual(ours.faults, []);
    assert.deepEqual(theirs.faults, []);
    const files = [...(await readdir(join(maildir, 'cur'))), ...(await readdir(join(maildir, 'new')))];
    assert.equal(theirs.uids.length, files.length);
    assert.equal(new Set(meaning.values()).size, meaning.size, 'no message has two UIDs');
    const list = (await readFile(join(maildir, 'courierimapuiddb'), 'utf8')).split('\n').slice(1, -1);
    assert.deepEqual(
      new Set(list.map((line) => line.split(' ')[1])),
      new Set(files.map((name) => splitName(name).base)),
    );
    const { mailbox: again } = await restart({ index: false });
    assert.deepEqual([...(await again.uids.open('INBOX', true))!.uids], theirs.uids);
  } finally {
    child.kill('SIGKILL');
  }
});

test('of two conditional changes of one message at the same time one is made and the other told', async (t) => {
  const { fixture, mailbox, maildir, close } = await openFixture();
  t.after(close);
  const bases = await fillFolder(maildir, 60, () => ({ flags: '' }));
  const second = createMailboxes({
    state: fixture.state,
    reader: createTextSummariser(),
    log: () => {},
    workers: 1,
  });
  t.after(() => second.close());
  const other = await second.open({ address: 'user@example.net', maildir });
  const { uids, highestModseq } = (await mailbox.uids.open('INBOX', false))!;
  await other.uids.open('INBOX', true);
  const store = (box: Mailbox, flags: string) =>
    box.uids.store('INBOX', [...uids], { mode: 'add', flags, keywords: [] }, highestModseq);
  const [ours, theirs] = await Promise.all([store(mailbox, 'F'), store(other, 'R')]);
  assert.equal(ours.modified.length + theirs.modified.length, bases.length);
  const names = await readdir(join(maildir, 'cur'));
  assert.equal(names.filter((name) => name.endsWith(':2,F')).length, bases.length - ours.modified.length);
  assert.equal(names.filter((name) => name.endsWith(':2,R')).length, bases.length - theirs.modified.length);
});

test('a lock that another program holds hides new mail until it is free, and tells so once', async (t) => {
  const { mailbox, maildir, log, close } = await openFixture();
  t.after(close);
  await putMessage(maildir, { base: '1.a' });
  const first = (await mailbox.uids.open('INBOX', false))!;
  await putMessage(maildir, { base: '2.b' });
  const lock = join(maildir, 'tmp', 'courier.lock');
  await writeFile(lock, '1:other.host');
  const held = (await mailbox.uids.status('INBOX'))!;
  assert.deepEqual([held.messages, held.uidNext], [1, 2]);
  assert.equal((await mailbox.uids.changesSince('INBOX', first.highestModseq, false))!.changed.length, 0);
  assert.equal(log.filter((line) => line.includes('courier.lock')).length, 1);
  await unlink(lock);
  let after = (await mailbox.uids.changesSince('INBOX', first.highestModseq, false))!;
  for (const end = Date.now() + 10_000; after.messages < 2 && Date.now() < end; await delay(100)) {
    after = (await mailbox.uids.changesSince('INBOX', first.highestModseq, false))!;
  }
  assert.deepEqual([after.messages, after.changed.map(({ uid }) => uid), after.recentUids], [2, [2], [2]]);
});
