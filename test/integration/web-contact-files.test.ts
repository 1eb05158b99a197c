// Contacts as files (webmail.md K4): looked at before anything is added, added as a job with a report and Undo, out as
// vCard and CSV without loss. Files of strangers are bounded, and belong to whoever sent them.
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type MailSite, startMailSite } from '../support/mail-pages.ts';
import type { Answer, Client } from '../support/site.ts';

const ida = 'ida@example.com';
const nora = 'nora@example.com';
const otto = 'otto@example.com';
let site: MailSite;
before(async () => {
  site = await startMailSite({ people: [ida, nora, otto] });
});
after(() => site.close());

async function upload(client: Client, file: string | Buffer, csrf?: string): Promise<Answer> {
  const form = new FormData();
  form.append('csrf', csrf ?? (await client.token('/contacts/transfer')));
  form.append('file', new Blob([typeof file === 'string' ? file : new Uint8Array(file)]), 'people.vcf');
  return client.request('/contacts/import', { method: 'POST', headers: { origin: client.base }, body: form });
}

const text = (page: string): string => page.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');

/** Presses Import on the page of a file, and gives the report when the job has ended. */
async function start(
  client: Client,
  owner: string,
  path: string,
  field: readonly string[] = [],
): Promise<string> {
  const answer = await client.post(path, { csrf: await client.token(path), field });
  assert.equal(answer.status, 303, answer.body);
  const id = answer.location.replace('/jobs/', '');
  for (const until = Date.now() + 60_000; Date.now() < until; ) {
    const job = site.web.jobs.find(owner, id);
    if (job?.state === 'done') return job.outcome?.words ?? '';
    assert.notEqual(job?.state, 'failed');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('the import did not end');
}

const picture =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==';
const cards = [
  'BEGIN:VCARD',
  'VERSION:3.0',
  'FN:Zoë Ødegård',
  'N:Ødegård;Zoë;;;',
  'item1.EMAIL:zoe@example.org',
  'item1.X-ABLabel:_$!<Work>!$_',
  'EMAIL;TYPE=HOME:zoe@exa',
  ' mple.net',
  'NOTE:one\\, two\\nthree',
  'CATEGORIES:Club,Family',
  'X-SPECIAL:kept',
  `PHOTO;ENCODING=b;TYPE=PNG:${picture}`,
  'END:VCARD',
  'BEGIN:VCARD',
  'VERSION:4.0',
  'FN:Known Already',
  'EMAIL:KNOWN@example.org',
  'END:VCARD',
  'BEGIN:VCARD',
  'VERSION:3.0',
  'NOTE:nobody',
  'END:VCARD',
  'BEGIN:VCARD',
  'VERSION:3.0',
  'FN:Only A Number',
  'TEL;TYPE=CELL:+47 1',
  'END:VCARD',
  '',
].join('\r\n');
const plain = { phones: [], organisation: '', note: '', birthday: '', extra: [] };

test('a form without files is answered at once', async () => {
  const client = await site.signIn(ida);
  const csrf = await client.token('/contacts/transfer');
  assert.equal((await client.post('/contacts/import', { csrf, file: 'people.vcf' })).status, 403);
});

test('a vCard file is shown before it is added, then reported by number and line; Undo takes it away', async () => {
  const client = await site.signIn(ida);
  site.web.contacts.add(ida, { ...plain, name: 'K', emails: [{ value: 'known@example.org', label: '' }] });
  const sent = await upload(client, cards);
  assert.equal(sent.status, 303, sent.body);
  const page = text((await client.get(sent.location)).body);
  assert.match(page, /New contacts in this file: 2\. Already there: 1\. Not readable: 1 \(lines 19\)\./);
  assert.match(page, /Zoë Ødegård zoe@example\.org/);
  assert.equal(site.web.contacts.count(ida), 1, 'nothing is added by looking');
  assert.equal(
    await start(client, ida, sent.location),
    'Contacts added: 2. Already there: 1. Not readable: 1 (lines 19).',
  );
  assert.deepEqual(await readdir(join(site.home.state, 'uploads')), [], 'the file is gone');
  const row = site.web.contacts.findByAddress(ida, 'zoe@example.net');
  const zoe = site.web.contacts.find(ida, row?.id ?? '');
  assert.deepEqual(zoe?.emails, [
    { value: 'zoe@example.org', label: 'work' },
    { value: 'zoe@example.net', label: 'home' },
  ]);
  assert.equal(zoe?.note, 'one, two\nthree');
  assert.ok(zoe?.hasPicture);
  assert.deepEqual(
    site.web.contacts.groups(ida).map(({ name, size }) => [name, size]),
    [
      ['Club', 1],
      ['Family', 1],
    ],
  );
  const again = await upload(client, cards);
  assert.match(
    text((await client.get(again.location)).body),
    /New contacts in this file: 0\. Already there: 3\./,
  );
  const op = site.web.jobs.list(ida)[0]?.op;
  const undone = await client.post('/undo', { csrf: await client.token(), op: op ?? '' });
  assert.equal(undone.status, 303, undone.body);
  assert.equal(site.web.contacts.count(ida), 1);
});

test('what goes out as vCard or CSV comes in again with names, addresses, notes, groups, and as vCard with all', async () => {
  const [from, to] = [await site.signIn(nora), await site.signIn(otto)];
  await start(from, nora, (await upload(from, cards)).location);
  const card = site.web.contacts.findByAddress(nora, 'zoe@example.org');
  const vcf = await from.get('/contacts/export?format=vcf');
  assert.match(vcf.headers.get('content-type') ?? '', /^text\/vcard/);
  assert.match(vcf.headers.get('content-security-policy') ?? '', /^sandbox; default-src 'none'/);
  assert.match(
    vcf.headers.get('content-disposition') ?? '',
    /^attachment; filename="Contacts \d{4}-\d\d-\d\d\.vcf"/,
  );
  await start(to, otto, (await upload(to, vcf.body)).location);
  const bare = (owner: string) =>
    [...site.web.contacts.each(owner)].map(({ id, changedAt, nameParts, groups, ...rest }) => ({
      ...rest,
      groups: groups.length,
    }));
  assert.deepEqual(bare(otto), bare(nora));
  assert.deepEqual(site.web.contacts.find(nora, card?.id ?? '')?.extra, ['X-SPECIAL:kept']);

  const one = await from.get(`/contacts/export?format=vcf&id=${card?.id}`);
  assert.equal(one.body.match(/BEGIN:VCARD/g)?.length, 1);
  const club = site.web.contacts.groups(nora).find(({ name }) => name === 'Club');
  const csv = await from.get(`/contacts/export?format=csv&group=${club?.id}`);
  assert.equal(csv.body.trim().split('\r\n').length, 2, 'the head and the one of the group');
  site.web.contacts.remove(
    otto,
    [...site.web.contacts.each(otto)].map(({ id }) => id),
  );
  await start(to, otto, (await upload(to, csv.body)).location);
  const [back] = [...site.web.contacts.each(otto)];
  assert.deepEqual(
    [back?.name, back?.note, back?.emails[1]],
    ['Zoë Ødegård', 'one, two\nthree', { value: 'zoe@example.net', label: 'home' }],
  );
  // Of somebody else's: as if it were not there.
  assert.equal((await to.get(`/contacts/export?format=vcf&id=${card?.id}`)).status, 404);
  assert.equal((await to.get(`/contacts/export?format=csv&group=${club?.id}`)).status, 404);
});

test('the columns of a CSV file are guessed, and told otherwise by a form', async () => {
  const client = await site.signIn(ida);
  const sent = await upload(client, 'Wer;Womit;E-Mail\nAnna;"Kiste; rot";anna@example.org\n;;\n"torn;x\n');
  const page = (await client.get(sent.location)).body;
  assert.match(text(page), /New contacts in this file: 1\. Not readable: 1 \(lines 4\)\./);
  assert.match(page, /<option value="email" selected>/);
  const counted = await client.post(sent.location, {
    csrf: await client.token(sent.location),
    field: ['name', 'note', ''],
    do: 'count',
  });
  assert.equal(counted.location, `${sent.location}?fields=name.note.`);
  assert.match((await client.get(counted.location)).body, /<option value="note" selected>/);
  await start(client, ida, sent.location, ['name', 'note', 'email']);
  const row = site.web.contacts.findByAddress(ida, 'anna@example.org');
  assert.equal(row?.name, 'Anna');
  assert.equal(site.web.contacts.find(ida, row?.id ?? '')?.note, 'Kiste; rot');
});

test('files that are none of contacts, too large, of somebody else or without a token are refused with words', async () => {
  const client = await site.signIn(ida);
  const image = await upload(client, Buffer.from(picture, 'base64'));
  assert.equal(image.status, 422);
  assert.match(image.body, /No contacts were found in this file/);
  assert.equal((await upload(client, '')).status, 422);
  assert.equal((await upload(client, 'BEGIN:VCARD\n', 'wrong')).status, 403);
  const large = await upload(client, Buffer.alloc(20_000_001, 'a'));
  assert.equal(large.status, 413);
  assert.match(large.body, /too large: at most 20 MB/);
  const mine = await upload(client, cards);
  const stranger = await site.signIn(nora);
  assert.equal((await stranger.get(mine.location)).status, 404);
  assert.equal((await stranger.post(mine.location, { csrf: await stranger.token() })).status, 404);
  site.advance(31 * 60_000);
  const late = await client.get(mine.location);
  assert.equal(late.status, 404);
  assert.match(late.body, /no longer here\. Choose it again/);
});

test('markup in a file is text on its page', async () => {
  const client = await site.signIn(ida);
  const sent = await upload(client, '<img src=x onerror=alert(1)>,Email\n<b>x</b>,x@example.org\n');
  const page = (await client.get(sent.location)).body;
  assert.ok(page.includes('&lt;b&gt;x') && !page.includes('<b>x') && !page.includes('<img src=x'));
});
