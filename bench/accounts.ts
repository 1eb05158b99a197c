// npm run bench:accounts: a domain of 100,000 accounts. How long the commands take that change one of them, signing in
// (with both kinds of hashes), the pages of the administration, by how much the server's memory grows by all that, and for
// how long its event loop was held up. While another program changes the accounts, how long a page has to wait that needs
// none of them.
//   node bench/accounts.ts [--count 100000] [--runs 7]
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, chown, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { programRoot } from '../mta/root.ts';
import { Client } from '../test/support/site.ts';

const host = 'bench.example';
const small = 'small.example';
const password = 'bench-password-1';
const execute = promisify(execFile);
const facteur = join(programRoot(), 'bin', 'facteur');
const { values } = parseArgs({
  options: { count: { type: 'string', default: '100000' }, runs: { type: 'string', default: '7' } },
});
const [count, runs] = [values.count, values.runs].map(Number) as [number, number];
const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** Prints a row: median and slowest of some times, and what was wanted (milliseconds). */
function report(what: string, times: readonly number[], goal?: number): void {
  const sorted = times.toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] as number;
  const verdict = goal === undefined ? '' : `under ${goal}: ${median < goal ? 'reached' : 'MISSED'}`;
  if (goal !== undefined && median >= goal) process.exitCode = 1;
  print(`| ${what} | ${median.toFixed(0)} | ${(sorted.at(-1) as number).toFixed(0)} | ${verdict} |`);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

async function repeat(work: (n: number) => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (let n = 0; n < runs; n++) times.push(await timed(() => work(n)));
  return times;
}

/** A home with the domain, its postmaster and `count` accounts more. @returns the domain's directory */
async function makeHome(home: string): Promise<string> {
  const run = (...args: string[]) => execute(facteur, [args[0] as string, '--home', home, ...args.slice(1)]);
  await run('quickstart', '--domain', host);
  await run('vpasswd', `postmaster@${host}`, password);
  const directory = join(home, 'vpopmail', 'domains', host);
  const path = join(directory, 'vpasswd');
  const { uid, gid } = await stat(path);
  const lines = Array.from({ length: count }, (_, at) => {
    const name = `zuser${String(at).padStart(6, '0')}`;
    return `${name}:$6$saltsalt$${'a'.repeat(86)}:1:0:User ${at}:${directory}/0/${name}:NOQUOTA\n`;
  });
  await appendFile(path, lines.join(''));
  // As of a domain that has grown: the next account has its place.
  await writeFile(
    join(directory, '.dir-control'),
    `${count}\n2\n3\n0 0 0\n61 61 61\n0 2 4\n0 15 10\n0/F/A\n`,
  );
  if (process.geteuid?.() === 0) await chown(join(directory, '.dir-control'), uid, gid);
  await run('vmkpasswd', host);
  return directory;
}

async function benchCommands(home: string): Promise<void> {
  const run = (name: string, ...args: string[]) => execute(facteur, [name, '--home', home, ...args]);
  report('`vadduser --help`: the start alone', await repeat(() => run('vadduser', '--help')));
  const address = (n: number): string => `added${n}@${host}`;
  report('`vadduser`', await repeat((n) => run('vadduser', address(n), password)), 200);
  report('`vpasswd`', await repeat((n) => run('vpasswd', address(n), `${password}x`)), 200);
  report('`vmoduser -c`', await repeat((n) => run('vmoduser', '-c', `Added ${n}`, address(n))), 200);
  report('`vdeluser`', await repeat((n) => run('vdeluser', address(n))), 200);
}

/** Starts the server with one HTTP listener on a free port. */
async function startServer(home: string): Promise<{ server: ChildProcess; base: string }> {
  const log = join(home, 'log');
  const args = ['serve', '--home', home, '--listen', 'http=127.0.0.1:0', '--log', log, '--one-process'];
  const probe = pathToFileURL(join(import.meta.dirname, 'loop-probe.mjs')).href;
  const server = spawn(facteur, args, {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    env: { ...process.env, NODE_OPTIONS: `--import ${probe}` },
  });
  let text = '';
  for await (const chunk of server.stdout as NodeJS.ReadableStream) {
    text += chunk;
    const match = /listening http (\S+)[\s\S]*ready/.exec(text);
    if (match) return { server, base: `http://${match[1]}` };
  }
  throw new Error(`the server did not start: ${text}`);
}

/** Resident memory of a process in MiB. */
async function residentOf(server: ChildProcess): Promise<number> {
  const status = await readFile(`/proc/${server.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
}

/** For how long the server's event loop was held up at the longest since the last call (milliseconds). */
async function askLoop(server: ChildProcess): Promise<number> {
  const answer = once(server, 'message');
  server.send('tell');
  const [{ longest }] = (await answer) as [{ longest: number }];
  return longest;
}

async function reportLoop(server: ChildProcess, what: string): Promise<void> {
  const longest = await askLoop(server);
  if (longest >= 50) process.exitCode = 1;
  print(
    `| event loop held up: ${what} | | ${longest.toFixed(0)} | under 50: ${longest < 50 ? 'reached' : 'MISSED'} |`,
  );
}

async function signIn(base: string, address: string): Promise<Client> {
  const client = new Client(base);
  const answer = await client.signIn(address, password);
  if (answer.status !== 303) throw new Error(`sign in of ${address} answered ${answer.status}`);
  return client;
}

async function get(client: Client, path: string): Promise<void> {
  const answer = await client.get(path);
  if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}`);
}

/** Says the password again, as the administration wants it. */
async function confirm(client: Client): Promise<void> {
  const csrf = await client.token('/admin/confirm');
  await client.post('/admin/confirm', { csrf, 'admin-password': password });
}

async function addOne(client: Client, domain: string, n: number): Promise<void> {
  const csrf = await client.token(`/admin/d/${domain}/new-account`);
  const fields = { csrf, name: `web${n}`, password: `another-long-${n}-word`, gecos: `Web ${n}` };
  const answer = await client.post(`/admin/d/${domain}/new-account`, fields);
  if (answer.status !== 303) throw new Error(`adding an account answered ${answer.status}`);
}

async function benchServer(home: string, server: ChildProcess, base: string): Promise<void> {
  const control = join(home, 'qmail', 'control', 'passwordscheme');
  const run = (name: string, ...args: string[]) => execute(facteur, [name, '--home', home, ...args]);
  await run('vadduser', `crypted@${host}`, password);
  await writeFile(control, 'scrypt\n');
  await run('vadduser', `scrypted@${host}`, password);
  await rm(control);

  // Warm: the same is done in a domain of few accounts first, so that what is counted is not the first use of code.
  const fresh = await residentOf(server);
  await run('vadddomain', small, password);
  const other = await signIn(base, `postmaster@${small}`);
  await confirm(other);
  for (let n = 0; n < 20; n++) {
    await addOne(other, small, n);
    await get(other, `/admin/d/${small}/accounts?q=web`);
  }
  const warm = await signIn(base, `postmaster@${host}`);
  await confirm(warm);
  const before = await residentOf(server);
  await askLoop(server);
  report('sign in, sha512-crypt', await repeat(() => signIn(base, `crypted@${host}`)), 300);
  report('sign in, Argon2id', await repeat(() => signIn(base, `scrypted@${host}`)), 300);

  const signedIn = await residentOf(server);
  await reportLoop(server, 'signing in');
  const list = `/admin/d/${host}/accounts`;
  print(
    `| first page of accounts, never read before | ${(await timed(() => get(warm, list))).toFixed(0)} | | |`,
  );
  const middle = `zuser${String(Math.floor(count / 2)).padStart(6, '0')}`;
  report('page of accounts, first', await repeat(() => get(warm, list)), 50);
  report('page of accounts, middle', await repeat(() => get(warm, `${list}?after=${middle}`)), 50);
  report('search for one of all', await repeat((n) => get(warm, `${list}?q=user+${count - 1 - n}`)));

  const listed = await residentOf(server);
  await reportLoop(server, 'pages and searches');
  // One page that needs no account, over and over, while others change them and the list is read again.
  const waits: number[] = [];
  let isOver = false;
  const probing = (async () => {
    const probe = new Client(base);
    while (!isOver) {
      waits.push(await timed(() => probe.get('/static/none')));
      // Not so many that they are the load themselves.
      await sleep(5);
    }
  })();
  const firstPages: number[] = [];
  for (let n = 0; n < 20; n++) {
    await addOne(warm, host, n);
    firstPages.push(await timed(() => get(warm, list)));
  }
  isOver = true;
  await probing;
  report('page of accounts after our own addition', firstPages, 50);
  report('a page beside 20 additions and lists', waits);
  await reportLoop(server, '20 additions and lists');
  const added = await residentOf(server);
  const foreignPages: number[] = [];
  for (let n = 0; n < 10; n++) {
    await run('vadduser', `beside${n}@${host}`, password);
    foreignPages.push(await timed(() => get(warm, list)));
  }
  report('page of accounts after `vadduser`', foreignPages, 50);
  await reportLoop(server, '10 times `vadduser` and lists');
  const followed = await residentOf(server);
  const growth = followed - before;
  const steps = [signedIn - before, listed - signedIn, added - listed, followed - added].map((step) =>
    step.toFixed(0),
  );
  print(
    `\nresident memory: ${fresh.toFixed(0)} MiB at the start, ${before.toFixed(0)} after the same in a small domain, ${growth.toFixed(0)} more after (goal: under 50):`,
  );
  print(
    `signing in ${steps[0]}, pages and searches ${steps[1]}, 20 additions ${steps[2]}, 10 times \`vadduser\` ${steps[3]}`,
  );
  if (growth >= 50) process.exitCode = 1;
}

const home = await mkdtemp(join(tmpdir(), 'facteur-bench-'));
await rm(home, { recursive: true });
try {
  await makeHome(home);
  print(`${count} accounts in one domain, load ${loadavg()[0]?.toFixed(1)}\n`);
  print('| what | median ms | slowest ms | goal |\n|---|---|---|---|');
  await benchCommands(home);
  const { server, base } = await startServer(home);
  try {
    await benchServer(home, server, base);
  } finally {
    server.kill('SIGTERM');
    await new Promise((resolve) => server.once('exit', resolve));
  }
} finally {
  await rm(home, { recursive: true, force: true });
}
