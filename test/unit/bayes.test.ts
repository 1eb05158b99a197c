// The learning filter: what tokens a letter has, how they are counted and put together, and what it does with letters that
// are made to hurt it.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { chiSquaredTail, combine, estimate } from '../../mta/trust/bayes/classify.ts';
import { Counts, mostSlots } from '../../mta/trust/bayes/counts.ts';
import { Filter, largestFilter } from '../../mta/trust/bayes/filter.ts';
import { changeFilter, createFilterReader, readFilter } from '../../mta/trust/bayes/filter-file.ts';
import { readHtml } from '../../mta/trust/bayes/html.ts';
import { readLetter } from '../../mta/trust/bayes/letter.ts';
import { tokenizeLetter, tokenLimit } from '../../mta/trust/bayes/tokens.ts';
import { makeJunkLine, readMarks } from '../../mta/trust/junk-fields.ts';
import { makeLetters } from '../support/junk-letters.ts';

const day = 20_000;

function teach(filter: Filter, seed: number, ofEach: number): Filter {
  for (const { bytes, isJunk } of makeLetters(seed, ofEach))
    filter.learn(bytes, isJunk ? 'junk' : 'good', day);
  return filter;
}

describe('a letter is read', () => {
  it('through its encodings, charsets and parts', () => {
    const letter = [
      'From: =?utf-8?q?J=C3=BCrgen?= <j@example.org>',
      'Content-Type: multipart/mixed; boundary="x;y"',
      '',
      'preamble',
      '--x;y',
      'Content-Type: text/plain; charset=iso-8859-1',
      'Content-Transfer-Encoding: quoted-printable',
      '',
      'gr=FC=',
      'n',
      '--x;y',
      'Content-Type: text/html',
      'Content-Transfer-Encoding: base64',
      '',
      Buffer.from('<p>vi<!-- no -->ta&amp;min<a href="https://shop.example.com/x">go</a></p>').toString(
        'base64',
      ),
      '--x;y',
      'Content-Type: application/octet-stream; name="a.exe"',
      '',
      'MZ',
      '--x;y--',
    ].join('\n');
    const read = readLetter(Buffer.from(letter));
    assert.match(read.text, /grün/);
    assert.match(read.text, /vita&min/);
    assert.deepEqual(read.links, ['https://shop.example.com/x']);
    assert.ok(read.marks.includes('file:.exe'));
    const tokens = new Set(tokenizeLetter(Buffer.from(letter)));
    for (const token of [
      'from:jürgen',
      'from:@example.org',
      'grün',
      'link:shop.example.com',
      'type:multipart/mixed',
    ])
      assert.ok(tokens.has(token), token);
    assert.ok(!tokens.has('preamble'));
    assert.deepEqual(tokenizeLetter(Buffer.from(letter.replaceAll('\n', '\r\n'))), [...tokens]);
  });

  it('without what our own delivery and filters wrote on it', () => {
    const plain = 'Subject: hello there\n\nhow are you\n';
    const marked = `Return-Path: <x@y>\nDelivered-To: b@c\nX-Facteur-Junk: junk; score=1; words=\nX-Spam-Flag: YES\n${plain}`;
    assert.deepEqual(tokenizeLetter(Buffer.from(marked)), tokenizeLetter(Buffer.from(plain)));
  });

  it('of scripts that have no spaces in pairs of characters', () => {
    const tokens = tokenizeLetter(Buffer.from('Content-Type: text/plain; charset=utf-8\n\n東京都庁\n'));
    for (const pair of ['東京', '京都', '都庁']) assert.ok(tokens.includes(pair), pair);
  });

  it('without scripts and styles of HTML', () => {
    assert.equal(readHtml('<style>p{}</style>a<script>b<c</script>d < e').text, 'ad < e');
  });
});

describe('hostile letters', () => {
  const head = 'From: x@example.com\nContent-Type: text/html\n\n';
  const many = (text: string, times: number): Buffer => Buffer.from(head + text.repeat(times));
  const letters: Readonly<Record<string, () => Buffer>> = {
    'of 1,000,000 different words': () =>
      Buffer.from(head + Array.from({ length: 1_000_000 }, (_, at) => `w${at.toString(36)}`).join(' ')),
    'of one line of 50 MB': () => Buffer.concat([Buffer.from(head), Buffer.alloc(50e6, 'a')]),
    'of opening signs only': () => many('<', 600_000),
    'of tags that never end': () => many('<a ', 200_000),
    'of comments that never end': () => many('<!--', 150_000),
    'of dots': () => many('.', 600_000),
    'of boundaries': () =>
      Buffer.from(`Content-Type: multipart/mixed; boundary=b\n\n${'--b\n\n'.repeat(120_000)}`),
    'of parts in parts': () =>
      Buffer.from(
        Array.from(
          { length: 3000 },
          (_, at) => `Content-Type: multipart/mixed; boundary=b${at}\n\n--b${at}\n`,
        ).join(''),
      ),
    'of 100,000 header fields': () => Buffer.from('X-A: b\n'.repeat(100_000)),
    'of one folded field': () => Buffer.from(`Subject: a\n${' b\n'.repeat(200_000)}\n`),
    'of encoded words': () => Buffer.from(`Subject: ${'=?utf-8?q?=41?= '.repeat(30_000)}\n\n`),
    'of entities': () => many('&#65', 150_000),
    'of bytes 0': () => Buffer.concat([Buffer.from(head), Buffer.alloc(600_000)]),
    'of nothing': () => Buffer.alloc(0),
  };
  for (const [name, make] of Object.entries(letters))
    it(`${name} give bounded tokens in bounded time`, () => {
      const letter = make();
      const before = process.cpuUsage();
      const tokens = tokenizeLetter(letter);
      const { user, system } = process.cpuUsage(before);
      assert.ok(tokens.length <= tokenLimit, String(tokens.length));
      assert.ok(tokens.every((token) => token.length < 300));
      // Some 30 ms on the machine this was written on.
      assert.ok(user + system < 1_500_000, `${user + system} microseconds`);
    });
});

describe('counts and probabilities', () => {
  it('chi-squared has the values of the tables', () => {
    assert.ok(Math.abs(chiSquaredTail(3.841, 2) - Math.exp(-3.841 / 2)) < 1e-12);
    assert.ok(Math.abs(chiSquaredTail(18.307, 10) - 0.05) < 1e-4);
    assert.ok(Math.abs(chiSquaredTail(124.342, 100) - 0.05) < 1e-4);
    assert.ok(chiSquaredTail(5000, 300) < 1e-100);
  });

  it('strong clues of one kind are that kind, of both kinds unsure, none is the middle', () => {
    assert.equal(combine([]), 0.5);
    assert.ok(combine(Array(20).fill(0.95)) > 0.999);
    assert.ok(combine(Array(20).fill(0.05)) < 0.001);
    assert.ok(Math.abs(combine([...Array(20).fill(0.99), ...Array(20).fill(0.01)]) - 0.5) < 0.01);
  });

  it('a token that nobody saw says nothing, and one that was seen once little', () => {
    const learned = { junk: 100, good: 900 };
    assert.equal(estimate({ junk: 0, good: 0 }, learned), 0.5);
    const once = estimate({ junk: 1, good: 0 }, learned);
    assert.ok(once > 0.7 && once < estimate({ junk: 20, good: 0 }, learned));
    // As frequent in either kind, whatever was learned more of.
    assert.ok(Math.abs(estimate({ junk: 10, good: 90 }, learned) - 0.5) < 1e-9);
  });

  it('the table stays within its bounds, and keeps what is often and what is new', () => {
    const counts = new Counts([1, 2]);
    for (let i = 0; i < 5000; i++) counts.change(`often${i}`, 'good', 8, day);
    for (let i = 0; i < 200_000; i++) counts.change(`old${i}`, 'junk', 1, day);
    for (let i = 0; i < 60_000; i++) counts.change(`new${i}`, 'junk', 1, day + 90);
    assert.equal(counts.words.length, mostSlots * 4);
    assert.ok(counts.size <= mostSlots * 0.75);
    const kept = (name: string, of: number): number =>
      Array.from({ length: of }, (_, i) => counts.read(`${name}${i}`)).filter(
        ({ junk, good }) => junk + good > 0,
      ).length;
    assert.equal(kept('often', 5000), 5000);
    assert.equal(kept('new', 60_000), 60_000);
    assert.ok(kept('old', 200_000) < 120_000);
  });
});

describe('the filter', () => {
  it('finds junk it never saw after learning some, and takes no good letter for it', () => {
    const filter = teach(new Filter(), 1, 150);
    const letters = makeLetters(2, 300);
    const junk = letters.filter(({ isJunk, bytes }) => isJunk && filter.judge(bytes)?.isJunk);
    const wrong = letters.filter(({ isJunk, bytes }) => !isJunk && filter.judge(bytes)?.isJunk);
    assert.ok(junk.length >= 0.97 * 300, `${junk.length} of 300`);
    assert.equal(wrong.length, 0);
    const [first] = junk;
    assert.ok((filter.judge(first!.bytes)?.words.length ?? 0) > 0);
  });

  it('says nothing before it knows thirty of each kind', () => {
    const filter = teach(new Filter(), 1, 29);
    const [more] = makeLetters(5, 1);
    assert.equal(filter.judge(more!.bytes), undefined);
    teach(filter, 6, 1);
    assert.notEqual(filter.judge(more!.bytes), undefined);
  });

  it('learns a letter once, and takes it back when its reader thinks otherwise', () => {
    const filter = teach(new Filter(), 1, 40);
    const [letter] = makeLetters(7, 1);
    assert.equal(filter.learn(letter!.bytes, 'junk', day), true);
    assert.equal(filter.learn(letter!.bytes, 'junk', day), false);
    assert.equal(filter.knows(letter!.bytes), 'junk');
    assert.deepEqual(filter.letters, { junk: 41, good: 40 });
    assert.equal(filter.learn(letter!.bytes, 'good', day), true);
    assert.equal(filter.knows(letter!.bytes), 'good');
    assert.deepEqual(filter.letters, { junk: 40, good: 41 });
  });

  it('forgets what it learned and keeps its owner’s choices', () => {
    const filter = teach(new Filter(), 1, 30);
    filter.use = 'no';
    filter.strictness = 'careful';
    filter.forget();
    assert.deepEqual(filter.letters, { junk: 0, good: 0 });
    const again = Filter.read(filter.write());
    assert.equal(again?.use, 'no');
    assert.equal(again?.strictness, 'careful');
  });

  it('is the same after its file was written and read, and a damaged file is none', () => {
    const filter = teach(new Filter(), 1, 40);
    const file = filter.write();
    assert.ok(file.length <= largestFilter);
    const again = Filter.read(file)!;
    const [letter] = makeLetters(9, 1);
    assert.deepEqual(again.judge(letter!.bytes), filter.judge(letter!.bytes));
    assert.deepEqual(again.letters, filter.letters);
    const damaged = Buffer.from(file);
    damaged[5000]! ^= 1;
    assert.equal(Filter.read(damaged), undefined);
    assert.equal(Filter.read(file.subarray(0, -4)), undefined);
    assert.equal(Filter.read(Buffer.from('FacteurJ')), undefined);
    // What its letters said cannot be read in it.
    assert.ok(!file.includes('casino') && !file.includes('example'));
  });
});

describe('the file of the filter', () => {
  const owner = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };

  it('is its owner’s alone, changes whole, and two who learn at once lose nothing', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'facteur-bayes-'));
    try {
      const letters = makeLetters(1, 4);
      await Promise.all(
        letters.map(({ bytes, isJunk }) =>
          changeFilter(directory, owner, (filter) => filter.learn(bytes, isJunk ? 'junk' : 'good', day)),
        ),
      );
      assert.deepEqual((await readFilter(directory, owner)).letters, { junk: 4, good: 4 });
      assert.equal((await stat(join(directory, 'facteur-junk'))).mode & 0o777, 0o600);
      const reader = createFilterReader();
      const first = await reader.read(directory, owner);
      assert.equal(await reader.read(directory, owner), first);
      await changeFilter(directory, owner, (filter) => {
        filter.use = 'no';
        return true;
      });
      assert.equal((await reader.read(directory, owner))?.use, 'no');
      await writeFile(join(directory, 'facteur-junk'), 'nothing of ours');
      assert.deepEqual((await reader.read(directory, owner))?.letters, { junk: 0, good: 0 });
      assert.equal((await readFile(join(directory, 'facteur-junk'), 'latin1')).length, 15);
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});

describe('the fields that say what was thought of a letter', () => {
  const ours = 'Return-Path: <a@b>\nDelivered-To: bob@example.org\n';
  const queue = 'Received: (qmail 17 invoked from network); 1 Jan 2026 00:00:00 -0000\n';
  const door = 'Received: from x (x [192.0.2.1])\n  by mx with SMTP; 1 Jan 2026 00:00:00 -0000\n';
  const verdict =
    'X-Facteur-Verdict: junk; score=6.1; spf=fail (example.org) 2.0;\n dnsbl=listed (zen) 3.0\n';

  it('are read in words', () => {
    assert.deepEqual(readMarks(Buffer.from(`${ours}${queue}${verdict}${door}\n`)).verdict, {
      outcome: 'junk',
      score: 6.1,
      findings: [
        { check: 'spf', result: 'fail', words: 'example.org', score: 2 },
        { check: 'dnsbl', result: 'listed', words: 'zen', score: 3 },
      ],
    });
    const line = makeJunkLine(0.987, ['casino', 'grün', 'a,b;c']);
    assert.deepEqual(readMarks(Buffer.from(`${ours}${line}${queue}\n`)).words, ['casino', 'grün', 'a,b;c']);
  });

  it('are not believed where a stranger may have put them', () => {
    const line = makeJunkLine(1, ['x']);
    assert.equal(readMarks(Buffer.from(`${ours}${queue}${line}\n`)).words, undefined);
    assert.equal(readMarks(Buffer.from(`${ours}${queue}${door}${door}${verdict}\n`)).verdict, undefined);
    assert.equal(readMarks(Buffer.from(`${ours}${queue}${door}\n${verdict}`)).verdict, undefined);
    assert.equal(readMarks(Buffer.from('X-Facteur-Verdict: maybe; x\n\n')).verdict, undefined);
  });
});
