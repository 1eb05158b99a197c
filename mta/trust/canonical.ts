// The canonical forms of header fields and bodies (RFC 6376 3.4), which DKIM and ARC sign and check, over a message as it
// lies in the queue: LF line ends, header fields as byte strings, one character a byte. The body comes in pieces
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

/** A body on its way into its canonical form; used once. */
export interface BodyForm {
  /** Line ends are LF, and there is no CR. */
  update(lines: Buffer): void;
  /** A last line without line end gets one, as it does on its way. */
  end(): void;
}

/** Takes the canonical bytes; each buffer is its own only until it returns. */
export type BodySink = (bytes: Buffer) => void;

/** Empty lines that turned out not to be the last, of which there may be more than a piece has room for. */
function putEmptyLines(count: number, sink: BodySink): void {
  for (let left = count; left > 0; left -= MANY) sink(manyLines.subarray(0, Math.min(left, MANY) * 2));
}

/** RFC 6376 3.4.4: blanks are one space, none at the end of a line; empty lines at the end are ignored. */
export function relaxBody(sink: BodySink): BodyForm {
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
            sink(out.subarray(0, length));
            length = 0;
            putEmptyLines(emptyLines, sink);
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
      sink(out.subarray(0, length));
    },
    // A body of nothing but empty lines is no bytes at all.
    end() {
      if (!isEmpty) sink(manyLines.subarray(0, 2));
    },
  };
}

/** RFC 6376 3.4.3: as it stands, but for empty lines at the end; a body of nothing else is one line end. */
export function keepBody(sink: BodySink): BodyForm {
  let emptyLines = 0;
  return {
    update(lines) {
      let end = lines.length;
      while (end > 0 && lines[end - 1] === LF) end--;
      if (end > 0) {
        putEmptyLines(emptyLines, sink);
        emptyLines = 0;
        sink(Buffer.from(lines.toString('latin1', 0, end).replaceAll('\n', '\r\n'), 'latin1'));
      }
      emptyLines += lines.length - end;
    },
    end: () => sink(manyLines.subarray(0, 2)),
  };
}

/** The hash of one body in its relaxed form; used once. */
export interface BodyHash {
  /** Line ends are LF, and there is no CR. */
  update(lines: Buffer): void;
  /** SHA-256 in base64. */
  digest(): string;
}

export function createBodyHash(): BodyHash {
  const hash = createHash('sha256');
  const form = relaxBody((bytes) => hash.update(bytes));
  return {
    update: (lines) => form.update(lines),
    digest() {
      form.end();
      return hash.digest('base64');
    },
  };
}
