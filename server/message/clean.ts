// HTML of a mail made safe for the sandboxed frame (webmail.md 3.4 to 3.8, security.md H1): count the cost, filter by an
// allow-list on a parse5 tree, serialise, have a second wall judge the bytes that knows nothing of the first, and check that
// they parse to themselves. The usual second wall reads a strict grammar (canonical.ts); what is outside of it may be asked
// again with DOMPurify on jsdom (purify.ts), which takes its time. Runs in a worker that can be killed; on any doubt there
// is no HTML and the page shows the text.
import { parseFragment, serialize, type DefaultTreeAdapterTypes as Tree } from 'parse5';
import { chooseBodies, readTextPart, sniffHtmlCharset } from './bodies.ts';
import { type Approved, isCanonical } from './canonical.ts';
import { decodeText } from './charset.ts';
import { findPartAt, openMessageAt } from './containers.ts';
import { firstField } from './headers.ts';
import { type HtmlLimits, largeHtml, maxTextShown, normalHtml } from './limits.ts';
import { type FindPart, PictureSources } from './pictures.ts';
import { type FilterWays, prefilter } from './prefilter.ts';
import { isWithinLimits } from './prescan.ts';
import { scanStructure, walkParts } from './structure.ts';
import type { CleanHtml, CleanOptions } from './types.ts';
import { cleanHref } from './urls.ts';

/** Rounds of filtering until the markup parses to itself; nesting that HTML forbids needs a second one. */
const maxRounds = 4;

/** Gives what is safe of the first wall's work: all of it, or less; undefined when that is not for this wall to say. */
export type SecondWall = (html: string, approved: Approved) => string | undefined;

const grammar: SecondWall = (html, approved) => (isCanonical(html, approved) ? html : undefined);

const escapeText = (text: string): string =>
  text.replace(/[&<>]/g, (char) => (char === '&' ? '&amp;' : char === '<' ? '&lt;' : '&gt;'));

interface CleanedDocument {
  readonly html: string;
  readonly links: readonly string[];
  readonly setsColour: boolean;
  readonly darkAware: boolean;
}

/** Where the links of a cleaned tree lead, in the order in which a browser counts them. */
function linksOf(tree: Tree.DocumentFragment): string[] {
  const links: string[] = [];
  const stack: Tree.Node[] = [tree];
  for (let node = stack.pop(); node; node = stack.pop()) {
    if ('tagName' in node && node.tagName === 'a') {
      const href = node.attrs.find(({ name }) => name === 'href')?.value;
      if (href !== undefined) links.push(cleanHref(href)?.host ?? '');
    }
    if ('childNodes' in node)
      for (let i = node.childNodes.length - 1; i >= 0; i--) stack.push(node.childNodes[i]!);
  }
  return links;
}

/** Cleans one document with both walls; undefined when they do not agree or it does not settle. */
function cleanDocument(
  source: string,
  pictures: PictureSources,
  ways: FilterWays,
  secondWall: SecondWall,
): CleanedDocument | undefined {
  const styles = new Set<string>();
  let filtered = prefilter(source, pictures, styles, ways);
  const { css, setsColour, darkAware } = filtered;
  const { remote } = pictures;
  for (let round = 0; round < maxRounds; round++) {
    const style = css === '' ? '' : `<style>${css}</style>`;
    // The sheet stands inside the root, as its first child.
    const open = filtered.html.indexOf('>') + 1;
    const whole = filtered.html.slice(0, open) + style + filtered.html.slice(open);
    const approved = { css, styles, pictures: pictures.approved };
    const html = secondWall(whole, approved);
    if (html === undefined) return undefined;
    if (html === whole) {
      const tree = parseFragment(html);
      if (serialize(tree) === html) return { html, links: linksOf(tree), setsColour, darkAware };
    }
    const again = prefilter(html, pictures, styles, ways);
    // Counted once: the second reading sees pictures that have no source any more or one of ours.
    pictures.remote = remote;
    if (again.html === filtered.html) {
      // Both walls agree on the tree; only what the second takes from its text differs.
      const settled = secondWall(html, approved);
      const tree = parseFragment(html);
      return settled === html && serialize(tree) === html
        ? { html, links: linksOf(tree), setsColour, darkAware }
        : undefined;
    }
    filtered = again;
  }
  return undefined;
}

interface Source {
  readonly text: string;
  readonly isHtml: boolean;
  readonly truncated: boolean;
}

/** What is to be shown, one after the other: the HTML view of a message, or one part of it. */
function* readSources(message: Buffer, options: CleanOptions, most: () => number): Generator<Source> {
  const charset = options.charset ?? '';
  if (options.part !== undefined) {
    const found = findPartAt(message, options.part);
    if (!found) return;
    const enough = found.body.subarray(0, most() * 4 + 4);
    const { text } = decodeText(enough, charset || found.part.charset || sniffHtmlCharset(enough));
    yield { text, isHtml: true, truncated: enough.length < found.body.length };
    return;
  }
  const bodies = chooseBodies(scanStructure(message).root);
  if (!bodies.html.some((part) => part.type === 'text/html')) return;
  for (const part of bodies.html) {
    const isHtml = part.type === 'text/html';
    const { text, truncated } = readTextPart(message, part, isHtml ? most() + 1 : maxTextShown, charset);
    yield { text, isHtml, truncated };
  }
}

/**
 * Cleans the HTML view of a message. `failed`: the walls do not agree; where the second was the grammar, DOMPurify may be
 * asked. Throws only for our own bugs.
 */
export function cleanMessage(
  whole: Buffer,
  options: CleanOptions,
  secondWall: SecondWall = grammar,
): CleanHtml {
  const message = openMessageAt(whole, options.inside ?? '') ?? Buffer.alloc(0);
  const limits: HtmlLimits = options.limits === 'large' ? largeHtml : normalHtml;
  const parts = options.part === undefined ? [...walkParts(scanStructure(message).root)] : [];
  const findPart: FindPart = (reference) =>
    parts.find((part) => part.contentId !== '' && part.contentId === reference) ??
    parts.find((part) => firstField(part.fields, 'content-location') === reference && reference !== '');
  const pictures = new PictureSources(options, findPart);
  const ways = { plainLinks: options.plainLinks === true, plainColours: options.plainColours === true };
  const documents: CleanedDocument[] = [];
  let left = limits;
  let isAny = false;
  for (const { text, isHtml, truncated } of readSources(message, options, () => left.characters)) {
    isAny = true;
    if (isHtml && (truncated || !isWithinLimits(text, left))) return { ok: false, reason: 'too-large' };
    if (!isHtml && text.trim() === '') continue;
    left = { ...left, characters: Math.max(0, left.characters - text.length) };
    const cleaned = cleanDocument(
      isHtml ? text : `<pre>${escapeText(text.replace(/^\n/, '\n\n'))}</pre>`,
      pictures,
      ways,
      secondWall,
    );
    if (!cleaned) return { ok: false, reason: 'failed' };
    documents.push(cleaned);
  }
  if (!isAny) return { ok: false, reason: 'none' };
  return {
    ok: true,
    html: documents.map(({ html }) => html).join(''),
    remotePictures: pictures.remote,
    inlineParts: [...pictures.inlineParts],
    darkAware:
      ways.plainColours ||
      documents.some(({ darkAware }) => darkAware) ||
      !documents.some(({ setsColour }) => setsColour),
    links: documents.flatMap(({ links }) => links),
  };
}
