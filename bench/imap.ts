// npm run bench:imap: what an IMAP client waits for, over one mailbox of N letters, ours and others side by side.
//   node bench/imap.ts [--count 10000] [--runs 5]
//     [--peer NAME=PORT=USER=PASSWORD]   another server, beside it in the same run and in turns; INBOX of its user must
//                                        hold the same letters: --maildir DIR writes them there and ends
// Medians of the runs; the first run of each row is not counted. One connection, one process as client.
import { type ChildProcess, execFile } from 'node:child_process';
import { chown, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { programRoot } from '../mta/root.ts';
import { ImapClient } from '../test/support/imap.ts';
import { fillFolder, makeFixtureFolder } from '../test/support/maildir.ts';
import { startServer } from './server.ts';

const execute = promisify(execFile);
const facteur = join(programRoot(), 'bin', 'facteur');
const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '10000' },
    runs: { type: 'string', default: '5' },
    peer: { type: 'string', multiple: true, default: [] },
    maildir: { type: 'string' },
  },
});
const count = Number(values.count);
const runs = Number(values.runs);

interface Target {
  readonly name: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

/** `--peer NAME=PORT=USER=PASSWORD` */
function readPeer(text: string): Target {
  const [name, port, user, password] = text.split('=');
  if (!name || !port || !user || !password)
    throw new Error(`--peer ${text}: NAME=PORT=USER=PASSWORD was expected`);
  return { name, port: Number(port), user, password };
}

const rows: readonly { readonly name: string; readonly command: string }[] = [
  { name: 'NOOP', command: 'NOOP' },
  { name: 'STATUS', command: 'STATUS INBOX (MESSAGES UNSEEN UIDNEXT)' },
  { name: 'LIST', command: 'LIST "" "*"' },
  { name: 'SELECT', command: 'SELECT INBOX' },
  { name: 'FETCH all FLAGS', command: 'FETCH 1:* (FLAGS)' },
  { name: 'FETCH all ENVELOPE', command: 'FETCH 1:* (ENVELOPE)' },
  { name: 'FETCH all BODYSTRUCTURE', command: 'FETCH 1:* (BODYSTRUCTURE)' },
  {
    name: 'FETCH all header fields',
    command: 'FETCH 1:* (BODY.PEEK[HEADER.FIELDS (FROM TO SUBJECT DATE)])',
  },
  { name: 'FETCH all BODY[]', command: 'FETCH 1:* (BODY.PEEK[])' },
  { name: 'FETCH one BODY[]', command: `FETCH ${Math.ceil(count / 2)} (BODY.PEEK[])` },
  { name: 'SEARCH UNSEEN', command: 'SEARCH UNSEEN' },
  { name: 'SEARCH SUBJECT', command: 'SEARCH SUBJECT "subject"' },
  { name: 'SEARCH BODY, no hit', command: 'SEARCH BODY "nowhere-to-be-found"' },
  { name: 'SORT DATE', command: 'SORT (DATE) UTF-8 ALL' },
  { name: 'SORT SUBJECT', command: 'SORT (SUBJECT) UTF-8 ALL' },
  { name: 'THREAD REFERENCES', command: 'THREAD REFERENCES UTF-8 ALL' },
];

/** Writes the letters; they belong to whom the Maildir belongs. */
async function fillMaildir(maildir: string): Promise<void> {
  await fillFolder(maildir, count);
  const { uid, gid } = await stat(maildir);
  const current = join(maildir, 'cur');
  for (const name of await readdir(current)) await chown(join(current, name), uid, gid);
}

async function signIn(target: Target): Promise<ImapClient> {
  const client = await ImapClient.connect(target.port);
  await client.ok(`LOGIN "${target.user}" "${target.password}"`);
  return client;
}

async function time(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

const median = (times: readonly number[]): number => [...times].sort((a, b) => a - b)[times.length >> 1]!;

/** Waits until the letters are all there: an index is built at the first sight. */
async function waitForLetters(target: Target): Promise<void> {
  const client = await signIn(target);
  const lines = await client.ok('SELECT INBOX');
  if (!lines.some((line) => line === `* ${count} EXISTS`))
    throw new Error(`${target.name}: INBOX does not hold ${count} letters: ${lines.join(' ')}`);
  await client.ok('FETCH 1:* (ENVELOPE BODYSTRUCTURE)');
  client.destroy();
}

async function measure(targets: readonly Target[]): Promise<void> {
  process.stdout.write(
    `| ${count} letters, ms | ${targets.map(({ name }) => name).join(' | ')} |\n|---|${targets.map(() => '---:|').join('')}\n`,
  );
  const print = (name: string, times: readonly (readonly number[])[]): void => {
    const cells = times.map((list) => median(list.slice(1)).toFixed(2));
    process.stdout.write(`| ${name} | ${cells.join(' | ')} |\n`);
  };
  const signing: number[][] = targets.map(() => []);
  for (let run = 0; run <= runs; run++)
    for (const [i, target] of targets.entries())
      signing[i]!.push(await time(async () => (await signIn(target)).destroy()));
  print('connect and LOGIN', signing);
  const clients: ImapClient[] = [];
  try {
    for (const target of targets) {
      const client = await signIn(target);
      clients.push(client);
      await client.ok('SELECT INBOX');
    }
    for (const row of rows) {
      const times: number[][] = targets.map(() => []);
      for (let run = 0; run <= runs; run++)
        for (const [i, client] of clients.entries()) times[i]!.push(await time(() => client.ok(row.command)));
      print(row.name, times);
    }
  } finally {
    for (const client of clients) client.destroy();
  }
}

if (values.maildir !== undefined) {
  await makeFixtureFolder(values.maildir, '');
  await fillMaildir(values.maildir);
} else {
  const home = await mkdtemp(join(tmpdir(), 'facteur-bench-'));
  let server: ChildProcess | undefined;
  try {
    await execute(facteur, ['quickstart', '--home', home, '--domain', 'bench.example']);
    await execute(facteur, ['vadduser', '--home', home, 'u0@bench.example', 'bench-password']);
    const { stdout } = await execute(facteur, ['vuserinfo', '--home', home, '-d', 'u0@bench.example']);
    await fillMaildir(join(stdout.replace(/^dir:\s*/, '').trim(), 'Maildir'));
    const started = await startServer(home, 'imap');
    server = started.server;
    const ours = {
      name: 'facteur',
      port: started.port,
      user: 'u0@bench.example',
      password: 'bench-password',
    };
    const targets = [ours, ...values.peer.map(readPeer)];
    for (const target of targets) await waitForLetters(target);
    await measure(targets);
  } finally {
    server?.kill('SIGTERM');
    await rm(home, { recursive: true, force: true });
  }
}
