// MTA-STS as text (RFC 8461): TXT records, policies, names of mail hosts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isListedMx, parseStsPolicy, readStsId, writeStsPolicy } from '../../mta/remote/sts-policy.ts';

test('the id of a TXT record; several records, or one that is not well formed, are none', () => {
  for (const [texts, id] of [
    [['v=STSv1; id=20160831085700Z;'], '20160831085700Z'],
    [['v=STSv1;id=1'], '1'],
    [['v=STSv1 ; a=b; id=x ;'], 'x'],
    [['v=spf1 -all', 'v=STSv1; id=7;'], '7'],
    [['v=STSv1; id=1;', 'v=STSv1; id=2;'], undefined],
    [['v=STSv2; id=1;'], undefined],
    [['id=1; v=STSv1;'], undefined],
    [['v=STSv1;'], undefined],
    [['v=STSv1; id=;'], undefined],
    [['v=STSv1; id=has-hyphen;'], undefined],
    [[`v=STSv1; id=${'a'.repeat(33)};`], undefined],
    [[], undefined],
  ] as const)
    assert.equal(readStsId(texts), id, JSON.stringify(texts));
});

const example = 'version: STSv1\nmode: enforce\nmx: mail.example.com\nmx: *.example.net\nmax_age: 604800\n';

test('a policy is read as it stands in RFC 8461 3.2, with LF or CR LF, and unknown fields', () => {
  const policy = { mode: 'enforce', maxAge: 604_800, mx: ['mail.example.com', '*.example.net'] };
  assert.deepEqual(parseStsPolicy(example), policy);
  assert.deepEqual(parseStsPolicy(example.replaceAll('\n', '\r\n')), policy);
  assert.deepEqual(parseStsPolicy(`${example}new_field: something: else\n`), policy);
  assert.deepEqual(parseStsPolicy(example.replace('mail.', 'MAIL.')), policy);
  assert.deepEqual(parseStsPolicy(writeStsPolicy(policy as never)), policy);
});

test('what is not well formed is no policy, in words', () => {
  for (const [text, words] of [
    ['', /version/],
    ['<html>', /form/],
    [example.replace('STSv1', 'STSv2'), /version/],
    [example.replace('enforce', 'maybe'), /mode/],
    [example.replace('mode: enforce\n', ''), /mode/],
    [example.replace('604800', '-1'), /max_age/],
    [example.replace('604800', '1e9'), /max_age/],
    [example.replace('604800', '99999999999'), /max_age/],
    [example.replace('max_age: 604800\n', ''), /max_age/],
    [example.replaceAll(/mx: .*\n/g, ''), /no mx/],
    [example.replace('mail.example.com', 'mail.*.com'), /host name/],
    [example.replace('mail.example.com', 'a b'), /host name/],
  ] as const)
    assert.match(String(parseStsPolicy(text)), words, text);
  assert.deepEqual(parseStsPolicy('version: STSv1\nmode: none\nmax_age: 86400\n'), {
    mode: 'none',
    maxAge: 86_400,
    mx: [],
  });
});

test('a policy never holds longer than a year', () => {
  const policy = parseStsPolicy(example.replace('604800', '9999999999'));
  assert.equal(typeof policy === 'string' ? policy : policy.maxAge, 31_557_600);
});

test('a wildcard stands for one label, in front', () => {
  const policy = { mode: 'enforce', maxAge: 1, mx: ['mail.example.com', '*.example.net'] } as const;
  for (const [host, isListed] of [
    ['mail.example.com', true],
    ['MAIL.example.com.', true],
    ['a.mail.example.com', false],
    ['mx.example.net', true],
    ['example.net', false],
    ['.example.net', false],
    ['a.b.example.net', false],
    ['xexample.net', false],
    ['', false],
  ] as const)
    assert.equal(isListedMx(policy, host), isListed, host);
});
