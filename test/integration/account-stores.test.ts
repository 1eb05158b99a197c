// What every store of accounts does, whatever keeps them: the same questions to vpasswd files and to vpopmail's tables in
// MariaDB and PostgreSQL, in both layouts.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { removeAccount } from '../../mta/accounts/account-changes.ts';
import { VpopmailError } from '../../mta/accounts/errors.ts';
import { makeAccountHome } from '../../mta/accounts/homes.ts';
import { noLimits } from '../../mta/accounts/limits.ts';
import type { AccountRecord, AccountStore, RecordQuery } from '../../mta/accounts/store.ts';
import type { Domain } from '../../mta/accounts/types.ts';
import {
  makeStoreSite,
  nameOfForm,
  type StoreForm,
  type StoreSite,
  storeForms,
} from '../support/account-stores.ts';
import { lackOfDatabases } from '../support/databases.ts';

const execute = promisify(execFile);
const adder = fileURLToPath(new URL('../support/account-adder.ts', import.meta.url));
const lack = await lackOfDatabases(['mysql', 'pgsql']);

/** One behaviour, asked of each store. */
function each(name: string, act: (site: StoreSite, form: StoreForm) => Promise<void>): void {
  for (const form of storeForms)
    test(`${nameOfForm(form)}: ${name}`, { skip: form.kind === 'cdb' ? false : lack }, async () => {
      const site = await makeStoreSite(form);
      try {
        await act(site, form);
      } finally {
        await site.close();
      }
    });
}

async function* noRecords(): AsyncGenerator<AccountRecord> {}

const codeIs =
  (code: number) =>
  (error: unknown): boolean =>
    error instanceof VpopmailError && error.code === code;

const names = async (store: AccountStore, domain: Domain, query: Partial<RecordQuery> = {}) =>
  (await store.list(domain, { limit: 100, ...query })).records.map(({ name }) => name);

each('an account is added, found, changed and removed', async ({ store, add, addDomain }, form) => {
  const domain = await addDomain();
  const record = await add(domain, 'joe', { password: '$6$salt$hash', gecos: 'Joe Doe', quota: '10M' });
  assert.deepEqual(record, {
    name: 'joe',
    password: '$6$salt$hash',
    uid: form.kind === 'cdb' ? 1 : 0,
    flags: 0,
    gecos: 'Joe Doe',
    directory: join(domain.directory, 'joe'),
    quota: '10485760S',
  } satisfies AccountRecord);
  assert.deepEqual(await store.find(domain, 'joe'), record);
  assert.ok((await stat(join(record.directory, 'Maildir', 'new'))).isDirectory());
  await assert.rejects(add(domain, 'joe'), codeIs(-2));
  assert.equal(await store.find(domain, 'jo'), undefined);
  const changed = await store.change(domain, 'joe', (old) => ({
    ...old,
    flags: old.flags | 0x1010,
    gecos: 'Jürgen “J” Doe',
  }));
  assert.deepEqual(changed, { ...record, flags: 0x1010, gecos: 'Jürgen “J” Doe' });
  assert.deepEqual(await store.find(domain, 'joe'), changed);
  assert.deepEqual(await store.change(domain, 'joe', () => undefined), changed);
  await assert.rejects(
    store.change(domain, 'eve', (old) => old),
    codeIs(-10),
  );
  assert.equal(await store.count(domain), 1);
  await removeAccount(store, domain, 'joe');
  assert.equal(await store.find(domain, 'joe'), undefined);
  assert.equal(await store.count(domain), 0);
  await assert.rejects(store.remove(domain, 'joe'), codeIs(-10));
  await assert.rejects(stat(record.directory));
});

each(
  'a failed addition leaves no record and no home, and counts nothing',
  async ({ store, add, addDomain }) => {
    const domain = await addDomain();
    const fails = async (): Promise<never> => {
      throw new Error('no room');
    };
    const record = { name: 'joe', password: '', flags: 0, gecos: '', quota: '' };
    await assert.rejects(store.add(domain, record, fails), /no room/);
    assert.equal(await store.find(domain, 'joe'), undefined);
    await mkdir(join(domain.directory, 'joe'));
    await assert.rejects(add(domain, 'joe'), codeIs(-7));
    assert.equal(await store.count(domain), 0);
  },
);

each('names of all letters that a name can have are kept apart', async ({ store, add, addDomain }) => {
  const domain = await addDomain();
  const odd = [
    "o'hara",
    'a.b',
    'a_b',
    'axb',
    'back`tick',
    'am&p',
    '{brace}',
    'do$$ar',
    'qu?stion',
    'sl-ash+ed',
  ];
  for (const name of odd) await add(domain, name, { gecos: `"${name}" \\ 'x' -- ; DROP` });
  for (const name of odd) assert.equal((await store.find(domain, name))?.gecos, `"${name}" \\ 'x' -- ; DROP`);
  for (const search of ["o'hara", 'a.b', 'a_b', '`', '$$', '?']) {
    const found = await names(store, domain, { search });
    assert.deepEqual(found, odd.filter((name) => name.includes(search)).sort(), search);
  }
  assert.equal((await store.list(domain, { search: '\\', limit: 3 })).total, odd.length);
  assert.deepEqual(await names(store, domain, { search: '\\\\' }), []);
  assert.deepEqual(await names(store, domain, { search: '%' }), []);
  await store.change(domain, 'a.b', (old) => ({ ...old, gecos: 'changed' }));
  await store.remove(domain, 'a_b');
  assert.deepEqual(
    [(await store.find(domain, 'axb'))?.gecos, await store.count(domain)],
    [`"axb" \\ 'x' -- ; DROP`, odd.length - 1],
  );
});

each('pages follow the byte order of names, forwards and backwards', async ({ store, add, addDomain }) => {
  const domain = await addDomain();
  const all = ['aa', 'a-b', 'a_c', 'a.d', 'zz', 'a0', 'b~', 'a{x}', 'bob', 'a+1'];
  for (const name of all) await add(domain, name, { gecos: `Title of ${name.toUpperCase()}` });
  const sorted = all.toSorted((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
  const seen: string[] = [];
  for (let after: string | undefined; ; after = seen.at(-1)) {
    const page = await names(store, domain, { after, limit: 3 });
    seen.push(...page);
    if (page.length < 3) break;
  }
  assert.deepEqual(seen, sorted);
  assert.deepEqual(await names(store, domain, { before: sorted[5]!, limit: 3 }), sorted.slice(2, 5));
  assert.deepEqual(await names(store, domain, { after: sorted[2]!, limit: 2 }), sorted.slice(3, 5));
  const found = await store.list(domain, { search: 'tITLE OF A', after: sorted[1]!, limit: 2 });
  assert.equal(found.total, 7);
  assert.equal(found.records.length, 2);
  const ends = async (query: Partial<RecordQuery>): Promise<string> => {
    const { hasBefore, hasAfter } = await store.list(domain, { limit: 3, ...query });
    return `${hasBefore ? '<' : '|'}${hasAfter ? '>' : '|'}`;
  };
  assert.equal(await ends({}), '|>');
  assert.equal(await ends({ limit: 10 }), '||');
  assert.equal(await ends({ after: sorted[0]! }), '<>');
  assert.equal(await ends({ after: sorted[6]! }), '<|');
  assert.equal(await ends({ after: sorted[9]! }), '<|', 'nothing is left there');
  assert.equal(await ends({ after: 'A', limit: 10 }), '||', 'before all');
  assert.equal(await ends({ before: sorted[3]! }), '|>');
  assert.equal(await ends({ before: sorted[4]! }), '<>');
  assert.equal(await ends({ before: '~', limit: 10 }), '||', 'after all');
  assert.equal(await ends({ search: 'of bob', after: 'zz' }), '<|');
  const walked: string[] = [];
  for await (const { name } of store.each(domain)) walked.push(name);
  assert.deepEqual(walked, sorted);
  assert.deepEqual(await store.problems(domain), []);
});

each(
  'places follow vpopmail: the hundredth account lies in 0, freed places are taken again',
  async (site) => {
    const { store, addDomain } = site;
    const domain = await addDomain();
    const places: string[] = [];
    // The places only: a hundred homes are not what is asked.
    const add = async (name: string): Promise<string> => {
      const record = { name, password: '', flags: 0, gecos: '', quota: '' };
      const { directory } = await store.add(domain, record, async () => async () => undefined);
      return directory.slice(domain.directory.length + 1);
    };
    const setOut = (users: number, path: string) => store.storeAll(domain, noRecords(), { users, path });
    for (const [users, path, name] of [
      [0, '', 'first'],
      [98, '', 'last'],
      [99, '', 'zero'],
      [198, '0', 'lastin0'],
      [199, '0', 'one'],
      [6299, 'z', 'deeper'],
      [12399, '0/y', 'deepest'],
    ] as const) {
      await setOut(users, path);
      places.push(await add(name));
    }
    assert.deepEqual(places, ['first', 'last', '0/zero', '0/lastin0', '1/one', '0/0/deeper', '0/z/deepest']);
    assert.deepEqual(await store.directoryControl(domain), { users: 12400, path: '0/z' });
    for (const name of ['zero', 'first', 'deeper']) await store.remove(domain, name);
    assert.equal((await store.directoryControl(domain)).users, 12397);
    assert.deepEqual([await add('again'), await add('andagain')], ['0/0/again', '0/andagain']);
    // The count reaches a hundred once more: the next directory begins, as with vpopmail.
    assert.equal(await add('next'), '1/0/next');
    assert.equal((await store.directoryControl(domain)).users, 12400);
  },
);

each('two processes that add at once lose nothing', async (site) => {
  const { home, store, addDomain } = site;
  const domain = await addDomain();
  const adding = ['one', 'two'].map((name) =>
    execute(process.execPath, [adder, JSON.stringify(home), JSON.stringify(domain), name, '50']),
  );
  const directories = (await Promise.all(adding)).flatMap(({ stdout }) => stdout.trim().split('\n'));
  const places = directories.map((directory) => dirname(directory).slice(domain.directory.length + 1));
  // postmaster is not there: the hundredth is the last of the hundred.
  assert.deepEqual(
    [places.filter((place) => place === '').length, places.filter((place) => place === '0').length],
    [99, 1],
  );
  assert.deepEqual([new Set(directories).size, await store.count(domain)], [100, 100]);
  assert.deepEqual(await store.directoryControl(domain), { users: 100, path: '0' });
  const same = [store, site.openAgain(), store].map((one) =>
    one.add(
      domain,
      { name: 'same', password: '', flags: 0, gecos: '', quota: '' },
      async () => async () => undefined,
    ),
  );
  const taken = await Promise.allSettled(same);
  assert.deepEqual(taken.map(({ status }) => status).sort(), ['fulfilled', 'rejected', 'rejected']);
});

each('two processes that change one account see each other', async (site) => {
  const { store, add, addDomain } = site;
  const domain = await addDomain();
  await add(domain, 'joe');
  const other = site.openAgain();
  await Promise.all(
    Array.from({ length: 20 }, (_, number) =>
      (number % 2 === 0 ? store : other).change(domain, 'joe', (old) => ({ ...old, flags: old.flags + 1 })),
    ),
  );
  assert.equal((await store.find(domain, 'joe'))?.flags, 20);
});

each(
  'all accounts of a domain are changed at once, and those of no other',
  async ({ store, add, addDomain }) => {
    const [domain, another] = [await addDomain(), await addDomain('another.test')];
    for (const name of ['ann', 'bob', 'cat']) await add(domain, name);
    await add(another, 'ann');
    const count = await store.changeAll(domain, (old) =>
      old.name === 'bob' ? undefined : { ...old, flags: 8 },
    );
    assert.equal(count, 2);
    const flags = await Promise.all(['ann', 'bob', 'cat'].map((name) => store.find(domain, name)));
    assert.deepEqual(
      flags.map((record) => record?.flags),
      [8, 0, 8],
    );
    assert.equal((await store.find(another, 'ann'))?.flags, 0);
  },
);

each(
  'an account without a directory gets one in the next free place, once',
  async ({ store, add, addDomain }) => {
    const domain = await addDomain();
    await add(domain, 'joe');
    await store.change(domain, 'joe', (old) => ({ ...old, directory: '' }));
    let homes = 0;
    const makeHome = (directory: string) => {
      homes++;
      return makeAccountHome(domain.directory, directory, '', domain);
    };
    await assert.rejects(store.giveHome(domain, 'eve', makeHome), codeIs(-10));
    await assert.rejects(store.giveHome(domain, 'joe', makeHome), codeIs(-7));
    await rm(join(domain.directory, 'joe'), { recursive: true });
    const given = await Promise.all([
      store.giveHome(domain, 'joe', makeHome),
      store.giveHome(domain, 'joe', makeHome),
    ]);
    for (const { directory } of given) assert.equal(directory, join(domain.directory, 'joe'));
    assert.equal(homes, 2);
    assert.equal((await store.find(domain, 'joe'))?.directory, join(domain.directory, 'joe'));
  },
);

each('last logins and limits are kept', async ({ store, add, addDomain }) => {
  const domain = await addDomain();
  const record = await add(domain, 'joe');
  assert.equal((await store.lastLogin(domain, record))?.ip, '0.0.0.0');
  await store.recordLogin(domain, record, { at: 1_700_000_000, ip: '2001:db8:1:2:3:4:5:6' });
  assert.deepEqual(await store.lastLogin(domain, record), { at: 1_700_000_000, ip: '2001:db8:1:2:3:4:5:6' });
  assert.equal(await store.limits(domain), undefined);
  const limits = {
    ...noLimits,
    maxAccounts: 7,
    flags: 0x804,
    denied: { ...noLimits.denied, listModerators: 7 },
  };
  await store.setLimits(domain, limits);
  assert.deepEqual(await store.limits(domain), limits);
  await store.setLimits(domain, undefined);
  assert.equal(await store.limits(domain), undefined);
});

each(
  'a removed domain leaves nothing that a new one of its name would have',
  async ({ store, add, addDomain }, form) => {
    const domain = await addDomain();
    await add(domain, 'joe');
    if (form.kind !== 'cdb') await assert.rejects(store.addDomain(domain), codeIs(-13));
    assert.equal((await store.find(domain, 'joe'))?.name, 'joe');
    await store.removeDomain(domain);
    if (form.kind === 'cdb') return;
    await store.addDomain(domain);
    assert.equal(await store.count(domain), 0);
  },
);
