// The files of the doors' certificates in control/: servercert.pem for the site, servercerts/NAME/servercert.pem for each
// name that has its own (the form of the patched qmails; NAME may be `*.example.com`), each a chain with its key,
// tlsserverciphers, clientca.pem and clientcrl.pem. Reads bytes and says when they are others; what they are worth is judged by judge.ts, with rights that
// need not be those of the key's owner.
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing } from '../control/cached-file.ts';
import { isDomainName } from '../formats/address.ts';
import { readSmallFile } from '../queue/files.ts';
import {
  type ClientAuthorityFiles,
  clientAuthoritiesFile,
  clientRevocationsFile,
} from './client-authorities.ts';

/** A file, by its name below control/. */
export interface CertificateFile {
  readonly file: string;
  /** What it is for: '' is the site, else a host name in lower case or `*.example.com`. */
  readonly name: string;
  /** A string: why it cannot be read. */
  readonly pem: Buffer | string;
}

export interface CertificateFiles {
  /** The site's first, when there is one. */
  readonly certificates: readonly CertificateFile[];
  /** The text of control/tlsserverciphers. */
  readonly ciphers: string | undefined;
  /** Who vouches for clients that relay by a certificate; undefined: nobody. */
  readonly clients?: ClientAuthorityFiles | undefined;
}

export const siteFile = 'servercert.pem';
export const hostsDirectory = 'servercerts';
const ciphersFile = 'tlsserverciphers';
/** Names that are looked at. */
export const mostHosts = 1000;
/** A chain with its key has some kilobytes. */
const mostBytes = 1 << 20;

/** Where the certificate of a name lies, below control/. */
export const certificateFileOf = (name: string): string =>
  name === '' ? siteFile : join(hostsDirectory, name, siteFile);

/** Is it a name that a certificate may have of its own? */
export const isCertificateName = (name: string): boolean =>
  isDomainName(name.replace(/^\*\./, '')) && name === name.toLowerCase();

/** Names of directories below servercerts/, sorted. */
export async function listHosts(control: string): Promise<readonly string[]> {
  try {
    const names = await readdir(join(control, hostsDirectory));
    return names
      .filter((name) => isCertificateName(name.toLowerCase()))
      .sort()
      .slice(0, mostHosts);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

async function readPem(path: string): Promise<Buffer | string | undefined> {
  try {
    // readSmallFile takes memory for the whole file before it reads.
    const { size } = await stat(path);
    if (size > mostBytes) return `expected at most ${mostBytes} bytes`;
    return await readSmallFile(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}

/** @param qmail qmail's home. @throws when servercerts/ cannot be listed */
export async function readCertificateFiles(qmail: string): Promise<CertificateFiles> {
  const control = join(qmail, 'control');
  const certificates: CertificateFile[] = [];
  for (const directory of ['', ...(await listHosts(control))]) {
    const file = certificateFileOf(directory);
    const pem = await readPem(join(control, file));
    if (pem !== undefined) certificates.push({ file, name: directory.toLowerCase(), pem });
  }
  const ciphers = await readPem(join(control, ciphersFile));
  const ca = await readPem(join(control, clientAuthoritiesFile));
  return {
    certificates,
    ciphers: Buffer.isBuffer(ciphers) ? ciphers.toString('latin1') : undefined,
    clients: ca === undefined ? undefined : { ca, crl: await readPem(join(control, clientRevocationsFile)) },
  };
}

/** What tells the files as they are now from others: the same text as long as none of them has changed. */
export async function stampCertificateFiles(qmail: string): Promise<string> {
  const control = join(qmail, 'control');
  const stamp = async (file: string): Promise<string> => {
    try {
      const { ino, size, mtimeNs, ctimeNs } = await stat(join(control, file), { bigint: true });
      return `${file} ${ino} ${size} ${mtimeNs} ${ctimeNs}`;
    } catch {
      return '';
    }
  };
  const hosts = await listHosts(control).catch(() => []);
  const files = [siteFile, ciphersFile, clientAuthoritiesFile, clientRevocationsFile];
  const stamps = await Promise.all([...files, ...hosts.map(certificateFileOf)].map(stamp));
  return stamps.join('\n');
}

/** Bytes of a file, or why they cannot be had. */
interface Told {
  readonly why?: string;
  readonly pem?: string;
}
const tell = (pem: Buffer | string): Told =>
  typeof pem === 'string' ? { why: pem } : { pem: pem.toString('base64') };
const hear = ({ why = '', pem }: Told): Buffer | string =>
  pem === undefined ? why : Buffer.from(pem, 'base64');

/** As JSON, for a role that must not read the key itself. */
export const writeCertificateFiles = ({ certificates, ciphers, clients }: CertificateFiles): string =>
  JSON.stringify({
    ciphers,
    certificates: certificates.map(({ file, name, pem }) => ({ file, name, ...tell(pem) })),
    clients: clients && { ca: tell(clients.ca), crl: clients.crl && tell(clients.crl) },
  });

/** The same, read again. It comes from our parent. */
export function parseCertificateFiles(text: string): CertificateFiles {
  const { ciphers, certificates, clients } = JSON.parse(text) as {
    ciphers?: string;
    certificates: readonly (Told & { file: string; name: string })[];
    clients?: { ca: Told; crl?: Told };
  };
  return {
    ciphers,
    certificates: certificates.map(({ file, name, ...told }) => ({ file, name, pem: hear(told) })),
    clients: clients && { ca: hear(clients.ca), crl: clients.crl && hear(clients.crl) },
  };
}
