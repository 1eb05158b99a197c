// Search pages (webmail.md 1.9): everywhere by default with the folder of each hit, narrower by links, the words marked,
// the advanced form that writes the same line.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { waitForReading } from '../support/maildir.ts';
import { type Client, startSite, type WebSite } from '../support/site.ts';

let site: WebSite;
let client: Client;
before(async () => {
  site = await startSite();
  const alice = 'alice@example.com';
  await site.deliver(alice, {
    folder: 'Receipts',
    subject: 'Invoice 7',
    body: 'The Ødegård <b>bill</b> of May.',
  });
  await site.deliver(alice, {
    subject: '会議の件',
    body: '明日の会議について',
    from: 'Misaki <misaki@nordlys.example>',
    received: new Date(Date.now() - 90 * 24 * 3600_000),
  });
  await site.deliver(alice, { folder: 'Trash', subject: 'Invoice in the trash' });
  client = site.client();
  client.cookies.set('sid', site.web.sessions.begin(alice, false, 'test'));
});
after(() => site.close());

const search = async (query: Readonly<Record<string, string>>): Promise<string> => {
  const answer = await client.get(`/search?${new URLSearchParams(query)}`);
  assert.equal(answer.status, 200);
  return answer.body;
};
const hits = (page: string): number => page.match(/<li class="row/g)?.length ?? 0;

test('a word is found from everywhere with the folder of the hit; links narrow it to where it was begun, unread, a month', async () => {
  const inbox = await client.get('/f/INBOX');
  assert.match(inbox.body, /<input type="hidden" name="from" value="INBOX">/);
  const page = await search({ q: 'invoice', from: 'INBOX' });
  assert.equal(hits(page), 1, 'Trash is left out');
  assert.match(page, /<bdi class="place">Receipts<\/bdi>/);
  assert.match(page, /href="\/search\?q=invoice&amp;from=INBOX"[^>]*aria-current="true"><bdi>All mail/);
  assert.match(page, /href="\/search\?q=invoice&amp;in=INBOX"[^>]*><bdi>In Inbox/);
  assert.equal(hits(await search({ q: 'invoice', in: 'INBOX' })), 0);
  assert.equal(hits(await search({ q: '会議' })), 1);
  const [, month = ''] = /href="\/search\?q=([^"&]*after[^"&]*)/.exec(await search({ q: '会議' })) ?? [];
  assert.equal(hits(await search({ q: decodeURIComponent(month.replaceAll('+', ' ')) })), 0);
});

test('case, accents and the beginnings of addresses find; hits are marked in rows and in the text that is opened', async () => {
  assert.equal(hits(await search({ q: 'from:nordl' })), 1, 'a part of an address');
  const page = await search({ q: 'odegard' });
  assert.match(page, /The <mark>Ødegård<\/mark> &lt;b&gt;bill&lt;\/b&gt; of May/);
  const [, href = ''] = /class="row-link" href="([^"]+)"/.exec(page) ?? [];
  const message = await client.get(href.replaceAll('&amp;', '&'));
  assert.match(message.body, /The <mark>Ødegård<\/mark> &lt;b&gt;bill/);
});

test('the advanced form writes the line, keeps what was wrong and reads a line back', async () => {
  const form = {
    build: '1',
    words: 'invoice',
    from: 'Bob Jones',
    in: 'Receipts',
    larger: '5',
    has: 'attachment',
  };
  const built = await client.get(`/search/advanced?${new URLSearchParams(form)}`);
  const line = new URL(built.location, client.base).searchParams.get('q');
  assert.equal(line, 'invoice from:"Bob Jones" in:Receipts has:attachment larger:5M');
  const back = await client.get(`/search/advanced?${new URLSearchParams({ q: line ?? '' })}`);
  assert.match(back.body, /name="from"[^>]*value="Bob Jones"/);
  assert.match(back.body, /value="Receipts" selected/);
  const wrong = await client.get('/search/advanced?build=1&words=x&after=yesterday');
  assert.equal(wrong.status, 422);
  assert.match(wrong.body, /id="fault-after"/);
});

test('filename: finds the messages whose files are called so, also names that are encoded (Q2)', async () => {
  const alice = 'alice@example.com';
  const withFile = (subject: string, parameter: string) =>
    [
      'From: Bob <bob@example.org>',
      `Subject: ${subject}`,
      'MIME-Version: 1.0',
      'Content-Type: multipart/mixed; boundary=B',
      '',
      '--B',
      'Content-Type: text/plain',
      '',
      'See the file.',
      '--B',
      'Content-Type: application/octet-stream',
      `Content-Disposition: attachment; ${parameter}`,
      '',
      'bytes',
      '--B--',
      '',
    ].join('\n');
  await site.deliver(alice, { raw: withFile('Plain name', 'filename="Budget 2026 final.ods"') });
  await site.deliver(alice, {
    raw: withFile('Encoded name', "filename*=utf-8''%C3%9Cbersicht%20Budget.pdf"),
  });
  await site.deliver(alice, { subject: 'Budget in words', body: 'Budget 2026 final.ods is not attached' });
  const mailbox = await site.mailboxes.open(await site.account(alice));
  await waitForReading(mailbox);
  assert.equal(hits(await search({ q: 'filename:budget' })), 2);
  assert.match(await search({ q: 'filename:"2026 final"' }), /Plain name/);
  assert.match(await search({ q: 'filename:übersicht' }), /Encoded name/);
  assert.equal(hits(await search({ q: 'filename:.ods subject:plain' })), 1);
  assert.equal(hits(await search({ q: 'budget -filename:budget' })), 1);
  assert.equal(hits(await search({ q: 'filename:nothing' })), 0);
});
