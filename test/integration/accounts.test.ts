// Accounts of a site on disk: who controls an address, who is there, who may sign in; and locks that vpopmail respects.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createAccount, setPasswordHash } from '../../mta/accounts/account-changes.ts';
import { openAccounts } from '../../mta/accounts/accounts.ts';
import { openCdbStore } from '../../mta/accounts/cdb-store.ts';
import { compileUsers } from '../../mta/accounts/domain-files.ts';
import { addDomain } from '../../mta/accounts/domains.ts';
import { LockBusyError, withFileLock } from '../../mta/accounts/lock.ts';
import { hashPassword } from '../../mta/accounts/new-hash.ts';
import { AccountFlag } from '../../mta/accounts/types.ts';
import { openUsers } from '../../mta/accounts/users.ts';
import { parseVpasswd, updateVpasswd } from '../../mta/accounts/vpasswd.ts';
import type { Home } from '../../mta/home.ts';
import { hasProgram, makeBareSite } from '../support/accounts.ts';
import { until } from '../support/serve.ts';

const owner = { uid: process.getuid!() || 89, gid: process.getgid!() || 89 };
const hash = hashPassword('correct horse', 'sha512-crypt');

async function addSite(home: Home, name: string, instruction?: string): Promise<void> {
  await addDomain(home, { name, owner, instruction, postmaster: { passwordHash: hash } });
}

async function setFlags(home: Home, domain: string, name: string, flags: number): Promise<void> {
  const directory = join(home.vpopmail, 'domains', domain);
  await updateVpasswd(directory, owner, (text) =>
    text.replace(new RegExp(`^(${name}:[^:]*:1:)\\d+`, 'm'), `$1${flags}`),
  );
}

describe('a site', () => {
  let site: Awaited<ReturnType<typeof makeBareSite>>;
  let home: Home;
  before(async () => {
    site = await makeBareSite();
    home = site.home;
    await addSite(home, 'example.test');
  });
  after(() => site.remove());
  const domainFile = (...names: string[]) => join(home.vpopmail, 'domains', 'example.test', ...names);

  test('addDomain writes every file that vadddomain writes', async () => {
    const { qmail, vpopmail } = home;
    const directory = join(vpopmail, 'domains', 'example.test');
    const read = (...names: string[]) => readFile(join(...names), 'utf8');
    assert.equal(
      await read(qmail, 'users', 'assign'),
      `+example.test-:example.test:${owner.uid}:${owner.gid}:${directory}:-::\n.\n`,
    );
    assert.equal(await read(qmail, 'control', 'virtualdomains'), 'example.test:example.test\n');
    assert.equal(await read(qmail, 'control', 'rcpthosts'), 'example.test\nmail.example.test\n');
    assert.equal(await read(qmail, 'control', 'locals'), 'mail.example.test\n');
    assert.equal(
      await read(directory, '.qmail-default'),
      `| ${vpopmail}/bin/vdelivermail '' bounce-no-mailbox\n`,
    );
    assert.equal(
      await read(directory, 'vpasswd'),
      `postmaster:${hash}:1:0:postmaster:${directory}/postmaster:NOQUOTA\n`,
    );
    assert.equal(await read(directory, 'postmaster', 'lastauth'), '0.0.0.0');
    assert.deepEqual((await readdir(join(directory, 'postmaster', 'Maildir'))).sort(), ['cur', 'new', 'tmp']);
    for (const [path, mode] of [
      [directory, 0o700],
      [join(directory, 'vpasswd'), 0o600],
      [join(directory, 'vpasswd.cdb'), 0o600],
      [join(directory, '.qmail-default'), 0o600],
      [join(directory, 'postmaster', 'Maildir'), 0o700],
      [join(qmail, 'users', 'assign'), 0o644],
      [join(qmail, 'users', 'cdb'), 0o644],
      [join(qmail, 'control', 'rcpthosts'), 0o644],
    ] as const) {
      const stats = await stat(path);
      assert.equal(stats.mode & 0o777, mode, path);
      if (path.startsWith(vpopmail)) assert.equal(stats.uid, owner.uid, path);
    }
  });

  test('who controls an address follows every change of users/cdb at once', async () => {
    const users = openUsers(home.qmail);
    assert.equal((await users.find('example.test-Bob.X'))?.ext, 'Bob.X');
    assert.equal((await users.find('nobody-here'))?.user, 'alias');
    const assign = join(home.qmail, 'users', 'assign');
    const text = await readFile(assign, 'utf8');
    for (const uid of [1001, 1002, 1003]) {
      await writeFile(assign, `=nobody-here:u:${uid}:1:/h:::\n${text}`);
      await compileUsers(home.qmail);
      assert.equal((await users.find('nobody-here'))?.uid, uid);
    }
    await rm(join(home.qmail, 'users', 'cdb'));
    assert.equal((await users.find('nobody-here'))?.uid, 1003, 'without a cdb the text rules');
    await writeFile(assign, text);
    await compileUsers(home.qmail);
    await writeFile(
      join(home.qmail, 'users', 'cdb'),
      (await readFile(join(home.qmail, 'users', 'cdb'))).subarray(0, 2050),
    );
    await assert.rejects(users.find('x'), /users\/cdb: not a whole cdb/);
    await compileUsers(home.qmail);
  });

  test('a system user who owns his home comes before alias', async () => {
    const passwdFile = join(home.home, 'passwd');
    const joe = join(home.home, 'joe');
    await mkdir(joe, { recursive: true });
    const uid = (await stat(joe)).uid;
    await writeFile(
      passwdFile,
      `joe:x:${uid || 0}:5::${joe}:\nother:x:${uid + 1}:5::${joe}:\nalias:x:77:78::/nowhere:\n`,
    );
    const users = openUsers(home.qmail, { passwdFile });
    const found = await users.find('joe-list');
    // Root's own name is never looked up.
    assert.equal(found?.user, uid === 0 ? 'alias' : 'joe');
    assert.equal((await users.find('other'))?.user, 'alias', 'a home of somebody else does not count');
    const alias = await users.find('Nobody');
    assert.equal(alias?.home, join(home.qmail, 'alias'));
    assert.deepEqual([alias?.dash, alias?.ext], ['-', 'Nobody']);
  });

  test('an account is found without regard to case, and through an alias domain', async () => {
    const accounts = openAccounts({ home });
    const domain = (await accounts.findDomain('EXAMPLE.test'))!;
    await createAccount(openCdbStore(), domain, home.vpopmail, {
      name: 'Ann',
      passwordHash: hash,
      gecos: 'Änn: B',
      quota: '10M',
    });
    const account = await accounts.findAccount('ANN@Example.TEST');
    assert.deepEqual(account, {
      name: 'ann',
      domain: 'example.test',
      address: 'ann@example.test',
      gecos: 'Änn B',
      directory: domainFile('ann'),
      maildir: domainFile('ann', 'Maildir'),
      quota: '10485760S',
      flags: 0,
      ...owner,
    });
    assert.equal(await readFile(domainFile('ann', 'Maildir', 'maildirsize'), 'utf8'), '10485760S\n0 0\n');
    const assign = join(home.qmail, 'users', 'assign');
    const text = await readFile(assign, 'utf8');
    await writeFile(
      assign,
      `+alias.test-:example.test:${owner.uid}:${owner.gid}:${domain.directory}:-::\n${text}`,
    );
    await compileUsers(home.qmail);
    assert.equal((await accounts.findAccount('ann@alias.test'))?.address, 'ann@example.test');
    for (const nobody of [
      'bob@example.test',
      'ann@other.test',
      'ann',
      '@example.test',
      '../ann@example.test',
      'ann\0@example.test',
    ])
      assert.equal(await accounts.findAccount(nobody), undefined, JSON.stringify(nobody));
  });

  test('an account that another program adds or removes is seen at once', async () => {
    const accounts = openAccounts({ home });
    const domain = (await accounts.findDomain('example.test'))!;
    for (let round = 0; round < 3; round++) {
      assert.equal(await accounts.findAccount('come@example.test'), undefined);
      await updateVpasswd(domain.directory, owner, (text) => `come:x:1:0:c:/d/come:NOQUOTA\n${text}`);
      assert.equal((await accounts.findAccount('come@example.test'))?.directory, '/d/come');
      await updateVpasswd(domain.directory, owner, (text) => text.replace(/^come:.*\n/, ''));
    }
  });

  test('a torn line of vpasswd is nobody and harms nobody, and stays for the administrator', async () => {
    await appendFile(domainFile('vpasswd'), 'zoe:$6$half');
    await setPasswordHash(
      openCdbStore(),
      (await openAccounts({ home }).findDomain('example.test'))!,
      'postmaster',
      hash,
    );
    const text = await readFile(domainFile('vpasswd'), 'utf8');
    assert.equal(parseVpasswd(text).torn[0]?.text, 'zoe:$6$half');
    const accounts = openAccounts({ home });
    assert.equal(await accounts.findAccount('zoe@example.test'), undefined);
    assert.equal((await accounts.findAccount('postmaster@example.test'))?.name, 'postmaster');
    await updateVpasswd(domainFile(), owner, (old) => old.replace('zoe:$6$half\n', ''));
  });

  test('a recipient exists exactly when local delivery would take the letter', async () => {
    await addSite(home, 'catchall.test', 'postmaster@example.test');
    await addSite(home, 'delete.test', 'delete');
    await writeFile(domainFile('.qmail-sales'), '&ann@example.test\n');
    await writeFile(domainFile('.qmail-list:x-default'), '&ann@example.test\n');
    await writeFile(join(home.qmail, 'alias', '.qmail-root'), '&postmaster@example.test\n');
    const accounts = openAccounts({ home });
    for (const [address, exists] of [
      ['postmaster@example.test', true],
      ['Ann@EXAMPLE.test', true],
      ['nobody@example.test', false],
      ['ann-ext@example.test', false],
      ['sales@example.test', true],
      ['Sales@example.test', true],
      ['sales-x@example.test', false],
      ['list.x-any@example.test', true],
      ['list@example.test', false],
      ['any@catchall.test', true],
      ['any@delete.test', true],
      ['root@mail.example.test', true],
      ['nobody@mail.example.test', false],
      ['root', true],
      ['../../x@example.test', false],
    ] as const)
      assert.equal(await accounts.recipientExists(address), exists, address);
  });

  test('a locked account does not exist for the SMTP door; a vanished home is an error, not "no"', async () => {
    const accounts = openAccounts({ home });
    const domain = (await accounts.findDomain('example.test'))!;
    await createAccount(openCdbStore(), domain, home.vpopmail, { name: 'locked', passwordHash: hash });
    await setFlags(home, 'example.test', 'locked', AccountFlag.bounceMail);
    assert.equal(await accounts.recipientExists('locked@example.test'), false);
    const assign = join(home.qmail, 'users', 'assign');
    const text = await readFile(assign, 'utf8');
    await writeFile(
      join(home.qmail, 'control', 'virtualdomains'),
      `gone.test:gone.test\n${await readFile(join(home.qmail, 'control', 'virtualdomains'), 'utf8')}`,
    );
    await writeFile(assign, `+gone.test-:gone.test:1:1:/no/such/place:-::\n${text}`);
    await compileUsers(home.qmail);
    await assert.rejects(
      openAccounts({ home }).recipientExists('x@gone.test'),
      /home of a recipient is missing/,
    );
    await writeFile(assign, text);
    await compileUsers(home.qmail);
  });

  test('asking for a known recipient again and again costs a few looks at files', async () => {
    const accounts = openAccounts({ home });
    // Files younger than 100 ms are read each time.
    await new Promise((resolve) => setTimeout(resolve, 150));
    await accounts.recipientExists('ann@example.test');
    const rounds = 2000;
    const [asked, looked]: [number[], number[]] = [[], []];
    for (let i = 0; i < rounds; i++) {
      const start = performance.now();
      assert.equal(await accounts.recipientExists('ann@example.test'), true);
      const between = performance.now();
      await stat(home.qmail);
      asked.push(between - start);
      looked.push(performance.now() - between);
    }
    // The quicker tenth: what the others take is the machine's other work, not this call's. The measure is a look at one
    // file in the same loop, so it holds on a slow machine too.
    const quick = (times: number[]): number => times.sort((a, b) => a - b)[rounds / 10]!;
    const [ask, look] = [quick(asked), quick(looked)];
    assert.ok(ask < 10 * look, `${ask} ms, where a look at a file takes ${look}`);
  });

  test('a password lets in, a wrong one does not, and a shut service says nothing', async () => {
    const accounts = openAccounts({ home, writesLogins: true });
    try {
      const sign = (password: string, service: 'web' | 'smtp' = 'web') =>
        accounts.authenticate('ann@example.test', password, service);
      assert.equal((await sign('correct horse'))?.address, 'ann@example.test');
      assert.equal(await sign('correct horsE'), undefined);
      assert.equal(await sign(''), undefined);
      assert.equal(await sign('x'.repeat(129)), undefined);
      assert.equal(await accounts.authenticate('nobody@example.test', 'correct horse', 'web'), undefined);
      assert.equal(
        await accounts.authenticate('nobody@example.test', 'nobody has this password', 'web'),
        undefined,
        'the hash that unknown users are checked against opens no door',
      );
      await setFlags(home, 'example.test', 'ann', AccountFlag.noWebmail);
      assert.equal(await sign('correct horse'), undefined);
      assert.equal((await sign('correct horse', 'smtp'))?.name, 'ann');
      await writeFile(domainFile('.qmailadmin-limits'), 'disable_smtp\n');
      assert.equal(await sign('correct horse', 'smtp'), undefined);
      await rm(domainFile('.qmailadmin-limits'));
      await setFlags(home, 'example.test', 'ann', 0);
    } finally {
      await accounts.close();
    }
  });

  test('a good login replaces an outdated hash', async () => {
    const accounts = openAccounts({ home, writesLogins: true });
    try {
      const domain = (await accounts.findDomain('example.test'))!;
      await setPasswordHash(openCdbStore(), domain, 'ann', 'abNANd1rDfiNc');
      assert.equal(await accounts.authenticate('ann@example.test', 'wrong', 'web'), undefined);
      assert.match(await readFile(domainFile('vpasswd'), 'utf8'), /^ann:abNANd1rDfiNc:/m);
      assert.equal((await accounts.authenticate('ann@example.test', 'secret', 'web'))?.name, 'ann');
      // The login did not wait for it.
      await until('the better hash', async () =>
        /^ann:\$6\$/m.test(await readFile(domainFile('vpasswd'), 'utf8')),
      );
      assert.equal((await accounts.authenticate('ann@example.test', 'secret', 'web'))?.name, 'ann');
    } finally {
      await accounts.close();
    }
  });

  test('an unknown user costs the same time as a wrong password', async () => {
    const accounts = openAccounts({ home });
    const time = async (address: string): Promise<number> => {
      const start = performance.now();
      await accounts.authenticate(address, 'some password', 'web');
      return performance.now() - start;
    };
    try {
      await time('warm@example.test');
      const known: number[] = [];
      const unknown: number[] = [];
      for (let i = 0; i < 25; i++) {
        known.push(await time('ann@example.test'));
        unknown.push(await time('nobody@example.test'));
      }
      const median = (list: number[]) => list.sort((a, b) => a - b)[12]!;
      const ratio = median(unknown) / median(known);
      assert.ok(ratio > 0.6 && ratio < 1.7, `unknown/known ${ratio}`);
    } finally {
      await accounts.close();
    }
  });

  test('accounts added at once from several places are all there, sorted', async () => {
    const domain = (await openAccounts({ home }).findDomain('example.test'))!;
    const names = Array.from({ length: 8 }, (_, i) => `user${i}`);
    await Promise.all(
      names.map((name) => createAccount(openCdbStore(), domain, home.vpopmail, { name, passwordHash: hash })),
    );
    const found = parseVpasswd(await readFile(domainFile('vpasswd'), 'utf8')).entries.map(({ name }) => name);
    assert.deepEqual(found, found.slice().sort());
    for (const name of names) assert.ok(found.includes(name), name);
    await assert.rejects(
      createAccount(openCdbStore(), domain, home.vpopmail, { name: 'user1', passwordHash: hash }),
      {
        name: 'VpopmailError',
        code: -2,
      },
    );
  });

  test('a domain that cannot be finished leaves nothing behind', async () => {
    const files = async () => ({
      assign: await readFile(join(home.qmail, 'users', 'assign'), 'utf8'),
      virtual: await readFile(join(home.qmail, 'control', 'virtualdomains'), 'utf8'),
      domains: (await readdir(join(home.vpopmail, 'domains'))).sort(),
    });
    const before = await files();
    // rcpthosts is written last: a directory in its place makes the last step fail.
    const rcpthosts = join(home.qmail, 'control', 'rcpthosts');
    const text = await readFile(rcpthosts);
    await rm(rcpthosts);
    await mkdir(rcpthosts);
    await assert.rejects(addSite(home, 'half.test'), /EISDIR/);
    await rm(rcpthosts, { recursive: true });
    await writeFile(rcpthosts, text);
    assert.deepEqual(await files(), before);
    assert.equal(await openAccounts({ home }).findDomain('half.test'), undefined);
    await addSite(home, 'half.test');
  });

  test('the 51st domain goes to morercpthosts and its cdb', async () => {
    const rcpthosts = join(home.qmail, 'control', 'rcpthosts');
    const many = Array.from({ length: 50 }, (_, i) => `d${i}.test\n`).join('');
    const text = await readFile(rcpthosts);
    await writeFile(rcpthosts, many);
    await addSite(home, 'more.test');
    assert.equal(await readFile(rcpthosts, 'utf8'), many);
    assert.equal(await readFile(join(home.qmail, 'control', 'morercpthosts'), 'utf8'), 'more.test\n');
    if (hasProgram('cdb', '-h')) {
      const got = spawnSync('cdb', ['-q', join(home.qmail, 'control', 'morercpthosts.cdb'), 'more.test']);
      assert.equal(got.status, 0);
    }
    await writeFile(rcpthosts, text);
  });
});

describe('locks', () => {
  const python = hasProgram('python3', '-c', '');
  // vpopmail's get_write_lock: fcntl(F_SETLK, F_WRLCK) over the whole file.
  const lockWith = (path: string, then: string) =>
    `import fcntl,sys\nf=open(${JSON.stringify(path)},'r+')\n${then}`;

  test('vpopmail waits for us and we wait for vpopmail', { skip: !python && 'no python3 here' }, async () => {
    const site = await makeBareSite();
    try {
      const path = join(site.home.home, 'file.lock');
      const tryIt = lockWith(
        path,
        'try:\n  fcntl.lockf(f,fcntl.LOCK_EX|fcntl.LOCK_NB);print("free")\nexcept OSError:\n  print("held")',
      );
      const ask = () => spawnSync('python3', ['-c', tryIt], { encoding: 'utf8' }).stdout.trim();
      await withFileLock(path, async () => {
        assert.equal(ask(), 'held');
        await assert.rejects(
          withFileLock(path, async () => {}, { patience: 50 }),
          LockBusyError,
        );
        assert.equal(ask(), 'held', 'a second try in this process does not free the lock');
      });
      assert.equal(ask(), 'free');
      const holder = spawn('python3', [
        '-c',
        lockWith(path, 'fcntl.lockf(f,fcntl.LOCK_EX);print("got",flush=True);sys.stdin.read()'),
      ]);
      await once(holder.stdout, 'data');
      await assert.rejects(
        withFileLock(path, async () => {}, { patience: 50 }),
        LockBusyError,
      );
      const waiting = withFileLock(path, async () => 'ours');
      holder.stdin.end();
      assert.equal(await waiting, 'ours');
      const stats = await stat(path);
      assert.deepEqual([stats.size, stats.mode & 0o777], [0, 0o600]);
      assert.deepEqual(
        (await readdir(site.home.home)).filter((name) => name.startsWith('file.lock')),
        ['file.lock'],
        'nothing lies beside the lock',
      );
    } finally {
      await site.remove();
    }
  });
});
