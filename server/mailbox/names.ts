// File names of a Maildir as the index keeps them: base, info and flag letters, and the message id made of the base.
// `name = base [":2," flags]` (spec/maildir-imap.md 1.2, 1.4). A base never holds a colon; letters that are not ours
// (Dovecot's keyword slots, P for others) are kept, in ASCII order, and so is text after a second comma.
// Pure; which files exist is the scan's affair.
import { createHash } from 'node:crypto';

/** A file name cut at its first colon: `info` is '' or starts with ':'. */
export interface NameParts {
  readonly base: string;
  readonly info: string;
}

/** Cuts a name. The base is '' for a name that starts with ':', which no message may have. */
export function splitName(name: string): NameParts {
  const colon = name.indexOf(':');
  return colon < 0 ? { base: name, info: '' } : { base: name.slice(0, colon), info: name.slice(colon) };
}

/** First 12 characters of base64url(SHA-256(base)): the id in addresses (spec/webmail.md 2.1). */
export function messageIdOf(base: string): string {
  return createHash('sha256').update(base).digest('base64url').slice(0, 12);
}

// Dovecot: the flags follow the last `:2,`; a second comma starts another set, which is kept as it is.
function splitInfo(info: string): { letters: string; rest: string } {
  const at = info.lastIndexOf(':2,');
  if (at < 0 || info.indexOf(':', at + 1) >= 0) return { letters: '', rest: '' };
  const text = info.slice(at + 3);
  const comma = text.indexOf(',');
  return comma < 0 ? { letters: text, rest: '' } : { letters: text.slice(0, comma), rest: text.slice(comma) };
}

const sortedLetters = (letters: Iterable<string>): string => [...new Set(letters)].sort().join('');

/** As nearly all letters stand in names: nothing to sort. */
function isSorted(letters: string): boolean {
  for (let i = 1; i < letters.length; i++)
    if (letters.charCodeAt(i) <= letters.charCodeAt(i - 1)) return false;
  return true;
}

/** The flag letters of an info part in ASCII order, without repeats; '' for none or for another info version. */
export function flagsOf(info: string): string {
  const { letters } = splitInfo(info);
  return isSorted(letters) ? letters : sortedLetters(letters);
}

/** The info part after adding and removing letters. Anything but version 2 is replaced, as Courier does. */
export function changeFlags(info: string, add: string, remove: string): string {
  const { letters, rest } = splitInfo(info);
  const kept = new Set([...letters, ...add].filter((letter) => !remove.includes(letter)));
  return `:2,${sortedLetters(kept)}${rest}`;
}

/** The info part with exactly these letters; the text after a second comma stays. */
export const replaceFlags = (info: string, flags: string): string =>
  `:2,${isSorted(flags) ? flags : sortedLetters(flags)}${splitInfo(info).rest}`;

/** The info part without the letters a to z. */
export const dropKeywordLetters = (info: string): string =>
  replaceFlags(info, splitInfo(info).letters.replace(/[a-z]/g, ''));

/** Keeps what may stand in a name as flags: D F P R S T and Dovecot's a to z. */
export const cleanFlags = (flags: string): string => sortedLetters(flags.replace(/[^DFPRSTa-z]/g, ''));

const knownLetters = 'DFPRST';

/** The letters of DFPRST among these as bits, D the lowest. */
export function flagBits(letters: string): number {
  let bits = 0;
  for (let i = 0; i < knownLetters.length; i++) if (letters.includes(knownLetters[i]!)) bits |= 1 << i;
  return bits;
}

const lettersByBits: readonly string[] = Array.from({ length: 64 }, (_, bits) =>
  [...knownLetters].filter((_letter, i) => bits & (1 << i)).join(''),
);

/** The letters that bits of `flagBits` stand for. */
export const flagLetters = (bits: number): string => lettersByBits[bits & 63]!;

/** Seconds since 1970 that most programs put at the start of a name; 0 when there are none. */
export function timeOfName(base: string): number {
  const match = /^\d{1,10}/.exec(base);
  return match ? Number(match[0]) : 0;
}
