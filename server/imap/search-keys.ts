// The keys of SEARCH, SORT and THREAD as a client writes them (RFC 9051 6.4.4; RFC 5032 WITHIN, RFC 7162 MODSEQ, RFC 8474,
// RFC 8514), as values. Numbers of messages stay what they are until the session resolves them. Pure.
import type { SearchKey } from '../mailbox/uid-types.ts';
import type { Cursor } from './cursor.ts';
import { decodeUtf8 } from './names.ts';
import type { SequenceSet } from './sets.ts';

/** A key whose sets are not resolved; `charset`: nobody knows the charset of its texts. */
export type WrittenKey = ParsedKey | 'charset';

export type ParsedKey =
  | SearchKey
  | { readonly key: 'numbers' | 'uids'; readonly set: SequenceSet }
  | { readonly key: 'recent' }
  | { readonly key: 'all of' | 'one of'; readonly parts: readonly ParsedKey[] }
  | { readonly key: 'none of'; readonly part: ParsedKey };

type Charset = 'UTF-8' | 'US-ASCII' | undefined;

/** Keys of one search. */
const mostKeys = 2000;

const flagKeys: Readonly<Record<string, readonly [letter: string, isSet: boolean]>> = {
  ANSWERED: ['R', true],
  DELETED: ['T', true],
  DRAFT: ['D', true],
  FLAGGED: ['F', true],
  SEEN: ['S', true],
  UNANSWERED: ['R', false],
  UNDELETED: ['T', false],
  UNDRAFT: ['D', false],
  UNFLAGGED: ['F', false],
  UNSEEN: ['S', false],
};

const dateKeys: Readonly<
  Record<string, readonly ['before' | 'on' | 'since', 'received' | 'sent' | 'saved']>
> = {
  BEFORE: ['before', 'received'],
  ON: ['on', 'received'],
  SINCE: ['since', 'received'],
  SENTBEFORE: ['before', 'sent'],
  SENTON: ['on', 'sent'],
  SENTSINCE: ['since', 'sent'],
  SAVEDBEFORE: ['before', 'saved'],
  SAVEDON: ['on', 'saved'],
  SAVEDSINCE: ['since', 'saved'],
};

const headerKeys = ['BCC', 'CC', 'FROM', 'SUBJECT', 'TO'];

const not = (of: SearchKey): SearchKey => ({ key: 'not', of });
const flag = (letter: string): SearchKey => ({ key: 'flag', letter });

/** UTF-8 and US-ASCII; undefined for others. */
export function parseCharset(cursor: Cursor): Charset {
  const name = cursor.astring().toUpperCase();
  return name === 'UTF-8' || name === 'US-ASCII' ? name : undefined;
}

/** All keys up to the end of the command. */
export function parseKeys(cursor: Cursor, charset: Charset): WrittenKey {
  const parser = new KeyParser(cursor, charset);
  const parts = [parser.key()];
  while (cursor.take(' ')) parts.push(parser.key());
  if (charset === undefined || parser.isUndecodable) return 'charset';
  return parts.length === 1 ? parts[0]! : { key: 'all of', parts };
}

class KeyParser {
  /** A text that is not in its charset. */
  isUndecodable = false;
  readonly #cursor: Cursor;
  readonly #charset: Charset;
  #count = 0;

  constructor(cursor: Cursor, charset: Charset) {
    this.#cursor = cursor;
    this.#charset = charset;
  }

  #text(): string {
    const bytes = this.#cursor.astring();
    const isAscii = /^[\x01-\x7f]*$/.test(bytes);
    const text = isAscii || this.#charset === 'UTF-8' ? decodeUtf8(bytes) : undefined;
    if (text === undefined) this.isUndecodable = true;
    return text ?? '';
  }

  key(): ParsedKey {
    const cursor = this.#cursor;
    if (++this.#count > mostKeys) cursor.fail('Too many keys');
    if (cursor.isNext('(')) {
      const parts = cursor.list(() => this.key());
      return parts.length === 1 ? parts[0]! : { key: 'all of', parts };
    }
    if (/[\d*$]/.test(cursor.text[cursor.at] ?? '')) return { key: 'numbers', set: cursor.sequenceSet() };
    const word = cursor.word('A search key');
    const known = flagKeys[word];
    if (known) return known[1] ? flag(known[0]) : not(flag(known[0]));
    const date = dateKeys[word];
    if (date) {
      cursor.space();
      return { key: date[0], date: date[1], day: cursor.date() };
    }
    if (headerKeys.includes(word)) {
      cursor.space();
      return { key: 'header', field: word.toLowerCase(), text: this.#text() };
    }
    return this.#other(word);
  }

  #other(word: string): ParsedKey {
    const cursor = this.#cursor;
    switch (word) {
      case 'ALL':
        return { key: 'all' };
      case 'RECENT':
        return { key: 'recent' };
      case 'NEW':
        return { key: 'all of', parts: [{ key: 'recent' }, not(flag('S'))] };
      case 'OLD':
        return { key: 'none of', part: { key: 'recent' } };
      // RFC 8514 4.3: every message has its save date here.
      case 'SAVEDATESUPPORTED':
        return { key: 'all' };
    }
    cursor.space();
    switch (word) {
      case 'NOT': {
        const part = this.#nested();
        return { key: 'none of', part };
      }
      case 'OR': {
        const one = this.#nested();
        cursor.space();
        return { key: 'one of', parts: [one, this.#nested()] };
      }
      case 'KEYWORD':
        return keyword(cursor.flag());
      case 'UNKEYWORD':
        return { key: 'none of', part: keyword(cursor.flag()) };
      case 'UID':
        return { key: 'uids', set: cursor.sequenceSet() };
      case 'LARGER':
      case 'SMALLER':
        return {
          key: word === 'LARGER' ? 'larger' : 'smaller',
          bytes: cursor.number(0, Number.MAX_SAFE_INTEGER),
        };
      case 'OLDER':
      case 'YOUNGER':
        return { key: word === 'OLDER' ? 'older' : 'younger', seconds: cursor.number(1) };
      case 'BODY':
      case 'TEXT':
        return { key: word === 'BODY' ? 'body' : 'text', text: this.#text() };
      case 'HEADER': {
        const field = cursor.astring();
        cursor.space();
        return { key: 'header', field: field.toLowerCase(), text: this.#text() };
      }
      case 'MODSEQ':
        return this.#modseq();
      case 'EMAILID':
      case 'THREADID':
        return { key: word === 'EMAILID' ? 'emailid' : 'threadid', id: cursor.atom() };
    }
    return cursor.fail('There is no such search key');
  }

  #nested(): ParsedKey {
    this.#cursor.deeper();
    const key = this.key();
    this.#cursor.shallower();
    return key;
  }

  /** RFC 7162 3.1.5: a message has one MODSEQ, whatever the flag that is named. */
  #modseq(): ParsedKey {
    const cursor = this.#cursor;
    if (cursor.isNext('"')) {
      cursor.quoted();
      cursor.space();
      cursor.word('all, priv or shared');
      cursor.space();
    }
    return { key: 'modseq', least: cursor.modseq() };
  }
}

/** `$Forwarded` is a letter. */
const keyword = (name: string): SearchKey =>
  name.toLowerCase() === '$forwarded' ? flag('P') : { key: 'keyword', name };
