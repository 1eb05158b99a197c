// The grammar of IMAP commands: lines and literals out of a stream cut anywhere, words out of a command, sets, names,
// patterns. Tables.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Cursor, SyntaxFault } from '../../server/imap/cursor.ts';
import { parseFetch } from '../../server/imap/fetch-items.ts';
import { parseFlags } from '../../server/imap/flags.ts';
import { parseImapUrl } from '../../server/imap/imap-url.ts';
import {
  decodeName,
  encodeName,
  matchesPattern,
  refuseName,
  toFolder,
  toName,
} from '../../server/imap/names.ts';
import {
  CommandReader,
  limitsAfterLogin,
  type WireCommand,
  type WireFault,
} from '../../server/imap/reader.ts';
import { parseKeys } from '../../server/imap/search-keys.ts';
import { formatSet, last, sortRanges } from '../../server/imap/sets.ts';

/** All that comes out of a stream of these pieces. */
async function readAll(
  pieces: readonly string[],
  limits = limitsAfterLogin,
): Promise<{ readonly items: (WireCommand | WireFault)[]; readonly asked: number }> {
  let asked = 0;
  const reader = new CommandReader({
    askForLiteral: () => void asked++,
    wantBytes: () => undefined,
    hasBytes: () => undefined,
    holdBytes: () => undefined,
  });
  reader.limits = limits;
  const feed = (async () => {
    for (const piece of pieces) {
      reader.push(Buffer.from(piece, 'latin1'));
      await new Promise((resolve) => setImmediate(resolve));
    }
    reader.end();
  })();
  const items: (WireCommand | WireFault)[] = [];
  for (let item = await reader.next(); item !== undefined; item = await reader.next()) {
    items.push(item);
    let message = 'message' in item ? item.message : undefined;
    while (message !== undefined) {
      await reader.readLiteral(message);
      const more = await reader.readMore();
      if (more) items.push(more);
      message = more && 'message' in more ? more.message : undefined;
    }
  }
  await feed;
  return { items, asked };
}

const textsOf = (items: readonly (WireCommand | WireFault)[]): string[] =>
  items.map((item) => ('fault' in item ? `! ${item.tag} ${item.fault}` : item.text));

describe('reading commands', () => {
  const stream = 'a NOOP\r\nb LOGIN {4}\r\nuser {6+}\r\nsec\r\nx\r\nc NOOP\nd LOGIN {0+}\r\n {1}\r\nx\r\n';
  test('lines and literals are the same however the stream is cut', async () => {
    const whole = await readAll([stream]);
    assert.deepEqual(textsOf(whole.items), [
      'a NOOP',
      'b LOGIN {4}\n {6+}\n',
      'c NOOP',
      'd LOGIN {0+}\n {1}\n',
    ]);
    assert.equal(whole.asked, 2);
    assert.equal((whole.items[1] as WireCommand).literals.join('|'), 'user|sec\r\nx');
    assert.deepEqual((await readAll([...stream])).items, whole.items);
    for (let at = 1; at < stream.length; at++)
      assert.deepEqual((await readAll([stream.slice(0, at), stream.slice(at)])).items, whole.items);
  });

  test('what is too long is refused and dropped, and the next command is read', async () => {
    const long = 'x'.repeat(70_000);
    const { items } = await readAll([`a ${long}\r\nb NOOP\r\n`]);
    assert.deepEqual(textsOf(items), ['! a Command line too long', 'b NOOP']);
    const literal = await readAll([`a LOGIN {70000+}\r\n${long} {3+}\r\nabc\r\nb NOOP\r\n`]);
    assert.deepEqual(textsOf(literal.items), ['! a Literal too large', 'b NOOP']);
    const sync = await readAll(['a LOGIN {70000}\r\nb NOOP\r\n']);
    assert.deepEqual([textsOf(sync.items), sync.asked], [['! a Literal too large', 'b NOOP'], 0]);
    const sum = await readAll([`a SEARCH ${`{65536+}\r\n${'y'.repeat(65_536)} `.repeat(9)}\r\nb NOOP\r\n`]);
    assert.deepEqual(textsOf(sum.items), ['! a Literal too large', 'b NOOP']);
    const endless = await readAll(['a LOGIN {99999999999+}\r\n']);
    assert.equal((endless.items[0] as WireFault).isFatal, true);
  });

  test('messages of APPEND and REPLACE are handed on as streams, names of mailboxes are not', async () => {
    const { items, asked } = await readAll([
      'a APPEND {5+}\r\nINBOX (\\Seen) {3}\r\nabc\r\nb APPEND INBOX {2+}\r\nxy {2+}\r\nzz\r\nc UID REPLACE 3 {1+}\r\nA ~{1+}\r\n\0\r\n',
    ]);
    const commands = items as WireCommand[];
    assert.deepEqual(
      commands.map(({ text, message }) => [text, message?.size]),
      [
        ['a APPEND {5+}\n (\\Seen) {3}\n', 3],
        ['', undefined],
        ['b APPEND INBOX {2+}\n', 2],
        [' {2+}\n', 2],
        ['', undefined],
        ['c UID REPLACE 3 {1+}\n ~{1+}\n', 1],
        ['', undefined],
      ],
    );
    assert.equal(asked, 1);
  });
});

const faultOf = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    if (error instanceof SyntaxFault) return error.message;
    throw error;
  }
  return '';
};

describe('words of a command', () => {
  test('strings are atoms, quoted or literals', () => {
    const cursor = new Cursor('at]om "a \\"b\\\\" {3}\n NIL nil', [Buffer.from('x\r\n')]);
    const words = [cursor.astring()];
    cursor.space();
    words.push(cursor.astring());
    cursor.space();
    words.push(cursor.astring());
    cursor.space();
    assert.deepEqual([...words, cursor.nstring()], ['at]om', 'a "b\\', 'x\r\n', undefined]);
  });

  test('what is no word is a fault', () => {
    for (const text of [
      '',
      ' ',
      '(',
      '{',
      '"open',
      '"\\x"',
      '"a\rb"',
      'é',
      '{3}\n',
      '{1+}{1+}\n',
      '{-1}',
      '%',
    ])
      assert.notEqual(
        faultOf(() => new Cursor(text).astring()),
        '',
        JSON.stringify(text),
      );
    assert.notEqual(
      faultOf(() => new Cursor('{1}\n', [Buffer.from([0])]).astring()),
      '',
    );
    for (const text of ['0', '4294967296', '-1', 'x', '1:', ':1', '1,', '1::2', '1;2'])
      assert.notEqual(
        faultOf(() => {
          const cursor = new Cursor(text);
          cursor.sequenceSet();
          cursor.end();
        }),
        '',
        text,
      );
  });

  test('dates exist or are faults', () => {
    assert.equal(new Cursor('"17-Jul-1996 02:44:25 -0700"').dateTime(), Date.UTC(1996, 6, 17, 9, 44, 25));
    assert.equal(new Cursor('" 1-feb-2024 00:00:00 +0000"').dateTime(), Date.UTC(2024, 1, 1));
    assert.equal(new Cursor('1-Feb-1994').date(), Date.UTC(1994, 1, 1));
    assert.equal(new Cursor('"01-Feb-1994"').date(), Date.UTC(1994, 1, 1));
    for (const text of ['31-Feb-2024', '1-Foo-2024', '0-Jan-2024', '1-Jan-24'])
      assert.notEqual(
        faultOf(() => new Cursor(text).date()),
        '',
        text,
      );
  });

  test('sequence sets may be turned round and overlap', () => {
    const rangesOf = (text: string): unknown => sortRanges(new Cursor(text).sequenceSet(), 10);
    assert.deepEqual(rangesOf('3:1'), [[1, 3]]);
    assert.deepEqual(rangesOf('*:1'), [[1, 10]]);
    assert.deepEqual(rangesOf('*'), [[10, 10]]);
    assert.deepEqual(rangesOf('5,1:2,3,7:*'), [
      [1, 3],
      [5, 5],
      [7, 10],
    ]);
    assert.deepEqual(rangesOf('559:*'), [[10, 559]]);
    assert.equal(last, 0);
    assert.equal(formatSet([1, 2, 3, 5, 7, 8]), '1:3,5,7:8');
    assert.equal(formatSet([5, 6, 3, 4, 9]), '5:6,3:4,9');
  });

  test('flags become letters and keywords', () => {
    assert.deepEqual(parseFlags(['\\seen', '$FORWARDED', '\\Recent', 'Later', 'later', '\\Deleted']), {
      flags: 'PST',
      keywords: ['Later'],
    });
    assert.throws(() => parseFlags(['\\Nonsense']), SyntaxFault);
  });
});

const parseFetchText = (text: string, isUid = false) =>
  parseFetch(new Cursor(text), { isUid, tag: 'a', message: undefined }, {
    features: { isQresync: true },
  } as never);

describe('what FETCH asks', () => {
  test('items, sections and parts of sections are told as they were asked', () => {
    const labels = (text: string): string[] =>
      parseFetchText(` 1 ${text}`).items.map((item) => (item.kind === 'plain' ? item.item : item.label));
    assert.deepEqual(labels('ALL'), ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE', 'ENVELOPE']);
    assert.deepEqual(
      labels('(body[] BODY.PEEK[1.2.mime] body[header.fields (From "X-Y" {1}\n)])'.replace(' {1}\n', '')),
      ['BODY[]', 'BODY[1.2.MIME]', 'BODY[HEADER.FIELDS (From X-Y)]'],
    );
    assert.deepEqual(
      labels('(BODY BODYSTRUCTURE BODY[TEXT]<0.10> BINARY.PEEK[1] BINARY.SIZE[2.1] RFC822 PREVIEW (LAZY))'),
      ['BODY', 'BODYSTRUCTURE', 'BODY[TEXT]', 'BINARY[1]', 'BINARY.SIZE[2.1]', 'RFC822', 'PREVIEW'],
    );
    const partial = parseFetchText(' 1 BODY[TEXT]<3.10>').items[0];
    assert.deepEqual(partial?.kind === 'section' && partial.span, { from: 3, length: 10 });
  });

  test('what is no item is a fault', () => {
    for (const text of [
      '',
      ' 1',
      ' 1 ',
      ' 1 ()',
      ' 1 FOO',
      ' 1 BODY[',
      ' 1 BODY[FOO]',
      ' 1 BODY[MIME]',
      ' 1 BODY[0]',
      ' 1 (FLAGS',
      ' 1 BODY[]<1>',
      ' 1 BODY[]<1.0>',
      ' 1 FLAGS (VANISHED)',
      ' 1 BODY[HEADER.FIELDS ()]',
      ' 1 BODY[1.]',
      ' 1 ALL FLAGS',
    ])
      assert.notEqual(
        faultOf(() => parseFetchText(text)),
        '',
        text,
      );
  });
});

describe('what SEARCH asks', () => {
  const parse = (text: string): unknown => {
    const cursor = new Cursor(text);
    const keys = parseKeys(cursor, 'UTF-8');
    cursor.end();
    return keys;
  };
  test('keys are joined by and, nested by parentheses', () => {
    assert.deepEqual(parse('UNSEEN (OR FROM a NOT SUBJECT "b c")'), {
      key: 'all of',
      parts: [
        { key: 'not', of: { key: 'flag', letter: 'S' } },
        {
          key: 'one of',
          parts: [
            { key: 'header', field: 'from', text: 'a' },
            { key: 'none of', part: { key: 'header', field: 'subject', text: 'b c' } },
          ],
        },
      ],
    });
    assert.deepEqual(parse('SENTSINCE 1-Jan-2024'), {
      key: 'since',
      date: 'sent',
      day: Date.UTC(2024, 0, 1),
    });
    assert.equal(parse('SUBJECT "\xff"'), 'charset');
  });

  test('too much of anything is a fault', () => {
    for (const text of [
      `${'NOT '.repeat(10_000)}ALL`,
      `${'OR ALL '.repeat(10_000)}ALL`,
      `${'('.repeat(10_000)}ALL`,
      'ALL '.repeat(30_000).trim(),
      'FOO',
      'NOT',
      'OR ALL',
      'BEFORE x',
      'LARGER -1',
      'KEYWORD',
    ])
      assert.notEqual(
        faultOf(() => parse(text)),
        '',
        text.slice(0, 20),
      );
  });
});

describe('names of mailboxes', () => {
  test('both layouts name the same folders', () => {
    assert.equal(toFolder('inbox', false), 'INBOX');
    assert.equal(toFolder('INBOX.Sent', false), 'Sent');
    assert.equal(toFolder('Sent', false), 'Sent');
    assert.equal(toFolder('R&AOk-sum&AOk-', false), 'Résumé');
    assert.equal(toFolder('R\xc3\xa9sum\xc3\xa9', true), 'Résumé');
    assert.equal(toName('Sent', 'INBOX.'), 'INBOX.Sent');
    assert.equal(toFolder(toName('INBOX.odd', ''), false), 'INBOX.odd');
    assert.equal(encodeName('Résumé "x"', false), '"R&AOk-sum&AOk- \\"x\\""');
    assert.equal(encodeName('Résumé', true), '"R\xc3\xa9sum\xc3\xa9"');
  });

  test('broken encodings are no names', () => {
    for (const name of ['&ACE-', '&', 'a&b', '\xe9', '&AC4-&AC4-'])
      assert.equal(decodeName(name, false), undefined, name);
    for (const name of ['\xff', '\xc0\xaf', '\xed\xa0\x80'])
      assert.equal(decodeName(name, true), undefined, name);
  });

  test('names that a Maildir cannot hold, or that mean something else, are refused', () => {
    for (const name of [
      '..',
      '../x',
      'a/../../b',
      '.',
      '.qmail',
      'cur',
      'a.tmp',
      'a..b',
      'a.',
      ' a',
      'a%',
      'a*b',
      'x.inbox',
      'a\0b',
      'a\r\nb',
      'x'.repeat(300),
      '\ud800',
    ])
      assert.notEqual(refuseName(name), undefined, JSON.stringify(name));
    for (const name of ['a', 'Projects.Alpha', 'Résumé', '日本', 'a~b', 'Trash'])
      assert.equal(refuseName(name), undefined, name);
  });

  test('patterns: * is anything, % is anything within a level', () => {
    const table: [string, string, boolean][] = [
      ['INBOX', '*', true],
      ['INBOX', 'inbox', true],
      ['A.B', '%', false],
      ['A.B', '*', true],
      ['A.B', 'A.%', true],
      ['A.B.C', 'A.%', false],
      ['A.B.C', 'A.%.%', true],
      ['A.B.C', '%*C', true],
      ['ab', 'A', false],
      ['INBOX.x', 'Inbox.%', true],
      ['a'.repeat(250), `${'*a'.repeat(120)}b`, false],
    ];
    for (const [name, pattern, isMatch] of table)
      assert.equal(matchesPattern(name, pattern), isMatch, `${name} ${pattern}`);
  });

  test("IMAP URLs name messages of one's own only", () => {
    assert.deepEqual(parseImapUrl('/INBOX;UIDVALIDITY=38/;UID=20/;SECTION=1.2'), {
      mailbox: 'INBOX',
      uidValidity: 38,
      uid: 20,
      section: '1.2',
      partial: undefined,
    });
    assert.equal(parseImapUrl('/A%20B/;UID=1')?.mailbox, 'A B');
    for (const url of [
      'imap://host/INBOX/;UID=1',
      '//host/INBOX/;UID=1',
      '/INBOX',
      '',
      '/%zz/;UID=1',
      '/INBOX/;UID=1;URLAUTH=anonymous:internal:x',
    ])
      assert.equal(parseImapUrl(url), undefined, url);
  });
});
