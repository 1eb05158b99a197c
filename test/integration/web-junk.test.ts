// The learning filter in the webmail: its settings, learning from the folders, and the line on a letter in Junk that says
// why it is there, with the way back.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { firstMessage, type MailSite, startMailSite } from '../support/mail-pages.ts';
import type { Client } from '../support/site.ts';

let site: MailSite;
let alice: Client;
let csrf: string;
const address = 'alice@example.com';
const page = '/settings/junk';
before(async () => {
  site = await startMailSite({
    prepare: (home) => writeFile(join(home.qmail, 'control', 'junkfilter'), '1\n'),
  });
  alice = await site.signIn(address);
  csrf = await alice.token();
});
after(() => site.close());

const post = (path: string, fields: Record<string, string>) => alice.post(path, { csrf, ...fields });

const filter = async () => {
  return (await site.mailboxes.open(await site.account(address))).junkFilter();
};

async function learned(junk: number, good: number): Promise<void> {
  for (let tries = 0; ; tries++) {
    const state = await filter();
    if (state.junk === junk && state.good === good) return;
    assert.ok(tries < 2000, `${state.junk} and ${state.good}, not ${junk} and ${good}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test('the settings say whether the filter is used, how strictly, and keep what is chosen', async () => {
  const before = (await alice.get(page)).body;
  assert.match(before, /name="use" value="1" checked/);
  assert.match(before, /value="normal" checked/);
  assert.match(before, /begins to sort when it knows 30/);
  assert.equal((await post(page, { strictness: 'careful' })).status, 303);
  assert.deepEqual(await filter(), {
    isOffered: true,
    use: 'no',
    strictness: 'careful',
    junk: 0,
    good: 0,
    isTrained: false,
  });
  const after = (await alice.get(page)).body;
  assert.match(after, /name="use" value="1">/);
  assert.match(after, /value="careful" checked/);
  assert.equal((await post(page, { use: '1', strictness: 'brutal' })).status, 400);
  assert.equal((await post(page, { use: '1', strictness: 'normal' })).status, 303);
  assert.equal((await filter()).use, 'yes');
});

test('it learns from the folders as a job, and forgets when told to', async () => {
  for (let n = 0; n < 3; n++) {
    await site.deliver(address, { folder: 'Junk', subject: `Junk ${n}`, flags: 'S' });
    await site.deliver(address, { subject: `Letter ${n}`, flags: 'S' });
  }
  const answer = await post(`${page}/learn`, {});
  assert.equal(answer.status, 303);
  assert.match(answer.location, /^\/jobs\//);
  await learned(3, 3);
  assert.match((await alice.get(page)).body, /<dd>3<\/dd>/);
  const forgotten = await post(`${page}/forget`, {});
  assert.match((await alice.get(forgotten.location)).body, /Your filter has forgotten everything\./);
  await learned(0, 0);
});

test('a letter in Junk says why it is there, and Not junk takes it back and is learned', async () => {
  const top =
    'Return-Path: <x@example.net>\nDelivered-To: alice@example.com\n' +
    'X-Facteur-Junk: junk; score=0.991; words=casino,%3Cb%3E\n' +
    'Received: (qmail 1 invoked from network); 1 Jan 2026 00:00:00 -0000\n' +
    'X-Facteur-Verdict: junk; score=6.1; spf=fail (example.net) 2.0; dnsbl=listed (zen) 3.0\n';
  const raw = (subject: string, fields: string): string =>
    `${fields}From: x@example.net\nSubject: ${subject}\n\nwords\n`;
  await site.deliver(address, {
    folder: 'Junk',
    raw: raw('marked', top),
    received: new Date(Date.now() + 60_000),
  });
  const id = await firstMessage(alice, 'Junk');
  const shown = (await alice.get(`/m/${id}?in=Junk`)).body;
  assert.match(shown, /Facteur thinks this is junk: words like .?casino.?, .?&lt;b&gt;/);
  assert.match(shown, /It came through a server that is listed for sending junk\./);
  assert.match(shown, /The sender’s address could not be confirmed\./);
  const moved = await post('/act', { action: 'notjunk', id, folder: 'Junk', return: '/f/Junk' });
  assert.equal(moved.status, 303);
  await learned(0, 1);
  // In the inbox nobody asks why.
  assert.ok(!(await alice.get(`/m/${id}`)).body.includes('Facteur thinks'));
  await post('/act', { action: 'junk', id, folder: 'INBOX', return: '/f/INBOX' });
  await learned(1, 0);
});

test('what a stranger wrote below says nothing', async () => {
  const forged =
    'Return-Path: <x@example.net>\nReceived: from a (a [192.0.2.1]) by mx\nReceived: from b by a\n' +
    'X-Facteur-Verdict: junk; score=9; spf=fail (x) 9\nX-Facteur-Junk: junk; score=1; words=x\n';
  await site.deliver(address, {
    folder: 'Junk',
    raw: `${forged}From: x@example.net\nSubject: forged\n\nwords\n`,
    received: new Date(Date.now() + 120_000),
  });
  const id = await firstMessage(alice, 'Junk');
  assert.ok(!/Facteur thinks|could not be confirmed/.test((await alice.get(`/m/${id}?in=Junk`)).body));
});

test('where the site has no filters the page says so', async () => {
  await writeFile(join(site.home.qmail, 'control', 'junkfilter'), '0\n');
  const shown = (await alice.get(page)).body;
  assert.match(shown, /There are no filters here/);
  assert.ok(!shown.includes('name="strictness"'));
});
