// Posts that wait for a word: DIR/mod/pending (of a moderator), DIR/mod/unconfirmed (of their sender); and stubs of what
// became of them in mod/accepted and mod/rejected (ezmlm-store(1)). A name is TIME.NUMBER, and its cookie stands in the addresses
// by which it is decided. The file is the letter under a Return-Path and a Delivered-To line; mode 0700 says that it is whole.
import { randomInt } from 'node:crypto';
import { constants } from 'node:fs';
import { join } from 'node:path';
import { syncDirectory } from '../../accounts/durable.ts';
import {
  changeMode,
  closeFile,
  dropFile,
  errorCode,
  openFile,
  readBytes,
  statFile,
  syncFile,
  unlinkFile,
  writeBytes,
} from '../../maildir/calls.ts';
import { isSameCookie, makeCookie } from '../cookie.ts';
import { ListError, systemError } from '../errors.ts';
import { readChunks } from '../files.ts';
import type { MailingList } from '../list.ts';
import type { Letter } from '../program.ts';

/** Directories of DIR/mod. */
export type Shelf = 'pending' | 'unconfirmed' | 'accepted' | 'rejected';

const NAME = /^\d{1,15}\.\d{1,15}$/;

export const shelfPath = ({ directory }: Pick<MailingList, 'directory'>, shelf: Shelf, name = ''): string =>
  join(directory, 'mod', shelf, name);

/** The cookie of a post that waits. */
export const cookieOf = ({ key }: Pick<MailingList, 'key'>, name: string): string =>
  makeCookie(key, name, '', 'a');

/** A post that is being put on a shelf. */
export interface WaitingPost {
  readonly name: string;
  write(bytes: Buffer | string): Promise<void>;
  /** On disk and whole. */
  finish(): Promise<void>;
  /** Removes it, whole or not: nobody was asked about it. */
  abandon(): Promise<void>;
}

/** Makes a new file. @param now seconds @throws ListError 111 */
export async function createWaitingPost(
  list: Pick<MailingList, 'directory'>,
  shelf: 'pending' | 'unconfirmed',
  now: number,
): Promise<WaitingPost> {
  const { O_WRONLY, O_CREAT, O_EXCL } = constants;
  for (let attempt = 0; ; attempt++) {
    const name = `${now}.${attempt === 0 ? process.pid : randomInt(2 ** 40)}`;
    const path = shelfPath(list, shelf, name);
    try {
      return openWaitingPost(await openFile(path, O_WRONLY | O_CREAT | O_EXCL, 0o600), name, path);
    } catch (error) {
      if (errorCode(error) !== 'EEXIST' || attempt === 10)
        throw systemError(`unable to create ${path}`, error);
    }
  }
}

function openWaitingPost(descriptor: number, name: string, path: string): WaitingPost {
  let isOpen = true;
  const run = (work: Promise<void>): Promise<void> =>
    work.catch((error: unknown) => {
      throw systemError(`unable to write ${path}`, error);
    });
  return {
    name,
    write: (bytes) =>
      bytes.length === 0
        ? Promise.resolve()
        : run(writeBytes(descriptor, typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)),
    async finish() {
      await run(syncFile(descriptor));
      await run(changeMode(descriptor, 0o700));
      isOpen = false;
      await run(closeFile(descriptor));
      await run(syncDirectory(join(path, '..')));
    },
    async abandon() {
      if (isOpen) dropFile(descriptor);
      isOpen = false;
      await unlinkFile(path).catch(() => undefined);
    },
  };
}

/** A word about a post, as it comes to LIST-accept-NAME.COOKIE@HOST and its likes. */
export interface Decision {
  readonly word: string;
  readonly name: string;
}

/**
 * Reads a decision out of $LOCAL and $DEFAULT. @param words that count here
 * @throws ListError 100: it is none, or its cookie is not ours
 */
export function readDecision(
  list: Pick<MailingList, 'key'>,
  local: string,
  rest: string,
  words: readonly string[],
): Decision {
  const refusal = new ListError(100, 'Illegal or outdated moderator request (#5.7.1)');
  const before = local.endsWith(`-${rest}`) ? local.slice(0, -rest.length - 1) : '';
  const word = before.slice(before.lastIndexOf('-') + 1).toLowerCase();
  const [, name = '', cookie = ''] = /^(\d{1,15}\.\d{1,15})\.([a-p]{20})$/i.exec(rest) ?? [];
  if (!words.includes(word) || name === '') throw refusal;
  if (!isSameCookie(cookieOf(list, name), cookie.toLowerCase())) throw refusal;
  return { word, name };
}

/** A post that was put on a shelf. */
export interface FoundPost {
  /** Who sent it; '' when its first line does not tell. */
  readonly sender: string;
  /** Return-Path and Delivered-To lines included. */
  readonly letter: Letter;
  readonly mode: number;
}

/** Undefined: there is none of this name. @throws ListError 111 */
export async function findPost(
  list: Pick<MailingList, 'directory'>,
  shelf: Shelf,
  name: string,
): Promise<FoundPost | undefined> {
  const path = shelfPath(list, shelf, name);
  let descriptor: number;
  try {
    descriptor = await openFile(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes(errorCode(error))) return undefined;
    throw systemError(`unable to open ${path}`, error);
  }
  try {
    const stats = await statFile(descriptor);
    if (!stats.isFile()) return undefined;
    const start = Buffer.alloc(2048);
    const line =
      start
        .subarray(0, await readBytes(descriptor, start, 0))
        .toString('utf8')
        .split('\n', 1)[0] ?? '';
    const sender = /^return-path:[^<]*<(.*)>/i.exec(line)?.[1] ?? '';
    return { sender, letter: { open: () => readFile(path) }, mode: stats.mode };
  } catch (error) {
    throw systemError(`unable to read ${path}`, error);
  } finally {
    dropFile(descriptor);
  }
}

async function* readFile(path: string): AsyncGenerator<Buffer> {
  let descriptor: number | undefined;
  try {
    descriptor = await openFile(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    yield* readChunks(descriptor);
  } catch (error) {
    throw systemError(`unable to read ${path}`, error);
  } finally {
    if (descriptor !== undefined) dropFile(descriptor);
  }
}

/** Leaves a stub that tells the next one who decides what became of it, and removes the post. */
export async function shelve(
  list: Pick<MailingList, 'directory'>,
  name: string,
  as: 'accepted' | 'rejected',
): Promise<void> {
  if (!NAME.test(name)) return;
  // ezmlm: neither is worth doing the whole thing again.
  try {
    await closeFile(await openFile(shelfPath(list, as, name), constants.O_WRONLY | constants.O_CREAT, 0o600));
  } catch {
    // Then the next one hears that the post is gone.
  }
  await removePost(list, 'pending', name);
}

/** Removes a post. What cannot be removed is told and tried again. @throws ListError 111 */
export async function removePost(
  list: Pick<MailingList, 'directory'>,
  shelf: Shelf,
  name: string,
): Promise<void> {
  const path = shelfPath(list, shelf, name);
  try {
    await unlinkFile(path);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw systemError(`unable to delete ${path}`, error);
  }
}
