// Which servers remote delivery finds and in which order it asks them (spec/qmail.md 8.1, 14 rows 16 and 17,
// security.md S4, RFC 5321 5.1, RFC 7505): a real DNS server, real connections.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, afterEach, before, describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import type { DnsZone } from '../support/dns.ts';
import { OWN_ADDRESS, type RemoteSite, startRemoteSite } from '../support/remote.ts';
import { startSink } from '../support/smtp-sink.ts';

const NO_ANSWER = "ZSorry, I couldn't find any host by that name. (#4.1.2)";
const NO_ADDRESS = "DSorry, I couldn't find a mail exchanger or IP address. (#5.4.4)";
const NO_CONNECTION = "ZSorry, I wasn't able to establish an SMTP connection. (#4.4.1)";
const OURSELVES =
  "DSorry. Although I'm listed as a best-preference MX or A for that host,\n" +
  "it isn't in my control/locals file, so I don't treat it as local. (#5.4.6)";

const manyMx = Array.from({ length: 120 }, (_, i) => [i, `mx${i}.many.test`] as const);

const ZONE: DnsZone = {
  'good.test': { MX: [[10, 'mx.good.test']] },
  'mx.good.test': { A: ['192.0.2.1'] },
  'order.test': {
    MX: [
      [30, 'c.order.test'],
      [10, 'a.order.test'],
      [20, 'b.order.test'],
    ],
  },
  'a.order.test': { A: ['192.0.2.11', '192.0.2.12'] },
  'b.order.test': { A: ['192.0.2.13'] },
  'c.order.test': { A: ['192.0.2.14'] },
  'equal.test': {
    MX: [
      [5, 'a.order.test'],
      [5, 'b.order.test'],
      [5, 'c.order.test'],
    ],
  },
  'plain.test': { A: ['192.0.2.1'] },
  'six.test': { MX: [[1, 'mx.six.test']] },
  'mx.six.test': { A: ['192.0.2.1'], AAAA: ['2001:db8::1'] },
  'only6.test': { AAAA: ['2001:db8::2'] },
  'null.test': { MX: [[0, '.']], A: ['192.0.2.1'] },
  'nulltwo.test': {
    MX: [
      [0, '.'],
      [10, 'mx.good.test'],
    ],
  },
  'nodata.test': { TXT: ['no address'] },
  'noaddress.test': { MX: [[10, 'gone.test']] },
  'servfail.test': { fault: 'SERVFAIL' },
  'refused.test': { fault: 'REFUSED' },
  'silent.test': { fault: 'silent' },
  'garbage.test': { fault: 'garbage' },
  'mxfail.test': { A: ['192.0.2.1'], fault: { MX: 'SERVFAIL' } },
  'softmx.test': { MX: [[10, 'servfail.test']] },
  'softhalf.test': {
    MX: [
      [10, 'servfail.test'],
      [20, 'mx.good.test'],
    ],
  },
  'truncated.test': { MX: [[10, 'mx.good.test']], fault: 'truncate' },
  'alias.test': { CNAME: 'good.test' },
  'mxalias.test': { MX: [[10, 'alias2.test']] },
  'alias2.test': { CNAME: 'mx.good.test' },
  'loop.test': { CNAME: 'loop2.test' },
  'loop2.test': { CNAME: 'loop.test' },
  'literalmx.test': { MX: [[10, '192.0.2.1']] },
  'me.test': { MX: [[10, 'own.test']] },
  'own.test': { A: [OWN_ADDRESS] },
  'own6.test': { AAAA: ['2001:DB8:0::99'] },
  'backup.test': {
    MX: [
      [10, 'mx.good.test'],
      [20, 'own.test'],
      [30, 'b.order.test'],
    ],
  },
  'samepref.test': {
    MX: [
      [10, 'mx.good.test'],
      [10, 'own.test'],
    ],
  },
  'backupsoft.test': {
    MX: [
      [10, 'servfail.test'],
      [20, 'own.test'],
    ],
  },
  'loopback.test': { MX: [[10, 'lo.test']] },
  'lo.test': { A: ['127.0.0.1'] },
  'zero.test': { A: ['0.0.0.0'] },
  'lo6.test': { AAAA: ['::1'] },
  'mapped.test': { AAAA: ['::ffff:127.0.0.1'] },
  'multicast.test': { A: ['224.0.0.1'] },
  'private.test': { A: ['10.0.0.1'] },
  'many.test': { MX: manyMx },
  ...Object.fromEntries(manyMx.map(([i, name]) => [name, { A: [`198.51.100.${i + 1}`] }])),
  'wide.test': { A: Array.from({ length: 40 }, (_, i) => `203.0.113.${i + 1}`) },
  'relay.test': { A: ['192.0.2.1'], MX: [[10, 'b.order.test']] },
};

// What a test opened is closed after it, also when it failed: an open socket would keep the run alive.
const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()));
});
const keep = <T extends { close(): Promise<void> }>(thing: T): T => {
  opened.push(thing);
  return thing;
};
const openSite = async (...args: Parameters<typeof startRemoteSite>) => keep(await startRemoteSite(...args));

describe('the servers of a domain', () => {
  let site: RemoteSite;
  before(async () => {
    site = await startRemoteSite(ZONE);
    await site.addSink('192.0.2.1');
  });
  after(() => site.close());

  const from = async (act: () => Promise<string>) => {
    site.connected.length = 0;
    const outcome = await act();
    return [outcome, ...site.connected];
  };
  const send = (host: string) => from(() => site.send(`user@${host}`));
  const delivered = (ip: string) => `K${ip} accepted message.\nRemote host said: 250 ok`;
  const isDelivered = (outcome: string | undefined, ip = '192.0.2.1') =>
    assert.ok(outcome?.startsWith(delivered(ip)), outcome);

  it('are its MX hosts, by preference, with all their addresses', async () => {
    const [outcome, ...tried] = await send('order.test');
    assert.equal(outcome, NO_CONNECTION);
    assert.deepEqual(tried.slice(0, 2).sort(), ['192.0.2.11:25', '192.0.2.12:25']);
    assert.deepEqual(tried.slice(2), ['192.0.2.13:25', '192.0.2.14:25']);
  });

  it('of equal preference come in a random order', async () => {
    const firsts = new Set<string>();
    for (let i = 0; i < 60 && firsts.size < 2; i++) {
      // One that has refused rests for a moment, so each turn gets a site that knows nothing.
      const fresh = await startRemoteSite(site.dns.zone);
      await fresh.send('user@equal.test');
      firsts.add(fresh.connected[0]!);
      await fresh.close();
    }
    assert.ok(firsts.size > 1);
  });

  it('are its own addresses when it has no MX', async () => {
    isDelivered((await send('plain.test'))[0]);
  });

  it('are tried over IPv4 first, then IPv6', async () => {
    isDelivered((await send('six.test'))[0]);
    assert.deepEqual((await send('only6.test')).slice(1), ['2001:db8::2:25']);
  });

  it('with a null MX take no mail (RFC 7505)', async () => {
    assert.deepEqual(await send('null.test'), [
      'DSorry, null.test says that it accepts no mail (null MX). (#5.1.10)',
    ]);
    isDelivered((await send('nulltwo.test'))[0]);
  });

  it('do not exist for a name that does not exist', async () => {
    assert.deepEqual(await send('nxdomain.test'), [
      "DSorry, I couldn't find any host named nxdomain.test. (#5.1.2)",
    ]);
    assert.deepEqual(await send('a..b'), ["DSorry, I couldn't find any host named a..b. (#5.1.2)"]);
    assert.deepEqual(await send('2130706433'), [
      "DSorry, I couldn't find any host named 2130706433. (#5.1.2)",
    ]);
  });

  it('have no address', async () => {
    assert.deepEqual(await send('nodata.test'), [NO_ADDRESS]);
    assert.deepEqual(await send('noaddress.test'), [NO_ADDRESS]);
    assert.deepEqual(await send('multicast.test'), [NO_ADDRESS]);
  });

  for (const host of ['servfail', 'refused', 'silent', 'garbage', 'mxfail', 'softmx', 'loop'])
    it(`cannot be known now: ${host}`, async () => {
      assert.deepEqual(await send(`${host}.test`), [NO_ANSWER]);
    });

  it('are used as far as they could be looked up', async () => {
    isDelivered((await send('softhalf.test'))[0]);
  });

  it('are read over TCP when the answer does not fit into a datagram', async () => {
    isDelivered((await send('truncated.test'))[0]);
    assert.ok(site.dns.queries.some(({ name, over }) => name === 'truncated.test' && over === 'tcp'));
  });

  it('are found behind a CNAME of the domain or of the MX host', async () => {
    isDelivered((await send('alias.test'))[0]);
    isDelivered((await send('mxalias.test'))[0]);
  });

  it('may be given as an address', async () => {
    isDelivered((await send('literalmx.test'))[0]);
    isDelivered((await send('[192.0.2.1]'))[0]);
    isDelivered((await send('192.0.2.1'))[0]);
    assert.deepEqual((await send('[IPv6:2001:db8::7]')).slice(1), ['2001:db8::7:25']);
  });

  for (const host of ['me', 'own', 'own6', 'samepref', 'loopback', 'zero', 'lo6', 'mapped'])
    it(`are never ourselves: ${host}`, async () => {
      assert.deepEqual(await send(`${host}.test`), [OURSELVES]);
    });

  for (const host of ['127.0.0.1', '[127.0.0.1]', '[IPv6:::1]', '[IPv6:::ffff:127.0.0.1]', OWN_ADDRESS])
    it(`are never ourselves: ${host}`, async () => {
      assert.deepEqual(await send(host), [OURSELVES]);
    });

  it('are only those better than we are', async () => {
    isDelivered((await send('backup.test'))[0]);
    assert.ok(site.connected.every((place) => place === '192.0.2.1:25'));
    assert.deepEqual(await send('backupsoft.test'), [NO_ANSWER]);
  });

  it('are ten at most, however many there are', async () => {
    const [outcome, ...tried] = await send('many.test');
    assert.equal(outcome, NO_CONNECTION);
    assert.deepEqual(
      tried,
      Array.from({ length: 10 }, (_, i) => `198.51.100.${i + 1}:25`),
    );
    assert.equal((await send('wide.test')).length, 11);
  });
});

describe('settings of remote delivery', () => {
  it('can put IPv6 first; it falls back to IPv4', async () => {
    const site = await openSite(ZONE, { ipv6: 'first' });
    await site.addSink('192.0.2.1');
    assert.match(await site.send('u@six.test'), /^K192\.0\.2\.1 accepted/);
    assert.deepEqual(site.connected, ['2001:db8::1:25', '192.0.2.1:25']);
  });

  it('can switch IPv6 off', async () => {
    const site = await openSite(ZONE, { ipv6: 'off' });
    assert.equal(await site.send('u@only6.test'), NO_ADDRESS);
    assert.ok(!site.dns.queries.some(({ type }) => type === 'AAAA'));
  });

  it('can refuse private addresses', async () => {
    const open = await openSite(ZONE);
    await open.send('u@private.test');
    assert.deepEqual(open.connected, ['10.0.0.1:25']);
    await open.close();
    const shut = await openSite(ZONE, { refuseprivate: true });
    assert.equal(await shut.send('u@private.test'), NO_ADDRESS);
  });

  it('route by smtproutes: the relay without MX, its port, loopback too', async () => {
    const relay = keep(await startSink());
    const site = await openSite(ZONE, {
      smtproutes: new Map([
        ['far.test', 'relay.test:2525'],
        ['.sub.test', `127.0.0.1:${relay.port}`],
        ['six.test', '[::1]:26'],
        ['plain.test', ''],
        ['odd.test', 'relay.test:port'],
        ['gone.test', 'nxdomain.test'],
      ]),
    });
    await site.addSink('192.0.2.1');
    site.mapTo('127.0.0.1', relay.port);
    assert.match(await site.send('u@far.test'), /^K192\.0\.2\.1 accepted/);
    assert.match(await site.send('u@a.sub.test'), /^K127\.0\.0\.1 accepted/);
    assert.equal(relay.messages[0]?.rcpts[0], 'u@a.sub.test');
    await site.send('u@six.test');
    assert.match(await site.send('u@plain.test'), /^K192\.0\.2\.1 accepted/);
    assert.deepEqual(site.connected, ['192.0.2.1:2525', `127.0.0.1:${relay.port}`, '::1:26', '192.0.2.1:25']);
    assert.match(
      await site.send('u@odd.test'),
      /^Zcontrol\/smtproutes: "relay\.test:port" for odd\.test .*\(#4\.3\.5\)$/,
    );
    assert.match(await site.send('u@gone.test'), /^DSorry, I couldn't find any host named nxdomain\.test/);
  });
});

describe('a host that does not answer', () => {
  // A listener whose queue is full: the kernel drops further connection requests.
  const openBlackHole = async () => {
    const worker = new Worker(
      `const { parentPort, workerData } = require('node:worker_threads');
       const server = require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
         parentPort.postMessage(server.address().port);
         Atomics.wait(new Int32Array(workerData), 0, 0);
       });`,
      { eval: true, workerData: new SharedArrayBuffer(4) },
    );
    const port = await new Promise<number>((resolve) => worker.once('message', resolve));
    // A backlog of 1 holds two connections.
    const fillers = Array.from({ length: 3 }, () => connect(port, '127.0.0.1').on('error', () => {}));
    await new Promise<void>((resolve) => {
      let held = 0;
      for (const filler of fillers) filler.once('connect', () => ++held === 2 && resolve());
    });
    return {
      port,
      close: async () => {
        for (const filler of fillers) filler.destroy();
        await worker.terminate();
      },
    };
  };

  it('costs timeoutconnect, then the next one is asked', async () => {
    const hole = keep(await openBlackHole());
    const site = await openSite(
      {
        'far.test': {
          MX: [
            [1, 'a.far.test'],
            [2, 'b.far.test'],
          ],
        },
        'a.far.test': { A: ['192.0.2.1'] },
        'b.far.test': { A: ['192.0.2.2'] },
      },
      { timeoutconnect: 0.3 },
    );
    site.mapTo('192.0.2.1', hole.port);
    await site.addSink('192.0.2.2');
    const start = Date.now();
    assert.match(await site.send('u@far.test'), /^K192\.0\.2\.2 accepted/);
    assert.ok(Date.now() - start >= 290);
  });
});
