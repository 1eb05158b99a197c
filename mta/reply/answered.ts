// Whom an account has answered, and when (RFC 5230 4.2, RFC 3834 2: no sender is answered again and again): the file
// `facteur-answered` in the account's directory, for answers that have no log of autorespond's kind. A line an answer,
// `seconds handle sender`; the last line of a sender counts, 0 takes it back. Lines are added, synced, under a lock of its
// own, by any process with the account's rights; at MOST_LINES the youngest MOST_ENTRIES are kept. What is damaged is left out.
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { join } from 'node:path';
import { LockBusyError, withFileLock } from '../accounts/lock.ts';
import { lowerAscii } from '../formats/address.ts';
import {
  dropFile,
  errorCode,
  openFile,
  renameFile,
  syncFile,
  unlinkFile,
  writeBytes,
} from '../maildir/calls.ts';
import { type FileOwner, readPrivateFile, syncDirectory, writeSynced } from '../maildir/private-file.ts';

export { LockBusyError };

/** Senders of all handles that are remembered. */
export const MOST_ENTRIES = 10_000;
const MOST_LINES = 2 * MOST_ENTRIES;
const MOST_BYTES = 16 * 1_048_576;
const fileName = 'facteur-answered';
/** Milliseconds that an entry waits for another's. */
const patience = 10_000;

/** Who is about to be answered. */
export interface AnswerNote {
  /** The account's directory. */
  readonly directory: string;
  readonly owner: FileOwner;
  /** Which answer: another handle is another answer (RFC 5230 4.2). Any text. */
  readonly handle: string;
  /** Whom: the envelope sender. */
  readonly sender: string;
  /** One answer in so many seconds; 0: every time (RFC 6131 2). */
  readonly seconds: number;
  /** Seconds since 1970. */
  readonly now: number;
}

/** An answer that is entered. */
export interface EnteredAnswer {
  /** It was not sent: the next letter may be answered. */
  takeBack(): Promise<void>;
}

/**
 * Enters an answer before it is sent. Undefined: this sender had it less than `seconds` ago. Rejects with system errors and
 * LockBusyError: nothing is entered then.
 */
export async function enterAnswer(note: AnswerNote): Promise<EnteredAnswer | undefined> {
  const { directory, owner, handle, sender, seconds, now } = note;
  if (seconds <= 0) return { takeBack: async () => undefined };
  const key = `${createHash('sha256').update(handle).digest('hex').slice(0, 16)} ${encodeURIComponent(lowerAscii(sender).toWellFormed())}`;
  const path = join(directory, fileName);
  const locked = <T>(work: () => Promise<T>): Promise<T> =>
    withFileLock(`${path}.lock`, work, { patience, owner });
  return locked(async () => {
    const file = await readPrivateFile(path, owner, MOST_BYTES);
    const lines = file?.content.toString('latin1').split('\n') ?? [];
    const entries = readEntries(lines);
    const last = entries.get(key);
    // A clock that was set back must not answer for ever, nor never.
    if (last !== undefined && Math.abs(now - last) < seconds) return undefined;
    const line = `${now} ${key}`;
    const isWhole = file !== undefined && lines.length <= MOST_LINES;
    if (isWhole) await append(path, lines.at(-1) === '' ? line : `\n${line}`);
    else await replace(directory, owner, [...entries, [key, now]]);
    return { takeBack: () => locked(() => append(path, `0 ${key}`)) };
  });
}

/** Sender and handle, and when; oldest first. */
function readEntries(lines: readonly string[]): Map<string, number> {
  const entries = new Map<string, number>();
  for (const line of lines) {
    const [, at, key] = /^(\d{1,15}) ([0-9a-f]{16} [!-~]{1,4000})$/.exec(line) ?? [];
    if (at === undefined || key === undefined) continue;
    entries.delete(key);
    if (Number(at) > 0) entries.set(key, Number(at));
  }
  return entries;
}

async function append(path: string, line: string): Promise<void> {
  const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const descriptor = await openFile(path, flags);
  try {
    await writeBytes(descriptor, Buffer.from(`${line}\n`, 'latin1'));
    await syncFile(descriptor);
  } finally {
    dropFile(descriptor);
  }
}

async function replace(
  directory: string,
  owner: FileOwner,
  entries: readonly (readonly [string, number])[],
): Promise<void> {
  const path = join(directory, fileName);
  const fresh = `${path}.new`;
  // What a crash left: nobody else is here.
  await unlinkFile(fresh).catch((error: unknown) => {
    if (errorCode(error) !== 'ENOENT') throw error;
  });
  const young = entries.toSorted((one, other) => one[1] - other[1]).slice(-MOST_ENTRIES);
  await writeSynced(fresh, Buffer.from(young.map(([key, at]) => `${at} ${key}\n`).join(''), 'latin1'), owner);
  await renameFile(fresh, path);
  await syncDirectory(directory);
}
