// Flags and keywords between IMAP's words and Maildir's letters (spec/maildir-imap.md 1.4): the letter P is the keyword
// `$Forwarded`. Pure; \Recent is no flag of a message but of a session, and never stored.
import type { FlagLetters } from '../mailbox/uid-types.ts';
import { SyntaxFault } from './cursor.ts';

/** In the order of the bits of a FolderSnapshot. */
const letters = 'DFPRST';
const words = ['\\Draft', '\\Flagged', '$Forwarded', '\\Answered', '\\Seen', '\\Deleted'] as const;

export const seenBit = 16;
export const deletedBit = 32;

const letterOf: ReadonlyMap<string, string> = new Map(
  words.map((word, index) => [word.toLowerCase(), letters[index]!]),
);

/** FLAGS of a folder in the order in which clients expect them. */
export const systemFlags = ['\\Answered', '\\Flagged', '\\Deleted', '\\Seen', '\\Draft'] as const;

/** The word of each combination of bits, made once. */
const wordsOfBits: readonly string[] = Array.from({ length: 64 }, (_, bits) =>
  words.filter((_word, index) => (bits & (1 << index)) !== 0).join(' '),
);

/** What stands between the parentheses of FLAGS. */
export function formatFlags(bits: number, keywords: readonly string[], isRecent: boolean): string {
  const plain = wordsOfBits[bits & 63]!;
  if (keywords.length === 0 && !isRecent) return plain;
  return [...(plain === '' ? [] : [plain]), ...keywords, ...(isRecent ? ['\\Recent'] : [])].join(' ');
}

export function bitsOf(flags: FlagLetters): number {
  let bits = 0;
  for (const letter of flags) {
    const at = letters.indexOf(letter);
    if (at >= 0) bits |= 1 << at;
  }
  return bits;
}

/** Most characters of a keyword, and keywords of one command. */
const longestKeyword = 100;

/** Flags as a client wrote them. \Recent cannot be changed and is left out. @throws SyntaxFault for other system flags */
export function parseFlags(flags: readonly string[]): {
  readonly flags: FlagLetters;
  readonly keywords: readonly string[];
} {
  const found = new Set<string>();
  const keywords = new Map<string, string>();
  for (const flag of flags) {
    const lower = flag.toLowerCase();
    const letter = letterOf.get(lower);
    if (letter !== undefined) found.add(letter);
    else if (lower === '\\recent') continue;
    else if (flag.startsWith('\\')) throw new SyntaxFault('There is no such system flag');
    else if (flag.length > longestKeyword) throw new SyntaxFault('This keyword is too long');
    else if (!keywords.has(lower)) keywords.set(lower, flag);
  }
  return { flags: [...found].sort().join(''), keywords: [...keywords.values()] };
}
