// Every command as people and programs call it: help, wrong names, links, how long it takes to start, bad input.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { before, describe, test } from 'node:test';
import { programRoot } from '../../mta/root.ts';
import { type CommandResult, runFacteur } from '../support/facteur.ts';
import { slowness } from '../support/machine.ts';
import { withTemporaryDirectory } from '../support/queue.ts';
import { makeHome } from '../support/serve.ts';

const root = programRoot();
const program = join(root, 'bin', 'facteur');

/** Runs bin/facteur, or a link to it, in its built form. */
function runProgram(
  path: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const env = { ...process.env, ...options.env };
    const child = execFile(path, args, { timeout: 60_000, ...options, env }, (error, stdout, stderr) => {
      const status = error === null ? 0 : typeof error.code === 'number' ? error.code : 255;
      resolve({ status, stdout, stderr });
    });
    child.stdin?.end();
  });
}

const trace = /\n\s+at |node:internal|\.[jt]s:\d+/;

let names: string[] = [];
before(async () => {
  const { stdout } = await runFacteur(['--help']);
  names = [...stdout.matchAll(/^ {2}(\S+) +\S/gm)].map(([, name]) => name as string);
  // The launcher builds it when there is none; the suite's own start has done so.
  if (!existsSync(join(root, 'dist', '.built'))) await runProgram(program, ['--help']);
});

// Before the others, and with none of them beside it: it measures.
test('facteur --help lists every command; each tells its usage with status 0 and starts in less than 300 ms', async (t) => {
  assert.ok(names.includes('serve') && names.includes('vadduser') && names.includes('qmail-inject'));
  // `usage: NAME ...`, or in some of vpopmail's own words `NAME: ...`.
  const times: string[] = [];
  const slow: string[] = [];
  for (const name of names) {
    let best = Number.POSITIVE_INFINITY;
    // Best of five at most: one that is fast enough at once needs no more proof.
    for (let i = 0; i < 5 && best > 150; i++) {
      const began = performance.now();
      const { status, stdout, stderr } = await runProgram(program, [name, '--help']);
      best = Math.min(best, performance.now() - began);
      assert.equal(status, 0, `${name}: ${stderr}`);
      assert.ok(
        (/usage/i.test(stdout) || stdout.includes(`${name}: `)) && stdout.includes(name),
        `${name} --help says: ${stdout}`,
      );
      assert.equal(stderr, '');
      // It looks whether there is a build first.
      if (name === 'start') break;
    }
    times.push(`${name} ${Math.round(best)}`);
    if (best > 300 && name !== 'start' && best > 300 * (await slowness())) slow.push(name);
  }
  t.diagnostic(`ms: ${times.join(', ')}`);
  assert.deepEqual(slow, []);
});

describe('commands', { concurrency: 2 }, () => {
  test('a name that is no command: one line, status 100', async () => {
    for (const name of ['vmakecoffee', 'constructor', '../serve', 'x\u001b[2J']) {
      const { status, stdout, stderr } = await runFacteur([name]);
      assert.deepEqual([status, stdout], [100, '']);
      assert.equal(
        stderr,
        `facteur: no command is named ${JSON.stringify(name)}; facteur --help lists them\n`,
      );
    }
  });

  test('a directory option without its directory: one line, status 100', async () => {
    const { status, stderr } = await runFacteur(['qmail-qstat', '--home']);
    assert.deepEqual([status, stderr], [100, 'qmail-qstat: --home needs a directory\n']);
  });

  test('a link named as a command runs it, also over relative links and paths with blanks and letters', () =>
    withTemporaryDirectory(async (directory) => {
      const home = join(directory, 'home');
      await makeHome(home);
      const far = join(directory, 'a place für mail', 'bin');
      await mkdir(far, { recursive: true });
      await symlink(relative(far, program), join(far, 'facteur link'));
      await mkdir(join(directory, 'bin'));
      for (const name of ['mailq', 'qmail-inject', 'sendmail', 'qmail-qstat'])
        await symlink('../a place für mail/bin/facteur link', join(directory, 'bin', name));
      const env = { FACTEUR_HOME: home };
      const stat = await runProgram(join(directory, 'bin', 'qmail-qstat'), [], { env });
      assert.deepEqual([stat.status, stat.stderr], [0, '']);
      assert.match(stat.stdout, /^messages in queue: 0$/m);
      const inPath = { ...env, PATH: `${join(directory, 'bin')}:${process.env.PATH}` };
      const mailq = await runProgram('mailq', [], { cwd: directory, env: inPath });
      assert.equal(mailq.status, 0, mailq.stderr);
      const inject = await runProgram('./bin/qmail-inject', ['--help'], { cwd: directory, env });
      assert.equal(inject.status, 0);
      assert.match(inject.stdout, /qmail-inject/);
    }));

  test('bad input and a home that is not there: one line, no trace', () =>
    withTemporaryDirectory(async (directory) => {
      const none = join(directory, 'none');
      // In a directory of its own: tcprules takes its arguments for files to write.
      // qmail-queue and its filter read an envelope from what is standard output here; the others would make a home.
      const others = ['start', 'quickstart', 'qmail-queue', 'qmail-qfilter'];
      for (const name of names.filter((each) => !others.includes(each))) {
        const inputs = [[], ['nobody@nowhere.example', 'a-password'], ['--no-such-option'], ['\u001b[2J\n@']];
        await Promise.all(
          inputs.map(async (args) => {
            const given = [name, '--home', none, ...args];
            const { status, stdout, stderr } = await runProgram(program, given, { cwd: directory });
            const said = `${name} ${args.join(' ')} (${status}): ${stdout}${stderr}`;
            assert.doesNotMatch(stdout + stderr, trace, said);
            assert.doesNotMatch(stdout + stderr, /\bbug\b/, said);
          }),
        );
      }
    }));

  test('a reader that goes away is no fault of the command; a full disk behind its output is told', () =>
    withTemporaryDirectory(async (directory) => {
      const home = join(directory, 'home');
      await makeHome(home);
      const showctl = `"${program}" qmail-showctl --home "${home}"`;
      const gone = await runProgram('/bin/sh', ['-c', `{ ${showctl}; echo "status $?" >&2; } | true`]);
      assert.equal(gone.stderr, 'status 0\n');
      const full = await runProgram('/bin/sh', ['-c', `${showctl} >/dev/full`]);
      assert.equal(full.status, 111);
      assert.match(full.stderr, /^facteur: cannot write the output: ENOSPC[^\n]*\n$/);
    }));
});
