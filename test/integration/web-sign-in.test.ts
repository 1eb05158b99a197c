// Signing in, sessions and forms over real HTTP: webmail.md L1 to L5, security.md W1, W2, W4, A3.
import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { serveWebApp } from '../../server/web/serve.ts';
import { createWebApp } from '../../server/web/web.ts';
import { password, startSite, type WebSite } from '../support/site.ts';

let site: WebSite;
before(async () => {
  site = await startSite({ trustedProxies: ['127.0.0.1'] });
});
after(() => site.close());

const words = 'That address and password do not match.';

test('the front door leads to sign-in without a session, to the Inbox with one', async () => {
  const stranger = await site.client().get('/');
  assert.deepEqual([stranger.status, stranger.location], [302, '/login']);
  const alice = await site.signIn('alice@example.com');
  const home = await alice.get('/');
  assert.deepEqual([home.status, home.location], [302, '/f/INBOX']);
});

test('a wrong password is 422 with the same words as an unknown user, and the address stays filled in', async () => {
  const client = site.client('198.51.100.1');
  for (const address of ['alice@example.com', 'nobody@example.com', 'x@nowhere.example']) {
    const answer = await client.signIn(address, 'wrong');
    assert.equal(answer.status, 422);
    assert.match(answer.body, new RegExp(words));
    assert.match(answer.body, new RegExp(`value="${address}"`));
  }
});

test('the right pair lands on the Inbox; a bare name is completed; next is followed when it is ours', async () => {
  const plain = await site.client().signIn('alice');
  assert.deepEqual([plain.status, plain.location], [303, '/f/INBOX']);
  const next = await site.client().signIn('alice', password, { next: '/search?q=x' });
  assert.equal(next.location, '/search?q=x');
  for (const evil of [
    '//evil.example/',
    'https://evil.example/',
    '/\\evil.example',
    '/%2fevil.example',
    '/a\r\nx: y',
  ])
    assert.equal((await site.client().signIn('alice', password, { next: evil })).location, '/f/INBOX', evil);
});

test('the cookie is HttpOnly and SameSite=Lax, lasts only with the tick, and is __Host- and Secure under TLS', async () => {
  const setCookie = (answer: { headers: Headers }, name: string) =>
    answer.headers.getSetCookie().find((line) => line.startsWith(`${name}=`)) ?? '';
  const brief = setCookie(await site.client().signIn('alice'), 'sid');
  assert.match(brief, /; Path=\/; HttpOnly; SameSite=Lax$/);
  const stay = setCookie(await site.client().signIn('alice', password, { stay: '1' }), 'sid');
  assert.match(stay, /; HttpOnly; SameSite=Lax; Max-Age=2592000$/);
  const secure = site.client();
  const tls = { 'x-forwarded-proto': 'https' };
  const form = await secure.get('/login', tls);
  const csrf = /name="csrf" value="([^"]+)"/.exec(form.body)![1]!;
  const answer = await secure.post(
    '/login',
    { csrf, address: 'alice', password },
    { ...tls, origin: site.base.replace('http:', 'https:') },
  );
  assert.match(setCookie(answer, '__Host-sid'), /; Path=\/; HttpOnly; SameSite=Lax; Secure$/);
});

test('the eleventh wrong try in a minute is refused with Retry-After; another network still gets in (L2)', async () => {
  const guesser = site.client('192.0.2.7');
  const csrf = await guesser.token('/login');
  const guess = () => guesser.post('/login', { csrf, address: 'bob@example.com', password: 'guess' });
  const first = await Promise.all(Array.from({ length: 10 }, guess));
  assert.deepEqual([...new Set(first.map((answer) => answer.status))], [422]);
  const eleventh = await guess();
  assert.equal(eleventh.status, 429);
  const wait = Number(eleventh.headers.get('retry-after'));
  assert.ok(wait > 0 && wait <= 60, String(wait));
  assert.match(eleventh.body, new RegExp(`Too many tries\\. Wait ${wait} seconds?\\.`));
  const right = await guesser.post('/login', { csrf, address: 'bob@example.com', password });
  assert.equal(right.status, 429, 'also the right password waits');
  assert.equal((await site.client('198.51.100.77').signIn('bob@example.com')).status, 303);
});

test('wrong tries outlive a restart of the role', async () => {
  const again = await createWebApp(site.web);
  const service = await serveWebApp(again, site.web);
  try {
    const client = site.client('192.0.2.7');
    Object.assign(client, { base: `http://127.0.0.1:${service.addresses[0]!.port}` });
    assert.equal((await client.signIn('bob@example.com')).status, 429);
  } finally {
    await service.close();
  }
});

test('an unknown user costs the same time as a wrong password', async () => {
  const client = site.client();
  const csrf = await client.token('/login');
  const median = async (address: string) => {
    const times: number[] = [];
    for (let n = 0; n < 5; n++) {
      const start = performance.now();
      // Each from its own network, so that no delay of the brake is measured.
      await client.post(
        '/login',
        { csrf, address, password: 'wrong' },
        { 'x-forwarded-for': `203.0.113.${Math.floor(Math.random() * 250)}` },
      );
      times.push(performance.now() - start);
    }
    return times.sort((a, b) => a - b)[2]!;
  };
  const [known, unknown] = [await median('alice@example.com'), await median('nobody@example.com')];
  assert.ok(unknown > known / 3 && unknown < known * 30, `known ${known} ms, unknown ${unknown} ms`);
});

test('a session id that was not given here is not adopted, and each sign-in has a new one', async () => {
  const client = site.client();
  client.cookies.set('sid', 'A'.repeat(43));
  assert.equal((await client.get('/f/INBOX')).status, 303);
  await client.signIn('alice');
  const first = client.cookies.get('sid')!;
  assert.notEqual(first, 'A'.repeat(43));
  const other = site.client();
  other.cookies.set('sid', first);
  assert.equal((await other.get('/f/INBOX')).status, 200);
  const forged = site.client();
  forged.cookies.set('sid', `${first.slice(0, -1)}${first.endsWith('A') ? 'B' : 'A'}`);
  assert.equal((await forged.get('/f/INBOX')).status, 303);
});

test('a session ends after 8 hours without a request; with the tick it lasts 30 days', async () => {
  const brief = site.client();
  await brief.signIn('alice');
  const stay = site.client();
  await stay.signIn('alice', password, { stay: '1' });
  site.advance(7 * 3600_000);
  assert.equal((await brief.get('/f/INBOX')).status, 200);
  site.advance(4.9 * 3600_000);
  assert.equal((await brief.get('/f/INBOX')).status, 200, 'used 5 hours ago');
  site.advance(0.2 * 3600_000);
  assert.equal((await brief.get('/f/INBOX')).status, 303, 'older than 12 hours');
  site.advance(20 * 24 * 3600_000);
  assert.equal((await stay.get('/f/INBOX')).status, 200);
  site.advance(29 * 24 * 3600_000);
  assert.equal((await stay.get('/f/INBOX')).status, 200, 'sliding');
  site.advance(30 * 24 * 3600_000 + 120_000);
  assert.equal((await stay.get('/f/INBOX')).status, 303);
});

test('without a session a GET leads to sign-in with next, a POST does nothing and leads back after sign-in (L4)', async () => {
  const client = site.client();
  const list = await client.get('/f/INBOX?filter=unread');
  assert.deepEqual([list.status, list.location], [303, '/login?next=%2Ff%2FINBOX%3Ffilter%3Dunread']);
  const post = await client.post('/act', { action: 'trash', id: 'AAAAAAAAAAAA', return: '/f/Sent' });
  assert.deepEqual([post.status, post.location], [303, '/login?next=%2Ff%2FSent']);
  const fragment = await client.get('/f/INBOX', { 'x-fragment': '1' });
  assert.deepEqual([fragment.status, fragment.headers.get('x-location')], [401, '/login?next=%2Ff%2FINBOX']);
});

test('sign out ends the session on the server and clears what the browser kept (L5)', async () => {
  const client = await site.signIn('alice@example.com');
  const kept = client.cookies.get('sid')!;
  const csrf = await client.token();
  const out = await client.post('/logout', { csrf });
  assert.deepEqual([out.status, out.location], [303, '/login?out=1']);
  assert.equal(out.headers.get('clear-site-data'), '"cache", "storage"');
  const thief = site.client();
  thief.cookies.set('sid', kept);
  assert.equal((await thief.get('/f/INBOX')).status, 303);
});

test('sign out everywhere ends every session of the account and of nobody else', async () => {
  const [one, two, bob] = await Promise.all([
    site.signIn('alice@example.com'),
    site.signIn('alice@example.com'),
    site.signIn('bob@example.com'),
  ]);
  const page = await one.get('/settings/security');
  assert.match(page.body, /this one/);
  await one.post('/settings/sessions/end', { csrf: await one.token() });
  assert.equal((await two.get('/f/INBOX')).status, 303);
  assert.equal((await bob.get('/f/INBOX')).status, 200);
});

test("who is signed in when a domain's webmail is switched off is told so at the next request, and is back when it is on", async () => {
  const client = await site.signIn('alice@example.com');
  const limits = join(site.home.vpopmail, 'domains', 'example.com', '.qmailadmin-limits');
  for (const [path, text] of [
    [limits, 'disable_webmail\n'],
    [join(site.home.vpopmail, 'etc', 'vlimits.default'), 'disable_webmail\n'],
  ] as const) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
    try {
      const list = await client.get('/f/INBOX');
      assert.deepEqual([list.status, list.location], [303, '/login?next=%2Ff%2FINBOX']);
      const fragment = await client.get('/f/INBOX', { 'x-fragment': '1' });
      assert.equal(fragment.status, 401);
      assert.match((await client.get('/login?next=%2Ff%2FINBOX')).body, /is turned off for this address/);
      assert.doesNotMatch((await site.client().get('/login')).body, /turned off/);
    } finally {
      await rm(path);
    }
    assert.equal((await client.get('/f/INBOX')).status, 200);
  }
});

test('a form is taken only with its token and from our own origin (W2)', async () => {
  const client = await site.signIn('alice@example.com');
  const csrf = await client.token();
  const save = (fields: Record<string, string>, headers: Record<string, string> = {}) =>
    client.post('/settings/general', { theme: 'dark', ...fields }, headers);
  assert.equal((await save({ csrf })).status, 303);
  assert.equal((await save({})).status, 403, 'no token');
  assert.equal((await save({ csrf: `${csrf.slice(1)}A` })).status, 403, 'wrong token');
  const bob = await site.signIn('bob@example.com');
  assert.equal((await save({ csrf: await bob.token() })).status, 403, "another session's token");
  assert.equal((await save({ csrf }, { origin: 'https://evil.example' })).status, 403, 'foreign origin');
  assert.equal((await save({ csrf }, { origin: 'null' })).status, 403, 'opaque origin');
  assert.equal((await save({ csrf }, { 'sec-fetch-site': 'cross-site' })).status, 403);
  assert.equal((await save({ csrf }, { 'sec-fetch-site': 'same-site' })).status, 403);
  assert.equal((await save({ csrf }, { 'sec-fetch-site': 'same-origin' })).status, 303);
  const bare = await client.request('/settings/general', {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ csrf, theme: 'dark' }).toString(),
  });
  assert.equal(bare.status, 403, 'neither Origin nor Sec-Fetch-Site');
  const json = await client.request('/settings/general', {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: site.base },
    body: JSON.stringify({ csrf, theme: 'dark' }),
  });
  assert.equal(json.status, 403, 'JSON is no form');
});

test('the sign-in form itself is taken only from the browser it was given to', async () => {
  const csrf = await site.client().token('/login');
  const other = site.client();
  await other.get('/login');
  const answer = await other.post('/login', { csrf, address: 'alice', password });
  assert.equal(answer.status, 422);
  assert.equal(other.cookies.has('sid'), false);
  const blocked = await site.client().post('/login', { csrf, address: 'alice', password });
  assert.match(blocked.body, /does not accept cookies/);
  const foreign = await site.client().post('/login', { csrf }, { origin: 'https://evil.example' });
  assert.equal(foreign.status, 403);
});

test('neither passwords nor cookies are logged', async () => {
  const client = await site.signIn('alice@example.com');
  await site.client('198.51.100.9').signIn('alice@example.com', 'canary-4711');
  const log = site.logged.join('\n');
  for (const secret of [password, 'canary-4711', client.cookies.get('sid')!])
    assert.ok(!log.includes(secret));
});

test('the sign-in page speaks the language of the browser, or the one chosen on this device', async () => {
  const client = site.client();
  const french = await client.get('/login', { 'accept-language': 'fr-CH, en;q=0.5' });
  assert.match(french.body, /<html lang="fr" dir="ltr"/);
  assert.match(french.body, />Se connecter</);
  const post = (headers: Record<string, string>) =>
    client.post('/language', { lang: 'fr', return: '/login?next=%2Fsettings%2Faccount' }, headers);
  assert.equal((await post({ origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' })).status, 403);
  const chosen = await post({});
  assert.deepEqual([chosen.status, chosen.location], [303, '/login?next=%2Fsettings%2Faccount']);
  assert.match((await client.get('/login', { 'accept-language': 'en' })).body, /<html lang="fr"/);
  const unknown = await client.post('/language', { lang: 'tlh', return: '//evil.example' });
  assert.equal(unknown.location, '/login');
});
