import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, chown, mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { programRoot } from '../../mta/root.ts';
import { runWords } from '../support/command-process.ts';
import { runFacteur } from '../support/facteur.ts';
import { gid, isRoot, uid } from '../support/local.ts';
import { withTemporaryDirectory } from '../support/queue.ts';
import { makeHome, sendLetter, setControl, until } from '../support/serve.ts';

const main = join(programRoot(), 'server', 'main.ts');
const children = new Set<ChildProcess>();
after(() => {
  for (const child of children) child.kill('SIGKILL');
});

interface Started {
  readonly child: ChildProcess;
  stdout(): string;
  stderr(): string;
  readonly ended: Promise<number | null>;
}

/** Runs qmail-start; as root all in its process, for these users are nobody's. */
function start(home: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Started {
  const words = ['qmail-start', '--home', home, ...(isRoot ? ['--one-process'] : []), ...args];
  const child = spawn(process.execPath, [main, ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...env, NODE_NO_WARNINGS: '1' },
  });
  children.add(child);
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => {
      texts[name] += text;
    });
  return {
    child,
    stdout: () => texts.stdout,
    stderr: () => texts.stderr,
    ended: new Promise((resolve) => child.once('close', (code) => resolve(code))),
  };
}

/** joe, whose mail goes by the default delivery. */
async function addJoe(home: string): Promise<string> {
  const joe = join(home, 'joe');
  await mkdir(joe);
  for (const path of [home, join(home, 'qmail')]) await chmod(path, 0o755);
  await chown(joe, uid, gid);
  const assign = join(home, 'qmail', 'users', 'assign');
  const lines = (await readFile(assign, 'utf8')).replace(/\.\n$/, '');
  await writeFile(assign, `=joe:joe:${uid}:${gid}:${joe}:::\n${lines}.\n`);
  await rm(join(home, 'qmail', 'users', 'cdb'), { force: true });
  await setControl(home, 'locals', 'local.example\n');
  return joe;
}

const inject = (home: string, to: string) =>
  runFacteur(['qmail-inject', '--home', home, to], 'Subject: s\n\nhi\n');

test('qmail-start runs send without doors, with its argument as default delivery and the log on standard output', () =>
  withTemporaryDirectory(async (home) => {
    await makeHome(home);
    await rm(join(home, 'qmail', 'control', 'listen'), { force: true });
    const joe = await addJoe(home);
    const started = start(home, ['./box\n./second']);
    await until('qmail-send is there', () => /^status: local 0\/\d+ remote 0\/\d+$/m.test(started.stdout()));
    assert.equal((await inject(home, 'joe@local.example')).status, 0);
    await until('the letter is delivered', () => /^end msg /m.test(started.stdout()));
    assert.match(started.stdout(), /^starting delivery 1: msg \d+ to local joe@local\.example\n/m);
    assert.match(started.stdout(), /^delivery 1: success: did_2\+0\+0\/$/m);
    assert.match(await readFile(join(joe, 'second'), 'utf8'), /^Subject: s$/m);
    // Nothing listens: other programs take the mail.
    await assert.rejects(readFile(join(home, 'run', 'listen')), { code: 'ENOENT' });
    const second = start(home, []);
    assert.equal(await second.ended, 111);
    assert.match(second.stdout(), /^alert: cannot start: qmail-send is already running$/m);
    started.child.kill('SIGTERM');
    assert.equal(await started.ended, 0);
    assert.match(started.stdout(), /^status: exiting\n$/m);
    assert.equal(started.stderr(), '');
  }));

test('with control/listen the doors are there too; HUP reads control again, and a logger gets every line', () =>
  withTemporaryDirectory(async (home) => {
    await makeHome(home);
    await addJoe(home);
    await setControl(home, 'listen', 'smtp 127.0.0.1:0\n');
    const log = join(home, 'logged');
    const started = start(home, [
      './box',
      'sh',
      '-c',
      `sed 's/^/> /' > '${log}'; echo "that was all" >> '${log}'`,
    ]);
    await until('it listens', () => readFile(join(home, 'run', 'listen'), 'utf8').then(Boolean, () => false));
    const port = Number(/:(\d+)$/m.exec(await readFile(join(home, 'run', 'listen'), 'utf8'))![1]);
    await setControl(home, 'rcpthosts', 'local.example\nnew.example\n');
    await setControl(home, 'locals', 'local.example\nnew.example\n');
    started.child.kill('SIGHUP');
    await until(
      'the new domain is known',
      async () => (await sendLetter(port, 'joe@new.example', 'x')).code === 250,
    );
    started.child.kill('SIGTERM');
    assert.equal(await started.ended, 0);
    const lines = await readFile(log, 'utf8');
    assert.match(lines, /^> status: local 0\//);
    assert.match(lines, /^> status: exiting\nthat was all\n$/m);
    assert.equal(started.stdout(), '');
  }));

test('without an argument and without control/defaultdelivery mail goes to ./Mailbox, as in qmail', () =>
  withTemporaryDirectory(async (home) => {
    await makeHome(home);
    await rm(join(home, 'qmail', 'control', 'defaultdelivery'), { force: true });
    const joe = await addJoe(home);
    const started = start(home, []);
    await until('qmail-send is there', () => /^status: /m.test(started.stdout()));
    assert.equal((await inject(home, 'joe@local.example')).status, 0);
    await until('the letter is delivered', () => /^end msg /m.test(started.stdout()));
    assert.match(await readFile(join(joe, 'Mailbox'), 'utf8'), /^Subject: s$/m);
    started.child.kill('SIGTERM');
    assert.equal(await started.ended, 0);
  }));

test('a start that fails says why in qmail-send’s words and ends with 111', () =>
  withTemporaryDirectory(async (home) => {
    const fails = async (args: readonly string[], words: RegExp): Promise<void> => {
      const failed = start(home, args);
      assert.equal(await failed.ended, 111);
      assert.match(failed.stdout() + failed.stderr(), words);
    };
    await fails([], /^alert: cannot start: unable to switch to home directory\n$/);
    await mkdir(join(home, 'qmail', 'control'), { recursive: true });
    await setControl(home, 'me', 'me.example\n');
    await setControl(home, 'queuelifetime', 'a week\n');
    await fails(
      [],
      /^alert: .*queuelifetime: "a week" is wrong; .*\nalert: cannot start: unable to read controls\n$/,
    );
    await setControl(home, 'queuelifetime', '604800\n');
    await fails([], /^alert: cannot start: unable to switch to queue directory\n$/);
    await fails(
      ['./Mailbox', join(home, 'no-logger')],
      /^qmail-start: fatal: unable to run the logger .*no-logger: /,
    );
  }));

test('./Maildir without its slash is an mbox file, and is told', () =>
  withTemporaryDirectory(async (home) => {
    await makeHome(home);
    const started = start(home, ['./Maildir']);
    await until('it is told', () =>
      /^warning: defaultdelivery \.\/Maildir is an mbox file/m.test(started.stdout()),
    );
    await until('qmail-send is there', () => /^status: /m.test(started.stdout()));
    started.child.kill('SIGTERM');
    assert.equal(await started.ended, 0);
  }));

test('qmail-send, qmail-lspawn and qmail-rspawn say that qmail-start does their work', async () => {
  for (const name of ['qmail-send', 'qmail-lspawn', 'qmail-rspawn']) {
    const { status, stderr } = await runFacteur([name]);
    assert.equal(status, 111);
    assert.equal(
      stderr,
      `${name}: fatal: it is a part of qmail-start, and of facteur serve: run one of these\n`,
    );
  }
});

test('a link knows its site in an empty environment, through another link too, and whoever names a site wins', () =>
  withTemporaryDirectory(async (directory) => {
    const home = join(directory, 'home of site');
    await makeHome(home);
    const links = join(directory, 'bin');
    assert.equal((await runFacteur(['install-links', links, '--home', home])).status, 0);
    assert.equal(await readFile(join(links, '.facteur-site'), 'utf8'), `FACTEUR_HOME=${home}\n`);
    const again = join(directory, 'showctl');
    await symlink(join(links, 'qmail-showctl'), again);
    const bare = { PATH: '/usr/bin:/bin' };
    const direct = await runWords([join(links, 'qmail-showctl')], { env: bare });
    assert.ok(direct.stdout.startsWith(`qmail home directory: ${join(home, 'qmail')}.\n`));
    // A link is the command that it is called.
    assert.match((await runWords([again], { env: bare })).stderr, /no command is named "showctl"/);
    await rename(again, join(directory, 'qmail-showctl'));
    const through = await runWords([join(directory, 'qmail-showctl')], { env: bare });
    assert.ok(through.stdout.startsWith(`qmail home directory: ${join(home, 'qmail')}.\n`));
    const named = await runWords([join(links, 'qmail-showctl')], {
      env: { ...bare, FACTEUR_HOME: directory },
    });
    assert.ok(named.stdout.startsWith(`qmail home directory: ${join(directory, 'qmail')}.\n`));
  }));
