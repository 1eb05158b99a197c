// A queue directory for tests, as qmail's installation makes it, in a temporary directory that goes with the test.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readQueueLayout } from '../../mta/queue/layout.ts';

/** Makes QMAIL/queue with `split` subdirectories below `home`; with `bigTodo` todo and intd are split as well. */
export async function makeQueueTree(home: string, split = 23, bigTodo = false): Promise<string> {
  const queue = join(home, 'queue');
  for (const place of ['pid', 'intd', 'todo', 'bounce', 'lock'])
    await mkdir(join(queue, place), { recursive: true });
  for (const place of ['mess', 'info', 'local', 'remote', ...(bigTodo ? ['todo', 'intd'] : [])])
    for (let i = 0; i < split; i++) await mkdir(join(queue, place, String(i)), { recursive: true });
  await writeFile(join(queue, 'lock', 'sendmutex'), '');
  await writeFile(join(queue, 'lock', 'tcpto'), Buffer.alloc(1024));
  execFileSync('mkfifo', ['-m', '622', join(queue, 'lock', 'trigger')]);
  return queue;
}

export type FixturePlace = 'mess' | 'intd' | 'todo' | 'info' | 'local' | 'remote' | 'bounce';

/**
 * A message written by hand: mess/ID named by its inode, as qmail-queue makes it, and the files that are given.
 * @param age seconds since its last change and access
 */
export async function putMessage(
  queue: string,
  files: Partial<Record<FixturePlace, string>>,
  age = 0,
): Promise<string> {
  const layout = await readQueueLayout(queue);
  const pid = join(queue, 'pid', `by-hand-${Math.random()}`);
  await writeFile(
    pid,
    files.mess ?? 'Received: (qmail 1 invoked by uid 1); 1 Jan 2026 00:00:00 -0000\n\nx\n',
  );
  const id = String((await stat(pid)).ino);
  await rename(pid, layout.path('mess', id));
  const at = Date.now() / 1000 - age;
  await utimes(layout.path('mess', id), at, at);
  for (const [place, text] of Object.entries(files)) {
    if (place === 'mess') continue;
    const path = layout.path(place as FixturePlace, id);
    await writeFile(path, text);
    await utimes(path, at, at);
  }
  return id;
}

/** A temporary directory, removed after `use`. */
export async function withTemporaryDirectory<T>(use: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'facteur-'));
  try {
    return await use(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Every regular file below a queue, as PLACE/ID with the split left out. */
export async function queueFiles(queue: string): Promise<string[]> {
  const found: string[] = [];
  for (const place of ['pid', 'mess', 'intd', 'todo', 'info', 'local', 'remote', 'bounce', 'dsn']) {
    // qmail has no dsn/, and ours makes it when it needs it.
    if (place === 'dsn' && !existsSync(join(queue, place))) continue;
    for (const entry of await readdir(join(queue, place), { recursive: true, withFileTypes: true }))
      if (entry.isFile()) found.push(`${place}/${entry.name}`);
  }
  return found.sort();
}
