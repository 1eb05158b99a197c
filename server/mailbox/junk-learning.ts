// Teaching the account's filter (mta/trust/bayes): in the background what lessons.ts noted, a second or two after it
// happened, and on request all that lies in the folders. Inside the index worker, which may wait for files; one letter at a
// time with a pause between, so that calls are served. The filter's own memory sees to it that no letter counts twice.
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { dirname } from 'node:path';
import { readSettings } from '../../mta/control/settings.ts';
import { quoted } from '../../mta/log.ts';
import type { Filter, FilterUse, Kind, Strictness } from '../../mta/trust/bayes/filter.ts';
import { changeFilter, readFilter } from '../../mta/trust/bayes/filter-file.ts';
import { letterBytes } from '../../mta/trust/bayes/letter.ts';
import { type AccountContext, messagePath, yieldTurn } from './context.ts';
import { discoverFolders } from './folders.ts';
import type { Lesson } from './lessons.ts';
import { refreshFolder } from './scan.ts';
import type { FolderRole } from './types.ts';

/** What its owner sees of a filter. */
export interface JunkFilterState {
  /** False: the site has none (control/junkfilter). */
  readonly isOffered: boolean;
  readonly use: FilterUse;
  readonly strictness: Strictness;
  /** Letters learned. */
  readonly junk: number;
  readonly good: number;
  readonly isTrained: boolean;
}

/** A step of learning from the folders. */
export interface JunkLearningStep {
  /** Where the next step begins; undefined: there is none. */
  readonly next: number | undefined;
  /** Letters that were looked at so far, and all there are to look at. */
  readonly done: number;
  readonly total: number;
  /** Letters that were new to the filter, in this step. */
  readonly learned: number;
}

export interface JunkCalls {
  junkFilter(): Promise<JunkFilterState>;
  chooseJunkFilter(use: FilterUse, strictness: Strictness): Promise<void>;
  forgetJunkFilter(): Promise<void>;
  /** Learns from the next letters of the folders: those in Junk as junk, read ones elsewhere as good mail. */
  learnFromFolders(from: number): Promise<JunkLearningStep>;
}

/** Milliseconds from a move to its lesson: most moves are of several letters. */
const patience = 200;
const atOnce = 20;
const stepSize = 40;
/** Newest letters of each kind that the folders are asked for. */
const mostOfKind = 2000;
/** Folders that it learns from: what one wrote oneself, and what is thrown away, says nothing. */
const taught: readonly FolderRole[] = ['inbox', 'archive', 'junk', 'folder'];
const day = (): number => Math.floor(Date.now() / 86_400_000);

interface FileRow {
  readonly folder: number;
  readonly base: string;
  readonly info: string;
  readonly in_new: number;
}

/**
 * @param qmail qmail's home, whose control/junkfilter says whether anybody learns; undefined: nobody does, notes stay
 * @param learnAfter milliseconds from a move to its lesson
 */
export function createJunkCalls(
  context: AccountContext,
  qmail: string | undefined,
  learnAfter = patience,
): JunkCalls {
  const { db, lessons, closing, log } = context;
  const directory = dirname(context.maildir);
  const owner = { uid: context.uid, gid: context.gid };
  const change = (work: (filter: Filter) => boolean | Promise<boolean>): Promise<Filter> =>
    changeFilter(directory, owner, work);

  const isOffered = async (): Promise<boolean> =>
    qmail !== undefined && (await readSettings(qmail, ['junkfilter'])).junkfilter === 1;

  let timer: NodeJS.Timeout | undefined;
  let isLearning = false;
  const wake = (): void => {
    if (qmail === undefined || timer !== undefined || isLearning || closing.aborted) return;
    timer = setTimeout(() => {
      timer = undefined;
      void learnInBackground();
    }, learnAfter);
    timer.unref();
  };
  async function learnInBackground(): Promise<void> {
    isLearning = true;
    let isWell = true;
    try {
      await learnNotes();
    } catch (error) {
      isWell = false;
      log(
        `mailbox: the junk filter in ${quoted(directory)} learns nothing for now: ${quoted((error as Error).message)}`,
      );
    }
    isLearning = false;
    // What was noted meanwhile. After a failure the next move tries again.
    if (isWell && !closing.aborted && lessons.next(1).length > 0) wake();
  }
  closing.addEventListener('abort', () => clearTimeout(timer));
  lessons.onNote = wake;
  // What an earlier process was not given the time for.
  if (lessons.next(1).length > 0) wake();

  async function learnNotes(): Promise<void> {
    const isOn = await isOffered();
    for (;;) {
      const notes = closing.aborted ? [] : lessons.next(atOnce);
      if (notes.length === 0) return;
      if (!isOn) return lessons.clear();
      await change((filter) => learnAll(filter, notes));
      if (closing.aborted) return;
      for (const note of notes) lessons.remove(note);
    }
  }

  async function learnAll(filter: Filter, notes: readonly Lesson[]): Promise<boolean> {
    if (filter.use === 'no') return false;
    let isChanged = false;
    for (const { base, folder, kind } of notes) {
      if (closing.aborted) break;
      // Enough of what nobody complained about: junk must have its say.
      if (kind === 'filed' && filter.letters.good > 2 * filter.letters.junk + 100) continue;
      const row = db.get<FileRow>(
        'SELECT folder, base, info, in_new FROM message WHERE folder = ? AND base = ?',
        folder,
        base,
      );
      if (row && learnRow(filter, row, kind === 'junk' ? 'junk' : 'good')) isChanged = true;
      await yieldTurn();
    }
    return isChanged;
  }

  function learnRow(filter: Filter, row: FileRow, kind: Kind): boolean {
    const folder = [...context.folders.values()].find(({ id }) => id === row.folder);
    const letter = folder && readLetterAt(messagePath(context, folder, row), context.uid);
    return letter !== undefined && filter.learn(letter, kind, day());
  }

  const foldersOf = (roles: readonly FolderRole[]): string =>
    `[${[...context.folders.values()].flatMap(({ id, role }) => (roles.includes(role) ? [id] : [])).join()}]`;

  async function lookAtAll(): Promise<void> {
    await discoverFolders(context);
    for (const folder of [...context.folders.values()])
      if (taught.includes(folder.role))
        await refreshFolder(context, folder, { moveNew: false, verify: 'now' });
  }

  /** Junk and good mail in turns, so that a step has both. */
  function listLetters(): readonly (FileRow & { readonly kind: Kind })[] {
    const select = (roles: readonly FolderRole[], condition: string): FileRow[] =>
      db.all<FileRow>(
        `SELECT folder, base, info, in_new FROM message
         WHERE folder IN (SELECT value FROM json_each(?)) AND trashed = 0 ${condition}
         ORDER BY received DESC LIMIT ${mostOfKind}`,
        foldersOf(roles),
      );
    const junk = select(['junk'], '');
    const good = select(
      taught.filter((role) => role !== 'junk'),
      'AND seen = 1',
    );
    const all: (FileRow & { readonly kind: Kind })[] = [];
    for (let i = 0; i < Math.max(junk.length, good.length); i++) {
      if (junk[i]) all.push({ ...junk[i]!, kind: 'junk' });
      if (good[i]) all.push({ ...good[i]!, kind: 'good' });
    }
    return all;
  }

  return {
    async junkFilter() {
      const filter = await readFilter(directory, owner);
      const { use, strictness, letters, isTrained } = filter;
      return { isOffered: await isOffered(), use, strictness, ...letters, isTrained };
    },
    async chooseJunkFilter(use, strictness) {
      await change((filter) => {
        filter.use = use;
        filter.strictness = strictness;
        return true;
      });
    },
    async forgetJunkFilter() {
      lessons.clear();
      await change((filter) => {
        filter.forget();
        return true;
      });
    },
    async learnFromFolders(from) {
      if (from === 0) await lookAtAll();
      const all = listLetters();
      const some = all.slice(from, from + stepSize);
      let learned = 0;
      await change(async (filter) => {
        for (const row of some) {
          if (learnRow(filter, row, row.kind)) learned += 1;
          await yieldTurn();
        }
        return learned > 0;
      });
      const done = from + some.length;
      return { next: done < all.length ? done : undefined, done, total: all.length, learned };
    },
  };
}

/** The beginning of a regular file of the mailbox's owner, behind no link (security.md F2); undefined: it is none. */
function readLetterAt(path: string, uid: number): Buffer | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    // Gone, or moved since: whoever moved it notes it anew.
    return undefined;
  }
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile() || stats.uid !== uid) return undefined;
    const bytes = Buffer.allocUnsafe(Math.min(stats.size, letterBytes));
    let length = 0;
    while (length < bytes.length) {
      const read = readSync(descriptor, bytes, length, bytes.length - length, length);
      if (read === 0) break;
      length += read;
    }
    return bytes.subarray(0, length);
  } finally {
    closeSync(descriptor);
  }
}
