// Clients that may send to anywhere by their certificate (control/clientca.pem, clientcrl.pem, tlsclients of the patched
// qmails), with certificates as openssl makes them. Nobody else gains anything by showing one.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { ConnectionOptions } from 'node:tls';
import type { DoorTls } from '../../mta/certificates/door-tls.ts';
import {
  parseCertificateFiles,
  readCertificateFiles,
  writeCertificateFiles,
} from '../../mta/certificates/files.ts';
import { keepGivenCertificates } from '../../server/supervisor/kept-certificates.ts';
import { createCertificate } from '../support/certificate.ts';
import { startTestSmtpd, type TestSmtpd } from '../support/smtp.ts';

const skip = spawnSync('openssl', ['version']).status === 0 ? false : 'openssl is not installed';
const qmail = await mkdtemp(join(tmpdir(), 'facteur-clients-'));
after(() => rm(qmail, { recursive: true, force: true }));
const control = join(qmail, 'control');
await mkdir(control);
const openssl = (...args: readonly string[]): void =>
  void execFileSync('openssl', args, { cwd: qmail, stdio: 'pipe' });
const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc'];

const makeAuthority = (name: string): void =>
  openssl(
    'req',
    '-x509',
    ...key,
    '-keyout',
    `${name}.key`,
    '-out',
    `${name}.pem`,
    '-subj',
    `/CN=${name}`,
    '-days',
    '2',
  );

/** A client's certificate. @param more of `openssl x509 -req` */
async function issue(
  authority: string,
  name: string,
  subject: string,
  extensions: string,
  more = ['-days', '2'],
) {
  await writeFile(join(qmail, `${name}.ext`), extensions);
  openssl('req', '-new', ...key, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', subject);
  const by = ['-CA', `${authority}.pem`, '-CAkey', `${authority}.key`, '-CAcreateserial'];
  openssl(
    'x509',
    '-req',
    '-in',
    `${name}.csr`,
    ...by,
    '-extfile',
    `${name}.ext`,
    '-out',
    `${name}.pem`,
    ...more,
  );
  const [cert, secret] = await Promise.all(
    ['pem', 'key'].map((end) => readFile(join(qmail, `${name}.${end}`))),
  );
  return { cert, key: secret } as ConnectionOptions;
}

/** What the authority has revoked: these, as control/clientcrl.pem. */
async function revoke(authority: string, ...names: readonly string[]): Promise<string> {
  await writeFile(join(qmail, 'index'), '');
  await writeFile(
    join(qmail, 'ca.cnf'),
    '[ca]\ndefault_ca=x\n[x]\ndatabase=index\ndefault_md=sha256\ndefault_crl_days=2\n',
  );
  const by = ['ca', '-config', 'ca.cnf', '-cert', `${authority}.pem`, '-keyfile', `${authority}.key`];
  for (const name of names) openssl(...by, '-revoke', `${name}.pem`);
  openssl(...by, '-gencrl', '-out', 'crl.pem');
  return readFile(join(qmail, 'crl.pem'), 'utf8');
}

/** The certificates of the doors as the files say now, by way of the parent as under root. */
async function readDoorTls(lines: string[]): Promise<DoorTls | undefined> {
  const files = parseCertificateFiles(writeCertificateFiles(await readCertificateFiles(qmail)));
  const kept = keepGivenCertificates(
    files,
    () => undefined,
    true,
    (words) => lines.push(words),
  );
  kept.close();
  return kept.now();
}

/** Which of the doors, and what becomes of a letter to another host. */
async function relay(smtpd: TestSmtpd, options: ConnectionOptions, name: 'smtp' | 'submission' = 'smtp') {
  const client = await smtpd.connect(name);
  await client.hello();
  const socket = await client.startTls(options);
  await client.command('EHLO client.test');
  const { text } = await client.sendMessage('ann@far.test', ['v@relay.test'], 'm');
  const [session, isResumed] = [socket.getSession(), socket.isSessionReused()];
  client.close();
  return { text: text.slice(0, 9), session, isResumed };
}

test('a client with a certificate of an address in tlsclients may send to anywhere', { skip }, async () => {
  const site = createCertificate('mx.our.test');
  await writeFile(join(control, 'servercert.pem'), site.cert + site.key);
  makeAuthority('ours');
  makeAuthority('others');
  const subject = '/CN=Ann/emailAddress=Ann@far.test';
  const ann = await issue('ours', 'ann', subject, 'extendedKeyUsage=clientAuth\n');
  const named = await issue('ours', 'named', '/CN=x', 'subjectAltName=DNS:a.test,email:ann@FAR.test\n');
  const wrong: Readonly<Record<string, ConnectionOptions>> = {
    'no certificate': {},
    'that of somebody else': await issue('ours', 'bob', '/CN=Bob/emailAddress=bob@far.test', ''),
    'one without an address': await issue('ours', 'nobody', '/CN=ann@far.test', ''),
    'one of another authority': await issue('others', 'ann2', subject, ''),
    'one that is over': await issue('ours', 'old', subject, '', ['-days', '-1']),
    'one for servers only': await issue('ours', 'server', subject, 'extendedKeyUsage=serverAuth\n'),
    'an address in another name': await issue(
      'ours',
      'tricky',
      '/CN=x',
      'subjectAltName=@a\n[a]\nDNS.1=a.test\\, email:ann@far.test\n',
    ),
  };
  const lines: string[] = [];
  const tlsclients = new Set(['ann@far.test']);
  await writeFile(join(control, 'clientca.pem'), await readFile(join(qmail, 'ours.pem')));
  let tls = await readDoorTls(lines);
  const smtpd = await startTestSmtpd({ tlsclients }, { tls: () => tls, names: ['smtp', 'submission'] });

  const first = await relay(smtpd, ann);
  assert.equal(first.text, '250 ok 17');
  assert.ok(smtpd.lines.some((line) => / result=certified reason=ann@far\.test/.test(line)));
  assert.equal((await relay(smtpd, named)).text, '250 ok 17');
  for (const [name, options] of Object.entries(wrong))
    assert.equal((await relay(smtpd, options)).text, '553 5.7.1', name);
  // Submission wants a password from everybody, and asks for no certificate.
  assert.equal((await relay(smtpd, ann, 'submission')).text, '530 5.7.0');

  // A session that is gone on with is that of the same client.
  const resume = async (options: ConnectionOptions) => {
    const { session } = await relay(smtpd, options);
    const { text, isResumed } = await relay(smtpd, { session });
    assert.equal(isResumed, true);
    return text;
  };
  assert.equal(await resume(ann), '250 ok 17');
  assert.equal(await resume({}), '553 5.7.1');

  tlsclients.clear();
  tlsclients.add('eve@far.test');
  assert.equal((await relay(smtpd, ann)).text, '553 5.7.1');
  tlsclients.add('ann@far.test');
  await writeFile(join(control, 'clientcrl.pem'), await revoke('ours'));
  tls = await readDoorTls(lines);
  assert.equal((await relay(smtpd, ann)).text, '250 ok 17');
  await writeFile(join(control, 'clientcrl.pem'), await revoke('ours', 'ann'));
  tls = await readDoorTls(lines);
  assert.equal((await relay(smtpd, ann)).text, '553 5.7.1');
  assert.deepEqual(lines, []);

  // What cannot be used opens nothing, and is told.
  await writeFile(join(control, 'clientcrl.pem'), 'oops\n');
  tls = await readDoorTls(lines);
  assert.equal((await relay(smtpd, named)).text, '553 5.7.1');
  await rm(join(control, 'clientcrl.pem'));
  await writeFile(join(control, 'clientca.pem'), site.key);
  tls = await readDoorTls(lines);
  assert.equal((await relay(smtpd, named)).text, '553 5.7.1');
  assert.match(
    lines.join('\n'),
    /clientcrl\.pem, no client may relay[^\n]*\n[^\n]*clientca\.pem, no client may relay/,
  );
});
