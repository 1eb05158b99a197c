// Without a connection (webmail.md N8): a page of ours in the place of the browser's, with the look of the others and
// nothing of anybody's mail; back on line everything is as it was. Installing (N9): the manifest says what is installed.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { findAccessFaults, noBrowser, signInPage, startBrowser } from '../support/browser.ts';
import { startSite, type WebSite } from '../support/site.ts';

const browser: Browser | undefined = await startBrowser();
const skip = browser ? false : noBrowser;
let site: WebSite;
before(async () => {
  if (!browser) return;
  site = await startSite({ people: ['alice@example.com'] });
  await site.deliver('alice@example.com', { subject: 'Very secret', body: 'text' });
});
after(async () => {
  await browser?.close();
  await site?.close();
});

test('without a connection a page says so, keeps nothing of the mail, and leads back', { skip }, async () => {
  const context = await browser!.newContext();
  const page = await context.newPage();
  await signInPage(page, site.base);
  // From its activation on, the worker answers for the pages that are opened.
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
  });
  await page.goto(`${site.base}/f/INBOX`);
  await page.getByText('Very secret').first().waitFor();

  await context.setOffline(true);
  await page.goto(`${site.base}/f/Sent`);
  assert.equal(new URL(page.url()).pathname, '/f/Sent');
  await page.getByRole('heading', { name: 'No connection' }).waitFor();
  assert.equal(await page.getByText('Very secret').count(), 0);
  const font = () => page.evaluate(() => getComputedStyle(document.body).fontFamily);
  const offlineFont = await font();
  assert.deepEqual(await findAccessFaults(page), []);
  const kept = await page.evaluate(async () => {
    const found: string[] = [];
    for (const name of await caches.keys())
      for (const request of await (await caches.open(name)).keys()) found.push(new URL(request.url).pathname);
    return found;
  });
  assert.ok(kept.includes('/offline'));
  for (const path of kept) assert.match(path, /^\/(offline|static\/[\w-]+\/[a-z]+\.(css|svg))$/);

  await context.setOffline(false);
  await page.getByRole('link', { name: 'Try again' }).click();
  await page.waitForSelector('#list');
  assert.equal(new URL(page.url()).pathname, '/f/Sent');
  assert.equal(await font(), offlineFont);
  await context.close();
});

test('a letter that cannot leave stays on the screen', { skip }, async () => {
  const context = await browser!.newContext();
  const page = await context.newPage();
  await signInPage(page, site.base);
  await page.goto(`${site.base}/compose`);
  await page.fill('#compose-to', 'bob@example.org');
  await page.fill('#compose-subject', 'Later');
  await page.fill('#compose-body', 'Words');
  await context.setOffline(true);
  await page.click('.compose-send');
  await page.getByText('Could not reach the server').first().waitFor();
  assert.equal(await page.inputValue('#compose-body'), 'Words');
  await context.close();
});

test('the manifest names the program, its start and its pictures', { skip }, async () => {
  const context = await browser!.newContext();
  const page = await context.newPage();
  await signInPage(page, site.base);
  const address = await page.getAttribute('link[rel=manifest]', 'href');
  const answer = await context.request.get(`${site.base}${address}`);
  assert.match(answer.headers()['content-type'] ?? '', /manifest\+json/);
  const manifest = await answer.json();
  assert.equal(manifest.display, 'standalone');
  for (const { src } of manifest.icons) {
    const icon = await context.request.get(new URL(src, `${site.base}${address}`).href);
    assert.equal(icon.status(), 200, src);
  }
  await context.close();
});
