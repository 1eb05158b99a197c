// The archive of a mailing list: hashes, index lines and thread files as ezmlm-idx 7 writes them (the bytes below were
// written by its programs), subjects and authors of letters as people send them, what is asked of an archive, digests.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { authorAddress, authorName } from '../../mta/lists/archive/author.ts';
import { rangeOfGet, rangeOfIndex, readAskedPosts } from '../../mta/lists/archive/get-range.ts';
import { hashAuthor, hashText } from '../../mta/lists/archive/hashes.ts';
import { makeIndexLines, monthOf, type PostFields, readIndex } from '../../mta/lists/archive/index-lines.ts';
import { decodeWords, joinLines, trimSubject } from '../../mta/lists/archive/subject.ts';
import {
  countPosts,
  makeThread,
  makeThreads,
  updateGroupFile,
  updateMonthFile,
} from '../../mta/lists/archive/threads.ts';
import { isDigestDue } from '../../mta/lists/archive/tstdig.ts';

/** archive/0/index of five posts, by ezmlm-send 7.2.2. */
const index = `1: dfodpbocdclnkdhkjgog First subject
	23 Nov 2026 10:00:01 -0000;fjfjlnenbckldocelpeb Ann Author
2: dfodpbocdclnkdhkjgog Re: First subject
	23 Nov 2026 11:00:01 -0000;ccdkojikfiehlcgliidk Bob, B.
3: ippneelcdadicjnoogji Gr\xc3\xbc\xc3\x9fe
	1 Dec 2026 11:00:01 -0000;ibmkkefmdlclmdbcbalk Carl C
4: dfodpbocdclnkdhkjgog Re: First subject
	2 Dec 2026 11:00:01 -0000;lkgamhgofdjlgomodake ann.a.example
5: abgbpcehkblbadijpepd${' '}
	2 Dec 2026 12:00:01 -0000;abgbpcehkblbadijpepd${' '}
`;
const posts: readonly PostFields[] = [
  { subject: ' First subject', from: ' Ann Author <ann@a.example>', received: '23 Nov 2026 10:00:01 -0000' },
  {
    subject: ' Re: [friends] First subject',
    from: ' "Bob, B." <bob-tag@b.example>',
    received: '23 Nov 2026 11:00:01 -0000',
  },
  {
    subject: ' =?utf-8?Q?Gr=C3=BC=C3=9Fe?=',
    from: ' carl@c.example (Carl C)',
    received: '1 Dec 2026 11:00:01 -0000',
  },
  { subject: ' AW: First subject -Reply', from: ' ann@a.example', received: '2 Dec 2026 11:00:01 -0000' },
  { subject: ' ', from: ' ', received: '2 Dec 2026 12:00:01 -0000' },
];

describe('the index', () => {
  test('has the bytes that ezmlm writes', () => {
    assert.equal(posts.map((post, i) => makeIndexLines(i + 1, post, '[friends]')).join(''), index);
  });

  test('is read back, also one without authors; lines that are none are left out', () => {
    const [first, second] = readIndex(index);
    assert.deepEqual(
      [first?.number, first?.month, second?.subject, second?.author],
      [1, 202611, 'dfodpbocdclnkdhkjgog Re: First subject', 'ccdkojikfiehlcgliidk Bob, B.'],
    );
    const old = readIndex(
      '7 dfodpbocdclnkdhkjgog Old\njunk\n0: x\n9: dfodpbocdclnkdhkjgog New\n\tno author\n',
    );
    assert.deepEqual(
      old.map(({ number, subject, author, month }) => [number, subject, author, month]),
      [
        [7, 'dfodpbocdclnkdhkjgog Old', undefined, 0],
        [9, 'dfodpbocdclnkdhkjgog New', undefined, 0],
      ],
    );
  });

  test('hashes do not ask for case and blanks, nor for what follows a dash in an address', () => {
    assert.equal(hashText('first SUBJECT'), hashText('First  subject'));
    assert.equal(hashAuthor('<joe-list@x.org>'), hashAuthor('Joe <joe-other@x.org> (home)'));
    assert.notEqual(hashAuthor('<joe@x.org>'), hashAuthor('<jim@x.org>'));
  });

  test('months are those of the date in the index', () => {
    for (const [date, month] of [
      ['23 Nov 2026 10:00:01 -0000', 202611],
      ['Jan 99', 9901],
      ['32 Foo 2026', 0],
      ['', 0],
    ] as const)
      assert.equal(monthOf(date), month, date);
  });
});

describe('subjects', () => {
  test('lose marks of answers and the prefix of the list', () => {
    const table: readonly (readonly [string, string, string, boolean, boolean])[] = [
      ['Re: x', '', 'x', true, false],
      ['RE: Fwd: AW: x', '', 'RE: Fwd: AW: x'.slice(13), true, false],
      ['Re[2]: x', '', 'x', true, false],
      ['Re^12: x', '', 'x', true, false],
      ['Antwort: x', '', 'Antwort: x', false, false],
      ['a: x', '', 'a: x', false, false],
      ['x - y', '', 'x - y', false, false],
      ['x -Reply', '', 'x', true, false],
      ['[l 12] Re: [l 7] x', '[l #]', 'x', true, true],
      ['[l]x', '[ l ]', 'x', false, true],
      ['[l] x', '#', '[l] x', false, false],
      ['', '[l]', '', false, false],
    ];
    for (const [subject, prefix, text, isReply, hasPrefix] of table)
      assert.deepEqual(trimSubject(subject, prefix), { text, isReply, hasPrefix }, subject);
  });

  test('are one line of decoded bytes, whatever is in them', () => {
    assert.equal(joinLines(' a\n\tb  \n c\n'), 'a b c');
    assert.equal(decodeWords('=?utf-8?q?a_b?=  =?utf-8?b?Yw==?= d'), 'a bc d');
    assert.equal(decodeWords('=?x?z?abc?= =?broken'), '=?x?z?abc?= =?broken');
    assert.equal(trimSubject('=?utf-8?Q?a=0Ab=00c?=', '').text, 'a b c');
    const long = `Re: ${'Re: '.repeat(20_000)}x`;
    const started = performance.now();
    assert.equal(trimSubject(long, '[l #]').text, 'x');
    assert.ok(performance.now() - started < 1000);
  });
});

test('an author has a name that is no address, and an address when there is one', () => {
  const table: readonly (readonly [string, string, string])[] = [
    ['Ann Author <ann@a.example>', 'Ann Author', 'ann@a.example'],
    ['"Author, \\"Ann\\"" <ann@a.example>', 'Author, \\"Ann\\"', 'ann@a.example'],
    ['ann@a.example (Ann (the first))', 'Ann (the first)', 'ann@a.example'],
    ['ann@a.example', 'ann.a.example', 'ann@a.example'],
    ['<ann@a.example>', 'ann.a.example', 'ann@a.example'],
    ['=?utf-8?q?=C3=84nn?= <ann@a.example>', '\xc3\x84nn', 'ann@a.example'],
    ['"x@evil.example" <ann@a.example>', 'x.evil.example', 'ann@a.example'],
    ['nobody', 'nobody', ''],
    ['', '', ''],
    ['((((', '((((', ''],
  ];
  for (const [from, name, address] of table) {
    assert.equal(authorName(from), name, from);
    assert.equal(authorAddress(from), address, from);
  }
});

describe('threads', () => {
  const threads = makeThreads(readIndex(index), 1, 5);

  test('files of months, subjects and authors have the bytes that ezmlm-archive writes', () => {
    const counts = countPosts(threads);
    assert.deepEqual(
      threads.months.map(({ month }, i) => [month, updateMonthFile('', threads, i, counts)]),
      [
        [202611, '4:dfodpbocdclnkdhkjgog [3] First subject\n'],
        [
          202612,
          '4:dfodpbocdclnkdhkjgog [3] First subject\n3:ippneelcdadicjnoogji [1] Gr\xc3\xbc\xc3\x9fe\n5:abgbpcehkblbadijpepd [1] \n',
        ],
      ],
    );
    assert.equal(
      updateGroupFile('', threads.subjects[0]!, 1, ({ author }) => author),
      'dfodpbocdclnkdhkjgog First subject\n1:202611:fjfjlnenbckldocelpeb Ann Author\n2:202611:ccdkojikfiehlcgliidk Bob, B.\n4:202612:lkgamhgofdjlgomodake ann.a.example\n',
    );
    assert.equal(
      updateGroupFile('', threads.authors[1]!, 1, ({ thread }) => thread),
      'ccdkojikfiehlcgliidk Bob, B.\n2:202611:dfodpbocdclnkdhkjgog First subject\n',
    );
  });

  test('post by post they become what they are at once', () => {
    let month = '';
    let subject = '';
    for (let number = 1; number <= 4; number++) {
      const one = makeThreads(readIndex(index), number, number);
      if (one.months[0]?.month === 202612) month = updateMonthFile(month, one, 0, countPosts(one));
      const group = one.subjects.find(({ hash }) => hash === 'dfodpbocdclnkdhkjgog');
      if (group) subject = updateGroupFile(subject, group, number, ({ author }) => author);
    }
    assert.equal(
      subject,
      updateGroupFile('', threads.subjects[0]!, 1, ({ author }) => author),
    );
    assert.equal(
      month,
      '3:ippneelcdadicjnoogji [1] Gr\xc3\xbc\xc3\x9fe\n4:dfodpbocdclnkdhkjgog [1] Re: First subject\n',
    );
  });

  test('posts that the index lacks are one nameless thread; a thread by one of its posts has all of them', () => {
    const { posts: all, subjects } = makeThreads(readIndex(index), 5, 8);
    assert.deepEqual([all.length, subjects[1]?.posts.map(({ number }) => number)], [4, [6, 7, 8]]);
    const thread = makeThread(readIndex(index), 2, 1, 5);
    assert.deepEqual(
      thread?.subjects[0]?.posts.map(({ number, author }) => [number, author?.name]),
      [
        [1, 'Ann Author'],
        [2, 'Bob, B.'],
        [4, 'ann.a.example'],
      ],
    );
    assert.equal(makeThread(readIndex(index), 9, 1, 9), undefined);
  });
});

test('what is asked of an archive is put right', () => {
  const get = (text: string, newest: number, digested = 0) => {
    const { from, to } = rangeOfGet(readAskedPosts(text), newest, digested);
    return `${from}-${to}`;
  };
  for (const [text, newest, digested, range] of [
    ['', 500, 480, '480-500'],
    ['', 500, 0, '470-500'],
    ['', 10, 0, '1-10'],
    ['', 500, 100, '401-500'],
    ['.12', 500, 0, '12-12'],
    ['-12_20', 500, 0, '12-20'],
    ['v.12_20', 500, 0, '12-20'],
    ['.12_9999', 500, 0, '12-111'],
    ['.20_12', 500, 0, '20-20'],
    ['.999', 500, 0, '500-500'],
    ['.999_1', 500, 450, '420-500'],
    ['.0_5', 500, 0, '1-5'],
    ['.99999999999999999999', 500, 0, '500-500'],
    ['junk', 500, 0, '470-500'],
  ] as const)
    assert.equal(get(text, newest, digested), range, text);
  assert.equal(readAskedPosts('x.3').form, 'x');
  assert.deepEqual(rangeOfIndex(readAskedPosts(''), 350), { from: 250, to: 350 });
  assert.deepEqual(rangeOfIndex(readAskedPosts('.5'), 3), { from: 3, to: 3 });
  assert.deepEqual(rangeOfIndex(readAskedPosts('.1_99999'), 5000), { from: 1, to: 2001 });
});

test('a digest is due after so many hours, posts or kilobytes, and never for a limit of 0', () => {
  const limits = { hours: 48, posts: 30, kilobytes: 64 };
  const at = 1_000_000;
  const day = 86_400;
  assert.ok(isDigestDue(limits, [1, 1, 0], [0, 0, 0], at), 'there was none yet');
  assert.ok(!isDigestDue(limits, [29, 255, 0], [0, 0, at - day], at));
  assert.ok(isDigestDue(limits, [30, 0, 0], [0, 0, at - day], at));
  assert.ok(isDigestDue(limits, [1, 256, 0], [0, 0, at - day], at));
  assert.ok(isDigestDue(limits, [1, 1, 0], [0, 0, at - 2 * day], at));
  assert.ok(!isDigestDue({ hours: 0, posts: 0, kilobytes: 0 }, [999, 9999, 0], [0, 0, 0], at));
});
