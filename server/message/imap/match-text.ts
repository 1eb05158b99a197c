// SEARCH of text in a message's file (RFC 9051 6.4.4), for what the index could not store whole: the same texts, up to
// the limits of M2; what lies beyond them is not found. Pure; runs in the workers.
import { chooseBodies, textCharset } from '../bodies.ts';
import { scanStructure } from '../structure.ts';
import { collectSearchTexts, foldKey, hasText, type TextKey } from './search-text.ts';

/** Characters of text that are searched in one message. */
const longestText = 16 * 1024 * 1024;

/** For each key whether the message matches it. */
export function matchMessage(message: Buffer, keys: readonly TextKey[]): boolean[] {
  const { root } = scanStructure(message);
  const texts = collectSearchTexts(message, root, textCharset(chooseBodies(root)), longestText);
  return keys.map((key) => hasText(texts, foldKey(key)));
}
