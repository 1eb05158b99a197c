// How Sieve compares (RFC 5228 2.7, RFC 4790, RFC 5231, the regex draft): match types, comparators and relations, what is a
// match, which part stands for which wildcard; and that no pattern and no text make it slow.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matchWildcards, readWildcards } from '../../mta/sieve/matching/wildcards.ts';
import { Work } from '../../mta/sieve/work.ts';
import { actionsOf, everything, faultsOf, holds, runSieve, variableAfter } from '../support/sieve.ts';

const wildcards = (pattern: string, text: string): readonly string[] | undefined =>
  matchWildcards(readWildcards(pattern), text, text, new Work());

test('wildcards stand for as little as they can, from left to right (RFC 5229 3.2)', () => {
  for (const [pattern, text, found] of [
    ['', '', []],
    ['', 'a', undefined],
    ['*', '', ['']],
    ['*', 'abc', ['abc']],
    ['?', 'a', ['a']],
    ['?', '', undefined],
    ['?', 'ab', undefined],
    ['??', 'ab', ['a', 'b']],
    ['a*', 'abc', ['bc']],
    ['*c', 'abc', ['ab']],
    ['*b', 'abc', undefined],
    ['a*c', 'abcbc', ['bcb']],
    ['*b*', 'abcbd', ['a', 'cbd']],
    ['*b*c', 'abcbc', ['a', 'cb']],
    ['**', 'ab', ['', 'ab']],
    ['*?', 'ab', ['a', 'b']],
    ['?*', 'ab', ['a', 'b']],
    ['*?c*', 'abcc', ['a', 'b', 'c']],
    ['*a?c', 'abcaxc', ['abc', 'x']],
    ['\\*', '*', []],
    ['\\*', 'x', undefined],
    ['\\?\\\\\\*', '?\\*', []],
    ['a\\b', 'ab', []],
    ['*\\', 'a\\', ['a']],
    ['[*] *', '[list] hello', ['list', 'hello']],
    ['a*a', 'a', undefined],
    ['*aab', 'aaab', ['a']],
    ['?', '😀', ['😀']],
    ['*?', 'x😀', ['x', '😀']],
    ['ü?n', 'ümn', ['m']],
  ] as const)
    assert.deepEqual(wildcards(pattern, text), found, `${pattern} and ${text}`);
});

test('a pattern of any form costs no more than its length times a little, on a text of a megabyte', () => {
  const text = 'a'.repeat(1_000_000);
  for (const pattern of [
    `${'*a'.repeat(1000)}b`,
    `*${'a'.repeat(10_000)}b*`,
    '*'.repeat(60_000),
    `*${'a*'.repeat(30_000)}b`,
    `*${'ab'.repeat(5000)}*`,
  ]) {
    const start = process.cpuUsage();
    wildcards(pattern, text);
    assert.ok(process.cpuUsage(start).user < 500_000, pattern.slice(0, 20));
  }
  // What cannot be linear ends by its budget.
  assert.throws(() => wildcards(`*${'?'.repeat(5000)}b*`, text), /too much to do/);
});

test('match types and comparators', async () => {
  const letter = 'Subject: Frobnitzm\nX-A: abc\nX-B:\nX-N: 0042x\n\n';
  for (const [question, answer] of [
    // RFC 5228 2.7.1: the example of "frobnitzm".
    ['header :contains "subject" "frob"', true],
    ['header :contains "subject" ""', true],
    ['header :is "subject" "frob"', false],
    ['header :is "subject" "FROBNITZM"', true],
    ['header :matches "subject" "frob*"', true],
    ['header :matches "subject" "frob?itz?"', true],
    ['header :matches "subject" "frob"', false],
    ['header :comparator "i;octet" :is "subject" "frobnitzm"', false],
    ['header :comparator "i;octet" :contains "subject" "Frob"', true],
    ['header :is "x-none" ""', false],
    ['header :contains "x-none" ""', false],
    ['header :is "x-b" ""', true],
    ['header :matches "x-b" "*"', true],
    ['header :matches "x-b" "?"', false],
    ['header :is :comparator "i;ascii-numeric" "x-n" "42"', true],
    ['header :is :comparator "i;ascii-numeric" "x-n" "420"', false],
    ['header :is :comparator "i;ascii-numeric" "x-a" "none"', true],
    ['header :value "gt" :comparator "i;ascii-numeric" "x-n" "5"', true],
    ['header :value "gt" "x-n" "5"', false],
    ['header :value "lt" :comparator "i;ascii-numeric" "x-a" "99999999999999999999"', false],
    ['header :value "gt" :comparator "i;ascii-numeric" "x-a" "99999999999999999999"', true],
    ['header :value "eq" "x-a" "ABC"', true],
    ['header :value "ne" "x-a" "ABC"', false],
    ['header :value "ge" "x-a" "abb"', true],
    ['header :value "le" "x-a" "abb"', false],
    ['header :count "eq" :comparator "i;ascii-numeric" ["x-a", "x-b", "x-none"] "2"', true],
    ['header :count "gt" :comparator "i;ascii-numeric" ["x-a", "x-b"] "2"', false],
    ['header :count "lt" :comparator "i;ascii-numeric" ["x-a", "x-b"] ["1", "3"]', true],
  ] as const)
    assert.equal(await holds(question, { letter }), answer, question);
});

test('order by i;ascii-casemap is that of capitals (RFC 4790 9.2.1): a bracket is behind every letter', async () => {
  assert.equal(await holds('string :value "gt" "[" "z"'), true);
  assert.equal(await holds('string :comparator "i;octet" :value "gt" "[" "z"'), false);
  assert.equal(
    await holds('string :comparator "i;octet" :value "gt" "😀" "\uffee"'),
    true,
    'by octets, not by UTF-16',
  );
});

test('what does not go together is a fault', () => {
  for (const [question, fault] of [
    ['header :comparator "i;unknown" "a" "b"', /found the comparator "i;unknown"; expected one of i;octet/],
    [
      'header :comparator "i;ascii-numeric" :contains "a" "b"',
      /found :contains with the comparator i;ascii-numeric/,
    ],
    ['header :comparator "i;ascii-numeric" :matches "a" "b"', /expected :is, :value or :count/],
    ['header :value "gte" "a" "b"', /found "gte" behind :value; expected one of gt, ge, lt, le, eq, ne/],
    [`header :count "\${x}" "a" "b"`, /a string with variables/],
    ['header :value "gt" :is "a" "b"', /found the tag :is beside :value/],
    [
      'header :regex "a" "("',
      /found the regular expression "\("; expected a POSIX extended one: there is a \(/,
    ],
    ['header :regex "a" "(a)\\\\1"', /back references/],
  ] as const)
    assert.match(faultsOf(`${everything} if ${question} {}`)[0] ?? '', fault, question);
  assert.match(
    faultsOf('if header :comparator "i;ascii-numeric" "a" "b" {}')[0] ?? '',
    /expected require "comparator-i;ascii-numeric"/,
  );
  assert.match(faultsOf('if header :regex "a" "b" {}')[0] ?? '', /expected require "regex"/);
  assert.match(faultsOf('if header :value "gt" "a" "b" {}')[0] ?? '', /expected require "relational"/);
});

test("regular expressions: their groups are variables, case is the comparator's", async () => {
  const letter = 'Subject: Re: Ticket #4711 is closed\nList-Id: Dev <dev.lists.example.org>\n\n';
  for (const [question, answer] of [
    ['header :regex "subject" "ticket #[0-9]+"', true],
    ['header :regex :comparator "i;octet" "subject" "ticket"', false],
    ['header :regex :comparator "i;octet" "subject" "[[:upper:]]icket"', true],
    ['header :regex "subject" "^(re|fwd?): "', true],
    ['header :regex "subject" "^ticket"', false],
    ['header :regex "list-id" ["nothing", "<[^>]*\\\\.example\\\\.org>$"]', true],
  ] as const)
    assert.equal(await holds(question, { letter }), answer, question);
  const found = `if header :regex "subject" "(re|fwd): *(.*) #([0-9]+)(x)?" { set "v" "\${0}|\${1}|\${2}|\${3}|\${4}|\${5}"; }`;
  assert.equal(await variableAfter('v', found, { letter }), 'Re: Ticket #4711|Re|Ticket|4711||');
  // The leftmost match and of those the longest (POSIX).
  assert.equal(
    await variableAfter('v', `if string :regex "xabcabcd" "ab|abc|abcd" { set "v" "\${0}"; }`),
    'abc',
  );
  // A plain one on a long text is no great work.
  const body = `Subject: x\n\n${'lorem ipsum '.repeat(70_000)} order 4711\n`;
  assert.equal(await holds('body :raw :regex "(order|ticket) #?[0-9]{4}"', { letter: body }), true);
  // What a letter makes an expression that is none matches nothing: a stranger stops no other rule with it.
  const bad = `${everything} set "a" "("; if header :regex "subject" ["\${a}", "x"] { discard; } fileinto "On";`;
  assert.deepEqual(await actionsOf(bad, { letter: 'Subject: (y)\n\n' }), ['fileinto On']);
  assert.deepEqual(await actionsOf(bad, { letter: 'Subject: (x)\n\n' }), ['discard', 'fileinto On']);
});

test('no regular expression goes back: bad ones on a long text end by the budget of the run', async () => {
  const letter = `Subject: x\n\n${'a'.repeat(900_000)}\n`;
  for (const regex of [
    '(a*)*[b]',
    '(a|aa)+$[b]',
    '(.*a){200}[b]',
    '^(([a-z])+.)+[A-Z]([a-z])+$x',
    '(a)(a)(a)[b]',
  ]) {
    const start = process.cpuUsage();
    const { error } = await runSieve(`${everything} if body :raw :regex "${regex}" { discard; }`, { letter });
    assert.ok(error === undefined || /too much to do/.test(error.message), error?.message);
    assert.ok(process.cpuUsage(start).user < 1_000_000, regex);
  }
});

test('the whole of a run has its budget, and the event loop its turns', async () => {
  const letter = `Subject: x\n\n${'ab '.repeat(300_000)}\n`;
  const tests = Array.from({ length: 500 }, (_, i) => `if body :raw :matches "*${i}*x*" { keep; }`).join(
    '\n',
  );
  let longest = 0;
  let last = performance.now();
  const clock = setInterval(() => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  }, 1);
  const { error, actions } = await runSieve(`${everything}${tests}`, { letter });
  clearInterval(clock);
  assert.match(error?.message ?? '', /the script has too much to do with this letter and was stopped/);
  assert.equal(error?.line !== undefined && error.line > 10, true, 'it says where it was');
  assert.deepEqual(actions, []);
  assert.ok(longest < 400, `the loop waited ${longest} ms at most`);
  assert.deepEqual(await actionsOf('keep;', { letter }), ['keep']);
});
