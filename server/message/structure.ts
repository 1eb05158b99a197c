// The MIME tree of a message (RFC 2045, 2046) as offsets into its bytes, found in one pass: every line that begins
// with `--` is looked up in a map of the open boundaries, so the cost does not grow with depth. Numbers are IMAP's
// (RFC 9051 6.4.5): leaves 1, 2.1, ...; a multipart root has the number TEXT, the multipart in a forwarded message
// N.TEXT, because that is how IMAP names their content. Limits of M2; malformed input gives the tree that can be seen.
import { firstField, type HeaderField, readHeaders } from './headers.ts';
import { maxBoundary, maxDepth, maxHeadersTotal, maxParts } from './limits.ts';
import { cleanName } from './names.ts';
import { readParameters } from './parameters.ts';
import { estimateSize } from './transfer.ts';
import type { Part } from './types.ts';

/** A part while it is worked on: with its own header fields and all parameters. Becomes a Part by `toPart`. */
export interface ScannedPart {
  number: string;
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly charset: string;
  readonly encoding: string;
  readonly disposition: 'inline' | 'attachment' | '';
  readonly filename: string;
  readonly contentId: string;
  readonly fields: readonly HeaderField[];
  readonly headerStart: number;
  readonly start: number;
  end: number;
  /** Where the content ends for IMAP (RFC 9051 6.4.5.1): as `end`, but a multipart's goes on over its epilogue. */
  until: number;
  readonly parts: ScannedPart[];
  readonly parent: ScannedPart | undefined;
}

/** The tree, and whether something in it could not be read as written. */
export interface MessageStructure {
  readonly root: ScannedPart;
  readonly broken: boolean;
}

interface Level {
  readonly part: ScannedPart;
  readonly boundary: string;
  readonly digest: boolean;
}

// RFC 2045 5.1: tokens.
const mediaType = /^[a-z0-9!#$&^_.+-]{1,127}\/[a-z0-9!#$&^_.+-]{1,127}$/;
const identity = new Set(['', '7bit', '8bit', 'binary']);

function readType(
  field: string,
  fallback: string,
): { type: string; parameters: ReadonlyMap<string, string> } {
  const { value, parameters } = readParameters(field);
  const type = value.replace(/\s/g, '');
  if (mediaType.test(type)) return { type, parameters };
  // RFC 2045 5.2 asks for text/plain when the value is broken; `text` alone was plain text in RFC 1049.
  return { type: field === '' ? fallback : 'text/plain', parameters };
}

class Scanner {
  readonly bytes: Buffer;
  readonly levels: Level[] = [];
  /** Boundary text to the levels that use it, innermost last. */
  readonly open = new Map<string, number[]>();
  /** How many open boundaries begin with each byte: most lines are dismissed by it. */
  readonly firstBytes = new Int32Array(256);
  headerBytes = 0;
  count = 0;
  broken = false;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  /** The level that the line at [at, end) delimits, and whether it closes it. */
  delimiter(at: number, end: number): { level: number; closes: boolean } | undefined {
    if (this.levels.length === 0 || this.firstBytes[this.bytes[at + 2] ?? 0] === 0) return undefined;
    if (end - at > maxBoundary + 64) return undefined;
    // RFC 2046 5.1.1: transport padding may follow.
    const line = this.bytes.toString('latin1', at + 2, end).trimEnd();
    const whole = this.open.get(line)?.at(-1);
    if (whole !== undefined) return { level: whole, closes: false };
    if (!line.endsWith('--')) return undefined;
    const closed = this.open.get(line.slice(0, -2))?.at(-1);
    return closed === undefined ? undefined : { level: closed, closes: true };
  }

  push(part: ScannedPart, boundary: string): void {
    const list = this.open.get(boundary) ?? [];
    list.push(this.levels.length);
    this.open.set(boundary, list);
    this.firstBytes[boundary.charCodeAt(0)]! += 1;
    this.levels.push({ part, boundary, digest: part.type === 'multipart/digest' });
  }

  pop(): void {
    const level = this.levels.pop()!;
    const list = this.open.get(level.boundary)!;
    list.pop();
    if (list.length === 0) this.open.delete(level.boundary);
    this.firstBytes[level.boundary.charCodeAt(0)]! -= 1;
  }

  /** Reads the header at `start` and makes the part; a multipart or message opens what is below it. */
  begin(
    start: number,
    parent: ScannedPart | undefined,
    depth: number,
  ): { part: ScannedPart; next: number; leaf: ScannedPart } {
    const header = readHeaders(
      this.bytes,
      start,
      this.bytes.length,
      (at, end) => this.delimiter(at, end) !== undefined,
      maxHeadersTotal - this.headerBytes,
    );
    this.headerBytes += header.size;
    this.count++;
    if (header.broken) this.broken = true;
    const { fields } = header;
    const fallback = parent?.type === 'multipart/digest' ? 'message/rfc822' : 'text/plain';
    const { type, parameters } = readType(firstField(fields, 'content-type'), fallback);
    const encoding = readParameters(firstField(fields, 'content-transfer-encoding')).value.replace(/\s/g, '');
    const disposition = readParameters(firstField(fields, 'content-disposition'));
    const contentId = firstField(fields, 'content-id')
      .replace(/[<>\s\u0000-\u001f]/g, '')
      .slice(0, 998);
    const isMultipart = type.startsWith('multipart/');
    const boundary = isMultipart ? (parameters.get('boundary') ?? '').trimEnd() : '';
    let shownType = type;
    let opaque = false;
    if ((isMultipart || type.startsWith('message/')) && !identity.has(encoding)) {
      // M5: an encoded multipart or message is offered as it is; two readings of it are not.
      opaque = true;
      if (isMultipart) {
        shownType = 'application/octet-stream';
        this.broken = true;
      }
    } else if (isMultipart && (boundary === '' || boundary.length > maxBoundary)) {
      shownType = 'text/plain';
      this.broken = true;
    }
    if (depth >= maxDepth && (isMultipart || type === 'message/rfc822')) {
      opaque = true;
      this.broken = true;
    }
    const part: ScannedPart = {
      number: '',
      type: shownType,
      parameters,
      charset: (parameters.get('charset') ?? '').slice(0, 64),
      encoding,
      disposition: disposition.value === 'inline' ? 'inline' : disposition.value === '' ? '' : 'attachment',
      filename: cleanName(disposition.parameters.get('filename') ?? parameters.get('name') ?? ''),
      contentId,
      fields,
      headerStart: start,
      start: header.bodyStart,
      end: this.bytes.length,
      until: this.bytes.length,
      parts: [],
      parent,
    };
    parent?.parts.push(part);
    if (opaque || shownType !== type) return { part, next: header.bodyStart, leaf: part };
    if (isMultipart) this.push(part, Buffer.from(boundary, 'utf8').toString('latin1'));
    else if (type === 'message/rfc822' || type === 'message/global') {
      const inner = this.begin(header.bodyStart, part, depth + 1);
      return { part, next: inner.next, leaf: inner.leaf };
    }
    return { part, next: header.bodyStart, leaf: part };
  }

  scan(): ScannedPart {
    const first = this.begin(0, undefined, 0);
    let current: ScannedPart | undefined = first.leaf;
    let at = first.next;
    const { bytes } = this;
    while (this.levels.length > 0 && at < bytes.length) {
      if (!(bytes[at] === 0x2d && bytes[at + 1] === 0x2d && (at === 0 || bytes[at - 1] === 0x0a))) {
        const found = bytes.indexOf('\n--', at === 0 ? 0 : at - 1);
        if (found < 0) break;
        at = found + 1;
      }
      let end = bytes.indexOf(0x0a, at);
      const next = end < 0 ? bytes.length : end + 1;
      if (end < 0) end = bytes.length;
      const hit = this.delimiter(at, end);
      if (!hit) {
        at = next;
        continue;
      }
      // RFC 2046 5.1.1: the line end before a delimiter belongs to it.
      let stop = at;
      if (stop > 0 && bytes[stop - 1] === 0x0a) stop--;
      if (stop > 0 && bytes[stop - 1] === 0x0d) stop--;
      const { part } = this.levels[hit.level]!;
      const depth = closeBelow(current, part, stop);
      current = undefined;
      while (this.levels.length > hit.level + 1) {
        this.broken = true;
        this.pop();
      }
      at = next;
      if (hit.closes) {
        this.pop();
        part.end = Math.max(part.start, next);
        current = part.parent;
        // A multipart inside a forwarded message: the message ends with its enclosing part, not here.
        while (current?.type.startsWith('message/') && current.parts.length === 1) current = current.parent;
      } else if (this.count >= maxParts) {
        this.broken = true;
        break;
      } else {
        const begun = this.begin(next, part, depth + 1);
        current = begun.leaf;
        at = begun.next;
      }
    }
    if (this.levels.length > 0) this.broken = true;
    return first.part;
  }
}

/** Ends every part from `leaf` up to, not including, `stopAt`; gives the depth of `stopAt`. */
function closeBelow(leaf: ScannedPart | undefined, stopAt: ScannedPart, end: number): number {
  for (const child of stopAt.parts.slice(-1)) endChain(child, end);
  if (leaf && leaf !== stopAt && leaf.end > end && leaf.start <= end) leaf.end = end;
  let depth = 0;
  for (let part: ScannedPart | undefined = stopAt.parent; part; part = part.parent) depth++;
  return depth;
}

/** The last child of each level ends where its container ends. */
function endChain(from: ScannedPart, end: number): void {
  let part: ScannedPart | undefined = from;
  while (part) {
    if (part.end > end) part.end = Math.max(part.start, end);
    if (part.until > end) part.until = Math.max(part.start, end);
    part = part.parts.at(-1);
  }
}

/** Gives IMAP numbers; iterative, since depth is foreign. */
function numberParts(root: ScannedPart): void {
  const isMultipart = (part: ScannedPart): boolean => part.type.startsWith('multipart/');
  root.number = isMultipart(root) ? 'TEXT' : '1';
  const queue: { part: ScannedPart; prefix: string }[] = [
    { part: root, prefix: isMultipart(root) ? '' : '1.' },
  ];
  for (let next = queue.pop(); next; next = queue.pop()) {
    const { part, prefix } = next;
    for (const [i, child] of part.parts.entries()) {
      if (!isMultipart(part) && isMultipart(child)) {
        child.number = `${prefix}TEXT`;
        queue.push({ part: child, prefix });
      } else {
        child.number = `${prefix}${i + 1}`;
        queue.push({ part: child, prefix: `${child.number}.` });
      }
    }
  }
}

/** A multipart in which no delimiter was found shows its content as text instead of nothing (webmail.md V10). */
function repairEmpty(root: ScannedPart): boolean {
  let repaired = false;
  const stack = [root];
  for (let part = stack.pop(); part; part = stack.pop()) {
    if (part.type.startsWith('multipart/') && part.parts.length === 0) {
      Object.assign(part, { type: 'text/plain' });
      repaired = true;
    }
    stack.push(...part.parts);
  }
  return repaired;
}

/** Scans a message; never throws. */
export function scanStructure(bytes: Buffer): MessageStructure {
  const scanner = new Scanner(bytes);
  const root = scanner.scan();
  const repaired = repairEmpty(root);
  numberParts(root);
  return { root, broken: scanner.broken || repaired };
}

/** The encoded bytes of a part. */
export function partBytes(bytes: Buffer, part: ScannedPart): Buffer {
  return bytes.subarray(part.start, part.end);
}

/** All parts, parents before children, in the order of the message. */
export function* walkParts(root: ScannedPart): Generator<ScannedPart> {
  const stack = [root];
  for (let part = stack.pop(); part; part = stack.pop()) {
    yield part;
    for (let i = part.parts.length - 1; i >= 0; i--) stack.push(part.parts[i]!);
  }
}

/** Finds a part by number; `1` also means the body of a single-part message. */
export function findPart(root: ScannedPart, number: string): ScannedPart | undefined {
  for (const part of walkParts(root)) if (part.number === number) return part;
  return undefined;
}

/** The plain record that callers get. Depth is at most 100, so the recursion is safe. */
export function toPart(bytes: Buffer, part: ScannedPart): Part {
  return {
    number: part.number,
    type: part.type,
    charset: part.charset,
    encoding: part.encoding,
    disposition: part.disposition,
    filename: part.filename,
    contentId: part.contentId,
    start: part.start,
    end: part.end,
    size: part.parts.length > 0 ? part.end - part.start : estimateSize(partBytes(bytes, part), part.encoding),
    parts: part.parts.map((child) => toPart(bytes, child)),
  };
}
