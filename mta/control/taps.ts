// control/taps (spec/qmail.md 3.2): secret copies. A line is F, T or A (sender, recipients, either), a regular expression
// as in badmailfrom, and the address that gets the copy: `F:@example\.com$:archive@example.com`. The first line that fits
// adds one recipient, never two.
import { isSafeAddress } from '../formats/address.ts';
import { compilePattern, numberedLines, type Pattern } from './bad-list.ts';
import { RegexError } from './posix-regex.ts';
import type { ControlFile } from './reading.ts';

/** The compiled file. */
export interface Taps {
  /** The address that gets a copy of this message; undefined: nobody. */
  find(sender: string, recipients: readonly string[]): string | undefined;
  readonly warnings: readonly string[];
}

const noTaps: Taps = { find: () => undefined, warnings: [] };

/** Reads control/taps; a line that cannot be used is told in `warnings`. */
export function readTaps(file: ControlFile): Taps {
  if (file.text === undefined) return noTaps;
  const taps: { readonly kind: string; readonly pattern: Pattern; readonly copyTo: string }[] = [];
  const warnings: string[] = [];
  for (const [number, line] of numberedLines(file.text)) {
    const warn = (why: string): unknown =>
      warnings.push(`${file.path} line ${number}: ${JSON.stringify(line)} does not count: ${why}`);
    // An expression may hold colons ([[:alpha:]]), an address may not.
    const [, kind, regex, copyTo] = /^([FTA]):(.*):([^:]*)$/.exec(line) ?? [];
    if (kind === undefined || regex === undefined || copyTo === undefined)
      warn('expected F, T or A, a regular expression and an address, with colons between them');
    else if (!/^[^@]+@[^@]+$/.test(copyTo) || !isSafeAddress(copyTo)) warn('the copy needs an address');
    else {
      try {
        taps.push({ kind, pattern: compilePattern(regex), copyTo });
      } catch (error) {
        if (!(error instanceof RegexError)) throw error;
        warn(error.message);
      }
    }
  }
  if (taps.length === 0) return { ...noTaps, warnings };
  return {
    warnings,
    find: (sender, recipients) =>
      taps.find(
        ({ kind, pattern }) =>
          (kind !== 'T' && pattern.fits(sender)) ||
          (kind !== 'F' && recipients.some((recipient) => pattern.fits(recipient))),
      )?.copyTo,
  };
}
