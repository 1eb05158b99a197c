// One-time codes: RFC 6238's own values, the tolerance, and that a used one is not good again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findTotpStep, otpauthAddress, toBase32, totpCode, totpStep } from '../../mta/accounts/totp.ts';

const secret = Buffer.from('12345678901234567890');

test('codes are those of RFC 6238, appendix B', () => {
  for (const [seconds, code] of [
    [59, '287082'],
    [1111111109, '081804'],
    [1111111111, '050471'],
    [1234567890, '005924'],
    [2000000000, '279037'],
    [20000000000, '353130'],
  ] as const)
    assert.equal(totpCode(secret, totpStep(seconds)), code);
});

test('a code is good for its own step and the ones beside it, once', () => {
  const now = 1111111111;
  const step = totpStep(now);
  for (const [offset, expected] of [
    [-2, undefined],
    [-1, step - 1],
    [0, step],
    [1, step + 1],
    [2, undefined],
  ] as const)
    assert.equal(findTotpStep(secret, totpCode(secret, step + offset), now, 0), expected);
  assert.equal(findTotpStep(secret, totpCode(secret, step), now, step), undefined);
  assert.equal(findTotpStep(secret, totpCode(secret, step + 1), now, step), step + 1);
  assert.equal(findTotpStep(secret, '050 471', now, 0), step);
  for (const bad of ['', '50471', '0504711', 'abcdef', '05047\u0661'])
    assert.equal(findTotpStep(secret, bad, now, 0), undefined);
});

test('the secret is told to apps in base 32 (RFC 4648 10)', () => {
  for (const [text, expected] of [
    ['', ''],
    ['f', 'MY'],
    ['fo', 'MZXQ'],
    ['foo', 'MZXW6'],
    ['foob', 'MZXW6YQ'],
    ['fooba', 'MZXW6YTB'],
    ['foobar', 'MZXW6YTBOI'],
  ] as const)
    assert.equal(toBase32(Buffer.from(text)), expected);
  assert.equal(
    otpauthAddress(secret, 'ann@example.test', 'Mail of example'),
    'otpauth://totp/Mail%20of%20example:ann%40example.test?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Mail%20of%20example',
  );
});
