// SEARCH of text in a message's file (RFC 9051 6.4.4), for what the index could not store whole: the same texts, up to
// the limits of M2; what lies beyond them is not found. Pure; runs in the workers.
import { chooseBodies, textCharset } from '../bodies.ts';
import { readHeaders } from '../headers.ts';
import { scanStructure } from '../structure.ts';
import { foldCase } from './casemap.ts';
import { collectSearchTexts, foldKey, hasText, readSearchHead, type TextKey } from './search-text.ts';

/** Characters of text that are searched in one message. */
const longestText = 16 * 1024 * 1024;

/** For each key whether the message matches it. */
export function matchMessage(message: Buffer, keys: readonly TextKey[]): boolean[] {
  const { root } = scanStructure(message);
  const texts = collectSearchTexts(message, root, textCharset(chooseBodies(root)), longestText);
  return keys.map((key) => hasText(texts, foldKey(key)));
}

/** Does it take no more than the beginning of the file? */
export const isOfHead = (keys: readonly TextKey[]): boolean => keys.every(({ key }) => key === 'header');

/**
 * The same from the beginnings of files, for keys of header fields: only the fields that are asked for are decoded.
 * @returns of each file; undefined: it takes the whole message
 */
export function createHeadMatcher(keys: readonly TextKey[]): (start: Buffer) => boolean[] | undefined {
  const needles = keys.map(foldKey);
  const wanted = new Set(needles.map((needle) => (needle.key === 'header' ? needle.field : '')));
  return (start) => {
    const { fields, bodyStart, broken } = readHeaders(start, 0, start.length);
    if (broken || bodyStart >= start.length) return undefined;
    const head = readSearchHead(fields.filter(({ name }) => wanted.has(foldCase(name))));
    return head === undefined
      ? undefined
      : needles.map((needle) => hasText({ head, mime: '', body: '' }, needle));
  };
}
