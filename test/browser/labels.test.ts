// Labels in a real browser: set from the list and from the message, without script and with it.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { findAccessFaults, noBrowser, startBrowser } from '../support/browser.ts';
import { type MailSite, startMailSite } from '../support/mail-pages.ts';

const browser: Browser | undefined = await startBrowser();
const skip = browser ? false : noBrowser;
const alice = 'alice@example.com';
let site: MailSite;

before(async () => {
  if (!browser) return;
  site = await startMailSite();
  for (let n = 0; n < 4; n++)
    await site.deliver(alice, {
      subject: `Letter ${n}`,
      flags: 'S',
      received: new Date(Date.now() - n * 60_000),
    });
});
after(async () => {
  await browser?.close();
  await site?.close();
});

async function open(javaScriptEnabled: boolean): Promise<Page> {
  const context = await browser!.newContext({ javaScriptEnabled });
  context.setDefaultTimeout(10_000);
  const sid = site.web.sessions.begin(alice, false, 'test');
  await context.addCookies([{ name: 'sid', value: sid, url: site.base }]);
  const page = await context.newPage();
  await page.goto(`${site.base}/f/INBOX`);
  return page;
}
const chips = (page: Page, subject: string) =>
  page.locator('#rows > .row', { hasText: subject }).locator('.label').allTextContents();

for (const script of [false, true])
  describe(`labels ${script ? 'with' : 'without'} script`, { skip }, () => {
    const [first, second] = script ? ['Letter 2', 'Letter 3'] : ['Letter 0', 'Letter 1'];

    test('are set on ticked rows, taken off again, and have a list each', async () => {
      const page = await open(script);
      for (const subject of [first, second]) await page.getByLabel(`Select: ${subject}`).check();
      await page.locator('#label-menu > summary').click();
      if (script) assert.deepEqual(await findAccessFaults(page), []);
      await page.locator('#label-menu').getByLabel('Work').check();
      await page.locator('#label-menu button[value="label"]').click();
      await page.locator('.toast', { hasText: '2 messages labelled Work.' }).waitFor();
      assert.deepEqual(await chips(page, first!), ['Work']);
      await page.locator('#label-list').getByText('Work').click();
      await page.getByRole('heading', { name: 'Work' }).waitFor();
      assert.equal(await page.locator('#rows .subject', { hasText: first! }).count(), 1);

      await page.getByLabel(`Select: ${first}`).check();
      await page.locator('#label-menu > summary').click();
      const box = page.locator('#label-menu').getByLabel('Work');
      // With script the box shows what the row has; without it two buttons say what is meant.
      if (script) {
        await page.locator('#label-menu button', { hasText: 'Apply' }).waitFor();
        assert.equal(await box.isChecked(), true);
        await box.uncheck();
        await page.locator('#label-menu button[value="label"]').click();
      } else {
        await box.check();
        await page.locator('#label-menu button[value="unlabel"]').click();
      }
      await page.locator('.toast', { hasText: 'Label Work taken off.' }).waitFor();
      assert.equal(await page.locator('#rows .subject', { hasText: first! }).count(), 0);
      await page.context().close();
    });

    test('are set on an open message, whose menu shows what it has', async () => {
      const page = await open(script);
      await page.locator('.row-link', { hasText: second! }).click();
      await page.locator('.message-head').waitFor();
      await page.locator('.message-bar .label-menu > summary').click();
      assert.equal(await page.locator('.message-bar .label-menu').getByLabel('Work').isChecked(), true);
      await page.locator('.message-bar .label-menu').getByLabel('Personal').check();
      await page.locator('.message-bar .label-menu button[value="label"]').click();
      await page
        .locator('.toast', { hasText: 'labelled Personal' })
        .or(page.locator('.toast', { hasText: 'Labels changed' }))
        .waitFor();
      await page.goto(`${site.base}/f/INBOX`);
      assert.deepEqual(await chips(page, second!), ['Work', 'Personal']);
      await page.context().close();
    });
  });

test('the settings of labels can be used by everyone', { skip }, async () => {
  const page = await open(true);
  await page.goto(`${site.base}/settings/labels`);
  assert.deepEqual(await findAccessFaults(page), []);
  await page.getByLabel('Name', { exact: true }).fill('Ärger');
  await page.getByLabel('Colour', { exact: true }).selectOption('yellow');
  await page.getByRole('button', { name: 'Add' }).click();
  await page.locator('.bar.ok').waitFor();
  assert.equal(await page.locator('.label-lines li').count(), 6);
  await page.goto(`${site.base}/settings/labels/remove?keyword=%24label1`);
  assert.deepEqual(await findAccessFaults(page), []);
  await page.context().close();
});
