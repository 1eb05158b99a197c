// The subject of a post as ezmlm keeps and compares it: one line, encoded words decoded (RFC 2047), reply marks and the
// list's own prefix taken off, so that a whole thread has one subject. Header text is bytes as latin1: decoded words stay
// in their own character set, as they are in ezmlm's files. Pure, and linear in what strangers write.

/** A subject that was taken apart. */
export interface TrimmedSubject {
  readonly text: string;
  readonly isReply: boolean;
  /** The list's prefix was there. */
  readonly hasPrefix: boolean;
}

/** A folded field value in one line: each line without blanks around it, joined by a space. */
export const joinLines = (value: string): string =>
  value
    .split('\n')
    .map((line) => trimBlanks(line))
    .join(' ')
    .replace(/^[ \t]+/, '')
    .trimEnd();

const isBlank = (char: string | undefined): boolean => char === ' ' || char === '\t';

function trimBlanks(text: string): string {
  let from = 0;
  let to = text.length;
  while (isBlank(text[from])) from++;
  while (to > from && isBlank(text[to - 1])) to--;
  return text.slice(from, to);
}

/** RFC 2047 words to their bytes; blanks between two words go. Words of a kind that nobody knows stay as they are. */
export function decodeWords(text: string): string {
  const word = /=\?[^?\s]{1,75}\?([bBqQ])\?([^?]*)\?=/g;
  let out = '';
  let from = 0;
  for (let match = word.exec(text); match; match = word.exec(text)) {
    const between = text.slice(from, match.index);
    if (trimBlanks(between) !== '') out += between;
    out += match[1]!.toLowerCase() === 'q' ? decodeQ(match[2]!) : decodeB(match[2]!);
    from = match.index + match[0].length;
  }
  return out + text.slice(from);
}

const decodeQ = (text: string): string =>
  text
    .replaceAll('_', ' ')
    .replace(/=([0-9A-Fa-f]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));

/** What decodes to NUL is no text. */
const decodeB = (text: string): string => Buffer.from(text, 'base64').toString('latin1').replaceAll('\0', '');

/** A line of the index has neither. */
const oneLine = (text: string): string => text.replace(/[\0\n]/g, ' ');

/** An unfolded, decoded field value for the index. */
export const indexText = (text: string): string => oneLine(text.trimEnd());

/**
 * @param value of the Subject field, folded as it came
 * @param prefix of the list, decoded; `#` in it is the number of a post; '' without
 */
export function trimSubject(value: string, prefix: string): TrimmedSubject {
  let text = decodeWords(joinLines(value)).trimEnd();
  let isReply = false;
  let hasPrefix = false;
  while (/-reply$/i.test(text) && text.length >= 6) {
    text = text.slice(0, -6).trimEnd();
    isReply = true;
  }
  for (let isMore = true; isMore; ) {
    isMore = false;
    text = text.replace(/^[ \t]+/, '');
    const mark = replyMark(text);
    if (mark > 0) {
      text = text.slice(mark);
      isReply = true;
      isMore = true;
    }
    const after = skipPrefix(text, prefix);
    if (after > 0) {
      text = text.slice(after);
      hasPrefix = true;
      isMore = true;
    }
  }
  return { text: oneLine(text), isReply, hasPrefix };
}

/** Length of `Re: `, `AW: `, `Re[2]: `: a first word of 2 to 4 letters and a colon, or a longer one that counts. */
function replyMark(text: string): number {
  const space = text.indexOf(' ', 1);
  if (space < 3 || text[space - 1] !== ':') return 0;
  return space <= 5 || /[)\]0-9]/.test(text[space - 2]!) ? space + 1 : 0;
}

/** Length of the prefix at the start, blanks anywhere in it or not; 0 without. */
function skipPrefix(text: string, prefix: string): number {
  const number = prefix.lastIndexOf('#');
  const head = number < 0 ? prefix : prefix.slice(0, number);
  if (head === '') return 0;
  let at = matchLoosely(text, 0, head);
  if (at < 0 || number < 0) return Math.max(at, 0);
  while (/[ 0-9]/.test(text[at] ?? '')) at++;
  return Math.max(matchLoosely(text, at, prefix.slice(number + 1)), 0);
}

/** Where `wanted` ends in the text, spaces of either left out; -1 when it is not there. */
function matchLoosely(text: string, from: number, wanted: string): number {
  let at = from;
  for (let i = 0; i < wanted.length; ) {
    if (at >= text.length) return -1;
    if (text[at] === ' ') at++;
    else if (wanted[i] === ' ') i++;
    else if (text[at] === wanted[i]) {
      at++;
      i++;
    } else return -1;
  }
  return at;
}
