// Group commit of directories: who may share an fsync, what an error means, and what a replaced directory means.
import assert from 'node:assert/strict';
import { fsync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { createDirectorySync } from '../../mta/maildir/directory-sync.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'facteur-sync-'));
});
afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

/** An fsync whose end the test decides. */
function heldFsync() {
  const calls: { descriptor: number; end(error?: Error): void }[] = [];
  const waiting: (() => void)[] = [];
  return {
    calls,
    fsync(descriptor: number, done: (error: Error | null) => void) {
      calls.push({ descriptor, end: (error) => (error ? done(error) : fsync(descriptor, done)) });
      waiting.shift()?.();
    },
    /** Resolves when call number `count` was made. */
    async called(count: number) {
      while (calls.length < count) await new Promise<void>((resolve) => waiting.push(resolve));
      return calls[count - 1]!;
    },
  };
}

const eio = () => Object.assign(new Error('EIO: i/o error, fsync'), { code: 'EIO' });

test('callers during a running fsync share the one after it, and none is answered by the running one', async () => {
  const held = heldFsync();
  const sync = createDirectorySync({ fsync: held.fsync });
  const answered: string[] = [];
  const first = sync.sync(root).then(() => answered.push('first'));
  const one = await held.called(1);
  const later = Array.from({ length: 63 }, () => sync.sync(root).then(() => answered.push('later')));
  one.end();
  await first;
  const two = await held.called(2);
  assert.deepEqual(answered, ['first']);
  two.end();
  await Promise.all(later);
  assert.equal(answered.length, 64);
  assert.equal(held.calls.length, 2);
  await sync.close();
});

test('an error fails everyone who waits, and the next caller gets a new descriptor and a new fsync', async () => {
  const held = heldFsync();
  const sync = createDirectorySync({ fsync: held.fsync });
  const first = sync.sync(root);
  const one = await held.called(1);
  const second = sync.sync(root);
  one.end(eio());
  await assert.rejects(first, { code: 'EIO' });
  await assert.rejects(second, { code: 'EIO' });
  assert.equal(held.calls.length, 1);
  const third = sync.sync(root);
  (await held.called(2)).end();
  await third;
  await sync.close();
});

test('directories do not wait for each other', async () => {
  const held = heldFsync();
  const sync = createDirectorySync({ fsync: held.fsync });
  const other = join(root, 'other');
  await mkdir(other);
  const slow = sync.sync(root);
  const one = await held.called(1);
  const fast = sync.sync(other);
  (await held.called(2)).end();
  await fast;
  one.end();
  await slow;
  await sync.close();
});

test('a directory that was replaced is opened anew and the new one is made durable', async () => {
  const targets: string[] = [];
  const sync = createDirectorySync({
    fsync(descriptor, done) {
      readlink(`/proc/self/fd/${descriptor}`).then(
        (target) => {
          targets.push(target);
          fsync(descriptor, done);
        },
        (error: Error) => done(error),
      );
    },
  });
  const path = join(root, 'new');
  await mkdir(path);
  await sync.sync(path);
  await rename(path, join(root, 'old'));
  await mkdir(path);
  await sync.sync(path);
  assert.deepEqual(targets, [path, join(root, 'old'), path]);
  await sync.close();
});

test('a missing directory, a file and a symbolic link are errors', async () => {
  const sync = createDirectorySync();
  await assert.rejects(sync.sync(join(root, 'none')), { code: 'ENOENT' });
  await writeFile(join(root, 'file'), '');
  await assert.rejects(sync.sync(join(root, 'file')), { code: 'ENOTDIR' });
  await symlink(root, join(root, 'link'));
  await assert.rejects(sync.sync(join(root, 'link')));
});

test('idle descriptors are bounded, and close lets go of all', async () => {
  const sync = createDirectorySync({ descriptors: 4 });
  for (let i = 0; i < 20; i++) {
    await mkdir(join(root, `d${i}`));
    await sync.sync(join(root, `d${i}`));
  }
  assert.ok((await descriptorsUnder(root)) <= 5);
  await sync.close();
  assert.equal(await descriptorsUnder(root), 0);
});

async function descriptorsUnder(directory: string): Promise<number> {
  // Closes are handed to the thread pool: one more trip through it comes after them often, not always; so ask again.
  for (let tries = 0; ; tries++) {
    const targets = await Promise.all(
      (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')),
    );
    const count = targets.filter((target) => target.startsWith(directory)).length;
    if (count <= 4 && (count === 0 || tries > 20)) return count;
    if (tries > 100) return count;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
