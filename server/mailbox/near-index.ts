// The index of an account as its role reads it itself: rows of a few messages, without a question to the index worker and its
// answer, which wake two threads and cost ten times what the rows do. Only read, only what is committed, and only where
// the worker has the index open: it alone makes, mends and changes it. Whatever is not as it should be (no index yet, one
// of another version, one that was set aside, a disk that lets the role wait) is no answer here, and the worker is asked.
import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { isKnownLocal } from '../../mta/maildir/file-system.ts';
import { Patience } from './patience.ts';
import { schemaVersion } from './schema-tables.ts';

/** A row as an array of its columns. */
export type NearRow = (string | number | null)[];

export interface NearIndex {
  /** Gives what `read` makes of the index; undefined when the role does not read it now, or `read` gives nothing. */
  ask<Answer>(read: (rows: ReadRows) => Answer | undefined): Answer | undefined;
}

export type ReadRows = (sql: string, ...values: readonly (string | number)[]) => NearRow[];

export interface NearIndexes {
  /** Of the account with its index file at `path`. */
  of(path: string, maildir: string): NearIndex;
  close(): void;
}

/** Accounts whose index is kept open, and the memory for pages of each, KiB. */
const mostOpen = 32;
const pages = 256;
/** So long, milliseconds, a file is believed to be the one at its path. */
const believed = 1000;
/** An index that could not be opened or read is left to the worker for so long, milliseconds. */
const leftAlone = 5000;

export function createNearIndexes(now = () => performance.now()): NearIndexes {
  /** In order of last use. */
  const open = new Map<string, NearIndexFile>();
  return {
    of: (path, maildir) => ({
      ask(read) {
        if (isKnownLocal(maildir) !== true || isKnownLocal(dirname(path)) !== true) return undefined;
        const known = open.get(path);
        open.delete(path);
        const file = known ?? new NearIndexFile(path, now);
        open.set(path, file);
        for (const [other, { close }] of open) {
          if (open.size <= mostOpen) break;
          close();
          open.delete(other);
        }
        return file.ask(read);
      },
    }),
    close() {
      for (const { close } of open.values()) close();
      open.clear();
    },
  };
}

class NearIndexFile {
  readonly #path: string;
  readonly #now: () => number;
  readonly #patience: Patience;
  #db: Database.Database | undefined;
  #inode = 0;
  #lookedAt = 0;
  #restsUntil = Number.NEGATIVE_INFINITY;
  readonly #statements = new Map<string, Database.Statement<unknown[]>>();

  constructor(path: string, now: () => number) {
    this.#path = path;
    this.#now = now;
    this.#patience = new Patience();
  }

  readonly close = (): void => {
    this.#statements.clear();
    this.#db?.close();
    this.#db = undefined;
  };

  ask<Answer>(read: (rows: ReadRows) => Answer | undefined): Answer | undefined {
    const begun = this.#now();
    if (begun < this.#restsUntil || !this.#patience.begin(begun)) return undefined;
    try {
      if (!this.#isSame(begun)) this.#open(begun);
      return read(this.#rows);
    } catch {
      // Not there, locked or damaged: the worker finds out which, and says so.
      this.close();
      this.#restsUntil = begun + leftAlone;
      return undefined;
    } finally {
      this.#patience.end(begun, this.#now());
    }
  }

  /** Is the open file the one at the path? The worker sets a damaged index aside and makes another. */
  #isSame(now: number): boolean {
    if (this.#db === undefined) return false;
    if (now - this.#lookedAt < believed) return true;
    this.#lookedAt = now;
    return statSync(this.#path, { throwIfNoEntry: false })?.ino === this.#inode;
  }

  #open(now: number): void {
    this.close();
    this.#inode = statSync(this.#path).ino;
    this.#lookedAt = now;
    const db = new Database(this.#path, { readonly: true, fileMustExist: true, timeout: 0 });
    this.#db = db;
    if (db.pragma('user_version', { simple: true }) !== schemaVersion) throw new Error('another version');
    db.pragma(`cache_size = -${pages}`);
  }

  readonly #rows: ReadRows = (sql, ...values) => {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      if (this.#statements.size >= 50) this.#statements.clear();
      statement = this.#db!.prepare<unknown[]>(sql).raw(true);
      this.#statements.set(sql, statement);
    }
    return statement.all(...values) as NearRow[];
  };
}
