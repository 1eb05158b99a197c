// Which DNS records a site wants for a domain, how those that are published are judged, and the zone text (RFC 1035, 5321,
// 6186, 7208, 7489, 8659), as tables.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordKinds } from '../../mta/dns/records/kinds.ts';
import type { KindName, RecordType, SiteFacts, Verdict, Why } from '../../mta/dns/records/types.ts';
import { writeZone } from '../../mta/dns/records/zone.ts';

const site: SiteFacts = {
  domain: 'example.com',
  host: 'mail.example.com',
  helo: 'mx1.example.com',
  addresses: ['192.0.2.1', '2001:db8::25'],
  doors: [
    { name: 'smtp', port: 25 },
    { name: 'submissions', port: 465 },
    { name: 'imaps', port: 993 },
  ],
  issuer: 'letsencrypt.org',
};
const unknown: SiteFacts = { ...site, addresses: [] };

const questionsOf = (kind: KindName, facts: SiteFacts = site, resolved: readonly string[] = []) =>
  recordKinds.find(({ name }) => name === kind)!.questions(facts, resolved);

/** Judges what is published at the kind's first question of that type. */
function judge(
  kind: KindName,
  published: readonly string[],
  facts: SiteFacts = site,
  type?: RecordType,
): string {
  const question = questionsOf(kind, facts).find((each) => type === undefined || each.type === type)!;
  const { verdict, why } = question.judge(published);
  return `${verdict} ${why}`;
}

type Table = readonly (readonly [
  published: readonly string[],
  verdict: Verdict,
  why: Why,
  facts?: SiteFacts,
])[];

function checkTable(kind: KindName, table: Table, type?: RecordType): void {
  for (const [published, verdict, why, facts] of table)
    assert.equal(judge(kind, published, facts, type), `${verdict} ${why}`, JSON.stringify(published));
}

test('what is wanted is judged right, for every kind', () => {
  for (const kind of recordKinds)
    for (const { wanted, judge: judged, name, type } of kind.questions(site, []))
      if (wanted.length > 0)
        assert.deepEqual(judged(wanted), { verdict: 'right', why: 'as-wanted' }, `${name} ${type}`);
});

test('MX: ours must be among them, others may stand beside or before it', () => {
  checkTable('mx', [
    [[], 'missing', 'absent'],
    [['0 MAIL.Example.com.'], 'right', 'as-wanted'],
    [['10 mail.example.com', '20 backup.example.net'], 'right', 'mx-others'],
    [['10 mail.example.com', '10 other.example.net'], 'right', 'mx-others'],
    [['5 filter.example.net', '10 mail.example.com'], 'right', 'mx-behind'],
    [['10 old.example.net'], 'differs', 'mx-elsewhere'],
    [['0 .'], 'differs', 'mx-null'],
    [['nonsense'], 'differs', 'mx-null'],
  ]);
});

test("the host's addresses: all of them ours, in any form of writing", () => {
  checkTable(
    'address',
    [
      [[], 'missing', 'absent'],
      [['192.0.2.1'], 'right', 'as-wanted'],
      [['192.0.2.9', '192.0.2.1'], 'right', 'address-more'],
      [['198.51.100.7'], 'differs', 'address-foreign'],
      [['198.51.100.7'], 'unknown', 'address-unsure', unknown],
      [[], 'missing', 'absent', unknown],
    ],
    'A',
  );
  checkTable(
    'address',
    [
      [['2001:DB8:0:0:0:0:0:25'], 'right', 'as-wanted'],
      [[], 'missing', 'absent'],
      [[], 'right', 'as-wanted', unknown],
      [[], 'right', 'as-wanted', { ...site, addresses: ['192.0.2.1'] }],
      [['2001:db8::99'], 'differs', 'address-foreign', { ...site, addresses: ['192.0.2.1'] }],
    ],
    'AAAA',
  );
});

test('PTR: the name of the host or the one that greets; without own addresses, of those that the name has', () => {
  checkTable('reverse', [
    [[], 'missing', 'absent'],
    [['Mail.Example.com.'], 'right', 'as-wanted'],
    [['mx1.example.com'], 'right', 'as-wanted'],
    [['static-1.provider.example'], 'differs', 'other-values'],
  ]);
  assert.deepEqual(
    questionsOf('reverse').map(({ name }) => name),
    ['1.2.0.192.in-addr.arpa', `5.2.0.0.${'0.'.repeat(20)}8.b.d.0.1.0.0.2.ip6.arpa`],
  );
  assert.deepEqual(
    questionsOf('reverse', unknown, ['198.51.100.7']).map(({ name }) => name),
    ['7.100.51.198.in-addr.arpa'],
  );
  assert.deepEqual(questionsOf('reverse', unknown), []);
});

test('SPF: every form that names our addresses is right, whatever the order, the case and the blanks', () => {
  checkTable('spf', [
    [[], 'missing', 'absent'],
    [['google-site-verification=x', 'v=spf10 mx -all'], 'missing', 'absent'],
    [['v=spf1 mx -all'], 'right', 'as-wanted'],
    [['v=spf1   IP6:2001:db8:0::/32  ~all   ip4:192.0.2.1'], 'differs', 'spf-not-ours'],
    [['V=SPF1 ip6:2001:db8::/32 ip4:192.0.2.0/24 include:other.example -all'], 'right', 'as-wanted'],
    [['v=spf1 a:mail.example.com -all'], 'right', 'as-wanted'],
    [['v=spf1 a -all'], 'unknown', 'spf-included'],
    [['v=spf1 a -all'], 'right', 'as-wanted', { ...site, domain: 'mail.example.com' }],
    [['v=spf1 ip4:192.0.2.1 -all'], 'differs', 'spf-not-ours'],
    [['v=spf1 ip4:198.51.100.0/24 -all'], 'differs', 'spf-not-ours'],
    [['v=spf1 -ip4:192.0.2.1 -ip6:2001:db8::25 ?all'], 'differs', 'spf-not-ours'],
    [['v=spf1 include:spf.provider.example -all'], 'unknown', 'spf-included'],
    [['v=spf1 redirect=_spf.example.com'], 'unknown', 'spf-included'],
    [['v=spf1 ip4:198.51.100.1 -all redirect=_spf.example.com'], 'differs', 'spf-not-ours'],
    [['v=spf1 mx +all'], 'differs', 'spf-everybody'],
    [['v=spf1 all'], 'differs', 'spf-everybody'],
    [['v=spf1 mx -all', 'v=spf1 a -all'], 'differs', 'spf-several'],
    [['v=spf1 ipv4:192.0.2.1 -all'], 'differs', 'spf-syntax'],
    [['v=spf1 ip4:2001:db8::1 -all'], 'differs', 'spf-syntax'],
    [['v=spf1 mx, -all'], 'differs', 'spf-syntax'],
    [['v=spf1 mx -all exp=why.example.com'], 'right', 'as-wanted'],
    [['v=spf1'], 'differs', 'spf-not-ours'],
    [['v=spf1 mx -all'], 'right', 'as-wanted', unknown],
    [['v=spf1 ip4:198.51.100.1 -all'], 'differs', 'spf-not-ours', unknown],
  ]);
});

test('DMARC: one record with a policy, in any order of its tags', () => {
  checkTable('dmarc', [
    [[], 'missing', 'absent'],
    [['v=spf1 -all'], 'missing', 'absent'],
    [['v=DMARC1;p=reject'], 'right', 'as-wanted'],
    [['v=DMARC1; rua=mailto:x@example.com; p = Quarantine;'], 'right', 'as-wanted'],
    [['v=DMARC1; rua=mailto:x@example.com'], 'differs', 'dmarc-policy'],
    [['v=DMARC1; p=strict'], 'differs', 'dmarc-policy'],
    [['v=DMARC1; p=none', 'v=DMARC1; p=reject'], 'differs', 'dmarc-several'],
  ]);
});

test('SRV: a line for each open door, and none that leads to a shut one', () => {
  const of = (service: string) => questionsOf('service').find(({ name }) => name.startsWith(`_${service}.`))!;
  assert.deepEqual(of('submissions').wanted, ['0 1 465 mail.example.com']);
  assert.deepEqual(of('pop3').wanted, []);
  const table: readonly (readonly [string, readonly string[], string])[] = [
    ['submissions', [], 'missing absent'],
    ['submissions', ['10 5 465 MAIL.example.com.'], 'right as-wanted'],
    ['submissions', ['0 1 587 mail.example.com'], 'differs srv-elsewhere'],
    ['submissions', ['0 1 465 other.example.net'], 'differs srv-elsewhere'],
    ['submissions', ['0 0 0 .'], 'differs srv-elsewhere'],
    ['pop3', [], 'right as-wanted'],
    ['pop3', ['0 0 0 .'], 'right as-wanted'],
    ['pop3', ['0 1 110 mail.example.com'], 'differs srv-not-served'],
    ['pop3', ['0 1 110 pop.provider.example'], 'right as-wanted'],
  ];
  for (const [service, published, expected] of table) {
    const { verdict, why } = of(service).judge(published);
    assert.equal(`${verdict} ${why}`, expected, `${service} ${published}`);
  }
});

test('names for the set-up of mail programs are aliases of the host, or have its addresses', () => {
  checkTable('setup', [
    [[], 'missing', 'absent'],
    [['Mail.Example.com.'], 'right', 'as-wanted'],
    [['192.0.2.1', '198.51.100.7'], 'right', 'as-wanted'],
    [['2001:DB8:0::25'], 'right', 'as-wanted'],
    [['autodiscover.outlook.com'], 'differs', 'alias-elsewhere'],
    [['198.51.100.7'], 'differs', 'alias-elsewhere'],
    [['192.0.2.1'], 'unknown', 'alias-elsewhere', unknown],
    [['autodiscover.outlook.com'], 'differs', 'alias-elsewhere', unknown],
  ]);
});

test('CAA: the issuer of our certificate may go on; without a known issuer nothing is asked', () => {
  checkTable('caa', [
    [[], 'missing', 'absent'],
    [['0 iodef "mailto:x@example.com"'], 'missing', 'absent'],
    [['0 issue "LetsEncrypt.org; accounturi=https://x"'], 'right', 'as-wanted'],
    [['0 issue "digicert.com"', '0 issue "letsencrypt.org"'], 'right', 'as-wanted'],
    [['0 issue "digicert.com"'], 'differs', 'caa-forbids'],
    [['0 issue ";"'], 'differs', 'caa-forbids'],
  ]);
  assert.deepEqual(questionsOf('caa', { ...site, issuer: undefined }), []);
});

test('the zone text holds absolute names, quoted texts in pieces of 255, and reverse names as comments', () => {
  const long = `v=DKIM1; p=${'A'.repeat(300)}"\\`;
  const text = writeZone([
    { name: 'example.com', type: 'MX', wanted: ['10 mail.example.com'] },
    { name: '1.2.0.192.in-addr.arpa', type: 'PTR', wanted: ['mail.example.com'] },
    { name: 'mail.example.com', type: 'A', wanted: ['192.0.2.1'] },
    { name: 'long.example.com', type: 'TXT', wanted: [long] },
    { name: 'mail.example.com', type: 'CAA', wanted: ['0 issue "letsencrypt.org"'] },
    { name: 'autoconfig.example.com', type: 'CNAME', wanted: ['mail.example.com'] },
    { name: '_25._tcp.mail.example.com', type: 'TLSA', wanted: ['3 1 1 00ff'] },
    { name: 'none.example.com', type: 'SRV', wanted: [] },
  ]);
  assert.equal(
    text,
    [
      'example.com. 3600 IN MX 10 mail.example.com.',
      'mail.example.com. 3600 IN A 192.0.2.1',
      `long.example.com. 3600 IN TXT "v=DKIM1; p=${'A'.repeat(244)}" "${'A'.repeat(56)}\\"\\\\"`,
      'mail.example.com. 3600 IN CAA 0 issue "letsencrypt.org"',
      'autoconfig.example.com. 3600 IN CNAME mail.example.com.',
      '_25._tcp.mail.example.com. 3600 IN TLSA 3 1 1 00ff',
      '; 1.2.0.192.in-addr.arpa. 3600 IN PTR mail.example.com.',
      '',
    ].join('\n'),
  );
});

test('the policy about TLS: the id of what is served, and a name that leads here', () => {
  const served: SiteFacts = { ...site, sts: 'v=STSv1; id=abc;' };
  assert.deepEqual(questionsOf('mta-sts'), []);
  checkTable(
    'mta-sts',
    [
      [[], 'missing', 'absent', served],
      [['v=STSv1; id=abc'], 'right', 'as-wanted', served],
      [['v=STSv1; id=abd;'], 'differs', 'sts-id', served],
      [['v=STSv1; id=abc;', 'v=STSv1; id=abc;'], 'differs', 'several', served],
    ],
    'TXT',
  );
  checkTable(
    'mta-sts',
    [
      [[], 'missing', 'absent', served],
      [['mail.example.com.'], 'right', 'as-wanted', served],
      [['192.0.2.1'], 'right', 'as-wanted', served],
      [['elsewhere.example'], 'differs', 'alias-elsewhere', served],
    ],
    'CNAME',
  );
});

test('reports about TLS: one record with an address', () =>
  checkTable('tlsrpt', [
    [[], 'missing', 'absent'],
    [['v=TLSRPTv1; rua=mailto:postmaster@example.com'], 'right', 'as-wanted'],
    [['v=TLSRPTv1;rua=https://reports.example/x'], 'right', 'as-wanted'],
    [['v=TLSRPTv1; rua=nowhere'], 'differs', 'tlsrpt-nowhere'],
    [['v=TLSRPTv1; rua=mailto:a@b', 'v=TLSRPTv1; rua=mailto:c@d'], 'differs', 'several'],
  ]));

test('the key of the host: ours, another, or one that cannot be told', () => {
  const keyed: SiteFacts = { ...site, keyDigest: 'ab'.repeat(32) };
  assert.deepEqual(questionsOf('tlsa'), []);
  checkTable('tlsa', [
    [[], 'missing', 'absent', keyed],
    [[`3 1 1 ${'AB'.repeat(32)}`], 'right', 'as-wanted', keyed],
    [[`3 1 1 ${'00'.repeat(32)}`, `3 1 1 ${'ab'.repeat(32)}`], 'right', 'as-wanted', keyed],
    [[`3 1 1 ${'00'.repeat(32)}`], 'differs', 'tlsa-other', keyed],
    [[`2 0 1 ${'00'.repeat(32)}`], 'unknown', 'tlsa-other', keyed],
  ]);
});
