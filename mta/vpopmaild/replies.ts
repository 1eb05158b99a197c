// What vpopmaild says (spec/vpopmail.md 7.2, vpopmaild.msg): `+OK `, `+OK+` with lines and a dot, `-ERR MAJOR.MINOR TEXT`.
// Programs of sites test these to the byte. MINOR names the place in vpopmail's code, and so the command.
import { Busy, Conflict, NoSuchObject, Refusal } from '../accounts/administration.ts';

export const OK = '+OK \r\n';

const texts = {
  2: 'Too many actions before login',
  3: 'Read Timeout',
  4: 'Invalid Command',
  5: 'Too many invalid login attempts',
  6: 'Email Address Required',
  7: 'Password Required',
  8: 'Invalid Login',
  9: 'Not Authorized',
  10: 'Invalid Email Address',
  11: 'Not Authorized for domain',
  12: 'User does not exist',
  13: 'Domain Required',
  14: 'Alias Name Required',
  15: 'Invalid Alias Name Supplied',
  16: 'Alias Line Required',
  17: 'Alias Insertion Failed',
  18: 'Alias Removal Failed',
  19: 'Alias Deletion Failed',
  26: 'Unauthorized Directory.',
  33: 'Not Available',
  34: 'Could not get limits',
  35: 'Could not set limits',
  36: 'Not Implemented yet',
} as const;

export type Major = keyof typeof texts;

/** Text of ours or of a file that cannot end its line. */
export const oneLine = (text: string): string => text.replace(/[\x00-\x1f\x7f]+/g, ' ').slice(0, 512);

/** `-ERR 8.206 Invalid Login`. */
export const errorReply = (major: Major, minor: number): string =>
  `-ERR ${major}.${String(minor).padStart(3, '0')} ${texts[major]}\r\n`;

/** `-ERR 0.305 Username exists`: the library's words. */
export const libraryError = (minor: number, words: string): string =>
  `-ERR 0.${String(minor).padStart(3, '0')} ${oneLine(words)}\r\n`;

/** An answer of several lines. */
export const lines = (all: readonly string[]): string =>
  `+OK+\r\n${all.map((line) => `${oneLine(line)}\r\n`).join('')}.\r\n`;

/** A command that ends with an error reply. */
export class ReplyError extends Error {
  override name = 'ReplyError';
  readonly reply: string;

  constructor(reply: string) {
    super(oneLine(reply));
    this.reply = reply;
  }
}

export const fail = (major: Major, minor: number): never => {
  throw new ReplyError(errorReply(major, minor));
};

/** The reply to what the administration refused; undefined: it is a bug, or the machine's trouble. */
export function replyToRefusal(error: unknown, minor: number, missing: string): string | undefined {
  if (error instanceof NoSuchObject) return libraryError(minor, missing);
  if (error instanceof Refusal || error instanceof Conflict || error instanceof Busy)
    return libraryError(minor, error.message);
  return undefined;
}
