// The keywords of a folder as its files tell them: letters a to z in names (Dovecot, `dovecot-keywords`) and Courier's
// directory (spec/maildir-imap.md 1.5, 3.3). A message has the keywords of both; `$Forwarded` is the letter P. Read when
// a stamp changed, and then put into the rows of the index. Changing keywords is uid-keywords.ts.
import { takeCourierLock } from '../../mta/maildir/courier-lock.ts';
import { cleanKeywords, foldKeyword, keywordsOfLetters } from '../../mta/maildir/keyword-files.ts';
import { type KeywordPlace, loadCourierKeywords, readDovecotKeywords } from '../../mta/maildir/keywords.ts';
import { type AccountContext, type FolderState, folderPath, lstatExact, yieldTurn } from './context.ts';
import { flagBits, flagsOf } from './names.ts';

/** After a change of our own the files are read once more after so many milliseconds: another may have been beside us. */
const settleAfter = 1500;
/** Rows of one transaction. */
const batchSize = 500;

const forwarded = '$forwarded';

export const keywordPlace = (context: AccountContext, folder: FolderState): KeywordPlace => ({
  directory: folderPath(context, folder),
  owner: context,
  names: context.names,
});

/** Flags and keywords of a message as the index keeps them. */
export interface Marks {
  /** Bits of DFPRST. */
  readonly flags: number;
  /** Sorted, with blanks between them. */
  readonly keywords: string;
}

export const joinKeywords = (names: readonly string[]): string =>
  names.length === 0 ? '' : [...names].sort().join(' ');

/** What a name and the folder's files say of one message. */
export function marksOf(folder: FolderState, base: string, info: string): Marks {
  const letters = flagsOf(info);
  const flags = flagBits(letters);
  const stored = folder.courierKeywords?.get(base);
  // Most names have no letters of keywords.
  const hasLetters = letters !== '' && /[a-z]/.test(letters);
  if (!hasLetters && stored === undefined) return { flags, keywords: '' };
  const names = cleanKeywords([...keywordsOfLetters(letters, folder.keywordLetters), ...(stored ?? [])]);
  const plain = names.filter((name) => foldKeyword(name) !== forwarded);
  return {
    flags: plain.length === names.length ? flags : flags | flagBits('P'),
    keywords: joinKeywords(plain),
  };
}

async function stampOf(context: AccountContext, folder: FolderState): Promise<string> {
  const path = folderPath(context, folder);
  const [letters, directory] = await Promise.all([
    context.files.lstat(`${path}/dovecot-keywords`),
    context.files.lstat(`${path}/courierimapkeywords`),
  ]);
  if (!letters && !directory) return '';
  return [letters, directory].map((stats) => (stats ? `${stats.mtimeNs}.${stats.ino}` : '')).join(' ');
}

/** Reads the keyword files again when they changed, and corrects the rows. True: they were read. */
export async function refreshKeywords(context: AccountContext, folder: FolderState): Promise<boolean> {
  const stamp = await stampOf(context, folder);
  const isDue = folder.keywordsDue > 0 && performance.now() >= folder.keywordsDue;
  if (stamp === folder.keywordStamp && !isDue) return false;
  folder.keywordsDue = 0;
  const place = keywordPlace(context, folder);
  const before = {
    letters: folder.keywordLetters,
    courier: folder.courierKeywords,
    isKnown: folder.keywordStamp !== undefined,
  };
  folder.keywordLetters = await readDovecotKeywords(place);
  folder.courierKeywords = await loadMerged(context, folder, place);
  folder.keywordStamp = stamp;
  const isSameLetters = before.letters.join('\n') === folder.keywordLetters.join('\n');
  const bases = changedBases(before.courier, folder.courierKeywords);
  // What a process before us put into the rows may be old in any way.
  const rows = before.isKnown && isSameLetters ? [] : await rowsWithKeywords(context, folder);
  await correctRows(context, folder, bases, rows);
  return true;
}

type Courier = FolderState['courierKeywords'];

/** Messages of which Courier's directory says something else now. */
function changedBases(before: Courier, now: Courier): string[] {
  const bases: string[] = [];
  for (const [base, names] of now ?? []) {
    const old = before?.get(base);
    if (!old || old.length !== names.length || !names.every((name, i) => name === old[i])) bases.push(base);
  }
  for (const base of before?.keys() ?? []) if (!now?.has(base)) bases.push(base);
  return bases;
}

/** Rows that have keywords, and those whose names have letters that may mean some. */
async function rowsWithKeywords(context: AccountContext, folder: FolderState): Promise<number[]> {
  const ids = context.db.pluck<number>(
    "SELECT id FROM message INDEXED BY message_keywords WHERE folder = ? AND keywords <> ''",
    folder.id,
  );
  if (folder.keywordLetters.length === 0) return ids;
  let after = '';
  for (;;) {
    const rows = context.db.all<{ id: number; base: string; info: string }>(
      'SELECT id, base, info FROM message WHERE folder = ? AND base > ? ORDER BY base LIMIT 2000',
      folder.id,
      after,
    );
    if (rows.length === 0) return ids;
    after = rows.at(-1)!.base;
    for (const { id, info } of rows) if (/[a-z]/.test(info)) ids.push(id);
    await yieldTurn();
  }
}

/** Courier merges the changes into its list whenever it reads them; so do we when its lock is free. */
async function loadMerged(
  context: AccountContext,
  folder: FolderState,
  place: KeywordPlace,
): Promise<FolderState['courierKeywords']> {
  if (!(await lstatExact(`${place.directory}/courierimapkeywords`))?.isDirectory()) return undefined;
  const lock = await takeCourierLock(place.directory, {
    owner: context,
    names: context.names,
    waitMs: 0,
  }).catch(() => undefined);
  try {
    const isAlive = (base: string): boolean =>
      context.db.get('SELECT 1 FROM message WHERE folder = ? AND base = ?', folder.id, base) !== undefined;
    // An index that is not filled yet knows of no message: nothing may be dropped then.
    return await loadCourierKeywords(place, lock && folder.curMtime !== '' ? isAlive : undefined);
  } finally {
    await lock?.release();
  }
}

/** Notes that the files changed by our own hand, when nobody else did: `before` is the stamp just before. */
export async function adoptKeywordStamp(
  context: AccountContext,
  folder: FolderState,
  before: string,
): Promise<void> {
  if (before !== folder.keywordStamp) return;
  folder.keywordStamp = await stampOf(context, folder);
  folder.keywordsDue = performance.now() + settleAfter;
}

export const readKeywordStamp = stampOf;

interface Row extends Marks {
  readonly id: number;
  readonly base: string;
  readonly info: string;
}

/** Writes the marks of rows, and of messages by their bases, as the files have them now. */
async function correctRows(
  context: AccountContext,
  folder: FolderState,
  bases: readonly string[],
  rows: readonly number[],
): Promise<void> {
  const { db } = context;
  const columns = 'id, base, info, flags, keywords';
  const ids = new Set(rows);
  for (const base of bases) {
    const id = db.pluck<number>('SELECT id FROM message WHERE folder = ? AND base = ?', folder.id, base)[0];
    if (id !== undefined) ids.add(id);
  }
  const all = [...ids];
  for (let i = 0; i < all.length; i += batchSize) {
    db.transaction(() => {
      for (const id of all.slice(i, i + batchSize)) {
        const row = db.get<Row>(`SELECT ${columns} FROM message WHERE id = ? AND folder = ?`, id, folder.id);
        if (!row) continue;
        const { flags, keywords } = marksOf(folder, row.base, row.info);
        if (flags === row.flags && keywords === row.keywords) continue;
        db.run('UPDATE message SET flags = ?, keywords = ? WHERE id = ?', flags, keywords, id);
      }
    });
    await yieldTurn();
  }
}
