// npm run bench:list: one post to a mailing list, until the last member has it. Makes a home with a list of members at
// another host, which is a sink in a process of its own, posts by SMTP, and prints how fast letters went out and what that
// cost in memory.
//   node bench/list.ts [--count 10000] [--size 2048] [--runs 3] [--concurrency 20]
//     [--peers postfix,mailman] beside it, as root (list-peers.ts): Postfix, which is given the members by SMTP in chunks of
//                        1,000 with a sender for each of them (XVERP); Mailman, to which the post is given by way of Postfix
//     [--injections N]   beside it, what other list programs do: N letters with count / N recipients each, by SMTP
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { programRoot } from '../mta/root.ts';
import { type Peer, startMailman, startRelay, whyNoPeer } from './list-peers.ts';
import { makeLetter } from './load.ts';
import { cpuSeconds, memoryOf } from './processes.ts';
import { startServer } from './server.ts';
import { type SinkProcess, startSinkProcess } from './sink.ts';

const domain = 'bench.example';
const execute = promisify(execFile);
const facteur = join(programRoot(), 'bin', 'facteur');

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '10000' },
    size: { type: 'string', default: '2048' },
    runs: { type: 'string', default: '3' },
    concurrency: { type: 'string', default: '20' },
    injections: { type: 'string', default: '0' },
    peers: { type: 'string', default: '' },
  },
});
const [count, size, runs, concurrency, injections] = [
  values.count,
  values.size,
  values.runs,
  values.concurrency,
  values.injections,
].map(Number) as [number, number, number, number, number];

async function makeHome(home: string, port: number): Promise<string> {
  await execute(facteur, ['quickstart', '--home', home, '--domain', domain]);
  const control = join(home, 'qmail', 'control');
  await writeFile(join(control, 'smtproutes'), `sink.example:127.0.0.1:${port}\n`);
  await writeFile(join(control, 'concurrencyremote'), `${concurrency}\n`);
  await writeFile(join(control, 'relayclients'), '127.0.0.1\n');
  const base = join(home, 'vpopmail', 'domains', domain);
  const list = join(base, 'members');
  await execute(facteur, [
    'ezmlm-make',
    '--home',
    home,
    '-aipU',
    list,
    join(base, '.qmail-members'),
    'members',
    domain,
  ]);
  const members = Array.from({ length: count }, (_, i) => `member${i}@sink.example\n`).join('');
  const adding = execute(facteur, ['ezmlm-sub', '--home', home, list]);
  adding.child.stdin?.end(members);
  await adding;
  return list;
}

/** One letter by SMTP. */
async function post(
  port: number,
  recipients: readonly string[],
  letter: Buffer,
  parameters = '',
): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  let text = '';
  let wake: (() => void) | undefined;
  socket.on('data', (bytes) => {
    text += bytes.toString('latin1');
    wake?.();
  });
  let trouble: Error | undefined;
  socket.on('error', (error) => {
    trouble = error;
  });
  socket.on('close', () => {
    trouble ??= new Error(`127.0.0.1:${port} closed the connection`);
    wake?.();
  });
  const answer = async (): Promise<void> => {
    while (!/^\d{3} [^\n]*\n/m.test(text)) {
      if (trouble) throw trouble;
      await new Promise<void>((resolve) => (wake = resolve));
    }
    const last = /^(\d)\d\d [^\n]*\n/m.exec(text)!;
    text = text.slice(last.index + last[0].length);
    if (last[1] !== '2' && last[1] !== '3') throw new Error(last[0]);
  };
  await answer();
  const rcpts = recipients.map((recipient) => `RCPT TO:<${recipient}>`);
  for (const line of [
    'EHLO bench.client',
    `MAIL FROM:<author@author.example>${parameters}`,
    ...rcpts,
    'DATA',
  ]) {
    socket.write(`${line}\r\n`);
    await answer();
  }
  socket.write(letter);
  await answer();
  socket.destroy();
}

/** A way from one post to all members. */
interface Way {
  readonly name: string;
  /** Whose processor time and memory count. */
  readonly pids: readonly number[];
  /** Gives the post away. */
  post(run: number): Promise<void>;
}

/** One row of the table. */
async function measure({ name, pids, post }: Way, run: number, sink: SinkProcess): Promise<string> {
  const before = await sink.countRecipients();
  const memory = await memoryOf(pids);
  const cpu = await cpuSeconds(pids);
  let most = memory;
  const started = performance.now();
  await post(run);
  const taken = performance.now() - started;
  let first = 0;
  let done = 0;
  for (const deadline = started + 600_000; done < count && performance.now() < deadline; ) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    done = (await sink.countRecipients()) - before;
    if (done > 0 && first === 0) first = performance.now() - started;
    most = Math.max(most, await memoryOf(pids));
  }
  const seconds = (performance.now() - started) / 1000;
  // What is left to do when the last letter is out is part of the price.
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const used = (await cpuSeconds(pids)) - cpu;
  const figures = [
    done,
    taken.toFixed(0),
    first.toFixed(0),
    seconds.toFixed(1),
    (done / seconds).toFixed(0),
    ((used / done) * 1000).toFixed(2),
    memory.toFixed(0),
    (most - memory).toFixed(0),
  ];
  return `| ${run} | ${name} | ${figures.join(' | ')} |\n`;
}

const list = `members@${domain}`;
const letterTo = (to: string, n: number): Buffer =>
  Buffer.from(
    makeLetter(n, size, 'list')
      .toString('latin1')
      .replace(/^To: .*$/m, `To: ${to}`),
    'latin1',
  );

/** The members as recipients of letters in a row. */
async function inject(to: number, parts: number, parameters: string): Promise<void> {
  const share = Math.ceil(count / parts);
  for (let n = 0; n < parts; n++) {
    const some = Array.from({ length: Math.min(share, count - n * share) }, (_, i) => n * share + i);
    const members = some.map((i) => `member${i}@sink.example`);
    await post(to, members, letterTo(list, n), parameters);
  }
}

/** Starts a peer; its way is measured in turns with the others. */
async function startPeerWay(name: string, place: string, sinkPort: number): Promise<Way & Peer> {
  const why = whyNoPeer(name);
  if (why !== undefined || !['postfix', 'mailman'].includes(name)) throw new Error(`--peers ${name}: ${why}`);
  const directory = join(place, name);
  const isMailman = name === 'mailman';
  const port = isMailman ? 2725 : 2625;
  const lists = isMailman ? { address: list, lmtpPort: 2727 } : undefined;
  const relay = await startRelay({ directory, port, sinkPort, concurrency, list: lists });
  if (!lists) return { name, ...relay, post: () => inject(port, Math.ceil(count / 1000), ' XVERP') };
  const mailman = await startMailman({
    directory: join(place, 'lists'),
    port,
    list: lists,
    members: count,
  });
  return {
    name,
    pids: [...relay.pids, ...mailman.pids],
    post: (run) => post(port, [list], letterTo(list, run)),
    async stop() {
      await mailman.stop();
      await relay.stop();
    },
  };
}

const place = await mkdtemp(join(tmpdir(), 'facteur-bench-'));
await chmod(place, 0o755);
const home = join(place, 'home');
const sink = await startSinkProcess('127.0.0.1', 0);
const peers: (Way & Peer)[] = [];
try {
  for (const name of values.peers.split(',').filter(Boolean))
    peers.push(await startPeerWay(name, place, sink.port));
  await makeHome(home, sink.port);
  const { server, port } = await startServer(home, 'smtp');
  const pids = [server.pid as number];
  const ways: Way[] = [
    { name: 'list', pids, post: (run) => post(port, [list], letterTo(list, run)) },
    ...peers,
    { name: `${injections} injections`, pids, post: () => inject(port, injections, '') },
  ];
  try {
    process.stdout.write(
      `a post of ${size} bytes to ${count} members, ${concurrency} deliveries at once\n\n`,
    );
    process.stdout.write(
      '| run | way | letters | answered ms | first out ms | all out s | letters/s | CPU s per 1,000 | MiB before | MiB more at most |\n|---|---|---|---|---|---|---|---|---|---|\n',
    );
    for (let run = 1; run <= runs; run++)
      for (const way of ways.slice(0, injections === 0 ? -1 : undefined))
        process.stdout.write(await measure(way, run, sink));
  } finally {
    server.kill('SIGTERM');
    await new Promise((resolve) => server.once('exit', resolve));
  }
} finally {
  for (const peer of peers) await peer.stop();
  await sink.stop();
  await rm(place, { recursive: true, force: true });
}
