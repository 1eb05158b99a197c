// npm run bench:web: how long the webmail takes for its pages and actions over a large folder. Starts the server on a home
// of its own in a temporary directory (web-home.ts) and asks for one page after the other on one kept-alive connection,
// then for list pages by ten users at once. A time is from the request to the last byte of its answer, so it holds the
// loopback and this client too. Pages are asked for not compressed unless the row says so, as the peers' were.
//   node bench/web.ts [--count 10000] [--requests 200] [--only list,search]
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { Agent, request as httpRequest, type OutgoingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  address,
  deliver,
  fillMaildir,
  makeHome,
  makeNewsletter,
  makeNote,
  memoryOf,
  password,
  startServer,
} from './web-home.ts';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '10000' },
    requests: { type: 'string', default: '200' },
    only: { type: 'string', default: '' },
  },
});
const [count, requests] = [values.count, values.requests].map(Number) as [number, number];
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const wants = (row: string): boolean =>
  values.only === '' || values.only.split(',').some((word) => row.includes(word));

const agent = new Agent({ keepAlive: true, maxSockets: 1 });

interface Answer {
  readonly status: number;
  /** As the next request sends them. */
  readonly cookies: string;
  readonly milliseconds: number;
  readonly body: Buffer;
}

/** One request over one connection of `by`; with a form it is a POST. */
function ask(
  base: string,
  path: string,
  headers: OutgoingHttpHeaders,
  form?: URLSearchParams,
  by = agent,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const body = form?.toString();
    const method = body === undefined ? 'GET' : 'POST';
    const posted =
      body === undefined ? {} : { origin: base, 'content-type': 'application/x-www-form-urlencoded' };
    const asked = httpRequest(
      base + path,
      { agent: by, method, headers: { ...headers, ...posted } },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () =>
          resolve({
            status: answer.statusCode ?? 0,
            cookies: (answer.headers['set-cookie'] ?? []).map((line) => line.split(';', 1)[0]).join('; '),
            milliseconds: performance.now() - started,
            body: Buffer.concat(chunks),
          }),
        );
        answer.on('error', reject);
      },
    );
    asked.on('error', reject);
    asked.end(body);
  });
}

/** The middle, the 95th and the last of a hundred. */
function spread(times: readonly number[]): readonly [number, number, number] {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] as number;
  return [at(0.5), at(0.95), at(1)];
}

/** User and system time of the server so far, milliseconds. */
async function processorTime(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

class Bench {
  readonly base: string;
  readonly pid: number;
  readonly maildir: string;
  cookie = '';
  csrf = '';
  missed = false;

  constructor(base: string, pid: number, maildir: string) {
    this.base = base;
    this.pid = pid;
    this.maildir = maildir;
  }

  async get(path: string, more: OutgoingHttpHeaders = {}): Promise<Answer> {
    const answer = await ask(this.base, path, { cookie: this.cookie, ...more });
    if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}`);
    return answer;
  }

  async text(path: string): Promise<string> {
    return (await this.get(path)).body.toString();
  }

  async act(fields: URLSearchParams): Promise<Answer> {
    fields.set('csrf', this.csrf);
    const answer = await ask(this.base, '/act', { cookie: this.cookie }, fields);
    if (answer.status !== 303) throw new Error(`/act answered ${answer.status}: ${answer.body}`);
    return answer;
  }

  /** Does `one` so many times and prints a row. `goal` in milliseconds, of the middle one. */
  async row(
    what: string,
    goal: number | undefined,
    one: (n: number) => Promise<{ readonly milliseconds: number; readonly body: Buffer }>,
    times = requests,
    warm = 20,
  ): Promise<void> {
    if (!wants(what)) return;
    for (let n = 0; n < warm; n++) await one(n);
    const before = await processorTime(this.pid);
    const taken: number[] = [];
    let bytes = 0;
    for (let n = warm; n < warm + times; n++) {
      const { milliseconds, body } = await one(n);
      taken.push(milliseconds);
      bytes += body.length;
    }
    const processor = (await processorTime(this.pid)) - before;
    const [middle, most, slowest] = spread(taken);
    if (goal !== undefined && middle > goal) this.missed = true;
    print(
      `| ${what} | ${middle.toFixed(2)} | ${most.toFixed(2)} | ${slowest.toFixed(2)} | ${(processor / times).toFixed(1)} | ${(bytes / times / 1024).toFixed(1)} | ${goal ?? ''} |`,
    );
  }
}

/** The address behind the link to older messages; undefined on the last page. */
function olderOf(page: string): string | undefined {
  const link = /<a [^>]*id="older"[^>]*>/.exec(page)?.[0];
  return link && /href="([^"]+)"/.exec(link)?.[1]?.replaceAll('&amp;', '&');
}

/** What a browser sends that signed in here before: a new one is told to the account's owner by a letter. */
let device = '';

/** The form, and the answer to it. @returns the cookies of the session */
async function signIn(base: string): Promise<string> {
  const form = await ask(base, '/login', { cookie: device });
  const csrf = /name="csrf" value="([^"]+)"/.exec(form.body.toString())?.[1] ?? '';
  const answer = await ask(
    base,
    '/login',
    { cookie: `${form.cookies}; ${device}` },
    new URLSearchParams({ csrf, address, password }),
  );
  if (answer.status !== 303) throw new Error(`sign in answered ${answer.status}`);
  device ||= answer.cookies.split('; ').find((cookie) => cookie.startsWith('device=')) ?? '';
  return answer.cookies;
}

async function waitForIndex(bench: Bench): Promise<void> {
  const started = performance.now();
  const first = await bench.get('/f/INBOX');
  print(`first page of the folder, never seen before: ${first.milliseconds.toFixed(0)} ms`);
  // The index is complete when search is; it is built newest first, so the oldest letter is the last.
  const oldest = `/search?q=${encodeURIComponent(`"${count - 1}"`)}&in=INBOX`;
  for (;;) {
    const isWhole =
      !/class="bar info"/.test(await bench.text('/f/INBOX')) && /\/m\//.test(await bench.text(oldest));
    if (isWhole) break;
    if (performance.now() - started > 600_000) throw new Error('the folder was not indexed in 600 s');
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  print(`all of it indexed after ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
}

/** Addresses of list pages, newest first, and of the letters on them; at most so many pages. */
async function readPages(bench: Bench, most: number): Promise<{ pages: string[]; letters: string[] }> {
  const pages: string[] = [];
  const letters = new Set<string>();
  for (let path: string | undefined = '/f/INBOX'; path !== undefined && pages.length < most; ) {
    const page = await bench.text(path);
    pages.push(path);
    for (const [, link] of page.matchAll(/href="(\/m\/[^"?]+)\?/g)) letters.add(`${link}?in=INBOX`);
    path = olderOf(page);
  }
  return { pages, letters: [...letters] };
}

/** Bytes of an answer and of what its frame loads, in one time. */
async function openLetter(bench: Bench, path: string): Promise<{ milliseconds: number; body: Buffer }> {
  const page = await bench.get(path);
  const frame = /<iframe [^>]*src="([^"]+)"/.exec(page.body.toString())?.[1]?.replaceAll('&amp;', '&');
  if (frame === undefined) throw new Error(`${path} shows no frame`);
  const body = await bench.get(frame);
  return {
    milliseconds: page.milliseconds + body.milliseconds,
    body: Buffer.concat([page.body, body.body]),
  };
}

async function measurePages(bench: Bench): Promise<void> {
  const { pages, letters } = await readPages(bench, 200);
  await bench.row('list, newest', 2, () => bench.get('/f/INBOX'));
  await bench.row('list, newest, compressed', undefined, () =>
    bench.get('/f/INBOX', { 'accept-encoding': 'gzip' }),
  );
  const deep = pages.slice(Math.floor(pages.length / 2));
  await bench.row('list, a page deep by cursor', 2, (n) => bench.get(deep[(n * 7) % deep.length] as string));
  await bench.row('list of messages, not conversations', 2, () => bench.get('/f/INBOX?view=messages'));
  await bench.row('list by sender', 2, () => bench.get('/f/INBOX?sort=from'));
  await bench.row('list, unread only', 2, () => bench.get('/f/INBOX?filter=unread'));
  await bench.row('message', 2.5, (n) => bench.get(letters[(n * 31) % letters.length] as string));
  await bench.row('compose', 1.5, () => bench.get('/compose'));
  await bench.row('search, one word of few letters', 50, () => bench.get('/search?q=zeppelin'));
  await bench.row('search, a word of most letters', 50, () => bench.get('/search?q=harbour'), 40, 3);
  await bench.row(
    'search, subject and unread',
    50,
    () => bench.get('/search?q=subject%3Ainvoice+is%3Aunread'),
    40,
    3,
  );
}

/** Letters that come, are opened and moved. */
async function measureChanges(bench: Bench): Promise<void> {
  let number = 0;
  const arrive = async (letter: (subject: string) => string): Promise<string> => {
    const subject = `arrived ${process.pid} ${++number}`;
    const name = `${Math.floor(Date.now() / 1000)}.M${number}P${process.pid}.bench`;
    await deliver(bench.maildir, name, letter(subject));
    return subject;
  };
  const linkOf = (page: string, subject: string): string => {
    const row = page.split('<li class="row').find((part) => part.includes(`${subject}<`));
    const link = row && /href="(\/m\/[^"?]+)\?/.exec(row)?.[1];
    if (link === undefined) throw new Error(`${subject} is not on the list`);
    return link;
  };
  await bench.row(
    'list, right after a delivery',
    10,
    async () => {
      const subject = await arrive(makeNote);
      const answer = await bench.get('/f/INBOX');
      linkOf(answer.body.toString(), subject);
      return answer;
    },
    20,
    3,
  );
  const newsletters: string[] = [];
  if (wants('newsletter'))
    for (let n = 0; n < 12; n++) {
      const subject = await arrive(makeNewsletter);
      newsletters.push(`${linkOf(await bench.text('/f/INBOX'), subject)}?in=INBOX`);
    }
  await bench.row(
    'newsletter of 100 kB and its frame, first time',
    45,
    (n) => openLetter(bench, newsletters[n] as string),
    newsletters.length,
    0,
  );
  await bench.row(
    'newsletter, once cleaned',
    4,
    (n) => openLetter(bench, newsletters[n % 12] as string),
    60,
    6,
  );
  const idsOf = (page: string): string[] => [
    ...new Set([...page.matchAll(/href="\/m\/([^"?]+)\?/g)].map(([, id]) => id as string)),
  ];
  const ids = idsOf(await bench.text((await readPages(bench, 3)).pages[2] as string));
  await bench.row(
    'move one letter, until the answer',
    4,
    (n) =>
      bench.act(
        new URLSearchParams({ action: 'move', to: 'Archive', folder: 'INBOX', id: ids[n] as string }),
      ),
    30,
    3,
  );
  await bench.row(
    'move 1,000 letters, until the answer',
    30,
    async (n) => {
      // Letters of ten senders, about a hundredth of the folder each; asked about once, then done.
      const q = Array.from(
        { length: Math.ceil(1000 / (count / 97)) },
        (_, k) => `from:person${n * 12 + k}@`,
      ).join(' OR ');
      const page = await bench.text(`/search?q=${encodeURIComponent(q)}&in=INBOX&select=all`);
      const field = (name: string): string =>
        new RegExp(`name="${name}" value="([^"]*)"`).exec(page)?.[1] ?? '';
      const scope = { scope: 'query', q, filter: 'all', upto: field('upto'), expect: field('expect') };
      return bench.act(
        new URLSearchParams({ ...scope, action: 'move', to: 'Archive', folder: 'INBOX', confirm: '1' }),
      );
    },
    3,
    0,
  );
}

async function measureSignIn(bench: Bench): Promise<void> {
  await bench.row(
    'sign in until the list, the hash known',
    8,
    async () => {
      const started = performance.now();
      const cookie = await signIn(bench.base);
      const { body } = await ask(bench.base, '/f/INBOX', { cookie });
      return { milliseconds: performance.now() - started, body };
    },
    20,
    3,
  );
}

/** Ten users at once ask for list pages for some seconds. */
async function measureLoad(bench: Bench): Promise<void> {
  if (!wants('load')) return;
  const { pages } = await readPages(bench, 20);
  const users = await Promise.all(Array.from({ length: 10 }, () => signIn(bench.base)));
  const until = performance.now() + 5000;
  const taken: number[] = [];
  const before = await processorTime(bench.pid);
  const started = performance.now();
  const use = async (cookie: string, user: number): Promise<void> => {
    const own = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let n = user; performance.now() < until; n += 3) {
      const answer = await ask(bench.base, pages[n % pages.length] as string, { cookie }, undefined, own);
      if (answer.status !== 200) throw new Error(`a list page answered ${answer.status}`);
      taken.push(answer.milliseconds);
    }
    own.destroy();
  };
  await Promise.all(users.map(use));
  const seconds = (performance.now() - started) / 1000;
  const cores = ((await processorTime(bench.pid)) - before) / 1000 / seconds;
  const [middle, most] = spread(taken);
  print(
    `\nten users, list pages: ${(taken.length / seconds).toFixed(0)}/s, ${middle.toFixed(1)} ms (95 %: ${most.toFixed(1)}), ${cores.toFixed(2)} cores of the server`,
  );
}

const home = await mkdtemp(join(tmpdir(), 'facteur-bench-'));
await rm(home, { recursive: true });
try {
  const maildir = await makeHome(home);
  await fillMaildir(maildir, count);
  print(`${count} letters in one folder, one connection, ${requests} requests a page`);
  const { server, base } = await startServer(home);
  try {
    const pid = server.pid as number;
    const bench = new Bench(base, pid, maildir);
    bench.cookie = await signIn(base);
    const memory = async (when: string): Promise<void> =>
      print(`memory ${when}: ${(await memoryOf(pid)).toFixed(0)} MiB`);
    await memory('at the start');
    await waitForIndex(bench);
    await memory('with the index built');
    bench.csrf = /name="csrf" value="([^"]+)"/.exec(await bench.text('/f/INBOX'))?.[1] ?? '';
    print('\n| page | p50 ms | p95 ms | slowest ms | processor ms | KiB | goal ms |');
    print('|---|---|---|---|---|---|---|');
    await measurePages(bench);
    await measureChanges(bench);
    await measureSignIn(bench);
    await measureLoad(bench);
    await memory('after all of it');
    if (bench.missed) process.exitCode = 1;
  } finally {
    agent.destroy();
    server.kill('SIGTERM');
    await new Promise((resolve) => server.once('exit', resolve));
  }
} finally {
  await rm(home, { recursive: true, force: true });
}
