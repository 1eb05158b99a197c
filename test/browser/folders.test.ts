// The folder column and the pages about folders in a real browser (webmail.md F3, F6 to F8, O1 to O3): each check without
// script and with it, then what script adds: folding at once, arrows, the menu, filters. Axe in light and dark, phone.
import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Browser, BrowserContext, Page, Request } from 'playwright-core';
import { findAccessFaults, noBrowser, startBrowser } from '../support/browser.ts';
import { startSite, type WebSite } from '../support/site.ts';

let site: WebSite;
const browser: Browser | undefined = await startBrowser();
const skip = browser ? false : noBrowser;

before(async () => {
  if (!browser) return;
  site = await startSite({ people: ['plain@example.com', 'quick@example.com', 'many@example.com'] });
  for (const name of ['plain', 'quick']) {
    const address = `${name}@example.com`;
    for (const [folder, count] of [
      ['Work', 1],
      ['Work.Alpha', 2],
      ['Receipts', 1],
      ['Junk', 3],
    ] as const)
      for (let n = 0; n < count; n++) await site.deliver(address, { folder, subject: `${folder} ${n}` });
    const { maildir } = await site.account(address);
    await writeFile(join(maildir, 'maildirsize'), '1000000S\n960000 7\n');
  }
  for (let n = 0; n < 16; n++)
    await site.deliver('many@example.com', { folder: `Folder ${n}`, subject: 'x', flags: 'S' });
  await site.deliver('many@example.com', { folder: 'Work.Quittungen.Äpfel', subject: 'x' });
});
after(async () => {
  await browser?.close();
  await site?.close();
});

async function open(
  name: string,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<{ context: BrowserContext; page: Page; faults: string[] }> {
  const context = await browser!.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !/404|422/.test(message.text())) faults.push(message.text());
  });
  // A session of its own: signing in is no matter of this file, and each takes the time of a password hash.
  const sid = site.web.sessions.begin(`${name}@example.com`, false, 'test');
  await context.addCookies([{ name: 'sid', value: sid, url: site.base }]);
  await page.goto(`${site.base}/f/INBOX`);
  return { context, page, faults };
}

const folder = (page: Page, name: string) => page.locator(`.folder[data-folder="${name}"]`);

for (const javaScriptEnabled of [false, true])
  describe(`folders ${javaScriptEnabled ? 'with' : 'without'} script`, { skip }, () => {
    const name = javaScriptEnabled ? 'quick' : 'plain';
    let context: BrowserContext;
    let page: Page;
    let faults: string[];
    before(async () => {
      ({ context, page, faults } = await open(name, { javaScriptEnabled }));
    });
    after(async () => {
      assert.deepEqual(faults, []);
      await context.close();
    });

    test('a closed subtree stays closed, and its parent shows the sum', async () => {
      await page.goto(`${site.base}/f/INBOX`);
      assert.match((await folder(page, 'Work').textContent()) ?? '', /Work\s*1, 1 unread/);
      await page.click('.fold[value="close:Work"]');
      await page.locator('.fold[value="open:Work"]').waitFor();
      await folder(page, 'Work.Alpha').waitFor({ state: 'hidden' });
      await page.reload();
      assert.equal(await folder(page, 'Work.Alpha').isVisible(), false);
      assert.match((await folder(page, 'Work').textContent()) ?? '', /Work\s*3, 3 unread/);
      await page.click('.fold[value="open:Work"]');
      await folder(page, 'Work.Alpha').waitFor({ state: 'visible' });
      await page.locator('.fold[value="close:Work"]').waitFor();
    });

    test('a mailbox at 96 % says so in words, not by colour only', async () => {
      const quota = page.locator('#quota');
      assert.match((await quota.textContent()) ?? '', /960 kB of 1 MB used\. Almost full\./);
      assert.equal(await quota.getAttribute('title'), '960,000 bytes in 7 messages');
    });

    test('"Ärger/2026" becomes a nested folder on disk, and goes again by Undo', async () => {
      await page.click('.folder-manage');
      await page.waitForURL('**/folders');
      await page.fill('#field-name', 'Ärger/2026');
      await page.click('text=Create folder');
      await folder(page, 'Ärger.2026').waitFor();
      const { maildir } = await site.account(`${name}@example.com`);
      assert.ok((await readdir(maildir)).includes('.Ärger.2026'));
      await page.click('#toast button:text-is("Undo")');
      await folder(page, 'Ärger.2026').waitFor({ state: 'detached' });
      assert.ok(!(await readdir(maildir)).includes('.Ärger.2026'));
    });

    test('a name that exists is told beside the field, with what was typed', async () => {
      await page.goto(`${site.base}/folders`);
      await page.fill('#field-name', 'Receipts');
      await page.click('text=Create folder');
      await page.locator('#fault-name:text-is("A folder with this name exists.")').waitFor();
      assert.equal(await page.inputValue('#field-name'), 'Receipts');
    });

    test('an unticked folder leaves the column', async () => {
      await page.goto(`${site.base}/folders`);
      await page.uncheck('input[name=shown][value=Receipts]');
      await page.click('text=Save what is shown');
      await page.waitForURL('**/folders?saved=1');
      assert.equal(await folder(page, 'Receipts').count(), 0);
      await page.check('input[name=shown][value=Receipts]');
      await page.click('text=Save what is shown');
      await folder(page, 'Receipts').waitFor();
    });

    test('mark all read takes the count away, and Undo brings it back', async () => {
      await page.goto(`${site.base}/f/Work.Alpha`);
      await page.locator('.folder-row:has([data-folder="Work.Alpha"]) .folder-more').click();
      if (javaScriptEnabled) await page.locator('.folder-menu').waitFor();
      await page.click('main button:text("Mark all as read"), .folder-menu button');
      await page.locator('#toast:has-text("2 messages marked as read")').waitFor();
      assert.doesNotMatch((await folder(page, 'Work.Alpha').textContent()) ?? '', /unread/);
      await page.click('#toast button:text-is("Undo")');
      await page.locator('.folder[data-folder="Work.Alpha"]:has-text("2 unread")').waitFor();
    });

    test('Junk is emptied after one question with the number', async () => {
      await page.goto(`${site.base}/folders/Junk`);
      await page.click('a:text("Empty Junk")');
      await page.locator('text=Delete 3 messages in Junk for good?').waitFor();
      await page.click('button:text("Delete for good")');
      await page.locator('#toast:has-text("3 messages deleted for good.")').waitFor();
    });
  });

describe('what script adds to folders', { skip }, () => {
  test('arrows close and open a folder, the sum follows at once, and the focus stays', async () => {
    const { context, page, faults } = await open('quick');
    const work = folder(page, 'Work');
    await work.focus();
    await page.keyboard.press('ArrowLeft');
    await page.locator('.folder[data-folder="Work"]:has-text("3 unread")').waitFor();
    assert.equal(await page.evaluate(() => (document.activeElement as HTMLElement).dataset.folder), 'Work');
    await page.keyboard.press('ArrowRight');
    await page.locator('.folder[data-folder="Work"]:has-text("1 unread")').waitFor();
    await page.keyboard.press('ArrowRight');
    assert.equal(
      await page.evaluate(() => (document.activeElement as HTMLElement).dataset.folder),
      'Work.Alpha',
    );
    assert.deepEqual(faults, []);
    await context.close();
  });

  /** Answers with this are kept back until `send`; `came` is one of them at our side. */
  async function keepBack(page: Page, isMeant: (request: Request) => boolean) {
    const came = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    await page.route('**/*', async (route) => {
      if (!isMeant(route.request())) return route.continue();
      const response = await route.fetch();
      came.resolve();
      await gate.promise;
      await route.fulfill({ response });
    });
    return { came: came.promise, send: () => gate.resolve() };
  }
  /** Is another block of this id in its place since the call? */
  async function swapped(page: Page, id: string): Promise<() => Promise<unknown>> {
    await page.locator(`#${id}`).evaluate((block) => block.setAttribute('data-old', ''));
    return () => page.waitForFunction((which) => !document.querySelector(`#${which}[data-old]`), id);
  }
  const focused = (page: Page) =>
    page.evaluate(() => (document.activeElement as HTMLElement | null)?.dataset.folder);

  test('a page that was asked for before a folder was closed leaves it closed, and the focus on it', async () => {
    const { context, page, faults } = await open('quick');
    const late = await keepBack(
      page,
      (request) => request.method() === 'GET' && request.url().endsWith('/f/INBOX'),
    );
    await folder(page, 'INBOX').click();
    await late.came;
    await folder(page, 'Work').focus();
    await page.keyboard.press('ArrowLeft');
    await page.locator('.folder[data-folder="Work"]:has-text("3 unread")').waitFor();
    const isSwapped = await swapped(page, 'list');
    late.send();
    await isSwapped();
    assert.equal(await folder(page, 'Work.Alpha').isVisible(), false);
    assert.equal(await focused(page), 'Work');
    await page.locator('.folder[data-folder="Work"]:has-text("3 unread")').waitFor();
    await page.keyboard.press('ArrowRight');
    await page.locator('.folder[data-folder="Work"]:has-text("1 unread")').waitFor();
    assert.deepEqual(faults, []);
    await context.close();
  });

  test('who goes on while the server is told of a fold stays where they went', async () => {
    const { context, page, faults } = await open('quick');
    const late = await keepBack(page, (request) => request.url().endsWith('/folders/fold'));
    await folder(page, 'Work').focus();
    for (const key of ['ArrowLeft', 'ArrowRight', 'ArrowRight']) await page.keyboard.press(key);
    assert.equal(await focused(page), 'Work.Alpha');
    await late.came;
    const isSwapped = await swapped(page, 'folders');
    late.send();
    await isSwapped();
    assert.equal(await focused(page), 'Work.Alpha');
    assert.deepEqual(faults, []);
    await context.close();
  });

  test('from fifteen folders on a filter leaves what was typed, without case and accents, in the move menu too', async () => {
    const { context, page } = await open('many');
    await page.fill('.folder-filter', 'apfel');
    await folder(page, 'Folder 3').waitFor({ state: 'hidden' });
    assert.equal(await folder(page, 'Work.Quittungen.Äpfel').isVisible(), true);
    assert.equal(await page.locator('.folder:visible').count(), 3, 'with the two names around it');
    await page.fill('.folder-filter', '');
    await folder(page, 'Folder 3').waitFor({ state: 'visible' });

    await page.goto(`${site.base}/f/Folder 2`);
    await page.locator('#rows > .row').hover();
    await page.locator('#rows > .row .pick').click();
    await page.keyboard.press('v');
    await page.keyboard.type('apfel');
    assert.deepEqual(await page.locator('#move-to option').allTextContents(), ['Work / Quittungen / Äpfel']);
    await page.keyboard.press('Enter');
    await page.locator('#toast:has-text("Äpfel")').waitFor();
    const { maildir } = await site.account('many@example.com');
    assert.deepEqual(await readdir(join(maildir, '.Folder 2', 'cur')), []);
    await context.close();
  });

  test('Esc closes the menu of a folder and gives the focus back', async () => {
    const { context, page } = await open('quick');
    await folder(page, 'Work').hover();
    await page.locator('.folder-row:has(> [data-folder="Work"]) > .folder-more').click();
    await page.locator('.folder-menu').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('.folder-menu').waitFor({ state: 'detached' });
    assert.equal(await page.evaluate(() => document.activeElement?.className), 'folder-more');
    await context.close();
  });
});

describe('the pages about folders', { skip }, () => {
  test('no serious fault by axe, light and dark, nothing wider than a phone', async () => {
    const { context, page } = await open('quick');
    for (const path of ['/folders', '/folders/Work.Alpha', '/folders/Trash', '/folders/Trash/empty']) {
      await page.goto(site.base + path);
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        assert.deepEqual(await findAccessFaults(page), [], `${path}, ${colorScheme}`);
      }
    }
    await page.setViewportSize({ width: 320, height: 700 });
    for (const path of ['/folders', '/folders/Work.Alpha', '/f/INBOX#folders']) {
      await page.goto(site.base + path);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= 320, `${path} is ${wide} wide`);
    }
    await context.close();
  });
});
