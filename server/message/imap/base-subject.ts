// The base subject (RFC 5256 2.1), by which SORT and THREAD know that two messages speak of one thing, and whether the
// subject is that of a reply or a forward (RFC 5256 3, step 5 of REFERENCES). Works by offsets, without regular
// expressions that look back: at worst the square of 2,000 characters.

/** What is left of a subject without reply and forward marks. */
export interface BaseSubject {
  readonly base: string;
  /** True: a reply or forward mark was taken away. */
  readonly isReply: boolean;
}

const longest = 2_000;

/** subj-blob = "[" *BLOBCHAR "]" *WSP: offset after it, or `at` when there is none. */
function skipBlob(text: string, at: number): number {
  if (text[at] !== '[') return at;
  let end = at + 1;
  while (end < text.length && text[end] !== '[' && text[end] !== ']') end++;
  if (text[end] !== ']') return at;
  end++;
  while (text[end] === ' ') end++;
  return end;
}

/** subj-refwd = ("re" / ("fw" ["d"])) *WSP [subj-blob] ":": offset after it, or `at` when there is none. */
function skipReplyMark(text: string, at: number): number {
  const word = text.slice(at, at + 3).toLowerCase();
  let end = at;
  if (word === 'fwd') end += 3;
  else if (word.startsWith('re') || word.startsWith('fw')) end += 2;
  else return at;
  while (text[end] === ' ') end++;
  end = skipBlob(text, end);
  return text[end] === ':' ? end + 1 : at;
}

/**
 * @param subject decoded (RFC 2047); its first 2,000 characters count.
 */
export function readBaseSubject(subject: string): BaseSubject {
  // RFC 5256 2.1 (1): continuations, tabs and runs of spaces become one space.
  let text = subject.slice(0, longest).replace(/[\t\r\n ]+/g, ' ');
  let isReply = false;
  for (;;) {
    // (2) trailing "(fwd)" and blanks.
    let end = text.length;
    for (;;) {
      if (text[end - 1] === ' ') end--;
      else if (text.slice(Math.max(0, end - 5), end).toLowerCase() === '(fwd)') {
        end -= 5;
        isReply = true;
      } else break;
    }
    text = text.slice(0, end);
    let at = 0;
    for (;;) {
      // (3) leading blanks, and reply marks with the blobs before them.
      if (text[at] === ' ') {
        at++;
        continue;
      }
      let mark = at;
      for (let next = skipBlob(text, mark); next !== mark; next = skipBlob(text, mark)) mark = next;
      const after = skipReplyMark(text, mark);
      if (after !== mark) {
        at = after;
        isReply = true;
        continue;
      }
      // (4) a blob, unless nothing would be left; (5) again from (3).
      const blob = skipBlob(text, at);
      if (blob === at || blob >= text.length) break;
      at = blob;
    }
    text = text.slice(at);
    // (6) "[fwd: ... ]" around all of it, and again from (2).
    if (text.slice(0, 5).toLowerCase() !== '[fwd:' || !text.endsWith(']')) return { base: text, isReply };
    text = text.slice(5, -1);
    isReply = true;
  }
}
