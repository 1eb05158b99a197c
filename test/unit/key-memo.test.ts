// Public keys that are kept between letters: the DNS is asked for each letter all the same, and what it says holds.
import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, test } from 'node:test';
import { createKeyMemo } from '../../mta/trust/key-memo.ts';

const name = 's._domainkey.far.test';
const makeRecord = (more = ''): { readonly record: string; readonly key: KeyObject } => {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const text = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
  return { record: `v=DKIM1; k=rsa;${more} p=${text}`, key: publicKey };
};

/** A memo over a DNS that says `record`. */
function openPlace(record: string) {
  const memo = createKeyMemo();
  const place = { record, asked: 0 };
  const ask = async (): Promise<unknown[]> => {
    place.asked++;
    return [[place.record]];
  };
  const read = (hashAlgo = 'sha256', keys = memo.open(ask)) =>
    keys.get('DKIM', name, 1024, { strict: true, hashAlgo });
  return { place, read, openLetter: () => memo.open(ask) };
}

const isSame = (found: unknown, key: KeyObject): boolean => (found as KeyObject).equals(key);

describe('a public key', () => {
  test('is asked for once by a letter, and again by the next', async () => {
    const { record, key } = makeRecord();
    const { place, read, openLetter } = openPlace(record);
    const letter = openLetter();
    const [one, two] = await Promise.all([read('sha256', letter), read('sha256', letter)]);
    assert.equal(place.asked, 1);
    assert.ok(isSame(one.publicKey, key));
    assert.equal(one, two);
    assert.equal(await read(), one);
    assert.equal(place.asked, 2);
    assert.equal(one.modulusLength, 1024);
  });

  test('is another as soon as the DNS says so, and none when it is taken back', async () => {
    const [first, second] = [makeRecord(), makeRecord()];
    const { place, read } = openPlace(first.record);
    assert.ok(isSame((await read()).publicKey, first.key));
    place.record = second.record;
    assert.ok(isSame((await read()).publicKey, second.key));
    place.record = 'v=DKIM1; k=rsa; p=';
    await assert.rejects(read(), { code: 'EINVALIDVAL' });
    place.record = first.record;
    assert.ok(isSame((await read()).publicKey, first.key));
  });

  test('that was good for one hash is not for another that its record leaves out', async () => {
    const { record } = makeRecord(' h=sha256;');
    const { read } = openPlace(record);
    await read('sha256');
    await assert.rejects(read('sha1'), { code: 'EINVALIDHASH' });
    await read('sha256');
  });

  test('with a record of any length is read', async () => {
    const { record, key } = makeRecord(` n=${'x'.repeat(3000)};`);
    const { read } = openPlace(record);
    for (let turn = 0; turn < 2; turn++) assert.ok(isSame((await read()).publicKey, key));
  });
});
