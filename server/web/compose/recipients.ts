// What a person types into To, Cc and Bcc: RFC 5322 3.4 mailboxes and groups, and the looser forms people use
// (semicolons, line breaks, `mailto:`). Guarantees that every recipient it returns has one well-formed address without
// a control character, so that a typed text can never become a second header or a second envelope recipient
// (security.md W3). Whether a mailbox exists is asked elsewhere (check.ts).
import { domainToASCII, domainToUnicode } from 'node:url';
import { splitRecipients } from './split.ts';

export { splitRecipients };

/** One recipient as typed. */
export interface Recipient {
  /** Display name, '' when none; no control characters. */
  readonly name: string;
  /** For the header and the eye: domain as typed, lower case. */
  readonly address: string;
  /** For the envelope: domain in A-labels when the local part is ASCII, UTF-8 otherwise (RFC 6531). */
  readonly envelope: string;
}

/** A piece that is not an address; `text` is the piece as typed, `words` a sentence for the person. */
export interface RecipientFault {
  readonly text: string;
  readonly words: string;
}

export interface ParsedRecipients {
  readonly recipients: readonly Recipient[];
  readonly faults: readonly RecipientFault[];
}

/** What one input may hold; longer text is a fault, not an endless loop (W3: 100 kB in a field). */
const longestInput = 64 * 1024;

/** Reads a whole input field. Duplicates inside the field are dropped, the order is kept. */
export function parseRecipients(text: string): ParsedRecipients {
  if (text.length > longestInput) {
    return {
      recipients: [],
      faults: [{ text: text.slice(0, 60), words: 'This list of recipients is too long.' }],
    };
  }
  const recipients: Recipient[] = [];
  const faults: RecipientFault[] = [];
  for (const piece of splitRecipients(text)) {
    const parsed = parseRecipient(piece);
    if (parsed === undefined) continue;
    if ('words' in parsed) faults.push(parsed);
    else recipients.push(parsed);
  }
  return { recipients: withoutDuplicates(recipients), faults };
}

/** Keeps the first of equal addresses; `seen` carries over from one field to the next (To, Cc, Bcc). */
export function withoutDuplicates(
  recipients: readonly Recipient[],
  seen: Set<string> = new Set(),
): readonly Recipient[] {
  return recipients.filter((recipient) => {
    const key = recipient.envelope.toLowerCase();
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** The good addresses of the three fields, each once. */
export function recipientsOf(fields: {
  readonly to: string;
  readonly cc: string;
  readonly bcc: string;
}): Readonly<Record<'to' | 'cc' | 'bcc', readonly Recipient[]>> {
  const seen = new Set<string>();
  const of = (text: string) => withoutDuplicates(parseRecipients(text).recipients, seen);
  return { to: of(fields.to), cc: of(fields.cc), bcc: of(fields.bcc) };
}

/** Reads one piece; undefined for a piece without content (an empty group). */
function parseRecipient(typed: string): Recipient | RecipientFault | undefined {
  const piece = withoutGroup(typed);
  if (piece === '') return undefined;
  const fault: RecipientFault = { text: typed, words: `“${shortened(typed)}” is not a full address.` };
  const open = openingBracket(piece);
  let name = '';
  let spec = piece;
  if (open >= 0) {
    const close = piece.indexOf('>', open);
    if (
      close < 0 ||
      piece
        .slice(close + 1)
        .replace(/\([^()]*\)/g, '')
        .trim() !== ''
    )
      return fault;
    name = unquoteName(piece.slice(0, open));
    spec = piece.slice(open + 1, close);
  } else {
    const commented = /^(.*?)\s*\(([^()]*)\)$/s.exec(piece);
    if (commented) {
      spec = commented[1] as string;
      name = unquoteName(commented[2] as string);
    }
  }
  const address = parseAddress(spec.trim());
  return address === undefined ? fault : { name, ...address };
}

/** `Team: a@example.org` and `mailto:a@example.org` lose what stands before the colon. */
function withoutGroup(piece: string): string {
  const group = /^(?:"(?:[^"\\]|\\.)*"|[^"<>@:[\]])*:/.exec(piece);
  return group ? piece.slice(group[0].length).trim() : piece;
}

function openingBracket(piece: string): number {
  let quote = false;
  for (let at = 0; at < piece.length; at++) {
    if (quote && piece[at] === '\\') at++;
    else if (piece[at] === '"') quote = !quote;
    else if (piece[at] === '<' && !quote) return at;
  }
  return -1;
}

function unquoteName(text: string): string {
  const trimmed = text.trim();
  const quoted = /^"((?:[^"\\]|\\.)*)"$/s.exec(trimmed);
  return cleanHeaderText(quoted ? (quoted[1] as string).replace(/\\(.)/gs, '$1') : trimmed);
}

const atext = "[A-Za-z0-9!#$%&'*+\\-/=?^_`{|}~\\u{A1}-\\u{10FFFF}]";
const dotAtom = new RegExp(`^${atext}+(?:\\.${atext}+)*$`, 'u');
const quotedLocal = /^"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\[\x20-\x7e])*"$/;
const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Zs}]/u;

/** Checks local@domain; undefined when it is not a full address (RFC 5321 4.1.2, RFC 6531 3.3). */
export function parseAddress(spec: string): { address: string; envelope: string } | undefined {
  const at = spec.lastIndexOf('@');
  if (at <= 0) return undefined;
  const local = spec.slice(0, at);
  if (!quotedLocal.test(local) && (!dotAtom.test(local) || unseen.test(local))) return undefined;
  // RFC 5321 4.5.3.1.1: local parts up to 64 octets
  if (Buffer.byteLength(local) > 64) return undefined;
  const domain = parseDomain(spec.slice(at + 1));
  if (domain === undefined) return undefined;
  const ascii = /^[\x20-\x7e]*$/.test(local);
  return {
    address: `${local}@${domain.typed}`,
    envelope: `${local}@${ascii ? domain.ascii : domain.unicode}`,
  };
}

function parseDomain(text: string): { typed: string; ascii: string; unicode: string } | undefined {
  const literal = /^\[(?:IPv6:[0-9A-Fa-f:.]{2,45}|\d{1,3}(?:\.\d{1,3}){3})\]$/i.test(text);
  if (literal) return { typed: text, ascii: text, unicode: text };
  if (/[\x00-\x2c\x2f\x3a-\x40\x5b-\x60\x7b-\x7f]/.test(text) || unseen.test(text)) return undefined;
  const lower = text.toLowerCase();
  const ascii = /^[\x00-\x7f]*$/.test(lower) ? lower : domainToASCII(lower);
  if (ascii === '' || ascii.length > 253) return undefined;
  const labels = ascii.split('.');
  if (!labels.every((label) => /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(label))) return undefined;
  // a top level of digits only is an IPv4 address in disguise, which needs brackets
  if (/^\d+$/.test(labels.at(-1) as string)) return undefined;
  return { typed: lower, ascii, unicode: domainToUnicode(ascii) || lower };
}

/**
 * Makes foreign or typed text fit for one header value: line breaks of every kind and controls become spaces, lone
 * surrogates U+FFFD (security.md W3). The text keeps its other characters; encoding is the composer's work.
 */
export function cleanHeaderText(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]+/g, ' ')
    .trim();
}

/** A recipient as text for an input field; reads back to the same recipient. */
export function formatRecipient(recipient: { readonly name: string; readonly address: string }): string {
  const name = cleanHeaderText(recipient.name);
  if (name === '' || name === recipient.address) return recipient.address;
  const bare = /^[\p{L}\p{N}\p{M} '_\-!?&*+/=]+$/u.test(name);
  return `${bare ? name : `"${name.replace(/(["\\])/g, '\\$1')}"`} <${recipient.address}>`;
}

const shortened = (text: string): string => {
  const clean = cleanHeaderText(text);
  return clean.length > 80 ? `${clean.slice(0, 79)}…` : clean;
};
