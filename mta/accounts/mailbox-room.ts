// Would a message fit into an account's mailbox? For the doors, which refuse what a delivery would bounce (security.md
// R9). Only reads: maildirsize when it says that there is room or was counted lately; otherwise the Maildir is counted in
// memory, as the next delivery would count it, at most once a minute. Room is assumed wherever a delivery might find some:
// the account has a .qmail of its own, or this process may not look.
import { join } from 'node:path';
import type { CachedFile, CachedPaths } from '../control/cached-file.ts';
import { errorCode } from '../maildir/calls.ts';
import { countMaildir, isOver, parseQuota, readUsage } from '../maildir/quota.ts';
import type { Account } from './types.ts';

/** Milliseconds that a count is good for: one who clears a mailbox beside maildirsize waits no longer. */
const COUNT_MS = 60_000;
/** Counts that are kept. */
const MOST_COUNTS = 1000;

interface Count {
  readonly at: number;
  readonly total: Promise<{ readonly bytes: number; readonly count: number }>;
}

export class MailboxRoom {
  readonly #dotQmails: CachedPaths<CachedFile<string>>;
  readonly #counts = new Map<string, Count>();

  /** @param dotQmails the text of .qmail files, '' for a missing one */
  constructor(dotQmails: CachedPaths<CachedFile<string>>) {
    this.#dotQmails = dotQmails;
  }

  /** Is one more message of so many bytes certain to be over the quota? @throws system errors, but for EACCES */
  async isOver(account: Account, bytes: number): Promise<boolean> {
    const limits = parseQuota(account.quota);
    if (limits.bytes === 0 && limits.count === 0) return false;
    try {
      const said = await readUsage(account.maildir, limits, account);
      if (said !== undefined && !isOver(limits, said.bytes + bytes, said.count + 1)) return false;
      const total = said?.isCounted ? said : await this.#count(account.maildir);
      if (!isOver(limits, total.bytes + bytes, total.count + 1)) return false;
      // vdelivermail: any line of the account's own .qmail rules; only an empty file leaves the mail to the Maildir.
      return (await this.#dotQmails.get(join(account.directory, '.qmail')).read()) === '';
    } catch (error) {
      if (errorCode(error) === 'EACCES') return false;
      throw error;
    }
  }

  #count(maildir: string): Count['total'] {
    const now = performance.now();
    const known = this.#counts.get(maildir);
    if (known !== undefined && now - known.at < COUNT_MS) return known.total;
    const total = countMaildir(maildir).catch((error: unknown) => {
      // No Maildir yet: the first delivery makes it.
      if (errorCode(error) === 'ENOENT') return { bytes: 0, count: 0 };
      this.#counts.delete(maildir);
      throw error;
    });
    this.#counts.delete(maildir);
    this.#counts.set(maildir, { at: now, total });
    if (this.#counts.size > MOST_COUNTS) this.#counts.delete(this.#counts.keys().next().value!);
    return total;
  }
}
