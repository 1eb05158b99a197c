// The file of a learning filter: `facteur-junk` in the account's directory, beside the Maildir, so it goes when the account
// goes and comes along where the account is moved. Mode 0600, the account's owner. Written by who learns (webmail, IMAP, POP3:
// the owner's uid, or root in one process) under a lock of its own, to a new file that is renamed over the old one: who
// reads has the one or the other, whole, and waits for nobody. What is damaged counts as none.
import { join } from 'node:path';
import { LockBusyError, withFileLock } from '../../accounts/lock.ts';
import { errorCode, lookForName, renameFile, shareCalls, unlinkFile } from '../../maildir/calls.ts';
import { type FileOwner, readPrivateFile, syncDirectory, writeSynced } from '../../maildir/private-file.ts';
import { Filter, largestFilter } from './filter.ts';

const fileName = 'facteur-junk';
/** Milliseconds that a change waits for another's. */
const patience = 10_000;

export { LockBusyError };

/** Reads the filter of the account in this directory; a new one when there is none that is sound. Rejects with system errors. */
export async function readFilter(directory: string, owner: FileOwner): Promise<Filter> {
  const file = await readPrivateFile(join(directory, fileName), owner, largestFilter);
  return (file && Filter.read(file.content)) ?? new Filter();
}

/**
 * Changes the filter of an account and writes it durably. `change` says whether there is anything to write; it runs while
 * others wait. Rejects with system errors and LockBusyError: the file is as it was then.
 */
export function changeFilter(
  directory: string,
  owner: FileOwner,
  change: (filter: Filter) => boolean | Promise<boolean>,
): Promise<Filter> {
  const path = join(directory, fileName);
  return withFileLock(
    `${path}.lock`,
    async () => {
      const filter = await readFilter(directory, owner);
      if (!(await change(filter))) return filter;
      const fresh = `${path}.new`;
      // What a crash left: nobody else is here.
      await unlinkFile(fresh).catch(ignoreMissing);
      await writeSynced(fresh, filter.write(), owner);
      await renameFile(fresh, path);
      await syncDirectory(directory);
      return filter;
    },
    { patience, owner },
  );
}

export interface FilterReader {
  /** The filter of the account in this directory; undefined: it has none. Rejects with system errors. */
  read(directory: string, owner: FileOwner): Promise<Filter | undefined>;
}

/** Filters that a reader keeps: each may have 4 MiB. */
const mostKept = 6;

/**
 * Keeps filters while their files stay the same; for who reads one letter after another. `trustMs`: a look at a file, also
 * at one that is not there, no older than so many milliseconds is good enough.
 */
export function createFilterReader(trustMs = 0): FilterReader {
  const look = shareCalls(lookForName, trustMs);
  const kept = new Map<string, { readonly stamp: string; readonly filter: Filter }>();
  return {
    async read(directory, owner) {
      const path = join(directory, fileName);
      const stats = await look(path);
      if (stats === undefined) {
        kept.delete(path);
        return undefined;
      }
      const stamp = `${stats.dev} ${stats.ino} ${stats.mtimeMs} ${stats.ctimeMs} ${stats.size}`;
      const known = kept.get(path);
      kept.delete(path);
      const filter = known?.stamp === stamp ? known.filter : await readFilter(directory, owner);
      kept.set(path, { stamp, filter });
      for (const other of kept.keys()) {
        if (kept.size <= mostKept) break;
        kept.delete(other);
      }
      return filter;
    },
  };
}

function ignoreMissing(error: unknown): undefined {
  if (['ENOENT', 'ENOTDIR'].includes(errorCode(error))) return undefined;
  throw error;
}
