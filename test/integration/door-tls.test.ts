// TLS at the doors (security.md, TLS): versions and ciphers as openssl sees them, a certificate for each name, and new
// certificates that hold for whom comes then while nobody's session is dropped.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { keepSecureContexts } from '../../mta/certificates/door-tls.ts';
import { keepCertificates } from '../../server/supervisor/kept-certificates.ts';
import { createSecureDoor } from '../../server/web/shell/secure-door.ts';
import { createCertificate } from '../support/certificate.ts';
import { type ImapSite, startImapSite } from '../support/imap.ts';
import { type Pop3Site, startPop3Site } from '../support/pop3.ts';
import { startTestSmtpd } from '../support/smtp.ts';

const lines: string[] = [];
const qmail = await mkdtemp(join(tmpdir(), 'facteur-tls-'));

async function put(file: string, text: string): Promise<void> {
  const path = join(qmail, 'control', file);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

/** Writes a new certificate; gives its fingerprint. */
async function install(file: string, host: string, ...names: readonly string[]): Promise<string> {
  const { cert, key } = createCertificate(host, { names });
  await put(file, `${cert}${key}`);
  return new X509Certificate(cert).fingerprint256;
}

const prints: Record<string, string> = {};

prints.site = await install('servercert.pem', 'mx.our.test');
prints.own = await install('servercerts/imap.one.test/servercert.pem', 'imap.one.test');
prints.wild = await install('servercerts/*.two.test/servercert.pem', '*.two.test');
prints.many = await install('servercerts/mail.three.test/servercert.pem', 'mail.three.test', '*.four.test');
await put('dh4096.pem', '-----BEGIN DH PARAMETERS-----\nAAAA\n-----END DH PARAMETERS-----\n');
const certificates = await keepCertificates(
  qmail,
  (line) => lines.push(line),
  (words) => assert.fail(words),
);
const smtpd = await startTestSmtpd(
  { maxconnectionsperip: 1000 },
  { names: ['smtp', 'submission', 'submissions'], tls: certificates.now },
);
const imap = await startImapSite({ tls: certificates.now });
const pop3 = await startPop3Site({ tls: certificates.now });
const http = createServer((_req, res) => res.end('page'));
const secure = createSecureDoor(http, keepSecureContexts(certificates.now), undefined);
secure.listen(0, '127.0.0.1');
await once(secure, 'listening');
const portOf = (site: ImapSite | Pop3Site) => site.service.addresses[1]?.port ?? 0;
/** The doors with TLS from the first byte. */
const ports = {
  submissions: smtpd.port('submissions'),
  imaps: portOf(imap),
  pop3s: portOf(pop3),
  https: (secure.address() as AddressInfo).port,
};

after(async () => {
  secure.close();
  certificates.close();
  http.closeAllConnections();
  await Promise.all([smtpd.service.close(), imap.close(), pop3.close()]);
  await rm(qmail, { recursive: true, force: true });
});

/** A handshake; what the server shows, or '' when there is none. */
async function shown(port: number, servername: string | undefined): Promise<string> {
  const socket = connectTls({
    port,
    host: '127.0.0.1',
    rejectUnauthorized: false,
    ...(servername && { servername }),
  });
  try {
    await once(socket, 'secureConnect');
    return socket.getPeerX509Certificate()?.fingerprint256 ?? '';
  } catch {
    return '';
  } finally {
    socket.destroy();
  }
}

const openssl = ['/usr/bin/openssl', '/usr/local/bin/openssl'].find((path) => existsSync(path));
const skip = openssl === undefined && 'openssl is not installed';

/** Protocol and cipher of openssl s_client's handshake; undefined: none came about. */
async function handshake(port: number, ...options: readonly string[]): Promise<string | undefined> {
  const child = spawn(openssl!, ['s_client', '-connect', `127.0.0.1:${port}`, ...options], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString('latin1');
  });
  child.stderr.resume();
  await once(child, 'close');
  const [, protocol, cipher] = /^New, (\S+), Cipher is (.+)$/m.exec(output) ?? [];
  return cipher === undefined || cipher === '(NONE)' ? undefined : `${protocol} ${cipher}`;
}

test('openssl gets TLS 1.2 and 1.3 at every door, and nothing older', { skip }, async () => {
  const lenient = ['-cipher', 'ALL:@SECLEVEL=0'];
  const old = [['-ssl3'], ['-tls1'], ['-tls1_1']];
  for (const [door, port] of Object.entries(ports)) {
    assert.match((await handshake(port, '-tls1_3')) ?? '', /^TLSv1\.3 TLS_/, door);
    assert.match((await handshake(port, '-tls1_2')) ?? '', /^TLSv1\.[23] ECDHE-ECDSA-/, door);
    for (const version of old)
      assert.equal(await handshake(port, ...version, ...lenient), undefined, `${door} ${version}`);
  }
  const starttls = [
    [smtpd.port('smtp'), 'smtp'],
    [imap.port, 'imap'],
    [pop3.port, 'pop3'],
  ] as const;
  for (const [port, protocol] of starttls) {
    assert.match((await handshake(port, '-starttls', protocol)) ?? '', /^TLSv1\.3 /, protocol);
    assert.equal(await handshake(port, '-starttls', protocol, '-tls1_1', ...lenient), undefined, protocol);
  }
});

test('weak ciphers are refused: no CBC, no key without ECDHE, no null, no anonymous', { skip }, async () => {
  const weak = [
    'ECDHE-ECDSA-AES128-SHA',
    'ECDHE-ECDSA-AES128-SHA256',
    'AES128-GCM-SHA256',
    'aNULL',
    'eNULL',
    'RC4',
    '3DES',
  ];
  for (const cipher of weak)
    assert.equal(
      await handshake(ports.submissions, '-tls1_2', '-cipher', `${cipher}:@SECLEVEL=0`),
      undefined,
      cipher,
    );
  const strong = [
    'ECDHE-ECDSA-AES128-GCM-SHA256',
    'ECDHE-ECDSA-AES256-GCM-SHA384',
    'ECDHE-ECDSA-CHACHA20-POLY1305',
  ];
  for (const cipher of strong)
    assert.match((await handshake(ports.imaps, '-tls1_2', '-cipher', cipher)) ?? '', new RegExp(cipher));
});

test('each name gets its certificate at every door; every other name, and none, the site’s', async () => {
  const cases: readonly (readonly [name: string | undefined, whose: string])[] = [
    ['imap.one.test', 'own'],
    ['IMAP.One.Test', 'own'],
    ['other.one.test', 'site'],
    ['mail.two.test', 'wild'],
    ['a.b.two.test', 'site'],
    ['two.test', 'site'],
    ['mail.three.test', 'many'],
    ['anything.four.test', 'many'],
    ['mx.our.test', 'site'],
    ['unknown.test', 'site'],
    [undefined, 'site'],
    ['../../etc/passwd', 'site'],
    ['..', 'site'],
    ['*.two.test', 'site'],
    ['imap.one.test/../x', 'site'],
    ['%2e%2e%2f', 'site'],
    [`${'a'.repeat(60)}.test`, 'site'],
    ['x'.repeat(250), 'site'],
  ];
  for (const [door, port] of Object.entries(ports))
    for (const [name, whose] of cases)
      assert.equal(await shown(port, name), prints[whose], `${door} ${name}`);
  const client = await smtpd.connect('submission');
  await client.hello();
  await client.startTls();
  client.close();
});

test('who offers only protocols of others in ALPN is turned away; the own one, and none, go on (ALPACA)', async () => {
  const own = { submissions: ['smtp', 'esmtp'], imaps: ['imap'], pop3s: ['pop3'], https: ['http/1.1'] };
  const offer = async (socket: TLSSocket): Promise<string> => {
    const [outcome] = await Promise.race([
      once(socket, 'secureConnect').then(() => [String(socket.alpnProtocol)]),
      once(socket, 'error') as Promise<[NodeJS.ErrnoException]>,
    ]);
    socket.destroy();
    return typeof outcome === 'string' ? outcome : (outcome?.code ?? '');
  };
  const at = (port: number, ...protocols: readonly string[]) =>
    offer(connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: [...protocols] }));
  // The alert, or the end that overtook it.
  const refused = /^(?:ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL|ECONNRESET|EPIPE)$/;
  for (const [door, port] of Object.entries(ports)) {
    const names = own[door as keyof typeof own];
    for (const name of names) assert.equal(await at(port, name), name, door);
    assert.equal(await at(port, 'h2', names[0]!), names[0], door);
    assert.match(await at(port, 'h2', door === 'https' ? 'imap' : 'http/1.1'), refused, door);
  }
  const client = await smtpd.connect('smtp');
  await client.hello();
  await assert.rejects(client.startTls({ ALPNProtocols: ['http/1.1'] }), { code: refused });
  client.close();
});

test('a name of 64 KiB ends that handshake and nothing else', async () => {
  const vector = (size: number, ...parts: readonly Buffer[]): Buffer => {
    const body = Buffer.concat(parts);
    const length = Buffer.alloc(size);
    length.writeUIntBE(body.length, 0, size);
    return Buffer.concat([length, body]);
  };
  const name = vector(2, Buffer.from([0]), vector(2, Buffer.alloc(65_000, 'a')));
  const extensions = vector(2, Buffer.from([0, 0]), vector(2, name));
  const hello = vector(
    3,
    Buffer.from([3, 3]),
    Buffer.alloc(32, 7),
    vector(1),
    vector(2, Buffer.from([0xc0, 0x2b])),
    vector(1, Buffer.from([0])),
    extensions,
  );
  const message = Buffer.concat([Buffer.from([1]), hello]);
  const records: Buffer[] = [];
  for (let at = 0; at < message.length; at += 16_384)
    records.push(Buffer.from([22, 3, 1]), vector(2, message.subarray(at, at + 16_384)));
  for (const [door, port] of Object.entries(ports)) {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.on('error', () => undefined);
    socket.write(Buffer.concat(records));
    socket.resume();
    await once(socket, 'close');
    assert.equal(await shown(port, undefined), prints.site, door);
  }
});

test('certificates are exchanged twenty times while sessions work: none is dropped, newcomers see the newest', async () => {
  const sockets: TLSSocket[] = [];
  const open = async (port: number): Promise<TLSSocket> => {
    const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    socket.setEncoding('latin1').setMaxListeners(0);
    sockets.push(socket);
    return socket;
  };
  const commands = {
    submissions: ['NOOP\r\n', /250 ok\r\n$/],
    imaps: ['a NOOP\r\n', /a OK [^\r\n]*\r\n$/],
    pop3s: ['CAPA\r\n', /\r\n\.\r\n$/],
    https: ['GET / HTTP/1.1\r\nHost: x\r\n\r\n', /page\r\n0\r\n\r\n$|page$/],
  } as const;
  const talk = async (socket: TLSSocket, text: string, answer: RegExp): Promise<void> => {
    let got = '';
    socket.write(text);
    while (!answer.test(got)) {
      const [chunk] = (await Promise.race([
        once(socket, 'data'),
        once(socket, 'close').then(() => ['closed']),
      ])) as [string];
      assert.notEqual(chunk, 'closed', `the session ended after ${got}`);
      got += chunk;
    }
  };
  const sessions = await Promise.all(
    (Object.keys(ports) as (keyof typeof ports)[]).flatMap((door) =>
      Array.from({ length: 4 }, async () => {
        const socket = await open(ports[door]);
        if (door !== 'https') await once(socket, 'data');
        return { socket, door };
      }),
    ),
  );
  let rounds = 0;
  for (let i = 0; i < 20; i++) {
    const newest = await install('servercert.pem', 'mx.our.test');
    const work = sessions.map(({ socket, door }) => talk(socket, commands[door][0], commands[door][1]));
    await certificates.reload();
    await Promise.all(work);
    for (const port of Object.values(ports)) assert.equal(await shown(port, undefined), newest);
    prints.site = newest;
    rounds++;
  }
  assert.equal(rounds, 20);
  for (const socket of sockets) socket.destroy();
});

test('a broken new file keeps the old certificate and is told with its name', async () => {
  lines.length = 0;
  await put('servercerts/imap.one.test/servercert.pem', 'oops\n');
  await certificates.reload();
  assert.equal(await shown(ports.imaps, 'imap.one.test'), prints.own);
  assert.match(
    lines.join('\n'),
    /^alert: unable to use control\/servercerts\/imap\.one\.test\/servercert\.pem, keeping the old one: /,
  );
  // The key of another certificate.
  lines.length = 0;
  await put('servercert.pem', createCertificate('mx.our.test').cert + createCertificate('mx.our.test').key);
  await certificates.reload();
  assert.equal(await shown(ports.submissions, undefined), prints.site);
  assert.match(lines.join('\n'), /control\/servercert\.pem, keeping the old one: .*key values mismatch/);
  // A name that has never had a right one gets the site's.
  await put('servercerts/new.test/servercert.pem', 'oops\n');
  await certificates.reload();
  assert.equal(await shown(ports.https, 'new.test'), prints.site);
  prints.new = await install('servercerts/new.test/servercert.pem', 'new.test');
  await certificates.reload();
  assert.equal(await shown(ports.https, 'new.test'), prints.new);
});

test('control/tlsserverciphers adds what old clients need; a wrong list keeps ours', { skip }, async () => {
  const cipher = 'ECDHE-ECDSA-AES128-SHA256';
  const try2 = () => handshake(ports.submissions, '-tls1_2', '-cipher', `${cipher}:@SECLEVEL=0`);
  lines.length = 0;
  await put('tlsserverciphers', 'no-such-cipher\n');
  await certificates.reload();
  assert.match(lines.join('\n'), /unable to use control\/tlsserverciphers/);
  assert.equal(await try2(), undefined);
  await put('tlsserverciphers', `ECDHE+AESGCM\n${cipher}\n`);
  await certificates.reload();
  assert.match((await try2()) ?? '', new RegExp(cipher));
});
