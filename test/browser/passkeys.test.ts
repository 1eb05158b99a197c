// Passkeys in Chromium with a virtual authenticator (webmail.md X2): made in the settings, used in the place of a password,
// used as second step, refused when they are not of this account any more.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, CDPSession, Page } from 'playwright-core';
import { totpCode, totpStep } from '../../mta/accounts/totp.ts';
import { findAccessFaults, noBrowser, signInPage, startBrowser } from '../support/browser.ts';
import { password, startSite, type WebSite } from '../support/site.ts';

let site: WebSite;
let base: string;
let page: Page;
let devtools: CDPSession;
let authenticator: string;
const faults: string[] = [];
const browser: Browser | undefined = await startBrowser();
const skip = browser ? false : noBrowser;
const alice = 'alice@example.com';

before(async () => {
  if (!browser) return;
  site = await startSite();
  // Passkeys are for names: an IP address has none.
  base = site.base.replace('127.0.0.1', 'localhost');
  const context = await browser.newContext();
  context.setDefaultTimeout(15_000);
  page = await context.newPage();
  page.on('pageerror', (error) => faults.push(error.message));
  devtools = await context.newCDPSession(page);
  await devtools.send('WebAuthn.enable');
  ({ authenticatorId: authenticator } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  }));
});
after(async () => {
  await browser?.close();
  await site?.close();
  assert.deepEqual(faults, []);
});

const signOut = async (): Promise<void> => {
  await page.context().clearCookies({ name: 'sid' });
  await page.goto(`${base}/login`);
};

describe('a passkey', { skip }, () => {
  test('is not offered at sign-in while nobody has one', async () => {
    await page.goto(`${base}/login`);
    assert.equal(await page.getByText('Sign in with a passkey').count(), 0);
  });

  test('is made with the password and a name, and stands in the list', async () => {
    await signInPage(page, base);
    await page.goto(`${base}/settings/security`);
    await page.fill('#passkey-name', 'My <phone>');
    await page.fill('#passkey-password', 'wrong');
    await page.click('button:text-is("Add a passkey")');
    await page.locator('#passkeys [data-passkey-words]:not([hidden])').waitFor();
    assert.deepEqual(await findAccessFaults(page), []);
    await page.fill('#passkey-password', password);
    await page.click('button:text-is("Add a passkey")');
    await page.locator('#passkeys .lines strong:text-is("My <phone>")').waitFor();
    assert.match((await page.textContent('#passkeys .lines')) ?? '', /never used/);
    assert.deepEqual(await findAccessFaults(page), []);
    assert.equal(site.web.securityLog.list(alice)[0]?.kind, 'passkey');
    // The same device is not taken twice.
    await page.fill('#passkey-name', 'Again');
    await page.fill('#passkey-password', password);
    await page.click('button:text-is("Add a passkey")');
    await page.getByText('This device has a passkey for this account already.').waitFor();
  });

  test('signs in without a password, by its button or beside the saved passwords', async () => {
    await signOut();
    // Chromium's automatic presence answers the conditional question at once; else the button asks.
    await page.waitForURL(/\/f\/INBOX/, { timeout: 3000 }).catch(async () => {
      await page.click('button:has-text("Sign in with a passkey")');
      await page.waitForURL(/\/f\/INBOX/);
    });
    assert.match((await page.textContent('.menu-head')) ?? '', /alice@example\.com/);
    await page.goto(`${base}/settings/security`);
    assert.match((await page.textContent('#passkeys .lines')) ?? '', /last used/);
  });

  test('without a PIN or finger it does not stand for the password', async () => {
    await devtools.send('WebAuthn.setUserVerified', {
      authenticatorId: authenticator,
      isUserVerified: false,
    });
    await signOut();
    await page.click('button:has-text("Sign in with a passkey")');
    await assert.rejects(page.waitForURL(/\/f\/INBOX/, { timeout: 1500 }));
    await devtools.send('WebAuthn.setUserVerified', { authenticatorId: authenticator, isUserVerified: true });
  });

  test('is the second step after the password', async () => {
    await page.goto(`${base}/login`);
    await page.waitForURL(/\/f\/INBOX/, { timeout: 2000 }).catch(() => signInPage(page, base));
    await page.goto(`${base}/settings/security/two-step`);
    const key = ((await page.locator('.secret code').textContent()) ?? '').replaceAll(' ', '');
    const bits = [...key].map((letter) =>
      'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'),
    );
    const octets = bits.join('').match(/.{8}/g) ?? [];
    const secret = Buffer.from(octets.map((octet) => Number.parseInt(octet, 2)));
    await page.fill('#code', totpCode(secret, totpStep(Date.now() / 1000)));
    await page.fill('#password', password);
    await page.click('button:text-is("Turn on")');
    await page.getByText('Your recovery codes').waitFor();
    // The conditional question would sign in before the password is typed.
    await devtools.send('WebAuthn.setAutomaticPresenceSimulation', {
      authenticatorId: authenticator,
      enabled: false,
    });
    await signOut();
    await page.fill('#address', 'alice');
    await page.fill('#password', password);
    await page.click('.login-sheet button[type=submit]');
    await page.waitForURL(/\/login\/code/);
    assert.deepEqual(await findAccessFaults(page), []);
    await devtools.send('WebAuthn.setAutomaticPresenceSimulation', {
      authenticatorId: authenticator,
      enabled: true,
    });
    await page.click('button:has-text("Use a passkey in place of the code")');
    await page.waitForURL(/\/f\/INBOX/);
  });

  test('an answer that was used, or of a forged question, opens nothing', async () => {
    const client = site.client();
    const csrf = await client.token('/login');
    const credential = JSON.stringify({ id: 'AAAA', rawId: 'AAAA', type: 'public-key', response: {} });
    for (const ticket of ['', 'forged', site.web.signTicket('passkey-show', 'abc x', 60)]) {
      const answer = await client.post('/login/passkey', { csrf, ticket, credential });
      assert.equal(answer.status, 422, ticket);
      assert.match(answer.body, /This passkey does not open a mailbox here\./);
    }
    assert.equal((await client.post('/login/passkey/options', {})).status, 403);
  });

  test('is removed by who shows it once more, and then opens nothing', async () => {
    await page.goto(`${base}/settings/security`);
    site.advance(601_000);
    await page.click('button:text-is("Remove")');
    await page.getByText('Please confirm').first().waitFor();
    assert.equal(site.web.passkeys.isUsed('localhost'), true);
    await page.click('button:has-text("Use a passkey")');
    await page.getByText('The passkey is removed.').first().waitFor();
    assert.equal(await page.locator('#passkeys .lines').count(), 0);
    assert.equal(site.web.passkeys.isUsed('localhost'), false);
  });
});
