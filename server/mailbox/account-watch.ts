// Who watches which folders of which account: several sessions of one account share one watch of a directory, and it
// lasts as long as somebody wants it. INBOX is watched by the path of the Maildir alone; for other folders the index
// worker is asked once where they are, and again when folders come and go.
import { type Log, quoted } from '../../mta/log.ts';
import { isLocalDirectory } from '../../mta/maildir/file-system.ts';
import type { DirectoryWatch } from './folder-watch.ts';
import type { Call } from './protocol.ts';

/** Milliseconds after which folders are listed once more. */
const settleAfter = 1000;

type Tell = (folder: string | undefined) => void;

interface Listener {
  readonly tell: Tell;
  /** Undefined: all. */
  readonly folders: ReadonlySet<string> | undefined;
}

interface Watching {
  readonly path: string;
  readonly stop: () => void;
}

interface AccountWatch {
  readonly maildir: string;
  readonly call: Call;
  readonly listeners: Set<Listener>;
  readonly folders: Map<string, Watching>;
  stopRoot: (() => void) | undefined;
  /** Bringing the watches in line with the listeners: one at a time, the last wish wins. */
  arranging: Promise<void> | undefined;
  isDue: boolean;
}

export interface AccountWatches {
  /** As UidMailbox.watch. */
  watch(
    account: { readonly address: string; readonly maildir: string; readonly call: Call },
    tell: Tell,
    folders: readonly string[] | undefined,
  ): () => void;
  /** Something happened in a folder that no directory tells of now. */
  tell(address: string, maildir: string, folder: string): void;
  close(): void;
}

export function createAccountWatches(directories: DirectoryWatch, log: Log): AccountWatches {
  const accounts = new Map<string, AccountWatch>();
  const keyOf = (address: string, maildir: string): string => `${address}\0${maildir}`;

  function tellAll(account: AccountWatch, folder: string | undefined): void {
    for (const { tell, folders } of account.listeners) {
      if (folders && (folder === undefined || !folders.has(folder))) continue;
      try {
        tell(folder);
      } catch (error) {
        log(`mailbox: a watch failed: ${quoted(error instanceof Error ? error.message : String(error))}`);
      }
    }
  }

  function arrange(account: AccountWatch): void {
    account.isDue = true;
    account.arranging ??= (async () => {
      while (account.isDue) {
        account.isDue = false;
        await arrangeOnce(account);
      }
    })()
      .catch((error: unknown) => {
        log(
          `mailbox: folders not watched: ${quoted(error instanceof Error ? error.message : String(error))}`,
        );
      })
      .finally(() => {
        account.arranging = undefined;
      });
  }

  async function arrangeOnce(account: AccountWatch): Promise<void> {
    const wanted = await findDirectories(account);
    const isLocal = wanted.size === 0 || (await isLocalDirectory(account.maildir));
    const wantsAll = [...account.listeners].some(({ folders }) => folders === undefined);
    for (const [folder, { path, stop }] of account.folders) {
      if (wanted.get(folder) === path && account.listeners.size > 0) continue;
      stop();
      account.folders.delete(folder);
    }
    if (!wantsAll) {
      account.stopRoot?.();
      account.stopRoot = undefined;
    }
    if (account.listeners.size === 0) return;
    let isChanged = false;
    for (const [folder, path] of wanted) {
      if (account.folders.has(folder)) continue;
      isChanged = true;
      const options = { isInbox: folder === 'INBOX', isLocal };
      const stop = directories.watchFolder(path, options, () => tellAll(account, folder));
      account.folders.set(folder, { path, stop });
    }
    if (wantsAll) {
      if (isChanged && account.stopRoot) tellAll(account, undefined);
      account.stopRoot ??= directories.watchRoot(account.maildir, () => {
        arrange(account);
        tellAll(account, undefined);
        // A folder is there when its cur is, which comes after the directory that was heard of.
        setTimeout(() => arrange(account), settleAfter).unref();
      });
    }
  }

  /** Directory by folder of all that somebody wants to know of. */
  async function findDirectories(account: AccountWatch): Promise<ReadonlyMap<string, string>> {
    const names = new Set<string>();
    for (const { folders } of account.listeners) {
      if (!folders) {
        const all = await account.call('uidDirectories', undefined);
        return new Map(all.map(({ folder, path }) => [folder, path]));
      }
      for (const folder of folders) names.add(folder);
    }
    const found = new Map<string, string>();
    if (names.delete('INBOX')) found.set('INBOX', account.maildir);
    if (names.size > 0) {
      for (const { folder, path } of await account.call('uidDirectories', [...names]))
        found.set(folder, path);
    }
    return found;
  }

  function release(account: AccountWatch): void {
    for (const { stop } of account.folders.values()) stop();
    account.folders.clear();
    account.stopRoot?.();
    account.stopRoot = undefined;
  }

  return {
    watch({ address, maildir, call }, tell, folders) {
      const key = keyOf(address, maildir);
      let account = accounts.get(key);
      if (!account) {
        account = {
          maildir,
          call,
          listeners: new Set(),
          folders: new Map(),
          stopRoot: undefined,
          arranging: undefined,
          isDue: false,
        };
        accounts.set(key, account);
      }
      const held = account;
      const listener: Listener = {
        tell,
        folders: folders && new Set(folders.map((folder) => folder.normalize('NFC'))),
      };
      held.listeners.add(listener);
      arrange(held);
      return () => {
        if (!held.listeners.delete(listener)) return;
        if (held.listeners.size > 0) arrange(held);
        else {
          release(held);
          if (accounts.get(key) === held) accounts.delete(key);
        }
      };
    },
    tell(address, maildir, folder) {
      const account = accounts.get(keyOf(address, maildir));
      if (account) tellAll(account, folder);
    },
    close() {
      for (const account of accounts.values()) {
        account.listeners.clear();
        release(account);
      }
      accounts.clear();
      directories.close();
    },
  };
}
