// winmail.dat (TNEF, MS-OXTNEF; webmail.md 3.12): the attachments and the body that Outlook packs into one part. Reads in
// one pass over the bytes; a declared length is never trusted for more than the bytes that are there, objects,
// properties and output are counted (security.md M6). What is broken off gives what was read so far. Pure; for the
// workers.
import { decodeText } from './charset.ts';
import { cleanName } from './names.ts';
import { decompressRtf } from './rtf.ts';

export const maxTnefBytes = 16 * 1024 * 1024;
const maxObjects = 200;
const maxProperties = 2_000;
const maxValues = 1_000;
const maxAttributes = 4_000;
const signature = 0x223e9f78;

export interface TnefItem {
  /** Cleaned; '' when it has none. */
  readonly name: string;
  /** As its sender calls it, lower case; '' when not said. `application/ms-tnef` for a message inside. */
  readonly type: string;
  readonly contentId: string;
  readonly body: Buffer;
}

export interface Tnef {
  readonly items: readonly TnefItem[];
  /** Plain text of the message; '' when there is none. */
  readonly text: string;
  /** Its RTF, unpacked; undefined when there is none. */
  readonly rtf: Buffer | undefined;
  /** False: broken, or more than the limits let in. */
  readonly isWhole: boolean;
}

/** Ends a reading that the bytes do not bear out. */
class Broken extends Error {}

class Cursor {
  readonly bytes: Buffer;
  at = 0;
  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }
  get left(): number {
    return this.bytes.length - this.at;
  }
  take(length: number): Buffer {
    if (length > this.left) throw new Broken();
    const taken = this.bytes.subarray(this.at, this.at + length);
    this.at += length;
    return taken;
  }
  byte(): number {
    return this.take(1)[0]!;
  }
  short(): number {
    return this.take(2).readUInt16LE();
  }
  long(): number {
    return this.take(4).readUInt32LE();
  }
  /** MS-OXTNEF 2.1.3.4: values stand at multiples of four. */
  padded(length: number): Buffer {
    const taken = this.take(length);
    this.at = Math.min(this.bytes.length, this.at + ((4 - (length % 4)) % 4));
    return taken;
  }
}

/** MS-OXCDATA 2.11.1: bytes of a value of fixed length, padded. */
const fixed: Readonly<Record<number, number>> = {
  2: 4,
  3: 4,
  4: 4,
  5: 8,
  6: 8,
  7: 8,
  10: 4,
  11: 4,
  20: 8,
  64: 8,
  72: 16,
};
const counted = new Set([0x0d, 0x1e, 0x1f, 0x102]);
const isUnicode = 0x1f;

interface Property {
  readonly type: number;
  readonly value: Buffer;
}

/** The first value of each property that has one of a counted kind; the others are stepped over. */
function readProperties(cursor: Cursor): Map<number, Property> {
  const found = new Map<number, Property>();
  const count = Math.min(cursor.long(), maxProperties);
  for (let i = 0; i < count; i++) {
    const tag = cursor.short();
    const type = tag & 0xfff;
    const isMany = (tag & 0x1000) !== 0;
    const id = cursor.short();
    if (id >= 0x8000) {
      // A named property: whose, and by number or by name.
      cursor.take(16);
      if (cursor.long() === 0) cursor.take(4);
      else cursor.padded(cursor.long());
    }
    const isCounted = counted.has(type);
    const length = fixed[type];
    if (!isCounted && length === undefined) throw new Broken();
    const values = isMany || isCounted ? cursor.long() : 1;
    if (values > maxValues) throw new Broken();
    for (let n = 0; n < values; n++) {
      const value = isCounted ? cursor.padded(cursor.long()) : cursor.take(length!);
      if (isCounted && n === 0 && id < 0x8000 && !found.has(id)) found.set(id, { type, value });
    }
  }
  return found;
}

// MS-OXTNEF 2.1.3.2: attributes by the low half of their number.
const attributes = {
  body: 0x800c,
  attachmentData: 0x800f,
  attachmentTitle: 0x8010,
  attachmentStart: 0x9002,
  messageProperties: 0x9003,
  attachmentProperties: 0x9005,
  codepage: 0x9007,
} as const;
// MS-OXPROPS.
const properties = {
  body: 0x1000,
  rtf: 0x1009,
  displayName: 0x3001,
  object: 0x3701,
  longName: 0x3707,
  mimeTag: 0x370e,
  contentId: 0x3712,
} as const;

interface Draft {
  name: string;
  type: string;
  contentId: string;
  body: Buffer;
}

/** True for the bytes of a TNEF stream. */
export const isTnef = (bytes: Buffer): boolean => bytes.length > 6 && bytes.readUInt32LE() === signature;

/** Reads a TNEF stream; undefined when the bytes are none or too many. Never throws for foreign bytes. */
export function readTnef(bytes: Buffer): Tnef | undefined {
  if (bytes.length > maxTnefBytes || !isTnef(bytes)) return undefined;
  const cursor = new Cursor(bytes);
  cursor.take(6);
  const drafts: Draft[] = [];
  let [charset, text] = ['windows-1252', ''];
  let rtf: Buffer | undefined;
  let isWhole = true;
  const words = ({ type, value }: Property): string =>
    decodeText(value, type === isUnicode ? 'utf-16le' : charset).text.replace(/\0+$/, '');
  const plain = (value: Buffer): string => decodeText(value, charset).text.replace(/\0+$/, '');

  const readMessage = (value: Buffer): void => {
    const found = readProperties(new Cursor(value));
    const body = found.get(properties.body);
    if (body && text === '') text = words(body);
    const packed = found.get(properties.rtf);
    if (packed) rtf ??= decompressRtf(packed.value);
  };
  const readAttachment = (draft: Draft, value: Buffer): void => {
    const found = readProperties(new Cursor(value));
    const name =
      found.get(properties.longName) ?? (draft.name === '' ? found.get(properties.displayName) : undefined);
    if (name) draft.name = words(name);
    const tag = found.get(properties.mimeTag);
    if (tag) draft.type = words(tag).toLowerCase().slice(0, 127);
    const contentId = found.get(properties.contentId);
    if (contentId)
      draft.contentId = words(contentId)
        .replace(/[<>\s]/g, '')
        .slice(0, 998);
    const object = found.get(properties.object);
    // MS-OXTNEF 2.1.3.3.15: an interface id, then the message as TNEF of its own.
    if (object && draft.body.length === 0 && object.value.length > 16) {
      draft.body = object.value.subarray(16);
      if (isTnef(draft.body)) draft.type = 'application/ms-tnef';
    }
  };

  try {
    for (let count = 0; cursor.left >= 11; count++) {
      if (count >= maxAttributes) throw new Broken();
      const level = cursor.byte();
      const id = cursor.long() & 0xffff;
      const value = cursor.take(cursor.long());
      cursor.short();
      if (level === 2 && id === attributes.attachmentStart) {
        if (drafts.length >= maxObjects) throw new Broken();
        drafts.push({ name: '', type: '', contentId: '', body: Buffer.alloc(0) });
        continue;
      }
      const draft = drafts.at(-1);
      if (id === attributes.codepage && value.length >= 4) charset = `windows-${value.readUInt32LE()}`;
      else if (level === 1 && id === attributes.body) text = plain(value);
      else if (level === 1 && id === attributes.messageProperties) readMessage(value);
      else if (draft && id === attributes.attachmentTitle) draft.name ||= plain(value);
      else if (draft && id === attributes.attachmentData) draft.body = value;
      else if (draft && id === attributes.attachmentProperties) readAttachment(draft, value);
    }
  } catch (error) {
    if (!(error instanceof Broken)) throw error;
    isWhole = false;
  }
  const items = drafts.map((draft) => ({
    name: cleanName(draft.name),
    type: /^[a-z0-9!#$&^_.+-]{1,60}\/[a-z0-9!#$&^_.+-]{1,60}$/.test(draft.type) ? draft.type : '',
    contentId: draft.contentId,
    body: draft.body,
  }));
  return { items, text, rtf, isWhole };
}
