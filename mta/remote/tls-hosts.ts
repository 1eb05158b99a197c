// Which mail hosts get TLS, by files that the patched qmail-remote knows (spec/qmail.md 3.2): control/tlshosts/NAME.pem
// holds the authorities that must vouch for the host of that name, or its mail waits; with tlshosts/exhaustivelist no
// other host is offered TLS at all; control/notlshosts/NAME excepts one. Looked at for each new session. A file that
// cannot be read puts the mail of its host off: without TLS it would go where its owner did not want it.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { CachedFile, CachedNames, CachedPaths } from '../control/cached-file.ts';

/** Certificates (PEM) that vouch for a host; `digest` tells them from others. */
export interface Authorities {
  readonly pem: string;
  readonly digest: string;
}

/** How a session with one host is to be. */
export type TlsPolicy =
  /** When the host offers it. */
  | { readonly kind: 'offered' }
  | { readonly kind: 'never' }
  /** Proved by these certificates (PEM); `file` is for reports, below control/. */
  | { readonly kind: 'required'; readonly authorities: Authorities; readonly file: string }
  /** The file is there and nobody can tell what it says. */
  | { readonly kind: 'unknown'; readonly file: string; readonly reason: string };

/** A host by the name that the MX or the route has; '' for an address. */
export type TlsPolicyOf = (name: string) => Promise<TlsPolicy>;

/** Names of strangers' MX records are part of a path only when they are host names. */
const hostName = /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?$/;

/** The policy of these control files. @param qmail qmail's home */
export function readTlsPolicies(qmail: string): TlsPolicyOf {
  const control = join(qmail, 'control');
  const kept = new CachedPaths((path) => new CachedFile(path, readAuthorities));
  const demanded = new CachedNames(join(control, 'tlshosts'), () => true);
  const excepted = new CachedNames(join(control, 'notlshosts'), () => true);
  return async (named) => {
    const name = named.toLowerCase().replace(/\.$/, '');
    const isHost = hostName.test(name);
    const file = `tlshosts/${name}.pem`;
    let looked = 'tlshosts';
    try {
      const names = await demanded.read();
      if (isHost && names?.has(`${name}.pem`)) {
        looked = file;
        const authorities = await kept.get(join(control, file)).read();
        if (authorities !== undefined) return { kind: 'required', authorities, file };
      }
      looked = 'notlshosts';
      if (isHost && (await excepted.read())?.has(name)) return { kind: 'never' };
      return { kind: names?.has('exhaustivelist') ? 'never' : 'offered' };
    } catch (error) {
      const reason = (error as NodeJS.ErrnoException).code ?? (error as Error).message;
      return { kind: 'unknown', file: looked, reason };
    }
  };
}

function readAuthorities(bytes: Buffer | undefined): Authorities | undefined {
  if (bytes === undefined) return undefined;
  const pem = bytes.toString('latin1');
  if (!pem.includes('-----BEGIN CERTIFICATE-----')) throw new Error('expected certificates in PEM form');
  return { pem, digest: createHash('sha256').update(bytes).digest('base64') };
}
