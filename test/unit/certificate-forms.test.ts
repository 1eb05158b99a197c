// What we write and read of TLS by hand: certificates and requests as openssl reads them, the beginning of a handshake, and
// the days on which the end of a certificate is told.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { connect } from 'node:tls';
import { readClientHello } from '../../mta/certificates/client-hello.ts';
import { toPem } from '../../mta/certificates/der.ts';
import { tellEnds } from '../../mta/certificates/expiry.ts';
import {
  keyToPem,
  makeCertificate,
  makeKey,
  makeRequest,
  makeSiteCertificate,
  proofExtension,
} from '../../mta/certificates/make.ts';

const openssl = ['/usr/bin/openssl', '/usr/local/bin/openssl'].find((path) => existsSync(path));
const skip = openssl === undefined && 'openssl is not installed';
/** All that openssl says. */
function ask(input: string, ...args: readonly string[]): string {
  const { stdout, stderr } = spawnSync(openssl!, args, { input, encoding: 'utf8' });
  return stdout + stderr;
}

test('openssl verifies our request and finds every name in it', { skip }, () => {
  for (const names of [
    ['mail.example.com'],
    ['mail.example.com', '*.example.com', 'xn--bcher-kva.example'],
    Array.from({ length: 100 }, (_, index) => `host-${index}.example.com`),
    [`${'a'.repeat(60)}.${'b'.repeat(60)}.example.com`],
  ]) {
    const pem = toPem('CERTIFICATE REQUEST', makeRequest(names, makeKey()));
    const text = ask(pem, 'req', '-verify', '-noout', '-text');
    assert.match(text, /verify OK/);
    for (const name of names) assert.ok(text.includes(`DNS:${name}`), name);
    const isLong = (names[0] ?? '').length > 64;
    assert.equal(text.includes(`Subject: CN = ${names[0]}`), !isLong);
  }
});

test('a changed request is not verified', { skip }, () => {
  const request = makeRequest(['mail.example.com'], makeKey());
  request[30] = (request[30] as number) ^ 1;
  assert.match(ask(toPem('CERTIFICATE REQUEST', request), 'req', '-verify', '-noout'), /verify failure/);
});

test('the site’s first certificate is for its names and addresses, and of its key', { skip }, () => {
  const pem = makeSiteCertificate(
    ['mail.example.com', 'example.com', '192.0.2.1', '2001:db8::7'],
    Date.now(),
  );
  const certificate = new X509Certificate(pem);
  assert.equal(
    certificate.subjectAltName,
    'DNS:mail.example.com, DNS:example.com, IP Address:192.0.2.1, IP Address:2001:DB8:0:0:0:0:0:7',
  );
  assert.ok(certificate.checkPrivateKey(createPrivateKey(pem)));
  assert.ok(certificate.verify(certificate.publicKey));
  assert.match(ask(pem, 'x509', '-noout', '-checkend', '60'), /will not expire/);
  assert.equal(certificate.checkHost('mail.example.com'), 'mail.example.com');
});

test('the certificate that proves a name carries the digest in a critical extension', { skip }, () => {
  const digest = createHash('sha256').update('token.thumbprint').digest();
  const key = makeKey();
  const now = Date.now();
  const pem = makeCertificate({
    names: ['a.test'],
    key,
    from: now - 1000,
    to: now + 60_000,
    more: [proofExtension(digest)],
  });
  const text = ask(pem, 'x509', '-noout', '-text');
  assert.match(text, /1\.3\.6\.1\.5\.5\.7\.1\.31: critical/);
  assert.ok(new X509Certificate(pem).raw.includes(digest));
  assert.match(keyToPem(key), /^-----BEGIN PRIVATE KEY-----/);
});

test('dates after 2049 are written in their long form', { skip }, () => {
  const to = Date.UTC(2055, 0, 2, 3, 4, 5);
  const pem = makeCertificate({ names: ['a.test'], key: makeKey(), from: 0, to });
  assert.equal(Date.parse(new X509Certificate(pem).validTo), to);
});

test('name and protocols of a ClientHello are read, in one piece or byte by byte', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = connect({
    port,
    host: '127.0.0.1',
    servername: 'a.test',
    ALPNProtocols: ['acme-tls/1', 'h2'],
  });
  client.on('error', () => undefined);
  const [socket] = (await once(server, 'connection')) as [import('node:net').Socket];
  const [hello] = (await once(socket, 'data')) as [Buffer];
  client.destroy();
  socket.destroy();
  server.close();
  assert.deepEqual(readClientHello(hello), { name: 'a.test', protocols: ['acme-tls/1', 'h2'] });
  for (let length = 0; length < hello.length; length++)
    assert.equal(readClientHello(hello.subarray(0, length)), 'more', String(length));
  assert.equal(readClientHello(Buffer.from('GET / HTTP/1.1\r\n')), undefined);
  // Every length in it may lie.
  for (let at = 5; at < hello.length; at++) {
    const bent = Buffer.from(hello);
    bent[at] = 0xff;
    readClientHello(bent);
    bent[at] = 0;
    readClientHello(bent);
  }
});

test('the end of a certificate is told 21, 7 and 1 days before and when it is there, once each', () => {
  const day = 86_400_000;
  const end = Math.floor(Date.now() / 1000) * 1000 + 30 * day;
  const pem = Buffer.from(makeCertificate({ names: ['a.test'], key: makeKey(), from: 0, to: end }));
  const files = { certificates: [{ file: 'servercert.pem', name: '', pem }], ciphers: undefined };
  const told = new Map<string, number>();
  const date = new Date(end).toISOString().slice(0, 10);
  const lines = (left: number) => tellEnds(files, end - left * day, told);
  assert.deepEqual(lines(30), []);
  assert.deepEqual(lines(21), [
    `warning: the certificate control/servercert.pem ends on ${date}, in 21 days`,
  ]);
  assert.deepEqual(lines(20), []);
  assert.deepEqual(lines(6.5), [
    `warning: the certificate control/servercert.pem ends on ${date}, in 6 days`,
  ]);
  assert.deepEqual(lines(2), []);
  assert.deepEqual(lines(1), [`warning: the certificate control/servercert.pem ends on ${date}, in 1 day`]);
  assert.match(lines(-0.1)[0] ?? '', /^alert: the certificate control\/servercert\.pem has ended on /);
  assert.deepEqual(lines(-3), []);
  // A start in the last days tells the nearest only.
  told.clear();
  assert.equal(lines(0.5).length, 1);
});
