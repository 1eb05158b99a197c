// The pages about a site's facts over real HTTP, with real files and a real name server: DNS records of a domain, the
// certificate of the doors, how an account is signed in to (spec/qmailadmin.md 7; security.md A8, W7).
import assert from 'node:assert/strict';
import { chmod, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { appServices } from '../../mta/accounts/app-passwords.ts';
import { makeSecret } from '../../mta/accounts/second-factor.ts';
import { readSendingLimits, type SendingCounter } from '../../mta/accounts/sending-limits.ts';
import { totpCode, totpStep } from '../../mta/accounts/totp.ts';
import { AccountFlag } from '../../mta/accounts/types.ts';
import { readDirectory } from '../../mta/acme/client.ts';
import { createTransport } from '../../mta/acme/transport.ts';
import type { Renewal } from '../../server/certificates/schedule.ts';
import { type AcmeServer, startAcmeServer } from '../support/acme-server.ts';
import { hiddenField, machine, signInAdmin } from '../support/admin.ts';
import { createCertificate } from '../support/certificate.ts';
import { type DnsServer, startDns } from '../support/dns.ts';
import { type Client, password, startSite, type WebSite } from '../support/site.ts';

let site: WebSite;
let dns: DnsServer;
let root: Client;
let carol: Client;
const control = (name: string): string => join(site.home.qmail, 'control', name);
const day = 86_400_000;
let authority: AcmeServer;
let fetched: readonly Renewal[] = [];
const renewed: string[] = [];

before(async () => {
  authority = await startAcmeServer({ customers: { 'kid-1': Buffer.alloc(32, 7) } });
  dns = await startDns({
    'example.com': {
      MX: [[10, 'old.example.net']],
      TXT: ['v=spf1 ip4:192.0.2.1 -all', '<script>alert(1)</script>'],
    },
    'mail.example.com': { A: ['192.0.2.1'] },
    '1.2.0.192.in-addr.arpa': { PTR: ['mail.example.com'] },
    '_dmarc.example.com': { fault: 'SERVFAIL' },
    'autoconfig.example.com': { CNAME: 'mail.example.com' },
    'autodiscover.example.com': { A: ['192.0.2.1'] },
  });
  site = await startSite({
    renewals: {
      list: async () => fetched.map((each) => ({ ...each, isForPage: false })),
      renewNow: async (name) => renewed.push(name) === 1,
      ask: (url) => readDirectory(createTransport(authority.roots, AbortSignal.timeout(60_000)), url),
      look: async () => undefined,
      close: async () => undefined,
    },
    people: ['alice@example.com', 'carol@example.com', 'root@example.com', 'dave@example.org'],
  });
  await writeFile(control('dnsservers'), `${dns.address}\n`);
  await writeFile(control('outgoingip'), '192.0.2.1\n');
  await writeFile(
    control('listen'),
    'smtp 0.0.0.0:25\nsubmission 0.0.0.0:587\nimap 127.0.0.1:143\nimaps 0.0.0.0:993\n',
  );
  const { administration } = site.web;
  await administration.changeAccount(machine, 'root@example.com', { flags: AccountFlag.systemAdmin });
  await administration.changeAccount(machine, 'carol@example.com', { flags: AccountFlag.domainAdmin });
  root = await signInAdmin(site, 'root@example.com');
  carol = await signInAdmin(site, 'carol@example.com');
});
after(async () => {
  await site.close();
  await dns.close();
  await authority.close();
});

/** The verdict of the row about a name. */
function verdictOf(body: string, name: string, type: string): string {
  const row = body
    .split('<tr>')
    .find((each) => each.includes(`<code>${name}</code> <span class="meta">${type}<`));
  return /verdict-(\w+)/.exec(row ?? '')?.[1] ?? 'no row';
}

test('the DNS page tells what is right, missing, different and unknown, and holds the zone', async () => {
  const { status, body } = await carol.get('/admin/d/example.com/dns');
  assert.equal(status, 200);
  const table = [
    ['example.com', 'MX', 'differs'],
    ['mail.example.com', 'A', 'right'],
    ['1.2.0.192.in-addr.arpa', 'PTR', 'right'],
    ['example.com', 'TXT', 'right'],
    ['_dmarc.example.com', 'TXT', 'unknown'],
    ['_submission._tcp.example.com', 'SRV', 'missing'],
    ['_imaps._tcp.example.com', 'SRV', 'missing'],
    ['_imap._tcp.example.com', 'SRV', 'no row'],
    ['autoconfig.example.com', 'CNAME', 'right'],
    ['autodiscover.example.com', 'CNAME', 'right'],
  ] as const;
  for (const [name, type, verdict] of table)
    assert.equal(verdictOf(body, name, type), verdict, `${name} ${type}`);
  assert.match(body, /<a class="button quiet" href="\/admin\/d\/example\.com\/dns">/);
  assert.match(body, /Tells other hosts which host takes the mail/);
  assert.match(body, /Mail goes to old\.example\.net, not here/);
  assert.match(body, /example\.com\. 3600 IN MX 10 mail\.example\.com\./);
  assert.ok(!body.includes('<script>alert'));
});

test('signing keys are made, published, rotated and removed on a page, each step in the audit log', async () => {
  const base = '/admin/d/example.com/signing';
  const tell = async (path: string, values: Record<string, string>) =>
    carol.post(path, { ...values, csrf: hiddenField((await carol.get(base)).body, 'csrf') });
  const keys = () => site.web.administration.dkimKeys(machine, 'example.com');
  const publish = async (): Promise<void> => {
    for (const { record } of await keys())
      if (record) dns.zone[record.name] = { TXT: [record.text.match(/.{1,255}/g)!] };
  };
  const signing = async () =>
    (await keys())
      .filter(({ state }) => state === 'current')
      .map(({ selector }) => selector)
      .sort();

  assert.match((await carol.get(base)).body, /leaves unsigned/);
  assert.equal((await tell(`${base}/add`, {})).status, 303);
  const first = await signing();
  assert.equal(first.length, 2);
  const unpublished = await carol.get(base);
  assert.match(unpublished.body, /others do not find the keys/);
  const [key] = await keys();
  for (const piece of key!.record!.text.match(/.{1,255}/g)!) assert.ok(unpublished.body.includes(piece));
  assert.equal(
    verdictOf((await carol.get('/admin/d/example.com/dns')).body, key!.record!.name, 'TXT'),
    'missing',
  );
  await publish();
  assert.match((await carol.get(base)).body, /others find the keys/);
  assert.equal(
    verdictOf((await carol.get('/admin/d/example.com/dns')).body, key!.record!.name, 'TXT'),
    'right',
  );

  // New keys wait until others find them, or somebody insists.
  for (const name of first) {
    const path = control(`domainkeys/example.com/${name}`);
    await utimes(path, 1_700_000_000, 1_700_000_000);
  }
  assert.equal((await tell(`${base}/add`, {})).status, 303);
  assert.deepEqual(await signing(), first);
  const waiting = (await keys()).filter(({ state }) => state === 'next').map(({ selector }) => selector);
  const early = await tell(`${base}/use`, { key: waiting.join(' ') });
  assert.equal(early.status, 422);
  assert.match(early.body, /Others do not find these keys yet/);
  assert.match(early.body, /name="anyway" value="1"/);
  assert.deepEqual(await signing(), first);
  await publish();
  assert.equal((await tell(`${base}/use`, { key: waiting.join(' ') })).status, 303);
  assert.deepEqual(await signing(), [...waiting].sort());
  assert.equal((await tell(`${base}/use`, { key: 'r1', anyway: '1' })).status, 404);

  // One that signs is removed only by who says so.
  assert.match((await carol.get(`${base}/remove?key=${waiting[0]}`)).body, /It signs now/);
  assert.equal((await tell(`${base}/remove`, { key: waiting[0]! })).status, 422);
  assert.equal((await tell(`${base}/remove`, { key: first[0]! })).status, 303);
  assert.equal((await keys()).length, 3);
  assert.equal((await tell(`${base}/remove`, { key: waiting[0]!, current: '1' })).status, 303);
  assert.equal((await signing()).length, 1);

  const audit = await site.web.administration.audit(machine, { limit: 100, search: 'dkim.' });
  assert.deepEqual(
    [...new Set(audit.map(({ action, actor }) => `${action} ${actor}`))].sort(),
    ['dkim.add', 'dkim.remove', 'dkim.use'].map((action) => `${action} carol@example.com`),
  );
  // Another domain's keys are not there.
  assert.equal((await carol.get('/admin/d/example.org/signing')).status, 404);
  const foreign = await carol.post('/admin/d/example.org/signing/add', {
    csrf: hiddenField((await carol.get(base)).body, 'csrf'),
  });
  assert.equal(foreign.status, 404);
  assert.deepEqual(await site.web.administration.dkimKeys(machine, 'example.org'), []);
});

test('a wrong setting and a silent name server make a page, not a failure', async () => {
  await writeFile(control('listen'), 'nonsense\n');
  const wrong = await carol.get('/admin/d/example.com/dns');
  assert.equal(wrong.status, 503);
  await writeFile(control('listen'), 'smtp 0.0.0.0:25\n');
  await writeFile(control('dnsservers'), '127.0.0.1:1\n');
  const dead = await carol.get('/admin/d/example.com/dns');
  assert.equal(dead.status, 200);
  assert.equal(verdictOf(dead.body, 'example.com', 'MX'), 'unknown');
  await writeFile(control('dnsservers'), `${dns.address}\n`);
});

test('the certificate page says what is there and what is wrong, and the first page warns', async () => {
  const none = await root.get('/admin/certificates');
  assert.match(none.body, /There is no control\/servercert\.pem/);
  assert.ok(!(await root.get('/admin')).body.includes('href="/admin/certificates">Certificate</a></p>'));

  const made = createCertificate('mail.example.com', { from: Date.now() - day, to: Date.now() + 5.5 * day });
  await writeFile(control('servercert.pem'), `${made.cert}${made.key}`, { mode: 0o600 });
  const page = await root.get('/admin/certificates');
  assert.match(page.body, /The certificate ends in 5 days/);
  assert.match(page.body, /signed by itself/);
  assert.match(page.body, /CN=mail\.example\.com/);
  assert.match(page.body, /<h2>Domains that it fits too<\/h2><p><bdi>example\.com<\/bdi>/);
  assert.ok(!page.body.includes(made.key.split('\n')[1]!));
  assert.match((await root.get('/admin')).body, /The certificate ends in 5 days/);
  assert.ok(!(await carol.get('/admin')).body.includes('certificate ends'));

  await chmod(control('servercert.pem'), 0o644);
  assert.match((await root.get('/admin/certificates')).body, /Everybody on this machine may read/);
  await writeFile(control('servercert.pem'), '<b>nonsense</b>');
  const bad = await root.get('/admin/certificates');
  assert.equal(bad.status, 200);
  assert.match(bad.body, /holds no certificate/);
  await rm(control('servercert.pem'));
  assert.equal((await carol.get('/admin/certificates')).status, 404);
});

test('fetched certificates are on the page with what went wrong, and are renewed by a button', async () => {
  assert.match((await root.get('/admin/certificates')).body, /No certificate is fetched/);
  fetched = [
    {
      names: ['mail.example.com', 'example.com'],
      directory: 'https://ca.test/directory',
      failures: 1,
      nextAt: Date.now() + day,
      problem: { kind: 'unauthorized', words: 'no answer from <b>' },
    },
  ];
  const { body } = await root.get('/admin/certificates');
  assert.match(
    body,
    /The last try failed<\/dt><dd>The authority found something else at this name than our proof\. [^<]*<br><bdi class="meta">no answer from &lt;b&gt;/,
  );
  const csrf = hiddenField(body, 'csrf');
  const renew = (client: Client, name: string) => client.post('/admin/certificates/renew', { csrf, name });
  assert.equal((await renew(root, 'mail.example.com')).status, 303);
  assert.equal((await renew(root, 'mail.example.com')).status, 303);
  assert.deepEqual(renewed, ['mail.example.com', 'mail.example.com']);
  assert.equal((await renew(root, 'other.example.com')).status, 404);
  assert.equal((await carol.get('/admin/certificates')).status, 404);
  const [entry] = await site.web.administration.audit(machine, { limit: 1 });
  assert.deepEqual([entry?.action, entry?.object], ['certificate.renew', 'mail.example.com']);
});

test('fetching certificates is switched on by a form that shows the terms first, and asks for a customer’s keys', async () => {
  const path = '/admin/certificates/setup';
  const page = await root.get(path);
  const hidden = (body: string) =>
    Object.fromEntries(
      [...body.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g)].map(([, name, value]) => [
        name!,
        value!,
      ]),
    );
  const typed = {
    directory: authority.directory,
    contact: 'admin@example.com, second@example.com',
    names: 'mail.example.com example.com\r\n*.example.org',
    keyId: '',
    key: '',
  };
  const send = (body: string, values: Record<string, string> = {}) =>
    root.post(path, { ...hidden(body), ...typed, ...values });
  assert.match(page.body, /value="https:\/\/acme-v02\.api\.letsencrypt\.org\/directory"/);
  const none = async () =>
    assert.deepEqual(
      await Promise.all(
        ['acme', 'acmenames', 'acmeeab'].map((name) => readFile(control(name)).catch(() => '')),
      ),
      ['', '', ''],
    );

  for (const [values, fault] of [
    [{ directory: 'http://ca.test/' }, /field-directory">Expected: the https address/],
    [{ directory: '' }, /Write the address of an authority/],
    [{ contact: 'nobody' }, /field-contact">Expected: a mail address/],
    [{ names: 'not_a name' }, /field-names">Expected: host names/],
    [{ keyId: 'kid-1' }, /write both/],
    [{ keyId: 'kid-1', key: '§' }, /field-key">Expected: the key identifier/],
    [{ directory: 'https://localhost:1/x' }, /directory cannot be read\. connect ECONNREFUSED/],
    [{}, /The authority has customers only\. Write the key/],
  ] as const) {
    const answer = await send(page.body, values);
    assert.equal(answer.status, 422, JSON.stringify(values));
    assert.match(answer.body, fault);
    assert.match(answer.body, /second@example\.com|nobody/);
  }
  const keys = { keyId: 'kid-1', key: Buffer.alloc(32, 7).toString('base64url') };
  const asked = await send(page.body, keys);
  assert.equal(asked.status, 200);
  assert.match(asked.body, new RegExp(`<a href="${authority.directory.replace('directory', 'terms')}"`));
  const unsaid = await send(asked.body, keys);
  assert.equal(unsaid.status, 422);
  assert.match(unsaid.body, /Without your agreement/);
  await none();
  assert.equal((await send(asked.body, { ...keys, agree: '1' })).status, 303);
  const read = async (name: string) => readFile(control(name), 'utf8');
  assert.equal(await read('acme'), `${authority.directory}\n`);
  assert.equal(await read('acmecontact'), 'admin@example.com\nsecond@example.com\n');
  assert.equal(await read('acmenames'), 'mail.example.com example.com\n*.example.org\n');
  assert.equal(await read('acmeeab'), `kid-1 ${keys.key}\n`);
  assert.equal(await read('acmedomains'), '0\n');

  // From then on it is changed without asking for the terms again; the key is kept, and nobody sees it.
  const again = await root.get(path);
  assert.ok(!again.body.includes(keys.key));
  const { acmenames: _, ...rest } = hidden(again.body);
  assert.equal(
    (await root.post(path, { ...rest, ...typed, names: 'mail.example.com', pages: '1' })).status,
    303,
  );
  assert.equal(await read('acmeeab'), `kid-1 ${keys.key}\n`);
  await assert.rejects(read('acmenames'), /ENOENT/);
  // Two at once: the second is told.
  assert.equal((await root.post(path, { ...rest, ...typed, names: 'x.example.com' })).status, 409);
  const csrf = hiddenField(again.body, 'csrf');
  assert.equal((await root.post('/admin/certificates/stop', { csrf })).status, 303);
  await assert.rejects(read('acme'), /ENOENT/);
});

test('who sent as much as they may is named on the first page, of the own domain only', async () => {
  const limits = readSendingLimits({ path: 'relaylimits', text: ':0:1\n', me: undefined });
  const counter = site.web.sending as SendingCounter;
  assert.equal(counter.spend('dave@example.org', 2, limits)?.most, 1);
  assert.match(
    (await root.get('/admin')).body,
    /dave@example\.org reached the limit of 1 recipients an hour/,
  );
  assert.doesNotMatch((await carol.get('/admin')).body, /dave@example\.org/);
});

test('an administrator ends sessions, takes app passwords back and turns a lost second step off, all in the log', async () => {
  const address = 'alice@example.com';
  const alice = { kind: 'account', address, ip: '192.0.2.9' } as const;
  const { administration } = site.web;
  await administration.addAppPassword(alice, address, {
    password,
    label: '<i>Phone</i>',
    services: appServices,
  });
  const secret = makeSecret();
  const one = await site.signIn(address);
  const two = await site.signIn(address);
  await administration.turnOnSecondFactor(alice, address, {
    password,
    secret: secret.toString('base64url'),
    code: totpCode(secret, totpStep(Date.now() / 1000)),
  });
  const path = '/admin/d/example.com/accounts/alice/security';
  const page = await carol.get(path);
  assert.match(page.body, /&lt;i&gt;Phone&lt;\/i&gt;/);
  assert.match(page.body, /10 recovery codes are left/);
  const csrf = hiddenField(page.body, 'csrf');
  const session = hiddenField(page.body, 'session');
  assert.equal((await carol.post(`${path}/end`, { csrf, session })).status, 303);
  const alive = async (): Promise<number> =>
    [await one.get('/f/INBOX'), await two.get('/f/INBOX')].filter(({ status }) => status === 200).length;
  assert.equal(await alive(), 1);
  assert.equal((await carol.post(`${path}/end`, { csrf })).status, 303);
  assert.equal(await alive(), 0);
  assert.equal((await carol.get('/admin')).status, 200);
  assert.equal((await carol.post(`${path}/app`, { csrf, id: hiddenField(page.body, 'id') })).status, 303);
  assert.equal((await carol.post(`${path}/reset`, { csrf })).status, 303);
  const { appPasswords, secondFactor } = await administration.security(alice, address);
  assert.deepEqual([appPasswords.length, secondFactor], [0, undefined]);
  const log = await administration.audit(machine, { limit: 20 });
  for (const action of ['session.end', 'app-password.remove', 'second-factor.off'])
    assert.ok(
      log.some(
        (entry) => entry.action === action && entry.actor === 'carol@example.com' && entry.object === address,
      ),
      action,
    );
});

test('nobody ends sessions of an administrator of the system but such a one', async () => {
  const path = '/admin/d/example.com/accounts/root/security';
  const page = await carol.get(path);
  assert.match(page.body, /Only administrators of the system change this account/);
  const csrf = await carol.token();
  for (const act of ['end', 'reset', 'app']) {
    const answer = await carol.post(`${path}/${act}`, { csrf, id: 'x' });
    assert.ok(answer.status === 422, `${act}: ${answer.status}`);
  }
  assert.equal((await root.get('/admin')).status, 200);
  // The own second step asks for a code.
  const own = await root.post(`${path}/reset`, { csrf: await root.token() });
  assert.deepEqual([own.status, own.location], [303, '/settings/security']);
});
