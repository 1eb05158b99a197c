// What is done to many messages, through the web's own requests: as a job that answers at once, with undo of all of it;
// deleting for good with its half minute; copies; a full mailbox.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageIdOf } from '../../server/mailbox/names.ts';
import { type MailSite, startMailSite } from '../support/mail-pages.ts';
import type { Client } from '../support/site.ts';

const alice = 'alice@example.com';
let site: MailSite;
let client: Client;
let maildir: string;
let csrf: string;

before(async () => {
  site = await startMailSite();
  client = await site.signIn(alice);
  ({ maildir } = await site.account(alice));
  csrf = await client.token();
});
after(() => site.close());

const files = (folder = '') => readdir(join(maildir, folder, 'cur'));

/** Puts many small letters into a folder. */
async function fill(folder: string, count: number): Promise<void> {
  const directory = join(maildir, `.${folder}`);
  for (const part of ['tmp', 'new', 'cur']) await mkdir(join(directory, part), { recursive: true });
  await writeFile(join(directory, 'maildirfolder'), '');
  for (let n = 0; n < count; n++)
    await writeFile(
      join(directory, 'cur', `${1_700_000_000 + n}.${randomUUID()}.test:2,S`),
      `From: bob@example.org\nSubject: ${n}\n\nText.\n`,
    );
}

/** Fields of "all in the folder", as the list page gives them. */
async function scopeOf(folder: string): Promise<Record<string, string>> {
  const page = await client.get(`/f/${folder}?select=all`);
  const field = (name: string) => new RegExp(`name="${name}" value="([^"]*)"`).exec(page.body)?.[1] ?? '';
  return {
    scope: 'query',
    folder,
    q: '',
    filter: 'all',
    upto: field('upto'),
    expect: field('expect'),
    return: `/f/${folder}`,
    csrf,
  };
}

/** Waits until nothing runs. */
async function settled(): Promise<void> {
  while (site.web.jobs.list(alice).some((job) => job.state === 'running' || job.state === 'cancelling'))
    await sleep(20);
}
const opOf = (location: string) => new URL(location, site.base).searchParams.get('u') ?? '';

describe('all of a large folder', () => {
  const count = 1300;
  before(async () => {
    await fill('Large', count);
    while ((await client.get('/f/Large')).body.includes('id="progress"')) await sleep(50);
  });

  test('is asked about first, then moved as a job that says how far it is, and undone whole', async () => {
    const scope = await scopeOf('Large');
    assert.equal(scope.expect, String(count));
    const question = await client.post('/act', { ...scope, action: 'archive' });
    assert.match(question.location, /^\/act\/confirm\?/);
    assert.match((await client.get(question.location)).body, /1,300/);
    const answer = await client.post('/act', { ...scope, action: 'archive', confirm: '1' });
    assert.equal(answer.status, 303);
    assert.equal(answer.location, '/f/Large');
    assert.match((await client.get('/f/Large')).body, /data-job=/);
    await settled();
    assert.equal((await files('.Archive')).length, count);
    const [job] = site.web.jobs.list(alice);
    assert.match(job?.outcome?.words ?? '', /1,300 messages moved to Archive\./);
    // The operation itself is small: the list stands beside it.
    assert.ok(JSON.stringify(site.web.operations.find(alice, job!.op!)?.payload).length < 200);

    const undone = await client.post('/undo', { csrf, op: job!.op!, return: '/f/Large' });
    assert.equal(undone.status, 303);
    await settled();
    assert.equal((await files('.Archive')).length, 0);
    assert.equal((await files('.Large')).length, count);
  });

  test('other actions stay possible meanwhile, and Stop keeps what was done, which Undo takes back', async () => {
    const scope = await scopeOf('Large');
    await client.post('/act', { ...scope, action: 'star', confirm: '1' });
    const job = site.web.jobs.list(alice).find(({ state }) => state === 'running');
    assert.ok(job);
    await site.deliver(alice, { subject: 'Meanwhile' });
    const inbox = await client.get('/f/INBOX');
    const id = /data-id="([\w-]{12})"/.exec(inbox.body)?.[1] ?? '';
    const one = await client.post('/act', { csrf, action: 'read', id, return: '/f/INBOX' });
    assert.match(one.location, /u=/);
    await client.post(`/jobs/${job.id}/cancel`, { csrf });
    await settled();
    const { op, outcome } = site.web.jobs.find(alice, job.id)!;
    const starred = (await files('.Large')).filter((name) => name.includes('F')).length;
    assert.match(outcome!.words, new RegExp(`^${starred.toLocaleString('en')} messages starred`));
    await client.post('/undo', { csrf, op: op!, return: '/f/Large' });
    await settled();
    assert.equal((await files('.Large')).filter((name) => name.includes('F')).length, 0);
  });
});

describe('deleting for good', () => {
  const removeAll = async (folder: string): Promise<string> => {
    const page = await client.get(`/f/${folder}`);
    const id = [...page.body.matchAll(/data-id="([\w-]{12})"/g)].map((found) => found[1]!);
    const answer = await client.post('/act', { csrf, action: 'delete', id, folder, confirm: '1' });
    return opOf(answer.location);
  };

  test('hides the letters at once and unlinks them half a minute later', async () => {
    await site.deliver(alice, { folder: 'Junk', subject: 'One', flags: 'S' });
    const op = await removeAll('Junk');
    assert.deepEqual(
      (await files('.Junk')).map((name) => name.slice(-2)),
      ['ST'],
    );
    assert.match((await client.get('/f/Junk')).body, /Junk is empty/);
    assert.match((await client.get(`/f/Junk?u=${op}`)).body, /class="toast-button"/);
    site.advance(31_000);
    // The clock of a site is told, not waited for: another item wakes the list of what is due.
    site.web.due.add(alice, 'nothing', 0, undefined);
    while ((await files('.Junk')).length > 0) await sleep(20);
    assert.doesNotMatch((await client.get(`/f/Junk?u=${op}`)).body, /class="toast-button"/);
    assert.match((await client.post('/undo', { csrf, op, return: '/f/Junk' })).location, /u=late/);
  });

  test('can be taken back within the half minute; a letter that lost its mark stays', async () => {
    await site.deliver(alice, { folder: 'Junk', subject: 'Two', flags: 'FS' });
    const op = await removeAll('Junk');
    assert.equal((await client.post('/undo', { csrf, op, return: '/f/Junk' })).status, 303);
    assert.deepEqual(
      (await files('.Junk')).map((name) => name.slice(-2)),
      ['FS'],
    );
    assert.equal(site.web.due.list(alice, 'expunge').length, 0);

    await removeAll('Junk');
    const mailbox = await site.mailboxes.open(await site.account(alice));
    const uids = await mailbox.uids.search('Junk', { key: 'all' });
    await mailbox.uids.store('Junk', [...uids], { mode: 'remove', flags: 'T', keywords: [] });
    site.advance(31_000);
    site.web.due.add(alice, 'nothing', 0, undefined);
    while (site.web.due.list(alice, 'expunge').length > 0) await sleep(20);
    assert.equal((await files('.Junk')).length, 1);
  });

  test('needs its question answered, also with the key', async () => {
    await site.deliver(alice, { subject: 'Three', flags: 'S' });
    const page = await client.get('/f/INBOX');
    const id = /data-id="([\w-]{12})"/.exec(page.body)?.[1] ?? '';
    const answer = await client.post('/act', { csrf, action: 'delete', id, return: '/f/INBOX' });
    assert.match(answer.location, /^\/act\/confirm/);
    assert.match((await client.get(answer.location)).body, /name="id" value="/);
  });
});

test('Copy leaves the letter where it is, and Undo removes the copy', async () => {
  const base = await site.deliver(alice, { folder: 'Source', subject: 'Copied', flags: 'FS' });
  const page = await client.get('/f/Source');
  const id = /data-id="([\w-]{12})"/.exec(page.body)?.[1] ?? '';
  const fields = { csrf, action: 'copy', id, to: 'Large', folder: 'Source', return: '/f/Source' };
  const before = (await files('.Large')).length;
  const answer = await client.post('/act', fields);
  assert.deepEqual(await files('.Source'), [`${base}:2,FS`]);
  assert.equal((await files('.Large')).length, before + 1);
  assert.match((await client.get(answer.location)).body, /Copied to Large\./);
  await client.post('/undo', { csrf, op: opOf(answer.location), return: '/f/Source' });
  assert.equal((await files('.Large')).length, before);
  assert.equal((await files('.Source')).length, 1);
});

test('a full mailbox still deletes, and says so where there is no room for a copy', async () => {
  const full = await site.account('bob@example.com');
  await site.deliver('bob@example.com', { subject: 'Big', body: 'x'.repeat(5000), flags: 'S' });
  await writeFile(join(full.maildir, 'maildirsize'), '1000S\n5500 1\n');
  const bob = await site.signIn('bob@example.com');
  const page = await bob.get('/f/INBOX');
  const id = /data-id="([\w-]{12})"/.exec(page.body)?.[1] ?? '';
  const token = await bob.token();
  const copy = await bob.post('/act', { csrf: token, action: 'copy', id, to: 'Archive', return: '/f/INBOX' });
  assert.equal(copy.status, 507);
  assert.match(copy.body, /mailbox is full/);
  const answer = await bob.post('/act', { csrf: token, action: 'trash', id, folder: 'INBOX' });
  assert.match((await bob.get(answer.location)).body, /Moved to Trash\./);
  assert.equal((await readdir(join(full.maildir, '.Trash', 'cur'))).length, 1);
});

describe('taking many along', () => {
  let ids: string[];
  before(async () => {
    for (const subject of ['Same', 'Same', 'a/b: "c"'])
      await site.deliver(alice, { folder: 'Take', subject, body: 'From here on.\n', flags: 'FS' });
    ids = (await readdir(join(maildir, '.Take', 'cur'))).map((name) => messageIdOf(name.split(':')[0]!));
    await client.get('/f/Take');
  });
  const take = (action: string, more: Record<string, string | string[]> = {}) =>
    client.post('/act', { csrf, action, folder: 'Take', id: ids, return: '/f/Take', ...more });

  test('a .zip holds each as an .eml of its own name', async () => {
    const answer = await take('download:zip');
    assert.match(answer.location, /^\/act\/download\?/);
    const response = await fetch(site.base + answer.location, {
      headers: { cookie: `sid=${client.cookies.get('sid')}` },
    });
    assert.equal(response.headers.get('content-type'), 'application/zip');
    assert.match(response.headers.get('content-disposition') ?? '', /filename="Take\.zip"/);
    const bytes = Buffer.from(await response.arrayBuffer());
    const names = [...bytes.toString('latin1').matchAll(/PK\x01\x02[\s\S]{42}([ -~]+?\.eml)/g)].map(
      ([, name]) => name,
    );
    assert.deepEqual(names.sort(), ['Same (2).eml', 'Same.eml', 'a_b_ _c_.eml']);
  });

  test('an .mbox holds them quoted, with their flags', async () => {
    const answer = await take('download:mbox');
    const file = await client.get(answer.location);
    assert.equal(file.headers.get('content-disposition')?.includes('Take.mbox'), true);
    assert.equal(file.body.match(/^From \S+ /gm)?.length, 3);
    assert.equal(file.body.match(/^>From here on\.$/gm)?.length, 3);
    assert.equal(file.body.match(/^X-Status: F$/gm)?.length, 3);
  });

  test('forwarding many leads to a letter with all of them', async () => {
    const answer = await take('forward');
    assert.equal(answer.location, `/compose?attach=${ids.join(',')}`);
  });
});
