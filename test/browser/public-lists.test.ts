// Mailing lists in a real browser, with and without script: an administrator makes one and puts people on it; anybody reads
// its archive by threads, asks to join, and sees on a phone what he sees on a desk. The forms' own rules: web-admin-lists.test.ts.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { addToIndex } from '../../mta/lists/archive/index-file.ts';
import { createPostFile } from '../../mta/lists/archive/post-file.ts';
import { machine } from '../support/admin.ts';
import { findAccessFaults, noBrowser, signInPage, startBrowser } from '../support/browser.ts';
import { password, startSite, type WebSite } from '../support/site.ts';

const browser: Browser | undefined = await startBrowser();
const skip = browser ? false : noBrowser;
let site: WebSite;

const posts: readonly (readonly [subject: string, author: string, text: string])[] = [
  ['Summer fair', 'Ann', 'Shall we meet on the green?'],
  ['Re: Summer fair', 'Ben', '> Shall we meet on the green?\nYes, at ten.'],
  ['Minutes of May', 'Clara', 'They are at https://example.net/may and with clara@example.org.'],
];

before(async () => {
  if (!browser) return;
  site = await startSite({ people: ['alice@example.com'] });
  const wanted = { owner: '', prefix: '', replyTo: 'sender', posting: 'anyone', archive: 'anyone' } as const;
  await site.web.administration.setList(machine, 'example.com', 'village', {
    ...wanted,
    switches: ['public'],
  });
  const list = join((await site.account('alice@example.com')).directory, '..', 'village');
  for (const [i, [subject, author, text]] of posts.entries()) {
    const from = `${author} <${author.toLowerCase()}@example.org>`;
    const post = await createPostFile(list, i + 1);
    await post.write(
      `From: ${from}\nSubject: ${subject}\nDate: ${i + 1} Nov 2026 10:00:00 +0000\n\n${text}\n`,
    );
    await post.finish();
    await addToIndex(list, i + 1, { subject, from, received: ` ${i + 1} Nov 2026 10:00:00 -0000` }, '');
  }
  await writeFile(join(list, 'num'), '3:1\n');
});
after(async () => {
  await browser?.close();
  await site?.close();
});

for (const javaScriptEnabled of [false, true])
  describe(`mailing lists ${javaScriptEnabled ? 'with' : 'without'} script`, { skip }, () => {
    const name = javaScriptEnabled ? 'choir' : 'team';

    test('anybody reads the archive by threads and asks to join, on a phone too', async () => {
      const colorScheme = javaScriptEnabled ? 'dark' : 'light';
      const context = await browser!.newContext({
        javaScriptEnabled,
        colorScheme,
        viewport: { width: 360, height: 740 },
      });
      context.setDefaultTimeout(20_000);
      const page = await context.newPage();
      await page.goto(`${site.base}/lists/village@example.com`);
      await page.fill('input[name=address]', 'zoe@example.net');
      await page.click('button[value=subscribe]');
      await page.getByText('on its way to zoe@example.net').waitFor();
      await page.click('a[href$="/archive"]');
      await page.locator('.public-threads').waitFor();
      const threads = await page.locator('.public-threads h2').allTextContents();
      assert.deepEqual(threads, ['Minutes of May', 'Summer fair']);
      if (javaScriptEnabled) {
        assert.deepEqual(await findAccessFaults(page), []);
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth));
      }
      await page.click('.public-threads a:has-text("Ben")');
      await page.getByText('Yes, at ten.').waitFor();
      assert.equal(await page.locator('.public-thread [aria-current]').textContent(), 'Ben');
      await page.click('.public-thread a:has-text("Ann")');
      await page.getByText('Shall we meet').first().waitFor();
      await context.close();
    });

    test('an administrator makes a list, puts people on it and takes it away', async () => {
      const context = await browser!.newContext({ javaScriptEnabled });
      context.setDefaultTimeout(20_000);
      const page = await context.newPage();
      await signInPage(page, site.base, 'postmaster@example.com');
      await page.goto(`${site.base}/admin/d/example.com/new-list`);
      await page.fill('input[name=admin-password]', password);
      await page.click('form:has(input[name=admin-password]) button:not([type=button])');
      await page.waitForURL(/new-list/);
      await page.fill('input[name=name]', name);
      await page.fill('input[name=prefix]', 'a]b');
      await page.click('main form.wide-form button:not([type=button])');
      await page.locator('#fault-prefix').waitFor();
      assert.equal(await page.inputValue('input[name=name]'), name, 'what was typed is kept');
      await page.fill('input[name=prefix]', 'Ours');
      if (javaScriptEnabled) assert.deepEqual(await findAccessFaults(page), []);
      await page.click('main form.wide-form button:not([type=button])');
      await page.waitForURL(/\/members/);
      await page.fill('textarea[name=add]', 'Ann <ann@example.org>\nben@example.org');
      await page.click('main form.wide-form button:not([type=button])');
      await page.getByText('2 addresses were added').first().waitFor();
      await page.check('input[name=remove][value="ben@example.org"]');
      await page.click('form:has(.ticked) button');
      await page.getByText('One address was removed').first().waitFor();
      await page.goto(`${site.base}/admin/d/example.com/lists/${name}/remove`);
      await page.click('button.danger');
      await page.waitForURL(/\/lists(\?|$)/);
      assert.equal(await page.locator(`a[href$="/lists/${name}"]`).count(), 0);
      await context.close();
    });
  });
