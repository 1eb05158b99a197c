// Names and values of annotations on the wire (RFC 5464 3.2, 4.2, 5): what a client may call an entry, which entries a
// GETMETADATA means, and how they are answered. Pure.
import { formatString } from '../message/imap/strings.ts';
import type { Cursor } from './cursor.ts';
import { quote } from './names.ts';

/** Characters of one name. */
const longestName = 255;
/** Names of one command. */
const mostNames = 1000;

/** As written, and in lower case: RFC 5464 3.2, case does not matter. */
export interface EntryName {
  readonly written: string;
  readonly entry: string;
}

/** An entry, or what entries begin with: `/private`, `/shared/comment`. */
export function parseEntryName(cursor: Cursor): EntryName {
  const written = cursor.astring();
  // RFC 5464 3.2: no control characters, no 8-bit, no wildcards, no empty level.
  if (/[^\x20-\x7e]|[*%]|\/\/|\/$/.test(written) || written.length > longestName)
    cursor.fail('This cannot be the name of an entry');
  const entry = written.toLowerCase();
  if (!/^\/(?:private|shared)(?:\/|$)/.test(entry)) cursor.fail('An entry begins with /private or /shared');
  return { written, entry };
}

/** An entry that can have a value. */
export function parseWholeEntryName(cursor: Cursor): EntryName {
  const name = parseEntryName(cursor);
  const levels = name.entry.split('/').length - 1;
  // RFC 5464 3.2: two levels, below vendor four.
  const isVendor = /^\/[a-z]+\/vendor(?:\/|$)/.test(name.entry);
  if (levels < (isVendor ? 4 : 2)) cursor.fail('The name of the entry has too few levels');
  return name;
}

/** One name, or some in parentheses. */
export function parseEntryNames(cursor: Cursor): EntryName[] {
  const names = cursor.isNext('(') ? cursor.list(() => parseEntryName(cursor)) : [parseEntryName(cursor)];
  if (names.length > mostNames) cursor.fail('Too many entries');
  return names;
}

export type Depth = 0 | 1 | 'infinity';

export interface EntryChoice {
  readonly names: readonly EntryName[];
  readonly depth: Depth;
  /** Bytes of a value; undefined: any. */
  readonly maxSize: number | undefined;
}

export interface ChosenEntries {
  /** Name as the client knows it, and value; undefined: there is none. */
  readonly pairs: readonly (readonly [string, string | undefined])[];
  /** Bytes of the largest value that was left out; 0: none was. */
  readonly longest: number;
}

const isBelow = (entry: string, name: string, depth: Depth): boolean =>
  depth !== 0 &&
  entry.startsWith(`${name}/`) &&
  (depth === 'infinity' || !entry.slice(name.length + 1).includes('/'));

/** RFC 5464 4.2: what is named, and what is below it. Who names an entry that has no value hears so. */
export function chooseEntries(
  annotations: ReadonlyMap<string, string>,
  { names, depth, maxSize }: EntryChoice,
): ChosenEntries {
  const chosen = new Map<string, readonly [string, string | undefined]>();
  let longest = 0;
  const take = (entry: string, written: string, value: string): void => {
    if (maxSize !== undefined && value.length > maxSize) longest = Math.max(longest, value.length);
    else if (!chosen.has(entry)) chosen.set(entry, [written, value]);
  };
  for (const { written, entry: name } of names) {
    const value = annotations.get(name);
    if (value !== undefined) take(name, written, value);
    if (depth === 0) {
      if (value === undefined) chosen.set(name, [written, undefined]);
      continue;
    }
    for (const [entry, below] of annotations) if (isBelow(entry, name, depth)) take(entry, entry, below);
  }
  // There is one answer at least.
  if (chosen.size === 0 && longest === 0)
    for (const { written, entry } of names) chosen.set(entry, [written, undefined]);
  return { pairs: [...chosen.values()], longest };
}

const formatName = (name: string): string =>
  /^[!#$&'+,\-./0-9:;<=>?@A-Z[\]^_`a-z|}~]+$/.test(name) ? name : quote(name);

/** RFC 5464 5: nstring, or literal8 for what has NUL. */
function formatValue(value: string | undefined): string {
  if (value === undefined) return 'NIL';
  return value.includes('\0') ? `~${formatString(value)}` : formatString(value);
}

/** `(/shared/comment "Hello")` */
export const formatEntries = (pairs: ChosenEntries['pairs']): string =>
  `(${pairs.map(([name, value]) => `${formatName(name)} ${formatValue(value)}`).join(' ')})`;

/** RFC 5464 4.4.2 */
export const formatEntryNames = (entries: Iterable<string>): string =>
  Array.from(entries, formatName).join(' ');
