// The DNS client that believes AD, against real servers on loopback, honest and hostile.
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { test } from 'node:test';
import packet from 'dns-packet';
import { createTrustedLookup, isLoopbackServer, type TrustedLookup } from '../../mta/dns/trusted-lookup.ts';
import { trustedServers } from '../../mta/remote/lookups.ts';
import { type DnsZone, startDns } from '../support/dns.ts';

async function withZone(zone: DnsZone, use: (lookup: TrustedLookup) => Promise<void>): Promise<void> {
  const server = await startDns(zone);
  const lookup = createTrustedLookup([server.address], 0.7);
  try {
    await use(lookup);
  } finally {
    lookup.close();
    await server.close();
  }
}

const signed = true;

test('what is signed is told with the answer, for records, for none, and for every alias on the way', () =>
  withZone(
    {
      'a.test': { A: ['192.0.2.1'], signed },
      'b.test': { A: ['192.0.2.2'] },
      'c.test': { CNAME: 'b.test', signed },
      'd.test': { CNAME: 'a.test', signed },
      'mx.test': {
        MX: [
          [5, 'A.Test'],
          [0, '.'],
        ],
        signed,
        TXT: [['v=', 'x']],
      },
      'ip.test': { AAAA: ['2001:db8::1'] },
    },
    async (lookup) => {
      const found = (values: readonly unknown[], isSecure: boolean, name: string) => ({
        kind: 'found',
        values,
        isSecure,
        name,
      });
      assert.deepEqual(await lookup.addresses('A.test.', 4), found(['192.0.2.1'], true, 'a.test'));
      assert.deepEqual(await lookup.addresses('b.test', 4), found(['192.0.2.2'], false, 'b.test'));
      assert.deepEqual(await lookup.addresses('c.test', 4), found(['192.0.2.2'], false, 'b.test'));
      assert.deepEqual(await lookup.addresses('d.test', 4), found(['192.0.2.1'], true, 'a.test'));
      assert.deepEqual(await lookup.addresses('ip.test', 6), found(['2001:db8::1'], false, 'ip.test'));
      const hosts = [
        { exchange: 'a.test', preference: 5 },
        { exchange: '', preference: 0 },
      ];
      assert.deepEqual(await lookup.mx('mx.test'), found(hosts, true, 'mx.test'));
      assert.deepEqual(await lookup.texts('mx.test'), found(['v=x'], true, 'mx.test'));
      assert.deepEqual(await lookup.tlsa('a.test'), { kind: 'none', reason: 'no data', isSecure: true });
      assert.deepEqual(await lookup.mx('nobody.test'), { kind: 'none', reason: 'no name', isSecure: false });
    },
  ));

test('an answer too long for UDP comes over TCP, up to 64 kB', () =>
  withZone(
    { 'long.test': { TXT: Array.from({ length: 200 }, (_, at) => `${at} ${'x'.repeat(240)}`), signed } },
    async (lookup) => {
      const answer = await lookup.texts('long.test');
      assert.equal(answer.kind === 'found' ? answer.values.length : 0, 200);
    },
  ));

test('faults, circles and silence are "nobody can tell now"; names that cannot be are none', () =>
  withZone(
    {
      'servfail.test': { fault: 'SERVFAIL' },
      'refused.test': { fault: 'REFUSED' },
      'garbage.test': { fault: 'garbage' },
      'silent.test': { fault: 'silent' },
      'loop.test': { CNAME: 'loop.test' },
    },
    async (lookup) => {
      const names = ['servfail', 'refused', 'garbage', 'silent', 'loop'].map((name) => `${name}.test`);
      const answers = await Promise.all(names.map((name) => lookup.addresses(name, 4)));
      assert.deepEqual(
        answers,
        names.map(() => ({ kind: 'soft' })),
      );
      for (const name of ['a..test', `${'a'.repeat(64)}.test`, '', 'a b.test', 'ä.test', 'a.'.repeat(130)])
        assert.deepEqual(await lookup.mx(name), { kind: 'none', reason: 'no name' }, name);
    },
  ));

test('answers with another id, another question, or no question at all are not heard', async () => {
  const server = createSocket('udp4');
  server.on('message', (bytes, { port, address }) => {
    const query = packet.decode(bytes);
    const [question] = query.questions!;
    const lie = { type: 'A', name: question!.name, ttl: 0, data: '192.0.2.66' } as const;
    const response: packet.Packet = {
      type: 'response',
      id: query.id!,
      flags: packet.AUTHENTIC_DATA,
      questions: [question!],
      answers: [lie],
    };
    const send = (each: packet.Packet) => server.send(packet.encode(each), port, address);
    send({ ...response, id: (query.id! + 1) & 0xffff });
    send({ ...response, questions: [{ ...question!, name: 'other.test' }] });
    send({ ...response, questions: [{ ...question!, type: 'AAAA' }] });
    send({ ...response, questions: [] });
    send({ ...response, type: 'query' });
    server.send(Buffer.alloc(3), port, address);
    // What is about another name is not part of an answer.
    send({
      ...response,
      answers: [
        { ...lie, name: 'other.test' },
        { ...lie, data: '192.0.2.1' },
      ],
    });
  });
  await new Promise<void>((resolve) => server.bind(0, '127.0.0.1', resolve));
  const lookup = createTrustedLookup([`127.0.0.1:${server.address().port}`], 2);
  try {
    const answer = await lookup.addresses('good.test', 4);
    assert.deepEqual(answer.kind === 'found' ? answer.values : answer, ['192.0.2.1']);
  } finally {
    lookup.close();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }
});

test('each question has an id and a port of its own', async () => {
  const seen: string[] = [];
  const server = createSocket('udp4');
  server.on('message', (bytes, { port }) => {
    seen.push(`${bytes.readUInt16BE(0)} ${port}`);
  });
  await new Promise<void>((resolve) => server.bind(0, '127.0.0.1', resolve));
  const lookup = createTrustedLookup([`127.0.0.1:${server.address().port}`], 0.35);
  try {
    await Promise.all(Array.from({ length: 20 }, (_, at) => lookup.texts(`${at}.test`)));
    assert.equal(seen.length, 60, 'three tries each');
    assert.ok(new Set(seen.map((each) => each.split(' ')[0])).size > 50, 'ids');
    assert.ok(new Set(seen.map((each) => each.split(' ')[1])).size > 30, 'ports');
  } finally {
    lookup.close();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }
});

test('the next server is asked when one fails', async () => {
  const bad = await startDns({ 'a.test': { fault: 'SERVFAIL' } });
  const good = await startDns({ 'a.test': { A: ['192.0.2.1'], signed } });
  const lookup = createTrustedLookup([bad.address, good.address], 2);
  try {
    assert.equal((await lookup.addresses('a.test', 4)).kind, 'found');
  } finally {
    lookup.close();
    await Promise.all([bad.close(), good.close()]);
  }
});

test('only resolvers on loopback are believed unasked, and those that the site names', () => {
  for (const [server, isLoopback] of [
    ['127.0.0.1', true],
    ['127.0.0.53:53', true],
    ['[::1]:5353', true],
    ['127.0.0.11', false],
    ['192.0.2.1', false],
    ['[2001:db8::1]:53', false],
  ] as const)
    assert.equal(isLoopbackServer(server), isLoopback, server);
  const near = ['127.0.0.1'];
  const far = ['192.0.2.53'];
  assert.deepEqual(trustedServers({ dnsservers: near }), near);
  assert.deepEqual(trustedServers({ dnsservers: far }), []);
  assert.deepEqual(trustedServers({ dnsservers: [...near, ...far] }), []);
  assert.deepEqual(trustedServers({ dnsservers: near, dnssecresolver: far }), far);
  assert.deepEqual(trustedServers({ dnsservers: near, dnssecresolver: [] }), []);
  assert.deepEqual(trustedServers({ dnsservers: near, tlspolicies: new Set(['mta-sts']) }), []);
});
