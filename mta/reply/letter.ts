// What an automatic answer needs to know of the letter that it answers: the fields of its header, and the beginning of its
// text for a quote. Bounded: a header that does not end within HEAD_BYTES is judged by what was read of it.
import { constants } from 'node:fs';
import { HeaderReader } from '../inject/header/header-reader.ts';
import { dropFile, openFile, readWhole } from '../maildir/calls.ts';

/** Bytes of a letter that are read: its header, and what is looked at for a text to quote. */
export const HEAD_BYTES = 262_144;
const LOOK_BYTES = 65_536;
const QUOTE_BYTES = 4096;

/** The start of a letter. */
export interface LetterStart {
  /** Header fields as byte strings (latin1), folded lines and line feeds included. */
  readonly fields: readonly string[];
  /** What follows, from the blank line on, as a byte string. */
  readonly body: string;
  /** The bytes that were read, for those who look for the marks of our doors. */
  readonly bytes: Buffer;
}

/** Splits the first bytes of a letter. Pure. */
export function readLetterStart(bytes: Buffer): LetterStart {
  const start = bytes.subarray(0, HEAD_BYTES);
  const reader = new HeaderReader();
  let body = reader.push(start)?.toString('latin1') ?? '';
  body += reader.end().toString('latin1');
  return { fields: reader.fields, body: body.slice(0, LOOK_BYTES), bytes: start };
}

/** The first bytes of a letter in memory or in a file. Rejects with system errors. */
export async function loadLetterStart(message: Buffer | undefined, path: string): Promise<LetterStart> {
  if (message !== undefined) return readLetterStart(message);
  const descriptor = await openFile(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    return readLetterStart(await readWhole(descriptor, HEAD_BYTES));
  } finally {
    dropFile(descriptor);
  }
}

/** The values of all fields of a name, unfolded, in their order. Pure. */
export function fieldValues(fields: readonly string[], name: string): readonly string[] {
  const start = `${name.toLowerCase()}:`;
  return fields
    .filter((field) => field.slice(0, start.length).toLowerCase() === start)
    .map((field) => field.slice(start.length).replace(/\s+/g, ' ').trim());
}

/** The value of the first field of a name; undefined: there is none. Pure. */
export const fieldValue = (fields: readonly string[], name: string): string | undefined =>
  fieldValues(fields, name)[0];

/** The text of a letter with `> ` in front of its lines, when it is plain ASCII and not encoded; else ''. Pure. */
export function quoteText({ fields, body }: Pick<LetterStart, 'fields' | 'body'>): string {
  const type = fieldValue(fields, 'content-type') ?? 'text/plain';
  let text = body.replace(/^\r?\n/, '');
  if (/^multipart\//i.test(type)) {
    const boundary = /boundary="?([^";\s]+)"?/i.exec(type)?.[1];
    const parts = boundary === undefined ? [] : `\n${text}`.split(`\n--${boundary}`);
    const plain = parts
      .map((part) => /^[^\n]*\n((?:.+\n)*)\n([\s\S]*)$/.exec(part))
      .find((part) => /^content-type:\s*text\/plain/im.test(part?.[1] ?? ''));
    if (!plain || /^content-transfer-encoding:\s*(?:base64|quoted-printable)/im.test(plain[1] as string))
      return '';
    text = plain[2] as string;
  } else if (
    !/^text\/plain\b/i.test(type) ||
    /^(?:base64|quoted-printable)/i.test(fieldValue(fields, 'content-transfer-encoding') ?? '')
  )
    return '';
  const start = text.slice(0, QUOTE_BYTES).replace(/\s+$/, '');
  if (start === '' || !/^[\t\r\n\x20-\x7e]*$/.test(start)) return '';
  const lines = start.split(/\r?\n/).map((line) => `> ${line}\n`);
  return `\n-------- Original Message --------\n\n${lines.join('')}`;
}
