// A Maildir as qmail-pop3d sees it (maildir.c; spec/qmail.md 10.3): the messages of new and cur in the order of their
// times, numbered once. Other programs may rename them meanwhile (flags, new to cur): a message is found again by what
// stands before the colon. `commit` removes what was deleted, moves new messages to cur, and keeps maildirsize right.
import { constants } from 'node:fs';
import { join } from 'node:path';
import {
  closeFile,
  errorCode,
  openFile,
  readNames,
  renameFile,
  statName,
  unlinkFile,
  writeBytes,
} from '../maildir/calls.ts';
import { parseMaildirName } from '../maildir/name.ts';

/** The Maildir cannot be used; the message is what the client is told. */
export class MaildropError extends Error {
  override name = 'MaildropError';
}

export interface Pop3Message {
  /** What stands before the first colon of the name. */
  readonly uid: string;
  /** Bytes on disk. */
  readonly size: number;
  isDeleted: boolean;
}

export interface Pop3Maildrop {
  readonly messages: readonly Pop3Message[];
  /** A descriptor for reading; undefined when the message is gone. */
  openMessage(index: number): Promise<number | undefined>;
  /** False when a message that was deleted is still there. */
  commit(): Promise<boolean>;
}

/** maildir_clean: files in tmp that nobody has looked at for so long are left from a crash. */
const TMP_SECONDS = 129_600;

type Directory = 'new' | 'cur';

interface Entry extends Pop3Message {
  directory: Directory;
  name: string;
  /** Milliseconds since 1970. */
  readonly time: number;
}

/** Opens a Maildir. `now` in seconds since 1970. Throws MaildropError. */
export async function openMaildrop(path: string, now: number): Promise<Pop3Maildrop> {
  await cleanTmp(path, now);
  const entries: Entry[] = [];
  for (const directory of ['new', 'cur'] as const) {
    for (const name of await listNames(path, directory)) {
      const stats = await statName(join(path, directory, name)).catch(() => undefined);
      // qmail-pop3d: what is of this very second waits, so that the order can be kept.
      if (!stats?.isFile() || Math.floor(stats.mtimeMs / 1000) === Math.floor(now)) continue;
      const uid = name.split(':')[0]!;
      entries.push({ uid, directory, name, size: stats.size, time: stats.mtimeMs, isDeleted: false });
    }
  }
  entries.sort((a, b) => a.time - b.time || (a.uid < b.uid ? -1 : 1));
  return new Maildrop(path, entries);
}

async function listNames(path: string, directory: Directory): Promise<string[]> {
  try {
    return (await readNames(join(path, directory))).filter((name) => !name.startsWith('.'));
  } catch (error) {
    const isThere = errorCode(error) !== 'ENOENT' && errorCode(error) !== 'ENOTDIR';
    throw new MaildropError(isThere ? 'unable to scan $HOME/Maildir' : 'this user has no $HOME/Maildir');
  }
}

async function cleanTmp(path: string, now: number): Promise<void> {
  const tmp = join(path, 'tmp');
  // Best effort: what stays is removed next time.
  for (const name of await readNames(tmp).catch(() => [])) {
    if (name.startsWith('.')) continue;
    const stats = await statName(join(tmp, name)).catch(() => undefined);
    if (stats?.isFile() && stats.atimeMs / 1000 < now - TMP_SECONDS)
      await unlinkFile(join(tmp, name)).catch(() => undefined);
  }
}

class Maildrop implements Pop3Maildrop {
  readonly #path: string;
  readonly messages: readonly Entry[];

  constructor(path: string, entries: readonly Entry[]) {
    this.#path = path;
    this.messages = entries;
  }

  async openMessage(index: number): Promise<number | undefined> {
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    const open = (path: string): Promise<number> => openFile(path, flags);
    return this.#reach(this.messages[index]!, open).catch(() => undefined);
  }

  async commit(): Promise<boolean> {
    let bytes = 0;
    let count = 0;
    let isClean = true;
    for (const entry of this.messages) {
      if (entry.isDeleted) {
        try {
          const removed = await this.#reach(entry, (path) => unlinkFile(path).then(() => true));
          // Courier: what is flagged T does not count for the quota.
          if (!removed || parseMaildirName(entry.name)?.flags.includes('T') === true) continue;
          bytes += entry.size;
          count += 1;
        } catch {
          isClean = false;
        }
      } else if (entry.directory === 'new') await this.#moveToCur(entry);
    }
    if (count > 0) await this.#subtract(bytes, count);
    return isClean;
  }

  /** Does something with the message's file, wherever it is now; undefined when it is gone. Throws other errors. */
  async #reach<T>(entry: Entry, act: (path: string) => Promise<T>): Promise<T | undefined> {
    for (let tries = 0; tries < 3; tries++) {
      try {
        return await act(join(this.#path, entry.directory, entry.name));
      } catch (error) {
        if (errorCode(error) !== 'ENOENT') throw error;
      }
      if (!(await this.#findAgain(entry))) return undefined;
    }
    return undefined;
  }

  async #findAgain(entry: Entry): Promise<boolean> {
    for (const directory of ['cur', 'new'] as const) {
      const name = (await listNames(this.#path, directory)).find((one) => one.split(':')[0] === entry.uid);
      if (name === undefined) continue;
      entry.directory = directory;
      entry.name = name;
      return true;
    }
    return false;
  }

  /** maildir(5): a message that was seen belongs into cur. When it cannot be moved it stays new. */
  async #moveToCur({ uid, name }: Entry): Promise<void> {
    await renameFile(join(this.#path, 'new', name), join(this.#path, 'cur', `${uid}:2,`)).catch(
      () => undefined,
    );
  }

  /** One line of maildirsize; a Maildir without the file has no quota. */
  async #subtract(bytes: number, count: number): Promise<void> {
    const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    try {
      const descriptor = await openFile(join(this.#path, 'maildirsize'), flags);
      await writeBytes(descriptor, Buffer.from(`${-bytes} ${-count}\n`, 'latin1')).finally(() =>
        closeFile(descriptor),
      );
    } catch {
      // Too high a count is mended by the next delivery that would be over quota: it counts anew.
    }
  }
}
