// The second wall of the HTML cleaner (webmail.md 3.4): reads what the first wall wrote as bytes, by a grammar in which
// HTML has one reading only: allowed elements, properly nested under one root; attributes quoted, escaped and judged anew;
// styles of known properties. It knows no tree and mends nothing. What is outside of the grammar is not shown by its
// word: that goes to DOMPurify (purify.ts), which leaves everything inside of it as it is.
import { isCanonicalSheet, isCanonicalStyle } from './canonical-css.ts';
import { rootClass } from './css.ts';
import { cleanAttribute, cleanWords, keptElements, voidElements } from './html-rules.ts';
import { maxOutputDepth } from './limits.ts';
import { cleanHref } from './urls.ts';

/** What the first wall wrote: only this may be in the output. */
export interface Approved {
  readonly css: string;
  readonly styles: ReadonlySet<string>;
  readonly pictures: ReadonlySet<string>;
}

const rootTag = `<div class="${rootClass}`;

/** Controls (a tab, a line feed and a form feed are none to HTML), and an ampersand that does not begin what a serialiser writes. */
const foreign = /[\u0000-\u0008\u000b\r\u000e-\u001f\u007f]|&(?!(?:amp|lt|gt|quot|nbsp);)/;
const notText = />|&quot;/;
const tagName = /[a-z][a-z0-9]*/y;
const attributeName = / ([a-z]+)="/y;
const classes = /^m-[\w-]+(?: m-[\w-]+)*$/;
// URL's serialisation has no other characters; of mailto: and tel: it leaves blanks as they are.
const webLink = /^https?:\/\/[!#-;=?-~]+$/;
const otherLink = /^(?:mailto|tel):[ !#-;=?-~]*$/;
const ownPicture = /^\/(?!\/)[\w./~-]+$/;
const inlinePicture = /^data:image\/(?:png|gif|jpeg|webp);base64,/;
/** Ends of what HTML and XML once took for the end of raw text: DOMPurify takes such attributes away. */
const breakout = /(?:--!?|\])>|<\/[a-z]/i;

const entities: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&nbsp;': '\u00a0',
};
const decode = (value: string): string =>
  value.includes('&') ? value.replace(/&[a-z]+;/g, (entity) => entities[entity] ?? entity) : value;

function isOwnOrInline(source: string): boolean {
  return inlinePicture.test(source)
    ? // The first wall has seen that only base64 follows; a character of another kind would end it here as well.
      !/[^A-Za-z0-9+/=]/.test(source.slice(source.indexOf(',') + 1))
    : ownPicture.test(source);
}

/** Judges the attributes of one element. */
class Attributes {
  readonly #approved: Approved;
  readonly #known = new Map<string, boolean>();

  constructor(approved: Approved) {
    this.#approved = approved;
  }

  #isStyle(style: string): boolean {
    let known = this.#known.get(style);
    if (known === undefined) {
      known = this.#approved.styles.has(style) && isCanonicalStyle(style);
      this.#known.set(style, known);
    }
    return known;
  }

  isAllowed(tag: string, name: string, value: string): boolean {
    switch (name) {
      case 'style':
        return this.#isStyle(value);
      case 'class':
        return classes.test(value);
      case 'alt':
      case 'title':
        return cleanWords(value) === value && !breakout.test(value);
      case 'src':
        return tag === 'img' && this.#approved.pictures.has(value) && isOwnOrInline(value);
      case 'background':
        return this.#approved.pictures.has(value) && isOwnOrInline(value);
      case 'href':
        return (
          tag === 'a' && (webLink.test(value) || otherLink.test(value)) && cleanHref(value)?.href === value
        );
      case 'target':
        return tag === 'a' && value === '_blank';
      case 'rel':
        return tag === 'a' && value === 'noopener noreferrer nofollow';
      case 'text':
        return false;
      default:
        return cleanAttribute(name, value) === value;
    }
  }
}

/** True when the whole is within the grammar. Reads it once. */
export function isCanonical(html: string, approved: Approved): boolean {
  if (!html.startsWith(rootTag) || foreign.test(html) || !html.isWellFormed()) return false;
  const attributes = new Attributes(approved);
  const open: string[] = [];
  let sheets = 0;
  for (let at = 0; at < html.length; ) {
    if (html.charCodeAt(at) !== 0x3c) {
      const next = html.indexOf('<', at);
      if (next < 0 || notText.test(html.slice(at, next))) return false;
      at = next;
      continue;
    }
    if (html.charCodeAt(at + 1) === 0x2f) {
      const tag = open.pop();
      if (tag === undefined || !html.startsWith(`${tag}>`, at + 2)) return false;
      at += tag.length + 3;
      // One root, and nothing behind it.
      if (open.length === 0) return at === html.length;
      continue;
    }
    tagName.lastIndex = at + 1;
    const tag = tagName.exec(html)?.[0];
    if (tag === undefined) return false;
    at += tag.length + 1;
    if (tag === 'style') {
      // At most one, before everything else in the root; its text is raw, and holds neither `<` nor `&`.
      const end = html.indexOf('<', at);
      if (open.length !== 1 || sheets++ > 0 || html[at] !== '>') return false;
      const css = html.slice(at + 1, end);
      if (css !== approved.css || !isCanonicalSheet(css) || !html.startsWith('</style>', end)) return false;
      at = end + '</style>'.length;
      continue;
    }
    if (!keptElements.has(tag)) return false;
    const names: string[] = [];
    while (html.charCodeAt(at) === 0x20) {
      attributeName.lastIndex = at;
      const name = attributeName.exec(html)?.[1];
      if (name === undefined || names.includes(name)) return false;
      names.push(name);
      at += name.length + 3;
      const end = html.indexOf('"', at);
      if (end < 0) return false;
      const value = html.slice(at, end);
      if (/[<>]/.test(value) || !attributes.isAllowed(tag, name, decode(value))) return false;
      at = end + 1;
    }
    if (html[at] !== '>') return false;
    at++;
    if (tag === 'a' && !['href', 'target', 'rel'].every((name) => names.includes(name))) return false;
    if (voidElements.has(tag)) continue;
    open.push(tag);
    if (open.length > maxOutputDepth + 1) return false;
  }
  return false;
}
