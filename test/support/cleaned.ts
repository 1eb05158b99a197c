// The cleaner with both of its second walls, as the reader asks them (server/message/reader.ts): the grammar, and DOMPurify
// where the grammar does not know. Apart from messages.ts because it loads jsdom.
import { cleanMessage, type SecondWall } from '../../server/message/clean.ts';
import { Purifier } from '../../server/message/purify.ts';
import type { CleanHtml, CleanOptions } from '../../server/message/types.ts';

const purifier = new Purifier();
export const purify: SecondWall = (html, approved) => purifier.clean(html, approved);

/** What the reader would give. */
export function cleanAsReader(message: Buffer, options: CleanOptions): CleanHtml {
  const cleaned = cleanMessage(message, options);
  return !cleaned.ok && cleaned.reason === 'failed' ? cleanMessage(message, options, purify) : cleaned;
}
