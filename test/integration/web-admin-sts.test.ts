// MTA-STS of our own domains over real HTTP: the form, the control file, the policy that others get, the records to publish.
import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { AccountFlag } from '../../mta/accounts/types.ts';
import { parseStsPolicy } from '../../mta/remote/sts-policy.ts';
import { hiddenField, machine, signInAdmin } from '../support/admin.ts';
import { createCertificate } from '../support/certificate.ts';
import { type DnsServer, startDns } from '../support/dns.ts';
import { type Client, startSite, type WebSite } from '../support/site.ts';

let site: WebSite;
let dns: DnsServer;
let root: Client;
let carol: Client;
const control = (name: string): string => join(site.home.qmail, 'control', name);
const page = '/admin/d/example.com/mta-sts';

before(async () => {
  dns = await startDns({ 'example.com': {}, 'mta-sts.example.com': { CNAME: 'mail.example.com' } });
  site = await startSite({
    people: ['carol@example.com', 'root@example.com', 'dave@example.org'],
    hosts: ['webmail.example.com', '127.0.0.1'],
  });
  await writeFile(control('dnsservers'), `${dns.address}\n`);
  const { administration } = site.web;
  await administration.changeAccount(machine, 'root@example.com', { flags: AccountFlag.systemAdmin });
  await administration.changeAccount(machine, 'carol@example.com', { flags: AccountFlag.domainAdmin });
  root = await signInAdmin(site, 'root@example.com');
  carol = await signInAdmin(site, 'carol@example.com');
});
after(async () => {
  await site.close();
  await dns.close();
});

/** As another mail server asks. */
function fetchPolicy(host: string): Promise<{ status: number; type: string; body: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{
    status: number;
    type: string;
    body: string;
  }>();
  const { port } = new URL(site.base);
  const asked = request(
    { host: '127.0.0.1', port, path: '/.well-known/mta-sts.txt', headers: { host } },
    async (response) => {
      const chunks = await response.toArray();
      resolve({
        status: response.statusCode ?? 0,
        type: String(response.headers['content-type']),
        body: Buffer.concat(chunks).toString(),
      });
    },
  );
  asked.on('error', reject);
  asked.end();
  return promise;
}

async function save(mode: string, age: string): Promise<{ status: number; body: string }> {
  const { body } = await root.get(page);
  const version = hiddenField(body, 'version');
  return root.post(page, { csrf: hiddenField(body, 'csrf'), version, mode, age });
}

test('without a policy nothing is served and no record is wanted', async () => {
  assert.equal((await fetchPolicy('mta-sts.example.com')).status, 404);
  assert.ok(!(await carol.get('/admin/d/example.com/dns')).body.includes('_mta-sts'));
});

test('a system administrator switches it on; the policy and the records follow, and the other lines stay', async () => {
  await writeFile(control('mtasts'), '# ours\nexample.org:none:86400\n');
  assert.equal((await save('testing', '604800')).status, 303);
  assert.equal(
    await readFile(control('mtasts'), 'utf8'),
    '# ours\nexample.org:none:86400\nexample.com:testing:604800\n',
  );
  const { status, type, body } = await fetchPolicy('MTA-STS.example.com:443');
  assert.equal(status, 200);
  assert.match(type, /^text\/plain/);
  assert.deepEqual(parseStsPolicy(body), { mode: 'testing', maxAge: 604_800, mx: ['mail.example.com'] });
  assert.match((await root.get(page)).body, /mode: testing/);
  const { body: records } = await carol.get('/admin/d/example.com/dns');
  const [, id] = /_mta-sts\.example\.com\. 3600 IN TXT \S+v=STSv1; id=(\w+);/.exec(records) ?? [];
  assert.match(id ?? '', /^[0-9a-f]{20}$/);
  assert.match(records, /mta-sts\.example\.com\. 3600 IN CNAME mail\.example\.com\./);

  dns.zone['_mta-sts.example.com'] = { TXT: [`v=STSv1; id=${id};`] };
  const right = await carol.get('/admin/d/example.com/dns');
  assert.match(right.body, /<code>_mta-sts\.example\.com<\/code>.*?verdict-right/s);
  assert.equal((await save('enforce', '604800')).status, 303);
  const stale = await carol.get('/admin/d/example.com/dns');
  assert.match(stale.body, /Its id is not that of the policy/);
});

test('hosts of a line stay when its mode changes, and off takes the line away', async () => {
  await writeFile(control('mtasts'), 'example.com:testing:86400:mx1.example.com,*.backup.example\n');
  await save('enforce', '86400');
  const { body } = await fetchPolicy('mta-sts.example.com');
  assert.deepEqual(parseStsPolicy(body), {
    mode: 'enforce',
    maxAge: 86_400,
    mx: ['mx1.example.com', '*.backup.example'],
  });
  await save('off', '86400');
  assert.equal((await fetchPolicy('mta-sts.example.com')).status, 404);
});

test('the key of the certificate at the doors is offered as a TLSA record', async () => {
  const made = createCertificate('mail.example.com');
  await writeFile(control('servercert.pem'), `${made.cert}${made.key}`, { mode: 0o600 });
  const key = new X509Certificate(made.cert).publicKey.export({ type: 'spki', format: 'der' });
  const digest = createHash('sha256').update(key).digest('hex');
  const wanted = `_25._tcp.mail.example.com. 3600 IN TLSA 3 1 1 ${digest}`;
  assert.ok((await root.get('/admin/d/example.com/dns')).body.includes(wanted));
  dns.zone['_25._tcp.mail.example.com'] = { TLSA: [[3, 1, 1, '00'.repeat(32)]] };
  assert.match(
    (await root.get('/admin/d/example.com/dns')).body,
    /It names another key than the mail host has/,
  );
  dns.zone['_25._tcp.mail.example.com'] = { TLSA: [[3, 1, 1, digest]] };
  const right = (await root.get('/admin/d/example.com/dns')).body;
  assert.match(right, /<code>_25\._tcp\.mail\.example\.com<\/code>.*?verdict-right/s);
});

test('only the name mta-sts.DOMAIN is answered, and a wrong file costs nobody the policy he has', async () => {
  await writeFile(control('mtasts'), 'example.com:testing:86400\n');
  for (const host of ['example.com', 'mail.example.com', 'mta-sts.example.org', 'mta-sts.', '127.0.0.1'])
    assert.equal((await fetchPolicy(host)).status, 404, host);
  await writeFile(control('mtasts'), 'example.com:maybe:86400\n');
  assert.equal((await fetchPolicy('mta-sts.example.com')).status, 503);
  assert.match((await root.get(page)).body, /control\/mtasts has a line that is wrong/);
});

test('what is no choice is told, what somebody else saved is not lost, and domain administrators have no such page', async () => {
  await writeFile(control('mtasts'), '');
  assert.equal((await save('maybe', '86400')).status, 422);
  assert.equal((await save('enforce', '1e9')).status, 422);
  const { body } = await root.get(page);
  await writeFile(control('mtasts'), 'example.org:testing:86400\n');
  const fields = { csrf: hiddenField(body, 'csrf'), version: hiddenField(body, 'version') };
  const late = await root.post(page, { ...fields, mode: 'enforce', age: '86400' });
  assert.equal(late.status, 409);
  assert.equal(await readFile(control('mtasts'), 'utf8'), 'example.org:testing:86400\n');
  assert.equal((await carol.get(page)).status, 404);
});
