// Some of the texts that IMAP sends (wire-texts.ts), for a client that waits for one thing of ten thousand messages: what
// the header alone decides is read out of the first bytes of the file, and nothing is made that was not asked for. The same
// functions as for the index make them, so that an answer is the same before and after a message was indexed.
import { chooseBodies, textCharset } from '../bodies.ts';
import { firstField, readHeaders } from '../headers.ts';
import { scanStructure } from '../structure.ts';
import type { PackedTexts, WireTextName } from '../types.ts';
import { formatEnvelope } from './envelope.ts';
import { countLines, type Tail } from './line-ends.ts';
import { readSortFacts } from './sort-facts.ts';
import { makeBodyTexts, makeWireTexts, readUsualHeader } from './wire-texts.ts';

/** 'octets': the size as POP3 tells it (RFC 1939 11), where the last line too has its end. */
export type AskedText = WireTextName | 'size' | 'octets';

const isCounted = (name: AskedText): name is 'size' | 'octets' => name === 'size' || name === 'octets';

/** What is asked for, of one message: `size` -1 where no size was. */
export interface SomeTexts {
  readonly size: number;
  readonly texts: Partial<Record<WireTextName, string | undefined>>;
}

const ofHeader: ReadonlySet<AskedText> = new Set(['envelope', 'sort', 'header']);
const ofHeaderAndSize: ReadonlySet<AskedText> = new Set([...ofHeader, 'size', 'octets']);

const ofBody: ReadonlySet<AskedText> = new Set(['body', 'bodyStructure', 'size']);

/** Does it take no more than the beginning of the file? */
export const isOfHeader = (names: readonly AskedText[]): boolean => names.every((name) => ofHeader.has(name));

/** Fields whose raw 8-bit is read by the charset of the message's text. */
const decodedFields = ['subject', 'from', 'to', 'cc'];

/**
 * @param bytes of the file, or its beginning
 * @param isWhole `bytes` are all that is read of the file; `tail` counts what is left
 * @returns undefined when the beginning is not enough
 */
export function readSomeTexts(
  bytes: Buffer,
  names: readonly AskedText[],
  isWhole: boolean,
  tail?: Tail,
): SomeTexts | undefined {
  if (names.every((name) => ofHeaderAndSize.has(name))) {
    const found = readOfHeader(bytes, names, isWhole);
    if (found || !isWhole) return found && { size: sizeFor(names, bytes, tail), texts: found };
  }
  const structure = scanStructure(bytes);
  if (names.every((name) => ofBody.has(name))) {
    const { size, ...texts } = makeBodyTexts(bytes, structure.root, tail);
    return { size, texts };
  }
  const charset = names.includes('sort') ? textCharset(chooseBodies(structure.root)) : '';
  const { size, sort, ...rest } = makeWireTexts(bytes, { structure, charset, tail });
  const all = { ...rest, sort: JSON.stringify(sort) };
  const texts: SomeTexts['texts'] = {};
  for (const name of names) if (!isCounted(name)) texts[name] = all[name];
  return { size, texts };
}

function sizeFor(names: readonly AskedText[], bytes: Buffer, tail: Tail | undefined): number {
  if (!names.some(isCounted)) return -1;
  // How a file ends of which only the start was read is not known.
  if (names.includes('octets') && tail) return Number.NaN;
  const missing = names.includes('octets') && bytes.length > 0 && bytes.at(-1) !== 0x0a ? 2 : 0;
  return (
    bytes.length +
    (tail?.bytes ?? 0) +
    countLines(bytes, [bytes.length], tail).get(bytes.length)!.bare +
    missing
  );
}

/** Undefined: the header does not end in these bytes, is broken, or needs the charset of the text. */
function readOfHeader(
  bytes: Buffer,
  names: readonly AskedText[],
  isWhole: boolean,
): SomeTexts['texts'] | undefined {
  const texts: SomeTexts['texts'] = {};
  if (names.every(isCounted)) return texts;
  const { fields, bodyStart, broken } = readHeaders(bytes, 0, bytes.length);
  if (!isWhole && (broken || bodyStart >= bytes.length)) return undefined;
  for (const name of names) {
    if (name === 'envelope') texts.envelope = formatEnvelope(fields);
    else if (name === 'header') texts.header = readUsualHeader(bytes.subarray(0, bodyStart));
    else if (name === 'sort') {
      if (decodedFields.some((field) => /[\u0080-\u00ff]/.test(firstField(fields, field)))) return undefined;
      texts.sort = JSON.stringify(readSortFacts(fields));
    }
  }
  return texts;
}

/** When a file was written, and when it came into its folder: mtime and ctime, milliseconds since 1970. */
export interface FileTimes {
  readonly mtime: number;
  readonly ctime: number;
}

const unknownTimes: FileTimes = { mtime: 0, ctime: 0 };
/** Bytes for the texts of a name, at first; there is more when they are full. */
const firstRoom = 64 * 1024;

/** Texts one after the other, a byte a character: nothing of the messages that they were cut out of stays in memory. */
class TextRoom {
  readonly lengths: number[] = [];
  #bytes = Buffer.allocUnsafeSlow(firstRoom);
  #length = 0;

  add(text: string | undefined): void {
    this.lengths.push(text === undefined ? -1 : text.length);
    if (text === undefined) return;
    const end = this.#length + text.length;
    if (end > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(end, this.#bytes.length * 2));
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
    this.#bytes.write(text, this.#length, 'latin1');
    this.#length = end;
  }

  pack(): { bytes: Uint8Array<ArrayBuffer>; lengths: Int32Array<ArrayBuffer> } {
    return {
      bytes: new Uint8Array(this.#bytes.buffer, 0, this.#length),
      lengths: Int32Array.from(this.lengths),
    };
  }
}

/** JSON in US-ASCII. */
const asciiJson = (json: string): string =>
  /[^\0-\u007f]/.test(json)
    ? json.replace(
        /[^\0-\u007f]/g,
        (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
      )
    : json;

/** Gathers the texts of many messages. */
export class TextPacker {
  readonly #rooms: readonly (readonly [WireTextName, TextRoom])[];
  readonly #sizes: number[] = [];
  readonly #times: number[] = [];

  constructor(names: readonly AskedText[]) {
    this.#rooms = names.flatMap((name) => (isCounted(name) ? [] : [[name, new TextRoom()] as const]));
  }

  /** @param found undefined: nobody could read it */
  add(found: SomeTexts | undefined, times = unknownTimes): void {
    this.#sizes.push(found ? found.size : Number.NaN);
    this.#times.push(times.mtime, times.ctime);
    for (const [name, room] of this.#rooms) {
      const text = found?.texts[name];
      room.add(name === 'sort' && text !== undefined ? asciiJson(text) : text);
    }
  }

  pack(): PackedTexts {
    return {
      texts: Object.fromEntries(this.#rooms.map(([name, room]) => [name, room.pack()])),
      sizes: Float64Array.from(this.#sizes),
      times: Float64Array.from(this.#times),
    };
  }
}

/** Some packs as one. */
export function joinPacked(packed: readonly PackedTexts[]): PackedTexts {
  if (packed.length === 1) return packed[0]!;
  const names = Object.keys(packed[0]?.texts ?? {}) as WireTextName[];
  return {
    texts: Object.fromEntries(
      names.map((name) => {
        const columns = packed.map((one) => one.texts[name]!);
        const bytes = joinArrays(
          Uint8Array,
          columns.map((column) => column.bytes),
        );
        return [
          name,
          {
            bytes,
            lengths: joinArrays(
              Int32Array,
              columns.map(({ lengths }) => lengths),
            ),
          },
        ];
      }),
    ),
    sizes: joinArrays(
      Float64Array,
      packed.map(({ sizes }) => sizes),
    ),
    times: joinArrays(
      Float64Array,
      packed.map(({ times }) => times),
    ),
  };
}

function joinArrays<Numbers extends Uint8Array | Int32Array | Float64Array>(
  kind: new (length: number) => Numbers,
  arrays: readonly Numbers[],
): Numbers {
  const joined = new kind(arrays.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const array of arrays) {
    joined.set(array, at);
    at += array.length;
  }
  return joined;
}

/** The buffers of a pack: they are moved, not copied. */
export const buffersOfTexts = ({ texts, sizes, times }: PackedTexts): ArrayBuffer[] => [
  sizes.buffer,
  times.buffer,
  ...Object.values(texts).flatMap(({ bytes, lengths }) => [bytes.buffer, lengths.buffer]),
];

/** All texts of a name. */
export const joinedText = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');

/** The texts of each message again. */
export function unpackTexts(packed: PackedTexts): (SomeTexts | undefined)[] {
  const found: { size: number; texts: Partial<Record<WireTextName, string | undefined>> }[] = Array.from(
    packed.sizes,
    (size) => ({ size, texts: {} }),
  );
  for (const name of Object.keys(packed.texts) as WireTextName[]) {
    const { bytes, lengths } = packed.texts[name]!;
    const joined = joinedText(bytes);
    let at = 0;
    for (const [i, one] of found.entries()) {
      const length = lengths[i]!;
      if (length < 0) continue;
      one.texts[name] = joined.slice(at, at + length);
      at += length;
    }
  }
  return found.map((one) => (Number.isNaN(one.size) ? undefined : one));
}
