// STATE/facteur.sqlite as the accounts of every role open it: what is counted there (wrong passwords, letters sent) counts for
// all doors together and outlives a restart. Undefined where there is no state directory, or none that we may write.
import { chmod, chown, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Database as StateDatabase } from 'better-sqlite3';
import Database from 'better-sqlite3';
import { isMissing } from '../control/cached-file.ts';

/** Opens it, with what `use` makes of it. @throws what is wrong with a file that is there */
export async function openStateFile<T>(
  state: string,
  use: (database: StateDatabase) => T,
): Promise<(T & { close(): void }) | undefined> {
  const path = join(state, 'facteur.sqlite');
  let database: StateDatabase | undefined;
  try {
    const { uid, gid } = await stat(state);
    database = new Database(path, { timeout: 1000 });
    if (process.geteuid?.() === 0) await chown(path, uid, gid);
    await chmod(path, 0o600);
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = NORMAL');
    const opened = database;
    return { ...use(opened), close: () => opened.close() };
  } catch (error) {
    database?.close();
    const { code = '' } = error as NodeJS.ErrnoException;
    if (isMissing(error) || /^(?:EACCES|EPERM|EROFS|SQLITE_(?:CANTOPEN|READONLY))/.test(code))
      return undefined;
    throw error;
  }
}
