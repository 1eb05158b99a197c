// Certificates that the site fetches (RFC 8555), over a whole life: an authority on loopback checks what we say and asks for
// each proof at our doors. What goes wrong there is told and tried again in time, and the certificate of before goes on.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readPageNames } from '../../mta/acme/page-names.ts';
import { acmeSettingNames } from '../../mta/acme/settings.ts';
import { installCertificate } from '../../mta/certificates/install.ts';
import { makeSiteCertificate } from '../../mta/certificates/make.ts';
import { readSettings } from '../../mta/control/settings.ts';
import type { RecordLookup } from '../../mta/dns/record-lookup.ts';
import { findPageNames } from '../../server/certificates/page-names.ts';
import { openRenewals, type Renewals } from '../../server/certificates/renewals.ts';
import { openAcmeDoors } from '../support/acme-doors.ts';
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
  options: AcmeServerOptions & {
    doors?: 'plain' | 'secure' | 'none';
    /** Addresses of names; the host itself is at 192.0.2.1. */
    addresses?: Readonly<Record<string, string>>;
    isCovered?: (name: string) => boolean;
  } = {},
): Promise<Site> {
  const base = await mkdtemp(join(tmpdir(), 'facteur-acme-'));
  const qmail = join(base, 'qmail');
  await mkdir(join(qmail, 'control'), { recursive: true });
  const asked = await openAcmeDoors();
  const { proofs } = asked;
  const authority = await startAcmeServer({
    httpPort: asked.httpPort,
    tlsPort: asked.tlsPort,
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
  const records: RecordLookup = {
    records: async (name, type) => {
      const value = name === 'mail.our.test' ? '192.0.2.1' : options.addresses?.[name];
      if (value === 'soft') return { kind: 'soft' };
      if (value === undefined || type !== 'A') return { kind: 'none', reason: 'no data' };
      return { kind: 'found', values: [value] };
    },
    close: () => undefined,
  };
  const open = () =>
    openRenewals({
      pageNames: findPageNames({
        read: () => readPageNames(qmail),
        host: async () => ({ name: 'mail.our.test', addresses: [] }),
        lookup: async () => records,
        now,
      }),
      isCovered: options.isCovered,
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
    asked.close();
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

test('an authority that has customers only gets the customer, by a signature with the key that it gave', async () => {
  const key = Buffer.alloc(32, 7);
  const site = await openSite('mail.our.test\n', { customers: { 'kid-1': key } });
  await site.renewals.look();
  assert.match(site.lines.at(-1) ?? '', /externalAccountRequired: the authority has customers only/);
  assert.deepEqual(site.authority.requests, []);
  site.wait(7 * 60_000);
  await site.put('acmeeab', `kid-1 ${Buffer.alloc(32, 8).toString('base64url')}\n`);
  await site.renewals.look();
  assert.match(site.lines.at(-1) ?? '', /unauthorized: the binding is not signed by the customer/);
  site.wait(40 * 60_000);
  await site.put('acmeeab', `kid-1 ${key.toString('base64url')}\n`);
  await site.renewals.look();
  assert.equal((await site.read('servercert.pem')).subjectAltName, 'DNS:mail.our.test');
});

test('the authority’s window decides when to renew, also when it moves; without one a third of the life is left', async () => {
  const windows: { start: number; end: number }[] = [];
  const site = await openSite('mail.our.test\n', { window: () => windows.at(-1) });
  await site.renewals.look();
  const { fingerprint256: first, serialNumber: serial } = await site.read('servercert.pem');
  const renewAt = async () => (await site.renewals.list())[0]?.renewAt ?? 0;
  assert.ok(Math.abs((await renewAt()) - (Date.now() + 60 * day)) < 2 * day);
  const begun = Date.now();
  windows.push({ start: begun + 40 * day, end: begun + 42 * day });
  await site.renewals.look();
  assert.ok(Math.abs((await renewAt()) - (begun + 41 * day)) < 60_000);
  assert.match(site.lines.at(-1) ?? '', /would have the certificate for mail\.our\.test renewed/);
  // It asks no more often than it was told, and a window that stays changes nothing.
  const asked = site.authority.windows.length;
  await site.renewals.look();
  assert.equal(site.authority.windows.length, asked);
  site.wait(day);
  await site.renewals.look();
  assert.equal(site.authority.windows.length, asked + 1);
  assert.equal((await site.read('servercert.pem')).fingerprint256, first);
  // It has to revoke: the window is over already.
  windows.push({ start: begun - day, end: begun });
  site.wait(day);
  await site.renewals.look();
  assert.notEqual((await site.read('servercert.pem')).fingerprint256, first);
  assert.deepEqual(site.authority.replaced, [site.authority.windows[0]]);
  // RFC 9773 4.1: the issuer's key, and the certificate's number.
  const [key, number = ''] = site.authority.windows[0]?.split('.') ?? [];
  assert.equal(key, Buffer.alloc(20, 0x5a).toString('base64url'));
  assert.equal(Buffer.from(number, 'base64url').toString('hex').toUpperCase(), serial);
});

test('names that our pages need get theirs where the DNS leads them here; one that is refused costs the others nothing', async () => {
  const addresses: Record<string, string> = {
    'mta-sts.one.test': '192.0.2.1',
    'autoconfig.one.test': '192.0.2.1',
    'autodiscover.one.test': '192.0.2.9',
    'autoconfig.two.test': '192.0.2.1',
    'mta-sts.two.test': '192.0.2.1',
    'autodiscover.two.test': 'soft',
    'webmail.test': '192.0.2.1',
  };
  const site = await openSite('mail.our.test\n', {
    addresses,
    refuses: (name) => name === 'autoconfig.one.test',
    isCovered: (name) => name === 'webmail.test',
  });
  await mkdir(join(site.qmail, 'users'), { recursive: true });
  const line = (name: string) => `+${name}-:${name}:89:89:/var/vpopmail/domains/${name}:-::\n`;
  await writeFile(join(site.qmail, 'users', 'assign'), `${line('one.test')}${line('two.test')}.\n`);
  await site.put('mtasts', 'one.test:testing:86400\n');
  await site.put('webhosts', 'webmail.test\nMail.Our.Test\n');
  await site.renewals.look();
  assert.deepEqual(await readdir(join(site.qmail, 'control', 'servercerts')), [
    'autoconfig.two.test',
    'mta-sts.one.test',
  ]);
  const states = (await site.renewals.list()).map(({ names, isForPage, problem }) =>
    [names.join(), isForPage, problem?.kind ?? ''].join(' '),
  );
  assert.deepEqual(states, [
    'mail.our.test false ',
    'mta-sts.one.test true ',
    'autoconfig.one.test true rejectedIdentifier',
    'autoconfig.two.test true ',
  ]);
  // The DNS did not tell of one: it is asked again soon, and of all again after the hour.
  addresses['autodiscover.two.test'] = '192.0.2.1';
  addresses['autodiscover.one.test'] = '192.0.2.1';
  site.wait(5 * 60_000);
  await site.renewals.look();
  const listed = async () => (await site.renewals.list()).map(({ names }) => names.join());
  assert.ok((await listed()).includes('autodiscover.two.test'));
  delete addresses['autodiscover.one.test'];
  site.wait(30 * 60_000);
  await site.renewals.look();
  assert.ok((await listed()).includes('autodiscover.one.test'));
  await site.put('acmedomains', '0\n');
  site.wait(2 * 3_600_000);
  await site.renewals.look();
  assert.equal((await site.renewals.list()).length, 1);
});
