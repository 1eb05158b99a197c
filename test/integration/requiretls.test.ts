// REQUIRETLS and TLS-Required (RFC 8689): what doors take, what the queue keeps, to whom a letter goes on, and what becomes of
// it elsewhere.
import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import { describe, test } from 'node:test';
import type { DeliveryDsn } from '../../mta/delivery.ts';
import { readWishes, writeMailWishes } from '../../mta/formats/dsn.ts';
import { forwardWishes } from '../../mta/local/forward-wishes.ts';
import { permanent } from '../../mta/outcome.ts';
import { readMailParameters } from '../../mta/smtpd/parameters.ts';
import { parsePath } from '../../mta/smtpd/path.ts';
import { listExtensions } from '../../mta/smtpd/policy.ts';
import { replies } from '../../mta/smtpd/reply.ts';
import { createCertificate, type TestCertificate } from '../support/certificate.ts';
import type { DnsZone } from '../support/dns.ts';
import { startRemoteSite } from '../support/remote.ts';
import { withSite } from '../support/send.ts';
import type { SinkOptions } from '../support/smtp-sink.ts';

const requireTls = true;

describe('at the door', () => {
  const facts = {
    mayStartTls: false,
    mechanisms: [],
    mailMax: undefined,
    mayChunk: true,
    mayNotify: true,
    databytes: 0,
    maxrcpt: 100,
  };
  test('it is offered inside TLS, and taken where it was offered, without a value', () => {
    assert.ok(listExtensions({ ...facts, mayRequireTls: true }).includes('REQUIRETLS'));
    assert.ok(!listExtensions({ ...facts, mayRequireTls: false }).includes('REQUIRETLS'));
    const read = (parameters: string, isOffered = true) =>
      readMailParameters(parsePath(`FROM:<a@b.test>${parameters}`, 'FROM')!, 0, true, isOffered);
    assert.deepEqual(read(' REQUIRETLS'), {
      size: 0,
      utf8: false,
      ret: undefined,
      envid: undefined,
      requireTls,
    });
    assert.equal(read(' REQUIRETLS=yes'), replies.badParameter);
    assert.equal(read(' REQUIRETLS', false), replies.unknownParameter);
  });
});

describe('in the queue', () => {
  test('it is kept with the wishes of the sender and goes with each delivery; the bounce returns headers only', () =>
    withSite(async (site) => {
      site.decide = ({ sender }) => (sender === '' ? { code: 'K', text: 'ok' } : permanent('No. (#5.7.30)'));
      const body = 'Subject: hello\n\nsecret body\n';
      await site.send('s@else.test', ['a@far.test'], body, {
        requireTls,
        ret: 'FULL',
        recipients: [undefined],
      });
      await site.logged(/^end msg/, 2);
      const [first, bounce] = site.seen;
      assert.equal(first?.dsn?.requireTls, true);
      assert.equal(bounce?.recipient, 's@else.test');
      assert.doesNotMatch(String(bounce?.message), /secret body/);
      assert.match(String(bounce?.message), /5\.7\.30/);
    }));

  test('it is one more word among the parameters, and goes on with forwards and lists', () => {
    const text = writeMailWishes({ ret: 'HDRS', envid: 'e', requireTls });
    assert.equal(text, 'RET=HDRS ENVID=e REQUIRETLS');
    assert.deepEqual(readWishes(text), { ret: 'HDRS', envid: 'e', requireTls });
    const wishes: DeliveryDsn = { requireTls };
    const facts = { recipients: ['a@b.test', 'c@d.test'], isOnly: true, hasNewSender: false };
    assert.equal(forwardWishes(wishes, facts).dsn?.requireTls, true);
    const list = forwardWishes(wishes, { ...facts, hasNewSender: true }).dsn;
    assert.deepEqual(list, { requireTls, recipients: [undefined, undefined] });
    assert.equal(forwardWishes({ envid: 'e' }, { ...facts, hasNewSender: true }).dsn, undefined);
  });
});

const IP = '192.0.2.1';
const SECOND = '192.0.2.2';
const host = createCertificate('mx.far.test');
const authority = { ...createCertificate('authority.test', { isAuthority: true }), host: 'authority.test' };
const known = createCertificate('mx.far.test', { issuer: authority });
const signed = true;

function tlsa({ cert }: TestCertificate) {
  const key = new X509Certificate(cert).publicKey.export({ type: 'spki', format: 'der' });
  return [3, 1, 1, createHash('sha256').update(key).digest('hex')] as const;
}
const plain: DnsZone = { 'far.test': { MX: [[10, 'mx.far.test']] }, 'mx.far.test': { A: [IP] } };
const dane: DnsZone = {
  'far.test': { MX: [[10, 'mx.far.test']], signed },
  'mx.far.test': { A: [IP], signed },
  '_25._tcp.mx.far.test': { TLSA: [tlsa(host)], signed },
};
const signedOnly: DnsZone = { 'far.test': dane['far.test']!, 'mx.far.test': dane['mx.far.test']! };
const offering: SinkOptions = { capabilities: ['PIPELINING', 'REQUIRETLS'] };

describe('on its way', () => {
  const rows: readonly {
    readonly name: string;
    readonly zone: DnsZone;
    readonly sink: SinkOptions;
    readonly outcome: RegExp;
    readonly settings?: Parameters<typeof startRemoteSite>[1];
    readonly change?: { readonly sender?: string; readonly message?: Buffer; readonly dsn?: DeliveryDsn };
    readonly mail?: RegExp;
  }[] = [
    {
      name: 'a host verified by DANE that offers it',
      zone: dane,
      sink: { ...offering, tls: host },
      outcome: /^K/,
      mail: / REQUIRETLS$/,
    },
    {
      name: 'a host verified by DANE that does not',
      zone: dane,
      sink: { tls: host },
      outcome:
        /^DConnected to 192\.0\.2\.1 but it does not offer REQUIRETLS, and the sender requires it\. \(#5\.7\.30\)$/,
    },
    {
      name: 'a host that nobody verifies',
      zone: plain,
      sink: { ...offering, tls: host },
      outcome:
        /^DConnected to 192\.0\.2\.1 but its TLS is not verified, and the sender requires it\. \(#5\.7\.30\)$/,
    },
    {
      name: 'a good certificate under a name that anybody could have put into the MX',
      zone: plain,
      sink: { ...offering, tls: known },
      outcome: /^D.*its TLS is not verified/,
    },
    {
      name: 'a good certificate under a signed MX',
      zone: signedOnly,
      sink: { ...offering, tls: known },
      outcome: /^K/,
      mail: / REQUIRETLS$/,
    },
    {
      name: 'a relay of the admin with a good certificate',
      zone: plain,
      sink: { ...offering, tls: known },
      settings: { smtproutes: new Map([['', 'mx.far.test']]) },
      outcome: /^K/,
      mail: / REQUIRETLS$/,
    },
    { name: 'a host without TLS', zone: plain, sink: offering, outcome: /^D.*\(#5\.7\.30\)$/ },
    { name: 'TLS that breaks: later', zone: plain, sink: { tls: 'garbage' }, outcome: /^Z.*TLS failed/ },
    {
      name: 'a host that cannot be reached: later',
      zone: { ...plain, 'mx.far.test': { A: ['192.0.2.77'] } },
      sink: offering,
      outcome: /^Z/,
    },
    {
      name: 'a route by QMTP',
      zone: plain,
      sink: offering,
      settings: { qmtproutes: new Map([['far.test', 'mx.far.test']]) },
      outcome: /^D.*\(#5\.7\.30\)$/,
    },
    {
      name: 'a notification goes to whoever is there',
      zone: plain,
      sink: {},
      change: { sender: '' },
      outcome: /^K/,
      mail: /^MAIL FROM:<>(?!.*REQUIRETLS)/,
    },
    {
      name: 'TLS-Required: No does not weaken it',
      zone: plain,
      sink: offering,
      change: { message: Buffer.from('TLS-Required: No\n\nx\n') },
      outcome: /^D.*\(#5\.7\.30\)$/,
    },
    {
      name: 'TLS-Required: No alone: records that fail do not keep the letter back',
      zone: { ...dane, '_25._tcp.mx.far.test': { TLSA: [tlsa(known)], signed } },
      sink: {},
      change: { message: Buffer.from('Subject: x\ntls-required:\n no \n\nx\n'), dsn: {} },
      outcome: /^K/,
    },
    {
      name: 'TLS-Required in the text is no header',
      zone: { ...dane, '_25._tcp.mx.far.test': { TLSA: [tlsa(known)], signed } },
      sink: {},
      change: { message: Buffer.from('Subject: x\n\nTLS-Required: No\n'), dsn: {} },
      outcome: /^Z.*offers no TLS/,
    },
  ];
  for (const { name, zone, sink, settings, change, outcome, mail } of rows)
    test(name, async () => {
      const site = await startRemoteSite(zone, settings, { trustedCertificates: [authority.cert] });
      try {
        const taken = await site.addSink(IP, sink);
        assert.match(await site.send('user@far.test', { dsn: { requireTls }, ...change }), outcome);
        if (mail) assert.match(taken.messages[0]?.mailLine ?? '', mail);
        else if (!/\^K/.test(outcome.source)) assert.equal(taken.messages.length, 0);
      } finally {
        await site.close();
      }
    });

  test('the next server is asked, and only when all refuse it comes back', async () => {
    const zone: DnsZone = {
      ...dane,
      'far.test': {
        MX: [
          [10, 'mx.far.test'],
          [20, 'mx2.far.test'],
        ],
        signed,
      },
      'mx2.far.test': { A: [SECOND], signed },
      '_25._tcp.mx2.far.test': { TLSA: [tlsa(host)], signed },
    };
    const site = await startRemoteSite(zone);
    try {
      await site.addSink(IP, { tls: host });
      assert.match(
        await site.send('user@far.test', { dsn: { requireTls } }),
        /^Z/,
        'the second may do better later',
      );
    } finally {
      await site.close();
    }
    const both = await startRemoteSite(zone);
    try {
      await both.addSink(IP, { tls: host });
      const second = await both.addSink(SECOND, { ...offering, tls: host });
      assert.match(await both.send('user@far.test', { dsn: { requireTls } }), /^K/);
      assert.equal(second.messages.length, 1);
    } finally {
      await both.close();
    }
  });
});
