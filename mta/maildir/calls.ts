// System calls on files as promises, made by hand over the callback API: twice as fast as node:fs/promises, whose
// FileHandle objects cost more than the calls themselves on the delivery path (measured).
// Descriptors are plain numbers: whoever opens one closes it, and looks at the result when something was written.
import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { isKnownLocal } from './file-system.ts';

export type Descriptor = number;

const settle =
  (resolve: () => void, reject: (error: Error) => void) =>
  (error: Error | null): void => {
    if (error) reject(error);
    else resolve();
  };

export function openFile(path: string, flags: number, mode?: number): Promise<Descriptor> {
  return new Promise((resolve, reject) => {
    fs.open(path, flags, mode, (error, descriptor) => (error ? reject(error) : resolve(descriptor)));
  });
}

export const closeFile = (descriptor: Descriptor): Promise<void> =>
  new Promise((resolve, reject) => fs.close(descriptor, settle(resolve, reject)));

/** For a file of this machine's own disk with all its bytes there already: there is nothing to wait for. */
export const closeNow = (descriptor: Descriptor): void => fs.closeSync(descriptor);

/** For descriptors that were only read from: their close has no result that matters. */
export const dropFile = (descriptor: Descriptor): void => fs.close(descriptor, () => {});

export const syncFile = (descriptor: Descriptor): Promise<void> =>
  new Promise((resolve, reject) => fs.fsync(descriptor, settle(resolve, reject)));

/** Enough where bytes changed in place: the length of the file stays. */
export const syncData = (descriptor: Descriptor): Promise<void> =>
  new Promise((resolve, reject) => fs.fdatasync(descriptor, settle(resolve, reject)));

export const truncateFile = (descriptor: Descriptor, length: number): Promise<void> =>
  new Promise((resolve, reject) => fs.ftruncate(descriptor, length, settle(resolve, reject)));

export const changeOwner = (descriptor: Descriptor, uid: number, gid: number): Promise<void> =>
  new Promise((resolve, reject) => fs.fchown(descriptor, uid, gid, settle(resolve, reject)));

export const changeMode = (descriptor: Descriptor, mode: number): Promise<void> =>
  new Promise((resolve, reject) => fs.fchmod(descriptor, mode, settle(resolve, reject)));

export const setTimes = (path: string, seconds: number): Promise<void> =>
  new Promise((resolve, reject) => fs.lutimes(path, seconds, seconds, settle(resolve, reject)));

export const linkFile = (existing: string, path: string): Promise<void> =>
  new Promise((resolve, reject) => fs.link(existing, path, settle(resolve, reject)));

export const renameFile = (from: string, to: string): Promise<void> =>
  new Promise((resolve, reject) => fs.rename(from, to, settle(resolve, reject)));

export const unlinkFile = (path: string): Promise<void> =>
  new Promise((resolve, reject) => fs.unlink(path, settle(resolve, reject)));

export const makeDirectory = (path: string, mode: number): Promise<void> =>
  new Promise((resolve, reject) => fs.mkdir(path, mode, settle(resolve, reject)));

export function readNames(path: string): Promise<string[]> {
  return new Promise((resolve, reject) => {
    fs.readdir(path, (error, names) => (error ? reject(error) : resolve(names)));
  });
}

export function statFile(descriptor: Descriptor): Promise<fs.Stats> {
  return new Promise((resolve, reject) => {
    fs.fstat(descriptor, (error, stats) => (error ? reject(error) : resolve(stats)));
  });
}

export function statPath(path: string): Promise<fs.Stats> {
  return new Promise((resolve, reject) => {
    fs.stat(path, (error, stats) => (error ? reject(error) : resolve(stats)));
  });
}

/** Without following a symbolic link at the end. */
export function statName(path: string): Promise<fs.Stats> {
  return new Promise((resolve, reject) => {
    fs.lstat(path, (error, stats) => (error ? reject(error) : resolve(stats)));
  });
}

/**
 * A look at a name without following a link at its end: made at once where its directory is on a disk of this machine, which
 * takes three microseconds and through the thread pool twenty times as long; what others serve (NFS) may let it wait.
 */
export async function lookAtName(path: string): Promise<fs.Stats> {
  const local = isKnownLocal(dirname(path));
  return (typeof local === 'boolean' ? local : await local) ? fs.lstatSync(path) : statName(path);
}

/** The same of a name that may not be there: undefined then, without the cost of an error. */
export async function lookForName(path: string): Promise<fs.Stats | undefined> {
  const local = isKnownLocal(dirname(path));
  if (typeof local === 'boolean' ? local : await local) return fs.lstatSync(path, { throwIfNoEntry: false });
  return statName(path).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  });
}

/** The same of a directory, which may be where another file system begins; a link to it is followed. */
export async function lookAtDirectory(path: string): Promise<fs.Stats> {
  const local = isKnownLocal(path);
  return (typeof local === 'boolean' ? local : await local) ? fs.statSync(path) : statPath(path);
}

/**
 * A stat, or another look at a path, that callers at the same time share: who asks while one of the same path runs gets its answer. With `trustMs`
 * an answer also serves those who ask so many milliseconds later. Errors are not kept.
 */
export function shareCalls<T = fs.Stats>(
  call: (path: string) => Promise<T>,
  trustMs = 0,
): (path: string) => Promise<T> {
  const running = new Map<string, { readonly answer: Promise<T>; readonly askedAt: number }>();
  return (path) => {
    const known = running.get(path);
    const now = performance.now();
    if (known && (trustMs === 0 || now - known.askedAt < trustMs)) return known.answer;
    const asked = { answer: call(path), askedAt: now };
    if (running.size > 1000) running.clear();
    running.set(path, asked);
    const forget = (): void => {
      if (running.get(path) === asked) running.delete(path);
    };
    asked.answer.then(() => {
      if (trustMs === 0) forget();
    }, forget);
    return asked.answer;
  };
}

/** Reads up to `buffer.length` bytes at `position` (null: where the descriptor stands); 0 at the end. */
export function readBytes(descriptor: Descriptor, buffer: Buffer, position: number | null): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.read(descriptor, buffer, 0, buffer.length, position, (error, bytes) =>
      error ? reject(error) : resolve(bytes),
    );
  });
}

/** Writes the whole buffer where the descriptor stands; continues short writes. */
export function writeBytes(descriptor: Descriptor, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const writeRest = (offset: number): void => {
      fs.write(descriptor, bytes, offset, bytes.length - offset, null, (error, written) => {
        if (error) reject(error);
        else if (offset + written >= bytes.length) resolve();
        else if (written === 0) reject(Object.assign(new Error('write wrote nothing'), { code: 'EIO' }));
        else writeRest(offset + written);
      });
    };
    writeRest(0);
  });
}

/** Reads at most `limit` bytes from the start. */
export async function readWhole(descriptor: Descriptor, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let total = 0;
  for (;;) {
    const chunk = Buffer.allocUnsafe(Math.min(65_536, limit - total));
    if (chunk.length === 0) break;
    const bytes = await readBytes(descriptor, chunk, total);
    if (bytes === 0) break;
    chunks.push(chunk.subarray(0, bytes));
    total += bytes;
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, total);
}

/** The system's name of an error (ENOENT ...), '' when it is not a system error. */
export const errorCode = (error: unknown): string => (error as NodeJS.ErrnoException | null)?.code ?? '';

// qmail error_str.c: the words its users know from their logs.
const words: Readonly<Record<string, string>> = {
  ENOENT: 'file does not exist',
  EEXIST: 'file already exists',
  EACCES: 'access denied',
  EPERM: 'permission denied',
  EIO: 'input/output error',
  ENOSPC: 'out of disk space',
  EDQUOT: 'disk quota exceeded',
  ENOTDIR: 'not a directory',
  EISDIR: 'is a directory',
  ELOOP: 'symbolic link loop',
  EMFILE: 'process cannot open more files',
  ENFILE: 'system cannot open more files',
  ENOMEM: 'out of memory',
  EROFS: 'read-only file system',
  ESTALE: 'stale NFS file handle',
};

/** An error in qmail's words, without paths: it may end up in a bounce. */
export const describeError = (error: unknown): string =>
  words[errorCode(error)] ?? (errorCode(error) || 'internal error');
