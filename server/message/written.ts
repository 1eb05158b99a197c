// HTML that a person wrote in our editor, and what is quoted in it, on its way into a letter, a draft, a signature or back
// into the editor (spec/webmail.md 4.4, security.md H7): the allow-list of html-rules.ts and css.ts over a parse5 tree.
// What was written stays, fonts and colours too; scripts, classes, ids, remote pictures and whatever else was pasted along
// go. Gives the plain text of the same words beside it. Runs in a worker: pasted markup is as foreign as a mail.
import {
  defaultTreeAdapter as adapter,
  html as htmlNames,
  parse,
  serialize,
  type DefaultTreeAdapterTypes as Tree,
} from 'parse5';
import { cleanStyle } from './css.ts';
import { cleanAttribute, cleanWords, droppedWhole, keptElements } from './html-rules.ts';
import { htmlToText } from './html-text.ts';
import { largeHtml, maxOutputDepth, maxTextShown } from './limits.ts';
import { dataPicture } from './pictures.ts';
import { isWithinLimits } from './prescan.ts';
import { joinLines } from './text.ts';
import type { WrittenHtml, WrittenOptions } from './types.ts';
import { cleanHref } from './urls.ts';

const { NS } = htmlNames;
type Attributes = { name: string; value: string }[];

const isElement = (node: Tree.Node): node is Tree.Element => 'tagName' in node;
const isText = (node: Tree.Node): node is Tree.TextNode => node.nodeName === '#text';
const attributeOf = (element: Tree.Element, name: string): string | undefined =>
  element.attrs.find((attribute) => attribute.name === name && !attribute.prefix)?.value;

/** Walks one document. */
class Writer {
  readonly pictures = new Set<string>();
  readonly #options: WrittenOptions;

  constructor(options: WrittenOptions) {
    this.#options = options;
  }

  /** The source of a picture of the letter: `cid:` for mail, its address in our pages for the editor. */
  #source(raw: string): string | undefined {
    const source = raw.trim();
    const known = this.#options.pictures.find(
      ({ address, contentId }) =>
        source.split('?', 1)[0] === address.split('?', 1)[0] || source === `cid:${contentId}`,
    );
    if (known) {
      this.pictures.add(known.contentId);
      return this.#options.use === 'mail' ? `cid:${known.contentId}` : known.address;
    }
    return /^data:/i.test(source) ? dataPicture(source) : undefined;
  }

  #attributes(element: Tree.Element): Attributes {
    const out: Attributes = [];
    for (const { name, value, prefix } of element.attrs.slice(0, 60)) {
      if (prefix) continue;
      if (name === 'style') {
        const { style } = cleanStyle(value);
        if (style !== '') out.push({ name, value: style });
      } else if (name === 'alt' || name === 'title') out.push({ name, value: cleanWords(value) });
      else if (name === 'type' && element.tagName === 'blockquote') {
        if (/^cite$/i.test(value)) out.push({ name, value: 'cite' });
      } else if (name === 'data-signature' && this.#options.use === 'editor') {
        if (element.tagName === 'div') out.push({ name, value: '' });
      } else if (name !== 'background' && name !== 'text') {
        const cleaned = cleanAttribute(name, value);
        if (cleaned !== undefined) out.push({ name, value: cleaned });
      }
    }
    return out;
  }

  /** The element that stands for this one; undefined: only its content stays; null: nothing of it does. */
  #element(element: Tree.Element): Tree.Element | undefined | null {
    const { tagName } = element;
    if (element.namespaceURI !== NS.HTML || droppedWhole.has(tagName)) return null;
    if (!keptElements.has(tagName)) return undefined;
    const attributes = this.#attributes(element);
    if (tagName === 'img') {
      const source = this.#source(attributeOf(element, 'src') ?? '');
      const words = attributes.find(({ name }) => name === 'alt')?.value.trim();
      if (source === undefined && !words) return null;
      return source === undefined
        ? adapter.createElement('span', NS.HTML, [])
        : adapter.createElement('img', NS.HTML, [...attributes, { name: 'src', value: source }]);
    }
    if (tagName === 'a') {
      const link = cleanHref(attributeOf(element, 'href') ?? '');
      if (!link) return undefined;
      return adapter.createElement('a', NS.HTML, [...attributes, { name: 'href', value: link.href }]);
    }
    return adapter.createElement(tagName, NS.HTML, attributes);
  }

  run(source: string): string {
    const document = parse(`<!doctype html><body>${source}`, { scriptingEnabled: false });
    const page = document.childNodes.find((node) => isElement(node) && node.tagName === 'html');
    const body = (page as Tree.Element | undefined)?.childNodes.find(
      (node) => isElement(node) && node.tagName === 'body',
    ) as Tree.Element | undefined;
    const root = adapter.createElement('div', NS.HTML, []);
    const frames = [{ children: body?.childNodes ?? [], next: 0, target: root, depth: 0 }];
    for (let frame = frames.at(-1); frame; frame = frames.at(-1)) {
      const node = frame.children[frame.next++];
      if (node === undefined) {
        frames.pop();
        continue;
      }
      if (isText(node)) {
        const text = node.value.replace(/[\u0000-\u0008\u000b\u000e-\u001f\u007f]/g, '').toWellFormed();
        adapter.insertText(frame.target, text);
        continue;
      }
      if (!isElement(node)) continue;
      const made = frame.depth >= maxOutputDepth ? undefined : this.#element(node);
      if (made === null) continue;
      if (made) adapter.appendChild(frame.target, made);
      if (made?.tagName === 'img') continue;
      if (made?.tagName === 'span' && node.tagName === 'img') {
        adapter.insertText(made, cleanWords(attributeOf(node, 'alt') ?? ''));
        continue;
      }
      frames.push({
        children: node.childNodes,
        next: 0,
        target: made ?? frame.target,
        depth: frame.depth + (made ? 1 : 0),
      });
    }
    return serialize(root);
  }
}

/** Cleans what was written; undefined when it is more than any letter holds. Throws only for our own bugs. */
export function cleanWritten(html: string, options: WrittenOptions): WrittenHtml | undefined {
  if (!isWithinLimits(html, largeHtml)) return undefined;
  const first = new Writer(options);
  const once = first.run(html);
  // Nesting that HTML forbids is moved by a parser: what is sent must read back to itself.
  const again = new Writer(options);
  const cleaned = again.run(once);
  if (new Writer(options).run(cleaned) !== cleaned) return undefined;
  const { lines } = htmlToText(cleaned, maxTextShown, true);
  // RFC 3676 4.3: the blank behind the separator of a signature is part of it.
  const text = joinLines(lines.map((line) => (line.text === '--' ? { ...line, text: '-- ' } : line)));
  return { html: cleaned, text, pictures: [...again.pictures] };
}
