// Answers of the index that still hold: what a client polls for (STATUS, LIST, a folder opened again) is mostly what it was
// the last time, and a question to the index worker and its answer wake two threads. An answer is given again while every
// file that it was made of has the times that it had before the question was put: the folder's directories, its lists, and
// the index itself, which each change of it writes to. Times younger than a second may hide a change behind them: then
// nothing is kept (spec/maildir-imap.md 1.11). Only where the file system is of this machine, whose times are fine and
// quickly read; elsewhere the worker is asked each time.
import { lstatSync, type Stats } from 'node:fs';
import { isKnownLocal } from '../../mta/maildir/file-system.ts';
import { specialUseFile } from '../../mta/maildir/special-folders.ts';

/** So old, milliseconds, must all times be for an answer to be kept. */
const settled = 1000;
/** So long, milliseconds, an answer is given again: what goes by the clock in a folder (its tmp is cleared) goes on. */
const keptFor = 10 * 60_000;
/** Answers of one mailbox. */
const mostKept = 1000;
/** Folders whose directories are looked at for one answer. */
const mostFolders = 100;

interface Kept {
  readonly answer: unknown;
  readonly marks: readonly number[];
  readonly at: number;
}

/**
 * What an answer is about: one folder, by its directory ('': the Maildir), also since when; which folders there are; or
 * what is in all of them.
 */
export type About =
  | { readonly folder: string; readonly since: number }
  | { readonly folders: readonly string[] }
  | { readonly within: readonly string[] };

export interface StillAnswers {
  /**
   * Asks, or gives the last answer to `question` again. The answer is shared: nobody changes it.
   * @param about undefined: not known yet, it is asked
   * @param isKept is told of each answer that was asked for; false: it is not to be given again
   */
  ask<Answer>(
    question: string,
    about: About | undefined,
    ask: () => Promise<Answer>,
    isKept: (answer: Answer) => boolean,
  ): Promise<Answer>;
}

const isWide = (about: About): boolean =>
  ('folders' in about && about.folders.length > mostFolders) ||
  ('within' in about && about.within.length * 2 > mostFolders);

/** Of one account. `index` gives the path of its index file; `now` the time of the day, milliseconds since 1970. */
export function createStillAnswers(maildir: string, index: () => string, now = Date.now): StillAnswers {
  const kept = new Map<string, Kept>();

  return {
    async ask<Answer>(
      question: string,
      about: About | undefined,
      ask: () => Promise<Answer>,
      isKept: (answer: Answer) => boolean,
    ): Promise<Answer> {
      const isLocal = isKnownLocal(maildir);
      const isQuick = isLocal === true || (isLocal !== false && (await isLocal));
      const seen =
        isQuick && about && !isWide(about) ? look(maildir, index(), about, now() - settled) : undefined;
      const known = kept.get(question);
      // The question says which call it is, so its answer has that type.
      if (known && seen && isSame(known.marks, seen.marks) && performance.now() - known.at < keptFor)
        return known.answer as Answer;
      kept.delete(question);
      const answer = await ask();
      // What is asked tells the caller something, kept or not.
      if (!isKept(answer) || !seen?.isSettled) return answer;
      if (kept.size >= mostKept) kept.clear();
      kept.set(question, { answer, marks: seen.marks, at: performance.now() });
      return answer;
    },
  };
}

/** Files of the Maildir's root that tell of its folders; it tells itself of those that are put into the place of others. */
const rootFiles = ['', '/courierimapsubscribed', '/subscriptions', `/${specialUseFile}`];
/** Of a folder; it tells itself of its lists, which are written anew and put into the place of the old ones. */
const folderFiles = ['', '/new', '/cur', '/courierimapkeywords', '/dovecot-keywords'];

interface Seen {
  /** Of each file when it changed and which it is; 0 where there is none. */
  readonly marks: readonly number[];
  readonly isSettled: boolean;
}

/** The times of all that an answer is made of; they are settled when they lie before this one, milliseconds. */
function look(maildir: string, index: string, about: About, before: number): Seen {
  const marks: number[] = [];
  let isSettled = true;
  const mark = (path: string): boolean => {
    const stats = lookAt(path);
    marks.push(stats?.ctimeMs ?? 0, stats?.ino ?? 0);
    // A clock that was set back leaves times that are to come: they are not settled either.
    if (stats && stats.ctimeMs >= before) isSettled = false;
    return stats !== undefined;
  };
  // Each change of the index is written to its log first; while it has none it is closed, and says itself what it is.
  if (!mark(`${index}-wal`)) mark(index);
  const pathOf = (directory: string): string => (directory === '' ? maildir : `${maildir}/${directory}`);
  if ('folder' in about) {
    marks.push(about.since);
    if (about.folder !== '') mark(maildir);
    for (const file of folderFiles) mark(`${pathOf(about.folder)}${file}`);
  } else if ('within' in about) {
    for (const file of rootFiles) mark(`${maildir}${file}`);
    mark(`${maildir}/maildirsize`);
    for (const directory of about.within) {
      mark(`${pathOf(directory)}/new`);
      mark(`${pathOf(directory)}/cur`);
    }
  } else {
    for (const file of rootFiles) mark(`${maildir}${file}`);
    // A directory is a folder while it has a cur.
    for (const directory of about.folders) marks.push(lookAt(`${pathOf(directory)}/cur`)?.ino ?? 0);
  }
  return { marks, isSettled };
}

const isSame = (one: readonly number[], other: readonly number[]): boolean =>
  one.length === other.length && one.every((mark, at) => mark === other[at]);

function lookAt(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    // Not to be looked at, for the worker neither: it says so each time, and no failure is kept.
    return undefined;
  }
}
