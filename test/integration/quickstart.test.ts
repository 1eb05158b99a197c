// A new home: what quickstart makes is a qmail and vpopmail site, whole or not at all.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { openAccounts } from '../../mta/accounts/accounts.ts';
import { openUsers } from '../../mta/accounts/users.ts';
import { rewriteRecipient } from '../../mta/control/match.ts';
import { readSettings, settingTable } from '../../mta/control/settings.ts';
import type { Home } from '../../mta/home.ts';
import { readQueueLayout } from '../../mta/queue/layout.ts';
import * as command from '../../server/quickstart/command.ts';
import { QuickstartError, quickstart } from '../../server/quickstart/quickstart.ts';
import { makeEmptyHome, runCommand } from '../support/accounts.ts';

let site: Awaited<ReturnType<typeof makeEmptyHome>>;
let home: Home;
beforeEach(async () => {
  site = await makeEmptyHome();
  home = site.home;
});
afterEach(() => site.remove());

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );

describe('quickstart', () => {
  test('makes a home whose settings can all be read and whose postmaster can sign in', async () => {
    const { address, password } = await quickstart({
      home,
      domain: 'Example.Test',
      host: 'mail.example.test',
    });
    assert.equal(address, 'postmaster@example.test');
    assert.ok(password.length >= 16);
    const settings = await readSettings(
      home.qmail,
      settingTable.map(({ name }) => name),
    );
    assert.equal(settings.me, 'mail.example.test');
    assert.equal(settings.defaultdomain, 'example.test');
    assert.deepEqual([...settings.locals], ['mail.example.test']);
    assert.deepEqual([...settings.rcpthosts!].sort(), ['example.test', 'mail.example.test']);
    assert.deepEqual(settings.relayclients, [], 'a stranger on this machine may not relay');
    assert.deepEqual(rewriteRecipient('joe@example.test', settings), {
      channel: 'local',
      address: 'example.test-joe@example.test',
    });
    const accounts = openAccounts({ home });
    try {
      const account = await accounts.authenticate(address, password, 'web');
      assert.equal(account?.gecos, 'Postmaster');
      assert.notEqual(account?.uid, 0, 'no mail is delivered as root');
      assert.equal(await accounts.recipientExists('postmaster@mail.example.test'), true);
      assert.equal(await accounts.recipientExists('mailer-daemon@mail.example.test'), true);
      assert.equal(await accounts.recipientExists('nobody@mail.example.test'), false);
      assert.equal(await accounts.recipientExists('nobody@example.test'), false);
    } finally {
      await accounts.close();
    }
    const alias = await openUsers(home.qmail).find('postmaster');
    assert.equal(alias?.home, join(home.qmail, 'alias'));
    assert.notEqual(alias?.uid, 0);
    assert.equal(
      await readFile(join(home.qmail, 'alias', '.qmail-postmaster'), 'utf8'),
      '&postmaster@example.test\n',
    );
  });

  test('makes the queue as qmail has it', async () => {
    await quickstart({ home, domain: 'example.test' });
    const queue = join(home.qmail, 'queue');
    assert.equal((await readQueueLayout(queue)).split, 23);
    assert.deepEqual((await readdir(queue)).sort(), [
      'bounce',
      'info',
      'intd',
      'local',
      'lock',
      'mess',
      'pid',
      'remote',
      'todo',
    ]);
    const trigger = await stat(join(queue, 'lock', 'trigger'));
    assert.equal(trigger.isFIFO(), true);
    assert.equal(trigger.mode & 0o777, 0o622);
    assert.deepEqual(await readFile(join(queue, 'lock', 'tcpto')), Buffer.alloc(1024));
    assert.equal((await stat(join(queue, 'lock', 'sendmutex'))).mode & 0o777, 0o600);
    for (const [name, mode] of [
      ['', 0o750],
      ['mess/22', 0o750],
      ['info/0', 0o700],
      ['intd', 0o700],
      ['todo', 0o750],
      ['pid', 0o700],
    ] as const)
      assert.equal((await stat(join(queue, name))).mode & 0o777, mode, name);
    for (const path of [home.run, home.state]) assert.equal((await stat(path)).mode & 0o777, 0o700, path);
  });

  test('nothing outside the public directories can be read by others', async () => {
    const before = process.umask(0);
    try {
      await quickstart({ home, domain: 'example.test' });
    } finally {
      process.umask(before);
    }
    const walk = async (path: string): Promise<void> => {
      for (const entry of await readdir(path, { withFileTypes: true })) {
        const child = join(path, entry.name);
        const { mode } = await stat(child);
        const isPublic = /^(qmail(\/(control|users)(\/[^.]+)?|\/alias(\/\.qmail-[a-z-]+)?)?|vpopmail)$/.test(
          child.slice(home.home.length + 1),
        );
        const isQueue = child.startsWith(join(home.qmail, 'queue'));
        if (!isQueue)
          assert.equal(mode & (isPublic ? 0o022 : 0o077), 0, `${child} ${(mode & 0o777).toString(8)}`);
        if (entry.isDirectory()) await walk(child);
      }
    };
    await walk(home.home);
  });

  test('a host that is the domain itself is virtual, not local', async () => {
    await quickstart({ home, domain: 'example.test', host: 'example.test' });
    const settings = await readSettings(home.qmail, [
      'locals',
      'virtualdomains',
      'percenthack',
      'envnoathost',
    ]);
    assert.equal(settings.locals.size, 0);
    assert.equal(rewriteRecipient('joe', settings).address, 'example.test-joe@example.test');
    assert.equal(await readFile(join(home.qmail, 'control', 'rcpthosts'), 'utf8'), 'example.test\n');
  });

  test('refuses a home that holds something, in one line and with exit 111', async () => {
    await mkdir(home.home);
    await writeFile(join(home.home, 'precious'), 'x');
    const ran = await runCommand(command, home, ['--domain', 'example.test']);
    assert.deepEqual(ran, {
      status: 111,
      stdout: '',
      stderr: `quickstart: fatal: ${home.home} exists and is not empty; quickstart makes a new home only\n`,
    });
    assert.deepEqual(await readdir(home.home), ['precious']);
    await assert.rejects(
      quickstart({
        home: { ...home, home: join(home.home, 'new'), qmail: home.home },
        domain: 'example.test',
      }),
      QuickstartError,
    );
  });

  test('an empty directory is taken; nothing half-made stays behind on an error', async () => {
    await mkdir(home.home, { mode: 0o700 });
    // The alias directory is made last; a file system without FIFOs would fail before it. A password that cannot be
    // stored fails later still.
    const file = join(home.home, '..', 'password');
    await writeFile(file, `${'x'.repeat(200)}\n`);
    await assert.rejects(quickstart({ home, domain: 'example.test', passwordFile: file }), QuickstartError);
    assert.deepEqual(await readdir(home.home), []);
    await writeFile(file, 'my own password\nsecond line\n');
    const ran = await runCommand(command, home, ['--domain', 'example.test', '--password-file', file]);
    assert.equal(ran.status, 0);
    assert.equal(ran.stdout.includes('my own password'), false, 'a password that the user has is not shown');
    const accounts = openAccounts({ home });
    assert.ok(await accounts.authenticate('postmaster@example.test', 'my own password', 'web'));
    await accounts.close();
  });

  test('bad arguments are told with the value, and make nothing', async () => {
    for (const [args, words, status] of [
      [[], /--domain is needed/, 100],
      [['--domain', 'example.test', '--what'], /--what/, 100],
      [['--domain', '../etc'], /"\.\.\/etc" is not a mail domain/, 111],
      [['--domain', 'example.test', '--host', 'a b'], /"a b" is not a host name/, 111],
      [['--domain', 'example.test', '--password-file', '/no/such'], /cannot read the password file/, 111],
    ] as const) {
      const ran = await runCommand(command, home, args);
      assert.equal(ran.status, status, args.join(' '));
      assert.match(ran.stderr, words);
      assert.equal(await exists(home.home), false);
    }
    const help = await runCommand(command, home, ['--help']);
    assert.deepEqual([help.status, help.stdout], [0, command.usage]);
  });

  const isRoot = process.getuid?.() === 0;
  test('works for a user who is not root', { skip: !isRoot && 'the tests above ran so' }, async () => {
    const base = join(home.home, '..');
    spawnSync('chmod', ['777', base]);
    const program = new URL('../../server/quickstart/quickstart.ts', import.meta.url).href;
    const script = `
      process.setgid(12345); process.setuid(12345);
      const { quickstart } = await import(${JSON.stringify(program)});
      await quickstart({ home: ${JSON.stringify(home)}, domain: 'example.test' });`;
    const ran = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    assert.equal(ran.status, 0, ran.stderr);
    const assign = await readFile(join(home.qmail, 'users', 'assign'), 'utf8');
    assert.match(assign, /^\+example\.test-:example\.test:12345:12345:/);
    assert.equal((await stat(join(home.vpopmail, 'domains', 'example.test', 'vpasswd'))).uid, 12345);
    assert.equal((await stat(home.home)).mode & 0o777, 0o700);
  });
});
