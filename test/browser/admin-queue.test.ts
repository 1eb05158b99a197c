// The queue and the deliveries in the administration, by the real program: what waits and why, orders about it, what
// became of letters; without script and with it. Who does not administer the system sees no queue.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { findAccessFaults, noBrowser, startBrowser } from '../support/browser.ts';
import { postCompose } from '../support/mail-pages.ts';
import { type Road, runRoadCommand, startRoad, waitFor } from '../support/road.ts';
import { needsRoot } from '../support/root.ts';
import { password } from '../support/site.ts';
import { type Sink, startSink } from '../support/smtp-sink.ts';

const browser: Browser | undefined = await startBrowser();
const skip = browser ? false : noBrowser;
let busy: Sink;
let refusing: Sink;

before(async () => {
  busy = await startSink({ replies: { rcpt: '451 4.3.2 come back later' } });
  refusing = await startSink({ replies: { rcpt: '550 5.1.1 there is no such person here' } });
});
after(async () => {
  await browser?.close();
  await busy?.close();
  await refusing?.close();
});

describe('with one process', { skip, timeout: 120_000 }, () => {
  walk({ separate: false, javaScriptEnabled: false });
  walk({ separate: false, javaScriptEnabled: true });
});
describe('under root, a process a role', { skip: skip || needsRoot, timeout: 120_000 }, () =>
  walk({ separate: true, javaScriptEnabled: true }),
);

/** The hidden fields of the compose form. */
const hiddenFields = (page: string): Record<string, string> =>
  Object.fromEntries(
    [...page.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(
      ([, name = '', value = '']) => [name, value],
    ),
  );

function walk({ separate, javaScriptEnabled }: { separate: boolean; javaScriptEnabled: boolean }): void {
  describe(javaScriptEnabled ? 'with script' : 'without script', () => {
    let road: Road;
    let context: BrowserContext;
    let page: Page;

    before(async () => {
      road = await startRoad({
        separate,
        people: ['alice', 'bob'],
        routes: [`busy.example:127.0.0.1:${busy.port}`, `refusing.example:127.0.0.1:${refusing.port}`],
      });
      await runRoadCommand(road, 'vmoduser', ['-a', 'bob@example.com']);
      const alice = await road.signIn('alice');
      for (const [to, subject] of [
        ['one@busy.example', 'First'],
        ['two@busy.example', 'Second'],
        ['nobody@refusing.example', 'Third'],
      ] as const) {
        const form = hiddenFields((await alice.get('/compose')).body);
        const fields = { ...form, to, cc: '', bcc: '', subject, body: 'Hello', send: '1' };
        assert.equal((await postCompose(alice, fields)).status, 303);
      }
      await waitFor('the first tries', () => {
        const log = road.server.stderr();
        return (log.match(/: deferral: /g)?.length ?? 0) >= 2 && /: failure: /.test(log) ? true : undefined;
      });
      context = await (browser as Browser).newContext({ javaScriptEnabled });
      page = await context.newPage();
      page.setDefaultTimeout(10_000);
      await administer(page, `postmaster@${road.domain}`, /password:\s+(\S+)/.exec(road.printed)?.[1] ?? '');
    });
    after(async () => {
      await context?.close();
      await road?.close();
    });

    async function administer(on: Page, address: string, secret: string): Promise<void> {
      await on.goto(`${road.base}/login?next=%2Fadmin`);
      await on.fill('#address', address);
      await on.fill('#password', secret);
      await on.click('button[type=submit]');
      await on.fill('input[type=password]', secret);
      await on.click('form button');
    }
    const noFaults = async (what: string): Promise<void> => {
      if (javaScriptEnabled) assert.deepEqual(await findAccessFaults(page), [], what);
    };
    const rowsOf = (): Promise<string[]> => page.locator('table.queue tbody tr').allTextContents();

    test('the dashboard counts what waits and what came', async () => {
      assert.match((await page.textContent('main')) ?? '', /Waiting[\s\S]*2/i);
      assert.match((await page.textContent('.charts')) ?? '', /delivered/);
      await noFaults('dashboard');
    });

    test('the queue shows who waits for whom, since when, and why', async () => {
      await page.goto(`${road.base}/admin/queue`);
      const rows = await rowsOf();
      assert.equal(rows.length, 2);
      for (const row of rows) {
        assert.match(row, /alice@example\.com/);
        assert.match(row, /(?:one|two)@busy\.example/);
        assert.match(row, /451 4\.3\.2 come back later/);
      }
      await noFaults('queue');
      await page.goto(`${road.base}/admin/queue?q=two@busy`);
      assert.equal((await rowsOf()).length, 1);
      await page.goto(`${road.base}/admin/queue?filter=held`);
      assert.equal((await rowsOf()).length, 0);
    });

    test('a message is held, released and read as text', async () => {
      await page.goto(`${road.base}/admin/queue?q=one@busy`);
      await page.click('table.queue th a');
      await page.waitForURL(/\/admin\/queue\/\d+$/);
      const address = page.url();
      await noFaults('message');
      await page.click('button[value=hold]');
      assert.match((await page.textContent('main')) ?? '', /held by an administrator/);
      await page.goto(`${road.base}/admin/queue?filter=held`);
      assert.equal((await rowsOf()).length, 1);
      await page.goto(address);
      await page.click('button[value=release]');
      assert.doesNotMatch((await page.textContent('main')) ?? '', /held by/);
      const source = await context.request.get(`${address}/source`);
      assert.match(source.headers()['content-type'] ?? '', /^text\/plain/);
      assert.match(await source.text(), /^Subject: First$/m);
    });

    test('dropping asks once more; then the message is gone, and its letter too', async () => {
      await page.goto(`${road.base}/admin/queue?q=one@busy`);
      await page.check('input[name=id]');
      await page.click('button[value=drop]');
      assert.match((await page.textContent('main')) ?? '', /cannot be undone/);
      await noFaults('question');
      await page.click('button[value=drop]');
      await waitFor('the message to go', async () => {
        await page.goto(`${road.base}/admin/queue`);
        return (await rowsOf()).length === 1 ? true : undefined;
      });
      assert.match((await rowsOf())[0] ?? '', /two@busy/);
    });

    test('a paused queue says so, and goes on when told to', async () => {
      await page.click('button[value=pause]');
      assert.match((await page.textContent('main')) ?? '', /Deliveries are paused/);
      await page.click('button[value=resume]');
      assert.doesNotMatch((await page.textContent('.admin')) ?? '', /are paused/);
    });

    test('deliveries tell what became of a letter, in the words of the other side', async () => {
      await page.goto(`${road.base}/admin/deliveries?q=nobody@refusing`);
      assert.match(
        (await page.textContent('table.deliveries')) ?? '',
        /Failed[\s\S]*550 5\.1\.1 there is no/,
      );
      await noFaults('deliveries');
      await page.click('table.deliveries th a');
      assert.match((await page.textContent('main')) ?? '', /Its sender got a report/);
      await noFaults('letter');
      await page.goto(`${road.base}/admin/deliveries?state=deferred`);
      assert.equal((await page.locator('table.deliveries tbody tr').count()) > 0, true);
    });

    test('the orders stand in the audit log', async () => {
      await page.goto(`${road.base}/admin/audit`);
      const log = (await page.textContent('main')) ?? '';
      for (const action of ['queue.hold', 'queue.release', 'queue.drop', 'queue.pause'])
        assert.match(log, new RegExp(action.replace('.', '\\.')));
    });

    test("a domain's administrator sees the letters of the domain, and no queue", async () => {
      const own = await (browser as Browser).newContext({ javaScriptEnabled });
      try {
        const bob = await own.newPage();
        await administer(bob, 'bob@example.com', password);
        assert.equal((await bob.goto(`${road.base}/admin/queue`))?.status(), 404);
        assert.equal((await bob.goto(`${road.base}/admin/deliveries`))?.status(), 404);
        assert.equal((await bob.goto(`${road.base}/admin/d/example.org/deliveries`))?.status(), 404);
        await bob.goto(`${road.base}/admin/d/example.com/deliveries?q=refusing`);
        await bob.click('table.deliveries th a');
        assert.match((await bob.textContent('main')) ?? '', /nobody@refusing\.example/);
      } finally {
        await own.close();
      }
    });

    test('nothing in the log complains', () =>
      assert.deepEqual(
        road.faults().filter((line) => !/ administers from /.test(line)),
        [],
      ));
  });
}
