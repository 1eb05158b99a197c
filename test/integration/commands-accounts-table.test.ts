// vpopmail's commands as scripts see them, by tables: arguments, exit status, exact output; and what the files hold then.
// The rows are what vpopmail 5.6.13 printed for the same calls, but where a row says otherwise.
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createAccount } from '../../mta/accounts/account-changes.ts';
import { openAccounts } from '../../mta/accounts/accounts.ts';
import { addDomain, defaultOwner } from '../../mta/accounts/domains.ts';
import { openAccountStore } from '../../mta/accounts/open-store.ts';
import type { Command } from '../../mta/commands/command.ts';
import { vpopmailCommands } from '../../mta/commands/vpopmail-table.ts';
import { parseUsageConfig } from '../../mta/commands/vusagec.ts';
import type { Home } from '../../mta/home.ts';
import { programRoot } from '../../mta/root.ts';
import { makeBareSite, type Ran, runCommand } from '../support/accounts.ts';
import { runTableCommand } from '../support/command-process.ts';

/** MD5 of "secret". */
const HASH = '$1$abcdefgh$cHJi5PXp/ki/ktXzqlk6I1';

let site: Awaited<ReturnType<typeof makeBareSite>>;
let home: Home;
const commands = new Map<string, Command>();
before(async () => {
  site = await makeBareSite();
  home = site.home;
  const owner = await defaultOwner();
  for (const name of ['example.test', 'other.test'])
    await addDomain(home, { name, owner, instruction: 'delete', postmaster: { passwordHash: HASH } });
  const store = openAccountStore(home);
  const domain = await openAccounts({ home }).findDomain('example.test');
  for (const name of ['ann', 'joe'])
    await createAccount(store, domain!, home.vpopmail, { name, passwordHash: HASH });
  await store.close();
  for (const [name, { load }] of Object.entries(vpopmailCommands)) commands.set(name, await load());
});
after(() => site.remove());

const directory = (...parts: string[]): string => join(home.vpopmail, 'domains', 'example.test', ...parts);

/** Words of a command line; what is in single quotes is one word. */
const wordsOf = (line: string): string[] =>
  [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, whole, word]) => whole ?? word!);

async function run(line: string, input = '', env: Record<string, string> = {}): Promise<Ran> {
  const [name = '', ...args] = wordsOf(line);
  return runCommand(commands.get(name)!, home, args, input, env);
}

/** [command line, exit status, standard output, standard error] */
type Row = readonly [line: string, status?: number, stdout?: string, stderr?: string];

async function runRows(rows: readonly Row[]): Promise<void> {
  for (const [line, status = 0, stdout = '', stderr = ''] of rows)
    assert.deepEqual(await run(line), { status, stdout, stderr }, line);
}

const usageOf = (name: string): string => commands.get(name)!.usage;

test('every command of the table loads, says how it is used, and is a file of its name', async () => {
  for (const [name, { summary }] of Object.entries(vpopmailCommands)) {
    assert.ok(usageOf(name).includes(name) && summary.length < 60, name);
    await readFile(join(programRoot(), 'mta', 'commands', `${name}.ts`));
    assert.deepEqual(await run(`${name} --help`), { status: 0, stdout: usageOf(name), stderr: '' });
  }
});

test('options may follow other arguments, and wrong ones are complained about as GNU getopt does', async () => {
  await runRows([
    ['vuserinfo joe@example.test -n', 0, 'joe\n'],
    ['vuserinfo -v -n -- joe@example.test', 0, 'version: 5.6.13\njoe\n'],
    ['vuserinfo -z joe@example.test', 255, usageOf('vuserinfo'), "vuserinfo: invalid option -- 'z'\n"],
    [
      'vmoduser joe@example.test -q',
      255,
      usageOf('vmoduser'),
      "vmoduser: option requires an argument -- 'q'\n",
    ],
  ]);
});

test('alias domains and vdominfo', async () => {
  const block = (first: string): string =>
    `domain: ${first}\nuid:    ${owner.uid}\ngid:    ${owner.gid}\ndir:    ${directory()}\nusers:  3\n`;
  const owner = await defaultOwner();
  await runRows([
    ['vaddaliasdomain', 255, usageOf('vaddaliasdomain')],
    ['vaddaliasdomain example.test b-alias.test'],
    ['vaddaliasdomain a-alias.test EXAMPLE.test'],
    [
      'vaddaliasdomain example.test other.test',
      255,
      'Error: Both domains already exist, unable to create alias.\n',
    ],
    [
      'vaddaliasdomain a.test b.test',
      255,
      "Error: Neither 'a.test' or 'b.test'  exist, unable to create alias.\n",
    ],
    [
      'vaddaliasdomain example.test example.test',
      255,
      `Error: real domain and alias domain are the same!\n${usageOf('vaddaliasdomain')}`,
    ],
    ['vaddaliasdomain example.test al_ias.test', 244, 'Error: Invalid domain name\n'],
    ['vdominfo example.test', 0, `${block('example.test')}alias: a-alias.test\nalias: b-alias.test\n`],
    ['vdominfo A-Alias.test', 0, `${block('example.test')}alias: a-alias.test\nalias: b-alias.test\n`],
    ['vdominfo nowhere.test', 245, 'Invalid domain name\n'],
    ['vdominfo -n -t other.test', 0, 'other.test\n1\n'],
    ['vdominfo -r a-alias.test', 0, 'example.test\nalias: a-alias.test\nalias: b-alias.test\n'],
    ['vdominfo -na other.test -d', 0, `other.test\n${home.vpopmail}/domains/other.test\n`],
  ]);
  const { stdout } = await run('vdominfo');
  assert.ok(stdout.startsWith(`${block('a-alias.test (alias of example.test)')}\n`), stdout);
  assert.equal(stdout.split('\n\n').length, 5);
});

test('vdeldomain keeps a domain with aliases unless -f is given', async () => {
  await runRows([
    ['vdeldomain', 0, usageOf('vdeldomain')],
    ['vdeldomain nowhere.test', 245, 'Error: Domain does not exist\n'],
    [
      'vdeldomain example.test',
      0,
      'Warning: Alias domains exist:\n   a-alias.test\n   b-alias.test\n   use -f to force delete of domain and all aliases\n',
    ],
    ['vdeldomain a-alias.test'],
    ['vdominfo -r b-alias.test', 0, 'example.test\nalias: b-alias.test\n'],
    ['vaddaliasdomain other.test c-alias.test'],
    ['vdeldomain -f other.test', 0, 'Warning: Alias domains deleted:\n   c-alias.test\n'],
    ['vdominfo c-alias.test', 245, 'Invalid domain name\n'],
  ]);
});

test('vmoduser adds flags, clears them with -x, and sets the fields', async () => {
  await runRows([
    ['vmoduser', 255, usageOf('vmoduser')],
    ['vmoduser -h', 0, usageOf('vmoduser')],
    ["vmoduser -c 'New: Name' joe@example.test"],
    ['vuserinfo -c joe@example.test', 0, 'New Name\n'],
    ['vmoduser -d -p joe@example.test'],
    ['vmoduser -w joe@b-alias.test'],
    ['vuserinfo -g joe@example.test', 0, '7\n'],
    ['vpasswd joe@example.test another', 255, 'Error: Illegal username\n'],
    ['vmoduser -x -dpwibru0123saofFm joe@example.test'],
    // All but the two that only root may give.
    ['vuserinfo -g joe@example.test', 0, `${0x7ffff & ~0x30000}\n`],
    ['vmoduser -x joe@example.test'],
    ['vmoduser -q 5MB joe@example.test'],
    ['vuserinfo -q joe@example.test', 0, '5242880S\n'],
    ['vmoduser -x nobody@example.test', 255, 'no such user nobody@example.test\n'],
    ['vmoduser -x joe@nowhere.test', 255, 'no such user joe@nowhere.test\n'],
    // vpopmail is silent; that it did nothing is told on standard error.
    ['vmoduser -x nowhere.test', 0, '', 'vmoduser: "nowhere.test" is no domain here\n'],
    ['vmoduser -i -q NOQUOTA example.test'],
    [
      'vuserinfo -g -q -D example.test',
      0,
      ['', '8\nNOQUOTA\n', '8\nNOQUOTA\n', '8\nNOQUOTA\n'].join(`${'-'.repeat(42)}\n`),
    ],
    ['vmoduser -x example.test'],
  ]);
  assert.equal((await run('vmoduser -D ../x joe@example.test')).status, 236);
  assert.equal((await run('vmoduser -e a:b joe@example.test')).status, 236);
  if (process.getuid?.() === 0) {
    await run('vmoduser -S -E ann@example.test');
    assert.equal((await run('vuserinfo -g ann@example.test')).stdout, `${0x30000}\n`);
    await run('vmoduser -x ann@example.test');
  }
});

test('vsetuserquota stores the quota and has the Maildir counted by it', async () => {
  await writeFile(directory('joe', 'Maildir', 'cur', '1.a.b,S=100:2,S'), 'x'.repeat(100));
  await runRows([
    ['vsetuserquota', 255, usageOf('vsetuserquota')],
    ['vsetuserquota joe@example.test', 255, usageOf('vsetuserquota')],
    ['vsetuserquota joe@example.test 10m,100c'],
    ['vuserinfo -q joe@example.test', 0, '10485760S,100C\n'],
    ['vsetuserquota nobody@example.test 1M', 246, 'Error: User does not exist\n'],
    ['vsetuserquota joe@nowhere.test 1M', 245, 'Error: Domain does not exist\n'],
    ['vsetuserquota nowhere.test 1M', 245, 'Error: Domain does not exist\n'],
    ['vsetuserquota joe@example.test 123456789012345678901', 227, 'Error: quota too long (max=20)\n'],
  ]);
  const size = () => readFile(directory('joe', 'Maildir', 'maildirsize'), 'utf8');
  assert.equal(await size(), '10485760S,100C\n100 1\n');
  await runRows([['vsetuserquota example.test 20M'], ['vuserinfo -q ann@example.test', 0, '20971520S\n']]);
  assert.equal(await size(), '20971520S\n100 1\n');
  await runRows([
    // vpopmail: what is no quota is stored as none. People are told.
    [
      'vsetuserquota joe@example.test bogus',
      0,
      '',
      'vsetuserquota: "bogus" is no quota, none is set; expected a size such as 500M (K and M, nothing for bytes), a number of messages such as 1000C, both as 500M,1000C, or NOQUOTA\n',
    ],
    ['vuserinfo -q joe@example.test', 0, '\n'],
    ['vsetuserquota example.test noquota'],
  ]);
  await assert.rejects(size(), { code: 'ENOENT' });
});

test('vverifypw and vchangepw', async () => {
  const address = 'ann@example.test';
  await runRows([
    ['vverifypw ann@example.test secret', 0, 'User authenticated.\n'],
    ['vverifypw ann@example.test wrong', 255, 'Error: authentication failed!\n'],
    ['vverifypw nobody@example.test secret', 255, 'Error: authentication failed!\n'],
    [`vverifypw -e ann@example.test '${HASH}'`, 0, 'User authenticated.\n'],
    [`vverifypw -e nobody@example.test ''`, 255, 'Error: authentication failed!\n'],
    ['vverifypw -h', 0, usageOf('vverifypw')],
  ]);
  const prompt = 'Please enter the email address: ';
  const change = (...lines: string[]) => run('vchangepw', lines.map((line) => `${line}\n`).join(''));
  assert.deepEqual(await change(address, 'wrong', 'new'), {
    status: 3,
    stdout: `${prompt}${address}\nError: authentication failed!\n`,
    stderr: '',
  });
  assert.deepEqual(await change(address, 'secret', 'new password'), {
    status: 0,
    stdout: `${prompt}${address}\nPassword successfully changed.\n`,
    stderr: '',
  });
  assert.equal((await run("vverifypw ann@example.test 'new password'")).status, 0);
  await run('vmoduser -d ann@example.test');
  assert.equal((await change(address, 'new password', 'other')).status, 255, 'it may not be changed');
  assert.equal((await run("vverifypw ann@example.test 'new password'")).status, 0);
  assert.equal((await run('vverifypw', `${address}\nnew password\n`)).status, 0);
});

test('valias keeps lines exactly as given, and finds lists by their links', async () => {
  await runRows([
    ['valias', 255, usageOf('valias'), 'must supply alias email address\n'],
    ['valias -z x@example.test', 254, usageOf('valias'), "valias: invalid option -- 'z'\n"],
    ['valias -i a@b.test Al.X@example.test'],
    ['valias -i &d@e.test al.x@b-alias.test'],
    [
      'valias -i a@b.test al.x@example.test',
      255,
      '',
      'Error: alias al.x@example.test -> a@b.test already exists.\n',
    ],
    ['valias al.x@example.test', 0, 'al.x@example.test -> a@b.test\nal.x@example.test -> &d@e.test\n'],
    ['valias -i z zed@example.test'],
    [
      'valias -s b-alias.test',
      0,
      'al.x@example.test -> a@b.test\nal.x@example.test -> &d@e.test\nzed@example.test -> z\n',
    ],
    ['valias -n example.test', 0, 'al.x\nzed\n'],
    ['valias -n zed@example.test', 255, '', 'Please enter domain name only.\n'],
    ['valias none@example.test', 255, 'No aliases none@example.test found\n'],
    [
      'valias nowhere.test',
      255,
      'invalid domain, not in qmail assign file\nNo aliases found for domain nowhere.test\n',
    ],
    // vpopmail stores nothing and says nothing.
    [`valias -i ${'a'.repeat(160)} long@example.test`, 224, 'Error: alias line too long (max=160)\n'],
    ['valias -d none@example.test'],
    ['valias -d zed@example.test'],
    ['valias -n example.test', 0, 'al.x\n'],
  ]);
  assert.equal(await readFile(directory('.qmail-al:x'), 'utf8'), 'a@b.test\n&d@e.test\n');
  await writeFile(directory('.qmail-bare'), 'no line feed');
  await run('valias -i more bare@example.test');
  assert.equal(await readFile(directory('.qmail-bare'), 'utf8'), 'no line feed\nmore\n');
  // Bytes of any charset stay, and what is no file is not written over.
  await writeFile(directory('.qmail-bare'), Buffer.from('# \xe9t\xe9\n', 'latin1'));
  await run('valias -i more bare@example.test');
  assert.equal(await readFile(directory('.qmail-bare'), 'latin1'), '# \xe9t\xe9\nmore\n');
  assert.match((await run('valias bare@example.test')).stdout, /-> # été\n/);
  assert.notEqual((await run('valias -i x ../../evil@example.test')).status, 0);
  await run('valias -d bare@example.test');
  await run('valias -d al.x@example.test');
  await runRows([['valias -n example.test', 255]]);
});

test('vmoddomlimits prints the block of vpopmail and stores what is asked', async () => {
  const show = (domain = 'example.test') => run(`vmoddomlimits -S ${domain}`);
  await runRows([
    ['vmoddomlimits', 255, usageOf('vmoddomlimits')],
    ['vmoddomlimits -h', 0, usageOf('vmoddomlimits')],
    ['vmoddomlimits -P 5 -A 6 -F 7 -R 8 -L 9 -Q 100 -q 10M -M 1000 -m 20 -g psi example.test'],
    ['vmoddomlimits -p a -a c -l cm -u d -x md example.test'],
    ['vmoddomlimits -S nowhere.test', 0, '', 'vmoddomlimits: "nowhere.test" is no domain here\n'],
  ]);
  assert.equal(
    (await show('b-alias.test')).stdout,
    `Domain: example.test
--
Max Pop Accounts: 5
Max Aliases: 6
Max Forwards: 7
Max Autoresponders: 8
Max Mailinglists: 9
GID Flags:
  NO_IMAP
  NO_SMTP
  NO_POP
Flags (for commandline): isp
Flags for non postmaster accounts:
  pop account:            DENY_CREATE  DENY_MODIFY  DENY_DELETE  ${''}
  alias:                  DENY_CREATE  ALLOW_MODIFY ALLOW_DELETE ${''}
  forward:                ALLOW_CREATE ALLOW_MODIFY ALLOW_DELETE ${''}
  autoresponder:          ALLOW_CREATE ALLOW_MODIFY ALLOW_DELETE ${''}
  mailinglist:            DENY_CREATE  DENY_MODIFY  ALLOW_DELETE ${''}
  mailinglist users:      ALLOW_CREATE ALLOW_MODIFY DENY_DELETE  ${''}
  mailinglist moderators: ALLOW_CREATE ALLOW_MODIFY ALLOW_DELETE ${''}
  quota:                  ALLOW_CREATE DENY_MODIFY  DENY_DELETE  ${''}
  default quota:          ALLOW_CREATE ALLOW_MODIFY ALLOW_DELETE ${''}
Domain Quota: 100 MB
Default User Quota: 10485760 bytes
Max Domain Messages: 1000
Default Max Messages per User: 20
`,
  );
  assert.match((await run('vuserinfo joe@example.test')).stdout, /pop access closed \(\*\)\n/);
  await runRows([['vmoddomlimits -D example.test', 0, 'Limits deleted\n']]);
  assert.match((await show()).stdout, /Max Pop Accounts: -1\n[\s\S]*commandline\): \nFlags/);
  assert.equal((await run('vmoddomlimits -d -P 33')).status, 0);
  assert.match((await show()).stdout, /Max Pop Accounts: 33\n/, 'the default of all domains');
  const refused = await run('vmoddomlimits -d -D');
  assert.deepEqual(
    [refused.status, refused.stdout.split('\n')[0]?.slice(0, 35)],
    [255, 'Default limits must not be deleted.'],
  );
  await rm(join(home.vpopmail, 'etc', 'vlimits.default'));
});

test('vipmap maps addresses to domains, and user names without a domain get theirs', async () => {
  await mkdir(join(home.vpopmail, 'etc'), { recursive: true });
  await runRows([
    ['vipmap', 255, usageOf('vipmap')],
    ['vipmap -a 192.0.2.1', 255, usageOf('vipmap')],
    ['vipmap -a 192.0.2.1 nowhere.test'],
    ['vipmap -a 192.0.2.2 b-alias.test'],
    ['vipmap -a 192.0.2.1 nowhere.test'],
    ['vipmap -p', 0, '192.0.2.2 b-alias.test\n192.0.2.1 nowhere.test\n'],
    [
      "vipmap -a 192.0.2.3 'evil.test\n192.0.2.4'",
      255,
      'Error: 192.0.2.3 evil.test/192.0.2.4 is no address and domain\n',
    ],
    ['vipmap -d 192.0.2.1 nowhere.test'],
    ['vipmap -p', 0, '192.0.2.2 b-alias.test\n'],
  ]);
  const found = { status: 0, stdout: 'joe\n', stderr: '' };
  assert.deepEqual(await run('vuserinfo -n joe', '', { TCPLOCALIP: '::ffff:192.0.2.2' }), found);
  assert.deepEqual(await run('vuserinfo -n joe', '', { VPOPMAIL_DOMAIN: 'example.test' }), found);
  assert.equal((await run('vuserinfo -n joe', '', { TCPLOCALIP: '192.0.2.9' })).status, 255);
  await writeFile(join(home.vpopmail, 'etc', 'defaultdomain'), 'example.test\n');
  assert.deepEqual(await run('vuserinfo -n joe'), found);
});

test('vdeluser removes an account with its home, but not who gets the mail of the catch-all', async () => {
  await runRows([
    ['vdeluser', 255, usageOf('vdeluser')],
    ['vdeluser nobody@example.test', 246, 'Error: User does not exist\n'],
    ['vdeluser joe@nowhere.test', 245, 'Error: Domain does not exist\n'],
    ['vdeluser jo:e@example.test', 255, 'Error: Illegal username\n', 'user invalid jo:e\n'],
  ]);
  const file = directory('.qmail-default');
  const before = await readFile(file, 'utf8');
  for (const target of [directory('joe'), 'joe@example.test']) {
    await writeFile(file, before.replace(/delete$/m, target));
    assert.deepEqual(await run('vdeluser joe@example.test'), {
      status: 201,
      stdout: "Error: can't delete catchall account\n",
      stderr: '',
    });
  }
  await writeFile(file, before);
  await runRows([
    ['vdeluser joe@example.test'],
    ['vuserinfo joe@example.test', 255, 'no such user joe@example.test\n'],
  ]);
  assert.ok(!(await readdir(directory())).includes('joe'));
});

test('vdeloldusers only lists without -D, and keeps postmaster', async () => {
  const year = Date.now() / 1000 - 365 * 86_400;
  for (const name of ['ann', 'postmaster']) await utimes(directory(name, 'lastauth'), year, year);
  await runRows([
    ['vdeloldusers', 255, usageOf('vdeloldusers')],
    ['vdeloldusers -V', 255, 'error: you must supply either the -e or -d [domain] options\n'],
    ['vdeloldusers -d example.test -a 400', 0, 'no old users found\n'],
    [
      'vdeloldusers -e -V',
      0,
      'ann@example.test\nskipping postmaster@example.test\n ** no users were deleted  **\n ** use -D to delete users **\n',
    ],
    ['vuserinfo -n ann@example.test', 0, 'ann\n'],
    ['vdeloldusers -e -D'],
    ['vuserinfo -n ann@example.test', 255, 'no such user ann@example.test\n'],
  ]);
  // vpopmail reads "soon" as 0 days, and everybody goes.
  assert.equal((await run('vdeloldusers -e -a soon -D')).status, 255);
});

describe('with one account left', () => {
  const fresh = async (): Promise<string[]> => readdir(directory('postmaster', 'Maildir', 'new'));

  test('vpopbull puts the message into every mailbox, with To and Date', async () => {
    const file = join(home.home, 'bulletin');
    await writeFile(file, 'Subject: news\n\nall is well\n');
    await writeFile(join(home.home, 'excluded'), 'postmaster@example.test\n');
    await runRows([
      ['vpopbull', 255, usageOf('vpopbull')],
      ['vpopbull -V', 255, usageOf('vpopbull'), 'Error: email_file not specified\n'],
      ['vpopbull -f /nonexistent', 255, '', 'Could not open file /nonexistent\n'],
      ['vpopbull -n example.test', 0, 'postmaster@example.test\n'],
      ['vpopbull -n nowhere.test', 0, '', 'Error: domain nowhere.test does not exist\n'],
      [`vpopbull -f ${file} -e ${join(home.home, 'excluded')}`],
    ]);
    assert.deepEqual(await fresh(), []);
    await runRows([
      [
        `vpopbull -V -f ${file}`,
        0,
        'postmaster@example.test\n',
        'skipping b-alias.test (alias of example.test)\n',
      ],
    ]);
    const [name = ''] = await fresh();
    const text = await readFile(directory('postmaster', 'Maildir', 'new', name), 'utf8');
    assert.match(
      text,
      /^To: postmaster@example\.test\nDate: \w{3}, [^\n]* [+-]\d{4}\nSubject: news\n\nall is well\n$/,
    );
    await rm(directory('postmaster', 'Maildir', 'new', name));
    await run(`vpopbull -h -f ${file}`);
    assert.equal((await fresh()).length, 1);
    assert.match((await fresh())[0]!, /^\d+\.\d+\.\S+$/);
    await rm(directory('postmaster', 'Maildir', 'new', (await fresh())[0]!));
  });

  test('vusagec counts the Maildirs, and asks a daemon when one is named', async () => {
    await writeFile(directory('postmaster', 'Maildir', 'cur', '1.a.b,S=100:2,S'), 'x'.repeat(100));
    await runRows([
      ['vusagec', 1, usageOf('vusagec')],
      [
        'vusagec postmaster@example.test @example.test nobody@example.test',
        0,
        'postmaster@example.test: 100 byte(s) in 1 file(s)\nexample.test: 100 byte(s) in 1 file(s)\nnobody@example.test: No data available\n',
      ],
    ]);
    const asked: string[] = [];
    const daemon = createServer((socket) => {
      socket.on('data', (bytes) => {
        asked.push(bytes.toString('latin1'));
        const answer = Buffer.alloc(16);
        answer.writeBigInt64BE(asked.length === 1 ? 5_000_000_000n : -1n, 0);
        answer.writeBigInt64BE(7n, 8);
        socket.write(answer);
      });
    });
    const path = join(home.home, 'usage.sock');
    await new Promise<void>((resolve) => daemon.listen(path, resolve));
    const config = join(home.vpopmail, 'etc', 'vusagec.conf');
    try {
      await writeFile(
        config,
        `Server:\n /* True */ Disable = False;\n Filename = ${path};\n // Remote = 1:2;\n`,
      );
      await runRows([
        [
          'vusagec a@b.test @b.test',
          0,
          'a@b.test: 5000000000 byte(s) in 7 file(s)\n@b.test: No data available\n',
        ],
      ]);
      assert.deepEqual(asked, ['\0\x08a@b.test', '\0\x07@b.test']);
    } finally {
      daemon.close();
    }
    await writeFile(config, `Server: Disable = False; Filename = ${path}.none;\n`);
    const gone = await run('vusagec a@b.test');
    assert.deepEqual([gone.status, gone.stdout], [1, 'client_connect failed\n']);
    await rm(config);
    assert.deepEqual(parseUsageConfig('Disable = False; Remote = 127.0.0.1:189; Timeout = 3;'), {
      address: { host: '127.0.0.1', port: 189 },
      timeoutMs: 3000,
    });
  });

  test('vmakedotqmail writes, keeps and removes .qmail files', async () => {
    const delivery = join(home.qmail, 'control', 'defaultdelivery');
    await rm(delivery, { force: true });
    assert.equal((await run('vmakedotqmail -u postmaster@example.test')).status, 255);
    await writeFile(delivery, './Maildir/\n');
    await runRows([
      ['vmakedotqmail', 255, usageOf('vmakedotqmail')],
      ['vmakedotqmail -t -u postmaster@example.test', 0, '**TESTING** postmaster@example.test DONE\n'],
      ['vmakedotqmail -u postmaster@example.test', 0, 'postmaster@example.test DONE\n'],
      [
        'vmakedotqmail -u postmaster@example.test',
        0,
        'postmaster@example.test SKIP (.qmail already exists)\n',
      ],
      [
        'vmakedotqmail -o -u postmaster@example.test',
        0,
        'postmaster@example.test DONE (existing .qmail overwritten)\n',
      ],
    ]);
    assert.equal(await readFile(directory('postmaster', '.qmail'), 'utf8'), './Maildir/\n');
    await runRows([
      ['vmakedotqmail -r -u postmaster@example.test', 0, 'postmaster@example.test REMOVED existing .qmail\n'],
    ]);
    assert.equal((await run('vmakedotqmail -d example.test -q default')).status, 0);
    assert.equal(
      await readFile(directory('.qmail-default'), 'utf8'),
      `| ${home.vpopmail}/bin/vdelivermail '' delete\n`,
    );
  });

  test('vmkpasswd compiles the text that somebody edited', async () => {
    const text = await readFile(directory('vpasswd'), 'utf8');
    await writeFile(directory('vpasswd'), text.replace(':1:0:', ':1:4096:'));
    await runRows([
      ['vmkpasswd', 255, usageOf('vmkpasswd')],
      ['vmkpasswd nowhere.test', 253, '', 'vmkpasswd: "nowhere.test" is no domain here\n'],
      ['vmkpasswd example.test'],
      ['vuserinfo -g postmaster@example.test', 0, '4096\n'],
    ]);
  });

  test('vconvert takes accounts from a file of hashes, and writes what sqwebmail reads', async () => {
    const file = join(home.home, 'hashes');
    await writeFile(file, `carl:${HASH}\n\npostmaster:${HASH}\n../x:${HASH}\n`);
    await runRows([
      ['vconvert', 255, usageOf('vconvert')],
      ['vconvert -c', 255, usageOf('vconvert')],
      ['vconvert -c -c example.test', 255, `unknown conversion\n${usageOf('vconvert')}`],
      [
        `vconvert -p ${file} -c Example.test`,
        0,
        'converting Example.test user postmaster domain example.test did not add: Username exists\nuser ../x domain example.test did not add: Illegal username\ndone\n',
      ],
      ['vverifypw carl@example.test secret', 0, 'User authenticated.\n'],
      ['vconvert -S nowhere.test', 0, 'converting nowhere.test domain conversion failed\n'],
      ['vconvert -S', 0, 'b-alias.test is an alias of example.test.\nconverting example.test...    done\n'],
      ['vdeluser carl@example.test'],
    ]);
    assert.equal(await readFile(directory('postmaster', 'Maildir', 'sqwebmail-pass'), 'utf8'), `\t${HASH}\n`);
    await rm(directory('postmaster', 'Maildir', 'sqwebmail-pass'));
  });

  test('dotqmail2valias and vlist say what they lack', async () => {
    assert.equal((await run('dotqmail2valias -a')).status, 255);
    await runRows([
      ['vlist', 101, `At least two parameters are required\n\n${usageOf('vlist')}`],
      ['vlist zz example.test', 102, `Unknown command 1\n${usageOf('vlist')}`],
      ['vlist count example.test', 0, '0\n'],
    ]);
    await writeFile(directory('.qmail-news'), '|ezmlm-reject\n');
    await runRows([
      ['vlist list example.test', 0, 'news\n'],
      ['vlist su news@example.test zz', 103, `Unknown command 2\n${usageOf('vlist')}`],
    ]);
    await rm(directory('.qmail-news'));
  });

  test('vrcptcheck answers on descriptor 3 what delivery would do', async () => {
    await writeFile(directory('.qmail-list-default'), '|true\n');
    await writeFile(
      directory('.qmail-default'),
      `| ${home.vpopmail}/bin/vdelivermail '' bounce-no-mailbox\n`,
    );
    await writeFile(join(home.qmail, 'control', 'virtualdomains'), 'example.test:example.test\n');
    const env = { FACTEUR_HOME: home.home };
    const check = async (three: string): Promise<number | null> =>
      (await runTableCommand('vrcptcheck', [], { env, three })).status;
    assert.equal(await check('postmaster@example.test'), 0);
    assert.equal(await check('list-subscribe@example.test\0'), 0, 'vpopmail would refuse it');
    assert.equal(await check('nobody@example.test'), 1);
    assert.equal((await runTableCommand('vrcptcheck', [], { env })).status, 111, 'no descriptor');
  });

  test('vdelivermail delivers, bounces and discards with its own exit codes', async () => {
    const deliver = (args: string[], EXT = 'postmaster', more: Record<string, string> = {}) =>
      runTableCommand('vdelivermail', args, {
        input: 'Subject: x\n\nhello\n',
        cwd: directory(),
        env: { FACTEUR_HOME: home.home, EXT, HOST: 'example.test', SENDER: 'a@b.test', ...more },
      });
    const delivered = await deliver(['', 'bounce-no-mailbox']);
    assert.deepEqual([delivered.status, delivered.stdout], [0, ''], delivered.stderr);
    const [name = ''] = await fresh();
    assert.equal(
      await readFile(directory('postmaster', 'Maildir', 'new', name), 'utf8'),
      'Return-Path: <a@b.test>\nDelivered-To: postmaster@example.test\nSubject: x\n\nhello\n',
    );
    const bounced = await deliver(['', 'bounce-no-mailbox'], 'nobody');
    assert.deepEqual(
      [bounced.status, bounced.stdout],
      [100, 'Sorry, no mailbox here by that name. (#5.1.1)\n'],
    );
    const refuse = async (line: string, EXT: string) => {
      const { status, stdout } = await run(line, '', { EXT, HOST: 'example.test' });
      return [status, stdout];
    };
    assert.deepEqual(await refuse('vdelivermail delete', 'nobody'), [
      111,
      'vdelivermail: invalid syntax in .qmail-default file\n',
    ]);
    assert.deepEqual(await refuse("vdelivermail '' delete", ''), [
      100,
      'vdelivermail: EXT and HOST are not those of an address\n',
    ]);
    const looping = await deliver(['', 'delete'], 'postmaster', {
      DTLINE: 'Delivered-To: postmaster@example.test\n',
    });
    assert.deepEqual([looping.status, looping.stdout], [100, 'mail is looping\n']);
  });
});

describe('etc/ of vpopmail', () => {
  test('is made by what is stored there first, for whoever owns a domain to read', async () => {
    for (const line of ['vipmap -a 10.0.0.1 example.test', 'vmoddomlimits -d -P 10']) {
      await rm(join(home.vpopmail, 'etc'), { recursive: true, force: true });
      const umask = process.umask(0o077);
      try {
        await runRows([[line]]);
      } finally {
        process.umask(umask);
      }
      assert.equal((await stat(join(home.vpopmail, 'etc'))).mode & 0o777, 0o755, line);
    }
    assert.equal((await stat(join(home.vpopmail, 'etc', 'vlimits.default'))).mode & 0o777, 0o644);
    await rm(join(home.vpopmail, 'etc'), { recursive: true });
  });
});
