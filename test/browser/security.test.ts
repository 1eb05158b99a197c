// The security settings and the second step in a real browser, without and with script: what is shown once is there, every
// page can be used by everyone (security.md A5; webmail.md 6).
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { totpCode, totpStep } from '../../mta/accounts/totp.ts';
import { AccountFlag } from '../../mta/accounts/types.ts';
import { machine } from '../support/admin.ts';
import { findAccessFaults, noBrowser, signInPage, startBrowser } from '../support/browser.ts';
import { createCertificate } from '../support/certificate.ts';
import { password, startSite, type WebSite } from '../support/site.ts';

let site: WebSite;
let ahead = 0;
const browser: Browser | undefined = await startBrowser();
const skip = browser ? false : noBrowser;
before(async () => {
  if (!browser) return;
  site = await startSite({ people: ['alice@example.com', 'root@example.com'] });
  await site.web.administration.changeAccount(machine, 'root@example.com', {
    flags: AccountFlag.systemAdmin,
  });
  const { cert, key } = createCertificate('mail.example.com');
  const control = join(site.home.qmail, 'control');
  await writeFile(join(control, 'servercert.pem'), `${cert}${key}`, { mode: 0o600 });
  // Nobody answers there: every row of the DNS page says so.
  await writeFile(join(control, 'dnsservers'), '127.0.0.1:1\n');
});
after(async () => {
  await browser?.close();
  await site?.close();
});

/** The code of the key that the set-up page shows. */
async function codeOnPage(page: Page): Promise<() => string> {
  const key = ((await page.locator('.secret code').textContent()) ?? '').replaceAll(' ', '');
  const bits = [...key]
    .map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'))
    .join('');
  const secret = Buffer.from((bits.match(/.{8}/g) ?? []).map((octet) => Number.parseInt(octet, 2)));
  return () => totpCode(secret, totpStep((Date.now() + ahead) / 1000));
}

for (const javaScriptEnabled of [false, true])
  describe(`security ${javaScriptEnabled ? 'with' : 'without'} script`, { skip }, () => {
    test('an app password is made, shown once and taken back; two steps are set up and asked for', async () => {
      const colorScheme = javaScriptEnabled ? 'dark' : 'light';
      const context = await browser!.newContext({ javaScriptEnabled, colorScheme });
      const page = await context.newPage();
      const check = async (what: string): Promise<void> => {
        if (javaScriptEnabled) assert.deepEqual(await findAccessFaults(page), [], what);
      };
      await signInPage(page, site.base);
      await page.goto(`${site.base}/settings/security`);
      await check('nothing yet');
      await page.getByLabel('Program or device').fill('Thunderbird');
      await page.locator('#app-password').fill('wrong');
      await page.click('button:text-is("Make it")');
      await page.getByText('This is not your password.').waitFor();
      assert.equal(await page.getByLabel('Program or device').inputValue(), 'Thunderbird');
      await check('refused');
      await page.locator('#app-password').fill(password);
      await page.click('button:text-is("Make it")');
      await page.getByText('App password for Thunderbird').waitFor();
      assert.match(
        (await page.locator('.secret code').textContent()) ?? '',
        /^(?:[a-z2-9]{4}-){6}[a-z2-9]{4}$/,
      );
      await check('shown once');
      await page.click('text=Done');
      await check('one');
      await page.getByRole('button', { name: 'Take back Thunderbird' }).click();
      await page.getByText('The app password is taken back.').waitFor();

      await page.click('text=Set up');
      await check('set up');
      const code = await codeOnPage(page);
      await page.locator('#code').fill(code());
      await page.locator('#password').fill(password);
      await page.click('button:text-is("Turn on")');
      await page.getByText('Your recovery codes').waitFor();
      await check('recovery codes');
      const recovery = await page.locator('.secret-list code').allInnerTexts();
      assert.equal(recovery.length, 10);
      await page.click('text=I have kept them');
      await check('on');
      await page.click('.avatar-button');
      await page.click('text=Sign out');
      ahead += 60_000;
      site.advance(60_000);
      await page.fill('#address', 'alice');
      await page.fill('#password', password);
      await page.click('button[type=submit]');
      await page.waitForURL(`${site.base}/login/code`);
      assert.equal(await page.getAttribute('#code', 'autocomplete'), 'one-time-code');
      await page.fill('#code', '000000');
      await page.click('button[type=submit]');
      await page.getByText('That code is not right').waitFor();
      await check('second step');
      await page.fill('#code', code());
      await page.click('button[type=submit]');
      await page.waitForURL(`${site.base}/f/INBOX`);
      await page.goto(`${site.base}/settings/security`);
      await page.locator('#off-code').fill(recovery[0]!);
      await page.locator('#off-password').fill(password);
      await page.click('button:text-is("Turn off")');
      await page.getByText('Two-step sign-in is off.').waitFor();
      await context.close();
    });
  });

describe('the pages about a site can be used by everyone', { skip }, () => {
  test("DNS records, certificate, an account's security: no serious fault by axe, light and dark", async () => {
    const context = await browser!.newContext();
    const page = await context.newPage();
    await signInPage(page, site.base, 'root');
    await page.goto(`${site.base}/admin/confirm`);
    await page.locator('main input[type=password]').fill(password);
    await page.keyboard.press('Enter');
    await page.waitForURL(`${site.base}/admin`);
    for (const path of ['certificates', 'd/example.com/dns', 'd/example.com/accounts/alice/security'])
      for (const colorScheme of ['light', 'dark'] as const) {
        // Loaded in its colours: what is on the way from one to the other is no colour of ours.
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        await page.goto(`${site.base}/admin/${path}`);
        await page.locator('.sheet h2').first().waitFor();
        assert.deepEqual(await findAccessFaults(page), [], `${path} ${colorScheme}`);
      }
    await context.close();
  });
});
