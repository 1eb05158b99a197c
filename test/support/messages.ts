// Support for the tests of message reading: the shared corpora (skipped with a reason when absent), messages made from
// pieces, and the static checker of cleaned HTML (rules N1 to N8). The checker reads only the canonical form that a
// serialiser writes, by one pattern of its own; what does not fit the form fails.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const corpus = join(import.meta.dirname, '..', '..', '..', 'shared', 'corpus');

/** For node:test's `skip`: false when the corpus is there. */
export const noCorpus: false | string = existsSync(join(corpus, 'messages'))
  ? false
  : 'the corpus is not on this machine';

export interface Vector {
  readonly id: string;
  readonly html: string;
  readonly mustNot: readonly string[];
  readonly keep?: readonly string[];
}

export function readVectors(): Vector[] {
  return JSON.parse(readFileSync(join(corpus, 'html', 'vectors.json'), 'utf8')) as Vector[];
}

/** What another parser made of a message. */
export interface Reference {
  readonly subject: string | null;
  readonly from: readonly unknown[];
  readonly to: readonly unknown[];
  readonly date: string | null;
  readonly messageId: string | null;
  readonly parts: readonly { path: string; type: string; size?: number; sha256?: string }[];
  readonly defects: readonly string[];
}

export function readReferences(): Record<string, Reference> {
  const path = join(corpus, 'messages', 'reference-python-email.json');
  return JSON.parse(readFileSync(path, 'utf8')) as Record<string, Reference>;
}

/** Paths of all messages, in order. */
export function messagePaths(): string[] {
  const directory = join(corpus, 'messages');
  return readdirSync(directory)
    .filter((name) => /^\d{4}-/.test(name) && !name.endsWith('.json'))
    .sort()
    .map((name) => join(directory, name));
}

/** A message of one text/html part. */
export function htmlMessage(html: string): Buffer {
  return Buffer.from(`From: a@example.org\nSubject: test\nContent-Type: text/html; charset=utf-8\n\n${html}`);
}

/** A message from lines joined by LF. */
export function message(...lines: string[]): Buffer {
  return Buffer.from(lines.join('\n'), 'latin1');
}

/** CPU time that a call takes on this thread, milliseconds: what a busy machine does not change much. */
export function cpuTime(run: () => unknown): number {
  const before = process.threadCpuUsage();
  run();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1_000;
}

const tagPattern = /<(\/?)([a-z0-9]+)((?: [^\s=>"'<]+="[^"<>]*")*)>|<|[^<]+/g;
const attributePattern = / ([^\s=>"'<]+)="([^"]*)"/g;
const invisible = /[\u0000-\u0020\u007f-\u00a0\u00ad\u200b-\u200f\u2028-\u202f\ufeff]/g;

function decode(text: string): string {
  return text
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&nbsp;', '\u00a0')
    .replaceAll('&amp;', '&');
}

const badElements = new Set(
  (
    'script iframe frame frameset object embed applet portal svg math base link meta form input button select textarea ' +
    'label dialog video audio source track picture template slot noscript plaintext xmp'
  ).split(' '),
);
const badAttributes =
  /^(on.*|srcdoc|formaction|is|srcset|poster|data|lowsrc|dynsrc|longdesc|xlink:.*|ping|usemap|popover.*|autofocus|contenteditable|accesskey|tabindex|id|name|for|aria-.*|data-.*|role|slot|action|xmlns.*)$/;

function checkCss(css: string, where: string): string[] {
  const found: string[] = [];
  if (
    /url\(|image\(|image-set|cross-fade|src\(|@import|@font-face|\\|var\(|expression|behavior|-moz-binding/i.test(
      css,
    )
  )
    found.push(`N2 ${where}: ${css}`);
  if (
    /(^|[;{\s])(position|z-index|transform|animation|transition)[a-z-]*\s*:|!important|[0-9](vw|vh|vmin|vmax|dvh|svh|lvh)\b/i.test(
      css,
    )
  )
    found.push(`N3 ${where}: ${css}`);
  if (/margin[a-z-]*:[^;}]*(^|[\s:])-\s*[0-9.]/i.test(css)) found.push(`N3 negative margin ${where}: ${css}`);
  return found;
}

/** A style sheet must be limited to the message's root. */
function checkSheet(css: string): string[] {
  const found = checkCss(css, 'sheet');
  for (const rule of css.replace(/@media [^{]*\{/g, '').split('}')) {
    const [selectors] = rule.split('{');
    for (const selector of (selectors ?? '').split(',').map((text) => text.trim()))
      if (selector !== '' && !selector.startsWith('.m-body'))
        found.push(`N3 selector outside the root: ${selector}`);
  }
  return found;
}

function checkAttribute(tag: string, name: string, value: string, prefix: string): string[] {
  const found: string[] = [];
  if (badAttributes.test(name)) found.push(`N1/N4/N5 attribute ${name} on ${tag}`);
  if (name === 'class' && !value.split(' ').every((one) => one.startsWith('m-')))
    found.push(`N5 class ${value}`);
  if (name === 'style') found.push(...checkCss(value, 'style'));
  const plain = value.replace(invisible, '').toLowerCase();
  if (name === 'href' && !/^(https?:\/\/|mailto:|tel:)/.test(plain)) found.push(`N1 href ${value}`);
  if (name === 'href' && tag !== 'a') found.push(`N2 href on ${tag}`);
  if (
    /^(src|background)$/.test(name) &&
    !value.startsWith(prefix) &&
    !/^data:image\/(png|gif|jpeg|webp);base64,/.test(value)
  )
    found.push(`N2 ${name} ${value}`);
  return found;
}

/** What is wrong with cleaned HTML by the static rules; empty when nothing is. */
export function checkCleaned(html: string, prefix = '/i/'): string[] {
  const found: string[] = [];
  let inStyle = false;
  for (const [token, closing, tag, attributes] of html.matchAll(tagPattern)) {
    if (tag === undefined) {
      if (inStyle) found.push(...checkSheet(token));
      else if (token === '<') found.push('not canonical: a bare <');
      if (/[\u0000-\u0008\u000b\u000e-\u001f]/.test(token)) found.push('a control character');
      continue;
    }
    inStyle = tag === 'style' && closing === '';
    if (closing !== '') continue;
    if (badElements.has(tag)) found.push(`N1/N4 element ${tag}`);
    const names = new Map<string, string>();
    for (const [, name, value] of (attributes ?? '').matchAll(attributePattern)) {
      names.set(name!, decode(value!));
      found.push(...checkAttribute(tag, name!, decode(value!), prefix));
    }
    if (tag === 'a' && names.has('href')) {
      if (names.get('target') !== '_blank') found.push('N3 link without target=_blank');
      if (!/\bnoopener\b.*\bnoreferrer\b/.test(names.get('rel') ?? '')) found.push('N6 link without rel');
    }
  }
  if (!html.isWellFormed()) found.push('a lone surrogate');
  return found;
}
