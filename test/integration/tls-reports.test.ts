// TLS reports to others (RFC 8460): what is counted of sessions, how the report of a day reads, and how it leaves.
import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import Database from 'better-sqlite3';
import { simpleParser } from 'mailparser';
import { createDnsLookup } from '../../mta/dns/lookup.ts';
import { success, temporary } from '../../mta/outcome.ts';
import type { StsPolicies } from '../../mta/remote/sts.ts';
import { openTlsReports } from '../../mta/trust/tls-reports/open.ts';
import { readTlsReportRecord } from '../../mta/trust/tls-reports/report.ts';
import type { TlsSession } from '../../mta/trust/tls-reports/results.ts';
import { openTlsTallies } from '../../mta/trust/tls-reports/tallies.ts';
import { createCertificate } from '../support/certificate.ts';
import { type DnsZone, startDns } from '../support/dns.ts';
import { withTemporaryDirectory } from '../support/queue.ts';
import { startRemoteSite } from '../support/remote.ts';
import type { SinkOptions } from '../support/smtp-sink.ts';

const IP = '192.0.2.1';
const day = 86_400;
const authority = { ...createCertificate('authority.test', { isAuthority: true }), host: 'authority.test' };
const known = createCertificate('mx.far.test', { issuer: authority });
const stranger = createCertificate('mx.far.test');
const zone: DnsZone = { 'far.test': { MX: [[10, 'mx.far.test']] }, 'mx.far.test': { A: [IP] } };
const signed: DnsZone = {
  'far.test': { MX: [[10, 'mx.far.test']], signed: true },
  'mx.far.test': { A: [IP], signed: true },
  '_25._tcp.mx.far.test': { TLSA: [[3, 1, 1, '00'.repeat(32)]], signed: true },
};
const stsOf = (mode: 'enforce' | 'testing', mx = 'mx.far.test'): StsPolicies => ({
  find: async () => ({ mode, maxAge: 86_400, mx: [mx] }),
});

describe('a session is counted', () => {
  const rows: readonly (readonly [
    name: string,
    expected: readonly [type: string, failure: string | undefined],
    sink: SinkOptions,
    zone?: DnsZone,
    sts?: StsPolicies,
  ])[] = [
    ['without a policy, over TLS', ['no-policy-found', undefined], { tls: stranger }],
    ['without a policy, without TLS', ['no-policy-found', 'starttls-not-supported'], {}],
    ['without a policy, TLS that breaks', ['no-policy-found', 'validation-failure'], { tls: 'garbage' }],
    ['TLSA records of another key', ['tlsa', 'validation-failure'], { tls: stranger }, signed],
    ['TLSA records, no TLS', ['tlsa', 'starttls-not-supported'], {}, signed],
    [
      'TLSA records that are forged',
      ['tlsa', 'dnssec-invalid'],
      {},
      { ...signed, '_25._tcp.mx.far.test': { fault: 'SERVFAIL' } },
    ],
    [
      'TLSA records that cannot be used',
      ['tlsa', 'tlsa-invalid'],
      { tls: stranger },
      { ...signed, '_25._tcp.mx.far.test': { TLSA: [[1, 1, 1, '00'.repeat(32)]], signed: true } },
    ],
    ['MTA-STS, all right', ['sts', undefined], { tls: known }, zone, stsOf('enforce')],
    ['MTA-STS, no TLS', ['sts', 'starttls-not-supported'], {}, zone, stsOf('enforce')],
    [
      'MTA-STS, nobody vouches',
      ['sts', 'certificate-not-trusted'],
      { tls: stranger },
      zone,
      stsOf('enforce'),
    ],
    [
      'MTA-STS, another host',
      ['sts', 'validation-failure'],
      { tls: known },
      zone,
      stsOf('enforce', 'x.test'),
    ],
    [
      'MTA-STS tested, nobody vouches',
      ['sts', 'certificate-not-trusted'],
      { tls: stranger },
      zone,
      stsOf('testing'),
    ],
    ['MTA-STS tested, no TLS', ['sts', 'starttls-not-supported'], {}, zone, stsOf('testing')],
    [
      'MTA-STS tested, another host',
      ['sts', 'validation-failure'],
      { tls: known },
      zone,
      stsOf('testing', 'x.test'),
    ],
  ];
  for (const [name, expected, sink, dns = zone, stsPolicies] of rows)
    test(name, async () => {
      const sessions: TlsSession[] = [];
      const site = await startRemoteSite(
        dns,
        {},
        {
          stsPolicies,
          trustedCertificates: [authority.cert],
          recordTls: (session) => sessions.push(session),
        },
      );
      try {
        await site.addSink(IP, sink);
        await site.send('user@FAR.test');
        // A second letter over a kept session is no second session.
        assert.deepEqual(
          sessions.map(({ domain, host, ip, policy, failure }) => [domain, host, ip, policy.type, failure]),
          [['far.test', 'mx.far.test', IP, ...expected]],
        );
      } finally {
        await site.close();
      }
    });

  test('but not that of a TLS report, and not the way to a relay of the admin', async () => {
    const sessions: TlsSession[] = [];
    const recordTls = (session: TlsSession) => sessions.push(session);
    const site = await startRemoteSite(zone, {}, { recordTls });
    await site.addSink(IP, { tls: stranger });
    await site.send('user@far.test', { message: Buffer.from('TLS-Report-Domain: x.test\n\nx\n') });
    await site.close();
    const routes = new Map([['', 'mx.far.test']]);
    const relayed = await startRemoteSite(zone, { smtproutes: routes }, { recordTls });
    await relayed.addSink(IP, { tls: stranger });
    await relayed.send('user@far.test');
    await relayed.close();
    assert.deepEqual(sessions, []);
  });
});

test('the record of a domain says where reports go', () => {
  for (const [texts, places] of [
    [['v=TLSRPTv1; rua=mailto:a@b.test'], { addresses: ['a@b.test'], urls: [] }],
    [
      ['v=TLSRPTv1;rua=https://r.test/x?y=1,mailto:a%2Bb@b.test ; c=d'],
      { addresses: ['a+b@b.test'], urls: ['https://r.test/x?y=1'] },
    ],
    [['v=spf1 -all', 'v=TLSRPTv1; rua=mailto:a@b.test'], { addresses: ['a@b.test'], urls: [] }],
    [['v=TLSRPTv1; rua=mailto:a@b.test', 'v=TLSRPTv1; rua=mailto:c@d.test'], undefined],
    [['v=TLSRPTv1; rua=http://r.test/'], undefined],
    [['v=TLSRPTv1; rua=mailto:a@b.test%0d%0aBcc:x@y.test'], undefined],
    [['v=TLSRPTv1;'], undefined],
    [[], undefined],
  ] as const)
    assert.deepEqual(readTlsReportRecord(texts), places, JSON.stringify(texts));
});

const session = (change: Partial<TlsSession> = {}): TlsSession => ({
  time: day * 20_000 + 5,
  domain: 'far.test',
  policy: { type: 'sts', strings: ['version: STSv1', 'mode: testing'], mxHosts: ['mx.far.test'] },
  host: 'mx.far.test',
  ip: IP,
  ...change,
});

test('what a stranger can vary is bounded, and every session still counts', () => {
  const database = new Database(':memory:');
  const tallies = openTlsTallies(database);
  const many = Array.from({ length: 2000 }, (_, at) =>
    session({ host: `mx${at}.far.test`, failure: 'certificate-expired' }),
  );
  tallies.count(many);
  const rows = tallies.rows({ day: 20_000, domain: 'far.test' });
  assert.ok(rows.length <= 301, String(rows.length));
  assert.equal(
    rows.reduce((sum, { count }) => sum + count, 0),
    2000,
  );
  tallies.count(
    Array.from({ length: 2000 }, (_, at) =>
      session({ policy: { type: 'sts', strings: [`x: ${at}`], mxHosts: [] } }),
    ),
  );
  assert.ok(tallies.rows({ day: 20_000, domain: 'far.test' }).length <= 601);
  tallies.prune(20_008);
  assert.deepEqual(tallies.rows({ day: 20_000, domain: 'far.test' }), []);
  database.close();
});

interface Sent {
  readonly letter: Buffer;
  readonly sender: string;
  readonly recipients: readonly string[];
}

/** Reports of a site whose clock is the test's. */
async function withReports(
  dns: DnsZone,
  use: (place: {
    readonly reports: ReturnType<typeof openTlsReports>;
    readonly sent: Sent[];
    readonly log: string[];
    readonly server: { answer: 'K' | 'Z'; tlsreports: number };
    setTime(seconds: number): void;
  }) => Promise<void>,
  guard: Parameters<typeof openTlsReports>[0]['guard'] = undefined,
): Promise<void> {
  await withTemporaryDirectory(async (directory) => {
    const server = await startDns(dns);
    const lookup = createDnsLookup([server.address], 1);
    const sent: Sent[] = [];
    const log: string[] = [];
    const state = { answer: 'K' as 'K' | 'Z', tlsreports: 1 };
    let clock = day * 20_001 + 6 * 3600;
    const reports = openTlsReports({
      path: join(directory, 'remote', 'tls-reports.sqlite'),
      settings: () => ({
        me: 'Mail.our.test',
        tlsreportfrom: 'postmaster@our.test',
        tlsreports: state.tlsreports,
      }),
      dns: () => lookup,
      injector: {
        inject: async (_origin, letter, sender, recipients) => {
          if (state.answer === 'Z') return temporary('no');
          sent.push({ letter, sender, recipients });
          return success('ok 1 qp 2');
        },
      },
      log: (line) => log.push(line),
      guard,
      now: () => clock * 1000,
    });
    try {
      await use({
        reports,
        sent,
        log,
        server: state,
        setTime: (seconds) => {
          clock = seconds;
        },
      });
    } finally {
      await reports.close();
      lookup.close();
      await server.close();
    }
  });
}

const asking: DnsZone = { '_smtp._tls.far.test': { TXT: ['v=TLSRPTv1; rua=mailto:tls@far.test'] } };

describe('the report of a day', () => {
  test('is one letter with the JSON of RFC 8460, sent once', () =>
    withReports(asking, async ({ reports, sent, log }) => {
      reports.record(session());
      reports.record(session());
      reports.record(session({ failure: 'certificate-expired' }));
      reports.record(session({ policy: { type: 'no-policy-found', strings: [], mxHosts: [] } }));
      await reports.send();
      await reports.send();
      assert.equal(sent.length, 1);
      const { letter, sender, recipients } = sent[0]!;
      assert.deepEqual([sender, recipients], ['postmaster@our.test', ['tls@far.test']]);
      const mail = await simpleParser(letter);
      const field = (name: string) => mail.headers.get(name);
      assert.equal(field('tls-report-domain'), 'far.test');
      assert.equal(field('tls-report-submitter'), 'mail.our.test');
      assert.equal(field('tls-required'), 'No');
      assert.match(
        mail.subject ?? '',
        /^Report Domain: far\.test Submitter: mail\.our\.test Report-ID: <\w+@mail\.our\.test>$/,
      );
      assert.match(letter.toString(), /^Content-Type: multipart\/report; report-type="tlsrpt";$/m);
      const [attachment, ...more] = mail.attachments;
      assert.deepEqual(more, []);
      assert.equal(attachment?.contentType, 'application/tlsrpt+gzip');
      assert.match(
        attachment?.filename ?? '',
        /^mail\.our\.test!far\.test!1728000000!1728086399!\w+\.json\.gz$/,
      );
      const report = JSON.parse(gunzipSync(attachment!.content).toString());
      assert.deepEqual(
        { ...report, 'report-id': '', policies: [] },
        {
          'organization-name': 'mail.our.test',
          'date-range': { 'start-datetime': '2024-10-04T00:00:00Z', 'end-datetime': '2024-10-04T23:59:59Z' },
          'contact-info': 'mailto:postmaster@our.test',
          'report-id': '',
          policies: [],
        },
      );
      assert.deepEqual(report.policies, [
        {
          policy: {
            'policy-type': 'sts',
            'policy-string': ['version: STSv1', 'mode: testing'],
            'policy-domain': 'far.test',
            'mx-host': ['mx.far.test'],
          },
          summary: { 'total-successful-session-count': 2, 'total-failure-session-count': 1 },
          'failure-details': [
            {
              'result-type': 'certificate-expired',
              'receiving-mx-hostname': 'mx.far.test',
              'receiving-ip': IP,
              'failed-session-count': 1,
            },
          ],
        },
        {
          policy: { 'policy-type': 'no-policy-found', 'policy-domain': 'far.test' },
          summary: { 'total-successful-session-count': 1, 'total-failure-session-count': 0 },
        },
      ]);
      assert.deepEqual(log, ['tls report: far.test to tls@far.test: ok 1 qp 2']);
    }));

  test('waits for the end of the day and its own time, and goes late rather than not at all', () =>
    withReports(asking, async ({ reports, sent, setTime }) => {
      reports.record(session());
      setTime(day * 20_000 + 80_000);
      await reports.send();
      setTime(day * 20_001);
      await reports.send();
      assert.equal(sent.length, 0);
      setTime(day * 20_003);
      await reports.send();
      assert.equal(sent.length, 1);
    }));

  test('goes to nobody who does not ask, is put off while the DNS or the queue fails, and let go in the end', () =>
    withReports(
      { ...asking, '_smtp._tls.dark.test': { fault: 'SERVFAIL' } },
      async ({ reports, sent, log, server, setTime }) => {
        reports.record(session({ domain: 'silent.test' }));
        reports.record(session({ domain: 'dark.test' }));
        server.answer = 'Z';
        reports.record(session());
        let time = day * 20_002;
        for (let turn = 0; turn < 3; turn++) {
          setTime(time);
          await reports.send();
          time += 7200 * 2 ** turn;
        }
        assert.equal(sent.length, 0);
        server.answer = 'K';
        setTime(time + day);
        await reports.send();
        assert.deepEqual(
          sent.map(({ recipients }) => recipients),
          [['tls@far.test']],
        );
        for (let turn = 0; turn < 5; turn++) {
          time += (2 * day) / 3;
          setTime(time);
          await reports.send();
        }
        assert.ok(log.includes('tls report: dark.test: nobody takes it'), log.join('\n'));
        assert.ok(!log.some((line) => line.includes('silent.test')));
      },
    ));

  test('is neither counted nor sent where control/tlsreports is 0', () =>
    withReports(asking, async ({ reports, sent, server }) => {
      server.tlsreports = 0;
      reports.record(session());
      server.tlsreports = 1;
      await reports.send();
      assert.equal(sent.length, 0);
    }));

  test('goes by HTTPS too, to public addresses only', async () => {
    const own = createCertificate('r.far.test', { issuer: authority });
    const posts: { type: unknown; body: Buffer }[] = [];
    const web = createServer({ key: own.key, cert: own.cert }, async (request: IncomingMessage, response) => {
      posts.push({ type: request.headers['content-type'], body: Buffer.concat(await request.toArray()) });
      response.writeHead(201).end();
    });
    await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
    const { port } = web.address() as { port: number };
    const places = `v=TLSRPTv1; rua=https://r.far.test:${port}/in,https://inside.far.test:${port}/in`;
    const dns: DnsZone = {
      '_smtp._tls.far.test': { TXT: [places] },
      'r.far.test': { A: ['127.0.0.1'] },
      'inside.far.test': { A: ['127.0.0.2'] },
    };
    const guard = {
      ca: authority.cert,
      allowPorts: new Set([port]),
      permitAddress: (address: string) => address === '127.0.0.1',
    };
    await withReports(
      dns,
      async ({ reports, log }) => {
        reports.record(session());
        await reports.send();
        assert.deepEqual(
          posts.map(({ type }) => type),
          ['application/tlsrpt+gzip'],
        );
        const { policies } = JSON.parse(gunzipSync(posts[0]!.body).toString());
        assert.equal(policies.length, 1);
        assert.deepEqual(log, [`tls report: far.test to https://r.far.test:${port}/in`]);
      },
      guard,
    );
    await new Promise((resolve) => web.close(resolve));
  });
});
