// facteur sieve as its caller sees it: what it prints, what it changes, its exit status.
import assert from 'node:assert/strict';
import { mkdir, readFile, readlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createAccount } from '../../mta/accounts/account-changes.ts';
import { openAccounts } from '../../mta/accounts/accounts.ts';
import { openCdbStore } from '../../mta/accounts/cdb-store.ts';
import { addDomain } from '../../mta/accounts/domains.ts';
import { hashPassword } from '../../mta/accounts/new-hash.ts';
import type { Account } from '../../mta/accounts/types.ts';
import * as command from '../../mta/commands/sieve.ts';
import { makeBareSite, runCommand } from '../support/accounts.ts';

let site: Awaited<ReturnType<typeof makeBareSite>>;
let ann: Account;
const at = (name: string): string => join(site.home.home, name);
const owner = { uid: process.getuid?.() || 89, gid: process.getgid?.() || 89 };

before(async () => {
  site = await makeBareSite();
  const passwordHash = hashPassword('x', 'sha512-crypt');
  await addDomain(site.home, { name: 'our.test', owner, postmaster: { passwordHash } });
  await mkdir(site.home.state, { recursive: true });
  const accounts = openAccounts({ home: site.home });
  const domain = (await accounts.findDomain('our.test'))!;
  await createAccount(openCdbStore(), domain, site.home.vpopmail, { name: 'ann', passwordHash });
  ann = (await accounts.findAccount('ann@our.test'))!;
  await accounts.close();
  await writeFile(
    at('good'),
    'require ["fileinto", "envelope"];\nif envelope "from" "boss@net.test" { fileinto "Work"; stop; }\n',
  );
  await writeFile(at('bad'), 'keep;\nfileinto "x";\n');
  await writeFile(at('letter'), 'From: boss@net.test\r\nSubject: hi\r\n\r\nwords\r\n');
});
after(() => site.remove());

const sieve = (args: readonly string[], input = '') => runCommand(command, site.home, args, input);

test('a script is checked, and tried out on a letter', async () => {
  assert.deepEqual(await sieve(['check', at('good')]), {
    status: 0,
    stdout: `${at('good')}: this script can run\n`,
    stderr: '',
  });
  const bad = await sieve(['check', at('bad')]);
  assert.equal(bad.status, 1);
  assert.match(bad.stdout, /bad:2:1: .*fileinto/);
  const hit = await sieve(['test', '-f', 'boss@net.test', '-t', 'ann@our.test', at('good'), at('letter')]);
  assert.deepEqual([hit.status, hit.stdout], [0, 'file into "Work"\n']);
  const miss = await sieve(['test', at('good'), at('letter')]);
  assert.equal(miss.stdout, 'keep in INBOX, because nothing else was said\n');
});

test("an account's scripts are saved, activated, shown and removed, as its owner's", async () => {
  assert.equal((await sieve(['put', 'ANN@our.test', 'work', at('good')])).status, 0);
  assert.equal((await sieve(['put', 'ann@our.test', 'all'], 'keep;\n')).status, 0);
  assert.equal((await sieve(['activate', 'ann@our.test', 'work'])).status, 0);
  assert.equal((await sieve(['list', 'ann@our.test'])).stdout, '       6 all\n*     96 work\n');
  assert.equal(await readlink(join(ann.directory, '.dovecot.sieve')), 'sieve/work.sieve');
  assert.equal(await readFile(join(ann.directory, 'sieve/all.sieve'), 'utf8'), 'keep;\n');
  assert.equal((await sieve(['get', 'ann@our.test', 'all'])).stdout, 'keep;\n');
  assert.match((await sieve(['remove', 'ann@our.test', 'work'])).stderr, /is the active script/);
  assert.equal((await sieve(['deactivate', 'ann@our.test'])).status, 0);
  assert.equal((await sieve(['remove', 'ann@our.test', 'work'])).status, 0);
  assert.equal((await sieve(['list', 'ann@our.test'])).stdout, '       6 all\n');
});

test('what cannot be is said, and changes nothing', async () => {
  const refused = await sieve(['put', 'ann@our.test', 'bad', at('bad')]);
  assert.deepEqual([refused.status, refused.stdout], [100, '']);
  assert.match(refused.stderr, /^bad:2:1: /);
  const unknown = await sieve(['list', 'nobody@our.test']);
  assert.deepEqual([unknown.status, unknown.stderr], [100, 'sieve: there is no account nobody@our.test\n']);
  assert.match((await sieve(['get', 'ann@our.test', '../x'])).stderr, /cannot hold a slash/);
  assert.equal((await sieve(['check', at('nothing')])).status, 111);
  const large = await sieve(['put', 'ann@our.test', 'big'], ' '.repeat(100_000));
  assert.match(large.stderr, /at most 65536 bytes/);
  for (const args of [[], ['fly'], ['list'], ['get', 'ann@our.test'], ['list', '-x', 'ann@our.test']])
    assert.deepEqual(await sieve(args), { status: 100, stdout: '', stderr: command.usage });
});
