// Base subjects, SORT and THREAD (RFC 5256, RFC 5957) over hand-made keys; loops and floods.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SortFacts } from '../../server/mailbox/uid-types.ts';
import { readBaseSubject } from '../../server/message/imap/base-subject.ts';
import { foldCase, octetOrderKey } from '../../server/message/imap/casemap.ts';
import type { SortCriterion, SortRow } from '../../server/message/imap/sort.ts';
import { formatThreads, type ThreadAlgorithm, threadMessages } from '../../server/message/imap/thread.ts';
import { sortMessages } from '../support/imap-sort.ts';

/** `facts.sent` counts in minutes; 0: no date. */
function row(uid: number, facts: Partial<SortFacts> = {}, others: Partial<SortRow> = {}): SortRow {
  const empty = { from: '', to: '', cc: '', displayFrom: '', displayTo: '', messageId: '', references: [] };
  const subject = { baseSubject: '', isReply: false };
  return {
    uid,
    received: uid,
    size: 0,
    ...others,
    facts: { ...empty, ...subject, ...facts, sent: (facts.sent ?? uid) * 60_000 },
  };
}

const thread = async (rows: readonly SortRow[], algorithm: ThreadAlgorithm): Promise<string> =>
  formatThreads(await threadMessages(rows, algorithm), (uid) => uid);

/** A message by its identifier, those it refers to, and a subject: `Re: x` is a reply. */
function letter(uid: number, id: string, references = '', subject = ''): SortRow {
  const { base, isReply } = readBaseSubject(subject);
  return row(uid, {
    messageId: id,
    references: references.split(' ').filter((one) => one !== ''),
    baseSubject: foldCase(base),
    isReply,
  });
}

describe('the base subject', () => {
  const cases: readonly [string, string, boolean][] = [
    ['hello', 'hello', false],
    ['  hello \t world  ', 'hello world', false],
    ['Re: hello', 'hello', true],
    ['RE : FW: Fwd :hello', 'hello', true],
    ['Re[2]: hello', 'hello', true],
    ['Re [a] : hello', 'hello', true],
    ['[list] Re: [list] hello', 'hello', true],
    ['[a][b] hello', 'hello', false],
    ['[a] [b]', '[b]', false],
    ['[a]', '[a]', false],
    ['hello (fwd) (FWD) ', 'hello', true],
    ['[fwd: hello]', 'hello', true],
    ['[Fwd: Re: [fwd: hello (fwd)]]', 'hello', true],
    ['[fwd: hello', '[fwd: hello', false],
    ['Reply: hello', 'Reply: hello', false],
    ['Re', 'Re', false],
    ['Re:', '', true],
    ['', '', false],
    ['(fwd)', '', true],
    ['hello (fwd', 'hello (fwd', false],
    ['[a[b] hello', '[a[b] hello', false],
    ['fw: [x] re: y', 'y', true],
  ];
  for (const [subject, base, isReply] of cases)
    it(`of ${JSON.stringify(subject)} is ${JSON.stringify(base)}${isReply ? ', a reply' : ''}`, () =>
      assert.deepEqual(readBaseSubject(subject), { base, isReply }));
  it('of a flood of marks is found in time', () => {
    for (const flood of ['[a]', 're:', '[', '[fwd:', '(fwd)', 're [', ' ']) {
      const begun = process.cpuUsage();
      readBaseSubject(flood.repeat(200_000));
      assert.ok(process.cpuUsage(begun).user < 500_000, flood);
    }
  });
});

describe('i;unicode-casemap', () => {
  it('makes case and composed letters equal', () => {
    assert.equal(foldCase('Jo\u0308rg'), foldCase('J\u00d6RG'));
    assert.equal(foldCase('\u0133\uff21'), 'IJA');
    assert.equal(foldCase('stra\u00dfe'), foldCase('STRASSE'));
    assert.notEqual(foldCase('resume'), foldCase('r\u00e9sum\u00e9'));
  });
  it('orders as UTF-8 does', () => {
    const texts = ['a', '\u00e4', '\ud7ff', '\ue000', '\uffee', '\u{10000}', '\u{10ffff}'];
    const keys = texts.map(octetOrderKey);
    assert.deepEqual([...keys].sort(), keys);
  });
});

describe('SORT', () => {
  const by = (text: string): SortCriterion[] => {
    const words = text.split(' ');
    return words.flatMap((word, i) =>
      word === 'REVERSE'
        ? []
        : [{ key: word as SortCriterion['key'], isReverse: words[i - 1] === 'REVERSE' }],
    );
  };
  const rows = [
    row(1, { sent: 30, from: 'B', cc: 'X', baseSubject: 'TWO', displayFrom: 'Y' }, { received: 3, size: 10 }),
    row(2, { sent: 20, from: 'A', to: 'Z', baseSubject: 'ONE', displayTo: 'A' }, { received: 1, size: 30 }),
    row(
      3,
      { sent: 0, from: 'A', to: 'B', baseSubject: 'TWO', displayTo: 'B' },
      { received: 25 * 60_000, size: 20 },
    ),
  ];
  const cases: readonly [string, number[]][] = [
    ['ARRIVAL', [2, 1, 3]],
    ['REVERSE ARRIVAL', [3, 1, 2]],
    ['DATE', [2, 3, 1]],
    ['SIZE', [1, 3, 2]],
    ['FROM', [2, 3, 1]],
    ['REVERSE FROM', [1, 2, 3]],
    ['FROM REVERSE SIZE', [2, 3, 1]],
    ['SUBJECT REVERSE DATE', [2, 1, 3]],
    ['TO', [1, 3, 2]],
    ['CC', [2, 3, 1]],
    ['DISPLAYFROM', [2, 3, 1]],
    ['DISPLAYTO', [1, 2, 3]],
  ];
  for (const [criteria, expected] of cases)
    it(`by ${criteria}`, async () => assert.deepEqual(await sortMessages(rows, by(criteria)), expected));
  it('of a hundred thousand gives the event loop its turn, and the right order', async () => {
    const many = Array.from({ length: 100_000 }, (_, i) =>
      row(i + 1, { baseSubject: `SUBJECT ${(i * 7_919) % 1_009}`, from: `F${i % 17}` }),
    );
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    const sorted = await sortMessages(many, by('SUBJECT REVERSE FROM'));
    clearInterval(timer);
    const expected = [...many].sort((a, b) => {
      const [x, y] = [a.facts, b.facts];
      if (x.baseSubject !== y.baseSubject) return x.baseSubject < y.baseSubject ? -1 : 1;
      return x.from === y.from ? 0 : x.from < y.from ? 1 : -1;
    });
    assert.deepEqual(
      sorted,
      expected.map(({ uid }) => uid),
    );
    assert.ok(turns > 3, `${turns} turns`);
  });
});

describe('THREAD', () => {
  it('ORDEREDSUBJECT puts all of a subject under its first, threads by their first', async () => {
    const rows = [
      letter(1, '', '', 'b'),
      letter(2, '', '', 'a'),
      letter(3, '', '', 'Re: b'),
      letter(4, '', '', 'b'),
    ];
    assert.equal(await thread(rows, 'ORDEREDSUBJECT'), '(1 (3)(4))(2)');
    assert.equal(await thread(rows.slice(0, 3), 'ORDEREDSUBJECT'), '(1 3)(2)');
  });
  const cases: readonly [string, readonly SortRow[], string, string?][] = [
    [
      'puts an answer under what it answers',
      [letter(1, 'a'), letter(2, 'b', 'a'), letter(3, 'c', 'a b')],
      '(1 2 3)',
    ],
    [
      'gives siblings in the order of their dates',
      [letter(1, 'a'), row(2, { messageId: 'b', references: ['a'], sent: 9 }), letter(3, 'c', 'a')],
      '(1 (3)(2))',
    ],
    [
      'keeps answers to a message that is not here together',
      [letter(1, 'b', 'a'), letter(2, 'c', 'a')],
      '((1)(2))',
    ],
    ['leaves out what is not here between two that are', [letter(1, 'a'), letter(2, 'c', 'a b')], '(1 2)'],
    ['of a message not here with one answer tells the answer', [letter(1, 'b', 'a')], '(1)'],
    [
      'finds the way when answers come first',
      [letter(1, 'c', 'a b'), letter(2, 'b', 'a'), letter(3, 'a')],
      '(3 2 1)',
    ],
    ['does not follow a loop', [letter(1, 'a', 'c'), letter(2, 'b', 'a'), letter(3, 'c', 'b')], '(3 1 2)'],
    ['takes no message for its own parent', [letter(1, 'a', 'a'), letter(2, 'b', 'a')], '(1 2)'],
    [
      'of two with one identifier threads the second by what it refers to',
      [letter(1, 'a'), letter(2, 'a'), letter(3, 'b', 'a')],
      '(1 3)(2)',
      '(2)(1 3)',
    ],
    [
      'believes a message about its own parent',
      [letter(1, 'x', 'a b'), letter(2, 'a'), letter(3, 'b')],
      '(2)(3 1)',
    ],
    [
      'joins by subject what no reference joins, in REFERENCES only',
      [letter(1, 'a', '', 'x'), letter(2, 'b', '', 'Re: x'), letter(3, 'c', '', 'y')],
      '(1 2)(3)',
      '(1)(2)(3)',
    ],
    [
      'puts two of a subject side by side when neither answers',
      [letter(1, 'a', '', 'x'), letter(2, 'b', '', 'x'), letter(3, 'c', '', 'Re: x')],
      '((1)(2)(3))',
      '(1)(2)(3)',
    ],
    [
      'puts two answers side by side when what they answer is not here',
      [letter(1, 'a', '', 'Re: x'), letter(2, 'b', '', 'Re: x')],
      '((1)(2))',
      '(1)(2)',
    ],
    [
      'puts an older answer under what it answers',
      [letter(1, 'a', '', 'Re: x'), letter(2, 'b', '', 'x')],
      '(2 1)',
      '(1)(2)',
    ],
    [
      'joins two that miss their beginning',
      [
        letter(1, 'a1', 'a', 'Re: x'),
        letter(2, 'a2', 'a', 'Re: x'),
        letter(3, 'b1', 'b', 'x'),
        letter(4, 'b2', 'b', 'x'),
      ],
      '((1)(2)(3)(4))',
      '((1)(2))((3)(4))',
    ],
    ['does not join by an empty subject', [letter(1, 'a'), letter(2, 'b')], '(1)(2)'],
  ];
  for (const [name, rows, references, refs] of cases)
    it(`REFERENCES ${name}`, async () => {
      assert.equal(await thread(rows, 'REFERENCES'), references);
      assert.equal(await thread(rows, 'REFS'), refs ?? references);
    });
  it('REFS orders threads by their newest message', async () => {
    const rows = [letter(1, 'a'), letter(2, 'b'), letter(3, 'c', 'a')];
    assert.equal(await thread(rows, 'REFS'), '(2)(1 3)');
    assert.equal(await thread(rows, 'REFERENCES'), '(1 3)(2)');
  });
  it('is nothing for no messages', async () => {
    for (const algorithm of ['ORDEREDSUBJECT', 'REFERENCES', 'REFS'] as const)
      assert.equal(await thread([], algorithm), '');
  });

  const count = 40_000;
  const floods: readonly [string, (i: number) => SortRow][] = [
    ['a chain as long as the folder', (i) => letter(i + 1, `m${i}`, i === 0 ? '' : `m${i - 1}`)],
    ['the same chain with the newest first', (i) => letter(i + 1, `m${i}`, `m${i + 1}`)],
    ['all answers to one', (i) => letter(i + 1, `m${i}`, 'm0')],
    ['one loop through all', (i) => letter(i + 1, `m${i}`, `m${(i + 1) % count}`)],
    [
      'references at random',
      (i) => letter(i + 1, `m${i}`, [3, 7, 11].map((k) => `m${(i * k * 7_919) % count}`).join(' ')),
    ],
    [
      'references to nobody',
      (i) => letter(i + 1, `m${i}`, [1, 2, 3, 4, 5, 6].map((k) => `x${i}-${k}`).join(' ')),
    ],
    ['one subject', (i) => letter(i + 1, `m${i}`, '', 'Re: the same')],
    [
      'two words that contradict each other',
      (i) => letter(i + 1, `m${i}`, i % 2 === 0 ? `m${i + 1} m${i + 2}` : `m${i - 1}`),
    ],
  ];
  for (const [name, make] of floods)
    it(`of ${name} holds every message once and ends in time`, async () => {
      const rows = Array.from({ length: count }, (_, i) => make(i));
      const begun = process.cpuUsage();
      const text = await thread(rows, 'REFERENCES');
      const { user } = process.cpuUsage(begun);
      const numbers = text.match(/\d+/g)!.map(Number);
      assert.equal(numbers.length, count);
      assert.equal(new Set(numbers).size, count);
      assert.ok(user < 5_000_000, `${user / 1_000} ms`);
    });
});
