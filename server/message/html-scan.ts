// One linear pass over HTML as a tokenizer sees it, without a tree: start tags, end tags and runs of text by offset.
// The cost is bounded by the length alone (no attribute list, no recursion), so it runs before any parser: to count
// what a document would cost (prescan.ts) and to make text of it (html-text.ts). It is no sanitiser: its reading may
// differ from a browser's for broken markup, so nothing that it gives is ever shown as markup.
import { parseFragment } from 'parse5';

/** What a document is made of, in order. Offsets are into the HTML string. */
export interface HtmlEvents {
  /** `attributes` counts names, [from, to) is the text between the tag's name and its end. */
  start(tag: string, from: number, to: number, attributes: number): void;
  end(tag: string): void;
  text(from: number, to: number): void;
  /** Raw content of script, style, title, textarea, xmp and their like. */
  raw(tag: string, from: number, to: number): void;
}

const rawElements = new Set(['script', 'style', 'title', 'textarea', 'xmp', 'iframe', 'noembed', 'noframes']);

const isSpace = (code: number): boolean =>
  code === 0x20 || code === 0x0a || code === 0x09 || code === 0x0d || code === 0x0c;
const isLetter = (code: number): boolean => (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a;

/** From just after the tag's name: the offset of `>` (or the end), and the number of attributes. */
function skipAttributes(html: string, from: number): { end: number; count: number } {
  let at = from;
  let count = 0;
  const length = html.length;
  for (;;) {
    while (at < length && (isSpace(html.charCodeAt(at)) || html[at] === '/')) at++;
    if (at >= length || html[at] === '>') return { end: at, count };
    count++;
    at++;
    while (at < length) {
      const code = html.charCodeAt(at);
      if (isSpace(code) || code === 0x2f || code === 0x3e || code === 0x3d) break;
      at++;
    }
    while (at < length && isSpace(html.charCodeAt(at))) at++;
    if (html[at] !== '=') continue;
    at++;
    while (at < length && isSpace(html.charCodeAt(at))) at++;
    const quote = html[at];
    if (quote === '"' || quote === "'") {
      const close = html.indexOf(quote, at + 1);
      at = close < 0 ? length : close + 1;
    } else while (at < length && !isSpace(html.charCodeAt(at)) && html[at] !== '>') at++;
  }
}

/** Runs the events over a document. `false` from `go` stops it. */
export function scanHtml(html: string, events: HtmlEvents, go: () => boolean = () => true): void {
  let at = 0;
  while (at < html.length && go()) {
    const open = html.indexOf('<', at);
    if (open < 0) break;
    const code = html.charCodeAt(open + 1);
    const closes = code === 0x2f;
    if (closes ? !isLetter(html.charCodeAt(open + 2)) : !isLetter(code)) {
      if (code === 0x21 || code === 0x3f || closes) {
        if (open > at) events.text(at, open);
        const comment = html.startsWith('<!--', open);
        // HTML 13.2.5.43: `<!-->` and `<!--->` are empty comments.
        const early = comment ? (html[open + 4] === '>' ? 5 : html.startsWith('->', open + 4) ? 6 : 0) : 0;
        if (early > 0) at = open + early;
        else if (comment) {
          const end = html.indexOf('-->', open + 4);
          at = end < 0 ? html.length : end + 3;
        } else {
          const end = html.indexOf('>', open);
          at = end < 0 ? html.length : end + 1;
        }
      } else {
        events.text(at, open + 1);
        at = open + 1;
      }
      continue;
    }
    if (open > at) events.text(at, open);
    let nameEnd = open + (closes ? 2 : 1);
    const nameStart = nameEnd;
    while (nameEnd < html.length) {
      const char = html.charCodeAt(nameEnd);
      if (isSpace(char) || char === 0x2f || char === 0x3e) break;
      nameEnd++;
    }
    const tag = html.slice(nameStart, Math.min(nameEnd, nameStart + 40)).toLowerCase();
    const { end, count } = skipAttributes(html, nameEnd);
    at = end + 1;
    if (end >= html.length) return;
    if (closes) {
      events.end(tag);
      continue;
    }
    events.start(tag, nameEnd, end, count);
    if (tag === 'plaintext') {
      events.raw(tag, at, html.length);
      return;
    }
    if (rawElements.has(tag)) {
      const closing = new RegExp(`</${tag}(?=[\\s/>])`, 'gi');
      closing.lastIndex = at;
      const found = closing.exec(html);
      events.raw(tag, at, found ? found.index : html.length);
      at = found ? found.index : html.length;
    }
  }
  if (at < html.length && go()) events.text(at, html.length);
}

/** The value of one attribute in html[from, to), decoded; undefined when it is not there. Looks at 16 KiB at most. */
export function readAttribute(html: string, from: number, to: number, name: string): string | undefined {
  const text = html.slice(from, Math.min(to, from + 16_384));
  const pattern = new RegExp(
    `[\\s/"']${name}[\\s]{0,8}=[\\s]{0,8}(?:"([^"]{0,8192})"|'([^']{0,8192})'|([^\\s"'>]{1,8192}))`,
    'i',
  );
  const found = pattern.exec(text);
  return found ? decodeEntities(found[1] ?? found[2] ?? found[3] ?? '') : undefined;
}

const common = new Map([
  ['&nbsp;', '\u00a0'],
  ['&amp;', '&'],
  ['&lt;', '<'],
  ['&gt;', '>'],
  ['&quot;', '"'],
  ['&apos;', "'"],
  ['&zwnj;', '\u200c'],
  ['&shy;', '\u00ad'],
]);

function decodeOne(entity: string): string {
  const known = common.get(entity);
  if (known !== undefined) return known;
  const node = parseFragment(entity).childNodes[0];
  return node && 'value' in node ? node.value : entity;
}

/** Character references decoded by the parser's own table; anything else stays. */
export function decodeEntities(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});?/g, decodeOne);
}
