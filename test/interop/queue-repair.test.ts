// facteur queue-repair on queues written by hand, as a copy (cp, tar, rsync) leaves them: the numbers in the names belong to
// the inodes of another disk.
import assert from 'node:assert/strict';
import { mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { encodeLetter, encodeStart, encodeStrike, newSalt } from '../../mta/queue/journal-format.ts';
import { readQueueLayout } from '../../mta/queue/layout.ts';
import { lockFile } from '../../mta/queue/lock.ts';
import { examineQueue } from '../../mta/queue/repair.ts';
import { orderRenames } from '../../mta/queue/repair-plan.ts';
import { runFacteur } from '../support/facteur.ts';
import { makeQueueTree, queueFiles, withTemporaryDirectory } from '../support/queue.ts';

type Place = 'mess' | 'todo' | 'intd' | 'info' | 'local' | 'remote' | 'bounce';
const birth = 1_700_000_000;

/** Writes PLACE/ID in the subdirectory where qmail looks for it. */
async function put(queue: string, place: Place, id: number, text: string, split = 23): Promise<string> {
  const isSplit = !['todo', 'intd', 'bounce'].includes(place);
  const path = join(queue, place, isSplit ? String(id % split) : '', String(id));
  await writeFile(path, text);
  await utimes(path, birth - 100, birth);
  return path;
}

const inodeOf = async (path: string): Promise<number> => (await stat(path)).ino;

/** Three messages whose names go round: each has the number that is right for the next. One waits in todo. */
async function makeCopiedQueue(home: string): Promise<{ queue: string; inodes: number[]; names: number[] }> {
  const queue = await makeQueueTree(join(home, 'qmail'));
  const inodes: number[] = [];
  const paths: string[] = [];
  for (const text of ['message 0', 'message 1', 'message 2']) {
    const path = join(queue, 'pid', text);
    await writeFile(path, text);
    await utimes(path, birth - 200_000, birth);
    inodes.push(await inodeOf(path));
    paths.push(path);
  }
  const names = [1, 2, 0].map((at) => inodes[at] as number);
  for (const [at, path] of paths.entries())
    await rename(path, join(queue, 'mess', String((names[at] as number) % 23), String(names[at])));
  const [a, b, c] = names as [number, number, number];
  await put(queue, 'info', a, 'Fsender-0@far.example\0');
  await put(queue, 'local', a, 'Tone-0@here.example\0Dtwo-0@here.example\0');
  await put(queue, 'remote', a, 'Tthree-0@far.example\0');
  await put(queue, 'bounce', a, '<two-0@here.example>:\nno\n\n');
  await put(queue, 'info', b, 'Fsender-1@far.example\0');
  await put(queue, 'remote', b, 'Tone-1@far.example\0');
  await put(queue, 'todo', c, 'u0\0p2\0Fsender-2@far.example\0Tone-2@here.example\0');
  await put(queue, 'intd', c, 'u0\0p2\0Fsender-2@far.example\0Tone-2@here.example\0');
  return { queue, inodes, names };
}

/** Message N's files all lie under its inode number, with the bytes and the times that they had. */
async function assertRight(queue: string, inodes: readonly number[]): Promise<void> {
  const [a, b, c] = inodes as [number, number, number];
  assert.deepEqual(
    await queueFiles(queue),
    [
      ...['mess', 'info', 'local', 'remote', 'bounce'].map((place) => `${place}/${a}`),
      ...['mess', 'info', 'remote'].map((place) => `${place}/${b}`),
      ...['mess', 'todo', 'intd'].map((place) => `${place}/${c}`),
    ].sort(),
  );
  for (const [at, inode] of inodes.entries()) {
    const mess = join(queue, 'mess', String(inode % 23), String(inode));
    assert.equal(await readFile(mess, 'utf8'), `message ${at}`);
    assert.equal(await inodeOf(mess), inode);
    assert.equal(Math.floor((await stat(mess)).mtimeMs / 1000), birth, 'the time of arrival stays');
    const envelope =
      at === 2 ? join(queue, 'todo', String(inode)) : join(queue, 'info', String(inode % 23), String(inode));
    assert.match(await readFile(envelope, 'utf8'), new RegExp(`Fsender-${at}@`));
    assert.equal(Math.floor((await stat(envelope)).mtimeMs / 1000), birth);
  }
}

const repair = (home: string, ...args: string[]) => runFacteur(['queue-repair', '--home', home, ...args]);

test('names that go round among the messages become inode numbers, with every file of each message', async () => {
  await withTemporaryDirectory(async (home) => {
    const { queue, inodes, names } = await makeCopiedQueue(home);
    const before = await queueFiles(queue);
    const lines = (word: string): string[] =>
      [
        `${word} ${names[0]} to ${inodes[0]}: mess info local remote bounce\n`,
        `${word} ${names[1]} to ${inodes[1]}: mess info remote\n`,
        `${word} ${names[2]} to ${inodes[2]}: mess todo intd\n`,
      ].sort();
    const sorted = (text: string): string[] => text.split(/(?<=\n)/).sort();
    const checked = await repair(home, '--check');
    assert.equal(checked.status, 1);
    assert.deepEqual(
      sorted(checked.stdout),
      [...lines('would rename'), 'messages: 3, would rename 3, left 0, unfinished 0, orphans 0\n'].sort(),
    );
    assert.deepEqual(await queueFiles(queue), before, '--check changes nothing');
    const repaired = await repair(home);
    assert.equal(repaired.stderr, '');
    assert.equal(repaired.status, 0);
    assert.deepEqual(
      sorted(repaired.stdout),
      [...lines('renamed'), 'messages: 3, renamed 3, left 0, unfinished 0, orphans 0\n'].sort(),
    );
    await assertRight(queue, inodes);
    assert.deepEqual(await repair(home, '--check'), {
      status: 0,
      stdout: 'messages: 3, would rename 0, left 0, unfinished 0, orphans 0\n',
      stderr: '',
    });
  });
});

test('a repair that is cut short after any rename goes on to the same end', async () => {
  await withTemporaryDirectory(async (directory) => {
    const first = join(directory, 'first');
    const { queue } = await makeCopiedQueue(first);
    const total = orderRenames((await examineQueue(await readQueueLayout(queue))).renamings).flat().length;
    assert.equal(total, 22, 'eleven files, each aside and into place');
    for (let cut = 0; cut <= total; cut++) {
      const home = join(directory, String(cut));
      const made = await makeCopiedQueue(home);
      const layout = await readQueueLayout(made.queue);
      const renames = orderRenames((await examineQueue(layout)).renamings).flat();
      for (const { from, to } of renames.slice(0, cut))
        await rename(join(made.queue, from), join(made.queue, to));
      // At no moment does a number have an envelope that is not its own.
      const plan = await examineQueue(layout);
      assert.deepEqual(plan.orphans, []);
      for (const { from, to } of orderRenames(plan.renamings).flat())
        await rename(join(made.queue, from), join(made.queue, to));
      await assertRight(made.queue, made.inodes);
    }
  });
});

test('files in the subdirectories of another conf-split go where they are looked for', async () => {
  await withTemporaryDirectory(async (home) => {
    const queue = await makeQueueTree(join(home, 'qmail'), 5);
    const path = join(queue, 'pid', 'x');
    await writeFile(path, 'message');
    const id = await inodeOf(path);
    const elsewhere = (id + 1) % 5;
    await rename(path, join(queue, 'mess', String(elsewhere), String(id)));
    await writeFile(join(queue, 'info', String(elsewhere), String(id)), 'Fs@far.example\0');
    const { status, stdout } = await repair(home);
    assert.equal(
      stdout,
      `renamed ${id} to ${id}: mess info\nmessages: 1, renamed 1, left 0, unfinished 0, orphans 0\n`,
    );
    assert.equal(status, 0);
    assert.equal(await readFile(join(queue, 'mess', String(id % 5), String(id)), 'utf8'), 'message');
    assert.equal(await readFile(join(queue, 'info', String(id % 5), String(id)), 'utf8'), 'Fs@far.example\0');
  });
});

test('orphans and unfinished messages are told and stay; a message whose right number they hold waits', async () => {
  await withTemporaryDirectory(async (home) => {
    const queue = await makeQueueTree(join(home, 'qmail'));
    const path = await put(queue, 'mess', 1, 'message');
    const right = await inodeOf(path);
    await put(queue, 'todo', 1, 'u0\0p1\0Fs@far.example\0Tu@here.example\0');
    await put(queue, 'local', right, 'Tsomebody@else.example\0');
    const other = join(queue, 'pid', 'other');
    await writeFile(other, 'half a mess');
    const unfinished = await inodeOf(other);
    await rename(other, join(queue, 'mess', String(unfinished % 23), String(unfinished)));
    const before = await queueFiles(queue);
    const { status, stdout } = await repair(home);
    assert.equal(
      stdout,
      [
        `left 1: it should be ${right}, but local/${right % 23}/${right} is in the way`,
        `orphan local/${right % 23}/${right}: there is no such message`,
        `unfinished mess/${unfinished % 23}/${unfinished}: neither todo nor info; was never acknowledged`,
        'messages: 2, renamed 0, left 1, unfinished 1, orphans 1\n',
      ].join('\n'),
    );
    assert.equal(status, 1);
    assert.deepEqual(await queueFiles(queue), before);
  });
});

test('what a crash left in the journal becomes ordinary entries; struck letters and the torn end do not', async () => {
  await withTemporaryDirectory(async (home) => {
    const queue = await makeQueueTree(join(home, 'qmail'));
    await mkdir(join(queue, 'journal'));
    const salt = newSalt();
    const letter = (id: string) =>
      encodeLetter(salt, {
        id,
        envelope: Buffer.from('u0\0p1\0Fs@far.example\0Tu@here.example\0'),
        message: Buffer.from(`letter ${id}\n`),
      });
    const torn = Buffer.concat(letter('3')).subarray(0, 30);
    await writeFile(
      join(queue, 'journal', '1.1'),
      // As a prepared segment: zeros behind.
      Buffer.concat([
        encodeStart(salt),
        ...letter('1'),
        ...letter('2'),
        encodeStrike(salt, '1'),
        torn,
        Buffer.alloc(70_000),
      ]),
    );
    const checked = await repair(home, '--check');
    assert.equal(
      checked.stdout,
      'would restore 1 from the journal\nwould drop 30 bytes at the end of the journal that were never acknowledged\nmessages: 0, would rename 0, left 0, unfinished 0, orphans 0\n',
    );
    assert.equal(checked.status, 1);
    const repaired = await repair(home);
    assert.equal(
      repaired.stdout,
      'restored 1 from the journal\ndropped 30 bytes at the end of the journal that were never acknowledged\nmessages: 1, renamed 0, left 0, unfinished 0, orphans 0\n',
    );
    assert.equal(repaired.status, 0);
    const [mess = '', todo = ''] = (await queueFiles(queue)).filter((name) => /^(mess|todo)/.test(name));
    const id = Number(mess.split('/')[1]);
    assert.equal(todo, `todo/${id}`);
    assert.equal(await readFile(join(queue, 'mess', String(id % 23), String(id)), 'utf8'), 'letter 2\n');
  });
});

test('a queue that somebody serves is not touched', async () => {
  await withTemporaryDirectory(async (home) => {
    const { queue } = await makeCopiedQueue(home);
    const before = await queueFiles(queue);
    const lock = await lockFile(join(queue, 'lock', 'sendmutex'));
    try {
      for (const args of [[], ['--check']])
        assert.deepEqual(await repair(home, ...args), {
          status: 111,
          stdout: '',
          stderr: `queue-repair: fatal: ${queue} is served by another program (facteur or qmail-send); stop it first\n`,
        });
    } finally {
      await lock.release();
    }
    assert.deepEqual(await queueFiles(queue), before);
    await rm(join(queue, 'mess', '3'), { recursive: true });
    assert.equal(
      (await repair(home)).stderr,
      `queue-repair: fatal: ${queue}/mess/3: missing, but mess/22 is there\n`,
    );
  });
});

test('a queue that was copied in the middle of a repair is not repaired by guessing', async () => {
  await withTemporaryDirectory(async (home) => {
    const { queue } = await makeCopiedQueue(home);
    await writeFile(join(queue, 'mess', '4', 'repair.7.1'), 'message');
    const { status, stderr } = await repair(home);
    assert.equal(status, 111);
    assert.equal(
      stderr,
      'queue-repair: fatal: mess/4/repair.7.1: the queue was copied in the middle of a repair; finish the repair where it was begun and copy again\n',
    );
  });
});
