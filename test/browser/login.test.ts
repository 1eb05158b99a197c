// Signing in and out in a real browser, without and with script: webmail.md L1, L3, L5, N6, and the pages outside the
// list as everyone can use them.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { findAccessFaults, noBrowser, signInPage, startBrowser } from '../support/browser.ts';
import { password, startSite, type WebSite } from '../support/site.ts';

let site: WebSite;
const browser: Browser | undefined = await startBrowser();
const skip = browser ? false : noBrowser;
before(async () => {
  if (browser) site = await startSite();
});
after(async () => {
  await browser?.close();
  await site?.close();
});

for (const javaScriptEnabled of [false, true])
  describe(`signing in ${javaScriptEnabled ? 'with' : 'without'} script`, { skip }, () => {
    test('a wrong password says so and keeps the address; the right one lands on the Inbox', async () => {
      const context = await browser!.newContext({ javaScriptEnabled });
      const page = await context.newPage();
      await page.goto(`${site.base}/`);
      await page.waitForURL(`${site.base}/login`);
      assert.equal(await page.getAttribute('#address', 'autocomplete'), 'username');
      assert.equal(await page.getAttribute('#password', 'autocomplete'), 'current-password');
      await page.fill('#address', 'alice@example.com');
      await page.fill('#password', 'wrong');
      await page.click('button[type=submit]');
      await page.getByText('That address and password do not match.').waitFor();
      assert.equal(await page.inputValue('#address'), 'alice@example.com');
      await page.fill('#password', password);
      await page.click('button[type=submit]');
      await page.waitForURL(`${site.base}/f/INBOX`);
      const cookies = await context.cookies();
      const sid = cookies.find((cookie) => cookie.name === 'sid');
      assert.deepEqual([sid?.httpOnly, sid?.sameSite, sid?.expires], [true, 'Lax', -1]);
      await context.close();
    });

    test('sign out ends it: Back and reload show sign-in', async () => {
      const context = await browser!.newContext({ javaScriptEnabled });
      const page = await context.newPage();
      await signInPage(page, site.base);
      await page.click('.avatar-button');
      await page.click('text=Sign out');
      await page.getByText('You are signed out.').waitFor();
      await page.goBack();
      await page.reload();
      await page.waitForURL(/\/login/);
      await context.close();
    });

    test('the dark theme is set on the server: the first paint is dark (N6)', async () => {
      const context = await browser!.newContext({ javaScriptEnabled, colorScheme: 'light' });
      const page = await context.newPage();
      await signInPage(page, site.base);
      await page.goto(`${site.base}/settings/general`);
      await page.check('input[value=dark]');
      await page.click('button:text-is("Save")');
      await page.getByText('Saved.').waitFor();
      assert.equal(await page.getAttribute('html', 'data-theme'), 'dark');
      assert.equal(await page.locator('input[value=dark]').isChecked(), true);
      await page.goto(`${site.base}/f/INBOX`);
      assert.equal(await page.getAttribute('html', 'data-theme'), 'dark');
      await context.close();
    });
  });

describe('everyone can use the pages around the list', { skip }, () => {
  for (const colorScheme of ['light', 'dark'] as const)
    test(`no serious fault by axe, ${colorScheme}`, async () => {
      const context = await browser!.newContext({ colorScheme });
      const page = await context.newPage();
      await page.goto(`${site.base}/login`);
      assert.deepEqual(await findAccessFaults(page), [], 'login');
      await page.fill('#address', 'alice');
      await page.fill('#password', 'wrong');
      await page.click('button[type=submit]');
      await page.getByRole('alert').waitFor();
      assert.deepEqual(await findAccessFaults(page), [], 'refused');
      await signInPage(page, site.base);
      for (const path of ['/settings/general', '/settings/activity', '/help/shortcuts', '/no/such/page']) {
        await page.goto(site.base + path);
        assert.deepEqual(await findAccessFaults(page), [], path);
      }
      await context.close();
    });
});
