// What IMAP sends of a message without opening its file again: ENVELOPE, BODY, BODYSTRUCTURE, RFC822.SIZE, the keys of
// SORT and THREAD, and where the parts lie. Made from the same scan as what the pages show (security.md M5), in the
// worker; pure functions on the bytes.
import type { HeaderField } from '../headers.ts';
import { type MessageStructure, type ScannedPart, scanStructure, walkParts } from '../structure.ts';
import type { WireTexts } from '../types.ts';
import { type BodyTexts, formatBodies } from './body-structure.ts';
import { formatEnvelope } from './envelope.ts';
import { countLines, type LineCount, type Tail } from './line-ends.ts';
import { formatPartOffsets, locatePart } from './part-offsets.ts';
import { selectFields } from './sections.ts';
import { readSortFacts } from './sort-facts.ts';
import { cutUsual, longestUsual, usualSection } from './usual-header.ts';

/** What is known beside the bytes. */
export interface WireOptions {
  /** The scan, when the caller has it. */
  readonly structure?: MessageStructure | undefined;
  /** Charset of the message's text, for raw 8-bit in its header. */
  readonly charset?: string | undefined;
  /** The rest of a file of which `message` is the start; it belongs to the parts that are open there. */
  readonly tail?: Tail | undefined;
}

/** The fields that clients ask for most, as they go over the wire; undefined: more than is kept. */
export function readUsualHeader(header: Buffer): string | undefined {
  // As nearly all lie in their files: then there is no need to cut bytes and to put them together again.
  const isPlain = header.length <= longestUsual && !header.includes(0x0d) && !header.includes(0);
  const kept = isPlain
    ? cutUsual(header.toString('latin1'))
    : selectFields(header, usualSection).toString('latin1').slice(0, -2);
  return kept.length + 2 > longestUsual ? undefined : kept;
}

/** Line ends before each place that sizes and offsets are told of. */
function countOf(message: Buffer, root: ScannedPart, tail: Tail | undefined): ReadonlyMap<number, LineCount> {
  const offsets = [0, message.length];
  for (const part of walkParts(root)) offsets.push(part.headerStart, part.start, part.until);
  return countLines(message, offsets, tail);
}

/** BODY and BODYSTRUCTURE alone, and RFC822.SIZE, which is counted with them. */
export function makeBodyTexts(
  message: Buffer,
  root: ScannedPart,
  tail: Tail | undefined,
): BodyTexts & Pick<WireTexts, 'size'> {
  const counts = countOf(message, root, tail);
  const length = message.length + (tail?.bytes ?? 0);
  return {
    size: length + counts.get(message.length)!.bare,
    ...formatBodies(message, root, counts, tail?.bytes),
  };
}

function texts(message: Buffer, root: ScannedPart, options: WireOptions): WireTexts {
  const { tail } = options;
  const counts = countOf(message, root, tail);
  const length = message.length + (tail?.bytes ?? 0);
  return {
    size: length + counts.get(message.length)!.bare,
    envelope: formatEnvelope(root.fields),
    ...formatBodies(message, root, counts, tail?.bytes),
    parts: formatPartOffsets(locatePart(root, counts, length, message.length)),
    sort: readSortFacts(root.fields, options.charset),
    header: readUsualHeader(message.subarray(root.headerStart, root.start)),
  };
}

/** Makes the texts; never throws. */
export function makeWireTexts(message: Buffer, options: WireOptions = {}): WireTexts {
  return texts(message, (options.structure ?? scanStructure(message)).root, options);
}

/**
 * The same for a message that could not be scanned (security.md M1): its header, and one opaque part.
 * @param fields of its header, which ends at `bodyStart`.
 */
export function makeOpaqueWireTexts(
  start: Buffer,
  fields: readonly HeaderField[],
  bodyStart: number,
  tail: Tail,
): WireTexts {
  const part: ScannedPart = {
    number: '1',
    type: 'application/octet-stream',
    parameters: new Map(),
    charset: '',
    encoding: '',
    disposition: 'attachment',
    filename: '',
    contentId: '',
    fields: fields.filter(({ name }) => !name.startsWith('content-')),
    headerStart: 0,
    start: bodyStart,
    end: start.length,
    until: start.length,
    parts: [],
    parent: undefined,
  };
  return texts(start, part, { tail });
}
