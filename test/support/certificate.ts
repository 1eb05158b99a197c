// A self-signed certificate for tests, written as DER by hand so that no test needs a program beside Node.
// X.509 v3 (RFC 5280), key on curve P-256, signed with ECDSA and SHA-256, valid for one day around now.
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

/** Key and certificate in PEM, as node:tls takes them. */
export interface TestCertificate {
  readonly key: string;
  readonly cert: string;
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const size = body.length;
  const length = size < 128 ? [size] : size < 256 ? [0x81, size] : [0x82, size >> 8, size & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}

const sequence = (...parts: readonly Buffer[]) => der(0x30, ...parts);
const objectId = (...bytes: readonly number[]) => der(0x06, Buffer.from(bytes));

function utcTime(date: Date): Buffer {
  const digits = date.toISOString().replace(/[-:T]/g, '').slice(2, 14);
  return der(0x17, Buffer.from(`${digits}Z`, 'latin1'));
}

export interface CertificateOptions {
  /** Milliseconds since 1970; one day around now. */
  readonly from?: number;
  readonly to?: number;
  /** Who signs it; itself when missing. */
  readonly issuer?: TestCertificate & { readonly host: string };
  /** It may sign others (RFC 5280 4.2.1.9). */
  readonly isAuthority?: boolean;
}

/** Makes a new key and a certificate for one host name. */
export function createCertificate(host = 'mx.test', options: CertificateOptions = {}): TestCertificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const ecdsaWithSha256 = sequence(objectId(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02));
  const nameOf = (text: string): Buffer =>
    sequence(der(0x31, sequence(objectId(0x55, 0x04, 0x03), der(0x0c, Buffer.from(text, 'utf8')))));
  const { issuer } = options;
  const serial = randomBytes(8);
  serial[0] = (serial[0]! & 0x7f) | 0x40;
  const alternativeNames = sequence(
    objectId(0x55, 0x1d, 0x11),
    der(0x04, sequence(der(0x82, Buffer.from(host, 'latin1')))),
  );
  const constraints = sequence(
    objectId(0x55, 0x1d, 0x13),
    der(0x01, Buffer.from([0xff])),
    der(0x04, sequence(der(0x01, Buffer.from([0xff])))),
  );
  const extensions = options.isAuthority ? [alternativeNames, constraints] : [alternativeNames];
  const day = 86_400_000;
  const toBeSigned = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, serial),
    ecdsaWithSha256,
    nameOf(issuer?.host ?? host),
    sequence(
      utcTime(new Date(options.from ?? Date.now() - day)),
      utcTime(new Date(options.to ?? Date.now() + day)),
    ),
    nameOf(host),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions)),
  );
  const signature = sign('sha256', toBeSigned, issuer?.key ?? privateKey);
  const certificate = sequence(
    toBeSigned,
    ecdsaWithSha256,
    der(0x03, Buffer.concat([Buffer.from([0]), signature])),
  );
  const lines = certificate.toString('base64').match(/.{1,64}/g)!;
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    cert: ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n'),
  };
}
