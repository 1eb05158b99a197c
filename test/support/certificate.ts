// Certificates for tests, made as the program makes its own, valid for one day around now unless told otherwise.
import { createPrivateKey } from 'node:crypto';
import { authorityExtension, keyToPem, makeCertificate, makeKey } from '../../mta/certificates/make.ts';

/** Key and certificate in PEM, as node:tls takes them. */
export interface TestCertificate {
  readonly key: string;
  readonly cert: string;
}

export interface CertificateOptions {
  /** Milliseconds since 1970; one day around now. */
  readonly from?: number;
  readonly to?: number;
  /** Who signs it; itself when missing. */
  readonly issuer?: TestCertificate & { readonly host: string };
  /** It may sign others (RFC 5280 4.2.1.9). */
  readonly isAuthority?: boolean;
  /** Other names. */
  readonly names?: readonly string[];
}

/** Makes a new key and a certificate for one host name. */
export function createCertificate(host = 'mx.test', options: CertificateOptions = {}): TestCertificate {
  const { issuer, names = [] } = options;
  const key = makeKey();
  const day = 86_400_000;
  const cert = makeCertificate({
    names: [host, ...names],
    key,
    from: options.from ?? Date.now() - day,
    to: options.to ?? Date.now() + day,
    more: options.isAuthority ? [authorityExtension] : [],
    issuer: issuer && { name: issuer.host, key: createPrivateKey(issuer.key) },
  });
  return { key: keyToPem(key), cert };
}
