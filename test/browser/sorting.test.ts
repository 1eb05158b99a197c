// Putting mail in its place in a real browser: dragging (F4, M15), snoozing (M18), taking many along (M16), changes that
// show at once and come back when they failed (2.8), and bars that fit a phone.
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Browser, Locator, Page } from 'playwright-core';
import { findAccessFaults, noBrowser, startBrowser } from '../support/browser.ts';
import { type MailSite, startMailSite } from '../support/mail-pages.ts';

const browser: Browser | undefined = await startBrowser();
const skip = browser ? false : noBrowser;
const alice = 'alice@example.com';
let site: MailSite;
let maildir: string;

before(async () => {
  if (!browser) return;
  site = await startMailSite();
  ({ maildir } = await site.account(alice));
  for (let n = 0; n < 16; n++)
    await site.deliver(alice, {
      subject: `Letter ${String(n).padStart(2, '0')}`,
      flags: 'S',
      received: new Date(Date.now() - n * 60_000),
    });
  await site.deliver(alice, { folder: 'Work', subject: 'Elsewhere', flags: 'S' });
  await site.deliver(alice, { folder: 'Work.Deep', subject: 'Deeper', flags: 'S' });
});
after(async () => {
  await browser?.close();
  await site?.close();
});

async function open(javaScriptEnabled: boolean, viewport = { width: 1280, height: 800 }): Promise<Page> {
  const context = await browser!.newContext({ javaScriptEnabled, viewport });
  context.setDefaultTimeout(10_000);
  const sid = site.web.sessions.begin(alice, false, 'test');
  await context.addCookies([{ name: 'sid', value: sid, url: site.base }]);
  const page = await context.newPage();
  await page.goto(`${site.base}/f/INBOX`);
  return page;
}
const row = (page: Page, subject: string): Locator => page.locator('#rows > .row', { hasText: subject });
const folder = (page: Page, name: string): Locator => page.locator(`a.folder[data-folder="${name}"]`);
const files = (name: string): Promise<string[]> => readdir(join(maildir, name, 'cur')).catch(() => []);
const toast = (page: Page, words: string): Promise<void> =>
  page.locator('.toast', { hasText: words }).waitFor();

/** Drags as a hand does: down, over, a moment of rest, up. */
async function drag(page: Page, from: Locator, to: Locator, rest = 0): Promise<void> {
  await from.hover();
  await page.mouse.down();
  await to.hover();
  await to.hover();
  if (rest > 0) await page.waitForTimeout(rest);
  await page.mouse.up();
}

describe('dragging', { skip }, () => {
  let page: Page;
  before(async () => {
    page = await open(true);
  });
  after(() => page.context().close());

  test('a row onto Archive moves it, with Undo', async () => {
    await drag(page, row(page, 'Letter 00').locator('.subject'), folder(page, 'Archive'));
    await toast(page, 'Moved to Archive.');
    assert.equal(await row(page, 'Letter 00').count(), 0);
    assert.equal((await files('.Archive')).length, 1);
    await page.locator('.toast-button').click();
    await row(page, 'Letter 00').waitFor();
  });

  test('with Ctrl it is copied and stays', async () => {
    const before = (await files('.Work')).length;
    await row(page, 'Letter 01').locator('.subject').hover();
    await page.mouse.down();
    await page.keyboard.down('Control');
    await folder(page, 'Work').hover();
    await folder(page, 'Work').hover();
    await page.mouse.up();
    await page.keyboard.up('Control');
    await toast(page, 'Copied to Work.');
    assert.equal(await row(page, 'Letter 01').count(), 1);
    assert.equal((await files('.Work')).length, before + 1);
  });

  test('ticked rows go together, and a closed folder opens while the pointer rests on it', async () => {
    const fold = page.locator('.folder-row', { has: folder(page, 'Work') }).locator('.fold');
    await fold.click();
    await page.locator('.fold[aria-expanded="false"]').waitFor();
    for (const subject of ['Letter 02', 'Letter 03']) await page.getByLabel(`Select: ${subject}`).check();
    await row(page, 'Letter 02').locator('.subject').hover();
    await page.mouse.down();
    await folder(page, 'Work').hover();
    await folder(page, 'Work').hover();
    await folder(page, 'Work.Deep').waitFor();
    await folder(page, 'Work.Deep').hover();
    await folder(page, 'Work.Deep').hover();
    await page.mouse.up();
    await toast(page, '2 messages moved to');
    assert.equal((await files('.Work.Deep')).length, 3);
  });
});

test('a row is gone before the server answered, and comes back with a way to try again', {
  skip,
}, async () => {
  const page = await open(true);
  const answer = Promise.withResolvers<void>();
  await page.route('**/act', async (route) => {
    await answer.promise;
    await route.fulfill({
      status: 500,
      body: '<p data-error-words>Forced fault.</p>',
      contentType: 'text/html',
    });
  });
  await row(page, 'Letter 04').locator('.row-link').focus();
  await page.keyboard.press('e');
  await row(page, 'Letter 04').waitFor({ state: 'hidden' });
  answer.resolve();
  await row(page, 'Letter 04').waitFor({ state: 'visible' });
  await toast(page, 'Forced fault.');
  await page.unroute('**/act');
  await page.locator('.toast').getByRole('button', { name: 'Try again' }).click();
  await toast(page, 'Moved to Archive.');
  assert.equal(await row(page, 'Letter 04').count(), 0);
  await page.context().close();
});

for (const script of [false, true])
  describe(`sorting ${script ? 'with' : 'without'} script`, { skip }, () => {
    test('a letter is snoozed from the list and brought back from Snoozed', async () => {
      const subject = script ? 'Letter 05' : 'Letter 06';
      const page = await open(script);
      await page.getByLabel(`Select: ${subject}`).check();
      await page.locator('#snooze-menu > summary').click();
      if (script) assert.deepEqual(await findAccessFaults(page), []);
      await page.locator('#snooze-menu button[value="snooze:tomorrow"]').click();
      await toast(page, 'Snoozed until');
      assert.equal(await row(page, subject).count(), 0);
      await page.locator('#folder-list a[href="/v/snoozed"]').click();
      await row(page, subject).locator('.snoozed', { hasText: 'Back' }).waitFor();
      await page.getByLabel(`Select: ${subject}`).check();
      await page.locator('#snooze-menu > summary').click();
      await page.locator('#snooze-menu button[value="unsnooze"]').click();
      await toast(page, 'Brought back.');
      await page.goto(`${site.base}/f/INBOX`);
      assert.equal(await row(page, subject).count(), 1);
      await page.context().close();
    });

    test('selected letters are saved as one file', async () => {
      const page = await open(script);
      for (const subject of ['Letter 07', 'Letter 08']) await page.getByLabel(`Select: ${subject}`).check();
      await page.locator('#toolbar > details.menu > summary').last().click();
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.locator('#toolbar button[value="download:zip"]').click(),
      ]);
      assert.equal(download.suggestedFilename(), 'Inbox.zip');
      await page.context().close();
    });

    test('on a phone the bar of selected letters fits, with what it lacks in its menu', async () => {
      const page = await open(script, { width: 360, height: 740 });
      await page.getByLabel('Select: Letter 09').check();
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= 360, `${wide} px`);
      const more = page.locator('#toolbar > details.menu > summary').last();
      const box = (await more.boundingBox())!;
      assert.ok(box.x + box.width <= 360);
      await more.click();
      await page.locator('#toolbar .narrow-only[value="junk"]').click();
      await toast(page, 'Moved to Junk.');
      await page.locator('.toast-button').click();
      await row(page, 'Letter 09').waitFor();
      await page.context().close();
    });
  });
