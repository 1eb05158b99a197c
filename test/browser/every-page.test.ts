// Every kind of page that a person can reach by links, found by following them (spec/webmail.md 5.1, 5.3, N5; security.md
// W11): axe finds nothing in light and dark, nothing is wider than a narrow phone, also right-to-left; no error in the
// console, no request to anywhere else, style and script below their budget.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { AccountFlag } from '../../mta/accounts/types.ts';
import { machine } from '../support/admin.ts';
import {
  findAllAccessFaults,
  findColourFaults,
  noBrowser,
  signInPage,
  startBrowser,
} from '../support/browser.ts';
import { password, startSite, type WebSite } from '../support/site.ts';

const browser: Browser | undefined = await startBrowser();
/** Style and script of one page on the wire, bytes. */
const budget = 44 * 1024;

let site: WebSite;
before(async () => {
  if (!browser) return;
  site = await startSite({ people: ['alice@example.com', 'bob@example.com'] });
  const { administration } = site.web;
  await administration.changeAccount(machine, 'alice@example.com', { flags: AccountFlag.systemAdmin });
  await administration.setAlias(machine, 'example.com', 'info', { addresses: ['bob@example.com'] });
  const long = 'Donaudampfschifffahrtsgesellschaftskapitänsmützenband'.repeat(3);
  await site.deliver('alice@example.com', {
    subject: long,
    body: `${long}\n\n> quoted\n-- \nBob`,
    folder: 'Projects',
  });
  for (const subject of ['one', 'two', 'مرحبا بالعالم'])
    await site.deliver('alice@example.com', { subject, body: `${subject}\nhttps://example.org/${long}` });
  for (const folder of ['Sent', 'Drafts', 'Junk', 'Trash'])
    await site.deliver('alice@example.com', { subject: folder, body: folder, folder, flags: 'S' });
});
after(async () => {
  await browser?.close();
  await site?.close();
});

/** Addresses of one kind have one page: identifiers, names and the query's values left out. */
function kindOf(address: URL): string {
  const path = address.pathname
    .replace(/^\/(m|c)\/[^/]+/, '/$1/:id')
    .replace(/^\/(f|folders|label|jobs|contacts)\/(?!new$|import$|export$|groups$)[^/]+/, '/$1/:name')
    .replace(/\/part\/.*$/, '/part')
    .replace(/^\/help\/(?!all$|shortcuts$).+$/, '/help/:topic')
    .replace(/^\/admin\/settings\/.+$/, '/admin/settings/:name')
    .replace(/^\/admin\/d\/[^/]+/, '/admin/d/:domain')
    .replace(/\/(accounts|aliases)\/[^/]+/, '/$1/:name');
  return `${path}?${[...new Set(address.searchParams.keys())]
    .filter((name) => !['return', 'sort', 'dir', 'filter'].includes(name))
    .sort()
    .join('&')}`;
}
/** What is downloaded, or no page of ours. */
const isPage = (address: URL): boolean =>
  !/\/(static|i|events|eml|source|part|body|all\.zip|export)(\/|$)|\.(zip|vcf|csv|json|ics|mbox|mobileconfig|webmanifest)$/.test(
    address.pathname,
  );

/** One address of each kind that links lead to from the first ones, at most `most`. */
async function findPages(page: Page, firsts: readonly string[], most: number): Promise<string[]> {
  const kinds = new Map<string, string>();
  const line = [...firsts];
  while (line.length > 0 && kinds.size < most) {
    const path = line.shift()!;
    const kind = kindOf(new URL(path, site.base));
    if (kinds.has(kind)) continue;
    const response = await page.goto(`${site.base}${path}`);
    if (!/text\/html/.test(response?.headers()['content-type'] ?? '')) continue;
    assert.ok((response?.status() ?? 0) < 500, `${path} is answered ${response?.status()}`);
    kinds.set(kind, path);
    const hrefs = await page.$$eval('a[href]', (links) =>
      links.map((link) => (link as HTMLAnchorElement).href),
    );
    for (const href of hrefs) {
      const address = new URL(href);
      address.hash = '';
      if (address.origin === site.base && isPage(address)) line.push(address.pathname + address.search);
    }
  }
  return [...kinds.values()];
}

/** Opens a page and gathers what it should not do. */
function watch(page: Page): string[] {
  const wrong: string[] = [];
  page.on('console', (message) => {
    // A page that says 404 or 422 is an error to the console, and none to us.
    if (message.type() === 'error' && !/status of 4\d\d/.test(message.text())) wrong.push(message.text());
  });
  page.on('pageerror', (error) => wrong.push(error.message));
  page.on('request', (request) => {
    if (!request.url().startsWith(site.base) && !/^(data|blob|about):/.test(request.url()))
      wrong.push(`asks ${request.url()}`);
  });
  return wrong;
}

async function open(context: BrowserContext): Promise<Page> {
  const page = await context.newPage();
  await signInPage(page, site.base);
  return page;
}

test('every page is clean in both themes, fits a phone in both directions, and stays in its budget', {
  skip: browser ? false : noBrowser,
  timeout: 300_000,
}, async (t) => {
  assert.ok(browser);
  const context = await browser.newContext();
  const page = await open(context);
  const wrong = watch(page);
  const paths = await findPages(page, ['/f/INBOX', '/settings/general', '/help', '/help/shortcuts'], 140);
  assert.ok(paths.length > 15, `only ${paths.length} kinds of pages were found`);
  t.diagnostic(`${paths.length} kinds of pages`);

  const faults: string[] = [];
  let heaviest = 0;
  for (const path of paths) {
    wrong.length = 0;
    await page.setViewportSize({ width: 1366, height: 860 });
    await page.goto(`${site.base}${path}`);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      // The themes differ in colours alone.
      const found = colorScheme === 'light' ? await findAllAccessFaults(page) : await findColourFaults(page);
      for (const fault of found) faults.push(`${path} ${colorScheme}: ${fault}`);
    }
    const bytes = await page.evaluate(() =>
      performance
        .getEntriesByType('resource')
        .filter((entry) => /\.(css|js)$/.test(new URL(entry.name).pathname))
        .reduce((sum, entry) => sum + (entry as PerformanceResourceTiming).encodedBodySize, 0),
    );
    heaviest = Math.max(heaviest, bytes);
    if (bytes > budget) faults.push(`${path}: ${bytes} bytes of style and script`);
    for (const direction of ['ltr', 'rtl']) {
      await page.setViewportSize({ width: 320, height: 640 });
      const wide = await page.evaluate((dir) => {
        document.documentElement.dir = dir;
        return document.documentElement.scrollWidth - innerWidth;
      }, direction);
      if (wide > 0) faults.push(`${path}: ${wide} px wider than a phone, ${direction}`);
    }
    for (const words of wrong) faults.push(`${path}: ${words}`);
  }
  t.diagnostic(`style and script: ${heaviest} bytes at most`);
  await context.close();
  assert.deepEqual(faults, []);
});

test('every page of mail is complete without JavaScript: it has its heading, and nothing is kept from it', {
  skip: browser ? false : noBrowser,
  timeout: 120_000,
}, async () => {
  assert.ok(browser);
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(`${site.base}/login`);
  await page.fill('#address', 'alice');
  await page.fill('#password', password);
  await page.click('button[type=submit]');
  for (const path of [
    '/f/INBOX',
    '/compose',
    '/search?q=one',
    '/settings/general',
    '/help',
    '/help/finding',
    '/help/shortcuts',
    '/v/starred',
  ]) {
    await page.goto(`${site.base}${path}`);
    assert.equal(await page.locator('h1').count(), 1, `${path} has one h1`);
    assert.equal(await page.locator('main').count(), 1, path);
  }
  await context.close();
});
