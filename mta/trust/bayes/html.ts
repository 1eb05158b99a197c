// The text of an HTML part as its reader would see it, near enough for counting words: tags go, what stands in comments,
// scripts and styles goes, the commonest entities are read, links are given apart. One pass from left to right without
// regular expressions over the whole: a tag that never ends ends the text. Nothing here is ever shown.

export interface HtmlText {
  readonly text: string;
  /** Values of href, src and action with a scheme of the web. */
  readonly links: readonly string[];
  /** `html:img`, `html:form`, `html:hidden` ... */
  readonly marks: readonly string[];
}

const tagLimit = 20_000;
const linkLimit = 300;
/** Of one tag, characters that are looked at. */
const tagText = 2000;

/** Tags that break a line of words; others may stand within a word (`vi<b></b>ta`). */
const breaking = new Set(
  'p br div td th tr table li ul ol dl dt dd h1 h2 h3 h4 h5 h6 hr blockquote pre center title img input option form body'.split(
    ' ',
  ),
);
/** What stands between these and their end is no text. */
const silent = new Set(['script', 'style', 'noscript', 'template']);
const telling = new Set([
  'form',
  'input',
  'iframe',
  'script',
  'object',
  'embed',
  'marquee',
  'base',
  'map',
  'svg',
  'font',
  'center',
]);

const entities: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  copy: '©',
  reg: '®',
  trade: '™',
  euro: '€',
  pound: '£',
  yen: '¥',
  rsquo: "'",
  lsquo: "'",
  ldquo: '"',
  rdquo: '"',
  ndash: '-',
  mdash: '-',
  hellip: '…',
  zwnj: '',
  zwj: '',
  shy: '',
};

export function readHtml(html: string): HtmlText {
  const pieces: string[] = [];
  const links: string[] = [];
  const marks = new Set<string>();
  const lower = html.toLowerCase();
  let images = 0;
  let at = 0;
  for (let tags = 0; tags < tagLimit; tags++) {
    const open = html.indexOf('<', at);
    if (open < 0) break;
    pieces.push(html.slice(at, open));
    if (html.startsWith('<!--', open)) {
      const end = html.indexOf('-->', open + 4);
      at = end < 0 ? html.length : end + 3;
      marks.add('html:comment');
      continue;
    }
    if (!/^[a-z/!?]$/.test(lower[open + 1] ?? '')) {
      // A `<` of the text.
      pieces.push('<');
      at = open + 1;
      continue;
    }
    const end = html.indexOf('>', open);
    if (end < 0) {
      at = html.length;
      break;
    }
    const tag = lower.slice(open + 1, Math.min(end, open + tagText));
    const name = /^\/?[a-z][a-z0-9]{0,15}/.exec(tag)?.[0] ?? '';
    at = end + 1;
    if (name === '') continue;
    if (breaking.has(name.replace('/', ''))) pieces.push(' ');
    if (name.startsWith('/')) continue;
    if (telling.has(name)) marks.add(`html:${name}`);
    if (name === 'img') images += 1;
    if (isHidden(tag)) marks.add('html:hidden');
    if (links.length < linkLimit) addLinks(links, html.slice(open + 1, Math.min(end, open + tagText)));
    if (silent.has(name)) {
      const close = lower.indexOf(`</${name}`, at);
      at = close < 0 ? html.length : close;
    }
  }
  pieces.push(html.slice(at));
  if (images > 0) marks.add(`html:images${Math.min(8, 1 << Math.floor(Math.log2(images)))}`);
  const text = readEntities(pieces.join(''));
  // Much markup around few words.
  if (html.length > 1000) marks.add(`html:words${Math.floor((text.trim().length * 5) / html.length)}`);
  return { text, links, marks: [...marks] };
}

const isHidden = (tag: string): boolean =>
  tag.includes('display:none') ||
  tag.includes('display: none') ||
  tag.includes('visibility:hidden') ||
  /font-size:\s?[01](?:px|pt|%)?[;"']/.test(tag);

function addLinks(links: string[], tag: string): void {
  for (const [, value = ''] of tag.matchAll(
    /\b(?:href|src|action|background)\s?=\s?["']?([^"'\s>]{1,500})/gi,
  ))
    if (/^(?:https?:|ftp:|\/\/)/i.test(value)) links.push(value);
    else if (/^mailto:/i.test(value)) links.push(value);
}

const readEntities = (text: string): string =>
  text.replace(/&(#x?[0-9a-f]{1,7}|[a-z]{2,8});?/gi, (whole, name: string) => {
    if (!name.startsWith('#')) return entities[name.toLowerCase()] ?? whole;
    const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
    return Number.isInteger(code) && code > 0 && code < 0x110000 ? String.fromCodePoint(code) : ' ';
  });
