// Certificates that the site fetches (RFC 8555), over a whole life: an authority on loopback checks what we say and asks for
// each proof at our doors. What goes wrong there is told and tried again in time, and the certificate of before goes on.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Proofs, proofPath } from '../../mta/acme/proofs.ts';
import { acmeSettingNames } from '../../mta/acme/settings.ts';
import { keepSecureContexts } from '../../mta/certificates/door-tls.ts';
import { installCertificate } from '../../mta/certificates/install.ts';
import { makeSiteCertificate } from '../../mta/certificates/make.ts';
import { readSettings } from '../../mta/control/settings.ts';
import { openRenewals, type Renewals } from '../../server/certificates/renewals.ts';
import { createSecureDoor } from '../../server/web/shell/secure-door.ts';
import { type AcmeServer, type AcmeServerOptions, startAcmeServer } from '../support/acme-server.ts';
import { createCertificate } from '../support/certificate.ts';

const day = 86_400_000;
const ends: (() => Promise<unknown>)[] = [];
after(async () => {
  for (const end of ends.reverse()) await end();
});

interface Site {
  readonly qmail: string;
  readonly authority: AcmeServer;
  readonly lines: string[];
  renewals: Renewals;
  /** Lets time go by. */
  wait(milliseconds: number): void;
  put(name: string, text: string): Promise<void>;
  /** What lies in control/. */
  read(file: string): Promise<X509Certificate>;
  /** The same program, started again. */
  restart(): Promise<void>;
}

async function openSite(
  names: string,
  options: AcmeServerOptions & { doors?: 'plain' | 'secure' | 'none' } = {},
): Promise<Site> {
  const base = await mkdtemp(join(tmpdir(), 'facteur-acme-'));
  const qmail = join(base, 'qmail');
  await mkdir(join(qmail, 'control'), { recursive: true });
  const proofs = new Proofs();
  const http = createServer((req, res) => {
    const text = proofs.textOf((req.url ?? '').slice(proofPath.length));
    res.writeHead(text === undefined ? 404 : 200).end(text);
  }).listen(0, '127.0.0.1');
  await once(http, 'listening');
  const pair = createCertificate('mail.our.test');
  const shown = { cert: Buffer.from(pair.cert), key: Buffer.from(pair.key) };
  const secure = createSecureDoor(
    http,
    keepSecureContexts(() => shown),
    proofs,
  ).listen(0, '127.0.0.1');
  await once(secure, 'listening');
  const authority = await startAcmeServer({
    httpPort: (http.address() as AddressInfo).port,
    tlsPort: (secure.address() as AddressInfo).port,
    ...options,
  });
  const put = (name: string, text: string) => writeFile(join(qmail, 'control', name), text);
  await put('me', 'mail.our.test\n');
  await put('acme', `${authority.directory}\n`);
  await put('acmenames', names);
  await put('acmeca.pem', authority.roots);
  await put('acmecontact', 'postmaster@our.test\n');
  const lines: string[] = [];
  let ahead = 0;
  const now = () => Date.now() + ahead;
  const doors = {
    plain: options.doors !== 'secure' && options.doors !== 'none',
    secure: options.doors === 'secure',
  };
  const open = () =>
    openRenewals({
      state: join(base, 'state'),
      control: join(qmail, 'control'),
      settings: () => readSettings(qmail, acmeSettingNames),
      proofs,
      doors,
      install: (pem) => installCertificate(qmail, pem, now()),
      log: (line) => lines.push(line),
      now,
      every: 0,
      pause: () => new Promise((resolve) => setTimeout(resolve, 5)),
      patience: 400,
      random: () => 0.5,
    });
  const site: Site = {
    qmail,
    authority,
    lines,
    renewals: open(),
    wait: (milliseconds) => {
      ahead += milliseconds;
    },
    put,
    read: async (file) => new X509Certificate(await readFile(join(qmail, 'control', file))),
    restart: async () => {
      await site.renewals.close();
      site.renewals = open();
    },
  };
  ends.push(async () => {
    await site.renewals.close();
    secure.close();
    http.closeAllConnections();
    http.close();
    await authority.close();
    await rm(base, { recursive: true, force: true });
  });
  return site;
}

test('a certificate is fetched by http-01, put in place, and renewed at two thirds of its life', async () => {
  const site = await openSite('mail.our.test our.test\nimap.other.test\n');
  await site.put('servercert.pem', makeSiteCertificate(['mail.our.test'], Date.now()));
  await site.renewals.look();
  assert.deepEqual(
    site.lines.filter((line) => line.startsWith('warning')),
    [],
  );
  assert.deepEqual(site.authority.proofs, [
    'http-01 mail.our.test',
    'http-01 our.test',
    'http-01 imap.other.test',
  ]);
  const first = await site.read('servercert.pem');
  assert.equal(first.subjectAltName, 'DNS:mail.our.test, DNS:our.test');
  assert.ok(first.verify(new X509Certificate(site.authority.authority).publicKey));
  const path = join(site.qmail, 'control', 'servercert.pem');
  assert.match(
    await readFile(path, 'latin1'),
    /END CERTIFICATE-----\n-----BEGIN CERTIFICATE[\s\S]+END CERTIFICATE-----\n-----BEGIN PRIVATE KEY/,
  );
  assert.equal((await stat(path)).mode & 0o007, 0);
  assert.equal(
    (await site.read('servercerts/imap.other.test/servercert.pem')).subjectAltName,
    'DNS:imap.other.test',
  );
  assert.deepEqual(
    [...site.authority.accounts.values()].map(({ contact }) => contact),
    [['mailto:postmaster@our.test']],
  );
  assert.deepEqual(await readdir(join(site.qmail, '..', 'state', 'acme')), [
    'account.json',
    'imap.other.test.json',
    'mail.our.test.json',
  ]);

  // Nothing is asked until it is time; a restart changes nothing.
  const { length } = site.authority.requests;
  await site.renewals.look();
  await site.restart();
  site.wait(59 * day);
  await site.renewals.look();
  assert.equal(site.authority.requests.length, length);
  site.wait(2 * day);
  await site.renewals.look();
  const second = await site.read('servercert.pem');
  assert.notEqual(second.fingerprint256, first.fingerprint256);
  assert.ok(
    second.publicKey.equals(first.publicKey),
    'the key stays, and with it what TLSA records say of it',
  );
  assert.equal(site.authority.accounts.size, 1);
});

test('tls-alpn-01 is answered by the web door with TLS, and only while it is asked for', async () => {
  const site = await openSite('mail.our.test\n', { doors: 'secure' });
  await site.renewals.look();
  assert.deepEqual(site.authority.proofs, ['tls-alpn-01 mail.our.test']);
  assert.equal((await site.read('servercert.pem')).subjectAltName, 'DNS:mail.our.test');
});

test('dns-01 by the program of the site, also for names with a star', async () => {
  const records = new Map<string, string>();
  let file = '';
  const site = await openSite('our.test *.our.test mail.our.test\n', {
    doors: 'none',
    txt: (name) => (records.get(name) === undefined ? [] : [records.get(name) as string]),
  });
  file = join(site.qmail, 'control', 'hook.log');
  const hook = join(site.qmail, 'control', 'hook');
  await writeFile(hook, `#!/bin/sh\necho "$1 $2 $3" >> ${file}\n`);
  await chmod(hook, 0o755);
  await site.put('acmehook', `${hook}\n`);
  // The zone is what the program wrote.
  const get = records.get.bind(records);
  records.get = (name) => {
    const lines = readFileSync(file, 'utf8').trim().split('\n') as string[];
    const last = lines.findLast((line) => line.split(' ')[1] === name);
    return last?.startsWith('present') ? last.split(' ')[2] : get(name);
  };
  await site.renewals.look();
  assert.deepEqual(
    site.lines.filter((line) => line.startsWith('warning')),
    [],
  );
  const lines = (await readFile(file, 'utf8')).trim().split('\n');
  assert.deepEqual(
    lines.map((line) => line.split(' ').slice(0, 2).join(' ')),
    [
      'present _acme-challenge.our.test',
      'remove _acme-challenge.our.test',
      'present _acme-challenge.our.test',
      'remove _acme-challenge.our.test',
      'present _acme-challenge.mail.our.test',
      'remove _acme-challenge.mail.our.test',
    ],
  );
  assert.equal(
    (await site.read('servercert.pem')).subjectAltName,
    'DNS:our.test, DNS:*.our.test, DNS:mail.our.test',
  );
});

test('an administrator’s own certificate stays where it is', async () => {
  const site = await openSite('mail.our.test\n');
  const { cert, key } = createCertificate('mail.our.test', {
    names: ['bought.test'],
    issuer: { ...createCertificate('Their Authority', { isAuthority: true }), host: 'Their Authority' },
  });
  await site.put('servercert.pem', cert + key);
  await site.renewals.look();
  assert.equal((await site.read('servercert.pem')).fingerprint256, new X509Certificate(cert).fingerprint256);
  assert.equal(
    (await site.read('servercerts/mail.our.test/servercert.pem')).subjectAltName,
    'DNS:mail.our.test',
  );
});

test('nothing is installed that control/acmenames does not list, and nothing at all when it is off', async () => {
  const site = await openSite('mail.our.test\n');
  const { cert, key } = createCertificate('bank.test');
  const install = (text: string) => installCertificate(site.qmail, Buffer.from(text), Date.now());
  await assert.rejects(install(cert + key), /names that control\/acmenames does not list/);
  const own = createCertificate('mail.our.test');
  await assert.rejects(install(own.cert + createCertificate('mail.our.test').key), /key values mismatch/);
  await assert.rejects(install(own.cert), /expected a certificate chain and its key/);
  const old = createCertificate('mail.our.test', { from: Date.now() - 9 * day, to: Date.now() - day });
  await assert.rejects(install(old.cert + old.key), /ended/);
  await rm(join(site.qmail, 'control', 'acme'));
  await assert.rejects(install(own.cert + own.key), /control\/acme is not set/);
  await site.renewals.look();
  assert.deepEqual(site.authority.requests, []);
  assert.deepEqual(await site.renewals.list(), []);
});

test('bad nonces, and an account that the authority has lost, are mended at once', async () => {
  const site = await openSite('mail.our.test\n');
  site.authority.faults.badNonce = 3;
  await site.renewals.look();
  assert.deepEqual(
    site.lines.filter((line) => line.startsWith('warning')),
    [],
  );
  site.wait(61 * day);
  site.authority.faults.noAccounts = true;
  await site.renewals.look();
  assert.deepEqual(
    site.lines.filter((line) => line.startsWith('warning')),
    [],
  );
  assert.equal(site.authority.proofs.length, 2);
});

test('what the authority refuses is told in its words and tried later and later', async () => {
  const site = await openSite('mail.our.test\n');
  await site.put('servercert.pem', makeSiteCertificate(['mail.our.test'], Date.now()));
  const before = (await site.read('servercert.pem')).fingerprint256;
  site.authority.faults.wrongPort = true;
  await site.renewals.look();
  assert.match(
    site.lines.join('\n'),
    /^warning: no certificate for mail\.our\.test: unauthorized: mail\.our\.test: Invalid response: .*; next try in 6 minutes$/m,
  );
  const asked = site.authority.proofs.length;
  await site.renewals.look();
  assert.equal(site.authority.proofs.length, asked);
  for (const [minutes, next] of [
    [6, 33],
    [34, 132],
    [133, 528],
  ] as const) {
    site.wait(minutes * 60_000);
    await site.renewals.look();
    assert.match(site.lines.at(-1) ?? '', new RegExp(`next try in ${next} minutes$`));
  }
  const [state] = await site.renewals.list();
  assert.deepEqual([state?.failures, state?.problem?.kind], [4, 'unauthorized']);
  assert.equal((await site.read('servercert.pem')).fingerprint256, before);
  // By hand it may be tried at once.
  site.authority.faults.wrongPort = false;
  assert.equal(await site.renewals.renewNow('mail.our.test'), true);
  await site.renewals.look();
  assert.notEqual((await site.read('servercert.pem')).fingerprint256, before);
  assert.deepEqual(
    [(await site.renewals.list())[0]?.failures, (await site.renewals.list())[0]?.problem],
    [0, undefined],
  );
});

test('a rate limit is kept to, also by hand', async () => {
  const site = await openSite('mail.our.test\n');
  site.authority.faults.rateLimited = 1;
  await site.renewals.look();
  assert.match(
    site.lines.at(-1) ?? '',
    /rateLimited: too many certificates this week; next try in 132 minutes/,
  );
  assert.equal(await site.renewals.renewNow('mail.our.test'), false);
  site.wait(131 * 60_000);
  await site.renewals.look();
  assert.equal(site.authority.proofs.length, 0);
  site.wait(2 * 60_000);
  await site.renewals.look();
  assert.equal((await site.read('servercert.pem')).subjectAltName, 'DNS:mail.our.test');
});

test('errors of the server, garbage, and an authority that never decides end the try and nothing else', async () => {
  for (const [fault, words] of [
    [{ serverError: 1 }, /other: the authority answered 500/],
    [{ garbage: 1 }, /garbage: the authority answered 200 with something that is no JSON/],
    [
      { pendingForEver: true },
      /slow: the authority does not look at mail\.our\.test: it has been pending for too long/,
    ],
    [
      { processingForEver: true },
      /slow: the authority does not make it: it has been processing for too long/,
    ],
    [{ otherKey: true }, /garbage: the certificate is of another key/],
  ] as const) {
    const site = await openSite('mail.our.test\n');
    Object.assign(site.authority.faults, fault);
    await site.renewals.look();
    assert.match(site.lines.at(-1) ?? '', words);
    await assert.rejects(site.read('servercert.pem'), /ENOENT/);
    // The order goes on where it is only slow.
    const orders = () => site.authority.requests.filter((kind) => kind === 'new-order').length;
    assert.equal(orders() <= 1, true);
    const begun = orders();
    for (const name of Object.keys(fault)) Object.assign(site.authority.faults, { [name]: undefined });
    await site.restart();
    site.wait(7 * 60_000);
    await site.renewals.look();
    assert.equal((await site.read('servercert.pem')).subjectAltName, 'DNS:mail.our.test');
    if ('processingForEver' in fault) assert.equal(orders(), begun, 'no second order');
  }
});

test('a certificate that cannot be put in place is kept, and no second one is fetched', async () => {
  const site = await openSite('mail.our.test\n');
  await mkdir(join(site.qmail, 'control', 'servercert.pem'));
  await site.renewals.look();
  assert.match(site.lines.at(-1) ?? '', /^warning: no certificate for mail\.our\.test: other: /);
  await rm(join(site.qmail, 'control', 'servercert.pem'), { recursive: true });
  await site.restart();
  site.wait(7 * 60_000);
  await site.renewals.look();
  assert.equal((await site.read('servercert.pem')).subjectAltName, 'DNS:mail.our.test');
  assert.equal(site.authority.requests.filter((kind) => kind === 'finalize').length, 1);
});

test('an authority that nobody vouches for is not spoken to', async () => {
  const site = await openSite('mail.our.test\n');
  await rm(join(site.qmail, 'control', 'acmeca.pem'));
  await site.renewals.look();
  assert.match(site.lines.at(-1) ?? '', /unreachable: self-signed certificate/);
  assert.deepEqual(site.authority.requests, []);
  await site.put('acmeca.pem', site.authority.roots);
  const { terms } = await site.renewals.ask(site.authority.directory);
  assert.match(terms ?? '', /^https:\/\/localhost:\d+\/terms$/);
});
