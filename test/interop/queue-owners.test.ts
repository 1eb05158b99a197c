// A queue that qmail's installation made belongs to qmailq and qmails; a server that runs as root gives them its files,
// or qmail-send could not go on with the queue.
import assert from 'node:assert/strict';
import { chown, mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { createDirectorySync } from '../../mta/maildir/directory-sync.ts';
import { returnQueue, takeQueue } from '../../mta/queue/ownership.ts';
import { Queue } from '../../mta/queue/queue.ts';
import { makeQueueTree, withTemporaryDirectory } from '../support/queue.ts';

const qmailq = 7794;
const qmails = 7796;
const group = 7000;
const placesOf: Readonly<Record<number, readonly string[]>> = {
  [qmailq]: ['mess', 'todo', 'intd', 'pid'],
  [qmails]: ['info', 'local', 'remote', 'bounce'],
};

test('files in the queue belong to the owner of their place, and qmail-send may read them', {
  skip: process.geteuid?.() !== 0 && 'needs root: only root can give files away',
}, async () => {
  await withTemporaryDirectory(async (home) => {
    const directory = await makeQueueTree(home);
    for (const [owner, places] of Object.entries(placesOf))
      for (const place of places)
        for (const name of ['', ...(await readdir(join(directory, place)))])
          await chown(join(directory, place, name), Number(owner), group);
    const directorySync = createDirectorySync();
    const queued: string[] = [];
    const queue = await Queue.open({ directory, directorySync, onQueued: ({ id }) => queued.push(id) });
    try {
      const entry = queue.createEntry('network');
      entry.write(Buffer.from('Subject: owners\n\n'));
      assert.equal((await entry.finish('s@far.example', ['a@here.example', 'b@far.example'])).code, 'K');
      const id = queued[0] as string;
      const look = async (place: Parameters<typeof queue.layout.path>[0]): Promise<string> => {
        const { uid, gid, mode } = await stat(queue.layout.path(place, id));
        return `${uid} ${gid} ${(mode & 0o777).toString(8)}`;
      };
      assert.equal(await look('mess'), `${qmailq} ${group} 644`);
      assert.equal(await look('todo'), `${qmailq} ${group} 644`, 'qmail-queue: read by qmail-send');
      await queue.record(id, 's@far.example', 1_700_000_000, [
        { channel: 'local', address: 'a@here.example', done: false },
        { channel: 'remote', address: 'b@far.example', done: false },
      ]);
      await queue.appendBounce(id, '<a@here.example>:\nno\n\n');
      await queue.appendBounce(id, '<b@far.example>:\nno\n\n');
      for (const place of ['info', 'local', 'remote', 'bounce'] as const)
        assert.equal(await look(place), `${qmails} ${group} 600`, place);
    } finally {
      await queue.close();
      await directorySync.close();
    }
  });
});

test('the extra channels of a patched qmail are taken and given back with the rest of qmail-send’s places', {
  skip: process.geteuid?.() !== 0 && 'needs root: only root can give files away',
}, async () => {
  await withTemporaryDirectory(async (home) => {
    const directory = await makeQueueTree(home);
    const channel = join(directory, 'suppl0', '3');
    await mkdir(channel, { recursive: true });
    const file = join(channel, '4711');
    await writeFile(file, 'Ta@far.example\0', { mode: 0o600 });
    const owners = {
      queue: { uid: qmailq, gid: group },
      send: { uid: qmails, gid: group },
      remote: { uid: 7795, gid: group },
    };
    for (const path of [join(directory, 'suppl0'), channel, file]) await chown(path, qmails, group);
    const uids = async (): Promise<number[]> =>
      Promise.all([join(directory, 'suppl0'), channel, file].map(async (path) => (await stat(path)).uid));
    await takeQueue(directory, owners);
    assert.deepEqual(await uids(), [qmailq, qmailq, qmailq]);
    await returnQueue(directory, owners);
    assert.deepEqual(await uids(), [qmails, qmails, qmails]);
  });
});
