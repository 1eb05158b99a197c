// UIDs that are told before courierimapuiddb has their lines (server/mailbox/uid-reserve.ts): the file reserves them, so
// that no program on the Maildir gives one of them to another message, whatever ends us in between.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, lstat, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { indexFileName } from '../../server/mailbox/index-name.ts';
import type { Mailbox } from '../../server/mailbox/types.ts';
import { openFixture, putMessage } from '../support/maildir.ts';

const list = (maildir: string): string => join(maildir, 'courierimapuiddb');

interface UidFile {
  readonly uidValidity: number;
  readonly uidNext: number;
  /** Base by UID. */
  readonly lines: ReadonlyMap<number, string>;
}

async function readList(maildir: string): Promise<UidFile> {
  const [head = '', ...lines] = (await readFile(list(maildir), 'utf8')).trimEnd().split('\n');
  const [, uidValidity, uidNext] = head.split(' ').map(Number);
  return {
    uidValidity: uidValidity!,
    uidNext: uidNext!,
    lines: new Map(lines.map((line) => [Number(line.split(' ')[0]), line.split(' ')[1]!])),
  };
}

async function appendOne(mailbox: Mailbox, subject: string): Promise<number> {
  const message = Buffer.from(`Subject: ${subject}\n\nText.\n`);
  const { uids } = await mailbox.uids.append('INBOX', [
    { message, flags: 'S', keywords: [], received: undefined },
  ]);
  return uids[0]!;
}

/** What each UID is, by the first line of its file. */
async function readMeanings(mailbox: Mailbox): Promise<Map<number, string>> {
  const meanings = new Map<number, string>();
  for (const uid of (await mailbox.uids.open('INBOX', true))!.uids) {
    const opened = await mailbox.uids.openMessage('INBOX', uid);
    try {
      meanings.set(uid, (await opened!.handle.readFile('utf8')).split('\n')[0]!);
    } finally {
      await opened?.handle.close();
    }
  }
  return meanings;
}

test('the list reserves what is told of appended messages, has their lines soon, and reserves nothing once closed', async (t) => {
  const { mailbox, maildir, restart, close } = await openFixture();
  t.after(close);
  const uids: number[] = [];
  for (let i = 1; i <= 20; i++) {
    uids.push(await appendOne(mailbox, `letter ${i}`));
    const file = await readList(maildir);
    assert.ok(file.uidNext > uids.at(-1)!, 'no other program gives this UID');
  }
  assert.deepEqual(
    uids,
    Array.from({ length: 20 }, (_, i) => i + 1),
  );
  assert.equal((await mailbox.uids.status('INBOX'))!.uidNext, 21, 'clients are told the true UIDNEXT');
  let file = await readList(maildir);
  for (const end = Date.now() + 20_000; file.lines.size < 20 && Date.now() < end; await delay(50)) {
    file = await readList(maildir);
  }
  assert.deepEqual([...file.lines.keys()], uids);
  uids.push(await appendOne(mailbox, 'letter 21'));
  const { mailbox: again } = await restart({ index: false });
  file = await readList(maildir);
  assert.deepEqual([file.uidNext, [...file.lines.keys()]], [22, uids]);
  const meanings = await readMeanings(again);
  assert.deepEqual(
    [...meanings],
    uids.map((uid) => [uid, `Subject: letter ${uid}`]),
  );
});

test('a process that is killed at once: the UIDs it told hold, and the list gets their lines', async (t) => {
  const { fixture, maildir, mailboxes, restart, close } = await openFixture();
  t.after(close);
  await mailboxes.close();
  const script = join(fixture.root, 'append.ts');
  const rooms = join(import.meta.dirname, '../../server/mailbox');
  await writeFile(
    script,
    `import { createMailboxes } from ${JSON.stringify(join(rooms, 'mailboxes.ts'))};
     const mailboxes = createMailboxes({ state: ${JSON.stringify(fixture.state)}, log: () => {}, workers: 1,
       reader: { summarise: async (paths) => paths.map(() => undefined), wires: async () => [], texts: async () => [], matches: async () => [] } });
     const mailbox = await mailboxes.open({ address: 'user@example.net', maildir: ${JSON.stringify(maildir)} });
     const told = [];
     for (let i = 1; i <= 8; i++) {
       const message = Buffer.from('Subject: letter ' + i + '\\n\\nText.\\n');
       const { uids } = await mailbox.uids.append('INBOX', [{ message, flags: '', keywords: [], received: undefined }]);
       told.push([uids[0], 'Subject: letter ' + i]);
     }
     process.stdout.write(JSON.stringify(told) + '\\n', () => process.kill(process.pid, 'SIGKILL'));`,
  );
  const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  await once(child, 'close');
  const told = JSON.parse(text) as [number, string][];
  const left = await readList(maildir);
  assert.ok(left.lines.size < 8, 'not all lines were written');
  assert.ok(left.uidNext > told.at(-1)![0]);
  const { mailbox } = await restart({ index: true });
  assert.deepEqual([...(await readMeanings(mailbox))], told);
  await putMessage(maildir, { base: '1900000000.late' });
  assert.equal((await mailbox.uids.open('INBOX', false))!.uids.at(-1), 9);
  const { mailbox: again } = await restart({ index: false });
  assert.deepEqual([...(await readMeanings(again))].slice(0, 8), told);
});

test('a power cut that takes the index back: no UID that was told names another message', async (t) => {
  const { fixture, mailbox, maildir, mailboxes, restart, close } = await openFixture();
  t.after(close);
  const told = new Map<number, string>();
  const append = async (i: number): Promise<unknown> =>
    told.set(await appendOne(mailbox, `letter ${i}`), `Subject: letter ${i}`);
  await append(1);
  await append(2);
  const index = join(fixture.state, 'index');
  // What the disk has at this moment; SQLite's log is not synced.
  const saved = join(fixture.root, 'saved');
  await cp(index, join(saved, 'index'), { recursive: true });
  await cp(list(maildir), join(saved, 'list'), { preserveTimestamps: true });
  for (let i = 3; i <= 5; i++) await append(i);
  assert.deepEqual([...told.keys()], [1, 2, 3, 4, 5]);
  await mailboxes.close();
  await rm(index, { recursive: true });
  await cp(join(saved, 'index'), index, { recursive: true });
  await cp(join(saved, 'list'), list(maildir), { preserveTimestamps: true });
  const db = new Database(join(index, indexFileName('user@example.net', maildir)));
  // The restored file is the one that the index knew.
  const { mtimeNs, ino, size } = await lstat(list(maildir), { bigint: true });
  db.prepare('UPDATE folder SET uid_file = ? WHERE uid_reserved > 0').run(`${mtimeNs}.${ino}.${size}`);
  db.prepare("UPDATE fact SET value = 'another boot' WHERE name = 'boot'").run();
  db.close();
  await putMessage(maildir, { base: '1.first-of-all' });
  const { mailbox: again } = await restart({ index: true });
  const meanings = await readMeanings(again);
  assert.equal(meanings.size, 6);
  for (const [uid, subject] of meanings) assert.equal(told.get(uid) ?? subject, subject, `UID ${uid}`);
});

test('another program that writes the list meanwhile gives none of the reserved UIDs, and what was told holds', async (t) => {
  const { mailbox, maildir, restart, close } = await openFixture();
  t.after(close);
  const told: number[] = [];
  for (let i = 1; i <= 3; i++) told.push(await appendOne(mailbox, `letter ${i}`));
  const before = await readList(maildir);
  assert.ok(before.lines.size < 3, 'lines are still to come');
  // As Courier does: UIDNEXT of the file for the new message, the lines it found, and one more.
  await putMessage(maildir, { base: '1900000000.other' });
  const lines = [...before.lines].map(([uid, base]) => `${uid} ${base}\n`).join('');
  await writeFile(
    list(maildir),
    `1 ${before.uidValidity} ${before.uidNext + 1}\n${lines}${before.uidNext} 1900000000.other\n`,
  );
  told.push(before.uidNext);
  told.push(await appendOne(mailbox, 'letter 5'));
  assert.deepEqual([...(await mailbox.uids.open('INBOX', true))!.uids], told);
  const { mailbox: again } = await restart({ index: false });
  assert.deepEqual([...(await again.uids.open('INBOX', true))!.uids], told);
});
