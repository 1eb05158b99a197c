// npm run bench:mta: how fast letters are taken, how fast they lie in Maildirs, and what that costs. Starts the server
// on a home of its own in a temporary directory, loads it over SMTP, and prints one table row a run.
//   node bench/mta.ts [--count 5000] [--connections 10] [--size 2048] [--runs 3] [--journal 0]
//     [--peer NAME=PORT=MAILDIRS]   another server beside it in the same run, in turns; `%` in MAILDIRS is the user's number [--separate]
// --separate: one process a role, each under its own user, as root runs it; CPU is that of all of them together.
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { programRoot } from '../mta/root.ts';
import { sendLetters } from './load.ts';
import { cpuSeconds } from './processes.ts';
import { startServer } from './server.ts';

const users = 10;
const domain = 'bench.example';
const execute = promisify(execFile);
const facteur = join(programRoot(), 'bin', 'facteur');

/** Makes a home with ten accounts. @returns their Maildirs */
async function makeHome(home: string): Promise<string[]> {
  await execute(facteur, ['quickstart', '--home', home, '--domain', domain]);
  const maildirs: string[] = [];
  for (let i = 0; i < users; i++) {
    await execute(facteur, ['vadduser', '--home', home, `u${i}@${domain}`, 'bench-password']);
    const { stdout } = await execute(facteur, ['vuserinfo', '--home', home, '-d', `u${i}@${domain}`]);
    maildirs.push(join(stdout.replace(/^dir:\s*/, '').trim(), 'Maildir', 'new'));
  }
  return maildirs;
}

async function countNew(maildirs: readonly string[]): Promise<number> {
  const counts = await Promise.all(
    maildirs.map(async (path) => (await readdir(path).catch(() => [])).length),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

interface Target {
  readonly name: string;
  readonly port: number;
  readonly maildirs: readonly string[];
  /** Whose CPU time is counted; undefined: unknown. */
  readonly pid?: number;
}

/** `--peer NAME=PORT=MAILDIRS` */
function readPeer(text: string): Target {
  const [name, port, pattern] = text.split('=', 3);
  if (!name || !Number(port) || !pattern?.includes('%'))
    throw new Error(`--peer ${text}: expected NAME=PORT=MAILDIRS, with % for the user's number in MAILDIRS`);
  const maildirs = Array.from({ length: users }, (_, i) => join(pattern.replaceAll('%', String(i)), 'new'));
  return { name, port: Number(port), maildirs };
}

/** One row of the table. */
async function measure({ name, port, maildirs, pid }: Target, run: number): Promise<string> {
  const before = await countNew(maildirs);
  const cpu = pid === undefined ? Number.NaN : await cpuSeconds([pid]);
  const started = performance.now();
  const result = await sendLetters({
    host: '127.0.0.1',
    port,
    count,
    connections,
    size,
    sender: 'load@sender.example',
    recipient: (n) => `u${n % users}@${domain}`,
    tag: `run${run}`,
  });
  const deadline = performance.now() + 120_000;
  while ((await countNew(maildirs)) < before + result.accepted && performance.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, 20));
  const seconds = (performance.now() - started) / 1000;
  const used = pid === undefined ? Number.NaN : (await cpuSeconds([pid])) - cpu;
  const at = (share: number): string =>
    (result.latencies[Math.floor(result.latencies.length * share)] ?? Number.NaN).toFixed(2);
  const figures = [
    (result.accepted / result.seconds).toFixed(0),
    (result.accepted / seconds).toFixed(0),
    at(0.5),
    at(0.99),
    pid === undefined ? '-' : ((used / result.accepted) * 1000).toFixed(3),
    result.failed,
  ];
  return `| ${run} | ${name} | ${figures.join(' | ')} |\n`;
}

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '5000' },
    connections: { type: 'string', default: '10' },
    size: { type: 'string', default: '2048' },
    runs: { type: 'string', default: '3' },
    journal: { type: 'string', default: '1' },
    peer: { type: 'string', multiple: true, default: [] },
    separate: { type: 'boolean', default: false },
  },
});
const [count, connections, size, runs] = [values.count, values.connections, values.size, values.runs].map(
  Number,
) as [number, number, number, number];
const home = await mkdtemp(join(tmpdir(), 'facteur-bench-'));
await rm(home, { recursive: true });
try {
  const maildirs = await makeHome(home);
  await writeFile(join(home, 'qmail', 'control', 'queuejournal'), `${values.journal}\n`);
  // The load comes from one address: without this the door ends a session after 100 letters.
  await writeFile(join(home, 'qmail', 'control', 'relayclients'), '127.0.0.1\n');
  if (values.separate) {
    if (process.getuid?.() !== 0) throw new Error('--separate needs root');
    const { uid, gid } = await stat(join(home, 'vpopmail', 'domains', domain));
    const users = ['queue:7794:7000', 'send:7796:7000', 'remote:7795:7000', 'smtpd:7791:7001'];
    const people = ['accounts', 'web'].map((role) => `${role}:${uid}:${gid}`);
    await writeFile(join(home, 'qmail', 'control', 'roleusers'), `${[...users, ...people].join('\n')}\n`);
  }
  const { server, port } = await startServer(home, 'smtp', values.separate ? [] : undefined);
  try {
    process.stdout.write(
      `${count} letters of ${size} bytes, ${connections} connections, ${users} Maildirs\n\n`,
    );
    process.stdout.write(
      '| run | server | accepted/s | end to end/s | p50 ms | p99 ms | CPU s per 1,000 | failed |\n|---|---|---|---|---|---|---|---|\n',
    );
    const ours: Target = { name: 'facteur', port, maildirs, pid: server.pid as number };
    for (let run = 1; run <= runs; run++)
      for (const target of [ours, ...values.peer.map(readPeer)])
        process.stdout.write(await measure(target, run));
  } finally {
    server.kill('SIGTERM');
    await new Promise((resolve) => server.once('exit', resolve));
  }
} finally {
  await rm(home, { recursive: true, force: true });
}
