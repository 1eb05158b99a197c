// The living page in a real browser (webmail.md 2.7, F2, M11, N1): new mail, counts, the tab, over one connection for all
// tabs; what is shown when the connection or the session is gone.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { findAccessFaults, noBrowser, signInPage, startBrowser } from '../support/browser.ts';
import { startSite, type WebSite } from '../support/site.ts';

let site: WebSite;
let context: BrowserContext;
const faults: string[] = [];
const browser: Browser | undefined = await startBrowser();
const skip = browser ? false : noBrowser;
const alice = 'alice@example.com';

before(async () => {
  if (!browser) return;
  site = await startSite();
  const now = Date.now();
  for (let n = 0; n < 60; n++)
    await site.deliver(alice, {
      subject: `Letter ${n}`,
      body: `Text of letter ${n}.`,
      flags: n < 2 ? '' : 'S',
      received: new Date(now - (n + 1) * 60_000),
    });
  await site.deliver(alice, { folder: 'Lists', subject: 'In a folder', flags: 'S' });
  context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  await signInPage(page, site.base);
  await page.close();
});
after(async () => {
  await browser?.close();
  await site?.close();
  assert.deepEqual(faults, []);
});

const subjects = (page: Page): Promise<string[]> => page.locator('#rows .subject').allTextContents();
const unread = async (page: Page): Promise<number> =>
  Number((await page.locator('.folder[data-folder="INBOX"] .count > [aria-hidden]').textContent()) ?? '');

/** The page shows when it heard counts. */
const noteCounts = (page: Page): Promise<unknown> =>
  page.addInitScript(() => {
    addEventListener('DOMContentLoaded', () => {
      document.addEventListener('counts', () => document.documentElement.setAttribute('data-heard', '1'));
    });
  });

/** A tab that hears what changes. */
async function openTab(path = '/f/INBOX', of: BrowserContext = context): Promise<Page> {
  const page = await of.newPage();
  page.on('pageerror', (error) => faults.push(error.message));
  await noteCounts(page);
  await page.goto(site.base + path);
  await page.mouse.move(2, 790);
  return page;
}
const hears = (page: Page) => page.locator('html[data-heard]').waitFor({ state: 'attached' });
/** The tab that holds the connection hears the first counts; the others hear them from it. */
const ready = async (page: Page): Promise<Page> => {
  await hears(page);
  return page;
};
const countIs = (page: Page, count: number) =>
  page.waitForFunction(
    (wanted) =>
      document.querySelector('.folder[data-folder="INBOX"] .count > [aria-hidden]')?.textContent === wanted,
    String(count),
  );

describe('without script', { skip }, () => {
  test('counts and the title are right at the next load', async () => {
    const plain = await browser!.newContext({ javaScriptEnabled: false });
    const page = await plain.newPage();
    await signInPage(page, site.base);
    const count = await unread(page);
    assert.equal(await page.title(), `(${count}) Inbox · Mail`);
    assert.match((await page.getAttribute('#favicon', 'href')) ?? '', /favicon-new\.svg$/);
    await site.deliver(alice, { subject: 'For the next load' });
    await page.reload();
    assert.equal(await unread(page), count + 1);
    assert.equal(await page.title(), `(${count + 1}) Inbox · Mail`);
    assert.equal(await page.locator('#updates').isVisible(), false);
    await plain.close();
  });
});

describe('with script', { skip }, () => {
  beforeEach(async () => {
    for (const page of context.pages()) await page.close();
  });

  test('new mail raises count, title and the dot of the icon within seconds, and slides in on top', async () => {
    const page = await ready(await openTab());
    const count = await unread(page);
    const began = Date.now();
    await site.deliver(alice, { subject: 'Brand new' });
    await page.locator('#rows .row:first-child .subject:text-is("Brand new")').waitFor();
    const took = Date.now() - began;
    // The budget of the specification is 2 s on a machine of its own.
    assert.ok(took < 8000, `${took} ms`);
    assert.equal(await unread(page), count + 1);
    assert.equal(await page.title(), `(${count + 1}) Inbox · Mail`);
    assert.ok(await page.locator('.row:first-child.arrived').count());
  });

  test('nothing moves under the pointer, a tick, the focus or another page: a pill says what is new', async () => {
    const page = await ready(await openTab());
    const before = await subjects(page);
    await page.locator('.row').nth(3).hover();
    await site.deliver(alice, { subject: 'Under the pointer' });
    await page.locator('#new-mail:text-is("1 new message")').waitFor();
    assert.deepEqual(await subjects(page), before);
    await page.mouse.move(2, 790);
    await page.locator('.row').nth(2).locator('.pick input').check();
    await page.mouse.move(2, 790);
    await site.deliver(alice, { subject: 'While ticked' });
    await page.locator('#new-mail:text-is("2 new messages")').waitFor();
    assert.deepEqual(await subjects(page), before);
    assert.equal(await page.locator('.pick :checked').count(), 1);
    await page.click('#new-mail');
    await page.locator('#rows .subject:text-is("While ticked")').waitFor();
    await page.click('#older');
    await page.waitForURL(/after=/);
    await page.mouse.move(2, 790);
    const second = await subjects(page);
    await site.deliver(alice, { subject: 'On page one' });
    await page.locator('#new-mail:text-is("1 new message")').waitFor();
    assert.deepEqual(await subjects(page), second);
    assert.deepEqual(await findAccessFaults(page), []);
  });

  test('what another program does to a message shows: read, starred, gone', async () => {
    const page = await ready(await openTab());
    const mailbox = (await site.web.mailboxOf(alice))!;
    const first = page.locator('.row').first();
    const id = (await first.getAttribute('data-id'))!;
    assert.match((await first.getAttribute('class')) ?? '', /unread/);
    await mailbox.setFlags([id], 'SF', '');
    await page.locator(`.row.starred:not(.unread)[data-id="${id}"]`).waitFor();
    await mailbox.move([id], 'Archive');
    await page.locator(`.row[data-id="${id}"]`).waitFor({ state: 'detached' });
  });

  test('several tabs share one connection; when its tab closes another takes it over', async () => {
    const streams: string[] = [];
    const note = (page: Page) =>
      page.on('request', (request) => {
        if (request.url().includes('/events?')) streams.push(request.url());
      });
    context.on('page', note);
    const first = await ready(await openTab());
    const others = [await openTab('/f/Lists'), await openTab('/settings/general'), await openTab()];
    const count = await unread(first);
    await site.deliver(alice, { subject: 'For all tabs' });
    for (const page of [first, ...others]) await countIs(page, count + 1);
    assert.equal(await others[0]!.title(), `(${count + 1}) Lists · Mail`);
    assert.equal(streams.length, 1);
    await first.close();
    await site.deliver(alice, { subject: 'After the first closed' });
    for (const page of others) await countIs(page, count + 2);
    assert.equal(streams.length, 2);
    context.off('page', note);
  });

  test('a page that cannot reach the server says so after two minutes, and goes on when it can', async () => {
    const page = await context.newPage();
    await page.clock.install();
    await noteCounts(page);
    await page.goto(`${site.base}/f/INBOX`);
    await hears(page);
    assert.equal(await page.locator('#updates').isVisible(), false);
    await page.route(/\/(events|counts)/, (route) => route.abort());
    await page.evaluate(() => dispatchEvent(new PageTransitionEvent('pagehide')));
    await page.evaluate(() => dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })));
    for (let n = 0; n < 20; n++) await page.clock.runFor(10_000);
    await page.getByText('Updates paused.').waitFor();
    assert.deepEqual(await findAccessFaults(page), []);
    await page.unroute(/\/(events|counts)/);
    for (let n = 0; n < 8; n++) await page.clock.runFor(10_000);
    await page.locator('#updates').waitFor({ state: 'hidden' });
    await page.close();
  });

  test('when the session is ended elsewhere the page says so and leads to sign-in', async () => {
    const own = await browser!.newContext();
    own.setDefaultTimeout(15_000);
    const page = await own.newPage();
    await noteCounts(page);
    await signInPage(page, site.base);
    await hears(page);
    const [latest] = site.web.sessions.list(alice);
    site.web.sessions.endOne(alice, latest!.hash);
    await page.getByText('You are signed out.').waitFor();
    await page.click('#updates a');
    await page.waitForURL(/\/login/);
    await own.close();
  });

  test('a reader who looks at a menu of the list is not disturbed', async () => {
    const page = await ready(await openTab());
    await page.click('.list-bar details.menu > summary');
    const before = await subjects(page);
    await site.deliver(alice, { subject: 'Behind the menu' });
    await page.locator('#new-mail:not([hidden])').waitFor();
    assert.deepEqual(await subjects(page), before);
    assert.ok(await page.locator('.list-bar details.menu[open]').isVisible());
  });
});
