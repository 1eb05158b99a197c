// The certificate of the doors as it is now: read at the start and again on HUP. One that cannot be used leaves the one
// before in place, and is told in one line; connections that are open keep what they began with.
import { join } from 'node:path';
import { type Log, quoted } from '../../mta/log.ts';
import { certificatePath, checkCertificate, readServerCertificate } from '../../mta/smtpd/certificate.ts';
import type { DoorTls } from '../../mta/smtpd/smtpd.ts';

export interface KeptCertificate {
  now(): DoorTls | undefined;
  /** Reads the file again. */
  reload(): Promise<void>;
  /** Takes what somebody else has read; undefined: there is none. */
  renew(pem: Buffer | undefined): void;
}

/** Reads it. @throws ControlError when it is no certificate with its key */
export async function keepCertificate(qmail: string, log: Log): Promise<KeptCertificate> {
  return keep(qmail, log, await readServerCertificate(qmail));
}

/** The same of bytes that somebody else has read. @throws ControlError */
export const keepGivenCertificate = (qmail: string, log: Log, pem: Buffer | undefined): KeptCertificate =>
  keep(qmail, log, checkCertificate(certificatePath(qmail), pem));

function keep(qmail: string, log: Log, first: DoorTls | undefined): KeptCertificate {
  let current = first;
  const take = (read: DoorTls | undefined): void => {
    if (read && current && read.cert.equals(current.cert) && read.key.equals(current.key)) return;
    current = read;
  };
  const told = (error: unknown): void => {
    const words = error instanceof Error ? error.message : String(error);
    log(
      `alert: unable to reread ${quoted(join('control', 'servercert.pem'))}, keeping the old one: ${quoted(words)}`,
    );
  };
  return {
    now: () => current,
    reload: async () => {
      try {
        take(await readServerCertificate(qmail));
      } catch (error) {
        told(error);
      }
    },
    renew: (pem) => {
      try {
        take(checkCertificate(certificatePath(qmail), pem));
      } catch (error) {
        told(error);
      }
    },
  };
}
