// Flags and keywords of a letter that is delivered (RFC 5232): the letters of its file name, with the meaning of those from
// a to z in `dovecot-keywords`, and Courier's directory where there is one or where 26 letters do not suffice
// (spec/maildir-imap.md 1.5, 3.3, 3.6). The same files as the mailbox writes (server/mailbox/uid-keywords.ts), without its index.
import { join } from 'node:path';
import { readNames, statName } from './calls.ts';
import { takeUidlistLock } from './courier-lock.ts';
import { cleanKeywords, foldKeyword, lettersOfKeywords } from './keyword-files.ts';
import {
  changeCourierKeywords,
  type KeywordPlace,
  readDovecotKeywords,
  writeDovecotKeywords,
} from './keywords.ts';
import { parseMaildirName } from './name.ts';

/** RFC 9051 2.3.2; `$Forwarded` is the letter P (passed). */
const systemLetters: Readonly<Record<string, string>> = {
  '\\seen': 'S',
  '\\answered': 'R',
  '\\flagged': 'F',
  '\\deleted': 'T',
  '\\draft': 'D',
  $forwarded: 'P',
};

/** A delivery does not wait long for another program; Courier's directory or no keyword is what is left then. */
const lockPatience = 2000;

export interface LetterFlags {
  /** For the file name, sorted. */
  readonly letters: string;
  /** Writes what is not in the name, once the letter is stored under this base. Rejects with system errors. */
  note(base: string): Promise<void>;
}

/** Splits flags as IMAP names them; those that are neither a known flag nor a keyword are left out. Pure. */
export function splitFlags(flags: readonly string[]): {
  readonly letters: string;
  readonly keywords: readonly string[];
} {
  const letters = new Set<string>();
  const others: string[] = [];
  for (const flag of flags) {
    const letter = systemLetters[flag.toLowerCase()];
    if (letter !== undefined) letters.add(letter);
    else if (!flag.startsWith('\\')) others.push(flag);
  }
  return { letters: [...letters].sort().join(''), keywords: cleanKeywords(others) };
}

/** Gives letters to flags in a folder, new ones written down first. Rejects with system errors. */
export async function chooseLetters(place: KeywordPlace, flags: readonly string[]): Promise<LetterFlags> {
  const { letters, keywords } = splitFlags(flags);
  if (keywords.length === 0) return { letters, note: async () => undefined };
  const chosen = await spell(place, keywords);
  return {
    letters: `${letters}${chosen.letters}`,
    async note(base) {
      const hasDirectory =
        (
          await statName(join(place.directory, 'courierimapkeywords')).catch(() => undefined)
        )?.isDirectory() ?? false;
      if (!hasDirectory && chosen.spilled.length === 0) return;
      // Courier drops the letter P when it changes flags: there it is the keyword.
      const all = letters.includes('P') ? [...keywords, '$Forwarded'] : keywords;
      await changeCourierKeywords(place, base, all);
    },
  };
}

async function spell(
  place: KeywordPlace,
  keywords: readonly string[],
): Promise<{ readonly letters: string; readonly spilled: readonly string[] }> {
  const known = await readDovecotKeywords(place);
  if (keywords.every((keyword) => has(known, keyword))) return lettersOfKeywords(keywords, known);
  const { directory, names, owner } = place;
  const lock = await takeUidlistLock(directory, { owner, names, waitMs: lockPatience });
  if (!lock) return onlyKnown(keywords, known);
  try {
    const now = await readDovecotKeywords(place);
    const added = lettersOfKeywords(keywords, now, await lettersInUse(directory));
    if (added.names.some((name, at) => name !== now[at])) await writeDovecotKeywords(place, added.names);
    return added;
  } finally {
    await lock.release();
  }
}

const has = (names: readonly (string | undefined)[], keyword: string): boolean =>
  names.some((name) => name !== undefined && foldKeyword(name) === foldKeyword(keyword));

function onlyKnown(keywords: readonly string[], names: readonly (string | undefined)[]) {
  const { letters } = lettersOfKeywords(
    keywords.filter((keyword) => has(names, keyword)),
    names,
  );
  return { letters, spilled: keywords.filter((keyword) => !has(names, keyword)) };
}

/** Letters that names of this folder carry: one without a meaning must not get a new one. */
async function lettersInUse(directory: string): Promise<string> {
  const found = new Set<string>();
  for (const half of ['cur', 'new'])
    for (const name of await readNames(join(directory, half)))
      for (const letter of parseMaildirName(name)?.flags ?? '') if (/[a-z]/.test(letter)) found.add(letter);
  return [...found].join('');
}
