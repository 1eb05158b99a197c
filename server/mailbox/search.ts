// The search language of the webmail, parsed (spec/webmail.md 1.9 Q2): words, "phrases", prefix*, -not, OR, and the
// operators from: to: cc: subject: filename: label: has:attachment is:unread is:read is:starred before: after: larger: smaller: in:.
// Whatever is no operator is a plain word; no input is an error, and none reaches FTS5 unquoted.
// Pure. Limits against queries made to be expensive (security.md X6) are here too, and said in `cut`.
import { cleanKeyword, foldKeyword } from '../../mta/maildir/keyword-files.ts';
import { foldNeedle } from '../message/imap/search-text.ts';
import { plainStretch } from './file-names.ts';
import { foldForSearch } from './fold.ts';
import { gramsOf } from './search-store.ts';

export type SearchColumn = 'subject' | 'sender' | 'recipients' | 'any';

/** One condition. `text` is folded; `received` bounds are milliseconds. */
export type Condition =
  | { readonly kind: 'text'; readonly column: SearchColumn; readonly text: string; readonly prefix: boolean }
  | { readonly kind: 'unread' | 'read' | 'starred' | 'attachment' }
  /** In the name of an attached file; folded as SEARCH folds. */
  | { readonly kind: 'filename'; readonly text: string }
  /** An IMAP keyword, in lower case. */
  | { readonly kind: 'label'; readonly keyword: string }
  | { readonly kind: 'before' | 'after'; readonly time: number }
  | { readonly kind: 'larger' | 'smaller'; readonly bytes: number };

export interface Term {
  readonly not: boolean;
  readonly condition: Condition;
}

export interface Search {
  /** All groups must hold; in a group one term is enough. */
  readonly groups: readonly (readonly Term[])[];
  /** The folder or role named by `in:`, as typed; 'anywhere' for all with Trash and Junk. */
  readonly folder: string | undefined;
  /** Words were given, but none that can match: nothing is found. */
  readonly impossible: boolean;
  /** The query was longer than the limits; what is found is for its beginning. */
  readonly cut: boolean;
}

/** Characters of a query that are read. */
const maxLength = 2000;
const maxTerms = 32;
/** Each prefix word makes FTS5 merge the lists of all its words. */
const maxPrefixes = 8;

/** A word of a query, with its operator. */
export interface SearchToken {
  readonly not: boolean;
  /** Lower-case word before the colon when it is an operator, else ''. */
  readonly operator: string;
  readonly value: string;
  readonly quoted: boolean;
}

const operators = new Set([
  'from',
  'to',
  'cc',
  'subject',
  'filename',
  'label',
  'has',
  'is',
  'before',
  'after',
  'larger',
  'smaller',
  'in',
]);

/** Cuts a query into tokens; quotes hold words together, an open quote ends with the text. */
export function tokenizeSearch(query: string): SearchToken[] {
  const tokens: SearchToken[] = [];
  let at = 0;
  while (at < query.length) {
    if (query[at] === ' ') {
      at += 1;
      continue;
    }
    let not = false;
    if (query[at] === '-' && at + 1 < query.length && query[at + 1] !== ' ') {
      not = true;
      at += 1;
    }
    const head = /^([A-Za-z]{2,10}):/.exec(query.slice(at, at + 11));
    let operator = '';
    if (head && operators.has(head[1]!.toLowerCase())) {
      operator = head[1]!.toLowerCase();
      at += head[0].length;
    }
    let value: string;
    const isQuoted = query[at] === '"';
    if (isQuoted) {
      const end = query.indexOf('"', at + 1);
      value = query.slice(at + 1, end < 0 ? query.length : end);
      at = end < 0 ? query.length : end + 1;
    } else {
      const end = query.indexOf(' ', at);
      value = query.slice(at, end < 0 ? query.length : end);
      at = end < 0 ? query.length : end;
    }
    tokens.push({ not, operator, value, quoted: isQuoted });
  }
  return tokens;
}

/** Midnight UTC of a day written 2026-01-31 or 2026/1/31, in milliseconds. */
function parseDay(text: string): number | undefined {
  const match = /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})$/.exec(text);
  if (!match) return undefined;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const time = Date.UTC(year, month - 1, day);
  const back = new Date(time);
  return back.getUTCMonth() === month - 1 && back.getUTCDate() === day ? time : undefined;
}

/** Bytes written 500, 20k, 5M. */
function parseSize(text: string): number | undefined {
  const match = /^(\d{1,12})([km]?)b?$/i.exec(text);
  if (!match) return undefined;
  const unit = match[2]!.toLowerCase();
  return Number(match[1]) * (unit === 'k' ? 1024 : unit === 'm' ? 1024 * 1024 : 1);
}

const columns: Readonly<Record<string, SearchColumn>> = {
  from: 'sender',
  to: 'recipients',
  cc: 'recipients',
  subject: 'subject',
};

/** The condition of an operator; undefined when its value makes no sense, so that it is a plain word. */
function readOperator(operator: string, value: string): Condition | undefined {
  switch (operator) {
    case 'is': {
      const states = { unread: 'unread', read: 'read', starred: 'starred', flagged: 'starred' } as const;
      const kind = states[value.toLowerCase() as keyof typeof states];
      return kind && Object.hasOwn(states, value.toLowerCase()) ? { kind } : undefined;
    }
    case 'has':
      return /^attachments?$/i.test(value) ? { kind: 'attachment' } : undefined;
    case 'label': {
      const keyword = cleanKeyword(value);
      return keyword === undefined ? undefined : { kind: 'label', keyword: foldKeyword(keyword) };
    }
    case 'filename': {
      const text = foldNeedle(value.replaceAll('*', '')).trim();
      return text === '' ? undefined : { kind: 'filename', text };
    }
    case 'before':
    case 'after': {
      const time = parseDay(value);
      return time === undefined ? undefined : { kind: operator, time };
    }
    case 'larger':
    case 'smaller': {
      const bytes = parseSize(value);
      return bytes === undefined ? undefined : { kind: operator, bytes };
    }
    default:
      return undefined;
  }
}

// unicode61 keeps letters, numbers and private use; a word without any of them has no token to find.
const hasToken = /[\p{L}\p{N}\p{Co}]/u;

function readText(token: SearchToken): Condition | undefined {
  // Of a name or an address people remember the beginning (Q4).
  const isPerson = columns[token.operator] === 'sender' || columns[token.operator] === 'recipients';
  const prefix = !token.quoted && (isPerson || token.value.endsWith('*'));
  const text = foldForSearch(token.value).replaceAll('*', ' ').trim();
  if (!hasToken.test(text)) return undefined;
  const column = columns[token.operator] ?? 'any';
  return { kind: 'text', column, text, prefix: prefix && text.length >= 2 };
}

/** Reads a query. Never fails: see `impossible` and `cut`. */
export function parseSearch(query: string): Search {
  const clean = query.replace(/[\0-\x20\x7f\u00a0\u3000]+/g, ' ');
  let cut = clean.length > maxLength;
  const tokens = tokenizeSearch(clean.slice(0, maxLength));
  const groups: Term[][] = [];
  let folder: string | undefined;
  let dropped = false;
  let joinNext = false;
  let terms = 0;
  let prefixes = 0;
  for (const [index, token] of tokens.entries()) {
    const isOr = token.value === 'OR' && !token.quoted && !token.operator && !token.not;
    if (isOr && groups.length > 0 && index + 1 < tokens.length) {
      joinNext = true;
      continue;
    }
    if (token.operator === 'in' && !token.not && token.value !== '') {
      folder = token.value;
      continue;
    }
    let condition = token.operator in columns ? readText(token) : undefined;
    if (token.operator && !condition) condition = readOperator(token.operator, token.value);
    if (!condition) {
      const whole = token.operator ? `${token.operator}:${token.value}` : token.value;
      condition = readText({ ...token, operator: '', value: whole });
    }
    if (!condition) {
      dropped = true;
      continue;
    }
    if (terms >= maxTerms) {
      cut = true;
      break;
    }
    if (condition.kind === 'text' && condition.prefix) {
      prefixes += 1;
      if (prefixes > maxPrefixes) {
        cut = true;
        condition = { ...condition, prefix: false };
      }
    }
    terms += 1;
    const term = { not: token.not, condition };
    if (joinNext) groups[groups.length - 1]!.push(term);
    else groups.push([term]);
    joinNext = false;
  }
  return { groups, folder, impossible: groups.length === 0 && dropped, cut };
}

const isText = (
  term: Term,
): term is Term & { readonly condition: Extract<Condition, { readonly kind: 'text' }> } =>
  term.condition.kind === 'text';

/** A text condition as an FTS5 expression: always a quoted string, so no user input is syntax. */
function toMatch(condition: Extract<Condition, { readonly kind: 'text' }>): string {
  const words = `"${condition.text.replaceAll('"', ' ')}"${condition.prefix ? ' *' : ''}`;
  return condition.column === 'any' ? words : `{${condition.column}} : ${words}`;
}

/** SQL of a search over `message m`: conditions with `?`, their values, and the FTS5 expression joined first. */
export interface SearchSql {
  /** MATCH expression for `words`, or undefined when no plain text condition is there. */
  readonly match: string | undefined;
  readonly where: readonly string[];
  readonly values: readonly (string | number)[];
}

/** Turns a search into SQL; `in:` is left to the caller. */
export function searchToSql(search: Search): SearchSql {
  const positive: string[] = [];
  const negative: string[] = [];
  const where: string[] = [];
  const values: (string | number)[] = [];
  const one = (term: Term): string => {
    const { condition } = term;
    const wrap = (sql: string): string => (term.not ? `NOT (${sql})` : sql);
    switch (condition.kind) {
      case 'text':
        values.push(toMatch(condition));
        return wrap('m.id IN (SELECT rowid FROM words WHERE words MATCH ?)');
      case 'unread':
        return wrap('m.seen = 0');
      case 'read':
        return wrap('m.seen = 1');
      case 'starred':
        return wrap('m.flagged = 1');
      case 'attachment':
        return wrap('m.attach = 1');
      case 'filename': {
        // Trigrams leave most messages out before their texts are looked into.
        const stretch = plainStretch(condition.text);
        const grams = stretch === undefined ? undefined : gramsOf(stretch);
        const narrowed =
          grams === undefined
            ? ''
            : ' AND (s.indexed = 0 OR m.id IN (SELECT rowid FROM head_grams WHERE head_grams MATCH ?))';
        if (grams !== undefined) values.push(grams);
        values.push(condition.text);
        return wrap(
          `m.attach = 1 AND EXISTS (SELECT 1 FROM searched s WHERE s.id = m.id${narrowed} AND file_named(s.texts, ?))`,
        );
      }
      case 'label':
        values.push(` ${condition.keyword} `);
        // Keywords stand sorted with blanks between them; SQLite's lower folds ASCII, as keywords are compared.
        return wrap("m.keywords <> '' AND instr(lower(' ' || m.keywords || ' '), ?) > 0");
      case 'before':
        values.push(condition.time);
        return wrap('m.received < ?');
      case 'after':
        values.push(condition.time);
        return wrap('m.received >= ?');
      case 'larger':
        values.push(condition.bytes);
        return wrap('m.size > ?');
      case 'smaller':
        values.push(condition.bytes);
        return wrap('m.size < ?');
    }
  };
  for (const group of search.groups) {
    if (group.every((term) => isText(term) && !term.not)) {
      positive.push(
        `(${group
          .filter(isText)
          .map((term) => toMatch(term.condition))
          .join(' OR ')})`,
      );
    } else if (group.length === 1 && isText(group[0]!) && group[0].not) {
      negative.push(toMatch(group[0].condition));
    } else where.push(`(${group.map(one).join(' OR ')})`);
  }
  let match = positive.length > 0 ? positive.join(' AND ') : undefined;
  if (negative.length > 0) {
    if (match !== undefined) match = `(${match}) NOT (${negative.join(' OR ')})`;
    else {
      where.push('m.id NOT IN (SELECT rowid FROM words WHERE words MATCH ?)');
      values.push(negative.join(' OR '));
    }
  }
  return { match, where, values };
}
