// vchkpw, authvchkpw and clearopensmtp as real processes: descriptor 3 in, exit status, environment and log lines out
// (spec/vpopmail.md 5), and the table of POP before SMTP as smtpd reads it.
import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { chmod, mkdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createAccount } from '../../mta/accounts/account-changes.ts';
import { openAccounts } from '../../mta/accounts/accounts.ts';
import { openCdbStore } from '../../mta/accounts/cdb-store.ts';
import { addDomain } from '../../mta/accounts/domains.ts';
import { openLoginThrottle } from '../../mta/accounts/login-throttle.ts';
import { hashPassword } from '../../mta/accounts/new-hash.ts';
import { closeOldRelays, openRelay, parseOpenRelay } from '../../mta/accounts/open-relay.ts';
import { makeSecret, openSecondFactor } from '../../mta/accounts/second-factor.ts';
import { totpCode, totpStep } from '../../mta/accounts/totp.ts';
import type { Account } from '../../mta/accounts/types.ts';
import { AccountFlag } from '../../mta/accounts/types.ts';
import { parseAuthLines } from '../../mta/commands/authvchkpw.ts';
import * as clearopensmtp from '../../mta/commands/clearopensmtp.ts';
import { connectionOf } from '../../mta/commands/vchkpw.ts';
import { TcpRulesFile } from '../../mta/control/tcp-rules-file.ts';
import { Cdb } from '../../mta/formats/cdb.ts';
import type { Home } from '../../mta/home.ts';
import { makeBareSite, runCommand } from '../support/accounts.ts';
import { type CommandEnd, commandWords, runTableCommand } from '../support/command-process.ts';
import { gid, isRoot, uid } from '../support/local.ts';

const owner = { uid, gid };
const password = 'correct horse';
const address = 'ann@example.test';

let site: Awaited<ReturnType<typeof makeBareSite>>;
let home: Home;
let ann: Account;
before(async () => {
  site = await makeBareSite();
  home = site.home;
  const passwordHash = hashPassword(password, 'sha512-crypt');
  await addDomain(home, { name: 'example.test', owner, postmaster: { passwordHash } });
  const accounts = openAccounts({ home });
  const domain = (await accounts.findDomain('example.test'))!;
  const store = openCdbStore();
  await createAccount(store, domain, home.vpopmail, { name: 'ann', passwordHash });
  await createAccount(store, domain, home.vpopmail, { name: 'empty', passwordHash: '' });
  ann = (await accounts.findAccount(address))!;
  await accounts.close();
  for (const directory of [home.state, join(home.vpopmail, 'etc')])
    await mkdir(directory, { recursive: true });
  for (const path of [dirname(home.home), home.home, home.vpopmail]) await chmod(path, 0o711);
});
after(() => site.remove());

interface Client {
  readonly port?: string;
  readonly ip?: string;
  readonly challenge?: string;
  readonly program?: readonly string[];
}

/** One process a call: what it costs is Node's start. */
const vchkpw = (user: string, secret: string, client: Client = {}): Promise<CommandEnd> => {
  const { port = '110', ip = '192.0.2.7', challenge = '<1.2@pop>', program = ['/usr/bin/env'] } = client;
  const env = { FACTEUR_HOME: home.home, TCPLOCALPORT: port, TCPREMOTEIP: ip };
  return runTableCommand('vchkpw', program, { env, three: `${user}\0${secret}\0${challenge}\0` });
};

const change = async (
  name: string,
  edit: { readonly flags?: number; readonly clear?: string },
): Promise<void> => {
  const domain = (await openAccounts({ home }).findDomain('example.test'))!;
  await openCdbStore().change(domain, name, (record) => ({ ...record, ...edit }));
};

const status = (ran: CommandEnd): [number | null, string] => [ran.status, ran.stderr];

describe('vchkpw', () => {
  test("runs the program with vpopmail's environment in the account's home, and notes the login", async () => {
    const ran = await vchkpw(address.toUpperCase(), password);
    assert.deepEqual(status(ran), [0, 'vchkpw-pop3: (PLAIN) login success ann@example.test:192.0.2.7\n']);
    const variables = new Map(
      ran.stdout.split('\n').map((line) => line.split(/=(.*)/s, 2) as [string, string]),
    );
    for (const [name, value] of [
      ['USER', 'ann'],
      ['HOME', ann.directory],
      ['SHELL', 'NOLOGIN'],
      ['VPOPUSER', 'ANN@EXAMPLE.TEST'],
    ] as const)
      assert.equal(variables.get(name), value);
    const [cwd, lastauth] = await Promise.all([
      vchkpw(address, password, { program: ['/bin/pwd'] }),
      readFile(join(ann.directory, 'lastauth'), 'utf8'),
    ]);
    assert.equal(cwd.stdout, `${ann.directory}\n`);
    assert.equal(lastauth, '192.0.2.7');
    if (isRoot) {
      const ids = await vchkpw(address, password, { program: ['/bin/sh', '-c', 'id -u; id -g; id -G'] });
      assert.equal(ids.stdout, `${uid}\n${gid}\n${gid}\n`);
      assert.equal((await stat(join(ann.directory, 'lastauth'))).uid, uid);
    }
  });

  test("says no with vpopmail's status and line, and never a name that nobody has", async () => {
    const cases = [
      [address, 'wrong', 3, 'password fail ann@example.test'],
      ['hunter2@example.test', password, 3, 'vpopmail user not found ?@example.test'],
      ['hunter2@elsewhere.test', password, 3, 'vpopmail user not found ?@?'],
      ['hunter2', password, 3, 'vpopmail user not found ?@?'],
      ['', password, 12, 'null user name given '],
      [address, '', 13, 'null password given ?'],
      ['../ann@example.test', password, 20, 'invalid user/domain characters ?'],
      ['ann\nvchkpw@example.test', password, 20, 'invalid user/domain characters ?'],
      ['empty@example.test', 'x', 15, 'user has no password empty@example.test'],
    ] as const;
    const runs = await Promise.all(cases.map(([user, secret]) => vchkpw(user, secret, { ip: '192.0.2.50' })));
    for (const [index, [user, , code, line]] of cases.entries()) {
      const ran = runs[index]!;
      assert.deepEqual([...status(ran), ran.stdout], [code, `vchkpw-pop3: ${line}:192.0.2.50\n`, ''], user);
    }
  });

  test('a flag shuts its service only; POP3 and IMAP from this machine are the webmail', async () => {
    await change('ann', { flags: AccountFlag.noPop });
    try {
      const shut = await vchkpw(address, password);
      assert.deepEqual(status(shut), [1, 'vchkpw-pop3: pop access denied ann@example.test:192.0.2.7\n']);
      assert.equal((await vchkpw(address, password, { port: '143' })).status, 0);
      const webmail = await vchkpw(address, password, { ip: '127.0.0.1' });
      assert.deepEqual(status(webmail), [
        0,
        'vchkpw-webmail: (PLAIN) login success ann@example.test:127.0.0.1\n',
      ]);
      await change('ann', { flags: AccountFlag.noWebmail });
      const denied = await vchkpw(address, password, { ip: '127.0.0.1', port: '143' });
      assert.deepEqual(status(denied), [
        1,
        'vchkpw-webmail: webmail access denied ann@example.test:127.0.0.1\n',
      ]);
    } finally {
      await change('ann', { flags: 0 });
    }
  });

  test('the port names the service, and the program where the port is another', () => {
    for (const [port, program, ip, service, name] of [
      ['25', 'x', '192.0.2.7', 'smtp', 'vchkpw-smtp'],
      ['465', 'x', '127.0.0.1', 'smtp', 'vchkpw-smtps'],
      ['587', 'x', '192.0.2.7', 'smtp', 'vchkpw-submission'],
      ['995', 'x', '192.0.2.7', 'pop3', 'vchkpw-pop3s'],
      ['993', 'x', '192.0.2.7', 'imap', 'vchkpw-imaps'],
      ['2525', '/bin/true', '192.0.2.7', 'smtp', 'vchkpw-2525'],
      ['2143', '/usr/bin/imapd', '192.0.2.7', 'imap', 'vchkpw-2143'],
      [undefined, '/bin/x', '192.0.2.7', 'pop3', 'vchkpw-0'],
      ['143', 'x', '::1', 'imap', 'vchkpw-webmail'],
    ] as const) {
      const found = connectionOf(port, program, ip);
      assert.deepEqual([found.service, found.name], [service, name]);
    }
  });

  test('SMTP AUTH runs the program as it is; one that cannot be run is no success', async () => {
    const ran = await vchkpw(address, password, { port: '587', program: ['/bin/pwd'] });
    assert.equal(ran.status, 0);
    assert.notEqual(ran.stdout, `${ann.directory}\n`);
    const missing = await vchkpw(address, password, { port: '587', program: ['/nonexistent/true'] });
    assert.notEqual(missing.status, 0);
  });

  test('APOP and CRAM-MD5 only where the site uses clear passwords', async () => {
    const challenge = '<17.4@pop.example.test>';
    const apop = createHash('md5').update(`${challenge}tanstaaf`).digest('hex');
    const cram = createHmac('md5', 'tanstaaf').update(challenge).digest('hex');
    await change('ann', { clear: 'tanstaaf' });
    assert.equal((await vchkpw(address, apop, { challenge })).status, 3);
    const setting = join(home.qmail, 'control', 'clearpasswords');
    await writeFile(setting, 'use\n');
    try {
      const line = (ran: CommandEnd) => ran.stderr.split(' ann@')[0];
      assert.equal(line(await vchkpw(address, apop, { challenge })), 'vchkpw-pop3: (APOP) login success');
      const smtp = { challenge, port: '587', program: ['/bin/true'] };
      assert.equal(line(await vchkpw(address, cram, smtp)), 'vchkpw-submission: (CRAM-MD5) login success');
      assert.equal(line(await vchkpw(address, cram, { challenge })), 'vchkpw-pop3: password fail');
      assert.equal(
        line(await vchkpw(address, apop, { challenge, port: '143' })),
        'vchkpw-imap: password fail',
      );
      assert.equal(
        line(await vchkpw(address, password, { challenge })),
        'vchkpw-pop3: (PLAIN) login success',
      );
    } finally {
      await rm(setting);
      await change('ann', { clear: '' });
    }
  });

  test('what cannot be told now is 111, and after too many wrong ones nothing is looked at', async () => {
    const limits = join(home.vpopmail, 'domains', 'example.test', '.qmailadmin-limits');
    await mkdir(limits);
    const broken = await vchkpw(address, password, { ip: '192.0.2.60' });
    await rm(limits, { recursive: true });
    assert.equal(broken.status, 111);
    assert.match(
      broken.stderr,
      /^vchkpw-pop3: password cannot be checked now \?:192\.0\.2\.60\nvchkpw-pop3: is a directory\n$/,
    );
    const throttle = (await openLoginThrottle(home.state))!;
    for (let i = 0; i < 10; i++) throttle.begin({ account: `x${i}@example.test`, address: '192.0.2.61' });
    throttle.close();
    const braked = await vchkpw(address, password, { ip: '192.0.2.61' });
    assert.deepEqual(status(braked), [111, 'vchkpw-pop3: password fail ?:192.0.2.61\n']);
  });

  test('with a second factor the password alone opens nothing, not even from the old webmail', async () => {
    const [factor, secret] = [openSecondFactor(), makeSecret()];
    await factor.turnOn(ann, secret, totpCode(secret, totpStep(Date.now() / 1000)));
    try {
      assert.equal((await vchkpw(address, password)).status, 1);
      assert.equal((await vchkpw(address, password, { ip: '127.0.0.1', port: '143' })).status, 1);
    } finally {
      await factor.turnOff(ann);
    }
  });
});

describe('POP before SMTP', () => {
  const etc = (name: string): string => join(home.vpopmail, 'etc', name);
  const setting = (): string => join(home.qmail, 'control', 'poprelayminutes');
  const table = () => readFile(etc('open-smtp'), 'utf8');
  /** Made anew for each look: the rules of a door are trusted for a second. */
  const mayRelay = async (ip: string): Promise<boolean> => {
    const rules = await new TcpRulesFile(join(home.qmail, 'control', 'tcp.smtp'), () => undefined).read();
    assert.ok(typeof rules === 'object');
    return rules.find({ ip }).variables.get('RELAYCLIENT') === '';
  };

  test('is off: a login opens nothing, and clearopensmtp says so', async () => {
    await vchkpw(address, password);
    await assert.rejects(stat(etc('open-smtp')), /ENOENT/);
    const ran = await runCommand(clearopensmtp, home, []);
    assert.deepEqual([ran.status, ran.stdout], [0, 'POP before SMTP is off: control/poprelayminutes is 0\n']);
  });

  test("a login opens relaying for its address through the door's own rules, and time closes it", async () => {
    await writeFile(setting(), '180\n');
    await writeFile(etc('tcp.smtp'), '127.:allow,RELAYCLIENT=""\n192.0.2.66:deny\n:allow\n');
    // A rules file that is older than its cdb, as tcprules leaves it.
    await utimes(etc('tcp.smtp'), 1, 1);
    for (const name of ['tcp.smtp', 'tcp.smtp.cdb'])
      await symlink(etc(name), join(home.qmail, 'control', name));
    assert.equal(await mayRelay('192.0.2.7'), false);
    await vchkpw(address, 'wrong', { ip: '192.0.2.8' });
    await vchkpw(address, password, { ip: '192.0.2.9', port: '587', program: ['/bin/true'] });
    await vchkpw(address, password, { ip: '127.0.0.1', port: '143' });
    await assert.rejects(table(), /ENOENT/);
    await vchkpw(address, password, { ip: '::ffff:192.0.2.7' });
    await vchkpw(address, password, { ip: '2001:db8::7', port: '993' });
    const now = Math.floor(Date.now() / 1000);
    assert.match(
      await table(),
      /^192\.0\.2\.7:allow,RELAYCLIENT="",RBLSMTPD=""\t\d{10}\n\[2001:db8::7\]:allow,RELAYCLIENT="",RBLSMTPD=""\t\d{10}\n$/,
    );
    for (const [ip, may] of [
      ['192.0.2.7', true],
      ['2001:db8::7', true],
      ['192.0.2.8', false],
      ['127.0.0.1', true],
    ] as const)
      assert.equal(await mayRelay(ip), may, ip);
    assert.equal((await stat(etc('tcp.smtp.cdb'))).mode & 0o777, 0o644);
    // Three hours later; one of them came again meanwhile.
    await openRelay(home.vpopmail, '192.0.2.7', now + 7200);
    await closeOldRelays(home.vpopmail, 180, now + 180 * 60 + 60);
    assert.deepEqual(
      parseOpenRelay(await table()).map(({ ip }) => ip),
      ['192.0.2.7'],
    );
    assert.equal(await mayRelay('2001:db8::7'), false);
    assert.equal(await mayRelay('192.0.2.7'), true);
    await closeOldRelays(home.vpopmail, 180, now + 7200 + 180 * 60 + 1);
    assert.equal(await table(), '');
    assert.equal(await mayRelay('192.0.2.7'), false);
    assert.equal(await mayRelay('127.0.0.1'), true);
  });

  test('an account with NO_RELAY opens nothing', async () => {
    await change('ann', { flags: AccountFlag.noRelay });
    assert.equal((await vchkpw(address, password)).status, 0);
    await change('ann', { flags: 0 });
    assert.equal(await table(), '');
  });

  test("clearopensmtp reads vpopmail's own file, drops lines without a time, and rebuilds the rules", async () => {
    const now = Math.floor(Date.now() / 1000);
    const kept = `198.51.100.1:allow,RELAYCLIENT="",RBLSMTPD=""\t${now - 60}\n`;
    await writeFile(
      etc('open-smtp'),
      `${kept}198.51.100.2:allow,RELAYCLIENT="",RBLSMTPD=""\t${now - 181 * 60}\n198.51.100.3:allow\nrubbish\n`,
    );
    await rm(etc('tcp.smtp.cdb'));
    assert.deepEqual(await runCommand(clearopensmtp, home, []), { status: 0, stdout: '', stderr: '' });
    assert.equal(await table(), kept);
    const cdb = Cdb.from(await readFile(etc('tcp.smtp.cdb')), 'tcp.smtp.cdb');
    assert.deepEqual(
      [...cdb.entries()].map(([key]) => key.toString()),
      ['127.', '192.0.2.66', '', '198.51.100.1'],
    );
  });

  test('a wrong line in tcp.smtp is named, and the old rules stay', async () => {
    const before = await readFile(etc('tcp.smtp.cdb'));
    await writeFile(etc('tcp.smtp'), '127.:perhaps\n');
    const ran = await runCommand(clearopensmtp, home, []);
    assert.equal(ran.status, 255);
    assert.match(ran.stdout, /^Error: etc\/tcp\.smtp: line 1: unable to parse this line: 127\.:perhaps\n$/);
    assert.deepEqual(await readFile(etc('tcp.smtp.cdb')), before);
  });

  test('a hundred logins at once lose no address', async () => {
    await writeFile(etc('tcp.smtp'), ':allow\n');
    await writeFile(etc('open-smtp'), '');
    await Promise.all(
      Array.from({ length: 40 }, (_, i) => openRelay(home.vpopmail, `203.0.113.${i}`, Date.now() / 1000)),
    );
    assert.equal(parseOpenRelay(await table()).length, 40);
  });
});

describe('authvchkpw', () => {
  const ask = (service: string, secret: string, modules: readonly string[] = []): Promise<CommandEnd> =>
    runTableCommand('authvchkpw', [...modules, '/usr/bin/env', 'LAST=Maildir'], {
      env: { FACTEUR_HOME: home.home, TCPREMOTEIP: '192.0.2.7' },
      three: `${service}\nlogin\n${address}\n${secret}\n`,
    });

  test("a good login becomes the server with Courier's environment", async () => {
    const ran = await ask('imap', password);
    assert.equal(ran.status, 0, ran.stderr);
    for (const line of [
      `AUTHENTICATED=${address}`,
      `AUTHADDR=${address}`,
      'AUTHFULLNAME=ann',
      `MAILDIR=${ann.maildir}`,
      'LAST=Maildir',
    ])
      assert.ok(ran.stdout.split('\n').includes(line), line);
  });

  test('a wrong one is for the next module, with the same lines; without a next one it has failed', async () => {
    const failed = await ask('imap', 'wrong');
    assert.deepEqual([failed.status, failed.stdout, failed.stderr], [1, '', 'AUTHFAILURE\n']);
    const next = [process.execPath, '-e', 'process.stdout.write(require("fs").readFileSync(3))'];
    const passed = await ask('imap', 'wrong', next);
    assert.equal(passed.stdout, `imap\nlogin\n${address}\nwrong\n`);
    const chain = await ask('smtp', password, commandWords('authvchkpw'));
    assert.deepEqual([chain.status, chain.stderr], [1, 'AUTHFAILURE\n'], 'a service of nobody, twice');
  });

  test('the lines are those of Courier', () => {
    assert.deepEqual(parseAuthLines('imap:ssl\nlogin\nu\np\n'), {
      service: 'imap',
      type: 'login',
      name: 'u',
      password: 'p',
    });
    assert.equal(parseAuthLines('imap\nlogin\nu'), undefined);
  });
});
