// Writing mail in a real browser, with and without JavaScript (spec/webmail.md 1.7, 4, 5.1): reply with a file, forward,
// drafts, faults, keyboard only, nothing serious for axe.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { simpleParser } from 'mailparser';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { findAccessFaults, noBrowser, startBrowser } from '../support/browser.ts';
import { firstMessage, type MailSite, startMailSite } from '../support/mail-pages.ts';
import type { Client } from '../support/site.ts';

const alice = 'alice@example.com';
const browser: Browser | undefined = await startBrowser();
const skip = browser ? false : noBrowser;
let site: MailSite;
let client: Client;
let original: string;
before(async () => {
  site = await startMailSite();
  client = await site.signIn(alice);
  await site.deliver(alice, {
    raw: 'From: Bob Jones <bob@example.org>\nTo: alice@example.com, Carla <carla@example.org>\nMessage-ID: <q@example.org>\nSubject: Report\nContent-Type: multipart/mixed; boundary=m\n\n--m\n\nCould you look at it?\n--m\nContent-Type: application/pdf\nContent-Disposition: attachment; filename=report.pdf\n\n%PDF-1.4\n--m--\n',
  });
  original = await firstMessage(client);
});
after(async () => {
  await browser?.close();
  await site.close();
});
beforeEach(() => {
  site.injected.length = 0;
});

async function look(
  options: { script?: boolean; theme?: string; phone?: boolean } = {},
): Promise<{ page: Page; context: BrowserContext; trouble: string[] }> {
  const context = await browser!.newContext({
    javaScriptEnabled: options.script ?? true,
    viewport: options.phone ? { width: 360, height: 720 } : { width: 1200, height: 800 },
    hasTouch: options.phone ?? false,
  });
  await context.addCookies([
    { name: 'sid', value: client.cookies.get('sid')!, url: site.base },
    { name: 'theme', value: options.theme ?? 'light', url: site.base },
  ]);
  const page = await context.newPage();
  const trouble: string[] = [];
  page.on('pageerror', (error) => trouble.push(error.message));
  page.on('console', (message) => {
    if (/Content Security Policy|TrustedHTML/.test(message.text())) trouble.push(message.text());
  });
  return { page, context, trouble };
}

const sentMessage = () => simpleParser(Buffer.from(site.injected.at(-1)!.message, 'latin1'));

for (const script of [true, false]) {
  describe(`writing, JavaScript ${script ? 'on' : 'off'}`, { skip }, () => {
    test('a reply with a file: the caret is above the quote, the file is listed, it arrives', async () => {
      const { page, context, trouble } = await look({ script });
      await page.goto(`${site.base}/m/${original}`);
      await page.click('a[data-reply-all]');
      await page.waitForURL(/\/compose\?replyall=/);
      assert.equal(await page.inputValue('input[name=to]'), 'Bob Jones <bob@example.org>');
      assert.equal(await page.inputValue('input[name=cc]'), 'Carla <carla@example.org>');
      await page.keyboard.type('Looks good.');
      assert.match(
        await page.inputValue('#compose-body'),
        /^Looks good\.\n\nOn .*wrote:\n> Could you look at it\?/,
      );
      const file = { name: 'Übersicht.txt', mimeType: 'text/plain', buffer: Buffer.from('numbers') };
      await page.setInputFiles('#compose-file', file);
      if (!script) await page.click('button[name="attach"]');
      await page.waitForSelector('.compose-files .file-name');
      assert.equal(await page.textContent('.compose-files .file-name'), 'Übersicht.txt');
      assert.match(await page.inputValue('#compose-body'), /^Looks good\./);
      await page.click('.compose-send');
      await page.waitForURL(new RegExp(`/m/${original}`));
      assert.match((await page.textContent('.toast')) ?? '', /Sent\./);
      assert.deepEqual(site.injected.at(-1)?.recipients, ['bob@example.org', 'carla@example.org']);
      const message = await sentMessage();
      assert.equal(message.inReplyTo, '<q@example.org>');
      assert.equal(message.attachments[0]?.filename, 'Übersicht.txt');
      assert.match(message.text ?? '', /^Looks good\./);
      assert.deepEqual(trouble, []);
      await context.close();
    });

    test('a forward carries the file of the original', async () => {
      const { page, context } = await look({ script });
      await page.goto(`${site.base}/m/${original}`);
      await page.click('a[data-forward]');
      await page.waitForURL(/\/compose\?forward=/);
      assert.equal(await page.textContent('.compose-files .file-name'), 'report.pdf');
      await page.fill('#compose-to', 'dan@example.net');
      await page.click('.compose-send');
      await page.waitForURL(new RegExp(`/m/${original}`));
      assert.equal((await sentMessage()).attachments[0]?.filename, 'report.pdf');
      await context.close();
    });

    test('a draft is saved, found in Drafts, opened, sent; Drafts is empty then', async () => {
      const { page, context } = await look({ script });
      await page.goto(`${site.base}/compose`);
      await page.fill('#compose-to', 'dan@example.net');
      await page.fill('#compose-subject', `Draft ${script}`);
      await page.fill('#compose-body', 'Half a thought');
      await page.click('.compose-foot button[name="save"]');
      await page.waitForURL(/\/compose\?draft=/);
      assert.match((await page.textContent('#compose-state')) ?? '', /^Saved \d\d:\d\d$/);
      await page.goto(`${site.base}/f/Drafts`);
      await page.click('.row-link');
      await page.waitForURL(/\/compose\?/);
      assert.equal(await page.inputValue('#compose-body'), 'Half a thought');
      await page.click('.compose-send');
      await page.waitForURL(/\/f\/INBOX/);
      await page.goto(`${site.base}/f/Drafts`);
      assert.equal(await page.locator('.row-link').count(), 0);
      await context.close();
    });

    test('a bad address: the page says so, keeps all, and the focus is on the field', async () => {
      const { page, context } = await look({ script });
      await page.goto(`${site.base}/compose`);
      await page.fill('#compose-to', 'carla@');
      await page.fill('#compose-subject', 'Kept');
      await page.fill('#compose-body', 'Kept too');
      await page.click('.compose-send');
      await page.waitForSelector('#compose-faults');
      assert.match(
        (await page.textContent('#compose-faults')) ?? '',
        /1 thing to fix.*“carla@” is not a full address/s,
      );
      assert.equal(await page.inputValue('#compose-body'), 'Kept too');
      assert.equal(await page.evaluate(() => document.activeElement?.id), 'compose-to');
      assert.equal(site.injected.length, 0);
      await context.close();
    });

    test('Back onto a form that came back with faults shows what was typed into it', async () => {
      const { page, context } = await look({ script });
      await page.goto(`${site.base}/compose`);
      await page.fill('#compose-to', 'carla@');
      await page.click('.compose-send');
      await page.waitForSelector('#compose-faults');
      await page.fill('#compose-body', 'Typed since');
      await page.goto(`${site.base}/f/Sent`);
      await page.goBack();
      await page.waitForSelector('#compose-faults');
      assert.equal(await page.inputValue('input[name=to]'), 'carla@');
      assert.equal(await page.inputValue('#compose-body'), 'Typed since');
      // With script the faulty one is a chip, which Backspace edits.
      if (script) {
        await page.focus('#compose-to');
        await page.keyboard.press('Backspace');
      }
      await page.fill('#compose-to', 'carla@example.org');
      await page.fill('#compose-subject', 'Back');
      await page.click('.compose-send');
      await page.waitForURL(/\/f\/INBOX/);
      assert.equal((await sentMessage()).text?.trim(), 'Typed since');
      await context.close();
    });
  });
}

describe('the compose page', { skip }, () => {
  test('read, reply and send with the keyboard alone', async () => {
    const { page, context } = await look();
    await page.goto(`${site.base}/m/${original}`);
    await page.keyboard.press('r');
    await page.waitForURL(/\/compose\?reply=/);
    await page.waitForFunction(() => document.activeElement?.id === 'compose-body');
    await page.keyboard.type('Yes.');
    await page.keyboard.press('Control+Enter');
    await page.waitForURL(new RegExp(`/m/${original}`));
    assert.match((await sentMessage()).text ?? '', /^Yes\./);
    await context.close();
  });

  test('Tab goes from To over the copies to Subject, text and Send', async () => {
    const { page, context } = await look();
    await page.goto(`${site.base}/compose`);
    const order: string[] = [];
    for (let step = 0; step < 8; step++) {
      order.push(
        await page.evaluate(() => {
          const at = document.activeElement as HTMLElement | null;
          return at?.id || at?.getAttribute('name') || at?.tagName || '';
        }),
      );
      await page.keyboard.press('Tab');
    }
    assert.deepEqual(order, [
      'compose-to',
      'SUMMARY',
      'compose-subject',
      'compose-body',
      'compose-file',
      'send',
      'SUMMARY',
      'save',
    ]);
    await context.close();
  });

  test('leaving with unsaved text is asked about, leaving without is not', async () => {
    const { page, context } = await look();
    const asked: string[] = [];
    page.on('dialog', (dialog) => {
      asked.push(dialog.type());
      void dialog.accept();
    });
    await page.goto(`${site.base}/compose`);
    await page.goto(`${site.base}/f/INBOX`);
    assert.deepEqual(asked, []);
    await page.goto(`${site.base}/compose`);
    await page.click('#compose-body');
    await page.keyboard.type('precious');
    await page.goto(`${site.base}/f/INBOX`);
    assert.deepEqual(asked, ['beforeunload']);
    await context.close();
  });

  for (const options of [{ theme: 'light' }, { theme: 'dark' }, { phone: true }]) {
    test(`has no serious fault for axe: ${JSON.stringify(options)}`, async () => {
      const { page, context } = await look(options);
      const judge = async (what: string) => {
        assert.deepEqual(await findAccessFaults(page), [], what);
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(overflow <= 0, `${what} scrolls sideways by ${overflow} px`);
      };
      for (const path of ['/compose', `/compose?replyall=${original}`, `/compose?forward=${original}`]) {
        await page.goto(site.base + path);
        await judge(path);
      }
      await page.fill('#compose-to', 'carla@');
      await page.click('button[name="send"]:visible');
      await page.waitForSelector('#compose-faults');
      await judge('with faults');
      await context.close();
    });
  }
});
