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
import { makeWireTexts, readUsualHeader } from './wire-texts.ts';

export type AskedText = WireTextName | 'size';

/** What is asked for, of one message: `size` -1 where it was not. */
export interface SomeTexts {
  readonly size: number;
  readonly texts: Partial<Record<WireTextName, string | undefined>>;
}

const ofHeader: ReadonlySet<AskedText> = new Set(['envelope', 'sort', 'header']);
const ofHeaderAndSize: ReadonlySet<AskedText> = new Set([...ofHeader, 'size']);

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
  const charset = names.includes('sort') ? textCharset(chooseBodies(structure.root)) : '';
  const { size, sort, ...rest } = makeWireTexts(bytes, { structure, charset, tail });
  const all = { ...rest, sort: JSON.stringify(sort) };
  const texts: SomeTexts['texts'] = {};
  for (const name of names) if (name !== 'size') texts[name] = all[name];
  return { size, texts };
}

function sizeFor(names: readonly AskedText[], bytes: Buffer, tail: Tail | undefined): number {
  if (!names.includes('size')) return -1;
  return bytes.length + (tail?.bytes ?? 0) + countLines(bytes, [bytes.length], tail).get(bytes.length)!.bare;
}

/** Undefined: the header does not end in these bytes, is broken, or needs the charset of the text. */
function readOfHeader(
  bytes: Buffer,
  names: readonly AskedText[],
  isWhole: boolean,
): SomeTexts['texts'] | undefined {
  const texts: SomeTexts['texts'] = {};
  if (names.every((name) => name === 'size')) return texts;
  const { fields, bodyStart, broken } = readHeaders(bytes, 0, bytes.length);
  if (!isWhole && (broken || bodyStart >= bytes.length)) return undefined;
  for (const name of names) {
    if (name === 'envelope') texts.envelope = formatEnvelope(bytes, fields);
    else if (name === 'header') texts.header = readUsualHeader(bytes.subarray(0, bodyStart));
    else if (name === 'sort') {
      if (decodedFields.some((field) => /[\u0080-\u00ff]/.test(firstField(fields, field)))) return undefined;
      texts.sort = JSON.stringify(readSortFacts(fields));
    }
  }
  return texts;
}

/** Gathers the texts of many messages. */
export class TextPacker {
  readonly #names: readonly WireTextName[];
  readonly #texts: string[][];
  readonly #lengths: number[][];
  readonly #sizes: number[] = [];

  constructor(names: readonly AskedText[]) {
    this.#names = names.filter((name) => name !== 'size');
    this.#texts = this.#names.map(() => []);
    this.#lengths = this.#names.map(() => []);
  }

  get count(): number {
    return this.#sizes.length;
  }

  /** @param found undefined: nobody could read it */
  add(found: SomeTexts | undefined): void {
    this.#sizes.push(found ? found.size : Number.NaN);
    for (const [i, name] of this.#names.entries()) {
      const text = found?.texts[name];
      this.#lengths[i]!.push(text === undefined ? -1 : text.length);
      if (text !== undefined) this.#texts[i]!.push(text);
    }
  }

  pack(): PackedTexts {
    const texts: { -readonly [Name in WireTextName]?: { joined: string; lengths: Int32Array } } = {};
    for (const [i, name] of this.#names.entries())
      texts[name] = { joined: this.#texts[i]!.join(''), lengths: Int32Array.from(this.#lengths[i]!) };
    return { texts, sizes: Float64Array.from(this.#sizes) };
  }
}

/** The texts of each message again. */
export function unpackTexts(packed: PackedTexts): (SomeTexts | undefined)[] {
  const found: { size: number; texts: Partial<Record<WireTextName, string | undefined>> }[] = Array.from(
    packed.sizes,
    (size) => ({ size, texts: {} }),
  );
  for (const name of Object.keys(packed.texts) as WireTextName[]) {
    const { joined, lengths } = packed.texts[name]!;
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
