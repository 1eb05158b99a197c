// Lists, actions, undo and search over real HTTP with real Maildirs: webmail.md F1, F2, M1 to M12, 2.1 to 2.6, Q1, Q3,
// security.md W2, W7. Everything here is plain HTML: what works here works without script.
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Client, startSite, type WebSite } from '../support/site.ts';

let site: WebSite;
let alice: Client;
let csrf = '';
const hour = 3600_000;
before(async () => {
  site = await startSite();
  const now = Date.now();
  for (let n = 0; n < 60; n++)
    await site.deliver('alice@example.com', {
      folder: 'Many',
      subject: `Number ${String(n).padStart(2, '0')}`,
      flags: n % 3 === 0 ? '' : 'S',
      received: new Date(now - n * hour),
    });
  alice = await site.signIn('alice@example.com');
  csrf = await alice.token();
});
after(() => site.close());

/** Subjects of the rows of a page, in order. */
const subjects = (html: string): string[] =>
  [...html.replace(/<\/?mark>/g, '').matchAll(/<span class="subject[^"]*" dir="auto">([^<]*)</g)].map(
    (match) => match[1]!,
  );
const ids = (html: string): string[] =>
  [...html.matchAll(/<li class="row[^"]*" data-id="([^"]+)"/g)].map((match) => match[1]!);
const link = (html: string, id: string): string =>
  (new RegExp(`id="${id}" href="([^"]+)"`).exec(html)?.[1] ?? '').replaceAll('&amp;', '&');
const act = (fields: Record<string, string | readonly string[]>) => alice.post('/act', { csrf, ...fields });

test('a fresh Maildir shows the seven folders in their order, an empty Inbox, and is not changed by looking', async () => {
  const bob = await site.signIn('bob@example.com');
  const { maildir } = await site.account('bob@example.com');
  const before = (await readdir(maildir)).sort();
  const page = await bob.get('/f/INBOX');
  const names = [...page.body.matchAll(/<span class="folder-name"><bdi>([^<]+)</g)].map((match) => match[1]);
  assert.deepEqual(names, ['Inbox', 'Starred', 'Drafts', 'Sent', 'Archive', 'Junk', 'Trash']);
  assert.match(page.body, /Inbox is empty/);
  assert.match(page.body, /Last checked at \d\d:\d\d\./);
  for (const path of [
    '/f/Archive',
    '/f/Trash',
    '/v/starred',
    '/search?q=x',
    '/counts',
    '/f/Junk?filter=unread',
  ])
    assert.equal((await bob.get(path)).status, 200, path);
  assert.deepEqual((await readdir(maildir)).sort(), before);
});

test('a row shows who, subject, preview and marks; foreign text is escaped', async () => {
  await site.deliver('alice@example.com', {
    folder: 'Rows',
    from: '"Eve <script>alert(1)</script>" <eve@example.net>',
    subject: '<img src=x onerror=alert(2)> & "quoted"',
    body: 'Preview with <b>markup</b>.',
    flags: 'FRS',
  });
  const { body } = await alice.get('/f/Rows');
  assert.ok(!/<script>alert|<img src=x/.test(body));
  assert.match(body, /&lt;img src=x onerror=alert\(2\)&gt; &amp; &quot;quoted&quot;/);
  assert.match(body, /Preview with/);
  assert.match(body, /class="row starred"/);
  assert.match(body, /mark-answered/);
  assert.match(body, /<time datetime="\d{4}-/);
});

test('sent mail and drafts show to whom; a draft opens in compose', async () => {
  await site.deliver('alice@example.com', { folder: 'Sent', to: 'Carla <carla@example.org>', flags: 'S' });
  await site.deliver('alice@example.com', { folder: 'Drafts', to: 'Dana <dana@example.org>', flags: 'DS' });
  assert.match((await alice.get('/f/Sent')).body, /To: Carla/);
  const drafts = await alice.get('/f/Drafts');
  assert.match(drafts.body, /To: Dana/);
  assert.match(drafts.body, /href="\/compose\?edit=[\w-]{12}"/);
});

test('newest first; Older and Newer walk through all pages and keep order and filter (M2, M3)', async () => {
  const first = await alice.get('/f/Many?n=25');
  assert.deepEqual(subjects(first.body).slice(0, 2), ['Number 00', 'Number 01']);
  const second = await alice.get(link(first.body, 'older'));
  const third = await alice.get(link(second.body, 'older'));
  const all = [first, second, third].flatMap((page) => subjects(page.body));
  assert.deepEqual(
    all,
    Array.from({ length: 60 }, (_, n) => `Number ${String(n).padStart(2, '0')}`),
  );
  assert.equal(link(third.body, 'older'), '');
  const back = await alice.get(link(third.body, 'newer'));
  assert.deepEqual(subjects(back.body), subjects(second.body));
  const oldest = await alice.get('/f/Many?dir=asc&n=25');
  assert.equal(subjects(oldest.body)[0], 'Number 59');
  assert.match(link(oldest.body, 'older'), /dir=asc/);
});

test('quick filters list and count only what they say (M8, M12)', async () => {
  const unread = await alice.get('/f/Many?filter=unread');
  assert.equal(subjects(unread.body).length, 20);
  assert.match(unread.body, /20 of 20/);
  const starred = await alice.get('/f/Many?filter=starred');
  assert.match(starred.body, /No starred mail here\./);
  assert.match(starred.body, /href="\/f\/Many"[^>]*>Show all</);
});

test('archive moves, the toast offers Undo, Undo puts back, a second Undo is too late (2.4)', async () => {
  for (const subject of ['One', 'Two'])
    await site.deliver('alice@example.com', { folder: 'Box', subject, flags: 'S' });
  const page = await alice.get('/f/Box');
  const moved = await act({
    action: 'archive',
    id: ids(page.body),
    folder: 'Box',
    return: '/f/Box?filter=all',
  });
  assert.equal(moved.status, 303);
  assert.match(moved.location, /^\/f\/Box\?filter=all&u=[\w-]{16}$/);
  const after = await alice.get(moved.location);
  assert.match(after.body, /2 messages moved to Archive\./);
  assert.match(after.body, /Box is empty/);
  assert.deepEqual(subjects((await alice.get('/f/Archive')).body).sort(), ['One', 'Two']);
  const op = new URL(moved.location, site.base).searchParams.get('u')!;
  const bob = await site.signIn('bob@example.com');
  const foreign = await bob.post('/undo', { csrf: await bob.token(), op, return: '/f/INBOX' });
  assert.match(foreign.location, /u=late/);
  const undone = await alice.post('/undo', { csrf, op, return: '/f/Box' });
  const back = await alice.get(undone.location);
  assert.match(back.body, /Undone\./);
  assert.deepEqual(subjects(back.body).sort(), ['One', 'Two']);
  assert.ok(!/name="op"/.test(back.body), 'nothing more to undo');
  assert.match((await alice.get('/settings/activity')).body, /2 messages moved to Archive\./);
});

test('read, unread, star and its row button change the flags in the file name', async () => {
  await site.deliver('alice@example.com', { folder: 'Flags', subject: 'Flagged', flags: '' });
  const { maildir } = await site.account('alice@example.com');
  const flags = async () => (await readdir(join(maildir, '.Flags', 'cur')))[0]!.split(':2,')[1];
  const [id = ''] = ids((await alice.get('/f/Flags')).body);
  await act({ action: 'read', id, folder: 'Flags', return: '/f/Flags' });
  assert.equal(await flags(), 'S');
  const starred = await act({ one: `star:${id}`, folder: 'Flags', return: '/f/Flags' });
  assert.equal(await flags(), 'FS');
  assert.deepEqual(subjects((await alice.get('/v/starred')).body).includes('Flagged'), true);
  const op = new URL(starred.location, site.base).searchParams.get('u')!;
  await alice.post('/undo', { csrf, op, return: '/f/Flags' });
  assert.equal(await flags(), 'S');
  await act({ action: 'unread', id, folder: 'Flags', return: '/f/Flags' });
  assert.equal(await flags(), '');
});

test('junk and not junk, move to a folder; an unknown folder is refused', async () => {
  await site.deliver('alice@example.com', { folder: 'Work', subject: 'Spam?', flags: 'S' });
  const [id = ''] = ids((await alice.get('/f/Work')).body);
  await act({ action: 'junk', id, return: '/f/Work' });
  assert.deepEqual(subjects((await alice.get('/f/Junk')).body), ['Spam?']);
  const back = await act({ action: 'notjunk', id, folder: 'Junk', return: '/f/Junk' });
  assert.match((await alice.get(back.location)).body, /Moved to Inbox\./);
  await act({ action: 'move', id, to: 'Work', folder: 'INBOX', return: '/f/INBOX' });
  assert.deepEqual(subjects((await alice.get('/f/Work')).body), ['Spam?']);
  for (const to of ['Nowhere', '../../etc', 'Work/../..', ''])
    assert.equal((await act({ action: 'move', id, to, return: '/f/Work' })).status, 422, to);
  assert.equal((await act({ action: 'explode', id })).status, 422);
  assert.match((await act({ action: 'archive', return: '/f/Work' })).location, /u=none$/);
});

test('delete moves to Trash without a question; in Trash it asks once and then is for good (M7)', async () => {
  await site.deliver('alice@example.com', { folder: 'Old', subject: 'Goodbye', flags: 'S' });
  const [id = ''] = ids((await alice.get('/f/Old')).body);
  await act({ action: 'trash', id, folder: 'Old', return: '/f/Old' });
  assert.deepEqual(subjects((await alice.get('/f/Trash')).body), ['Goodbye']);
  const asked = await act({ action: 'trash', id, folder: 'Trash', return: '/f/Trash' });
  assert.match(asked.location, /^\/act\/confirm\?/);
  const question = await alice.get(asked.location);
  assert.match(question.body, /Delete this message for good\? This cannot be undone\./);
  assert.deepEqual(subjects((await alice.get('/f/Trash')).body), ['Goodbye'], 'asking deletes nothing');
  const done = await act({ action: 'trash', id, folder: 'Trash', return: '/f/Trash', confirm: '1' });
  const page = await alice.get(done.location);
  assert.match(page.body, /Deleted for good\./);
  assert.match(page.body, /Trash is empty/);
});

test('select all in the folder acts on all that were there, asks when the number is not the expected one (2.6)', async () => {
  for (let n = 0; n < 30; n++)
    await site.deliver('alice@example.com', {
      folder: 'Bulk',
      subject: `B${n}`,
      flags: 'S',
      received: new Date(Date.now() - hour),
    });
  const page = await alice.get('/f/Bulk?n=25&select=page');
  assert.match(page.body, /All 25 messages on this page are selected\./);
  assert.equal((page.body.match(/value="[\w-]{12}"[^>]* checked/g) ?? []).length, 25);
  const chosen = await alice.get('/f/Bulk?n=25&select=all');
  assert.match(chosen.body, /All 30 in Bulk are selected\./);
  const field = (name: string) => new RegExp(`name="${name}" value="([^"]*)"`).exec(chosen.body)?.[1] ?? '';
  const scope = {
    scope: 'query',
    folder: 'Bulk',
    q: field('q'),
    filter: field('filter'),
    upto: field('upto'),
    return: '/f/Bulk',
  };
  assert.equal(field('expect'), '30');
  await site.deliver('alice@example.com', {
    folder: 'Bulk',
    subject: 'Later',
    flags: 'S',
    received: new Date(Date.now() + hour),
  });
  const differs = await act({ action: 'archive', ...scope, expect: '20' });
  const question = await alice.get(differs.location);
  assert.match(question.body, /This changes 30 messages in Bulk\./);
  assert.match(question.body, /When you selected them there were 20\./);
  const done = await act({ action: 'archive', ...scope, expect: '30' });
  const after = await alice.get(done.location);
  assert.match(after.body, /30 messages moved to Archive\./);
  assert.deepEqual(subjects(after.body), ['Later'], 'what came later was not touched');
});

test('search finds in all folders, names the folder, has an address, and leaves Trash and Junk out (Q1, Q3)', async () => {
  await site.deliver('alice@example.com', { folder: 'Receipts', subject: 'Zanzibar ticket', flags: 'S' });
  await site.deliver('alice@example.com', { folder: 'Trash', subject: 'Zanzibar old', flags: 'S' });
  const page = await alice.get('/search?q=zanzibar');
  assert.deepEqual(subjects(page.body), ['Zanzibar ticket']);
  assert.match(page.body, /<bdi class="place">Receipts<\/bdi>/);
  assert.match(page.body, /name="q"[^>]* value="zanzibar"/);
  const nothing = await alice.get(`/search?q=${encodeURIComponent('<b>qwertz')}`);
  assert.match(nothing.body, /Nothing was found for “&lt;b&gt;qwertz”/);
  assert.equal((await alice.get('/search?q=zanzibar&in=Receipts')).status, 200);
  assert.equal((await alice.get('/search')).status, 200);
});

test('counts change when a file appears in new/, with and without a full page (F2)', async () => {
  const count = async () => {
    const answer = await alice.get('/counts?folder=INBOX');
    return JSON.parse(answer.body) as {
      here: { total: number; unread: number };
      folders: { name: string; count: string }[];
    };
  };
  const before = await count();
  await site.deliver('alice@example.com', { subject: 'Fresh' });
  // The mailbox may answer from a look a moment ago when looking at all folders is slow.
  let after = await count();
  for (const end = Date.now() + 10_000; after.here.unread === before.here.unread && Date.now() < end; )
    after = await count();
  assert.equal(after.here.unread, before.here.unread + 1);
  assert.equal(after.folders.find((folder) => folder.name === 'INBOX')?.count, String(after.here.unread));
  assert.deepEqual(subjects((await alice.get('/f/INBOX')).body)[0], 'Fresh');
});

test('a fragment holds the same blocks without the frame around them (2.3)', async () => {
  const part = await alice.get('/f/Many', { 'x-fragment': '1' });
  assert.ok(!/<html|<head|class="top"/.test(part.body));
  for (const id of ['folders', 'list', 'pane', 'toast']) assert.match(part.body, new RegExp(`id="${id}"`));
  assert.match(part.body, /data-title="(?:\(\d+\) )?Many · Mail"/);
  assert.equal(subjects(part.body).length, 50);
});

test("another user's messages and folders are not there, byte for byte like ones that never were (W7)", async () => {
  await site.deliver('bob@example.com', { folder: 'Private', subject: 'Secret of Bob', flags: 'S' });
  const bob = await site.signIn('bob@example.com');
  const [bobs = ''] = ids((await bob.get('/f/Private')).body);
  const without = (html: string) =>
    html
      .replaceAll(/Private|Nosuch/g, 'X')
      .replaceAll(bobs, 'ID')
      .replaceAll('AAAAAAAAAAAA', 'ID')
      .replaceAll(/name="csrf" value="[^"]+"/g, '');
  const [theirs, none] = [await alice.get('/f/Private'), await alice.get('/f/Nosuch')];
  assert.deepEqual([theirs.status, without(theirs.body)], [none.status, without(none.body)]);
  assert.equal(theirs.status, 404);
  for (const action of ['trash', 'star', 'archive', 'read']) {
    const answers = await Promise.all(
      [bobs, 'AAAAAAAAAAAA'].map(async (id) => {
        const done = await act({ action, id, return: '/f/Many' });
        const page = await alice.get(done.location);
        return [done.status, without(page.body).replaceAll(/value="[\w-]{16}"/g, '')];
      }),
    );
    assert.deepEqual(answers[0], answers[1], action);
  }
  assert.deepEqual(subjects((await bob.get('/f/Private')).body), ['Secret of Bob']);
  assert.deepEqual(subjects((await alice.get('/search?q=Secret')).body), []);
});

test('no GET or HEAD changes anything: all links of all pages, three levels deep (W2)', async () => {
  const { maildir } = await site.account('alice@example.com');
  // Folder, base name and flags: listing a folder takes its mail over from new/ to cur/, as every Maildir reader does.
  const shot = async () =>
    (await readdir(maildir, { recursive: true }))
      .flatMap(
        (path) => /^(.*?)\/?(?:cur|new)\/([^/]+?)(?::2,(.*))?$/.exec(path)?.slice(1, 4).join(' ') ?? [],
      )
      .sort();
  const before = await shot();
  const seen = new Set<string>();
  let level = ['/f/INBOX'];
  for (let depth = 0; depth < 3; depth++) {
    const next = new Set<string>();
    for (const path of level) {
      if (seen.has(path) || seen.size > 400) continue;
      seen.add(path);
      const page = await alice.get(path);
      assert.ok(page.status < 500, `${path} -> ${page.status}`);
      for (const [, href = ''] of page.body.matchAll(/(?:href|action)="(\/[^"]*)"/g)) {
        const clean = href.replaceAll('&amp;', '&').split('#')[0]!;
        if (!/^\/(?:static|m|compose)\b/.test(clean)) next.add(clean);
      }
    }
    level = [...next];
  }
  assert.ok(seen.size > 30, String(seen.size));
  assert.deepEqual(await shot(), before);
});

test('a page of 50 rows is rendered in a few milliseconds', async () => {
  await alice.get('/f/Many');
  const times: number[] = [];
  for (let n = 0; n < 15; n++) {
    const start = performance.now();
    await alice.get('/f/Many');
    times.push(performance.now() - start);
  }
  const median = times.sort((a, b) => a - b)[7]!;
  assert.ok(median < 50, `median ${median.toFixed(1)} ms`);
});

test('a list with its folder column is one question to the mailbox', async () => {
  const asked: string[] = [];
  const { open } = site.mailboxes;
  site.mailboxes.open = async (account) =>
    new Proxy(await open(account), {
      get(mailbox, name) {
        asked.push(String(name));
        return Reflect.get(mailbox, name);
      },
    });
  try {
    assert.equal((await alice.get('/f/Many')).status, 200);
  } finally {
    site.mailboxes.open = open;
  }
  // A promise is asked for `then` when it is awaited.
  assert.deepEqual(
    asked.filter((name) => name !== 'then'),
    ['listConversations'],
  );
});
