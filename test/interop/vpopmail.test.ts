// Directories as vpopmail itself leaves them, read and changed by us: what its commands wrote (5.6.13 with its cdb back end,
// and what differed in 5.4), byte by byte, with the defects that its own writers have.
import assert from 'node:assert/strict';
import { chown, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { openAccounts } from '../../mta/accounts/accounts.ts';
import { compileUsers } from '../../mta/accounts/domain-files.ts';
import { openAccountStore } from '../../mta/accounts/open-store.ts';
import type { Domain } from '../../mta/accounts/types.ts';
import { vpopmailCommands } from '../../mta/commands/vpopmail-table.ts';
import { Cdb } from '../../mta/formats/cdb.ts';
import type { Home } from '../../mta/home.ts';
import { makeBareSite, type Ran, runCommand } from '../support/accounts.ts';

/** Of "secret": what vpopmail 5.4 and 5.6 make. */
const MD5 = '$1$abcdefgh$cHJi5PXp/ki/ktXzqlk6I1';
const owner = { uid: process.getuid?.() || 89, gid: process.getgid?.() || 89 };

let site: Awaited<ReturnType<typeof makeBareSite>>;
let home: Home;
before(async () => {
  site = await makeBareSite();
  home = site.home;
});
after(() => site.remove());

const directoryOf = (domain: string): string => join(home.vpopmail, 'domains', domain);

async function give(path: string, content: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, Buffer.from(content, 'latin1'), { mode: 0o600 });
  if (process.getuid?.() === 0)
    for (const one of [path, dirname(path)]) await chown(one, owner.uid, owner.gid);
}

/** A domain of vpopmail: its files, its homes, its line in users/assign. */
async function leaveDomain(name: string, files: Readonly<Record<string, string>>, users: readonly string[]) {
  const directory = directoryOf(name);
  for (const [file, content] of Object.entries(files)) await give(join(directory, file), content);
  for (const user of users) {
    for (const part of ['cur', 'new', 'tmp']) {
      const path = join(directory, user, 'Maildir', part);
      await mkdir(path, { recursive: true });
      if (process.getuid?.() === 0)
        for (const one of [path, dirname(path)]) await chown(one, owner.uid, owner.gid);
    }
    await give(join(directory, user, 'lastauth'), '0.0.0.0');
  }
  const assign = join(home.qmail, 'users', 'assign');
  const old = await readFile(assign, 'utf8').catch(() => '.\n');
  await writeFile(assign, `+${name}-:${name}:${owner.uid}:${owner.gid}:${directory}:-::\n${old}`);
  await compileUsers(home.qmail);
}

async function run(line: string): Promise<Ran> {
  const [name = '', ...args] = line.split(' ');
  return runCommand(await vpopmailCommands[name]!.load(), home, args);
}

const bytesOf = (domain: string, file: string): Promise<string> =>
  readFile(join(directoryOf(domain), file), 'latin1');
const silent: Ran = { status: 0, stdout: '', stderr: '' };

async function mayEnter(address: string, password: string): Promise<boolean> {
  const accounts = openAccounts({ home });
  try {
    return (await accounts.authenticate(address, password, 'imap')) !== undefined;
  } finally {
    await accounts.close();
  }
}

test('a domain of vpopmail 5.6: its accounts sign in, and a new one is its next line and its next count', async () => {
  const directory = directoryOf('new.test');
  const postmaster = `postmaster:${MD5}:1:0:Postmaster:${directory}/postmaster:NOQUOTA\n`;
  await leaveDomain(
    'new.test',
    {
      // As it was rewritten once: the third number of line 6 is read wrong by vpopmail's own reader.
      '.dir-control': '1\n0\n3\n0 0 0\n61 61 61\n0 2 2\n0 0 0\n\n',
      '.qmail-default': "| /home/vpopmail/bin/vdelivermail '' delete\n",
      '.vpasswd.lock': '',
      vpasswd: postmaster,
    },
    ['postmaster'],
  );
  assert.equal(await mayEnter('postmaster@new.test', 'secret'), true, 'without a cdb the text is read');
  assert.deepEqual(await run(`vadduser -e ${MD5} -q 10M joe@new.test`), silent);
  assert.equal(
    await bytesOf('new.test', 'vpasswd'),
    `joe:${MD5}:1:0:joe:${directory}/joe:10485760S\n${postmaster}`,
  );
  assert.equal(await bytesOf('new.test', '.dir-control'), '2\n0\n3\n0 0 0\n61 61 61\n0 2 4\n0 0 0\n\n');
  assert.equal(await bytesOf('new.test', 'joe/Maildir/maildirsize'), '10485760S\n0 0\n');
  assert.equal(await bytesOf('new.test', 'joe/lastauth'), '0.0.0.0');
  const cdb = await Cdb.open(join(directory, 'vpasswd.cdb'));
  assert.deepEqual(
    [...cdb.entries()].map(([key, data]) => `${key}:${data}\n`).join(''),
    await bytesOf('new.test', 'vpasswd'),
  );
  assert.equal(
    (await run('vdominfo new.test')).stdout,
    `domain: new.test\nuid:    ${owner.uid}\ngid:    ${owner.gid}\ndir:    ${directory}\nusers:  2\n`,
  );
});

test('a domain of vpopmail 5.4: clear passwords, torn lines and bytes of any charset stay as they are', async () => {
  const directory = directoryOf('old.test');
  const lines = [
    `ann:${MD5}:1:0:Ann:${directory}/ann:10485760S,1000C:clear:with:colons`,
    'half:$1$half:1:0',
    `joe:${MD5}:1:4096:Jos\xe9 M\xfcller:${directory}/joe:NOQUOTA:secret`,
    `zoe::0:0::${directory}/zoe:`,
    '',
  ];
  await leaveDomain(
    'old.test',
    {
      '.dir-control': '3\n0\n3\n0 0 0\n61 61 61\n0 2 2\n0 0 0\n\n',
      '.qmail-default': "| /home/vpopmail/bin/vdelivermail '' bounce-no-mailbox\n",
      vpasswd: lines.join('\n'),
    },
    ['ann', 'joe', 'zoe'],
  );
  assert.equal(await mayEnter('joe@old.test', 'secret'), true);
  assert.equal(await mayEnter('zoe@old.test', ''), false, 'no password lets nobody in');
  const changed = async (line: string, expected: readonly string[]): Promise<void> => {
    assert.deepEqual(await run(line), silent, line);
    assert.equal(await bytesOf('old.test', 'vpasswd'), expected.join('\n'), line);
  };
  // A quota: the clear password still fits, and stays.
  lines[0] = lines[0]!.replace('10485760S,1000C', '20971520S');
  await changed('vsetuserquota ann@old.test 20M', lines);
  lines[2] = lines[2]!.replace(':4096:', ':4097:');
  await changed('vmoduser -d joe@old.test', lines);
  // Another hash: the clear password would be wrong, and is emptied as by vadduser -e.
  lines[0] = `ann:xx:1:0:Ann:${directory}/ann:20971520S:`;
  await changed('vmoduser -e xx ann@old.test', lines);
  lines.splice(3, 1);
  await changed('vdeluser zoe@old.test', lines);
  const listed = await run('vuserinfo -n -D old.test');
  assert.deepEqual(
    [listed.stdout, listed.stderr],
    [
      `${'-'.repeat(42)}\nann\n${'-'.repeat(42)}\njoe\n`,
      `${directory}/vpasswd:2: skipped, fewer than six colons: half:$1$half:1:0\n`,
    ],
  );
});

test('hashed homes: the hundredth account goes to 0/, places of removed ones are used again', async () => {
  const directory = directoryOf('big.test');
  const line = (name: string, place: string): string =>
    `${name}:${MD5}:1:0:${name}:${directory}/${place}${name}:NOQUOTA\n`;
  await leaveDomain(
    'big.test',
    {
      '.dir-control': '99\n0\n3\n0 0 0\n61 61 61\n0 2 2\n0 0 0\n\n',
      vpasswd: line('aa', '') + line('postmaster', ''),
    },
    ['aa', 'postmaster'],
  );
  for (const name of ['bb', 'cc']) assert.deepEqual(await run(`vadduser -e ${MD5} ${name}@big.test`), silent);
  assert.equal(
    await bytesOf('big.test', 'vpasswd'),
    line('aa', '') + line('bb', '0/') + line('cc', '0/') + line('postmaster', ''),
  );
  assert.equal(await bytesOf('big.test', '.dir-control'), '101\n0\n3\n0 0 0\n61 61 61\n0 2 4\n0 0 0\n0\n');
  await run('vdeluser bb@big.test');
  assert.equal(await bytesOf('big.test', '.dir_control_free'), '0\n');
  assert.equal((await bytesOf('big.test', '.dir-control')).split('\n')[0], '100');
  // vpopmail's own remark behind a place counts for nothing.
  await run(`vadduser -e ${MD5} dd@big.test`);
  assert.ok((await bytesOf('big.test', 'vpasswd')).includes(line('dd', '0/')));
  assert.equal(await bytesOf('big.test', '.dir_control_free'), '');
});

test('limits as vpopmail writes them, its defect included, are read, and what is not known stays', async () => {
  await leaveDomain(
    'lim.test',
    {
      vpasswd: '',
      // vmoddomlimits -u c -o d -x m: the list bits of users and moderators lie in perm_quota (2 + 8 + 256).
      '.qmailadmin-limits':
        'maxpopaccounts: 5\nmaxaliases: -1\nmaxforwards: -1\nmaxautoresponders: -1\nmaxmailinglists: -1\nquota: 100\nmaxmsgcount: 0\ndefault_quota: 1048576\ndefault_maxmsgcount: 20\ndisable_pop\nperm_account: 7\nperm_alias: 0\nperm_forward: 0\nperm_autoresponder: 0\nperm_maillist: 0\nperm_quota: 266\nperm_defaultquota: 0\nmine: 1\n',
    },
    [],
  );
  const shown = (await run('vmoddomlimits -S lim.test')).stdout;
  assert.match(shown, /^ {2}pop account: {12}DENY_CREATE {2}DENY_MODIFY {2}DENY_DELETE {2}$/m);
  assert.match(shown, /^ {2}quota: {18}ALLOW_CREATE DENY_MODIFY {2}ALLOW_DELETE $/m);
  assert.deepEqual(await run(`vadduser -e ${MD5} joe@lim.test`), silent);
  assert.match(await bytesOf('lim.test', 'vpasswd'), /:1048576S,20C\n$/);
  assert.equal(await mayEnter('joe@lim.test', 'secret'), true, 'IMAP is open');
  await run('vmoddomlimits -P 6 lim.test');
  const text = await bytesOf('lim.test', '.qmailadmin-limits');
  assert.match(text, /^maxpopaccounts: 6\n/);
  assert.match(text, /\ndisable_pop\n/);
  assert.match(text, /\nmine: 1\n$/);
});

test('an alias domain of vpopmail is the real one under another name, and goes without it', async () => {
  const assign = join(home.qmail, 'users', 'assign');
  const old = await readFile(assign, 'utf8');
  const [, rest] = /^\+lim\.test-:(.*\n)/m.exec(old)!;
  await writeFile(assign, `+alias.test-:${rest}${old}`);
  await compileUsers(home.qmail);
  for (const [file, line] of [
    ['virtualdomains', 'alias.test:alias.test\nlim.test:lim.test\n'],
    ['rcpthosts', 'alias.test\nlim.test\nmail.example.test\n'],
  ] as const)
    await writeFile(join(home.qmail, 'control', file), line);
  assert.equal(await mayEnter('joe@alias.test', 'secret'), true);
  assert.equal((await run('vdominfo -n alias.test')).stdout, 'lim.test\nalias: alias.test\n');
  assert.deepEqual(await run('vdeldomain alias.test'), silent);
  assert.equal(await readFile(assign, 'utf8'), old);
  assert.equal(await readFile(join(home.qmail, 'control', 'virtualdomains'), 'utf8'), 'lim.test:lim.test\n');
  const domain = (await openAccounts({ home }).findDomain('lim.test')) as Domain;
  assert.equal(await openAccountStore(home).count(domain), 1);
});
