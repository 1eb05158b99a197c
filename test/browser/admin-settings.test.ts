// The settings of the system and the switch of a domain in a real browser, without script and with it: by labels and
// buttons as a person uses them; no serious fault by axe in light and dark, no sideways scroll on a phone.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { AccountFlag } from '../../mta/accounts/types.ts';
import { machine } from '../support/admin.ts';
import { findAccessFaults, noBrowser, signInPage, startBrowser } from '../support/browser.ts';
import { password, startSite, type WebSite } from '../support/site.ts';

let site: WebSite;
const browser: Browser | undefined = await startBrowser();
const skip = browser ? false : noBrowser;
before(async () => {
  if (!browser) return;
  site = await startSite({ people: ['alice@example.com', 'bob@example.org', 'carl@example.net'] });
  const control = (name: string): string => join(site.home.qmail, 'control', name);
  await writeFile(control('smtproutes'), ':relay.example:587|user|very-secret\n');
  await writeFile(control('greetdelay'), 'soon\n');
  await writeFile(control('badmailfrm'), '@spam.example\n');
  await site.web.administration.setDomainDisabled(machine, 'example.net', true);
  await site.web.administration.changeAccount(machine, 'alice@example.com', {
    flags: AccountFlag.systemAdmin,
  });
});
after(async () => {
  await browser?.close();
  await site?.close();
});

async function enter(context: BrowserContext): Promise<Page> {
  const page = await context.newPage();
  await signInPage(page, site.base);
  await page.goto(`${site.base}/admin/confirm`);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  return page;
}
const press = (page: Page, name: string) =>
  page.getByRole('main').getByRole('button', { name, exact: true }).click();
const toast = (page: Page, words: string) => page.locator('.toast-words', { hasText: words }).waitFor();

for (const javaScriptEnabled of [false, true])
  describe(`settings ${javaScriptEnabled ? 'with' : 'without'} script`, { skip }, () => {
    let context: BrowserContext;
    let page: Page;
    before(async () => {
      context = await browser!.newContext({ javaScriptEnabled });
      page = await enter(context);
    });
    after(() => context.close());

    test('a setting is searched, refused with its words and what was typed, saved, and taken back', async () => {
      await page.getByRole('link', { name: 'Settings' }).filter({ hasText: 'Settings' }).first().click();
      await page.getByText('One file is wrong.').waitFor();
      await page.getByText('badmailfrm').waitFor();
      await page.getByLabel('Name or words').fill('largest message');
      await page.getByRole('main').getByRole('button', { name: 'Search' }).click();
      await page.getByRole('link', { name: 'databytes' }).click();
      await page.getByLabel('Text of the file').fill('a lot');
      await press(page, 'Save');
      await page.locator('#fault-text', { hasText: 'expected a decimal number' }).waitFor();
      assert.equal(await page.getByLabel('Text of the file').inputValue(), 'a lot');
      await page.getByLabel('Text of the file').fill('20000000');
      await press(page, 'Save');
      await toast(page, 'Saved.');
      assert.equal(await page.getByLabel('Text of the file').inputValue(), '20000000\n');
      await press(page, 'Back to the default');
      await page.getByText('There is no file now').waitFor();
    });
  });

for (const javaScriptEnabled of [false, true])
  test(`a domain is disabled and enabled ${javaScriptEnabled ? 'with' : 'without'} script`, {
    skip,
  }, async () => {
    const context = await browser!.newContext({ javaScriptEnabled });
    try {
      const page = await enter(context);
      await page.goto(`${site.base}/admin/d/example.org`);
      await press(page, 'Disable this domain');
      await toast(page, 'example.org is disabled.');
      await page.getByText('Nobody of it can sign in').first().waitFor();
      await page.goto(`${site.base}/admin/domains`);
      await page.getByRole('row', { name: /example\.org disabled/ }).waitFor();
      await page.goto(`${site.base}/admin/d/example.org`);
      await press(page, 'Enable this domain');
      await toast(page, 'example.org is enabled.');
      assert.equal(await page.getByText('disabled', { exact: true }).count(), 0);
    } finally {
      await context.close();
    }
  });

describe('the looks', { skip }, () => {
  const pages = [
    '/admin/settings',
    '/admin/settings/smtproutes',
    '/admin/settings/me',
    '/admin/settings/greetdelay',
    '/admin/domains',
    '/admin/d/example.net',
  ];
  for (const colorScheme of ['light', 'dark'] as const)
    test(`no serious fault by axe, nothing wider than a phone, ${colorScheme}`, async () => {
      const context = await browser!.newContext({ colorScheme, viewport: { width: 360, height: 740 } });
      try {
        const page = await enter(context);
        for (const path of pages) {
          await page.goto(`${site.base}${path}`);
          assert.deepEqual(await findAccessFaults(page), [], path);
          const wide = await page.evaluate(() => document.documentElement.scrollWidth);
          assert.ok(wide <= 360, `${path} is ${wide} wide`);
        }
      } finally {
        await context.close();
      }
    });
});
