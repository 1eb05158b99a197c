// After Send in a real browser (spec/webmail.md 4.9), with and without JavaScript: Undo within the seconds, sending later
// from the menu, the Outbox, nothing serious for axe; with JavaScript the toast counts down and outlives the page.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { findAccessFaults, noBrowser, startBrowser } from '../support/browser.ts';
import { type MailSite, startMailSite } from '../support/mail-pages.ts';
import type { Client } from '../support/site.ts';

const alice = 'alice@example.com';
const browser: Browser | undefined = await startBrowser();
const skip = browser ? false : noBrowser;
let site: MailSite;
let client: Client;
before(async () => {
  site = await startMailSite({ undoSeconds: 30 });
  client = await site.signIn(alice);
  await site.deliver(alice, { subject: 'Hello' });
});
after(async () => {
  await browser?.close();
  await site.close();
});
beforeEach(() => {
  site.injected.length = 0;
});

async function look(
  options: { script?: boolean; theme?: string; phone?: boolean } = {},
): Promise<{ page: Page; context: BrowserContext; trouble: string[] }> {
  const context = await browser!.newContext({
    javaScriptEnabled: options.script ?? true,
    viewport: options.phone ? { width: 360, height: 720 } : { width: 1200, height: 800 },
  });
  await context.addCookies([
    { name: 'sid', value: client.cookies.get('sid')!, url: site.base },
    { name: 'theme', value: options.theme ?? 'light', url: site.base },
  ]);
  const page = await context.newPage();
  const trouble: string[] = [];
  page.on('pageerror', (error) => trouble.push(error.message));
  page.on('console', (message) => {
    if (/Content Security Policy|TrustedHTML/.test(message.text())) trouble.push(message.text());
  });
  return { page, context, trouble };
}

async function write(page: Page, subject: string): Promise<void> {
  await page.goto(`${site.base}/compose`);
  await page.fill('#compose-to', 'carla@example.org');
  await page.fill('#compose-subject', subject);
  await page.fill('#compose-body', 'See you.');
}
const lookAtClock = () =>
  site.web.due.cancel(alice, site.web.due.add(alice, 'send', Date.now() * 2, { draft: 'none' }));

for (const script of [true, false]) {
  describe(`after Send, JavaScript ${script ? 'on' : 'off'}`, { skip }, () => {
    test('Undo leads back to the text with everything', async () => {
      const { page, context, trouble } = await look({ script });
      await write(page, `Undo ${script}`);
      await page.click('.compose-send');
      await page.waitForURL(/\/f\/INBOX/);
      assert.match((await page.textContent('.toast-words')) ?? '', /^Sending in (30|29|28) s\.$/);
      await page.click('.toast-button');
      await page.waitForURL(/\/compose\?draft=/);
      assert.equal(await page.inputValue('#compose-subject'), `Undo ${script}`);
      assert.equal(await page.inputValue('#compose-body'), 'See you.');
      assert.equal(site.web.outbox.count(alice).letters, 0);
      assert.equal(site.injected.length, 0);
      assert.deepEqual(trouble, []);
      await context.close();
    });

    test('sent tomorrow from the menu; in the Outbox it gets another time, and is not sent', async () => {
      const { page, context, trouble } = await look({ script });
      await write(page, `Later ${script}`);
      await page.click('.later > summary');
      await page.click('.later-sheet button[value="tomorrow"]');
      await page.waitForURL(/\/f\/INBOX/);
      assert.match((await page.textContent('.toast-words')) ?? '', /^Will be sent on .* at 08:00\.$/);
      const asked: string[] = [];
      page.on('request', (request) => asked.push(new URL(request.url()).pathname));
      await page.click('.folders a[href="/v/outbox"]');
      await page.waitForURL(/\/v\/outbox/);
      assert.equal((await page.textContent('.letter-subject'))?.trim(), `Later ${script}`);
      assert.equal(asked.filter((path) => path === '/v/outbox').length, 1, 'loaded once');
      assert.match((await page.textContent('.letter-state')) ?? '', /Leaves on .* at 08:00/);
      await page.click('.letter-time > summary');
      await page.fill('.letter-time input[name="date"]', '2020-01-01');
      await page.evaluate(() => document.querySelector('.letter-time form')?.setAttribute('novalidate', ''));
      await page.click('.letter-time button[value="time"]');
      await page.waitForSelector('.letter-time .fault');
      assert.match((await page.textContent('.letter-time .fault')) ?? '', /This time has passed/);
      await page.click('.letter-actions button[value="cancel"]');
      await page.waitForSelector('.toast');
      assert.match((await page.textContent('.toast-words')) ?? '', /^Not sent\. It is in Drafts\.$/);
      assert.equal(await page.locator('.letter').count(), 0);
      assert.deepEqual(trouble, []);
      await context.close();
    });
  });
}

describe('with JavaScript', { skip }, () => {
  test('the toast counts down, outlives a change of the page, and says at the end that the letter is sent', async () => {
    const { page, context, trouble } = await look();
    await write(page, 'Counting');
    await page.click('.compose-send');
    await page.waitForURL(/\/f\/INBOX/);
    const first = await page.textContent('.toast-words');
    await page.waitForFunction(
      (words) => document.querySelector('.toast-words')?.textContent !== words,
      first,
    );
    assert.match((await page.textContent('.toast-words')) ?? '', /^Sending in \d+ s\.$/);
    await page.click('.row-link');
    await page.waitForURL(/open=/);
    assert.match((await page.textContent('.toast-words')) ?? '', /^Sending in \d+ s\.$/);
    await page.goto(`${site.base}/f/Drafts`);
    await page.waitForSelector('.toast-words');
    assert.match((await page.textContent('.toast-words')) ?? '', /^Sending in \d+ s\.$/);
    site.advance(60_000);
    lookAtClock();
    await page.goto(`${site.base}/f/INBOX`);
    await page.waitForFunction(() => document.querySelector('.toast-words')?.textContent === 'Sent.');
    assert.equal(site.injected.length, 1);
    await page.click('.toast a.toast-button');
    await page.waitForURL(/\/m\//);
    assert.equal((await page.textContent('h1'))?.trim(), 'Counting');
    assert.deepEqual(trouble, []);
    await context.close();
  });

  test('z takes the letter back', async () => {
    const { page, context } = await look();
    await write(page, 'By key');
    await page.click('.compose-send');
    await page.waitForURL(/\/f\/INBOX/);
    await page.locator('body').press('z');
    await page.waitForURL(/\/compose\?draft=/);
    assert.equal(site.web.outbox.count(alice).letters, 0);
    await context.close();
  });
});

describe('the Outbox', { skip }, () => {
  for (const options of [{ theme: 'light' }, { theme: 'dark' }, { theme: 'light', phone: true }]) {
    test(`has no serious fault for axe: ${JSON.stringify(options)}`, async () => {
      const { page, context } = await look(options);
      await page.goto(`${site.base}/v/outbox`);
      assert.equal(await page.locator('.empty-title').count(), 1);
      assert.deepEqual(await findAccessFaults(page), []);
      await write(page, 'A letter that nobody takes');
      site.answer = { code: 'D', text: 'this message is too large' };
      await page.click('.compose-send:visible, .compose-head-send:visible');
      await page.waitForURL(/\/f\/INBOX/);
      site.advance(60_000);
      lookAtClock();
      while (site.web.outbox.count(alice).stuck === 0) await page.waitForTimeout(20);
      await page.goto(`${site.base}/f/INBOX`);
      assert.equal(await page.locator('.outbox-bar .bar').count(), 1);
      // The toast of the letter comes by itself, and moves until it is there.
      await page.waitForSelector('.toast');
      await page.evaluate(async () => {
        await Promise.all(document.getAnimations().map((animation) => animation.finished));
      });
      assert.deepEqual(await findAccessFaults(page), []);
      await page.click('.outbox-bar a');
      await page.waitForURL(/\/v\/outbox/);
      assert.equal(await page.locator('.outbox-bar .bar').count(), 0);
      assert.equal(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), true);
      await page.click('.letter-time > summary');
      assert.deepEqual(await findAccessFaults(page), []);
      site.answer = { code: 'K', text: 'ok 1 qp 4711' };
      await page.click('.letter-actions button[value="cancel"]');
      await page.waitForSelector('.empty-title');
      await page.goto(`${site.base}/compose`);
      await page.click('.later > summary');
      assert.deepEqual(await findAccessFaults(page), []);
      assert.equal(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), true);
      await context.close();
    });
  }
});
