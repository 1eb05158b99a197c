// Read receipts that others ask for (spec/webmail.md 4.7, RFC 8098): asked once, sent only by a click, with a null sender
// and as a report that programs read; never for lists and junk.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { simpleParser } from 'mailparser';
import { type MailSite, startMailSite } from '../support/mail-pages.ts';
import type { Client } from '../support/site.ts';

const alice = 'alice@example.com';
let site: MailSite;
let client: Client;
let days = 0;
before(async () => {
  site = await startMailSite();
  client = await site.signIn(alice);
});
after(() => site.close());

const asks = 'Disposition-Notification-To: Bob Jones <bob@example.org>';
const put = async (headers: readonly string[], folder = 'INBOX'): Promise<string> => {
  days += 1;
  await site.deliver(alice, {
    folder,
    headers,
    subject: `Réport ${days}`,
    received: new Date(Date.now() + days * 60_000),
  });
  const list = await client.get(`/f/${folder}`);
  return /data-id="([\w-]{12})"/.exec(list.body)![1]!;
};
const answer = async (id: string, what: string) => {
  const csrf = await client.token();
  return client.post(`/m/${id}/receipt`, { csrf, in: 'INBOX', do: what, return: `/m/${id}` });
};

test('the bar asks; Send sends one report with a null sender, and nobody is asked again', async () => {
  const id = await put([asks]);
  assert.match(
    (await client.get(`/m/${id}`)).body,
    /Bob Jones asks for a read receipt\.[\s\S]*value="send">Send<[\s\S]*value="ignore">Ignore</,
  );
  const [one, two] = await Promise.all([answer(id, 'send'), answer(id, 'send')]);
  assert.deepEqual([one.status, two.status], [303, 303]);
  assert.equal(site.injected.length, 1);
  const { message, sender, recipients } = site.injected[0]!;
  assert.equal(sender, '');
  assert.deepEqual(recipients, ['bob@example.org']);
  assert.match(message, /^Content-Type: multipart\/report; report-type=disposition-notification;$/m);
  assert.match(message, /^Final-Recipient: rfc822; alice@example\.com$/m);
  assert.match(message, /^Original-Message-ID: <[^>]+@fixture\.example>$/m);
  assert.match(message, /^Disposition: manual-action\/MDN-sent-manually; displayed$/m);
  const parsed = await simpleParser(Buffer.from(message, 'latin1'));
  assert.equal(parsed.subject, 'Read: Réport 1');
  assert.match(parsed.text ?? '', /was opened there\.[\s\S]*Réport 1/);
  assert.doesNotMatch((await client.get(`/m/${id}`)).body, /asks for a read receipt/);
  const mailbox = await site.mailboxes.open(await site.account(alice));
  assert.ok((await mailbox.find(id))?.row.keywords.includes('$MDNSent'));
});

test('Ignore sends nothing and asks never again', async () => {
  site.injected.length = 0;
  const id = await put([asks]);
  await answer(id, 'ignore');
  assert.equal(site.injected.length, 0);
  assert.doesNotMatch((await client.get(`/m/${id}`)).body, /asks for a read receipt/);
  await answer(id, 'send');
  assert.equal(site.injected.length, 0);
});

test('a receipt to another address than the sender’s names that address', async () => {
  const id = await put(['Disposition-Notification-To: spy@evil.example']);
  assert.match((await client.get(`/m/${id}`)).body, /It would go to spy@evil\.example\./);
});

test('a refused one is told, and may be tried again', async () => {
  const id = await put([asks]);
  site.answer = { code: 'Z', text: 'busy' };
  const failed = await answer(id, 'send');
  assert.match((await client.get(failed.location)).body, /could not be sent/);
  site.answer = { code: 'K', text: 'ok 1 qp 4711' };
  assert.match((await client.get(`/m/${id}`)).body, /asks for a read receipt/);
});

test('lists, junk, several addresses, and who never wants to be asked: no bar', async () => {
  for (const headers of [
    [asks, 'List-Id: <club.example.org>'],
    [asks, 'Precedence: bulk'],
    ['Disposition-Notification-To: a@example.org, b@example.org'],
    ['Disposition-Notification-To: <a@example.org>', 'Disposition-Notification-To: <b@example.org>'],
    ['Disposition-Notification-To: nobody'],
  ]) {
    const id = await put(headers);
    assert.doesNotMatch((await client.get(`/m/${id}`)).body, /read receipt/);
  }
  const junk = await put([asks], 'Junk');
  assert.doesNotMatch((await client.get(`/m/${junk}?in=Junk`)).body, /read receipt/);
  const id = await put([asks]);
  for (const receipts of ['never', 'contacts'] as const) {
    site.web.choiceStore.change(alice, { receipts });
    assert.doesNotMatch((await client.get(`/m/${id}`)).body, /read receipt/);
  }
  site.web.choiceStore.change(alice, { receipts: 'ask' });
});
