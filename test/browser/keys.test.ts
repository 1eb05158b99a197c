// The keyboard shortcuts in a real browser (webmail.md 5.2, N4, V9): each does what the help says, by the character
// typed, never while something is typed, never in the place of the browser, and as far as the person wants them.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { noBrowser, signInPage, startBrowser } from '../support/browser.ts';
import { startSite, type WebSite } from '../support/site.ts';

let site: WebSite;
let context: BrowserContext;
let page: Page;
const faults: string[] = [];
const browser: Browser | undefined = await startBrowser();
const skip = browser ? false : noBrowser;
const alice = 'alice@example.com';

before(async () => {
  if (!browser) return;
  site = await startSite();
  const now = Date.now();
  for (let n = 0; n < 12; n++)
    await site.deliver(alice, {
      subject: `Letter ${n}`,
      body: `Text of letter ${n}.`,
      flags: n === 2 ? '' : n === 3 ? 'FS' : 'S',
      received: new Date(now - (n + 1) * 60_000),
    });
  context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  context.setDefaultTimeout(10_000);
  page = await context.newPage();
  page.on('pageerror', (error) => faults.push(error.message));
  await signInPage(page, site.base);
});
after(async () => {
  await browser?.close();
  await site?.close();
  assert.deepEqual(faults, []);
});

const press = (keys: string) => page.keyboard.press(keys);
const focused = (): Promise<string> =>
  page.evaluate(() => document.querySelector('.row-link:focus .subject')?.textContent ?? '');
const ticked = (): Promise<string[]> => page.locator('.row:has(.pick :checked) .subject').allTextContents();
const showList = async (): Promise<void> => {
  await page.goto(`${site.base}/f/INBOX`);
  await page.locator('#rows .row').first().waitFor();
};

describe('keys in the list', { skip }, () => {
  beforeEach(showList);

  test('Home, End and the page keys walk through the rows without opening one', async () => {
    await press('j');
    assert.equal(await focused(), 'Letter 0');
    await press('End');
    assert.equal(await focused(), 'Letter 11');
    await press('PageUp');
    assert.notEqual(await focused(), 'Letter 11');
    await press('Home');
    assert.equal(await focused(), 'Letter 0');
    assert.equal(await page.locator('#pane').getAttribute('data-open'), '');
  });

  test('x and Space tick, Shift with an arrow ticks on, Esc takes the ticks away', async () => {
    await press('j');
    await press('Space');
    assert.deepEqual(await ticked(), ['Letter 0']);
    await press('Shift+ArrowDown');
    await press('Shift+ArrowDown');
    assert.deepEqual(await ticked(), ['Letter 0', 'Letter 1', 'Letter 2']);
    await press('x');
    assert.deepEqual(await ticked(), ['Letter 0', 'Letter 1']);
    await press('Escape');
    assert.deepEqual(await ticked(), []);
  });

  test('* and a letter ticks all, none, the read, the unread, the starred', async () => {
    for (const [letter, count] of [
      ['u', 1],
      ['s', 1],
      ['r', 11],
      ['a', 12],
      ['n', 0],
    ] as const) {
      await press('*');
      await press(letter);
      assert.equal((await ticked()).length, count, letter);
    }
  });

  test('Ctrl+A ticks the page in the list, and belongs to the browser outside', async () => {
    await press('Control+a');
    assert.equal((await ticked()).length, 0);
    await press('j');
    await press('Control+a');
    assert.equal((await ticked()).length, 12);
  });

  test('[ archives and goes on to the newer one, z takes it back', async () => {
    await page.locator('.row-link:has-text("Letter 5")').click();
    await page.locator('#pane:has-text("Text of letter 5.")').waitFor();
    await press('[');
    await page.locator('#pane:has-text("Text of letter 4.")').waitFor();
    await press('z');
    await page.getByText('Undone.').first().waitFor();
    assert.equal(await page.locator('.row').count(), 12);
  });

  test('Shift+Delete asks first', async () => {
    await press('j');
    await press('Shift+Delete');
    await page.waitForURL(/\/act\/confirm/);
    await page.getByText('Delete this message for good?').waitFor();
  });

  test('F6 and Ctrl+M go between the list and the message', async () => {
    await page.locator('.row-link:has-text("Letter 4")').click();
    await page.locator('#pane:has-text("Text of letter 4.")').waitFor();
    await press('F6');
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'pane');
    await press('Control+m');
    assert.equal(await focused(), 'Letter 4');
  });

  test('g and a letter goes to a folder; a letter of it alone does not', async () => {
    await press('g');
    await press('t');
    await page.waitForURL(/\/f\/Sent/);
  });

  test('typed into the search field they are letters', async () => {
    await press('/');
    await page.keyboard.type('jxe?gi');
    assert.equal(await page.locator('#search').inputValue(), 'jxe?gi');
    assert.equal(await page.locator('dialog').count(), 0);
    assert.equal((await ticked()).length, 0);
  });

  test('modifiers of the browser are left to it', async () => {
    await page.evaluate(() => {
      addEventListener('keydown', (event) => {
        document.body.dataset.taken = String(event.defaultPrevented);
      });
    });
    await press('j');
    for (const keys of [
      'Control+l',
      'Control+u',
      'Control+Shift+i',
      'Meta+a',
      'Meta+z',
      'Alt+e',
      'Control+r',
    ]) {
      const [modifier, ...more] = keys.split('+');
      await page.evaluate(
        ([name, key, shift]) => {
          const init = { key: key!, bubbles: true, cancelable: true, shiftKey: shift === 'Shift' };
          const held = { ctrlKey: name === 'Control', metaKey: name === 'Meta', altKey: name === 'Alt' };
          document.activeElement?.dispatchEvent(new KeyboardEvent('keydown', { ...init, ...held }));
        },
        [modifier!, more.at(-1)!, more[0]!],
      );
      assert.equal(await page.evaluate(() => document.body.dataset.taken), 'false', keys);
    }
  });
});

describe('keys and the person', { skip }, () => {
  test('a person who wants only those that move about archives nothing by a letter', async () => {
    site.web.choiceStore.change(alice, { shortcuts: 'navigation' });
    await showList();
    await press('j');
    assert.equal(await focused(), 'Letter 0');
    await press('x');
    await press('e');
    assert.deepEqual(await ticked(), []);
    assert.equal(await page.locator('.row').count(), 12);
    await press('?');
    await page.locator('dialog:has-text("those that only move about")').waitFor();
    await press('Escape');
  });

  test('turned off, no key does anything', async () => {
    site.web.choiceStore.change(alice, { shortcuts: 'off' });
    await showList();
    await press('j');
    await press('?');
    await press('g');
    await press('t');
    assert.equal(await focused(), '');
    assert.equal(await page.locator('dialog').count(), 0);
    assert.match(page.url(), /INBOX/);
    site.web.choiceStore.change(alice, { shortcuts: 'on' });
  });

  test('help tells every key as a page without script, from the same table', async () => {
    const plain = await browser!.newContext({ javaScriptEnabled: false });
    const other = await plain.newPage();
    await signInPage(other, site.base);
    await other.goto(`${site.base}/help/shortcuts`);
    const text = (await other.locator('.shortcuts').textContent()) ?? '';
    for (const words of ['Snooze', 'Select those unread', 'Next in the conversation', 'Send and archive'])
      assert.match(text, new RegExp(words));
    assert.ok((await other.locator('kbd').count()) > 60);
    await plain.close();
  });
});
