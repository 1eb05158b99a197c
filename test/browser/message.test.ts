// Reading mail in a real browser, with and without JavaScript (spec/webmail.md 1.5, 3, 5.1): what is seen and pressed,
// no request to anywhere else, no script of a mail, nothing serious for axe in light, dark and on a phone.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { programRoot } from '../../mta/root.ts';
import { findAccessFaults, noBrowser, startBrowser } from '../support/browser.ts';
import { firstMessage, type MailSite, startMailSite } from '../support/mail-pages.ts';
import type { Client } from '../support/site.ts';

const alice = 'alice@example.com';
const browser: Browser | undefined = await startBrowser();
const skip = browser ? false : noBrowser;
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

async function deliver(raw: string | Buffer): Promise<string> {
  minute++;
  await site.deliver(alice, { received: new Date(Date.now() + minute * 60_000), raw });
  return firstMessage(client);
}

interface Look {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Requests that left for another place than the site. */
  readonly foreign: string[];
  /** Dialogs, errors of the page, complaints about a policy. */
  readonly trouble: string[];
}

/** A page of the browser, signed in, that notes what must not happen. */
async function look(
  options: { script?: boolean; theme?: string; phone?: boolean; width?: number } = {},
): Promise<Look> {
  const context = await browser!.newContext({
    javaScriptEnabled: options.script ?? true,
    viewport: options.phone ? { width: 360, height: 720 } : { width: options.width ?? 1200, height: 800 },
    hasTouch: options.phone ?? false,
  });
  await context.addCookies([
    { name: 'sid', value: client.cookies.get('sid')!, url: site.base },
    { name: 'theme', value: options.theme ?? 'light', url: site.base },
  ]);
  const foreign: string[] = [];
  const trouble: string[] = [];
  await context.route('**/*', (route) => {
    const url = route.request().url();
    if (url.startsWith(site.base) || url.startsWith('data:')) return route.continue();
    foreign.push(url);
    return route.abort();
  });
  const page = await context.newPage();
  page.on('dialog', (dialog) => {
    trouble.push(`dialog: ${dialog.message()}`);
    dialog.dismiss().catch(() => undefined); // the page may have gone meanwhile
  });
  page.on('pageerror', (error) => trouble.push(`error: ${error.message}`));
  return { page, context, foreign, trouble };
}

const newsletter = (more = ''): string =>
  [
    // How its mail is read is remembered of a sender: each letter has its own.
    `From: Weekly Harvest <news${minute}@harvest.example>`,
    'To: alice@example.com, carla@example.org',
    'Subject: What grows in November',
    'MIME-Version: 1.0',
    'Content-Type: multipart/related; boundary=r',
    '',
    '--r',
    'Content-Type: text/html; charset=utf-8',
    '',
    '<div style="background:#efe"><h2>Leeks</h2><img id="inline" src="cid:pic@x" alt="inline">',
    `<img src="http://pictures.example/a.png" alt="Leeks">${'<p>Words and more words.</p>'.repeat(60)}${more}</div>`,
    '--r',
    'Content-Type: image/png',
    'Content-ID: <pic@x>',
    'Content-Transfer-Encoding: base64',
    '',
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    '--r--',
    '',
  ].join('\n');

for (const script of [true, false]) {
  describe(`reading, JavaScript ${script ? 'on' : 'off'}`, { skip }, () => {
    test('a list row opens the message; reply, forward and the details are there', async () => {
      const id = await deliver(
        'From: Bob Jones <bob@example.org>\nTo: alice@example.com\nSubject: Simple\n\nHello Alice,\nsee you.\n',
      );
      const { page, context, foreign, trouble } = await look({ script, width: 800 });
      await page.goto(`${site.base}/f/INBOX`);
      await page.click(`[data-id="${id}"] .row-link`);
      await page.waitForSelector('#message-subject');
      assert.equal(await page.textContent('#message-subject'), 'Simple');
      assert.match((await page.textContent('.message-sender')) ?? '', /Bob Jones\s+bob@example\.org/);
      assert.match((await page.textContent('.message-text')) ?? '', /Hello Alice,/);
      await page.click('.message-details > summary');
      assert.ok(await page.isVisible('.message-facts'));
      await page.click('a[data-reply]');
      await page.waitForURL(/\/compose\?reply=/);
      assert.deepEqual([foreign, trouble], [[], []]);
      await context.close();
    });

    test('HTML lies in its frame: inline pictures load, nothing leaves, scripts do not run', async () => {
      const id = await deliver(
        newsletter(
          '<script>parent.postMessage({h:9},"*");alert(1)</script><img src=x onerror="alert(2)"><svg onload="alert(3)"></svg><iframe src="https://evil.example"></iframe><style>@import "https://evil.example/x.css";</style>',
        ),
      );
      const { page, context, foreign, trouble } = await look({ script });
      await page.goto(`${site.base}/m/${id}`, { waitUntil: 'load' });
      const frame = page.frames().find((candidate) => candidate.url().includes('/body'));
      assert.ok(frame);
      await frame.waitForLoadState('load');
      const state = await frame.evaluate(() => ({
        origin: self.origin,
        inline: (document.querySelector('img[alt="inline"]') as HTMLImageElement | null)?.naturalWidth,
        height: document.documentElement.scrollHeight,
      }));
      assert.equal(state.origin, 'null');
      assert.equal(state.inline, 1);
      if (script) {
        await page.waitForSelector('iframe.message-frame.fits');
        const height = (await page.locator('iframe.message-frame').boundingBox())?.height ?? 0;
        assert.ok(height >= 1000, `the frame is as high as its mail: ${height}`);
      } else {
        // without script the frame has a scroll bar of its own
        const scrolled = await frame.evaluate(() => {
          document.scrollingElement!.scrollTop = 200;
          return document.scrollingElement!.scrollTop + document.body.scrollTop;
        });
        assert.ok(
          scrolled > 0 || (await frame.evaluate(() => getComputedStyle(document.body).overflowY)) === 'auto',
        );
      }
      assert.deepEqual([foreign, trouble], [[], []]);
      await context.close();
    });

    test('the switch shows the plain text, and archiving leads on', async () => {
      const next = await deliver('From: a@b.example\nSubject: The next one\n\nx\n');
      const id = await deliver(newsletter());
      const { page, context } = await look({ script });
      await page.goto(`${site.base}/m/${id}`);
      await page.click('.message-bar > .menu > summary');
      await page.click('text=Show as plain text');
      await page.waitForURL(/body=text/);
      assert.equal(await page.locator('iframe').count(), 0);
      assert.match((await page.textContent('.message-text')) ?? '', /Words and more words/);
      await page.click('.message-actions button[value="archive"]');
      await page.waitForURL(new RegExp(`/c/${next}`));
      assert.match((await page.textContent('.toast')) ?? '', /Moved to Archive/);
      await context.close();
    });

    test('pictures of the web are asked for through us only after Show', async () => {
      const id = await deliver(newsletter());
      const { page, context, foreign } = await look({ script });
      const proxied: string[] = [];
      page.on('request', (request) => {
        if (request.url().includes('/i/')) proxied.push(request.url());
      });
      await page.goto(`${site.base}/m/${id}`, { waitUntil: 'load' });
      const before = proxied.length;
      const both = page.waitForRequest(() => proxied.length >= before + 2);
      await page.click('button[name="allow"][value="once"]');
      await page.waitForURL(/pictures=/);
      await both;
      assert.ok(proxied.length >= before + 2, 'the inline one and the one of the web');
      assert.deepEqual(foreign, []);
      await context.close();
    });
  });
}

describe('the page of a message', { skip }, () => {
  test('a forged height is not believed, and keys pressed in the frame reach the page only when harmless', async () => {
    const id = await deliver(newsletter());
    const { page, context } = await look();
    await page.goto(`${site.base}/m/${id}`, { waitUntil: 'load' });
    await page.waitForSelector('iframe.message-frame.fits');
    const before = (await page.locator('iframe.message-frame').boundingBox())?.height;
    for (const said of [{ h: 1e9 }, { h: -5 }, { h: '100px' }, { h: null }, 'x', { k: '#' }, { k: 'e' }]) {
      await page.evaluate((data) => window.postMessage(data, '*'), said);
    }
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 50)));
    assert.equal((await page.locator('iframe.message-frame').boundingBox())?.height, before);
    const frame = page.frames().find((candidate) => candidate.url().includes('/body'))!;
    await frame.click('h2');
    await page.keyboard.press('#');
    await page.keyboard.press('e');
    await page.keyboard.press('r');
    await page.waitForURL(/\/compose\?reply=/);
    assert.ok((await client.get('/f/INBOX')).body.includes(id), 'the message is still in the inbox');
    await context.close();
  });

  for (const options of [{ theme: 'light' }, { theme: 'dark' }, { phone: true }]) {
    test(`has no serious fault for axe: ${JSON.stringify(options)}`, async () => {
      const many = Array.from(
        { length: 8 },
        (_, n) =>
          `--m\nContent-Type: application/pdf\nContent-Disposition: attachment; filename=f${n}.pdf\n\nx`,
      ).join('\n');
      const text = await deliver(
        `From: "boss@ours.example" <x@evil.example>\nTo: alice@example.com, b@x.example\nReply-To: y@other.example\nSubject: Text\nContent-Type: multipart/mixed; boundary=m\n\n--m\n\nHi https://example.org/x\n\n> a\n> b\n>> c\n> d\n> e\n-- \nme\n${many}\n--m--\n`,
      );
      const html = await deliver(newsletter());
      const { page, context } = await look(options);
      for (const path of [
        `/m/${text}`,
        `/m/${html}`,
        `/m/${text}/headers`,
        `/m/${text}/print`,
        '/m/AAAAAAAAAAAA',
      ]) {
        await page.goto(site.base + path, { waitUntil: 'load' });
        for (const summary of await page.locator('main details:not(.menu) > summary').all())
          await summary.click();
        assert.deepEqual(await findAccessFaults(page), [], path);
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(overflow <= 0, `${path} scrolls sideways by ${overflow} px`);
      }
      await context.close();
    });
  }
});

const vectors = join(programRoot(), '..', 'shared', 'corpus', 'html');
describe('hostile HTML', {
  skip: skip || (existsSync(vectors) ? false : 'no corpus beside the repository'),
}, () => {
  test('vectors of the corpus: no foreign request, no dialog, no error', async () => {
    const found: string[] = [];
    for (const name of await readdir(vectors)) {
      if (!name.endsWith('.json')) continue;
      const walk = (value: unknown): void => {
        if (typeof value === 'string' && value.includes('<')) found.push(value);
        else if (typeof value === 'object' && value !== null)
          for (const one of Object.values(value)) walk(one);
      };
      walk(JSON.parse(await readFile(join(vectors, name), 'utf8')));
    }
    assert.ok(found.length > 100);
    // a hundred together in one mail: each is judged alone by the cleaner's own tests, here the page is what counts
    const { page, context, foreign, trouble } = await look();
    for (let at = 0; at < found.length; at += 100) {
      const id = await deliver(
        `From: a@b.example\nSubject: Vectors ${at}\nContent-Type: text/html; charset=utf-8\n\n${found
          .slice(at, at + 100)
          .map((vector) => `<div>${vector}</div>`)
          .join('\n')}`,
      );
      await page.goto(`${site.base}/m/${id}`, { waitUntil: 'load' });
      assert.equal(new URL(page.url()).pathname, `/m/${id}`);
      assert.deepEqual([foreign, trouble], [[], []]);
    }
    await context.close();
  });
});
