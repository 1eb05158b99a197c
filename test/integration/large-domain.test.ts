// A domain with so many accounts that its cdb is asked on disk and changed by splicing: the answers and the files are those
// of a small one, whatever a text editor did to vpasswd in between (spec/vpopmail.md 2.1, 2.2).
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createAccount, removeAccount, setPasswordHash } from '../../mta/accounts/account-changes.ts';
import { openCdbStore } from '../../mta/accounts/cdb-store.ts';
import type { Domain } from '../../mta/accounts/types.ts';
import { compileVpasswdBytes } from '../../mta/accounts/vpasswd-lines.ts';
import { Cdb, CdbError, makeCdb } from '../../mta/formats/cdb.ts';
import { findInCdbFile } from '../../mta/formats/cdb-file.ts';

const COUNT = 9000;
const hash = `$6$saltsalt$${'a'.repeat(86)}`;
let root: string;
let domain: Domain;
const text = (): Promise<Buffer> => readFile(join(domain.directory, 'vpasswd'));
const cdb = (): Promise<Buffer> => readFile(join(domain.directory, 'vpasswd.cdb'));

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'facteur-large-'));
  const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const directory = join(root, 'domains', 'large.example');
  domain = { name: 'large.example', realName: 'large.example', directory, ...owner };
  await mkdir(directory, { recursive: true });
  const lines = Array.from({ length: COUNT }, (_, at) => {
    const name = `user${String(at).padStart(5, '0')}`;
    return `${name}:${hash}:1:0:User ${at}:${directory}/0/${name}:NOQUOTA\n`;
  });
  await writeFile(join(directory, 'vpasswd'), lines.join(''));
  await writeFile(join(directory, 'vpasswd.cdb'), compileVpasswdBytes(await text()));
});
after(() => rm(root, { recursive: true, force: true }));

const add = (name: string): Promise<unknown> =>
  createAccount(openCdbStore(), domain, join(root, 'vpopmail'), { name, passwordHash: hash });

test('accounts are found, added, changed and removed, and the cdb is always that of the text', async () => {
  const store = openCdbStore();
  assert.ok((await stat(join(domain.directory, 'vpasswd.cdb'))).size > 1 << 20);
  assert.equal((await store.find(domain, 'user04711'))?.gecos, 'User 4711');
  assert.equal(await store.find(domain, 'nobody'), undefined);
  for (const name of ['aaa', 'user04711x', 'zzz']) {
    await add(name);
    assert.equal((await store.find(domain, name))?.gecos, name);
    await assert.rejects(add(name), { code: -2 });
    assert.deepEqual(await cdb(), compileVpasswdBytes(await text()));
  }
  await setPasswordHash(store, domain, 'user00000', 'other');
  assert.equal((await store.find(domain, 'user00000'))?.password, 'other');
  await removeAccount(store, domain, 'user04711x');
  assert.equal(await store.find(domain, 'user04711x'), undefined);
  assert.equal(await store.count(domain), COUNT + 2);
  assert.deepEqual(await cdb(), compileVpasswdBytes(await text()));
});

test('a vpasswd that was edited by hand, even to the same length, is what the next change compiles', async () => {
  const edited = (await text()).toString('latin1').replace('User 77:', 'Usor 77:');
  await writeFile(join(domain.directory, 'vpasswd'), edited, 'latin1');
  await add('later');
  assert.deepEqual(await cdb(), compileVpasswdBytes(await text()));
  assert.equal((await openCdbStore().find(domain, 'user00077'))?.gecos, 'Usor 77');
});

test('a cdb that is missing or cut is made anew by the next change', async () => {
  const path = join(domain.directory, 'vpasswd.cdb');
  await writeFile(path, (await cdb()).subarray(0, 1_500_000));
  await assert.rejects(openCdbStore().find(domain, 'user08999'), CdbError);
  await add('after-cut');
  assert.deepEqual(await cdb(), compileVpasswdBytes(await text()));
  await rm(path);
  assert.equal((await openCdbStore().find(domain, 'user08999'))?.gecos, 'User 8999', 'the text is asked');
  await add('after-loss');
  assert.deepEqual(await cdb(), compileVpasswdBytes(await text()));
});

test('a page and a search in the middle of the domain', async () => {
  const store = openCdbStore();
  const page = await store.list(domain, { after: 'user04000', limit: 2 });
  assert.deepEqual(
    page.records.map(({ name }) => name),
    ['user04001', 'user04002'],
  );
  const found = await store.list(domain, { search: 'uSER 8123', limit: 10 });
  assert.deepEqual([found.total, found.records[0]?.name], [1, 'user08123']);
});

test('a cdb on disk answers as the one in memory, for every key, twice given ones and none', async () => {
  const path = join(root, 'some.cdb');
  const keys = Array.from({ length: 300 }, (_, at) => Buffer.from(`k${at % 250}`));
  const bytes = makeCdb(keys.map((key, at) => [key, Buffer.from(`data ${at}`)]));
  await writeFile(path, bytes);
  const inMemory = Cdb.from(bytes);
  for (const key of [...keys, Buffer.from(''), Buffer.from('k250'), Buffer.from('x')])
    assert.deepEqual(await findInCdbFile(path, key), inMemory.find(key));
  const file = await open(path, 'r+');
  try {
    // A length that reaches beyond the end of the file.
    await file.write(Buffer.from([0xff, 0xff, 0xff, 0x7f]), 0, 4, 2048 + 4);
  } finally {
    await file.close();
  }
  await assert.rejects(findInCdbFile(path, keys[0]!), CdbError);
});
