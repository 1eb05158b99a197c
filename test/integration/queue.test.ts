import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { readdir, readFile, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { createInjector } from '../../mta/inject/client.ts';
import { startInjectServer } from '../../mta/inject/server.ts';
import { createDirectorySync } from '../../mta/maildir/directory-sync.ts';
import { claimMessageFile } from '../../mta/queue/claim.ts';
import type { QueuedMessage } from '../../mta/queue/entry.ts';
import { decodeChannel, decodeTodo } from '../../mta/queue/envelope.ts';
import { closeFile } from '../../mta/queue/files.ts';
import { type QueueLayout, readQueueLayout } from '../../mta/queue/layout.ts';
import { QueueLockError } from '../../mta/queue/lock.ts';
import { Queue } from '../../mta/queue/queue.ts';
import { makeQueueTree, queueFiles, withTemporaryDirectory } from '../support/queue.ts';

async function withQueue(
  use: (queue: Queue, queued: QueuedMessage[], directory: string, home: string) => Promise<void>,
  keepInMemory?: number,
): Promise<void> {
  await withTemporaryDirectory(async (home) => {
    const directory = await makeQueueTree(home);
    const directorySync = createDirectorySync();
    const queued: QueuedMessage[] = [];
    const queue = await Queue.open({
      directory,
      directorySync,
      onQueued: (message) => queued.push(message),
      ...(keepInMemory === undefined ? {} : { keepInMemory }),
    });
    try {
      await use(queue, queued, directory, home);
    } finally {
      await queue.close();
      await directorySync.close();
    }
  });
}

test('a queued message is mess/ID and todo/ID in qmail-queue’s bytes, named by its inode', async () => {
  await withQueue(async (queue, queued, directory) => {
    const entry = queue.createEntry('uid 7001');
    entry.write(Buffer.from('Subject: x\n\nhi\n'));
    const outcome = await entry.finish('a@b', ['c@example.org', 'd@example.org']);
    const [message] = queued;
    assert.ok(message);
    assert.match(outcome.text, new RegExp(`^ok \\d+ qp ${message.qp}$`));
    assert.equal(outcome.code, 'K');
    assert.deepEqual(await queueFiles(directory), [`mess/${message.id}`, `todo/${message.id}`]);
    const todo = await readFile(join(directory, 'todo', message.id), 'utf8');
    assert.equal(todo, `u7001\0p${message.qp}\0Fa@b\0Tc@example.org\0Td@example.org\0`);
    const mess = await readFile(queue.layout.path('mess', message.id), 'utf8');
    assert.match(
      mess,
      /^Received: \(qmail \d+ invoked by uid 7001\); \d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d -0000\nSubject: x\n\nhi\n$/,
    );
    assert.ok(mess.startsWith(`Received: (qmail ${message.qp} `));
    assert.equal(mess, message.message?.toString());
    assert.equal(message.size, Buffer.byteLength(mess));
  });
});

test('in a copied queue a new message never takes the place of one that waits under its number', async () => {
  await withTemporaryDirectory(async (home) => {
    const directory = await makeQueueTree(home);
    const layout = await readQueueLayout(directory);
    // Whatever numbers the disk gives: the first three are taken by waiting messages.
    const seen: string[] = [];
    const crowded: QueueLayout = {
      ...layout,
      path: (place, id) => {
        if (!seen.includes(id) && seen.length < 4) {
          seen.push(id);
          if (seen.length < 4) writeFileSync(layout.path('mess', id), `waiting ${id}\n`);
        }
        return layout.path(place, id);
      },
    };
    const { id, fd } = await claimMessageFile(crowded, join(directory, 'pid', 'x'));
    await closeFile(fd);
    assert.equal(id, seen[3]);
    for (const number of seen.slice(0, 3))
      assert.equal(await readFile(layout.path('mess', number), 'utf8'), `waiting ${number}\n`);
    assert.equal(await readFile(layout.path('mess', id), 'utf8'), '');
    assert.deepEqual(
      (await queueFiles(directory)).filter((file) => file.startsWith('pid/x.')),
      [],
    );
  });
});

test('a long message streams to its file in order and is not kept in memory', async () => {
  await withQueue(async (queue, queued) => {
    const entry = queue.createEntry('network');
    const line = Buffer.from(`${'x'.repeat(70)}\n`);
    let sent = 0;
    for (let i = 0; i < 20_000; i++) {
      sent += line.length;
      if (!entry.write(line)) await entry.drained();
    }
    assert.equal((await entry.finish('', ['r@example.org'])).code, 'K');
    const [message] = queued;
    assert.ok(message);
    assert.equal(message.message, undefined);
    const bytes = await readFile(queue.layout.path('mess', message.id));
    assert.equal(bytes.length, message.size);
    assert.equal(bytes.length - (bytes.indexOf(10) + 1), sent);
  });
});

test('an aborted message leaves nothing, an overlong address is refused for good', async () => {
  await withQueue(async (queue, queued, directory) => {
    const aborted = queue.createEntry('network');
    aborted.write(Buffer.alloc(200_000, 'y'));
    await aborted.drained();
    aborted.abort();
    const refused = queue.createEntry('network');
    refused.write(Buffer.alloc(200_000, 'z'));
    const outcome = await refused.finish('s@a', [`${'r'.repeat(1002)}@b`]);
    assert.equal(outcome.code, 'D');
    assert.match(outcome.text, /5\.1\.3/);
    // The next message's commit is an event after the removals were asked for.
    const good = queue.createEntry('network');
    assert.equal((await good.finish('s@a', ['r@b'])).code, 'K');
    assert.deepEqual(
      queued.map((message) => message.recipients),
      [['r@b']],
    );
    assert.deepEqual(
      (await queueFiles(directory)).filter((file) => !file.endsWith(`/${queued[0]?.id}`)),
      [],
    );
  });
});

test('when the queue cannot be written the answer is temporary and nothing stays', async () => {
  await withQueue(async (queue, queued, directory) => {
    await rm(join(directory, 'intd'), { recursive: true });
    const entry = queue.createEntry('network');
    entry.write(Buffer.from('x\n'));
    const outcome = await entry.finish('s@a', ['r@b']);
    assert.equal(outcome.code, 'Z');
    assert.equal(queued.length, 0);
    for (const place of ['mess', 'todo']) assert.deepEqual(await readdirAll(join(directory, place)), []);
  });
});

async function readdirAll(path: string): Promise<string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
}

test('recording turns S4 into S5 with qmail’s files, marks are made in place', async () => {
  await withQueue(async (queue, queued, directory) => {
    const entry = queue.createEntry('network');
    await entry.finish('s@a', ['r@b', 'q@b', 'm@far.test']);
    const id = queued[0]?.id as string;
    await queue.record(id, 's@a', 1_700_000_000, [
      { channel: 'local', address: 'b-r@b', done: false },
      { channel: 'local', address: 'b-q@b', done: false },
      { channel: 'remote', address: 'm@far.test', done: false },
    ]);
    assert.deepEqual(await queueFiles(directory), [
      `info/${id}`,
      `local/${id}`,
      `mess/${id}`,
      `remote/${id}`,
    ]);
    assert.deepEqual(await queue.readInfo(id), { sender: 's@a', birth: 1_700_000_000 });
    const before = await queue.readChannel('local', id);
    await queue.markDone('local', id, [before?.recipients[1]?.offset as number]);
    const bytes = await readFile(queue.layout.path('local', id), 'utf8');
    assert.equal(bytes, 'Tb-r@b\0Db-q@b\0');
    await queue.appendBounce(id, '<q@b>:\nno\n\n');
    await queue.appendBounce(id, '<x@b>:\nno\n\n');
    assert.equal((await queue.readBounce(id))?.toString(), '<q@b>:\nno\n\n<x@b>:\nno\n\n');
    await queue.removeBounce(id);
    for (const channel of ['local', 'remote'] as const) await queue.finishChannel(channel, id);
    let forgotten = false;
    await queue.eliminate(id, 'S5', () => (forgotten = true));
    assert.equal(forgotten, true);
    assert.deepEqual(await queueFiles(directory), []);
  });
});

test('a queue is run by one process: the second one is told', async () => {
  await withQueue(async (_queue, _queued, directory) => {
    const second = Queue.open({ directory, directorySync: createDirectorySync(), onQueued: () => undefined });
    await assert.rejects(second, QueueLockError);
  });
});

test('leftovers are swept after 36 hours, a message in todo or info never', async () => {
  await withQueue(async (queue, queued, directory) => {
    for (const recipient of ['todo@b', 'info@b', 'lost@b'])
      await queue.createEntry('network').finish('s@a', [recipient]);
    const [todo, info, lost] = queued.map((message) => message.id) as [string, string, string];
    await queue.record(info, 's@a', 1, [{ channel: 'local', address: 'info@b', done: false }]);
    await rm(queue.layout.path('todo', lost));
    const old = Date.now() / 1000 - 37 * 3600;
    for (const id of [todo, info, lost]) await utimes(queue.layout.path('mess', id), old, old);
    assert.deepEqual(await queue.sweep(Date.now() / 1000), [lost]);
    assert.deepEqual(
      (await queueFiles(directory)).filter((file) => file.startsWith('mess/')).sort(),
      [`mess/${todo}`, `mess/${info}`].sort(),
    );
  });
});

test('torn envelopes are told apart from good ones', () => {
  assert.throws(() => decodeTodo(Buffer.from('u1\0p2\0Fa@b\0Tc@d')), /no end/);
  assert.throws(() => decodeTodo(Buffer.from('Tc@d\0')), /no sender/);
  assert.throws(() => decodeChannel(Buffer.from('Xc@d\0')), /record type/);
});

test('over the socket: streamed, QMQP and a lost connection', async () => {
  await withQueue(async (queue, queued, directory, home) => {
    const path = join(home, 'inject');
    const log: string[] = [];
    const server = await startInjectServer({
      path,
      open: (origin) => queue.createEntry(origin),
      log: (line) => log.push(line),
    });
    const injector = createInjector(path);
    const outcomes = await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        injector.inject('network', Buffer.from(`n ${i}\n`), 's@a', [`r${i}@b`]),
      ),
    );
    assert.ok(outcomes.every((outcome) => outcome.code === 'K'));
    assert.equal(new Set(outcomes.map((outcome) => outcome.text)).size, 40);
    const big = injector.open('alias');
    for (let i = 0; i < 50; i++) if (!big.write(Buffer.alloc(100_000, 'b'))) await big.drained();
    assert.equal((await big.finish('s@a', ['big@b'])).code, 'K');
    const bytes = await readFile(queue.layout.path('mess', queued.at(-1)?.id as string));
    const head = bytes.indexOf(10) + 1;
    assert.match(bytes.toString('latin1', 0, head), /^Received: \(qmail \d+ invoked by alias\); /);
    assert.equal(bytes.length - head, 5_000_000);
    assert.equal((await injector.inject('network', Buffer.from('e\n'), 's@a', ['a@b', '', 'c@d'])).code, 'K');
    assert.deepEqual(queued.at(-1)?.recipients, ['a@b', 'c@d'], 'an empty recipient takes nobody with it');
    const lost = injector.open('network');
    lost.write(Buffer.alloc(200_000, 'l'));
    lost.abort();
    injector.close();
    await server.close();
    const after = await createInjector(path).inject('network', Buffer.from('x\n'), '', ['r@b']);
    assert.equal(after.code, 'Z', 'no server is a temporary failure');
    assert.equal(queued.length, 42);
    assert.deepEqual((await queueFiles(directory)).filter((file) => file.startsWith('todo/')).length, 42);
  });
});
