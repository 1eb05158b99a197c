// Rows of lists are made once and kept (server/web/list/row-html.ts): a kept row is never shown where anything that it is
// made of has changed. Each test looks at the list first, so that its rows are kept.
import assert from 'node:assert/strict';
import { rename } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { createHeldPages } from '../../server/mailbox/held-pages.ts';
import { createPageReader, packPage } from '../../server/mailbox/packed-rows.ts';
import { waitForReading } from '../support/maildir.ts';
import { type Client, startSite, type WebSite } from '../support/site.ts';

let site: WebSite;
let alice: Client;
const address = 'alice@example.com';

before(async () => {
  site = await startSite();
  await site.deliver(address, { subject: 'First of all', body: 'harbour words', flags: '' });
  await site.deliver(address, { subject: 'Second', body: 'garden words', flags: 'S' });
  alice = await site.signIn(address);
  await waitForReading(await site.mailboxes.open(await site.account(address)));
});
after(() => site.close());

/** The row of a subject, in the list at a path. */
async function rowOf(subject: string, path = '/f/INBOX', client = alice): Promise<string> {
  const { body } = await client.get(path);
  const rows = body.match(/<li class="row[\s\S]*?<\/li>/g) ?? [];
  const found = rows.find((row) => row.includes(subject));
  assert.ok(found, `${path} has no row with ${subject}`);
  return found;
}
const idOf = (row: string): string => /data-id="([^"]+)"/.exec(row)![1]!;
const act = async (fields: Record<string, string>): Promise<void> => {
  const csrf = await alice.token();
  assert.equal((await alice.post('/act', { csrf, return: '/f/INBOX', ...fields })).status, 303);
};

test('a row that did not change is the same object from page to page, and its text is read once', () => {
  const read = createPageReader();
  const page = (subjects: readonly string[]) =>
    read(packPage({ page: { rows: subjects.map((subject) => ({ subject })), total: 2 }, folders: [1] })) as {
      page: { rows: { subject: string }[]; total: number };
      folders: number[];
    };
  const [first, second] = [page(['a', 'b']), page(['b', 'c'])];
  assert.deepEqual(second, { page: { rows: [{ subject: 'b' }, { subject: 'c' }], total: 2 }, folders: [1] });
  assert.equal(second.page.rows[0], first.page.rows[1]);
  for (let i = 0; i < 3000; i++) page([`other ${i}`]);
  assert.notEqual(page(['a']).page.rows[0], first.page.rows[0]);
});

test('a page that did not change is the same object; a flag, a delivery and another program make it anew', async () => {
  const bob = 'bob@example.com';
  const mailbox = await site.mailboxes.open(await site.account(bob));
  for (let n = 0; n < 3; n++) await site.deliver(bob, { subject: `Letter ${n}`, body: 'words', flags: '' });
  await waitForReading(mailbox);
  const first = { folder: 'INBOX', limit: 1 };
  const second = { ...first, after: (await mailbox.listConversations(first)).page.older };
  const looks = [
    async () => (await mailbox.listConversations(first)).page,
    async () => (await mailbox.listConversations(second)).page,
    async () => (await mailbox.listWithFolders(first)).page,
  ];
  const pages = async () => [await looks[0]!(), await looks[1]!(), await looks[2]!()];
  let held = await pages();
  // Words for searches are put into the index behind the reading.
  for (let now = await pages(); now.some((page, at) => page !== held[at]); now = await pages()) held = now;
  const isNew = async (what: string): Promise<void> => {
    const now = await pages();
    for (const at of looks.keys()) assert.notEqual(now[at], held[at], `${what}, look ${at}`);
    held = now;
  };
  assert.deepEqual(
    (await pages()).map((page, at) => page === held[at]),
    [true, true, true],
  );
  const id = (await mailbox.list(first)).rows[0]!.id;
  await mailbox.setFlags([id], 'F', '');
  await isNew('a star');
  await site.deliver(bob, { subject: 'Another', body: 'words', flags: '' });
  await isNew('a delivery');
  assert.equal((await mailbox.listWithFolders(first)).page.rows[0]?.subject, 'Another');
  const { path } = (await mailbox.find(id))!;
  await rename(path, path.replace(/:2,.*$/, ':2,S'));
  await isNew('another program');
  // What stands beside the list is always as it is now.
  assert.equal(
    (await mailbox.listWithFolders(first)).folders.find(({ name }) => name === 'INBOX')?.unread,
    3,
  );
});

test('a page is held under its own question, and the ones asked for longest ago are let go', async () => {
  const held = createHeldPages();
  let asked: (string | undefined)[] = [];
  const look = (key: string, stamp: string | undefined) =>
    held(key, async (known) => {
      asked.push(known);
      const isHeld = known !== undefined && known === stamp;
      return {
        page: isHeld ? undefined : { key },
        stamp,
        folders: [],
        quota: undefined,
        directories: undefined,
      };
    });
  const { page } = await look('a', '1');
  assert.equal((await look('a', '1')).page, page);
  await look('b', '1');
  assert.notEqual((await look('a', '2')).page, page);
  await look('c', undefined);
  await look('c', undefined);
  assert.deepEqual(asked, [undefined, '1', undefined, '1', undefined, undefined]);
  asked = [];
  for (let n = 0; n < 72; n++) await look(`page ${n}`, '1');
  await look('a', '2');
  await look('page 71', '1');
  assert.deepEqual(asked.slice(-2), [undefined, '1']);
});

test('the same list twice is the same but for its token', async () => {
  const plain = async () => (await alice.get('/f/INBOX')).body.replace(/name="csrf" value="[^"]+"/g, '');
  assert.equal(await plain(), await plain());
});

test('star, label and read state show at the next look, also when another program changed the file', async () => {
  const before = await rowOf('First of all');
  assert.doesNotMatch(before, /class="row[^"]* starred/);
  const id = idOf(before);
  await act({ one: `star:${id}` });
  assert.match(await rowOf('First of all'), /class="row[^"]* starred/);
  const mailbox = await site.mailboxes.open(await site.account(address));
  await mailbox.setFlags([id], '', 'F');
  assert.doesNotMatch(await rowOf('First of all'), /class="row[^"]* starred/);
  const located = await mailbox.find(id);
  assert.ok(located);
  await rename(located.path, located.path.replace(/\/(new|cur)\/([^/:]+)(:.*)?$/, '/cur/$2:2,FS'));
  const row = await rowOf('First of all');
  assert.match(row, /starred/);
  assert.doesNotMatch(row, /class="row[^"]* unread/);
});

test('language, zone, ticks, and what is open belong to one page, not to the row', async () => {
  const english = await rowOf('Second');
  const choose = (language: string, zone: string) => {
    site.web.choiceStore.change(address, { language, zone });
  };
  choose('fr', 'Asia/Tokyo');
  const french = await rowOf('Second');
  assert.notEqual(french, english);
  assert.match(french, /title="Archiver"/);
  choose('en', 'Asia/Tokyo');
  const tokyo = await rowOf('Second');
  assert.notEqual(/<time[^>]*>/.exec(tokyo)![0], /<time[^>]*>/.exec(english)![0]);
  choose('en', '');
  assert.equal(await rowOf('Second'), english);
  assert.match(await rowOf('Second', '/f/INBOX?select=page'), /type="checkbox"[^>]* checked/);
  assert.match(await rowOf('Second', `/f/INBOX?open=${idOf(english)}`), /aria-current="true"/);
  assert.equal(await rowOf('Second'), english);
  assert.match(await rowOf('Second', '/search?q=garden'), /<mark>garden<\/mark>/);
  assert.doesNotMatch(await rowOf('Second'), /<mark>/);
});

test('times follow the day: what came today is a day of the week tomorrow', async () => {
  const today = await rowOf('Second');
  site.advance(24 * 3600_000);
  const client = await site.signIn(address);
  assert.notEqual(
    /<time[^>]*>([^<]*)/.exec(await rowOf('Second', '/f/INBOX', client))![1],
    /<time[^>]*>([^<]*)/.exec(today)![1],
  );
});

test('a label that gets another name or colour is so on every row', async () => {
  const client = await site.signIn(address);
  await site.deliver(address, { subject: 'Labelled', body: 'x', flags: 'S' });
  const row = await rowOf('Labelled', '/f/INBOX', client);
  const csrf = await client.token('/f/INBOX');
  const labelled = await client.post('/act', {
    csrf,
    id: idOf(row),
    action: 'label',
    label: '$label2',
    return: '/f/INBOX',
  });
  assert.equal(labelled.status, 303);
  assert.match(await rowOf('Labelled', '/f/INBOX', client), /class="label [^"]*">Work</);
  site.web.labels.change(address, { keyword: '$label2', name: 'Office', color: 'red' });
  assert.match(await rowOf('Labelled', '/f/INBOX', client), /class="label label-red">Office</);
});
