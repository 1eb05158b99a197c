// A bounce as its reader sees it (spec/webmail.md V13): address and reason on top, the other side's words, and the letter
// opened again for those whom it did not reach, with its files.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { buildBounce } from '../../mta/send/bounce-message.ts';
import {
  composeFields,
  firstMessage,
  type MailSite,
  openCompose,
  postCompose,
  startMailSite,
} from '../support/mail-pages.ts';
import type { Client } from '../support/site.ts';

const alice = 'alice@example.com';
let site: MailSite;
let client: Client;
before(async () => {
  site = await startMailSite();
  client = await site.signIn(alice);
});
after(() => site.close());

const bounceOf = (message: string, address: string): Buffer => {
  const original = Buffer.from(message, 'latin1');
  return buildBounce({
    kind: 'single',
    recipient: alice,
    sender: alice,
    failures: [{ address, report: 'Remote host said: 550 5.1.1 <no> such user\n' }],
    bouncefrom: 'MAILER-DAEMON',
    bouncehost: 'example.com',
    original,
    originalSize: original.length,
    truncated: false,
    now: new Date(),
    arrival: new Date(),
    reportingMta: 'mail.example.com',
    messageIdHost: 'example.com',
  });
};

test('a bounce of our queue: address and reason on top, and the letter goes again to whom it missed', async () => {
  const form: Record<string, string> = await openCompose(client);
  const fields = {
    to: 'carla@example.org, bbo@example.net',
    cc: 'dan@example.org',
    subject: 'Contract',
    body: 'Hello',
  };
  await postCompose(client, { ...form, ...fields, send: '1' }, [{ name: 'plan.txt', bytes: 'numbers' }]);
  await site.deliver(alice, { raw: bounceOf(site.injected.at(-1)!.message, 'bbo@example.net') });
  const id = await firstMessage(client);
  const page = await client.get(`/m/${id}`);
  assert.match(page.body, /Your message did not reach 1 recipient/);
  assert.match(
    page.body,
    /<bdi class="report-address">bbo@example\.net<\/bdi>[\s\S]*?There is no such mailbox there\./,
  );
  assert.match(page.body, /550 5\.1\.1 &lt;no&gt; such user/);
  const href =
    /class="button small" href="(\/compose\?[^"]+)"/.exec(page.body)?.[1]?.replaceAll('&amp;', '&') ?? '';
  const again = await client.get(href);
  assert.equal(again.status, 200);
  const kept = composeFields(again.body);
  assert.equal(kept.to, 'bbo@example.net');
  assert.equal(kept.cc, '');
  assert.equal(kept.subject, 'Contract');
  assert.match(kept.body ?? '', /Hello/);
  assert.match(again.body, /plan\.txt/);
  const sent = await postCompose(client, { ...kept, to: 'bob@example.com', send: '1' });
  assert.equal(sent.status, 303);
  assert.deepEqual(site.injected.at(-1)?.recipients, ['bob@example.com']);
  assert.match(site.injected.at(-1)!.message, /plan\.txt/);
  const ids = site.injected.map(({ message }) => /^Message-ID: (.*)$/im.exec(message)?.[1]);
  assert.notEqual(ids.at(-1), ids.at(-2), 'another letter has another Message-ID');
});

test('a bounce of a letter that is not in Sent opens a new one to whom it missed', async () => {
  const raw = bounceOf('Message-ID: <elsewhere@example.org>\nSubject: Other\n\nx\n', 'eve@example.net');
  await site.deliver(alice, { raw, received: new Date(Date.now() + 60_000) });
  const page = await client.get(`/m/${await firstMessage(client)}`);
  const href =
    /class="button small" href="(\/compose\?[^"]+)"/.exec(page.body)?.[1]?.replaceAll('&amp;', '&') ?? '';
  const kept = composeFields((await client.get(href)).body);
  assert.equal(kept.to, 'eve@example.net');
  assert.equal(kept.subject, 'Other');
});
