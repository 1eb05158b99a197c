// Plain text as pages show it (webmail.md 3.9): format=flowed (RFC 3676) with DelSp and space-stuffing, quote depth,
// signature, links as nodes. Pure and linear; bounded by limits.ts.
import type { QuotedLine } from './html-text.ts';
import { maxBlocks, maxLinks, maxQuoteDepth, previewLength } from './limits.ts';
import { findLinks } from './links.ts';
import type { TextBlock } from './types.ts';

/** Depth of a line of a plain text and where its words begin. `> > x` counts as two outside format=flowed. */
function quoteDepth(line: string, flowed: boolean): { depth: number; from: number } {
  let depth = 0;
  let from = 0;
  for (let at = 0; at < line.length; at++) {
    if (line[at] === '>') {
      depth++;
      from = at + 1;
    } else if (flowed || line[at] !== ' ' || depth === 0 || line[at + 1] !== '>') break;
  }
  return { depth: Math.min(depth, maxQuoteDepth), from };
}

/** RFC 3676: lines that end with a space flow into the next of the same depth. `delSp` takes that space away. */
export function readFlowed(text: string, delSp: boolean): QuotedLine[] {
  const lines: QuotedLine[] = [];
  let pieces: string[] = [];
  let open = -1;
  const close = (): void => {
    if (open >= 0) lines.push({ depth: open, text: pieces.join('') });
    pieces = [];
    open = -1;
  };
  for (const raw of text.split(/\r?\n|\r/)) {
    const { depth, from } = quoteDepth(raw, true);
    // RFC 3676 4.4: one space of stuffing goes.
    const line = raw[from] === ' ' ? raw.slice(from + 1) : raw.slice(from);
    if (open >= 0 && (open !== depth || line === '-- ')) close();
    const flows = line.endsWith(' ') && line !== '-- ';
    open = depth;
    pieces.push(flows && delSp ? line.slice(0, -1) : line);
    if (!flows) close();
  }
  close();
  return lines;
}

/** Lines of ordinary plain text. */
export function readFixed(text: string): QuotedLine[] {
  return text.split(/\r?\n|\r/).map((raw) => {
    const { depth, from } = quoteDepth(raw, false);
    return { depth, text: depth > 0 && raw[from] === ' ' ? raw.slice(from + 1) : raw.slice(from) };
  });
}

/** Reads a text part's lines by its `format` and `delsp` parameters. */
export function readTextLines(text: string, parameters: ReadonlyMap<string, string>): QuotedLine[] {
  if (parameters.get('format')?.toLowerCase() !== 'flowed') return readFixed(text);
  return readFlowed(text, parameters.get('delsp')?.toLowerCase() === 'yes');
}

/** Groups lines into blocks of one depth with links as runs; `-- ` at depth 0 begins the signature. */
export function makeBlocks(lines: readonly QuotedLine[]): TextBlock[] {
  const blocks: TextBlock[] = [];
  const budget = { left: maxLinks };
  let signature = false;
  let group: string[] = [];
  let depth = -1;
  const close = (): void => {
    if (group.length > 0) blocks.push({ depth, signature, runs: findLinks(group.join('\n'), budget) });
    group = [];
  };
  for (const line of lines) {
    const starts = !signature && line.depth === 0 && line.text === '-- ';
    if ((line.depth !== depth && blocks.length < maxBlocks) || starts) {
      close();
      depth = line.depth;
    }
    if (starts) signature = true;
    group.push(line.text);
  }
  close();
  return blocks;
}

/** The same lines as one string with `>` marks. */
export function joinLines(lines: readonly QuotedLine[]): string {
  return lines
    .map(({ depth, text }) => (depth > 0 ? `${'>'.repeat(depth)}${text === '' ? '' : ` ${text}`}` : text))
    .join('\n');
}

/** `On 3 May 2026 at 10:12, Bob wrote:` right before a quote, with at most one empty line between. */
function introducesQuote(lines: readonly QuotedLine[], at: number): boolean {
  const text = lines[at]?.text.trimEnd() ?? '';
  const next = lines[at + 1]?.text === '' && lines[at + 1]?.depth === 0 ? lines[at + 2] : lines[at + 1];
  return next !== undefined && next.depth > 0 && /[:：]$/.test(text) && /[\d@]/.test(text);
}

/** The first words that are not quoted and do not say who is quoted, for the list. */
export function makePreview(lines: readonly QuotedLine[]): string {
  let out = '';
  for (const [at, { depth, text }] of lines.entries()) {
    if (text === '-- ' && out !== '') break;
    if (depth > 0 || text === '' || introducesQuote(lines, at)) continue;
    // Invisible filler of newsletters would eat the whole preview.
    const words = text
      .slice(0, 2_000)
      .replace(/(?:[\s\u00a0\u00ad\u200b-\u200f\u2007\u202f\u2060\ufeff]|\u034f)+/g, ' ')
      .trim();
    if (!/[\p{L}\p{N}]/u.test(words)) continue;
    out += `${out === '' ? '' : ' '}${words}`;
    if (out.length >= previewLength) break;
  }
  if (out.length <= previewLength) return out;
  const cut = out.slice(0, previewLength + 1);
  const space = cut.lastIndexOf(' ');
  return `${cut
    .slice(0, space > previewLength / 2 ? space : previewLength)
    .toWellFormed()
    .replace(/\ufffd$/, '')}…`;
}
