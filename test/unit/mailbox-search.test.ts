// The search language (spec/webmail.md 1.9 Q2) and its limits (security.md X6), run against a real FTS5 table:
// whatever is typed is a query, never a syntax error.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { foldForSearch } from '../../server/mailbox/fold.ts';
import { parseSearch, searchToSql } from '../../server/mailbox/search.ts';

interface Mail {
  readonly subject: string;
  readonly sender: string;
  readonly recipients: string;
  readonly body: string;
}

/** A table as the index has it, with a function that gives the row ids a query finds. */
function createTable(mails: readonly Mail[]): { find(query: string): number[]; close(): void } {
  const db = new Database(':memory:');
  db.exec(`CREATE TABLE message (id INTEGER PRIMARY KEY, seen INTEGER DEFAULT 0, flagged INTEGER DEFAULT 0,
    attach INTEGER DEFAULT 0, received INTEGER DEFAULT 0, size INTEGER DEFAULT 0);
    CREATE VIRTUAL TABLE words USING fts5 (subject, sender, recipients, body, content = '',
      contentless_delete = 1, prefix = '2 3', tokenize = 'unicode61 remove_diacritics 2');`);
  db.exec(`CREATE TABLE searched (id INTEGER PRIMARY KEY, indexed INTEGER, texts BLOB);
    CREATE VIRTUAL TABLE head_grams USING fts5 (text, tokenize = 'trigram');
    INSERT INTO searched (id, indexed, texts) VALUES (2, 0, 'X');`);
  db.function('file_named', (texts: unknown, needle: unknown) => (String(texts) === needle ? 1 : 0));
  const add = db.prepare(
    'INSERT INTO words (rowid, subject, sender, recipients, body) VALUES (?, ?, ?, ?, ?)',
  );
  for (const [index, mail] of mails.entries()) {
    db.prepare(
      'INSERT INTO message (id, seen, flagged, attach, received, size) VALUES (?, ?, ?, ?, ?, ?)',
    ).run(
      index + 1,
      index % 2,
      index === 0 ? 1 : 0,
      index === 1 ? 1 : 0,
      Date.UTC(2026, 0, index + 1, 12),
      (index + 1) * 1000,
    );
    const fields = [mail.subject, mail.sender, mail.recipients, mail.body].map(foldForSearch);
    add.run(index + 1, ...fields);
  }
  return {
    find(query) {
      const search = parseSearch(query);
      if (search.impossible) return [];
      const { match, where, values } = searchToSql(search);
      const conditions = [...(match === undefined ? [] : ['words MATCH ?']), ...where];
      const source = match === undefined ? 'message m' : 'words CROSS JOIN message m ON m.id = words.rowid';
      const sql = `SELECT m.id FROM ${source} WHERE ${conditions.join(' AND ') || '1'} ORDER BY m.id`;
      return db
        .prepare(sql)
        .pluck()
        .all(...(match === undefined ? [] : [match]), ...values) as number[];
    },
    close: () => db.close(),
  };
}

const mail = (subject: string, sender = '', recipients = '', body = ''): Mail => ({
  subject,
  sender,
  recipients,
  body,
});

const mails = [
  mail('Invoice for March', 'Bob Ødegård bob@example.org', 'ann@example.net', 'please pay the bill'),
  mail('Meeting', 'Ann ann@example.net', 'bob@example.org', 'the invoice is attached, see the garden bridge'),
  mail('会議のお知らせ', 'Yuki yuki@example.jp', 'bob@example.org', '東京で会議をします'),
  mail('from:nobody is-not an operator', 'Carl carl@example.com', 'list@example.org', 'garden party'),
];

test('words, phrases, prefixes, exclusion and OR find what they should', () => {
  const table = createTable(mails);
  const cases: readonly (readonly [string, readonly number[]])[] = [
    ['invoice', [1, 2]],
    ['INVOICE', [1, 2]],
    ['invoice garden', [2]],
    ['"garden bridge"', [2]],
    ['"bridge garden"', []],
    ['gard*', [2, 4]],
    ['gard', []],
    ['garden -bridge', [4]],
    ['-garden', [1, 3]],
    ['bill OR party', [1, 4]],
    ['bill OR party invoice', [1]],
    ['OR', []],
    ['from:bob', [1]],
    ['from:bob@example.org', [1]],
    ['to:bob', [2, 3]],
    ['cc:ann', [1]],
    ['-from:ann', [1, 3, 4]],
    ['subject:invoice', [1]],
    ['subject:"for march"', [1]],
    ['from:odegard', [1]],
    ['from:ødegård', [1]],
    ['会議', [3]],
    ['東京', [3]],
    ['議会', []],
    ['from:bo*', [1]],
    ['example.org', [1, 2, 3, 4]],
    ['is:unread', [1, 3]],
    ['is:read', [2, 4]],
    ['-is:unread', [2, 4]],
    ['is:starred', [1]],
    ['is:starred OR party', [1, 4]],
    ['has:attachment', [2]],
    ['before:2026-01-02', [1]],
    ['after:2026-01-02', [2, 3, 4]],
    ['after:2026/1/2 before:2026/1/4', [2, 3]],
    ['larger:2500', [3, 4]],
    ['smaller:2k', [1, 2]],
    ['has:nonsense', []],
    ['is:toString', []],
    ['foo:garden', []],
    ['"', []],
    ['!!! ***', []],
  ];
  for (const [query, ids] of cases) assert.deepEqual(table.find(query), ids, query);
  table.close();
});

test('operators with a value that makes no sense are plain words', () => {
  assert.equal(parseSearch('before:yesterday').groups[0]?.[0]?.condition.kind, 'text');
  assert.equal(parseSearch('after:2026-02-31').groups[0]?.[0]?.condition.kind, 'text');
  assert.equal(parseSearch('larger:many').groups[0]?.[0]?.condition.kind, 'text');
});

test('in: names a folder, in quotes when it has spaces', () => {
  assert.equal(parseSearch('in:trash x').folder, 'trash');
  assert.equal(parseSearch('in:"Sent Items" x').folder, 'Sent Items');
  assert.equal(parseSearch('x').folder, undefined);
});

test('no input is a syntax error', () => {
  const table = createTable(mails);
  const odd = fc.string({
    unit: fc.constantFrom(
      ...['"', '*', '(', ')', '-', '+', '^', ':', '{', '}', "'", '\\', ' ', 'NEAR', 'AND', 'OR', 'NOT'],
      ...[
        'from:',
        'subject:',
        'in:',
        'is:',
        'a',
        'garden',
        '会',
        '\0',
        '\ud800',
        '%',
        '_',
        ',',
        '\u200d',
        '.',
      ],
    ),
    maxLength: 40,
  });
  fc.assert(
    fc.property(fc.oneof(odd, fc.string({ unit: 'binary' })), (query) => {
      assert.doesNotThrow(() => table.find(query));
    }),
    { numRuns: 500 },
  );
  table.close();
});

test('a query of a thousand words or 10 kB is cut, and says so', () => {
  const many = parseSearch(Array.from({ length: 1000 }, (_, i) => `w${i}`).join(' '));
  assert.ok(many.cut);
  assert.ok(many.groups.length <= 32);
  assert.ok(parseSearch('(a+)+$'.repeat(1700)).cut);
  const stars = parseSearch(Array.from({ length: 20 }, (_, i) => `w${i}*`).join(' '));
  assert.ok(stars.cut);
  const prefixes = stars.groups
    .flat()
    .filter(({ condition }) => condition.kind === 'text' && condition.prefix);
  assert.equal(prefixes.length, 8);
  assert.equal(parseSearch('garden').cut, false);
});

test('filename: asks only messages with files, by name; without a name it is a word', () => {
  const table = createTable([mail('one'), mail('two'), mail('filename')]);
  assert.deepEqual(table.find('filename:x'), [2]);
  assert.deepEqual(table.find('-filename:x'), [1, 3]);
  assert.deepEqual(table.find('filename:"x"'), [2]);
  assert.deepEqual(table.find('filename:other'), []);
  assert.deepEqual(table.find('filename:'), [3]);
  table.close();
});
