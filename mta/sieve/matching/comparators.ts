// Comparators (RFC 4790, RFC 5228 2.7.3): i;octet, i;ascii-casemap and i;ascii-numeric. Texts are compared as UTF-16 here,
// which is the same as octet by octet for equality and substrings; order is by octets.
import { lowerAscii } from '../../formats/address.ts';

export interface Comparator {
  readonly name: string;
  /** RFC 4790 4.2.2: i;ascii-numeric knows no substrings. */
  readonly hasSubstrings: boolean;
  /** Equal texts have equal keys of the same length, character for character (but for i;ascii-numeric). */
  keyOf(text: string): string;
  /** Below 0, 0, above 0. */
  compare(a: string, b: string): number;
}

const compareOctets = (a: string, b: string): number => {
  if (a === b) return 0;
  // UTF-16 and UTF-8 differ in order only where there are surrogates.
  if (/[\ud800-\udfff]/.test(a) || /[\ud800-\udfff]/.test(b))
    return Buffer.compare(Buffer.from(a, 'utf8'), Buffer.from(b, 'utf8'));
  return a < b ? -1 : 1;
};

const octet: Comparator = {
  name: 'i;octet',
  hasSubstrings: true,
  keyOf: (text) => text,
  compare: compareOctets,
};

const casemap: Comparator = {
  name: 'i;ascii-casemap',
  hasSubstrings: true,
  keyOf: lowerAscii,
  // RFC 4790 9.2.1: ordered as capitals; only what is between Z and a is placed by that.
  compare: (a, b) => compareOctets(upperAscii(a), upperAscii(b)),
};

/** The engine's own is many times as fast, and right where there are no other letters. */
const upperAscii = (text: string): string => {
  if (!/[a-z]/.test(text)) return text;
  return /[^\x00-\x7f]/.test(text)
    ? text.replace(/[a-z]+/g, (letters) => letters.toUpperCase())
    : text.toUpperCase();
};

/** RFC 4790 9.1.1: the digits at the start; what has none is more than every number, and all such are equal. */
const digitsOf = (text: string): string | undefined => {
  const digits = /^[0-9]+/.exec(text)?.[0];
  return digits === undefined ? undefined : digits.replace(/^0+(?=.)/, '');
};

const numeric: Comparator = {
  name: 'i;ascii-numeric',
  hasSubstrings: false,
  keyOf: (text) => digitsOf(text) ?? 'none',
  compare: (a, b) => {
    const [left, right] = [digitsOf(a), digitsOf(b)];
    if (left === undefined || right === undefined) return left === right ? 0 : left === undefined ? 1 : -1;
    return left.length - right.length || (left === right ? 0 : left < right ? -1 : 1);
  },
};

export const comparators: ReadonlyMap<string, Comparator> = new Map(
  [octet, casemap, numeric].map((comparator) => [comparator.name, comparator]),
);

/** RFC 5228 2.7.3: where none is named. */
export const defaultComparator = casemap;
