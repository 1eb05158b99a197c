// npm run bench:list: one post to a mailing list, until the last member has it. Makes a home with a list of members at
// another host, which is a sink in a process of its own, posts by SMTP, and prints how fast letters went out and what that
// cost in memory.
//   node bench/list.ts [--count 10000] [--size 2048] [--runs 3] [--concurrency 20]
//     [--sinkport N]     where the sink listens, so that a peer can be told
//     [--peer NAME=PORT] another server beside it, given the members by SMTP in chunks of 1,000 with a sender for each of them
//                        (XVERP of Postfix); it must bring mail for sink.example to the sink
//     [--injections N]   beside it, what other list programs do: N letters with count / N recipients each, by SMTP
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { programRoot } from '../mta/root.ts';
import { makeLetter } from './load.ts';
import { startServer } from './server.ts';

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
    sinkport: { type: 'string', default: '0' },
    peer: { type: 'string' },
    sink: { type: 'boolean', default: false },
  },
});
const [count, size, runs, concurrency, injections] = [
  values.count,
  values.size,
  values.runs,
  values.concurrency,
  values.injections,
].map(Number) as [number, number, number, number, number];

/** Takes everything at once. Prints its port, then each time it is asked how many letters and recipients there were. */
function runSink(): void {
  let letters = 0;
  let recipients = 0;
  // Without Nagle: else each answer to commands in a row waits 40 ms for the acknowledgement of the one before.
  const server = createServer({ noDelay: true }, (socket: Socket) => {
    let isInData = false;
    let held = '';
    let mail = 0;
    socket.write('220 sink.example\r\n');
    socket.on('error', () => socket.destroy());
    socket.on('data', (bytes) => {
      held += bytes.toString('latin1');
      for (;;) {
        if (isInData) {
          const end = held.startsWith('.\r\n') ? 0 : held.indexOf('\r\n.\r\n') + 2;
          if (end === 1) {
            held = held.slice(-4);
            return;
          }
          held = held.slice(end + 3);
          isInData = false;
          letters++;
          recipients += mail;
          socket.write('250 ok\r\n');
        }
        const end = held.indexOf('\r\n');
        if (end < 0) return;
        const word = held.slice(0, 4).toUpperCase();
        held = held.slice(end + 2);
        if (word === 'EHLO') socket.write('250-sink.example\r\n250-PIPELINING\r\n250 8BITMIME\r\n');
        else if (word === 'DATA') {
          isInData = true;
          socket.write('354 go\r\n');
        } else if (word === 'QUIT') {
          socket.end('221 bye\r\n');
          return;
        } else {
          if (word === 'MAIL') mail = 0;
          if (word === 'RCPT') mail++;
          socket.write('250 ok\r\n');
        }
      }
    });
  });
  server.listen(Number(values.sinkport), '127.0.0.1', () =>
    process.send?.((server.address() as { port: number }).port),
  );
  process.on('message', () => process.send?.([letters, recipients]));
}

interface SinkProcess {
  readonly port: number;
  counts(): Promise<readonly [letters: number, recipients: number]>;
  close(): void;
}

async function startSink(): Promise<SinkProcess> {
  const child = spawn(process.execPath, [import.meta.filename, '--sink', '--sinkport', values.sinkport], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const next = <T>(): Promise<T> =>
    new Promise((resolve) => child.once('message', (value) => resolve(value as T)));
  const port = await next<number>();
  return {
    port,
    counts() {
      const answer = next<[number, number]>();
      child.send('counts');
      return answer;
    },
    close: () => void child.kill(),
  };
}

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

/** MiB that a process and all below it hold now (RSS). */
async function memoryOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const own = Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1024;
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  const below = await Promise.all(
    text
      .split(' ')
      .filter(Boolean)
      .map((child) => memoryOf(Number(child))),
  );
  return below.reduce((sum, each) => sum + each, own);
}

/** One letter by SMTP. */
async function post(
  port: number,
  recipients: readonly string[],
  letter: Buffer,
  parameters = '',
): Promise<void> {
  const { connect } = await import('node:net');
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

async function measure(
  name: string,
  run: number,
  pid: number | undefined,
  sink: SinkProcess,
  start: () => Promise<void>,
): Promise<string> {
  const [, before] = await sink.counts();
  const measureMemory = async (): Promise<number> => (pid === undefined ? Number.NaN : memoryOf(pid));
  const memory = await measureMemory();
  let most = memory;
  const started = performance.now();
  await start();
  const taken = performance.now() - started;
  let first = 0;
  let done = 0;
  for (const deadline = started + 600_000; done < count && performance.now() < deadline; ) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    done = (await sink.counts())[1] - before;
    if (done > 0 && first === 0) first = performance.now() - started;
    most = Math.max(most, await measureMemory());
  }
  const seconds = (performance.now() - started) / 1000;
  const figures = [done, taken.toFixed(0), first.toFixed(0), seconds.toFixed(1), (done / seconds).toFixed(0)];
  return `| ${run} | ${name} | ${figures.join(' | ')} | ${memory.toFixed(0)} | ${(most - memory).toFixed(0)} |\n`;
}

if (values.sink) runSink();
else {
  const home = await mkdtemp(join(tmpdir(), 'facteur-bench-'));
  await rm(home, { recursive: true });
  const sink = await startSink();
  try {
    await makeHome(home, sink.port);
    const { server, port } = await startServer(home, 'smtp');
    try {
      process.stdout.write(
        `a post of ${size} bytes to ${count} members, ${concurrency} deliveries at once\n\n`,
      );
      process.stdout.write(
        '| run | way | letters | answered ms | first out ms | all out s | letters/s | MiB before | MiB more at most |\n|---|---|---|---|---|---|---|---|---|\n',
      );
      const letterTo = (to: string, n: number): Buffer =>
        Buffer.from(
          makeLetter(n, size, 'list')
            .toString('latin1')
            .replace(/^To: .*$/m, `To: ${to}`),
          'latin1',
        );
      const inject = async (to: number, parts: number, parameters: string): Promise<void> => {
        const share = Math.ceil(count / parts);
        for (let n = 0; n < parts; n++) {
          const some = Array.from({ length: Math.min(share, count - n * share) }, (_, i) => n * share + i);
          const members = some.map((i) => `member${i}@sink.example`);
          await post(to, members, letterTo(`members@${domain}`, n), parameters);
        }
      };
      for (let run = 1; run <= runs; run++) {
        const list = `members@${domain}`;
        process.stdout.write(
          await measure('list', run, server.pid, sink, () => post(port, [list], letterTo(list, run))),
        );
        const [peer = '', peerPort] = values.peer?.split('=') ?? [];
        if (peerPort !== undefined)
          process.stdout.write(
            await measure(peer, run, undefined, sink, () =>
              inject(Number(peerPort), Math.ceil(count / 1000), ' XVERP'),
            ),
          );
        if (injections === 0) continue;
        process.stdout.write(
          await measure(`${injections} injections`, run, server.pid, sink, () =>
            inject(port, injections, ''),
          ),
        );
      }
    } finally {
      server.kill('SIGTERM');
      await new Promise((resolve) => server.once('exit', resolve));
    }
  } finally {
    sink.close();
    await rm(home, { recursive: true, force: true });
  }
}
