// Small files in directories that belong to a domain's user: read whole or not at all, replaced in one durable step,
// owner the domain's. A symbolic link is followed only where the caller shows what it leads to, never to write, and anything but a regular file is not read (security.md F1, F2).
import { constants } from 'node:fs';
import { lstat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { dropFile, errorCode, openFile, readNames, readWhole, statFile } from '../maildir/calls.ts';
import type { Owner } from './durable.ts';
import { replaceFile, syncDirectory } from './durable.ts';

/** What lies under a name. */
export type Found =
  | { readonly kind: 'file'; readonly text: string; readonly mode: number; readonly size: number }
  | { readonly kind: 'missing' }
  /** A link, a directory, a file larger than the limit, one that cannot be read. */
  | { readonly kind: 'odd'; readonly words: string };

/** Reads a file as latin1. `limit` in bytes. Throws what is neither "not there" nor "no such file". */
export async function readKeptFile(
  path: string,
  limit: number,
  { follows = false }: { readonly follows?: boolean } = {},
): Promise<Found> {
  let descriptor: number;
  try {
    // O_NONBLOCK: a FIFO must not hold us.
    const flags = constants.O_RDONLY | constants.O_NONBLOCK;
    descriptor = await openFile(path, follows ? flags : flags | constants.O_NOFOLLOW);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'missing' };
    if (code === 'ELOOP' || code === 'EMLINK') return { kind: 'odd', words: 'a symbolic link' };
    if (code === 'ENXIO') return { kind: 'odd', words: 'no regular file' };
    throw error;
  }
  try {
    const stats = await statFile(descriptor);
    if (!stats.isFile()) return { kind: 'odd', words: 'no regular file' };
    if (stats.size > limit) return { kind: 'odd', words: `larger than ${limit} bytes` };
    const text = (await readWhole(descriptor, limit)).toString('latin1');
    return { kind: 'file', text, mode: stats.mode & 0o777, size: stats.size };
  } finally {
    dropFile(descriptor);
  }
}

/** Is anything there, of whatever kind? */
export async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return false;
    throw error;
  }
}

/** Writes a text of latin1, or removes the file (undefined). Mode 0600, with the x bit that the file had (forward only). */
export async function storeKeptFile(
  path: string,
  text: string | undefined,
  owner: Owner,
  mode = 0o600,
): Promise<void> {
  if (text !== undefined) {
    await replaceFile(path, Buffer.from(text, 'latin1'), 0o600 | (mode & 0o100), owner);
    return;
  }
  try {
    await unlink(path);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    return;
  }
  await syncDirectory(dirname(path));
}

/** Names in a directory; none when it is not there. */
export async function listNames(directory: string): Promise<readonly string[]> {
  try {
    return await readNames(directory);
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return [];
    throw error;
  }
}
