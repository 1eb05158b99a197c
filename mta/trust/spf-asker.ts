// Does SPF let a client send for the domain of a sender (RFC 7208)? Asked before the letter is there, for greylisting: big
// providers try again from another address of a pool that their domain names. In a thread, as all that strangers' records make
// us calculate; what is not known within some seconds counts as no.
import type { Log } from '../log.ts';
import { createSenderThreads } from './sender-threads.ts';

export interface SpfAsker {
  /** The domain (lower case) for which it passes, undefined: it does not, or nobody can tell now. Never rejects. */
  passes(client: {
    readonly ip: string;
    readonly helo: string;
    readonly sender: string;
  }): Promise<string | undefined>;
  close(): Promise<void>;
}

/** Milliseconds that a recipient's answer waits for it. */
const patience = 8000;

/** @param servers as control/dnsservers; @param me our name, for macros */
export function createSpfAsker(servers: readonly string[], me: string, log: Log): SpfAsker {
  const pool = createSenderThreads({
    lookup: { servers },
    log,
    threads: 1,
    milliseconds: patience,
  });
  const wishes = { me, spf: true, signatures: false, spfRules: '', spfGuess: '' };
  const content = { size: 0, header: Buffer.alloc(0), read: async function* () {} };
  return {
    async passes(client) {
      try {
        const { spf } = await pool.examine(client, wishes, content, AbortSignal.timeout(patience));
        return spf?.result === 'pass' ? spf.domain : undefined;
      } catch {
        return undefined;
      }
    },
    close: () => pool.close(),
  };
}
