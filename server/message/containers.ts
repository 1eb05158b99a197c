// Parts inside parts (webmail.md 3.10, 3.12): the address of a part is its IMAP number, and `2~1` is part 1 of what part 2
// holds: a forwarded message, the signed content of a smime.p7m, an item of winmail.dat. At most five deep. Every room of
// the page finds parts through here, so that what is listed, shown, saved and forwarded is the same. For the workers.
import { readSigned } from './cms.ts';
import { cleanName } from './names.ts';
import { maxInside } from './part-address.ts';
import { findPart, partBytes, type ScannedPart, scanStructure, toPart } from './structure.ts';
import { isTnef, readTnef, type TnefItem } from './tnef.ts';
import { decodeTransfer } from './transfer.ts';
import type { Part } from './types.ts';

export interface FoundPart {
  readonly part: Part;
  /** Transfer encoding removed. */
  readonly body: Buffer;
}

/** A message as bytes, or the items of a TNEF stream. */
type Container = { readonly message: Buffer } | { readonly items: readonly TnefItem[] };

export const isSmime = (type: string): boolean =>
  type === 'application/pkcs7-mime' || type === 'application/x-pkcs7-mime';

/** The content of a part. */
export function readBody(bytes: Buffer, part: ScannedPart): Buffer {
  return decodeTransfer(partBytes(bytes, part), part.parts.length > 0 ? '' : part.encoding);
}

function itemPart(item: TnefItem, number: string): Part {
  return {
    number,
    type: item.type || 'application/octet-stream',
    charset: '',
    encoding: '',
    disposition: 'attachment',
    filename: cleanName(item.name),
    contentId: item.contentId,
    start: 0,
    end: item.body.length,
    size: item.body.length,
    parts: [],
  };
}

function findIn(container: Container, number: string): FoundPart | undefined {
  if ('items' in container) {
    const item = container.items[Number(number) - 1];
    return item && { part: itemPart(item, number), body: item.body };
  }
  const { root } = scanStructure(container.message);
  const part = findPart(root, number);
  return part && { part: toPart(container.message, part), body: readBody(container.message, part) };
}

/** What a part holds; undefined for a part that is no container. */
function open({ part, body }: FoundPart): Container | undefined {
  if (part.type === 'message/rfc822' || part.type === 'message/global') return { message: body };
  if (isSmime(part.type)) {
    const content = readSigned(body)?.content;
    return content && { message: content };
  }
  if (isTnef(body)) {
    const tnef = readTnef(body);
    return tnef && { items: tnef.items };
  }
  // A message that somebody attached as a file.
  return /\.eml$/i.test(part.filename) ? { message: body } : undefined;
}

/** Finds a part by its address. */
export function findPartAt(message: Buffer, address: string): FoundPart | undefined {
  const steps = address.split('~');
  if (steps.length > maxInside + 1) return undefined;
  let container: Container | undefined = { message };
  let found: FoundPart | undefined;
  for (const [i, number] of steps.entries()) {
    if (i > 0) container = found && open(found);
    found = container && findIn(container, number);
    if (!found) return undefined;
  }
  return found && { ...found, part: { ...found.part, number: address } };
}

/** The message that the part at `inside` holds; '' is the message itself. Undefined: it holds none. */
export function openMessageAt(message: Buffer, inside: string): Buffer | undefined {
  if (inside === '') return message;
  const found = findPartAt(message, inside);
  const container = found && open(found);
  return container && 'message' in container ? container.message : undefined;
}
