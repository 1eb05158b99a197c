// Texts that strangers chose, made fit to be shown (security.md H6): no control characters, bidi controls replaced by
// a visible mark (they would turn around what stands beside them), bounded length. Escaping is the template's work.
import type { Address } from '../../mailbox/types.ts';

const mark = '\u2022';

/** Is this ASCII with single blanks between words, as most lines are? Looking is a tenth of the work of cleaning. */
function isPlainLine(text: string, length: number): boolean {
  let last = 0x20;
  for (let at = 0; at < length; at++) {
    const code = text.charCodeAt(at);
    if (code > 0x7e || code < 0x20 || (code === 0x20 && last === 0x20)) return false;
    last = code;
  }
  return last !== 0x20 || length < text.length || length === 0;
}

/** A name, subject or file name for one line: at most `most` characters, white space as single blanks. */
export function cleanLine(text: string, most = 200): string {
  const looked = Math.min(text.length, most * 4);
  if (isPlainLine(text, looked)) return looked <= most ? text : `${text.slice(0, most - 1)}…`;
  const clean = text
    .slice(0, looked)
    .toWellFormed()
    // C0, C1, line and paragraph separators are white space to the eye.
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\s]+/g, ' ')
    .replace(/[\u202a-\u202e\u2066-\u2069]/g, mark)
    .replace(/[\u200e\u200f\u061c]/g, '')
    .trim();
  if (clean.length <= most) return clean;
  const characters = [...clean];
  return characters.length <= most ? clean : `${characters.slice(0, most - 1).join('')}…`;
}

/** A foreign text within a sentence of ours: its direction turns nothing around it (Unicode UAX 9, FSI and PDI). */
export const isolate = (text: string): string => `\u2068${text}\u2069`;

/**
 * What to call someone in a list: the display name, or the address when there is none or when the name pretends to
 * be another address.
 */
export function nameOf(address: Address): string {
  const name = cleanLine(address.name);
  const plain = cleanLine(address.address);
  if (name === '') return plain;
  if (name.includes('@') && !name.toLowerCase().includes(plain.toLowerCase())) return plain;
  return name;
}

/** The same for a text of some lines, which stay lines: a report of another host. */
export const cleanLines = (text: string, longest: number): string =>
  text
    .slice(0, longest)
    .split('\n')
    .map((line) => cleanLine(line, longest))
    .filter((line) => line !== '')
    .join('\n');
