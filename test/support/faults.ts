// Disks that can be made full at will: small tmpfs mounts, for who may mount (root).
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { mkdir, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Why small disks cannot be made here; false when they can. */
export function noMounts(): string | false {
  if (process.getuid?.() !== 0) return 'mounting a small tmpfs needs root';
  const directory = mkdtempSync(join(tmpdir(), 'facteur-mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', directory], { stdio: 'ignore' });
    execFileSync('umount', [directory]);
    return false;
  } catch {
    return 'this machine does not let us mount a tmpfs';
  } finally {
    rmdirSync(directory);
  }
}

/** Mounts a tmpfs over `directory` (made when missing) while `use` runs. */
export async function withSmallDisk(
  directory: string,
  options: string,
  use: () => Promise<void>,
): Promise<void> {
  await mkdir(directory, { recursive: true });
  await run('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', directory]);
  try {
    await use();
  } finally {
    await run('umount', ['--lazy', directory]);
  }
}

/** Fills the disk of `directory` except for about `spare` bytes. @returns frees it again */
export async function fillDisk(directory: string, spare = 0): Promise<() => Promise<void>> {
  const path = join(directory, 'filling');
  const file = await open(path, 'w');
  let size = 0;
  const chunk = Buffer.alloc(65_536, 1);
  try {
    for (;;) size += (await file.write(chunk, 0, chunk.length, size)).bytesWritten;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  } finally {
    if (spare > 0) await file.truncate(Math.max(0, size - spare));
    await file.close();
  }
  return () => rm(path);
}

/** Uses up the inodes of the disk of `directory`. @returns gives them back */
export async function fillInodes(directory: string): Promise<() => Promise<void>> {
  const place = join(directory, 'inodes');
  await mkdir(place);
  try {
    for (let n = 0; ; n++) await (await open(join(place, String(n)), 'w')).close();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
  return () => rm(place, { recursive: true });
}
