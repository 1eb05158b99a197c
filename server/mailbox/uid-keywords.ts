// Changing keywords: a letter a to z in the file name with its meaning in `dovecot-keywords`, and Courier's directory
// where there is one, or where the 26 letters are used up (spec/maildir-imap.md 1.5, 3.3, 3.6): so both find what they
// know after a switch back, and nothing lives in the index alone. Files first; the rows follow with the new names.
import { quoted } from '../../mta/log.ts';
import { takeUidlistLock } from '../../mta/maildir/courier-lock.ts';
import { cleanKeywords, foldKeyword, lettersOfKeywords } from '../../mta/maildir/keyword-files.ts';
import {
  changeCourierKeywords,
  readDovecotKeywords,
  writeDovecotKeywords,
} from '../../mta/maildir/keywords.ts';
import { type AccountContext, type FolderState, folderPath, forEachWide } from './context.ts';
import { adoptKeywordStamp, keywordPlace, readKeywordStamp, refreshKeywords } from './keyword-state.ts';
import { flagsOf, replaceFlags } from './names.ts';
import { changeTargets, type Target } from './targets.ts';
import { knownKeywords } from './uid-snapshot.ts';
import { MailboxRefusal } from './uid-types.ts';

/** Different keywords of one folder. */
const mostOfFolder = 1000;
const writeWidth = 16;

/** What one message shall have. */
export interface WantedMarks {
  /** Letters of DFPRST. */
  readonly letters: string;
  /** Undefined: those it has stay. */
  readonly keywords: readonly string[] | undefined;
}

/** How keywords are spelt in names of this folder. */
export interface KeywordLetters {
  /** Letters of these keywords, and those past the 26th. */
  of(keywords: readonly string[]): { readonly letters: string; readonly spilled: readonly string[] };
}

/**
 * Gives letters to all these keywords, with new ones written to `dovecot-keywords` first. Throws MailboxRefusal for more
 * keywords than a folder may have.
 */
export async function ensureLetters(
  context: AccountContext,
  folder: FolderState,
  keywords: Iterable<string>,
): Promise<KeywordLetters> {
  await refreshKeywords(context, folder);
  const wanted = cleanKeywords(keywords);
  const spelling: KeywordLetters = { of: (names) => spellKnown(folder, names) };
  if (lacking(folder, wanted).length === 0) return spelling;
  if (new Set([...knownKeywords(context, folder), ...wanted].map(foldKeyword)).size > mostOfFolder) {
    throw new MailboxRefusal('too many keywords', `A folder has at most ${mostOfFolder} keywords.`);
  }
  const place = keywordPlace(context, folder);
  const before = await readKeywordStamp(context, folder);
  const lock = await takeUidlistLock(place.directory, { owner: context, names: context.names, waitMs: 5000 });
  if (!lock) {
    context.log(`mailbox: keywords of ${quoted(folder.name)}: another program holds dovecot-uidlist.lock`);
    return spelling;
  }
  try {
    const names = await readDovecotKeywords(place);
    const added = lettersOfKeywords(lacking(folder, wanted), names, lettersInUse(context, folder));
    if (added.names.length > 0 && added.names.some((name, i) => name !== names[i])) {
      await writeDovecotKeywords(place, added.names);
      folder.keywordLetters = added.names;
      await adoptKeywordStamp(context, folder, before);
    }
  } finally {
    await lock.release();
  }
  return spelling;
}

/** Keywords that have no letter, while there are letters left. */
function lacking(folder: FolderState, wanted: readonly string[]): string[] {
  const known = new Set(folder.keywordLetters.map((name) => (name === undefined ? '' : foldKeyword(name))));
  const isFull = folder.keywordLetters.filter((name) => name !== undefined).length >= 26;
  return isFull ? [] : wanted.filter((name) => !known.has(foldKeyword(name)));
}

/** Only letters whose meaning is written down. */
function spellKnown(
  folder: FolderState,
  keywords: readonly string[],
): { readonly letters: string; readonly spilled: readonly string[] } {
  const letters: string[] = [];
  const spilled: string[] = [];
  for (const name of keywords) {
    const key = foldKeyword(name);
    const index = folder.keywordLetters.findIndex(
      (known) => known !== undefined && foldKeyword(known) === key,
    );
    if (index < 0) spilled.push(name);
    else letters.push(String.fromCharCode(97 + index));
  }
  return { letters: letters.sort().join(''), spilled };
}

/** Letters that names of this folder carry: one without a meaning must not get a new one. */
function lettersInUse(context: AccountContext, folder: FolderState): string {
  const infos = context.db.pluck<string>(
    "SELECT DISTINCT info FROM message WHERE folder = ? AND info GLOB '*:2,*[a-z]*'",
    folder.id,
  );
  return [...new Set(infos.flatMap((info) => [...flagsOf(info)]))]
    .filter((letter) => /[a-z]/.test(letter))
    .join('');
}

const isPlain = (letters: string): boolean => /^[DFPRST]*$/.test(letters);

/** The info part with these marks; letters of no known meaning stay as they are. */
export function infoWith(
  info: string,
  wanted: WantedMarks,
  letters: KeywordLetters,
  folder: FolderState,
): string {
  const now = flagsOf(info);
  // As nearly all names are: nothing of others in them.
  if (wanted.keywords === undefined && isPlain(now)) return replaceFlags(info, wanted.letters);
  const kept = [...now].filter((letter) => {
    if ('DFPRST'.includes(letter)) return false;
    if (!/[a-z]/.test(letter) || wanted.keywords === undefined) return true;
    return folder.keywordLetters[letter.charCodeAt(0) - 97] === undefined;
  });
  const ofKeywords = wanted.keywords === undefined ? '' : letters.of(wanted.keywords).letters;
  return replaceFlags(info, `${kept.join('')}${wanted.letters}${ofKeywords}`);
}

/**
 * Writes the keywords of messages to Courier's directory where it has one or where letters do not suffice; before the
 * names change, so that nothing is told that is not on disk.
 */
export async function writeCourierKeywords(
  context: AccountContext,
  folder: FolderState,
  messages: readonly { readonly base: string; readonly wanted: WantedMarks }[],
  letters: KeywordLetters,
): Promise<void> {
  const place = keywordPlace(context, folder);
  const directory = `${folderPath(context, folder)}/courierimapkeywords`;
  const hasDirectory = (await context.files.lstat(directory))?.isDirectory() ?? false;
  const changes: { readonly base: string; readonly keywords: readonly string[] }[] = [];
  for (const { base, wanted } of messages) {
    if (wanted.keywords === undefined && !hasDirectory) continue;
    const known = folder.courierKeywords?.get(base) ?? [];
    const plain = wanted.keywords ?? known.filter((name) => foldKeyword(name) !== '$forwarded');
    // Courier drops the letter P when it changes flags: there it is the keyword.
    const keywords = wanted.letters.includes('P') ? [...plain, '$Forwarded'] : plain;
    if (!hasDirectory && letters.of(plain).spilled.length === 0) continue;
    if (keywords.length === known.length && keywords.every((name) => known.includes(name))) continue;
    changes.push({ base, keywords });
  }
  if (changes.length === 0) return;
  const before = await readKeywordStamp(context, folder);
  folder.courierKeywords ??= new Map();
  await forEachWide(changes, writeWidth, async ({ base, keywords }) => {
    await changeCourierKeywords(place, base, keywords);
    if (keywords.length > 0) folder.courierKeywords?.set(base, keywords);
    else folder.courierKeywords?.delete(base);
  });
  await adoptKeywordStamp(context, folder, before);
}

/** Gives messages that came into a folder (copies, moved ones, appended ones) their keywords there. */
export async function keepKeywords(
  context: AccountContext,
  folder: FolderState,
  messages: readonly { readonly row: number; readonly keywords: readonly string[] }[],
): Promise<void> {
  const wanted = new Map<number, readonly string[]>();
  for (const { row, keywords } of messages) if (keywords.length > 0) wanted.set(row, cleanKeywords(keywords));
  const { error } = await writeKeywords(context, folder, wanted);
  if (error !== undefined) throw error;
}

/** Gives messages of a folder, by their rows, exactly these keywords; other flags stay. `error` as of changeTargets. */
export async function writeKeywords(
  context: AccountContext,
  folder: FolderState,
  wanted: ReadonlyMap<number, readonly string[]>,
): ReturnType<typeof changeTargets> {
  if (wanted.size === 0) return { done: [], error: undefined };
  const letters = await ensureLetters(context, folder, new Set([...wanted.values()].flat()));
  const targets: Target[] = [];
  for (const row of wanted.keys()) {
    const found = context.db.get<Pick<Target, 'row' | 'key' | 'base' | 'info' | 'in_new'>>(
      'SELECT id AS row, key, base, info, in_new FROM message WHERE id = ? AND folder = ?',
      row,
      folder.id,
    );
    if (found) targets.push({ ...found, folder });
  }
  const marks = (target: Target): WantedMarks => ({
    letters: flagsOf(target.info).replace(/[^DFPRST]/g, ''),
    keywords: wanted.get(target.row),
  });
  await writeCourierKeywords(
    context,
    folder,
    targets.map((target) => ({ base: target.base, wanted: marks(target) })),
    letters,
  );
  return changeTargets(context, targets, (target) => ({
    info: (info) =>
      infoWith(info, { ...marks(target), letters: flagsOf(info).replace(/[^DFPRST]/g, '') }, letters, folder),
    to: undefined,
  }));
}
