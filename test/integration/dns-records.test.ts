// The look at what is published for a domain, against a DNS server that serves it, lies, loops, fails and keeps silent: each
// row gets a plain verdict, all at once and in time.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRecordLookup } from '../../mta/dns/record-lookup.ts';
import { checkRecords } from '../../mta/dns/records/check.ts';
import type { RecordRow, SiteFacts } from '../../mta/dns/records/types.ts';
import { type DnsZone, startDns } from '../support/dns.ts';

const site: SiteFacts = {
  domain: 'example.com',
  host: 'mail.example.com',
  helo: 'mail.example.com',
  addresses: ['192.0.2.1'],
  doors: [{ name: 'submission', port: 587 }],
  issuer: 'letsencrypt.org',
};

const good = (): DnsZone => ({
  'example.com': {
    MX: [[10, 'mail.example.com']],
    TXT: ['unrelated=1', ['v=spf1 ip4:192.', '0.2.1', ' -all']],
    CAA: [[0, 'issue', 'letsencrypt.org']],
  },
  'mail.example.com': { A: ['192.0.2.1'] },
  '1.2.0.192.in-addr.arpa': { PTR: ['mail.example.com'] },
  '_dmarc.example.com': { TXT: ['v=DMARC1; p=none'] },
  '_smtp._tls.example.com': { TXT: ['v=TLSRPTv1; rua=mailto:postmaster@example.com'] },
  'autoconfig.example.com': { CNAME: 'mail.example.com' },
  'autodiscover.example.com': { CNAME: 'Mail.Example.com' },
  '_submission._tcp.example.com': { SRV: [[0, 1, 587, 'mail.example.com']] },
});

async function check(zone: DnsZone, facts = site, timeout = 1500, patience = 8000) {
  const dns = await startDns(zone);
  const lookup = createRecordLookup([dns.address], timeout);
  try {
    const rows = await checkRecords(facts, lookup, patience);
    return { rows, queries: dns.queries };
  } finally {
    lookup.close();
    await dns.close();
  }
}

const verdicts = (rows: readonly RecordRow[]): Readonly<Record<string, string>> =>
  Object.fromEntries(rows.map(({ kind, type, verdict, why }) => [`${kind} ${type}`, `${verdict} ${why}`]));

test('a zone that holds what is wanted is right in every row; strings of one TXT are joined, CAA is found above', async () => {
  const { rows } = await check(good());
  assert.deepEqual(verdicts(rows), {
    'mx MX': 'right as-wanted',
    'address A': 'right as-wanted',
    'reverse PTR': 'right as-wanted',
    'spf TXT': 'right as-wanted',
    'dmarc TXT': 'right as-wanted',
    'tlsrpt TXT': 'right as-wanted',
    'service SRV': 'right as-wanted',
    'setup CNAME': 'right as-wanted',
    'caa CAA': 'right as-wanted',
  });
  assert.deepEqual(rows.find(({ kind }) => kind === 'service')?.published, ['0 1 587 mail.example.com']);
  assert.deepEqual(rows.find(({ kind }) => kind === 'caa')?.published, ['0 issue "letsencrypt.org"']);
});

test('a domain that does not exist misses everything', async () => {
  const { rows } = await check({});
  assert.ok(rows.length >= 7 && rows.every(({ verdict }) => verdict === 'missing'), JSON.stringify(rows));
});

test('what fails, loops or is no answer cannot be told, and the other rows stand', async () => {
  const zone = good();
  zone['example.com'] = { ...zone['example.com'], fault: { MX: 'SERVFAIL', TXT: 'garbage' } };
  zone['mail.example.com'] = { CNAME: 'loop.example.com' };
  zone['loop.example.com'] = { CNAME: 'mail.example.com' };
  zone['_dmarc.example.com'] = { TXT: ['v=DMARC1; p=none'], fault: 'truncate' };
  const { rows, queries } = await check(zone, site, 100);
  const seen = verdicts(rows);
  assert.deepEqual(
    [seen['mx MX'], seen['spf TXT'], seen['address A'], seen['dmarc TXT'], seen['reverse PTR']],
    ['unknown no-answer', 'unknown no-answer', 'unknown no-answer', 'right as-wanted', 'right as-wanted'],
  );
  assert.ok(queries.some(({ name, over }) => name === '_dmarc.example.com' && over === 'tcp'));
});

test('a resolver that keeps silent ends with its time, not ours', async () => {
  const zone = Object.fromEntries(Object.keys(good()).map((name) => [name, { fault: 'silent' as const }]));
  const started = performance.now();
  const { rows } = await check(zone, site, 60_000, 300);
  assert.ok(performance.now() - started < 10_000);
  const silent = rows.filter(({ kind }) => kind !== 'caa');
  assert.ok(
    silent.length >= 6 && silent.every(({ why }) => why === 'no-answer'),
    JSON.stringify(verdicts(rows)),
  );
});

test('of a name with hundreds of records only some are looked at', async () => {
  const zone = good();
  zone['example.com'] = {
    MX: [[10, 'mail.example.com']],
    TXT: Array.from({ length: 200 }, (_, at) => `${'x'.repeat(240)}${at}`),
  };
  const { rows } = await check(zone);
  const spf = rows.find(({ kind }) => kind === 'spf');
  assert.deepEqual([spf?.verdict, spf?.published.length], ['missing', 50]);
});

test('a site that does not know its addresses asks for the names of those that its host has', async () => {
  const { rows } = await check(good(), { ...site, addresses: [] });
  const seen = verdicts(rows);
  assert.deepEqual([seen['address A'], seen['reverse PTR']], ['unknown address-unsure', 'right as-wanted']);
});

test('a domain below another has its DMARC policy', async () => {
  const { rows } = await check(good(), { ...site, domain: 'news.example.com' });
  const dmarc = rows.find(({ kind }) => kind === 'dmarc');
  assert.deepEqual([dmarc?.name, dmarc?.verdict], ['_dmarc.news.example.com', 'right']);
});

test('data of every type comes in the form of zone files', async () => {
  const dns = await startDns({
    '_25._tcp.mail.example.com': { TLSA: [[3, 1, 1, '00ff10']] },
    'autoconfig.example.com': { CNAME: 'mail.example.com' },
  });
  const lookup = createRecordLookup([dns.address]);
  try {
    const of = async (name: string, type: 'TLSA' | 'CNAME') => lookup.records(name, type);
    assert.deepEqual(await of('_25._tcp.mail.example.com', 'TLSA'), {
      kind: 'found',
      values: ['3 1 1 00ff10'],
    });
    assert.deepEqual(await of('autoconfig.example.com', 'CNAME'), {
      kind: 'found',
      values: ['mail.example.com'],
    });
  } finally {
    lookup.close();
    await dns.close();
  }
});
