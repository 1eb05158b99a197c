// POSIX extended regular expressions as control files of patched qmails hold them: what they fit, what is no expression,
// and that no text can make them slow.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compilePosixRegex, RegexError } from '../../mta/control/posix-regex.ts';

const fits = (regex: string, text: string): boolean => compilePosixRegex(regex).matches(text);

test('an expression fits anywhere in the text and without regard to case, as regexec(REG_EXTENDED|REG_ICASE)', () => {
  for (const [regex, yes, no] of [
    ['abc', ['abc', 'xABCx'], ['ab', 'acb', '']],
    ['^abc$', ['abc', 'ABC'], ['xabc', 'abcx']],
    ['a|b', ['cb', 'A'], ['c', '']],
    ['(ab|c)+d', ['abcd', 'CD', 'xababd'], ['abd'.slice(1), 'd']],
    ['[0-9]{2,3}$', ['12', 'x123'], ['1', '12x']],
    ['a{2}', ['aa', 'baab'], ['aba']],
    ['^a{,2}b', ['b', 'aab'], ['aaab']],
    ['a+b?c*', ['a', 'xa'], ['b']],
    ['\\.example\\.com$', ['a.Example.COM'], ['aexample.com', 'a.example.com.x']],
    ['.*@.*\\.(ru|cn)$', ['x@y.ru'], ['x@y.ruby', 'x.ru']],
    ['^[[:alpha:]]+$', ['abcÄ', 'Z'], ['a1', '']],
    ['^[[:digit:][:space:]]+$', ['1 2'], ['1-2']],
    ['[]a]', [']', 'A'], ['b']],
    ['^[^]a]$', ['b'], [']', 'a', 'A']],
    ['[a-]x', ['-x', 'ax'], ['bx']],
    ['[A-F]x', ['bx', 'BX'], ['gx']],
    ['\\<foo\\>', ['a foo b', 'foo'], ['foobar', 'xfoo']],
    ['\\bfoo\\B', ['foobar'], ['foo', 'a foo b']],
    ['^\\w+\\W\\w+$', ['a@b'], ['ab']],
    ['^\\s\\S$', [' x'], ['xx']],
    ['a\\$b', ['a$b'], ['ab']],
    ['^$', [''], ['a']],
    ['x^a', [], ['xa']],
    ['()', ['', 'a'], []],
    ['a||b', ['', 'x'], []],
    ['(a*)*b', ['b', 'aab'], ['a']],
    ['^(a|b){2,}$', ['ab', 'bab'], ['a', 'abc']],
  ] as const) {
    for (const text of yes) assert.equal(fits(regex, text), true, `${regex} fits ${JSON.stringify(text)}`);
    for (const text of no) assert.equal(fits(regex, text), false, `${regex} and ${JSON.stringify(text)}`);
  }
});

test('a star with nothing before it stands for nothing: *@example.com is every name there', () => {
  assert.equal(fits('*@example\\.com', 'joe@example.com'), true);
  assert.equal(fits('*@example\\.com', 'joe@example.org'), false);
});

test('what is no expression is said, not guessed', () => {
  for (const [regex, words] of [
    ['(a', /without its \)/],
    ['a)', /without its \(/],
    ['[a', /without its \]/],
    ['[[:vowel:]]', /no character class/],
    ['[b-a]', /wrong order/],
    ['a{2,1}', /wrong order/],
    ['a{x}', /not followed/],
    ['a{256}', /255/],
    ['a\\', /backslash/],
    ['(a)\\1', /back references/],
    ['(((a{200}){200}){200})', /too large/],
    ['((((){200}){200}){200}){200}', /too large/],
    ['('.repeat(200) + ')'.repeat(200), /deeply/],
  ] as const)
    assert.throws(
      () => compilePosixRegex(regex),
      (error) => error instanceof RegexError && words.test(error.message),
      regex,
    );
});

test('no text makes an expression slow: time grows with the text, not with the ways to read it', () => {
  const time = (regex: string, text: string): number => {
    const compiled = compilePosixRegex(regex);
    const began = performance.now();
    compiled.matches(text);
    return performance.now() - began;
  };
  for (const regex of ['(x+x+)+y', '^(([a-z])+.)+[A-Z]([a-z])+$', '(a*)*(a*)*(a*)*b', '(.*.*.*.*.*=.*){3}']) {
    // The longest address and HELO name; a backtracking matcher would not be done in this year.
    const text = (regex.startsWith('(x') ? 'x' : 'a').repeat(899);
    assert.ok(time(regex, text) < 2000, regex);
    assert.ok(time(regex, `${text}y=b!`) < 2000, regex);
  }
});
