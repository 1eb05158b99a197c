// The relaxed canonical form of header fields and bodies (RFC 6376 3.4.2, 3.4.4), which DKIM and ARC sign, over a message
// as it lies in the queue: LF line ends, header fields as byte strings, one character a byte. The body comes in pieces
// with any borders and is never held. Pure but for the hash.
import { createHash } from 'node:crypto';

/** One header field as it stands, folded lines included, without its last line end. */
export interface Field {
  /** In lower case. */
  readonly name: string;
  readonly text: string;
}

const nameOf = (line: string): string | undefined => /^([!-9;-~]+)[ \t]*:/.exec(line)?.[1]?.toLowerCase();

/** The fields of a header from top to bottom. Lines that are no fields, and what is folded below them, are left out. */
export function splitHeader(header: Buffer): readonly Field[] {
  const fields: Field[] = [];
  const lines = header.toString('latin1').split('\n');
  for (let at = 0; at < lines.length && lines[at] !== ''; ) {
    const from = at++;
    while (at < lines.length && /^[ \t]/.test(lines[at]!)) at++;
    const name = nameOf(lines[from]!);
    if (name !== undefined) fields.push({ name, text: lines.slice(from, at).join('\n') });
  }
  return fields;
}

/** What stands behind the colon, unfolded, every run of blanks one space. */
export const unfoldValue = ({ text }: Field): string =>
  text
    .slice(text.indexOf(':') + 1)
    .replace(/[ \t\n]+/g, ' ')
    .trim();

/** RFC 6376 3.4.2, without a line end. `trim` takes nothing but spaces here: no other byte is white space in DKIM. */
export function relaxField({ name, text }: Field): string {
  const value = text.slice(text.indexOf(':') + 1).replaceAll('\n', '');
  return `${name}:${value.replace(/[ \t]+/g, ' ').replace(/^ | $/g, '')}`;
}

const CR = 13;
const LF = 10;
const SPACE = 32;
const TAB = 9;
const MANY = 4096;
const manyLines = Buffer.from('\r\n'.repeat(MANY), 'latin1');

/** The hash of one body; used once. */
export interface BodyHash {
  /** Line ends are LF, and there is no CR. */
  update(lines: Buffer): void;
  /** SHA-256 in base64. A last line without line end gets one, as it does on its way. */
  digest(): string;
}

export function createBodyHash(): BodyHash {
  const hash = createHash('sha256');
  let emptyLines = 0;
  let isBlank = false;
  let isEmpty = true;
  /** Used again for each piece: a long letter leaves no garbage of its own length. */
  let out: Buffer = Buffer.alloc(0);
  return {
    update(lines) {
      // Each byte gives itself at most, with a line end of two bytes, or a space, before it.
      const room = lines.length * 2 + 3;
      if (out.length < room) out = Buffer.allocUnsafeSlow(room);
      let length = 0;
      for (let at = 0; at < lines.length; at++) {
        const byte = lines[at]!;
        if (byte === LF) {
          emptyLines++;
          isBlank = false;
        } else if (byte === SPACE || byte === TAB) isBlank = true;
        else {
          // Empty lines of earlier pieces have no room in this one.
          if (length + emptyLines * 2 + (lines.length - at) * 2 + 1 > room) {
            hash.update(out.subarray(0, length));
            length = 0;
            for (; emptyLines > MANY; emptyLines -= MANY) hash.update(manyLines);
            hash.update(manyLines.subarray(0, emptyLines * 2));
            emptyLines = 0;
          }
          for (; emptyLines > 0; emptyLines--) {
            out[length++] = CR;
            out[length++] = LF;
          }
          if (isBlank) out[length++] = SPACE;
          isBlank = false;
          isEmpty = false;
          out[length++] = byte;
        }
      }
      hash.update(out.subarray(0, length));
    },
    // RFC 6376 3.4.4: empty lines at the end are ignored; a body of nothing else is no bytes at all.
    digest: () => hash.update(isEmpty ? '' : '\r\n').digest('base64'),
  };
}
