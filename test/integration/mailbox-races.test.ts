// Other programs at work on the same Maildir while the mailbox reads and changes it (spec/maildir-imap.md 1.10):
// nothing vanishes, nothing is doubled, nothing is written over.
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { splitName } from '../../server/mailbox/names.ts';
import { fillFolder, listAll, openFixture, putMessage, waitForIndex } from '../support/maildir.ts';

// Renames random files between `:2,` and `:2,S` as fast as it can, and counts.
const renamer = `
const { parentPort, workerData } = require('node:worker_threads');
const { renameSync } = require('node:fs');
const { directory, bases } = workerData;
const infos = bases.map(() => 0);
const names = [':2,', ':2,S'];
let renames = 0;
const stop = new Int32Array(workerData.stop);
while (Atomics.load(stop, 0) === 0) {
  const i = Math.floor(Math.random() * bases.length);
  try {
    renameSync(directory + '/' + bases[i] + names[infos[i]], directory + '/' + bases[i] + names[1 - infos[i]]);
    infos[i] = 1 - infos[i];
    renames++;
  } catch { infos[i] = 1 - infos[i]; }
}
parentPort.postMessage(renames);
`;

function startRenamer(t: TestContext, directory: string, bases: readonly string[]): () => Promise<number> {
  const stop = new SharedArrayBuffer(4);
  const worker = new Worker(renamer, { eval: true, workerData: { directory, bases, stop } });
  const renames = new Promise<number>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  t.after(() => worker.terminate());
  return () => {
    Atomics.store(new Int32Array(stop), 0, 1);
    return renames;
  };
}

test('while another program renames without pause no message is missing or doubled', async (t) => {
  const { mailbox, maildir, close } = await openFixture();
  t.after(close);
  const bases = await fillFolder(maildir, 3000, (index) => ({ time: index, body: '' }));
  await waitForIndex(mailbox, 'INBOX');
  const stop = startRenamer(t, join(maildir, 'cur'), bases);
  const end = performance.now() + 1500;
  let lists = 0;
  while (performance.now() < end) {
    const ids = await mailbox.idsMatching({ folder: 'INBOX' }, Date.now(), 10_000);
    assert.equal(ids.length, 3000);
    assert.equal(new Set(ids).size, 3000);
    lists += 1;
  }
  assert.ok((await stop()) > 1000, 'the other program did rename');
  assert.ok(lists > 3);
  const names = await readdir(join(maildir, 'cur'));
  assert.deepEqual(
    new Set(names.map((name) => splitName(name).base)),
    new Set(bases),
    'no file was renamed away',
  );
  const flags = new Map(names.map((name) => [splitName(name).base, name.endsWith('S')]));
  const rows = await listAll(mailbox, { folder: 'INBOX' }, 200);
  assert.equal(rows.length, 3000);
  for (const row of rows) assert.equal(row.seen, flags.get(row.base));
});

test('reading and flagging succeed on files that another program renames all the time', async (t) => {
  const { mailbox, maildir, close } = await openFixture();
  t.after(close);
  const bases = await fillFolder(maildir, 40, (index) => ({ time: index, subject: `s${index}` }));
  const ids = (await mailbox.list({ folder: 'INBOX', limit: 100 })).rows.map((row) => row.id);
  const stop = startRenamer(t, join(maildir, 'cur'), bases);
  for (let round = 0; round < 5; round++) {
    for (const id of ids) assert.ok(await mailbox.readMessage(id), 'read');
  }
  await stop();
  const result = await mailbox.setFlags(ids, 'F', '');
  assert.equal(result.done, 40);
  assert.ok((await readdir(join(maildir, 'cur'))).every((name) => name.includes('F')));
});

test('deliveries while lists are made are each shown once', async (t) => {
  const { mailbox, maildir, close } = await openFixture();
  t.after(close);
  let delivered = 0;
  let lists = 0;
  const deliver = async (): Promise<void> => {
    // Until some lists were made meanwhile, however slow the machine makes them.
    while (delivered < 200 || lists < 3)
      await putMessage(maildir, { half: 'new', time: 1_700_000_000 + delivered++ });
  };
  const list = async (): Promise<void> => {
    while (delivered < 200 || lists < 3) {
      const page = await mailbox.list({ folder: 'INBOX', limit: 200 });
      assert.equal(new Set(page.rows.map((row) => row.id)).size, page.rows.length);
      lists += 1;
    }
  };
  await Promise.all([deliver(), list()]);
  const rows = await listAll(mailbox, { folder: 'INBOX' }, 200);
  assert.equal(rows.length, delivered);
  assert.equal((await readdir(join(maildir, 'cur'))).length, delivered);
});

test('two mailboxes on one Maildir, as two machines have it, agree in the end and lose nothing', async (t) => {
  const one = await openFixture();
  const two = await openFixture();
  t.after(one.close);
  t.after(two.close);
  await fillFolder(one.maildir, 60, (index) => ({ time: index }));
  const other = await two.mailboxes.open({ address: 'user@example.net', maildir: one.maildir });
  const ids = (await one.mailbox.list({ folder: 'INBOX', limit: 100 })).rows.map((row) => row.id);
  await other.list({ folder: 'INBOX', limit: 100 });
  const work: Promise<unknown>[] = [];
  for (let i = 0; i < ids.length; i += 6) {
    const batch = ids.slice(i, i + 12);
    work.push(one.mailbox.setFlags(batch, 'S', ''), other.setFlags(batch, 'F', ''));
    work.push(
      one.mailbox.move(ids.slice(i, i + 3), 'Archive'),
      other.move(ids.slice(i + 2, i + 5), 'Archive'),
    );
  }
  await Promise.all(work);
  for (const box of [one.mailbox, other]) await box.refresh();
  for (const folder of ['INBOX', 'Archive']) {
    const [a, b] = [await listAll(one.mailbox, { folder }), await listAll(other, { folder })];
    assert.deepEqual(a, b);
  }
  const all = [
    ...(await listAll(one.mailbox, { folder: 'INBOX' })),
    ...(await listAll(one.mailbox, { folder: 'Archive' })),
  ];
  assert.deepEqual(new Set(all.map((row) => row.id)), new Set(ids));
  assert.equal(all.length, 60);
  assert.ok(all.every((row) => row.seen || row.flagged));
});
