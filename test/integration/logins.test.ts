// Logins: what opens an account, what a login leaves behind, app passwords, the second factor, the brake on guessing.
import assert from 'node:assert/strict';
import { chmod, lstat, mkdir, readFile, rm, stat, symlink, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { createAccount, setPasswordHash } from '../../mta/accounts/account-changes.ts';
import { type OpenedAccounts, openAccounts } from '../../mta/accounts/accounts.ts';
import {
  addAppPassword,
  findAppPassword,
  listAppPasswords,
  looksLikeAppPassword,
  noteAppPasswordUse,
  removeAppPassword,
} from '../../mta/accounts/app-passwords.ts';
import { openCdbStore } from '../../mta/accounts/cdb-store.ts';
import { isOutdated } from '../../mta/accounts/crypt.ts';
import { addDomain } from '../../mta/accounts/domains.ts';
import { LoginThrottled, openLoginThrottle } from '../../mta/accounts/login-throttle.ts';
import { hashPassword } from '../../mta/accounts/new-hash.ts';
import { makeSecret, openSecondFactor } from '../../mta/accounts/second-factor.ts';
import { totpCode, totpStep } from '../../mta/accounts/totp.ts';
import type { Account } from '../../mta/accounts/types.ts';
import { updateVpasswd } from '../../mta/accounts/vpasswd.ts';
import type { Home } from '../../mta/home.ts';
import { makeBareSite } from '../support/accounts.ts';

const owner = { uid: process.getuid!() || 89, gid: process.getgid!() || 89 };
const password = 'correct horse';
const address = 'ann@example.test';

let site: Awaited<ReturnType<typeof makeBareSite>>;
let home: Home;
let accounts: OpenedAccounts;
let ann: Account;
before(async () => {
  site = await makeBareSite();
  home = site.home;
  const passwordHash = hashPassword(password, 'sha512-crypt');
  await addDomain(home, { name: 'example.test', owner, postmaster: { passwordHash } });
  await mkdir(home.state, { recursive: true });
  accounts = openAccounts({ home });
  const domain = (await accounts.findDomain('example.test'))!;
  for (const name of ['ann', 'bob'])
    await createAccount(openCdbStore(), domain, home.vpopmail, { name, passwordHash });
  ann = (await accounts.findAccount(address))!;
});
after(async () => {
  await accounts.close();
  await site.remove();
});

/** Accounts that write; what follows from the logins in `work` is on disk when this resolves. */
async function withWriting<T>(work: (accounts: OpenedAccounts) => Promise<T>): Promise<T> {
  const writing = openAccounts({ home, writesLogins: true });
  try {
    return await work(writing);
  } finally {
    await writing.close();
  }
}

const vpasswd = (): string => join(home.vpopmail, 'domains', 'example.test', 'vpasswd');
const storedLine = async (name: string): Promise<string[]> =>
  (await readFile(vpasswd(), 'latin1'))
    .split('\n')
    .find((line) => line.startsWith(`${name}:`))!
    .split(':');

describe('what a login leaves behind', () => {
  const lastauth = (): string => join(ann.directory, 'lastauth');
  const read = (): Promise<string> => readFile(lastauth(), 'latin1');

  test("a good one writes vpopmail's lastauth: the address without a line feed, the file's time", async () => {
    await withWriting((writing) => writing.authenticate(address, 'wrong', 'web', '192.0.2.66'));
    assert.equal(await read(), '0.0.0.0');
    const before = Math.floor(Date.now() / 1000);
    await withWriting((writing) => writing.authenticate(address, password, 'web', '::ffff:192.0.2.7'));
    assert.equal(await read(), '192.0.2.7');
    const { mtimeMs, mode } = await stat(lastauth());
    assert.ok(mtimeMs / 1000 >= before);
    assert.equal(mode & 0o777, 0o600);
  });

  test('at most once a minute for an account, whatever the door', async () => {
    await withWriting(async (writing) => {
      await writing.authenticate(address, password, 'smtp', '192.0.2.8');
      await writing.authenticate(address, password, 'web', '192.0.2.9');
    });
    assert.equal(await read(), '192.0.2.8');
  });

  test('a shorter address leaves nothing of a longer one; without an address nothing is written', async () => {
    await withWriting((writing) => writing.authenticate(address, password, 'web', '2001:db8::1:2:3:4'));
    await withWriting((writing) => writing.authenticate(address, password, 'web', '192.0.2.7'));
    await withWriting((writing) => writing.authenticate(address, password, 'web'));
    assert.equal(await read(), '192.0.2.7');
  });

  test('never through a link, and a login does not fail for it', async () => {
    const lines: string[] = [];
    const other = join(home.home, 'other');
    await writeFile(other, 'precious');
    await unlink(lastauth());
    await symlink(other, lastauth());
    const domain = (await accounts.findDomain('example.test'))!;
    const note = openCdbStore().recordLogin(domain, (await openCdbStore().find(domain, 'ann'))!, {
      at: 1,
      ip: 'x',
    });
    await assert.rejects(note, /ELOOP/);
    const writing = openAccounts({ home, writesLogins: true, log: (line) => lines.push(line) });
    assert.equal((await writing.authenticate(address, password, 'web', '192.0.2.10'))?.name, 'ann');
    await writing.close();
    assert.equal(lines.length, 1);
    assert.equal(await readFile(other, 'utf8'), 'precious');
    assert.match(lines.join('\n'), /^warning: cannot note the last login of ann@example\.test/);
    await unlink(lastauth());
    await writeFile(lastauth(), '0.0.0.0');
  });

  test('a process that may not write accounts writes nothing', async () => {
    await accounts.authenticate(address, password, 'web', '192.0.2.7');
    assert.equal(await read(), '0.0.0.0');
  });
});

describe('passwords (security.md A1)', () => {
  const store = openCdbStore();
  const setHash = async (name: string, hash: string): Promise<void> =>
    setPasswordHash(store, (await accounts.findDomain('example.test'))!, name, hash);
  const setClear = (name: string, clear: string): Promise<void> =>
    updateVpasswd(join(home.vpopmail, 'domains', 'example.test'), owner, (text) =>
      text.replace(new RegExp(`^(${name}(?::[^:\\n]*){6})(?::[^\\n]*)?$`, 'm'), `$1:${clear}`),
    );

  test('each old form lets in and is replaced by the form of the site', async () => {
    for (const [old, known] of [
      ['abNANd1rDfiNc', 'secret'],
      ['$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/', 'password'],
      ['$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5', 'Hello world!'],
      ['{MD5-CRYPT}$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/', 'password'],
      ['{crypt}abNANd1rDfiNc', 'secret'],
    ] as const) {
      await setHash('bob', old);
      const found = await withWriting((writing) => writing.authenticate('bob@example.test', known, 'web'));
      assert.equal(found?.name, 'bob', old);
      assert.match((await storedLine('bob'))[1]!, /^\$6\$[./0-9A-Za-z]{8}\$/);
    }
    const passwordscheme = join(home.qmail, 'control', 'passwordscheme');
    await writeFile(passwordscheme, 'scrypt\n');
    try {
      await withWriting((writing) => writing.authenticate('bob@example.test', 'secret', 'web'));
      assert.match((await storedLine('bob'))[1]!, /^\$scrypt\$ln=15,r=8,p=3\$/);
      assert.equal((await accounts.authenticate('bob@example.test', 'secret', 'web'))?.name, 'bob');
    } finally {
      await rm(passwordscheme);
    }
    // A site that went back keeps the stronger ones.
    await withWriting((writing) => writing.authenticate('bob@example.test', 'secret', 'web'));
    assert.match((await storedLine('bob'))[1]!, /^\$scrypt\$/);
  });

  test('cheaper parameters count as outdated', () => {
    const tail = '$c2FsdHNhbHRzYWx0$a2V5a2V5a2V5a2V5a2V5a2V5';
    assert.equal(isOutdated(`$scrypt$ln=14,r=8,p=1${tail}`, 'scrypt'), true);
    assert.equal(isOutdated(`$scrypt$ln=15,r=8,p=3${tail}`, 'scrypt'), false);
    assert.equal(isOutdated(`$scrypt$ln=14,r=8,p=1${tail}`, 'sha512-crypt'), false);
    assert.equal(isOutdated('$6$rounds=1000$saltsalt$x', 'sha512-crypt'), true);
    assert.equal(isOutdated('$6$rounds=9000$saltsalt$x', 'sha512-crypt'), false);
    assert.equal(isOutdated('{SHA512-CRYPT}$6$saltsalt$x', 'sha512-crypt'), false);
    assert.equal(isOutdated('{CRYPT}$1$saltsalt$x', 'sha512-crypt'), true);
  });

  test('a clear password opens nothing; control/clearpasswords says when it goes', async () => {
    const clearpasswords = join(home.qmail, 'control', 'clearpasswords');
    await setHash('bob', hashPassword(password, 'sha512-crypt'));
    await setClear('bob', 'something else');
    assert.equal(await accounts.authenticate('bob@example.test', 'something else', 'pop3'), undefined);
    const login = () =>
      withWriting((writing) => writing.authenticate('bob@example.test', password, 'web', '192.0.2.7'));
    try {
      for (const setting of ['ignore', 'use']) {
        await writeFile(clearpasswords, `${setting}\n`);
        await login();
        assert.equal((await storedLine('bob'))[7], 'something else', setting);
      }
      // A better hash of the same password does not make the clear one wrong.
      await setHash('bob', 'abNANd1rDfiNc');
      await setClear('bob', 'secret');
      await withWriting((writing) => writing.authenticate('bob@example.test', 'secret', 'web'));
      const line = await storedLine('bob');
      assert.match(line[1]!, /^\$6\$/);
      assert.equal(line[7], 'secret');
      await writeFile(clearpasswords, 'wipe\n');
      await setHash('bob', line[1]!);
      await setClear('bob', 'secret');
      await withWriting((writing) => writing.authenticate('bob@example.test', 'secret', 'web'));
      assert.deepEqual((await storedLine('bob')).slice(7), ['']);
    } finally {
      await rm(clearpasswords);
    }
    await setClear('bob', 'old one');
    await setHash('bob', hashPassword(password, 'sha512-crypt'));
    assert.equal((await storedLine('bob'))[7], '', 'a new password empties it in any case');
  });

  test('an account without a password is nobody', async () => {
    await setHash('bob', '');
    assert.deepEqual(
      await accounts
        .login({ address: 'bob@example.test', password: 'x', service: 'pop3' })
        .then((result) => ({
          ...result,
          found: undefined,
        })),
      { isGood: false, reason: 'no password', found: undefined },
    );
    await setHash('bob', hashPassword(password, 'sha512-crypt'));
  });
});

describe('app passwords', () => {
  test('are 28 letters and digits, shown once, kept as salted hashes in a private file of the account', async () => {
    const { password: made } = await addAppPassword(ann, { label: 'phone\n', services: ['imap', 'smtp'] });
    assert.match(made, /^[a-km-np-z2-9]{4}(?:-[a-km-np-z2-9]{4}){6}$/);
    const path = join(ann.directory, '.facteur', 'app-passwords');
    const text = await readFile(path, 'utf8');
    for (const form of [made, made.replaceAll('-', '')]) assert.equal(text.includes(form), false);
    const [file, directory] = await Promise.all([lstat(path), lstat(join(ann.directory, '.facteur'))]);
    assert.deepEqual([file.mode & 0o777, directory.mode & 0o777, file.uid], [0o600, 0o700, owner.uid]);
    const [listed] = await listAppPasswords(ann);
    assert.deepEqual(Object.keys(listed!).sort(), ['createdAt', 'id', 'label', 'services']);
    assert.equal(listed!.label, 'phone');
  });

  test('open what they were made for, with or without hyphens, never the web, until they are taken back', async () => {
    const { id, password: made } = await addAppPassword(ann, { label: 'mail', services: ['smtp'] });
    const may = async (typed: string, service: 'web' | 'smtp' | 'imap' | 'pop3') =>
      (await accounts.authenticate(address, typed, service)) !== undefined;
    assert.equal(await may(made, 'smtp'), true);
    assert.equal(await may(made.replaceAll('-', '').toUpperCase(), 'smtp'), true);
    assert.equal(await may(made, 'imap'), false);
    assert.equal(await may(made, 'web'), false);
    assert.equal(await accounts.authenticate('bob@example.test', made, 'smtp'), undefined);
    const off = made.slice(0, -1) + (made.endsWith('a') ? 'b' : 'a');
    assert.equal(looksLikeAppPassword(off), true);
    assert.equal(await may(off, 'smtp'), false);
    assert.equal(await may(password, 'smtp'), true, 'the password still opens it');
    assert.equal(await removeAppPassword(ann, id), true);
    assert.equal(await removeAppPassword(ann, id), false);
    assert.equal(await may(made, 'smtp'), false);
  });

  test('their use is noted once an hour', async () => {
    const { id, password: made } = await addAppPassword(ann, { label: 'tablet', services: ['imap'] });
    const usedAt = async () => (await listAppPasswords(ann)).find((each) => each.id === id)?.usedAt;
    assert.equal(await usedAt(), undefined);
    await withWriting((writing) => writing.authenticate(address, made, 'imap', '192.0.2.7'));
    const first = await usedAt();
    assert.ok(first !== undefined && first % 3600 === 0 && Date.now() / 1000 - first < 7200);
    const app = (await findAppPassword(ann, made, 'imap'))!;
    const path = join(ann.directory, '.facteur', 'app-passwords');
    const { mtimeMs } = await stat(path);
    await noteAppPasswordUse(ann, app, first + 100);
    assert.equal((await stat(path)).mtimeMs, mtimeMs);
    await noteAppPasswordUse(ann, app, first + 3700);
    assert.equal(await usedAt(), first + 3600);
  });

  test('a file that makes no sense is an error that names it, and the password still works', async () => {
    const path = join(ann.directory, '.facteur', 'app-passwords');
    const good = await readFile(path, 'utf8');
    const { password: made } = await addAppPassword(ann, { label: 'x', services: ['smtp'] });
    await writeFile(path, '{"version":');
    await assert.rejects(accounts.authenticate(address, made, 'smtp'), /app-passwords: expected JSON/);
    assert.ok(await accounts.authenticate(address, password, 'smtp'));
    await writeFile(path, '{"version":1,"passwords":[null,{"id":1}]}');
    assert.equal(await accounts.authenticate(address, made, 'smtp'), undefined);
    await unlink(path);
    await symlink('/etc/passwd', path);
    await assert.rejects(listAppPasswords(ann), /app-passwords: expected a plain file, found a link/);
    await unlink(path);
    await writeFile(path, good);
    await chmod(path, 0o600);
  });

  test('made at the same time, none is lost; fifty are enough', async () => {
    const bob = (await accounts.findAccount('bob@example.test'))!;
    await Promise.all(
      Array.from({ length: 8 }, (_, i) => addAppPassword(bob, { label: `${i}`, services: ['imap'] })),
    );
    assert.equal((await listAppPasswords(bob)).length, 8);
    for (let i = 8; i < 50; i++) await addAppPassword(bob, { label: `${i}`, services: ['imap'] });
    await assert.rejects(addAppPassword(bob, { label: 'x', services: ['imap'] }), RangeError);
  });
});

describe('the second factor', () => {
  let now = 1_700_000_000;
  const factor = openSecondFactor(() => now);
  const secret = makeSecret();
  const code = (steps = 0): string => totpCode(secret, totpStep(now) + steps);
  let recovery: readonly string[];

  test('is turned on only by who shows the code of the new secret', async () => {
    assert.equal(await factor.isOn(ann), false);
    assert.equal(await factor.turnOn(ann, secret, totpCode(secret, totpStep(now) + 5)), undefined);
    assert.equal(await factor.isOn(ann), false);
    recovery = (await factor.turnOn(ann, secret, code()))!;
    assert.equal(recovery.length, 10);
    assert.equal(new Set(recovery).size, 10);
    assert.equal(await factor.isOn(ann), true);
    const text = await readFile(join(ann.directory, '.facteur', 'second-factor'), 'utf8');
    for (const one of recovery) assert.equal(text.includes(one.replace('-', '')), false);
  });

  test('the password alone opens only the web, app passwords the mail programs', async () => {
    for (const service of ['smtp', 'imap', 'pop3'] as const)
      assert.equal(await accounts.authenticate(address, password, service), undefined, service);
    assert.ok(await accounts.authenticate(address, password, 'web'));
    const { password: made } = await addAppPassword(ann, { label: 'x', services: ['smtp', 'imap', 'pop3'] });
    for (const service of ['smtp', 'imap', 'pop3'] as const)
      assert.ok(await accounts.authenticate(address, made, service), service);
  });

  test('a used code is not good again, nor an older one', async () => {
    assert.equal(await factor.check(ann, code()), 'wrong', 'the code that turned it on');
    now += 60;
    assert.equal(await factor.check(ann, code()), 'right');
    assert.equal(await factor.check(ann, code()), 'wrong');
    assert.equal(await factor.check(ann, code(-1)), 'wrong');
    assert.equal(await factor.check(ann, code(1)), 'right');
    now += 60;
    const both = await Promise.all([factor.check(ann, code()), factor.check(ann, code())]);
    assert.deepEqual(both.sort(), ['right', 'wrong'], 'of two at once one');
  });

  test('a recovery code is good once', async () => {
    assert.equal(await factor.check(ann, recovery[0]!.toUpperCase().replace('-', ' ')), 'right');
    assert.equal(await factor.check(ann, recovery[0]!), 'wrong');
    assert.equal(await factor.recoveryCodesLeft(ann), 9);
  });

  test('after five wrong ones nobody is heard for a quarter of an hour', async () => {
    now += 60;
    assert.equal(await factor.check(ann, code()), 'right');
    now += 60;
    for (let i = 0; i < 5; i++) assert.equal(await factor.check(ann, '000000x'), 'wrong');
    assert.equal(await factor.check(ann, code()), 'later');
    now += 15 * 60 + 1;
    assert.equal(await factor.check(ann, code()), 'right');
  });

  test('a file that makes no sense opens nothing; turned off, all is as before', async () => {
    const path = join(ann.directory, '.facteur', 'second-factor');
    await writeFile(path, '{"version":1}');
    await assert.rejects(
      accounts.authenticate(address, password, 'imap'),
      /second-factor: fields are missing/,
    );
    await factor.turnOff(ann);
    assert.equal(await factor.isOn(ann), false);
    assert.ok(await accounts.authenticate(address, password, 'imap'));
  });
});

describe('the brake on guessing (security.md A4)', () => {
  test('the eleventh wrong password of a network in a minute is not looked at, whoever it is for', async () => {
    await withWriting(async (writing) => {
      const wrong = Array.from({ length: 10 }, (_, i) =>
        writing.authenticate(`no${i}@example.test`, 'x', 'smtp', '198.51.100.1'),
      );
      for (const one of await Promise.all(wrong)) assert.equal(one, undefined);
      await assert.rejects(writing.authenticate(address, password, 'smtp', '198.51.100.1'), LoginThrottled);
      assert.ok(await writing.authenticate(address, password, 'smtp', '198.51.100.2'));
    });
    await withWriting(async (writing) => {
      await assert.rejects(
        writing.authenticate(address, password, 'imap', '198.51.100.1'),
        LoginThrottled,
        'a restart forgets nothing',
      );
    });
  });

  test('twenty wrong ones of an account from anywhere shut it to strangers, not to its owner', async () => {
    const throttle = (await openLoginThrottle(home.state))!;
    try {
      throttle.begin({ account: 'bob@example.test', address: '203.0.113.5' }).succeeded();
      for (let i = 0; i < 20; i++) {
        const { wait } = throttle.begin({ account: 'bob@example.test', address: `192.0.2.${100 + i}` });
        assert.equal(wait, 0, `${i}`);
      }
      assert.ok(throttle.begin({ account: 'bob@example.test', address: '192.0.2.200' }).wait > 0);
      assert.equal(throttle.begin({ account: 'bob@example.test', address: '203.0.113.5' }).wait, 0);
    } finally {
      throttle.close();
    }
  });

  test('a thousand addresses that never rest need ten hours for 200 passwords; the owner signs in meanwhile', async () => {
    let now = Date.now() + 30 * 24 * 3600_000;
    const start = now;
    const throttle = (await openLoginThrottle(home.state, () => now))!;
    try {
      const owner = { account: 'carl@example.test', address: '203.0.113.77', trustsKnown: true };
      throttle.begin(owner).succeeded();
      for (let tried = 0, address = 0; tried < 200; address = (address + 1) % 1000) {
        const from = `127.0.${address >> 8}.${address & 255}`;
        const { wait } = throttle.begin({ account: 'carl@example.test', address: from });
        if (wait === 0) tried += 1;
        else {
          // The owner, in the middle of it.
          const own = throttle.begin(owner);
          assert.equal(own.wait, 0);
          own.succeeded();
          now += 60_000;
        }
      }
      assert.ok(now - start >= 10 * 3600_000, `${(now - start) / 3600_000} h`);
    } finally {
      throttle.close();
    }
  });

  test('programs of several doors use the brake at the same moment', async () => {
    const module = new URL('../../mta/accounts/login-throttle.ts', import.meta.url).href;
    const work = `
      const { openLoginThrottle } = await import(${JSON.stringify(module)});
      const throttle = await openLoginThrottle(${JSON.stringify(home.state)});
      for (let i = 0; i < 150; i++) throttle.begin({ account: 'eve@example.test', address: '198.51.100.' + i }).succeeded();
      throttle.close();`;
    await Promise.all(
      Array.from({ length: 3 }, () => {
        const worker = new Worker(work, { eval: true, execArgv: ['--input-type=module'] });
        return new Promise<void>((resolve, reject) => {
          worker.once('error', reject);
          worker.once('exit', () => resolve());
        });
      }),
    );
  });

  test('where an account signed in before, thirty at once pass; thirty wrong ones do not', async () => {
    const throttle = (await openLoginThrottle(home.state))!;
    try {
      const attempt = { account: 'ann@example.test', address: '203.0.113.9', trustsKnown: true };
      throttle.begin(attempt).succeeded();
      const tries = Array.from({ length: 30 }, () => throttle.begin(attempt));
      assert.deepEqual(new Set(tries.map(({ wait }) => wait)), new Set([0]));
      for (const one of tries) one.failed();
      assert.ok(throttle.begin(attempt).wait > 0);
    } finally {
      throttle.close();
    }
  });

  test('a try that nobody could judge does not count, nor does a login without an address', async () => {
    const broken = join(home.vpopmail, 'domains', 'example.test', '.qmailadmin-limits');
    await mkdir(broken);
    await withWriting(async (writing) => {
      for (let i = 0; i < 12; i++)
        await assert.rejects(writing.authenticate(address, password, 'smtp', '198.51.100.77'), /EISDIR/);
      await rm(broken, { recursive: true });
      assert.ok(await writing.authenticate(address, password, 'smtp', '198.51.100.77'));
      for (let i = 0; i < 12; i++) assert.equal(await writing.authenticate(address, 'x', 'smtp'), undefined);
    });
  });
});
