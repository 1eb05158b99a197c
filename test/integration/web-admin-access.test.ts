// Who may see and do what in the administration: security.md W1, W2, W7, A8. Every route is walked as nobody, as a plain
// user, as the administrator of another domain, as the one of this domain, and as the system's.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openAccounts } from '../../mta/accounts/accounts.ts';
import { openLoginFailures } from '../../mta/accounts/login-failures.ts';
import { AccountFlag } from '../../mta/accounts/types.ts';
import { openStateDatabase } from '../../server/web/state/database.ts';
import { hiddenField, machine, plainPage, signInAdmin } from '../support/admin.ts';
import { type Client, password, startSite, type WebSite } from '../support/site.ts';

let site: WebSite;
before(async () => {
  site = await startSite({
    trustedProxies: ['127.0.0.0/8'],
    people: ['alice@example.com', 'bob@example.com', 'root@example.org', 'carl@example.org'],
  });
  const { administration } = site.web;
  await administration.changeAccount(machine, 'root@example.org', { flags: AccountFlag.systemAdmin });
  await administration.changeAccount(machine, 'alice@example.com', { flags: AccountFlag.domainAdmin });
  await administration.setAlias(machine, 'example.com', 'info', { addresses: ['bob@example.com'] });
  await administration.setList(machine, 'example.com', 'friends', {
    owner: 'bob@example.com',
    prefix: '',
    replyTo: 'sender',
    posting: 'subscribers',
    archive: 'none',
    switches: [],
  });
  await administration.addDomain(machine, 'example.net', 'correct horse battery');
  const [key] = await administration.addDkimKeys(machine, 'example.com');
  domainPages.push(`${d}/signing/remove?key=${key}`);
});
after(() => site.close());

const d = '/admin/d/example.com';
/** Pages about the domain, for its administrators; then those for the system's. */
const domainPages = [
  d,
  `${d}/accounts`,
  `${d}/new-account`,
  `${d}/accounts/bob`,
  `${d}/accounts/bob/remove`,
  `${d}/accounts/bob/security`,
  `${d}/dns`,
  `${d}/aliases`,
  `${d}/new-alias`,
  `${d}/new-robot`,
  `${d}/aliases/info`,
  `${d}/aliases/info/remove`,
  `${d}/lists`,
  `${d}/new-list`,
  `${d}/lists/friends`,
  `${d}/lists/friends/members`,
  `${d}/lists/friends/remove`,
  `${d}/catch-all`,
  `${d}/look`,
  `${d}/look/preview.css`,
  `${d}/signing`,
  `${d}/reports`,
  `${d}/tls-reports`,
  `${d}/import`,
  `${d}/export`,
];
const systemPages = [
  '/admin/junk',
  '/admin/certificates',
  '/admin/certificates/setup',
  '/admin/settings',
  '/admin/settings/databytes',
  '/admin/domains/add',
  `${d}/limits`,
  `${d}/mta-sts`,
  `${d}/remove`,
];
const ownPages = ['/admin', '/admin/domains', '/admin/audit', '/admin/security'];
const domainPosts = [
  `${d}/new-account`,
  `${d}/accounts/bob`,
  `${d}/accounts/bob/remove`,
  `${d}/accounts/bob/security/end`,
  `${d}/accounts/bob/security/app`,
  `${d}/accounts/bob/security/reset`,
  `${d}/new-alias`,
  `${d}/new-robot`,
  `${d}/aliases/info`,
  `${d}/aliases/info/remove`,
  `${d}/new-list`,
  `${d}/lists/friends`,
  `${d}/lists/friends/members`,
  `${d}/lists/friends/remove`,
  `${d}/catch-all`,
  `${d}/look`,
  `${d}/look/logo`,
  `${d}/look/logo/remove`,
  `${d}/look/usual`,
  `${d}/signing/add`,
  `${d}/signing/use`,
  `${d}/signing/remove`,
  `${d}/reports`,
  `${d}/export`,
  `${d}/import/0123456789abcdef/start`,
  `${d}/import/0123456789abcdef/cancel`,
];
const systemPosts = [
  '/admin/certificates/renew',
  '/admin/certificates/setup',
  '/admin/certificates/stop',
  '/admin/junk',
  `${d}/disabled`,
  '/admin/settings/databytes',
  '/admin/domains/add',
  `${d}/limits`,
  `${d}/mta-sts`,
  `${d}/remove`,
  `${d}/alias-domains`,
  `${d}/alias-domains/remove`,
];

/** What somebody gets for an address that does not exist. */
async function nothing(client: Client, method: 'GET' | 'POST', csrf: string): Promise<string> {
  const answer =
    method === 'GET' ? await client.get('/no/such/page') : await client.post('/no/such/page', { csrf });
  assert.equal(answer.status, 404);
  return plainPage(answer.body);
}

async function expectNothing(
  client: Client,
  gets: readonly string[],
  posts: readonly string[],
): Promise<void> {
  const csrf = await client.token();
  const [page, posted] = [await nothing(client, 'GET', csrf), await nothing(client, 'POST', csrf)];
  for (const path of gets) {
    const answer = await client.get(path);
    assert.equal(answer.status, 404, path);
    assert.equal(plainPage(answer.body), page, path);
  }
  for (const path of posts) {
    const answer = await client.post(path, { csrf, name: 'x', alias: 'x.example', confirm: 'example.com' });
    assert.equal(answer.status, 404, `POST ${path}`);
    assert.equal(plainPage(answer.body), posted, `POST ${path}`);
  }
}

test('the list of routes walked here is the list of routes there are', async () => {
  const walked = [...ownPages, ...domainPages, ...systemPages].map((path) => `GET ${path}`);
  walked.push(...[...domainPosts, ...systemPosts].map((path) => `POST ${path}`));
  // Walked by tests of their own.
  const others = ['GET /admin/confirm', 'POST /admin/confirm', 'POST /admin/leave', 'GET /admin/go'];
  // Where a queue and a history are behind the pages: test/browser/admin-queue.test.ts.
  others.push('GET /admin/queue', 'GET /admin/queue/:id', 'GET /admin/queue/:id/source');
  others.push('POST /admin/queue/orders', 'GET /admin/deliveries', 'GET /admin/deliveries/:id');
  others.push(`GET ${d}/deliveries`);
  others.push(`POST ${d}/import`, `GET ${d}/import/0123456789abcdef`);
  const shapes = [...walked, ...others].map((route) =>
    route
      .replace(/\?.*/, '')
      .replace('/d/example.com', '/d/:domain')
      .replace(/\/(accounts|aliases|lists)\/(bob|info|friends)/, '/$1/:name')
      .replace('settings/databytes', 'settings/:name')
      .replace(/import\/[0-9a-f]+/, 'import/:job'),
  );
  const source = await import('node:fs/promises').then(async ({ readdir, readFile }) => {
    const room = new URL('../../server/web/admin/', import.meta.url);
    const names = (await readdir(room)).filter((name) => name.endsWith('.ts'));
    return (await Promise.all(names.map((name) => readFile(new URL(name, room), 'utf8')))).join('\n');
  });
  const routes = [...source.matchAll(/router\.(get|post)\(\s*'([^']+)'/g)].map(
    ([, method = '', path = '']) => `${method.toUpperCase()} ${path}`,
  );
  const missing = routes.filter((route) => !shapes.includes(route));
  assert.deepEqual(missing, []);
  assert.ok(routes.length > 30);
});

test('nobody is sent to sign in, whether the page exists or not', async () => {
  const client = site.client();
  for (const path of [...ownPages, ...domainPages, ...systemPages, '/admin/no/such/page']) {
    const answer = await client.get(path);
    assert.deepEqual(
      [answer.status, answer.location],
      [303, `/login?next=${encodeURIComponent(path)}`],
      path,
    );
  }
  for (const path of [...domainPosts, ...systemPosts])
    assert.equal((await client.post(path, {})).status, 303, path);
});

test('for a plain user there is no administration, byte for byte', async () => {
  const bob = await site.signIn('bob@example.com');
  await expectNothing(
    bob,
    [...ownPages, ...domainPages, ...systemPages, '/admin/confirm', '/admin/go'],
    [...domainPosts, ...systemPosts, '/admin/confirm', '/admin/leave'],
  );
  assert.doesNotMatch((await bob.get('/f/INBOX')).body, /href="\/admin"/);
});

test('for the administrator of another domain there is no such domain, byte for byte', async () => {
  const other = await signInAdmin(site, 'postmaster@example.org');
  await expectNothing(other, [...domainPages, ...systemPages], [...domainPosts, ...systemPosts]);
  for (const path of ownPages) {
    const { status, body } = await other.get(path);
    assert.equal(status, 200, path);
    assert.doesNotMatch(body, /@example\.com|\/d\/example\.com/, path);
  }
});

test('an administrator of the domain opens its pages and not those of the system', async () => {
  for (const address of ['alice@example.com', 'postmaster@example.com']) {
    const admin = await signInAdmin(site, address);
    for (const path of [...ownPages, ...domainPages]) assert.equal((await admin.get(path)).status, 200, path);
    await expectNothing(admin, systemPages, systemPosts);
  }
});

test('the system administrator opens all pages, and a link leads there from the mail', async () => {
  const admin = await signInAdmin(site, 'root@example.org');
  for (const path of [...ownPages, ...domainPages, ...systemPages])
    assert.equal((await admin.get(path)).status, 200, path);
  assert.match((await admin.get('/f/INBOX')).body, /href="\/admin"/);
  const there = await admin.get('/admin/go?domain=Example.COM');
  assert.deepEqual([there.status, there.location], [303, d]);
  assert.equal((await admin.get('/admin/go?domain=exam')).location, '/admin/domains?q=exam');
  await expectNothing(
    admin,
    ['/admin/d/none.example', `${d}/accounts/nobody`, `${d}/aliases/nobody`, '/admin/no/such/page'],
    [`${d}/accounts/nobody`, `${d}/import/0123456789abcdef/start`],
  );
});

test('the password is asked once an hour; the cookie is of its own, strict, and ends with the session', async () => {
  const client = await site.signIn('alice@example.com');
  const asked = await client.get(`${d}/accounts?q=b`);
  assert.deepEqual(
    [asked.status, asked.location],
    [303, `/admin/confirm?next=${encodeURIComponent(`${d}/accounts?q=b`)}`],
  );
  const csrf = await client.token('/admin/confirm');
  const wrong = await client.post('/admin/confirm', { csrf, 'admin-password': 'wrong', next: d });
  assert.equal(wrong.status, 422);
  assert.match(wrong.body, /aria-describedby="fault-admin-password"/);
  assert.equal((await client.get('/admin')).status, 303);
  const right = await client.post('/admin/confirm', { csrf, 'admin-password': password, next: d });
  assert.deepEqual([right.status, right.location], [303, d]);
  const cookie = right.headers.getSetCookie().find((line) => line.startsWith('admin=')) ?? '';
  assert.match(cookie, /; Path=\/; HttpOnly; SameSite=Strict$/);
  assert.equal((await client.get(d)).status, 200);
  // The same leave in another session of the same person is none.
  const second = await site.signIn('alice@example.com');
  second.cookies.set('admin', client.cookies.get('admin') ?? '');
  assert.equal((await second.get(d)).status, 303);
  site.advance(61 * 60_000);
  assert.equal((await client.get(d)).status, 303);
});

test('a form that comes after the hour is not lost: its fields wait for the password and go on', async () => {
  const client = await signInAdmin(site, 'alice@example.com');
  const form = await client.get(`${d}/new-alias`);
  site.advance(61 * 60_000);
  const late = await client.post(`${d}/new-alias`, {
    csrf: hiddenField(form.body, 'csrf'),
    name: 'late',
    addresses: 'bob',
  });
  assert.equal(late.status, 401);
  assert.match(late.body, /What you typed is kept/);
  assert.equal(hiddenField(late.body, 'name'), 'late');
  const fields = { csrf: hiddenField(late.body, 'csrf'), name: 'late', addresses: 'bob' };
  const wrong = await client.post(`${d}/new-alias`, { ...fields, 'admin-password': 'wrong' });
  assert.equal(wrong.status, 422);
  assert.equal(hiddenField(wrong.body, 'name'), 'late');
  const right = await client.post(`${d}/new-alias`, { ...fields, 'admin-password': password });
  assert.equal(right.status, 303);
  const made = await site.web.administration.alias(machine, 'example.com', 'late');
  assert.deepEqual(made.addresses, ['bob@example.com']);
});

test('leaving the administration ends it now', async () => {
  const client = await signInAdmin(site, 'alice@example.com');
  const left = await client.post('/admin/leave', { csrf: await client.token(d) });
  assert.deepEqual([left.status, left.location], [303, '/f/INBOX']);
  assert.equal((await client.get(d)).status, 303);
});

test('no change without the token or from another origin, also in a multipart form', async () => {
  const client = await signInAdmin(site, 'alice@example.com');
  const csrf = await client.token(d);
  for (const [fields, headers] of [
    [{ csrf: '' }, {}],
    [{ csrf }, { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }],
  ] as const)
    assert.equal((await client.post(`${d}/export`, fields, headers)).status, 403);
  const upload = (token: string) => {
    const form = new FormData();
    form.set('csrf', token);
    form.set('file', new Blob(['dora,correct horse battery\n']), 'a.csv');
    return client.request(`${d}/import`, { method: 'POST', body: form, headers: { origin: site.base } });
  };
  assert.equal((await upload('')).status, 403);
  assert.equal((await upload(csrf)).status, 303);
});

test('a right that is taken away ends at the next request', async () => {
  const { administration } = site.web;
  await administration.addAccount(machine, {
    address: 'short@example.com',
    password,
    flags: AccountFlag.domainAdmin,
  });
  const client = await signInAdmin(site, 'short@example.com');
  assert.equal((await client.get(d)).status, 200);
  await administration.changeAccount(machine, 'short@example.com', { flags: 0 });
  assert.equal((await client.get(d)).status, 404);
});

test('from outside control/adminclients the administration is not there, for anybody', async () => {
  const guarded = await startSite({
    people: ['root@example.org'],
    trustedProxies: ['127.0.0.1'],
    adminClients: ['192.0.2.0/24', '2001:db8::/32'],
  });
  try {
    await guarded.web.administration.changeAccount(machine, 'root@example.org', {
      flags: AccountFlag.systemAdmin,
    });
    const within = guarded.client('192.0.2.7');
    await within.signIn('root@example.org');
    assert.deepEqual(
      [(await within.get('/admin')).status, (await guarded.client('2001:db8::1').get('/admin')).status],
      [303, 303],
    );
    const outside = guarded.client('198.51.100.7');
    await outside.signIn('root@example.org');
    const nothing = plainPage((await outside.get('/nothing')).body);
    for (const path of ['/admin', '/admin/confirm', '/admin/settings', '/admin/d/example.org']) {
      const { status, body } = await outside.get(path);
      assert.equal(status, 404, path);
      assert.equal(plainPage(body), nothing, path);
    }
    assert.equal((await guarded.client('198.51.100.8').get('/admin')).status, 404);
    assert.equal((await outside.get('/settings/account')).status, 200);
  } finally {
    await guarded.close();
  }
});

test('failed sign-ins are listed by network and by account with their doors; of other domains, and of names that nobody has, nothing is told', async () => {
  await site.client('192.0.2.9').signIn('bob@example.com', 'wrong');
  await site.client('192.0.2.9').signIn('carl@example.org', 'wrong');
  await site.client('192.0.2.9').signIn('hunter2@example.com', 'wrong');
  const mailDoors = openAccounts({ home: site.home, writesLogins: true });
  try {
    assert.equal(await mailDoors.authenticate('bob@example.com', 'wrong', 'imap', '2001:db8::7'), undefined);
    assert.equal(await mailDoors.authenticate('bob@example.com', 'wrong', 'smtp', '2001:db8::8'), undefined);
  } finally {
    await mailDoors.close();
  }
  const rowsOf = async (client: Client, query = '') => {
    const { status, body } = await client.get(`/admin/security${query}`);
    assert.equal(status, 200);
    assert.ok(!body.includes('hunter2'));
    const rows = [...body.matchAll(/<tr><th scope="row">.*?<\/tr>/g)].map(([row]) =>
      [...row.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/g)]
        .slice(0, -2)
        .map(([, cell = '']) => cell.replaceAll(/<[^>]*>/g, '').trim()),
    );
    // Those of the other tests come from elsewhere.
    return rows
      .filter(([name = '']) => !/^(?:127|alice)/.test(name))
      .sort((one, other) => one[0]!.localeCompare(other[0]!));
  };
  const root = await signInAdmin(site, 'root@example.org');
  assert.deepEqual(await rowsOf(root), [
    ['192.0.2.9', '3', '1', '2', 'HTTP'],
    ['2001:db8:0:0::/64', '2', '', '1', 'IMAP, SMTP'],
    ['bob@example.com', '3', '2', 'HTTP, IMAP, SMTP'],
    ['carl@example.org', '1', '1', 'HTTP'],
  ]);
  assert.deepEqual(
    (await rowsOf(root, '?q=carl')).map(([name]) => name),
    ['192.0.2.9', 'carl@example.org'],
  );
  const alice = await signInAdmin(site, 'alice@example.com');
  assert.deepEqual(await rowsOf(alice), [
    ['192.0.2.9', '1', '', '1', 'HTTP'],
    ['2001:db8:0:0::/64', '2', '', '1', 'IMAP, SMTP'],
    ['bob@example.com', '3', '2', 'HTTP, IMAP, SMTP'],
  ]);
});

test('of failed sign-ins at most 10,000 rows are kept, for 30 days', async () => {
  const database = await openStateDatabase(join(site.home.state, 'many'));
  let now = 1_800_000_000_000;
  const failures = openLoginFailures(database, () => now);
  database.transaction(() => {
    for (let n = 0; n < 10_500; n++) {
      now += 1;
      failures.note({ account: `a${n}@example.com`, network: '192.0.2.1', door: 'imap' });
    }
  })();
  failures.prune();
  const query = { by: 'network', search: '', limit: 5 } as const;
  assert.deepEqual(
    failures.list(query).map(({ others }) => others),
    [10_000],
  );
  assert.equal(failures.list({ ...query, by: 'account' })[0]?.name, 'a10499@example.com');
  now += 30 * 86_400_000 + 1;
  failures.prune();
  assert.deepEqual(failures.list(query), []);
  database.close();
});
