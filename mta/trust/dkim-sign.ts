// DKIM signatures of letters that leave (RFC 6376, 8301, 8463): relaxed/relaxed, RSA-SHA256 and Ed25519-SHA256, over the
// form that really goes out. Never with a length (l=): what is added to a letter must break its signature. Fields that a
// reader sees are signed once more than they are there, so that none can be added either.
// Which keys sign which letter is said by who asks (letter-signer.ts). Pure but for the cryptography.
import { createHash, type KeyObject, sign } from 'node:crypto';
import { promisify } from 'node:util';
import { type Field, relaxField } from './canonical.ts';

export type Algorithm = 'rsa-sha256' | 'ed25519-sha256';

/** A private key with the name under which its public half is published: SELECTOR._domainkey.DOMAIN. */
export interface SigningKey {
  readonly domain: string;
  readonly selector: string;
  readonly algorithm: Algorithm;
  readonly key: KeyObject;
}

/** Signed though they may not be there. RFC 6376 8.15: a second From or Subject would be shown and believed. */
const always: readonly string[] = [
  'from',
  'reply-to',
  'subject',
  'date',
  'to',
  'cc',
  'message-id',
  'mime-version',
  'content-type',
  'content-transfer-encoding',
];

/** Signed where they are (RFC 6376 5.4.1); mailing lists add those of theirs without harm. */
const wherePresent: readonly string[] = [
  'sender',
  'in-reply-to',
  'references',
  'resent-date',
  'resent-from',
  'resent-to',
  'resent-cc',
  'resent-message-id',
  'list-id',
  'list-help',
  'list-unsubscribe',
  'list-unsubscribe-post',
  'list-subscribe',
  'list-post',
  'list-owner',
  'list-archive',
  'auto-submitted',
  'content-disposition',
  'content-id',
];

/** What is signed of a header: names in the order of h=, and the canonical fields behind each other. */
export interface SignedHeader {
  readonly names: readonly string[];
  readonly text: string;
}

/** Chooses what is signed of a header. RFC 6376 5.4.2: of several fields of a name the lowest comes first. */
export function chooseSignedHeader(fields: readonly Field[]): SignedHeader {
  const byName = new Map<string, Field[]>();
  for (const field of fields) {
    const known = byName.get(field.name);
    if (known) known.push(field);
    else byName.set(field.name, [field]);
  }
  const names: string[] = [];
  let text = '';
  for (const name of [...always, ...wherePresent]) {
    const found = byName.get(name) ?? [];
    for (const field of found.toReversed()) {
      names.push(name);
      text += `${relaxField(field)}\r\n`;
    }
    if (always.includes(name)) names.push(name);
  }
  return { names, text };
}

/** Columns of a line of the field; RFC 5322 2.1.1 recommends 78. */
const WIDTH = 76;

/** The beginning of a field: its name and tags, in lines that begin with a tab. */
export function foldTags(name: string, tags: readonly string[]): string {
  let text = `${name}:`;
  let column = text.length;
  for (const tag of tags) {
    const isFull = column + tag.length + 1 > WIDTH;
    text += `${isFull ? '\n\t' : ' '}${tag}`;
    column = (isFull ? 1 : column + 1) + tag.length;
  }
  return text;
}

/** Puts words into lines that begin with a tab. `used`: columns of the first line that are taken. */
export function foldWords(words: readonly string[], glue: string, used: number): string {
  let text = '';
  let column = used;
  for (const [at, word] of words.entries()) {
    const piece = at < words.length - 1 ? word + glue : word;
    if (column + piece.length > WIDTH && column > 1) {
      text += '\n\t';
      column = 1;
    }
    text += piece;
    column += piece.length;
  }
  return text;
}

/** Base64 in lines that begin with a tab. */
export function foldBase64(text: string, used: number): string {
  const first = Math.max(0, WIDTH - used);
  const rest = text.slice(first).match(/.{1,74}/g) ?? [];
  return [text.slice(0, first), ...rest].join('\n\t');
}

const signInPool = promisify(sign);

/**
 * Signs canonical text: RSA over the text, Ed25519 over its SHA-256 (RFC 8463 3). The work is done beside the event
 * loop. Gives base64.
 */
export async function signText(
  text: string,
  { algorithm, key }: Pick<SigningKey, 'algorithm' | 'key'>,
): Promise<string> {
  const bytes = Buffer.from(text, 'latin1');
  const signature =
    algorithm === 'rsa-sha256'
      ? await signInPool('sha256', bytes, key)
      : await signInPool(null, createHash('sha256').update(bytes).digest(), key);
  return signature.toString('base64');
}

/**
 * One DKIM-Signature field with LF line ends, the last one included.
 * @param bodyHash base64, of the relaxed body
 * @param time seconds since 1970
 */
export async function makeSignature(
  header: SignedHeader,
  bodyHash: string,
  key: SigningKey,
  time: number,
): Promise<string> {
  const tags = ['v=1;', `a=${key.algorithm};`, 'c=relaxed/relaxed;', `d=${key.domain};`];
  const start = [
    foldTags('DKIM-Signature', [...tags, `s=${key.selector};`, `t=${time};`, `bh=${bodyHash};`]),
    `h=${foldWords(header.names, ':', 3)};`,
    'b=',
  ].join('\n\t');
  // RFC 6376 3.7: the field itself comes last, with an empty b= and without a line end.
  const own = relaxField({ name: 'dkim-signature', text: start });
  const signature = await signText(header.text + own, key);
  return `${start}${foldBase64(signature, 3)}\n`;
}
