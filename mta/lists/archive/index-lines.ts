// archive/N/index, the subject index of a hundred posts (ezmlm-idx): two lines a post,
//   `NUMBER: SUBJECTHASH [Re: ]SUBJECT` and `<TAB>DATE;AUTHORHASH AUTHOR`
// Bytes as latin1. An index of before authors were kept has one line a post, with no colon. Pure.
import { authorName } from './author.ts';
import { hashAuthor, hashLength, hashText } from './hashes.ts';
import { indexText, joinLines, trimSubject } from './subject.ts';

/** What the index is made of: field values as they came, folded, without name and last line end; '' when missing. */
export interface PostFields {
  readonly subject: string;
  readonly from: string;
  /** Of the top Received field, behind its semicolon. */
  readonly received: string;
}

/** The two lines of a post. @param prefix of the list, decoded */
export function makeIndexLines(number: number, fields: PostFields, prefix: string): string {
  const { text, isReply } = trimSubject(fields.subject, prefix);
  const from = joinLines(fields.from);
  const first = `${number}: ${hashText(text)} ${isReply ? 'Re: ' : ''}${text}\n`;
  return `${first}\t${fields.received};${hashAuthor(from)} ${indexText(authorName(from))}\n`;
}

/** One post in the index. */
export interface IndexEntry {
  readonly number: number;
  /** The line as it is, without line end. */
  readonly line: string;
  /** Hash, space and subject. */
  readonly subject: string;
  /** Undefined: an index without authors. */
  readonly authorLine: string | undefined;
  /** Hash, space and name; undefined: no hash. */
  readonly author: string | undefined;
  /** Year and month as yyyymm; 0: not told. */
  readonly month: number;
}

/** The posts of an index in their order; lines that are none are left out. */
export function readIndex(text: string): IndexEntry[] {
  const lines = text.split('\n');
  const entries: IndexEntry[] = [];
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]!;
    const [whole, digits = '', colon = ''] = /^(\d{1,15})(:?) ?/.exec(line) ?? [];
    if (whole === undefined || Number(digits) === 0) continue;
    const subject = line.slice(whole.length);
    const hasAuthor = colon === ':' && lines[at + 1]?.startsWith('\t') === true;
    const authorLine = hasAuthor ? lines[++at]! : undefined;
    entries.push({
      number: Number(digits),
      line,
      subject,
      authorLine,
      author: authorLine === undefined ? undefined : authorOf(authorLine),
      month: authorLine === undefined ? 0 : monthOf(authorLine.slice(authorLine.indexOf(' ') + 1)),
    });
  }
  return entries;
}

function authorOf(line: string): string | undefined {
  const author = line.slice(line.indexOf(';') + 1);
  return line.includes(';') && author.length >= hashLength && author[0] !== ' ' ? author : undefined;
}

const monthNames = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** yyyymm of a date as qmail writes it; 0 for what is none. */
export function monthOf(date: string): number {
  const [, name = '', year = ''] = /^[ 0-9]*([A-Za-z]{3}) (\d{1,5})/.exec(date) ?? [];
  const month = monthNames.indexOf(name.toLowerCase()) + 1;
  return month === 0 ? 0 : Number(year) * 100 + month;
}
