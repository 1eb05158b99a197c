// When the draft spool is swept: in the background, once an hour at most for each account that opens the compose page,
// one account after the other. No request ever waits for it: somebody with 600 drafts opens the page as quickly as
// somebody with none. What is swept is the business of drafts.ts.
import { type Log, quoted } from '../../../mta/log.ts';
import type { DraftSpool } from './drafts.ts';

/** Milliseconds between two sweeps of one account. */
export const sweepEvery = 3600_000;

export interface DraftSweeper {
  /** Notes that somebody writes now (milliseconds since 1970); sweeps their spool later when it is due. */
  wake(account: string, now: number): void;
  /** Ends when the sweeps that are under way have ended. */
  settled(): Promise<void>;
}

/** Makes the sweeper of one web role. A sweep that fails is told in the log and tried again an hour later. */
export function createDraftSweeper(spool: Pick<DraftSpool, 'sweep'>, log: Log): DraftSweeper {
  /** When each account's last sweep was begun, oldest first. */
  const begun = new Map<string, number>();
  let last: Promise<void> = Promise.resolve();

  async function sweep(account: string, now: number): Promise<void> {
    try {
      await spool.sweep(account, now);
    } catch (error) {
      log(`web: drafts of ${quoted(account)} not swept: ${quoted(String(error))}`);
    }
  }

  return {
    wake(account, now) {
      const key = account.toLowerCase();
      const before = begun.get(key);
      if (before !== undefined && now - before < sweepEvery) return;
      begun.delete(key);
      begun.set(key, now);
      for (const [other, at] of begun) {
        if (now - at < sweepEvery) break;
        begun.delete(other);
      }
      last = last.then(() => sweep(account, now));
    },
    settled: () => last,
  };
}
