// MTA-STS of other domains (RFC 8461): what becomes of a letter for each policy, and how policies are fetched and kept. A real
// web server with a certificate, a real DNS server, sinks that say what they were sent.
import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createDnsLookup } from '../../mta/dns/lookup.ts';
import { createStsPolicies } from '../../mta/remote/sts.ts';
import { openStsCache } from '../../mta/remote/sts-cache.ts';
import { createStsFetch, type StsFetchOptions } from '../../mta/remote/sts-fetch.ts';
import { createCertificate } from '../support/certificate.ts';
import { type DnsZone, startDns } from '../support/dns.ts';
import { withTemporaryDirectory } from '../support/queue.ts';
import { type RemoteSite, startRemoteSite } from '../support/remote.ts';
import type { SinkOptions } from '../support/smtp-sink.ts';

const IP = '192.0.2.1';
const authority = { ...createCertificate('authority.test', { isAuthority: true }), host: 'authority.test' };
const issued = (name: string, options: { from?: number; to?: number } = {}) =>
  createCertificate(name, { issuer: authority, ...options });
const day = 86_400_000;
const trusted = issued('mx.far.test');
const policyHost = issued('mta-sts.far.test');

type Answer = (request: IncomingMessage, response: ServerResponse) => void;
/** What the web server of mta-sts.far.test does now. */
let answer: Answer;
let asked: string[] = [];
let port = 0;
const web = createServer({ key: policyHost.key, cert: policyHost.cert }, (request, response) => {
  asked.push(`${request.headers.host} ${request.url}`);
  answer(request, response);
});
before(async () => {
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
  port = (web.address() as { port: number }).port;
});
after(() => web.close());

const policyText = (mode: string, mx = 'mx.far.test', age = 86_400) =>
  `version: STSv1\r\nmode: ${mode}\r\nmx: ${mx}\r\nmax_age: ${age}\r\n`;
const serve =
  (text: string, type = 'text/plain'): Answer =>
  (_request, response) =>
    void response.setHeader('content-type', type).end(text);

interface Place {
  readonly site: RemoteSite;
  readonly directory: string;
  /** Lets so many milliseconds pass. */
  wait(ms: number): void;
  /** Sends one letter: what became of it, and whether it went over TLS. */
  send(): Promise<[outcome: string, secure: boolean | undefined]>;
  /** A start: what is in memory is forgotten. */
  restart(): Promise<Place>;
  close(): Promise<void>;
}

async function openPlace(directory: string, sink: SinkOptions, zone: DnsZone, from: number): Promise<Place> {
  let clock = from;
  const log: string[] = [];
  const site = await startRemoteSite(
    {
      'far.test': { MX: [[10, 'mx.far.test']] },
      'mx.far.test': { A: [IP] },
      '_mta-sts.far.test': { TXT: ['v=STSv1; id=1;'] },
      'mta-sts.far.test': { A: ['127.0.0.1'] },
      ...zone,
    },
    {},
    {
      trustedCertificates: [authority.cert],
      stsPolicies: createStsPolicies({
        cache: openStsCache(directory, () => clock),
        fetch: createStsFetch({
          port,
          ca: authority.cert,
          permitAddress: (address) => address === '127.0.0.1',
        }),
        log: (line) => log.push(line),
        now: () => clock,
      }),
    },
  );
  const taken = await site.addSink(IP, sink);
  return {
    site,
    directory,
    wait: (ms) => {
      clock += ms;
    },
    async send() {
      const before = taken.messages.length;
      const outcome = await site.send('user@far.test');
      return [outcome, taken.messages[before]?.secure];
    },
    async restart() {
      await site.close();
      return openPlace(directory, sink, zone, clock);
    },
    close: () => site.close(),
  };
}

const withPlace = (sink: SinkOptions, zone: DnsZone, use: (place: Place) => Promise<void>): Promise<void> =>
  withTemporaryDirectory(async (directory) => {
    asked = [];
    const place = await openPlace(join(directory, 'mta-sts'), sink, zone, Date.now());
    try {
      await use(place);
    } finally {
      await place.close();
    }
  });

const verified = /^K.*\nTLS: verified by MTA-STS\.$/s;
const goes = /^K(?!.*MTA-STS)/s;
const rows: readonly {
  readonly name: string;
  readonly policy: string;
  readonly sink: SinkOptions;
  readonly outcome: RegExp;
  readonly secure?: boolean;
  readonly zone?: DnsZone;
}[] = [
  {
    name: 'enforce, a certificate of the host',
    policy: policyText('enforce'),
    sink: { tls: trusted },
    outcome: verified,
    secure: true,
  },
  {
    name: 'enforce by wildcard',
    policy: policyText('enforce', '*.far.test'),
    sink: { tls: trusted },
    outcome: verified,
    secure: true,
  },
  {
    name: 'enforce, another host',
    policy: policyText('enforce', 'other.far.test'),
    sink: { tls: trusted },
    outcome:
      /^ZThe mail host mx\.far\.test is none that the MTA-STS policy of far\.test names\. \(#4\.7\.5\)$/,
  },
  {
    name: 'enforce, no STARTTLS',
    policy: policyText('enforce'),
    sink: {},
    outcome:
      /^ZConnected to 192\.0\.2\.1 but it offers no TLS, and the MTA-STS policy of far\.test demands it\. \(#4\.7\.5\)$/,
  },
  {
    name: 'enforce, TLS that breaks',
    policy: policyText('enforce'),
    sink: { tls: 'garbage' },
    outcome: /^Z.*but TLS failed\. \(#4\.7\.5\)$/,
  },
  {
    name: 'enforce, a certificate that nobody vouches for',
    policy: policyText('enforce'),
    sink: { tls: createCertificate('mx.far.test') },
    outcome:
      /^Z.*does not prove that it is mx\.far\.test, as the MTA-STS policy of far\.test demands: \w+\. \(#4\.7\.5\)$/,
  },
  {
    name: 'enforce, a certificate of another name',
    policy: policyText('enforce'),
    sink: { tls: issued('far.test') },
    outcome: /^Z.*as the MTA-STS policy of far\.test demands: ERR_TLS_CERT_ALTNAME_INVALID\. \(#4\.7\.5\)$/,
  },
  {
    name: 'enforce, a certificate that is over',
    policy: policyText('enforce'),
    sink: { tls: issued('mx.far.test', { from: Date.now() - 9 * day, to: Date.now() - day }) },
    outcome: /^Z.*demands: CERT_HAS_EXPIRED\. \(#4\.7\.5\)$/,
  },
  {
    name: 'testing, all right',
    policy: policyText('testing'),
    sink: { tls: trusted },
    outcome: verified,
    secure: true,
  },
  { name: 'testing, no STARTTLS', policy: policyText('testing'), sink: {}, outcome: goes, secure: false },
  {
    name: 'testing, TLS that breaks',
    policy: policyText('testing'),
    sink: { tls: 'garbage' },
    outcome: goes,
    secure: false,
  },
  {
    name: 'testing, another host',
    policy: policyText('testing', 'other.test'),
    sink: { tls: trusted },
    outcome: goes,
    secure: true,
  },
  {
    name: 'testing, a certificate of nobody',
    policy: policyText('testing'),
    sink: { tls: createCertificate('mx.far.test') },
    outcome: goes,
    secure: true,
  },
  { name: 'none', policy: policyText('none', 'other.test'), sink: {}, outcome: goes, secure: false },
  {
    name: 'a policy that is none',
    policy: 'version: STSv1\nmode: enforce\n',
    sink: {},
    outcome: goes,
    secure: false,
  },
  {
    name: 'no TXT record',
    policy: policyText('enforce'),
    sink: {},
    outcome: goes,
    secure: false,
    zone: { '_mta-sts.far.test': {} },
  },
  {
    name: 'TXT records that nobody can tell',
    policy: policyText('enforce'),
    sink: {},
    outcome: goes,
    secure: false,
    zone: { '_mta-sts.far.test': { fault: 'SERVFAIL' } },
  },
  {
    name: 'two TXT records',
    policy: policyText('enforce'),
    sink: {},
    outcome: goes,
    secure: false,
    zone: { '_mta-sts.far.test': { TXT: ['v=STSv1; id=1;', 'v=STSv1; id=2;'] } },
  },
  {
    name: 'a policy host at an address that is not public',
    policy: policyText('enforce'),
    sink: {},
    outcome: goes,
    secure: false,
    zone: { 'mta-sts.far.test': { A: ['127.0.0.1', '127.0.0.2'] } },
  },
];

describe('MTA-STS decides', () => {
  for (const { name, policy, sink, outcome, secure, zone } of rows)
    test(name, () =>
      withPlace(sink, zone ?? {}, async ({ send }) => {
        answer = serve(policy);
        const [words, went] = await send();
        assert.match(words, outcome);
        assert.equal(went, secure);
      }),
    );
});

describe('DANE and MTA-STS', () => {
  test('TLSA records that cannot be used leave an enforced policy in force', () =>
    withPlace(
      { tls: createCertificate('mx.far.test') },
      {
        'far.test': { MX: [[10, 'mx.far.test']], signed: true },
        'mx.far.test': { A: [IP], signed: true },
        '_25._tcp.mx.far.test': { TLSA: [[1, 1, 1, '00'.repeat(32)]], signed: true },
      },
      async ({ send }) => {
        answer = serve(policyText('enforce'));
        assert.match((await send())[0], /^Z.*as the MTA-STS policy of far\.test demands/);
      },
    ));

  test('TLSA records that fail are not mended by a policy that would pass', () =>
    withPlace(
      { tls: trusted },
      {
        'far.test': { MX: [[10, 'mx.far.test']], signed: true },
        'mx.far.test': { A: [IP], signed: true },
        '_25._tcp.mx.far.test': { TLSA: [[3, 1, 1, '00'.repeat(32)]], signed: true },
      },
      async ({ send }) => {
        answer = serve(policyText('enforce'));
        assert.match((await send())[0], /^Z.*none that the TLSA records of mx\.far\.test name/);
      },
    ));
});

describe('a policy is fetched', () => {
  const unfit: readonly (readonly [string, Answer])[] = [
    ['a redirect', (_request, response) => void response.writeHead(302, { location: '/elsewhere' }).end()],
    [
      '404',
      (_request, response) =>
        void response.writeHead(404, { 'content-type': 'text/plain' }).end(policyText('enforce')),
    ],
    ['HTML', serve(policyText('enforce'), 'text/html')],
    ['more than 64 KiB', serve(`${policyText('enforce')}${'x: y\r\n'.repeat(12_000)}`)],
    ['a connection that breaks', (request) => void request.socket.destroy()],
  ];
  for (const [name, behave] of unfit)
    test(`${name} is no policy`, () =>
      withPlace({}, {}, async ({ send }) => {
        answer = behave;
        assert.match((await send())[0], goes);
        assert.equal(asked.length, 1, asked.join());
      }));

  test('its host is told of as one that proves nothing, or as one that cannot be reached', async () => {
    answer = serve(policyText('enforce'));
    const dns = await startDns({
      'mta-sts.far.test': { A: ['127.0.0.1'] },
      'mta-sts.other.test': { A: ['127.0.0.1'] },
    });
    const lookup = createDnsLookup([dns.address], 2);
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const closedPort = (closed.address() as { port: number }).port;
    await new Promise((resolve) => closed.close(resolve));
    const tell = async (domain: string, options: StsFetchOptions): Promise<string> => {
      const fetched = await createStsFetch({ permitAddress: () => true, ...options })(domain, lookup);
      return 'problem' in fetched ? `${fetched.failure}: ${fetched.problem}` : 'a policy';
    };
    const ca = authority.cert;
    assert.equal(await tell('far.test', { port, ca }), 'a policy');
    assert.equal(
      await tell('far.test', { port }),
      'sts-webpki-invalid: the certificate of its host is not good: UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    );
    assert.equal(
      await tell('other.test', { port, ca }),
      'sts-webpki-invalid: the certificate of its host is not good: ERR_TLS_CERT_ALTNAME_INVALID',
    );
    assert.equal(
      await tell('far.test', { port: closedPort, ca }),
      'sts-policy-fetch-error: its host cannot be reached',
    );
    lookup.close();
    await dns.close();
  });

  test('from its own host, once for all letters, and not again while its id stays', () =>
    withPlace({ tls: trusted }, {}, async ({ send, wait }) => {
      answer = serve(policyText('enforce'));
      await Promise.all([send(), send(), send()]);
      assert.deepEqual(asked, [`mta-sts.far.test:${port} /.well-known/mta-sts.txt`]);
      wait(3_600_000);
      assert.match((await send())[0], verified);
      assert.equal(asked.length, 1);
    }));

  test('again when its id changes', () =>
    withPlace({}, {}, async (first) => {
      answer = serve(policyText('enforce'));
      assert.match((await first.send())[0], /^Z/);
      answer = serve(policyText('testing'));
      const second = await first.restart();
      try {
        second.site.dns.zone['_mta-sts.far.test'] = { TXT: ['v=STSv1; id=2;'] };
        assert.match((await second.send())[0], goes);
        assert.equal(asked.length, 2);
      } finally {
        await second.close();
      }
    }));

  test('again after a day', () =>
    withPlace({ tls: trusted }, {}, async ({ send, wait }) => {
      answer = serve(policyText('enforce', 'mx.far.test', 604_800));
      await send();
      wait(90_000_000);
      await send();
      assert.equal(asked.length, 2);
    }));
});

describe('a policy is kept', () => {
  test('when the DNS and the web server are silenced, over a start, until its max_age', () =>
    withPlace({}, {}, async (first) => {
      answer = serve(policyText('enforce', 'mx.far.test', 604_800));
      assert.match((await first.send())[0], /^Z/);
      answer = (request) => void request.socket.destroy();
      first.site.dns.zone['_mta-sts.far.test'] = {};
      first.wait(400_000);
      assert.match((await first.send())[0], /^Z/, 'the record is gone');
      const second = await first.restart();
      try {
        second.site.dns.zone['_mta-sts.far.test'] = { TXT: ['v=STSv1; id=2;'] };
        assert.match((await second.send())[0], /^Z/, 'after a start, with a web server that fails');
        second.wait(604_800_000);
        assert.match((await second.send())[0], goes, 'it is over');
      } finally {
        await second.close();
      }
    }));

  test('a file that is damaged is no policy, and is fetched again', () =>
    withPlace({}, {}, async (first) => {
      answer = serve(policyText('enforce'));
      await first.send();
      const file = join(first.directory, 'far.test.txt');
      assert.match(await readFile(file, 'utf8'), /^id: 1\nfetched: \d+\n\nversion: STSv1\r\n/);
      await writeFile(file, 'id: 1\nfetched: x\n');
      const second = await first.restart();
      assert.match((await second.send())[0], /^Z/);
      assert.equal(asked.length, 2);
      await second.close();
    }));

  test('a place that cannot be written costs the memory of a start, not a letter', () =>
    withPlace({ tls: trusted }, {}, async ({ send, directory }) => {
      await rm(directory, { recursive: true, force: true });
      await writeFile(directory, '');
      answer = serve(policyText('enforce'));
      assert.match((await send())[0], verified);
    }));
});
