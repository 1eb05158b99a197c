// A new user's first day, without script and with it: letters come in by swaks and curl, are read in Chromium and
// answered with a file; what leaves is canonical SMTP and says what was typed; the copy, the mark and the report of a
// refused letter are where they belong. Everything is the real program on a home made by quickstart.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { type ParsedMail, simpleParser } from 'mailparser';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { findAccessFaults, noBrowser, signInPage, startBrowser } from '../support/browser.ts';
import { isThere, type Road, readMaildir, startRoad, waitForMessage } from '../support/road.ts';
import { type Sink, startSink } from '../support/smtp-sink.ts';

const run = promisify(execFile);
const browser: Browser | undefined = await startBrowser();
const missing = (await isThere('swaks')) && (await isThere('curl')) ? '' : 'swaks and curl are not installed';
const skip = browser ? missing || false : noBrowser;

let road: Road;
/** The host of sink.example, which takes everything, and the one of refusing.example. */
let sink: Sink;
let refusing: Sink;
let files: string;
/** Every byte value, and lengths that fit no line. */
const attachment = Buffer.concat([
  Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)),
  randomBytes(70_001),
]);

before(async () => {
  if (skip) return;
  sink = await startSink();
  refusing = await startSink({ replies: { rcpt: '550 5.1.1 there is no such person here' } });
  files = await mkdtemp(join(tmpdir(), 'facteur-road-files-'));
  await writeFile(join(files, 'Zoë’s plan (final).bin'), attachment);
  road = await startRoad({
    people: ['alice'],
    routes: [`sink.example:127.0.0.1:${sink.port}`, `refusing.example:127.0.0.1:${refusing.port}`],
  });
});
after(async () => {
  await browser?.close();
  await road?.close();
  await sink?.close();
  await refusing?.close();
  if (files) await rm(files, { recursive: true });
});

/** What is hard on the way: dots that begin lines, a line that is a dot, "From ", blanks, signs of quotes, a long line. */
const typed = [
  'Dear Bob,',
  '',
  '.',
  '..two dots and one alone above',
  'From here it looks fine.',
  '  two blanks in front',
  '> typed, not quoted',
  'Zoë Ødegård, 田中 美咲, naïve café, ☃ 🐧',
  `A long line ${'of many words '.repeat(30)}that ends here.`,
  '-- ',
  'Alice',
].join('\n');

async function assertCanonical(raw: Buffer, received: Buffer): Promise<void> {
  const text = raw.toString('latin1');
  assert.doesNotMatch(text, /[^\r]\n|\r[^\n]/, 'every line ends in CR LF');
  assert.ok(text.endsWith('\r\n'));
  assert.doesNotMatch(text, /(?:^|\n)\.(?!\.)/, 'dots that begin a line are doubled');
  assert.equal(received.toString('latin1').split('\r\n.\r\n').length, 2, 'one end of data');
  assert.ok(Math.max(...text.split('\r\n').map((line) => line.length)) <= 998, 'RFC 5322 2.1.1');
}

/** Waits for the toast that says what was done; when it does not come, the error says what the page shows instead. */
async function toastShown(page: Page): Promise<void> {
  await page
    .locator('.toast-words')
    .waitFor()
    .catch(async (error: Error) => {
      throw new Error(
        `${error.message}\n${page.url()}\n${(await page.textContent('body'))?.replace(/\s+/g, ' ')}`,
      );
    });
}

for (const javaScriptEnabled of [false, true])
  describe(`a first day ${javaScriptEnabled ? 'with' : 'without'} script`, { skip, timeout: 120_000 }, () => {
    const day = javaScriptEnabled ? 'Tuesday' : 'Monday';
    let context: BrowserContext;
    let page: Page;
    const faults: string[] = [];
    before(async () => {
      context = await browser!.newContext({ javaScriptEnabled, viewport: { width: 1280, height: 800 } });
      page = await context.newPage();
      page.on('pageerror', (error) => faults.push(error.message));
      page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
      page.on('request', (request) => {
        if (!request.url().startsWith(road.base)) faults.push(`foreign request ${request.url()}`);
      });
      await signInPage(page, road.base);
    });
    after(async () => {
      await context?.close();
      assert.deepEqual(faults, []);
    });

    const noAccessFaults = async (what: string): Promise<void> => {
      if (javaScriptEnabled) assert.deepEqual(await findAccessFaults(page), [], what);
    };
    const rowOf = (subject: string) => page.locator('#rows > .row', { hasText: subject });
    /** Opens a message on a page of its own. */
    const open = async (subject: string): Promise<void> => {
      await page.goto(`${road.base}/f/INBOX`);
      const path = await rowOf(subject).locator('.row-link').getAttribute('href');
      await page.goto(road.base + path);
    };

    test('a letter sent by swaks is read', async () => {
      const subject = `Plans for ${day}`;
      await run('swaks', [
        ...['--server', '127.0.0.1', '--port', String(road.smtpPort), '--helo', 'bob.test'],
        ...['--from', 'bob@sink.example', '--to', 'alice@example.com'],
        ...['--header', `Subject: ${subject}`, '--header', 'From: Bob Jones <bob@sink.example>'],
        ...['--header', `Message-Id: <${day}@sink.example>`],
        ...['--body', 'Are we still on?\n.\n.hidden dot\nBob'],
      ]);
      await waitForMessage(road.maildir('alice'), subject);
      await open(subject);
      assert.equal(await page.textContent('#message-subject'), subject);
      assert.match(
        (await page.textContent('.message-text')) ?? '',
        /Are we still on\?\n\.\n\.hidden dot\nBob/,
      );
      assert.match((await page.textContent('.message-sender')) ?? '', /Bob Jones bob@sink\.example/);
      await noAccessFaults('message page');
    });

    test('a letter with HTML sent by curl is read in its frame', async () => {
      const subject = `News of ${day}`;
      const file = join(files, `${day}.eml`);
      const letter = [
        'From: =?utf-8?Q?Zo=C3=AB?= <zoe@sink.example>',
        'To: alice@example.com',
        `Subject: ${subject}`,
        'MIME-Version: 1.0',
        'Content-Type: text/html; charset=utf-8',
        'Content-Transfer-Encoding: 8bit',
        '',
        '<h1>Größe</h1><p onclick="alert(1)">A <b>bold</b> word<script>alert(2)</script><img src="http://tracker.invalid/x.gif"></p>',
        '',
      ];
      await writeFile(file, letter.join('\r\n'));
      await run('curl', [
        ...['-sS', `smtp://127.0.0.1:${road.smtpPort}/curl.test`, '--mail-from', 'zoe@sink.example'],
        ...['--mail-rcpt', 'alice@example.com', '--upload-file', file],
      ]);
      await waitForMessage(road.maildir('alice'), subject);
      await open(subject);
      const frame = page.frameLocator('.message-frame');
      assert.equal(await frame.locator('h1').textContent(), 'Größe');
      assert.equal((await frame.locator('p').textContent())?.trim(), 'A bold word');
      await page.getByText('Pictures from the web are not loaded.').waitFor();
    });

    let answer: ParsedMail;

    test('the answer with a file leaves as canonical SMTP and says what was typed', async () => {
      const count = sink.messages.length;
      await open(`Plans for ${day}`);
      await page.click('[data-reply]');
      await page.waitForURL(/\/compose\?reply=/);
      assert.match(await page.inputValue('input[name=to]'), /bob@sink\.example/);
      assert.equal(await page.inputValue('#compose-subject'), `Re: Plans for ${day}`);
      const quote = await page.inputValue('#compose-body');
      assert.match(quote, /\n> Are we still on\?\n> \.\n> \.hidden dot\n> Bob/);
      await page.fill('#compose-body', `${typed}\n${quote}`);
      await page.setInputFiles('#compose-file', join(files, 'Zoë’s plan (final).bin'));
      // with script a chosen file is attached at once
      if (!javaScriptEnabled) await page.click('button[name=attach]');
      await page.locator('#attachments .file-name:has-text("Zoë’s plan (final).bin")').waitFor();
      await noAccessFaults('compose page');
      await page.click('.compose-send');
      await toastShown(page);
      await sink.waitForMessages(count + 1);
      const message = sink.messages[count]!;
      assert.deepEqual([message.from, message.rcpts], ['alice@example.com', ['bob@sink.example']]);
      await assertCanonical(message.raw, Buffer.concat(sink.connections.at(-1)!.received));
      answer = await simpleParser(message.content);
      assert.equal(answer.subject, `Re: Plans for ${day}`);
      assert.equal(answer.from?.text, '"Alice Example" <alice@example.com>');
      assert.equal(answer.inReplyTo, `<${day}@sink.example>`);
      assert.equal(answer.text?.trimEnd(), `${typed}\n${quote}`.trimEnd());
      const [file] = answer.attachments;
      assert.equal(file?.filename, 'Zoë’s plan (final).bin');
      const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
      assert.equal(digest(file.content), digest(attachment));
    });

    test('what left lies in Sent, and the letter is marked as answered', async () => {
      const left = sink.messages.at(-1)!.content.toString('latin1');
      const copy = await waitForMessage(road.maildir('alice'), answer.messageId!, 'Sent');
      // Signed with both keys of a new domain as it left.
      const trace = /^(?:(?:Received|DKIM-Signature): .*\n(?:[ \t].*\n)*)+/.exec(left)?.[0] ?? '';
      assert.equal(trace.match(/^DKIM-Signature:/gm)?.length, 2);
      assert.equal(copy.bytes.toString('latin1'), left.slice(trace.length));
      const original = await waitForMessage(road.maildir('alice'), `Subject: Plans for ${day}`);
      assert.match(original.name, /:2,[A-Z]*R[A-Z]*S/);
      await page.goto(`${road.base}/f/INBOX`);
      assert.equal(await rowOf(`Plans for ${day}`).locator('.mark-answered').count(), 1);
      assert.match((await rowOf(`Plans for ${day}`).textContent()) ?? '', /answered/);
      await page.goto(`${road.base}/f/Sent`);
      assert.match((await rowOf(`Plans for ${day}`).textContent()) ?? '', /bob@sink\.example|Bob Jones/);
      await noAccessFaults('Sent');
    });

    test('a refused letter comes back as a report that can be read', async () => {
      const known = (await readMaildir(road.maildir('alice'))).length;
      await page.click('.button.compose');
      await page.fill('#compose-to', 'nobody@refusing.example');
      await page.fill('#compose-subject', `To nobody on ${day}`);
      await page.fill('#compose-body', 'Is anybody there?');
      await page.click('.compose-send');
      await toastShown(page);
      const report = await waitForMessage(road.maildir('alice'), `Subject: To nobody on ${day}`);
      assert.match(report.bytes.toString('latin1'), /^Return-Path: <>\n/);
      assert.equal((await readMaildir(road.maildir('alice'))).length, known + 1);
      await page.goto(`${road.base}/f/INBOX`);
      await page.goto(road.base + (await page.locator('#rows .row-link').first().getAttribute('href')));
      assert.match((await page.textContent('#message-subject')) ?? '', /failure notice/i);
      const text = (await page.textContent('.message-text')) ?? '';
      assert.match(text, /nobody@refusing\.example/);
      assert.match(text, /550 5\.1\.1 there is no such person here/);
      await noAccessFaults('report');
      await page.goto(`${road.base}/f/Sent`);
      await page.goto(road.base + (await page.locator('#rows .row-link').first().getAttribute('href')));
      assert.match(
        (await page.textContent('.message-delivery')) ?? '',
        /nobody@refusing\.example\s+not delivered[\s\S]*550 5\.1\.1 there is no such person here/,
      );
      await noAccessFaults('delivery');
    });

    test('nothing in the log complains', () => assert.deepEqual(road.faults(), []));
  });
