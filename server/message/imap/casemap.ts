// The collation i;unicode-casemap (RFC 5051) by which SORT, THREAD and SEARCH compare text: compatibility decomposition
// and one case. Upper case is the full mapping (`ß` meets `SS`), which finds what simple title case finds and more.
// Order is that of the UTF-8 octets, as RFC 5051 3 has it.

const beyondAscii = /[^\0-\x7f]/;

/** The text folded: equal for all that compares equal. */
export function foldCase(text: string): string {
  return beyondAscii.test(text) ? text.normalize('NFKD').toUpperCase() : text.toUpperCase();
}

const surrogatesOrAbove = /[\ud800-\uffff]/g;

/** A key whose order by UTF-16 units is the order of the text's UTF-8 octets. */
export function octetOrderKey(folded: string): string {
  // Surrogates stand for characters above U+FFFF but are numbered below U+E000.
  return folded.replace(surrogatesOrAbove, (unit) => {
    const code = unit.charCodeAt(0);
    return String.fromCharCode(code >= 0xe000 ? code - 0x800 : code + 0x2000);
  });
}
