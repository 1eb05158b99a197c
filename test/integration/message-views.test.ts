// What pages show of a message is kept for the next look (server/web/message/views.ts): the page, its frame and the way
// back to it parse it once; another message, another charset or a file that could not be read is parsed by itself.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { MessageReader } from '../../server/message/types.ts';
import { type Client, startSite, type WebSite } from '../support/site.ts';

let site: WebSite;
let alice: Client;
let parsed = 0;
const address = 'alice@example.com';

before(async () => {
  site = await startSite();
  const reader = site.web.reader as { -readonly [K in keyof MessageReader]: MessageReader[K] };
  const view = reader.view.bind(reader);
  reader.view = (message, options) => {
    parsed++;
    return view(message, options);
  };
  alice = await site.signIn(address);
});
after(() => site.close());

const raw = (subject: string, html: string) =>
  `From: Bob <bob@example.org>\nTo: ${address}\nSubject: ${subject}\nMIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n\n${html}\n`;

async function idOf(subject: string): Promise<string> {
  const { body } = await alice.get('/f/INBOX?view=messages');
  const rows = body.match(/<li class="row[\s\S]*?<\/li>/g) ?? [];
  const row = rows.find((one) => one.includes(subject));
  assert.ok(row, subject);
  return /data-id="([^"]+)"/.exec(row)![1]!;
}

test('a message is parsed once for its page, its frame, the pane and the next look', async () => {
  await site.deliver(address, { raw: raw('Kept one', '<p>Hello <b>there</b></p>') });
  const id = await idOf('Kept one');
  parsed = 0;
  for (const path of [
    `/m/${id}?in=INBOX`,
    `/m/${id}/body?in=INBOX`,
    `/f/INBOX?open=${id}`,
    `/m/${id}?in=INBOX`,
  ]) {
    const { status, body } = await alice.get(path);
    assert.equal(status, 200, path);
    assert.match(body, /Kept one|Hello/);
  }
  assert.equal(parsed, 1);
  await alice.get(`/m/${id}?in=INBOX&cs=koi8-r`);
  assert.equal(parsed, 2);
});

test('it is kept where the message was moved to, and gone with it', async () => {
  await site.deliver(address, { raw: raw('Moved one', '<p>Moves</p>') });
  const id = await idOf('Moved one');
  assert.equal((await alice.get(`/m/${id}?in=INBOX`)).status, 200);
  const mailbox = await site.mailboxes.open(await site.account(address));
  await mailbox.move([id], 'Archive', 'INBOX');
  parsed = 0;
  assert.equal((await alice.get(`/m/${id}?in=Archive`)).status, 200);
  assert.equal(parsed, 0);
  await mailbox.remove([id], 'Archive');
  assert.equal((await alice.get(`/m/${id}?in=Archive`)).status, 404);
});
