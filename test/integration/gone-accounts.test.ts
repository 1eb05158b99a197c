// Whoever gets the address of a removed account finds nothing of the former person: rows, spools, indexes, sessions.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { createAccount } from '../../mta/accounts/account-changes.ts';
import { addDomain } from '../../mta/accounts/domains.ts';
import { asOurselves } from '../../mta/accounts/durable.ts';
import { openLoginFailures } from '../../mta/accounts/login-failures.ts';
import { openAccountStore } from '../../mta/accounts/open-store.ts';
import { noteRemoval } from '../../mta/accounts/removal-notes.ts';
import * as vdeldomain from '../../mta/commands/vdeldomain.ts';
import * as vdeloldusers from '../../mta/commands/vdeloldusers.ts';
import * as vdeluser from '../../mta/commands/vdeluser.ts';
import { openStateDatabase } from '../../server/web/state/database.ts';
import { owned, ownedByRows, ownedOtherwise } from '../../server/web/state/forgetting.ts';
import { openGoneAccounts } from '../../server/web/state/gone-accounts.ts';
import { runCommand } from '../support/accounts.ts';
import { startSite, type WebSite } from '../support/site.ts';

const day = 24 * 3600_000;
const passwordHash = '$1$fixture0$nGmpzWwhqJPjUiT2AoLGy0';
const people = ['ann', 'bea', 'carl', 'dora', 'eve', 'fay', 'ivy', 'jan', 'kim'].map(
  (name) => `${name}@example.com`,
);
let site: WebSite;
let database: Database.Database;
before(async () => {
  site = await startSite({ people: [...people, 'gus@other.example', 'hal@other.example'] });
  database = new Database(join(site.home.state, 'facteur.sqlite'));
  database.pragma('foreign_keys = off');
  openLoginFailures(database, Date.now);
});
after(async () => {
  database.close();
  await site.close();
});

const hashed = (text: string): string => createHash('sha256').update(text).digest('base64url').slice(0, 22);
const tables = (): string[] =>
  database
    .prepare<[], string>("select name from sqlite_master where type = 'table' and name not like 'sqlite_%'")
    .pluck()
    .all();
const columnsOf = (table: string) =>
  database
    .prepare<[], { name: string; type: string; pk: number }>(
      `select name, type, pk from pragma_table_info('${table}')`,
    )
    .all();
let made = 0;

/** Puts a row of an account into every table that has such rows, and a file into every directory. */
async function leaveTraces(address: string): Promise<void> {
  const session = `session of ${address}`;
  for (const table of tables().filter((name) => name in owned || name in ownedOtherwise)) {
    const columns = columnsOf(table);
    const values = columns.map(({ name, type, pk }) => {
      if (name === owned[table]) return address;
      if (table === 'login_known' && name === 'account') return hashed(address);
      if (name === 'session' || (table === 'web_sessions' && name === 'hash')) return session;
      made += 1;
      if (table === 'web_due' && name === 'at') return Date.now() + 365 * day;
      if (name === 'at' || name === 'last' || name === 'last_seen' || name === 'signed_in') return Date.now();
      return type.toLowerCase() === 'integer' ? (pk > 0 ? 1_000_000 + made : 1) : `row ${made}`;
    });
    database
      .prepare(`insert or replace into ${table} values (${columns.map(() => '?').join(', ')})`)
      .run(...values);
  }
  const name = encodeURIComponent(address);
  for (const directory of ['drafts', 'outbox']) {
    await mkdir(join(site.home.state, directory, name), { recursive: true });
    await writeFile(join(site.home.state, directory, name, 'draft'), 'x');
  }
  await mkdir(join(site.home.state, 'index'), { recursive: true });
  await writeFile(join(site.home.state, 'index', `${address}-0123456789abcdef.sqlite`), '');
}

/** Tables and directories that still have something of an address. */
async function tracesOf(address: string): Promise<string[]> {
  const found = Object.entries(owned)
    .filter(([table, column]) => database.prepare(`select 1 from ${table} where ${column} = ?`).get(address))
    .map(([table]) => table);
  const session = `session of ${address}`;
  for (const table of ['web_proofs', 'web_admin_sessions'])
    if (database.prepare(`select 1 from ${table} where session = ?`).get(session)) found.push(table);
  if (database.prepare('select 1 from login_known where account = ?').get(hashed(address)))
    found.push('login_known');
  for (const directory of ['drafts', 'outbox', 'index'])
    for (const name of await readdir(join(site.home.state, directory)))
      if (decodeURIComponent(name).startsWith(address)) found.push(directory);
  return [...new Set(found)].toSorted();
}

const everywhere = (): string[] =>
  [...Object.keys(owned), ...Object.keys(ownedOtherwise), 'drafts', 'index', 'outbox'].toSorted();

async function addAgain(address: string): Promise<void> {
  const store = openAccountStore(site.home);
  const [name = '', host = ''] = address.split('@');
  const domain = await site.web.accounts.findDomain(host);
  await createAccount(store, domain!, site.home.vpopmail, { name, passwordHash });
  await store.close();
}

const notes = (): Promise<string[]> => readdir(join(site.home.state, 'removed'));

describe('what is kept of an account', () => {
  test('is named table by table: a new one must say how it forgets', () => {
    const listed = { ...owned, ...ownedOtherwise, ...ownedByRows };
    assert.deepEqual(
      tables().filter((table) => !(table in listed)),
      [],
    );
    assert.deepEqual(
      Object.keys(listed).filter((table) => !tables().includes(table)),
      [],
    );
    for (const table of tables()) {
      const names = columnsOf(table).map(({ name }) => name);
      const column = names.find((name) => /^(?:address|account|owner|session)$/.test(name));
      if (column !== undefined) assert.ok(!(table in ownedByRows), `${table} has rows of accounts`);
      if (table in owned) assert.ok(names.includes(owned[table]!), table);
    }
  });

  test('is forgotten when vdeluser removed it, before anybody new is let in; others keep theirs', async () => {
    await leaveTraces('ann@example.com');
    await leaveTraces('bea@example.com');
    site.web.choiceStore.change('ann@example.com', { density: 'compact' });
    assert.equal(site.web.choiceStore.read('ann@example.com').density, 'compact');
    const former = site.client();
    former.cookies.set('sid', site.web.sessions.begin('ann@example.com', true, 'test'));
    assert.equal((await former.get('/f/INBOX')).status, 200);
    assert.deepEqual(await tracesOf('ann@example.com'), everywhere());

    assert.deepEqual(await runCommand(vdeluser, site.home, ['Ann@example.com']), {
      status: 0,
      stdout: '',
      stderr: '',
    });
    assert.equal((await notes()).length, 1);
    await addAgain('ann@example.com');
    assert.equal((await former.get('/f/INBOX')).status, 303, 'the former session is not the new person’s');
    // The new account has a home, so its index may be in use.
    assert.deepEqual(await tracesOf('ann@example.com'), ['index']);
    assert.equal(site.web.choiceStore.read('ann@example.com').density, 'comfortable');
    assert.deepEqual(await notes(), []);
    assert.deepEqual(await tracesOf('bea@example.com'), everywhere());
    await site.signIn('ann@example.com');
  });

  test('is forgotten when an administrator, vdeloldusers or vdeldomain removed it', async () => {
    await leaveTraces('carl@example.com');
    await leaveTraces('dora@example.com');
    await site.web.administration.removeAccount({ kind: 'machine' }, 'CARL@example.com');
    await site.web.gone.takeUp();
    assert.deepEqual(await tracesOf('carl@example.com'), []);
    assert.deepEqual(await tracesOf('dora@example.com'), everywhere());

    await leaveTraces('gus@other.example');
    await leaveTraces('hal@other.example');
    const store = openAccountStore(site.home);
    const other = await site.web.accounts.findDomain('other.example');
    for await (const record of store.each(other!))
      await store.recordLogin(other!, record, {
        at: record.name === 'gus' ? 1_000_000_000 : Date.now() / 1000,
        ip: '192.0.2.1',
      });
    await store.close();
    const { status, stderr } = await runCommand(vdeloldusers, site.home, ['-D', '-d', 'other.example']);
    assert.deepEqual([status, stderr], [0, '']);
    await site.web.gone.takeUp();
    assert.deepEqual(await tracesOf('gus@other.example'), []);
    assert.deepEqual(await tracesOf('hal@other.example'), everywhere());

    assert.equal((await runCommand(vdeldomain, site.home, ['other.example'])).status, 0);
    const owner = { uid: process.geteuid!(), gid: process.getegid!() };
    await addDomain(site.home, { name: 'other.example', postmaster: { passwordHash }, owner });
    await addAgain('hal@other.example');
    assert.equal((await site.client().get('/login')).status, 200);
    assert.deepEqual(await tracesOf('hal@other.example'), ['index']);
    assert.deepEqual(await notes(), []);
    assert.deepEqual(await tracesOf('dora@example.com'), everywhere());
  });

  test('is taken off the folders that others share: whoever gets the address sees none of them', async () => {
    const kim = await site.account('kim@example.com');
    const index = join(site.home.home, 'shared-index');
    await writeFile(index, `kim@example.com\t1000\t1000\t${kim.directory}\n`);
    await writeFile(join(site.home.qmail, 'control', 'sharedindex'), `${index}\n`);
    const acl = join(kim.maildir, 'courierimapacl');
    const others = 'owner aceilrstwx\nuser=ivy@example.com lr\nuser=jan@other.example lr\n';
    await writeFile(acl, `${others}user=jan lr\nuser=JAN@example.com lrs\n`);
    await site.web.administration.removeAccount({ kind: 'machine' }, 'jan@example.com');
    await site.web.gone.takeUp();
    const takenOff = () => site.logged.filter((text) => /^rights of .*: taken off/.test(text)).length;
    for (const end = Date.now() + 10_000; takenOff() < 2 && Date.now() < end; ) await setImmediate();
    assert.equal(await readFile(acl, 'utf8'), others);
  });

  test('stays when a removal was refused, or noted and never done', async () => {
    await leaveTraces('postmaster@example.com');
    await leaveTraces('eve@example.com');
    await assert.rejects(
      site.web.administration.removeAccount({ kind: 'machine' }, 'postmaster@example.com'),
    );
    assert.deepEqual(await notes(), []);
    const eve = await site.account('eve@example.com');
    const warn = (line: string): never => assert.fail(line);
    await noteRemoval({ home: site.home, as: asOurselves, warn }, eve.address, eve.maildir, eve);
    await site.web.gone.takeUp();
    assert.equal((await notes()).length, 1);
    site.advance(3_700_000);
    await site.web.gone.takeUp();
    assert.deepEqual(await notes(), []);
    for (const address of ['postmaster@example.com', 'eve@example.com'])
      assert.deepEqual(await tracesOf(address), everywhere());
  });

  test('stays, and the removal goes on, where nothing can be noted: that is told', async () => {
    await leaveTraces('fay@example.com');
    const removed = join(site.home.state, 'removed');
    await rm(removed, { recursive: true });
    await writeFile(removed, 'no directory');
    const ran = await runCommand(vdeluser, site.home, ['fay@example.com']);
    assert.equal(ran.status, 0);
    assert.match(ran.stderr, /^warning: what the webmail keeps of "?fay@example\.com"? stays until/);
    await site.web.gone.takeUp();
    await rm(removed);
    assert.deepEqual(await tracesOf('fay@example.com'), everywhere());
  });

  test('keeps everybody out of the address, and nobody else, until it could be forgotten', async () => {
    await leaveTraces('ivy@example.com');
    assert.equal((await runCommand(vdeluser, site.home, ['ivy@example.com'])).status, 0);
    await addAgain('ivy@example.com');
    database.exec(
      "create trigger stuck before delete on web_sent begin select raise(abort, 'a bad disk'); end",
    );
    const refused = await site.client().signIn('ivy@example.com');
    assert.equal(refused.status, 500);
    await site.signIn('bea@example.com');
    assert.ok(site.logged.some((line) => /cannot forget "?ivy@example\.com"? yet: .*a bad disk/.test(line)));
    database.exec('drop trigger stuck');
    await site.signIn('ivy@example.com');
    assert.deepEqual(await notes(), []);
  });

  test('goes after 30 days without the account, and not while nobody can tell or when it came back', async () => {
    const state = await mkdtemp(join(tmpdir(), 'gone-'));
    const own = await openStateDatabase(state);
    let ahead = 0;
    let answer: 'absent' | 'there' | 'broken' = 'absent';
    const account = await site.account('bea@example.com');
    const accounts = {
      findDomain: async () => undefined,
      findAccount: async () => {
        if (answer === 'broken') throw new Error('no connection');
        return answer === 'there' ? account : undefined;
      },
    };
    const now = () => Date.now() + ahead;
    const gone = openGoneAccounts({ state, database: own, accounts, log: () => undefined, now });
    own.prepare("insert into web_sent values ('zoe@example.com', 'm', 'q', 1)").run();
    await mkdir(join(state, 'drafts', 'zoe%40example.com'), { recursive: true });
    const isKept = () => own.prepare('select 1 from web_sent').get() !== undefined;
    const sweepAfter = async (days: number): Promise<boolean> => {
      ahead += days * day;
      await gone.sweep();
      return isKept();
    };
    assert.equal(await sweepAfter(0), true);
    assert.equal(await sweepAfter(29), true);
    answer = 'there';
    assert.equal(await sweepAfter(2), true);
    answer = 'absent';
    assert.equal(await sweepAfter(0), true);
    answer = 'broken';
    assert.equal(await sweepAfter(31), true);
    answer = 'absent';
    assert.equal(await sweepAfter(0), true);
    assert.equal(await sweepAfter(31), false);
    await assert.rejects(stat(join(state, 'drafts', 'zoe%40example.com')), { code: 'ENOENT' });
    await gone.close();
    own.close();
    await rm(state, { recursive: true });
  });
});
