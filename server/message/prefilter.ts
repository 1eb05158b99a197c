// The first wall of the HTML cleaner (webmail.md 3.4): a walk over the parse5 tree that writes allowed elements and judged
// attributes anew, under one root element; nothing of the source is passed on as it stands. It caps depth, rewrites links,
// pictures and styles, and never recurses. What it gives is safe by itself; a second wall (clean.ts) judges it anew.
import {
  defaultTreeAdapter as adapter,
  html as htmlNames,
  parse,
  type DefaultTreeAdapterTypes as Tree,
} from 'parse5';
import { cleanSheet, cleanStyle, prefixClass, rootClass } from './css.ts';
import {
  cleanAttribute,
  cleanWords,
  colourAttributes,
  droppedWhole,
  keptElements,
  voidElements,
} from './html-rules.ts';
import { maxOutputDepth } from './limits.ts';
import type { PictureSources } from './pictures.ts';
import { cleanHref, deceivingHost } from './urls.ts';

const { NS } = htmlNames;

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
  /** The end tag to write behind the children; '' where the element itself was left out. */
  readonly close: string;
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

// HTML 13.3, "escaping a string".
const references: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\u00a0': '&nbsp;',
};
const escapeText = (text: string): string => text.replace(/[&<>\u00a0]/g, (one) => references[one]!);
const attribute = (name: string, value: string): string =>
  ` ${name}="${value.replace(/[&<>"\u00a0]/g, (one) => references[one]!)}"`;

/** Walks a parsed document once. */
class Filter {
  #html = '';
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
    const value = attributeOf(element, 'class');
    const id = attributeOf(element, 'id');
    if (!value && !id) return [];
    const classes = (value ?? '').slice(0, 2_000).split(/\s+/).slice(0, 30).map(prefixClass);
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
  #attributes(element: Tree.Element): string {
    let out = '';
    for (const { name, value, prefix } of element.attrs.slice(0, 60)) {
      if (prefix) continue;
      if (name === 'style') {
        const style = this.#style(value);
        if (style !== '') out += attribute(name, style);
      } else if (name === 'alt' || (name === 'title' && element.tagName !== 'a')) {
        out += attribute(name, cleanWords(value));
      } else if (this.#ways.plainColours && (name === 'background' || colourAttributes.has(name))) {
        // Taken from the sender.
      } else if (name === 'background' && /^(table|td|th|tr|tbody)$/.test(element.tagName)) {
        const address = this.#pictures.address(value);
        if (address !== undefined) out += attribute(name, address);
      } else {
        const cleaned = name === 'text' ? undefined : cleanAttribute(name, value);
        if (cleaned === undefined) continue;
        if (colourAttributes.has(name)) this.setsColour = true;
        out += attribute(name, cleaned);
      }
    }
    const classes = this.#classes(element);
    return classes.length > 0 ? out + attribute('class', classes.join(' ')) : out;
  }

  /** Writes the start tag of a link, or of what stands for one that leads nowhere. */
  #link(element: Tree.Element): { tag: string; bracket: string } {
    const href = attributeOf(element, 'href');
    const link = href === undefined ? undefined : cleanHref(href);
    const attributes = this.#attributes(element);
    const bracket = link ? deceivingHost(visibleText(element), link) : '';
    if (!link || this.#ways.plainLinks) {
      this.#html += `<span${attributes}>`;
      return { tag: 'span', bracket };
    }
    this.#html +=
      `<a${attributes}${attribute('href', link.href)}${attribute('title', cleanWords(link.host))}` +
      ' target="_blank" rel="noopener noreferrer nofollow">';
    return { tag: 'a', bracket };
  }

  #picture(element: Tree.Element): void {
    const source = attributeOf(element, 'src');
    const address = source === undefined ? undefined : this.#pictures.address(source);
    const attributes = this.#attributes(element);
    const isPixel = ['width', 'height'].every((name) =>
      /^[0-2](px)?$/.test(attributeOf(element, name)?.trim() ?? ''),
    );
    // A picture of one point counts readers: it is never asked for, allowed or not. One without a source is nothing.
    if (isPixel && (address === undefined || /^\s*(https?:|[\\/]{2})/i.test(source ?? ''))) return;
    this.#html += `<img${attributes}${address === undefined ? '' : attribute('src', address)}>`;
  }

  /** The root that takes the place of <body>, with its colours. */
  #root(body: Tree.Element): void {
    const classes = [rootClass, ...this.#classes(body).filter((name) => name !== rootClass)];
    const wanted = [
      ['bgcolor', 'background-color'],
      ['text', 'color'],
    ].flatMap(([name, property]) => {
      const value = cleanAttribute(name!, attributeOf(body, name!) ?? '');
      return value ? [`${property}:${/^[0-9a-f]{6}$/i.test(value) ? `#${value}` : value}`] : [];
    });
    const style = this.#style([...wanted, attributeOf(body, 'style') ?? ''].join(';'));
    const dir = cleanAttribute('dir', attributeOf(body, 'dir') ?? '');
    const lang = cleanAttribute('lang', attributeOf(body, 'lang') ?? '');
    this.#html += `<div${attribute('class', classes.join(' '))}`;
    if (style !== '') this.#html += attribute('style', style);
    if (dir) this.#html += attribute('dir', dir);
    if (lang) this.#html += attribute('lang', lang);
    this.#html += '>';
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
    this.#root(source);
    const frames: Frame[] = [
      { children: source.childNodes, next: 0, close: '</div>', depth: 1, bracket: '' },
    ];
    for (let frame = frames.at(-1); frame; frame = frames.at(-1)) {
      const node = frame.children[frame.next++];
      if (node === undefined) {
        if (frame.bracket !== '')
          this.#html += `<span class="m-host"> [${escapeText(cleanWords(frame.bracket))}]</span>`;
        this.#html += frame.close;
        frames.pop();
      } else this.#visit(node, frame, frames);
    }
    return {
      html: this.#html,
      css: this.#sheets.join('\n'),
      setsColour: this.setsColour,
      darkAware: this.darkAware,
    };
  }

  #visit(node: Tree.ChildNode, { depth }: Frame, frames: Frame[]): void {
    if (isText(node)) {
      const text = node.value
        .replace(/[\u0000-\u0008\u000b\u000e-\u001f\u007f]/g, '')
        // `&#13;`: what a parser makes of the character itself.
        .replace(/\r\n?/g, '\n')
        .toWellFormed();
      this.#html += escapeText(text);
      return;
    }
    if (!isElement(node)) return;
    const tag = node.tagName;
    this.#collect(node);
    if (node.namespaceURI !== NS.HTML || droppedWhole.has(tag)) return;
    /** The children come next, inside of what was opened; without an end tag in the place of their parent. */
    const enter = (opened: string, bracket = ''): void => {
      const close = opened === '' ? '' : `</${opened}>`;
      frames.push({
        children: node.childNodes,
        next: 0,
        close,
        depth: opened === '' ? depth : depth + 1,
        bracket,
      });
    };
    if (!keptElements.has(tag) || depth >= maxOutputDepth) {
      // The element goes, its content stays; words of raw elements stay on lines of their own.
      const isRaw = tag === 'xmp' || tag === 'plaintext' || tag === 'listing' || tag === 'textarea';
      if (!isRaw) return enter('');
      const made = depth >= maxOutputDepth ? 'span' : 'div';
      this.#html += `<${made}>`;
      return enter(made);
    }
    if (tag === 'img') return this.#picture(node);
    if (tag === 'a') {
      const { tag: made, bracket } = this.#link(node);
      return enter(made, bracket);
    }
    this.#html += `<${tag}${this.#attributes(node)}>`;
    if (!voidElements.has(tag)) enter(tag);
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
