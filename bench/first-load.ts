// npm run bench:first-load: what a browser takes to see its mail for the first time. Chromium with nothing kept asks for the
// sign-in page, signs in and shows the Inbox of 1,000 letters; each request's bytes as they came over the wire, headers
// included (HTTP/1.1, no TLS; what the browser has already counts as none), and when something could be seen (first contentful paint). Of several rounds the median.
//   node bench/first-load.ts [--rounds 5] [--count 1000] [--files]
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Browser, CDPSession, Page } from 'playwright-core';
import { noBrowser, startBrowser } from '../test/support/browser.ts';
import { address, fillMaildir, makeHome, password, startServer } from './web-home.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    count: { type: 'string', default: '1000' },
    /** Every request of the last round. */
    files: { type: 'boolean', default: false },
  },
});
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const goals = { bytes: 40_000, requests: 8, visible: 250 };

interface Loaded {
  readonly path: string;
  bytes: number;
}

/** Notes what each request of a page brings; what streams on (/events) counts with what came of it so far. */
async function watch(page: Page): Promise<{ readonly session: CDPSession; readonly loaded: Loaded[] }> {
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  const loaded: Loaded[] = [];
  const known = new Map<string, Loaded>();
  session.on('Network.requestWillBeSent', ({ requestId, request, redirectResponse }) => {
    // A redirect keeps the number of its request.
    const before = known.get(requestId);
    if (redirectResponse && before) before.bytes = redirectResponse.encodedDataLength;
    if (!request.url.startsWith('http')) return;
    const one = { path: new URL(request.url).pathname, bytes: 0 };
    known.set(requestId, one);
    loaded.push(one);
  });
  session.on('Network.responseReceived', ({ requestId, response }) => {
    const one = known.get(requestId);
    if (one) one.bytes = response.encodedDataLength;
  });
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const one = known.get(requestId);
    if (one) one.bytes = encodedDataLength;
  });
  return { session, loaded };
}

const settled = (page: Page): Promise<unknown> =>
  // The event stream never ends: what a page loads has come when nothing new has for half a second.
  page.evaluate(
    () =>
      new Promise<void>((resolve) => {
        let seen = -1;
        const look = (): void => {
          const now = performance.getEntriesByType('resource').length;
          if (now === seen) resolve();
          else setTimeout(look, 500);
          seen = now;
        };
        look();
      }),
  );

/** Milliseconds from the navigation to the first words on the screen. */
const visibleAfter = (page: Page): Promise<number> =>
  page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN);

interface Round {
  readonly files: readonly Loaded[];
  /** The sign-in page, and the list after it. */
  readonly visible: readonly [number, number];
}

async function load(browser: Browser, base: string): Promise<Round> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  const { loaded } = await watch(page);
  await page.goto(`${base}/login`);
  await settled(page);
  const first = await visibleAfter(page);
  await page.fill('#address', address);
  await page.fill('#password', password);
  await page.click('button[type=submit]');
  await page.waitForSelector('#rows > .row');
  await settled(page);
  const second = await visibleAfter(page);
  const files = loaded.filter(({ path, bytes }) => path !== '/events' && bytes > 0);
  await context.close();
  return { files, visible: [first, second] };
}

const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] as number;

const browser = await startBrowser();
if (!browser) throw new Error(noBrowser);
const home = await mkdtemp(join(tmpdir(), 'facteur-bench-'));
await rm(home, { recursive: true });
try {
  await fillMaildir(await makeHome(home), Number(values.count));
  const { server, base } = await startServer(home);
  try {
    await load(browser, base);
    const rounds: Round[] = [];
    for (let n = 0; n < Number(values.rounds); n++) rounds.push(await load(browser, base));
    const last = rounds.at(-1) as Round;
    if (values.files)
      for (const { path, bytes } of last.files) print(`${String(bytes).padStart(6)}  ${path}`);
    const bytes = median(rounds.map(({ files }) => files.reduce((sum, one) => sum + one.bytes, 0)));
    const requests = median(rounds.map(({ files }) => files.length));
    const [signIn, list] = [0, 1].map((n) => median(rounds.map(({ visible }) => visible[n] as number)));
    print(`\n| first load | | goal |\n|---|---|---|`);
    print(`| bytes on the wire | ${bytes} | ${goals.bytes} |`);
    print(`| requests, the redirect of the sign-in among them | ${requests} | ${goals.requests} |`);
    print(`| sign-in page visible, ms | ${signIn?.toFixed(0)} | ${goals.visible} |`);
    print(`| list visible, ms | ${list?.toFixed(0)} | ${goals.visible} |`);
    if (bytes > goals.bytes || Math.max(signIn ?? 0, list ?? 0) > goals.visible) process.exitCode = 1;
  } finally {
    server.kill('SIGTERM');
    await new Promise((resolve) => server.once('exit', resolve));
  }
} finally {
  await browser.close();
  await rm(home, { recursive: true, force: true });
}
