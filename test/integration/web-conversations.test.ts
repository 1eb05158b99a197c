// Lists of conversations and their page over real HTTP: webmail.md 1.4, M4, M10, 2.1. Everything here is plain HTML: what
// works here works without script.
import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { after, before, test } from 'node:test';
import type { Choices } from '../../server/web/state/choices.ts';
import { deliverThread } from '../support/conversations.ts';
import { waitForReading } from '../support/maildir.ts';
import { type Client, startSite, type WebSite } from '../support/site.ts';

let site: WebSite;
let alice: Client;
let csrf = '';
const address = 'alice@example.com';
const me = 'Alice Example <alice@example.com>';
const carla = 'Carla Mendes <carla@example.org>';

const plan = (folder: string, name: string) => [
  { id: `${name}1`, ago: 90, subject: `Plan ${name}`, folder, flags: 'S' },
  {
    id: `${name}2`,
    refs: `${name}1`,
    ago: 80,
    from: me,
    subject: `Re: Plan ${name}`,
    folder: 'Sent',
    flags: 'S',
  },
  {
    id: `${name}3`,
    refs: `${name}1 ${name}2`,
    ago: 70,
    from: carla,
    subject: `Re: Plan ${name}`,
    folder,
    flags: 'S',
  },
  { id: `${name}4`, refs: `${name}1`, ago: 60, subject: `Re: Plan ${name}`, folder, flags: 'S' },
];

before(async () => {
  site = await startSite();
  await deliverThread(site, address, plan('INBOX', 'main'));
  await deliverThread(site, address, [{ id: 'lone', ago: 65, subject: 'Lone', flags: 'S' }]);
  alice = await site.signIn(address);
  csrf = await alice.token();
  await settled();
});
after(() => site.close());

const settled = async (): Promise<void> =>
  waitForReading(await site.mailboxes.open(await site.account(address)));

interface Row {
  readonly id: string;
  readonly href: string;
  readonly text: string;
}

/** Rows of a list, as one reads them. */
function rowsOf(html: string): readonly Row[] {
  return [...html.matchAll(/<li class="row[^"]*" data-id="([^"]+)"[^>]*>([\s\S]*?)<\/li>/g)].map(
    ([, id, row]) => ({
      id: id!,
      href: /class="row-link" href="([^"]+)"/.exec(row!)![1]!.replaceAll('&amp;', '&'),
      text: row!
        .replace(/<span class="vh">.*?<\/span>/g, '')
        .replace(/<[^>]+>/g, '')
        .replace(/\s+/g, ' ')
        .trim(),
    }),
  );
}
const rowWith = async (words: string, path = '/f/INBOX'): Promise<Row> => {
  const found = rowsOf((await alice.get(path)).body).find((row) => row.text.includes(words));
  assert.ok(found, `no row with ${words}`);
  return found;
};
const openMails = (html: string): number => [...html.matchAll(/<details class="mail[^>]* open>/g)].length;
const foldedMails = (html: string): number =>
  [...html.matchAll(/<details class="mail[^>]* data-href=/g)].length;
const undoOf = (location: string): string => /[?&]u=([^&#]+)/.exec(location)?.[1] ?? '';

test('a row says who wrote in order with the reader as me, how many, and the first subject; mail from Sent is in it', async () => {
  const { text, href } = await rowWith('Plan main');
  // In the first hours of a day its last mail is of the day before.
  assert.match(text, /^Bob, me, Carla · 4 Plan main (?:\d\d:\d\d|[A-Z][a-z]{2}) Text of main4\.$/);
  assert.match(href, /^\/c\/[\w-]{12}\?in=INBOX#start$/);
  assert.match((await rowWith('Lone')).href, /^\/m\//, 'a message alone opens as one');
});

test('view=messages shows each mail on its own row; the switch is kept for that folder alone', async () => {
  const count = async (path: string) => rowsOf((await alice.get(path)).body).length;
  await deliverThread(site, address, plan('Other', 'oth'));
  assert.equal(await count('/f/Other'), 1);
  assert.equal(await count('/f/Other?view=messages'), 3);
  const answer = await alice.post('/view', {
    csrf,
    list: 'Other',
    view: 'messages',
    return: '/f/Other?view=threads&after=x',
  });
  assert.equal(answer.status, 303);
  assert.equal(answer.location, '/f/Other');
  assert.equal(await count('/f/Other'), 3);
  assert.equal(await count('/f/Other?view=threads'), 1);
  assert.equal(await count('/f/INBOX'), 2);
  await alice.post('/view', { csrf, list: 'Other', view: 'threads', return: '/f/Other' });
  assert.equal(await count('/f/Other'), 1);
  assert.equal((await alice.post('/view', { csrf, list: 'Other', view: 'odd' })).status, 422);
  assert.equal(await count('/f/Other?sort=size'), 3, 'sorted otherwise than by date each mail has its row');
});

test('deleting a conversation takes its mails of this folder only, and Undo brings them back', async () => {
  const { id } = await rowWith('Plan main');
  const answer = await alice.post('/act', {
    csrf,
    action: 'trash',
    thread: id,
    folder: 'INBOX',
    return: '/f/INBOX',
  });
  assert.equal(answer.status, 303);
  const page = (await alice.get(answer.location)).body;
  assert.match(page, /Conversation moved to Trash\./);
  assert.equal(rowsOf(page).length, 1);
  assert.match((await rowWith('Plan main', '/f/Sent')).text, /^To: .* · 1|^To: /, 'the copy in Sent stays');
  assert.equal(rowsOf((await alice.get('/f/Trash?view=messages')).body).length, 3);
  await alice.post('/undo', { csrf, op: undoOf(answer.location), return: '/f/INBOX' });
  assert.match((await rowWith('Plan main')).text, /· 4/);
});

test('the buttons of a row act on its conversation; a star goes to its newest mail', async () => {
  const { id } = await rowWith('Plan main');
  await alice.post('/act', { csrf, one: `star:${id}:thread`, folder: 'INBOX', return: '/f/INBOX' });
  const starred = rowsOf((await alice.get('/v/starred')).body);
  assert.deepEqual(
    starred.map((row) => row.id),
    [id],
  );
  await alice.post('/act', { csrf, one: `unstar:${id}:thread`, folder: 'INBOX', return: '/f/INBOX' });
  assert.equal(rowsOf((await alice.get('/v/starred')).body).length, 0);
});

test('the page opens exactly the unread mails and the last, begins at the first unread, and marks what it shows', async () => {
  await deliverThread(site, address, [
    ...plan('Page', 'page'),
    { id: 'page5', refs: 'page1', ago: 50, folder: 'Page', flags: '' },
    { id: 'page6', refs: 'page1', ago: 40, folder: 'Page', flags: 'S' },
  ]);
  await settled();
  const mailbox = await site.mailboxes.open(await site.account(address));
  const third = (await mailbox.list({ folder: 'Page', limit: 9 })).rows.find((row) =>
    row.preview.includes('page3'),
  )!;
  await mailbox.setFlags([third.id], '', 'S');
  const { href } = await rowWith('Plan page', '/f/Page');
  const [path = ''] = href.split('#');
  const head = await alice.request(path, { method: 'HEAD' });
  assert.equal(head.status, 200);
  const { body } = await alice.get(path);
  assert.equal(openMails(body), 3);
  assert.equal(foldedMails(body), 3);
  const begins = `id="start"></span>\\s*<details class="mail mail-unread loaded" id="m-${third.id}"`;
  assert.match(body, new RegExp(begins));
  for (const shown of ['page3', 'page5', 'page6']) assert.ok(body.includes(`Text of ${shown}.</div>`), shown);
  assert.ok(!body.includes('Text of page4.</div>'), 'a folded one is not loaded');
  const again = (await alice.get(path)).body;
  assert.equal(openMails(again), 1, 'they were marked as read by looking');
  const link = /data-href="([^"#]+)#(m-[\w-]+)"/.exec(again)!;
  const unfolded = (await alice.get(link[1]!.replaceAll('&amp;', '&'))).body;
  assert.equal(openMails(unfolded), 2, 'a folded one opens by its link');
  assert.match(unfolded, new RegExp(`id="${link[2]}"[^>]* open`));
  const all = (await alice.get(`${path}&open=all`)).body;
  assert.equal(foldedMails(all), 0);
});

test('a fragment is one mail alone; unread from here marks it and what came after', async () => {
  const { href, id } = await rowWith('Plan page', '/f/Page');
  const [path = ''] = href.split('#');
  const page = (await alice.get(path)).body;
  const link = /data-href="([^"#]+)/.exec(page)![1]!.replaceAll('&amp;', '&');
  const wanted = link.slice(-12);
  const fragment = await alice.get(link, { 'x-fragment': 'mail' });
  assert.equal([...fragment.body.matchAll(/<details class="mail /g)].length, 1);
  assert.ok(fragment.body.includes(`id="m-${wanted}"`));
  assert.ok(!fragment.body.includes('<html'));
  const answer = await alice.post(`/c/${id}/unread`, { csrf, from: wanted, return: '/f/Page' });
  assert.equal(answer.status, 303);
  assert.match((await alice.get(answer.location)).body, /6 messages marked as unread\./);
  await alice.post('/undo', { csrf, op: undoOf(answer.location), return: '/f/Page' });
  assert.equal(openMails((await alice.get(path)).body), 1);
});

test('after archiving the open conversation comes the next older, the next newer, or the list, as chosen', async () => {
  await deliverThread(site, address, [
    ...plan('Row', 'one').map((mail) => ({ ...mail, ago: mail.ago + 300 })),
    ...plan('Row', 'two').map((mail) => ({ ...mail, ago: mail.ago + 200 })),
    ...plan('Row', 'three').map((mail) => ({ ...mail, ago: mail.ago + 100 })),
  ]);
  await settled();
  const ids = rowsOf((await alice.get('/f/Row')).body).map((row) => row.id);
  const next = async (): Promise<string> => {
    const { body } = await alice.get(`/c/${ids[1]}?in=Row`);
    return /class="message-actions"[\s\S]*?name="return" value="([^"]+)"/
      .exec(body)![1]!
      .replaceAll('&amp;', '&');
  };
  const choose = (afterAction: 'older' | 'newer' | 'list') => chooseFor({ afterAction });
  choose('older');
  assert.equal(await next(), `/c/${ids[2]}?in=Row#start`);
  choose('newer');
  assert.equal(await next(), `/c/${ids[0]}?in=Row#start`);
  choose('list');
  assert.equal(await next(), '/f/Row');
  choose('older');
});

test('marked as read after five seconds, or only by hand: looking marks nothing, and a button does', async () => {
  const { id, href } = await rowWith('Plan page', '/f/Page');
  const path = href.split('#')[0]!;
  await alice.post('/act', { csrf, action: 'unread', thread: id, folder: 'Page', return: '/f/Page' });
  for (const [markRead, attribute] of [
    [-1, false],
    [5, true],
  ] as const) {
    chooseFor({ markRead });
    for (let round = 0; round < 2; round++) {
      const { body } = await alice.get(path);
      assert.match(body, /value="read"/);
      assert.equal(/data-read-after="5"/.test(body), attribute);
    }
  }
  chooseFor({ markRead: 0 });
  await alice.get(path);
  assert.doesNotMatch((await alice.get(path)).body, /value="read"/);
});

test('newest first is a choice; the whole list of a filter is meant with its conversations', async () => {
  const path = (await rowWith('Plan page', '/f/Page')).href.split('#')[0]!;
  const order = (html: string) => [...html.matchAll(/data-mail="([^"]+)"/g)].map((match) => match[1]);
  const oldest = order((await alice.get(path)).body);
  chooseFor({ conversationOrder: 'newest' });
  assert.deepEqual(order((await alice.get(path)).body), oldest.toReversed());
  chooseFor({ conversationOrder: 'oldest' });
});

test('a conversation of 500 mails costs little more than one of a few: only what is open is read (C6)', async (t) => {
  await deliverThread(
    site,
    address,
    Array.from({ length: 505 }, (_, n) => ({
      id: `big${n}`,
      ...(n === 0 ? {} : { refs: 'big0' }),
      ago: 5000 - n,
      subject: 'Big',
      from: `Person ${n % 20} <p${n % 20}@example.org>`,
      folder: 'Big',
      flags: 'S',
    })),
  );
  await settled();
  const big = (await rowWith('Big', '/f/Big')).href.split('#')[0]!;
  const small = (await rowWith('Plan main')).href.split('#')[0]!;
  const time = async (path: string): Promise<number> => {
    const times: number[] = [];
    for (let n = 0; n < 7; n++) {
      const start = performance.now();
      assert.equal((await alice.get(path)).status, 200);
      times.push(performance.now() - start);
    }
    return times.sort((a, b) => a - b)[2]!;
  };
  const [few, many] = [await time(small), await time(big)];
  t.diagnostic(`4 mails ${few.toFixed(0)} ms, 505 mails ${many.toFixed(0)} ms`);
  assert.ok(many < few * 12 + 50, `${many} ms for 505 mails, ${few} ms for 4`);
  const page = (await alice.get(big)).body;
  assert.match(page, /505 messages/);
  assert.equal(openMails(page), 1);
  assert.equal(foldedMails(page), 499);
  const earlier = /href="([^"]+)">Show earlier messages/.exec(page)![1]!.replaceAll('&amp;', '&');
  const rest = (await alice.get(earlier)).body;
  assert.equal(foldedMails(rest) + openMails(rest), 5);
  assert.match(rest, /Show later messages/);
});

test('a conversation that is gone, or is not ours, is not there', async () => {
  assert.equal((await alice.get('/c/aaaaaaaaaaaa')).status, 404);
  assert.equal((await alice.get('/c/x')).status, 404);
  const bob = await site.signIn('bob@example.com');
  assert.equal((await bob.get((await rowWith('Plan main')).href)).status, 404);
});

/** Chooses for alice, as the settings do. */
const chooseFor = (changes: Partial<Choices>): void => site.web.choiceStore.change(address, changes);
