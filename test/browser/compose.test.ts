// Writing mail in a real browser, with and without JavaScript (spec/webmail.md 1.7, 4, 5.1): reply with a file, forward,
// drafts, faults, keyboard only, nothing serious for axe.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { simpleParser } from 'mailparser';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { findAccessFaults, noBrowser, startBrowser } from '../support/browser.ts';
import {
  composeFields,
  firstMessage,
  type MailSite,
  postCompose,
  startMailSite,
} from '../support/mail-pages.ts';
import { until } from '../support/serve.ts';
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
  options: { script?: boolean; theme?: string; phone?: boolean; by?: Client } = {},
): Promise<{ page: Page; context: BrowserContext; trouble: string[] }> {
  const context = await browser!.newContext({
    javaScriptEnabled: options.script ?? true,
    viewport: options.phone ? { width: 360, height: 720 } : { width: 1200, height: 800 },
    hasTouch: options.phone ?? false,
  });
  await context.addCookies([
    { name: 'sid', value: (options.by ?? client).cookies.get('sid')!, url: site.base },
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

describe('writing with script', { skip }, () => {
  test('recipients become chips: suggested, pasted, mended, taken out; the field of the form says the same', async () => {
    site.web.contacts.collect(alice, [{ name: 'Dan Brown', address: 'dan@example.net' }], true);
    const { page, context, trouble } = await look();
    await page.goto(`${site.base}/compose`);
    const value = () => page.inputValue('input[name=to]');
    const chips = () =>
      page.locator('[data-recipients]:has(input[name=to]) .chip .chip-name').allTextContents();
    await page.keyboard.type('bro');
    await page.waitForSelector('.suggestion');
    assert.equal(await page.getAttribute('#compose-to', 'aria-activedescendant'), 'compose-to-option-0');
    await page.keyboard.press('Enter');
    assert.deepEqual(await chips(), ['Dan Brown']);
    await page.keyboard.type('carla@,');
    assert.equal(await page.locator('.chip.faulty').count(), 1);
    assert.match((await page.textContent('.chips-fault')) ?? '', /carla@.*is not a full address/);
    await page.keyboard.press('Backspace');
    await page.keyboard.type('example.org');
    await page.keyboard.press('Tab');
    assert.equal(await page.locator('.chip.faulty').count(), 0);
    await page.focus('#compose-to');
    await page.evaluate(() => {
      const clipboardData = new DataTransfer();
      clipboardData.setData(
        'text/plain',
        'Eve <eve@example.com>; "Fox, Al" <fox@example.com>\nDAN@example.net',
      );
      document.activeElement?.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true }));
    });
    assert.deepEqual(await chips(), ['Dan Brown', 'carla@example.org', 'Eve', 'Fox, Al', 'DAN@example.net']);
    await page.locator('.chip:has-text("Eve") button').click();
    assert.equal(
      await value(),
      'Dan Brown <dan@example.net>, carla@example.org, "Fox, Al" <fox@example.com>, DAN@example.net',
    );
    assert.deepEqual(trouble, []);
    await context.close();
  });

  test('what is typed is saved by itself; changed in another place meanwhile, both versions are shown', async () => {
    const { page, context, trouble } = await look();
    page.on('dialog', (dialog) => void dialog.accept());
    await page.clock.install();
    await page.goto(`${site.base}/compose`);
    await page.fill('#compose-subject', 'Two places');
    await page.fill('#compose-body', 'Here first.');
    await page.clock.runFor(3500);
    await page.waitForURL(/\/compose\?draft=/);
    await page.waitForFunction(() =>
      /^Saved/.test(document.querySelector('#compose-state')?.textContent ?? ''),
    );
    const fields = composeFields((await client.get(page.url().slice(site.base.length))).body);
    assert.equal(fields.body?.trim(), 'Here first.');
    await postCompose(client, { ...fields, body: 'There second.', save: '1' });
    await page.fill('#compose-body', 'Here third.');
    await page.clock.runFor(3500);
    await page.waitForSelector('#compose-problem:not([hidden])');
    assert.match((await page.textContent('#compose-problem-words')) ?? '', /changed/);
    await page.click('#compose-both');
    assert.deepEqual(
      (await page.locator('.conflict-text').allTextContents()).map((text) => text.trim()),
      ['Here third.', 'There second.'],
    );
    await page.click('button[value="mine"]');
    await page.waitForSelector('#compose-body');
    assert.equal((await page.inputValue('#compose-body')).trim(), 'Here third.');
    assert.deepEqual(trouble, []);
    await context.close();
  });

  test('a file goes up with its progress and can be stopped; Send waits for it; it gets another name and place', async () => {
    const { page, context, trouble } = await look();
    await page.goto(`${site.base}/compose`);
    const file = (name: string) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(name) });
    await page.setInputFiles('#compose-file', [file('one.txt'), file('two.txt')]);
    await page.waitForSelector('#compose-list li:nth-child(2)');
    await page.click('[data-file="a2"] summary');
    await page.click('[data-file="a2"] button[name="move"]');
    await page.waitForSelector('#compose-list li:first-child[data-file="a2"]');
    await page.waitForFunction(() => document.activeElement?.closest('[data-file="a2"]') !== null);
    await page.keyboard.press('Enter');
    await page.fill('#file-name-a2', 'Zwei');
    await page.press('#file-name-a2', 'Enter');
    await page.waitForSelector('.file-name bdi:text-is("Zwei.txt")');
    await page.dragAndDrop('[data-file="a1"] .file-name', '[data-file="a2"] .file-name');
    await page.waitForSelector('#compose-list li:first-child[data-file="a1"]');

    const held: (() => Promise<void>)[] = [];
    await page.route('**/compose/upload', (route) => void held.push(() => route.continue()));
    await page.setInputFiles('#compose-file', [file('stopped.txt')]);
    await page.waitForSelector('.upload progress');
    await page.click('.upload button');
    assert.equal(await page.locator('.upload').count(), 0);
    await page.setInputFiles('#compose-file', [file('three.txt')]);
    await page.waitForSelector('.upload progress[aria-label="Uploading three.txt"]');
    await page.fill('#compose-to', 'dan@example.net');
    await page.fill('#compose-subject', 'Files');
    await page.fill('#compose-body', 'Here they are.');
    await page.click('.compose-send');
    assert.match((await page.textContent('#compose-state')) ?? '', /when 1 file is uploaded/);
    assert.equal(site.injected.length, 0);
    while (held.length < 2) await page.waitForEvent('request');
    await held[1]!();
    await page.waitForURL(/\/f\/INBOX/);
    assert.deepEqual(
      (await sentMessage()).attachments.map(({ filename }) => filename),
      ['one.txt', 'Zwei.txt', 'three.txt'],
    );
    assert.deepEqual(trouble, []);
    await context.close();
  });

  test('what is pasted keeps its formatting and loses all else', async () => {
    const pasted =
      '<p style="color:red" onclick="top.hit=1">Red <b>bold</b><script>top.hit=1</script></p><form action="/x"><input name=a></form>' +
      '<a href="javascript:top.hit=1">one</a><a href="https://example.org/">two</a><img src="file:///etc/passwd" onerror="top.hit=1">' +
      '<table><tr><td>cell</td></tr></table><style>body{display:none}</style><svg><script>top.hit=1</script></svg>';
    const { page, context, trouble } = await look();
    await page.goto(`${site.base}/compose`);
    await page.click('#compose-format');
    const editor = page.locator('#compose-editor');
    await editor.waitFor();
    await editor.evaluate((root, markup) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData('text/html', markup);
      root.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
    }, pasted);
    await editor.locator('td').waitFor();
    const html = await editor.innerHTML();
    assert.match(html, /color: ?red[^>]*>Red <b>bold<\/b>/);
    assert.match(html, /<a href="https:\/\/example\.org\/">two<\/a>[\s\S]*<td>cell/);
    assert.doesNotMatch(html, /script|onclick|onerror|form|input|style>|svg|passwd/);
    assert.equal(await page.evaluate('top.hit'), undefined);
    // The browser says of what it parses that the page's policy would not have it, and it does not.
    assert.deepEqual(
      trouble.filter((words) => !words.endsWith('The action has been blocked.')),
      [],
    );
    assert.equal(
      await editor
        .locator('p, div')
        .filter({ hasText: 'Red' })
        .first()
        .evaluate((line) => getComputedStyle(line).color),
      'rgb(255, 0, 0)',
    );
    await context.close();
  });

  test('another From changes the signature where it stands, in text and with formatting; a template goes to the cursor', async () => {
    const bob = 'bob@example.com';
    const by = await site.signIn(bob);
    await writeFile(join((await site.account(bob)).directory, '..', '.qmail-sales'), `&${bob}\n`);
    const record = { replyTo: '', organisation: '', signatureHtml: '', sentFolder: '', bcc: '' };
    const { store } = site.web.identities;
    store.save(bob, { ...record, address: bob, name: 'Bob', signature: 'Bob', isDefault: true });
    const sales = { ...record, address: 'sales@example.com', name: 'Sales', isDefault: false };
    store.save(bob, { ...sales, signature: 'Sales team', bcc: 'archive@example.org' });
    site.web.templates.add(bob, { name: 'Thanks', subject: 'Thank you', body: 'Thank you, {name}.' });
    site.web.choiceStore.change(bob, { undoSeconds: 0 });
    // Own addresses are remembered for a moment.
    await until('the alias is Bob’s', async () =>
      (await by.get('/compose')).body.includes('sales@example.com'),
    );
    const { page, context, trouble } = await look({ by });
    await page.goto(`${site.base}/compose?to=${encodeURIComponent('Dan <dan@example.net>')}`);
    const text = () => page.inputValue('#compose-body');
    assert.match(await text(), /\n-- \nBob\n$/);
    await page.selectOption('#compose-from', 'sales@example.com');
    assert.match(await text(), /\n-- \nSales team\n$/);
    assert.equal(await page.inputValue('input[name=bcc]'), 'archive@example.org');
    await page.focus('#compose-body');
    await page.keyboard.press('Control+Home');
    await page.keyboard.type('Hi.  Bye.');
    for (let back = 0; back < 5; back++) await page.keyboard.press('ArrowLeft');
    await page.click('.compose-templates > summary');
    await page.click('button[name="template"]');
    await page.waitForFunction(() =>
      document
        .querySelector<HTMLTextAreaElement>('#compose-body')
        ?.value.startsWith('Hi. Thank you, Dan. Bye.'),
    );
    assert.equal(await page.inputValue('#compose-subject'), 'Thank you');

    await page.click('#compose-format');
    const editor = page.locator('#compose-editor');
    await editor.waitFor();
    await page.selectOption('#compose-from', bob);
    assert.match((await editor.textContent()) ?? '', /--\s*Bob\s*$/, 'found without its mark');
    await editor.press('Control+Home');
    await page.keyboard.type('Bold');
    for (let letter = 0; letter < 4; letter++) await page.keyboard.press('Shift+ArrowLeft');
    await page.click('[data-command="bold"]');
    assert.equal(await page.getAttribute('[data-command="bold"]', 'aria-pressed'), 'true');
    await page.selectOption('#compose-from', 'sales@example.com');
    assert.match((await editor.textContent()) ?? '', /^Bold[\s\S]*--\s*Sales team\s*$/, 'and with it');
    await page.click('#compose-format');
    await page.waitForSelector('#compose-lose[open]');
    await page.click('#compose-lose button[value="keep"]');
    await editor
      .locator('[data-signature] div')
      .first()
      .evaluate((line) => line.prepend('The '));
    await page.selectOption('#compose-from', bob);
    assert.match((await editor.textContent()) ?? '', /The Sales team\s*$/, 'one that was changed stays');
    await page.click('.compose-send');
    await page.waitForURL(/\/f\/INBOX/);
    const message = await sentMessage();
    assert.match(String(message.html), /<b>Bold<\/b>/);
    assert.match(message.text ?? '', /^BoldHi\. Thank you, Dan\. Bye\./);
    assert.doesNotMatch(String(message.html), /data-signature/);
    assert.deepEqual(trouble, []);
    await context.close();
  });
});

describe('the compose page', { skip }, () => {
  test('the settings offer to open e-mail links here: one press asks the browser, and only a press', async () => {
    const { page, context, trouble } = await look();
    await page.addInitScript(() => {
      navigator.registerProtocolHandler = (scheme, url) => {
        document.title = `${scheme} ${url}`;
      };
    });
    await page.goto(`${site.base}/settings/composing`);
    assert.doesNotMatch(await page.title(), /^mailto/);
    await page.click('#mailto button');
    assert.equal(await page.title(), `mailto ${site.base}/compose?to=%s`);
    assert.deepEqual(trouble, []);
    await context.close();
  });

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
      for (const menu of ['.compose-templates', '.compose-options']) {
        await page.click(`${menu} > summary`);
        await judge(menu);
      }
      await page.fill('#compose-to', 'carla@');
      await page.click('button[name="send"]:visible');
      await page.waitForSelector('#compose-faults');
      await judge('with faults');
      await context.close();
    });
  }
});
