// The helpers of .qmail lines as real processes, with a message on descriptor 0 as qmail-local gives it
// (spec/qmail.md 12.3).
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { describeNew } from '../../mta/commands/maildirwatch.ts';
import { writeToTerminal } from '../../mta/commands/qbiff.ts';
import { hasProgram } from '../support/accounts.ts';
import { commandWords, runTableCommand, runWords } from '../support/command-process.ts';
import { withInjectSite } from '../support/inject.ts';
import { withTemporaryDirectory } from '../support/queue.ts';

const message = 'Subject: hello\n\nthe text\n.\nFrom here\n';
const lines = {
  UFLINE: 'From s@far.org Sun Nov 22 08:20:00 2026\n',
  RPLINE: 'Return-Path: <s@far.org>\n',
  DTLINE: 'Delivered-To: joe@host.test\n',
};
const delivery = { ...lines, SENDER: 's@far.org', NEWSENDER: 'joe-owner@host.test' };
/** A program that reads all of its input and ends with a status. */
const judge = (status: number): string[] => ['sh', '-c', `cat >/dev/null; exit ${status}`];

test('forward sends the message with $DTLINE in front, from $NEWSENDER', async () => {
  await withInjectSite(async ({ home, takeMessage }) => {
    const env = { ...delivery, FACTEUR_HOME: home };
    const ran = await runTableCommand('forward', ['a@far.org', 'b@far.org'], { file: message, env });
    assert.match(ran.stderr, /^forward: qp \d+\n$/);
    assert.deepEqual([ran.status, ran.stdout], [0, '']);
    const queued = await takeMessage(2);
    assert.equal(queued.sender, 'joe-owner@host.test');
    assert.deepEqual(queued.recipients, ['a@far.org', 'b@far.org']);
    assert.equal(queued.message, lines.DTLINE + message);
  });
});

test('forward fails for good without its variables, and for now without a queue', async () => {
  await withTemporaryDirectory(async (home) => {
    const without = await runTableCommand('forward', ['a@far.org'], { input: message });
    assert.deepEqual([without.status, without.stderr], [100, 'forward: fatal: NEWSENDER not set\n']);
    const env = { ...delivery, FACTEUR_HOME: home };
    const lost = await runTableCommand('forward', ['a@far.org'], { input: message, env });
    assert.equal(lost.status, 111);
    assert.equal(lost.stderr, 'forward: fatal: communication with mail server failed (#4.4.2)\n');
    const bad = await runTableCommand('forward', ['a@far.org\nb'], { input: message, env });
    assert.equal(bad.status, 100);
    assert.equal((await runTableCommand('forward', [], { env })).status, 100);
  });
});

test('forward hands its message to the program of $QMAILQUEUE', async () => {
  await withTemporaryDirectory(async (home) => {
    const program = join(home, 'filter');
    await writeFile(
      program,
      `#!/bin/sh\necho $$ >'${home}/pid'\ncat >'${home}/message'\ncat <&1 >'${home}/envelope'\nexit 0\n`,
      {
        mode: 0o755,
      },
    );
    const env = { ...delivery, FACTEUR_HOME: home, FACTEUR_QMAIL: home, QMAILQUEUE: program };
    const ran = await runTableCommand('forward', ['a@far.org'], { file: message, env });
    assert.deepEqual(
      [ran.status, ran.stderr],
      [0, `forward: qp ${await readFile(join(home, 'pid'), 'utf8')}`],
    );
    assert.equal(await readFile(join(home, 'message'), 'utf8'), lines.DTLINE + message);
    assert.equal(await readFile(join(home, 'envelope'), 'utf8'), 'Fjoe-owner@host.test\0Ta@far.org\0\0');
  });
});

test('condredirect sends on with $SENDER and exits 99 when the program says yes; it rewinds the message', async () => {
  await withInjectSite(async (site) => {
    const env = { ...delivery, FACTEUR_HOME: site.home };
    const yes = await runTableCommand('condredirect', ['x@far.org', ...judge(0)], { file: message, env });
    assert.equal(yes.status, 99);
    assert.match(yes.stderr, /^condredirect: qp \d+\n$/);
    const queued = await site.takeMessage(1);
    assert.equal(queued.sender, 's@far.org');
    assert.equal(queued.message, lines.DTLINE + message);
    const no = await runTableCommand('condredirect', ['x@far.org', ...judge(3)], { file: message, env });
    assert.deepEqual([no.status, no.stderr], [0, '']);
    const later = await runTableCommand('condredirect', ['x@far.org', ...judge(111)], { file: message, env });
    assert.deepEqual([later.status, later.stderr], [111, 'condredirect: fatal: temporary child error\n']);
    const crash = ['x@far.org', 'sh', '-c', 'kill -SEGV $$'];
    assert.equal((await runTableCommand('condredirect', crash, { file: message, env })).status, 111);
    const pipe = await runTableCommand('condredirect', ['x@far.org', 'true'], { input: message, env });
    assert.equal(pipe.status, 111, 'a pipe cannot be rewound');
    assert.equal(site.left, 0);
  });
});

test('bouncesaying bounces with its text, always or when the program says so', async () => {
  const bounce = await runTableCommand('bouncesaying', ['no such list']);
  assert.deepEqual([bounce.status, bounce.stderr], [100, 'no such list\n']);
  const ask = async (status: number) =>
    (await runTableCommand('bouncesaying', ['no', ...judge(status)], { file: message })).status;
  assert.deepEqual([await ask(0), await ask(1), await ask(100), await ask(111)], [100, 0, 0, 111]);
  const missing = await runTableCommand('bouncesaying', ['no', '/does/not/exist']);
  assert.equal(missing.status, 0, 'as in qmail');
  assert.match(missing.stderr, /unable to run \/does\/not\/exist: file does not exist/);
  assert.equal((await runTableCommand('bouncesaying', [])).status, 100);
});

test('except turns yes and no round and keeps "try again"', async () => {
  const ask = async (status: number) =>
    (await runTableCommand('except', judge(status), { file: message })).status;
  assert.deepEqual([await ask(0), await ask(1), await ask(100), await ask(111)], [100, 0, 0, 111]);
});

test('preline puts three lines in front, each of which can be left out, and exits as the program does', async () => {
  const options = { file: message, env: lines };
  const all = await runTableCommand('preline', ['cat'], options);
  assert.equal(all.stdout, lines.UFLINE + lines.RPLINE + lines.DTLINE + message);
  assert.equal(all.status, 0);
  const some = await runTableCommand('preline', ['-fd', 'sh', '-c', 'cat; exit 77'], options);
  assert.deepEqual([some.status, some.stdout], [77, lines.RPLINE + message]);
  const big = Buffer.alloc(3_000_000, 'line\n');
  const early = await runTableCommand('preline', ['-frd', 'sh', '-c', 'exit 0'], { file: big });
  assert.equal(early.status, 0, 'a program that has had enough is no trouble');
  const whole = await runTableCommand('preline', ['-frd', 'wc', '-c'], { input: big });
  assert.equal(Number(whole.stdout), 3_000_000);
  assert.equal((await runTableCommand('preline', ['cat'], { file: message })).status, 100);
  assert.equal(
    (await runTableCommand('preline', ['-frd', '/does/not/exist'], { file: message })).status,
    100,
  );
});

test('a helper passes TERM on to its program', async () => {
  // The sleep ends with its shell, or it would hold the output open for its whole time.
  const shell = 'sleep 20 & trap "kill $!; exit 5" TERM; kill -TERM $PPID; wait';
  const words = commandWords('except', 'sh', '-c', shell);
  const ran = await runWords(words, { file: '' });
  assert.equal(ran.status, 0, 'the program ended with 5, a no');
});

test('predate puts a Date field in local time in front', async () => {
  const env = { TZ: 'Asia/Kolkata' };
  const ran = await runTableCommand('predate', ['sh', '-c', 'cat; exit 3'], { input: message, env });
  assert.equal(ran.status, 3);
  assert.match(ran.stdout, /^Date: \d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0530\nSubject: hello\n/);
});

test('datemail and mailsubj send what qmail-inject completes', async () => {
  await withInjectSite(async ({ home, takeMessage }) => {
    const env = { FACTEUR_HOME: home, TZ: 'Asia/Kolkata', USER: 'joe' };
    const dated = await runTableCommand('datemail', ['-f', 'joe@me.test', 'a@far.org'], {
      input: message,
      env,
    });
    assert.deepEqual([dated.status, dated.stderr], [0, '']);
    const first = await takeMessage(1);
    assert.match(first.message, /^Date: .* \+0530\n/m);
    assert.equal(first.message.match(/^Date:/gm)?.length, 1);
    const subject = 'two\nBcc: evil@far.org';
    const sent = await runTableCommand('mailsubj', [subject, 'a@far.org', 'b@far.org'], {
      input: 'text\n',
      env,
    });
    assert.deepEqual([sent.status, sent.stderr], [0, '']);
    const second = await takeMessage(2);
    assert.match(second.message, /^Subject: two Bcc: evil@far\.org$/m);
    assert.deepEqual(second.recipients, ['a@far.org', 'b@far.org']);
    assert.match(second.message, /\n\ntext\n$/);
  });
});

test('qreceipt answers exactly the address that was asked about, and never a bounce', async () => {
  await withInjectSite(async (site) => {
    const asking = `Message-ID: <1@far.org>\nNotice-Requested-Upon-Delivery-To:\n  Joe <joe@host.test>\n\nhi\n`;
    const run = (target: string, sender: string, text: string) =>
      runTableCommand('qreceipt', [target], { file: text, env: { SENDER: sender, FACTEUR_HOME: site.home } });
    assert.equal((await run('joe@host.test', 's@far.org', asking)).status, 0);
    const notice = await site.takeMessage(1);
    assert.equal(notice.sender, '');
    assert.deepEqual(notice.recipients, ['s@far.org']);
    assert.match(notice.message, /^From: .*<joe@host\.test>\nTo: <s@far\.org>\nSubject: success notice\n/m);
    assert.match(notice.message, /^In-Reply-To: <1@far\.org>$/m);
    for (const [target, sender, text] of [
      ['jo@host.test', 's@far.org', asking],
      ['joe@host.test', '', asking],
      ['joe@host.test', '#@[]', asking],
      ['joe@host.test', 's@far.org', message],
    ] as const)
      assert.deepEqual(await run(target, sender, text), { status: 0, signal: null, stdout: '', stderr: '' });
    assert.equal(site.left, 0);
  });
});

test('maildirmake makes a Maildir for its owner alone, and no other', async () => {
  await withTemporaryDirectory(async (cwd) => {
    const made = await runTableCommand('maildirmake', ['Maildir'], { cwd });
    assert.deepEqual([made.status, made.stdout, made.stderr], [0, '', '']);
    for (const name of ['', 'cur', 'new', 'tmp'])
      assert.equal((await stat(join(cwd, 'Maildir', name))).mode & 0o7777, 0o700);
    const again = await runTableCommand('maildirmake', ['Maildir'], { cwd });
    assert.equal(again.stderr, 'maildirmake: fatal: unable to mkdir Maildir: file already exists\n');
    assert.equal(again.status, 111);
    assert.equal((await runTableCommand('maildirmake', ['no/where'], { cwd })).status, 111);
  });
});

const noSyslog = { skip: existsSync('/dev/log') && "the lines would go to this machine's syslog" };
test(
  'splogger stamps lines, folds long ones, and tells where they go without a syslog',
  noSyslog,
  async () => {
    const long = 'x'.repeat(900);
    const input = `starting\n\nwarning: w\x01\nalert: a\n${long}\npartial`;
    const ran = await runTableCommand('splogger', ['qmail'], { input });
    const shown = ran.stdout.replace(/\d{9,}\.\d{6}/g, 'T');
    assert.equal(
      shown,
      `<22>qmail: T starting\n<20>qmail: T warning: w?\n<17>qmail: T alert: a\n<22>qmail: T ${'x'.repeat(800)}\n` +
        `<22>qmail: T+${'x'.repeat(100)}\n<22>qmail: T partial\n`,
    );
    assert.equal(ran.status, 0);
  },
);

test('qbiff writes to a terminal of its user that is open for it, and to no other', {
  skip: !hasProgram('script', '--version') && 'script(1) is not installed',
}, async () => {
  const shell =
    'tty; stty -echo; read open; chmod u+x $(tty); echo open; read shut; chmod u-x $(tty); echo shut; read end';
  const session = spawn('script', ['-qec', shell, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] });
  let text = '';
  const seen = (pattern: RegExp): Promise<string> =>
    new Promise((resolve) => {
      const look = (): void => {
        const found = pattern.exec(text);
        if (!found) return;
        session.stdout.off('data', look);
        resolve(found[0]);
      };
      session.stdout.on('data', look);
      look();
    });
  session.stdout.on('data', (bytes: Buffer) => {
    text += bytes.toString('latin1');
  });
  const terminal = await seen(/\/dev\/pts\/\d+/);
  session.stdin.write('x\n');
  await seen(/open/);
  assert.equal(await writeToTerminal(terminal, 'news for you\n'), true);
  await seen(/news for you/);
  session.stdin.write('x\n');
  await seen(/shut/);
  assert.equal(await writeToTerminal(terminal, 'more\n'), false);
  session.stdin.end('x\n');
  await new Promise((resolve) => session.once('exit', resolve));
  assert.ok(!text.includes('more'));
});

test('maildirwatch shows what is new, the newest last, and lets no control character through', async () => {
  await withTemporaryDirectory(async (home) => {
    const maildir = join(home, 'Maildir');
    const name = 'maildirwatch';
    for (const env of [{}, { MAILDIR: maildir }]) {
      const { status, stderr } = await runTableCommand(name, [], { input: '', env });
      assert.equal(status, 111);
      assert.match(stderr, /^maildirwatch: fatal: (?:MAILDIR not set|unable to scan .*Maildir\/new: )/);
    }
    await runTableCommand('maildirmake', [maildir], { input: '' });
    assert.equal(await describeNew(maildir), '');
    const put = (file: string, text: string) => writeFile(join(maildir, 'new', file), text);
    const header = 'Return-Path: <s@far.test>\nDelivered-To: joe@host.test\n';
    await put('1000.a.host', `${header}subject : two\n\tlines \x1b[2J\n\nSubject: of the body\n`);
    await put('999.z.host', `Subject: ${'x'.repeat(200)}\n\n`);
    await put('.hidden', header);
    assert.deepEqual((await describeNew(maildir)).split('\n'), [
      'FROM  TO ',
      `    ${'x'.repeat(75)}`,
      'FROM s@far.test TO joe@host.test',
      '    two lines _[2J',
      '',
    ]);
    for (let count = 0; count < 20; count++) await put(`2000.${count}.host`, header);
    const lines = (await describeNew(maildir)).split('\n');
    assert.deepEqual([lines[0], lines.length], ['11 more', 24]);
  });
});
