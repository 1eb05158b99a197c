// HTML of a mail made safe for the sandboxed frame (webmail.md 3.4 to 3.8, security.md H1): count the cost, filter by an
// allow-list on a parse5 tree, clean again with DOMPurify on jsdom, serialise once, and check that the result parses to
// itself. Runs in a worker that can be killed; on any doubt there is no HTML and the page shows the text.
import { parseFragment, serialize } from 'parse5';
import { chooseBodies, readTextPart } from './bodies.ts';
import { firstField } from './headers.ts';
import { type HtmlLimits, largeHtml, maxTextShown, normalHtml } from './limits.ts';
import { type FindPart, PictureSources } from './pictures.ts';
import { prefilter } from './prefilter.ts';
import { isWithinLimits } from './prescan.ts';
import { Purifier } from './purify.ts';
import { scanStructure, walkParts } from './structure.ts';
import type { CleanHtml, CleanOptions } from './types.ts';

/** Rounds of filtering until the markup parses to itself; nesting that HTML forbids needs a second one. */
const maxRounds = 4;

const purifier = new Purifier();

const escapeText = (text: string): string =>
  text.replace(/[&<>]/g, (char) => (char === '&' ? '&amp;' : char === '<' ? '&lt;' : '&gt;'));

interface CleanedDocument {
  readonly html: string;
  readonly setsColour: boolean;
  readonly darkAware: boolean;
}

/** Cleans one document with both walls; undefined when it does not settle. */
function cleanDocument(source: string, pictures: PictureSources): CleanedDocument | undefined {
  const styles = new Set<string>();
  let filtered = prefilter(source, pictures, styles);
  const { css, setsColour, darkAware } = filtered;
  const { remote } = pictures;
  for (let round = 0; round < maxRounds; round++) {
    const style = css === '' ? '' : `<style>${css}</style>`;
    // The sheet stands inside the root, as its first child.
    const open = filtered.html.indexOf('>') + 1;
    const whole = filtered.html.slice(0, open) + style + filtered.html.slice(open);
    const html = purifier.clean(whole, { css, styles, pictures: pictures.approved });
    if (serialize(parseFragment(html)) === html && html === whole) return { html, setsColour, darkAware };
    const again = prefilter(html, pictures, styles);
    // Counted once: the second reading sees pictures that have no source any more or one of ours.
    pictures.remote = remote;
    if (again.html === filtered.html) {
      // Both walls agree on the tree; only what DOMPurify takes from its text differs.
      const settled = purifier.clean(html, { css, styles, pictures: pictures.approved });
      return settled === html && serialize(parseFragment(html)) === html
        ? { html, setsColour, darkAware }
        : undefined;
    }
    filtered = again;
  }
  return undefined;
}

/** Cleans the HTML view of a message. Throws only for our own bugs; the worker's report then says `failed`. */
export function cleanMessage(message: Buffer, options: CleanOptions): CleanHtml {
  const { root } = scanStructure(message);
  const bodies = chooseBodies(root);
  if (!bodies.html.some((part) => part.type === 'text/html')) return { ok: false, reason: 'none' };
  const limits: HtmlLimits = options.limits === 'large' ? largeHtml : normalHtml;
  const parts = [...walkParts(root)];
  const findPart: FindPart = (reference) =>
    parts.find((part) => part.contentId !== '' && part.contentId === reference) ??
    parts.find((part) => firstField(part.fields, 'content-location') === reference && reference !== '');
  const pictures = new PictureSources(options, findPart);
  const documents: CleanedDocument[] = [];
  let left = limits;
  for (const part of bodies.html) {
    const isHtml = part.type === 'text/html';
    const { text, truncated } = readTextPart(message, part, isHtml ? left.characters + 1 : maxTextShown);
    if (isHtml && (truncated || !isWithinLimits(text, left))) return { ok: false, reason: 'too-large' };
    if (!isHtml && text.trim() === '') continue;
    left = { ...left, characters: Math.max(0, left.characters - text.length) };
    const cleaned = cleanDocument(
      isHtml ? text : `<pre>${escapeText(text.replace(/^\n/, '\n\n'))}</pre>`,
      pictures,
    );
    if (!cleaned) return { ok: false, reason: 'failed' };
    documents.push(cleaned);
  }
  return {
    ok: true,
    html: documents.map(({ html }) => html).join(''),
    remotePictures: pictures.remote,
    inlineParts: [...pictures.inlineParts],
    darkAware:
      documents.some(({ darkAware }) => darkAware) || !documents.some(({ setsColour }) => setsColour),
  };
}
