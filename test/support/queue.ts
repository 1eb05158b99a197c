// A queue directory for tests, as qmail's installation makes it, in a temporary directory that goes with the test.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Makes QMAIL/queue with `split` subdirectories below `home`. */
export async function makeQueueTree(home: string, split = 23): Promise<string> {
  const queue = join(home, 'queue');
  for (const place of ['pid', 'intd', 'todo', 'bounce', 'lock'])
    await mkdir(join(queue, place), { recursive: true });
  for (const place of ['mess', 'info', 'local', 'remote'])
    for (let i = 0; i < split; i++) await mkdir(join(queue, place, String(i)), { recursive: true });
  await writeFile(join(queue, 'lock', 'sendmutex'), '');
  await writeFile(join(queue, 'lock', 'tcpto'), Buffer.alloc(1024));
  execFileSync('mkfifo', ['-m', '622', join(queue, 'lock', 'trigger')]);
  return queue;
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
