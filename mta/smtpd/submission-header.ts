// Completion of letters at submission (RFC 6409 8, and what ofmipd and qmail-inject do): Date, Message-ID and From are
// added when they are not there, on top of the given fields; Bcc does not leave the house. A letter that lacks nothing
// stays byte for byte, and so does every body. Addresses without a host, or with a host without a dot, are completed as
// by ofmipd; all others are left as they are written. Pure.
import { lowerAscii, quoteAddress } from '../formats/address.ts';
import { formatQmailDate } from '../formats/date.ts';
import { encodeWords } from '../formats/encoded-word.ts';
import { rewriteAddressList } from '../inject/header/address-list.ts';
import { fromByteString } from '../inject/header/author.ts';
import { fieldName } from '../inject/header/fields.ts';
import { type HostRewrite, rewriteListAddress } from '../inject/header/host-rules.ts';
import { renderField, tokenize, unquoteTokens } from '../inject/header/tokens.ts';

/** What generated fields are made of. */
export interface SubmissionFacts {
  /** The envelope sender, which is the authenticated user's own address. */
  readonly sender: string;
  /** The user's full name, '' for none: for a From that was left out. */
  readonly name: string;
  /** How hosts in addresses are completed. Byte strings. */
  readonly completeHost: HostRewrite;
  readonly idhost: string;
  /** Seconds since 1970. */
  readonly now: number;
  /** No other message of this second has it. Letters and digits. */
  readonly unique: string;
}

const LF = 10;
const BLANK = 32;
const TAB = 9;
const EMPTY = Buffer.alloc(0);
/** Enough of a line to know the names that matter here. */
const NAME_BYTES = 64;

/** Fields whose addresses are completed. */
const addressFields: ReadonlySet<string> = new Set([
  'from',
  'sender',
  'reply-to',
  'mail-reply-to',
  'mail-followup-to',
  'to',
  'cc',
  'resent-from',
  'resent-sender',
  'resent-to',
  'resent-cc',
]);

/**
 * Completes the header at the beginning of a message.
 * @param beginning LF line ends; at least up to the blank line, or the whole message
 * @returns `beginning` itself when nothing is missing
 */
export function completeSubmission(beginning: Buffer, facts: SubmissionFacts): Buffer {
  const end = findHeaderEnd(beginning);
  const seen = new Set<string>();
  const kept: Buffer[] = [];
  /** What comes before it is in `kept`. */
  let from = 0;
  for (const { name, start, end: next } of listFields(beginning, end)) {
    if (name === undefined) continue;
    seen.add(name);
    const replacement = replaceField(name, beginning.subarray(start, next), facts);
    if (replacement === undefined) continue;
    if (start > from) kept.push(beginning.subarray(from, start));
    if (replacement.length > 0) kept.push(replacement);
    from = next;
  }
  const generated = generateFields(seen, facts);
  if (generated === '' && from === 0 && kept.length === 0) return beginning;
  kept.push(beginning.subarray(from));
  // Text without any field is a body, and needs the blank line in front of it.
  const gap = end > 0 && seen.size === 0 ? '\n' : '';
  return Buffer.concat([Buffer.from(generated + gap, 'utf8'), ...kept]);
}

/**
 * The addresses of every From field at the beginning of a message, in lower case; undefined when one cannot be read, or none
 * has any. UTF-8 as text.
 */
export function listAuthors(beginning: Buffer): readonly string[] | undefined {
  const authors: string[] = [];
  for (const { name, start, end } of listFields(beginning, findHeaderEnd(beginning))) {
    if (name !== 'from') continue;
    const tokens = tokenize(beginning.toString('latin1', start, end));
    const list =
      tokens &&
      rewriteAddressList(tokens.slice(2), (address) => {
        authors.push(unquoteTokens(address));
        return address;
      });
    if (!list?.isParsed) return undefined;
  }
  const texts = authors.map((each) => fromByteString(each) ?? '');
  return texts.length === 0 || texts.some((each) => !each.includes('@')) ? undefined : texts.map(lowerAscii);
}

interface FieldPlace {
  /** Lower case; undefined: a line that is no field. */
  readonly name: string | undefined;
  readonly start: number;
  readonly end: number;
}

/** Fields with their folded lines. */
function listFields(beginning: Buffer, end: number): readonly FieldPlace[] {
  const fields: FieldPlace[] = [];
  for (let at = 0; at < end; ) {
    const lf = beginning.indexOf(LF, at);
    const next = lf < 0 ? end : lf + 1;
    const isFolded = beginning[at] === BLANK || beginning[at] === TAB;
    const before = fields.at(-1);
    if (isFolded && before !== undefined) fields[fields.length - 1] = { ...before, end: next };
    else {
      const name = isFolded
        ? undefined
        : fieldName(beginning.toString('latin1', at, Math.min(next, at + NAME_BYTES)));
      fields.push({ name, start: at, end: next });
    }
    at = next;
  }
  return fields;
}

/** What takes the place of a field, empty for nothing; undefined: it stays. */
function replaceField(name: string, field: Buffer, { completeHost }: SubmissionFacts): Buffer | undefined {
  if (name === 'bcc' || name === 'resent-bcc') return EMPTY;
  if (!addressFields.has(name)) return undefined;
  const text = field.toString('latin1');
  const tokens = tokenize(text);
  let isChanged = false;
  const list =
    tokens &&
    rewriteAddressList(tokens.slice(2), (address) => {
      const rewritten = rewriteListAddress(address, completeHost);
      isChanged ||= unquoteTokens(rewritten) !== unquoteTokens(address);
      return rewritten;
    });
  // What is whole, or cannot be read, stays byte for byte.
  if (!isChanged || !list?.isParsed) return undefined;
  return Buffer.from(renderField([...tokens!.slice(0, 2), ...list.tokens]), 'latin1');
}

/** Where the blank line begins, or the end. */
function findHeaderEnd(beginning: Buffer): number {
  if (beginning[0] === LF) return 0;
  const blank = beginning.indexOf('\n\n');
  return blank < 0 ? beginning.length : blank + 1;
}

function generateFields(seen: ReadonlySet<string>, facts: SubmissionFacts): string {
  const { idhost, now, unique } = facts;
  const time = new Date(now * 1000).toISOString().slice(0, 19).replace(/[-T:]/g, '');
  return [
    seen.has('date') ? '' : `Date: ${formatQmailDate(now)}\n`,
    seen.has('message-id') ? '' : `Message-ID: <${time}.${unique}.qmail@${idhost}>\n`,
    seen.has('from') ? '' : renderFrom(facts),
  ].join('');
}

function renderFrom({ sender, name }: SubmissionFacts): string {
  const words = name.replace(/[\x00-\x1f\x7f]+/g, ' ').trim();
  const address = quoteAddress(sender);
  if (words === '') return `From: ${address}\n`;
  const shown = /^[\x20-\x7e]*$/.test(words) ? `"${words.replace(/["\\]/g, '\\$&')}"` : encodeWords(words);
  return `From: ${shown} <${address}>\n`;
}
