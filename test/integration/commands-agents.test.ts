import assert from 'node:assert/strict';
import { chmod, chown, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { type CommandEnd, type CommandRun, runTableCommand } from '../support/command-process.ts';
import { withInjectSite, writeControl } from '../support/inject.ts';
import { gid, isRoot, uid } from '../support/local.ts';
import { withTemporaryDirectory } from '../support/queue.ts';
import { type SinkOptions, startSink } from '../support/smtp-sink.ts';

const letter = 'Subject: s\n\nhi\n';

/** joe's home below a site; qmail-local runs as joe. */
async function withJoe(
  files: Readonly<Record<string, string>>,
  use: (joe: {
    readonly site: string;
    readonly home: string;
    /** qmail-local joe HOME LOCAL DASH EXT example.org SENDER ALIASEMPTY, with options in front. */
    readonly deliver: (change?: {
      options?: readonly string[];
      ext?: string;
      sender?: string;
      run?: CommandRun;
    }) => Promise<CommandEnd>;
  }) => Promise<void>,
): Promise<void> {
  await withTemporaryDirectory(async (site) => {
    await chmod(site, 0o755);
    await writeControl(join(site, 'qmail'), { me: 'me.test\n' });
    const home = join(site, 'joe');
    await mkdir(join(home, 'Maildir'), { recursive: true });
    for (const part of ['tmp', 'new', 'cur']) await mkdir(join(home, 'Maildir', part));
    for (const [name, text] of Object.entries(files))
      await writeFile(join(home, name), text, { mode: 0o644 });
    for (const path of ['', 'Maildir', 'Maildir/tmp', 'Maildir/new', 'Maildir/cur', ...Object.keys(files)])
      await chown(join(home, path), uid, gid);
    await chmod(home, 0o755);
    await use({
      site,
      home,
      deliver: ({ options = [], ext, sender = 's@far.test', run = {} } = {}) =>
        runTableCommand(
          'qmail-local',
          [
            ...options,
            '--',
            'joe',
            home,
            ext === undefined ? 'joe' : `joe-${ext}`,
            ext === undefined ? '' : '-',
            ext ?? '',
            'example.org',
            sender,
            './Mailbox',
          ],
          {
            file: letter,
            ...(isRoot ? { uid, gid } : {}),
            ...run,
            env: { FACTEUR_HOME: site, ...run.env },
          },
        ),
    });
  });
}

test('qmail-local -n prints what would be done, line by line, and does nothing', async () => {
  const rules = '# all kinds\n./Maildir/\n./mbox\n| preline cat >out\n&a@far.test\nb@far.test\n';
  await withJoe({ '.qmail-list': rules }, async ({ home, deliver }) => {
    const done = await deliver({ options: ['-n'], ext: 'list' });
    assert.deepEqual(
      [done.status, done.stdout, done.stderr],
      [
        0,
        'maildir ./Maildir/\nmbox ./mbox\nprogram  preline cat >out\nforward a@far.test\nforward b@far.test\ndid 2+2+1\n',
        '',
      ],
    );
    assert.deepEqual((await readdir(home)).sort(), ['.qmail-list', 'Maildir']);
    await chmod(home, 0o1755);
    const sticky = await deliver({ options: ['-N', '-n'], ext: 'list' });
    assert.equal(sticky.status, 0);
    assert.equal(sticky.stderr, 'Warning: home directory is sticky.\n');
  });
});

test('qmail-local delivers, says what it did, and exits 0, 100 or 111', async () => {
  const program = './Maildir/\n|cat >seen; echo "$SENDER $EXT $DEFAULT $KEPT"\n';
  await withJoe({ '.qmail-a-default': program, '.qmail-bad': '|exit 100\n' }, async ({ home, deliver }) => {
    const done = await deliver({ ext: 'a-b', run: { env: { KEPT: 'kept' } } });
    assert.deepEqual([done.status, done.stdout, done.stderr], [0, 's@far.test a-b b kept\ndid 1+0+1\n', '']);
    assert.equal(await readFile(join(home, 'seen'), 'utf8'), letter);
    const [name = ''] = await readdir(join(home, 'Maildir', 'new'));
    assert.equal(
      await readFile(join(home, 'Maildir', 'new', name), 'utf8'),
      `Return-Path: <s@far.test>\nDelivered-To: joe-a-b@example.org\n${letter}`,
    );
    // Without a .qmail file the last argument rules.
    assert.equal((await deliver()).stdout, 'did 1+0+0\n');
    assert.match(await readFile(join(home, 'Mailbox'), 'utf8'), /^From s@far\.test .*\nReturn-Path: /);
    assert.deepEqual((await deliver({ ext: 'bad' })).status, 100);
    const nobody = await deliver({ ext: 'none' });
    assert.deepEqual(
      [nobody.status, nobody.stderr],
      [100, 'Sorry, no mailbox here by that name. (#5.1.1)\n'],
    );
    const looping = await deliver({ run: { file: `Delivered-To: joe@example.org\n${letter}` } });
    assert.deepEqual(
      [looping.status, looping.stderr],
      [100, 'This message is looping: it already has my Delivered-To line. (#5.4.6)\n'],
    );
    await chmod(home, 0o777);
    const open = await deliver();
    assert.deepEqual([open.status, open.stderr], [111, 'Uh-oh: home directory is writable. (#4.7.0)\n']);
  });
});

test('qmail-local forwards into the running queue', async () => {
  await withInjectSite(async ({ home: site, takeMessage }) => {
    const home = join(site, 'joe');
    await mkdir(home);
    await writeFile(join(home, '.qmail'), 'x@far.test\ny@far.test\n');
    await writeFile(join(home, '.qmail-owner'), '');
    await chown(home, uid, gid);
    // As another user than the one who runs the queue: let it through here, whoever may in an installation.
    for (const path of ['', 'run', 'joe', 'qmail', 'qmail/control']) await chmod(join(site, path), 0o755);
    await chmod(join(site, 'run', 'inject'), 0o666);
    const words = ['joe', home, 'joe', '', '', 'example.org', 's@far.test', './Mailbox'];
    const options = { input: letter, env: { FACTEUR_HOME: site } };
    const done = await runTableCommand('qmail-local', words, { ...options, ...(isRoot ? { uid, gid } : {}) });
    assert.equal(done.stderr, '');
    assert.match(done.stdout, /^did 0\+2\+0\nqp \d+\n$/);
    const { sender, recipients, message } = await takeMessage(2);
    assert.deepEqual([sender, recipients], ['joe-owner@example.org', ['x@far.test', 'y@far.test']]);
    assert.equal(message, `Delivered-To: joe@example.org\n${letter}`);
  });
});

test('qmail-local wants eight arguments and an absolute home', async () => {
  for (const words of [[], ['joe', 'home', 'joe', '', '', 'h', 's', '.'], ['-x'], Array(9).fill('/')]) {
    const done = await runTableCommand('qmail-local', words);
    assert.equal(done.status, 100);
    assert.match(
      done.stderr,
      /^qmail-local: usage: qmail-local \[ -nN \] user homedir local dash ext domain sender aliasempty\n/,
    );
  }
});

/** Runs qmail-remote against a sink that stands for all hosts. */
async function remote(
  args: readonly string[],
  sinkOptions: SinkOptions = {},
): Promise<{
  readonly reports: readonly string[];
  readonly commands: readonly string[];
  readonly status: number | null;
}> {
  return withTemporaryDirectory(async (site) => {
    const sink = await startSink(sinkOptions);
    try {
      await writeControl(join(site, 'qmail'), {
        me: 'me.test\n',
        smtproutes: `relay.test:[127.0.0.1]:${sink.port}\n`,
      });
      const done = await runTableCommand('qmail-remote', args, {
        input: letter,
        env: { FACTEUR_HOME: site },
      });
      assert.equal(done.stderr, '');
      assert.ok(done.stdout.endsWith('\0'));
      return {
        status: done.status,
        reports: done.stdout.slice(0, -1).split('\0'),
        commands: sink.connections[0]?.commands ?? [],
      };
    } finally {
      await sink.close();
    }
  });
}

test('qmail-remote sends to several recipients in one transaction and reports each', async () => {
  for (const capabilities of [[], ['PIPELINING']]) {
    const replies = { rcpt: ['250 ok', '550 no such user', '450 come back'] };
    const { reports, commands, status } = await remote(
      ['relay.test', 's@here.test', 'a@b.test', 'c@d.test', 'e@f.test'],
      { replies, capabilities },
    );
    assert.equal(status, 0);
    assert.equal(reports[0], 'r');
    assert.equal(reports[1], 'h127.0.0.1 does not like recipient.\nRemote host said: 550 no such user\n');
    assert.equal(reports[2], 's127.0.0.1 does not like recipient.\nRemote host said: 450 come back\n');
    assert.match(reports[3] ?? '', /^K127\.0\.0\.1 accepted message\.\nRemote host said: 250 .*\n$/);
    assert.equal(reports.length, 4);
    assert.deepEqual(commands.slice(1), [
      'MAIL FROM:<s@here.test>',
      'RCPT TO:<a@b.test>',
      'RCPT TO:<c@d.test>',
      'RCPT TO:<e@f.test>',
      'DATA',
      'QUIT',
    ]);
  }
});

test('qmail-remote gives up when no recipient is taken, and sends no message', async () => {
  for (const capabilities of [[], ['PIPELINING']]) {
    const replies = { rcpt: '550 no', data: '503 no recipients' };
    const all = await remote(['relay.test', '', 'a@b.test', 'c@d.test'], { replies, capabilities });
    const refusal = 'h127.0.0.1 does not like recipient.\nRemote host said: 550 no\n';
    assert.deepEqual(all.reports, [refusal, refusal, 'DGiving up on 127.0.0.1.\n']);
    const one = await remote(['relay.test', '', 'a@b.test'], { replies, capabilities });
    assert.deepEqual(one.reports, [refusal, 'DGiving up on 127.0.0.1.\n']);
  }
});

test('qmail-remote speaks of the message alone when it comes to no recipient', async () => {
  const rejected = await remote(['relay.test', 's@x.test', 'a@b.test'], { replies: { mail: '550 not you' } });
  assert.deepEqual(rejected.reports, [
    'DConnected to 127.0.0.1 but sender was rejected.\nRemote host said: 550 not you\n',
  ]);
  const routes = await remote(['[127.0.0.1]', 's@x.test', 'a@b.test']);
  assert.match(routes.reports[0] ?? '', /^[ZD]Sorry\b/);
  const misused = await remote(['relay.test', 's@x.test']);
  assert.deepEqual(
    [misused.status, misused.reports],
    [0, ['DI (qmail-remote) was invoked improperly. (#5.3.5)\n']],
  );
});

test('qmail-remote refuses a recipient that no command can hold, and sends to the others', async () => {
  const { reports, commands } = await remote(['relay.test', 's@x.test', 'a@b.test', 'x\ny@b.test']);
  assert.deepEqual([reports[0], reports[1]?.[0], reports[2]?.[0]], ['r', 'h', 'K']);
  assert.equal(commands.filter((line) => line.startsWith('RCPT')).length, 1);
});
