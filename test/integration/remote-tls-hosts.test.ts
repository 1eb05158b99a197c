// control/tlshosts and control/notlshosts of the patched qmail-remote: which mail hosts must prove who they are, and
// which get no TLS. Real certificates, a real DNS server, sinks that say what they were asked.
import assert from 'node:assert/strict';
import { mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { definitions } from '../../mta/control/definitions.ts';
import { openClientCertificate } from '../../mta/remote/client-certificate.ts';
import { readTlsPolicies } from '../../mta/remote/tls-hosts.ts';
import { createCertificate } from '../support/certificate.ts';
import { withTemporaryDirectory } from '../support/queue.ts';
import { type RemoteSite, startRemoteSite } from '../support/remote.ts';
import type { SinkOptions } from '../support/smtp-sink.ts';

const IP = '192.0.2.1';
const certificate = createCertificate('mx.far.test');

/** A qmail home with these control files, and mail for far.test, whose mail host is mx.far.test. */
const withHost = (
  files: Readonly<Record<string, string>>,
  sink: SinkOptions,
  use: (
    site: RemoteSite,
    control: string,
    send: () => Promise<[outcome: string, secure: unknown]>,
  ) => Promise<void>,
): Promise<void> =>
  withTemporaryDirectory(async (qmail) => {
    const control = join(qmail, 'control');
    for (const folder of ['tlshosts', 'notlshosts']) await mkdir(join(control, folder), { recursive: true });
    for (const [name, text] of Object.entries(files)) await writeFile(join(control, name), text);
    const zone = { 'far.test': { MX: [[10, 'MX.far.test'] as const] }, 'mx.far.test': { A: [IP] } };
    const site = await startRemoteSite(
      zone,
      { tlsclientciphers: definitions.tlsclientciphers.read(await controlFile(qmail, 'tlsclientciphers')) },
      {
        tlsPolicyOf: readTlsPolicies(qmail),
        clientCertificate: openClientCertificate(qmail, (line) => told.push(line)),
      },
    );
    try {
      const taken = await site.addSink(IP, sink);
      await use(site, control, async () => {
        const outcome = await site.send('user@far.test');
        return [outcome, taken.messages.at(-1)?.secure];
      });
    } finally {
      await site.close();
    }
  });

const told: string[] = [];
const controlFile = async (qmail: string, name: string) => {
  const text = await readFile(join(qmail, 'control', name), 'utf8').catch(() => undefined);
  return { path: name, text, me: undefined };
};

const proof = { 'tlshosts/mx.far.test.pem': certificate.cert };

test('a host with a file in tlshosts gets mail when that file, or one it links to, vouches for its certificate', () =>
  withHost(proof, { tls: certificate }, async (_site, control, send) => {
    assert.deepEqual([(await send())[0][0], (await send())[1]], ['K', true]);
    const file = join(control, 'tlshosts', 'mx.far.test.pem');
    await rename(file, join(control, 'bundle.pem'));
    await symlink('../bundle.pem', file);
    assert.deepEqual([(await send())[0][0], (await send())[1]], ['K', true]);
  }));

for (const [name, sink, words] of [
  [
    'another certificate',
    { tls: createCertificate('mx.far.test') },
    /^ZConnected to 192\.0\.2\.1 but control\/tlshosts\/mx\.far\.test\.pem does not prove its certificate: .+ \(#4\.7\.5\)/,
  ],
  [
    'no TLS',
    {},
    /^ZConnected to 192\.0\.2\.1 but it offers no TLS, and control\/tlshosts\/mx\.far\.test\.pem demands it\. \(#4\.7\.5\)/,
  ],
  [
    'TLS that it refuses',
    { tls: certificate, replies: { starttls: '454 no' } },
    /^Z.* offers no TLS, and control/,
  ],
  ['TLS that breaks', { tls: 'garbage' }, /^ZConnected to 192\.0\.2\.1 but TLS failed\. \(#4\.7\.5\)/],
] as const)
  test(`a host with a file in tlshosts and ${name} gets nothing, and its mail waits`, () =>
    withHost(proof, sink, async (_site, _control, send) => {
      const [outcome, secure] = await send();
      assert.match(outcome, words);
      assert.equal(secure, undefined, 'nothing was sent');
    }));

test('the certificate must be of the name of the host, whoever vouches for it', () => {
  const other = createCertificate('other.test');
  return withHost(
    { 'tlshosts/mx.far.test.pem': other.cert },
    { tls: other },
    async (_site, _control, send) => {
      assert.match((await send())[0], /^Z.* does not prove its certificate: /);
    },
  );
});

test('a certificate of 16 KiB is read like any other; one of 200 KiB is TLS that breaks', async () => {
  const longOf = (count: number) =>
    createCertificate('mx.far.test', {
      names: Array.from({ length: count }, (_, at) => `name${at}.of.a.long.certificate.test`),
    });
  const [long, huge] = [longOf(500), longOf(5600)];
  assert.ok(long.cert.length > 20_000 && huge.cert.length > 200_000);
  await withHost({ 'tlshosts/mx.far.test.pem': long.cert }, { tls: long }, async (_site, _control, send) =>
    assert.equal((await send())[1], true),
  );
  await withHost({ 'tlshosts/mx.far.test.pem': huge.cert }, { tls: huge }, async (_site, _control, send) =>
    assert.match((await send())[0], /^Z.* but TLS failed\. /),
  );
  await withHost({}, { tls: huge }, async (_site, _control, send) => assert.equal((await send())[1], false));
});

test('a file that is no certificate puts off the mail of its host and is named in the log', () =>
  withHost({ 'tlshosts/mx.far.test.pem': 'oops\n' }, { tls: certificate }, async (site, control, send) => {
    assert.equal((await send())[0], 'ZUnable to read control/tlshosts/mx.far.test.pem. (#4.3.0)');
    assert.ok(
      site.log.includes(
        'remote: cannot use control/tlshosts/mx.far.test.pem: expected certificates in PEM form; the mail of its host waits',
      ),
      site.log.join('\n'),
    );
    await rm(join(control, 'tlshosts', 'mx.far.test.pem'));
    assert.equal((await send())[0][0], 'K');
  }));

test('notlshosts and exhaustivelist leave a host without TLS; a file that appears counts for the next letter', () =>
  withHost({ 'notlshosts/mx.far.test': '' }, { tls: certificate }, async (_site, control, send) => {
    assert.deepEqual((await send())[1], false);
    await rm(join(control, 'notlshosts', 'mx.far.test'));
    assert.deepEqual((await send())[1], true);
    await writeFile(join(control, 'tlshosts', 'exhaustivelist'), '');
    assert.deepEqual((await send())[1], false);
    await writeFile(join(control, 'tlshosts', 'mx.far.test.pem'), createCertificate('mx.far.test').cert);
    assert.match((await send())[0], /does not prove/);
    await writeFile(join(control, 'tlshosts', 'mx.far.test.pem'), certificate.cert);
    assert.deepEqual((await send())[1], true);
  }));

test('a name of a stranger’s MX that is no host name leads to no file', async () => {
  const policyOf = readTlsPolicies('/nonexistent');
  for (const name of ['../../etc/x', 'a/b', '', '.', '..', 'a\0b', 'x'.repeat(300)])
    assert.deepEqual(await policyOf(name), { kind: 'offered' }, name);
});

test('control/clientcert.pem is shown to a host that asks, and tlsclientciphers chooses for TLS 1.2', () => {
  const seen: string[] = [];
  const own = createCertificate('mail.our.test');
  const onClient = (name: string, cipher: string): void => void seen.push(`${name} ${cipher}`);
  const files = {
    'clientcert.pem': own.cert + own.key,
    tlsclientciphers: 'ECDHE-ECDSA-CHACHA20-POLY1305\n',
  };
  return withHost(
    files,
    { tls: { ...certificate }, onClient, maxVersion: 'TLSv1.2' },
    async (_site, control, send) => {
      assert.equal((await send())[0][0], 'K');
      assert.deepEqual(seen, ['mail.our.test ECDHE-ECDSA-CHACHA20-POLY1305']);
      // One that cannot be used is told once, and mail goes on without.
      told.length = 0;
      await writeFile(join(control, 'clientcert.pem'), own.cert);
      for (const _ of [1, 2]) assert.equal((await send())[0][0], 'K');
      assert.equal(seen[1], ' ECDHE-ECDSA-CHACHA20-POLY1305');
      assert.deepEqual(
        told.map((line) => line.slice(0, 61)),
        ['warning: control/clientcert.pem is not shown to other hosts: '],
      );
    },
  );
});

test('a list that OpenSSL does not know is no setting', () => {
  const read = (text: string) =>
    definitions.tlsclientciphers.read({ path: 'tlsclientciphers', text, me: undefined });
  assert.throws(() => read('no-such-cipher\n'), /expected a list of ciphers that OpenSSL knows/);
  assert.equal(read('# none\n'), undefined);
  assert.equal(read('DEFAULT\n'), 'DEFAULT:!aNULL:!eNULL');
});
