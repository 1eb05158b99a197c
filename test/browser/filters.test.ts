// Filters in a real browser: a rule written, tried, put in order and made from a message that was moved, without script
// and with it.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { findAccessFaults, noBrowser, startBrowser } from '../support/browser.ts';
import { type MailSite, startMailSite } from '../support/mail-pages.ts';

const browser: Browser | undefined = await startBrowser();
const skip = browser ? false : noBrowser;
const people = ['alice@example.com', 'bob@example.com'];
let site: MailSite;

before(async () => {
  if (!browser) return;
  site = await startMailSite({ people });
  for (const address of people) {
    const mailbox = await site.mailboxes.open(await site.account(address));
    for (const folder of ['Family', 'Shops']) await mailbox.uids.createFolder(folder);
    for (let n = 0; n < 2; n++)
      await site.deliver(address, { subject: `Invoice ${n}`, from: 'Shop <shop@example.net>', flags: 'S' });
    await site.deliver(address, { subject: 'Hello', flags: 'S', received: new Date(Date.now() - 60_000) });
  }
});
after(async () => {
  await browser?.close();
  await site?.close();
});

async function open(javaScriptEnabled: boolean, address: string): Promise<Page> {
  const context = await browser!.newContext({ javaScriptEnabled });
  context.setDefaultTimeout(10_000);
  const sid = site.web.sessions.begin(address, false, 'test');
  await context.addCookies([{ name: 'sid', value: sid, url: site.base }]);
  return context.newPage();
}
const sentences = (page: Page) => page.locator('#rules .rule-name, #rules .rule-if').allTextContents();
const plain = (texts: readonly string[]): string[] =>
  texts
    .map((text) =>
      text
        .replace(/[\u2068\u2069]/g, '')
        .replace(/\s+/g, ' ')
        .trim(),
    )
    .filter((text) => text !== '');

for (const script of [false, true])
  test(`a rule is written, tried, ordered, and made from a move ${script ? 'with' : 'without'} script`, {
    skip,
  }, async () => {
    const page = await open(script, script ? people[0]! : people[1]!);
    await page.goto(`${site.base}/settings/filters`);
    await page.getByRole('link', { name: 'New rule' }).click();
    const values = page.getByLabel('What to look for');
    await values.first().fill('Invoice');
    await page.getByLabel('Look at').selectOption('Subject');
    await page.getByRole('button', { name: 'Add a condition' }).click();
    // Where nothing is looked for, nothing is asked.
    await page.getByLabel('Look at').nth(1).selectOption('Attachment');
    await page.getByLabel('How', { exact: true }).nth(1).selectOption('is not there');
    assert.equal(await values.count(), 2);
    assert.equal(await values.nth(1).isVisible(), false);
    assert.equal(await values.first().inputValue(), 'Invoice');
    if (script) assert.deepEqual(await findAccessFaults(page), []);
    await page.getByLabel('Into this folder:').check();
    await page.getByLabel('Choose a folder').selectOption('Shops');
    await page.getByRole('button', { name: 'Try it out' }).click();
    await page.getByText('2 of the last 3 messages match.').waitFor();
    await page.locator('.form-ways').getByRole('button', { name: 'Save' }).click();
    await page.locator('.toast', { hasText: 'Saved.' }).waitFor();
    assert.deepEqual(plain(await sentences(page)), [
      'Subject contains “Invoice” and Attachment is not there',
    ]);

    // A message is moved by hand, and its toast begins a rule.
    await page.goto(`${site.base}/f/INBOX`);
    await page.locator('.row-link', { hasText: 'Hello' }).click();
    const bar = page.locator('.message-bar');
    await bar.locator('summary[aria-label="Move to"]').click();
    await bar.locator('select[name="to"]').selectOption('Family');
    await bar.getByRole('button', { name: 'Move', exact: true }).click();
    await page.getByRole('link', { name: 'Always move?' }).click();
    assert.equal(await values.inputValue(), 'bob@example.org');
    assert.equal(await page.getByLabel('Choose a folder').inputValue(), 'Family');
    // Enter saves, whatever other buttons the form has.
    await page.getByLabel('Name', { exact: true }).fill('Bob');
    await page.getByLabel('Name', { exact: true }).press('Enter');
    await page.locator('.rule-name', { hasText: 'Bob' }).waitFor();
    if (script) {
      assert.deepEqual(await findAccessFaults(page), []);
      await page
        .locator('#rules > .rule')
        .nth(1)
        .dragTo(page.locator('#rules > .rule').first(), {
          targetPosition: { x: 60, y: 4 },
        });
      await page.locator('.toast', { hasText: 'Order changed.' }).waitFor();
      assert.equal(plain(await sentences(page))[0], 'Bob');
      await page.getByRole('button', { name: 'Move the rule “Bob” down' }).press('Enter');
      await page.locator('.rule:last-child .rule-name', { hasText: 'Bob' }).waitFor();
    }
    // By the keyboard: the next press moves the same rule, as far as it goes.
    await page.getByRole('button', { name: 'Move the rule “Bob” up' }).press('Enter');
    await page.locator('.toast', { hasText: 'Order changed.' }).waitFor();
    assert.equal(plain(await sentences(page))[0], 'Bob');
    assert.equal(
      await page.locator('#rules button:focus').getAttribute('aria-label'),
      'Move the rule “Bob” down',
    );
    await page.locator('.toast').getByRole('button', { name: 'Undo' }).click();
    await page.locator('.toast', { hasText: 'Undone.' }).waitFor();
    assert.equal(plain(await sentences(page)).at(-2), 'Bob');

    // Somebody is blocked, and is not.
    await page.getByLabel('Address, or @domain').fill('Spam <SPAM@example.net>');
    await page.getByRole('button', { name: 'Block', exact: true }).click();
    await page.locator('.blocked', { hasText: 'spam@example.net' }).getByRole('button').click();
    await page.getByText('Nobody is blocked.').waitFor();

    // A script by hand: wrong, doubtful, in use, and the rules again.
    await page.getByRole('link', { name: 'Sieve scripts' }).click();
    await page.getByRole('link', { name: 'New script' }).click();
    await page.getByLabel('Name of the script').fill('mine');
    const text = page.getByLabel('Script', { exact: true });
    await text.fill('if true { stop; keep; }\nfrobnicate;');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.locator('.field .fault', { hasText: /^Line 2: / }).waitFor();
    if (script) assert.deepEqual(await findAccessFaults(page), []);
    assert.match(await text.inputValue(), /frobnicate;$/);
    await text.fill('if true { stop; keep; }');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.locator('.script-notes', { hasText: 'Line 1: ' }).waitFor();
    if (script) assert.deepEqual(await findAccessFaults(page), []);
    await page.getByRole('link', { name: 'Sieve scripts' }).click();
    await page.getByRole('button', { name: 'Use the script “mine”' }).click();
    await page.locator('.toast', { hasText: 'New mail is filtered by' }).waitFor();
    await page.goto(`${site.base}/settings/filters`);
    await page.locator('.rule-foreign').getByRole('button').click();
    await page.locator('.rule-name', { hasText: 'Bob' }).waitFor();
    await page.context().close();
  });

describe('a message', () => {
  test('blocks its sender from its menu, which Undo takes back', { skip }, async () => {
    const page = await open(true, people[0]!);
    await page.goto(`${site.base}/f/INBOX`);
    await page.locator('.row-link', { hasText: 'Invoice 0' }).click();
    await page.locator('.message-bar summary[aria-label="More"]').click();
    await page.getByRole('button', { name: 'Block sender' }).click();
    await page.locator('.toast', { hasText: 'shop@example.net is blocked.' }).waitFor();
    await page.locator('.toast').getByRole('button', { name: 'Undo' }).click();
    await page.locator('.toast', { hasText: 'Undone.' }).waitFor();
    await page.goto(`${site.base}/settings/filters`);
    await page.getByText('Nobody is blocked.').waitFor();
    await page.context().close();
  });
});
