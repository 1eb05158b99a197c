// Folders in the webmail (webmail.md 1.2, 1.11): made, renamed, deleted and put back, shown and hidden, given a use,
// emptied; what is on disk is what other programs of the Maildir see.
import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Client, startSite, type WebSite } from '../support/site.ts';

const people = ['anna', 'bert', 'cleo', 'dora', 'emil', 'fritz', 'gina', 'hans'].map(
  (name) => `${name}@example.com`,
);
let site: WebSite;
before(async () => {
  site = await startSite({ people });
});
after(() => site.close());

/** A person signed in, and their Maildir. */
async function open(
  name: string,
): Promise<{ client: Client; csrf: string; maildir: string; address: string }> {
  const address = `${name}@example.com`;
  const client = site.client();
  client.cookies.set('sid', site.web.sessions.begin(address, false, 'test'));
  const { maildir } = await site.account(address);
  return { client, csrf: await client.token(), maildir, address };
}

/** Presses Undo in the toast of a page. */
async function undo(client: Client, csrf: string, location: string): Promise<void> {
  const op = new URL(location, client.base).searchParams.get('u') ?? '';
  const answer = await client.post('/undo', { csrf, op, return: '/folders' });
  assert.equal(answer.status, 303, answer.body);
}

const subscribed = async (maildir: string): Promise<string[]> =>
  (await readFile(join(maildir, 'courierimapsubscribed'), 'utf8')).trim().split('\n');

test('a folder typed with a slash is made nested, as Courier reads it, subscribed and undone while it is empty', async () => {
  const { client, csrf, maildir } = await open('anna');
  const made = await client.post('/folders', { csrf, name: 'Ärger/2026', parent: '' });
  assert.equal(made.status, 303, made.body);
  assert.deepEqual(await readdir(join(maildir, '.Ärger.2026')), ['cur', 'maildirfolder', 'new', 'tmp']);
  assert.ok((await readdir(maildir)).includes('.Ärger'));
  assert.ok((await subscribed(maildir)).includes('INBOX.Ärger.2026'));
  const page = await client.get(made.location);
  assert.match(page.body, /Folder Ärger \/ 2026 created\./);
  await undo(client, csrf, made.location);
  assert.ok(!(await readdir(maildir)).some((name) => name.startsWith('.Ärger')));
});

test('a name that cannot be is refused beside its field, and what was typed is kept', async () => {
  const { client, csrf } = await open('anna');
  const answers = [
    ['v1.2', 'A folder name cannot hold a dot'],
    ['', 'A folder needs a name'],
    ['a<b>\u0007', 'A folder name cannot hold control characters'],
  ] as const;
  for (const [name, words] of answers) {
    const answer = await client.post('/folders', { csrf, name, parent: '' });
    assert.equal(answer.status, 422);
    assert.match(answer.body, new RegExp(`id="fault-name">${words}`));
  }
  await client.post('/folders', { csrf, name: 'Twice', parent: '' });
  const again = await client.post('/folders', { csrf, name: 'Twice', parent: '' });
  assert.equal(again.status, 422);
  assert.match(again.body, /id="fault-name">A folder with this name exists\./);
  assert.match(again.body, /name="name"[^>]*value="Twice"/);
  assert.equal((await client.post('/folders', { csrf, name: 'x', parent: '../..' })).status, 422);
});

test('a folder with mail moves to Trash and comes back by undo; deleted there it goes for good after a question', async () => {
  const { client, csrf, maildir, address } = await open('bert');
  await client.post('/folders', { csrf, name: 'Old/Deep', parent: '' });
  await site.deliver(address, { folder: 'Old.Deep', subject: 'kept' });
  await client.get('/f/Old.Deep');
  const deleted = await client.post('/folders/Old/delete', { csrf });
  assert.match(deleted.location, /^\/folders\?u=/);
  assert.match((await client.get(deleted.location)).body, /Folder Old moved to Trash\./);
  assert.ok((await readdir(maildir)).includes('.Trash.Old.Deep'));
  await undo(client, csrf, deleted.location);
  assert.equal((await readdir(join(maildir, '.Old.Deep', 'cur'))).length, 1);

  await client.post('/folders/Old/delete', { csrf });
  const asked = await client.post('/folders/Trash.Old/delete', { csrf });
  assert.equal(asked.location, '/folders/Trash.Old/delete');
  const question = await client.get(asked.location);
  assert.match(question.body, /Delete Trash \/ Old and 1 message in it for good\?/);
  const gone = await client.post('/folders/Trash.Old/delete', { csrf, expect: '1' });
  assert.equal(gone.status, 303);
  assert.ok(!(await readdir(maildir)).some((name) => name.startsWith('.Trash.')));
});

test('an empty folder is removed at once, and a message that came in meanwhile keeps it', async () => {
  const { client, csrf, maildir, address } = await open('bert');
  await client.post('/folders', { csrf, name: 'Empty', parent: '' });
  const mailbox = await site.mailboxes.open(await site.account(address));
  await mailbox.ensureFolder('Filled');
  await mailbox.folders();
  await site.deliver(address, { folder: 'Filled' });
  assert.equal(await mailbox.removeEmptyFolder('Filled'), false);
  assert.equal((await readdir(join(maildir, '.Filled', 'new'))).length, 1);
  const removed = await client.post('/folders/Empty/delete', { csrf });
  assert.ok(!(await readdir(maildir)).includes('.Empty'));
  assert.ok(!(await subscribed(maildir)).includes('INBOX.Empty'));
  await undo(client, csrf, removed.location);
  assert.ok((await readdir(maildir)).includes('.Empty'));
});

test('a renamed folder takes those below it, its mail and what was chosen of it along; undo brings all back', async () => {
  const { client, csrf, maildir, address } = await open('cleo');
  await client.post('/folders', { csrf, name: 'One/Two', parent: '' });
  await site.deliver(address, { folder: 'One.Two' });
  await client.post('/folders/fold', { csrf, fold: 'close:One', return: '/f/INBOX' });
  const answer = await client.post('/folders/One/rename', { csrf, name: 'Uno', parent: '' });
  assert.match(answer.location, /^\/folders\/Uno\?u=/);
  assert.equal((await readdir(join(maildir, '.Uno.Two', 'new'))).length, 1);
  assert.match((await client.get('/f/INBOX')).body, /name="fold" value="open:Uno"/);
  await undo(client, csrf, answer.location);
  assert.ok((await readdir(maildir)).includes('.One.Two'));
  for (const [fields, words] of [
    [{ name: 'x', parent: 'One.Two' }, 'cannot move into itself'],
    [{ name: 'a.b', parent: '' }, 'cannot hold a dot'],
    [{ name: 'Drafts', parent: 'Nowhere' }, 'not there any more'],
  ] as const) {
    const refused = await client.post('/folders/One/rename', { csrf, ...fields });
    assert.equal(refused.status, 422);
    assert.match(refused.body, new RegExp(words));
  }
});

test('special folders are neither renamed nor deleted, and a folder that is not there is no folder', async () => {
  const { client, csrf, maildir } = await open('cleo');
  await (await site.mailboxes.open(await site.account('cleo@example.com'))).folderFor('sent');
  for (const path of ['/folders/INBOX/delete', '/folders/Sent/delete', '/folders/Sent/rename'])
    assert.equal((await client.post(path, { csrf, name: 'x', parent: '' })).status, 422, path);
  assert.ok((await readdir(maildir)).includes('.Sent'));
  assert.equal((await client.get('/folders/Nope')).status, 404);
  assert.equal((await client.post('/folders/..%2F..%2Fetc/delete', { csrf })).status, 404);
});

test('an unticked folder leaves the column and IMAP is not subscribed to it; who hid nothing sees all', async () => {
  const { client, csrf, maildir, address } = await open('dora');
  await site.deliver(address, { folder: 'Seen' });
  await site.deliver(address, { folder: 'Unseen' });
  const before = await client.get('/f/INBOX');
  assert.match(before.body, /data-folder="Unseen"/);
  const answer = await client.post('/folders/shown', { csrf, listed: ['Seen', 'Unseen'], shown: 'Seen' });
  assert.equal(answer.status, 303);
  const column = (await client.get('/f/INBOX')).body;
  assert.match(column, /data-folder="Seen"/);
  assert.doesNotMatch(column, /data-folder="Unseen"/);
  assert.match(column, /1 folder with unread mail is not shown/);
  assert.deepEqual(await subscribed(maildir), ['INBOX', 'INBOX.Seen']);
  const mailbox = await site.mailboxes.open(await site.account(address));
  assert.deepEqual(await mailbox.uids.subscriptions(), ['INBOX', 'Seen']);
  // What an IMAP client subscribes to is shown.
  await mailbox.uids.setSubscribed('Unseen', true);
  assert.match((await client.get('/f/INBOX')).body, /data-folder="Unseen"/);
});

test('the first folder that the webmail makes hides none of those that are there', async () => {
  const { client, csrf, address } = await open('emil');
  await site.deliver(address, { folder: 'Ancient' });
  await client.get('/f/INBOX');
  await client.post('/folders', { csrf, name: 'Fresh', parent: '' });
  const column = (await client.get('/f/INBOX')).body;
  assert.match(column, /data-folder="Ancient"/);
  assert.match(column, /data-folder="Fresh"/);
});

test('a folder that is given a use has it over IMAP, and the webmail stores there', async () => {
  const { client, csrf, address } = await open('emil');
  await client.post('/folders', { csrf, name: 'Gesendet', parent: '' });
  const answer = await client.post('/folders/roles', { csrf, sent: 'Gesendet' });
  assert.equal(answer.status, 303, answer.body);
  const mailbox = await site.mailboxes.open(await site.account(address));
  assert.equal(await mailbox.folderFor('sent'), 'Gesendet');
  const entry = (await mailbox.uids.list()).find(({ folder }) => folder === 'Gesendet');
  assert.equal(entry?.specialUse, '\\Sent');
  const taken = await client.post('/folders/roles', { csrf, archive: 'Gesendet' });
  assert.equal(taken.status, 422);
  assert.match(taken.body, /id="fault-archive">This folder already has another use/);
});

test('mark all read takes the number away and is undone', async () => {
  const { client, csrf, address } = await open('fritz');
  for (let n = 0; n < 3; n++) await site.deliver(address, { folder: 'Lists', subject: `m${n}` });
  const answer = await client.post('/folders/Lists/read', { csrf, return: '/f/Lists' });
  assert.match((await client.get(answer.location)).body, /3 messages marked as read/);
  const mailbox = await site.mailboxes.open(await site.account(address));
  const unread = async () => (await mailbox.folders()).find(({ name }) => name === 'Lists')?.unread;
  assert.equal(await unread(), 0);
  await undo(client, csrf, answer.location);
  assert.equal(await unread(), 3);
});

test('Junk is emptied after a question with the number, the quota falls, and other folders cannot be emptied', async () => {
  const { client, csrf, maildir, address } = await open('gina');
  await writeFile(join(maildir, 'maildirsize'), '1000000S\n0 0\n');
  const mailbox = await site.mailboxes.open(await site.account(address));
  for (let n = 0; n < 3; n++)
    await mailbox.append('Junk', Buffer.from(`Subject: s${n}\n\n${'x'.repeat(300_000)}\n`), '');
  const full = (await client.get('/f/INBOX')).body;
  assert.match(full, /class="quota warn"[^>]*title="900,\d{3} bytes in 3 messages"/);
  assert.match(full, /900 kB of 1 MB used. 90% is full./);
  const question = await client.get('/folders/Junk/empty');
  assert.match(question.body, /Delete 3 messages in Junk for good\?/);
  assert.equal((await client.post('/folders/Junk/empty', { csrf })).location, '/folders/Junk/empty');
  const answer = await client.post('/folders/Junk/empty', { csrf, expect: '3' });
  const page = (await client.get(answer.location)).body;
  assert.match(page, /3 messages deleted for good/);
  assert.match(page, /class="quota plenty"/);
  assert.equal((await client.get('/folders/INBOX/empty')).status, 404);
  assert.equal((await client.post('/folders/INBOX/empty', { csrf, expect: '0' })).status, 404);
});

test('mail that came into Trash and Junk more than the chosen days ago is gone after the daily work, other mail is not', async () => {
  const { client, csrf, address } = await open('hans');
  await client.get('/f/INBOX');
  const waiting = site.web.due.list(address, 'clean');
  assert.equal(waiting.length, 1, 'signing in gives an account its turn');
  const long = new Date(Date.now() - 90 * 24 * 3600_000);
  await site.deliver(address, { folder: 'Trash', subject: 'old in trash', flags: 'S', received: long });
  await site.deliver(address, { folder: 'Junk', subject: 'old in junk', flags: '', received: long });
  await site.deliver(address, { folder: 'Keep', subject: 'kept', flags: '', received: long });
  const mailbox = await site.mailboxes.open(await site.account(address));
  const totals = async () =>
    Object.fromEntries((await mailbox.folders()).map(({ name, total }) => [name, total]));
  /** Has the work done that is due now. */
  const clean = async () => {
    const [item] = site.web.due.list(address, 'clean');
    site.web.due.change(address, item!.id, { at: site.web.clock() });
    const until = Date.now() + 20_000;
    while (site.web.due.find(address, item!.id) && Date.now() < until)
      await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(site.web.due.list(address, 'clean').length, 1, 'and once more tomorrow');
  };
  await mailbox.refresh();
  await clean();
  const now = await totals();
  assert.deepEqual([now.Trash, now.Junk], [1, 1], 'it came in today, however old it is');
  const chosen = await client.post('/folders/Junk/days', { csrf, days: '0' });
  assert.equal(chosen.status, 303);
  assert.equal((await client.post('/folders/Keep/days', { csrf, days: '7' })).status, 404);
  site.advance(32 * 24 * 3600_000);
  try {
    await clean();
    const then = await totals();
    assert.deepEqual([then.Trash, then.Junk, then.Keep], [0, 1, 1], 'Junk is never cleaned by choice');
    await writeFile(join(site.home.qmail, 'control', 'webcleandays'), '10\n');
    await clean();
    assert.equal((await totals()).Junk, 0, 'the administrator bounds it');
  } finally {
    site.advance(-32 * 24 * 3600_000);
  }
});

test("folding answers the page's script with the whole column, and a plain form with the way back", async () => {
  const { client, csrf } = await open('cleo');
  assert.equal((await client.post('/folders', { csrf, name: 'Fold/Within', parent: '' })).status, 303);
  const fields = { csrf, fold: 'close:Fold', here: 'INBOX', return: '/f/INBOX' };
  const part = await client.post('/folders/fold', fields, { 'x-fragment': '1' });
  assert.equal(part.status, 200, part.body);
  assert.match(part.body, /^\s*<nav id="folders"/);
  assert.match(part.body, /name="fold" value="open:Fold"/);
  assert.match(part.body, /data-folder="INBOX"[^>]* aria-current="page"/);
  const plain = await client.post('/folders/fold', { ...fields, fold: 'open:Fold' });
  assert.deepEqual([plain.status, plain.location], [303, '/f/INBOX']);
  assert.equal((await client.post('/folders/fold', { ...fields, fold: 'sideways:Fold' })).status, 422);
});
