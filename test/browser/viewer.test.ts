// Files of a message in a real browser (spec/webmail.md A3, A4, V4, V9, 3.7, 3.8), with JavaScript and without: the viewer
// over the message and as a page, its keys, Escape and Back, where links of a mail lead, dark paper; and axe.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { findAccessFaults, noBrowser, startBrowser } from '../support/browser.ts';
import { firstMessage, type MailSite, startMailSite } from '../support/mail-pages.ts';
import type { Client } from '../support/site.ts';

const alice = 'alice@example.com';
const browser: Browser | undefined = await startBrowser();
const skip = browser ? false : noBrowser;
const png =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
let site: MailSite;
let client: Client;
let minute = 0;
before(async () => {
  site = await startMailSite();
  client = await site.signIn(alice);
});
after(async () => {
  await browser?.close();
  await site.close();
});

async function deliver(raw: string, flags?: string): Promise<string> {
  minute++;
  const received = new Date(Date.now() + minute * 60_000);
  await site.deliver(alice, { received, raw, ...(flags === undefined ? {} : { flags }) });
  return firstMessage(client);
}

const part = (type: string, name: string, body: string, encoding = '7bit'): string =>
  `--m\nContent-Type: ${type}\nContent-Disposition: attachment; filename="${name}"\nContent-Transfer-Encoding: ${encoding}\n\n${body}\n`;
const papers = (): string =>
  `From: Zoe <zoe@example.org>\nSubject: Papers\nContent-Type: multipart/mixed; boundary=m\n\n--m\n\nsee files\n${part('image/png', 'one.png', png, 'base64')}${part('text/csv', 'two.csv', 'a,b')}${part('message/rfc822', 'three.eml', 'From: c@example.net\nSubject: The plan\nContent-Type: text/html\n\n<p>Words</p>')}${part('text/vcard', 'four.vcf', 'BEGIN:VCARD\nFN:Zoe\nEND:VCARD')}${part('application/javascript', 'five.js', 'alert(1)')}${part('application/pdf', 'six.pdf', '%PDF-1.4')}--m--\n`;
const letter = (): string =>
  `From: Letter <l${minute}@example.org>\nSubject: Letter\nContent-Type: text/html\n\n<body bgcolor="#ffeecc"><p style="color:#222">Words <a href="https://evil.example/x">www.bank.example</a></p></body>\n`;

async function open(
  options: { script?: boolean; theme?: string; width?: number } = {},
): Promise<{ page: Page; context: BrowserContext; trouble: string[] }> {
  const context = await browser!.newContext({
    javaScriptEnabled: options.script ?? true,
    viewport: { width: options.width ?? 1200, height: 800 },
  });
  await context.addCookies([
    { name: 'sid', value: client.cookies.get('sid')!, url: site.base },
    { name: 'theme', value: options.theme ?? 'light', url: site.base },
  ]);
  const page = await context.newPage();
  const trouble: string[] = [];
  page.on('pageerror', (error) => trouble.push(error.message));
  page.on('console', (line) => {
    if (line.type() === 'error') trouble.push(line.text());
  });
  return { page, context, trouble };
}

describe('files of a message', { skip }, () => {
  test('with JavaScript open over it: arrows go on, Escape and Back close, Reload is the page', async () => {
    const id = await deliver(papers());
    const { page, context, trouble } = await open();
    await page.goto(`${site.base}/m/${id}`);
    const address = page.url();
    await page.click('a[data-view]:has-text("one.png")');
    await page.waitForSelector('dialog.viewer[open] img.view-picture');
    assert.equal(new URL(page.url()).pathname, `/m/${id}/view/2`);
    assert.equal(await page.title(), 'one.png');
    assert.equal(
      await page.evaluate(() => document.querySelector<HTMLImageElement>('img.view-picture')?.naturalWidth),
      1,
    );
    await page.keyboard.press('ArrowRight');
    await page.waitForSelector('dialog.viewer pre:has-text("a,b")');
    await page.keyboard.press('ArrowRight');
    await page.waitForSelector('dialog.viewer iframe.message-frame.fits');
    assert.deepEqual(await findAccessFaults(page), []);
    await page.keyboard.press('Escape');
    await page.waitForSelector('dialog.viewer', { state: 'detached' });
    assert.equal(page.url(), address);
    assert.equal(
      await page.evaluate(() => document.activeElement?.textContent),
      'one.png',
      'the focus is back',
    );
    await page.click('a[data-view]:has-text("two.csv")');
    await page.waitForSelector('dialog.viewer[open]');
    await page.goBack();
    await page.waitForSelector('dialog.viewer', { state: 'detached' });
    await page.goForward();
    await page.waitForSelector('dialog.viewer[open]');
    await page.reload();
    await page.waitForSelector('.view-page pre');
    assert.equal(await page.locator('dialog.viewer').count(), 0);
    assert.deepEqual(trouble, []);
    await context.close();
  });
  test('in the pane the list beside it stays as it is', async () => {
    // Read already: nothing changes when it is opened, so nothing is told to the list.
    const id = await deliver(papers(), 'S');
    const { page, context } = await open({ width: 1366 });
    await page.goto(`${site.base}/f/INBOX?view=messages`);
    await page.click(`[data-id="${id}"] .row-link`);
    await page.waitForSelector('#pane a[data-view]');
    const address = page.url();
    const asked: string[] = [];
    page.on('request', (request) => {
      if (!request.url().includes('/part/')) asked.push(new URL(request.url()).pathname);
    });
    await page.click('#pane a[data-view]');
    await page.waitForSelector('dialog.viewer[open]');
    await page.keyboard.press('Escape');
    await page.waitForSelector('dialog.viewer', { state: 'detached' });
    assert.equal(page.url(), address);
    // Whatever is asked for now comes after what Back would have asked for.
    await page.evaluate(() => fetch('/help/shortcuts').then((answer) => answer.text()));
    assert.deepEqual(
      asked.filter((path) => path === '/f/INBOX'),
      [],
    );
    await page.waitForSelector('#pane .message-block');
    await context.close();
  });
  test('without JavaScript are pages that lead back to the message', async () => {
    const id = await deliver(papers());
    const { page, context } = await open({ script: false });
    await page.goto(`${site.base}/m/${id}`);
    await page.click('a[data-view]:has-text("one.png")');
    await page.waitForSelector('.view-page img.view-picture');
    await page.click('a[rel="next"]');
    await page.waitForSelector('.view-page pre');
    await page.click('.view-back');
    await page.waitForURL(new RegExp(`/m/${id}\\?`));
    await context.close();
  });
  for (const options of [{ theme: 'light' }, { theme: 'dark' }, { width: 360 }]) {
    test(`have no serious fault for axe and do not scroll sideways: ${JSON.stringify(options)}`, async () => {
      const id = await deliver(papers());
      const { page, context } = await open(options);
      const paths = [
        '',
        '/view/2',
        '/view/3',
        '/view/4',
        '/view/5',
        '/view/6',
        '/view/7',
        '/part/6/five.js',
        '/all.zip',
      ];
      for (const path of [...paths.map((one) => `/m/${id}${one}`), '/settings/reading']) {
        await page.goto(site.base + path);
        for (const summary of await page.locator('.message-files summary').all()) await summary.click();
        assert.deepEqual(await findAccessFaults(page), [], path);
        const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(over <= 0, `${path} scrolls sideways by ${over} px`);
      }
      await context.close();
    });
  }
});

describe('the text of a message', { skip }, () => {
  test('says where a link leads when it is under the pointer, by the table of the server', async () => {
    const id = await deliver(letter());
    const { page, context, trouble } = await open();
    await page.goto(`${site.base}/m/${id}`);
    const frame = page.frameLocator('iframe.message-frame');
    await frame.locator('a').hover();
    await page.waitForSelector('.link-line:has-text("evil.example")');
    await frame.locator('p').hover({ position: { x: 1, y: 1 } });
    await page.waitForSelector('.link-line', { state: 'detached' });
    // What the page is told by anybody else is nothing to it.
    await page.evaluate(() => window.postMessage({ a: 0 }, '*'));
    assert.equal(await page.locator('.link-line').count(), 0);
    assert.deepEqual(trouble, []);
    await context.close();
  });
  test('lies on dark paper when the reader wants that, in the dark theme only', async () => {
    const id = await deliver(letter());
    const light = await open();
    await light.page.goto(`${site.base}/m/${id}`);
    await light.page.click('.message-bar > .menu:last-child > summary');
    assert.equal(await light.page.isVisible('button[name="paper"]'), false);
    await light.context.close();
    for (const script of [true, false]) {
      const { page, context } = await open({ theme: 'dark', script });
      await page.goto(`${site.base}/m/${id}`);
      await page.click('.message-bar > .menu:last-child > summary');
      const wanted = script ? 'dark' : 'light';
      await page.click(`button[name="paper"][value="${wanted}"]`);
      await page.waitForURL(new RegExp(`paper=${wanted}`));
      const frame = page.frames().find((one) => one.url().includes('/body'))!;
      await frame.waitForLoadState('load');
      const paper = await frame.evaluate(
        () => getComputedStyle(document.querySelector('.m-body')!).backgroundColor,
      );
      assert.equal(paper, script ? 'rgba(0, 0, 0, 0)' : 'rgb(255, 238, 204)');
      await context.close();
    }
  });
  test('counts as read five seconds after it was opened, when that was chosen', async () => {
    site.web.choiceStore.change(alice, { markRead: 5 });
    const id = await deliver(letter());
    const { page, context } = await open();
    // Its clock stands still but for what we say: five seconds pass in no time, or while a busy machine does little.
    const now = Date.now();
    await page.clock.install({ time: now });
    await page.clock.pauseAt(now + 1_000);
    await page.goto(`${site.base}/m/${id}`);
    await page.waitForSelector('button[data-read-after]');
    await page.clock.fastForward(4_999);
    assert.equal(await page.locator('button[data-read-after]').count(), 1);
    const posted = page.waitForResponse((response) => response.url().endsWith('/act'));
    await page.clock.fastForward(1);
    await posted;
    await page.waitForSelector('button[data-read-after]', { state: 'detached' });
    await context.close();
    site.web.choiceStore.change(alice, { markRead: 0 });
    assert.doesNotMatch(
      (await client.get('/f/INBOX?view=messages&filter=unread')).body,
      new RegExp(`data-id="${id}"`),
    );
  });
  test('without any script of ours in its frame keeps a scroll bar, when that was chosen (3.2)', async () => {
    site.web.choiceStore.change(alice, { strictFrame: true });
    const id = await deliver(letter());
    const { page, context, trouble } = await open();
    await page.goto(`${site.base}/m/${id}`);
    const sandbox = await page.getAttribute('iframe.message-frame', 'sandbox');
    assert.equal(sandbox, 'allow-popups allow-popups-to-escape-sandbox');
    assert.equal(await page.frames()[1]!.locator('script').count(), 0);
    assert.deepEqual(trouble, []);
    await context.close();
    site.web.choiceStore.change(alice, { strictFrame: false });
  });
});
