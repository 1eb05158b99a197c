// Whom our people write to, read from qmail-send's log lines (spec/qmail.md 7.4): the addresses of deliveries to other
// hosts of letters that have a sender of this site. Letters of the webmail, of mail programs and of programs all leave
// their lines there. Holds the letters under way, bounded; wants to be shown every line.
import { splitAddress } from '../formats/address.ts';

const MOST_LETTERS = 10_000;

const readBegin = (line: string) => /^info msg (\d{1,20}): bytes \d+ from <([^>]+)> qp /.exec(line);
const readRemote = (line: string) =>
  /^starting delivery \d+: msg (\d{1,20}) to remote (\S{3,320})$/.exec(line);
const readEnd = (line: string) => /^end msg (\d{1,20})$/.exec(line)?.[1];

/** Puts a letter in, and the oldest out where there are too many. */
function keep<T>(letters: Map<string, T>, letter: string, value: T): void {
  if (letters.size >= MOST_LETTERS) letters.delete(letters.keys().next().value!);
  letters.set(letter, value);
}

/** @param isOurs is this domain, in lower case, one of the site's? @param note takes each address */
export function watchOutgoing(
  isOurs: (domain: string) => boolean,
  note: (address: string) => void,
): (line: string) => void {
  const letters = new Map<string, true>();
  return (line) => {
    const [, letter, sender] = readBegin(line) ?? [];
    if (letter !== undefined && sender !== undefined) {
      // A forward's rewritten sender (SRS) is a stranger's.
      if (!/^srs[01][=+-]/i.test(sender) && isOurs(splitAddress(sender).domain.toLowerCase()))
        keep(letters, letter, true);
      return;
    }
    const [, msg, recipient] = readRemote(line) ?? [];
    if (msg !== undefined && recipient !== undefined) {
      if (letters.has(msg)) note(recipient);
      return;
    }
    letters.delete(readEnd(line) ?? '');
  };
}

/** Passes on what watchOutgoing wants, for a role of its own: the lines of letters that go to other hosts. */
export function pickOutgoing(pass: (line: string) => void): (line: string) => void {
  const letters = new Map<string, string>();
  return (line) => {
    const letter = readBegin(line)?.[1];
    if (letter !== undefined) return keep(letters, letter, line);
    const msg = readRemote(line)?.[1];
    if (msg !== undefined) {
      const begin = letters.get(msg);
      if (begin !== undefined && begin !== '') pass(begin);
      if (begin !== undefined) letters.set(msg, '');
      return pass(line);
    }
    const ended = readEnd(line);
    if (ended === undefined) return;
    if (letters.get(ended) === '') pass(line);
    letters.delete(ended);
  };
}
