// The SQL back ends and the world: tables as other versions and other software left them, servers that go away and come
// back, one server to read and one to update, and mail for accounts that only a database knows.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { createAccount, giveHome } from '../../mta/accounts/account-changes.ts';
import { openAccounts } from '../../mta/accounts/accounts.ts';
import { addAliasDomain, removeAliasDomain } from '../../mta/accounts/alias-domains.ts';
import { copyAccounts } from '../../mta/accounts/copy-store.ts';
import { addDomain, defaultOwner } from '../../mta/accounts/domains.ts';
import { VpopmailError } from '../../mta/accounts/errors.ts';
import { noLimits } from '../../mta/accounts/limits.ts';
import { openAccountStore } from '../../mta/accounts/open-store.ts';
import type { AccountRecord } from '../../mta/accounts/store.ts';
import type { Domain } from '../../mta/accounts/types.ts';
import { openUsers } from '../../mta/accounts/users.ts';
import * as showctl from '../../mta/commands/qmail-showctl.ts';
import { createLocalAgent } from '../../mta/local/delivery.ts';
import { createDirectorySync } from '../../mta/maildir/directory-sync.ts';
import { databaseOf, makeStoreSite, type StoreForm, type StoreSite } from '../support/account-stores.ts';
import { runCommand } from '../support/accounts.ts';
import { type DatabaseKind, lackOfDatabases } from '../support/databases.ts';
import { letter, rememberingInjector } from '../support/local.ts';
import { startSite } from '../support/site.ts';

const skip = (await lackOfDatabases(['mysql', 'pgsql'])) ?? false;
const kinds: readonly DatabaseKind[] = ['mysql', 'pgsql'];

/** One behaviour, asked of both databases. */
function each(
  name: string,
  act: (site: StoreSite) => Promise<void>,
  form: Omit<StoreForm, 'kind'> = {},
): void {
  for (const kind of kinds)
    test(`${kind}: ${name}`, { skip }, async () => {
      const site = await makeStoreSite({ kind, layout: 'one', ...form });
      try {
        await act(site);
      } finally {
        await site.close();
      }
    });
}

const isCode =
  (code: number, words = /./) =>
  (error: unknown): boolean =>
    error instanceof VpopmailError && error.code === code && words.test(error.message);

const noHome = async () => async () => undefined;
const bare = (name: string) => ({ name, password: 'x', flags: 0, gecos: '', quota: '' });

async function makeDirectoryOf(site: StoreSite, name = 'example.test'): Promise<Domain> {
  const directory = join(site.home.vpopmail, 'domains', name);
  await mkdir(directory);
  return { name, realName: name, directory, uid: process.geteuid!(), gid: process.getegid!() };
}

each(
  'the table of an old vpopmail, with CHAR columns, clear passwords and columns of others, is taken as it is',
  async (site) => {
    const { server, database, store } = site;
    const domain = await makeDirectoryOf(site);
    await server!.query(
      database,
      `CREATE TABLE vpopmail (pw_name char(32) NOT NULL, pw_domain char(64) NOT NULL, pw_passwd char(40), pw_uid int, pw_gid int,
      pw_gecos char(48), pw_dir char(160), pw_shell char(20), pw_clear_passwd char(16), my_uid int DEFAULT 89 NOT NULL,
      PRIMARY KEY (pw_name, pw_domain)) ${site.server!.kind === 'mysql' ? 'DEFAULT CHARSET latin1' : ''}`,
    );
    // As vpopmail's INSERT has it; then as other software does.
    await server!.query(
      database,
      `INSERT INTO vpopmail (pw_name, pw_domain, pw_passwd, pw_uid, pw_gid, pw_gecos, pw_dir, pw_shell, pw_clear_passwd)
      VALUES ('joe', 'example.test', '$1$abc$def', 0, 0, 'Joe Doe', '${domain.directory}/joe', '10485760S', 'geheim'),
        ('ann', 'example.test', NULL, NULL, NULL, NULL, NULL, NULL, NULL), ('joe', 'other.test', 'x', 0, 0, '', '/x', '', '')`,
    );
    assert.deepEqual(await store.find(domain, 'joe'), {
      name: 'joe',
      password: '$1$abc$def',
      uid: 0,
      flags: 0,
      gecos: 'Joe Doe',
      directory: `${domain.directory}/joe`,
      quota: '10485760S',
      clear: 'geheim',
    } satisfies AccountRecord);
    const ann = {
      name: 'ann',
      password: '',
      uid: 0,
      flags: 0,
      gecos: '',
      directory: '',
      quota: '',
      clear: '',
    };
    assert.deepEqual((await store.list(domain, { limit: 9 })).records[0], ann);
    await store.change(domain, 'joe', (old) => ({ ...old, gecos: 'Jürgen', clear: '' }));
    assert.deepEqual((await store.find(domain, 'joe'))?.gecos, 'Jürgen');
    const { rows } = await server!.query(
      database,
      "SELECT pw_clear_passwd AS c FROM vpopmail WHERE pw_domain = 'other.test'",
    );
    assert.equal(String(rows[0]!.c).trim(), '');
    // What a column cannot hold is refused, and never cut.
    const long = (text: string) => store.change(domain, 'joe', (old) => ({ ...old, ...{ password: text } }));
    await assert.rejects(long('x'.repeat(98)), isCode(-27, /pw_passwd of the table vpopmail holds 40/));
    await assert.rejects(store.add(domain, bare('n'.repeat(40)), noHome), isCode(-25, /holds 32/));
    assert.equal(await store.count(domain), 2);
  },
);

each(
  'an account that other software stored without a directory gets one at its first delivery',
  async (site) => {
    const { home, server, database } = site;
    const domain = await site.addDomain();
    await site.add(domain, 'joe');
    await server!.query(
      database,
      "INSERT INTO vpopmail (pw_name, pw_domain, pw_passwd, pw_uid, pw_gid, pw_gecos, pw_dir, pw_shell) VALUES ('new', 'example.test', 'x', 0, 0, 'New', '', '5000000S'), ('odd one', 'example.test', '', 0, 0, '', 'relative', '')",
    );
    const record = await giveHome(site.store, domain, (await site.store.find(domain, 'new'))!);
    assert.equal(record.directory, join(domain.directory, 'new'));
    assert.match(await readFile(join(record.directory, 'Maildir', 'maildirsize'), 'latin1'), /^5000000S\n/);
    // The table has the last login, no file beside the Maildir.
    assert.deepEqual(await readdir(record.directory), ['Maildir']);
    assert.equal((await site.store.directoryControl(domain)).users, 2);
    assert.deepEqual(
      (await site.store.problems(domain)).map(({ where }) => where),
      ['table vpopmail, "odd one"'],
    );
    assert.ok(home);
  },
);

each(
  'a missing account table is an error, not an empty domain; other tables are made when they are needed',
  async (site) => {
    const { store, server, database } = site;
    const domain = await makeDirectoryOf(site);
    await assert.rejects(store.find(domain, 'joe'), /accounts of example\.test: there is no table vpopmail/);
    await assert.rejects(store.count(domain), /no table vpopmail/);
    assert.equal(await store.limits(domain), undefined);
    await store.addDomain(domain);
    assert.equal(await store.count(domain), 0);
    const table = await store.aliasTable();
    assert.deepEqual(await table!.find(domain, 'x'), []);
    assert.equal(await table!.remove(domain, 'x'), 0);
    // A table that goes away while we run is made anew.
    const limits = { ...noLimits, maxAccounts: 3, denied: { ...noLimits.denied, listModerators: 7 } };
    await store.setLimits(domain, limits);
    await server!.query(database, 'DROP TABLE limits');
    assert.equal(await store.limits(domain), undefined);
    await store.setLimits(domain, limits);
    assert.deepEqual(await store.limits(domain), limits);
  },
  { valias: true, limits: 'table' },
);

each(
  'aliases of the table keep their lines in order, and only the exact line is removed',
  async (site) => {
    const domain = await site.addDomain();
    const other = await site.addDomain('other.test');
    const table = (await site.store.aliasTable())!;
    const lines = ['&joe@example.org', '&joe@example.or', "|echo 'it''s' \\ \"x\" > /dev/null", './Maildir/'];
    for (const line of lines) await table.insert(domain, 'sales', line);
    await table.insert(domain, 'list-default', '&all@example.org');
    await table.insert(other, 'sales', '&x@y');
    assert.deepEqual(await table.find(domain, 'sales'), lines);
    assert.deepEqual(
      [...(await table.list(domain))],
      [
        ['list-default', ['&all@example.org']],
        ['sales', lines],
      ],
    );
    assert.deepEqual(await table.findFirst(domain, ['list-a-b', 'list-a-default', 'list-default']), {
      alias: 'list-default',
      lines: ['&all@example.org'],
    });
    assert.equal(await table.findFirst(domain, ['nobody']), undefined);
    assert.equal(await table.remove(domain, 'sales', '&joe@example.or'), 1);
    assert.equal(await table.remove(domain, 'sales', '&JOE@example.org'), 0);
    assert.deepEqual(await table.find(domain, 'sales'), lines.toSpliced(1, 1));
    assert.equal(await table.remove(domain, 'sales'), 3);
    assert.deepEqual(await table.find(other, 'sales'), ['&x@y']);
    await site.store.removeDomain(other);
    assert.deepEqual(await table.find(other, 'sales'), []);
  },
  { valias: true },
);

each(
  'the alias table of builds with default delivery, and that of old ones with one line an alias',
  async (site) => {
    const { server, database } = site;
    const domain = await site.addDomain();
    const table = (await site.store.aliasTable())!;
    await server!.query(
      database,
      'CREATE TABLE valias (valias_type smallint NOT NULL DEFAULT 1, alias varchar(32) NOT NULL, domain varchar(96) NOT NULL, valias_line varchar(160) NOT NULL, copy smallint NOT NULL DEFAULT 0, PRIMARY KEY (valias_type, alias, domain))',
    );
    await table.insert(domain, 'joe', '&a@b');
    await table.insert(domain, 'joe', '|/usr/bin/vacation');
    const { rows } = await server!.query(
      database,
      'SELECT valias_type AS t, valias_line AS l FROM valias ORDER BY t',
    );
    assert.deepEqual(
      rows.map(({ t, l }) => [t, l]),
      [
        [0, '|/usr/bin/vacation'],
        [1, '&a@b'],
      ],
    );
    await assert.rejects(table.insert(domain, 'joe', '&c@d'), isCode(-17, /one line an alias/));
    await assert.rejects(
      table.insert(domain, 'x'.repeat(33), '&c@d'),
      isCode(-17, /alias of the table valias holds 32/),
    );
  },
  { valias: true },
);

each('a domain of another machine is not taken over, and a failed new one removes nothing', async (site) => {
  const { home, store } = site;
  const domain = await site.addDomain('taken.test');
  await site.add(domain, 'joe');
  // Here there is no such domain yet.
  await rm(domain.directory, { recursive: true });
  const wanted = { name: 'taken.test', postmaster: { passwordHash: 'x' }, owner: await defaultOwner() };
  await assert.rejects(addDomain(home, wanted), isCode(-13));
  assert.equal(await store.count(domain), 1);
  await assert.rejects(stat(domain.directory));
});

each(
  "a name that another domain's table has is refused",
  async (site) => {
    await site.addDomain('a-b.test');
    await assert.rejects(site.addDomain('a.b.test'), isCode(-13, /table a_b_test/));
  },
  { layout: 'domain' },
);

each('alias domains are noted in aliasdomains', async (site) => {
  const { home, server, database } = site;
  await writeFile(join(home.qmail, 'control', 'me'), 'mail.example.test\n');
  const owner = { uid: process.geteuid!(), gid: process.getegid!() };
  await addDomain(home, { name: 'real.test', postmaster: { passwordHash: 'x' }, owner });
  await addAliasDomain(home, 'real.test', 'alias.test');
  const rows = async () =>
    (await server!.query(database, 'SELECT alias, domain FROM aliasdomains')).rows.map((row) => ({ ...row }));
  assert.deepEqual(await rows(), [{ alias: 'alias.test', domain: 'real.test' }]);
  await removeAliasDomain(home, 'alias.test');
  assert.deepEqual(await rows(), []);
});

each(
  'a server that stops makes temporary errors without the password, and all is well when it is back',
  async (site) => {
    const { server, store } = site;
    const domain = await site.addDomain();
    await site.add(domain, 'joe');
    assert.equal((await store.find(domain, 'joe'))?.name, 'joe');
    await server!.stop();
    try {
      await assert.rejects(store.find(domain, 'joe'), {
        name: 'StoreUnavailable',
        message: /^(?:MySQL|PostgreSQL) at .*vpopmail\.(?:my|pg)sql:1\): /,
      });
      await assert.rejects(
        store.change(domain, 'joe', (old) => old),
        { name: 'StoreUnavailable' },
      );
      let homes = 0;
      const makeHome = async () => {
        homes++;
        return async () => void homes--;
      };
      await assert.rejects(store.add(domain, bare('eve'), makeHome), { name: 'StoreUnavailable' });
      assert.equal(homes, 0);
    } finally {
      await server!.start();
    }
    assert.equal((await store.find(domain, 'joe'))?.name, 'joe');
    // Connections that died while they were idle are not noticed either.
    await Promise.all(Array.from({ length: 4 }, () => store.count(domain)));
    await server!.stop();
    await server!.start();
    assert.equal(await store.count(domain), 1);
    await store.add(domain, bare('eve'), noHome);
    assert.equal(await store.count(domain), 2);
  },
);

test('mysql: reads go to the first server and changes to the second, and what was changed is seen at once', {
  skip,
}, async () => {
  const [reads, updates] = [await makeStoreSite({ kind: 'mysql' }), await makeStoreSite({ kind: 'mysql' })];
  const server = await databaseOf('mysql');
  try {
    const domain = await reads.addDomain();
    await updates.store.addDomain(domain);
    await reads.store.add(domain, bare('replica'), noHome);
    const path = join(reads.home.vpopmail, 'etc', 'vpopmail.mysql');
    await writeFile(path, `${server.line(reads.database)}${server.line(updates.database)}`);
    const store = reads.openAgain();
    assert.equal((await store.find(domain, 'replica'))?.name, 'replica');
    await store.add(domain, bare('joe'), noHome);
    assert.equal(await updates.store.count(domain), 1);
    assert.equal(await reads.store.count(domain), 1);
    // Who changed a domain reads it where it was changed: a replica may be late.
    assert.equal((await store.find(domain, 'joe'))?.name, 'joe');
    // A read server that is away is replaced.
    await writeFile(path, `/nowhere/sql.sock|0|root||x\n${server.line(updates.database)}`);
    assert.equal((await reads.openAgain().find(domain, 'joe'))?.name, 'joe');
  } finally {
    await reads.close();
    await updates.close();
  }
});

test('mysql: a wrong password is told without it, and quotes do no harm without backslash escapes', {
  skip,
}, async () => {
  const site = await makeStoreSite({ kind: 'mysql' });
  try {
    const domain = await site.addDomain();
    await site.server!.query('mysql', "SET GLOBAL sql_mode = 'NO_BACKSLASH_ESCAPES,ANSI_QUOTES'");
    const store = site.openAgain();
    const gecos = `\\' OR '1'='1' -- "x"`;
    await createAccount(store, domain, site.home.vpopmail, { name: "o'neil", passwordHash: 'x', gecos });
    assert.equal((await store.find(domain, "o'neil"))?.gecos, gecos);
    assert.equal((await store.list(domain, { search: "\\' or", limit: 5 })).total, 1);
    const line = site.server!.line(site.database).replace('root||', 'root|top-secret|');
    await writeFile(join(site.home.vpopmail, 'etc', 'vpopmail.mysql'), line);
    await assert.rejects(site.openAgain().find(domain, 'x'), (error: Error) => {
      assert.match(error.message, /cannot connect: Access denied for user/);
      assert.ok(!error.message.includes('top-secret'));
      return true;
    });
  } finally {
    await site.server!.query('mysql', 'SET GLOBAL sql_mode = DEFAULT');
    await site.close();
  }
});

test('mysql: tables without transactions (MyISAM) lose no count either', { skip }, async () => {
  const site = await makeStoreSite({ kind: 'mysql' });
  try {
    const domain = await site.addDomain();
    await site.store.add(domain, bare('first'), noHome);
    for (const table of ['vpopmail', 'dir_control', 'lastauth'])
      await site.server!.query(site.database, `ALTER TABLE ${table} ENGINE=MyISAM`);
    const stores = [site.openAgain(), site.openAgain()];
    await Promise.all(
      Array.from({ length: 20 }, (_, number) =>
        stores[number % 2]!.add(domain, bare(`user${number}`), noHome),
      ),
    );
    assert.equal((await site.store.directoryControl(domain)).users, 21);
  } finally {
    await site.close();
  }
});

each(
  'accounts are copied from files and back again, with logins, limits and places',
  async (site) => {
    const files = await makeStoreSite({ kind: 'cdb' });
    const back = await makeStoreSite({ kind: 'cdb' });
    try {
      const domain = await files.addDomain();
      for (const name of ['ann', 'bob']) await files.add(domain, name, { gecos: `Ms ${name} Ü` });
      const record = (await files.store.find(domain, 'ann'))!;
      await files.store.recordLogin(domain, record, { at: 1_700_000_000, ip: '192.0.2.1' });
      await files.store.setLimits(domain, { ...noLimits, maxAliases: 4 });
      const reports: unknown[] = [];
      for (let round = 0; round < 2; round++)
        await copyAccounts(files.store, site.store, [domain], (report) => reports.push(report));
      assert.deepEqual(reports, [
        { domain: 'example.test', added: 2, changed: 0, aliasLines: 0 },
        { domain: 'example.test', added: 0, changed: 2, aliasLines: 0 },
      ]);
      assert.deepEqual(await site.store.find(domain, 'ann'), { ...record, uid: 0 });
      assert.deepEqual(await site.store.lastLogin(domain, record), { at: 1_700_000_000, ip: '192.0.2.1' });
      assert.equal((await site.store.limits(domain))?.maxAliases, 4);
      assert.equal((await site.store.directoryControl(domain)).users, 2);
      const wanted = await readFile(join(domain.directory, 'vpasswd'), 'latin1');
      const there = { ...domain, directory: join(back.home.vpopmail, 'domains', 'example.test') };
      await mkdir(there.directory);
      await copyAccounts(site.store, back.store, [there]);
      assert.equal(await readFile(join(there.directory, 'vpasswd'), 'latin1'), wanted);
      assert.deepEqual(await back.store.find(there, 'bob'), await files.store.find(domain, 'bob'));
    } finally {
      await files.close();
      await back.close();
    }
  },
  { limits: 'table' },
);

each(
  'mail goes to accounts and aliases that only the database knows, and they sign in',
  async (site) => {
    const { home, server, database } = site;
    await writeFile(join(home.qmail, 'control', 'me'), 'mail.example.test\n');
    // Nothing is delivered as root.
    const owner =
      process.geteuid!() === 0
        ? { uid: 65534, gid: 65534 }
        : { uid: process.geteuid!(), gid: process.getegid!() };
    await addDomain(home, { name: 'example.test', postmaster: { passwordHash: 'x' }, owner });
    const messagePath = join(home.home, 'message');
    await writeFile(messagePath, letter);
    const accounts = openAccounts({ home });
    const { injector, injected } = rememberingInjector();
    const directorySync = createDirectorySync();
    const logged: string[] = [];
    const agent = createLocalAgent({
      home,
      users: openUsers(home.qmail),
      accounts,
      injector,
      settings: () => ({ defaultdelivery: './Maildir/\n', timeoutprogram: 30, overquotadefer: 0 }),
      directorySync,
      hostname: 'mail.example.test',
      log: (line) => logged.push(line),
    });
    const deliver = (local: string) =>
      agent.deliver({
        id: '1',
        sender: 'sender@example.net',
        recipient: `example.test-${local}@example.test`,
        message: Buffer.from(letter),
        path: messagePath,
        size: letter.length,
      } as never);
    try {
      const hash = '$1$fixture0$nGmpzWwhqJPjUiT2AoLGy0';
      await server!.query(
        database,
        `INSERT INTO vpopmail (pw_name, pw_domain, pw_passwd, pw_uid, pw_gid, pw_gecos, pw_dir, pw_shell) VALUES ('joe', 'example.test', '${hash}', 0, 0, 'Joe', '', 'NOQUOTA')`,
      );
      assert.equal(await accounts.recipientExists('joe@example.test'), true);
      assert.equal(await accounts.recipientExists('eve@example.test'), false);
      assert.equal((await deliver('joe')).code, 'K', logged.join());
      const directory = join(home.vpopmail, 'domains', 'example.test', 'joe');
      assert.equal((await readdir(join(directory, 'Maildir', 'new'))).length, 1);
      assert.equal(
        (await accounts.authenticate('JOE@example.test', 'correct horse battery', 'web', '192.0.2.1'))
          ?.directory,
        directory,
      );
      assert.equal(await accounts.authenticate('joe@example.test', 'wrong', 'web', '192.0.2.1'), undefined);
      assert.equal((await deliver('eve')).code, 'D');
      const domain = (await accounts.findDomain('example.test'))!;
      const table = (await site.store.aliasTable())!;
      await table.insert(domain, 'joe', '&boss@example.net');
      await table.insert(domain, 'news-default', '|echo "$DEFAULT of $LOCAL in $PWD"');
      await table.insert(domain, 'news-default', '&fan@example.net');
      assert.equal(await accounts.recipientExists('news-a-B@example.test'), true);
      // The alias beats the account.
      assert.equal((await deliver('joe')).text, 'qp 4711\ndid 0+0+1');
      assert.equal((await readdir(join(directory, 'Maildir', 'new'))).length, 1);
      const news = await deliver('news-a-B');
      assert.equal(news.text, `a-B of example.test-news-a-B in ${domain.directory}\nqp 4711\ndid 0+0+1`);
      assert.deepEqual(
        injected.map(({ recipients }) => recipients),
        [['boss@example.net'], ['fan@example.net']],
      );
      await server!.stop();
      assert.deepEqual(await deliver('joe'), { code: 'Z', text: 'Unable to look up the account. (#4.3.0)' });
      await assert.rejects(accounts.recipientExists('joe@example.test'));
      await server!.start();
      assert.equal((await deliver('joe')).code, 'K');
    } finally {
      await agent.close();
      await directorySync.close();
      await accounts.close();
    }
  },
  { valias: true },
);

for (const kind of kinds)
  test(`${kind}: the webmail signs in an account of the database and shows its mail`, { skip }, async () => {
    const server = await databaseOf(kind);
    await server.createDatabase('web');
    const site = await startSite({
      people: ['alice@example.com'],
      prepare: async ({ qmail, vpopmail }) => {
        await mkdir(join(vpopmail, 'etc'), { recursive: true });
        await writeFile(join(qmail, 'control', 'vpopmailauth'), `${kind}\n`);
        await writeFile(join(vpopmail, 'etc', `vpopmail.${kind}`), server.line('web'));
      },
    });
    try {
      await site.deliver('alice@example.com', { subject: 'Kept in a table' });
      const client = await site.signIn('alice@example.com');
      assert.match((await client.get('/f/INBOX')).body, /Kept in a table/);
      assert.notEqual((await site.client().signIn('alice@example.com', 'not the word')).status, 303);
      const domains = join(site.home.vpopmail, 'domains', 'example.com');
      assert.ok(!(await readdir(domains)).includes('vpasswd'));
    } finally {
      await site.close();
    }
  });

each('a program that forgets to close ends all the same', async (site) => {
  const domain = await site.addDomain();
  await site.add(domain, 'joe');
  const program = `
    import { openAccountStore } from ${JSON.stringify(new URL('../../mta/accounts/open-store.ts', import.meta.url).href)};
    const store = openAccountStore(${JSON.stringify(site.home)});
    const domain = ${JSON.stringify(domain)};
    await store.change(domain, 'joe', (old) => ({ ...old, flags: 8 }));
    console.log((await store.find(domain, 'joe')).flags);`;
  const ran = promisify(execFile)(process.execPath, ['--input-type=module-typescript', '-e', program], {
    timeout: 20_000,
  });
  assert.equal((await ran).stdout, '8\n');
});

test('qmail-showctl tells of a database that nobody asks, and of a password that all can read', {
  skip: false,
}, async () => {
  const site = await makeStoreSite({ kind: 'cdb' });
  try {
    const path = join(site.home.vpopmail, 'etc', 'vpopmail.mysql');
    await writeFile(path, 'localhost|0|root|x|vpopmail\n', { mode: 0o644 });
    const { stdout } = await runCommand(showctl, site.home, []);
    assert.match(
      stdout,
      /\nvpopmail\.mysql: Oops! This vpopmail keeps its accounts in a database, but vpopmailauth says cdb\./,
    );
    assert.match(stdout, /\nvpopmail\.mysql: Oops! Everybody on this machine can read the password/);
    await writeFile(join(site.home.qmail, 'control', 'vpopmailauth'), 'pgsql\n');
    assert.match(
      (await runCommand(showctl, site.home, [])).stdout,
      /\nvpopmailauth: Oops! .*vpopmail\.pgsql is missing/,
    );
    // No guess is made: without its file there are no accounts, and that is an error.
    const store = openAccountStore(site.home);
    await assert.rejects(store.kind(), { code: 'ENOENT' });
    await store.close();
  } finally {
    await site.close();
  }
});
