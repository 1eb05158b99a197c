// The grammar of Sieve (RFC 5228 2, 3 and 8): what is a script, and that whatever is none is told with its place, with what
// was found and what is expected; quickly, and whatever the bytes are.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileScript } from '../../mta/sieve/compile.ts';
import { SIEVE_SCRIPT_BYTES } from '../../mta/sieve/types.ts';
import { actionsOf, everything, faultsOf, holds } from '../support/sieve.ts';

test('scripts of every form that the grammar has are read', async () => {
  for (const [text, actions] of [
    ['', ['implicit keep']],
    ['  \r\n\t# only a comment', ['implicit keep']],
    ['/* a # comment */ keep /* and "another */ ;', ['keep']],
    ['\ufeffkeep;', ['keep']],
    ['KEEP;', ['keep']],
    ['if true { keep; } else { discard; }', ['keep']],
    ['if false { keep; } elsif true { discard; } else { stop; }', ['discard']],
    ['if not not true { stop; } discard;', ['implicit keep']],
    ['if allof(true, anyof(false, true)) { discard; }', ['discard']],
    ['if true { if true { } discard; }', ['discard']],
    ['require "fileinto"; require ["copy"]; fileinto :copy "A";', ['fileinto A', 'implicit keep']],
    ['if header "subject" "i have a present for you" { discard; }', ['discard']],
    ['if header :contains ["x-none", "subject"]\r\n["nothing", "present"] { discard; }', ['discard']],
    ['if size :over 1K { discard; }', ['implicit keep']],
    ['if size :under 1k { discard; }', ['discard']],
    ['stop; discard;', ['implicit keep']],
  ] as const)
    assert.deepEqual(await actionsOf(text), actions, text);
});

test('strings: escapes, several lines, dots that were doubled (RFC 5228 2.4.2)', async () => {
  for (const [text, reason] of [
    ['"a\\"b\\\\c\\d"', 'a"b\\cd'],
    ['"two\r\nlines"', 'two\nlines'],
    ['text:\na\n.\n', 'a\n'],
    ['TEXT: \t# here it comes\r\na\r\n..b\r\n.c\r\n.\r\n', 'a\n.b\n.c\n'],
    ['text:\n.\n', ''],
    ['"text:"', 'text:'],
  ] as const)
    assert.deepEqual(await actionsOf(`require "reject"; reject ${text};`), [`reject ${reason}`]);
});

test('encoded characters (RFC 5228 2.4.2.4) stand for themselves once they are required', async () => {
  for (const [written, read] of [
    [`$\${hex:40}`, '$@'],
    [`\${hex: 40 }`, '@'],
    [`\${HEX: 40}`, '@'],
    [`\${hex:40`, `\${hex:40`],
    [`\${hex:400}`, `\${hex:400}`],
    [`\${hex:4\${hex:30}}`, `\${hex:40}`],
    [`\${unicode:40}`, '@'],
    [`\${ unicode:40}`, `\${ unicode:40}`],
    [`\${UNICODE:40}`, '@'],
    [`\${UnICoDE:0000040}`, '@'],
    [`\${Unicode:40 263a}`, '@☺'],
    [`\${hex:c3}\${hex:bc}`, 'ü'],
  ] as const) {
    assert.deepEqual(
      await actionsOf(`require ["reject", "encoded-character"]; reject "${written}";`),
      [`reject ${read}`],
      written,
    );
    assert.deepEqual(await actionsOf(`require "reject"; reject "${written}";`), [`reject ${written}`]);
  }
  for (const bad of [`\${unicode:D800}`, `\${unicode:110000}`, `\${unicode:ffffffffff}`, `\${hex:00}`])
    assert.match(faultsOf(`${everything} reject "${bad}";`)[0] ?? '', /expected/, bad);
});

test('a fault says line, column, what was found and what is expected', () => {
  for (const [text, fault] of [
    ['keep', '1:5 found the end of the script; expected ";" or a block behind the command keep'],
    ['keep;\n  )', '2:3 found ")"; expected a command'],
    ['keep;\n}', '2:1 found "}"; expected a command, or an open { before it'],
    ['if true {', '1:9 found a { without its }; expected "}" before the end of the script'],
    ['if true { ( }', '1:11 found "("; expected a command or "}"'],
    ['if anyof () { }', '1:11 found ")"; expected a test'],
    ['if anyof (true false) { }', '1:16 found the test false at true; expected no test (is a ";" missing?)'],
    ['redirect [];', '1:11 found "]"; expected a string in a list of strings'],
    ['redirect ["a" "b"];', '1:15 found the string "b"; expected "," or "]" behind a string of a list'],
    ['redirect "a@example.com', '1:10 found a string without its end; expected a closing quotation mark'],
    ['redirect text:\na\n', '1:10 found "text:" without its end; expected a line with a single dot'],
    ['/* keep;', '1:1 found "/*" without its end; expected "*/" behind it'],
    ['size 1x;', '1:6 found "1x"; expected a number, with K, M or G at most behind it'],
    [
      'size 9007199254740992;',
      '1:6 found the number "9007199254740992"; expected one up to 9007199254740991',
    ],
    ['keep :;', '1:6 found ":" alone; expected the name of a tag behind it'],
    ['äh keep;', '1:1 found "ä"; expected a command, a test, an argument or punctuation'],
    ['# é é\n/* ☺😀 */ fail;', '2:10 found "fail"; expected a command'],
    ['kep;', '1:1 found "kep"; expected a command such as keep'],
    ['header;', '1:1 found "header", which is a test; expected a command'],
    ['if keep { }', '1:4 found "keep", which is a command; expected a test'],
    ['else { }', '1:1 found else without its if; expected if, or elsif, right before it'],
    [
      'if true {} else {} else {}',
      '1:20 found else behind else; expected another command, or elsif before else',
    ],
    ['if true;', '1:1 found if without a block; expected "{" and commands'],
    ['keep { }', '1:1 found a block behind keep; expected ";"'],
    ['if { }', '1:1 found no test at if; expected one test'],
    ['if not (true) { }', '1:4 found a list of tests at not; expected one test'],
    ['if allof true { }', '1:4 found allof without "("; expected a list of tests in parentheses'],
    [
      'keep; require "copy";',
      '1:7 found require behind other commands; expected it at the start of the script',
    ],
    [
      'fileinto "A";',
      '1:1 found the command fileinto; expected require "fileinto" at the start of the script',
    ],
    [
      'redirect :copy "a@b.c";',
      '1:10 found the tag :copy; expected require "copy" at the start of the script',
    ],
    ['redirect 5;', '1:10 found the number 5 as the address of redirect; expected a string'],
    ['redirect;', '1:1 found redirect without the address; expected a string'],
    ['redirect "a@b.c" "d";', '1:18 found the string "d" at redirect; expected no further argument'],
    ['redirect "a@b.c" :copy;', '1:18 found the tag :copy behind other arguments; expected tags before them'],
    ['redirect "a";', '1:10 found "a"; expected one address such as "name@example.com"'],
    ['discard "x";', '1:9 found the string "x" at discard; expected no further argument'],
    [
      'if header :is :contains "a" "b" { }',
      '1:15 found the tag :contains beside :is; expected only one of them',
    ],
    ['if header :is :is "a" "b" { }', '1:15 found the tag :is a second time; expected it once'],
    ['if header :comparator 5 "a" "b" { }', '1:23 found the number 5 behind :comparator; expected a string'],
    [
      'if address "subject" "b" { }',
      '1:12 found the field "subject" at address; expected one that holds addresses, such as From or To',
    ],
    ['if size 5 { }', '1:4 found size without :over or :under; expected one of them'],
    ['if size :over "5" { }', '1:15 found the string "5" as the limit of size; expected a number'],
  ] as const)
    assert.equal(faultsOf(text)[0], fault, text);
});

test('a capability that there is not is told with the names that are like it', () => {
  assert.equal(
    faultsOf('require ["fileinto", "vaction"];')[0],
    '1:22 found require "vaction", which is not known here; expected one like "vacation"',
  );
  assert.match(
    faultsOf('require "imapflags";')[0] ?? '',
    /^1:9 found require "imapflags", .* expected one like "imap4flags"$/,
  );
  assert.match(faultsOf('require "xyzzy";')[0] ?? '', /expected one of body, .*, virustest$/);
  assert.match(faultsOf('require "comparator-i;unicode-casemap";')[0] ?? '', /comparator-i;ascii-casemap/);
});

test('all faults of the check are told, in the order of the text, and not without end', () => {
  assert.deepEqual(
    faultsOf('foo;\nif bar { baz; }\nkeep;').map((fault) => fault.split(' ')[0]),
    ['1:1', '2:4', '2:10'],
  );
  assert.equal(faultsOf('foo;\n'.repeat(1000)).length, 30);
  assert.equal(faultsOf('if true { if { fileinto; } }\n'.repeat(50)).length, 30);
});

test('what can hardly be meant is told, and the script runs all the same', async () => {
  for (const [text, doubt] of [
    [
      'if header "subject:" "x" {}',
      '1:11 found "subject:" as the name of a header field, which no field has; expected letters, digits and "-"',
    ],
    [
      'if address "from" ["a", "*@example.org"] {}',
      '1:25 found "*@example.org" with :is, where "*" stands for itself; expected :matches for wildcards',
    ],
    [
      'stop; keep; discard;',
      '1:7 found keep behind stop, where no run comes; expected stop as the last command',
    ],
  ] as const) {
    assert.deepEqual(faultsOf(text), [doubt]);
    assert.deepEqual(await actionsOf(text), ['implicit keep']);
  }
  for (const text of [
    'if true { stop; } keep;',
    'if header "subject" "**SPAM**" {}',
    'if header :matches "subject" "*x" {}',
  ])
    assert.deepEqual(faultsOf(text), []);
});

test('bytes that are no text are no script', () => {
  assert.match(
    faultsOf(Buffer.from('keep;\n"\xff"', 'latin1'))[0] ?? '',
    /^2:2 found bytes that are no UTF-8/,
  );
  assert.deepEqual(faultsOf('# \ufffd is a character too\nkeep;'), []);
  assert.match(faultsOf('redirect "a\0";')[0] ?? '', /NUL/);
  assert.match(faultsOf(' '.repeat(SIEVE_SCRIPT_BYTES + 1))[0] ?? '', /^1:1 .*at most 65536 are allowed$/);
  assert.deepEqual(faultsOf(' '.repeat(SIEVE_SCRIPT_BYTES)), []);
});

test('nesting is bounded: 32 levels are read, and 100,000 are a fault and not the end of the stack', async () => {
  const nested = (depth: number): string => `${'if true {'.repeat(depth)} discard; ${'}'.repeat(depth)}`;
  assert.deepEqual(await actionsOf(nested(32)), ['discard']);
  assert.match(faultsOf(nested(33))[0] ?? '', /found blocks nested more than 32 deep; expected at most 32$/);
  assert.equal(await holds(`${'not '.repeat(31)}true`), false);
  const count = 100_000;
  // Longer than a script may be; and as much of it as one may have.
  for (const text of [
    '{',
    '(',
    '[',
    'if true {',
    'not ',
    'if not ',
    'anyof (',
    '"',
    '/*',
    'if anyof(',
    'a {',
  ])
    for (const bytes of [text.repeat(count), text.repeat(Math.floor(65_536 / text.length))]) {
      const start = process.cpuUsage();
      const { script, faults } = compileScript(Buffer.from(bytes), { name: '' });
      assert.equal(script, undefined);
      assert.match(faults[0]?.message ?? '', /found|has/, text);
      assert.ok(process.cpuUsage(start).user < 500_000, `${text} takes no time`);
    }
});

test('a script of the largest size is checked in no time, whatever it is made of', () => {
  for (const piece of [
    'keep;\n',
    'if true{}',
    '# \n',
    '/**/',
    '"a"',
    'if header "a" "b" {}',
    'x\u00e9',
    ':a ',
    '1 ',
    '\\',
  ]) {
    const start = process.cpuUsage();
    compileScript(Buffer.from(piece.repeat(65_536 / Buffer.byteLength(piece))), { name: '' });
    assert.ok(process.cpuUsage(start).user < 500_000, piece);
  }
});
