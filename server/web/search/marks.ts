// The words of a search marked in texts that are shown (webmail.md Q6): the same words that the index finds, so case, accents
// and the width of letters do not matter, and in scripts without spaces any place does. Pure. Texts are cut into pieces
// that the page escapes one by one; nothing here makes HTML.
import { foldForSearch } from '../../mailbox/fold.ts';
import { parseSearch, type SearchColumn } from '../../mailbox/search.ts';

export interface MarkedPiece {
  readonly text: string;
  readonly isHit: boolean;
}

/** Finds hits in a folded text. Undefined: nothing is looked for. */
export type Marker = (text: string) => readonly MarkedPiece[];

/** Characters of one text that are looked at. */
const mostMarked = 100_000;
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

const folded = new Map<string, string>();

/** One character as the index compares it. */
function foldCharacter(character: string): string {
  if (character <= '\x7f') return character.toLowerCase();
  const known = folded.get(character);
  if (known !== undefined) return known;
  const result = foldForSearch(character).normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().trim();
  if (folded.size > 20_000) folded.clear();
  folded.set(character, result);
  return result;
}

/** A pattern of one term: its words in their order, whatever stands between them; whole words, or their beginning. */
function patternOf(text: string, isPrefix: boolean): string | undefined {
  const words = [...text]
    .map(foldCharacter)
    .join('')
    .match(/[\p{L}\p{N}\p{Co}]+/gu);
  if (!words) return undefined;
  const first = words[0]!;
  const last = words.at(-1)!;
  const start = unspaced.test(first) ? '' : '(?<![\\p{L}\\p{N}])';
  const end = isPrefix || unspaced.test(last) ? '' : '(?![\\p{L}\\p{N}])';
  return start + words.join('[^\\p{L}\\p{N}]{0,5}') + end;
}

/** What marks the hits of a search in texts of a column; undefined: it looks for no words there. */
export function markerOf(query: string, columns: readonly SearchColumn[]): Marker | undefined {
  if (query.trim() === '') return undefined;
  const patterns = parseSearch(query)
    .groups.flat()
    .flatMap(({ not, condition }) =>
      !not && condition.kind === 'text' && ['any', ...columns].includes(condition.column)
        ? [patternOf(condition.text, condition.prefix)]
        : [],
    )
    .filter((pattern) => pattern !== undefined);
  if (patterns.length === 0) return undefined;
  const hits = new RegExp(patterns.join('|'), 'gu');
  return (text) => markText(text, hits);
}

function markText(text: string, hits: RegExp): readonly MarkedPiece[] {
  let plain = '';
  /** Where in the text each character of the folded one comes from. */
  const places: number[] = [];
  let at = 0;
  for (const character of text) {
    if (at >= mostMarked) break;
    const result = foldCharacter(character);
    for (let i = 0; i < result.length; i++) places.push(at);
    plain += result;
    at += character.length;
  }
  const end = at;
  const pieces: MarkedPiece[] = [];
  let done = 0;
  for (const match of plain.matchAll(hits)) {
    if (match[0] === '') continue;
    const from = places[match.index]!;
    const to = places[match.index + match[0].length] ?? end;
    if (from < done || to <= from) continue;
    if (from > done) pieces.push({ text: text.slice(done, from), isHit: false });
    pieces.push({ text: text.slice(from, to), isHit: true });
    done = to;
  }
  if (done < text.length) pieces.push({ text: text.slice(done), isHit: false });
  return pieces;
}
