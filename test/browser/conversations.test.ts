// Conversations in a real browser: every check of webmail.md 1.4 and M4 once without script and once with it; then what
// script adds: the pane, folded mails that come when they are opened, n and p, reading after five seconds.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { findAccessFaults, noBrowser, signInPage, startBrowser } from '../support/browser.ts';
import { deliverThread, type ThreadMail } from '../support/conversations.ts';
import { waitForReading } from '../support/maildir.ts';
import { startSite, type WebSite } from '../support/site.ts';

let site: WebSite;
const browser: Browser | undefined = await startBrowser();
const skip = browser ? false : noBrowser;
const alice = 'alice@example.com';
const me = 'Alice Example <alice@example.com>';
const quote = Array.from({ length: 6 }, (_, n) => `> line ${n}`).join('\n');

const six = (name: string, ago: number): ThreadMail[] => {
  const subject = `Re: Contract ${name}`;
  const at = (n: number) => ({ ago: ago - n, subject, ...(n ? { refs: `${name}0` } : {}) });
  return [
    { id: `${name}0`, ...at(0), subject: `Contract ${name}`, flags: 'S' },
    { id: `${name}1`, ...at(1), from: me, folder: 'Sent', flags: 'S' },
    { id: `${name}2`, ...at(2), from: 'Carla Mendes <carla@example.org>', flags: 'S' },
    { id: `${name}3`, ...at(3), flags: '', body: `First unread of ${name}.\n\n${quote}` },
    { id: `${name}4`, ...at(4), flags: '', html: true, body: `<p>Second unread of ${name}.</p>` },
    { id: `${name}5`, ...at(5), flags: 'S', body: `The last of ${name}.` },
  ];
};

before(async () => {
  if (!browser) return;
  site = await startSite();
  await deliverThread(site, alice, [
    ...six('plain', 600),
    ...six('script', 500),
    ...six('pane', 400),
    ...six('keys', 300),
    // What is shown after the one before it was deleted.
    { id: 'oldest', ago: 700, subject: 'Oldest', flags: 'S' },
    { id: 'lone1', ago: 200, subject: 'Equal', flags: 'S' },
    { id: 'lone2', ago: 190, subject: 'Equal', flags: 'S' },
  ]);
  const mailbox = await site.mailboxes.open(await site.account(alice));
  await waitForReading(mailbox);
});
after(async () => {
  await browser?.close();
  await site?.close();
});

async function open(
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<{ context: BrowserContext; page: Page; faults: string[] }> {
  const context = await browser!.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  await signInPage(page, site.base);
  return { context, page, faults };
}

const row = (page: Page, words: string) => page.locator('#rows > .row', { hasText: words });

for (const javaScriptEnabled of [false, true])
  describe(`conversations ${javaScriptEnabled ? 'with' : 'without'} script`, { skip }, () => {
    const name = javaScriptEnabled ? 'script' : 'plain';
    let context: BrowserContext;
    let page: Page;
    let faults: string[];
    before(async () => {
      ({ context, page, faults } = await open({ javaScriptEnabled }));
    });
    after(async () => {
      assert.deepEqual(faults, []);
      await context.close();
    });

    test('the answer from Sent is inside the conversation of the Inbox; an equal subject alone joins nothing (C1, C2)', async () => {
      const link = row(page, `Contract ${name}`).locator('.row-link');
      assert.match(
        (await link.textContent())!.replace(/\s+/g, ' '),
        /Unread, Bob, me, Carla · 6, 6 messages, /,
      );
      assert.equal(await row(page, 'Equal').count(), 2);
    });

    test('of six mails with two unread exactly those and the last are open, and the page begins there (C3)', async () => {
      const href = (await row(page, `Contract ${name}`).locator('.row-link').getAttribute('href'))!;
      await page.goto(site.base + href);
      assert.equal(await page.locator('.mail').count(), 6);
      assert.equal(await page.locator('.mail[open]').count(), 3);
      await page.locator('.message-text', { hasText: `First unread of ${name}.` }).waitFor();
      const top = (await page.locator('.mail[open]').first().boundingBox())!.y;
      assert.ok(top > 50 && top < 300, `the first unread stands at ${top}`);
      assert.equal(await page.locator('.mail[open] iframe.message-frame').count(), 1);
      if (javaScriptEnabled) {
        const frame = page.frameLocator('.mail[open] iframe.message-frame');
        await frame.getByText(`Second unread of ${name}.`).waitFor();
      }
      assert.deepEqual(await findAccessFaultsOf(page, javaScriptEnabled), []);
    });

    test('the quote is behind the dots, and there (C4)', async () => {
      const fold = page.locator('.mail[open] .message-quote').first();
      assert.equal(await fold.getByText('line 3').isVisible(), false);
      await fold.locator('summary').click();
      assert.equal(await fold.getByText('line 3').isVisible(), true);
    });

    test('a folded mail opens, and folds again', async () => {
      const first = page.locator('.mail').first();
      await first.locator('summary').first().click();
      if (!javaScriptEnabled) await first.getByText('Show the whole message').click();
      await page.locator('.mail').first().locator('.message-body').waitFor();
      assert.equal(await page.locator('.mail').first().getAttribute('open'), '');
      await page.locator('.mail').first().locator('> summary').click();
      assert.equal(await page.locator('.mail').first().locator('.message-body').isVisible(), false);
    });

    test('delete of one mail leaves the others; of the conversation the copy in Sent (C5)', async () => {
      await page.goto(`${site.base}/f/INBOX`);
      await page.goto(
        site.base + (await row(page, `Contract ${name}`).locator('.row-link').getAttribute('href')),
      );
      const last = page.locator('.mail').last();
      await last.locator('.mail-tools .menu > summary').click();
      await last.getByText('Delete this message').click();
      await page.locator('.toast-words').waitFor();
      assert.equal(await page.locator('.mail').count(), 5);
      await page.locator('.message-bar button[value=trash]').click();
      await page.getByText('Conversation moved to Trash.').first().waitFor();
      await page.goto(`${site.base}/f/Sent`);
      assert.equal(await row(page, `Contract ${name}`).count(), 1);
      await page.goto(`${site.base}/f/INBOX`);
      assert.equal(await row(page, `Contract ${name}`).count(), 0);
    });

    test('the menu of the list shows each mail on its own row and remembers it for this folder (M4)', async () => {
      const before = await page.locator('#rows > .row').count();
      const menu = page.locator('.list-bar details.menu');
      await menu.locator('summary').click();
      await menu.getByText('Single messages').click();
      await page.waitForFunction((count) => document.querySelectorAll('#rows > .row').length > count, before);
      await page.goto(`${site.base}/f/INBOX`);
      assert.ok((await page.locator('#rows > .row').count()) > before);
      await menu.locator('summary').click();
      await menu.getByText('Conversations').click();
      await page.waitForFunction(
        (count) => document.querySelectorAll('#rows > .row').length === count,
        before,
      );
    });
  });

// axe runs as a script.
const findAccessFaultsOf = (page: Page, javaScriptEnabled: boolean): Promise<string[]> =>
  javaScriptEnabled ? findAccessFaults(page) : Promise.resolve([]);

describe('what script adds to conversations', { skip }, () => {
  test('a conversation opens in the pane at its first unread; deleting one mail keeps it open', async () => {
    const { context, page, faults } = await open({ viewport: { width: 1366, height: 700 } });
    await row(page, 'Contract pane').locator('.row-link').click();
    const pane = page.locator('#pane');
    await pane.locator('.message-text', { hasText: 'First unread of pane.' }).waitFor();
    await pane.frameLocator('iframe.message-frame').getByText('Second unread of pane.').waitFor();
    // The pane grows as the frame does.
    await page.waitForFunction(() => {
      const top = (selector: string) => document.querySelector(selector)!.getBoundingClientRect().top;
      return top('#pane .mail[open]') - top('#pane') < 120;
    });
    await row(page, 'Contract pane').locator('.row-link[aria-current]').waitFor();
    const star = pane.locator('.mail[open] .message-star').first();
    await star.click();
    await pane.locator('.mail[open] .message-star.starred').first().waitFor();
    await row(page, 'Contract pane').and(page.locator('.starred')).waitFor();
    const last = pane.locator('.mail').last();
    await last.locator('.mail-tools .menu > summary').click();
    await last.getByText('Delete this message').click();
    await page.waitForFunction(() => document.querySelectorAll('#pane .mail').length === 5);
    assert.deepEqual(await findAccessFaults(page), []);
    assert.deepEqual(faults, []);
    await context.close();
  });

  test('n and p go from mail to mail; r answers the one with the focus', async () => {
    const { context, page, faults } = await open();
    await page.goto(site.base + (await row(page, 'Contract keys').locator('.row-link').getAttribute('href')));
    const focused = () => page.evaluate(() => document.activeElement?.closest('.mail')?.id);
    const ids = await page.locator('.mail').evaluateAll((mails) => mails.map((mail) => mail.id));
    await page.keyboard.press('n');
    assert.equal(await focused(), ids[3], 'from the first unread on');
    await page.keyboard.press('n');
    assert.equal(await focused(), ids[4]);
    await page.keyboard.press('p');
    await page.keyboard.press('p');
    assert.equal(await focused(), ids[2]);
    await page.keyboard.press('Enter');
    await page.locator(`#${ids[2]}.loaded`).waitFor();
    assert.equal(await focused(), ids[2], 'the focus stays on what was opened');
    await page.keyboard.press('r');
    await page.waitForURL(/\/compose\?reply=/);
    assert.equal(new URL(page.url()).searchParams.get('reply'), ids[2]!.slice(2));
    assert.deepEqual(faults, []);
    await context.close();
  });

  test('a new answer moves the row to the top (C2)', async () => {
    const { context, page } = await open();
    assert.match((await page.locator('#rows > .row').first().textContent())!, /Equal/);
    await deliverThread(site, alice, [{ id: 'keys9', refs: 'keys0', ago: 0, subject: 'Re: Contract keys' }]);
    await page.locator('#rows > .row:first-child', { hasText: 'Contract keys' }).waitFor({ timeout: 15_000 });
    await context.close();
  });

  test('320 px wide nothing scrolls sideways', async () => {
    const { context, page } = await open({ viewport: { width: 320, height: 700 } });
    await page.goto(site.base + (await row(page, 'Contract keys').locator('.row-link').getAttribute('href')));
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 320);
    assert.deepEqual(await findAccessFaults(page), []);
    await context.close();
  });
});
