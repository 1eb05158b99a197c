// One part looked at by itself (webmail.md 3.10): what kind of thing it is by its bytes, its text or its cards, and why
// one should be careful with it. Never by the sender's word alone. Runs in the workers.
import { nameOfPart } from './attachments.ts';
import { decodeText } from './charset.ts';
import { type FoundPart, findPartAt } from './containers.ts';
import { type Danger, findDangers } from './danger.ts';
import { maxTextAll } from './limits.ts';
import { extensionOf } from './names.ts';
import { mostPixels, pictureSize } from './picture-size.ts';
import { sniffType, viewedPictures } from './sniff.ts';
import { makeBlocks, readFixed } from './text.ts';
import type { PartLook, ViewOptions } from './types.ts';
import { readCards } from './vcard.ts';
import { cardTypes, isMarkupName, mailTypes, markup, textEndings, textTypes } from './viewable.ts';

/** Characters of a file's text that are shown before "Show all". */
const usualText = 200_000;
/** Bytes of contact cards that are read. */
const mostCards = 1024 * 1024;

/** No NUL near the beginning, or a byte-order mark that explains them. */
const looksLikeText = (body: Buffer): boolean =>
  !body.subarray(0, 4096).includes(0) ||
  (body[0] === 0xff && body[1] === 0xfe) ||
  (body[0] === 0xfe && body[1] === 0xff);

function contentOf({ part, body }: FoundPart, name: string, options: ViewOptions): PartLook['content'] {
  const none = { kind: 'none' } as const;
  const extension = extensionOf(name);
  const sniffed = sniffType(body);
  if (mailTypes.has(part.type) || extension === 'eml') return { kind: 'message' };
  if (viewedPictures.has(sniffed)) {
    const size = pictureSize(sniffed, body);
    return size.width * size.height > mostPixels ? none : { kind: 'picture', type: sniffed, ...size };
  }
  if (sniffed === 'application/pdf') return { kind: 'pdf' };
  if (sniffed.startsWith('audio/')) return { kind: 'sound', type: sniffed };
  if (sniffed.startsWith('video/')) return { kind: 'film', type: sniffed };
  const isMarkup = markup.has(part.type) || markup.has(sniffed) || isMarkupName(extension);
  if (isMarkup || !looksLikeText(body)) return none;
  if (part.type === 'text/html' || sniffed === 'text/html' || extension === 'html' || extension === 'htm')
    return { kind: 'page' };
  const charset = options.charset || part.charset;
  if (cardTypes.has(part.type) || extension === 'vcf') {
    const start = body.subarray(0, mostCards);
    // Cards tell their charset themselves, or it is seen: only what somebody says otherwise counts more.
    const isTold = charset !== '' && !/^(?:utf-?8|us-ascii)$/i.test(charset);
    const cards = readCards(isTold ? Buffer.from(decodeText(start, charset).text) : start);
    if (cards.length > 0) return { kind: 'cards', cards };
  }
  const isText = part.type.startsWith('text/') || textTypes.has(part.type) || textEndings.has(extension);
  if (!isText || (sniffed !== '' && !sniffed.startsWith('text/'))) return none;
  const most = options.text === 'all' ? maxTextAll : usualText;
  const { text, problem } = decodeText(body.subarray(0, most * 4), charset);
  const lines =
    part.type === 'text/plain' && (extension === '' || extension === 'txt' || extension === 'text');
  const cut = text.length > most ? text.slice(0, most).toWellFormed() : text;
  const blocks = lines
    ? makeBlocks(readFixed(cut))
    : [{ depth: 0, signature: false, runs: cut === '' ? [] : [{ text: cut }] }];
  return { kind: 'text', blocks, lines, truncated: text.length > most || body.length > most * 4, problem };
}

/** Looks at the part with this address; undefined when there is none. */
export function lookAt(message: Buffer, address: string, options: ViewOptions): PartLook | undefined {
  const found = findPartAt(message, address);
  if (!found) return undefined;
  const name = nameOfPart(found);
  return {
    part: found.part,
    name,
    size: found.body.length,
    dangers: findDangers(name, found.body),
    content: contentOf(found, name, options),
  };
}

/** The dangers of parts under the names that they are listed by. */
export function dangersOf(
  message: Buffer,
  parts: readonly { readonly part: string; readonly name: string }[],
): (readonly Danger[] | undefined)[] {
  return parts.map(({ part, name }) => {
    const found = findPartAt(message, part);
    return found && findDangers(name, found.body);
  });
}
