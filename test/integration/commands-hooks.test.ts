// spawn-filter and qmail-qfilter as the processes that old sites call (spec/qmail.md 12.3): what their filters get, what
// goes on, what each exit status means.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { parseFilters } from '../../mta/commands/qmail-qfilter.ts';
import { parseCall } from '../../mta/commands/spawn-filter.ts';
import { commandWords, ownEnvironment, runTableCommand } from '../support/command-process.ts';

const letter = 'From: joe@our.test\nSubject: x\n\nhello\n';

let root: string;
let env: Record<string, string>;

async function writeScript(name: string, lines: string): Promise<string> {
  const path = join(root, name);
  await writeFile(path, `#!/bin/sh\n${lines}\n`);
  await chmod(path, 0o755);
  return path;
}

const read = (name: string): Promise<string> => readFile(join(root, name), 'latin1');

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'facteur-commands-hooks-'));
  await mkdir(join(root, 'qmail', 'control'), { recursive: true });
  await writeFile(join(root, 'qmail', 'control', 'me'), 'me.test\n');
  const behind = (kind: string) =>
    `printf "%s|" "$@" >${kind}.args; cat >${kind}.message; env >${kind}.env; printf "${kind} ran"`;
  env = {
    FACTEUR_HOME: root,
    FACTEUR_QMAIL: join(root, 'qmail'),
    QREMOTE: await writeScript('remote', behind(`${root}/remote`)),
    QLOCAL: await writeScript('local', `${behind(`${root}/local`)}; exit 99`),
  };
});
after(() => rm(root, { recursive: true, force: true }));

const setFilters = (text: string): Promise<void> =>
  writeFile(join(root, 'qmail', 'control', 'filterargs'), text);

describe('spawn-filter', () => {
  it('knows qmail-remote by its arguments and qmail-local by its --', () => {
    assert.deepEqual(parseCall(['far.test', 's@our.test', 'r@far.test', 'more@far.test']), {
      channel: 'remote',
      sender: 's@our.test',
      recipient: 'r@far.test',
      ext: 'r@far.test',
      domain: 'our.test',
      otherDomain: 'far.test',
    });
    const local = ['--', 'joe', '/home/joe', 'joe-x', '-', 'x', 'our.test', 's@far.test', './Maildir/'];
    assert.deepEqual(parseCall(local), {
      channel: 'local',
      sender: 's@far.test',
      recipient: 'joe-x@our.test',
      ext: 'x',
      domain: 'our.test',
      otherDomain: 'far.test',
    });
    for (const wrong of [[], ['a', 'b'], local.slice(0, -1), [...local, 'x'], local.with(2, 'relative')])
      assert.equal(parseCall(wrong), undefined);
  });

  it('without a filter is the program behind it, with its arguments, message and exit status', async () => {
    await setFilters('other.test:exit 100\n');
    const args = ['far.test', 's@our.test', '$(id)@far.test'];
    const remote = await runTableCommand('spawn-filter', args, { env, file: letter });
    assert.deepEqual([remote.status, remote.stdout], [0, `${root}/remote ran`]);
    assert.equal(await read('remote.args'), 'far.test|s@our.test|$(id)@far.test|');
    assert.equal(await read('remote.message'), letter);
    const call = ['--', 'joe', '/home/joe', 'joe', '', '', 'our.test', 's@x', './Maildir/'];
    const local = await runTableCommand('spawn-filter', call, { env, input: letter });
    assert.equal(local.status, 99);
    assert.equal(await read('local.args'), `${call.join('|')}|`);
    assert.equal(await read('local.message'), letter);
  });

  it('gives the program behind what the filter wrote, and keeps the two from filtering again', async () => {
    await setFilters('our.test:remote:sed "s/hello/$_SENDER $_RECIPIENT $DOMAIN/"; env >filter.env\n');
    const loop = { ...env, QMAILREMOTE: 'x', QMAILLOCAL: 'y' };
    const args = ['far.test', 's@our.test', 'r@far.test'];
    const end = await runTableCommand('spawn-filter', args, { env: loop, file: letter });
    assert.equal(end.stdout, `${root}/remote ran`);
    assert.equal(await read('remote.message'), letter.replace('hello', 's@our.test r@far.test our.test'));
    assert.doesNotMatch(await read('remote.env'), /^(QMAILREMOTE|QMAILLOCAL|FILTERARGS)=/m);
    assert.match(await read('qmail/filter.env'), /^QMAILREMOTE=spawn-filter$/m);
    assert.deepEqual(
      (await readdir(tmpdir())).filter((name) => name.startsWith('facteur-filter-')),
      [],
    );
  });

  it('obeys FILTERARGS before the file, and reports drops, refusals and delays as the program behind would', async () => {
    await setFilters('*:exit 0\n');
    const remote = ['far.test', 's@our.test', 'r@far.test'];
    const local = ['--', 'joe', '/home/joe', 'joe', '', '', 'our.test', 's@x', './Maildir/'];
    await rm(join(root, 'remote.message'), { force: true });
    for (const [command, report, status] of [
      ['exit 2', 'Kblackholed exit\n\0', 0],
      ['exit 100', 'DMail Rejected by exit (#5.7.1)\n\0', 100],
      ['echo why >&2; exit 1', 'Zecho: (spawn-filter) exit code: 1: why. (#4.3.0)\n\0', 111],
      ['true', 'Zspawn-filter: the filter wrote no message. (#4.3.0)\n\0', 111],
    ] as const) {
      const options = { env: { ...env, FILTERARGS: command }, file: letter };
      const one = await runTableCommand('spawn-filter', remote, options);
      assert.deepEqual([one.status, one.stdout], [0, report]);
      const two = await runTableCommand('spawn-filter', local, options);
      assert.deepEqual([two.status, two.stdout], [status, report.slice(1, -1)]);
    }
    assert.ok(!(await readdir(root)).includes('remote.message'));
  });

  it('puts the mail off when its file cannot be read, and names it', async () => {
    await setFilters('nonsense\n');
    const end = await runTableCommand('spawn-filter', ['far.test', 's@our.test', 'r@far.test'], {
      env,
      file: letter,
    });
    assert.match(end.stdout, /^Zspawn-filter: .*control\/filterargs: "nonsense" is wrong; expected DOMAIN:/);
  });
});

describe('qmail-qfilter', () => {
  const envelope = 'Fjoe@our.test\0Ta@far.test\0Tb@far.test\0\0';

  /** Runs it with the message on 0 and the envelope on 1. */
  async function filter(args: readonly string[], more: Record<string, string> = {}, given = envelope) {
    const queue = await writeScript('queue', `cat >${root}/queued.message; cat <&1 >${root}/queued.envelope`);
    for (const name of ['queued.message', 'queued.envelope']) await rm(join(root, name), { force: true });
    await writeFile(join(root, 'in.message'), letter);
    await writeFile(join(root, 'in.envelope'), given, 'latin1');
    const message = await open(join(root, 'in.message'));
    const list = await open(join(root, 'in.envelope'));
    const [program = '', ...words] = commandWords('qmail-qfilter', ...args);
    const child = spawn(program, words, {
      stdio: [message.fd, list.fd, 'pipe'],
      env: { ...ownEnvironment, ...env, QQF_QMAILQUEUE: queue, ...more },
    });
    let stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (text) => {
      stderr += text;
    });
    const [status] = await once(child, 'close');
    await Promise.all([message.close(), list.close()]);
    const queued = async (name: string) => read(`queued.${name}`).catch(() => undefined);
    return { status, stderr, message: await queued('message'), envelope: await queued('envelope') };
  }

  it('parts its arguments at --', () => {
    assert.deepEqual(
      parseFilters(['a', 'b', '--', 'c'])?.map(({ words }) => words),
      [['a', 'b'], ['c']],
    );
    assert.deepEqual(parseFilters([]), []);
    for (const wrong of [['--'], ['a', '--'], ['--', 'a'], ['a', '--', '--', 'b']])
      assert.equal(parseFilters(wrong), undefined, wrong.join(' '));
  });

  it('passes message and envelope through its filters, each on what the one before wrote', async () => {
    const one = await writeScript('one', 'sed s/hello/one/; env >"$FACTEUR_HOME/one.env"');
    const two = await writeScript('two', 'sed s/one/two/; tr a z <&3 >&4');
    const three = await writeScript('three', 'cat >/dev/null; cat <&3 >"$FACTEUR_HOME/three.envelope"');
    const end = await filter([one, '--', two, 'argument', '--', three]);
    assert.equal(end.status, 0, end.stderr);
    assert.equal(end.message, letter.replace('hello', 'two'), 'a filter that writes nothing changes nothing');
    assert.equal(end.envelope, envelope.replaceAll('a', 'z'));
    assert.equal(await read('three.envelope'), envelope.replaceAll('a', 'z'));
    const variables = await read('one.env');
    for (const line of [
      'QMAILUSER=joe',
      'QMAILHOST=our.test',
      'NUMRCPTS=2',
      `MSGSIZE=${letter.length}`,
      `ENVSIZE=${envelope.length}`,
      'QMAILRCPTS=a@far.test\nb@far.test',
    ])
      assert.ok(`\n${variables}`.includes(`\n${line}\n`), line);
  });

  it('calls another program than qmail-queue when a filter names it on descriptor 5', async () => {
    const other = await writeScript('other', `cat >${root}/queued.message; exit 31`);
    const end = await filter([await writeScript('name', `printf %s ${other} >&5`)]);
    assert.equal(end.status, 31);
    assert.equal(end.message, letter);
    assert.equal(end.envelope, undefined);
  });

  it('gives back what a filter decides, and queues nothing then', async () => {
    for (const [body, expected] of [
      ['exit 99', 0],
      ['exit 31', 31],
      ['exit 100', 31],
      ['exit 71', 71],
      ['exit 111', 71],
      ['exit 82', 82],
      ['kill -9 $$', 81],
    ] as const) {
      const end = await filter([await writeScript('decide', body)]);
      assert.equal(end.status, expected, body);
      assert.equal(end.message, undefined);
      assert.equal(/dropped the message/.test(end.stderr), body === 'exit 99');
    }
    assert.equal((await filter(['/nonexistent/filter'])).status, 81);
  });

  it('hands the descriptor of a refusal’s words to filters and to the queue program', async () => {
    const told = await writeScript('told', "cat; printf 'Dsays the filter' >&6; exit 82");
    for (const [filters, queue, expected] of [
      [[told], 'exit 0', 'Dsays the filter'],
      [[await writeScript('same', 'cat')], "printf 'Dsays the queue' >&6; exit 82", 'Dsays the queue'],
    ] as const) {
      await writeFile(join(root, 'in.message'), letter);
      await writeFile(join(root, 'in.envelope'), envelope, 'latin1');
      const message = await open(join(root, 'in.message'));
      const list = await open(join(root, 'in.envelope'));
      const [program = '', ...words] = commandWords('qmail-qfilter', ...filters);
      const own = { QQF_QMAILQUEUE: await writeScript('queue', queue) };
      const child = spawn(program, words, {
        stdio: [message.fd, list.fd, 'inherit', 'ignore', 'ignore', 'ignore', 'pipe'],
        env: { ...ownEnvironment, ...env, ...own },
      });
      let said = '';
      ((child.stdio as readonly unknown[])[6] as NodeJS.ReadableStream)
        .setEncoding('utf8')
        .on('data', (text) => {
          said += text;
        });
      const [status] = await once(child, 'close');
      await Promise.all([message.close(), list.close()]);
      assert.equal(status, 82);
      assert.equal(said, expected);
    }
  });

  it('ends a filter that writes without end, and says so', async () => {
    // A hole: the size counts, not the blocks.
    const endless = await writeScript(
      'endless',
      'dd if=/dev/zero bs=1 count=1 seek=200000000 2>/dev/null; exec sleep 20',
    );
    const end = await filter([endless]);
    assert.equal(end.status, 81);
    assert.match(end.stderr, /endless wrote a message of more than 200000000 bytes\n/);
    assert.equal(end.message, undefined);
  });

  it('takes the filter of control/qfilters by the domain of the sender', async () => {
    const file = join(root, 'qmail', 'control', 'qfilters');
    await writeFile(file, 'else.test:exit 31\nour.*:sed "s/hello/$GREETING $QMAILUSER/":GREETING=hi\n');
    assert.equal((await filter([])).message, letter.replace('hello', 'hi joe'));
    assert.equal((await filter([], {}, 'F\0Ta@far.test\0\0')).message, letter, 'no line for the null sender');
    await rm(file);
    assert.equal((await filter([])).message, letter);
  });

  it('queues nothing of an envelope that is none', async () => {
    for (const [given, status] of [
      ['Fjoe\0Ta\0', 54],
      ['X\0\0', 91],
      [`F${'x'.repeat(1100)}\0Ta\0\0`, 11],
    ] as const) {
      const end = await filter([], {}, given);
      assert.equal(end.status, status);
      assert.equal(end.message, undefined);
    }
  });
});
