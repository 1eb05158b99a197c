// What a new user does: a fresh checkout, the machine's own Node of whatever age, `npm start`. Slow by nature (it
// installs and builds), so it is one test; FACTEUR_SKIP_LAUNCHER leaves it out.
import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, cp, mkdir, readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { programRoot } from '../../mta/root.ts';
import { slowness } from '../support/machine.ts';
import { withTemporaryDirectory } from '../support/queue.ts';
import { subjectsOf, until } from '../support/serve.ts';
import { RawSmtpClient } from '../support/smtp.ts';

const parts = ['bin', 'mta', 'server', 'static', 'views', 'README.md'];
const files = ['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'];

/** The environment of a person who has just installed npm: nothing of this run, none of our own Node. */
function plainEnvironment(): NodeJS.ProcessEnv {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(npm_|NODE|UV_|FACTEUR_|INIT_CWD)/.test(name)),
  );
  const path = (process.env.PATH ?? '').split(':').filter((each) => !/\.runtime|node_modules/.test(each));
  return { ...env, PATH: path.join(':'), npm_config_prefer_offline: 'true' };
}

interface Started {
  readonly process: ChildProcess;
  readonly pid: number;
  readonly text: string;
  /** Milliseconds until it said that it is ready. */
  readonly took: number;
  /** Everything that it has said until now. */
  said(): string;
  readonly exited: Promise<readonly [number | null, string | null]>;
}

/** `npm start` in its own process group, as a terminal's foreground job; resolves when it is ready. */
async function npmStart(checkout: string): Promise<Started> {
  const began = performance.now();
  const child = spawn('npm', ['start', '--', '--listen', 'smtp=127.0.0.1:0,http=127.0.0.1:0'], {
    cwd: checkout,
    env: plainEnvironment(),
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (more: string) => {
      text += more;
    });
  const exited = once(child, 'exit') as Promise<[number | null, string | null]>;
  let isOver = false;
  exited.then(() => {
    isOver = true;
  });
  await until('npm start is ready', () => isOver || /Ctrl-C stops it/.test(text), 240).catch((error) => {
    process.kill(-(child.pid as number), 'SIGKILL');
    throw new Error(`${error.message}: ${text}`);
  });
  assert.ok(!isOver, text);
  const took = performance.now() - began;
  return { process: child, pid: child.pid as number, text, took, said: () => text, exited };
}

/** Processes that work in this directory. */
async function processesIn(directory: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const place = await readlink(`/proc/${pid}/cwd`).catch(() => '');
    if (place.startsWith(directory))
      found.push(`${pid} ${await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')}`);
  }
  return found;
}

/** How often the letter with the subject "kept" lies in the demo inbox. */
async function kept(checkout: string): Promise<number> {
  const home = join(checkout, 'var');
  return (await subjectsOf(home, 'demo', 'example.test')).filter((subject) => subject === 'kept').length;
}

const addressOf = (text: string, name: string): string => {
  const match = new RegExp(`^ +${name} +(?:http://)?([0-9.]+:\\d+)`, 'm').exec(text);
  assert.ok(match, `${name} in: ${text}`);
  return match[1] as string;
};

test('npm start in a fresh checkout, with the Node of the machine', {
  skip: process.env.FACTEUR_SKIP_LAUNCHER ? 'FACTEUR_SKIP_LAUNCHER is set' : false,
  timeout: 480_000,
}, async (t) => {
  await withTemporaryDirectory(async (directory) => {
    const checkout = join(directory, 'ein Ort für Post');
    await mkdir(checkout);
    for (const name of [...parts, ...files])
      await cp(join(programRoot(), name), join(checkout, name), { recursive: true });
    const run = promisify(execFile);

    await t.test('the first start installs, builds, makes a home and says who can sign in', async () => {
      const first = await npmStart(checkout);
      t.diagnostic(`first start ${Math.round(first.took)} ms`);
      try {
        assert.match(first.text, /^facteur: installing packages \(once\)$/m);
        assert.match(first.text, /^facteur: building \(once\)$/m);
        assert.match(first.text, /^facteur: making a home with a demo mailbox in .*\/ein Ort für Post\/var/m);
        assert.match(first.text, /^ +demo +demo@example\.test +password [A-Za-z0-9]{12}$/m);
        assert.match(first.text, /^ +postmaster +postmaster@example\.test +password [A-Za-z0-9]{16}$/m);
        const page = await fetch(`http://${addressOf(first.text, 'webmail')}/`);
        assert.equal(page.status, 200);
        await page.arrayBuffer();
        const client = await RawSmtpClient.connect(Number(addressOf(first.text, 'smtp').split(':')[1]));
        await client.hello();
        const reply = await client.sendMessage('', ['demo@example.test'], 'Subject: kept\r\n\r\nkept');
        assert.equal(reply.code, 250);
        client.close();
        await until('the letter', async () => (await kept(checkout)) === 1);
        // A terminal's Ctrl-C reaches everyone in the foreground process group.
        const began = performance.now();
        process.kill(-first.pid, 'SIGINT');
        assert.deepEqual(await first.exited, [0, null], first.said());
        const took = performance.now() - began;
        t.diagnostic(`Ctrl-C ends it in ${Math.round(took)} ms`);
        assert.ok(took < 2000 || took < 2000 * (await slowness()), `${took} ms`);
        await until('no process is left', async () => (await processesIn(checkout)).length === 0, 2);
      } finally {
        if (first.process.exitCode === null) process.kill(-first.pid, 'SIGKILL');
      }
    });

    await t.test('the second start goes straight to serving, keeps the mail and ends by TERM', async () => {
      const second = await npmStart(checkout);
      try {
        t.diagnostic(`second start ${Math.round(second.took)} ms`);
        assert.doesNotMatch(second.text, /installing|building|making|password [A-Za-z0-9]{12}/);
        assert.ok(second.took < 2000 || second.took < 2000 * (await slowness()), `${second.took} ms`);
        assert.equal(await kept(checkout), 1);
        const began = performance.now();
        second.process.kill('SIGTERM');
        const [status, signal] = await second.exited;
        // npm itself may end by the signal that it passed on.
        assert.ok(status === 0 || status === 143 || signal === 'SIGTERM', `${status} ${signal}`);
        await until('no process is left', async () => (await processesIn(checkout)).length === 0, 2);
        const took = performance.now() - began;
        assert.ok(took < 2000 || took < 2000 * (await slowness()), `${took} ms`);
        assert.match(second.said(), /^facteur: stopped; all mail is kept$/m);
        const bound = await readdir(join(checkout, 'var', 'run'));
        assert.ok(!bound.includes('listen'), 'it ended cleanly');
      } finally {
        if (second.process.exitCode === null && second.process.signalCode === null)
          process.kill(-second.pid, 'SIGKILL');
      }
    });

    await t.test('npx facteur runs commands; a changed source is built again, once', async () => {
      const options = { cwd: checkout, env: plainEnvironment() };
      const help = await run('npx', ['--no-install', 'facteur', '--help'], options);
      assert.match(help.stdout, /^usage: facteur COMMAND/);
      await appendFile(join(checkout, 'mta', 'service.ts'), '// changed\n');
      const prepare = ['bin/launch.mjs', 'prepare'];
      const stale = await run('node', prepare, options);
      assert.equal(stale.stderr, 'facteur: building again: the sources have changed\n');
      const fresh = await run('node', prepare, options);
      assert.equal(fresh.stderr, '');
    });

    await t.test('a build that fails says so and leaves the last one in place', async () => {
      const options = { cwd: checkout, env: plainEnvironment() };
      await appendFile(join(checkout, 'mta', 'service.ts'), 'export const broken: string = 1;\n');
      await assert.rejects(run('node', ['bin/launch.mjs', 'prepare'], options), (error: unknown) => {
        const { code, stderr, stdout } = error as { code: number; stderr: string; stdout: string };
        assert.equal(code, 111);
        assert.match(stdout, /mta\/service\.ts.*broken|mta\/service\.ts\(/);
        assert.match(stderr, /^facteur: the build failed$/m);
        return true;
      });
      const help = await run(join(checkout, 'bin', 'facteur'), ['--help'], options);
      assert.match(help.stdout, /^usage: facteur COMMAND/);
    });
  });
});
