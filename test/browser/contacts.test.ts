// Contacts in a real browser (webmail.md 1.10): each check once without script and once with it; then what script adds.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { Card } from '../../server/web/contacts/types.ts';
import { findAccessFaults, noBrowser, startBrowser } from '../support/browser.ts';
import { type MailSite, startMailSite } from '../support/mail-pages.ts';

let site: MailSite;
const browser: Browser | undefined = await startBrowser();
const skip = browser ? false : noBrowser;

before(async () => {
  if (browser)
    site = await startMailSite({ people: ['alice@example.com', 'ida@example.com', 'nora@example.com'] });
});
after(async () => {
  await browser?.close();
  await site?.close();
});

const card = (name: string, address: string): Card => ({
  name,
  emails: [{ value: address, label: '' }],
  phones: [],
  organisation: '',
  note: '',
  birthday: '',
  extra: [],
});

/** A page of somebody who is signed in; `faults` are script errors and foreign requests. */
async function open(
  address: string,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<{ context: BrowserContext; page: Page; faults: string[] }> {
  const client = await site.signIn(address);
  const context = await browser!.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  context.setDefaultTimeout(5_000);
  await context.addCookies([{ name: 'sid', value: client.cookies.get('sid') ?? '', url: site.base }]);
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('dialog', (dialog) => faults.push(`dialog ${dialog.message()}`));
  page.on('request', (request) => {
    if (!request.url().startsWith(site.base)) faults.push(`foreign request ${request.url()}`);
  });
  return { context, page, faults };
}

const names = (page: Page): Promise<string[]> => page.locator('.contact-name').allTextContents();

for (const [owner, javaScriptEnabled] of [
  ['ida@example.com', false],
  ['nora@example.com', true],
] as const)
  describe(`contacts ${javaScriptEnabled ? 'with' : 'without'} script`, { skip }, () => {
    let context: BrowserContext;
    let page: Page;
    let faults: string[];
    before(async () => {
      ({ context, page, faults } = await open(owner, { javaScriptEnabled }));
    });
    after(async () => {
      assert.deepEqual(faults, []);
      await context.close();
    });

    test('a contact is added, changed, and comes back after it was deleted (K1)', async () => {
      await page.goto(`${site.base}/f/INBOX`);
      await page.click('.top a[href="/contacts"]');
      await page.getByText('No contacts yet').waitFor();
      await page.click('.compose');
      await page.fill('#field-name', 'Zoë Ødegård');
      await page.fill('#field-email-0', 'zoe@nordlys.example');
      await page.selectOption('[name=email-label] >> nth=0', 'work');
      await page.click('button[value=email]');
      await page.fill('#field-email-1', 'zoe@home.example');
      await page.fill('#field-phone-0', '+47 22 33 44 55');
      await page.selectOption('[name=birthday-day]', '17');
      await page.selectOption('[name=birthday-month]', '5');
      await page.fill('#field-note', 'One line\nand another <b>');
      await page.fill('#field-new-group', 'Choir');
      await page.click('button[name=save]');
      await page.getByText('Contact added.').first().waitFor();
      const facts = await page.locator('.contact-facts dd').allInnerTexts();
      assert.deepEqual(facts, [
        'zoe@nordlys.example Work',
        'zoe@home.example',
        '+47 22 33 44 55',
        '17 May',
        'Choir',
        'One line\nand another <b>',
      ]);

      await page.click('text=Edit');
      await page.fill('#field-name', 'Zoë O.');
      await page.fill('#field-email-1', '');
      await page.click('button[name=save]');
      await page.getByText('Saved.').first().waitFor();
      assert.equal(await page.locator('#contact-name').textContent(), 'Zoë O.');
      assert.equal(await page.getByText('zoe@home.example').count(), 0);

      await page.click('[aria-label="Delete Zoë O."]');
      await page.getByText('Zoë O. deleted.').first().waitFor();
      await page.getByText('No contacts yet').waitFor();
      await page.click('.toast-button');
      await page.getByText('Undone.').first().waitFor();
      assert.deepEqual(await names(page), ['Zoë O.']);
    });

    test('what is wrong is said beside its field, and nothing typed is lost', async () => {
      await page.goto(`${site.base}/contacts/new`);
      await page.fill('#field-organisation', 'Fjord');
      await page.fill('#field-email-0', 'carla@');
      await page.selectOption('[name=birthday-day]', '31');
      await page.selectOption('[name=birthday-month]', '2');
      await page.setInputFiles('#field-picture', {
        name: 'a.png',
        mimeType: 'image/png',
        buffer: Buffer.from('<svg onload=alert(1)>'),
      });
      await page.click('button[name=save]');
      await page.locator('#faults').waitFor();
      assert.deepEqual(await page.locator('#faults li').allTextContents(), [
        '“carla@” is not a full address.',
        'There is no such day. Choose day and month; the year may be empty.',
        'This file cannot be used: a PNG, JPEG, GIF or WebP of at most 524 kB is needed.',
      ]);
      assert.equal(await page.inputValue('#field-organisation'), 'Fjord');
      assert.equal(await page.inputValue('#field-email-0'), 'carla@');
      assert.equal(await page.inputValue('[name=birthday-month]'), '2');
      await page.click('#faults a >> nth=0');
      assert.equal(new URL(page.url()).hash, '#field-email-0');
    });

    test('who was written to is offered from then on, becomes a contact or is forgotten (K2)', async () => {
      await page.goto(`${site.base}/compose`);
      await page.fill('#compose-to', 'Bob Jones <bob@example.org>, eve@example.org');
      await page.fill('[name=subject]', 'Hello');
      await page.fill('[name=body]', 'Text');
      await page.locator('[name=send]:visible').first().click();
      await page.waitForURL(/\/f\//);
      const recent = site.web.contacts.recent(owner, 10).map(({ address }) => address);
      assert.deepEqual(recent.sort(), ['bob@example.org', 'eve@example.org']);

      await page.goto(`${site.base}/contacts?list=recent`);
      await page.click('[aria-label="Forget eve@example.org"]');
      await page.getByText('eve@example.org forgotten.').first().waitFor();
      assert.deepEqual(await names(page), ['Bob Jones']);
      await page.click('[aria-label="Add Bob Jones to contacts"]');
      await page.getByText('Bob Jones is a contact now.').first().waitFor();
      await page.getByText('Nobody yet').waitFor();
      await page.goto(`${site.base}/contacts`);
      assert.deepEqual(await names(page), ['Bob Jones', 'Zoë O.']);
    });

    test('ticked contacts go into a group, and its name typed as a recipient is its members (K3)', async () => {
      await page.goto(`${site.base}/contacts`);
      for (const name of ['Bob Jones', 'Zoë O.']) await page.getByLabel(`Select ${name}`).check();
      await page.selectOption('#contacts-group', { label: 'Choir' });
      await page.click('button[value=join]');
      await page.getByText('One contact added to Choir.').first().waitFor();
      await page.click('.folder:has-text("Choir")');
      await page.waitForURL(/list=/);
      assert.deepEqual(await names(page), ['Bob Jones', 'Zoë O.']);
      await page.click('[aria-label="Write to the group"]');
      await page.waitForURL(/compose/);
      const written = await page.content();
      for (const address of ['bob@example.org', 'zoe@nordlys.example'])
        assert.ok(written.includes(address), address);
    });

    test('a group is renamed, deleted, and comes back with its members', async () => {
      await page.goto(`${site.base}/contacts`);
      await page.click('.folder:has-text("Choir")');
      await page.click('[aria-label="Rename or delete group"]');
      await page.fill('#field-name', 'a, b');
      await page.click('.contact-ways button');
      await page.locator('#fault-name').waitFor();
      await page.fill('#field-name', 'Kór');
      await page.click('.contact-ways button');
      await page.getByText('Saved.').first().waitFor();
      await page.click('[aria-label="Rename or delete group"]');
      await page.click('[name=remove]');
      await page.getByText('Group Kór deleted.').first().waitFor();
      await page.click('.toast-button');
      await page.getByText('Undone.').first().waitFor();
      assert.equal(await page.locator('.folder:has-text("Kór") .count').textContent(), '2');
    });

    test('a file is read, its columns are told, and what is new comes in (K4)', async () => {
      const word = 'very'.repeat(20);
      const table = `Wer,E-mail,${word}\nJörg Klein,joerg.${word}@example.org,x\n,,y\n`;
      await page.goto(`${site.base}/contacts`);
      await page.click('.folder[href="/contacts/transfer"]');
      await page.setInputFiles('#field-file', {
        name: 'people.csv',
        mimeType: 'text/csv',
        buffer: Buffer.from(table),
      });
      await page.click('text=Read the file');
      await page.getByText('Not readable: 1 (lines 3).').waitFor();
      // axe itself needs script.
      if (javaScriptEnabled) assert.deepEqual(await findAccessFaults(page), []);
      await page.getByLabel('Wer').selectOption('name');
      await page.click('text=Count again');
      await page.locator('.contact-examples:has-text("Jörg Klein")').waitFor();
      await page.setViewportSize({ width: 320, height: 640 });
      assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 320);
      await page.setViewportSize({ width: 1280, height: 800 });
      await page.click('text=/^Import$/');
      await page.waitForURL('**/jobs/**');
      while ((await page.getByText('Contacts added: 1.').count()) === 0) await page.reload();
      await page.goto(`${site.base}/contacts?q=klein`);
      assert.deepEqual(await names(page), ['Jörg Klein']);
      const { rows } = site.web.contacts.list(owner, { search: 'klein', limit: 5 });
      site.web.contacts.remove(
        owner,
        rows.map(({ id }) => id),
      );
    });

    test('the search finds by starts of words and can be left', async () => {
      await page.goto(`${site.base}/contacts`);
      await page.fill('#search', 'nordl');
      await page.press('#search', 'Enter');
      await page.waitForURL(/q=nordl/);
      assert.deepEqual(await names(page), ['Zoë O.']);
      await page.click('text=Show all');
      await page.waitForURL((url) => url.search === '');
      assert.equal((await names(page)).length, 2);
    });
  });

describe('contacts', { skip }, () => {
  test('markup in a card is shown as text and does nothing (K7)', async () => {
    const { contacts } = site.web;
    const evil = '"><img src=x onerror=alert(1)>';
    const owner = 'alice@example.com';
    const group = contacts.addGroup(owner, `G ${'</a><script>alert(2)</script>'}`);
    const made = contacts.add(owner, {
      ...card(evil, `"<b>"@example.org`),
      phones: [{ value: `javascript:alert(3)`, label: evil }],
      organisation: evil,
      note: '<script>alert(4)</script>',
      birthday: evil,
      extra: [],
    });
    assert.ok(made.ok);
    contacts.setGroups(owner, made.contact.id, [group?.id ?? '']);
    contacts.collect(owner, [{ name: evil, address: 'x"<i>@example.org' }], true);
    const { context, page, faults } = await open(owner);
    for (const path of [
      '/contacts',
      `/contacts/${made.contact.id}`,
      `/contacts/${made.contact.id}/edit`,
      '/contacts?list=recent',
      `/contacts/groups/${group?.id}`,
      `/contacts/new?name=${encodeURIComponent(evil)}&address=${encodeURIComponent(evil)}`,
      `/contacts?q=${encodeURIComponent(evil)}`,
    ]) {
      await page.goto(site.base + path);
      assert.equal(await page.locator('main img, main script, main b, main i, aside').count(), 0, path);
    }
    await page.goto(`${site.base}/contacts/${made.contact.id}`);
    assert.equal(await page.locator('#contact-name').textContent(), evil);
    assert.deepEqual(faults, []);
    await context.close();
  });

  test('with script a card opens beside the list, Back returns, and g c leads here', async () => {
    const owner = 'alice@example.com';
    for (let n = 0; n < 40; n++)
      site.web.contacts.add(owner, card(`Person ${String(n).padStart(2, '0')}`, `p${n}@example.org`));
    const { context, page, faults } = await open(owner);
    await page.goto(`${site.base}/f/INBOX`);
    await page.keyboard.press('g');
    await page.keyboard.press('c');
    await page.waitForURL(/\/contacts$/);
    const list = page.locator('.contacts-list');
    await page.locator('.contact-name:text-is("Person 20")').scrollIntoViewIfNeeded();
    const scrolled = await list.evaluate((node) => node.scrollTop);
    assert.ok(scrolled > 0);
    await page.evaluate(() => document.body.setAttribute('data-same', '1'));
    await page.click('.contact-name:text-is("Person 20")');
    await page.locator('#contact-name:text-is("Person 20")').waitFor();
    await page.waitForURL(/\/contacts\/[\w-]{12}/);
    assert.equal(await list.evaluate((node) => node.scrollTop), scrolled);
    assert.equal(await page.getAttribute('body', 'data-same'), '1');
    await page.goBack();
    await page.getByText('Choose somebody from the list.').waitFor();
    assert.deepEqual(faults, []);
    await context.close();
  });

  test('a large picture is made small before it is sent, and is shown from then on', async () => {
    const owner = 'alice@example.com';
    const { context, page, faults } = await open(owner);
    await page.goto(`${site.base}/contacts/new`);
    // Noise does not compress: over the limit as it is.
    const base64 = await page.evaluate(() => {
      const canvas = document.createElement('canvas');
      canvas.width = canvas.height = 900;
      const drawing = canvas.getContext('2d') as CanvasRenderingContext2D;
      const image = drawing.createImageData(900, 900);
      for (let at = 0; at < image.data.length; at++) image.data[at] = (at * 7919) % 251;
      for (let at = 0; at < image.data.length; at += 3) image.data[at] = Math.random() * 255;
      drawing.putImageData(image, 0, 0);
      return canvas.toDataURL('image/png').split(',')[1] as string;
    });
    const buffer = Buffer.from(base64, 'base64');
    assert.ok(buffer.length > 524_288, `the picture has ${buffer.length} bytes`);
    await page.fill('#field-name', 'Pia');
    await page.setInputFiles('#field-picture', { name: 'big.png', mimeType: 'image/png', buffer });
    await page.waitForFunction(
      () => document.querySelector<HTMLInputElement>('#field-picture')?.files?.[0]?.type === 'image/jpeg',
    );
    await page.click('button[name=save]');
    const picture = page.locator('.contact-head img');
    await picture.waitFor();
    assert.equal(
      await picture.evaluate((node: HTMLImageElement) => node.decode().then(() => node.naturalWidth)),
      512,
    );
    assert.deepEqual(faults, []);
    await context.close();
  });

  test('no serious fault for assistive technology, wide and on a phone, light and dark', async () => {
    const owner = 'alice@example.com';
    const [first] = site.web.contacts.list(owner, { limit: 1 }).rows;
    for (const [colorScheme, width] of [
      ['light', 1280],
      ['dark', 360],
    ] as const) {
      const { context, page } = await open(owner, { colorScheme, viewport: { width, height: 800 } });
      for (const path of [
        '/contacts',
        `/contacts/${first?.id}`,
        `/contacts/${first?.id}/edit`,
        '/contacts?list=recent',
        '/contacts/groups/new',
      ]) {
        await page.goto(site.base + path);
        assert.deepEqual(await findAccessFaults(page), [], `${path} ${colorScheme}`);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
        assert.equal(wide, false, `${path} scrolls sideways at ${width}`);
      }
      await context.close();
    }
  });
});
