// npm run bench:web: how long the webmail takes for its pages over a large folder. Starts the server on a home of its
// own in a temporary directory, with letters put straight into cur, and asks for one page after the other on one
// kept-alive connection. The time is from the request to the last byte of its answer, so it holds the loopback too.
//   node bench/web.ts [--count 10000] [--requests 300]
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { chown, mkdtemp, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { Agent, get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { programRoot } from '../mta/root.ts';
import { Client } from '../test/support/site.ts';

const address = 'reader@bench.example';
const password = 'bench-password';
/** Goal of the list page, milliseconds. */
const goal = 20;
const words =
  'harbour invoice meeting garden letter winter report ticket river station answer paper morning contract window'.split(
    ' ',
  );
const execute = promisify(execFile);
const facteur = join(programRoot(), 'bin', 'facteur');

/** Makes a home with one account. @returns its Maildir */
async function makeHome(home: string): Promise<string> {
  await execute(facteur, ['quickstart', '--home', home, '--domain', 'bench.example']);
  await execute(facteur, ['vadduser', '--home', home, address, password]);
  const { stdout } = await execute(facteur, ['vuserinfo', '--home', home, '-d', address]);
  return join(stdout.replace(/^dir:\s*/, '').trim(), 'Maildir');
}

/** Letter n of the folder; `seconds` is when it came. */
function makeLetter(n: number, seconds: number): string {
  const word = (step: number): string => words[(n * 7 + step * 3) % words.length] as string;
  const lines = Array.from({ length: 5 + (n % 20) }, (_, line) =>
    Array.from({ length: 10 }, (_, step) => word(line * 11 + step)).join(' '),
  );
  return [
    `From: Person ${n % 97} <person${n % 97}@sender.example>`,
    `To: Reader <${address}>`,
    `Subject: ${word(0)} ${word(1)} ${n}${n % 1000 === 0 ? ' zeppelin' : ''}`,
    `Date: ${new Date(seconds * 1000).toUTCString()}`,
    `Message-ID: <${n}.bench@sender.example>`,
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    '',
    ...lines,
    '',
  ].join('\n');
}

/** Fills cur with letters of the last years, one every three hours, named as deliveries name them (S= and W=). */
async function fillMaildir(maildir: string, count: number): Promise<void> {
  const { uid, gid } = await stat(maildir);
  const now = Math.floor(Date.now() / 1000);
  let next = 0;
  const write = async (): Promise<void> => {
    while (next < count) {
      const n = next;
      next += 1;
      const seconds = now - n * 10_800;
      const letter = makeLetter(n, seconds);
      const size = Buffer.byteLength(letter);
      const wire = size + letter.split('\n').length - 1;
      const flags = `${n % 13 === 0 ? 'F' : ''}${n % 9 === 0 ? '' : 'S'}`;
      const path = join(maildir, 'cur', `${seconds}.M${n}P1.bench,S=${size},W=${wire}:2,${flags}`);
      await writeFile(path, letter, { mode: 0o600 });
      await utimes(path, seconds, seconds);
      if (process.geteuid?.() === 0) await chown(path, uid, gid);
    }
  };
  await Promise.all(Array.from({ length: 32 }, write));
}

/** Starts the server with one HTTP listener on a free port. */
async function startServer(home: string): Promise<{ server: ChildProcess; base: string }> {
  const server = spawn(
    facteur,
    ['serve', '--home', home, '--listen', 'http=127.0.0.1:0', '--log', join(home, 'log'), '--one-process'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let text = '';
  for await (const chunk of server.stdout as NodeJS.ReadableStream) {
    text += chunk;
    const match = /listening http (\S+)[\s\S]*ready/.exec(text);
    if (match) return { server, base: `http://${match[1]}` };
  }
  throw new Error(`the server did not start: ${text}`);
}

const agent = new Agent({ keepAlive: true, maxSockets: 1 });

/** One request. @returns milliseconds to the last byte, and the bytes that came */
function ask(
  base: string,
  path: string,
  headers: Record<string, string>,
): Promise<{ milliseconds: number; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const request = get(base + path, { agent, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => {
        const milliseconds = performance.now() - started;
        if (answer.statusCode === 200) resolve({ milliseconds, body: Buffer.concat(chunks) });
        else reject(new Error(`${path} answered ${answer.statusCode}`));
      });
      answer.on('error', reject);
    });
    request.on('error', reject);
  });
}

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '10000' },
    requests: { type: 'string', default: '300' },
  },
});
const [count, requests] = [values.count, values.requests].map(Number) as [number, number];
const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** Asks `requests` times for what `path` names, a few before to warm up, and prints a row. @returns the p50 */
async function measure(
  what: string,
  base: string,
  headers: Record<string, string>,
  path: (n: number) => string,
): Promise<number> {
  for (let n = 0; n < 30; n++) await ask(base, path(n), headers);
  const times: number[] = [];
  let bytes = 0;
  for (let n = 0; n < requests; n++) {
    const { milliseconds, body } = await ask(base, path(n), headers);
    times.push(milliseconds);
    bytes += body.length;
  }
  times.sort((a, b) => a - b);
  const at = (share: number): number =>
    times[Math.min(times.length - 1, Math.floor(times.length * share))] as number;
  print(
    `| ${what} | ${at(0.5).toFixed(2)} | ${at(0.95).toFixed(2)} | ${at(1).toFixed(2)} | ${(bytes / requests / 1024).toFixed(1)} |`,
  );
  return at(0.5);
}

/** The address behind the link to older messages; undefined on the last page. */
function olderOf(page: string): string | undefined {
  const link = /<a [^>]*id="older"[^>]*>/.exec(page)?.[0];
  return link && /href="([^"]+)"/.exec(link)?.[1]?.replaceAll('&amp;', '&');
}

async function bench(base: string): Promise<void> {
  const client = new Client(base);
  const answer = await client.signIn(address, password);
  if (answer.status !== 303) throw new Error(`sign in answered ${answer.status}`);
  const cookie = [...client.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const plain = { cookie };
  const text = async (path: string): Promise<string> => (await ask(base, path, plain)).body.toString();

  const started = performance.now();
  const first = await ask(base, '/f/INBOX', plain);
  print(`first page of the folder, never seen before: ${first.milliseconds.toFixed(0)} ms`);
  // The index is complete when search is; it is built newest first, so the oldest letter is the last.
  const oldest = `/search?q=${encodeURIComponent(`"${count - 1}"`)}&in=INBOX`;
  for (;;) {
    const isWhole = !/class="bar info"/.test(await text('/f/INBOX')) && /\/m\//.test(await text(oldest));
    if (isWhole) break;
    if (performance.now() - started > 300_000) throw new Error('the folder was not indexed in 300 s');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  print(`all of it indexed after ${((performance.now() - started) / 1000).toFixed(1)} s\n`);

  const pages = ['/f/INBOX'];
  const messages: string[] = [];
  for (let path: string | undefined = '/f/INBOX'; path !== undefined; ) {
    const page = await text(path);
    for (const [, link] of page.matchAll(/href="(\/m\/[^"?]+)\?/g)) messages.push(`${link}?in=INBOX`);
    path = olderOf(page);
    if (path !== undefined) pages.push(path);
    if (pages.length > count) throw new Error('the pages have no end');
  }
  const letters = [...new Set(messages)];
  if (letters.length !== count) throw new Error(`the pages showed ${letters.length} of ${count} letters`);

  const headers = { cookie, 'accept-encoding': 'gzip' };
  print('| page | p50 ms | p95 ms | slowest ms | KiB |');
  print('|---|---|---|---|---|');
  const list = await measure('list, newest', base, headers, () => '/f/INBOX');
  await measure('list, newest, not compressed', base, plain, () => '/f/INBOX');
  const deep = pages.slice(Math.floor(pages.length / 2));
  await measure('list, a page deep by cursor', base, headers, (n) => deep[(n * 7) % deep.length] as string);
  await measure('list by sender', base, headers, () => '/f/INBOX?sort=from');
  await measure('list, unread only', base, headers, () => '/f/INBOX?filter=unread');
  await measure('message', base, headers, (n) => letters[(n * 31) % letters.length] as string);
  await measure('search, one word of ten letters', base, headers, () => '/search?q=zeppelin');
  await measure('search, a word of most letters', base, headers, () => '/search?q=harbour');
  await measure('search, subject and unread', base, headers, () => '/search?q=subject%3Ainvoice+is%3Aunread');
  print(`\ngoal: list page under ${goal} ms: ${list < goal ? 'reached' : 'MISSED'}`);
  if (list >= goal) process.exitCode = 1;
}

const home = await mkdtemp(join(tmpdir(), 'facteur-bench-'));
await rm(home, { recursive: true });
try {
  const maildir = await makeHome(home);
  await fillMaildir(maildir, count);
  print(`${count} letters in one folder, one connection, ${requests} requests a page`);
  const { server, base } = await startServer(home);
  try {
    await bench(base);
  } finally {
    agent.destroy();
    server.kill('SIGTERM');
    await new Promise((resolve) => server.once('exit', resolve));
  }
} finally {
  await rm(home, { recursive: true, force: true });
}
