// Fetched certificates on their way from the web role to control/, by the admin role's socket: certificates/install.ts
// decides what it takes.
import { InstallRefused } from '../certificates/install.ts';
import { ControlError } from '../control/reading.ts';
import { type Log, quoted } from '../log.ts';
import type { Answer } from './answering.ts';
import { createRoleClient } from './conversation.ts';
import type { CallFields } from './frames.ts';

/** Puts chain and key in place; gives the file below control/. Rejects with the reason. */
export type InstallCertificate = (pem: Buffer) => Promise<string>;

/** Does this question go here? The admin role answers others on the same socket. */
export const isForCertificates = (fields: CallFields): boolean => fields.desk === 'certificates';

const mostBytes = 1 << 20;

export function answerCertificates(install: InstallCertificate, log: Log): Answer {
  return async ({ fields: { pem } }) => {
    if (typeof pem !== 'string' || pem.length > mostBytes) return { error: 'a certificate was expected' };
    try {
      return { found: await install(Buffer.from(pem, 'latin1')) };
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error);
      if (error instanceof InstallRefused || error instanceof ControlError) return { error: words };
      log(`alert: cannot write a certificate: ${quoted(words)}`);
      return { error: 'it cannot be written now' };
    }
  };
}

export function createCertificateCalls(path: string): {
  readonly install: InstallCertificate;
  readonly close: () => void;
} {
  const client = createRoleClient(path);
  return {
    async install(pem) {
      const { found, error } = await client.ask({ desk: 'certificates', pem: pem.toString('latin1') });
      if (typeof found !== 'string') throw new Error(typeof error === 'string' ? error : 'no answer');
      return found;
    },
    close: () => client.close(),
  };
}
