// Reads the certificates of the doors for a report of each: whoever may read the keys does, and hands on the reports alone.
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing } from '../control/cached-file.ts';
import { certificateFileOf, listHosts } from './files.ts';
import { type CertificateReport, reportCertificate } from './report.ts';

/** A chain with its key has some kilobytes. */
const MOST_BYTES = 1 << 20;

/**
 * The site's first, also when there is none, then those of single names.
 * @param me control/me; @param now milliseconds since 1970. Rejects when servercerts/ cannot be listed
 */
export async function readCertificateReports(
  qmail: string,
  me: string,
  now: number,
): Promise<readonly CertificateReport[]> {
  const control = join(qmail, 'control');
  const reports: CertificateReport[] = [];
  for (const directory of ['', ...(await listHosts(control))])
    reports.push(await readReport(control, certificateFileOf(directory), directory.toLowerCase() || me, now));
  return reports.filter(({ state }, index) => index === 0 || state !== 'missing');
}

/** Never rejects for what the file is. */
async function readReport(
  control: string,
  name: string,
  host: string,
  now: number,
): Promise<CertificateReport> {
  const none = { file: name, host, chain: [], problems: [], words: '' } as const;
  try {
    const file = await open(join(control, name), constants.O_RDONLY | constants.O_NONBLOCK);
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
      const report = reportCertificate(pem.subarray(0, bytesRead), stats.mode, host, now);
      return { ...report, file: name };
    } finally {
      await file.close();
    }
  } catch (error) {
    if (isMissing(error)) return { ...none, state: 'missing' };
    return { ...none, state: 'unreadable', words: (error as NodeJS.ErrnoException).code ?? String(error) };
  }
}
