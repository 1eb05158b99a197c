// The journal in front of the queue, over real files: what goes through it, what a crash leaves, what becomes of it.
import assert from 'node:assert/strict';
import { cp, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { createDirectorySync } from '../../mta/maildir/directory-sync.ts';
import type { QueuedMessage } from '../../mta/queue/entry.ts';
import { decodeTodo } from '../../mta/queue/envelope.ts';
import { decodeSegment, encodeLetter, encodeStrike } from '../../mta/queue/journal-format.ts';
import { Queue } from '../../mta/queue/queue.ts';
import { makeQueueTree, queueFiles, withTemporaryDirectory } from '../support/queue.ts';

const letterOf = (n: number) => ({
  id: String(1000 + n),
  envelope: Buffer.from(`u1\0p${n}\0Fs@a.test\0Tr${n}@b.test\0`),
  message: Buffer.from(`Subject: ${n}\n\nFJX ${1000 + n}\n${'x'.repeat(n)}\n`),
});

test('a segment gives back what was put in, less what was struck, wherever it is cut', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(300), { maxLength: 8 }), fc.nat(), fc.nat(), (sizes, strike, cut) => {
      const letters = sizes.map((size, i) => ({ ...letterOf(size), id: String(5000 + i) }));
      const struck = letters[strike % Math.max(1, letters.length)]?.id;
      const bytes = Buffer.concat([
        ...letters.flatMap(encodeLetter),
        ...(struck === undefined ? [] : [encodeStrike(struck)]),
      ]);
      const whole = decodeSegment(bytes);
      assert.equal(whole.unread, 0);
      assert.deepEqual(
        whole.letters.map(({ id, message }) => [id, message.toString()]),
        letters.filter(({ id }) => id !== struck).map(({ id, message }) => [id, message.toString()]),
      );
      const torn = decodeSegment(bytes.subarray(0, cut % (bytes.length + 1)));
      for (const letter of torn.letters) {
        const original = letters.find(({ id }) => id === letter.id);
        assert.deepEqual(letter.message, original?.message, 'a letter is whole or not there');
      }
    }),
  );
});

test('a damaged letter ends the reading and is not given out', () => {
  const bytes = Buffer.concat([...encodeLetter(letterOf(1)), ...encodeLetter(letterOf(2))]);
  const at = bytes.lastIndexOf('Subject: 2');
  bytes[at] = (bytes[at] as number) ^ 1;
  const { letters, unread } = decodeSegment(bytes);
  assert.deepEqual(
    letters.map(({ id }) => id),
    ['1001'],
  );
  assert.ok(unread > 0);
});

async function openQueue(
  directory: string,
  journal = true,
): Promise<{ queue: Queue; queued: QueuedMessage[]; close: () => Promise<void> }> {
  const directorySync = createDirectorySync();
  const queued: QueuedMessage[] = [];
  const queue = await Queue.open({
    directory,
    directorySync,
    journal,
    onQueued: (message) => queued.push(message),
  });
  return {
    queue,
    queued,
    close: async () => {
      await queue.close();
      await directorySync.close();
    },
  };
}

const put = async (queue: Queue, body: string, recipients: readonly string[]): Promise<void> => {
  const entry = queue.createEntry('network');
  entry.write(Buffer.from(body));
  assert.equal((await entry.finish('s@a.test', recipients)).code, 'K');
};

test('a short letter for one recipient is in the journal only; others are ordinary entries', async () => {
  await withTemporaryDirectory(async (home) => {
    const directory = await makeQueueTree(home);
    const { queue, queued, close } = await openQueue(directory);
    await put(queue, 'Subject: one\n\nx\n', ['r@b.test']);
    assert.deepEqual(await queueFiles(directory), []);
    assert.equal(queued[0]?.state, 'journal');
    const [segment] = await readdir(join(directory, 'journal'));
    const { letters } = decodeSegment(await readFile(join(directory, 'journal', segment as string)));
    assert.equal(letters[0]?.message.toString(), queued[0]?.message?.toString());
    await put(queue, 'Subject: two\n\nx\n', ['r@b.test', 'q@b.test']);
    await put(queue, `Subject: big\n\n${'y'.repeat(300_000)}\n`, ['r@b.test']);
    assert.deepEqual(
      queued.map(({ state }) => state),
      ['journal', 'S4', 'S4'],
    );
    queue.strike(queued[0]?.id as string);
    await close();
    assert.deepEqual(await readdir(join(directory, 'journal')), [], 'a clean stop leaves it empty');
    assert.equal((await queueFiles(directory)).length, 4);
  });
});

test('a stop writes out what is not delivered; the next start finds it in todo', async () => {
  await withTemporaryDirectory(async (home) => {
    const directory = await makeQueueTree(home);
    const { queue, queued, close } = await openQueue(directory);
    for (let i = 0; i < 20; i++) await put(queue, `Subject: ${i}\n\nx\n`, [`r${i}@b.test`]);
    await close();
    assert.deepEqual(await readdir(join(directory, 'journal')), []);
    const again = await openQueue(directory, false);
    const found = await Promise.all(
      (await again.queue.listTodo()).map(async (id) => ({
        recipients: (await again.queue.readTodo(id))?.recipients,
        message: await readFile(again.queue.layout.path('mess', id), 'utf8'),
        isInode: String((await stat(again.queue.layout.path('mess', id), { bigint: true })).ino) === id,
      })),
    );
    await again.close();
    assert.ok(found.every(({ isInode }) => isInode));
    assert.deepEqual(
      found.map(({ recipients, message }) => `${recipients?.join()} ${message}`).sort(),
      queued.map(({ recipients, message }) => `${recipients.join()} ${message?.toString()}`).sort(),
    );
  });
});

test('a stop on a disk that takes nothing leaves the letters in the journal and gives the lock back', async () => {
  await withTemporaryDirectory(async (home) => {
    const directory = await makeQueueTree(home);
    const { queue, queued, close } = await openQueue(directory);
    for (let i = 0; i < 3; i++) await put(queue, `Subject: ${i}\n\nx\n`, [`r${i}@b.test`]);
    const intd = join(directory, 'intd');
    await rename(intd, `${intd}.away`);
    await close();
    assert.deepEqual(await queueFiles(directory).catch(() => 'no intd'), 'no intd');
    await rename(`${intd}.away`, intd);
    assert.deepEqual(await queueFiles(directory), [], 'nothing half made');
    const again = await openQueue(directory);
    assert.equal(again.queue.restored, queued.length);
    assert.equal((await again.queue.listTodo()).length, 3);
    await again.close();
  });
});

test('what a crash leaves becomes ordinary entries, with a torn end and struck letters left out', async () => {
  await withTemporaryDirectory(async (home) => {
    const directory = await makeQueueTree(home);
    const running = await openQueue(directory);
    for (let i = 0; i < 10; i++) await put(running.queue, `Subject: ${i}\n\nx\n`, [`r${i}@b.test`]);
    for (const { id } of running.queued.slice(0, 4)) running.queue.strike(id);
    await put(running.queue, 'Subject: last\n\nx\n', ['last@b.test']); // flushes the strikes
    // The disk as a kill leaves it: a copy taken while it runs, with half a record at its end.
    const crashed = join(home, 'crashed');
    await cp(join(directory, 'journal'), join(crashed, 'queue', 'journal'), { recursive: true });
    await running.close();
    const copy = await makeQueueTree(crashed);
    const [segment] = await readdir(join(copy, 'journal'));
    const path = join(copy, 'journal', segment as string);
    const half = Buffer.concat(encodeLetter(letterOf(200)));
    await writeFile(path, half.subarray(0, half.length - 20), { flag: 'a' });
    const { queue, close } = await openQueue(copy, false);
    assert.equal(queue.restored, 7);
    const recipients = await Promise.all(
      (await queue.listTodo()).map(async (id) => (await queue.readTodo(id))?.recipients[0]),
    );
    assert.deepEqual(
      recipients.sort(),
      ['last@b.test', ...[4, 5, 6, 7, 8, 9].map((i) => `r${i}@b.test`)].sort(),
    );
    assert.deepEqual(await readdir(join(copy, 'journal')), []);
    await close();
  });
});

test('a letter written out is one entry, struck in the journal, whoever asks and how often', async () => {
  await withTemporaryDirectory(async (home) => {
    const directory = await makeQueueTree(home);
    const { queue, queued, close } = await openQueue(directory);
    await put(queue, 'Subject: x\n\nx\n', ['r@b.test']);
    const id = queued[0]?.id as string;
    const stored = (await Promise.all([queue.writeOut(id), queue.writeOut(id)])).filter((each) => each);
    assert.equal(stored.length, 1);
    assert.equal(queue.isJournaled(id), false);
    const todo = decodeTodo(await readFile(queue.layout.path('todo', stored[0]?.id as string)));
    assert.equal(todo.pid, id, 'qp of the log line stays');
    await close();
    assert.deepEqual(await queueFiles(directory), [`mess/${stored[0]?.id}`, `todo/${stored[0]?.id}`]);
  });
});
