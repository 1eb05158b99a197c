// The picture proxy's fetch against real servers on loopback (security.md W9): which addresses are judged how, and what
// comes back. A listener counts connections: a refused address must never be connected to.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { isPublicAddress } from '../../mta/net/public-address.ts';
import {
  createPictureGate,
  type FetchPictureOptions,
  fetchPicture,
} from '../../server/message/remote-picture.ts';
import { createCertificate } from '../support/certificate.ts';

const png = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.alloc(100, 1)]);

describe('addresses', () => {
  const refused = [
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.1',
    '192.0.2.1',
    '192.88.99.1',
    '192.168.1.1',
    '198.18.0.1',
    '198.51.100.1',
    '203.0.113.1',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::127.0.0.1',
    '64:ff9b::7f00:1',
    '64:ff9b:1::a00:1',
    '100::1',
    '2001::1',
    '2001:db8::1',
    '2002:7f00:1::',
    '3fff::1',
    '5f00::1',
    'fc00::1',
    'fd12::1',
    'fe80::1',
    'fe80::1%eth0',
    'fec0::1',
    'ff02::1',
    'not an address',
    '127.1',
    '0x7f.1',
    '',
  ];
  const permitted = [
    '8.8.8.8',
    '172.32.0.1',
    '100.128.0.1',
    '2606:4700::1',
    '::ffff:8.8.8.8',
    '2002:808:808::1',
    '64:ff9b::808:808',
  ];
  for (const address of refused)
    it(`${address || 'nothing'} is refused`, () => assert.equal(isPublicAddress(address), false));
  for (const address of permitted)
    it(`${address} is public`, () => assert.equal(isPublicAddress(address), true));
});

describe('fetching', () => {
  const routes: Record<string, RequestListener> = {
    '/ok': (_, res) => res.writeHead(200, { 'content-type': 'image/png' }).end(png),
    '/svg': (_, res) => res.writeHead(200, { 'content-type': 'image/svg+xml' }).end('<svg>'),
    '/lie': (_, res) => res.writeHead(200, { 'content-type': 'image/png' }).end('<html>'),
    '/other': (_, res) => res.writeHead(200, { 'content-type': 'image/gif' }).end(png),
    '/gzip': (_, res) =>
      res.writeHead(200, { 'content-type': 'image/png', 'content-encoding': 'gzip' }).end(png),
    '/missing': (_, res) => res.writeHead(404).end(),
    '/private': (_, res) => res.writeHead(302, { location: 'http://10.0.0.1/' }).end(),
    '/file': (_, res) => res.writeHead(302, { location: 'file:///etc/passwd' }).end(),
    '/loop': (_, res) => res.writeHead(302, { location: '/loop' }).end(),
    '/twice': (_, res) => res.writeHead(301, { location: '/ok' }).end(),
    '/silent': () => {},
    '/slow': (_, res) => {
      res.writeHead(200, { 'content-type': 'image/png' });
      res.write(png);
    },
    '/endless': (_, res) => {
      res.writeHead(200, { 'content-type': 'image/png' });
      const more = (): void => {
        while (!res.destroyed && res.write(png));
        res.once('drain', more);
      };
      more();
    },
  };
  let server: Server;
  let port = 0;
  let seen: { host: string; cookie: string; referer: string }[] = [];
  before(async () => {
    server = createServer((req, res) => {
      seen.push({
        host: req.headers.host ?? '',
        cookie: req.headers.cookie ?? '',
        referer: req.headers.referer ?? '',
      });
      (routes[req.url ?? ''] ?? routes['/missing']!)(req, res);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  const options = (more: Partial<FetchPictureOptions> = {}): FetchPictureOptions => ({
    resolve: async () => ['127.0.0.1'],
    allowPorts: new Set([port]),
    permitAddress: (address) => address === '127.0.0.1',
    totalLimit: 600,
    connectLimit: 300,
    maxBytes: 100_000,
    ...more,
  });
  const get = (path: string, more?: Partial<FetchPictureOptions>) =>
    fetchPicture(`http://pictures.test:${port}${path}`, options(more));

  it('gives the bytes and our own reading of the type, and tells the server no more than the name', async () => {
    seen = [];
    const result = await get('/ok');
    assert.deepEqual(result, { ok: true, type: 'image/png', body: png });
    assert.deepEqual(seen, [{ host: `pictures.test:${port}`, cookie: '', referer: '' }]);
  });
  const failures: [string, string][] = [
    ['/svg', 'no-picture'],
    ['/lie', 'no-picture'],
    ['/other', 'no-picture'],
    ['/gzip', 'no-picture'],
    ['/missing', 'no-picture'],
    ['/private', 'bad-address'],
    ['/file', 'bad-address'],
    ['/loop', 'too-many-redirects'],
    ['/silent', 'too-slow'],
    ['/slow', 'too-slow'],
    ['/endless', 'too-large'],
  ];
  for (const [path, reason] of failures)
    it(`${path} gives ${reason}`, async () => {
      const result = await get(path);
      // A redirect to port 80 of a private address is stopped by the address, not by the port.
      assert.deepEqual(result, { ok: false, reason: path === '/private' ? 'refused-address' : reason });
    });
  it('follows three redirects at most', async () => {
    assert.equal((await get('/twice')).ok, true);
  });
  it('judges every address of a name, and asks for them once', async () => {
    let asked = 0;
    const resolve = async (): Promise<string[]> => {
      asked++;
      return ['127.0.0.1', '10.0.0.1'];
    };
    seen = [];
    assert.deepEqual(await get('/ok', { resolve }), { ok: false, reason: 'refused-address' });
    assert.deepEqual([asked, seen], [1, []]);
    // First public, then private: the second answer is never asked for.
    const turns = [['127.0.0.1'], ['10.0.0.1']];
    const rebinding = async (): Promise<string[]> => turns.shift()!;
    assert.equal((await get('/ok', { resolve: rebinding })).ok, true);
    assert.equal(turns.length, 1);
  });
  it('connects to no refused address in any spelling', async () => {
    seen = [];
    let connections = 0;
    const listener = createTcpServer((socket) => {
      connections++;
      socket.destroy();
    });
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const { port: trap } = listener.address() as AddressInfo;
    const hosts = [
      '127.0.0.1',
      '127.1',
      '0x7f.1',
      '2130706433',
      '017700000001',
      '[::ffff:7f00:1]',
      '[::1]',
      'localhost',
      'localhost.',
      '127.0.0.1.nip.test',
      'good@127.0.0.1',
      '0',
      '127.0.0.1%00x',
      'a\\@127.0.0.1',
      '127.0.\t0.1',
    ];
    for (const host of hosts) {
      const result = await fetchPicture(`http://${host}:${trap}/ok`, {
        resolve: async () => ['127.0.0.1'],
        allowPorts: new Set([trap]),
        totalLimit: 600,
      });
      assert.equal(result.ok, false, host);
      assert.ok(!result.ok && (result.reason === 'refused-address' || result.reason === 'bad-address'), host);
    }
    assert.equal(connections, 0);
    listener.close();
  });
  it('refuses other schemes, ports and credentials before it asks for the name', async () => {
    const resolve = async (): Promise<string[]> => assert.fail('asked');
    for (const url of [
      'ftp://x.test/',
      'gopher://x.test/',
      'file:///etc/passwd',
      'http://x.test:25/',
      'http://u:p@x.test/',
      'data:image/png,x',
      '//x.test/',
      '',
    ])
      assert.deepEqual(await fetchPicture(url, { resolve }), { ok: false, reason: 'bad-address' }, url);
  });
  it('says that a name is not known', async () => {
    assert.deepEqual(await get('/ok', { resolve: () => Promise.reject(new Error('ENOTFOUND')) }), {
      ok: false,
      reason: 'not-found',
    });
    assert.deepEqual(await get('/ok', { resolve: async () => [] }), { ok: false, reason: 'not-found' });
  });
  it('speaks TLS to the number with the name, and checks the certificate', async () => {
    const certificate = createCertificate('pictures.test');
    const secure = createTlsServer(certificate, routes['/ok']!);
    secure.listen(0, '127.0.0.1');
    await once(secure, 'listening');
    const { port: tlsPort } = secure.address() as AddressInfo;
    const more = { allowPorts: new Set([tlsPort]), totalLimit: 3_000, connectLimit: 2_000 };
    const url = (host: string): string => `https://${host}:${tlsPort}/ok`;
    const good = await fetchPicture(url('pictures.test'), options({ ...more, ca: certificate.cert }));
    assert.equal(good.ok, true, JSON.stringify(good));
    assert.deepEqual(await fetchPicture(url('other.test'), options({ ...more, ca: certificate.cert })), {
      ok: false,
      reason: 'unreachable',
    });
    assert.deepEqual(await fetchPicture(url('pictures.test'), options(more)), {
      ok: false,
      reason: 'unreachable',
    });
    secure.closeAllConnections();
    secure.close();
  });
  it('lets two run at once for a user, and the next when one ends', async () => {
    const gate = createPictureGate(2);
    const ends: (() => void)[] = [];
    const begun: number[] = [];
    const work = (i: number): Promise<void> => {
      begun.push(i);
      return new Promise((resolve) => ends.push(resolve));
    };
    const all = [0, 1, 2].map((i) => gate.run('ann', () => work(i)));
    const other = gate.run('bob', () => work(9));
    assert.deepEqual(begun, [0, 1, 9]);
    ends[0]!();
    await all[0];
    assert.deepEqual(begun, [0, 1, 9, 2]);
    for (const end of ends) end();
    await Promise.all([...all, other]);
  });
});
