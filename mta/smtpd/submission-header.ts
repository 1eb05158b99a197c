// Completion of letters at submission (RFC 6409 8, and what ofmipd and qmail-inject do): Date, Message-ID and From are
// added when they are not there, on top of the given fields; Bcc does not leave the house. A letter that lacks nothing
// stays byte for byte, and so does every body. Pure; addresses are left as they are written.
import { quoteAddress } from '../formats/address.ts';
import { formatQmailDate } from '../formats/date.ts';
import { fieldName } from '../inject/header/fields.ts';

/** What generated fields are made of. */
export interface SubmissionFacts {
  /** The envelope sender, which is the authenticated user's own address. */
  readonly sender: string;
  readonly idhost: string;
  /** Seconds since 1970. */
  readonly now: number;
  /** No other message of this second has it. Letters and digits. */
  readonly unique: string;
}

const LF = 10;
const BLANK = 32;
const TAB = 9;
/** Enough of a line to know the names that matter here. */
const NAME_BYTES = 64;

/**
 * Completes the header at the beginning of a message.
 * @param beginning LF line ends; at least up to the blank line, or the whole message
 * @returns `beginning` itself when nothing is missing
 */
export function completeSubmission(beginning: Buffer, facts: SubmissionFacts): Buffer {
  const end = findHeaderEnd(beginning);
  const seen = new Set<string>();
  const kept: Buffer[] = [];
  let isDropped = false;
  let from = 0;
  for (let at = 0; at < end; ) {
    const lf = beginning.indexOf(LF, at);
    const next = lf < 0 ? end : lf + 1;
    const isFolded = beginning[at] === BLANK || beginning[at] === TAB;
    if (!isFolded || at === 0) {
      const name = fieldName(beginning.toString('latin1', at, Math.min(next, at + NAME_BYTES)));
      if (name !== undefined) seen.add(name);
      isDropped = name === 'bcc' || name === 'resent-bcc';
    }
    if (isDropped) {
      if (at > from) kept.push(beginning.subarray(from, at));
      from = next;
    }
    at = next;
  }
  const generated = generateFields(seen, facts);
  if (generated === '' && from === 0 && kept.length === 0) return beginning;
  kept.push(beginning.subarray(from));
  // Text without any field is a body, and needs the blank line in front of it.
  const gap = end > 0 && seen.size === 0 ? '\n' : '';
  return Buffer.concat([Buffer.from(generated + gap, 'utf8'), ...kept]);
}

/** Where the blank line begins, or the end. */
function findHeaderEnd(beginning: Buffer): number {
  if (beginning[0] === LF) return 0;
  const blank = beginning.indexOf('\n\n');
  return blank < 0 ? beginning.length : blank + 1;
}

function generateFields(seen: ReadonlySet<string>, facts: SubmissionFacts): string {
  const { sender, idhost, now, unique } = facts;
  const time = new Date(now * 1000).toISOString().slice(0, 19).replace(/[-T:]/g, '');
  return [
    seen.has('date') ? '' : `Date: ${formatQmailDate(now)}\n`,
    seen.has('message-id') ? '' : `Message-ID: <${time}.${unique}.qmail@${idhost}>\n`,
    seen.has('from') ? '' : `From: ${quoteAddress(sender)}\n`,
  ].join('');
}
