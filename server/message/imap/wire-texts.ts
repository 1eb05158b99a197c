// What IMAP sends of a message without opening its file again: ENVELOPE, BODY, BODYSTRUCTURE, RFC822.SIZE, the keys of
// SORT and THREAD, and where the parts lie. Made from the same scan as what the pages show (security.md M5), in the
// worker; pure functions on the bytes.
import type { HeaderField } from '../headers.ts';
import { type MessageStructure, type ScannedPart, scanStructure, walkParts } from '../structure.ts';
import type { WireTexts } from '../types.ts';
import { formatBodies } from './body-structure.ts';
import { formatEnvelope } from './envelope.ts';
import { countLines, type LineCount, type Tail } from './line-ends.ts';
import { formatPartOffsets, locatePart } from './part-offsets.ts';
import { selectFields } from './sections.ts';
import { readSortFacts } from './sort-facts.ts';
import { longestUsual, usualSection } from './usual-header.ts';

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
  const kept = selectFields(header, usualSection);
  return kept.length > longestUsual ? undefined : kept.toString('latin1', 0, kept.length - 2);
}

function texts(message: Buffer, root: ScannedPart, options: WireOptions): WireTexts {
  const offsets = [0, message.length];
  for (const part of walkParts(root)) offsets.push(part.headerStart, part.start, part.until);
  const { tail } = options;
  const counts: ReadonlyMap<number, LineCount> = countLines(message, offsets, tail);
  const length = message.length + (tail?.bytes ?? 0);
  return {
    size: length + counts.get(message.length)!.bare,
    envelope: formatEnvelope(message, root.fields),
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
