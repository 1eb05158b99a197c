// Nobody is flooded with questions and answers that others ask for in his name (security.md R10): one address gets so many
// letters of a list in an hour and no more. What was sent is in DIR/facteur-asked, a line `TIME KIND ADDRESS` each, of the
// last hour only.
import { join } from 'node:path';
import { replaceFile } from '../../accounts/durable.ts';
import { lowerAscii, splitAddress } from '../../formats/address.ts';
import { systemError } from '../errors.ts';
import { fromBytes, readListFile } from '../files.ts';
import { withListLock } from '../lock.ts';

/** `question`: confirm, please. `answer`: help, information, what was done. `work`: what a moderator asked for. */
export type LetterKind = 'question' | 'answer' | 'work';

/** Letters an hour to one address that nobody has proved to be his. */
export const MOST_AN_HOUR: Readonly<Record<LetterKind, number>> = { question: 3, answer: 10, work: 60 };

const HOUR = 3600;
/** Lines that are kept. Beyond them the oldest are forgotten: so many strangers in one hour are somebody's list. */
const MOST_LINES = 5000;

/**
 * Notes a letter to an address. @param now seconds since 1970
 * @returns false: it had its share of this hour, and nothing is to be sent
 * @throws ListError 111
 */
export async function mayWrite(
  directory: string,
  address: string,
  kind: LetterKind,
  now: number,
): Promise<boolean> {
  const path = join(directory, 'facteur-asked');
  return withListLock(join(directory, 'lock'), async () => {
    const lines = keepRecent(fromBytes((await readListFile(path)) ?? ''), now);
    const entry = `${kind} ${mailboxOf(address)}`;
    const had = lines.filter((line) => line.slice(line.indexOf(' ') + 1) === entry).length;
    if (had >= MOST_AN_HOUR[kind]) return false;
    const kept = [...lines, `${now} ${entry}`].slice(-MOST_LINES);
    try {
      await replaceFile(path, `${kept.join('\n')}\n`, 0o600);
    } catch (error) {
      throw systemError(`unable to write ${path}`, error);
    }
    return true;
  });
}

/** Whose it is: `ann+one@host` and `ann+two@host` are one person to most hosts (RFC 5233). */
function mailboxOf(address: string): string {
  const { local, domain } = splitAddress(lowerAscii(address).replace(/\s/g, '_'));
  return `${local.replace(/(?<=.)\+.*$/s, '')}@${domain}`;
}

function keepRecent(text: string, now: number): string[] {
  return text.split('\n').filter((line) => {
    const time = Number(/^(\d{1,12}) /.exec(line)?.[1] ?? Number.NaN);
    return time > now - HOUR && time <= now + HOUR;
  });
}
