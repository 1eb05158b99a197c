// A list while the index is still reading (spec/webmail.md M7): rows that are known only as files say so, with their size
// and date, and are never shown as if they had no subject.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type ReadingSite, startReadingSite } from '../support/reading.ts';
import type { Client } from '../support/site.ts';

let site: ReadingSite;
let alice: Client;
before(async () => {
  site = await startReadingSite();
  await site.deliver('alice@example.com', {
    subject: 'The letter',
    body: 'x'.repeat(5000),
    flags: '',
    received: new Date(Date.now() - 400 * 24 * 3600_000),
  });
  alice = await site.signIn('alice@example.com');
});
after(() => site.close());

const counts = async (query: string) => JSON.parse((await alice.get(`/counts?${query}`)).body);

test('a row that is not read yet says so, with size and date, and offers to be shown again', async () => {
  for (const path of ['/f/INBOX?sort=size', '/f/INBOX']) {
    const page = (await alice.get(path)).body;
    assert.match(page, /<li class="row pending unread"/);
    assert.match(page, /<span class="who" dir="auto">Reading…</);
    assert.match(page, /<span class="subject" dir="auto">5 kB</);
    assert.match(page, /<time datetime="20\d\d-/);
    assert.ok(!/No subject|Unknown sender/.test(page));
    assert.match(page, /data-reading="1"/);
    assert.match(page, /The index is being built: 0%/);
    const again = /<a class="show-again" href="([^"]+)">Show again</.exec(page)?.[1];
    assert.equal(again?.replaceAll('&amp;', '&'), path);
  }
  assert.match((await counts('folder=INBOX')).progress, /index is being built: 0%/);
  assert.match((await counts('folder=')).progress, /index is being built: 0%/);
  assert.equal((await counts('folder=Sent')).progress, '');
});

test('when it is read the row is whole, and the page waits for nothing', async () => {
  site.read();
  const page = (await alice.get('/f/INBOX')).body;
  assert.match(page, /<li class="row unread"/);
  assert.match(page, /<span class="subject" dir="auto">The letter</);
  assert.match(page, /data-reading=""/);
  assert.ok(!/show-again|being built|Reading…/.test(page));
  assert.equal((await counts('folder=INBOX')).progress, '');
});
