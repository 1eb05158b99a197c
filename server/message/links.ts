// Links in plain text (security.md H5, webmail.md 3.9): text is split into runs of text and links, never into markup.
// Only http, https and mailto become links; the shown text is the source's own. Linear: each word is looked at a fixed
// number of times, and words are split by one pass.
import { maxLinks } from './limits.ts';

/** A run of text, or of text that links. */
export interface TextRun {
  readonly text: string;
  readonly href?: string | undefined;
}

const maxLinkLength = 4_096;
// What ends a word that may be a link: blanks, markup and quote characters, CJK punctuation.
const wordEnds = /[\s<>"\u00ab\u00bb\u201c-\u201f\u3000-\u3002\u3008-\u3011\uff08\uff09\uff0c\uff1b]+/g;
const schemes = ['http://', 'https://', 'www.', 'mailto:'];
const addressPattern = /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,10}[A-Za-z]{2,63}$/;

/** Closing punctuation and unmatched brackets stay outside the link. */
function trimLink(link: string): string {
  let end = link.length;
  const counts: Record<string, number> = {};
  for (const char of link) if ('()[]{}'.includes(char)) counts[char] = (counts[char] ?? 0) + 1;
  for (; end > 0; end--) {
    const last = link[end - 1]!;
    if (".,;:!?'*_~|\u2026".includes(last)) continue;
    const opening = last === ')' ? '(' : last === ']' ? '[' : last === '}' ? '{' : '';
    if (opening === '' || (counts[last] ?? 0) <= (counts[opening] ?? 0)) break;
    counts[last] = (counts[last] ?? 0) - 1;
  }
  return link.slice(0, end);
}

/** The address that a link opens, '' when it must stay text. */
function targetOf(link: string): string {
  if (/^mailto:/i.test(link)) {
    const address = link.slice(7);
    const query = address.indexOf('?');
    return addressPattern.test(query < 0 ? address : address.slice(0, query)) && !/%0[ad]/i.test(address)
      ? `mailto:${address.replace(/[^!-~]/g, encodeURIComponent)}`
      : '';
  }
  const text = /^www\./i.test(link) ? `http://${link}` : link;
  if (!URL.canParse(text)) return '';
  const url = new URL(text);
  return (url.protocol === 'http:' || url.protocol === 'https:') && url.hostname !== '' ? url.href : '';
}

/** Where in a word a link begins; -1 when nowhere. */
function linkStart(word: string): number {
  const lower = word.slice(0, maxLinkLength).toLowerCase();
  let best = -1;
  for (const scheme of schemes) {
    const at = lower.indexOf(scheme);
    if (at < 0 || (best >= 0 && at >= best)) continue;
    // `xhttp://` and `awww.` are words, `(http://` and `=http://` are links.
    const before = at === 0 ? '' : lower[at - 1]!;
    if (!/[a-z0-9@.\-_/]/.test(before)) best = at;
  }
  return best;
}

function linkInWord(word: string): { start: number; text: string; href: string } | undefined {
  const start = linkStart(word);
  if (start >= 0) {
    const text = trimLink(word.slice(start));
    if (text.length > maxLinkLength) return undefined;
    const href = targetOf(text);
    return href === '' ? undefined : { start, text, href };
  }
  if (word.length > 400 || !word.includes('@')) return undefined;
  const from = /^[('[{*_:;,]*/.exec(word)![0].length;
  const text = trimLink(word.slice(from));
  return addressPattern.test(text) ? { start: from, text, href: `mailto:${text}` } : undefined;
}

/**
 * Splits text into runs.
 * @param budget links still allowed in the message; counted down here.
 */
export function findLinks(text: string, budget: { left: number } = { left: maxLinks }): TextRun[] {
  if (budget.left <= 0 || !/[@:]|www\./i.test(text)) return text === '' ? [] : [{ text }];
  const runs: TextRun[] = [];
  let plainFrom = 0;
  let at = 0;
  const look = (from: number, to: number): void => {
    if (budget.left <= 0 || to - from < 5) return;
    const found = linkInWord(text.slice(from, to));
    if (!found) return;
    const start = from + found.start;
    if (start > plainFrom) runs.push({ text: text.slice(plainFrom, start) });
    runs.push({ text: found.text, href: found.href });
    plainFrom = start + found.text.length;
    budget.left--;
  };
  for (const gap of text.matchAll(wordEnds)) {
    look(at, gap.index);
    at = gap.index + gap[0].length;
  }
  look(at, text.length);
  if (plainFrom < text.length) runs.push({ text: text.slice(plainFrom) });
  return runs;
}
