// What is to be said of a certificate of the doors, chain and key in one file of control/: whom it is for, who says so,
// until when, and what is wrong. Pure: bytes in, plain data out. The key is held against the certificate and never part of
// the answer. Others read the file (read.ts).
import { createHash, createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { rootCertificates } from 'node:tls';

/** One certificate of the file. Times in milliseconds since 1970. */
export interface CertificateFacts {
  /** One line: `CN=mail.example.com`. */
  readonly subject: string;
  readonly issuer: string;
  /** The issuer's organisation, or its common name. */
  readonly issuerName: string;
  /** DNS names and addresses that it is for, in lower case. */
  readonly names: readonly string[];
  readonly from: number;
  readonly to: number;
  /** `rsa`, `ec`, `ed25519` ... */
  readonly keyType: string;
  /** Bits of an RSA key, name of a curve; '' for others. */
  readonly keySize: string;
  readonly isSelfSigned: boolean;
  /** SHA-256, as browsers show it. */
  readonly fingerprint: string;
  /** SHA-256 of the public key in hexadecimal, as TLSA records name it (RFC 6698 2.1). */
  readonly keyDigest: string;
}

/** Each is one fault, named for the words of the page. */
export type CertificateProblem =
  | 'no-certificate'
  | 'unreadable-certificate'
  | 'no-key'
  | 'unreadable-key'
  | 'other-key'
  | 'expired'
  | 'not-yet'
  | 'ends-soon'
  | 'self-signed'
  | 'incomplete'
  | 'wrong-order'
  | 'other-name'
  | 'weak-key'
  | 'open-to-others';

export interface CertificateReport {
  /** Below control/. */
  readonly file: string;
  /** `unreadable`: the system did not let us; `words` say why. */
  readonly state: 'missing' | 'unreadable' | 'read';
  readonly words: string;
  /** The host that it should be for: control/me, or the name that has this one of its own. */
  readonly host: string;
  /** The server's own first. */
  readonly chain: readonly CertificateFacts[];
  readonly problems: readonly CertificateProblem[];
}

const day = 86_400_000;
/** Days before its end from which a certificate is warned of. */
export const warnDays = 21;

/** Whole days until its end; negative after it. */
export const daysLeft = ({ to }: Pick<CertificateFacts, 'to'>, now: number): number =>
  Math.floor((to - now) / day);

/** Is the certificate for this host (RFC 6125 6.4: one `*` stands for the whole first label)? */
export function fitsHost(names: readonly string[], host: string): boolean {
  const wanted = host.toLowerCase();
  const wild = `*${wanted.slice(Math.max(0, wanted.indexOf('.')))}`;
  return names.some((name) => name === wanted || (wanted.includes('.') && name === wild));
}

/** The blocks of one kind in a PEM file. */
const blocksOf = (pem: string, label: string): readonly string[] =>
  pem.match(new RegExp(`-----BEGIN ${label}-----[\\s\\S]*?-----END ${label}-----`, 'g')) ?? [];

const fieldOf = (name: string, field: string): string =>
  new RegExp(`^${field}=(.*)$`, 'm').exec(name)?.[1] ?? '';

function namesOf(certificate: X509Certificate): readonly string[] {
  // `DNS:a, IP Address:b`; what holds a comma is in quotes and no name that anybody connects to.
  const names = (certificate.subjectAltName ?? '')
    .split(', ')
    .map((each) => /^(?:DNS|IP Address):(.+)$/.exec(each)?.[1]?.toLowerCase())
    .filter((each) => each !== undefined);
  const common = fieldOf(certificate.subject, 'CN').toLowerCase();
  return names.length > 0 || common === '' ? names : [common];
}

const isSelfSigned = (certificate: X509Certificate): boolean => {
  try {
    return certificate.checkIssued(certificate) && certificate.verify(certificate.publicKey);
  } catch {
    return false;
  }
};

function describe(certificate: X509Certificate): CertificateFacts {
  const { publicKey, issuer } = certificate;
  const details = publicKey.asymmetricKeyDetails ?? {};
  return {
    subject: certificate.subject.split('\n').join(', '),
    issuer: issuer.split('\n').join(', '),
    issuerName: fieldOf(issuer, 'O') || fieldOf(issuer, 'CN'),
    names: namesOf(certificate),
    from: Date.parse(certificate.validFrom),
    to: Date.parse(certificate.validTo),
    keyType: publicKey.asymmetricKeyType ?? '',
    keySize: String(details.modulusLength ?? details.namedCurve ?? ''),
    isSelfSigned: isSelfSigned(certificate),
    fingerprint: certificate.fingerprint256,
    keyDigest: createHash('sha256')
      .update(publicKey.export({ type: 'spki', format: 'der' }))
      .digest('hex'),
  };
}

const isIssuedBy = (certificate: X509Certificate, issuer: X509Certificate): boolean => {
  try {
    return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
  } catch {
    return false;
  }
};

/** Can others follow the chain to an issuer that they know? */
function judgeChain(chain: readonly X509Certificate[]): readonly CertificateProblem[] {
  for (const [at, certificate] of chain.entries()) {
    const next = chain[at + 1];
    if (next !== undefined && !isIssuedBy(certificate, next)) return ['wrong-order'];
  }
  const last = chain.at(-1)!;
  if (isSelfSigned(last)) return chain.length === 1 ? ['self-signed'] : [];
  const isKnown = rootCertificates.some((pem) => {
    const root = new X509Certificate(pem);
    return root.subject === last.issuer && isIssuedBy(last, root);
  });
  return isKnown ? [] : ['incomplete'];
}

function judgeKey(pem: string, own: X509Certificate | undefined): readonly CertificateProblem[] {
  const block = blocksOf(pem, '(?:[A-Z]+ )?PRIVATE KEY')[0];
  if (block === undefined) return ['no-key'];
  let key: KeyObject;
  try {
    key = createPrivateKey(block);
  } catch {
    return ['unreadable-key'];
  }
  return own === undefined || own.checkPrivateKey(key) ? [] : ['other-key'];
}

/**
 * @param pem the file's bytes
 * @param mode its permissions
 * @param now milliseconds since 1970
 */
export function reportCertificate(
  pem: Buffer,
  mode: number,
  host: string,
  now: number,
): Omit<CertificateReport, 'file'> {
  const text = pem.toString('latin1');
  const problems: CertificateProblem[] = [];
  const chain: X509Certificate[] = [];
  const blocks = blocksOf(text, 'CERTIFICATE').slice(0, 20);
  try {
    for (const block of blocks) chain.push(new X509Certificate(block));
  } catch {
    problems.push('unreadable-certificate');
  }
  if (blocks.length === 0) problems.push('no-certificate');
  problems.push(...judgeKey(text, chain[0]));
  const facts = chain.map(describe);
  const [own] = facts;
  if (own !== undefined) {
    if (own.to <= now) problems.push('expired');
    else if (own.from > now) problems.push('not-yet');
    else if (daysLeft(own, now) < warnDays) problems.push('ends-soon');
    if (!fitsHost(own.names, host)) problems.push('other-name');
    if (own.keyType === 'rsa' && Number(own.keySize) < 2048) problems.push('weak-key');
    problems.push(...judgeChain(chain));
  }
  // The key is in it: nobody but its owner and group reads it.
  if ((mode & 0o007) !== 0) problems.push('open-to-others');
  return { state: 'read', words: '', host, chain: facts, problems };
}

/** Organisations and their domain in CAA records (RFC 8659 4.2), as they publish it. */
const issuerDomains: readonly (readonly [organisation: RegExp, domain: string])[] = [
  [/^Let's Encrypt$/i, 'letsencrypt.org'],
  [/^(?:ZeroSSL|Sectigo)/i, 'sectigo.com'],
  [/^DigiCert/i, 'digicert.com'],
  [/^Google Trust Services/i, 'pki.goog'],
  [/^GlobalSign/i, 'globalsign.com'],
  [/^Buypass/i, 'buypass.com'],
  [/^SSL Corp/i, 'ssl.com'],
  [/^Actalis/i, 'actalis.it'],
];

/** The domain by which CAA records name the issuer; undefined when it is not known. */
export function issuerDomain({ chain }: Pick<CertificateReport, 'chain'>): string | undefined {
  const name = chain[0]?.issuerName ?? '';
  return issuerDomains.find(([organisation]) => organisation.test(name))?.[1];
}

const urgent: readonly CertificateProblem[] = [
  'expired',
  'ends-soon',
  'not-yet',
  'other-key',
  'no-key',
  'unreadable-key',
  'no-certificate',
  'unreadable-certificate',
  'open-to-others',
];

export const isUrgent = (problem: CertificateProblem): boolean => urgent.includes(problem);

/** What the first page must tell of: mail programs and other hosts will refuse the doors, or soon. */
export function urgentProblems({
  problems,
}: Pick<CertificateReport, 'problems'>): readonly CertificateProblem[] {
  return problems.filter(isUrgent);
}
