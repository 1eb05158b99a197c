// The files that hold IMAP keywords: Courier's `courierimapkeywords/:list` and change files, Dovecot's
// `dovecot-keywords` (spec/maildir-imap.md 1.5, 3.3, 3.6). Pure functions on their bytes; reading and changing them
// on disk is keywords.ts. Keywords are compared without ASCII case, as both servers do.
import { fitsLine, linesAfter, mostLines } from './uid-db.ts';

/** Bytes of one keyword; nobody names one longer, and file names and answers stay bounded. */
const longestKeyword = 255;

/** Names of `:list`; a number past them is no keyword. */
const mostKnown = 100_000;

/** Keywords that one message may have; those past it are dropped. */
export const mostKeywords = 256;

/** As Courier stores it: a space and `(){%*"\]` become `_`. Undefined for what is no keyword: empty, controls, too long. */
export function cleanKeyword(name: string): string | undefined {
  if (name === '' || Buffer.byteLength(name, 'utf8') > longestKeyword || /[\x00-\x1f\x7f]/.test(name))
    return undefined;
  return name.replace(/[ (){%*"\\\]]/g, '_');
}

/** Clean, and none twice when ASCII case is disregarded; the first spelling stays. */
export function cleanKeywords(names: Iterable<string>): string[] {
  const found = new Map<string, string>();
  for (const name of names) {
    const clean = cleanKeyword(name);
    if (clean === undefined) continue;
    const key = foldKeyword(clean);
    if (!found.has(key)) found.set(key, clean);
    if (found.size === mostKeywords) break;
  }
  return [...found.values()];
}

/** The form in which two spellings of one keyword are equal. */
export const foldKeyword = (name: string): string =>
  name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());

/** Reads `:list`: keywords by base name. Messages without any are not in it. */
export function parseKeywordList(content: Buffer): Map<string, readonly string[]> {
  const text = content.toString('utf8');
  const known: string[] = [];
  const found = new Map<string, readonly string[]>();
  // Most messages have one of a few sets: equal ones are one array.
  const sets = new Map<string, readonly string[]>();
  let inNames = true;
  for (const line of linesAfter(`\n${text}`, 0)) {
    if (inNames) {
      if (line === '') inNames = false;
      else if (known.length < mostKnown) known.push(line);
      continue;
    }
    // Courier: a base holds no colon, so the last one parts it from the numbers.
    const colon = line.lastIndexOf(':');
    if (colon <= 0) continue;
    const numbers = line.slice(colon + 1);
    let set = sets.get(numbers);
    if (!set) {
      const indexes = numbers.split(' ', mostKeywords + 1).filter((part) => /^\d{1,6}$/.test(part));
      set = cleanKeywords(indexes.flatMap((index) => known[Number(index)] ?? []));
      sets.set(numbers, set);
    }
    if (set.length > 0) found.set(line.slice(0, colon), set);
    if (found.size === mostLines) break;
  }
  return found;
}

/** The bytes of `:list`, messages in the order of their names. */
export function formatKeywordList(keywords: ReadonlyMap<string, readonly string[]>): Buffer {
  const indexes = new Map<string, number>();
  const spelt: string[] = [];
  const lines: string[] = [];
  const sorted = [...keywords].sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [base, names] of sorted) {
    if (!fitsLine(base)) continue;
    const numbers = cleanKeywords(names).map((name) => {
      const key = foldKeyword(name);
      const index = indexes.get(key) ?? spelt.push(name) - 1;
      indexes.set(key, index);
      return index;
    });
    if (numbers.length > 0) lines.push(`${base}:${numbers.join(' ')}\n`);
  }
  return Buffer.from(`${spelt.map((name) => `${name}\n`).join('')}\n${lines.join('')}`, 'utf8');
}

/** Reads a change file: the keywords that its message has now, none when it is empty. */
export const parseKeywordChange = (content: Buffer): string[] =>
  cleanKeywords(content.toString('utf8').split('\n', mostKeywords * 4));

export const formatKeywordChange = (keywords: readonly string[]): Buffer =>
  Buffer.from(
    cleanKeywords(keywords)
      .map((name) => `${name}\n`)
      .join(''),
    'utf8',
  );

/** What a name in courierimapkeywords is. */
export type KeywordFileKind =
  | { readonly kind: 'list' }
  /** Newest change of a message. */
  | { readonly kind: 'change'; readonly base: string }
  /** A merged change kept for late readers; `period` = seconds since 1970 / 300. */
  | { readonly kind: 'merged'; readonly base: string; readonly period: number }
  | { readonly kind: 'other' };

export function parseKeywordFileName(name: string): KeywordFileKind {
  if (name === ':list') return { kind: 'list' };
  const merged = /^\.(\d{1,12})\.(.+)$/s.exec(name);
  if (merged) return { kind: 'merged', base: merged[2]!, period: Number(merged[1]) };
  if (name.startsWith('.') || name.startsWith(':')) return { kind: 'other' };
  return { kind: 'change', base: name };
}

/** Reads dovecot-keywords: the names of the letters a to z, undefined where a letter has none. */
export function parseDovecotKeywords(content: Buffer): (string | undefined)[] {
  const names: (string | undefined)[] = [];
  for (const line of content.toString('utf8').split('\n', 1000)) {
    const found = /^(\d{1,2}) (.+)$/.exec(line.replace(/\r$/, ''));
    const index = found ? Number(found[1]) : 26;
    if (found && index < 26) names[index] = cleanKeyword(found[2]!);
  }
  return Array.from(names);
}

export const formatDovecotKeywords = (names: readonly (string | undefined)[]): Buffer =>
  Buffer.from(
    names
      .slice(0, 26)
      .map((name, index) => (name === undefined ? '' : `${index} ${name}\n`))
      .join(''),
    'utf8',
  );

/** The keywords that the lower-case letters of a name stand for; letters without a name are none. */
export const keywordsOfLetters = (flags: string, names: readonly (string | undefined)[]): string[] =>
  cleanKeywords(
    [...flags].flatMap((letter) =>
      letter >= 'a' && letter <= 'z' ? (names[letter.charCodeAt(0) - 97] ?? []) : [],
    ),
  );

/**
 * The letters of keywords, ascending, with the names that had to be added; those past the 26th are `spilled`.
 * Letters that `names` does not know are nobody's to reuse while messages may still carry them: `inUse`.
 */
export function lettersOfKeywords(
  keywords: readonly string[],
  names: readonly (string | undefined)[],
  inUse: string = '',
): {
  readonly letters: string;
  readonly names: readonly (string | undefined)[];
  readonly spilled: readonly string[];
} {
  const table = Array.from({ length: 26 }, (_, i) => names[i]);
  const letters: string[] = [];
  const spilled: string[] = [];
  for (const keyword of cleanKeywords(keywords)) {
    const key = foldKeyword(keyword);
    let index = table.findIndex((name) => name !== undefined && foldKeyword(name) === key);
    if (index < 0) {
      index = table.findIndex(
        (name, i) => name === undefined && !inUse.includes(String.fromCharCode(97 + i)),
      );
      if (index >= 0) table[index] = keyword;
    }
    if (index < 0) spilled.push(keyword);
    else letters.push(String.fromCharCode(97 + index));
  }
  const last = table.findLastIndex((name) => name !== undefined);
  return { letters: letters.sort().join(''), names: table.slice(0, last + 1), spilled };
}
