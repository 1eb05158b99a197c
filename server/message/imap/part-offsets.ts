// Where the parts of a message lie in its file, as one line of text: made by the one parse in its life, kept in the
// index beside BODYSTRUCTURE, read when a client asks for BODY[...]. Sizes on the wire are known from it without reading
// the file. Numbers of parts are RFC 9051 6.4.5.1's.
import type { ScannedPart } from '../structure.ts';
import type { LineCount } from './line-ends.ts';

/** How the content of a leaf is encoded; `unknown` cannot be decoded (RFC 3516 4.3 UNKNOWN-CTE). */
export type ContentEncoding = 'identity' | 'base64' | 'quoted-printable' | 'unknown';

/** One part: its header is [headerStart, start), its content [start, until). */
export interface PartOffsets {
  readonly headerStart: number;
  readonly start: number;
  readonly until: number;
  /** LF without CR in the header and in the content: what the wire has more than the file. */
  readonly headerBare: number;
  readonly bare: number;
  readonly kind: 'multipart' | 'message' | 'leaf';
  readonly encoding: ContentEncoding;
  readonly parts: readonly PartOffsets[];
}

const encodings: Readonly<Record<string, ContentEncoding>> = {
  '': 'identity',
  '7bit': 'identity',
  '8bit': 'identity',
  binary: 'identity',
  base64: 'base64',
  'quoted-printable': 'quoted-printable',
};

const letters: Readonly<Record<string, ContentEncoding>> = {
  i: 'identity',
  b: 'base64',
  q: 'quoted-printable',
  x: 'unknown',
};
const letterOf = new Map(Object.entries(letters).map(([letter, encoding]) => [encoding, letter]));

/** The part's place in the file; `counts` holds its three offsets. */
export function locatePart(
  part: ScannedPart,
  counts: ReadonlyMap<number, LineCount>,
  fileEnd: number,
  readEnd: number,
): PartOffsets {
  const bareAt = (offset: number): number => counts.get(offset)!.bare;
  const parts = part.parts.map((child) => locatePart(child, counts, fileEnd, readEnd));
  return {
    headerStart: part.headerStart,
    start: part.start,
    until: part.until === readEnd ? fileEnd : part.until,
    headerBare: bareAt(part.start) - bareAt(part.headerStart),
    bare: bareAt(part.until) - bareAt(part.start),
    kind: parts.length === 0 ? 'leaf' : part.type.startsWith('multipart/') ? 'multipart' : 'message',
    encoding: encodings[part.encoding] ?? 'unknown',
    parts,
  };
}

/** The line of text: parts in their order, parents first, separated by a space. */
export function formatPartOffsets(root: PartOffsets): string {
  const pieces: string[] = [];
  const write = (part: PartOffsets): void => {
    const { headerStart, start, until, headerBare, bare, kind, encoding, parts } = part;
    const mark = kind === 'leaf' ? letterOf.get(encoding)! : kind === 'message' ? 'r' : `m${parts.length}`;
    pieces.push(`${headerStart},${start},${until},${headerBare},${bare},${mark}`);
    parts.forEach(write);
  };
  write(root);
  return pieces.join(' ');
}

/** Reads the line of text; undefined when it is none of ours. */
export function parsePartOffsets(text: string): PartOffsets | undefined {
  const pieces = text.split(' ');
  let at = 0;
  const read = (depth: number): PartOffsets | undefined => {
    const piece = /^(\d+),(\d+),(\d+),(\d+),(\d+),([ibqxr]|m(\d+))$/.exec(pieces[at++] ?? '');
    if (!piece || depth > 200) return undefined;
    const [headerStart, start, until, headerBare, bare] = piece.slice(1, 6).map(Number) as [
      number,
      number,
      number,
      number,
      number,
    ];
    const mark = piece[6]!;
    const count = mark === 'r' ? 1 : Number(piece[7] ?? 0);
    const parts: PartOffsets[] = [];
    for (let i = 0; i < count; i++) {
      const part = read(depth + 1);
      if (!part) return undefined;
      parts.push(part);
    }
    const kind = mark === 'r' ? 'message' : count > 0 ? 'multipart' : 'leaf';
    return {
      headerStart,
      start,
      until,
      headerBare,
      bare,
      kind,
      encoding: letters[mark] ?? 'identity',
      parts,
    };
  };
  const root = read(0);
  return root && at === pieces.length ? root : undefined;
}
