// A vpasswd text in pieces of whole lines, each with its digest: what tells, after some other program has put a new text in
// place, which parts are still the old ones, without holding a byte of either. Most changes are of one line, and hashing
// the others is a third of the work of looking for their ends. Used by the index of lines (vpasswd-index.ts).
import { hash } from 'node:crypto';
import type { ByteSource } from '../formats/byte-source.ts';
import { readSpan } from '../formats/byte-source.ts';
import type { TextSplice } from './vpasswd-pair.ts';

const FEED = 10;

/** Whole lines, where they are in the text. */
export interface Piece {
  readonly start: number;
  readonly end: number;
  /** Of its bytes; undefined: a line of it has changed since. */
  readonly digest: string | undefined;
}

/** The owner of a domain writes these lines: so no checksum that he could make equal for other ones. */
export const digestOf = (bytes: Buffer): string => hash('sha256', bytes, 'base64url');

/** The pieces after a change of one line. */
export function splicePieces(pieces: readonly Piece[], { at, removed, added }: TextSplice): readonly Piece[] {
  const shift = added - removed;
  const found = pieces.findIndex(({ end }) => at < end);
  const changed = found < 0 ? pieces.length - 1 : found;
  if (changed < 0) return added === 0 ? [] : [{ start: 0, end: added, digest: undefined }];
  return pieces.flatMap((piece, index) => {
    if (index < changed) return [piece];
    if (index > changed) return [{ ...piece, start: piece.start + shift, end: piece.end + shift }];
    return piece.end + shift === piece.start
      ? []
      : [{ start: piece.start, end: piece.end + shift, digest: undefined }];
  });
}

/** What of a text is as it was. */
interface SameParts {
  readonly head: readonly Piece[];
  /** Where they were: they have moved by `shift`. */
  readonly tail: readonly Piece[];
  readonly shift: number;
  /** What lies between, in the new text: whole lines. */
  readonly from: number;
  readonly to: number;
}

/** The pieces that a text still begins and ends with. Undefined: none, or lines would be cut. */
export async function findSame(pieces: readonly Piece[], source: ByteSource): Promise<SameParts | undefined> {
  const size = pieces.at(-1)?.end ?? 0;
  const shift = source.size - size;
  const longest = pieces.reduce((most, { start, end }) => Math.max(most, end - start), 0);
  const window = Buffer.allocUnsafeSlow(longest);
  const isThere = async ({ start, end, digest }: Piece, moved: number): Promise<boolean> => {
    if (digest === undefined || start + moved < 0) return false;
    const bytes = await source.read(start + moved, window.subarray(0, end - start));
    return bytes.length === end - start && bytes.at(-1) === FEED && digestOf(bytes) === digest;
  };
  let first = 0;
  while (first < pieces.length && (await isThere(pieces[first] as Piece, 0))) first++;
  const from = pieces[first - 1]?.end ?? 0;
  let last = pieces.length;
  for (; last > first; last--) {
    const piece = pieces[last - 1] as Piece;
    if (piece.start + shift < from || !(await isThere(piece, shift))) break;
  }
  if (first === 0 && last === pieces.length) return undefined;
  const tail = pieces.slice(last);
  const to = tail[0] === undefined ? source.size : tail[0].start + shift;
  // What was put in front of a piece ends before it, or its first line is another.
  if (to < from) return undefined;
  if (tail[0] !== undefined && to > from) {
    const [feed] = await readSpan(source, { start: to - 1, end: to });
    if (feed !== FEED) return undefined;
  }
  return { head: pieces.slice(0, first), tail, shift, from, to };
}
