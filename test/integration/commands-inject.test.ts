import assert from 'node:assert/strict';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { startInjectServer } from '../../mta/inject/server.ts';
import { createDirectorySync } from '../../mta/maildir/directory-sync.ts';
import { Queue } from '../../mta/queue/queue.ts';
import { runFacteur } from '../support/facteur.ts';
import { withInjectSite, writeControl } from '../support/inject.ts';
import { makeQueueTree, withTemporaryDirectory } from '../support/queue.ts';

/** The author, whoever runs the tests. */
const quiet = { USER: 'joe' };

test('qmail-inject queues the completed message for the recipients of its header', async () => {
  await withInjectSite(async ({ home, takeMessage }) => {
    const done = await runFacteur(
      ['qmail-inject'],
      'To: a, B <b@far.org>\nBcc: c@far.org\nSubject: s\n\nbody\nlast',
      { ...quiet, FACTEUR_HOME: home, MAILNAME: 'Joe' },
    );
    assert.deepEqual(done, { status: 0, stdout: '', stderr: '' });
    const { sender, recipients, message, received } = await takeMessage(3);
    assert.equal(sender, 'joe@host.default.test');
    assert.deepEqual(recipients, ['a@host.default.test', 'b@far.org', 'c@far.org']);
    assert.match(received, new RegExp(`^Received: \\(qmail \\d+ invoked by uid ${process.getuid?.()}\\); `));
    assert.match(
      message,
      /^Date: \d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d -0000\nMessage-ID: <\d{14}\.\d+\.qmail@me\.test>\nFrom: "Joe" <joe@host\.default\.test>\nTo: a@host\.default\.test, B <b@far\.org>\nSubject: s\n\nbody\nlast\n$/,
    );
  });
});

test('the stored envelope has the arguments first, then the header’s recipients from right to left', async () => {
  await withTemporaryDirectory(async (home) => {
    await writeControl(join(home, 'qmail'), { me: 'me.test\n' });
    const directory = await makeQueueTree(join(home, 'qmail'));
    await mkdir(join(home, 'run'));
    const directorySync = createDirectorySync();
    const queue = await Queue.open({ directory, directorySync, onQueued: () => undefined });
    const server = await startInjectServer({
      path: join(home, 'run', 'inject'),
      open: (origin) => queue.createEntry(origin),
      log: () => undefined,
    });
    try {
      const args = ['qmail-inject', '-H', 'x@a.org', 'u'];
      const message = 'To: a@a.org, b@a.org\nCc: <>, c@a.org\n\nhi\n';
      const done = await runFacteur(args, message, { ...quiet, QMAILINJECT: 'r', FACTEUR_HOME: home });
      assert.deepEqual([done.status, done.stderr], [0, '']);
      const [id] = await readdir(join(directory, 'todo'));
      const mess = await readFile(queue.layout.path('mess', id!), 'utf8');
      const [qp] = /\d+/.exec(mess) ?? [];
      assert.equal(
        await readFile(join(directory, 'todo', id!), 'utf8'),
        `u${process.getuid?.()}\0p${qp}\0Fjoe-@me.test-@[]\0Tx@a.org\0Tu@me.test\0Tb@a.org\0Ta@a.org\0Tc@a.org\0`,
      );
      assert.match(
        mess,
        /^Received: .*\nDate: .*\nMessage-ID: .*\nFrom: joe@me\.test\nTo: a@a\.org, b@a\.org\nCc: <>, c@a\.org\n\nhi\n$/,
      );
    } finally {
      await server.close();
      await queue.close();
      await directorySync.close();
    }
  });
});

test('-a, -h, -A and -H choose between arguments and header; -f is the sender', async () => {
  await withInjectSite(async ({ home, takeMessage }) => {
    const inject = async (args: readonly string[], count: number): Promise<readonly string[]> => {
      const done = await runFacteur(['qmail-inject', ...args], 'To: h@far.org\n\nx\n', {
        ...quiet,
        FACTEUR_HOME: home,
      });
      assert.deepEqual([done.status, done.stderr], [0, '']);
      const { sender, recipients } = await takeMessage(count);
      return [sender, ...recipients];
    };
    const [a, h, defaults, both, verp] = [
      await inject(['-a', '-f', '', 'x@far.org'], 1),
      await inject(['-hf', 's', 'x@far.org'], 1),
      await inject(['-fs', '--', 'x@far.org'], 1),
      await inject(['-fs@t.org', '-H', 'x@far.org', 'x y'], 3),
      await inject(['-fl-@far.org-@[]'], 1),
    ];
    assert.deepEqual(a, ['', 'x@far.org']);
    assert.deepEqual(h, ['s@host.default.test', 'h@far.org']);
    assert.deepEqual(defaults, ['s@host.default.test', 'x@far.org']);
    assert.deepEqual(both, ['s@t.org', 'h@far.org', 'x y@host.default.test', 'x@far.org']);
    assert.deepEqual(verp, ['l-h=far.org@far.org', 'h@far.org'], 'the queue expands VERP');
  });
});

test('-n prints the message behind a Return-Path line and needs no queue; a long body passes through', async () => {
  await withTemporaryDirectory(async (home) => {
    await writeControl(join(home, 'qmail'), { me: 'me.test\n' });
    const body = `${'0123456789'.repeat(100)}\n`.repeat(3000);
    const done = await runFacteur(['qmail-inject', '-n', '-f', 'a b@c.org'], `From: x@y.org\n\n${body}tail`, {
      ...quiet,
      FACTEUR_HOME: home,
    });
    assert.equal(done.status, 0, done.stderr);
    assert.ok(done.stdout.startsWith('Return-Path: <"a b"@c.org>\nDate: '));
    const end = done.stdout.indexOf('\n\n') + 2;
    assert.match(done.stdout.slice(0, end), /\nCc: recipient list not shown: ;\nFrom: x@y\.org\n\n$/);
    assert.ok(done.stdout.slice(end) === `${body}tail\n`);
  });
});

test('what cannot be sent is 100, what cannot be sent now is 111, each with its reason', async () => {
  await withTemporaryDirectory(async (home) => {
    await writeControl(join(home, 'qmail'), { me: 'me.test\n' });
    const inject = (args: readonly string[], message: string, env: Record<string, string> = {}) =>
      runFacteur(['qmail-inject', ...args], message, { ...quiet, FACTEUR_HOME: home, ...env });
    const table: readonly (readonly [Promise<{ status: number; stderr: string }>, number, RegExp])[] = [
      [inject(['-z'], ''), 100, /^qmail-inject: illegal option -- z\n$/],
      [inject(['-f'], ''), 100, /^qmail-inject: option requires an argument -- f\n$/],
      [inject([], 'From: "a\n\n'), 100, /^qmail-inject: fatal: unable to parse this line:\nFrom: "a\n$/],
      [inject([], 'To: "a\n\n'), 100, /^qmail-inject: fatal: unable to parse this line:\nTo: "a\n$/],
      [inject(['-f', 'a@(b'], ''), 100, /^qmail-inject: fatal: unable to parse address: a@\(b\n$/],
      [inject(['x@[y'], ''), 100, /^qmail-inject: fatal: unable to parse address: x@\[y\n$/],
      [
        inject([], 'To: a\0b@c.org\n\n'),
        100,
        /^qmail-inject: fatal: unable to parse address: "a\\u0000b@c\.org"/,
      ],
      [
        inject(['x@y.org'], '\n'),
        111,
        /^qmail-inject: fatal: communication with mail server failed \(#4\.4\.2\)\n$/,
      ],
      [
        inject(['x@y.org'], '\n', { QMAILMFTFILE: '/' }),
        111,
        /^qmail-inject: fatal: cannot read \/, .*EISDIR/,
      ],
      [
        inject(['x@y.org'], '\n', { QMAILQUEUE: '/none' }),
        111,
        /^qmail-inject: fatal: unable to exec qq \(#4\.3\.0\)\n$/,
      ],
      [inject(['x@y.org'], '\n', { QMAILDEFAULTHOST: '"' }), 100, /unable to parse this line:\n@"\n$/],
    ];
    for (const [running, status, words] of table) {
      const done = await running;
      assert.match(done.stderr, words);
      assert.equal(done.status, status, done.stderr);
    }
    await writeFile(join(home, 'qmail', 'control', 'defaulthost'), 'host\r\n');
    const broken = await inject(['x@y.org'], '\n');
    assert.equal(broken.status, 111);
    assert.match(broken.stderr, /control\/defaulthost: .* is wrong; expected a line that ends in LF/);
  });
});

test('a recipient field that cannot be parsed is left alone with a warning when others are sent to', async () => {
  await withInjectSite(async ({ home, takeMessage }) => {
    const done = await runFacteur(['qmail-inject'], 'To: "a\nCc: c@far.org\n\n', {
      ...quiet,
      FACTEUR_HOME: home,
    });
    assert.equal(done.status, 0);
    assert.equal(
      done.stderr,
      'qmail-inject: warning: unable to parse this line, it is left as it is:\nTo: "a\n',
    );
    const { message, recipients } = await takeMessage(1);
    assert.deepEqual(recipients, ['c@far.org']);
    assert.match(message, /\nTo: "a\nCc: c@far\.org\n\n$/);
  });
});

test('an address too long for the queue is refused for good', async () => {
  await withInjectSite(async (site) => {
    const done = await runFacteur(['qmail-inject', `${'x'.repeat(1000)}@y.org`], '\n', {
      ...quiet,
      FACTEUR_HOME: site.home,
    });
    assert.equal(done.status, 100);
    assert.equal(done.stderr, 'qmail-inject: fatal: envelope address too long for qq (#5.1.3)\n');
    assert.equal(site.left, 0);
  });
});

test('$QMAILQUEUE gets message and envelope as qmail-queue would; its exit status is the answer', async () => {
  await withTemporaryDirectory(async (home) => {
    await writeControl(join(home, 'qmail'), { me: 'me.test\n' });
    await mkdir(join(home, 'out'));
    const program = join(home, 'filter');
    const inject = async (script: string, message = 'From: x@y.org\n\nbody\n') => {
      await writeFile(program, `#!/bin/sh\n${script}\n`);
      await chmod(program, 0o755);
      return runFacteur(['qmail-inject', '-fs@t.org', 'a@b.org', 'c@d.org'], message, {
        ...quiet,
        FACTEUR_HOME: home,
        QMAILQUEUE: program,
        OUT: join(home, 'out'),
      });
    };
    const big = `From: x@y.org\n\n${'z'.repeat(999)}\n`.padEnd(1_000_000, 'y');
    const done = await inject('pwd >"$OUT/cwd"; cat >"$OUT/message"; cat <&1 >"$OUT/envelope"', big);
    assert.deepEqual([done.status, done.stderr], [0, '']);
    assert.equal(await readFile(join(home, 'out', 'cwd'), 'utf8'), `${join(home, 'qmail')}\n`);
    assert.equal(await readFile(join(home, 'out', 'envelope'), 'utf8'), 'Fs@t.org\0Ta@b.org\0Tc@d.org\0\0');
    assert.ok((await readFile(join(home, 'out', 'message'), 'utf8')).endsWith(`${big.slice(14)}\n`));
    const table: readonly (readonly [string, number, string])[] = [
      [
        'cat >/dev/null; cat <&1 >/dev/null; exit 31',
        100,
        'mail server permanently rejected message (#5.3.0)',
      ],
      ['cat >/dev/null; cat <&1 >/dev/null; exit 53', 111, 'qq write error or disk full (#4.3.0)'],
      ['cat >/dev/null; cat <&1 >/dev/null; echo Dno spam, please >&6; exit 82', 100, 'no spam, please'],
      ['cat >/dev/null; cat <&1 >/dev/null; kill -9 $$', 111, 'qq crashed (#4.3.0)'],
    ];
    for (const [script, status, words] of table) {
      const refused = await inject(script);
      assert.deepEqual([refused.status, refused.stderr], [status, `qmail-inject: fatal: ${words}\n`]);
    }
  });
});

test('sendmail -t -i sends to header and arguments, with CR LF taken for LF', async () => {
  await withInjectSite(async ({ home, takeMessage }) => {
    const done = await runFacteur(
      ['sendmail', '-t', '-i', '-oi', '-odi', '-B8BITMIME', '-F', 'Jo E', '-f', 'jo@far.org', 'arg@far.org'],
      'To: h@far.org\r\nBcc: b@far.org\r\nSubject: s\r\n\r\n.\r\nbody\r\n',
      { ...quiet, MAILNAME: 'Not This', FACTEUR_HOME: home },
    );
    assert.deepEqual(done, { status: 0, stdout: '', stderr: '' });
    const { sender, recipients, message } = await takeMessage(3);
    assert.equal(sender, 'jo@far.org');
    assert.deepEqual(recipients, ['arg@far.org', 'b@far.org', 'h@far.org']);
    assert.match(message, /\nFrom: "Jo E" <jo@far\.org>\nTo: h@far\.org\nSubject: s\n\n\.\nbody\n$/);
  });
});

test('sendmail without -t sends to its arguments; -f <> is the null sender and nobody’s name', async () => {
  await withInjectSite(async ({ home, takeMessage }) => {
    const message = 'To: h@far.org\n\n';
    const env = { ...quiet, FACTEUR_HOME: home };
    assert.equal((await runFacteur(['sendmail', '-f<>', '--', 'arg@far.org'], message, env)).status, 0);
    const first = await takeMessage(1);
    assert.deepEqual([first.sender, first.recipients], ['', ['arg@far.org']]);
    assert.match(first.message, /\nFrom: joe@host\.default\.test\n/);
  });
});

test('sendmail -N, -R and -V are the sender’s wishes about notifications, and wrong ones are refused', async () => {
  await withInjectSite(async (site) => {
    const env = { FACTEUR_HOME: site.home };
    const options = ['-Nfailure,DELAY', '-R', 'hdrs', '-V', 'a+b c', 'x@far.org', 'y@far.org'];
    assert.equal((await runFacteur(['sendmail', ...options], 'Subject: s\n\n', env)).status, 0);
    const wishes = { ret: 'HDRS', envid: 'a+2Bb+20c', notify: ['FAILURE', 'DELAY'] };
    assert.deepEqual((await site.takeMessage(2)).wishes, [wishes, wishes]);
    assert.equal((await runFacteur(['sendmail', '-Nnever', 'x@far.org'], '\n', env)).status, 0);
    assert.deepEqual((await site.takeMessage(1)).wishes[0]?.notify, ['NEVER']);
    assert.equal((await runFacteur(['sendmail', 'x@far.org'], '\n', env)).status, 0);
    assert.deepEqual((await site.takeMessage(1)).wishes, [undefined]);
    for (const bad of ['-Nsometimes', '-Nnever,success', '-Rhalf', `-V${'a'.repeat(101)}`, '-V', '-Vé']) {
      const done = await runFacteur(['sendmail', bad], '', env);
      assert.equal(done.status, 100, bad);
      assert.match(done.stderr, /^sendmail: /);
    }
    assert.equal(site.left, 0);
  });
});

test('sendmail’s other modes: -bp lists, -bm is mail, the rest is refused with 100', async () => {
  await withInjectSite(async ({ home, takeMessage }) => {
    const env = { ...quiet, FACTEUR_HOME: home };
    for (const name of [['mailq'], ['sendmail', '-bp']])
      assert.deepEqual(await runFacteur(name, '', env), { status: 0, stdout: '', stderr: '' });
    assert.equal((await runFacteur(['sendmail', '-bm', '-em', '-v', 'a@far.org'], '\n', env)).status, 0);
    assert.deepEqual((await takeMessage(1)).recipients, ['a@far.org']);
    const table: readonly (readonly [string, RegExp])[] = [
      ['-bi', /^sendmail: fatal: .*newaliases/],
      ['-bv', /^sendmail: usage: sendmail .*\n$/],
      ['-q', /^sendmail: illegal option -- q\nsendmail: usage: sendmail .*\n$/],
      ['-b', /^sendmail: option requires an argument -- b\nsendmail: usage: sendmail .*\n$/],
    ];
    for (const [option, words] of table) {
      const done = await runFacteur(['sendmail', option], '', env);
      assert.match(done.stderr, words);
      assert.equal(done.status, 100);
    }
  });
});
