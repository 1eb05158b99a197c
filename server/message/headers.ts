// Header blocks (RFC 5322 2.2): where each field lies, and its unfolded value. Malformed blocks are read as far as they
// make sense: a missing blank line ends at the first line that cannot be a field, an mbox "From " line is skipped.
// Values stay one character a byte (latin1) here; words.ts, addresses.ts and parameters.ts decode them.
import { decodeRaw } from './charset.ts';
import { maxField, maxFields, maxHeaderBlock } from './limits.ts';

/** One field; one character a byte, cut at 128 KiB. It is cut out and unfolded when it is looked at: most never are. */
export class HeaderField {
  /** Lower case. */
  readonly name: string;
  readonly rawName: string;
  /** Offsets into the message: after the colon, and after the field's last line end. */
  readonly from: number;
  readonly end: number;
  readonly #text: string;
  readonly #textAt: number;
  #value: string | undefined;

  /** @param text a part of the message that has the field; it begins at the offset `textAt`. */
  constructor(rawName: string, from: number, end: number, text: string, textAt: number) {
    this.name = usualNames.get(rawName) ?? rawName.toLowerCase();
    this.rawName = rawName;
    this.from = from;
    this.end = end;
    this.#text = text;
    this.#textAt = textAt;
  }

  /** As it stands after the colon, with its line ends. */
  get raw(): string {
    return this.#text.slice(
      this.from - this.#textAt,
      Math.min(this.end, this.from + maxField) - this.#textAt,
    );
  }

  /** Its first bytes alone. */
  cut(length: number): HeaderField {
    const end = Math.min(this.end, this.from + length);
    return new HeaderField(this.rawName, this.from, end, this.#text, this.#textAt);
  }

  /** Unfolded. */
  get value(): string {
    this.#value ??= unfold(this.raw);
    return this.#value;
  }
}

/** A header block and where the body begins. */
export interface HeaderBlock {
  readonly fields: readonly HeaderField[];
  readonly bodyStart: number;
  /** Bytes read. */
  readonly size: number;
  /** Lines that are no field, or more than we read. */
  readonly broken: boolean;
}

/** The names that mail is full of, as they are written: they need no second look. */
const usualNames: ReadonlyMap<string, string> = new Map(
  `Return-Path Delivered-To Received From Sender Reply-To To Cc CC Bcc Subject Date Message-ID Message-Id In-Reply-To
  References MIME-Version Mime-Version Content-Type Content-Transfer-Encoding Content-Disposition Content-ID
  Content-Language User-Agent X-Mailer X-Priority DKIM-Signature Authentication-Results ARC-Seal ARC-Message-Signature
  ARC-Authentication-Results Received-SPF List-Id List-ID List-Post List-Help List-Unsubscribe List-Unsubscribe-Post
  List-Subscribe List-Archive Precedence Feedback-ID X-Originating-IP X-Spam-Status X-Spam-Flag X-Spam-Level`
    .split(/\s+/)
    .map((name) => [name, name.toLowerCase()]),
);

// RFC 5322 2.2: field names are printable US-ASCII without the colon; a blank before the colon is obsolete syntax.
const fieldName = /^[!-9;-~]{1,256}$/;

/** What servers put on top of a message on its way (RFC 5321 4.4), qmail's Delivered-To among it. */
const traceFields: ReadonlySet<string> = new Set(['return-path', 'delivered-to', 'received']);

const isTrace = (fields: readonly HeaderField[]): boolean =>
  fields.length > 0 && fields.every(({ name }) => traceFields.has(name));

/** An mbox "From " line: it began the message when a program sent its mbox as it was; trace fields may lie above it. */
const isMboxLine = (bytes: Buffer, at: number): boolean =>
  /^>?From /.test(bytes.toString('latin1', at, at + 6));

/** A field that the header of a message has, by its name; to know one again after a line that is none. */
const knownField =
  /^(?:return-path|delivered-to|received|from|sender|reply-to|to|cc|bcc|subject|date|message-id|in-reply-to|references|mime-version|content-[a-z-]+|x-[!-9;-~]+|dkim-signature|authentication-results|list-[a-z]+) {0,4}:/i;

/** Lines that are looked at for a field after one that is none. */
const linesAhead = 20;

/**
 * True when the header goes on after lines that are no fields: folded ones that lost their blank. A line with two hyphens
 * is none of them: it may delimit a part (RFC 2046 5.1.1).
 * @param from begin of the first line that is no field
 */
function goesOn(bytes: Buffer, from: number, limit: number): boolean {
  let at = from;
  for (let i = 0; i <= linesAhead && at < limit; i++) {
    const [end, next] = lineAt(bytes, at, limit);
    if (end === at || (bytes[at] === 0x2d && bytes[at + 1] === 0x2d)) return false;
    if (knownField.test(bytes.toString('latin1', at, Math.min(at + 100, end)))) return true;
    at = next;
  }
  return false;
}

/** First line from `at`: [end without line end, start of the next line]. */
function lineAt(bytes: Buffer, at: number, limit: number): [number, number] {
  let end = bytes.indexOf(0x0a, at);
  if (end < 0 || end >= limit) return [limit, limit];
  const next = end + 1;
  if (end > at && bytes[end - 1] === 0x0d) end--;
  return [end, next];
}

const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

const isBlank = (code: number): boolean => code === 0x20 || (code >= 0x09 && code <= 0x0d);

/** Without white space at both ends. Not `trim`: text of one character a byte has 0xA0 as part of UTF-8 letters. */
export function trimBlanks(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

/** RFC 5322 2.2.3: the line end before a blank goes; here the run of line end and blanks becomes one space. */
function unfold(raw: string): string {
  const first = raw.indexOf('\n');
  // Most are one line, with its end.
  if (first < 0 || first === raw.length - 1) return trimBlanks(raw);
  return trimBlanks(raw.split('\n').map(trimBlanks).join(' '));
}

/** The value as IMAP sends it: unfolded by taking out the line ends alone (RFC 5322 2.2.3), one character a byte. */
export function exactValue(field: HeaderField): string {
  const raw = trimBlanks(field.raw);
  // NUL cannot be sent in any string but a literal8 (RFC 9051 4.3).
  return /[\n\0]/.test(raw) ? raw.replace(/\r?\n|\0/g, '') : raw;
}

/** Bytes of a header block that become text at once; hardly any is longer. */
const headerWindow = 4 * 1024;

/**
 * Reads the header block in bytes[start, limit).
 * @param isBoundary tells that a line beginning with `--` at an offset ends the block (a part without a blank line).
 * @param allowance bytes of header that may still be read in this message.
 */
export function readHeaders(
  bytes: Buffer,
  start: number,
  limit: number,
  isBoundary: (at: number, end: number) => boolean = () => false,
  allowance = maxHeaderBlock,
): HeaderBlock {
  const fields: HeaderField[] = [];
  const readable = Math.min(limit, start + Math.min(maxHeaderBlock, Math.max(allowance, 0)));
  const windowEnd = Math.min(limit, start + headerWindow);
  // What is looked for in a short text is found in a tenth of the time that it takes in a buffer.
  const text = bytes.toString('latin1', start, windowEnd);
  let broken = false;
  // Programs that save a message as UTF-8 text put a byte order mark before it.
  const hasMark = start === 0 && bytes.subarray(0, 3).equals(byteOrderMark);
  let at = hasMark ? 3 : start;
  let bodyStart = -1;
  let from = -1;
  let name = '';
  const finish = (end: number): void => {
    if (from >= 0) {
      const isWithin = end <= windowEnd;
      const own = isWithin ? text : bytes.toString('latin1', from, Math.min(end, from + maxField));
      fields.push(new HeaderField(name, from, end, own, isWithin ? start : from));
    }
    from = -1;
  };
  while (at < readable && fields.length < maxFields) {
    let next = text.indexOf('\n', at - start) + 1;
    let end: number;
    if (next > 0) {
      next += start;
      end = next - 1;
      if (end > at && text.charCodeAt(end - 1 - start) === 0x0d) end--;
    } else [end, next] = lineAt(bytes, at, limit);
    if (end === at) {
      bodyStart = next;
      break;
    }
    const first = bytes[at]!;
    if (first === 0x2d && bytes[at + 1] === 0x2d && isBoundary(at, end)) {
      bodyStart = at;
      broken = true;
      break;
    }
    if (first === 0x20 || first === 0x09) {
      // A line of blanks only inside a block still continues it (RFC 5322 4.2, obsolete folding).
      if (from < 0 && fields.length === 0) broken = true;
      at = next;
      continue;
    }
    finish(at);
    const nameEnd = Math.min(end, at + 300);
    const line =
      nameEnd <= windowEnd ? text.slice(at - start, nameEnd - start) : bytes.toString('latin1', at, nameEnd);
    const colon = line.indexOf(':');
    const candidate = colon < 0 ? '' : line.slice(0, colon).trimEnd();
    if (usualNames.has(candidate) || fieldName.test(candidate)) {
      name = candidate;
      from = at + colon + 1;
    } else if (!(isMboxLine(bytes, at) && (at <= start + 3 || isTrace(fields)))) {
      broken = true;
      // No field at all so far, or text where a field should be: the body began without a blank line.
      if (fields.length === 0 || (colon < 0 && !goesOn(bytes, at, limit))) {
        bodyStart = at;
        break;
      }
    }
    at = next;
  }
  finish(Math.min(at, limit));
  if (bodyStart < 0) {
    bodyStart = limit;
    if (at < limit) {
      // More header than we read: the body begins after the next empty line.
      broken = true;
      const rest = bytes.subarray(at, limit);
      const ends = [rest.indexOf('\n\n'), rest.indexOf('\n\r\n')];
      const [lf = -1, crlf = -1] = ends;
      if (lf >= 0 && (crlf < 0 || lf < crlf)) bodyStart = at + lf + 2;
      else if (crlf >= 0) bodyStart = at + crlf + 3;
    }
  }
  return { fields, bodyStart, size: Math.max(0, Math.min(at, limit) - start), broken };
}

/** The first field of a name (M5: the first counts). */
export function findField(fields: readonly HeaderField[], name: string): HeaderField | undefined {
  for (let i = 0; i < fields.length; i++) if (fields[i]!.name === name) return fields[i];
  return undefined;
}

/** Its value, '' when there is none. */
export function firstField(fields: readonly HeaderField[], name: string): string {
  return findField(fields, name)?.value ?? '';
}

/** True when a field that must be single stands twice (M5). */
export function hasDuplicates(fields: readonly HeaderField[]): boolean {
  const seen = new Set<string>();
  for (const { name } of fields) {
    if (!singleFields.has(name)) continue;
    if (seen.has(name)) return true;
    seen.add(name);
  }
  return false;
}

// RFC 5322 3.6, RFC 2045 3: these stand once.
const singleFields = new Set([
  'from',
  'sender',
  'reply-to',
  'to',
  'cc',
  'bcc',
  'subject',
  'date',
  'message-id',
  'in-reply-to',
  'references',
  'mime-version',
  'content-type',
  'content-transfer-encoding',
]);

/** Message identifiers in angle brackets (RFC 5322 3.6.4), without them; the first 10 and last 90 of many. */
export function readMessageIds(value: string, limit: number): string[] {
  const ids: string[] = [];
  let at = 0;
  while (at < value.length) {
    const open = value.indexOf('<', at);
    if (open < 0) break;
    const close = value.indexOf('>', open);
    if (close < 0) break;
    const id = value.slice(open + 1, close).replace(/[\u0000-\u0020\u007f<]/g, '');
    if (id !== '' && id.length <= 998)
      ids.push(/[\u0080-\u00ff]/.test(id) ? decodeRaw(Buffer.from(id, 'latin1'), '') : id);
    if (ids.length > limit) ids.splice(10, 1);
    at = close + 1;
  }
  // Without brackets at all: one bare word is taken as the identifier.
  if (ids.length === 0 && /^[!-~]{1,998}$/.test(value) && !/[<>]/.test(value)) ids.push(value);
  return ids;
}
