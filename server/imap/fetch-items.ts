// What a FETCH asks for (RFC 9051 6.4.5), as values: data items, sections of the body, parts decoded (RFC 3516), and what
// the extensions add (MODSEQ, EMAILID, THREADID, SAVEDATE, PREVIEW). Pure: text in, items out.
import type { Section } from '../message/imap/find-section.ts';
import type { Span } from '../message/imap/sections.ts';
import type { Call } from './command.ts';
import type { Cursor } from './cursor.ts';
import type { Session } from './session.ts';
import type { SequenceSet } from './sets.ts';

/** Items that are one word, and known without the file. */
export type PlainItem =
  | 'UID'
  | 'FLAGS'
  | 'INTERNALDATE'
  | 'RFC822.SIZE'
  | 'ENVELOPE'
  | 'BODY'
  | 'BODYSTRUCTURE'
  | 'MODSEQ'
  | 'EMAILID'
  | 'THREADID'
  | 'SAVEDATE'
  | 'PREVIEW';

export type FetchItem =
  | { readonly kind: 'plain'; readonly item: PlainItem }
  | {
      readonly kind: 'section';
      readonly section: Section;
      readonly span: Span | undefined;
      /** As it stands in the answer, without the span's length. */
      readonly label: string;
      /** Reading it sets \Seen. */
      readonly marksSeen: boolean;
    }
  | {
      readonly kind: 'binary' | 'binary size';
      readonly path: readonly number[];
      readonly span: Span | undefined;
      readonly label: string;
      readonly marksSeen: boolean;
    };

export interface FetchRequest {
  readonly set: SequenceSet;
  readonly items: readonly FetchItem[];
  /** RFC 7162. */
  readonly changedSince: number | undefined;
  readonly wantsVanished: boolean;
  /** RFC 9394: places among the messages, from 1, or from the end when negative. */
  readonly partial: readonly [number, number] | undefined;
}

const plainItems: ReadonlySet<string> = new Set<PlainItem>([
  'UID',
  'FLAGS',
  'INTERNALDATE',
  'RFC822.SIZE',
  'ENVELOPE',
  'BODYSTRUCTURE',
  'MODSEQ',
  'EMAILID',
  'THREADID',
  'SAVEDATE',
]);

const macros: Readonly<Record<string, readonly PlainItem[]>> = {
  FAST: ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE'],
  ALL: ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE', 'ENVELOPE'],
  FULL: ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE', 'ENVELOPE', 'BODY'],
};

/** Items of one FETCH, and fields of one HEADER.FIELDS. */
const mostItems = 1000;
/** Depth of part numbers. */
const deepestPart = 100;

const plain = (item: PlainItem): FetchItem => ({ kind: 'plain', item });
const whole = (label: string, text: Section['text'], marksSeen: boolean): FetchItem => ({
  kind: 'section',
  section: { path: [], text, fields: [] },
  span: undefined,
  label,
  marksSeen,
});

export function parseFetch(cursor: Cursor, call: Call, session: Session): FetchRequest {
  cursor.space();
  const set = cursor.sequenceSet();
  cursor.space();
  const items: FetchItem[] = [];
  if (cursor.isNext('(')) items.push(...parseFetchItems(cursor));
  else {
    const word = cursor.word('An item');
    const macro = macros[word];
    if (macro) items.push(...macro.map(plain));
    else items.push(parseItem(cursor, word));
  }
  let changedSince: number | undefined;
  let wantsVanished = false;
  let partial: FetchRequest['partial'];
  if (cursor.take(' ')) {
    cursor.list(() => {
      const word = cursor.word('A modifier');
      if (word === 'CHANGEDSINCE') {
        cursor.space();
        changedSince = cursor.modseq();
      } else if (word === 'VANISHED') wantsVanished = true;
      else if (word === 'PARTIAL') {
        cursor.space();
        partial = parsePartial(cursor);
      } else cursor.fail('There is no such modifier');
    });
  }
  cursor.end();
  // RFC 7162 3.2.6: of UID FETCH alone, with CHANGEDSINCE, after ENABLE QRESYNC.
  if (wantsVanished && (changedSince === undefined || !call.isUid || !session.features.isQresync))
    cursor.fail('VANISHED needs UID FETCH, CHANGEDSINCE and QRESYNC');
  if (partial && !call.isUid) cursor.fail('PARTIAL is for UID FETCH');
  return { set, items, changedSince, wantsVanished, partial };
}

/** Items in parentheses. */
export function parseFetchItems(cursor: Cursor): FetchItem[] {
  let count = 0;
  return cursor.list(() => {
    if (++count > mostItems) cursor.fail('Too many items');
    return parseItem(cursor, cursor.word('An item'));
  });
}

/** RFC 9394 4: `1:10` or `-1:-10`. */
export function parsePartial(cursor: Cursor): readonly [number, number] {
  const signed = (): number => (cursor.take('-') ? -cursor.number(1) : cursor.number(1));
  const from = signed();
  cursor.expect(':');
  const to = signed();
  if (from < 0 !== to < 0) cursor.fail('Both ends of a PARTIAL have one sign');
  return Math.abs(from) <= Math.abs(to) ? [from, to] : [to, from];
}

/** Items by a word that was read: `FLAGS`, `BODY[...]`. */
function parseItem(cursor: Cursor, read: string): FetchItem {
  // An atom ends before `[` only by what stands in it: BODY[HEADER.FIELDS is one atom.
  const at = read.indexOf('[');
  const word = at < 0 ? read : read.slice(0, at);
  if (at >= 0) cursor.at -= read.length - at;
  if (at < 0) {
    if (plainItems.has(word)) return plain(word as PlainItem);
    if (word === 'BODY') return plain('BODY');
    if (word === 'PREVIEW') return parsePreview(cursor);
    if (word === 'RFC822') return whole('RFC822', '', true);
    if (word === 'RFC822.HEADER') return whole('RFC822.HEADER', 'HEADER', false);
    if (word === 'RFC822.TEXT') return whole('RFC822.TEXT', 'TEXT', true);
    cursor.fail('There is no such item');
  }
  if (word === 'BODY' || word === 'BODY.PEEK') return parseSectionItem(cursor, word === 'BODY');
  if (word === 'BINARY' || word === 'BINARY.PEEK') {
    const path = parseBinaryPath(cursor);
    const span = parseSpan(cursor);
    return { kind: 'binary', path, span, label: `BINARY[${path.join('.')}]`, marksSeen: word === 'BINARY' };
  }
  if (word === 'BINARY.SIZE') {
    const path = parseBinaryPath(cursor);
    const label = `BINARY.SIZE[${path.join('.')}]`;
    return { kind: 'binary size', path, span: undefined, label, marksSeen: false };
  }
  cursor.fail('There is no such item');
}

/** RFC 8970 3.1: `PREVIEW (LAZY)`. */
function parsePreview(cursor: Cursor): FetchItem {
  const before = cursor.at;
  if (cursor.take(' (')) {
    if (cursor.take('LAZY')) cursor.expect(')');
    else cursor.at = before;
  }
  return plain('PREVIEW');
}

function parseSectionItem(cursor: Cursor, marksSeen: boolean): FetchItem {
  const section = parseSection(cursor);
  const span = parseSpan(cursor);
  return { kind: 'section', section, span, label: `BODY[${formatSection(section)}]`, marksSeen };
}

function parseSpan(cursor: Cursor): Span | undefined {
  if (!cursor.take('<')) return undefined;
  const from = cursor.number(0);
  cursor.expect('.');
  const length = cursor.number(1);
  cursor.expect('>');
  return { from, length };
}

/** `0.1024` of an IMAP URL (RFC 5092); without a length up to the end. */
export function parseSpanNumbers(text: string): Span {
  const [from = '0', length] = text.split('.');
  return { from: Number(from), length: length === undefined ? Number.MAX_SAFE_INTEGER : Number(length) };
}

function parsePath(cursor: Cursor): number[] {
  const path: number[] = [];
  while (/\d/.test(cursor.text[cursor.at] ?? '')) {
    path.push(cursor.number(1));
    if (path.length > deepestPart) cursor.fail('There is no such part');
    if (!/^\.\d/.test(cursor.text.slice(cursor.at, cursor.at + 2))) break;
    cursor.at++;
  }
  return path;
}

function parseBinaryPath(cursor: Cursor): number[] {
  cursor.expect('[');
  const path = parsePath(cursor);
  cursor.expect(']');
  return path;
}

/** `[1.2.HEADER]`, with its brackets. */
export function parseSection(cursor: Cursor): Section {
  cursor.expect('[');
  const path = parsePath(cursor);
  if (cursor.take(']')) return { path, text: '', fields: [] };
  if (path.length > 0) cursor.expect('.');
  const text = (['HEADER.FIELDS.NOT', 'HEADER.FIELDS', 'HEADER', 'TEXT', 'MIME'] as const).find((word) =>
    cursor.take(word),
  );
  if (text === undefined || (text === 'MIME' && path.length === 0)) cursor.fail('There is no such section');
  let fields: string[] = [];
  if (text === 'HEADER.FIELDS' || text === 'HEADER.FIELDS.NOT') {
    cursor.space();
    fields = cursor.list(() => cursor.astring());
    if (fields.length > mostItems) cursor.fail('Too many fields');
    if (fields.some((field) => /[^\x21-\x7e]|:/.test(field) || field === ''))
      cursor.fail('A field name was expected');
  }
  cursor.expect(']');
  return { path, text, fields };
}

/** The section in an answer: as it was asked, in capitals. */
function formatSection({ path, text, fields }: Section): string {
  const words = [...path.map(String), ...(text === '' ? [] : [text])].join('.');
  if (text !== 'HEADER.FIELDS' && text !== 'HEADER.FIELDS.NOT') return words;
  const names = fields.map((field) =>
    /^[\x21-\x7e]+$/.test(field) && !/[(){%*"\\\]]/.test(field)
      ? field
      : `"${field.replace(/["\\]/g, '\\$&')}"`,
  );
  return `${words} (${names.join(' ')})`;
}
