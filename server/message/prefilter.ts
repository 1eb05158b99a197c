// The first wall of the HTML cleaner (webmail.md 3.4): a walk over the parse5 tree that builds a new tree of allowed
// elements and judged attributes under one root element. It caps depth, rewrites links, pictures and styles, and never
// recurses. What it gives is safe by itself; a second wall (clean.ts) judges it anew.
import {
  defaultTreeAdapter as adapter,
  html as htmlNames,
  parse,
  serialize,
  type DefaultTreeAdapterTypes as Tree,
} from 'parse5';
import { cleanSheet, cleanStyle, prefixClass, rootClass } from './css.ts';
import { cleanAttribute, cleanWords, colourAttributes, droppedWhole, keptElements } from './html-rules.ts';
import { maxOutputDepth } from './limits.ts';
import type { PictureSources } from './pictures.ts';
import { cleanHref, deceivingHost } from './urls.ts';

const { NS } = htmlNames;
type Attributes = { name: string; value: string }[];

/** The filtered document and what was learnt on the way. */
export interface Filtered {
  /** One root `<div class="m-body ...">`. */
  readonly html: string;
  readonly css: string;
  readonly setsColour: boolean;
  readonly darkAware: boolean;
}

/** What the reader wants otherwise than the sender. */
export interface FilterWays {
  /** Links become text. */
  readonly plainLinks: boolean;
  /** Colours and backgrounds go. */
  readonly plainColours: boolean;
}

interface Frame {
  readonly children: readonly Tree.ChildNode[];
  next: number;
  readonly target: Tree.Element;
  readonly depth: number;
  /** Host to print when the frame's link is complete. */
  readonly bracket: string;
}

const isElement = (node: Tree.Node): node is Tree.Element => 'tagName' in node;
const isText = (node: Tree.Node): node is Tree.TextNode => node.nodeName === '#text';
const attributeOf = (element: Tree.Element, name: string): string | undefined =>
  element.attrs.find((attribute) => attribute.name === name && !attribute.prefix)?.value;

/** The text that a reader sees in an element, at most some 500 characters. */
function visibleText(element: Tree.Element): string {
  let text = '';
  const stack: Tree.ChildNode[] = [...element.childNodes].reverse();
  for (let steps = 0; stack.length > 0 && text.length < 500 && steps < 2_000; steps++) {
    const node = stack.pop()!;
    if (isText(node)) text += node.value;
    else if (isElement(node) && !droppedWhole.has(node.tagName))
      stack.push(...[...node.childNodes].reverse());
  }
  return text.replace(/[\s\u00a0]+/g, ' ').trim();
}

/** Walks a parsed document once. */
class Filter {
  readonly #pictures: PictureSources;
  readonly #sheets: string[] = [];
  readonly styles: Set<string>;
  setsColour = false;
  darkAware = false;

  readonly #ways: FilterWays;
  readonly #known = new Map<string, ReturnType<typeof cleanStyle>>();

  constructor(pictures: PictureSources, styles: Set<string>, ways: FilterWays) {
    this.#pictures = pictures;
    this.styles = styles;
    this.#ways = ways;
  }

  /** Style sheets and the declaration of colour schemes, wherever they stand. */
  #collect(element: Tree.Element): void {
    if (element.namespaceURI !== NS.HTML) return;
    if (element.tagName === 'style') {
      const media = attributeOf(element, 'media') ?? '';
      const text = element.childNodes.map((node) => (isText(node) ? node.value : '')).join('');
      const cleaned = cleanSheet(
        /^[\w\s():,.-]{1,200}$/.test(media) ? `@media ${media}{${text}}` : text,
        this.#ways.plainColours,
      );
      if (cleaned.css !== '') this.#sheets.push(cleaned.css);
      this.setsColour ||= cleaned.setsColour;
      this.darkAware ||= cleaned.darkAware;
    } else if (
      element.tagName === 'meta' &&
      /^(supported-)?color-schemes?$/i.test(attributeOf(element, 'name') ?? '')
    ) {
      if (/\bdark\b/i.test(attributeOf(element, 'content') ?? '')) this.darkAware = true;
    }
  }

  #classes(element: Tree.Element): string[] {
    const classes = (attributeOf(element, 'class') ?? '')
      .slice(0, 2_000)
      .split(/\s+/)
      .slice(0, 30)
      .map(prefixClass);
    const id = attributeOf(element, 'id');
    if (id) classes.push(prefixClass(`m-id-${id}`));
    return [...new Set(classes.filter((name) => name !== ''))];
  }

  /** A newsletter says the same few styles in a thousand cells: each is parsed once. */
  #style(style: string): string {
    let cleaned = this.#known.get(style);
    if (!cleaned) {
      cleaned = cleanStyle(style, this.#ways.plainColours);
      this.#known.set(style, cleaned);
    }
    this.setsColour ||= cleaned.setsColour;
    if (cleaned.style !== '') this.styles.add(cleaned.style);
    return cleaned.style;
  }

  /** The attributes of a kept element but for links and picture sources. */
  #attributes(element: Tree.Element): Attributes {
    const out: Attributes = [];
    for (const { name, value, prefix } of element.attrs.slice(0, 60)) {
      if (prefix) continue;
      if (name === 'style') {
        const style = this.#style(value);
        if (style !== '') out.push({ name, value: style });
      } else if (name === 'alt' || (name === 'title' && element.tagName !== 'a')) {
        out.push({ name, value: cleanWords(value) });
      } else if (this.#ways.plainColours && (name === 'background' || colourAttributes.has(name))) {
        // Taken from the sender.
      } else if (name === 'background' && /^(table|td|th|tr|tbody)$/.test(element.tagName)) {
        const address = this.#pictures.address(value);
        if (address !== undefined) out.push({ name, value: address });
      } else {
        const cleaned = name === 'text' ? undefined : cleanAttribute(name, value);
        if (cleaned === undefined) continue;
        if (colourAttributes.has(name)) this.setsColour = true;
        out.push({ name, value: cleaned });
      }
    }
    const classes = this.#classes(element);
    if (classes.length > 0) out.push({ name: 'class', value: classes.join(' ') });
    return out;
  }

  #link(element: Tree.Element): { made: Tree.Element; bracket: string } {
    const href = attributeOf(element, 'href');
    const link = href === undefined ? undefined : cleanHref(href);
    const attributes = this.#attributes(element);
    if (!link) return { made: adapter.createElement('span', NS.HTML, attributes), bracket: '' };
    const bracket = deceivingHost(visibleText(element), link);
    if (this.#ways.plainLinks) return { made: adapter.createElement('span', NS.HTML, attributes), bracket };
    attributes.push(
      { name: 'href', value: link.href },
      { name: 'title', value: cleanWords(link.host) },
      { name: 'target', value: '_blank' },
      { name: 'rel', value: 'noopener noreferrer nofollow' },
    );
    return {
      made: adapter.createElement('a', NS.HTML, attributes),
      bracket,
    };
  }

  #picture(element: Tree.Element): Tree.Element | undefined {
    const source = attributeOf(element, 'src');
    const address = source === undefined ? undefined : this.#pictures.address(source);
    const attributes = this.#attributes(element);
    const isPixel = ['width', 'height'].every((name) =>
      /^[0-2](px)?$/.test(attributeOf(element, name)?.trim() ?? ''),
    );
    // A picture of one point counts readers: it is never asked for, allowed or not. One without a source is nothing.
    if (isPixel && (address === undefined || /^\s*(https?:|[\\/]{2})/i.test(source ?? ''))) return undefined;
    if (address !== undefined) attributes.push({ name: 'src', value: address });
    return adapter.createElement('img', NS.HTML, attributes);
  }

  /** The root that takes the place of <body>, with its colours. */
  #root(body: Tree.Element): Tree.Element {
    const classes = [rootClass, ...this.#classes(body).filter((name) => name !== rootClass)];
    const wanted = [
      ['bgcolor', 'background-color'],
      ['text', 'color'],
    ].flatMap(([attribute, property]) => {
      const value = cleanAttribute(attribute!, attributeOf(body, attribute!) ?? '');
      return value ? [`${property}:${/^[0-9a-f]{6}$/i.test(value) ? `#${value}` : value}`] : [];
    });
    const style = this.#style([...wanted, attributeOf(body, 'style') ?? ''].join(';'));
    const attributes: Attributes = [{ name: 'class', value: classes.join(' ') }];
    const dir = cleanAttribute('dir', attributeOf(body, 'dir') ?? '');
    const lang = cleanAttribute('lang', attributeOf(body, 'lang') ?? '');
    if (style !== '') attributes.push({ name: 'style', value: style });
    if (dir) attributes.push({ name: 'dir', value: dir });
    if (lang) attributes.push({ name: 'lang', value: lang });
    return adapter.createElement('div', NS.HTML, attributes);
  }

  run(document: Tree.Document): Filtered {
    const page = document.childNodes.find(
      (node) => isElement(node) && node.tagName === 'html',
    ) as Tree.Element;
    const head = page.childNodes.find((node) => isElement(node) && node.tagName === 'head') as
      | Tree.Element
      | undefined;
    for (const node of head?.childNodes ?? []) if (isElement(node)) this.#collect(node);
    let body = page.childNodes.find((node) => isElement(node) && node.tagName === 'body') as
      | Tree.Element
      | undefined;
    body ??= adapter.createElement('body', NS.HTML, []);
    // Our own output comes back as it is: its root stays the root.
    const content = body.childNodes.filter((node) => !(isText(node) && node.value.trim() === ''));
    const only = content.length === 1 && isElement(content[0]!) ? content[0] : undefined;
    const isOurs =
      only?.tagName === 'div' && (attributeOf(only, 'class') ?? '').split(/\s+/)[0] === rootClass;
    const source = isOurs ? only : body;
    const root = this.#root(source);
    const frames: Frame[] = [{ children: source.childNodes, next: 0, target: root, depth: 1, bracket: '' }];
    for (let frame = frames.at(-1); frame; frame = frames.at(-1)) {
      const node = frame.children[frame.next++];
      if (node === undefined) {
        if (frame.bracket !== '') {
          const mark = adapter.createElement('span', NS.HTML, [{ name: 'class', value: 'm-host' }]);
          adapter.insertText(mark, ` [${cleanWords(frame.bracket)}]`);
          adapter.appendChild(frame.target, mark);
        }
        frames.pop();
      } else this.#visit(node, frame, frames);
    }
    const fragment = adapter.createDocumentFragment();
    adapter.appendChild(fragment, root);
    return {
      html: serialize(fragment),
      css: this.#sheets.join('\n'),
      setsColour: this.setsColour,
      darkAware: this.darkAware,
    };
  }

  #visit(node: Tree.ChildNode, frame: Frame, frames: Frame[]): void {
    if (isText(node)) {
      adapter.insertText(
        frame.target,
        node.value
          .replace(/[\u0000-\u0008\u000b\u000e-\u001f\u007f]/g, '')
          // `&#13;`: what a parser makes of the character itself.
          .replace(/\r\n?/g, '\n')
          .toWellFormed(),
      );
      return;
    }
    if (!isElement(node)) return;
    const tag = node.tagName;
    this.#collect(node);
    if (node.namespaceURI !== NS.HTML || droppedWhole.has(tag)) return;
    const { depth } = frame;
    const inner = (target: Tree.Element, bracket = ''): void => {
      frames.push({
        children: node.childNodes,
        next: 0,
        target,
        depth: target === frame.target ? depth : depth + 1,
        bracket,
      });
    };
    if (!keptElements.has(tag) || depth >= maxOutputDepth) {
      // The element goes, its content stays; words of raw elements stay on lines of their own.
      if (tag === 'xmp' || tag === 'plaintext' || tag === 'listing' || tag === 'textarea') {
        const made = adapter.createElement(depth >= maxOutputDepth ? 'span' : 'div', NS.HTML, []);
        adapter.appendChild(frame.target, made);
        return inner(made);
      }
      return inner(frame.target);
    }
    if (tag === 'img') {
      const picture = this.#picture(node);
      if (picture) adapter.appendChild(frame.target, picture);
      return;
    }
    const { made, bracket } =
      tag === 'a'
        ? this.#link(node)
        : { made: adapter.createElement(tag, NS.HTML, this.#attributes(node)), bracket: '' };
    adapter.appendChild(frame.target, made);
    inner(made, bracket);
  }
}

/** Filters one document; `styles` collects the style attributes that were written. */
export function prefilter(
  html: string,
  pictures: PictureSources,
  styles: Set<string>,
  ways: FilterWays = { plainLinks: false, plainColours: false },
): Filtered {
  // The frame's document is in no-quirks mode, in which <p> cannot hold a table: read it in the same mode.
  return new Filter(pictures, styles, ways).run(parse(`<!doctype html>${html}`, { scriptingEnabled: false }));
}
