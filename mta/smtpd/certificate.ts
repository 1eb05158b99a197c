// qmail's control/servercert.pem: certificate chain and private key of the doors in one file.
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { ControlError } from '../control/reading.ts';
import { readSmallFile } from '../queue/files.ts';
import type { DoorTls } from './smtpd.ts';

/** Reads it; undefined when there is none. @throws ControlError when it is no certificate with its key; system errors */
export async function readServerCertificate(qmail: string): Promise<DoorTls | undefined> {
  const path = join(qmail, 'control', 'servercert.pem');
  const pem = await readSmallFile(path);
  if (pem === undefined) return undefined;
  try {
    createSecureContext({ cert: pem, key: pem });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ControlError(path, reason, 'a certificate chain and its key, both in PEM');
  }
  return { cert: pem, key: pem };
}
