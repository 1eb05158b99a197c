// Plain text of HTML (webmail.md 3.9, security.md H7): for the preview, for search, for the text view of a mail that
// has only HTML, and for quoting it. One linear pass, no tree. Also counts the remote pictures and collects the cid:
// references, since it passes them anyway.
import { cleanText } from './charset.ts';
import { decodeEntities, readAttribute, scanHtml } from './html-scan.ts';
import { maxQuoteDepth } from './limits.ts';

/** A line of text with its quote depth. */
export interface QuotedLine {
  readonly depth: number;
  readonly text: string;
}

export interface HtmlText {
  readonly lines: readonly QuotedLine[];
  /** Nothing for the eye: no words, no rule, no picture, no background. What style sheets draw is not looked at. */
  readonly empty: boolean;
  readonly remotePictures: number;
  /** Content-IDs and locations that pictures name, decoded. */
  readonly references: ReadonlySet<string>;
  readonly truncated: boolean;
}

const blocks = new Set(
  (
    'address article aside blockquote body center dd details dir div dl dt fieldset figcaption figure footer form ' +
    'h1 h2 h3 h4 h5 h6 header hr html legend li main menu nav ol option p pre section summary table tbody tfoot ' +
    'thead title tr ul caption'
  ).split(' '),
);
const spaced = new Set(['p', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'ul', 'ol', 'table', 'blockquote', 'pre']);
/** Pictures that need no address. */
const pictured = new Set(['svg', 'picture', 'video', 'input', 'button']);
const hidden = new Set(['script', 'style', 'title', 'iframe', 'noembed', 'noframes']);

/** Collects runs of text into lines. */
class LineWriter {
  readonly lines: QuotedLine[] = [];
  readonly limit: number;
  depth = 0;
  length = 0;
  current = '';
  /** A blank is due before the next text. */
  gap = false;
  constructor(limit: number) {
    this.limit = limit;
  }
  get full(): boolean {
    return this.length > this.limit;
  }
  write(text: string): void {
    const spaceFirst = /^[\s]/.test(text);
    const words = text.replace(/[ \t\r\n\f]+/g, ' ').trim();
    if (words === '') {
      if (text !== '') this.gap = true;
      return;
    }
    if ((this.gap || spaceFirst) && this.current !== '') this.current += ' ';
    this.gap = /[\s]$/.test(text);
    this.current += words;
    this.length += words.length;
  }
  writeKept(text: string): void {
    const pieces = text.split('\n');
    for (const [i, piece] of pieces.entries()) {
      if (i > 0) this.breakLine();
      this.current += piece;
      this.length += piece.length + 1;
    }
  }
  /** Ends the line; an empty one is kept only when asked for by <br>. */
  breakLine(): void {
    this.lines.push({ depth: this.depth, text: this.current.trimEnd() });
    this.current = '';
    this.gap = false;
    this.length++;
  }
  endLine(): void {
    if (this.current !== '') this.breakLine();
    this.gap = false;
  }
  /** An empty line, once. */
  blankLine(): void {
    this.endLine();
    const last = this.lines.at(-1);
    if (!last) return;
    if (last.text === '') this.lines.pop();
    this.lines.push({ depth: Math.min(this.depth, last.depth), text: '' });
  }
}

/**
 * Makes text of HTML.
 * @param limit characters wanted; what follows is left out.
 * @param withLinks writes the target behind the words of a link, as a text view needs it.
 */
export function htmlToText(html: string, limit: number, withLinks = false): HtmlText {
  const writer = new LineWriter(limit);
  const references = new Set<string>();
  let remotePictures = 0;
  let drawn = false;
  let kept = 0;
  /** The numbers of the ordered lists that are open; 0 for one without. */
  const lists: number[] = [];
  let link: { href: string; line: number; start: number } | undefined;
  const finishLink = (): void => {
    if (!link) return;
    const { href, line, start } = link;
    link = undefined;
    const shown = line === writer.lines.length ? writer.current.slice(start).trim() : ' ';
    if (shown === '' || href.includes(shown) || shown.includes(href.replace(/\/$/, ''))) return;
    if (href.length <= 2_000) writer.write(` <${href}>`);
  };
  scanHtml(
    html,
    {
      start(tag, from, to) {
        if (tag === 'br') writer.breakLine();
        else if (tag === 'img' || tag === 'td' || tag === 'th' || tag === 'table' || tag === 'body') {
          const source = readAttribute(html, from, to, tag === 'img' ? 'src' : 'background')?.trim();
          if (source !== undefined) {
            drawn = true;
            if (/^(https?:)?\/\//i.test(source)) remotePictures++;
            else if (references.size < 20_000)
              references.add(/^cid:/i.test(source) ? safeDecode(source.slice(4)) : source);
          }
          if (tag === 'img') {
            const alt = readAttribute(html, from, to, 'alt')?.trim();
            if (alt) writer.write(alt.slice(0, 200));
          } else if (tag !== 'body') writer.gap = true;
        } else if (pictured.has(tag)) drawn = true;
        else if (tag === 'hr') {
          writer.endLine();
          writer.write('----');
        } else if (tag === 'a') {
          finishLink();
          if (withLinks) {
            const href = readAttribute(html, from, to, 'href')?.trim() ?? '';
            if (/^https?:\/\//i.test(href))
              link = { href, line: writer.lines.length, start: writer.current.length };
          }
        }
        if (!blocks.has(tag)) return;
        if (spaced.has(tag)) writer.blankLine();
        else writer.endLine();
        if (tag === 'blockquote') writer.depth = Math.min(writer.depth + 1, maxQuoteDepth);
        else if (tag === 'pre') kept++;
        else if (tag === 'ul' || tag === 'ol') lists.push(tag === 'ol' ? 1 : 0);
        else if (tag === 'li') writer.write(itemMark(lists));
      },
      end(tag) {
        if (tag === 'a') finishLink();
        if (!blocks.has(tag)) return;
        writer.endLine();
        if (tag === 'blockquote') writer.depth = Math.max(0, writer.depth - 1);
        else if (tag === 'pre') kept = Math.max(0, kept - 1);
        else if (tag === 'ul' || tag === 'ol') lists.pop();
        if (spaced.has(tag)) writer.blankLine();
      },
      text(from, to) {
        const text = decodeEntities(html.slice(from, Math.min(to, from + limit)));
        if (kept > 0) writer.writeKept(text);
        else writer.write(text);
      },
      raw(tag, from, to) {
        if (hidden.has(tag)) return;
        writer.writeKept(decodeEntities(html.slice(from, Math.min(to, from + limit))));
      },
    },
    () => !writer.full,
  );
  finishLink();
  writer.endLine();
  const lines = writer.lines.map((line) => ({ depth: line.depth, text: cleanText(line.text) }));
  while (lines.at(-1)?.text === '') lines.pop();
  const empty = !drawn && !writer.full && lines.every(({ text }) => isBlank(text));
  return { lines, empty, remotePictures, references, truncated: writer.full };
}

/** What stands before an item of the innermost list; counts it. */
function itemMark(lists: number[]): string {
  const number = lists.at(-1) ?? 0;
  if (number > 0) lists[lists.length - 1] = number + 1;
  return number > 0 ? `${number}. ` : '* ';
}

/** Nothing but white space and characters without a width, as preheaders are padded with. */
const isBlank = (text: string): boolean =>
  /^(?:[\s\u00ad\u115f\u180e\u200b-\u200f\u2060\ufeff]|\u034f)*$/.test(text);

/** Percent escapes of a cid: URL (RFC 2392); a broken one stays. */
export function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
