// What the accounts of a role share of folders that they share: which accounts are worth a look when folders are listed,
// and who wants to hear at once that a folder was changed by another account's session. What other programs change is
// heard by the watches of each mailbox.
import type { Log } from '../../mta/log.ts';
import type { SharedAccounts } from './shared-accounts.ts';
import { readSharedLists } from './shared-listing.ts';
import type { Mailboxes } from './types.ts';

/** Milliseconds that an account which shared nothing is not looked at again for a list. */
const quietFor = 30_000;
const mostQuiet = 50_000;

interface Hearer {
  readonly tell: (folder: string) => void;
  /** Undefined: all of the account. */
  readonly folders: readonly string[] | undefined;
  /** Who changes things itself knows. */
  readonly who: object;
}

export class SharedFolders {
  readonly accounts: SharedAccounts;
  readonly mailboxes: Pick<Mailboxes, 'open'>;
  readonly log: Log;
  /** Until when, by Maildir; performance.now(). */
  readonly #quiet = new Map<string, number>();
  /** By address of the owner. */
  readonly #hearers = new Map<string, Set<Hearer>>();

  constructor(accounts: SharedAccounts, mailboxes: Pick<Mailboxes, 'open'>, log: Log) {
    this.accounts = accounts;
    this.mailboxes = mailboxes;
    this.log = log;
  }

  isQuiet(maildir: string): boolean {
    return performance.now() < (this.#quiet.get(maildir) ?? 0);
  }

  noteQuiet(maildir: string): void {
    if (this.#quiet.size >= mostQuiet) this.#quiet.clear();
    this.#quiet.set(maildir, performance.now() + quietFor);
  }

  /** A list of rights was changed here. */
  async noteAcl(address: string, maildir: string): Promise<void> {
    this.#quiet.delete(maildir);
    const lists = await readSharedLists(maildir);
    if (lists !== undefined && lists.length > 0) await this.accounts.add(address);
  }

  /** Hears of changes by others in the owner's folders, until the function that is given back. */
  hear(owner: string, hearer: Hearer): () => void {
    const hearers = this.#hearers.get(owner) ?? new Set();
    this.#hearers.set(owner, hearers);
    hearers.add(hearer);
    return () => {
      hearers.delete(hearer);
      if (hearers.size === 0 && this.#hearers.get(owner) === hearers) this.#hearers.delete(owner);
    };
  }

  /** Somebody changed something in a folder. */
  tell(owner: string, folder: string, who: object): void {
    for (const hearer of [...(this.#hearers.get(owner) ?? [])])
      if (hearer.who !== who && hearer.folders?.includes(folder) !== false) hearer.tell(folder);
  }
}
