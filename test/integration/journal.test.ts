// The journal in front of the queue, over real files: what goes through it, what a crash leaves, what becomes of it.
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { cp, mkdir, open, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { createDirectorySync } from '../../mta/maildir/directory-sync.ts';
import type { QueuedMessage } from '../../mta/queue/entry.ts';
import { decodeTodo } from '../../mta/queue/envelope.ts';
import {
  decodeSegment,
  encodeLetter,
  encodeStart,
  encodeStrike,
  type JournalLetter,
  newSalt,
} from '../../mta/queue/journal-format.ts';
import { readJournal, recoverJournal } from '../../mta/queue/journal-recovery.ts';
import { Queue } from '../../mta/queue/queue.ts';
import {
  appendDurably,
  appendLazily,
  flushSegment,
  type Segment,
  Segments,
} from '../../mta/queue/segments.ts';
import { noMounts, withSmallDisk } from '../support/faults.ts';
import { makeQueueTree, queueFiles, withTemporaryDirectory } from '../support/queue.ts';

const letterOf = (n: number) => ({
  id: String(1000 + n),
  envelope: Buffer.from(`u1\0p${n}\0Fs@a.test\0Tr${n}@b.test\0`),
  message: Buffer.from(`Subject: ${n}\n\nFJX ${1000 + n}\n${'x'.repeat(n)}\n`),
});

const salt = newSalt();
const segmentOf = (letters: readonly JournalLetter[], struck: readonly string[] = [], its = salt): Buffer =>
  Buffer.concat([
    encodeStart(its),
    ...letters.flatMap((letter) => encodeLetter(its, letter)),
    ...struck.map((id) => encodeStrike(its, id)),
  ]);
const idsIn = (bytes: Buffer): string[] => decodeSegment(bytes).letters.map(({ id }) => id);

test('a segment gives back what was put in, less what was struck, wherever it is cut', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(300), { maxLength: 8 }), fc.nat(), fc.nat(), (sizes, strike, cut) => {
      const letters = sizes.map((size, i) => ({ ...letterOf(size), id: String(5000 + i) }));
      const struck = letters[strike % Math.max(1, letters.length)]?.id;
      const bytes = segmentOf(letters, struck === undefined ? [] : [struck]);
      const whole = decodeSegment(bytes);
      assert.equal(whole.unread, 0);
      assert.equal(whole.end, bytes.length);
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

test('what an earlier use of the file left, or zeros, is behind the end, however far the last write came', () => {
  const count = fc.integer({ min: 0, max: 6 });
  fc.assert(
    fc.property(
      count,
      count,
      fc.array(fc.boolean(), { minLength: 64, maxLength: 64 }),
      fc.boolean(),
      (...args) => {
        const [oldCount, newCount, arrived, isUsed] = args;
        // The same letters at the same places: only the salt tells one use from the other.
        const letters = (many: number, from: number) =>
          Array.from({ length: many }, (_, i) => ({ ...letterOf(150), id: String(from + i) }));
        const old = segmentOf(letters(oldCount, 7000), oldCount > 0 ? ['7000'] : [], newSalt());
        const recent = letters(newCount, 8000);
        const acknowledged = segmentOf(recent);
        const more = Buffer.concat([encodeStrike(salt, '8000'), ...encodeLetter(salt, letterOf(200))]);
        const bytes = Buffer.alloc(4096);
        if (isUsed) old.copy(bytes);
        acknowledged.copy(bytes);
        assert.deepEqual(decodeSegment(bytes), { ...decodeSegment(acknowledged), unread: 0 });
        // The write after that: some of its 16 bytes blocks came to the disk.
        for (let at = 0; at < more.length; at += 16)
          if (arrived[(at / 16) % arrived.length]) more.copy(bytes, acknowledged.length + at, at, at + 16);
        const found = idsIn(bytes);
        const mustBe = recent.map(({ id }) => id).filter((id) => id !== '8000');
        assert.deepEqual(
          found.filter((id) => id !== '8000' && id !== letterOf(200).id),
          mustBe,
        );
      },
    ),
    { numRuns: 300 },
  );
});

test('a strike that is half new and half of an earlier use strikes nothing', () => {
  const bytes = segmentOf([letterOf(1), letterOf(2)]);
  const strike = encodeStrike(salt, '1002');
  const mixed = Buffer.concat([
    strike.subarray(0, strike.length - 9),
    encodeStrike(newSalt(), '1002').subarray(-9),
  ]);
  assert.deepEqual(idsIn(Buffer.concat([bytes, mixed])), ['1001', '1002']);
  assert.deepEqual(idsIn(Buffer.concat([bytes, strike])), ['1001']);
});

test('zeros and an earlier use are no damage; a torn record and damage in the middle are told', () => {
  const letters = [letterOf(1), letterOf(2), letterOf(3)];
  const bytes = segmentOf(letters);
  const unread = (...parts: readonly Buffer[]) => decodeSegment(Buffer.concat(parts)).unread;
  const old = segmentOf([letterOf(9), letterOf(8)], [], newSalt());
  assert.equal(unread(bytes, Buffer.alloc(5000)), 0);
  assert.equal(unread(bytes, old.subarray(30), Buffer.alloc(5000)), 0);
  assert.equal(unread(encodeStart(salt), Buffer.alloc(5000)), 0);
  assert.equal(unread(Buffer.alloc(5000)), 0, 'a file that was being prepared');
  assert.equal(unread(), 0);
  const torn = Buffer.concat(encodeLetter(salt, letterOf(4)));
  assert.equal(unread(bytes, torn.subarray(0, 70), Buffer.alloc(5000)), torn.length);
  assert.equal(unread(bytes, torn.subarray(0, 70)), 70);
  const at = bytes.lastIndexOf('Subject: 2');
  bytes[at] = (bytes[at] as number) ^ 1;
  const damaged = decodeSegment(Buffer.concat([bytes, Buffer.alloc(5000)]));
  assert.deepEqual(
    damaged.letters.map(({ id }) => id),
    ['1001'],
    'a damaged letter ends the reading and is not given out',
  );
  assert.equal(damaged.unread, bytes.length - damaged.end, 'the letter behind it is told as well');
});

/** As versions without salts wrote it. */
const oldRecord = ({ id, envelope, message }: JournalLetter): Buffer => {
  const crc = crc32(message, crc32(envelope)).toString(16).padStart(8, '0');
  return Buffer.concat([
    Buffer.from(`FJ1 ${id} ${envelope.length} ${message.length} ${crc}\n`),
    envelope,
    message,
  ]);
};

test('a journal of a version without salts is taken up, torn end and strikes too', async () => {
  await withTemporaryDirectory(async (home) => {
    const directory = await makeQueueTree(home);
    await mkdir(join(directory, 'journal'));
    const bytes = Buffer.concat([
      oldRecord(letterOf(1)),
      oldRecord(letterOf(2)),
      Buffer.from('FJX 1001\n'),
      oldRecord(letterOf(3)),
      oldRecord(letterOf(4)).subarray(0, 50),
    ]);
    const path = join(directory, 'journal', '1700000000000000.1');
    await writeFile(path, bytes);
    assert.deepEqual(await readJournal(directory), { letters: 2, unread: 50 });
    // A start that cannot make the second entry: the first one is struck, in the form that the file has.
    let made = 0;
    const directorySync = createDirectorySync();
    const fails = recoverJournal(directory, directorySync, async () => {
      if (++made === 2) throw new Error('no second');
    });
    await assert.rejects(fails, /no second/);
    await directorySync.close();
    assert.deepEqual(idsIn(await readFile(path)), ['1003']);
    const { queue, close } = await openQueue(directory);
    assert.equal(queue.restored, 1);
    await close();
    assert.deepEqual(await readdir(join(directory, 'journal')), []);
  });
});

async function openQueue(
  directory: string,
  journal = true,
  directorySync = createDirectorySync(),
  warn: (words: string) => void = () => undefined,
): Promise<{ queue: Queue; queued: QueuedMessage[]; close: () => Promise<void> }> {
  const queued: QueuedMessage[] = [];
  const queue = await Queue.open({
    directory,
    directorySync,
    journal,
    onQueued: (message) => queued.push(message),
    warn,
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
    assert.equal(letters.length, 1);
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
    for (const name of await readdir(join(copy, 'journal'))) {
      const path = join(copy, 'journal', name);
      const bytes = await readFile(path);
      const { salt: its = '', end } = decodeSegment(bytes);
      const half = Buffer.concat(encodeLetter(its, letterOf(200)));
      await writeFile(path, Buffer.concat([bytes.subarray(0, end), half.subarray(0, half.length - 20)]));
    }
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
    assert.equal(todo.pid, queued[0]?.qp, 'qp of the log line stays');
    await close();
    assert.deepEqual(await queueFiles(directory), [`mess/${stored[0]?.id}`, `todo/${stored[0]?.id}`]);
  });
});

/** What a start would find in a journal that is at work: copies of its files, read afterwards. */
async function lookInto(directory: string): Promise<{ ids: string[]; sizes: number[] }> {
  const ids: string[] = [];
  const sizes: number[] = [];
  for (const name of await readdir(join(directory, 'journal'))) {
    const bytes = await readFile(join(directory, 'journal', name)).catch(() => Buffer.alloc(0));
    ids.push(...idsIn(bytes));
    sizes.push(bytes.length);
  }
  return { ids: ids.sort(), sizes };
}

for (const [size, count] of [
  [2000, 1500],
  [200_000, 60],
] as const)
  test(`letters of ${size} bytes go from one prepared segment to the next, and files are used again`, async () => {
    await withTemporaryDirectory(async (home) => {
      const directory = await makeQueueTree(home);
      const { queue, queued, close } = await openQueue(directory);
      const inodes = new Set<number>();
      let longest = 0;
      for (let i = 0; i < count; i++) {
        await put(queue, `Subject: ${i}\n\n${'z'.repeat(size)}\n`, ['r@b.test']);
        // Three are always on their way.
        const done = queued[i - 3]?.id;
        if (done !== undefined) queue.strike(done);
        if (i % 12 !== 11) continue;
        const { ids, sizes } = await lookInto(directory);
        const living = queued.slice(-3).map(({ id }) => id);
        assert.deepEqual(
          living.filter((id) => !ids.includes(id)),
          [],
          'what is not struck is there',
        );
        // A strike may still be on its way to the file.
        assert.ok(ids.length <= living.length + 1, `${ids.length} letters`);
        for (const name of await readdir(join(directory, 'journal')))
          inodes.add((await stat(join(directory, 'journal', name))).ino);
        longest = Math.max(longest, ...sizes);
      }
      assert.ok(inodes.size <= 5, `${inodes.size} files for ${count} letters`);
      assert.ok(longest < 3 * 1024 * 1024, `${longest} bytes in one file`);
      for (const { id } of queued) queue.strike(id);
      await close();
      assert.deepEqual(await readdir(join(directory, 'journal')), []);
    });
  });

test('while no segment can be prepared letters go in all the same, and the log says it once', async () => {
  await withTemporaryDirectory(async (home) => {
    const directory = await makeQueueTree(home);
    const warnings: string[] = [];
    let isFailing = false;
    const directorySync = createDirectorySync({
      fsync: (descriptor, done) => {
        // The first segment's entry is synced, the second's not.
        if (isFailing) done(Object.assign(new Error('i/o error'), { code: 'EIO' }));
        else fs.fsync(descriptor, done);
      },
    });
    const { queue, queued, close } = await openQueue(directory, true, directorySync, (words) =>
      warnings.push(words),
    );
    await put(queue, 'Subject: first\n\nx\n', ['r@b.test']);
    isFailing = true;
    // Those that find no room in what is prepared lengthen it.
    for (let i = 0; i < 30; i++) await put(queue, `Subject: ${i}\n\n${'y'.repeat(100_000)}\n`, ['r@b.test']);
    assert.deepEqual(warnings, [
      'unable to prepare a segment of the journal (EIO): letters go in without, more slowly',
    ]);
    const { ids } = await lookInto(directory);
    assert.deepEqual(ids, queued.map(({ id }) => id).sort());
    isFailing = false;
    for (const { id } of queued) queue.strike(id);
    await close();
    assert.deepEqual(await readdir(join(directory, 'journal')), []);
  });
});

test('on a disk with no room for zeros letters go in while they fit; a refused one does not come back', {
  skip: noMounts(),
}, async () => {
  await withTemporaryDirectory(async (home) => {
    const directory = await makeQueueTree(home);
    await withSmallDisk(join(directory, 'journal'), 'size=600k', async () => {
      const warnings: string[] = [];
      const { queue, queued, close } = await openQueue(directory, true, undefined, (words) =>
        warnings.push(words),
      );
      let refused = 0;
      for (let i = 0; i < 20 && refused === 0; i++) {
        const entry = queue.createEntry('network');
        entry.write(Buffer.from(`Subject: ${i}\n\n${'y'.repeat(100_000)}\n`));
        const { code } = await entry.finish('s@a.test', ['r@b.test']);
        if (code !== 'K') refused += 1;
        assert.notEqual(code, 'D');
      }
      assert.equal(refused, 1);
      assert.ok(queued.length >= 3, `${queued.length} letters`);
      assert.match(
        warnings.join(),
        /^unable to prepare a segment of the journal \(ENOSPC\)[^,]*, more slowly$/,
      );
      const { ids } = await lookInto(directory);
      assert.deepEqual(ids, queued.map(({ id }) => id).sort());
      for (const { id } of queued) queue.strike(id);
      await put(queue, 'Subject: there is room again\n\nx\n', ['r@b.test']);
      queue.strike(queued.at(-1)?.id as string);
      await close();
      assert.deepEqual(await readdir(join(directory, 'journal')), []);
    });
  });
});

test('a synchronous write has with it the strikes before it that nobody flushed', async () => {
  await withTemporaryDirectory(async (home) => {
    // Two files, so that what the synchronous descriptor wrote can be told from what the other one did.
    const [flushed, lazy] = [await open(join(home, 'flushed'), 'w'), await open(join(home, 'lazy'), 'w')];
    try {
      const segment: Segment = {
        path: join(home, 'flushed'),
        fd: flushed.fd,
        lazyFd: lazy.fd,
        salt,
        allocated: 0,
        size: encodeStart(salt).length,
        durable: 0,
        unflushed: [encodeStart(salt)],
        living: 0,
        broken: false,
        released: false,
        flushing: undefined,
      };
      await appendDurably(segment, encodeLetter(salt, letterOf(1)));
      await appendLazily(segment, encodeStrike(salt, '1001'));
      await appendLazily(segment, encodeStrike(salt, '1002'));
      await appendDurably(segment, encodeLetter(salt, letterOf(3)));
      // Reading stops at the first record that is not there: without the strikes the letter would be lost.
      const { letters, end } = decodeSegment(await readFile(join(home, 'flushed')));
      assert.deepEqual(
        letters.map(({ id }) => id),
        ['1003'],
      );
      assert.equal(end, segment.size);
    } finally {
      await flushed.close();
      await lazy.close();
    }
  });
});

test('a new segment that is flushed before its first letter has its start all the same', async () => {
  await withTemporaryDirectory(async (home) => {
    const directorySync = createDirectorySync();
    const segments = new Segments(home, directorySync, 1, assert.fail);
    const segment = await segments.forBytes(undefined, 1000);
    await flushSegment(segment);
    await appendDurably(segment, encodeLetter(segment.salt, letterOf(1)));
    assert.deepEqual(idsIn(await readFile(segment.path)), ['1001']);
    segments.release(segment);
    await segments.close();
    await directorySync.close();
    assert.deepEqual(await readdir(home), []);
  });
});
