// BINARY[n] and BINARY.SIZE[n] (RFC 3516, RFC 9051 6.4.5): the content of a part with its transfer encoding undone,
// decoded piece by piece so that no size of attachment holds the session. Encoded text keeps the line ends that it has
// on the wire. What nobody can decode is said to be so ([UNKNOWN-CTE]).
import { decodeBase64, decodeQuotedPrintable } from '../transfer.ts';
import { findNumbered, findSection, type Section } from './find-section.ts';
import { toWire } from './line-ends.ts';
import type { ContentEncoding, PartOffsets } from './part-offsets.ts';
import { type ByteSource, readPieces, type SectionContent, type Span } from './sections.ts';

/** Content up to this size is decoded once and kept while it is sent, bytes as encoded. */
const atOnce = 2 * 1024 * 1024;

/** Takes encoded pieces, gives decoded ones. */
interface Decoder {
  add(bytes: Buffer): Buffer;
  end(): Buffer;
}

const nothing = Buffer.alloc(0);

/**
 * A decoder that works on pieces cut where the encoding lets them be cut; the rest waits for the next.
 * @param keep what of the rest is needed then.
 */
function createCuttingDecoder(
  decode: (bytes: Buffer) => Buffer,
  findCut: (bytes: Buffer) => number,
  keep: (rest: Buffer) => Buffer,
): Decoder {
  let rest: Buffer = nothing;
  return {
    add(bytes) {
      const all = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
      const at = findCut(all);
      rest = keep(all.subarray(at));
      return decode(all.subarray(0, at));
    },
    end: () => decode(rest),
  };
}

const isBase64 = new Uint8Array(256);
for (const char of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_')
  isBase64[char.charCodeAt(0)] = 1;

/** After the last whole group of four; padding ends a group early (RFC 2045 6.8). */
function cutBase64(bytes: Buffer): number {
  let count = 0;
  let at = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (byte === 0x3d) count = 0;
    else if (isBase64[byte] === 1) count = (count + 1) & 3;
    if (count === 0) at = i + 1;
  }
  return at;
}

/** An unfinished group without what does not count: at most three characters, however much junk comes. */
const keepBase64 = (rest: Buffer): Buffer => rest.filter((byte) => isBase64[byte] === 1) as Buffer;

/** A line this long is cut within. */
const longestLine = 64 * 1024;

/** After the last line; in a line without end, before what may be an escape or blanks that go. */
function cutQuotedPrintable(bytes: Buffer): number {
  const line = bytes.lastIndexOf(0x0a) + 1;
  if (line > 0 || bytes.length < longestLine) return line;
  let at = bytes.length;
  while (at > 0 && (bytes[at - 1]! <= 0x20 || bytes.subarray(Math.max(0, at - 2), at).includes(0x3d))) at--;
  return at > 0 ? at : bytes.length;
}

function createDecoder(encoding: ContentEncoding): Decoder {
  if (encoding === 'base64') return createCuttingDecoder(decodeBase64, cutBase64, keepBase64);
  if (encoding === 'quoted-printable')
    return createCuttingDecoder(decodeQuotedPrintable, cutQuotedPrintable, (rest) => rest);
  return { add: (bytes) => bytes, end: () => nothing };
}

async function* decodeRange(
  source: ByteSource,
  from: number,
  to: number,
  encoding: ContentEncoding,
): AsyncGenerator<Buffer> {
  const decoder = createDecoder(encoding);
  for await (const { bytes, last } of readPieces(source, from, to)) {
    const decoded = decoder.add(toWire(bytes, last, 0));
    if (decoded.length > 0) yield decoded;
  }
  const rest = decoder.end();
  if (rest.length > 0) yield rest;
}

async function* cutStream(chunks: AsyncIterable<Buffer>, start: number, end: number): AsyncGenerator<Buffer> {
  let at = 0;
  let sent = 0;
  for await (const chunk of chunks) {
    const out = chunk.subarray(Math.max(0, start - at), Math.max(0, end - at));
    sent += out.length;
    if (out.length > 0) yield out;
    at += chunk.length;
    if (at >= end) break;
  }
  if (sent !== end - start) throw new Error('the message file is not what it was');
}

/**
 * Opens BINARY[path] for sending; for BINARY.SIZE only `size` is used.
 * @returns undefined when there is no such part: NIL; 'unknown-cte' when its encoding is none that we know.
 */
export async function openBinary(
  source: ByteSource,
  root: PartOffsets,
  path: readonly number[],
  span?: Span,
): Promise<SectionContent | 'unknown-cte' | undefined> {
  const section: Section = { path, text: '', fields: [] };
  const range = findSection(root, section);
  const part = findNumbered(root, path);
  if (!range || !part) return undefined;
  // A multipart, a message and the whole of the file are not encoded themselves (RFC 2045 6.4).
  const isLeaf = path.length > 0 && part.kind === 'leaf';
  const encoding = isLeaf ? part.encoding : 'identity';
  if (encoding === 'unknown') return 'unknown-cte';
  const open = (): AsyncGenerator<Buffer> => decodeRange(source, range.from, range.to, encoding);
  const kept: Buffer[] = [];
  let whole = 0;
  let hasNul = false;
  const isSmall = range.to - range.from <= atOnce;
  for await (const chunk of open()) {
    whole += chunk.length;
    hasNul ||= chunk.includes(0);
    if (isSmall) kept.push(chunk);
  }
  const start = Math.min(span?.from ?? 0, whole);
  const end = Math.min(whole, start + (span?.length ?? whole));
  const chunks = isSmall ? [Buffer.concat(kept).subarray(start, end)] : cutStream(open(), start, end);
  return { size: end - start, chunks, hasNul };
}
