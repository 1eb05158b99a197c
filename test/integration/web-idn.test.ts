// Domains with letters outside ASCII (RFC 5890) on the pages of the administration: typed in Unicode or as A-labels, kept as
// A-labels, shown in Unicode with the A-label beside them; and the same for log-ins, aliases and the set-up of mail programs.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { AccountFlag } from '../../mta/accounts/types.ts';
import { asciiDomain, keptAddress, unicodeDomain } from '../../mta/formats/idn.ts';
import { machine, postForm, signInAdmin } from '../support/admin.ts';
import { type Client, password, startSite, type WebSite } from '../support/site.ts';

let site: WebSite;
let root: Client;
const idn = 'xn--bcher-kva.example';

before(async () => {
  site = await startSite({ people: ['root@example.com', `ann@${idn}`] });
  const { administration } = site.web;
  await administration.changeAccount(machine, 'root@example.com', { flags: AccountFlag.systemAdmin });
  root = await signInAdmin(site, 'root@example.com');
});
after(() => site.close());

test('names are kept in one form, shown in the other, and what is no name stays or is none', () => {
  const table = [
    ['Bücher.Example', idn],
    ['BÜCHER。example.', idn],
    ['XN--Bcher-Kva.example', idn],
    ['straße.example', 'xn--strae-oqa.example'],
    ['example.com', 'example.com'],
    ['a b.example', undefined],
    ['<script>.example', undefined],
    ['-a.example', undefined],
    [`${'ü'.repeat(70)}.example`, undefined],
    ['', undefined],
  ] as const;
  for (const [given, ascii] of table) assert.equal(asciiDomain(given), ascii, given);
  assert.equal(unicodeDomain(idn), 'bücher.example');
  assert.equal(unicodeDomain('xn--a.example'), 'xn--a.example');
  assert.equal(keptAddress('Jürgen@BÜCHER.example'), `Jürgen@${idn}`);
  assert.equal(keptAddress('nobody'), 'nobody');
  // What only looks like a name of ours is not made one at the doors.
  for (const other of ['ｅxample.com', 'example。com', '\u212a.example', 'ⅷ.example'])
    assert.equal(keptAddress(`a@${other}`), `a@${other}`, other);
});

test('a domain typed in Unicode is made under its A-label, found by either, and shown in Unicode', async () => {
  const made = await postForm(root, '/admin/domains/add', {
    domain: 'Grün.Example',
    password: 'a good password 7!',
  });
  assert.deepEqual([made.status, made.location?.split('?')[0]], [303, '/admin/d/xn--grn-ioa.example']);
  const list = (await root.get('/admin/domains')).body;
  assert.match(list, /<bdi>grün\.example<\/bdi><\/a> <code class="meta">xn--grn-ioa\.example<\/code>/);
  for (const typed of ['grün.example', 'xn--grn-ioa.example']) {
    const answer = await root.get(`/admin/go?domain=${encodeURIComponent(typed)}`);
    assert.deepEqual([answer.status, answer.location], [303, '/admin/d/xn--grn-ioa.example']);
  }
  const page = (await root.get('/admin/d/xn--grn-ioa.example')).body;
  assert.match(page, /<h1><bdi>grün\.example<\/bdi> <code class="meta">xn--grn-ioa\.example<\/code>/);
  const wrong = await postForm(root, '/admin/domains/add', { domain: 'grün wald.example', password });
  assert.equal(wrong.status, 422);
});

test('an alias domain and destinations may be typed in Unicode, and so may the name of an alias', async () => {
  const base = `/admin/d/${idn}`;
  const alias = await postForm(root, base, { alias: 'BÜCHEREI.example' }, `${base}/alias-domains`);
  assert.equal(alias.status, 303);
  assert.match(
    (await root.get(base)).body,
    /<bdi>bücherei\.example<\/bdi> <code class="meta">xn--bcherei-n2a\.example/,
  );
  const made = await postForm(root, `${base}/new-alias`, {
    name: 'Jürgen',
    addresses: 'ann@bücher.example\nx@grün.test',
  });
  assert.equal(made.status, 303, made.body);
  const { administration } = site.web;
  assert.deepEqual((await administration.alias(machine, idn, 'jürgen')).addresses, [
    `ann@${idn}`,
    'x@xn--grn-ioa.test',
  ]);
  assert.match((await root.get(`${base}/aliases`)).body, /jürgen/);
  assert.equal((await root.get(`${base}/aliases/${encodeURIComponent('jürgen')}`)).status, 200);
  assert.equal(await site.web.accounts.recipientExists('jürgen@bücher.example'), true);
  for (const name of ['a b', '../x', 'ü/..', '\u202eabc', 'a\u0000b', '-ü', '📧'])
    assert.equal(
      (await postForm(root, `${base}/new-alias`, { name, addresses: 'ann@bücher.example' })).status,
      422,
      name,
    );
});

test('who has an account there signs in at every door with either form, and his program is set up', async () => {
  for (const address of [`ann@${idn}`, 'ann@bücher.example', 'ANN@BÜCHER.EXAMPLE']) {
    const found = await site.web.accounts.authenticate(address, password, 'imap');
    assert.equal(found?.address, `ann@${idn}`, address);
    const client = site.client();
    assert.equal((await client.signIn(address)).status, 303, address);
  }
  const config = await site
    .client()
    .get(`/mail/config-v1.1.xml?emailaddress=${encodeURIComponent('ann@bücher.example')}`);
  assert.match(config.body, /<domain>xn--bcher-kva\.example<\/domain>/);
});
