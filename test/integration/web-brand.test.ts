// A domain's own look (webmail.md N14) over real HTTP: who may set it, what is refused and with which words, where it is
// seen, what it is served as, and that it ends with its domain.
import assert from 'node:assert/strict';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { AccountFlag } from '../../mta/accounts/types.ts';
import { hiddenField, machine, postForm, signInAdmin } from '../support/admin.ts';
import { pageUnder } from '../support/host-name.ts';
import { pngHeader } from '../support/pictures.ts';
import { type Client, startSite, type WebSite } from '../support/site.ts';

let site: WebSite;
let postmaster: Client;
before(async () => {
  site = await startSite({ people: ['alice@example.com', 'root@example.org'] });
  await site.web.administration.changeAccount(machine, 'root@example.org', {
    flags: AccountFlag.systemAdmin,
  });
  postmaster = await signInAdmin(site, 'postmaster@example.com');
});
after(() => site.close());

const page = '/admin/d/example.com/look';
const brandFile = (domain = 'example.com') => join(site.home.vpopmail, 'domains', domain, '.facteur-brand');
const isThere = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );
const look = async (fields: Record<string, string>, client = postmaster) => {
  const answer = await postForm(client, page, { name: '', accent: '', accentDark: '', save: '1', ...fields });
  site.web.brands.forget();
  return answer;
};
const upload = async (bytes: Buffer, name = 'logo.png') => {
  const { body } = await postmaster.get(page);
  const form = new FormData();
  form.set('csrf', hiddenField(body, 'csrf'));
  form.set('version', hiddenField(body, 'version'));
  form.set('logo', new Blob([new Uint8Array(bytes)]), name);
  return postmaster.request(`${page}/logo`, {
    method: 'POST',
    body: form,
    headers: { origin: site.base },
  });
};
const linkOf = (body: string, pattern: RegExp): string => pattern.exec(body)?.[1] ?? '';
const styleSheet = /<link rel="stylesheet" href="(\/brand\/[^"]+)" id="look">/;

/** The sign-in page as it is under a host name. */
const signInPageOf = (host: string): Promise<string> => pageUnder(site.base, host, '/login');

test('without a look a page asks for nothing more than before', async () => {
  const { body } = await (await site.signIn('alice@example.com')).get('/f/INBOX');
  assert.doesNotMatch(body, /\/brand\//);
  assert.match(body, /<title>[^<]* · Mail<\/title>/);
});

test('a colour of low contrast is refused with the ratio, and everything typed stays', async () => {
  const weak = await look({ name: 'Example & Co', accent: '#FFEB3B', accentDark: '#1c6664' });
  assert.equal(weak.status, 422);
  assert.match(
    weak.body,
    /id="fault-accent">[^<]*its contrast is 1 to 1, and text needs 4\.5 to 1[^<]*#786c00/,
  );
  assert.match(weak.body, /id="fault-accentDark">[^<]*dark pages: its contrast is 2\.2 to 1/);
  for (const typed of ['value="Example &amp; Co"', 'value="#FFEB3B"', 'value="#1c6664"'])
    assert.ok(weak.body.includes(typed), typed);
  const none = await look({ accent: 'teal' });
  assert.equal(none.status, 422);
  assert.match(none.body, /id="fault-accent">Write the colour as #/);
  assert.ok(none.body.includes('value="teal"'));
  assert.equal(await isThere(brandFile()), false);
});

test('a preview shows what was typed and stores nothing', async () => {
  const { status, body } = await postForm(postmaster, page, {
    name: 'Trial',
    accent: 'c0392b',
    accentDark: '',
    preview: '1',
  });
  assert.equal(status, 200);
  assert.match(body, /value="c0392b"/);
  assert.match(body, /class="brand-sample">.*<bdi>Trial<\/bdi>/s);
  const sheet = linkOf(body, /href="([^"]*preview\.css[^"]*)"/);
  const styles = await postmaster.get(sheet.replaceAll('&amp;', '&'));
  assert.match(styles.headers.get('content-type') ?? '', /^text\/css/);
  assert.match(styles.body, /^\.look-light\{.*--accent:#c0392b;/);
  assert.match(styles.body, /\n\.look-dark\{.*--accent:#e1847a;/);
  assert.equal(await isThere(brandFile()), false);
  const hostile = await postmaster.get(`${page}/preview.css?accent=${encodeURIComponent('red}*{}')}`);
  assert.doesNotMatch(hostile.body, /\*/);
});

test('postmaster sets name and colour: pages of the domain have them, others do not, and it is noted', async () => {
  const saved = await look({ name: 'Example & Co', accent: '#C0392B' });
  assert.deepEqual([saved.status, saved.location.split('?')[0]], [303, page]);
  const alice = await site.signIn('alice@example.com');
  const { body } = await alice.get('/f/INBOX');
  assert.match(body, /<title>[^<]* · Example &amp; Co<\/title>/);
  assert.match(body, /class="brand" href="\/f\/INBOX">.*<bdi>Example &amp; Co<\/bdi>/s);
  assert.match(body, /id="favicon" href="\/brand\/example\.com\/[\w-]+\/favicon(-new)?\.svg"/);
  const styles = await site.client().get(linkOf(body, styleSheet));
  assert.match(styles.body, /:root\{[^}]*--accent:#c0392b;/);
  assert.equal(styles.headers.get('cache-control'), 'public, max-age=31536000, immutable');
  assert.equal(styles.headers.get('x-content-type-options'), 'nosniff');
  const manifest = await site.client().get(linkOf(body, /rel="manifest" href="([^"]+)"/));
  assert.equal(JSON.parse(manifest.body).name, 'Example & Co');
  for (const { src } of JSON.parse(manifest.body).icons)
    assert.equal((await site.client().get(src)).status, 200, src);
  const root = await site.signIn('root@example.org');
  assert.doesNotMatch((await root.get('/f/INBOX')).body, /\/brand\/|Example &amp; Co/);
  const [noted] = await site.web.administration.audit(machine, { limit: 1 });
  assert.deepEqual(
    [noted?.action, noted?.object, noted?.details],
    ['domain.look', 'example.com', 'name "Example & Co", accent #c0392b'],
  );
});

test('the sign-in page has the look of the domain that the host name belongs to', async () => {
  for (const host of ['example.com', 'mail.example.com', 'a.b.example.com:8080', 'EXAMPLE.COM']) {
    const body = await signInPageOf(host);
    assert.match(body, styleSheet, host);
    assert.match(body, /class="login-brand">.*<bdi>Example &amp; Co<\/bdi>/s, host);
  }
  for (const host of ['example.org', 'badexample.com', 'com', '', '127.0.0.1', '[::1]', 'example.com.'])
    assert.doesNotMatch(await signInPageOf(host), /\/brand\//, host);
});

test('a logo is a picture by its bytes, small, and served as nothing else', async () => {
  for (const [bytes, words] of [
    [Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), /This is no PNG, WebP or JPEG picture/],
    [Buffer.from('GIF89a\x01\0\x01\0'), /This is no PNG/],
    [pngHeader(513, 40), /more than 512 pixels/],
    [Buffer.concat([pngHeader(40, 40), Buffer.alloc(70_000)]), /more than 64 KB/],
  ] as const) {
    const { status, body } = await upload(bytes);
    assert.equal(status, 422);
    assert.match(body, /aria-describedby="fault-logo /);
    assert.match(body, words);
  }
  const bytes = Buffer.concat([pngHeader(120, 40), Buffer.from('<script>')]);
  assert.equal((await upload(bytes, 'evil.html')).status, 303);
  const { body } = await (await site.signIn('alice@example.com')).get('/f/INBOX');
  const [, src = ''] =
    /<img class="mark logo" src="([^"]+)" width="120" height="40" alt="">/.exec(body) ?? [];
  const logo = await fetch(site.base + src);
  assert.deepEqual(Buffer.from(await logo.arrayBuffer()), bytes);
  assert.equal(logo.headers.get('content-type'), 'image/png');
  assert.equal(logo.headers.get('x-content-type-options'), 'nosniff');
  assert.match(logo.headers.get('content-security-policy') ?? '', /^default-src 'none'/);
  // What was set before is still there, and a colour that is changed keeps the logo.
  assert.match(body, /<bdi>Example &amp; Co<\/bdi>/);
  assert.equal((await look({ name: 'Example', accent: '#0055cc' })).status, 303);
  assert.match((await postmaster.get(page)).body, /logo\/remove/);
  // An address of before means nothing any more, and nobody guesses one.
  assert.equal((await site.client().get(src)).status, 404);
  assert.equal((await site.client().get('/brand/example.com/x/look.css')).status, 404);
  assert.equal((await site.client().get('/brand/no.example/x/look.css')).status, 404);
  const gone = await postForm(postmaster, page, {}, `${page}/logo/remove`);
  assert.equal(gone.status, 303);
  const without = await postmaster.get(page);
  assert.doesNotMatch(without.body, /logo\/remove/);
  assert.match(without.body, /value="Example"/);
});

test('two who change the look at once are told', async () => {
  const { body } = await postmaster.get(page);
  assert.equal((await look({ name: 'First' })).status, 303);
  const second = await postmaster.post(page, {
    csrf: hiddenField(body, 'csrf'),
    version: hiddenField(body, 'version'),
    name: 'Second',
    accent: '',
    accentDark: '',
  });
  assert.equal(second.status, 409);
  assert.match(second.body, /Somebody else changed this/);
  assert.match(second.body, /value="Second"/);
});

test('a change on disk is seen, what is no look costs only the look, and both without a restart', async () => {
  const alice = await site.signIn('alice@example.com');
  await writeFile(brandFile(), '{"name": "By hand", "accent": "#ffeb3b"}');
  site.web.brands.forget();
  const byHand = await alice.get('/f/INBOX');
  assert.match(byHand.body, /<bdi>By hand<\/bdi>/);
  assert.doesNotMatch(byHand.body, styleSheet, 'a colour that cannot be read does not count');
  await writeFile(brandFile(), 'no look');
  site.web.brands.forget();
  const broken = await alice.get('/f/INBOX');
  assert.equal(broken.status, 200);
  assert.doesNotMatch(broken.body, /\/brand\//);
  assert.equal(site.logged.filter((line) => line.includes('the look of example.com is not used')).length, 1);
});

test('between two looks at the disk pages are answered from memory', async () => {
  assert.equal((await look({ name: 'Kept' })).status, 303);
  const first = await site.web.brands.ofDomain('example.com');
  assert.equal(first?.name, 'Kept');
  // Not a promise: nothing is asked.
  assert.equal(site.web.brands.ofDomain('example.com'), first);
  assert.equal(await site.web.brands.ofDomain('example.org'), undefined);
  assert.equal(site.web.brands.ofDomain('example.org'), undefined);
});

test('back to the usual look removes the file', async () => {
  const back = await postForm(postmaster, page, {}, `${page}/usual`);
  assert.equal(back.status, 303);
  assert.equal(await isThere(brandFile()), false);
  assert.match((await postmaster.get(back.location)).body, /has the usual look again/);
});

test('a plain user of the domain sets nothing, the system’s administrator sets any; a removed domain takes its look along', async () => {
  const { administration } = site.web;
  const alice = { kind: 'account', address: 'alice@example.com', ip: '' } as const;
  const brand = { name: 'Mine', accent: '', accentDark: '', logo: '' };
  await assert.rejects(administration.brand(alice, 'example.com'), { name: 'NoSuchObject' });
  await assert.rejects(administration.setBrand(alice, 'example.com', '', brand), { name: 'NoSuchObject' });
  await administration.addDomain(machine, 'new.example', 'correct horse battery');
  const root = await signInAdmin(site, 'root@example.org');
  const path = '/admin/d/new.example/look';
  const saved = await postForm(root, path, { name: 'New', accent: '#0055cc', accentDark: '' });
  assert.equal(saved.status, 303);
  assert.match(await readFile(brandFile('new.example'), 'utf8'), /"name": "New"/);
  assert.match(await signInPageOf('new.example'), /<bdi>New<\/bdi>/);
  await administration.removeDomain(machine, 'new.example');
  await administration.addDomain(machine, 'new.example', 'correct horse battery');
  site.web.brands.forget();
  assert.doesNotMatch(await signInPageOf('new.example'), /\/brand\/|<bdi>New<\/bdi>/);
});
