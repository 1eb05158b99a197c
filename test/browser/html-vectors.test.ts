// Every HTML vector of the corpus in a real Chromium, inside the real frame document with its real policy, scripts on
// (security.md H8): no script runs, no dialog opens, nothing is asked of another origin, no policy report appears, and
// the browser's tree is the server's. Then the frame alone, with the vectors not cleaned: still no script runs.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { type Browser, chromium, type Page } from 'playwright-core';
import { frameDocument, frameSandbox } from '../../server/message/frame.ts';
import { cleanAsReader } from '../support/cleaned.ts';
import { htmlMessage, noCorpus, readVectors } from '../support/messages.ts';

const perFrame = 20;
const perPage = 40;

/** What one page did that it must not. */
interface Findings {
  readonly dialogs: string[];
  readonly foreign: string[];
  readonly console: string[];
}

describe('HTML vectors in the browser', { skip: noCorpus, timeout: 120_000 }, () => {
  let server: Server;
  let browser: Browser;
  let origin = '';
  const bodies = new Map<string, { html: string | Buffer; csp: string }>();
  const batches: { way: string; ids: string[] }[] = [];
  let cleaned = 0;
  const asked: string[] = [];

  before(async () => {
    const shown: string[] = [];
    const vectors = readVectors();
    for (const { html } of vectors) {
      const result = cleanAsReader(htmlMessage(html), { inlineAddress: { prefix: '/i/', tokens: {} } });
      if (result.ok) shown.push(result.html);
    }
    cleaned = shown.length;
    const ways: Record<string, string[]> = { clean: [], raw: [], open: [] };
    const add = (way: string, body: { html: string | Buffer; csp: string }): void => {
      const id = `${way}-${ways[way]!.length}`;
      bodies.set(id, body);
      ways[way]!.push(id);
    };
    // Cleaned vectors are balanced, so a frame can hold many, as it holds the parts of a message. What is not cleaned
    // would swallow its neighbours: a frame each, for every fourth.
    for (let at = 0; at < shown.length; at += perFrame)
      add('clean', frameDocument(Buffer.from(shown.slice(at, at + perFrame).join(''))));
    for (const { html } of vectors.filter((_, i) => i % 4 === 1)) {
      add('raw', frameDocument(Buffer.from(html)));
      add('open', { html, csp: '' });
    }
    for (const [way, ids] of Object.entries(ways))
      for (let at = 0; at < ids.length; at += perPage)
        batches.push({ way, ids: ids.slice(at, at + perPage) });
    server = createServer((req, res) => {
      const path = req.url ?? '';
      asked.push(path);
      const [, kind, name = ''] = path.split('/');
      if (kind === 'page') {
        const { way, ids } = batches[Number(name)]!;
        const sandbox = way === 'open' ? '' : `sandbox="${frameSandbox}"`;
        const frames = ids.map(
          (id) => `<iframe title="${id}" ${sandbox} referrerpolicy="no-referrer" src="/body/${id}"></iframe>`,
        );
        const heights =
          "window.heights=0;addEventListener('message',e=>{if(e.data&&Number.isFinite(e.data.h))window.heights++})";
        res.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
        res.end(`<!doctype html><title>vectors</title><script>${heights}</script>${frames.join('\n')}`);
      } else if (kind === 'body' && bodies.has(name)) {
        const { html, csp } = bodies.get(name)!;
        res.writeHead(200, {
          'content-type': 'text/html; charset=utf-8',
          'x-content-type-options': 'nosniff',
          'referrer-policy': 'no-referrer',
          ...(csp === '' ? {} : { 'content-security-policy': csp }),
        });
        res.end(html);
      } else res.writeHead(kind === 'favicon.ico' ? 204 : 404).end();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    browser = await chromium.launch({
      executablePath: '/usr/bin/chromium',
      args: [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
  });
  after(async () => {
    await browser?.close();
    server.closeAllConnections();
    server.close();
  });

  /** Batches of one way, by number. */
  const batchesOf = (way: string): number[] =>
    [...batches.keys()].filter((batch) => batches[batch]!.way === way);

  /** Opens one batch; requests to other origins are recorded and refused. */
  const openBatch = async (batch: number): Promise<{ page: Page; found: Findings }> => {
    const found: Findings = { dialogs: [], foreign: [], console: [] };
    const page = await browser.newPage();
    await page.route('**/*', (route) => {
      const url = route.request().url();
      if (url.startsWith(`${origin}/`)) return route.continue();
      if (url.startsWith('data:')) return route.continue();
      found.foreign.push(`${url} in ${route.request().frame().url()}`);
      return route.abort();
    });
    page.on('dialog', (dialog) => {
      found.dialogs.push(dialog.message());
      dialog.dismiss().catch(() => undefined); // the page may have gone meanwhile
    });
    page.on('console', (line) => found.console.push(`${line.text()} at ${line.location().url}`));
    page.on('popup', (popup) => found.foreign.push(`popup ${popup.url()}`));
    await page.goto(`${origin}/page/${batch}`, { waitUntil: 'load' });
    return { page, found };
  };

  it('cleaned, do nothing at all, and are the tree that the server meant', async () => {
    asked.length = 0;
    for (const batch of batchesOf('clean')) {
      const { page, found } = await openBatch(batch);
      // Each frame posts its height: all have run their own script.
      await page.waitForFunction(
        (count) => (globalThis as unknown as { heights: number }).heights >= count,
        batches[batch]!.ids.length,
      );
      for (const frame of page.frames().slice(1)) {
        const id = frame.url().split('/').at(-1)!;
        const seen = await frame.evaluate(() => {
          const { document, name } = globalThis as unknown as {
            document: { title: string; body: { innerHTML: string } };
            name: string;
          };
          return { title: document.title, name, body: document.body.innerHTML };
        });
        const sent = /<body>([\s\S]*)<\/body>/.exec(bodies.get(id)!.html.toString())![1];
        assert.deepEqual({ ...seen, id }, { title: 'Message text', name: '', body: sent, id });
      }
      assert.deepEqual(found, { dialogs: [], foreign: [], console: [] });
      await page.close();
    }
    assert.ok(cleaned >= 618, `${cleaned} vectors were cleaned`);
    assert.deepEqual(
      asked.filter((path) => !/^\/(page|body|favicon)/.test(path)),
      [],
      'and ask nothing of us but themselves',
    );
  });

  it('not cleaned, run no script behind the policy of the frame', async () => {
    for (const batch of batchesOf('raw')) {
      const { page, found } = await openBatch(batch);
      assert.deepEqual(found.dialogs, []);
      await page.close();
    }
  });

  it('not cleaned and without policy, do harm: the test can see it', async () => {
    const { page, found } = await openBatch(batchesOf('open')[0]!);
    assert.ok(found.dialogs.length > 0, 'a dialog');
    assert.ok(found.foreign.length > 0, 'a request to another origin');
    await page.close();
  });
});
