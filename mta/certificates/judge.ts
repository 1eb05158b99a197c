// Makes what the doors show (door-tls.ts) of the certificate files: each is tried before anybody is shown it. A new file
// that cannot be used leaves the one before in its place, and is told with its name; a name without a file before it gets
// the site's certificate until its own is right. Pure but for the trying.
import { X509Certificate } from 'node:crypto';
import { ControlError } from '../control/reading.ts';
import { areSameAuthorities, type ClientAuthorities, readClientAuthorities } from './client-authorities.ts';
import { type CertificatePair, type DoorTls, makeSecureContext } from './door-tls.ts';
import { type CertificateFiles, isCertificateName } from './files.ts';

/** Whom certificates are tried with, file by file, and which of them hold. */
export interface JudgedCertificates {
  readonly tls: DoorTls | undefined;
  /** One for each file that cannot be used. */
  readonly faults: readonly CertificateFault[];
}

export interface CertificateFault {
  readonly file: string;
  readonly why: string;
  /** The one before goes on. */
  readonly isKept: boolean;
}

/** The DNS names of a certificate's own entry that may stand for it at a door. */
function namesOf(pem: Buffer): readonly string[] {
  const names = (new X509Certificate(pem).subjectAltName ?? '').split(', ');
  return names
    .map((each) => /^DNS:(.+)$/.exec(each)?.[1]?.toLowerCase() ?? '')
    .filter((name) => isCertificateName(name));
}

/** A certificate file as a pair. @throws ControlError when it is no certificate with its key */
export function readPair(path: string, pem: Buffer | string): CertificatePair {
  const expected = 'a certificate chain and its key, both in PEM';
  if (typeof pem === 'string') throw new ControlError(path, pem, expected);
  try {
    makeSecureContext({ cert: pem, key: pem });
  } catch (error) {
    throw new ControlError(path, error instanceof Error ? error.message : String(error), expected);
  }
  return { cert: pem, key: pem };
}

const isSamePair = ({ cert }: CertificatePair, pem: Buffer | string): boolean =>
  Buffer.isBuffer(pem) && cert.equals(pem);

/** @param before what the doors show until now */
export function judgeCertificates(files: CertificateFiles, before?: DoorTls | undefined): JudgedCertificates {
  const faults: CertificateFault[] = [];
  const taken: { readonly name: string; readonly pair: CertificatePair }[] = [];
  for (const { file, name, pem } of files.certificates) {
    const kept = name === '' ? before : before?.hosts?.get(name);
    if (kept !== undefined && isSamePair(kept, pem)) {
      taken.push({ name, pair: { cert: kept.cert, key: kept.key } });
      continue;
    }
    try {
      taken.push({ name, pair: readPair(file, pem) });
    } catch (error) {
      faults.push({ file, why: (error as Error).message, isKept: kept !== undefined });
      if (kept !== undefined) taken.push({ name, pair: { cert: kept.cert, key: kept.key } });
    }
  }
  // Without the site's own the first of the others answers for it: a client that asks no name gets TLS all the same.
  const site = taken.find(({ name }) => name === '') ?? taken[0];
  if (site === undefined) return { tls: undefined, faults };
  const hosts = new Map<string, CertificatePair>();
  // What a certificate says of itself comes after what its directory says, and the site's own before those of others.
  for (const { name, pair } of [...taken].sort((one, other) => Number(other === site) - Number(one === site)))
    for (const own of namesOf(pair.cert)) if (name !== own && !hosts.has(own)) hosts.set(own, pair);
  for (const { name, pair } of taken) if (name !== '') hosts.set(name, pair);
  const ciphers = joinCiphers(files.ciphers);
  const clients = judgeClients(files, before?.clients, faults);
  const tls = { ...site.pair, hosts, ...(clients && { clients }) };
  if (ciphers === undefined) return { tls, faults };
  try {
    makeSecureContext(site.pair, ciphers);
    return { tls: { ...tls, ciphers }, faults };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    faults.push({ file: 'tlsserverciphers', why, isKept: before?.ciphers !== undefined });
    return { tls: before?.ciphers === undefined ? tls : { ...tls, ciphers: before.ciphers }, faults };
  }
}

/** Those that vouch for clients; as long as the files cannot be used, those of before. */
function judgeClients(
  { clients }: CertificateFiles,
  before: ClientAuthorities | undefined,
  faults: CertificateFault[],
): ClientAuthorities | undefined {
  if (clients === undefined) return undefined;
  try {
    const read = readClientAuthorities(clients);
    return areSameAuthorities(read, before) ? before : read;
  } catch (error) {
    const { file, message: why } = error as ControlError;
    faults.push({ file, why, isKept: before !== undefined });
    return before;
  }
}

/** One OpenSSL string, or one cipher a line. */
function joinCiphers(text: string | undefined): string | undefined {
  const parts = (text ?? '')
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line !== '');
  return parts.length === 0 ? undefined : parts.join(':');
}

/** Do both show the same? */
export function isSameTls(one: DoorTls | undefined, other: DoorTls | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  const text = (tls: DoorTls): string =>
    [
      tls.ciphers ?? '',
      tls.cert.toString('latin1'),
      ...[...(tls.hosts ?? [])].map(([name, { cert }]) => `${name} ${cert.toString('latin1')}`),
    ].join('\n');
  return text(one) === text(other) && areSameAuthorities(one.clients, other.clients);
}
