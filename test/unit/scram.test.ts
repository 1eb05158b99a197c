// SCRAM-SHA-256 from the server's side: the example of RFC 7677, strict reading, SASLprep.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  fitsProof,
  makeScramKeys,
  prepareText,
  readClientFinal,
  readClientFirst,
  signScram,
  writeServerFirst,
} from '../../mta/accounts/scram.ts';

const challenge = { salt: 'W22ZaJ0SNY7soEsUEjb6gQ==', iterations: 4096 };
const nonce = 'rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0';

test('the exchange of RFC 7677 3, word by word', async () => {
  const first = readClientFirst('n,,n=user,r=rOprNGfwEbeRWgbNEkqO');
  assert.equal(first?.user, 'user');
  const serverFirst = writeServerFirst(nonce, challenge);
  assert.equal(serverFirst, `r=${nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`);
  const final = `c=biws,r=${nonce},p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=`;
  const proof = readClientFinal(final, first!, serverFirst, nonce);
  const keys = await makeScramKeys('pencil', challenge);
  assert.ok(keys && proof && fitsProof(keys, proof));
  assert.equal(signScram(keys, proof.authMessage), '6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=');
  assert.equal(fitsProof((await makeScramKeys('Pencil', challenge))!, proof), false);
  assert.equal(fitsProof(keys, { ...proof, proof: '' }), false);
});

test('first messages: names with = and comma, an own authorization identity; nothing bound, malformed or of the future', () => {
  assert.equal(readClientFirst('y,a=a=2Cb@x.test,n=a=2Cb@x.test,r=12345678')?.user, 'a,b@x.test');
  assert.equal(readClientFirst('n,,n=a=3Db,r=12345678')?.user, 'a=b');
  for (const text of [
    'p=tls-unique,,n=user,r=12345678',
    'n,a=other,n=user,r=12345678',
    'n,,m=x,n=user,r=12345678',
    'n,,n=a=2cb,r=12345678',
    'n,,n=user,r=short',
    'n,,n=user,r=with blank',
    'n,,n=,r=12345678',
    'n,,n=user',
    '',
    'n'.repeat(10_000),
  ])
    assert.equal(readClientFirst(text), undefined, text.slice(0, 60));
});

test('final messages: another nonce, a header that is not the one that came, no proof', () => {
  const first = readClientFirst('y,,n=user,r=12345678')!;
  const serverFirst = writeServerFirst('12345678abc', challenge);
  assert.ok(readClientFinal('c=eSws,r=12345678abc,p=AAAA', first, serverFirst, '12345678abc'));
  for (const text of [
    'c=biws,r=12345678abc,p=AAAA',
    'c=eSws,r=12345678abd,p=AAAA',
    'c=eSws,r=12345678abc',
    'c=eSws,r=12345678abc,p=!',
    '',
  ])
    assert.equal(readClientFinal(text, first, serverFirst, '12345678abc'), undefined, text);
});

test('SASLprep: the examples of RFC 4013 3, and spaces of other scripts', () => {
  assert.equal(prepareText('I\u00adX'), 'IX');
  assert.equal(prepareText('user'), 'user');
  assert.equal(prepareText('\u00aa'), 'a');
  assert.equal(prepareText('\u2168'), 'IX');
  assert.equal(prepareText('a\u00a0b'), 'a b');
  assert.equal(prepareText('a\u0007b'), undefined);
  assert.equal(prepareText('\u00ad'), undefined);
});
