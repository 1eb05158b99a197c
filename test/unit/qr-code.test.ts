// QR codes: the modules are those that another encoder (node-qrcode 1.5, byte mode, level M) makes of the same bytes.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { drawQrCode, encodeQrCode } from '../../server/web/settings/qr-code.ts';

const app = 'otpauth://totp/Mail:ann%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Mail';

test('every module is where another encoder puts it, in small and large codes', () => {
  const table: readonly (readonly [text: string, size: number, sha256: string])[] = [
    [app, 41, '9e7fad30b07e125afb3dbe860720e039d0c09ab1cd6591a78a9deddb9817a13b'],
    ['x'.repeat(14), 21, 'ca4e5f8669011ed0429dc7e4cd16862f3ce8cc6b446acc97446b0bd6815d9c36'],
    ['é'.repeat(100), 57, '5345c8b263548ac9034e9756484da1a4ab5597cfdf521ece9292c761c0e75fcb'],
    ['y'.repeat(412), 77, '0b1aad4d28c99084bb4591f066913c678a6c5bedeec889ebccb6d68be38e4c39'],
  ];
  for (const [text, size, sha256] of table) {
    const lines = (encodeQrCode(text) ?? []).map((row) => row.map(Number).join(''));
    assert.equal(lines.length, size, text);
    assert.equal(createHash('sha256').update(lines.join('\n')).digest('hex'), sha256, text);
  }
});

test('what is too long for a code has none', () => {
  assert.equal(encodeQrCode('z'.repeat(413)), undefined);
  assert.equal(drawQrCode('z'.repeat(413)), undefined);
});

test('the drawing holds the dark modules and the quiet zone, and nothing but numbers', () => {
  const { size, path } = drawQrCode(app) ?? assert.fail();
  assert.equal(size, 41 + 8);
  assert.match(path, /^(?:M\d+ \d+h\d+v1h-\d+z)+$/);
  const dark = [...path.matchAll(/h(\d+)v1/g)].reduce((sum, [, length]) => sum + Number(length), 0);
  assert.equal(dark, (encodeQrCode(app) ?? []).flat().filter(Boolean).length);
});
