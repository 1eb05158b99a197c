// Reads control/servercert.pem for a report of it: whoever may read the key does, and hands on the report alone.
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { isMissing } from '../control/cached-file.ts';
import { certificatePath } from '../smtpd/certificate.ts';
import { type CertificateReport, reportCertificate } from './report.ts';

/** A chain with its key has some kilobytes. */
const MOST_BYTES = 1 << 20;

/** @param host control/me; @param now milliseconds since 1970. Never rejects for what the file is. */
export async function readCertificateReport(
  qmail: string,
  host: string,
  now: number,
): Promise<CertificateReport> {
  const none = { host, chain: [], problems: [], words: '' } as const;
  try {
    const file = await open(certificatePath(qmail), constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stats = await file.stat();
      if (!stats.isFile() || stats.size > MOST_BYTES)
        return {
          ...none,
          state: 'unreadable',
          words: `expected a plain file of at most ${MOST_BYTES} bytes`,
        };
      const pem = Buffer.alloc(stats.size);
      const { bytesRead } = await file.read(pem, 0, pem.length, 0);
      return reportCertificate(pem.subarray(0, bytesRead), stats.mode, host, now);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (isMissing(error)) return { ...none, state: 'missing' };
    return { ...none, state: 'unreadable', words: (error as NodeJS.ErrnoException).code ?? String(error) };
  }
}
