// A list while the index is still reading, in a real browser: with script the rows fill in by themselves, without it a
// link shows them again.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { findAccessFaults, noBrowser, signInPage, startBrowser } from '../support/browser.ts';
import { startReadingSite } from '../support/reading.ts';

const browser: Browser | undefined = await startBrowser();
after(() => browser?.close());

describe('a list that is not read yet', { skip: browser ? false : noBrowser }, () => {
  for (const javaScriptEnabled of [true, false])
    test(`${javaScriptEnabled ? 'with' : 'without'} script`, { timeout: 60_000 }, async () => {
      const site = await startReadingSite();
      const context = await browser!.newContext({ javaScriptEnabled });
      try {
        await site.deliver('alice@example.com', { subject: 'The letter', flags: '' });
        const page = await context.newPage();
        page.setDefaultTimeout(20_000);
        await signInPage(page, site.base);
        const row = page.locator('#rows > .row');
        assert.equal(await row.locator('.who').textContent(), 'Reading…');
        assert.match((await page.textContent('#progress')) ?? '', /being built/);
        const again = page.getByRole('link', { name: 'Show again' });
        assert.equal(await again.isVisible(), !javaScriptEnabled);
        if (javaScriptEnabled) assert.deepEqual(await findAccessFaults(page), []);
        // A hand that rests on the list holds nothing up: the row stays in its place.
        await row.hover();
        site.read();
        if (!javaScriptEnabled) await again.click();
        await page.locator('.subject', { hasText: 'The letter' }).waitFor();
        assert.equal(await page.locator('#progress').count(), 0);
        assert.equal(await page.locator('.row.pending').count(), 0);
      } finally {
        await context.close();
        await site.close();
      }
    });
});
