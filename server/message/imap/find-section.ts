// Where in a message that lies what a client asks for in BODY[...] and BINARY[...] (RFC 9051 6.4.5, section-spec):
// numbers of parts as RFC 9051 6.4.5.1 counts them, also in forwarded messages that are no multipart. The grammar of
// sections is the session's.
import type { PartOffsets } from './part-offsets.ts';

/** A section. `fields` only with HEADER.FIELDS and HEADER.FIELDS.NOT. */
export interface Section {
  /** Part numbers, from 1; none: of the whole message. */
  readonly path: readonly number[];
  readonly text: '' | 'HEADER' | 'HEADER.FIELDS' | 'HEADER.FIELDS.NOT' | 'TEXT' | 'MIME';
  readonly fields: readonly string[];
}

/** A run of bytes of the file, and the LF in it that lack their CR. */
export interface Range {
  readonly from: number;
  readonly to: number;
  readonly bare: number;
}

/** The part with this number; the message itself for none. */
export function findNumbered(root: PartOffsets, path: readonly number[]): PartOffsets | undefined {
  // The root of a message counts as multipart, or is its own part 1.
  const inMessage = (inner: PartOffsets | undefined, number: number): PartOffsets | undefined =>
    inner?.kind === 'multipart' ? inner.parts[number - 1] : number === 1 ? inner : undefined;
  let part: PartOffsets | undefined;
  for (const [depth, number] of path.entries()) {
    if (depth === 0) part = inMessage(root, number);
    else if (part?.kind === 'message') part = inMessage(part.parts[0], number);
    else part = part?.kind === 'multipart' ? part.parts[number - 1] : undefined;
    if (!part) return undefined;
  }
  return part ?? root;
}

const headerOf = (part: PartOffsets): Range => ({
  from: part.headerStart,
  to: part.start,
  bare: part.headerBare,
});
const contentOf = (part: PartOffsets): Range => ({ from: part.start, to: part.until, bare: part.bare });

/** Where a section lies; for HEADER.FIELDS the whole header. Undefined: the message has no such section (NIL). */
export function findSection(root: PartOffsets, section: Section): Range | undefined {
  const { path, text } = section;
  const part = findNumbered(root, path);
  if (!part) return undefined;
  if (path.length === 0) {
    if (text === 'TEXT') return contentOf(root);
    if (text !== '') return headerOf(root);
    return { from: root.headerStart, to: root.until, bare: root.headerBare + root.bare };
  }
  if (text === '') return contentOf(part);
  if (text === 'MIME') return headerOf(part);
  // RFC 9051 6.4.5.1: HEADER and TEXT of a part are those of the message in it.
  const inner = part.kind === 'message' ? part.parts[0] : undefined;
  if (!inner) return undefined;
  return text === 'TEXT' ? contentOf(inner) : headerOf(inner);
}
