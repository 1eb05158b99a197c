// Removing domains, alias domains, and the list of both: every file of qmail and vpopmail that has a line of them.
import assert from 'node:assert/strict';
import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, beforeEach, describe, test } from 'node:test';
import { openAccounts } from '../../mta/accounts/accounts.ts';
import { addAliasDomain, removeAliasDomain } from '../../mta/accounts/alias-domains.ts';
import { listAssignedDomains, listDomains } from '../../mta/accounts/domain-list.ts';
import { AliasDomainsError, removeDomain } from '../../mta/accounts/domain-removal.ts';
import { addDomain } from '../../mta/accounts/domains.ts';
import type { VpopmailError } from '../../mta/accounts/errors.ts';
import { openAccountStore } from '../../mta/accounts/open-store.ts';
import { findLockHolders } from '../../mta/accounts/qmail-send-signal.ts';
import { Cdb } from '../../mta/formats/cdb.ts';
import type { Home } from '../../mta/home.ts';
import { makeBareSite } from '../support/accounts.ts';

const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
const postmaster = { passwordHash: '$1$abcdefgh$irWbblnpmw.5z7wgBnprh0' };

let site: Awaited<ReturnType<typeof makeBareSite>> | undefined;
let home: Home;
beforeEach(async () => {
  await site?.remove();
  site = await makeBareSite();
  home = site.home;
});
after(() => site?.remove());

const add = (name: string) => addDomain(home, { name, postmaster, owner });
const code = (wanted: number) => (error: unknown) => (error as VpopmailError).code === wanted;
const control = (file: string) => readFile(join(home.qmail, 'control', file), 'utf8');
const directory = (name: string) => join(home.vpopmail, 'domains', name);

/** All text files of qmail that name domains, and what users/cdb has. */
async function qmailFiles(): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const folder of ['control', 'users'])
    for (const name of (await readdir(join(home.qmail, folder))).sort())
      if (!name.endsWith('.lock')) files[name] = await readFile(join(home.qmail, folder, name), 'latin1');
  return files;
}

describe('an alias domain', () => {
  test("has vpopmail's three lines, and no directory", async () => {
    await add('example.test');
    await addAliasDomain(home, 'example.test', 'Alias.test');
    const line = (name: string) =>
      `+${name}-:example.test:${owner.uid}:${owner.gid}:${directory('example.test')}:-::\n`;
    const { assign } = await qmailFiles();
    assert.equal(assign, `${line('alias.test')}${line('example.test')}.\n`);
    assert.equal(await control('virtualdomains'), 'alias.test:alias.test\nexample.test:example.test\n');
    assert.equal(await control('rcpthosts'), 'alias.test\nexample.test\nmail.example.test\n');
    assert.deepEqual((await readdir(join(home.vpopmail, 'domains'))).sort(), [
      '.dir-control',
      'example.test',
    ]);
    const found = await openAccounts({ home }).findAccount('postmaster@alias.test');
    assert.equal(found?.address, 'postmaster@example.test');
  });

  test('of an alias domain is one of the real domain', async () => {
    await add('example.test');
    await addAliasDomain(home, 'example.test', 'b.test');
    await addAliasDomain(home, 'b.test', 'a.test');
    assert.deepEqual(
      (await listDomains(home)).map(({ name, aliases }) => [name, aliases]),
      [['example.test', ['a.test', 'b.test']]],
    );
    assert.deepEqual(
      (await listAssignedDomains(home)).map(({ name, realName }) => [name, realName]),
      [
        ['a.test', 'example.test'],
        ['b.test', 'example.test'],
        ['example.test', 'example.test'],
      ],
    );
  });

  test('is refused when it is there, or its real domain is not, or its name is none', async () => {
    await add('example.test');
    const before = await qmailFiles();
    await assert.rejects(addAliasDomain(home, 'example.test', 'example.test'), code(-13));
    await assert.rejects(addAliasDomain(home, 'nowhere.test', 'alias.test'), code(-11));
    await assert.rejects(addAliasDomain(home, 'example.test', 'a b.test'), code(-12));
    assert.deepEqual(await qmailFiles(), before);
  });

  test('goes without a trace, and the real domain stays', async () => {
    await add('example.test');
    const before = await qmailFiles();
    await addAliasDomain(home, 'example.test', 'alias.test');
    await removeAliasDomain(home, 'alias.test');
    assert.deepEqual(await qmailFiles(), before);
    await assert.rejects(removeAliasDomain(home, 'alias.test'), code(-11));
    await assert.rejects(removeAliasDomain(home, 'example.test'), code(-11));
  });
});

describe('removing a domain', () => {
  test('leaves the files of qmail as they were before it, and no directory', async () => {
    await add('other.test');
    const before = await qmailFiles();
    await add('example.test');
    assert.deepEqual(await removeDomain(home, undefined, 'Example.Test'), []);
    assert.deepEqual(await qmailFiles(), before);
    assert.deepEqual((await readdir(join(home.vpopmail, 'domains'))).sort(), ['.dir-control', 'other.test']);
    assert.match(await readFile(join(home.vpopmail, 'domains', '.dir-control'), 'utf8'), /^1\n/);
    await add('example.test');
  });

  test('takes its aliases along only when told so', async () => {
    await add('example.test');
    await addAliasDomain(home, 'example.test', 'b.test');
    await addAliasDomain(home, 'example.test', 'a.test');
    const before = await qmailFiles();
    await assert.rejects(removeDomain(home, undefined, 'example.test'), (error: AliasDomainsError) => {
      assert.ok(error instanceof AliasDomainsError);
      assert.deepEqual(error.aliases, ['a.test', 'b.test']);
      return true;
    });
    assert.deepEqual(await qmailFiles(), before);
    assert.deepEqual(await removeDomain(home, undefined, 'example.test', { withAliases: true }), [
      'a.test',
      'b.test',
    ]);
    assert.equal(await control('rcpthosts'), 'mail.example.test\n');
    assert.equal(await control('virtualdomains'), '');
    assert.deepEqual(await listAssignedDomains(home), []);
  });

  test('refuses an alias and a name that is not there', async () => {
    await add('example.test');
    await addAliasDomain(home, 'example.test', 'alias.test');
    await assert.rejects(removeDomain(home, undefined, 'alias.test'), code(-11));
    await assert.rejects(removeDomain(home, undefined, 'nowhere.test'), code(-11));
  });

  test('of morercpthosts compiles it again, and removes it with its last line', async () => {
    const full = Array.from({ length: 50 }, (_, at) => `d${at}.test\n`).join('');
    await writeFile(join(home.qmail, 'control', 'rcpthosts'), full);
    await add('one.test');
    await add('two.test');
    assert.equal(await control('morercpthosts'), 'one.test\ntwo.test\n');
    await removeDomain(home, undefined, 'one.test');
    const cdb = await Cdb.open(join(home.qmail, 'control', 'morercpthosts.cdb'));
    assert.deepEqual(
      [...cdb.entries()].map(([key]) => key.toString()),
      ['two.test'],
    );
    await removeDomain(home, undefined, 'two.test');
    assert.deepEqual(
      (await readdir(join(home.qmail, 'control'))).filter((name) => /^morercpthosts(\.cdb)?$/.test(name)),
      [],
    );
    assert.equal(await control('rcpthosts'), full);
  });

  test('is taken back whole when the accounts cannot be removed', async () => {
    await add('example.test');
    await addAliasDomain(home, 'example.test', 'alias.test');
    const before = await qmailFiles();
    const store = {
      ...openAccountStore(home),
      removeDomain: () => Promise.reject(new Error('no connection')),
    };
    await assert.rejects(removeDomain(home, store, 'example.test', { withAliases: true }), /no connection/);
    assert.deepEqual(await qmailFiles(), before);
    assert.ok((await stat(directory('example.test'))).isDirectory());
    const found = await openAccounts({ home }).findAccount('postmaster@alias.test');
    assert.equal(found?.address, 'postmaster@example.test');
  });

  test('keeps a directory in which another domain lives', async () => {
    await add('example.test');
    const path = join(home.qmail, 'users', 'assign');
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replace(/^(\+example.test-:)example.test(.*\n)/, '$&+twin.test-:twin.test$2'));
    await removeDomain(home, undefined, 'twin.test');
    assert.ok((await stat(join(directory('example.test'), 'postmaster'))).isDirectory());
    assert.equal(await readFile(path, 'utf8'), text);
  });

  test('finishes a removal that was cut short', async () => {
    await add('example.test');
    const left = join(home.vpopmail, 'domains', '.example.test.removed', 'joe');
    await mkdir(left, { recursive: true });
    await removeDomain(home, undefined, 'example.test');
    assert.deepEqual(await readdir(join(home.vpopmail, 'domains')), ['.dir-control']);
  });

  test('of which the directory is gone removes the rest', async () => {
    await add('example.test');
    await rm(directory('example.test'), { recursive: true });
    await removeDomain(home, undefined, 'example.test');
    assert.deepEqual(await listDomains(home), []);
  });

  test('changes nothing when users/assign breaks its rules', async () => {
    await add('example.test');
    const path = join(home.qmail, 'users', 'assign');
    await writeFile(path, (await readFile(path, 'utf8')).replace(/\.\n$/, ''));
    await chmod(path, 0o644);
    await assert.rejects(removeDomain(home, undefined, 'example.test'), /users\/assign, line 2/);
    assert.equal(await control('rcpthosts'), 'example.test\nmail.example.test\n');
  });
});

describe('the qmail-send that is told', () => {
  test('is the process that has the lock of this queue', () => {
    const locks = `1: POSIX  ADVISORY  WRITE 100 08:01:77 0 EOF
2: FLOCK  ADVISORY  WRITE 200 08:01:99 0 EOF
2: -> FLOCK  ADVISORY  WRITE 300 08:01:99 0 EOF
3: FLOCK  ADVISORY  READ  400 08:01:99 0 EOF
`;
    assert.deepEqual(findLockHolders(locks, 99n), [200]);
    assert.deepEqual(findLockHolders(locks, 9n), []);
  });
});
