// The header of a post on its way through a list (ezmlm-send): what members see and what the archive keeps. Fields of the
// list come first, then those of the author that the list lets through; the Subject, with the list's prefix, goes last.
// Bytes as latin1, LF line ends. Pure.
// Unlike ezmlm it keeps the fields above the Received line of the door and that line: by them our own signer knows
// whether a stranger wrote the letter (trust/origin.ts), and seals what was found out about it (ARC).
import { quoteAddress } from '../../formats/address.ts';
import { encodeWords } from '../../formats/encoded-word.ts';
import { trimSubject } from '../archive/subject.ts';
import { ListError } from '../errors.ts';
import { fromBytes, toBytes } from '../files.ts';

/** Names of fields, in lower case: these, or all but these. */
export interface FieldChoice {
  readonly names: ReadonlySet<string>;
  readonly isAllBut: boolean;
}

/** How a list treats headers. */
export interface HeaderRules {
  readonly outlocal: string;
  readonly outhost: string;
  /** Fields that the list puts on top, each with its LF: Mailing-List, List-ID, headeradd ... */
  readonly added: string;
  /** What does not pass. */
  readonly removed: FieldChoice;
  /** As DIR/prefix has it, and with its encoded words decoded; '' without. `#` is the number of the post. */
  readonly prefix: string;
  readonly plainPrefix: string;
  /** Posts come from a main list. */
  readonly isSublist: boolean;
  /** A field that counts as Mailing-List does (ezmlm-send -H); '' for none. */
  readonly mainListField: string;
  /** Received fields below the door's pass as well (ezmlm-send -r). */
  readonly keepsReceived: boolean;
  /** Answers go to the list (DIR/replytolist). */
  readonly repliesToList: boolean;
}

/** A header taken apart. */
export interface PostHeader {
  /** Fields whole, folded lines and last LF included; a line that is no field is one too. */
  readonly fields: readonly string[];
  readonly subject: string;
  readonly from: string;
  readonly replyTo: string;
  readonly contentType: string;
  readonly contentEncoding: string;
  /** Of the top Received field, behind the semicolon. */
  readonly received: string;
  /** Authentication-Results above the door's Received line: values, folded. */
  readonly results: readonly string[];
}

/** The headers of one post, each with the empty line behind it. */
export interface PostHeaders {
  readonly outgoing: string;
  /** Without Return-Path. */
  readonly archived: string;
}

export const nameOf = (field: string): string => {
  const colon = field.indexOf(':');
  return colon < 0 ? '' : field.slice(0, colon).toLowerCase();
};

const isDoor = (field: string): boolean => /^received:\s*from\s/i.test(field);

/** @param header up to and with the last line before the empty one */
export function readPostHeader(header: string): PostHeader {
  const fields: string[] = [];
  for (const line of header.split('\n')) {
    if (line === '') continue;
    if (/^[ \t]/.test(line) && fields.length > 0) fields[fields.length - 1] += `${line}\n`;
    else fields.push(`${line}\n`);
  }
  const value = (field: string | undefined): string =>
    field === undefined ? '' : field.slice(field.indexOf(':') + 1, -1);
  // ezmlm: of a field that is there twice the last one counts.
  const last = (name: string): string => value(fields.findLast((field) => nameOf(field) === name));
  const received = value(fields.find((field) => nameOf(field) === 'received'));
  const door = fields.findIndex(isDoor);
  const own = door < 0 ? [] : fields.slice(0, door);
  return {
    fields,
    subject: last('subject'),
    from: last('from'),
    replyTo: last('reply-to'),
    contentType: last('content-type'),
    contentEncoding: last('content-transfer-encoding'),
    received: received.includes(';')
      ? received
          .slice(received.indexOf(';') + 1)
          .replace(/^[ \t]+/, '')
          .replace(/\n[ \t]*/g, ' ')
      : '',
    results: own.filter((field) => nameOf(field) === 'authentication-results').map(value),
  };
}

/** How the author of a post is shown when his own From would not be believed. */
export interface NewFrom {
  /** `From:` and `Reply-To:` or `Cc:`, each with its LF. */
  readonly fields: string;
}

/** From: "NAME via LIST" <list@host>, with the author where answers find him. @param name bytes as latin1 */
export function makeNewFrom(rules: HeaderRules, name: string, header: PostHeader): NewFrom {
  const plain = name.replace(/\\(.)/g, '$1');
  const via = `${plain === '' ? 'Somebody' : plain} via ${toBytes(rules.outlocal)}`;
  const ascii = /^[\x20-\x7e]*$/.test(via);
  const shown = ascii
    ? `"${via.replace(/["\\]/g, '\\$&')}"`
    : encodeWords(fromBytes(via).replace(/[\x00-\x1f\x7f]/g, ' '));
  const address = quoteAddress(`${rules.outlocal}@${rules.outhost}`);
  // Where the author himself said where answers go, they go there.
  const answers = rules.repliesToList ? `Cc:${header.from}\n` : `Reply-To:${header.replyTo || header.from}\n`;
  return { fields: `From: ${shown} <${toBytes(address)}>\n${answers}` };
}

export const deliveredToList = ({ outlocal, outhost }: Pick<HeaderRules, 'outlocal' | 'outhost'>): string =>
  `Delivered-To: mailing list ${toBytes(`${outlocal}@${outhost}`)}\n`;

/**
 * The headers of a post.
 * @param number of the post, for the prefix
 * @throws ListError 100: the post loops, or comes from another list, or not from the main list of a sublist
 */
export function makePostHeaders(
  header: PostHeader,
  rules: HeaderRules,
  number: number,
  newFrom?: NewFrom,
): PostHeaders {
  const deliveredTo = deliveredToList(rules);
  const hasListId = /^list-id:/im.test(rules.added);
  const listAddress = toBytes(quoteAddress(`${rules.outlocal}@${rules.outhost}`));
  const replyTo = rules.repliesToList ? `Reply-To: <${listAddress}>\n` : '';
  const hasPrefix = rules.prefix !== '' && !rules.isSublist;
  const door = header.fields.findIndex(isDoor);
  let outgoing = rules.added + deliveredTo + replyTo;
  let archived = deliveredTo + replyTo;
  let isFromList = false;
  for (const [at, field] of header.fields.entries()) {
    const name = nameOf(field);
    if (field === deliveredTo)
      throw new ListError(100, 'this message is looping: it already has my Delivered-To line (#5.4.6)');
    if (name === 'mailing-list' || (rules.mainListField !== '' && name === rules.mainListField))
      isFromList = true;
    if (name === 'received' && !rules.keepsReceived && at > Math.max(door, firstReceived(header))) {
      archived += field;
      continue;
    }
    if (name !== '' && rules.removed.names.has(name) !== rules.removed.isAllBut) continue;
    if (name === 'list-id' && hasListId) continue;
    // Where answers go is said once: by the list, or by the new Reply-To that names the author.
    if (name === 'reply-to' && (rules.repliesToList || newFrom !== undefined)) continue;
    if (name === 'subject' && hasPrefix) continue;
    if (name === 'from' && newFrom) {
      outgoing += newFrom.fields;
      archived += field;
      continue;
    }
    outgoing += field;
    archived += field;
  }
  checkMainList(isFromList, rules.isSublist);
  if (hasPrefix) {
    const mark = trimSubject(header.subject, rules.plainPrefix).hasPrefix
      ? ''
      : ` ${encodePrefix(rules.prefix.replace(/#(?=[^#]*$)/, () => String(number)))}`;
    outgoing += `Subject:${mark}${header.subject}\n`;
    archived += `Subject:${header.subject}\n`;
  }
  return { outgoing: `${outgoing}\n`, archived: `${archived}\n` };
}

/** RFC 2047: pages and ezmlm-make write a prefix as it is read, a header has ASCII. */
const encodePrefix = (prefix: string): string =>
  /[\x80-\xff]/.test(prefix) ? encodeWords(fromBytes(prefix)) : prefix;

const firstReceived = ({ fields }: PostHeader): number =>
  fields.findIndex((field) => nameOf(field) === 'received');

function checkMainList(isFromList: boolean, isSublist: boolean): void {
  if (isFromList && !isSublist)
    throw new ListError(
      100,
      'message already has a Mailing-List header (maybe I should be a sublist) (#5.7.2)',
    );
  if (!isFromList && isSublist)
    throw new ListError(100, 'sublist messages must have a Mailing-List header (#5.7.2)');
}

/** ezmlm: is this the bounce address of the main list, `LIST-return-NUMBER-...@HOST`? @param mainList DIR/sublist */
export function isFromMainList(sender: string, mainList: string): boolean {
  if (sender.length < mainList.length) return false;
  const at = mainList.lastIndexOf('@');
  if (at < 0) return true;
  const host = mainList.slice(at).toLowerCase();
  return sender.startsWith(mainList.slice(0, at)) && sender.toLowerCase().endsWith(host);
}

/** The number that the main list gave the post; 0: its sender does not tell. */
export function numberOfMainList(sender: string, mainList: string): number {
  const at = mainList.lastIndexOf('@');
  const rest = sender.slice(at < 0 ? mainList.length : at);
  return Number(/^-return-(\d{1,15})-/.exec(rest)?.[1] ?? 0);
}
