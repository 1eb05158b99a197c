// The administration and the own account in a real browser, without and with script: each form by its labels and
// buttons as a person uses it, no serious fault by axe in light and dark, no sideways scroll on a phone.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { AccountFlag } from '../../mta/accounts/types.ts';
import { openHistory } from '../../server/history/history.ts';
import type { History } from '../../server/history/types.ts';
import { machine } from '../support/admin.ts';
import { findAccessFaults, noBrowser, signInPage, startBrowser } from '../support/browser.ts';
import { password, startSite, type WebSite } from '../support/site.ts';

/** What a letter of this hour leaves in the log. */
const lines = [
  'new msg 5',
  'info msg 5: bytes 300 from <x@example.net> qp 77 uid 0',
  'starting delivery 1: msg 5 to local example.com-bob@example.com',
  'delivery 1: success: did_1+0+0/',
  'end msg 5',
];

let site: WebSite;
let history: History;
let state: string;
const browser: Browser | undefined = await startBrowser();
const skip = browser ? false : noBrowser;
before(async () => {
  if (!browser) return;
  state = await mkdtemp(join(tmpdir(), 'facteur-history-'));
  history = await openHistory({ state, days: 30, log: () => undefined });
  for (const line of lines) history.observe(line);
  await history.settled();
  site = await startSite({
    history,
    people: ['alice@example.com', 'bob@example.com', 'carl@example.com'],
  });
  await site.web.administration.changeAccount(machine, 'alice@example.com', {
    flags: AccountFlag.systemAdmin,
  });
  await site.web.administration.setAlias(machine, 'example.com', 'info', { addresses: ['bob@example.com'] });
});
after(async () => {
  await browser?.close();
  await site?.close();
  await history?.close();
  if (state) await rm(state, { recursive: true, force: true });
});

const d = '/admin/d/example.com';
const good = 'a good long password';

/** Signs in and goes through the question for the password, by the link in the menu. */
async function enter(context: BrowserContext): Promise<Page> {
  const page = await context.newPage();
  await signInPage(page, site.base);
  await page.click('.avatar-button');
  await page.getByRole('link', { name: 'Administration' }).click();
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  return page;
}
const press = (page: Page, name: string) =>
  page.getByRole('main').getByRole('button', { name, exact: true }).click();
const toast = (page: Page, words: string) => page.locator('.toast-words', { hasText: words }).waitFor();

for (const javaScriptEnabled of [false, true])
  describe(`administering ${javaScriptEnabled ? 'with' : 'without'} script`, { skip }, () => {
    const end = javaScriptEnabled ? 'b' : 'a';
    let context: BrowserContext;
    let page: Page;
    before(async () => {
      context = await browser!.newContext({ javaScriptEnabled });
      page = await enter(context);
    });
    after(() => context.close());

    test('the overview draws what was counted, with the numbers as tables', async () => {
      assert.equal(await page.getByRole('img', { name: /Deliveries/ }).count(), 1);
      await page.locator('figure summary').first().click();
      assert.equal(await page.locator('figure table').first().locator('tbody tr').count(), 24);
      assert.match((await page.locator('figure').first().textContent()) ?? '', /delivered 1\D/);
    });

    test('a domain: added, found by the switcher, catch-all previewed and saved, limits saved, removed', async () => {
      const name = `new-${end}.example`;
      await page.goto(`${site.base}/admin/domains`);
      await page.getByRole('link', { name: 'Add a domain' }).click();
      await page.getByLabel('Domain', { exact: true }).fill(name);
      await press(page, 'Make a password');
      assert.match(await page.getByLabel('Password of its postmaster').inputValue(), /^[\w-]{19}$/);
      await press(page, 'Add a domain');
      await toast(page, `${name} was added.`);
      await page.goto(`${site.base}/admin`);
      await page.getByLabel('Go to a domain').fill(name);
      await page.getByRole('button', { name: 'Go', exact: true }).click();
      await page.getByRole('heading', { level: 1, name }).waitFor();
      await page.getByLabel('Another name').fill(`also-${name}`);
      await press(page, 'Add alias domain');
      await toast(page, `also-${name} was added.`);
      await press(page, `Remove also-${name}`);
      await toast(page, `also-${name} was removed.`);
      await page.getByRole('link', { name: 'Catch-all' }).click();
      await page.getByLabel('is thrown away').check();
      await press(page, 'Preview');
      await page.getByText('With this choice:').waitFor();
      await press(page, 'Save');
      await toast(page, 'Saved.');
      await page.goto(`${site.base}/admin/d/${name}/limits`);
      await page.getByLabel('Accounts', { exact: true }).fill('x');
      await press(page, 'Save');
      await page.locator('#faults').getByText('Expected a whole number').waitFor();
      assert.equal(await page.getByLabel('Accounts', { exact: true }).inputValue(), 'x');
      await page.getByLabel('Accounts', { exact: true }).fill('5');
      await page.getByLabel('Accounts: not add', { exact: true }).check();
      await press(page, 'Save');
      await toast(page, 'Saved.');
      await page.goto(`${site.base}/admin/d/${name}/remove`);
      await page.getByLabel(`Type ${name} to confirm`).fill(name);
      await press(page, 'Remove for good');
      await toast(page, `${name} was removed.`);
    });

    test('an account: added, found, changed, removed with its mail going elsewhere', async () => {
      const name = `dora-${end}`;
      await page.goto(`${site.base}${d}/accounts`);
      await page.getByRole('link', { name: 'Add an account' }).click();
      await page.getByLabel('Name', { exact: true }).fill(name);
      await page.getByLabel('Password', { exact: true }).fill('short');
      await page.getByLabel('Quota', { exact: true }).fill('20');
      await page.getByLabel('Unit of the quota').selectOption('MB');
      await press(page, 'Add an account');
      await page.locator('#faults').waitFor();
      assert.equal(await page.getByLabel('Name', { exact: true }).inputValue(), name);
      assert.equal(await page.getByLabel('Quota', { exact: true }).inputValue(), '20');
      await page.getByLabel('Password', { exact: true }).fill(good);
      await press(page, 'Add an account');
      await toast(page, `${name}@example.com was added.`);
      await page.getByLabel('Comment').fill('Dora Example');
      await page.getByLabel('May not collect mail by POP3.').check();
      await page.getByLabel('is forwarded').check();
      await page.getByLabel('Forward to').fill('bob');
      await press(page, 'Save');
      await toast(page, 'Saved.');
      await page.goto(`${site.base}${d}/accounts?q=dora+example`);
      await page.getByText('no POP3').waitFor();
      await page.getByRole('link', { name, exact: true }).click();
      await page.getByRole('link', { name: 'Remove the account' }).click();
      await page.getByLabel('Forward its mail to').fill('bob@example.com');
      await press(page, 'Remove for good');
      await toast(page, `${name}@example.com was removed.`);
    });

    test('an alias and a robot: added, changed, removed', async () => {
      await page.goto(`${site.base}${d}/new-alias`);
      await page.getByLabel('Name', { exact: true }).fill(`sales-${end}`);
      await page.getByLabel('Goes to').fill('x@');
      await press(page, 'Save');
      await page.locator('#faults').waitFor();
      await page.getByLabel('Goes to').fill('bob');
      await press(page, 'Save');
      await toast(page, `sales-${end}@example.com was saved.`);
      await page.getByRole('link', { name: 'Add a mail robot' }).click();
      await page.getByLabel('Name', { exact: true }).fill(`prices-${end}`);
      await page.getByLabel('Subject').fill('Prices');
      await page.getByLabel('Text').fill('All is free.');
      await press(page, 'Save');
      await toast(page, `prices-${end}@example.com was saved.`);
      await page.getByRole('link', { name: `sales-${end}`, exact: true }).click();
      await page.getByRole('link', { name: 'Remove', exact: true }).click();
      await press(page, 'Remove');
      await toast(page, `sales-${end}@example.com was removed.`);
    });

    test('a CSV file is tried out, its good lines are added, and the accounts go out again', async () => {
      await page.goto(`${site.base}${d}/import`);
      const buffer = Buffer.from(`gina-${end},${good},Gina\nbad name,${good}\n`);
      await page.getByLabel('CSV file').setInputFiles({ name: 'a.csv', mimeType: 'text/csv', buffer });
      await press(page, 'Try it out');
      await page.getByText('1 account would be added.').waitFor();
      await page.getByText('1 line is refused.').waitFor();
      await press(page, 'Add the one good account');
      await page.getByText('1 account was added.').waitFor();
      await page.goto(`${site.base}${d}/export`);
      const download = page.waitForEvent('download');
      await press(page, 'Download');
      assert.equal((await download).suggestedFilename(), 'accounts-example.com.csv');
    });

    test('the audit log is searched', async () => {
      await page.goto(`${site.base}/admin/audit`);
      await page.getByRole('main').getByRole('searchbox').fill('info@example');
      await press(page, 'Search');
      await page.getByText('alias.add').first().waitFor();
    });

    test('a user changes name, password and where mail goes', async () => {
      const person = javaScriptEnabled ? 'carl' : 'bob';
      const own = await browser!.newContext({ javaScriptEnabled });
      const mine = await own.newPage();
      await signInPage(mine, site.base, person);
      await mine.goto(`${site.base}/settings/account`);
      await mine.getByLabel('Your name').fill('Somebody Else');
      await press(mine, 'Save name');
      await toast(mine, 'Saved.');
      await mine.getByLabel('Password as it is now').fill(password);
      await mine.getByLabel('New password', { exact: true }).fill(good);
      await mine.getByLabel('New password again').fill('something else');
      await press(mine, 'Change password');
      await mine.locator('#faults').getByText('not the same').waitFor();
      await mine.getByLabel('Password as it is now').fill(password);
      await mine.getByLabel('New password', { exact: true }).fill(good);
      await mine.getByLabel('New password again').fill(good);
      await press(mine, 'Change password');
      await toast(mine, 'Your password was changed.');
      await mine.goto(`${site.base}/settings/delivery`);
      await mine.getByLabel('is forwarded').check();
      await mine.getByLabel('Forward to').fill('x@example.net');
      await press(mine, 'Save');
      await mine.locator('#faults').getByText('This is not your password.').waitFor();
      await mine.getByLabel('Your password').fill(good);
      await press(mine, 'Save');
      await toast(mine, 'Saved. The new address gets a letter first');
      await own.close();
    });
  });

describe('everyone can use the administration', { skip }, () => {
  const paths = [
    '/admin',
    '/admin/domains',
    '/admin/domains/add',
    '/admin/audit',
    d,
    `${d}/accounts`,
    `${d}/new-account`,
    `${d}/accounts/bob`,
    `${d}/accounts/bob/remove`,
    `${d}/aliases`,
    `${d}/new-robot`,
    `${d}/aliases/info`,
    `${d}/catch-all`,
    `${d}/limits`,
    `${d}/remove`,
    `${d}/import`,
    `${d}/export`,
    '/admin/junk',
    '/settings/account',
    '/settings/delivery',
    `${d}/dns`,
    `${d}/reports`,
    '/settings/programs',
  ];
  for (const [colorScheme, walked] of [
    ['light', paths],
    // Where a colour is used that stands nowhere else.
    ['dark', ['/admin', `${d}/accounts`, `${d}/accounts/bob`, `${d}/catch-all`]],
  ] as const)
    test(`no serious fault by axe, ${colorScheme}, no sideways scroll on a phone`, async () => {
      const context = await browser!.newContext({ colorScheme, viewport: { width: 360, height: 740 } });
      const page = await enter(context);
      for (const path of walked) {
        await page.goto(site.base + path);
        assert.deepEqual(await findAccessFaults(page), [], path);
        const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(over <= 0, `${path} is ${over} px too wide`);
      }
      await page.goto(`${site.base}${d}/new-account`);
      await page.getByLabel('Quota', { exact: true }).fill('x');
      await page.getByLabel('Name', { exact: true }).fill('a');
      await press(page, 'Add an account');
      await page.locator('#faults').waitFor();
      assert.deepEqual(await findAccessFaults(page), [], 'a refused form');
      await context.close();
    });

  test('right to left nothing leaves the screen', async () => {
    const context = await browser!.newContext({ viewport: { width: 360, height: 740 } });
    const page = await enter(context);
    for (const path of ['/admin', `${d}/accounts`, `${d}/limits`]) {
      await page.goto(site.base + path);
      const over = await page.evaluate(() => {
        document.documentElement.dir = 'rtl';
        return document.documentElement.scrollWidth - innerWidth;
      });
      assert.ok(over <= 0, `${path} is ${over} px too wide`);
    }
    await context.close();
  });
});
