// The control files that a host name makes (qmail's config and config-fast; spec/qmail.md 12.2): me, defaultdomain,
// plusdomain, locals, rcpthosts. Files that say something else are never replaced: a site's domains are in them.
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from '../accounts/durable.ts';
import { isMissing } from './cached-file.ts';

/** A control file is there and says something else. */
export class HostFileExistsError extends Error {
  override name = 'HostFileExistsError';
}

/** config-fast: `c.d` of `a.b.c.d`; a name of two labels is its own default domain. */
export function domainsOfHost(fqdn: string): {
  readonly defaultDomain: string;
  readonly plusDomain: string;
} {
  const labels = fqdn.split('.');
  return {
    defaultDomain: labels.length > 2 ? labels.slice(1).join('.') : fqdn,
    plusDomain: labels.slice(-2).join('.'),
  };
}

/** The files of a host, in the order in which they are written. `locals` are its further names. */
export function hostFiles(
  fqdn: string,
  locals: readonly string[] = [],
): readonly (readonly [string, string])[] {
  const { defaultDomain, plusDomain } = domainsOfHost(fqdn);
  const names = [fqdn, ...locals].map((name) => `${name}\n`).join('');
  return [
    ['me', `${fqdn}\n`],
    ['defaultdomain', `${defaultDomain}\n`],
    ['plusdomain', `${plusDomain}\n`],
    ['locals', names],
    ['rcpthosts', names],
  ];
}

/** Writes them, all or, when one is there with another content, none. Throws HostFileExistsError, system errors. */
export async function writeHostFiles(
  qmailDir: string,
  files: readonly (readonly [string, string])[],
): Promise<void> {
  const control = join(qmailDir, 'control');
  for (const [name, text] of files) {
    const path = join(control, name);
    const found = await readFile(path, 'utf8').catch((error: unknown) => {
      if (!isMissing(error)) throw error;
    });
    if (found !== undefined && found !== text)
      throw new HostFileExistsError(`${path} exists and says something else; edit it, or remove it first`);
  }
  await mkdir(control, { recursive: true, mode: 0o755 });
  for (const [name, text] of files) await replaceFile(join(control, name), text, 0o644);
}
