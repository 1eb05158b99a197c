// Relays that want a password (RFC 4954), notification requests passed on (RFC 3461), names outside ASCII (RFC 5891):
// what goes over the wire, and that a password is in no report and no log line (security.md L2).
import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import type { DeliveryRequest } from '../../mta/delivery.ts';
import type { RemoteSettings } from '../../mta/remote/delivery.ts';
import { createCertificate } from '../support/certificate.ts';
import type { DnsZone } from '../support/dns.ts';
import { startRemoteSite } from '../support/remote.ts';
import type { SinkOptions } from '../support/smtp-sink.ts';

const IP = '192.0.2.1';
const ZONE: DnsZone = {
  'relay.test': { A: [IP] },
  'xn--bcher-kva.test': { MX: [[10, 'relay.test']] },
  'far.test': { MX: [[10, 'relay.test']] },
};
const PASSWORD = 'canary|sesame é';
const PLAIN = Buffer.from(`\0joe\0${PASSWORD}`).toString('base64');
const base64 = (text: string) => Buffer.from(text).toString('base64');
const SECRETS = [PASSWORD, base64(PASSWORD), PLAIN, 'sesame', PLAIN.replace(/=+$/, '')];
const CERTIFICATE = createCertificate('relay.test');

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()));
});

async function openSite(route: string | undefined, sinkOptions: SinkOptions, trusted = [CERTIFICATE.cert]) {
  const settings: Partial<RemoteSettings> =
    route === undefined ? {} : { smtproutes: new Map([['far.test', route]]) };
  const site = await startRemoteSite(ZONE, settings, { trustedCertificates: trusted });
  opened.push(site);
  return { site, sink: await site.addSink(IP, sinkOptions) };
}

async function sendOver(route: string, sinkOptions: SinkOptions, trusted?: string[]) {
  const { site, sink } = await openSite(route, sinkOptions, trusted);
  const outcome = await site.send('user@far.test');
  for (const text of [outcome, ...site.log])
    for (const secret of SECRETS) assert.ok(!text.includes(secret), text);
  return { outcome, sink, commands: sink.connections.flatMap(({ commands }) => commands) };
}

const relay = (mechanisms: string, more: SinkOptions = {}): SinkOptions => ({
  tls: CERTIFICATE,
  capabilities: ['PIPELINING', `AUTH ${mechanisms}`],
  ...more,
});
const ROUTE = `relay.test:587|joe|${PASSWORD}`;

describe('a relay with user and password', () => {
  it('gets them by AUTH PLAIN, inside TLS', async () => {
    const { outcome, sink, commands } = await sendOver(ROUTE, relay('LOGIN PLAIN'));
    assert.match(outcome, /^K/);
    assert.equal(sink.messages[0]?.secure, true);
    assert.deepEqual(commands.slice(0, 5), [
      'EHLO mail.our.test',
      'STARTTLS',
      'EHLO mail.our.test',
      `AUTH PLAIN ${PLAIN}`,
      'MAIL FROM:<sender@our.test>',
    ]);
  });

  it('gets them by AUTH LOGIN when it knows nothing else', async () => {
    const replies = { auth: '334 VXNlcm5hbWU6', secret: ['334 UGFzc3dvcmQ6', '235 in'] };
    const { outcome, commands } = await sendOver(ROUTE, relay('LOGIN', { replies }));
    assert.match(outcome, /^K/);
    assert.deepEqual(commands.slice(3, 6), ['AUTH LOGIN', base64('joe'), base64(PASSWORD)]);
  });

  it('gets a long one on a line of its own', async () => {
    const password = 'x'.repeat(600);
    const replies = { auth: '334 ', secret: '235 in' };
    const { outcome, commands } = await sendOver(
      `relay.test:587|joe|${password}`,
      relay('PLAIN', { replies }),
    );
    assert.match(outcome, /^K/);
    assert.deepEqual(commands.slice(3, 5), ['AUTH PLAIN', base64(`\0joe\0${password}`)]);
  });

  it('on port 465 gets everything inside TLS', async () => {
    const { outcome, commands } = await sendOver(
      `relay.test:465|joe|${PASSWORD}`,
      relay('PLAIN', { implicitTls: true }),
    );
    assert.match(outcome, /^K/);
    assert.deepEqual(commands.slice(0, 2), ['EHLO mail.our.test', `AUTH PLAIN ${PLAIN}`]);
  });

  for (const [name, options, trusted, words] of [
    ['without TLS', { capabilities: ['AUTH PLAIN'] }, undefined, /offers no TLS/],
    [
      'that refuses STARTTLS',
      relay('PLAIN', { replies: { starttls: '454 no' } }),
      undefined,
      /offers no TLS/,
    ],
    ['whose TLS breaks', relay('PLAIN', { tls: 'garbage' }), undefined, /TLS failed\. \(#4\.7\.5\)$/],
    ['that nobody vouches for', relay('PLAIN'), [], /certificate is not that of relay\.test/],
    [
      'with the certificate of another',
      relay('PLAIN', { tls: createCertificate('other.test') }),
      undefined,
      /certificate is not that of relay\.test/,
    ],
    ['that knows only other ways', relay('CRAM-MD5'), undefined, /offers neither AUTH PLAIN nor AUTH LOGIN/],
  ] as const)
    it(`${name} does not get them, and the mail waits`, async () => {
      const { outcome, sink, commands } = await sendOver(ROUTE, options, trusted && [...trusted]);
      assert.match(outcome, /^Z/);
      assert.match(outcome, words);
      assert.equal(sink.messages.length, 0);
      assert.ok(!commands.some((line) => /^(AUTH|MAIL)/.test(line)), commands.join());
    });

  it('that refuses them keeps the mail waiting', async () => {
    const { outcome } = await sendOver(ROUTE, relay('PLAIN', { replies: { auth: '535 5.7.8 wrong' } }));
    assert.equal(
      outcome,
      `ZConnected to ${IP} but authentication was rejected.\nRemote host said: 535 5.7.8 wrong`,
    );
  });

  it('that repeats them is not quoted, neither at once nor later', async () => {
    for (const step of ['auth', 'mail', 'rcpt', 'dot'] as const)
      for (const said of [PLAIN, PASSWORD, base64(PASSWORD)]) {
        const { outcome } = await sendOver(
          ROUTE,
          relay('PLAIN', { replies: { [step]: `550-you said\r\n550 ${said} just now` } }),
        );
        assert.match(outcome, /^[ZD].*\nRemote host said: 550 \(words left out\)$/s);
      }
    const split = `550-${PLAIN.slice(0, 10)}\r\n550 ${PLAIN.slice(10)}`;
    const { outcome } = await sendOver(ROUTE, relay('PLAIN', { replies: { rcpt: split } }));
    assert.ok(!outcome.includes(PLAIN.slice(10)), outcome);
  });

  it('and an entry that cannot be read keeps the mail waiting', async () => {
    for (const route of [
      `relay.test:x|joe|${PASSWORD}`,
      `relay.test|joe`,
      `|joe|${PASSWORD}`,
      `relay.test||x`,
    ]) {
      const { outcome, commands } = await sendOver(route, relay('PLAIN'));
      assert.match(outcome, /^Zcontrol\/smtproutes: ".*\|\.\.\." for far\.test is not a relay/);
      assert.deepEqual(commands, []);
    }
  });

  it('is asked once for many letters', async () => {
    const { site, sink } = await openSite(ROUTE, relay('PLAIN'));
    for (let i = 0; i < 3; i++) assert.match(await site.send('user@far.test'), /^K/);
    assert.equal(sink.connections.length, 1);
    assert.equal(sink.connections[0]!.commands.filter((line) => line.startsWith('AUTH')).length, 1);
  });
});

describe('a notification request', () => {
  const dsn = {
    ret: 'HDRS',
    envid: 'QQ314159',
    notify: ['FAILURE', 'DELAY'],
    orcpt: 'rfc822;u+2Bx@far.test',
  } as const;
  const send = async (capabilities: string[], change: Partial<DeliveryRequest>) => {
    const { site, sink } = await openSite(undefined, { capabilities });
    const outcome = await site.send('user@far.test', change);
    return { outcome, commands: sink.connections[0]?.commands.slice(1, 3) };
  };

  it('is passed on to a server that knows DSN', async () => {
    assert.deepEqual((await send(['DSN'], { dsn })).commands, [
      'MAIL FROM:<sender@our.test> RET=HDRS ENVID=QQ314159',
      'RCPT TO:<user@far.test> NOTIFY=FAILURE,DELAY ORCPT=rfc822;u+2Bx@far.test',
    ]);
    assert.deepEqual((await send(['DSN'], { dsn: { notify: ['NEVER'] } })).commands, [
      'MAIL FROM:<sender@our.test>',
      'RCPT TO:<user@far.test> NOTIFY=NEVER',
    ]);
  });

  it('of a bounce is NEVER, and what the server knows is the fate of a delivery', async () => {
    for (const [capabilities, fate, rcpt] of [
      [['DSN'], 'passed on', 'RCPT TO:<user@far.test> NOTIFY=NEVER'],
      [[], 'relayed', 'RCPT TO:<user@far.test>'],
    ] as const) {
      const { site, sink } = await openSite(undefined, { capabilities: [...capabilities] });
      assert.match(await site.send('user@far.test', { sender: '' }), /^K/);
      assert.deepEqual(sink.connections[0]?.commands.slice(1, 3), ['MAIL FROM:<>', rcpt]);
      assert.equal(site.lastFate, fate);
    }
  });

  it('is kept from a server that does not', async () => {
    assert.deepEqual((await send([], { dsn })).commands, [
      'MAIL FROM:<sender@our.test>',
      'RCPT TO:<user@far.test>',
    ]);
  });

  it('that would break out of its command fails before any connection (S2)', async () => {
    for (const envid of ['a b', 'a\r\nRSET', '', 'é']) {
      const { outcome, commands } = await send(['DSN'], { dsn: { envid } });
      assert.match(outcome, /^D.*\(#5\.5\.4\)$/);
      assert.equal(commands, undefined);
    }
  });
});

describe('a domain outside ASCII', () => {
  it('is asked for and said in A-labels', async () => {
    const { site, sink } = await openSite(undefined, {});
    assert.match(await site.send('user@Bücher.test'), /^K/);
    assert.ok(site.dns.queries.some(({ name, type }) => name === 'xn--bcher-kva.test' && type === 'MX'));
    assert.deepEqual(sink.messages[0]?.rcpts, ['user@xn--bcher-kva.test']);
  });

  it('has its route under either spelling', async () => {
    for (const key of ['bücher.test', 'xn--bcher-kva.test', '.test', '']) {
      const site = await startRemoteSite(ZONE, { smtproutes: new Map([[key, 'relay.test:26']]) });
      opened.push(site);
      await site.addSink(IP);
      assert.match(await site.send('user@bücher.test'), /^K/, key);
      assert.deepEqual(site.connected, [`${IP}:26`], key);
    }
  });
});
