// DANE (RFC 7672): what becomes of a letter for each state of DNSSEC, TLSA records and certificates. A real DNS server that
// says what is signed, real certificates, sinks that say what they were sent.
import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import { describe, test } from 'node:test';
import { createCertificate, type TestCertificate } from '../support/certificate.ts';
import type { DnsName, DnsZone } from '../support/dns.ts';
import { startRemoteSite } from '../support/remote.ts';
import type { SinkOptions } from '../support/smtp-sink.ts';

const IP = '192.0.2.1';
const SECOND = '192.0.2.2';
const day = 86_400_000;
const past = { from: Date.now() - 9 * day, to: Date.now() - 2 * day };

const authority = { ...createCertificate('authority.test', { isAuthority: true }), host: 'authority.test' };
const middle = {
  ...createCertificate('middle.test', { isAuthority: true, issuer: authority }),
  host: 'middle.test',
};
const host = createCertificate('mx.far.test');
const stranger = createCertificate('mx.far.test');
const expired = createCertificate('elsewhere.test', past);

/** A certificate and those above it, as a server sends them. */
const withChain = (own: TestCertificate, ...above: readonly TestCertificate[]): TestCertificate => ({
  key: own.key,
  cert: [own, ...above].map(({ cert }) => cert).join(''),
});
const issued = (name: string, options: { from?: number; to?: number } = {}) =>
  withChain(createCertificate(name, { issuer: authority, ...options }), authority);

type Tlsa = NonNullable<DnsName['TLSA']>[number];

/** A record for a certificate. */
function tlsa(usage: number, selector: number, matching: number, { cert }: TestCertificate): Tlsa {
  const certificate = new X509Certificate(cert);
  const subject =
    selector === 1 ? certificate.publicKey.export({ type: 'spki', format: 'der' }) : certificate.raw;
  const digest = matching === 2 ? 'sha512' : 'sha256';
  const bytes = matching === 0 ? subject : createHash(digest).update(subject).digest();
  return [usage, selector, matching, bytes.toString('hex')];
}

const signed = true;
/** far.test with a mail host, all of it signed. */
const zoneOf = (records: readonly Tlsa[] | DnsName, change: DnsZone = {}): DnsZone => ({
  'far.test': { MX: [[10, 'mx.far.test']], signed },
  'mx.far.test': { A: [IP], signed },
  '_25._tcp.mx.far.test': Array.isArray(records)
    ? { TLSA: records, signed }
    : ({ signed, ...records } as DnsName),
  ...change,
});

interface Row {
  readonly name: string;
  readonly zone: DnsZone;
  readonly sink?: SinkOptions;
  readonly outcome: RegExp;
  /** The letter went over TLS, or in clear text; undefined: it did not go. */
  readonly secure?: boolean;
  readonly settings?: Parameters<typeof startRemoteSite>[1];
}

const verified = /^K.*\nTLS: verified by DANE\.$/s;
const encrypted = /^K.*\nTLS: encrypted, not verified\.$/s;
const clear = /^K(?!.*TLS:)/s;
const mismatch =
  /^ZConnected to 192\.0\.2\.1 but its certificate is none that the TLSA records of mx\.far\.test name\. \(#4\.7\.5\)$/;

const rows: readonly Row[] = [
  ...(
    [
      [0, 0],
      [0, 1],
      [0, 2],
      [1, 0],
      [1, 1],
      [1, 2],
    ] as const
  ).map(([selector, matching]) => ({
    name: `3 ${selector} ${matching} that is the host's own`,
    zone: zoneOf([tlsa(3, selector, matching, host)]),
    sink: { tls: host },
    outcome: verified,
    secure: true,
  })),
  {
    name: '3 1 1 of a certificate that is over and of another name: neither counts',
    zone: zoneOf([tlsa(3, 1, 1, expired)]),
    sink: { tls: expired },
    outcome: verified,
    secure: true,
  },
  {
    name: '3 1 1 of another key',
    zone: zoneOf([tlsa(3, 1, 1, host)]),
    sink: { tls: stranger },
    outcome: mismatch,
  },
  {
    name: 'the next key and the present one',
    zone: zoneOf([tlsa(3, 1, 1, stranger), tlsa(3, 1, 1, host)]),
    sink: { tls: host },
    outcome: verified,
    secure: true,
  },
  {
    name: 'a right weak digest beside a wrong strong one',
    zone: zoneOf([tlsa(3, 1, 1, host), tlsa(3, 1, 2, stranger)]),
    sink: { tls: host },
    outcome: mismatch,
  },
  {
    name: 'no STARTTLS',
    zone: zoneOf([tlsa(3, 1, 1, host)]),
    sink: {},
    outcome:
      /^ZConnected to 192\.0\.2\.1 but it offers no TLS, and the TLSA records of mx\.far\.test demand it\. \(#4\.7\.5\)$/,
  },
  {
    name: 'STARTTLS that is refused',
    zone: zoneOf([tlsa(3, 1, 1, host)]),
    sink: { tls: host, replies: { starttls: '454 not now' } },
    outcome: /^Z.*offers no TLS/,
  },
  {
    name: 'TLS that breaks: never again in clear text',
    zone: zoneOf([tlsa(3, 1, 1, host)]),
    sink: { tls: 'garbage' },
    outcome: /^ZConnected to 192\.0\.2\.1 but TLS failed\. \(#4\.7\.5\)$/,
  },
  ...(
    [
      [0, 1],
      [1, 1],
      [0, 2],
      [0, 0],
      [1, 0],
    ] as const
  ).map(([selector, matching]) => ({
    name: `2 ${selector} ${matching} and a certificate of the host's name by that authority`,
    zone: zoneOf([tlsa(2, selector, matching, authority)]),
    sink: { tls: issued('mx.far.test') },
    outcome: verified,
    secure: true,
  })),
  {
    name: '2 0 1 of an authority that is no root',
    zone: zoneOf([tlsa(2, 0, 1, middle)]),
    sink: { tls: withChain(createCertificate('mx.far.test', { issuer: middle }), middle) },
    outcome: verified,
    secure: true,
  },
  {
    name: '2 0 1 of the root and an authority in between',
    zone: zoneOf([tlsa(2, 0, 1, authority)]),
    sink: { tls: withChain(createCertificate('mx.far.test', { issuer: middle }), middle, authority) },
    outcome: verified,
    secure: true,
  },
  {
    name: '2 0 1 and a certificate of the mail domain',
    zone: zoneOf([tlsa(2, 0, 1, authority)]),
    sink: { tls: issued('far.test') },
    outcome: verified,
    secure: true,
  },
  {
    name: '2 0 1 and a certificate of any host below the domain',
    zone: zoneOf([tlsa(2, 0, 1, authority)]),
    sink: { tls: issued('*.far.test') },
    outcome: verified,
    secure: true,
  },
  {
    name: '2 0 1 and a certificate of another name',
    zone: zoneOf([tlsa(2, 0, 1, authority)]),
    sink: { tls: issued('mx.elsewhere.test') },
    outcome:
      /^ZConnected to 192\.0\.2\.1 but its certificate is not that of mx\.far\.test or far\.test\. \(#4\.7\.5\)$/,
  },
  {
    name: '2 0 1 and a certificate that is over',
    zone: zoneOf([tlsa(2, 0, 1, authority)]),
    sink: { tls: issued('mx.far.test', past) },
    outcome:
      /^Z.*the TLSA records of mx\.far\.test do not prove its certificate: CERT_HAS_EXPIRED\. \(#4\.7\.5\)$/,
  },
  {
    name: '2 0 1 and an authority that is not shown',
    zone: zoneOf([tlsa(2, 0, 1, authority)]),
    sink: { tls: createCertificate('mx.far.test', { issuer: authority }) },
    outcome: mismatch,
  },
  {
    name: '2 0 0: the DNS itself has the authority that is not shown',
    zone: zoneOf([tlsa(2, 0, 0, authority)]),
    sink: { tls: createCertificate('mx.far.test', { issuer: authority }) },
    outcome: verified,
    secure: true,
  },
  {
    name: '2 0 1 of an authority that is shown and has signed nothing here',
    zone: zoneOf([tlsa(2, 0, 1, authority)]),
    sink: { tls: withChain(host, authority) },
    outcome: /^Z.*\(#4\.7\.5\)$/,
  },
  {
    name: '2 0 1 of the host itself: an authority stands above it',
    zone: zoneOf([tlsa(2, 0, 1, host)]),
    sink: { tls: host },
    outcome: mismatch,
  },
  ...(
    [
      [0, 1, 1],
      [1, 1, 1],
      [3, 2, 1],
      [3, 1, 3],
      [7, 0, 0],
    ] as const
  ).map(([usage, selector, matching]) => ({
    name: `${usage} ${selector} ${matching} alone, which cannot be used: TLS with whoever it is`,
    zone: zoneOf([[usage, selector, matching, '00'.repeat(32)]]),
    sink: { tls: stranger },
    outcome: encrypted,
    secure: true,
  })),
  {
    name: '3 1 1 with a digest of the wrong length, which cannot be used',
    zone: zoneOf([[3, 1, 1, '00'.repeat(20)]]),
    sink: { tls: stranger },
    outcome: encrypted,
    secure: true,
  },
  {
    name: 'only records that cannot be used, and no STARTTLS',
    zone: zoneOf([tlsa(1, 1, 1, host)]),
    sink: {},
    outcome: /^Z.*offers no TLS, and the TLSA records of mx\.far\.test demand it/,
  },
  {
    name: 'a record that cannot be used beside one that is wrong',
    zone: zoneOf([tlsa(1, 1, 1, host), tlsa(3, 1, 1, stranger)]),
    sink: { tls: host },
    outcome: mismatch,
  },
  {
    name: 'TLSA records that are forged (SERVFAIL)',
    zone: zoneOf({ fault: 'SERVFAIL' }),
    sink: { tls: host },
    outcome: /^ZThe TLSA records of mx\.far\.test cannot be looked up or are forged\. \(#4\.4\.3\)$/,
  },
  {
    name: 'TLSA records that nobody answers for',
    zone: zoneOf({ fault: 'silent' }),
    sink: { tls: host },
    outcome: /^ZThe TLSA records of mx\.far\.test cannot be looked up/,
  },
  {
    name: 'MX records that are forged',
    zone: zoneOf([tlsa(3, 1, 1, host)], { 'far.test': { fault: 'SERVFAIL' } }),
    sink: { tls: host },
    outcome: /^ZSorry, I couldn't find any host by that name\. \(#4\.1\.2\)$/,
  },
  {
    name: 'no TLSA records (signed)',
    zone: zoneOf({ TLSA: [] }),
    sink: {},
    outcome: clear,
    secure: false,
  },
  {
    name: 'no such name for TLSA records',
    zone: { 'far.test': zoneOf([])['far.test']!, 'mx.far.test': { A: [IP], signed } },
    sink: { tls: stranger },
    outcome: encrypted,
    secure: true,
  },
  {
    name: 'TLSA records that are not signed',
    zone: zoneOf({ TLSA: [tlsa(3, 1, 1, host)], signed: false }),
    sink: { tls: stranger },
    outcome: encrypted,
    secure: true,
  },
  {
    name: 'MX records that are not signed: the TLSA records of the host do not count',
    zone: zoneOf([tlsa(3, 1, 1, host)], { 'far.test': { MX: [[10, 'mx.far.test']] } }),
    sink: {},
    outcome: clear,
    secure: false,
  },
  {
    name: 'addresses of the host that are not signed',
    zone: zoneOf({ fault: 'SERVFAIL' }, { 'mx.far.test': { A: [IP] } }),
    sink: {},
    outcome: clear,
    secure: false,
  },
  {
    name: 'an alias: the records of where it leads',
    zone: zoneOf(
      {},
      {
        'mx.far.test': { CNAME: 'real.test', signed },
        'real.test': { A: [IP], signed },
        '_25._tcp.real.test': { TLSA: [tlsa(3, 1, 1, host)], signed },
      },
    ),
    sink: { tls: host },
    outcome: verified,
    secure: true,
  },
  {
    name: 'an alias: the records of the name itself where the other has none',
    zone: zoneOf([tlsa(3, 1, 1, host)], {
      'mx.far.test': { CNAME: 'real.test', signed },
      'real.test': { A: [IP], signed },
    }),
    sink: { tls: stranger },
    outcome: mismatch,
  },
  {
    name: 'no MX: the records of the domain itself',
    zone: {
      'far.test': { A: [IP], signed },
      '_25._tcp.far.test': { TLSA: [tlsa(3, 1, 1, stranger)], signed },
    },
    sink: { tls: host },
    outcome: /^Z.*none that the TLSA records of far\.test name/,
  },
  {
    name: 'a relay of control/smtproutes: the records of its port',
    zone: {
      'mx.far.test': { A: [IP], signed },
      '_26._tcp.mx.far.test': { TLSA: [tlsa(3, 1, 1, host)], signed },
    },
    sink: { tls: stranger },
    outcome: mismatch,
    settings: { smtproutes: new Map([['', 'mx.far.test:26']]) },
  },
  {
    name: 'a resolver whose word does not count: no DANE',
    zone: zoneOf([tlsa(3, 1, 1, host)]),
    sink: {},
    outcome: clear,
    secure: false,
    settings: { dnssecresolver: [] },
  },
  {
    name: 'control/tlspolicies without dane',
    zone: zoneOf([tlsa(3, 1, 1, host)]),
    sink: {},
    outcome: clear,
    secure: false,
    settings: { tlspolicies: new Set() },
  },
];

describe('DANE decides', () => {
  for (const { name, zone, sink, outcome, secure, settings } of rows)
    test(name, async () => {
      const site = await startRemoteSite(zone, settings);
      try {
        const taken = await site.addSink(IP, sink);
        assert.match(await site.send('user@far.test'), outcome);
        assert.deepEqual(
          taken.messages.map((each) => each.secure),
          secure === undefined ? [] : [secure],
        );
      } finally {
        await site.close();
      }
    });
});

test('a host that fails its records is passed over for the next one', async () => {
  const site = await startRemoteSite(
    zoneOf([tlsa(3, 1, 1, host)], {
      'far.test': {
        MX: [
          [10, 'mx.far.test'],
          [20, 'second.far.test'],
        ],
        signed,
      },
      'second.far.test': { A: [SECOND], signed },
      '_25._tcp.second.far.test': { TLSA: [tlsa(3, 1, 1, stranger)], signed },
    }),
  );
  try {
    await site.addSink(IP, { tls: stranger });
    const second = await site.addSink(SECOND, { tls: stranger });
    assert.match(await site.send('user@far.test'), verified);
    assert.equal(second.messages.length, 1);
  } finally {
    await site.close();
  }
});

test('a session is kept for what it was checked for, and never used for stricter records', async () => {
  const zone: DnsZone = {
    ...zoneOf([tlsa(3, 1, 1, host)]),
    // The same host for a domain without DNSSEC, and afterwards other records.
    'loose.test': { MX: [[10, 'mx.far.test']] },
  };
  const site = await startRemoteSite(zone);
  try {
    const sink = await site.addSink(IP, { tls: stranger });
    assert.match(await site.send('user@loose.test'), encrypted);
    assert.match(await site.send('user@far.test'), mismatch);
    assert.match(await site.send('user@loose.test'), encrypted);
    assert.equal(sink.connections.length, 2, 'the loose session was used again');
  } finally {
    await site.close();
  }
});

test('authorities that were shown are kept: the next letter needs one connection', async () => {
  const site = await startRemoteSite(zoneOf([tlsa(2, 0, 1, authority)]), { outgoingip: [] });
  try {
    const sink = await site.addSink(IP, {
      tls: issued('mx.far.test'),
      replies: { dot: { reply: '250 ok', drop: true } },
    });
    for (let letter = 0; letter < 3; letter++) assert.match(await site.send('user@far.test'), verified);
    assert.equal(sink.connections.length, 4);
  } finally {
    await site.close();
  }
});
