// The user's own .qmail as the form of the account shows and writes it (spec/qmailadmin.md 2.3): standard, forward with or
// without a copy, throw away, vacation. Pure. A line that is none of these is nobody's business: it stays where it is, byte
// for byte, and a choice that says what the file already says changes nothing at all.
import type { DeliveryChoice } from '../administration.ts';
import {
  delivers,
  dropBlankStart,
  encodeLine,
  joinLines,
  type Line,
  readLine,
  replaceAddresses,
  showLine,
  splitText,
} from './dot-qmail-lines.ts';

/** Whose file it is. */
export interface ChoicePlace {
  /** pw_dir. */
  readonly home: string;
  /** The program line of a new vacation, without a line feed. */
  readonly vacationLine: string;
}

/** What the lines say, without the words of the vacation, which are in a file of their own. */
export interface ReadChoice {
  readonly kind: DeliveryChoice['kind'];
  readonly forwards: readonly string[];
  readonly keepsCopy: boolean;
  /** The file with the words; undefined: no vacation. */
  readonly vacationMessage: string | undefined;
  /** Of its line: in which so many answers to one sender count. */
  readonly vacationSeconds: number | undefined;
  readonly otherLines: readonly string[];
}

/** Is this line the account's own Maildir? */
const isOwnMaildir = (line: Line, home: string): boolean =>
  line.kind === 'directory' &&
  ['./Maildir', `${encodeLine(home)}/Maildir`].includes(line.path.replace(/\/+$/, ''));

const saysDelete = (line: Line): boolean => line.kind === 'discard' && line.text.includes('delete');

/** Reads a .qmail, given as latin1; undefined: there is none. */
export function readChoice(text: string | undefined, home: string): ReadChoice {
  const lines = splitText(text ?? '').map(readLine);
  const forwards = lines.flatMap((line) => (line.kind === 'address' ? [line.address] : []));
  const vacation = lines.find((line) => line.kind === 'robot');
  const isOther = (line: Line): boolean =>
    !['address', 'discard'].includes(line.kind) && line !== vacation && !isOwnMaildir(line, home);
  const delivering = lines.filter((line) => delivers(line) && line !== vacation);
  // vdelivermail: a file with comments only throws the mail away. qmailadmin: programs that it kept may stand beside
  // the words that say so.
  const isDiscard =
    delivering.length === 0
      ? lines.some((line) => line.kind === 'discard' || line.kind === 'comment')
      : delivering.every((line) => line.text.startsWith('|')) && lines.some(saysDelete);
  const kind = isDiscard ? 'discard' : forwards.length > 0 ? 'forward' : 'mailbox';
  return {
    kind,
    forwards: [...new Set(forwards)],
    keepsCopy: kind === 'forward' && lines.some((line) => isOwnMaildir(line, home)),
    vacationMessage: vacation?.robot.message,
    vacationSeconds: vacation?.robot.seconds,
    otherLines: lines.filter(isOther).map((line) => showLine(line.text)),
  };
}

/** The new file, as latin1; undefined: no file, which is the standard delivery. */
export function formatChoice(
  text: string | undefined,
  wanted: Pick<DeliveryChoice, 'kind' | 'forwards' | 'keepsCopy'> & { readonly hasVacation: boolean },
  { home, vacationLine }: ChoicePlace,
): string | undefined {
  const was = readChoice(text, home);
  if (isSame(was, wanted)) return text;
  const forwards = wanted.kind === 'forward' ? wanted.forwards : [];
  const intoMailbox = wanted.kind === 'mailbox' || (wanted.kind === 'forward' && wanted.keepsCopy);
  const old = splitText(text ?? '').map(readLine);
  const stays = (line: Line): boolean => {
    if (line.kind === 'discard') return wanted.kind === 'discard';
    if (line.kind === 'robot') return wanted.hasVacation;
    return !isOwnMaildir(line, home) || intoMailbox;
  };
  // qmailadmin: forwards, the Maildir, the vacation. A program that fails ends the delivery, so it comes last.
  const isLater = (line: Line): boolean => line.kind === 'robot' || isOwnMaildir(line, home);
  const lines = replaceAddresses(old.filter(stays), forwards, isLater).map(readLine);
  const add = (added: string): void => {
    const vacation = lines.findIndex((line) => line.kind === 'robot');
    lines.splice(vacation < 0 ? lines.length : vacation, 0, readLine(added));
  };
  const ownMaildir = `${encodeLine(home)}/Maildir/`;
  const hasMaildir = lines.some((line) => isOwnMaildir(line, home));
  // Where a program of the site delivered before, it goes on doing so; a Maildir line beside it would deliver twice.
  const leavesToOthers =
    was.kind === 'mailbox' && wanted.kind === 'mailbox' && lines.some(delivers) && !hasOnlyVacation(lines);
  if (intoMailbox && !hasMaildir && !leavesToOthers) add(ownMaildir);
  if (wanted.kind === 'discard' && !lines.some((line) => line.kind === 'discard')) add('# delete');
  if (wanted.hasVacation && !lines.some((line) => line.kind === 'robot')) lines.push(readLine(vacationLine));
  const isStandard = lines.every((line) => isOwnMaildir(line, home));
  return isStandard ? undefined : joinLines(dropBlankStart(lines.map((line) => line.text)));
}

const hasOnlyVacation = (lines: readonly Line[]): boolean =>
  lines.filter(delivers).every((line) => line.kind === 'robot');

function isSame(
  was: ReadChoice,
  wanted: Pick<DeliveryChoice, 'kind' | 'forwards' | 'keepsCopy'> & { readonly hasVacation: boolean },
): boolean {
  if (was.kind !== wanted.kind || wanted.hasVacation !== (was.vacationMessage !== undefined)) return false;
  if (wanted.kind !== 'forward') return true;
  const sorted = (addresses: readonly string[]): string => [...new Set(addresses)].sort().join('\n');
  return was.keepsCopy === wanted.keepsCopy && sorted(was.forwards) === sorted(wanted.forwards);
}
