// What is said of a certificate file: names, times, key, chain, and what is wrong with it; never the key.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { rootCertificates } from 'node:tls';
import {
  type CertificateProblem,
  fitsHost,
  issuerDomain,
  reportCertificate,
  urgentProblems,
} from '../../mta/certificates/report.ts';
import { createCertificate } from '../support/certificate.ts';

const host = 'mail.example.com';
const day = 86_400_000;
const now = Date.UTC(2026, 5, 1);
const valid = { from: now - day, to: now + 90 * day };

const report = (pem: string, mode = 0o600, at = now) =>
  reportCertificate(Buffer.from(pem, 'latin1'), mode, host, at);
const joined = ({ cert, key }: { cert: string; key: string }): string => `${cert}${key}`;

const root = { ...createCertificate('Root', valid), host: 'Root' };
const middle = { ...createCertificate('Middle', { ...valid, issuer: root }), host: 'Middle' };
const own = createCertificate(host, { ...valid, issuer: middle });
const alone = createCertificate(host, valid);
const otherKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

test('subject, names, issuer, times and key are told, the key itself is not', () => {
  const found = report(`${own.cert}${middle.cert}${root.cert}${own.key}`);
  assert.deepEqual([found.state, found.problems, found.chain.length], ['read', [], 3]);
  const { fingerprint, keyDigest, ...first } = found.chain[0]!;
  assert.deepEqual(first, {
    subject: 'CN=mail.example.com',
    issuer: 'CN=Middle',
    issuerName: 'Middle',
    names: [host],
    from: valid.from,
    to: valid.to,
    keyType: 'ec',
    keySize: 'prime256v1',
    isSelfSigned: false,
  });
  assert.match(fingerprint, /^(?:[0-9A-F]{2}:){31}[0-9A-F]{2}$/);
  assert.match(keyDigest, /^[0-9a-f]{64}$/);
  assert.equal(found.chain[2]?.isSelfSigned, true);
  const secret = own.key.split('\n')[1]!;
  assert.ok(!JSON.stringify(found).includes(secret));
});

test('what is wrong is named', () => {
  const table: readonly (readonly [pem: string, problems: readonly CertificateProblem[], mode?: number])[] = [
    [joined(alone), ['self-signed']],
    [joined(alone), ['self-signed', 'open-to-others'], 0o644],
    [joined(alone), ['self-signed'], 0o640],
    [`${own.cert}${own.key}`, ['incomplete']],
    [`${own.cert}${middle.cert}${own.key}`, ['incomplete']],
    [`${own.cert}${root.cert}${own.key}`, ['wrong-order']],
    [`${own.cert}${middle.cert}${root.cert}`, ['no-key']],
    [`${alone.cert}${otherKey.export({ type: 'pkcs8', format: 'pem' })}`, ['other-key', 'self-signed']],
    [
      `${alone.cert}-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n`,
      ['unreadable-key', 'self-signed'],
    ],
    [joined(createCertificate('other.example', valid)), ['other-name', 'self-signed']],
    [joined(createCertificate(host, { from: now - 9 * day, to: now - day })), ['expired', 'self-signed']],
    [joined(createCertificate(host, { from: now + day, to: now + 99 * day })), ['not-yet', 'self-signed']],
    [joined(createCertificate(host, { from: now - day, to: now + 20 * day })), ['ends-soon', 'self-signed']],
    [joined(createCertificate(host, { from: now - day, to: now + 22 * day })), ['self-signed']],
    ['', ['no-certificate', 'no-key']],
    ['\0\xff binary', ['no-certificate', 'no-key']],
    ['-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n', ['unreadable-certificate', 'no-key']],
    [rootCertificates[0]!, ['no-key', 'other-name', 'self-signed']],
  ];
  for (const [pem, problems, mode] of table)
    assert.deepEqual(
      report(pem, mode).problems.filter((each) => pem !== rootCertificates[0] || !/expired|soon/.test(each)),
      problems,
      pem.slice(0, 200),
    );
});

test('a star stands for one whole first label', () => {
  const table: readonly (readonly [names: string[], wanted: string, fits: boolean])[] = [
    [['mail.example.com'], 'MAIL.example.com', true],
    [['*.example.com'], 'mail.example.com', true],
    [['*.example.com'], 'example.com', false],
    [['*.example.com'], 'a.mail.example.com', false],
    [['m*.example.com'], 'mail.example.com', false],
    [['*'], 'localhost', false],
    [[], 'mail.example.com', false],
  ];
  for (const [names, wanted, fits] of table)
    assert.equal(fitsHost(names, wanted), fits, `${names} ${wanted}`);
});

test('the first page tells what breaks the doors, 21 days ahead, and not what is as it was chosen', () => {
  assert.deepEqual(urgentProblems(report(joined(alone))), []);
  assert.deepEqual(urgentProblems(report(joined(alone), 0o600, now + 70 * day)), ['ends-soon']);
  assert.deepEqual(urgentProblems(report(joined(alone), 0o600, now + 91 * day)), ['expired']);
});

test('the issuer is known in CAA records by its domain', () => {
  const issued = (issuerName: string) => {
    const found = report(joined(alone));
    return issuerDomain({ ...found, chain: [{ ...found.chain[0]!, issuerName }] });
  };
  assert.equal(issued("Let's Encrypt"), 'letsencrypt.org');
  assert.equal(issued('DigiCert Inc'), 'digicert.com');
  assert.equal(issued("Not Let's Encrypt"), undefined);
});
