// Which parts of a message are shown and which are attachments (webmail.md V6, A1; RFC 2046 5.1): the text view and
// the HTML view each are a sequence of text parts; every other leaf is offered as an attachment, so nothing is hidden.
import { decodeText } from './charset.ts';
import { maxTextPartBytes } from './limits.ts';
import { partBytes, type ScannedPart } from './structure.ts';
import { decodeTransfer } from './transfer.ts';

/** The parts of each view, in order, and all the rest. */
export interface Bodies {
  readonly text: readonly ScannedPart[];
  readonly html: readonly ScannedPart[];
  readonly others: readonly ScannedPart[];
}

const none: Bodies = { text: [], html: [], others: [] };
const isHtml = (part: ScannedPart): boolean => part.type === 'text/html';

// Text that is data for programs: offered, not read aloud.
const dataTypes = new Set([
  'text/calendar',
  'text/vcard',
  'text/x-vcard',
  'text/directory',
  'text/css',
  'text/xml',
  'text/rtf',
  'text/csv',
  'text/javascript',
  'text/x-amp-html',
  'text/watch-html',
  'text/rfc822-headers',
]);

function isShownText(part: ScannedPart, first: boolean): boolean {
  if (!part.type.startsWith('text/') || dataTypes.has(part.type) || part.disposition === 'attachment')
    return false;
  // A named text after the first body is a file that somebody attached.
  return part.filename === '' || first;
}

/** Joins what stands one after the other. */
function concat(all: readonly Bodies[]): Bodies {
  return {
    text: all.flatMap((bodies) => bodies.text),
    html: all.flatMap((bodies) => bodies.html),
    others: all.flatMap((bodies) => bodies.others),
  };
}

/** RFC 2046 5.1.4: the last form that can be shown wins, once for each view. */
function chooseAlternative(children: readonly Bodies[]): Bodies {
  const shown = children.filter((bodies) => bodies.text.length > 0);
  const plain = shown.findLast((bodies) => !bodies.text.some(isHtml)) ?? shown.at(-1) ?? none;
  const html = shown.findLast((bodies) => bodies.html.some(isHtml)) ?? plain;
  const chosen = new Set([...plain.text, ...html.html]);
  const leftOver = shown
    .flatMap((bodies) => [...bodies.text, ...bodies.html])
    .filter((part) => !chosen.has(part));
  return {
    text: plain.text,
    html: html.html,
    others: [...new Set([...leftOver, ...children.flatMap((bodies) => bodies.others)])],
  };
}

/** Chooses; the depth of the tree is at most 100. */
export function chooseBodies(part: ScannedPart, first = true): Bodies {
  if (part.parts.length === 0 || !part.type.startsWith('multipart/')) {
    if (part.parts.length === 0 && isShownText(part, first))
      return { text: [part], html: [part], others: [] };
    return { ...none, others: [part] };
  }
  // RFC 1847: nothing of an encrypted message can be shown; the parts are offered.
  if (part.type === 'multipart/encrypted') return { ...none, others: [...part.parts] };
  if (part.type === 'multipart/alternative')
    return chooseAlternative(part.parts.map((child) => chooseBodies(child, first)));
  if (part.type === 'multipart/related') {
    const start = (part.parameters.get('start') ?? '').replace(/[<>\s]/g, '');
    const children = part.parts.map((child) => ({ child, bodies: chooseBodies(child, first) }));
    const root = children.find(({ child }) => start !== '' && child.contentId === start) ?? children[0]!;
    // Some senders put the picture first; then the first part with text is the root.
    const shown = root.bodies.text.length > 0 ? root : children.find(({ bodies }) => bodies.text.length > 0);
    return concat(
      children.map((one) =>
        one === shown
          ? one.bodies
          : { ...none, others: [...new Set([...one.bodies.text, ...one.bodies.html, ...one.bodies.others])] },
      ),
    );
  }
  let isFirst = first;
  return concat(
    part.parts.map((child) => {
      const bodies = chooseBodies(child, isFirst);
      if (bodies.text.length > 0) isFirst = false;
      return bodies;
    }),
  );
}

/**
 * The text of a text part: transfer encoding and charset undone, at most `limit` characters.
 * @param charset what the reader says it is in, in the place of what is declared; '' leaves that to the sender.
 */
export function readTextPart(
  bytes: Buffer,
  part: ScannedPart,
  limit: number,
  charset = '',
): { text: string; problem: boolean; truncated: boolean } {
  const encoded = partBytes(bytes, part);
  const cut = encoded.length > maxTextPartBytes;
  const body = decodeTransfer(cut ? encoded.subarray(0, maxTextPartBytes) : encoded, part.encoding);
  const enough = body.subarray(0, limit * 4);
  const { text, problem } = decodeText(
    enough,
    charset || part.charset || (isHtml(part) ? sniffHtmlCharset(enough) : ''),
  );
  const truncated = cut || enough.length < body.length || text.length > limit;
  return { text: text.length > limit ? text.slice(0, limit).toWellFormed() : text, problem, truncated };
}

/** HTML without a declared charset may name one in a meta element; only names that keep ASCII are believed. */
export function sniffHtmlCharset(bytes: Buffer): string {
  const head = bytes.toString('latin1', 0, 2_048);
  const name =
    /<meta[^>]{0,200}charset[\s]{0,4}=[\s]{0,4}["']?([A-Za-z0-9._:-]{2,40})/i.exec(head)?.[1] ?? '';
  return /^utf-?(7|16|32)/i.test(name) ? '' : name;
}

/** The charset that the message's own text is in. */
export function textCharset(bodies: Bodies): string {
  return [...bodies.text, ...bodies.html].find((part) => part.charset !== '')?.charset ?? '';
}
