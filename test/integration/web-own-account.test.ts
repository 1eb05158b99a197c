// What users change about their own account in the settings: name, password, where mail goes, single sessions
// (spec/qmailadmin.md 2.3, 2.5; webmail.md R5, R6, T6, X4, X6; security.md W1, A7).
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { AccountFlag } from '../../mta/accounts/types.ts';
import { hiddenField, machine, postForm } from '../support/admin.ts';
import { password, startSite, type WebSite } from '../support/site.ts';

let site: WebSite;
before(async () => {
  site = await startSite({ people: ['alice@example.com', 'bob@example.com', 'carl@example.com'] });
});
after(() => site.close());

const good = 'a good long password';
const account = (address: string) => site.web.administration.account(machine, address);

/** The path that a letter to an address asks to open. */
function linkOf(letter: { readonly message: string } | undefined): string {
  const { message } = letter ?? assert.fail('no letter');
  const text = Buffer.from(message.slice(message.indexOf('\n\n') + 2), 'base64').toString();
  return /https?:\/\/[^/]+(\/forward\?t=\S+)/.exec(text)?.[1] ?? assert.fail(text);
}
const hiddenFieldOfButton = (body: string): string =>
  /<button[^>]* name="id" value="([^"]+)"/.exec(body)?.[1] ?? '';

test('the name changes; a colon, which would tear the account’s line, never gets there', async () => {
  const alice = await site.signIn('alice@example.com');
  assert.equal(
    (await postForm(alice, '/settings/account', { gecos: 'Alice Åström' }, '/settings/name')).status,
    303,
  );
  assert.equal((await account('alice@example.com')).gecos, 'Alice Åström');
  await postForm(alice, '/settings/account', { gecos: 'a:b\r\nx:y' }, '/settings/name');
  assert.doesNotMatch((await account('alice@example.com')).gecos, /[:\r\n]/);
});

test('a new password wants the old one, ends every other session and gives this one a new id', async () => {
  const bob = await site.signIn('bob@example.com');
  const other = await site.signIn('bob@example.com');
  const change = (fields: Record<string, string>) =>
    postForm(
      bob,
      '/settings/account',
      { oldPassword: password, password: good, again: good, ...fields },
      '/settings/password',
    );
  for (const [fields, field] of [
    [{ oldPassword: 'wrong' }, 'oldPassword'],
    [{ oldPassword: '' }, 'oldPassword'],
    [{ again: 'another one' }, 'again'],
    [{ password: 'short', again: 'short' }, 'password'],
  ] as const) {
    const refused = await change(fields);
    assert.equal(refused.status, 422, field);
    assert.match(refused.body, new RegExp(`aria-describedby="fault-${field}[ "]`));
    assert.ok(!refused.body.includes(good) && !refused.body.includes(password), 'no password comes back');
  }
  const before = bob.cookies.get('sid');
  assert.equal((await change({})).status, 303);
  assert.notEqual(bob.cookies.get('sid'), before);
  assert.equal((await bob.get('/f/INBOX')).status, 200);
  assert.equal((await other.get('/f/INBOX')).status, 303);
  assert.ok(await site.web.accounts.authenticate('bob@example.com', good, 'web'));
});

test('who may not change the password is told so', async () => {
  await site.web.administration.changeAccount(machine, 'carl@example.com', {
    flags: AccountFlag.noPasswordChange,
  });
  const carl = await site.signIn('carl@example.com');
  const fields = { oldPassword: password, password: good, again: good };
  const refused = await postForm(carl, '/settings/account', fields, '/settings/password');
  assert.equal(refused.status, 422);
  assert.match(refused.body, /set by an administrator/);
});

test('mail goes elsewhere only with the password; without it everything typed stays', async () => {
  const alice = await site.signIn('alice@example.com');
  const fields = { delivery: 'forward', forwards: 'x@example.net', keep: '1' };
  for (const own of ['', 'wrong']) {
    const refused = await postForm(alice, '/settings/delivery', { ...fields, 'own-password': own });
    assert.equal(refused.status, 422);
    assert.match(refused.body, /aria-describedby="fault-own-password/);
    assert.match(refused.body, /x@example\.net<\/textarea>/);
  }
  assert.equal((await account('alice@example.com')).delivery.kind, 'mailbox');
  const saved = await postForm(alice, '/settings/delivery', { ...fields, 'own-password': password });
  assert.equal(saved.status, 303);
  // Nothing goes there before the other address agreed; the link in its letter works once, without a session.
  assert.equal((await account('alice@example.com')).delivery.kind, 'mailbox');
  const waiting = (await alice.get('/settings/delivery')).body;
  assert.match(waiting, /Waiting for consent[\s\S]*x@example\.net/);
  assert.doesNotMatch(waiting, /class="bar warn"/);
  const link = linkOf(site.injected.at(-1));
  const stranger = site.client();
  assert.match((await stranger.get(link)).body, /Mail of alice@example\.com is to go on to x@example\.net\./);
  const t = new URLSearchParams(link.slice(link.indexOf('?'))).get('t') ?? '';
  assert.equal((await stranger.post('/forward', { t: `${t}x` })).status, 404);
  assert.equal((await account('alice@example.com')).delivery.kind, 'mailbox', 'a look changes nothing');
  assert.match((await stranger.post('/forward', { t })).body, /goes on to x@example\.net from now on/);
  assert.equal((await stranger.post('/forward', { t })).status, 404);
  const { delivery } = await account('alice@example.com');
  assert.deepEqual(
    [delivery.kind, delivery.forwards, delivery.keepsCopy],
    ['forward', ['x@example.net'], true],
  );
  // For seven days every page says so.
  assert.match(
    (await alice.get('/f/INBOX')).body,
    /class="bar warn"[\s\S]*Mail goes on to .x@example\.net. since/,
  );
  // Taking it back, or an answer while away, needs none.
  const away = {
    delivery: 'mailbox',
    vacation: '1',
    'vacation-subject': 'Away',
    'vacation-message': 'Until Monday.',
  };
  assert.equal((await postForm(alice, '/settings/delivery', away)).status, 303);
  assert.equal((await account('alice@example.com')).delivery.vacation?.message.trim(), 'Until Monday.');
});

test('the bar of a new forward goes with the forward, and after seven days', async () => {
  const carl = await site.signIn('carl@example.com');
  const hasBar = async () => (await carl.get('/settings/delivery')).body.includes('class="bar warn"');
  const set = (forwards: readonly string[]) =>
    site.web.administration.changeAccount(machine, 'carl@example.com', {
      delivery: { kind: forwards.length > 0 ? 'forward' : 'mailbox', forwards, keepsCopy: true },
    });
  await set(['y@example.net']);
  site.web.forwards.noteSet('carl@example.com', 'y@example.net');
  assert.ok(await hasBar());
  await set([]);
  await carl.get('/settings/delivery');
  assert.ok(!(await hasBar()));
  await set(['y@example.net']);
  site.web.forwards.noteSet('carl@example.com', 'y@example.net');
  assert.ok(await hasBar());
  site.advance(7 * 86_400_000 + 1);
  const later = await site.signIn('carl@example.com');
  assert.ok(!(await later.get('/settings/delivery')).body.includes('class="bar warn"'));
});

test('a wish that was taken back, a link of eight days and an eleventh letter in a day bring nothing', async () => {
  const bob = site.client();
  await bob.signIn('bob@example.com', good);
  const ask = (target: string) =>
    postForm(bob, '/settings/delivery', { delivery: 'forward', forwards: target, 'own-password': good });
  const stranger = site.client();
  const agree = (link: string) =>
    stranger.post('/forward', { t: new URLSearchParams(link.slice(link.indexOf('?'))).get('t') ?? '' });
  assert.equal((await ask('one@example.net')).status, 303);
  const first = linkOf(site.injected.at(-1));
  assert.deepEqual(site.injected.at(-1)?.recipients, ['one@example.net']);
  assert.match(site.injected.at(-1)?.message ?? '', /^From: <bob@example\.com>\nTo: <one@example\.net>\n/);
  const id = hiddenFieldOfButton((await bob.get('/settings/delivery')).body);
  assert.equal(
    (await postForm(bob, '/settings/delivery', { id }, '/settings/delivery/take-back')).status,
    303,
  );
  assert.equal((await agree(first)).status, 404);
  // An address of this site that is not there, and the own one, are refused at once.
  for (const target of ['nobody@example.com', 'bob@example.com']) {
    const before = site.injected.length;
    assert.equal((await ask(target)).status, 422, target);
    assert.equal(site.injected.length, before);
  }
  for (let n = 2; n <= 10; n++) await ask(`a${n}@example.net`);
  const before = site.injected.length;
  const eleventh = await ask('eleven@example.net');
  assert.equal(site.injected.length, before);
  assert.match((await bob.get(eleventh.location ?? '')).body, /Too many new addresses/);
  const last = linkOf(site.injected.at(-1));
  site.advance(8 * 86_400_000);
  assert.equal((await agree(last)).status, 404);
  assert.equal((await account('bob@example.com')).delivery.kind, 'mailbox');
});

test('an account of the same domain, and who agreed before, get mail without a letter; the password is wanted all the same', async () => {
  const carl = await site.signIn('carl@example.com');
  const fields = { delivery: 'forward', keep: '1', forwards: 'bob@example.com\nx@example.net' };
  assert.equal((await postForm(carl, '/settings/delivery', fields)).status, 422);
  const proven = { ...fields, 'own-password': password };
  assert.equal((await postForm(carl, '/settings/delivery', proven)).status, 303);
  assert.deepEqual((await account('carl@example.com')).delivery.forwards, ['bob@example.com']);
  assert.match((await carl.get('/f/INBOX')).body, /Mail goes on to .bob@example\.com. since/);
  const letter = site.injected.at(-1);
  assert.deepEqual(letter?.recipients, ['x@example.net']);
  const link = linkOf(letter);
  const t = new URLSearchParams(link.slice(link.indexOf('?'))).get('t') ?? '';
  await site.client().post('/forward', { t });
  assert.deepEqual(site.web.forwards.agreed('carl@example.com'), ['x@example.net']);
  assert.ok(site.web.forwards.hasAgreed('carl@example.com', 'X@Example.net'));
  assert.ok(!site.web.forwards.hasAgreed('bob@example.com', 'x@example.net'));
  await postForm(carl, '/settings/delivery', { delivery: 'mailbox' });
  const before = site.injected.length;
  await postForm(carl, '/settings/delivery', proven);
  assert.deepEqual((await account('carl@example.com')).delivery.forwards, [
    'bob@example.com',
    'x@example.net',
  ]);
  assert.equal(site.injected.length, before);
});

test('of two changes at once the second is told and nothing typed is lost', async () => {
  const alice = await site.signIn('alice@example.com');
  const form = await alice.get('/settings/delivery');
  await site.web.administration.changeAccount(machine, 'alice@example.com', {
    delivery: { kind: 'discard', forwards: [], keepsCopy: false },
  });
  const late = await alice.post('/settings/delivery', {
    csrf: hiddenField(form.body, 'csrf'),
    version: hiddenField(form.body, 'version'),
    delivery: 'mailbox',
    vacation: '1',
    'vacation-subject': 'Still away',
    'vacation-message': 'x',
  });
  assert.equal(late.status, 409);
  assert.match(late.body, /value="Still away"/);
  assert.match(late.body, /<td dir="auto">discard<\/td>/);
});

test('an automatic answer that another program set is told on every page; after its last day it is over by itself', async () => {
  const bob = site.client();
  await bob.signIn('bob@example.com', good);
  const { directory } = await account('bob@example.com');
  const hasBar = async () => (await bob.get('/f/INBOX')).body.includes('Auto-reply is on');
  await bob.get('/f/INBOX');
  await site.web.absence.settled();
  assert.ok(!(await hasBar()));
  // As qmailadmin leaves it; seen at the next look, half an hour later.
  const vacation = join(directory, 'vacation');
  await mkdir(vacation);
  await writeFile(join(vacation, 'message'), 'From: bob@example.com\nSubject: Weg\n\nBis Montag.');
  const line = `| /v/bin/autorespond 86400 3 ${vacation}/message ${vacation}\n`;
  await writeFile(join(directory, '.qmail'), `${directory}/Maildir/\n${line}`, { mode: 0o600 });
  site.advance(1_800_001);
  await hasBar();
  await site.web.absence.settled();
  assert.ok(await hasBar());
  const page = (await bob.get('/settings/delivery')).body;
  assert.match(page, /Bis Montag\.<\/textarea>/);
  assert.match(page, /name="vacation-days"[^>]* value="1"/);

  const until = new Date(site.web.clock() + 86_400_000).toISOString().slice(0, 10);
  const times = { days: 1, until, zone: 'UTC', contactsOnly: false };
  await site.web.administration.changeAccount(machine, 'bob@example.com', {
    delivery: {
      ...{ kind: 'mailbox', forwards: [], keepsCopy: false },
      vacation: { subject: 'Weg', message: 'Bis Montag.', times },
    },
  });
  // One answer a day was three: that is qmailadmin's line, and it stays.
  assert.ok((await readFile(join(directory, '.qmail'), 'utf8')).endsWith(line));
  assert.match((await bob.get('/settings/delivery')).body, /Auto-reply is on until/);
  site.advance(3 * 86_400_000);
  const later = site.client();
  await later.signIn('bob@example.com', good);
  assert.doesNotMatch((await later.get('/f/INBOX')).body, /Auto-reply is on/);
  assert.match((await later.get('/settings/delivery')).body, /It ended on \d/);
});

test('one other session is ended by its own button; a strange id ends none', async () => {
  const alice = await site.signIn('alice@example.com');
  const other = await site.signIn('alice@example.com');
  const page = await alice.get('/settings/security');
  const csrf = hiddenField(page.body, 'csrf');
  const ids = [...page.body.matchAll(/name="session" value="([^"]+)"/g)].map(([, id = '']) => id);
  assert.ok(ids.length >= 1);
  await alice.post('/settings/sessions/end', { csrf, session: 'nonsense' });
  assert.equal((await other.get('/f/INBOX')).status, 200);
  for (const session of ids) await alice.post('/settings/sessions/end', { csrf, session });
  assert.equal((await other.get('/f/INBOX')).status, 303);
  assert.equal((await alice.get('/f/INBOX')).status, 200);
});
