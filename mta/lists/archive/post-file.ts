// archive/NNN/MM, one post in the archive (ezmlm-send): number 100 * NNN + MM, MM two digits. The owner's execute bit says that it is whole; what
// lacks it is a post that was cut off, or one that the owner has taken out, and is never shown.
import { constants } from 'node:fs';
import { join } from 'node:path';
import { syncDirectory } from '../../accounts/durable.ts';
import {
  changeMode,
  closeFile,
  type Descriptor,
  dropFile,
  errorCode,
  makeDirectory,
  openFile,
  statFile,
  syncFile,
  writeBytes,
} from '../../maildir/calls.ts';
import { systemError } from '../errors.ts';
import { readChunks } from '../files.ts';

const WHOLE = 0o744;

/** archive/NNN */
export const directoryOfPost = (list: string, number: number): string =>
  join(list, 'archive', String(Math.floor(number / 100)));

/** archive/NNN/MM */
export const pathOfPost = (list: string, number: number): string =>
  join(directoryOfPost(list, number), String(number % 100).padStart(2, '0'));

/** Makes archive/NNN where it is missing. @throws ListError 111 */
export async function makePostDirectory(list: string, number: number): Promise<void> {
  const path = directoryOfPost(list, number);
  try {
    await makeDirectory(path, 0o755);
    await syncDirectory(join(list, 'archive'));
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw systemError(`unable to create ${path}`, error);
  }
}

/** A post that is being written. */
export interface NewPostFile {
  write(bytes: Buffer | string): Promise<void>;
  /** On disk and whole. */
  finish(): Promise<void>;
  /** Leaves what is there, not whole: the next post of the number writes over it. */
  abandon(): void;
}

/** Begins a post; what an earlier try left is written over. Strings are byte strings. @throws ListError 111 */
export async function createPostFile(list: string, number: number): Promise<NewPostFile> {
  await makePostDirectory(list, number);
  const path = pathOfPost(list, number);
  const run = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      throw systemError(`unable to write ${path}`, error);
    }
  };
  const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = constants;
  const descriptor: Descriptor = await run(openFile(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o644));
  let isOpen = true;
  return {
    write: (bytes) =>
      bytes.length === 0
        ? Promise.resolve()
        : run(writeBytes(descriptor, typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)),
    async finish() {
      await run(syncFile(descriptor));
      await run(changeMode(descriptor, WHOLE));
      isOpen = false;
      await run(closeFile(descriptor));
      await run(syncDirectory(directoryOfPost(list, number)));
    },
    abandon() {
      if (isOpen) dropFile(descriptor);
      isOpen = false;
    },
  };
}

/** The bytes of a post, in pieces; undefined: it is not there, or not whole. @throws ListError 111 */
export async function openPost(list: string, number: number): Promise<AsyncIterable<Buffer> | undefined> {
  const path = pathOfPost(list, number);
  let descriptor: Descriptor;
  try {
    descriptor = await openFile(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes(errorCode(error))) return undefined;
    throw systemError(`unable to open ${path}`, error);
  }
  const stats = await statFile(descriptor);
  if (!stats.isFile() || (stats.mode & 0o100) === 0) {
    dropFile(descriptor);
    return undefined;
  }
  return readPost(descriptor, path);
}

async function* readPost(descriptor: Descriptor, path: string): AsyncGenerator<Buffer> {
  try {
    yield* readChunks(descriptor);
  } catch (error) {
    throw systemError(`unable to read ${path}`, error);
  } finally {
    dropFile(descriptor);
  }
}
