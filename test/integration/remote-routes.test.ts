// Routes that the patched qmails have beside smtproutes: QMTP relays (control/qmtproutes), relays by sender
// (control/authsenders), and our own address for connections (control/outgoingip). spec/qmail.md 3.2, 8.1, 11.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, it } from 'node:test';
import { permanent, temporary } from '../../mta/outcome.ts';
import type { RemoteSettings } from '../../mta/remote/delivery.ts';
import type { DnsZone } from '../support/dns.ts';
import { startTestServer } from '../support/qmtp.ts';
import { withTemporaryDirectory } from '../support/queue.ts';
import { type RemoteSite, startRemoteSite } from '../support/remote.ts';
import { SMUGGLING_SEQUENCES } from '../support/smuggling.ts';

const IP = '192.0.2.1';
const ZONE: DnsZone = {
  'our.test': { MX: [[10, 'mx.far.test']] },
  'far.test': { MX: [[10, 'mx.far.test']] },
  'mx.far.test': { A: ['192.0.2.9'] },
  'relay.test': { A: [IP] },
  'two.test': { A: [IP, '192.0.2.2'] },
  'other.test': { A: ['192.0.2.3'] },
};

const opened: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0)) await close();
});

async function openSite(settings: Partial<RemoteSettings>): Promise<RemoteSite> {
  const site = await startRemoteSite(ZONE, settings);
  opened.push(() => site.close());
  return site;
}

const QMTP: Partial<RemoteSettings> = { qmtproutes: new Map([['our.test', 'relay.test']]) };

/** A site with our QMTP server at 192.0.2.1. */
async function openQmtp() {
  const site = await openSite(QMTP);
  const server = await startTestServer('qmtp');
  site.mapTo(IP, server.port);
  return { site, server };
}

describe('a domain of qmtproutes', () => {
  it('gets its mail by QMTP, at port 209, in one package', async () => {
    const { site, server } = await openQmtp();
    const message = Buffer.from('Subject: x\n\n.\nna\xefve\nno end', 'latin1');
    const outcome = await site.send('u@our.test', { message, sender: 'a b@our.test' });
    assert.equal(outcome, `K${IP} accepted message.\nRemote host said: ok 1732290000 qp 123`);
    assert.deepEqual(site.connected, [`${IP}:209`]);
    const [got] = server.injector.messages;
    assert.equal(got?.sender, 'a b@our.test', 'as it is in the envelope, not quoted');
    assert.deepEqual(got?.recipients, ['u@our.test']);
    const received = got.message.toString('latin1');
    assert.match(received, /^Received: from .* with QMTP; /s);
    assert.ok(received.endsWith(`\n${message.toString('latin1')}\n`), received);
  });

  it('gets a message of the queue file whole, or not at all', async () => {
    await withTemporaryDirectory(async (directory) => {
      const { site, server } = await openQmtp();
      const path = join(directory, '4711');
      const content = Buffer.from(`Subject: big\n\n${'.line of text\n'.repeat(100_000)}`);
      await writeFile(path, content);
      const request = { message: undefined, path, size: content.length };
      assert.match(await site.send('u@our.test', request), /^K/);
      assert.ok(server.injector.messages[0]?.message.toString().endsWith(content.toString()));
      assert.equal(
        await site.send('u@our.test', { ...request, size: content.length + 1 }),
        'ZUnable to read message. (#4.3.0)',
      );
      assert.equal(server.injector.messages.length, 1);
    });
  });

  it('hears the answer for its recipient', async () => {
    const { site, server } = await openQmtp();
    assert.match(
      await site.send('nobody@our.test'),
      /^D192\.0\.2\.1 does not like recipient\.\nRemote host said: sorry.*\nGiving up on 192\.0\.2\.1\.$/,
    );
    server.injector.answer = () => temporary('qq write error or disk full (#4.3.0)');
    assert.match(
      await site.send('u@our.test'),
      /^Z192\.0\.2\.1 does not like recipient\.\nRemote host said: /,
    );
    server.injector.answer = () => permanent('mail server permanently rejected message (#5.3.0)');
    assert.match(await site.send('u@our.test'), /^D192\.0\.2\.1 does not like recipient\./);
  });

  it('gets several recipients in one package, and each has its answer', async () => {
    const { site, server } = await openQmtp();
    const message = Buffer.from('Subject: x\n\nhello\n');
    const report = await site.agent.transact({
      id: '1',
      path: '/nonexistent',
      size: message.length,
      message,
      host: 'our.test',
      sender: 's@far.test',
      recipients: ['u@our.test', 'nobody@our.test', 'v@our.test'],
    });
    assert.equal(report.recipients.map(({ letter }) => letter).join(''), 'rhr');
    assert.match(report.recipients[1]?.text ?? '', /^192\.0\.2\.1 does not like recipient\./);
    assert.equal(report.message.code, 'K');
    assert.deepEqual(server.injector.messages[0]?.recipients, ['u@our.test', 'v@our.test']);
  });

  it('gets no second message from bytes in the first, and LF line ends only', async () => {
    const { site, server } = await openQmtp();
    let sent = 0;
    for (const [, sequence] of SMUGGLING_SEQUENCES.slice(0, 12)) {
      const message = Buffer.concat([Buffer.from('Subject: x\n\na'), sequence, Buffer.from('1:\n,0:,0:,')]);
      assert.match(await site.send('u@our.test', { message }), /^K/);
      sent++;
    }
    assert.equal(server.injector.messages.length, sent);
    for (const { message } of server.injector.messages) assert.ok(!message.includes('\r'));
  });

  it('asks the next server when one does not answer, but never after the last byte', async () => {
    const { site, server } = await openQmtp();
    site.mapTo('192.0.2.2', server.port);
    const two = await openSite({ qmtproutes: new Map([['our.test', 'two.test:2009']]) });
    two.mapTo('192.0.2.2', server.port);
    assert.match(await two.send('u@our.test'), /^K192\.0\.2\.2 accepted/);
    assert.deepEqual(two.connected.sort(), [`${IP}:2009`, '192.0.2.2:2009']);

    const sockets: Socket[] = [];
    const taker = createServer((socket) => {
      sockets.push(socket);
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk.toString('latin1');
        if (text.endsWith('u@our.test,,')) socket.destroy();
      });
    });
    taker.listen(0, '127.0.0.1');
    await once(taker, 'listening');
    opened.push(async () => taker.close());
    const three = await openSite({ qmtproutes: new Map([['our.test', 'two.test']]) });
    for (const address of [IP, '192.0.2.2']) three.mapTo(address, (taker.address() as AddressInfo).port);
    assert.match(
      await three.send('u@our.test'),
      /^ZConnected to 192\.0\.2\.[12] but connection died\. Possible duplicate! \(#4\.4\.2\)$/,
    );
    assert.equal(three.connected.length, 1);
  });

  it('is not believed when it answers nonsense', async () => {
    for (const reply of ['what?\r\n', '3:Xok,', '0:,', '99999999999:']) {
      const liar = createServer((socket) => {
        socket.on('error', () => undefined);
        socket.once('data', () => socket.write(reply));
      });
      liar.listen(0, '127.0.0.1');
      await once(liar, 'listening');
      opened.push(async () => liar.close());
      const site = await openSite(QMTP);
      site.mapTo(IP, (liar.address() as AddressInfo).port);
      assert.match(
        await site.send('u@our.test'),
        /^ZConnected to .* invalid reply\. Possible duplicate! /,
        reply,
      );
    }
  });

  it('with an empty relay, and any other domain, goes by SMTP', async () => {
    const site = await openSite({
      qmtproutes: new Map([
        ['far.test', ''],
        ['', 'relay.test'],
      ]),
    });
    const sink = await site.addSink('192.0.2.9');
    assert.match(await site.send('u@far.test'), /^K192\.0\.2\.9/);
    assert.equal(sink.messages.length, 1);
  });

  it('with a password is a mistake that is named, not a letter without it', async () => {
    const site = await openSite({ qmtproutes: new Map([['our.test', 'relay.test|user|secret']]) });
    const outcome = await site.send('u@our.test');
    assert.match(outcome, /^Zcontrol\/qmtproutes: /);
    assert.doesNotMatch(outcome, /secret/);
    assert.deepEqual(site.connected, []);
  });
});

describe('a sender of authsenders', () => {
  it('has its relay before the route of the recipient: whole address, then its end, then the empty key', async () => {
    const authsenders = new Map([
      ['joe@our.test', 'relay.test'],
      ['@our.test', 'other.test:587'],
      ['.sub.test', '192.0.2.4'],
      ['none@our.test', ''],
    ]);
    const smtproutes = new Map([['', '192.0.2.5']]);
    const where = async (sender: string) => {
      const site = await openSite({ authsenders, smtproutes });
      await site.send('u@far.test', { sender });
      return site.connected.join();
    };
    assert.equal(await where('Joe@OUR.test'), `${IP}:25`);
    assert.equal(await where('ann@our.test'), '192.0.2.3:587');
    assert.equal(await where('x@a.sub.test'), '192.0.2.4:25');
    assert.equal(await where('none@our.test'), '192.0.2.5:25', 'an empty relay is the exception');
    assert.equal(await where(''), '192.0.2.5:25');
  });

  it('whose entry cannot be read keeps the mail waiting, without showing the password', async () => {
    const site = await openSite({ authsenders: new Map([['', 'a b|user|secret']]) });
    const outcome = await site.send('u@far.test', { sender: '' });
    assert.match(outcome, /^Zcontrol\/authsenders: /);
    assert.doesNotMatch(outcome, /secret/);
  });
});

describe('connections to other hosts', () => {
  it('come from the address of outgoingip', async () => {
    for (const [outgoingip, expected] of [
      [['127.0.0.2'], '127.0.0.2'],
      [['0.0.0.0'], '127.0.0.1'],
      [['::1'], '127.0.0.1'],
    ] as const) {
      const from: string[] = [];
      const server = createServer((socket) => {
        from.push(socket.remoteAddress ?? '');
        socket.end('421 busy\r\n');
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      opened.push(async () => server.close());
      const site = await openSite({ outgoingip });
      site.mapTo('192.0.2.9', (server.address() as AddressInfo).port);
      await site.send('u@far.test');
      assert.deepEqual(from, [expected]);
    }
  });

  it('are not made while outgoingip is none of our addresses; the mail waits and the report names the file', async () => {
    const site = await openSite({ outgoingip: ['203.0.113.7'] });
    await site.addSink('192.0.2.9');
    assert.equal(
      await site.send('u@far.test'),
      'Zcontrol/outgoingip: 203.0.113.7 is no address of this machine. (#4.3.5)',
    );
  });
});
