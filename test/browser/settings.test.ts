// The settings of a person in a real browser (webmail.md T1, M13, M14, N1): with script and without, and what they do to
// the pages.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { findAccessFaults, noBrowser, signInPage, startBrowser } from '../support/browser.ts';
import { startSite, type WebSite } from '../support/site.ts';

let site: WebSite;
const browser: Browser | undefined = await startBrowser();
const skip = browser ? false : noBrowser;
const alice = 'alice@example.com';

before(async () => {
  if (!browser) return;
  site = await startSite();
  for (let n = 0; n < 8; n++)
    await site.deliver(alice, {
      subject: `Letter ${n}`,
      body: `Text of letter ${n}.`,
      flags: n < 2 ? '' : 'S',
    });
});
after(async () => {
  await browser?.close();
  await site?.close();
});

async function open(options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
  const context = await browser!.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  await signInPage(page, site.base);
  return page;
}

for (const javaScriptEnabled of [false, true])
  test(`a choice is made and holds, ${javaScriptEnabled ? 'with' : 'without'} script`, { skip }, async () => {
    const page = await open({ javaScriptEnabled });
    await page.goto(`${site.base}/settings/composing`);
    const wanted = javaScriptEnabled ? 'none' : 'above';
    await page.check(`input[name=replyQuote][value=${wanted}]`);
    await page.click('.choice-form button[type=submit]');
    await page.waitForURL(/saved=1/);
    await page.getByText('Saved.').waitFor();
    await page.goto(`${site.base}/settings/composing`);
    assert.ok(await page.isChecked(`input[name=replyQuote][value=${wanted}]`));
    await page.context().close();
  });

for (const javaScriptEnabled of [false, true])
  test(`who is away reads so on every page, and is back with one click, ${javaScriptEnabled ? 'with' : 'without'} script`, {
    skip,
  }, async () => {
    const page = await open({ javaScriptEnabled });
    await page.goto(`${site.base}/settings/delivery`);
    await page.check('input[name=vacation]');
    await page.fill('input[name=vacation-subject]', 'Away');
    await page.fill('textarea[name=vacation-message]', 'Back soon.');
    await page.fill('input[name=vacation-until]', '2099-12-03');
    await page.click('form.wide-form > button[type=submit]');
    const bar = page.getByText('Auto-reply is on until 3 Dec 2099.');
    await bar.waitFor();
    if (javaScriptEnabled) assert.deepEqual(await findAccessFaults(page), []);
    await page.goto(`${site.base}/f/INBOX`);
    await bar.waitFor();
    await page.getByRole('button', { name: 'Turn off' }).click();
    await page.getByText('Auto-reply is off.').first().waitFor();
    assert.match(page.url(), /\/f\/INBOX/);
    assert.equal(await bar.count(), 0);
    await page.context().close();
  });

test('compact rows are at most 34 px high with a mouse, and stay high enough for a finger', {
  skip,
}, async () => {
  site.web.choiceStore.change(alice, { density: 'compact' });
  const page = await open();
  const height = async (of: Page) => (await of.locator('.row').first().boundingBox())!.height;
  assert.ok((await height(page)) <= 34, `${await height(page)}`);
  assert.deepEqual(await findAccessFaults(page), []);
  const phone = await open({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  assert.ok((await height(phone)) >= 44);
  await page.context().close();
  await phone.context().close();
  site.web.choiceStore.change(alice, { density: 'comfortable' });
});

test('with the list alone a row opens a page of its own', { skip }, async () => {
  site.web.choiceStore.change(alice, { layout: 'list' });
  const page = await open();
  assert.equal(await page.locator('#pane').isVisible(), false);
  assert.ok((await page.locator('#list').boundingBox())!.width > 900);
  assert.deepEqual(await findAccessFaults(page), []);
  await page.locator('.row-link').first().click();
  await page.waitForURL(/\/m\/[\w-]{12}/);
  await page.context().close();
  site.web.choiceStore.change(alice, { layout: 'split' });
});

describe('notifications', { skip }, () => {
  test('are asked for by a click only, and shown once for all tabs with sender and subject', async () => {
    const page = await open({ permissions: [] });
    const { context } = { context: page.context() };
    await context.addInitScript(() => {
      const told: string[] = [];
      let permission = 'default';
      class Stub extends EventTarget {
        static get permission(): string {
          return permission;
        }
        static requestPermission(): Promise<string> {
          told.push('asked');
          permission = 'granted';
          sessionStorage.setItem('permission', permission);
          return Promise.resolve(permission);
        }
        constructor(title: string, { body }: { body: string }) {
          super();
          told.push(`${title}: ${body}`);
        }
        close(): void {}
      }
      permission = sessionStorage.getItem('permission') ?? permission;
      Object.assign(globalThis, { Notification: Stub, told });
      document.hasFocus = () => false;
    });
    const told = (of: Page) => of.evaluate(() => (globalThis as unknown as { told: string[] }).told);
    await page.goto(`${site.base}/f/INBOX`);
    await page.goto(`${site.base}/settings/general`);
    assert.deepEqual(await told(page), []);
    await page.check('#field-notify');
    assert.deepEqual(await told(page), ['asked']);
    await page.click('.choice-form button[type=submit]');
    await page.waitForURL(/saved=1/);
    const other = await context.newPage();
    await other.goto(`${site.base}/f/INBOX`);
    await other.evaluate(() => sessionStorage.setItem('permission', 'granted'));
    await other.reload();
    await page.waitForFunction(() => (globalThis as unknown as { told: string[] }).told !== undefined);
    await site.deliver(alice, { from: 'Zoë <zoe@example.org>', subject: 'Lunch?' });
    const all = async () => [...(await told(page)), ...(await told(other))];
    const end = Date.now() + 15_000;
    while ((await all()).length === 0 && Date.now() < end) await page.waitForTimeout(100);
    assert.deepEqual(await all(), ['Zoë: Lunch?']);
    await context.close();
  });
});

describe('everyone can use the settings', { skip }, () => {
  for (const colorScheme of ['light', 'dark'] as const)
    test(`no serious fault by axe, ${colorScheme}, wide and on a phone; no sideways scroll at 320 px`, async () => {
      const page = await open({ colorScheme });
      for (const name of ['general', 'reading', 'composing', 'shortcuts', 'security']) {
        await page.setViewportSize({ width: 1280, height: 800 });
        await page.goto(`${site.base}/settings/${name}`);
        assert.deepEqual(await findAccessFaults(page), [], name);
        await page.setViewportSize({ width: 320, height: 700 });
        const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(over <= 0, `${name} is ${over} px too wide`);
      }
      await page.context().close();
    });
});
