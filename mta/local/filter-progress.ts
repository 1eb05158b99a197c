// What a mail filter has done with a letter whose delivery failed half-way: it is tried again, and must not be stored or
// sent on twice. `sieve-done` among our files of the account, a line each: until when, which letter, which action. Written
// only when something failed after something was done; read by each try of a filter, gone when the letter is delivered.
import { createHash } from 'node:crypto';
import type { AccountHome } from '../accounts/account-files.ts';
import { changeAccountFile, readAccountFile } from '../accounts/account-files.ts';

const FILE = 'sieve-done';
/** No letter stays longer in a queue than two weeks, unless somebody wants it so. */
const KEPT_SECONDS = 14 * 86_400;
const MOST_LINES = 2000;

const hashOf = (text: string | Buffer): string =>
  createHash('sha256').update(text).digest('hex').slice(0, 24);

/** Which letter to whom: the same in each try, whatever the queue calls it. */
export const letterKey = (recipient: string, sender: string, bytes: Buffer): string =>
  hashOf(`${recipient}\0${sender}\0${bytes.length}\0${createHash('sha256').update(bytes).digest('hex')}`);

export interface FilterProgress {
  isDone(action: string): boolean;
  note(action: string): void;
  /** Writes it down for the next try. Rejects with system errors, AccountFileError and LockBusyError. */
  save(): Promise<void>;
  /** The letter is delivered. Rejects as `save`. */
  forget(): Promise<void>;
}

interface Line {
  readonly until: number;
  readonly letter: string;
  readonly action: string;
}

/**
 * @param letter makes the letter's key; asked only when there is something to compare or to write
 * @param now seconds since 1970
 */
export async function openProgress(
  home: AccountHome,
  letter: () => string,
  now: number,
): Promise<FilterProgress> {
  const before = parseLines(await readAccountFile(home, FILE), now);
  const mine = before.filter((line) => line.letter === letter());
  const done = new Set(mine.map(({ action }) => action));
  return {
    isDone: (action) => done.has(hashOf(action)),
    note: (action) => void done.add(hashOf(action)),
    async save() {
      if (done.size === 0) return;
      await changeAccountFile(home, FILE, (text) => {
        const others = parseLines(text, now).filter((line) => line.letter !== letter());
        const own = [...done].map((action) => ({ until: now + KEPT_SECONDS, letter: letter(), action }));
        return format([...others, ...own]);
      });
    },
    async forget() {
      if (mine.length === 0) return;
      await changeAccountFile(home, FILE, (text) =>
        format(parseLines(text, now).filter((line) => line.letter !== letter())),
      );
    },
  };
}

const format = (lines: readonly Line[]): string =>
  lines
    .slice(-MOST_LINES)
    .map(({ until, letter, action }) => `${until} ${letter} ${action}\n`)
    .join('');

function parseLines(text: string | undefined, now: number): readonly Line[] {
  return (text ?? '').split('\n').flatMap((line) => {
    const [, until, letter, action] = /^(\d{1,12}) ([0-9a-f]{24}) ([0-9a-f]{24})$/.exec(line) ?? [];
    return letter !== undefined && action !== undefined && Number(until) > now
      ? [{ until: Number(until), letter, action }]
      : [];
  });
}
