// A person's way through the webmail, without script and with it: sign in, read, mark, move, delete and take back, find,
// write, keep a draft, send, sign out. On each page: nothing serious for axe, no error in the console, no request to
// any other place. The mail system is the real one; the letters came in over SMTP.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { findAccessFaults, noBrowser, signInPage, startBrowser } from '../support/browser.ts';
import { type Road, readMaildir, startRoad, waitFor, waitForMessage } from '../support/road.ts';
import { RawSmtpClient } from '../support/smtp.ts';

const browser: Browser | undefined = await startBrowser();
const skip = browser ? false : noBrowser;
let road: Road;

const subjects = [
  'Timetable',
  'Photos of the garden',
  'Invoice 4711',
  'Choir on Thursday',
  'A book for you',
  'Old news',
];
/** One reader for each way of walking. */
const readers = { off: 'carol', on: 'dave' } as const;

before(async () => {
  if (!browser) return;
  road = await startRoad({ people: [...Object.values(readers), 'erin'] });
  const client = await RawSmtpClient.connect(road.smtpPort);
  await client.hello();
  const everyone = Object.values(readers).map((name) => `${name}@example.com`);
  for (const [n, subject] of subjects.entries()) {
    const lines = [
      'From: Zoë Ødegård <zoe@nordlys.example>',
      `To: ${everyone.join(', ')}`,
      `Subject: ${subject}`,
      'MIME-Version: 1.0',
      'Content-Type: text/plain; charset=utf-8',
      '',
      `This is letter ${n} about ${subject.toLowerCase()}; its secret word is velociped${n}.`,
    ];
    const reply = await client.sendMessage(
      'zoe@nordlys.example',
      everyone,
      Buffer.from(lines.join('\r\n')).toString('latin1'),
    );
    assert.equal(reply.code, 250, reply.text);
    for (const name of Object.values(readers))
      await waitForMessage(road.maildir(name), `Subject: ${subject}`);
  }
  client.close();
});
after(async () => {
  await browser?.close();
  await road?.close();
});

for (const script of ['off', 'on'] as const)
  describe(`a walk with script ${script}`, { skip, timeout: 120_000 }, () => {
    const reader = readers[script];
    let context: BrowserContext;
    let page: Page;
    const faults: string[] = [];
    before(async () => {
      context = await browser!.newContext({
        javaScriptEnabled: script === 'on',
        viewport: { width: 1280, height: 800 },
      });
      page = await context.newPage();
      page.setDefaultTimeout(15_000);
      page.on('pageerror', (error) => faults.push(error.message));
      page.on('console', (message) => {
        // the browser's own line about a form that came back with its faults
        if (message.type() === 'error' && !/ 422 /.test(message.text())) faults.push(message.text());
      });
      page.on('request', (request) => {
        if (!request.url().startsWith(road.base)) faults.push(`foreign request ${request.url()}`);
      });
    });
    after(async () => {
      await context?.close();
      assert.deepEqual(faults, []);
    });

    const rowOf = (subject: string) => page.locator('#rows > .row', { hasText: subject });
    const shown = () => page.locator('#rows .subject').allTextContents();
    const goTo = async (folder: string): Promise<void> => {
      await page.click(`#folders .folder:has(.folder-name bdi:text-is("${folder}"))`);
      await page.locator(`#folders .folder[aria-current]:has-text("${folder}")`).waitFor();
      await page.locator(`h1:text-is("${folder}")`).waitFor();
    };
    const toast = (words: string) => page.locator('.toast-words', { hasText: words }).waitFor();
    const undo = async (): Promise<void> => {
      await page.click('.toast-button');
      await toast('Undone.');
    };
    /** axe cannot run in a page without script: there it looks at the same address in a page without ours. */
    const check = async (what: string): Promise<void> => {
      if (script === 'on') return assert.deepEqual(await findAccessFaults(page), [], what);
      const twin = await browser!.newContext({ viewport: { width: 1280, height: 800 } });
      await twin.addCookies(await context.cookies());
      await twin.route(/\.js$/, (route) => route.abort());
      const same = await twin.newPage();
      await same.goto(page.url());
      assert.deepEqual(await findAccessFaults(same), [], what);
      await twin.close();
    };
    /** Opens a letter: in the pane beside the list with script, as a page without. */
    const open = async (subject: string): Promise<void> => {
      await rowOf(subject).locator('.row-link').click();
      await page.locator(`#message-subject:text-is("${subject}")`).waitFor();
    };

    test('signs in and sees the letters, newest first and unread', async () => {
      await page.goto(road.base);
      await check('sign-in');
      await signInPage(page, road.base, reader);
      // What is not read yet has no subject; the folder is read while it is looked at.
      const all = subjects.toReversed().join();
      await waitFor(`the index of ${reader}`, async () => {
        if ((await shown()).join() !== all) await page.goto(`${road.base}/f/INBOX`);
        return (await shown()).join() === all || undefined;
      });
      assert.equal(await page.locator('#rows > .row.unread').count(), 6);
      await page.locator('#folders .folder[aria-current]:has-text("6 unread")').waitFor();
      await check('list');
    });

    test('opens a letter, reads it, and comes back to a list that knows', async () => {
      await open('Choir on Thursday');
      assert.match((await page.textContent('.message-text')) ?? '', /its secret word is velociped3\./);
      await check('letter');
      await page.goBack();
      await rowOf('Choir on Thursday').waitFor();
      assert.equal(await page.locator('#rows > .row.unread').count(), 5);
      await page.locator('#folders .folder[aria-current]:has-text("5 unread")').waitFor();
      const [read] = (await readMaildir(road.maildir(reader))).filter(({ name }) => /:2,.*S/.test(name));
      assert.ok(read?.bytes.includes('Subject: Choir on Thursday'));
    });

    test('marks it as unread again, and two as read', async () => {
      await rowOf('Choir on Thursday').locator('.pick input').check();
      await page.click('#toolbar .menu:last-of-type summary');
      await page.click('#toolbar button[value=unread]');
      await toast('Marked as unread.');
      assert.equal(await page.locator('#rows > .row.unread').count(), 6);
      for (const subject of ['Old news', 'Timetable']) await rowOf(subject).locator('.pick input').check();
      await page.click('#toolbar button[value=read]');
      await toast('2 messages marked as read.');
      assert.equal(await page.locator('#rows > .row.unread').count(), 4);
    });

    test('moves a letter into the archive and finds it there', async () => {
      await rowOf('Invoice 4711').locator('.pick input').check();
      await page.click('#move-menu > summary');
      await page.selectOption('#move-to', { label: 'Archive' });
      await page.click('#move-menu button');
      await toast('Moved to Archive.');
      assert.equal(await rowOf('Invoice 4711').count(), 0);
      await goTo('Archive');
      assert.deepEqual(await shown(), ['Invoice 4711']);
      await check('archive');
      assert.equal((await readMaildir(road.maildir(reader), 'Archive')).length, 1);
      await goTo('Inbox');
    });

    test('deletes a letter and takes it back, deletes another and then for good', async () => {
      const before = await shown();
      await rowOf('A book for you').locator('.pick input').check();
      await page.click('#toolbar button[value=trash]');
      await toast('Moved to Trash.');
      assert.equal(await rowOf('A book for you').count(), 0);
      await undo();
      assert.deepEqual(await shown(), before);
      await open('Old news');
      await page.click('.message-actions button[value=trash]');
      await toast('Moved to Trash.');
      await goTo('Trash');
      assert.deepEqual(await shown(), ['Old news']);
      await rowOf('Old news').locator('.pick input').check();
      await page.click('#toolbar button[value=trash]');
      await page.getByText('Delete this message for good?').waitFor();
      await check('question');
      await page.click('.notice .danger');
      await toast('Deleted for good.');
      await page.getByText('Trash is empty').waitFor();
      await check('empty folder');
      // For half a minute the file is only marked as deleted, for who takes it back.
      const left = await readMaildir(road.maildir(reader), 'Trash');
      assert.ok(left.every(({ name }) => /:2,[A-Z]*T/.test(name)));
    });

    test('finds a letter by a word of its text, wherever it is', async () => {
      await page.fill('#search', 'velociped2');
      await page.press('#search', 'Enter');
      await page.waitForURL(/\/search\?q=velociped2/);
      assert.deepEqual(await shown(), ['Invoice 4711']);
      await check('search');
      await open('Invoice 4711');
      await page.fill('#search', 'nothing of the kind');
      await page.press('#search', 'Enter');
      await page.getByText('Nothing was found for “nothing of the kind”').waitFor();
      await goTo('Inbox');
    });

    test('writes a letter, keeps it as a draft, goes on and sends it', async () => {
      const subject = `Tea with script ${script}?`;
      await page.click('.button.compose');
      await page.locator('h1:text-is("New message")').waitFor();
      await page.click('.compose-send');
      await page.locator('#compose-faults:has-text("Say who this message is for.")').waitFor();
      await check('compose with faults');
      await page.fill('#compose-subject', subject);
      await page.fill('#compose-body', 'On Sunday at four?');
      await page.setInputFiles('#compose-file', {
        name: 'cake.txt',
        mimeType: 'text/plain',
        buffer: Buffer.from('Cake!\n'),
      });
      if (script === 'off') await page.click('button[name=attach]');
      await page.locator('#attachments .file-name:has-text("cake.txt")').waitFor();
      await page.click('.compose-foot button[name=save]');
      await page.locator('#compose-state:has-text("Saved")').waitFor();
      await page.goto(`${road.base}/f/Drafts`);
      assert.deepEqual(await shown(), [subject]);
      await check('drafts');
      await rowOf(subject).locator('.row-link').click();
      await page.locator('#compose-body').waitFor();
      assert.equal(await page.inputValue('#compose-body'), 'On Sunday at four?');
      await page.fill('#compose-to', 'Erin <erin@example.com>');
      await page.fill('#compose-body', 'On Sunday at five?');
      await check('compose');
      await page.click('.compose-send');
      await page.locator('.toast-words').waitFor();
      const letter = await waitForMessage(road.maildir('erin'), `Subject: ${subject}`);
      assert.match(letter.bytes.toString(), /\n\nOn Sunday at five\?\n/);
      assert.match(letter.bytes.toString(), /filename="?cake\.txt/);
      await waitFor('an empty Drafts folder', async () =>
        (await readMaildir(road.maildir(reader), 'Drafts')).length === 0 ? true : undefined,
      );
      await page.goto(`${road.base}/f/Sent`);
      assert.deepEqual(await shown(), [subject]);
    });

    test('signs out; Back shows no letter', async () => {
      await page.click('.avatar-button');
      await page.click('text=Sign out');
      await page.getByText('You are signed out.').waitFor();
      await check('signed out');
      await page.goBack();
      await page.reload();
      await page.waitForURL(/\/login/);
    });

    test('nothing in the log complains', () => assert.deepEqual(road.faults(), []));
  });
