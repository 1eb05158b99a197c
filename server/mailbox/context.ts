// What the parts of one open account share, inside the index worker: its database, its folders with what was last
// seen of their directories, and small tools to yield, to serialise changes and to limit how wide file work runs.
// No behaviour of the mailbox is here.
import { type BigIntStats, lstat } from 'node:fs';
import type { Log } from '../../mta/log.ts';
import type { NameSource } from '../../mta/maildir/name.ts';
import type { FileCalls } from './file-calls.ts';
import type { FirstSight } from './first-sight.ts';
import type { Lessons } from './lessons.ts';
import type { IndexReader } from './protocol.ts';
import type { IndexDatabase } from './schema.ts';
import type { FolderRole } from './types.ts';

/** One folder as this process knows it; the row of table `folder` keeps the directory times for the next process. */
export interface FolderState {
  readonly id: number;
  /** '' for the Maildir itself, else the directory name with its dot. */
  readonly directory: string;
  name: string;
  role: FolderRole;
  /** RFC 6154: as a client said, else by its role. */
  specialUse: string | undefined;
  /** mtime in nanoseconds as listed last; '' = not known, list again. */
  newMtime: string;
  curMtime: string;
  /** When those listings began, milliseconds. */
  newListed: number;
  curListed: number;
  /** The times of cur were taken over after changes of our own; a listing must confirm them. */
  suspect: boolean;
  /** Trusted times of cur that changes of our own replaced since it was listed last. */
  readonly replacedTimes: Set<bigint>;
  /** Names in cur can be changed: flags set, messages removed. As seen when it was opened or asked for changes last. */
  isWritable: boolean;
  /** The mtime of new under which moving its files to cur was last tried. */
  movedUnder: string;
  /** The running scan. */
  scanning: Promise<void> | undefined;
  /** Calls that wait for the running scan. */
  scanWaiters: number;
  /** What was told of the folder before its rows were in; they are coming (first-sight.ts). */
  sight: FirstSight | undefined;
  /** Bases that we changed ourselves while a scan runs: its listing may be older than the index. */
  touched: Set<string> | undefined;
  /** Messages expected while they are first read in; undefined otherwise. */
  expected: number | undefined;
  verifyTimer: NodeJS.Timeout | undefined;
  /** The running work that gives UIDs. */
  numbering: Promise<void> | undefined;
  /** Why UIDs could not be written, as told last. */
  numberingFault: string | undefined;
  /** When lines that courierimapuiddb lacks are to be written, and how long writing it took last, milliseconds. */
  keepTimer: NodeJS.Timeout | undefined;
  keepCost: number;
  /** Not before this moment is it tried again, by the clock of performance.now(): that of the day can jump. */
  numberAgainAt: number;
  /** When what could not be read may be tried again, by the same clock. */
  retryAt: number;
  /** When its tmp may be cleared again, by the same clock. */
  sweepAt: number;
  /** Names of the keyword letters a to z (dovecot-keywords) as read last, and the file's stamp then. */
  keywordLetters: readonly (string | undefined)[];
  keywordStamp: string | undefined;
  /** When the keyword files are to be read once more, by the same clock; 0: not. */
  keywordsDue: number;
  /** By base, as Courier's directory says; undefined: there is none. */
  courierKeywords: Map<string, readonly string[]> | undefined;
}

export interface AccountContext {
  readonly maildir: string;
  readonly log: Log;
  readonly db: IndexDatabase;
  readonly names: NameSource;
  /** Owner of the Maildir: files of others are not shown (security.md F2). */
  readonly uid: number;
  readonly gid: number;
  /** Changes younger than this at a listing may hide others behind the same mtime, milliseconds. */
  readonly dirtyWindow: number;
  /** Short calls on the Maildir's files, as its file system has them best. */
  readonly files: FileCalls;
  /** By directory. */
  readonly folders: Map<string, FolderState>;
  /** Rows that are being parsed now, by message row id. */
  readonly parsing: Map<number, Promise<void>>;
  /** Reads and parses files, in threads of its own. */
  readonly reader: IndexReader;
  /** Calls that this worker is answering now, for any account: what can wait waits for them. */
  readonly busy: { calls: number };
  /** Clients that wait for what files say that are not parsed yet: parsing would take their processor time. */
  readonly waiting: { calls: number; until: number };
  /** What the learning filter is to be taught. */
  readonly lessons: Lessons;
  /** Runs one change after another; scans and reads do not wait for it. */
  exclusive<Result>(work: () => Promise<Result>): Promise<Result>;
  /** Directories of folders that we renamed so far. */
  folderMoves: number;
  /** Starts (or keeps running) the parsing of what is not parsed yet, this folder first. */
  wakeParser(folder: FolderState | undefined): void;
  /** A look that no caller waits for found changes in a folder: those who watch it are told. */
  tellChange(folder: string): void;
  /** Aborted when the account is closed: loops end at their next step. */
  readonly closing: AbortSignal;
}

/** Path of a folder's directory. Only from names that were listed, never from a request. */
export const folderPath = (
  context: { readonly maildir: string },
  folder: { readonly directory: string },
): string => (folder.directory === '' ? context.maildir : `${context.maildir}/${folder.directory}`);

/** Path of a message file as the index knows it. */
export const messagePath = (
  context: { readonly maildir: string },
  folder: { readonly directory: string },
  file: { readonly base: string; readonly info: string; readonly in_new: number },
): string => `${folderPath(context, folder)}/${file.in_new ? 'new' : 'cur'}/${file.base}${file.info}`;

/** Lets other accounts of the worker have a turn. */
export const yieldTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** lstat with nanoseconds; undefined when the name is gone. */
export function lstatExact(path: string): Promise<BigIntStats | undefined> {
  return new Promise((resolve, reject) => {
    lstat(path, { bigint: true }, (error, stats) => {
      if (!error) resolve(stats);
      else if (error.code === 'ENOENT' || error.code === 'ENOTDIR') resolve(undefined);
      else reject(error);
    });
  });
}

/** Runs `work` over all items, `width` at once; the first error is thrown after the running ones ended. */
export async function forEachWide<Item>(
  items: readonly Item[],
  width: number,
  work: (item: Item, index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  let failure: { readonly error: unknown } | undefined;
  const runner = async (): Promise<void> => {
    while (next < items.length && !failure) {
      const index = next++;
      try {
        await work(items[index]!, index);
      } catch (error) {
        failure ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, runner));
  if (failure) throw failure.error;
}

/** Makes a queue that runs one piece of work after another, whatever became of the one before. */
export function createExclusive(): <Result>(work: () => Promise<Result>) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const run = last.then(work, work);
    last = run.catch(() => {});
    return run;
  };
}

/** Waits for `promise`, at most `milliseconds`; true when it ended in time. Its failure is thrown. */
export async function waitAtMost(promise: Promise<unknown>, milliseconds: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), milliseconds);
  });
  try {
    return await Promise.race([promise.then(() => true), late]);
  } finally {
    clearTimeout(timer);
    // When nobody waits any more a failure is told by the next call that meets it.
    promise.catch(() => {});
  }
}

/** How long after such a client the next one is expected, milliseconds. */
const waitingPause = 300;

/** How long the background work rests after a folder was opened, milliseconds. */
export const waitAfterOpen = 500;

/** Somebody waits for messages that are not parsed yet; all of that ends by itself. */
export const isAwaited = ({ waiting, closing }: Pick<AccountContext, 'waiting' | 'closing'>): boolean =>
  !closing.aborted && (waiting.calls > 0 || performance.now() < waiting.until);

/** Runs `work`, for which a client waits, while the background parsing rests. */
export async function whileParserRests<Result>(
  { waiting }: Pick<AccountContext, 'waiting'>,
  work: () => Promise<Result>,
): Promise<Result> {
  waiting.calls += 1;
  try {
    return await work();
  } finally {
    waiting.calls -= 1;
    waiting.until = performance.now() + waitingPause;
  }
}
