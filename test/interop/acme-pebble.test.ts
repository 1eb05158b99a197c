// Certificates from pebble, the strict test authority of Let's Encrypt (Debian: pebble), with its own DNS server: http-01 and
// tls-alpn-01 as it asks for them. It refuses one nonce in five.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { acmeSettingNames } from '../../mta/acme/settings.ts';
import { installCertificate } from '../../mta/certificates/install.ts';
import { readSettings } from '../../mta/control/settings.ts';
import { openRenewals } from '../../server/certificates/renewals.ts';
import { openAcmeDoors } from '../support/acme-doors.ts';
import { createCertificate } from '../support/certificate.ts';

const skip = ['/usr/bin/pebble', '/usr/bin/pebble-challtestsrv'].every((path) => existsSync(path))
  ? false
  : 'pebble is not installed';

const ends: (() => unknown)[] = [];
after(async () => {
  for (const end of ends.reverse()) await end();
});

async function freePort(): Promise<number> {
  const server = createTcpServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Starts a program and waits until it listens. */
async function start(
  program: string,
  args: readonly string[],
  port: number,
  env: Record<string, string> = {},
) {
  const child: ChildProcess = spawn(program, args, {
    stdio: 'ignore',
    env: { PATH: '/usr/bin:/bin', ...env },
  });
  ends.push(async () => {
    child.kill('SIGKILL');
    await once(child, 'close');
  });
  for (let tries = 0; tries < 200; tries++) {
    const socket = connect(port, '127.0.0.1');
    const isThere = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    });
    socket.destroy();
    if (isThere) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${program} does not listen`);
}

for (const door of ['plain', 'secure'] as const)
  test(`pebble gives a certificate for what it sees at the ${door} door, and another when it is time`, {
    skip,
  }, async () => {
    const base = await mkdtemp(join(tmpdir(), 'facteur-pebble-'));
    ends.push(() => rm(base, { recursive: true, force: true }));
    const control = join(base, 'control');
    await mkdir(control);
    const asked = await openAcmeDoors();
    const { proofs } = asked;
    ends.push(() => asked.close());
    const [acme, management, dns, dnsManagement] = [
      await freePort(),
      await freePort(),
      await freePort(),
      await freePort(),
    ];
    const own = createCertificate('localhost', { isAuthority: true });
    await writeFile(join(base, 'cert.pem'), own.cert);
    await writeFile(join(base, 'key.pem'), own.key);
    const config = {
      listenAddress: `127.0.0.1:${acme}`,
      managementListenAddress: `127.0.0.1:${management}`,
      certificate: join(base, 'cert.pem'),
      privateKey: join(base, 'key.pem'),
      httpPort: asked.httpPort,
      tlsPort: asked.tlsPort,
    };
    await writeFile(join(base, 'pebble.json'), JSON.stringify({ pebble: config }));
    const names = ['-dns01', `127.0.0.1:${dns}`, '-management', `127.0.0.1:${dnsManagement}`];
    const none = ['-http01', '', '-https01', '', '-tlsalpn01', '', '-defaultIPv6', ''];
    await start('pebble-challtestsrv', [...names, ...none], dnsManagement);
    const options = ['-strict', '-config', join(base, 'pebble.json'), '-dnsserver', `127.0.0.1:${dns}`];
    await start('pebble', options, acme, { PEBBLE_VA_NOSLEEP: '1', PEBBLE_WFE_NONCEREJECT: '20' });

    await writeFile(join(control, 'me'), 'mail.our.test\n');
    await writeFile(join(control, 'acme'), `https://localhost:${acme}/dir\n`);
    await writeFile(join(control, 'acmenames'), 'mail.our.test our.test imap.our.test\n');
    await writeFile(join(control, 'acmeca.pem'), own.cert);
    const lines: string[] = [];
    let ahead = 0;
    const renewals = openRenewals({
      state: join(base, 'state'),
      control,
      settings: () => readSettings(base, acmeSettingNames),
      proofs,
      doors: { plain: door === 'plain', secure: door === 'secure' },
      install: (pem) => installCertificate(base, pem, Date.now()),
      log: (line) => lines.push(line),
      now: () => Date.now() + ahead,
      every: 0,
      pause: (milliseconds) => new Promise((resolve) => setTimeout(resolve, Math.min(milliseconds, 100))),
    });
    ends.push(() => renewals.close());
    const read = async () => new X509Certificate(await readFile(join(control, 'servercert.pem')));
    await renewals.look();
    assert.deepEqual(
      lines.filter((line) => line.startsWith('warning')),
      [],
    );
    const first = await read();
    assert.deepEqual((first.subjectAltName ?? '').split(', ').sort(), [
      'DNS:imap.our.test',
      'DNS:mail.our.test',
      'DNS:our.test',
    ]);
    assert.match(first.issuer, /Pebble/);
    ahead = 0.7 * (Date.parse(first.validTo) - Date.now());
    await renewals.look();
    assert.deepEqual(
      lines.filter((line) => line.startsWith('warning')),
      [],
    );
    assert.notEqual((await read()).fingerprint256, first.fingerprint256);
  });
