// Text made equal for comparing: case, accents and width folded, for sort keys and for the full-text index.
// SQLite's unicode61 folds what decomposes into letter and accent; the letters that do not (ø, ł, ß ...) are mapped
// here. Scripts without spaces (Han, kana, Thai ...) are cut into single characters, so that a word in them is found
// as a phrase of characters (spec/webmail.md 1.9 Q4). The same function folds what is stored and what is asked.

const letters: Readonly<Record<string, string>> = {
  ø: 'o',
  Ø: 'O',
  ł: 'l',
  Ł: 'L',
  đ: 'd',
  Đ: 'D',
  ð: 'd',
  Ð: 'D',
  þ: 'th',
  Þ: 'Th',
  æ: 'ae',
  Æ: 'Ae',
  œ: 'oe',
  Œ: 'Oe',
  ß: 'ss',
  ẞ: 'SS',
  ı: 'i',
  ŋ: 'n',
  Ŋ: 'N',
  ħ: 'h',
  Ħ: 'H',
};
const mapped = /[øØłŁđĐðÐþÞæÆœŒßẞıŋŊħĦ]/g;
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/gu;
const beyondAscii = /[^\0-\x7f]/;

/** Text for the full-text index and for its queries. ASCII comes back as it is. */
export function foldForSearch(text: string): string {
  if (!beyondAscii.test(text)) return text;
  return text
    .normalize('NFKC')
    .replace(mapped, (letter) => letters[letter] ?? letter)
    .replace(unspaced, ' $& ');
}

/** Key to sort a name or subject by: folded, lower case, at most `length` characters. */
export function foldForSort(text: string, length: number): string {
  const cut = text.slice(0, length * 4).trim();
  if (!beyondAscii.test(cut)) return cut.toLowerCase().slice(0, length);
  return cut
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(mapped, (letter) => letters[letter] ?? letter)
    .toLowerCase()
    .slice(0, length);
}

const replyPrefix = /^(?:(?:re|fwd?|aw|wg|sv|vs|antw|tr|rv|odp)(?:\[\d{1,3}\])?\s{0,3}:\s{0,3})/i;

/** Subject without reply and forward marks, at most 20 of them. */
export function stripReplyMarks(subject: string): string {
  let rest = subject.trim();
  for (let i = 0; i < 20; i++) {
    const match = replyPrefix.exec(rest);
    if (!match) break;
    rest = rest.slice(match[0].length);
  }
  return rest;
}
