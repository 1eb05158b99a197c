// control/clientcert.pem of the patched qmails: the certificate with its key that qmail-remote shows to hosts that ask for one.
// One that cannot be read or used is not shown, as there, and told once: most hosts never ask, and mail goes on.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { CachedFile } from '../control/cached-file.ts';
import { type Log, quoted } from '../log.ts';

/** Chain and key (PEM); `digest` tells them from others. */
export interface ClientCertificate {
  readonly pem: Buffer;
  readonly digest: string;
}

/** @param qmail qmail's home. Never rejects. */
export function openClientCertificate(qmail: string, log: Log): () => Promise<ClientCertificate | undefined> {
  const file = new CachedFile(
    join(qmail, 'control', 'clientcert.pem'),
    (pem): ClientCertificate | undefined => {
      if (pem === undefined) return undefined;
      createSecureContext({ cert: pem, key: pem });
      return { pem, digest: createHash('sha256').update(pem).digest('base64') };
    },
  );
  let told = '';
  return async () => {
    try {
      const found = await file.read();
      told = '';
      return found;
    } catch (error) {
      const words = (error as NodeJS.ErrnoException).code ?? (error as Error).message;
      if (words !== told)
        log(`warning: control/clientcert.pem is not shown to other hosts: ${quoted(words)}`);
      told = words;
      return undefined;
    }
  };
}
