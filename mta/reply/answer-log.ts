// The log of autorespond (spec/vpopmail.md 8.4): in the directory of a robot or a vacation one file `A<pid>.<time>` for
// each answer, holding the sender. Any program of that family reads and writes the same files. The directory is held open:
// where its owner puts another thing in its place meanwhile, nothing of ours follows (security.md F2).
import { constants } from 'node:fs';
import { lowerAscii } from '../formats/address.ts';
import {
  changeOwner,
  closeFile,
  dropFile,
  errorCode,
  openFile,
  readNames,
  readWhole,
  statFile,
  unlinkFile,
  writeBytes,
} from '../maildir/calls.ts';
import type { FileOwner } from '../maildir/private-file.ts';

const LOG_NAME = /^A\d+\.(\d+)$/;
/** Answers of one robot that are remembered; more in its time are more than it should send. */
const MOST_ANSWERS = 10_000;
const READ_AT_ONCE = 32;

/** What one sender has had. */
export interface LogQuestion {
  readonly sender: string;
  /** At most so many answers in so many seconds. */
  readonly count: number;
  readonly seconds: number;
  /** Seconds since 1970. */
  readonly now: number;
}

export interface AnswerLog {
  /** Enters an answer before it is sent; entries that are over go. Undefined: the sender has had enough. */
  enter(question: LogQuestion): Promise<{ takeBack(): Promise<void> } | undefined>;
  close(): void;
}

/** Entering is one at a time here, so that two letters of one moment have one answer. */
const turns = new Map<string, Promise<unknown>>();

/**
 * Opens the directory. `owner`: whose it must be, and who gets what is made when we are root; undefined: we are its user,
 * and what the path leads to is his business. Rejects with system errors; EPERM for another's directory.
 */
export async function openAnswerLog(directory: string, owner: FileOwner | undefined): Promise<AnswerLog> {
  const flags = constants.O_RDONLY | constants.O_DIRECTORY;
  const descriptor = await openFile(directory, owner ? flags | constants.O_NOFOLLOW : flags);
  const stats = await statFile(descriptor);
  if (owner !== undefined && stats.uid !== owner.uid) {
    dropFile(descriptor);
    const words = `${directory} belongs to uid ${stats.uid}, not ${owner.uid}`;
    throw Object.assign(new Error(words), { code: 'EPERM' });
  }
  const base = process.platform === 'linux' ? `/proc/self/fd/${descriptor}` : directory;

  async function enter({ sender, count, seconds, now }: LogQuestion) {
    const young: string[] = [];
    for (const name of await readNames(base)) {
      const at = LOG_NAME.exec(name)?.[1];
      if (at === undefined) continue;
      if (Number(at) < now - seconds) await unlinkFile(`${base}/${name}`).catch(() => undefined);
      else young.push(name);
    }
    if (young.length >= MOST_ANSWERS) return undefined;
    const wanted = lowerAscii(sender);
    let answers = 0;
    for (let at = 0; at < young.length && answers < count; at += READ_AT_ONCE) {
      const some = young.slice(at, at + READ_AT_ONCE).map((name) => readEntry(`${base}/${name}`));
      answers += (await Promise.all(some)).filter((text) => text === wanted).length;
    }
    if (answers >= count) return undefined;
    const path = await makeEntry(base, sender, now, owner);
    // One that cannot be taken back costs the sender an answer, and nothing else.
    return { takeBack: () => unlinkFile(path).catch(() => undefined) };
  }

  return {
    async enter(question) {
      const key = `${stats.dev}:${stats.ino}`;
      const turn = (turns.get(key) ?? Promise.resolve()).then(() => enter(question));
      const quiet = turn.catch(() => undefined);
      turns.set(key, quiet);
      try {
        return await turn;
      } finally {
        if (turns.get(key) === quiet) turns.delete(key);
      }
    },
    close: () => dropFile(descriptor),
  };
}

async function makeEntry(
  base: string,
  sender: string,
  now: number,
  owner: FileOwner | undefined,
): Promise<string> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  for (let number = process.pid; ; number = 4_194_304 + Math.floor(Math.random() * 1_000_000_000)) {
    const path = `${base}/A${number}.${now}`;
    let descriptor: number;
    try {
      descriptor = await openFile(path, flags, 0o600);
    } catch (error) {
      // The second answer of one process in one second has a number that is no process's.
      if (errorCode(error) === 'EEXIST') continue;
      throw error;
    }
    try {
      if (owner && process.geteuid?.() === 0) await changeOwner(descriptor, owner.uid, owner.gid);
      await writeBytes(descriptor, Buffer.from(sender, 'utf8'));
    } catch (error) {
      dropFile(descriptor);
      await unlinkFile(path).catch(() => undefined);
      throw error;
    }
    await closeFile(descriptor);
    return path;
  }
}

async function readEntry(path: string): Promise<string> {
  try {
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    const descriptor = await openFile(path, flags);
    try {
      if (!(await statFile(descriptor)).isFile()) return '';
      return lowerAscii((await readWhole(descriptor, 1024)).toString('utf8').trim());
    } finally {
      dropFile(descriptor);
    }
  } catch (error) {
    // Another answer has just removed it; a link is none of ours.
    if (['ENOENT', 'ELOOP', 'ENXIO'].includes(errorCode(error))) return '';
    throw error;
  }
}
