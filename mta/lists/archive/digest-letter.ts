// A letter with posts of the archive in it (ezmlm-get(1)): a digest, an answer to -get or -thread. Contents first, thread
// after thread, then what the list says of itself, then the posts. Five forms, by ezmlm's letters: m MIME digest with
// the fields that matter, x the same as multipart/mixed, v whole posts, n whole posts in their order without contents,
// r plain text (RFC 1153). Written in pieces: memory is one post's header.
import { toBytes } from '../files.ts';
import { openLetter } from '../letter-header.ts';
import type { MailingList } from '../list.ts';
import { readMessage } from '../messages.ts';
import { codeText, makeBoundary, textHeading } from '../notice.ts';
import { nameOf, readPostHeader } from '../post/header.ts';
import { readText, valuesOf } from '../texts.ts';
import { openPost } from './post-file.ts';
import type { PostGroup, ThreadPost, Threads } from './threads.ts';

export type DigestForm = 'm' | 'r' | 'v' | 'n' | 'x';

/** The form that a letter stands for; undefined: none. */
export const formOf = (letter: string | undefined): DigestForm | undefined =>
  letter !== undefined && letter !== '' && 'mrvnx'.includes(letter) ? (letter as DigestForm) : undefined;

/** Fields of a post in forms m and x unless DIR/digheaders says others, in lower case. */
const usualFields: readonly string[] = [
  ...['from', 'to', 'subject', 'reply-to', 'date', 'message-id', 'cc'],
  ...['mime-version', 'content-type', 'content-transfer-encoding'],
];
/** RFC 1153 4.2: these fields in this order. */
const plainFields: readonly string[] = ['date', 'to', 'from', 'cc', 'subject', 'message-id', 'keywords'];

const plainRule = `\n${'-'.repeat(70)}\n`;

export interface DigestLetter {
  readonly list: MailingList;
  readonly form: DigestForm;
  readonly subject: string;
  readonly threads: Threads;
  /** Numbers for "messages N through M"; undefined: it is not said. */
  readonly range: { readonly from: number; readonly to: number } | undefined;
  /** Lines instead of posts: an index. */
  readonly lines?: string | undefined;
  /** What the list says behind the contents; the request, in forms that have parts, comes as one. */
  readonly about: string;
  readonly request?: AsyncIterable<Buffer | string> | undefined;
}

/** A letter of several parts or of one text, from its MIME-Version field on. */
export async function* writeDigest(letter: DigestLetter): AsyncGenerator<Buffer | string> {
  const { list, form, subject, threads, request } = letter;
  const isPlain = form === 'r';
  const coding = isPlain ? '' : list.coding;
  const boundary = makeBoundary();
  const next = `\n\n--${boundary}\n`;
  if (isPlain) {
    yield `MIME-Version: 1.0\nContent-Type: text/plain; charset=${toBytes(list.charset)}\nSubject: ${subject}\n\n`;
  } else {
    const type = form === 'x' ? 'mixed' : 'digest';
    yield `MIME-Version: 1.0\nContent-Type: multipart/${type}; boundary=${boundary}\nSubject: ${subject}\n`;
    yield next + textHeading(list);
  }
  const contents = form === 'n' ? '' : await makeContents(list, threads);
  const range = letter.range
    ? `${await readMessage(list, 'TXT_TOP_TOPICS', String(letter.range.from), String(letter.range.to))}\n`
    : '';
  const about = `\n${await readMessage(list, 'TXT_ADMINISTRIVIA')}\n\n${letter.about}`;
  yield codeText(
    `${subject}\n\n${form === 'n' ? '' : range}${contents}${letter.lines ?? ''}${about}`,
    coding,
  );
  if (request !== undefined) {
    if (!isPlain)
      yield `${next}Content-Type: message/rfc822\nContent-Disposition: inline; filename=request.msg\n\n`;
    yield* request;
  }
  if (isPlain) yield plainRule;
  for (const { posts } of threads.subjects) {
    for (const post of posts) {
      if (!isPlain) yield next;
      yield* writePost(letter, post);
      if (isPlain) yield '\n------------------------------\n\n';
    }
  }
  if (isPlain) yield `End of ${toBytes(list.outlocal)} Digest\n***********************************\n`;
  else yield `\n\n--${boundary}--\n`;
}

/** Threads and their posts, a line each. */
async function makeContents(list: MailingList, threads: Threads): Promise<string> {
  let text = '';
  for (const { name, posts } of threads.subjects) {
    text += `\n${name.trim() === '' ? '(null)' : name}\n`;
    for (const { number, author } of posts) text += `\t${number} ${await byLine(list, author)}\n`;
  }
  return text;
}

/** A name is bytes of the author's; the message has a place for it. */
async function byLine(list: MailingList, author: PostGroup | undefined): Promise<string> {
  const [before = '', after = ''] = (await readMessage(list, 'TXT_BY', '\x01')).split('\x01');
  return before + (author?.name ?? '') + after;
}

async function* writePost(letter: DigestLetter, { number }: ThreadPost): AsyncGenerator<Buffer | string> {
  const { list, form } = letter;
  const post = await openPost(list.directory, number);
  const file = `Content-Disposition: inline; filename="${toBytes(list.outlocal).replace(/["\\]/g, '_')}_${number}.eml"\n`;
  if (post === undefined) {
    const sorry = await readText(list, 'get-bad', valuesOf(list));
    if (form === 'r') yield `\n== ${number} ==\n\n${sorry}`;
    else {
      const [type = '', ...rest] = textHeading(list).split(/(?<=\n)/);
      yield `${type}${file}${rest.join('')}${codeText(sorry, list.coding)}`;
    }
    return;
  }
  if (form !== 'r') yield `Content-Type: message/rfc822\n${file}\n`;
  if (form === 'v' || form === 'n') {
    yield* post;
    return;
  }
  const { header, body } = await openLetter({ open: () => post });
  const { fields } = readPostHeader(header);
  const kept = form === 'r' ? chooseInOrder(fields, plainFields) : await chooseFields(list, fields);
  yield `${kept.join('')}\n`;
  yield* body;
}

async function chooseFields(list: MailingList, fields: readonly string[]): Promise<readonly string[]> {
  const names = new Set((await list.lines('digheaders'))?.map((name) => name.toLowerCase()) ?? usualFields);
  return fields.filter((field) => names.has(nameOf(field)));
}

const chooseInOrder = (fields: readonly string[], names: readonly string[]): string[] =>
  names.flatMap((name) => fields.findLast((field) => nameOf(field) === name) ?? []);
