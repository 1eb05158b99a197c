// The account and settings commands as a script sees them: output, exit status, files.
import assert from 'node:assert/strict';
import { mkdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { removeAccount } from '../../mta/accounts/account-changes.ts';
import { openAccounts } from '../../mta/accounts/accounts.ts';
import { openAccountStore } from '../../mta/accounts/open-store.ts';
import * as newu from '../../mta/commands/qmail-newu.ts';
import * as showctl from '../../mta/commands/qmail-showctl.ts';
import * as vadddomain from '../../mta/commands/vadddomain.ts';
import * as vadduser from '../../mta/commands/vadduser.ts';
import * as vpasswd from '../../mta/commands/vpasswd.ts';
import * as vuserinfo from '../../mta/commands/vuserinfo.ts';
import { Cdb } from '../../mta/formats/cdb.ts';
import type { Home } from '../../mta/home.ts';
import { makeBareSite, runCommand } from '../support/accounts.ts';

let site: Awaited<ReturnType<typeof makeBareSite>>;
let home: Home;
before(async () => {
  site = await makeBareSite();
  home = site.home;
  const ran = await runCommand(vadddomain, home, ['example.test', 'postmaster password']);
  assert.deepEqual(ran, { status: 0, stdout: '', stderr: '' }, 'success is silent');
});
after(() => site.remove());

const failed = (stdout: string, status: number) => ({ status, stdout, stderr: '' });

async function mayEnter(address: string, password: string): Promise<boolean> {
  const accounts = openAccounts({ home });
  try {
    return (await accounts.authenticate(address, password, 'web')) !== undefined;
  } finally {
    await accounts.close();
  }
}

describe('vadddomain', () => {
  test('makes a domain whose postmaster has the password', async () => {
    assert.equal(await mayEnter('postmaster@example.test', 'postmaster password'), true);
  });

  test("refuses with vpopmail's words and exit codes", async () => {
    const run = (...args: string[]) => runCommand(vadddomain, home, args);
    assert.deepEqual(await run('Example.Test', 'x'), failed('Error: Domain already exists\n', 243));
    for (const bad of ['com', 'a..com', '../x.com', '-x.com'])
      assert.deepEqual(await run('--', bad, 'password'), failed('Error: Invalid domain name\n', 244), bad);
    assert.deepEqual(
      await run(`${'a'.repeat(60)}.${'b'.repeat(60)}.com`, 'x'),
      failed('Error: domain name too long (max=96)\n', 230),
    );
    assert.deepEqual(
      await run('two.test', 'x'.repeat(129)),
      failed('Error: password too long (max=128)\n', 229),
    );
    assert.deepEqual(await run('-r129', 'two.test'), failed('Error: password too long (max=128)\n', 229));
    assert.deepEqual(await run(), failed(vadddomain.usage, 0));
    assert.deepEqual(await run('--help'), failed(vadddomain.usage, 0));
    assert.equal(await openAccounts({ home }).findDomain('two.test'), undefined);
  });

  test('takes options for the catch-all, the random password and the quota', async () => {
    const ran = await runCommand(vadddomain, home, ['-r20', '-q', '5M', '-e', 'postmaster', 'options.test']);
    const password = /^Random password: (\S{20})\n$/.exec(ran.stdout)?.[1];
    assert.ok(password, ran.stdout);
    assert.equal(await mayEnter('postmaster@options.test', password), true);
    const directory = join(home.vpopmail, 'domains', 'options.test');
    assert.equal(
      await readFile(join(directory, '.qmail-default'), 'utf8'),
      `| ${home.vpopmail}/bin/vdelivermail '' ${directory}/postmaster\n`,
    );
    assert.equal((await openAccounts({ home }).findAccount('postmaster@options.test'))?.quota, '5242880S');
    const shell = await runCommand(vadddomain, home, ['-e', 'a@b.c; id > x', 'shell.test', 'password']);
    assert.equal(shell.status, 236, 'nothing that a shell would act on gets into .qmail-default');
    assert.equal(await openAccounts({ home }).findDomain('shell.test'), undefined);
  });
});

describe('vadduser', () => {
  test('reads the password from standard input when the arguments have none', async () => {
    const ran = await runCommand(vadduser, home, ['stdin@example.test'], 'from a pipe\nnot this\n');
    assert.deepEqual(ran, { status: 0, stdout: '', stderr: '' });
    assert.equal(await mayEnter('stdin@example.test', 'from a pipe'), true);
  });

  test('stores gecos, quota and a given hash', async () => {
    const hash = '$1$abcdefgh$irWbblnpmw.5z7wgBnprh0';
    const ran = await runCommand(vadduser, home, [
      '-q20M,100C',
      '-c',
      'Ann Änn',
      '-e',
      hash,
      'ann@example.test',
    ]);
    assert.equal(ran.status, 0, ran.stdout);
    const directory = join(home.vpopmail, 'domains', 'example.test', 'ann');
    const text = await readFile(join(home.vpopmail, 'domains', 'example.test', 'vpasswd'), 'utf8');
    assert.ok(text.includes(`ann:${hash}:1:0:Ann Änn:${directory}:20971520S,100C\n`), text);
  });

  test('says what a quota is where none was given, and sets none, as vpopmail does', async () => {
    const store = openAccountStore(home);
    const domain = await openAccounts({ home }).findDomain('example.test');
    for (const [name, quota] of [
      ['giga', '1G'],
      ['power', '1e9'],
      ['odd', '5x'],
    ] as const) {
      const ran = await runCommand(vadduser, home, ['-q', quota, `${name}@example.test`, 'x y z']);
      assert.equal(ran.status, 0);
      assert.equal(ran.stdout, '');
      assert.ok(
        ran.stderr.startsWith(`vadduser: "${quota}" is no quota, none is set; expected a size such as 500M`),
        ran.stderr,
      );
      assert.equal((await store.find(domain!, name))?.quota, '');
      await removeAccount(store, domain!, name);
    }
    await store.close();
  });

  test('refuses what vpopmail refuses', async () => {
    const run = (...args: string[]) => runCommand(vadduser, home, args);
    assert.deepEqual(await run('stdin@example.test', 'x'), failed('Error: User already exists\n', 255));
    assert.deepEqual(await run('joe@nowhere.test', 'x'), failed('Error: Domain does not exist\n', 255));
    assert.equal(
      (await run('joe', 'x')).stdout.split('\n')[0],
      'You did not use a full email address for the user name',
    );
    assert.deepEqual(
      await run('joe@example.test'),
      failed(`Error: No password entered\n${vadduser.usage}`, 255),
    );
    assert.deepEqual(await run('x@example.test', 'x'), failed('Error: Illegal username\n', 255));
    for (const bad of [
      '../other@example.test',
      'jo:e@example.test',
      'joe\nroot:@example.test',
      'é-@example.test',
    ]) {
      const ran = await run(bad, 'x');
      assert.deepEqual([ran.status, ran.stdout], [255, 'Error: Illegal username\n'], bad);
    }
    assert.equal((await run(`${'j'.repeat(65)}@example.test`, 'x')).status, 231);
    assert.deepEqual(await run(), failed(vadduser.usage, 255));
  });
});

describe('vpasswd', () => {
  test('changes the password, and says the same of nobody and of one who may not', async () => {
    assert.deepEqual(await runCommand(vpasswd, home, ['stdin@example.test', 'new one']), failed('', 0));
    assert.equal(await mayEnter('stdin@example.test', 'from a pipe'), false);
    assert.equal(await mayEnter('stdin@example.test', 'new one'), true);
    assert.deepEqual(
      await runCommand(vpasswd, home, ['nobody@example.test', 'x']),
      failed('Error: Illegal username\n', 255),
    );
    const random = await runCommand(vpasswd, home, ['-r', 'stdin@example.test']);
    assert.equal(await mayEnter('stdin@example.test', random.stdout.trim().split(' ')[2]!), true);
  });

  test('makes scrypt hashes when the site wants them', async () => {
    const scheme = join(home.qmail, 'control', 'passwordscheme');
    await writeFile(scheme, 'scrypt\n');
    assert.equal((await runCommand(vpasswd, home, ['stdin@example.test', 'strong one'])).status, 0);
    const text = await readFile(join(home.vpopmail, 'domains', 'example.test', 'vpasswd'), 'utf8');
    assert.match(text, /^stdin:\$scrypt\$ln=15/m);
    assert.equal(await mayEnter('stdin@example.test', 'strong one'), true);
    await writeFile(scheme, 'md5\n');
    const ran = await runCommand(vpasswd, home, ['stdin@example.test', 'x']);
    assert.equal(ran.status, 239);
    assert.match(
      ran.stdout,
      /^Error: .*passwordscheme: "md5" is wrong; expected sha512-crypt, scrypt or argon2id\n$/,
    );
    await rm(scheme);
  });
});

describe("the site's password policy", () => {
  test('holds for vadduser and vpasswd, not for a hash that is given', async () => {
    const path = join(home.vpopmail, 'etc', 'password_strength.conf');
    await mkdir(join(home.vpopmail, 'etc'), { recursive: true });
    await writeFile(path, 'Policy = At least eight characters\nLength > 7\n');
    try {
      const refused = failed(
        'Error: password requires more characters\nA password policy is in place:\n\tAt least eight characters\n',
        186,
      );
      assert.deepEqual(await runCommand(vadduser, home, ['weak@example.test', 'short']), refused);
      assert.deepEqual(await runCommand(vpasswd, home, ['stdin@example.test', 'short']), refused);
      assert.equal((await runCommand(vadduser, home, ['-e', '$6$x$y', 'weak@example.test'])).status, 0);
      const domain = await openAccounts({ home }).findDomain('example.test');
      await removeAccount(openAccountStore(home), domain!, 'weak');
      await writeFile(path, 'Policy = x\nLength > y\n');
      const ran = await runCommand(vpasswd, home, ['stdin@example.test', 'long enough']);
      assert.equal(ran.status, 239);
      assert.match(ran.stdout, /^Error: .*password_strength\.conf:2: "y" is wrong; expected a number/);
    } finally {
      await rm(path);
    }
  });
});

describe('vuserinfo', () => {
  test("prints vpopmail's block", async () => {
    const { status, stdout } = await runCommand(vuserinfo, home, ['ann@example.test']);
    assert.equal(status, 0);
    const [created, ...rest] = stdout.split('\n').slice(12);
    assert.equal(
      stdout.split('\n').slice(0, 12).join('\n'),
      `name:   ann
passwd: $1$abcdefgh$irWbblnpmw.5z7wgBnprh0
clear passwd: 
comment/gecos: Ann Änn
uid:    1
gid:    0
flags:  0
gecos: Ann Änn
limits: No user limits set.
dir:       ${home.vpopmail}/domains/example.test/ann
quota:     20971520S,100C
usage:     0%`,
    );
    assert.match(created!, /^account created: [A-Z][a-z]{2} [A-Z][a-z]{2} [ 0-3]\d \d\d:\d\d:\d\d \d{4}$/);
    assert.deepEqual(rest, ['last auth: Never logged in', '']);
  });

  test('shows single fields in its own order, limits, use and the last login', async () => {
    const directory = join(home.vpopmail, 'domains', 'example.test');
    await writeFile(join(directory, 'ann', 'Maildir', 'maildirsize'), '20971520S,100C\n5242880 60\n0 0\n');
    await writeFile(join(directory, 'ann', 'lastauth'), '192.0.2.7');
    await writeFile(join(directory, '.qmailadmin-limits'), 'disable_pop\n');
    const run = (...args: string[]) => runCommand(vuserinfo, home, args);
    assert.equal((await run('-Qn', '-q', 'ann@example.test')).stdout, 'ann\n20971520S,100C\n60%\n');
    const all = (await run('ann@example.test')).stdout;
    assert.match(
      all,
      /flags: {2}2\n.*\nlimits:\n {8}pop access closed \(\*\)\n {8}\* = set by domain-wide limits\n/,
    );
    assert.match(all, /\nlast auth: .*\nlast auth ip: 192\.0\.2\.7\n$/);
    await rm(join(directory, '.qmailadmin-limits'));
  });

  test('shows a whole domain, and nobody', async () => {
    const run = (...args: string[]) => runCommand(vuserinfo, home, args);
    const line = '-'.repeat(42);
    assert.equal(
      (await run('-n', '-D', 'example.test')).stdout,
      `${line}\nann\n${line}\npostmaster\n${line}\nstdin\n`,
    );
    assert.deepEqual(await run('nobody@example.test'), failed('no such user nobody@example.test\n', 255));
    assert.deepEqual(await run('-D', 'nowhere.test'), failed('', 0));
    assert.deepEqual(await run(), failed(vuserinfo.usage, 255));
  });

  test('tells a torn line on standard error and goes on', async () => {
    const path = join(home.vpopmail, 'domains', 'example.test', 'vpasswd');
    const text = await readFile(path, 'utf8');
    await writeFile(path, `broken:line\n${text}`);
    const ran = await runCommand(vuserinfo, home, ['-n', 'broken@example.test']);
    assert.deepEqual(ran, {
      status: 255,
      stdout: 'no such user broken@example.test\n',
      stderr: `${path}:1: skipped, fewer than six colons: broken:line\n`,
    });
    await writeFile(path, text);
  });
});

describe('qmail-newu', () => {
  test('compiles users/assign, and leaves users/cdb alone when it is broken', async () => {
    const [assign, cdb] = ['assign', 'cdb'].map((name) => join(home.qmail, 'users', name)) as [
      string,
      string,
    ];
    const text = await readFile(assign, 'utf8');
    await writeFile(assign, `=joe:joe:1:1:/home/joe:::\n${text}`);
    assert.deepEqual(await runCommand(newu, home, []), failed('', 0));
    assert.ok((await Cdb.open(cdb)).find(Buffer.from('!joe\0')));
    const before = await readFile(cdb);
    await writeFile(assign, text.replace('.\n', ''));
    const ran = await runCommand(newu, home, []);
    assert.equal(ran.status, 111);
    assert.match(ran.stderr, /^qmail-newu: fatal: bad format in users\/assign, line \d+: /);
    assert.deepEqual(await readFile(cdb), before);
    await rm(assign);
    assert.match(
      (await runCommand(newu, home, [])).stderr,
      /^qmail-newu: fatal: unable to open users\/assign: file does not exist\n$/,
    );
    await writeFile(assign, text);
  });
});

describe('qmail-showctl', () => {
  test("says stock qmail's sentences for stock files", async () => {
    const control = (name: string) => join(home.qmail, 'control', name);
    await writeFile(control('smtproutes'), 'a.test:relay:26\n# no\n:\n');
    await writeFile(control('badmailfrom'), '@spam.test\n');
    await writeFile(control('concurrencyremote'), '33\n');
    await writeFile(control('bouncefrom'), 'd\x07mon\n');
    await writeFile(control('queuelifetime'), 'long\n');
    for (const name of ['mystery', 'spfbehavior', 'authservid', 'suppls2', 'rsa4096.pem', 'servercert.pem'])
      await writeFile(control(name), '');
    await mkdir(control('tlshosts'), { recursive: true });
    const { status, stdout } = await runCommand(showctl, home, []);
    assert.equal(status, 0);
    for (const words of [
      `qmail home directory: ${home.qmail}.\nuser-ext delimiter: -.\npaternalism (in decimal): 2.\nsilent concurrency limit: 120.\nsubdirectory split: 23.\n`,
      '\nbadmailfrom: \n@spam.test not accepted in MAIL FROM.\n',
      '\nbouncefrom: Bounce user name is d?mon.\n',
      '\nbouncehost: (Default.) Bounce host name is mail.example.test.\n',
      '\nconcurrencylocal: (Default.) Local concurrency is 10.\n',
      '\nconcurrencyremote: Remote concurrency is 33.\n',
      '\ndatabytes: (Default.) SMTP DATA limit is 0 bytes.\n',
      '\nlocals: \nMessages for mail.example.test are delivered locally.\n',
      '\nme: My name is mail.example.test.\n',
      '\npercenthack: (Default.) The percent hack is not allowed.\n',
      '\nmorercpthosts.cdb: (Default.) No effect.\n',
      '\nsmtpgreeting: (Default.) SMTP greeting: 220 mail.example.test.\n',
      '\nsmtproutes: \nSMTP route: a.test:relay:26\nSMTP route: :\n',
      '\ntimeoutsmtpd: (Default.) SMTP server data timeout is 1200 seconds.\n',
      '\nvirtualdomains: \nVirtual domain: example.test:example.test\n',
      '\nmystery: I have no idea what this file does.\n',
      '\nservercert.pem: Certificate and key for TLS at the doors.\n',
      '\ntlshosts: Hosts that must prove who they are: ',
      '\nspfbehavior: SPF: 0 off, ',
      '\nauthservid: Of a patched qmail, not obeyed here. The name in Authentication-Results is that of control/me.\n',
      '\nsuppls2: Of a patched qmail, not obeyed here. There are two such lists, ',
      '\nrsa4096.pem: Of a patched qmail, not obeyed here. The TLS library ',
    ])
      assert.ok(stdout.includes(words), words);
    assert.match(
      stdout,
      /\nqueuelifetime: Oops! .*queuelifetime: "long" is wrong; expected a decimal number/,
    );
  });

  test('shows our settings likewise, with what is wrong in them', async () => {
    const control = (name: string) => join(home.qmail, 'control', name);
    await writeFile(control('maxrcpt'), '50\n');
    await writeFile(control('listen'), 'smtp 25\n');
    await writeFile(control('relayclients'), '127.0.0.1\n10.0.0.0/8\n');
    const { stdout } = await runCommand(showctl, home, []);
    assert.match(stdout, /\nmaxrcpt: Recipients of one message\. Now: 50\.\n/);
    assert.match(stdout, /\nmaxconnections: \(Default\.\) .* Now: 1000\.\n/);
    assert.match(stdout, /\nlisten: Oops! .*"smtp 25" is wrong; expected NAME HOST:PORT/);
    assert.match(stdout, /\nrelayclients: .* Now:\n127\.0\.0\.1\n10\.0\.0\.0\/8\n/);
  });

  test('shows no password of a relay, and no secret of SRS', async () => {
    for (const name of ['smtproutes', 'authsenders', 'qmtproutes'])
      await writeFile(join(home.qmail, 'control', name), 'a.test:relay:26|joe|hush-hush\n');
    await writeFile(join(home.qmail, 'control', 'srs_secrets'), 'hush-hush\n');
    const { stdout } = await runCommand(showctl, home, []);
    assert.equal(stdout.match(/a\.test:relay:26\|\.\.\./g)?.length, 3);
    assert.doesNotMatch(stdout, /hush/);
  });

  test('knows the files of the patched qmails, which of two rules files counts, and lines that do not count', async () => {
    const control = (name: string) => join(home.qmail, 'control', name);
    await writeFile(control('tcp.smtp'), '127.:allow,RELAYCLIENT=""\n:allow\n');
    await writeFile(control('tcp.smtp.cdb'), '');
    await utimes(control('tcp.smtp'), 1_700_000_001, 1_700_000_001);
    await utimes(control('tcp.smtp.cdb'), 1_700_000_000, 1_700_000_000);
    await writeFile(control('tcp.qmqp.cdb'), '');
    await writeFile(control('badrcptto'), 'ok@x.test\n(\n');
    await writeFile(control('badmailfrom'), '[\n');
    await writeFile(control('brtlimit'), '3\n');
    await writeFile(control('concurrencyincoming'), '200\n');
    await writeFile(control('morevalidrcptto.cdb'), '');
    const { stdout } = await runCommand(showctl, home, []);
    for (const words of [
      /\ntcp\.smtp: Rules of the door smtp .* Now:\n127\.:allow,RELAYCLIENT=""\n:allow\n/,
      /\ntcp\.smtp\.cdb: Oops! tcp\.smtp\.cdb is older than tcp\.smtp, which counts instead\.\n/,
      /\ntcp\.qmqp\.cdb: These compiled rules count, not the text of tcp\.qmqp\.\n/,
      /\nbadrcptto: .* Now:\nok@x\.test\n\(\nOops! .*badrcptto line 2: "\(" does not count: there is a \( without its \)\.\n/,
      /\nbadmailfrom: \n\[ not accepted in MAIL FROM\.\nOops! .*badmailfrom line 1: /,
      /\nbrtlimit: .* Now: 3\.\n/,
      /\nconcurrencyincoming: Read by run scripts of tcpserver; our own doors have maxconnections\.\n/,
      /\nmorevalidrcptto: More entries as in validrcptto/,
    ])
      assert.match(stdout, words);
    assert.ok(!/(?:cdb|incoming): I have no idea/.test(stdout));
  });
});
