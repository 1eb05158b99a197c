// DANE beside others: OpenSSL's own checker on the same certificates and records, and a zone that is really signed, behind a
// resolver that really validates (unbound; dnssec-signzone of BIND). Skipped where the programs are not installed.
import assert from 'node:assert/strict';
import { execFile, spawn, spawnSync } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { createServer as createTlsServer } from 'node:tls';
import { promisify } from 'node:util';
import { createTrustedLookup } from '../../mta/dns/trusted-lookup.ts';
import { createCertificate, type TestCertificate } from '../support/certificate.ts';
import { withTemporaryDirectory } from '../support/queue.ts';
import { startRemoteSite } from '../support/remote.ts';

const run = promisify(execFile);
const isThere = (program: string, ...args: string[]): boolean => spawnSync(program, args).error === undefined;

const day = 86_400_000;
const past = { from: Date.now() - 9 * day, to: Date.now() - 2 * day };
const authority = { ...createCertificate('authority.test', { isAuthority: true }), host: 'authority.test' };
const other = { ...createCertificate('other.test', { isAuthority: true }), host: 'other.test' };
const middle = {
  ...createCertificate('middle.test', { isAuthority: true, issuer: authority }),
  host: 'middle.test',
};
const host = createCertificate('mx.far.test');
const chained = (own: TestCertificate, ...above: readonly TestCertificate[]): TestCertificate => ({
  key: own.key,
  cert: [own, ...above].map(({ cert }) => cert).join(''),
});

type Record = readonly [usage: number, selector: number, matching: number, hex: string];
function tlsa(usage: number, selector: number, matching: number, { cert }: TestCertificate): Record {
  const certificate = new X509Certificate(cert);
  const subject =
    selector === 1 ? certificate.publicKey.export({ type: 'spki', format: 'der' }) : certificate.raw;
  const bytes =
    matching === 0
      ? subject
      : createHash(matching === 2 ? 'sha512' : 'sha256')
          .update(subject)
          .digest();
  return [usage, selector, matching, bytes.toString('hex')];
}

const shows: Readonly<{ [name: string]: TestCertificate }> = {
  'its own': host,
  'its own, over': createCertificate('mx.far.test', past),
  'another name': createCertificate('mx.elsewhere.test'),
  'by the authority': chained(createCertificate('mx.far.test', { issuer: authority }), authority),
  'by the authority, for any host': chained(
    createCertificate('*.far.test', { issuer: authority }),
    authority,
  ),
  'by the authority, over': chained(
    createCertificate('mx.far.test', { issuer: authority, ...past }),
    authority,
  ),
  'by the authority, another name': chained(
    createCertificate('mx.elsewhere.test', { issuer: authority }),
    authority,
  ),
  'by one below it': chained(createCertificate('mx.far.test', { issuer: middle }), middle, authority),
  'by one below it, root left out': chained(createCertificate('mx.far.test', { issuer: middle }), middle),
  'beside the authority': chained(host, authority),
  'by another authority': chained(createCertificate('mx.far.test', { issuer: other }), other),
};
const wants: Readonly<{ [name: string]: (shown: TestCertificate) => readonly Record[] }> = {
  'the key': (shown) => [tlsa(3, 1, 1, shown)],
  'the certificate, whole': (shown) => [tlsa(3, 0, 0, shown)],
  'the certificate by SHA-512': (shown) => [tlsa(3, 0, 2, shown)],
  'another key': () => [tlsa(3, 1, 1, other)],
  'the authority': () => [tlsa(2, 0, 1, authority)],
  "the authority's key": () => [tlsa(2, 1, 2, authority)],
  'the authority below': () => [tlsa(2, 0, 1, middle)],
  'a weak and a wrong strong digest': (shown) => [tlsa(3, 1, 1, shown), tlsa(3, 1, 2, other)],
  'the host as an authority': (shown) => [tlsa(2, 0, 1, shown)],
};

/** What OpenSSL says of a server on this port. */
async function askOpenssl(port: number, records: readonly Record[]): Promise<boolean> {
  const args = ['s_client', '-brief', '-connect', `127.0.0.1:${port}`, '-servername', 'mx.far.test'];
  args.push('-dane_tlsa_domain', 'mx.far.test', '-verify_return_error');
  // RFC 7672 3.1.1.
  args.push('-dane_ee_no_namechecks');
  for (const record of records) args.push('-dane_tlsa_rrdata', record.join(' '));
  const client = run('openssl', args, { timeout: 20_000 });
  client.child.stdin?.end();
  const { stdout, stderr } = await client.catch((error: { stdout: string; stderr: string }) => error);
  return /Verification: OK/.test(stdout + stderr);
}

describe('OpenSSL comes to the same result', {
  skip: isThere('openssl', 'version') ? false : 'no openssl',
}, () => {
  for (const [name, shown] of Object.entries(shows))
    test(`of a host that shows a certificate ${name}`, async () => {
      const tls = createTlsServer({ key: shown.key, cert: shown.cert }, (socket) => socket.end());
      tls.on('tlsClientError', () => {});
      await new Promise<void>((resolve) => tls.listen(0, '127.0.0.1', resolve));
      const { port } = tls.address() as { port: number };
      try {
        const isAlone = shown.cert.split('BEGIN').length === 2;
        // Records of an authority say nothing new of a certificate that stands alone.
        const asked = Object.entries(wants).filter(
          ([what]) => isAlone || /^the authority|^the key/.test(what),
        );
        const compare = async ([what, recordsOf]: (typeof asked)[number]): Promise<void> => {
          const records = recordsOf(shown);
          const site = await startRemoteSite({
            // No MX: the host's own name is the only one that a certificate may have.
            'mx.far.test': { A: ['192.0.2.1'], signed: true },
            '_25._tcp.mx.far.test': { TLSA: records, signed: true },
          });
          await site.addSink('192.0.2.1', { tls: shown });
          const [ours, theirs] = await Promise.all([
            site.send('user@mx.far.test'),
            askOpenssl(port, records),
          ]);
          await site.close();
          assert.equal(/verified by DANE/.test(ours), theirs, `${what}: ${ours}`);
        };
        await Promise.all(asked.map(compare));
      } finally {
        await new Promise((resolve) => tls.close(resolve));
      }
    });
});

const hasSigner =
  isThere('unbound', '-V') && isThere('dnssec-keygen', '-V') && isThere('dnssec-signzone', '-V');

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const zoneText = (name: string, records: string): string => `$TTL 300
${name}. IN SOA ns.${name}. root.${name}. 1 3600 600 86400 300
${name}. IN NS ns.${name}.
ns.${name}. IN A 127.0.0.1
${records}`;

test(
  'a zone that is signed, behind unbound: right, wrong and forged records, and none',
  { skip: hasSigner ? false : 'unbound, dnssec-keygen and dnssec-signzone are not installed' },
  () =>
    withTemporaryDirectory(async (directory) => {
      const record = (each: Record) => each.join(' ');
      const hosts = ['good', 'wrong', 'forged', 'none'];
      const lines = hosts.map(
        (each) =>
          `${each}.signed.test. IN MX 10 mx.${each}.signed.test.\nmx.${each}.signed.test. IN A 192.0.2.1`,
      );
      const keys = [
        `_25._tcp.mx.good.signed.test. IN TLSA ${record(tlsa(3, 1, 1, host))}`,
        `_25._tcp.mx.wrong.signed.test. IN TLSA ${record(tlsa(3, 1, 1, other))}`,
        `_25._tcp.mx.forged.signed.test. IN TLSA 3 1 1 ${'ab'.repeat(32)}`,
      ];
      const place = (name: string) => join(directory, name);
      await writeFile(place('signed.zone'), zoneText('signed.test', [...lines, ...keys, ''].join('\n')));
      await writeFile(
        place('plain.zone'),
        zoneText(
          'plain.test',
          `plain.test. IN MX 10 mx.plain.test.\nmx.plain.test. IN A 192.0.2.1\n_25._tcp.mx.plain.test. IN TLSA ${record(tlsa(3, 1, 1, other))}\n`,
        ),
      );
      const sign = { cwd: directory };
      await run('dnssec-keygen', ['-q', '-a', 'ECDSAP256SHA256', '-f', 'KSK', 'signed.test'], sign);
      await run('dnssec-keygen', ['-q', '-a', 'ECDSAP256SHA256', 'signed.test'], sign);
      await run(
        'dnssec-signzone',
        ['-S', '-x', '-O', 'full', '-o', 'signed.test', '-f', 'signed.out', 'signed.zone'],
        sign,
      );
      // Somebody on the way changes a record and cannot sign it.
      const text = await readFile(place('signed.out'), 'utf8');
      const forged = text.replace(/(TLSA\s+3 1 1 \(?\s*)AB(AB)/, '$1CD$2');
      assert.notEqual(forged, text);
      await writeFile(place('signed.out'), forged);
      const keyFiles = (await readdir(directory)).filter((name) => /^Ksigned.*\.key$/.test(name));
      const texts = await Promise.all(keyFiles.map((name) => readFile(place(name), 'utf8')));
      await writeFile(place('anchor'), texts.find((each) => / DNSKEY 257 /.test(each)) ?? '');
      const port = await freePort();
      await writeFile(
        place('unbound.conf'),
        `server:
  interface: 127.0.0.1
  port: ${port}
  do-daemonize: no
  username: ""
  chroot: ""
  directory: "${directory}"
  pidfile: "${place('pid')}"
  use-syslog: no
  logfile: ""
  module-config: "validator iterator"
  trust-anchor-file: "${place('anchor')}"
  local-zone: "test." nodefault
  do-ip6: no
auth-zone:
  name: "signed.test"
  zonefile: "${place('signed.out')}"
  for-downstream: no
  for-upstream: yes
auth-zone:
  name: "plain.test"
  zonefile: "${place('plain.zone')}"
  for-downstream: no
  for-upstream: yes
remote-control:
  control-enable: no
`,
      );
      const unbound = spawn('unbound', ['-d', '-c', place('unbound.conf')], {
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let said = '';
      for (const stream of [unbound.stdout, unbound.stderr])
        stream.on('data', (bytes: Buffer) => {
          said += bytes.toString();
        });
      const ended = new Promise((resolve) => unbound.once('exit', resolve));
      const lookup = createTrustedLookup([`127.0.0.1:${port}`], 2);
      const site = await startRemoteSite({}, { dnsservers: [`127.0.0.1:${port}`], timeoutdns: 5 });
      try {
        let isUp = false;
        for (let turn = 0; turn < 30 && !isUp; turn++)
          isUp = (await lookup.mx('good.signed.test')).kind === 'found';
        assert.ok(isUp, said);
        assert.deepEqual(await lookup.mx('none.signed.test'), {
          kind: 'found',
          values: [{ exchange: 'mx.none.signed.test', preference: 10 }],
          isSecure: true,
          name: 'none.signed.test',
        });
        assert.deepEqual(await lookup.tlsa('_25._tcp.mx.none.signed.test'), {
          kind: 'none',
          reason: 'no name',
          isSecure: true,
        });
        const sink = await site.addSink('192.0.2.1', { tls: host });
        assert.match(await site.send('user@good.signed.test'), /TLS: verified by DANE\.$/);
        assert.match(
          await site.send('user@wrong.signed.test'),
          /^Z.*none that the TLSA records of mx\.wrong\.signed\.test name/,
        );
        assert.match(
          await site.send('user@forged.signed.test'),
          /^ZThe TLSA records of mx\.forged\.signed\.test cannot be looked up or are forged/,
        );
        assert.match(await site.send('user@none.signed.test'), /TLS: encrypted, not verified\.$/);
        assert.match(await site.send('user@plain.test'), /TLS: encrypted, not verified\.$/);
        assert.equal(sink.messages.length, 3);
      } finally {
        lookup.close();
        await site.close();
        unbound.kill();
        await ended;
      }
    }),
);
