// qmail's control/servercert.pem: certificate chain and private key of the doors in one file.
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { ControlError } from '../control/reading.ts';
import { readSmallFile } from '../queue/files.ts';
import type { DoorTls } from './smtpd.ts';

/** Reads it; undefined when there is none. @throws ControlError when it is no certificate with its key; system errors */
export async function readServerCertificate(qmail: string): Promise<DoorTls | undefined> {
  const path = certificatePath(qmail);
  return checkCertificate(path, await readSmallFile(path));
}

/** Where it is. */
export const certificatePath = (qmail: string): string => join(qmail, 'control', 'servercert.pem');

/** The same of bytes that somebody else has read. */
export function checkCertificate(path: string, pem: Buffer | undefined): DoorTls | undefined {
  if (pem === undefined) return undefined;
  try {
    createSecureContext({ cert: pem, key: pem });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ControlError(path, reason, 'a certificate chain and its key, both in PEM');
  }
  return { cert: pem, key: pem };
}
