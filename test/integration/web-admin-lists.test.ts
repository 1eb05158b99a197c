// Mailing lists in the administration (spec/qmailadmin.md 2.8): what its forms refuse and keep, and the directory of ezmlm
// that stands on disk after a good one.
import assert from 'node:assert/strict';
import { lstat, mkdir, readdir, readFile, readlink, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { noLimits } from '../../mta/accounts/limits.ts';
import { AccountFlag } from '../../mta/accounts/types.ts';
import { addToIndex } from '../../mta/lists/archive/index-file.ts';
import { createPostFile } from '../../mta/lists/archive/post-file.ts';
import { findSubscriber } from '../../mta/lists/subscribers.ts';
import { hiddenField, machine, postForm, signInAdmin } from '../support/admin.ts';
import { Client, startSite, type WebSite } from '../support/site.ts';

let site: WebSite;
let postmaster: Client;
let domain: string;
before(async () => {
  site = await startSite({ people: ['alice@example.com', 'bob@example.com'] });
  postmaster = await signInAdmin(site, 'postmaster@example.com');
  domain = join((await site.account('alice@example.com')).directory, '..');
});
after(() => site.close());

const d = '/admin/d/example.com';
const form = {
  name: 'friends',
  owner: 'alice@example.com',
  posting: 'others-moderated',
  archive: 'subscribers',
  replyTo: 'list',
  replyAddress: '',
  prefix: 'Friends',
  switches: ['public', 'confirmsSubscribing', 'digest'],
};
const text = (name: string): Promise<string> => readFile(join(domain, 'friends', name), 'utf8');
const isThere = (name: string): Promise<boolean> =>
  lstat(join(domain, 'friends', name)).then(
    () => true,
    () => false,
  );

test('a new list: what is wrong is named and kept, what is right is ezmlm’s directory with the owner on it', async () => {
  const wrong = await postForm(postmaster, `${d}/new-list`, { ...form, prefix: 'a]b', owner: 'no one' });
  assert.equal(wrong.status, 422);
  assert.match(wrong.body, /id="fault-owner"/);
  assert.match(wrong.body, /value="a\]b"/);
  assert.match(wrong.body, /value="others-moderated" checked[\s\S]*value="digest" checked/);
  const nobody = await postForm(postmaster, `${d}/new-list`, { ...form, replyTo: 'address' });
  assert.match(nobody.body, /id="fault-replyAddress"/);
  const taken = await postForm(postmaster, `${d}/new-list`, { ...form, name: 'bob' });
  assert.equal(taken.status, 422);
  assert.match(taken.body, /id="fault-name"/);

  const made = await postForm(postmaster, `${d}/new-list`, form);
  assert.deepEqual([made.status, made.location.split('?')[0]], [303, `${d}/lists/friends/members`]);
  assert.equal(await readlink(join(domain, '.qmail-friends')), join(domain, 'friends', 'editor'));
  assert.equal(await readlink(join(domain, '.qmail-friends-default')), join(domain, 'friends', 'manager'));
  assert.match(await text('editor'), /ezmlm-reject '/);
  assert.equal(await text('prefix'), '[Friends]\n');
  assert.equal(await text('owner'), 'alice@example.com\n');
  assert.match(await text('headeradd'), /^Reply-To: <#l#>@<#h#>$/m);
  const flags = await Promise.all(
    [
      'modpost',
      'subpostonly',
      'archived',
      'subgetonly',
      'public',
      'nosubconfirm',
      'digested',
      'nounsubconfirm',
    ].map(isThere),
  );
  assert.deepEqual(flags, [true, true, true, true, true, false, true, true]);
  for (const set of ['.', 'mod'])
    assert.equal(
      await findSubscriber(join(domain, 'friends'), set, 'alice@example.com'),
      'alice@example.com',
    );
});

test('lists are listed with their members and not among the aliases', async () => {
  const { body } = await postmaster.get(`${d}/lists`);
  assert.match(
    body,
    /href="\/admin\/d\/example\.com\/lists\/friends"[\s\S]*waits for a moderator[\s\S]*>1<\/a>/,
  );
  assert.doesNotMatch((await postmaster.get(`${d}/aliases`)).body, /friends/);
});

test('members are added and removed; one bad address stops all of them', async () => {
  const page = `${d}/lists/friends/members`;
  const bad = await postForm(postmaster, page, { act: 'add', add: 'ann@example.org\nno one' });
  assert.equal(bad.status, 422);
  assert.match(bad.body, /no one[\s\S]*id="fault-add"/);
  const added = await postForm(postmaster, page, {
    act: 'add',
    add: 'Ann <ann@example.org>, ben@example.org\nbob\nalice@example.com',
  });
  assert.match((await postmaster.get(added.location)).body, /3 addresses were added; 1 were there already\./);
  const found = await postmaster.get(`${page}?q=BEN`);
  assert.match(found.body, /value="ben@example\.org"/);
  assert.doesNotMatch(found.body, /value="ann@/);
  const removed = await postForm(postmaster, page, {
    act: 'remove',
    remove: ['ann@example.org', 'bob@example.com'],
  });
  assert.match((await postmaster.get(removed.location)).body, /2 addresses were removed\./);
  assert.equal(await findSubscriber(join(domain, 'friends'), '.', 'ann@example.org'), undefined);
  await postForm(postmaster, `${page}?set=mod`, { act: 'add', add: 'bob' });
  assert.equal(await findSubscriber(join(domain, 'friends'), 'mod', 'bob@example.com'), 'bob@example.com');
  assert.equal((await postForm(postmaster, page, { act: 'add', add: ' ' })).status, 422);
});

test('a changed list keeps what the form does not know; of two who save at once the second is told', async () => {
  await writeFile(join(domain, 'friends', 'headeradd'), 'X-Ours: yes\nReply-To: <#l#>@<#h#>\n');
  const page = `${d}/lists/friends`;
  const { body } = await postmaster.get(page);
  assert.match(body, /name="prefix"[^>]*value="Friends"|value="Friends"[^>]*name="prefix"/);
  const version = hiddenField(body, 'version');
  const { name: _name, ...same } = form;
  const first = await postForm(postmaster, page, {
    ...same,
    posting: 'anyone',
    replyTo: 'sender',
    prefix: '',
  });
  assert.equal(first.status, 303);
  assert.deepEqual(
    [await isThere('modpost'), await isThere('subpostonly'), await isThere('prefix')],
    [false, false, false],
  );
  assert.equal(await text('headeradd'), 'X-Ours: yes\n');
  const late = await postForm(postmaster, page, { ...same, version, posting: 'moderators' });
  assert.equal(late.status, 409);
  assert.match(late.body, /Moderators only/);
});

test('a list whose members are in a database is shown and left alone', async () => {
  const directory = join(domain, 'elsewhere');
  await mkdir(directory);
  for (const [name, content] of [
    ['key', 'k'],
    ['outlocal', 'elsewhere\n'],
    ['outhost', 'example.com\n'],
    ['sql', 'db:1::\n'],
    ['editor', '|ezmlm-reject\n'],
  ])
    await writeFile(join(directory, name!), content!);
  await symlink(join(directory, 'editor'), join(domain, '.qmail-elsewhere'));
  assert.match((await postmaster.get(`${d}/lists`)).body, /in a database/);
  const answer = await postForm(postmaster, `${d}/lists/elsewhere/members`, { act: 'add', add: 'bob' });
  assert.equal(answer.status, 422);
});

test('a removed list is gone with its links, and nothing else is', async () => {
  const before = (await readdir(domain)).filter((name) => !/^(?:\.qmail-)?friends/.test(name)).sort();
  const answer = await postForm(postmaster, `${d}/lists/friends/remove`, {});
  assert.equal(answer.status, 303);
  assert.deepEqual((await readdir(domain)).sort(), before);
  assert.equal((await postmaster.get(`${d}/lists/friends`)).status, 404);
});

test('the limits of the domain hold for its lists', async () => {
  await site.web.administration.changeAccount(machine, 'bob@example.com', { flags: AccountFlag.domainAdmin });
  const { version } = await site.web.administration.domain(machine, 'example.com');
  await site.web.administration.setLimits(machine, 'example.com', version, { ...noLimits, maxLists: 1 });
  const bob = await signInAdmin(site, 'bob@example.com');
  const answer = await postForm(bob, `${d}/new-list`, form);
  assert.equal(answer.status, 422);
  assert.match(answer.body, /mailing lists/);
});

test('a public list has pages for everybody: what it is about, joining by a letter that asks, an archive as text', async () => {
  const { administration } = site.web;
  const wanted = { owner: '', prefix: '', replyTo: 'sender', posting: 'anyone', archive: 'anyone' } as const;
  await administration.setList(machine, 'example.com', 'news', { ...wanted, switches: ['public'] });
  await administration.setList(machine, 'example.com', 'inner', { ...wanted, switches: [] });
  const list = join(domain, 'news');
  await writeFile(join(list, 'text', 'info'), 'All <news> of ours.\n');
  const post = await createPostFile(list, 1);
  await post.write(
    'From: Ann <ann@example.org>\nSubject: Hello\n\nHello <all>, see https://example.net/ or ask ann@example.org\n',
  );
  await post.finish();
  const answer = await createPostFile(list, 2);
  await answer.write('From: Ben <ben@example.org>\nSubject: Re: Hello\n\nThanks.\n');
  await answer.finish();
  await addToIndex(
    list,
    1,
    { subject: 'Hello', from: 'Ann <ann@example.org>', received: ' 1 Nov 2026 10:00:00 -0000' },
    '',
  );
  const second = {
    subject: 'Re: Hello',
    from: 'Ben <ben@example.org>',
    received: ' 2 Nov 2026 10:00:00 -0000',
  };
  await addToIndex(list, 2, second, '');
  await writeFile(join(list, 'num'), '2:1\n');

  const nobody = new Client(site.base);
  const page = await nobody.get('/lists/news@example.com');
  assert.match(page.body, /All &lt;news&gt; of ours\.[\s\S]*href="\/lists\/news%40example\.com\/archive"/);
  for (const path of [
    '/lists/inner@example.com',
    '/lists/bob@example.com',
    '/lists/inner@example.com/archive',
    '/lists/news@example.com/archive/3',
  ])
    assert.equal((await nobody.get(path)).status, 404, path);
  const before = site.injected.length;
  const bad = await nobody.post('/lists/news@example.com', { act: 'subscribe', address: 'nobody' });
  assert.deepEqual(
    [bad.status, /id="fault-address"/.test(bad.body), site.injected.length],
    [422, true, before],
  );
  const asked = await nobody.post('/lists/news@example.com', {
    act: 'subscribe',
    address: 'zoe@example.net',
  });
  assert.match(asked.body, /on its way to zoe@example\.net/);
  const letter = site.injected.at(-1)!;
  assert.deepEqual([letter.sender, letter.recipients], ['zoe@example.net', ['news-subscribe@example.com']]);
  const foreign = await nobody.post(
    '/lists/news@example.com',
    { address: 'zoe@example.net' },
    { 'Sec-Fetch-Site': 'cross-site' },
  );
  assert.equal(foreign.status, 403);

  const archive = await nobody.get('/lists/news@example.com/archive');
  const post1 = '<a href="/lists/news%40example\\.com/archive/1"';
  assert.match(
    archive.body,
    new RegExp(`<h2>${post1}><bdi>Hello[\\s\\S]*${post1}><bdi>Ann<[\\s\\S]*2026-11-02T[\\s\\S]*<\\/ol>`),
  );
  assert.equal(archive.body.match(/<h2>/g)?.length, 1, 'one thread');
  const message = await nobody.get('/lists/news@example.com/archive/1');
  assert.match(message.body, /Hello &lt;all&gt;, see <a href="https:\/\/example\.net\/"/);
  assert.match(message.body, /2 messages[\s\S]*aria-current="page"><bdi>Ann<[\s\S]*archive\/2"><bdi>Ben</);
  assert.doesNotMatch(`${archive.body}${message.body}`, /ann@example\.org|\/compose/);
  // Lists of before ezmlm-idx 5 say in the line who reads the archive.
  const manager = join(list, 'manager');
  const line = await readFile(manager, 'utf8');
  for (const closed of ['-P', '-bs']) {
    await writeFile(manager, line.replace('ezmlm-get', `ezmlm-get ${closed}`));
    assert.equal((await nobody.get('/lists/news@example.com/archive')).status, 404, closed);
  }
  let last = 200;
  for (let n = 0; n < 25 && last === 200; n++)
    last = (await nobody.post('/lists/news@example.com', { act: 'subscribe', address: `a${n}@example.net` }))
      .status;
  assert.equal(last, 429);
});
