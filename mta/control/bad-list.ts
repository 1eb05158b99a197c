// Lists of what is refused: badmailfrom, badrcptto, badhelo and their -norelay forms. Two kinds of old files mean
// something here (spec/qmail.md 3.2): netqmail's plain entries, an address or @host compared whole, and the POSIX extended
// regular expressions of patched qmails, unanchored, `!` in front for "does not match". The rule that tells them apart: an
// entry that is an address or @host of nothing but letters, digits and . - _ + = is plain; everything else is an
// expression. Case never counts. A line that cannot be used is told in `warnings`; the others go on.
import { lowerAscii } from '../formats/address.ts';
import type { PosixRegex } from './posix-regex.ts';
import { compilePosixRegex, RegexError } from './posix-regex.ts';
import type { ControlFile } from './reading.ts';

const PLAIN = /^(?:[A-Za-z0-9._+=-]*@[A-Za-z0-9._+=-]+|@)$/;

/** A compiled list. */
export interface BadList {
  /** The entry that this text fits; undefined: none. The empty text fits none, `!` or not. */
  find(text: string): string | undefined;
  /** What is wrong, a line each, with file and line. */
  readonly warnings: readonly string[];
}

/** The list of a file that is not there. */
export const emptyBadList: BadList = { find: () => undefined, warnings: [] };

/** An expression, perhaps negated. */
export interface Pattern {
  readonly entry: string;
  fits(text: string): boolean;
}

/** Compiles one expression with its `!`. Throws RegexError. */
export function compilePattern(entry: string): Pattern {
  const isNegated = entry.startsWith('!');
  const regex: PosixRegex = compilePosixRegex(isNegated ? entry.slice(1) : entry);
  return { entry, fits: (text) => regex.matches(text) !== isNegated };
}

/** The lines of a list with their numbers; blank lines and comments left out. */
export function* numberedLines(text: string): Generator<readonly [number, string]> {
  for (const [index, raw] of text.split('\n').entries()) {
    // CR LF line ends are taken: an expression that ends in CR would never fit.
    const line = raw.replace(/[ \t\r]+$/, '');
    if (line !== '' && !line.startsWith('#')) yield [index + 1, line];
  }
}

/** Reads such a list; a missing file is an empty list. */
export function readBadList(file: ControlFile): BadList {
  if (file.text === undefined) return emptyBadList;
  const plain = new Map<string, string>();
  const patterns: Pattern[] = [];
  const warnings: string[] = [];
  for (const [number, line] of numberedLines(file.text)) {
    if (PLAIN.test(line)) plain.set(lowerAscii(line), line);
    else {
      try {
        patterns.push(compilePattern(line));
      } catch (error) {
        if (!(error instanceof RegexError)) throw error;
        warnings.push(
          `${file.path} line ${number}: ${JSON.stringify(line)} does not count: ${error.message}`,
        );
      }
    }
  }
  if (plain.size === 0 && patterns.length === 0) return { ...emptyBadList, warnings };
  return {
    warnings,
    find: (text) => {
      if (text === '') return undefined;
      const lower = lowerAscii(text);
      const at = lower.lastIndexOf('@');
      return (
        plain.get(lower) ??
        (at < 0 ? undefined : plain.get(lower.slice(at))) ??
        patterns.find((pattern) => pattern.fits(text))?.entry
      );
    },
  };
}
