// Puts a fetched certificate in its place in control/. Whoever fetches (the web role) may not write there: this runs with the
// rights of the files' owner, and takes nothing but a certificate with its key for the names that control/acmenames lists,
// or for one that our pages need, while control/acme is set. The site's own file is replaced when it is missing, signs itself, or is for the same names; an
// administrator's own certificate stays, and the new one goes below servercerts/.
import { X509Certificate } from 'node:crypto';
import { mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { replaceFile } from '../accounts/durable.ts';
import { readPageNames } from '../acme/page-names.ts';
import { readSettings } from '../control/settings.ts';
import { readSmallFile } from '../queue/files.ts';
import { certificateFileOf, hostsDirectory } from './files.ts';
import { readPair } from './judge.ts';
import { reportCertificate } from './report.ts';

/** It is not put in place; the message says why. */
export class InstallRefused extends Error {
  override readonly name = 'InstallRefused';
}

const namesOf = (pem: Buffer): readonly string[] =>
  (new X509Certificate(pem).subjectAltName ?? '')
    .split(', ')
    .map((each) => /^DNS:(.+)$/.exec(each)?.[1]?.toLowerCase() ?? each);

/**
 * @param pem chain and key
 * @param now milliseconds since 1970
 * @returns the file below control/. @throws InstallRefused, ControlError, system errors
 */
export async function installCertificate(qmail: string, pem: Buffer, now: number): Promise<string> {
  const { acme, acmenames, me } = await readSettings(qmail, ['acme', 'acmenames', 'me']);
  if (acme === '') throw new InstallRefused('control/acme is not set');
  readPair('the new certificate', pem);
  const names = namesOf(pem);
  const [only] = names;
  const line =
    acmenames.find((wanted) => names.every((name) => wanted.includes(name))) ??
    (names.length === 1 && (await readPageNames(qmail)).includes(only ?? '') ? names : undefined);
  const name = line?.[0];
  if (line === undefined || name === undefined || names.length === 0)
    throw new InstallRefused(
      'it has names that control/acmenames does not list together, and that none of our pages needs',
    );
  if (Date.parse(new X509Certificate(pem).validTo) <= now) throw new InstallRefused('it has ended already');
  const control = join(qmail, 'control');
  const site = certificateFileOf('');
  const isSites = line.includes(me.toLowerCase()) && (await mayReplace(join(control, site), line, now));
  const file = isSites ? site : certificateFileOf(name);
  const path = join(control, file);
  if (!isSites) {
    await mkdir(join(control, hostsDirectory), { recursive: true, mode: 0o755 });
    await mkdir(dirname(path), { recursive: true, mode: 0o755 });
  }
  // Who could read the old one can read the new one, but never others.
  const before = await stat(path).catch(() => undefined);
  const mode = before === undefined ? 0o600 : before.mode & 0o660;
  await replaceFile(path, pem, mode || 0o600, before && { uid: before.uid, gid: before.gid });
  return file;
}

async function mayReplace(path: string, names: readonly string[], now: number): Promise<boolean> {
  const pem = await readSmallFile(path);
  if (pem === undefined) return true;
  const { chain, problems } = reportCertificate(pem, 0o600, names[0] ?? '', now);
  if (problems.includes('self-signed')) return true;
  return (chain[0]?.names ?? []).length > 0 && (chain[0]?.names ?? []).every((name) => names.includes(name));
}
