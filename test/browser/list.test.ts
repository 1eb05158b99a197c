// The list of messages in a real browser: every check of webmail.md 1.2 and 1.3 once without script and once with it;
// then what script adds: the pane, keys, range selection, new mail, Back with its place.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { findAccessFaults, noBrowser, signInPage, startBrowser } from '../support/browser.ts';
import { startSite, type WebSite } from '../support/site.ts';

let site: WebSite;
const browser: Browser | undefined = await startBrowser();
const skip = browser ? false : noBrowser;
const alice = 'alice@example.com';
const minute = 60_000;

before(async () => {
  if (!browser) return;
  site = await startSite();
  const now = Date.now();
  for (let n = 0; n < 60; n++)
    await site.deliver(alice, {
      from: [
        'Zoë Ødegård <zoe@nordlys.example>',
        '田中 美咲 <misaki@tanaka.example>',
        'Bob Jones <bob@example.org>',
      ][n % 3]!,
      subject: `Letter ${String(n).padStart(2, '0')}`,
      body: `Text of letter ${n}, with some words to fill the line.`,
      flags: n < 4 ? '' : 'S',
      received: new Date(now - (n + 1) * minute),
    });
});
after(async () => {
  await browser?.close();
  await site?.close();
});

const subjects = (page: Page): Promise<string[]> => page.locator('#rows .subject').allTextContents();
const row = (page: Page, n: number) => page.locator('#rows > .row').nth(n);

/** A new context with its own cookies, signed in. */
async function open(
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<{ context: BrowserContext; page: Page; faults: string[] }> {
  const context = await browser!.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !/401|404|409|422/.test(message.text())) faults.push(message.text());
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(site.base)) faults.push(`foreign request ${request.url()}`);
  });
  await signInPage(page, site.base);
  return { context, page, faults };
}

for (const javaScriptEnabled of [false, true])
  describe(`the list ${javaScriptEnabled ? 'with' : 'without'} script`, { skip }, () => {
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

    test('the seven folders come first and in order, with counts', async () => {
      const names = await page
        .locator('#folder-list > li > .folder-row > .folder .folder-name')
        .allTextContents();
      assert.deepEqual(names, ['Inbox', 'Starred', 'Drafts', 'Sent', 'Archive', 'Junk', 'Trash']);
      assert.match((await page.locator('.folder[aria-current]').textContent()) ?? '', /Inbox\s*4, 4 unread/);
    });

    test('rows are real links that name themselves to those who hear them', async () => {
      const first = row(page, 0).locator('.row-link');
      const name = /^\s*Unread,\s+Zoë Ødegård\s+Letter 00\s+\d\d:\d\d\s+Text of letter 0/;
      assert.match((await first.textContent()) ?? '', name);
      assert.equal(await first.locator('.preview').getAttribute('aria-hidden'), 'true');
      assert.match((await first.getAttribute('href')) ?? '', /^\/m\/[\w-]{12}\?in=INBOX$/);
    });

    test('Older and Newer walk the pages; the filter shows unread only', async () => {
      await page.click('#older');
      await page.waitForURL(/after=/);
      await page.locator('#rows > .row').nth(9).waitFor();
      assert.equal((await subjects(page))[0], 'Letter 50');
      await page.goBack();
      await page.getByText('Letter 00').first().waitFor();
      await page.click('.chip:text-is("Unread")');
      await page.waitForURL(/filter=unread/);
      await page.locator('.chip[aria-current]:text-is("Unread")').waitFor();
      assert.deepEqual(await subjects(page), ['Letter 00', 'Letter 01', 'Letter 02', 'Letter 03']);
      await page.goto(`${site.base}/f/INBOX`);
    });

    test('two ticked rows are archived; Undo in the toast brings them back to their place', async () => {
      const before = await subjects(page);
      for (const n of [1, 2]) await row(page, n).locator('.pick input').check();
      await page.click('#toolbar button[value=archive]');
      await page.locator('.toast-words').waitFor();
      assert.equal(await page.locator('.toast-words').textContent(), '2 messages moved to Archive.');
      assert.deepEqual((await subjects(page)).slice(0, 3), [before[0], before[3], before[4]]);
      await page.click('.toast-button');
      await page.getByText('Undone.').first().waitFor();
      assert.deepEqual(await subjects(page), before);
    });

    test('the star of a row is set and taken away', async () => {
      await row(page, 4).hover();
      await row(page, 4).locator('.star').click();
      await page.locator('#rows > .row.starred').first().waitFor();
      await page.getByText('Starred.').first().waitFor();
      await row(page, 4).locator('.star').click();
      await page.getByText('Star removed.').first().waitFor();
      assert.equal(await page.locator('#rows > .row.starred').count(), 0);
    });

    test('move puts the ticked message into the chosen folder', async () => {
      await site.deliver(alice, { folder: 'Projects.Alpha', subject: 'Already here', flags: 'S' });
      await page.goto(`${site.base}/f/INBOX`);
      await row(page, 6).locator('.pick input').check();
      await page.click('#move-menu > summary');
      await page.selectOption('#move-to', 'Projects.Alpha');
      await page.click('#move-menu button');
      await page.getByText('Moved to Projects / Alpha.').first().waitFor();
      await page.click('.toast-button');
      await page.getByText('Undone.').first().waitFor();
    });

    test('nothing ticked: the actions are out of reach, a select-page button ticks all and offers the whole folder', async () => {
      assert.equal(await page.locator('#toolbar').isVisible(), false);
      await page.click('[data-select="page"]');
      await page.locator('#toolbar').waitFor();
      assert.equal(await page.locator('.pick :checked').count(), 50);
      await page.getByText('All 50 messages on this page are selected.').waitFor();
      await page.click('text=Select all 60 in Inbox');
      await page.getByText('All 60 in Inbox are selected.').waitFor();
      await page.click('#toolbar button[value=read]');
      await page.getByText('60 messages marked as read.').first().waitFor();
      await page.click('.toast-button');
      await page.getByText('Undone.').first().waitFor();
      assert.equal(await page.locator('#rows > .row.unread').count(), 4);
    });

    test('Ctrl-click opens the message page in a new tab (M9)', {
      skip: javaScriptEnabled ? false : 'same link',
    }, async () => {
      const [tab] = await Promise.all([
        context.waitForEvent('page'),
        row(page, 8)
          .locator('.row-link')
          .click({ modifiers: ['Control'] }),
      ]);
      await tab.waitForURL(/\/m\/[\w-]{12}/);
      await tab.close();
    });

    test('search finds from anywhere, keeps its words, and Back returns', async () => {
      await page.goto(`${site.base}/f/INBOX`);
      await page.fill('#search', 'subject:"Letter 42"');
      await page.press('#search', 'Enter');
      await page.waitForURL(/\/search\?q=/);
      assert.deepEqual(await subjects(page), ['Letter 42']);
      assert.equal(await page.inputValue('#search'), 'subject:"Letter 42"');
      await page.goBack();
      await page.waitForURL(`${site.base}/f/INBOX`);
    });

    test('an empty folder says so', async () => {
      await page.goto(`${site.base}/f/Junk`);
      await page.getByText('Junk is empty').waitFor();
    });

    test('on a phone the folders are a drawer, nothing scrolls sideways', async () => {
      await page.setViewportSize({ width: 360, height: 740 });
      await page.goto(`${site.base}/f/INBOX`);
      assert.equal(await page.locator('#folders').isVisible(), false);
      await page.click('.drawer-open');
      await page.locator('#folders').waitFor({ state: 'visible' });
      await page.click('#folders .folder:has-text("Archive")');
      await page.getByText('Archive is empty').waitFor();
      await page.locator('#folders').waitFor({ state: 'hidden' });
      await page.goto(`${site.base}/f/INBOX`);
      if (javaScriptEnabled)
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth));
      await page.setViewportSize({ width: 1280, height: 800 });
    });
  });

describe('what script adds to the list', { skip }, () => {
  let context: BrowserContext;
  let page: Page;
  let faults: string[];
  before(async () => {
    ({ context, page, faults } = await open());
  });
  after(async () => {
    assert.deepEqual(faults, []);
    await context.close();
  });

  test('a row opens in the pane beside it, is read at once, and Back closes it', async () => {
    await row(page, 0).locator('.row-link').click();
    await page.waitForURL(/\?open=[\w-]{12}$/);
    await page.locator('#pane:has-text("Letter 00")').waitFor();
    assert.equal(await row(page, 0).getAttribute('class'), 'row');
    assert.equal(await row(page, 0).locator('.row-link').getAttribute('aria-current'), 'true');
    await page.getByText('Inbox 3', { exact: false }).first().waitFor();
    await page.goBack();
    await page.getByText('No message is open').waitFor();
    assert.equal(new URL(page.url()).search, '');
  });

  test('the keys walk, open, star, tick, archive and undo; they are off while typing', async () => {
    await page.goto(`${site.base}/f/INBOX`);
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    assert.match((await page.locator(':focus').textContent()) ?? '', /Letter 01/);
    await page.keyboard.press('k');
    await page.keyboard.press('x');
    assert.equal(await page.locator('.pick :checked').count(), 1);
    await page.keyboard.press('x');
    await page.keyboard.press('s');
    await page.getByText('Starred.').first().waitFor();
    assert.match((await page.locator(':focus').textContent()) ?? '', /Letter 00/, 'focus stays');
    await page.keyboard.press('s');
    await page.getByText('Star removed.').first().waitFor();
    await page.keyboard.press('e');
    await page.getByText('Moved to Archive.').first().waitFor();
    assert.match(
      (await page.locator(':focus').textContent()) ?? '',
      /Letter 01/,
      'focus goes to the next row',
    );
    await page.keyboard.press('z');
    await page.getByText('Undone.').first().waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('e#sx');
    assert.equal(await page.inputValue('#search'), 'e#sx');
    assert.equal((await subjects(page))[0], 'Letter 00');
    await page.fill('#search', '');
    await page.keyboard.press('Tab');
  });

  test('o opens and j goes on to the next in the pane', async () => {
    await page.goto(`${site.base}/f/INBOX`);
    await page.keyboard.press('j');
    await page.keyboard.press('o');
    await page.locator('#pane:has-text("Text of letter 0,")').waitFor();
    await row(page, 0).locator('.row-link').focus();
    await page.keyboard.press('j');
    await page.locator('#pane:has-text("Text of letter 1,")').waitFor();
    await page.keyboard.press('e');
    await page.locator('#pane:has-text("Text of letter 2,")').waitFor();
    await page.keyboard.press('z');
    await page.getByText('Undone.').first().waitFor();
  });

  test('? shows the keys as a dialog; Esc closes it and the focus returns', async () => {
    await page.goto(`${site.base}/f/INBOX`);
    await row(page, 2).locator('.row-link').focus();
    await page.keyboard.press('?');
    await page.locator('dialog[open]').waitFor();
    assert.match((await page.locator('dialog').textContent()) ?? '', /Keyboard shortcuts/);
    assert.deepEqual(await findAccessFaults(page), []);
    await page.keyboard.press('Escape');
    await page.locator('dialog').waitFor({ state: 'detached' });
    assert.match((await page.locator(':focus').textContent()) ?? '', /Letter 02/);
  });

  test('Shift-click ticks a range', async () => {
    await page.goto(`${site.base}/f/INBOX`);
    await row(page, 3).locator('.pick input').click();
    await row(page, 7)
      .locator('.pick input')
      .click({ modifiers: ['Shift'] });
    assert.equal(await page.locator('.pick :checked').count(), 5);
    assert.equal(await page.locator('#selected').textContent(), '5 selected');
    await page.click('[data-select="none"]');
    assert.equal(await page.locator('.pick :checked').count(), 0);
  });

  test('an action the server refuses brings the row back and says so', async () => {
    await page.route('**/act', (route) =>
      route.fulfill({ status: 500, body: '<p data-error-words>Forced fault.</p>', contentType: 'text/html' }),
    );
    await row(page, 5).locator('.row-link').focus();
    await page.keyboard.press('e');
    await page.getByText('Forced fault.').first().waitFor();
    assert.equal(await page.locator('.row.leaving').count(), 0);
    await page.unroute('**/act');
    faults.splice(0);
  });

  test('new mail raises the count within seconds and slides in on top, or waits behind a pill', async () => {
    await page.addInitScript(() => {
      addEventListener('DOMContentLoaded', () => {
        document.addEventListener('counts', () => document.documentElement.setAttribute('data-heard', '1'));
      });
    });
    await page.goto(`${site.base}/f/INBOX`);
    await page.mouse.move(2, 790);
    await page.locator('html[data-heard]').waitFor({ state: 'attached' });
    await site.deliver(alice, { subject: 'Brand new', body: 'Just in.' });
    await page.locator('#rows .subject:text-is("Brand new")').waitFor({ timeout: 10_000 });
    await row(page, 3).hover();
    await site.deliver(alice, { subject: 'Another one', body: 'Just in.' });
    await page.locator('#new-mail:text-is("1 new message")').waitFor({ timeout: 10_000 });
    assert.equal((await subjects(page))[0], 'Brand new', 'rows stay under the pointer');
    await page.click('#new-mail');
    await page.locator('#rows .subject:text-is("Another one")').waitFor();
  });

  test('a message opened from deep in the list comes back to the same page and place (M3)', async () => {
    await page.goto(`${site.base}/f/INBOX`);
    await page.setViewportSize({ width: 800, height: 600 });
    await page.click('#older');
    await page.waitForURL(/after=/);
    await row(page, 8).scrollIntoViewIfNeeded();
    const top = await page.evaluate(() => document.scrollingElement!.scrollTop);
    assert.ok(top > 0);
    await row(page, 8).locator('.row-link').click();
    await page.waitForURL(/\/m\//);
    await page.goBack();
    await page.waitForURL(/after=/);
    await page.waitForFunction((wanted) => Math.abs(document.scrollingElement!.scrollTop - wanted) < 5, top);
    await page.setViewportSize({ width: 1280, height: 800 });
  });

  test('a lost session leads to sign-in and back', async () => {
    await page.goto(`${site.base}/f/INBOX?filter=unread`);
    await context.clearCookies({ name: 'sid' });
    await page.click('.chip:text-is("All")');
    await page.waitForURL(/\/login\?next=%2Ff%2FINBOX/);
    await signInPage(page, site.base);
  });
});

describe('everyone can use the list', { skip }, () => {
  for (const colorScheme of ['light', 'dark'] as const)
    test(`no serious fault by axe, ${colorScheme}: list, open message, selection, empty, search, phone`, async () => {
      const { context, page } = await open({ colorScheme });
      const check = async (what: string) => assert.deepEqual(await findAccessFaults(page), [], what);
      await check('list');
      await row(page, 5).locator('.row-link').click();
      await page.locator('#pane:has-text("Letter")').waitFor();
      await check('list and message');
      // As much less as a classic scroll bar takes.
      await page.$eval('#list-form', (form) => {
        (form as HTMLElement).style.paddingInlineEnd = '15px';
      });
      await row(page, 1).locator('.pick input').check();
      const overflow = await page.$eval('#list-form', (form) => form.scrollWidth - form.clientWidth);
      assert.equal(overflow, 0, 'the bar of the ticked rows fits beside an open message');
      await page.goto(`${site.base}/f/INBOX`);
      await row(page, 1).locator('.pick input').check();
      for (const menu of ['#move-menu', '#toolbar .menu:last-of-type']) {
        await page.click(`${menu} > summary`);
        await check(`selection, ${menu}`);
      }
      await page.goto(`${site.base}/f/Junk`);
      await check('empty folder');
      await page.goto(`${site.base}/search?q=letter`);
      await check('search');
      await page.setViewportSize({ width: 360, height: 740 });
      await page.goto(`${site.base}/f/INBOX#folders`);
      await check('drawer');
      await context.close();
    });

  test('the page stays small: under 1,500 elements, and 24 kB of style, script and icons', async () => {
    const { context, page } = await open();
    await page.goto(`${site.base}/f/INBOX`);
    const count = await page.evaluate(() => document.querySelectorAll('*').length);
    assert.ok(count < 1500, `${count} elements`);
    const sizes = await page.evaluate(() =>
      performance
        .getEntriesByType('resource')
        .filter((entry) => entry.name.includes('/static/'))
        .map((entry) => (entry as PerformanceResourceTiming).encodedBodySize),
    );
    const total = sizes.reduce((sum, size) => sum + size, 0);
    assert.ok(total > 0 && total < 24_000, `${total} bytes of static files`);
    await context.close();
  });

  test('what only messages need comes with the first one, before it is shown', async () => {
    const { context, page } = await open();
    await page.goto(`${site.base}/f/INBOX`);
    const behind = () =>
      page.evaluate(() =>
        performance
          .getEntriesByType('resource')
          .map(({ name }) => /\/(read\.\w+)$/.exec(name)?.[1])
          .filter((name) => name !== undefined)
          .sort(),
      );
    assert.deepEqual(await behind(), []);
    await page.evaluate(() => {
      document.addEventListener('swap', () => {
        const head = document.querySelector('#pane .message-title');
        if (head) document.body.dataset.drawn ??= getComputedStyle(head).display;
      });
    });
    await row(page, 3).locator('.row-link').click();
    await page.locator('#pane .message-head').waitFor();
    assert.deepEqual(await behind(), ['read.css', 'read.js']);
    assert.equal(await page.getAttribute('body', 'data-drawn'), 'flex');
    await row(page, 4).locator('.row-link').click();
    await row(page, 4).locator('[aria-current]').waitFor();
    assert.deepEqual(await behind(), ['read.css', 'read.js']);
    await context.close();
  });
});
