// Scripts of tests made at random from a seed, in the form of themes: whatever two Sieves know of headers, addresses, dates,
// sizes, bodies and parts, with every match type. Keys are pieces of the letters, so that many of them hold.
import { compileScript } from '../../mta/sieve/compile.ts';
import { makeChance } from './sieve-letters.ts';
import { scriptOf, type Theme } from './sieve-questions.ts';

const fields =
  `subject from to cc received date message-id content-type mime-version x-mailer return-path reply-to sender x-priority
   list-id references content-disposition content-transfer-encoding x-spam-score in-reply-to bcc delivered-to`.split(
    /\s+/,
  );
const addressFields = ['from', 'to', 'cc', 'sender', 'reply-to', 'bcc', 'resent-from', 'resent-to'];
const relations = ['gt', 'ge', 'lt', 'le', 'eq', 'ne'];
const expressions = [
  '^[a-z]+',
  '[0-9]{2,}',
  '(re|fwd): ',
  '[[:space:]]',
  '@[a-z.]+>?$',
  '^.{5,20}$',
  '[^ -~]',
  '\\.(com|net|org)',
  'a.*b',
  'x?y?z',
  '([a-z])([0-9])',
  '[[:upper:]]{3}',
  '[]a]',
  '\\(',
  '^$',
  '(a|b)*c$',
];
const numeric = ' :comparator "i;ascii-numeric"';
const needed = [
  'body',
  'comparator-i;ascii-numeric',
  'date',
  'index',
  'mime',
  'regex',
  'relational',
  'subaddress',
];

const quote = (text: string): string => `"${text.replace(/[\\"]/g, '\\$&')}"`;

/** A script of `count` tests; the same for the same seed and letters. */
export function makeTheme(seed: number, count: number, letters: readonly Buffer[]): Theme {
  const chance = makeChance(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(chance() * list.length)]!;
  const below = (most: number): number => Math.floor(chance() * most);

  const pieces = ['', 'a', '1', '@', '.', 'com', 'Re:', '?', '*', '<', '"', ' ', 'text', '2002', '=?'];
  for (const letter of letters) {
    const words =
      letter
        .subarray(0, 4000)
        .toString('latin1')
        .match(/[!-~]{2,12}/g) ?? [];
    for (let i = 0; i < 5 && words.length > 0; i++) pieces.push(pick(words));
  }
  const key = (): string => {
    const piece = pick(pieces);
    return pick([piece, piece, piece, piece.toUpperCase(), piece.slice(0, 3)]);
  };
  const plain = (): string => key().replace(/[*?\\]/g, '');
  const wildcards = (): string => {
    const piece = plain();
    return pick([
      `*${piece}*`,
      `${piece}*`,
      `*${piece}`,
      `*${piece.slice(0, 1)}?${piece.slice(2)}*`,
      `*${piece}*${plain().slice(0, 2)}*`,
    ]);
  };

  /** A match type, and keys for it. */
  function match(): { readonly type: string; readonly key: () => string } {
    const comparator = chance() < 0.3 ? ` :comparator "${pick(['i;octet', 'i;ascii-casemap'])}"` : '';
    return pick([
      { type: `:is${comparator}`, key },
      { type: `:contains${comparator}`, key },
      { type: `:contains${comparator}`, key },
      { type: `:matches${comparator}`, key: wildcards },
      { type: `:matches${comparator}`, key: wildcards },
      { type: `:regex${comparator}`, key: () => pick(expressions) },
      {
        type: `:value "${pick(relations)}"${pick(['', numeric])}`,
        key: () => pick([String(below(2010)), key()]),
      },
      { type: `:count "${pick(relations)}"${numeric}`, key: () => String(below(5)) },
    ]);
  }
  const list = (make: () => string): string =>
    chance() < 0.7 ? quote(make()) : `[${quote(make())}, ${quote(make())}]`;
  const index = (): string => (chance() < 0.15 ? ` :index ${1 + below(3)}${pick(['', ' :last'])}` : '');

  function question(): string {
    const { type, key } = match();
    const keys = list(key);
    // RFC 5173 6, RFC 5260: some sort no order out, and few ask for it.
    const isPlain = !/^:(?:regex|value|count)/.test(type);
    return pick([
      () => `header${pick(['', '', ' :mime'])}${index()} ${type} ${quote(pick(fields))} ${keys}`,
      () => `header ${type} ${list(() => pick(fields))} ${keys}`,
      () =>
        `address ${pick([':all', ':localpart', ':domain', ':user', ':detail'])}${index()} ${type} ${quote(pick(addressFields))} ${keys}`,
      () => `exists ${list(() => pick(fields))}`,
      () => `size ${pick([':over', ':under'])} ${below(8000)}`,
      () =>
        `date ${pick([':originalzone', ':zone "+0000"', ':zone "-0730"'])} ${isPlain ? type : ':is'} ${quote(pick(['date', 'received', 'resent-date']))} ${quote(pick(['year', 'month', 'day', 'date', 'julian', 'hour', 'minute', 'second', 'time', 'iso8601', 'std11', 'zone', 'weekday']))} ${keys}`,
      () =>
        `body ${pick([':raw', ':content "text/plain"', ':content "text"', ':content ""', ':content "multipart"', ':content "message/rfc822"', ':content "image"'])} ${isPlain ? type : ':contains'} ${keys}`,
      () =>
        `header :mime ${pick([':type', ':subtype', ':contenttype', ':param "charset"', ':param ["name", "boundary"]'])} ${type.startsWith(':count') ? ':is' : type} ${quote(pick(['content-type', 'content-disposition', 'subject']))} ${keys}`,
      () => `not ${question()}`,
    ])();
  }

  const questions: string[] = [];
  while (questions.length < count) {
    const next = question();
    const script = scriptOf({ name: '', require: needed, questions: [next] });
    if (compileScript(Buffer.from(script), { name: 'one' }).script !== undefined) questions.push(next);
  }
  return { name: `tests at random, seed ${seed}`, require: needed, questions };
}
