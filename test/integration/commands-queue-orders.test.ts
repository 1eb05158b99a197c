// qmHandle and qmailctl over the real server and on a stopped queue: their words, and that nothing has to be stopped.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseArguments } from '../../mta/commands/qmHandle.ts';
import { readRunning } from '../../mta/running.ts';
import { type CommandResult, runFacteur, startServer } from '../support/facteur.ts';
import { putMessage, queueFiles, withTemporaryDirectory } from '../support/queue.ts';
import { makeHome, sendLetter, setControl, subjectsOf, until } from '../support/serve.ts';

const stats = (all: number, local: number, remote: number): string =>
  `Total messages: ${all}\nMessages with local recipients: ${local}\nMessages with remote recipients: ${remote}\n` +
  'Messages with bounces: 0\nMessages in preprocess: 0\n';

test('on a running server: list, view, hold, delete and flush, without a stop', () =>
  withTemporaryDirectory(async (directory) => {
    const home = join(directory, 'home');
    await makeHome(home, ['joe']);
    const server = await startServer(home, 'smtp=127.0.0.1:0');
    const command = (name: string, ...args: string[]): Promise<CommandResult> =>
      runFacteur([name, '--home', home, ...args]);
    try {
      assert.equal((await command('qmailctl', 'pause')).stdout, 'Pausing qmail-send\n');
      for (const subject of ['one', 'two', 'three'])
        await sendLetter(server.ports.smtp as number, 'joe@whole.example', subject);
      await until('three entries', async () => (await command('qmHandle', '-s')).stdout === stats(3, 3, 0));
      const list = (await command('qmHandle', '-l')).stdout;
      const one =
        /^(\d+) \(\d+, L\)\n {2}Return-path: sender@elsewhere\.example\n {2}Subject: one\n {2}Size: \d+ bytes\n/m;
      assert.match(list, one);
      assert.ok(list.endsWith(`\n\n${stats(3, 3, 0)}`));
      const id = one.exec(list)?.[1] as string;
      assert.match((await command('qmHandle', `-m${id}`)).stdout, /^Subject: one\n\none\n?$/m);
      assert.match((await command('qmHandle', '-Stwo')).stderr, /\nDeleted 1 messages from queue\n$/);
      assert.equal((await command('qmHandle', `--hold=${id}`)).status, 0);
      assert.match((await command('qmHandle', `--show=${id}`)).stdout, /^ {2}state {6}held$/m);
      assert.equal((await command('qmailctl', 'cont')).stdout, 'Continuing qmail-send\n');
      await until('the third letter', async () => (await subjectsOf(home, 'joe')).includes('three'));
      const wrong = await command('qmHandle', '-d1x', '-d99999');
      assert.equal(wrong.status, 1);
      assert.equal(
        wrong.stderr,
        '1x is not a valid message number!\nMessage 99999 not found in the queue!\nDeleted 0 messages from queue\n',
      );
      assert.match(
        (await command('qmailctl', 'stat')).stdout,
        new RegExp(
          `^qmail-send: up \\(pid ${server.pid}\\) \\d+ seconds\nqmail-smtpd: up \\(pid ${server.pid}\\)`,
        ),
      );
      assert.equal((await command('qmHandle', `--release=${id}`)).status, 0);
      await until('the held letter', async () => (await subjectsOf(home, 'joe')).includes('one'));
      assert.deepEqual(await subjectsOf(home, 'joe'), ['one', 'three']);
      const flush = await command('qmailctl', 'doqueue');
      assert.equal(flush.stdout, 'Flushing timeout table and sending ALRM signal to qmail-send.\n');
      assert.equal(
        (await command('qmailctl', 'stop')).stdout,
        'Stopping qmail...\n  qmail-smtpd\n  qmail-send\n',
      );
      assert.equal(await server.stop(), 0);
      assert.match((await command('qmailctl', 'stat')).stdout, /^qmail-send: down\nqmail-smtpd: down\n/);
      assert.equal((await command('qmHandle', '-a')).stderr, "Qmail isn't running, can't send messages!\n");
    } finally {
      if (server.process.exitCode === null && server.process.signalCode === null) await server.kill();
    }
  }));

test('a queue that nobody serves is worked on under its lock; one that qmail-send serves is only looked at', () =>
  withTemporaryDirectory(async (home) => {
    await makeHome(home);
    const queue = join(home, 'qmail', 'queue');
    const files = { info: 'Fanna@here.test\0', remote: 'Tjoe@far.test\0' };
    const id = await putMessage(queue, { ...files, mess: 'Subject: hello\n\nbody words\n' });
    const other = await putMessage(queue, { ...files, mess: 'Subject: other\n\nsomething\n' });
    const command = (...args: string[]): Promise<CommandResult> =>
      runFacteur(['qmHandle', '--home', home, ...args]);
    const { lockFile } = await import('../../mta/queue/lock.ts');
    const lock = await lockFile(join(queue, 'lock', 'sendmutex'));
    try {
      assert.equal((await command('-lN')).stdout.split('\n').length, 8);
      const refused = await command('-D');
      assert.equal(refused.status, 111);
      assert.match(refused.stderr, /is served by another program .*stop it first\n$/);
    } finally {
      await lock.release();
    }
    assert.match(
      (await command('-bBODY')).stderr,
      /Deleting message \d+\.\.\.\nDeleted 1 messages from queue\n$/,
    );
    assert.deepEqual(await queueFiles(queue), [`info/${other}`, `mess/${other}`, `remote/${other}`]);
    assert.match((await command('-Hsubject')).stderr, /No messages with header matching subject found/);
    assert.match((await command('-D')).stderr, new RegExp(`Deleting message ${other}`));
    assert.deepEqual(await queueFiles(queue), []);
    assert.notEqual(id, other);
  }));

test('qmailctl start serves in the background, restart serves again, and a start that fails says why', () =>
  withTemporaryDirectory(async (home) => {
    await makeHome(home);
    await setControl(home, 'listen', 'smtp 127.0.0.1:0\n');
    const command = (...args: string[]): Promise<CommandResult> =>
      runFacteur(
        ['qmailctl', ...args, ...(args[0] === 'start' && process.getuid?.() === 0 ? ['--one-process'] : [])],
        '',
        {
          FACTEUR_HOME: home,
        },
      );
    const place = { run: join(home, 'run') };
    try {
      assert.equal((await command('cdb')).status, 111);
      await setControl(home, 'tcp.smtp', '127.:allow\n1.2.3.4-x:allow\nnonsense:perhaps\n');
      assert.match((await command('cdb')).stderr, /unable to parse this line: .*line [23]\)/);
      await setControl(home, 'tcp.smtp', '127.:allow\n');
      assert.match((await command('cdb')).stdout, /^Reloaded .*tcp\.smtp\.\n$/);
      const { status, stdout, stderr } = await command('start');
      assert.equal(status, 0, stderr);
      assert.equal(stdout, 'Starting qmail\n');
      const first = await readRunning(place);
      assert.match((await command('start')).stdout, /already running \(pid \d+\)/);
      const again = await command('restart');
      assert.equal(again.status, 0, again.stderr);
      assert.match(
        again.stdout,
        /^Restarting qmail:\n\* Stopping qmail-smtpd\.\n\* Sending qmail-send SIGTERM/,
      );
      const second = await readRunning(place);
      assert.ok(first && second && first.pid !== second.pid);
      assert.equal((await command('stop')).status, 0);
      await writeFile(join(home, 'qmail', 'control', 'listen'), 'smtp nowhere\n');
      const failed = await command('start');
      assert.equal(failed.status, 111);
      assert.match(failed.stderr, /listen.*\n.*could not be started/s);
    } finally {
      await command('stop');
    }
    assert.equal((await command('nonsense')).status, 1);
    assert.match((await command('help')).stdout, /^ {2}pause -- temporarily stops mail service/m);
  }));

test('letters without a value may stand together, others take the rest of their word or the next', () => {
  const parse = (...args: string[]) => {
    const parsed = parseArguments(args);
    return typeof parsed === 'string' ? parsed : parsed.actions.map((action) => JSON.stringify(action));
  };
  assert.deepEqual(parse('-lN', '-d12', '-m', '13'), [
    '{"kind":"list","which":"A"}',
    '{"kind":"order","order":"drop","id":"12"}',
    '{"kind":"view","id":"13"}',
  ]);
  assert.equal(parse('-d'), 'Option d must have an argument');
  assert.equal(parse('-h('), '( is no regular expression');
  assert.equal(parse('-q'), 'unknown option -q');
  assert.equal(parse('--constructor=1'), 'unknown option --constructor=1');
});
