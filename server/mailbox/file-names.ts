// Names of attached files in the stored texts of a message, for the search operator `filename:` (spec/webmail.md Q2). What
// is stored are the header fields of its parts, folded: the names stand in their parameters `name` and `filename`, whole,
// in pieces, or percent-encoded (RFC 2231). Pure.
import { foldNeedle } from '../message/imap/search-text.ts';

/** Parameters of one field looked at. */
const mostPieces = 200;

const decodePercent = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/** The names in the header fields of parts, one after the other; folded. */
export function fileNamesIn(fields: string): readonly string[] {
  const names: string[] = [];
  for (const line of fields.split('\n')) {
    if (!/^CONTENT-(?:TYPE|DISPOSITION): /.test(line)) continue;
    const pieces = new Map<string, string>();
    let count = 0;
    for (const [, parameter = '', star = '', quoted, plain = ''] of line.matchAll(
      /;\s*((?:FILE)?NAME)(\*?\d*\*?)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;]*))/g,
    )) {
      if (++count > mostPieces) break;
      const value = quoted === undefined ? plain.trim() : quoted.replace(/\\(.)/g, '$1');
      // The charset and language before the first piece: CHARSET'LANGUAGE'.
      const text = star.endsWith('*') ? decodePercent(value.replace(/^[^']*'[^']*'/, '')) : value;
      pieces.set(parameter, (pieces.get(parameter) ?? '') + text);
    }
    names.push(...pieces.values());
  }
  return names.map(foldNeedle);
}

/** Does a file of the message have `needle` (folded) in its name? `head`: its own header, `mime`: those of its parts. */
export const holdsFileName = (
  texts: { readonly head: string; readonly mime: string },
  needle: string,
): boolean =>
  [texts.mime, texts.head].some((fields) => fileNamesIn(fields).some((name) => name.includes(needle)));

/** The longest stretch of a name that no encoding changes, for narrowing down; undefined: none is long enough. */
export const plainStretch = (needle: string): string | undefined =>
  needle.match(/[A-Z0-9]{3,}/g)?.sort((a, b) => b.length - a.length)[0];
