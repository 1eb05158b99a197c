// The audit log (security.md A8): who did what to what, and what was refused, in HOME/audit/audit.sqlite. Entries are added and
// never changed; the oldest go when there are too many of them or they are too old. Details name what changed, never a
// password or a hash. A refused attempt at something that is not the actor's is noted in the actor's domain, not in the
// one it aimed at.
import { chmod, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import type { AuditEntry } from '../administration.ts';

/** Days and entries that are kept. */
const KEPT_DAYS = 400;
const KEPT_ENTRIES = 1_000_000;
/** Old ones are looked for once in so many entries. */
const PRUNE_EVERY = 1000;
const MAX_DETAILS = 1000;

const schema = `
create table if not exists audit (
  id integer primary key, at integer not null, domain text not null, actor text not null, ip text not null,
  action text not null, object text not null, details text not null);
create index if not exists audit_domain on audit (domain, id);
create trigger if not exists audit_kept before update on audit begin select raise(abort, 'audit is only added to'); end;
`;

export type NewEntry = Omit<AuditEntry, 'id' | 'at'> & {
  /** Whose administrators see it; '' for the system's only. */
  readonly domain: string;
};

export interface AuditLog {
  add(entry: NewEntry): void;
  /** Latest first; `domain`: only of this one. */
  list(query: {
    readonly domain?: string | undefined;
    readonly search?: string | undefined;
    readonly before?: number | undefined;
    readonly limit: number;
  }): readonly AuditEntry[];
  close(): void;
}

/** Control characters and lone surrogates are not kept. */
const clean = (text: string): string =>
  text
    .toWellFormed()
    .replace(/[\p{Cc}\u2028\u2029]/gu, '?')
    .slice(0, MAX_DETAILS);

export async function openAuditLog(path: string, now: () => number = Date.now): Promise<AuditLog> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const database = new Database(path, { timeout: 2000 });
  await chmod(path, 0o600);
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = NORMAL');
  database.exec(schema);
  const insert = database.prepare(
    'insert into audit (at, domain, actor, ip, action, object, details) values (?, ?, ?, ?, ?, ?, ?)',
  );
  const removeOld = database.prepare('delete from audit where at < ?');
  const removeExcess = database.prepare('delete from audit where id <= (select max(id) from audit) - ?');
  const select = database.prepare<unknown[], AuditEntry>(
    `select id, at, actor, ip, action, object, details from audit
     where (@domain is null or domain = @domain) and (@before is null or id < @before)
       and (@search is null or actor like @search escape '\\' or object like @search escape '\\'
         or action like @search escape '\\' or details like @search escape '\\' or ip like @search escape '\\')
     order by id desc limit @limit`,
  );
  let added = 0;
  const prune = (): void => {
    removeOld.run(now() - KEPT_DAYS * 86_400_000);
    removeExcess.run(KEPT_ENTRIES);
  };
  prune();
  return {
    add({ domain, actor, ip, action, object, details }) {
      insert.run(now(), domain, clean(actor), clean(ip), clean(action), clean(object), clean(details));
      added += 1;
      if (added % PRUNE_EVERY === 0) prune();
    },
    list({ domain, search, before, limit }) {
      const pattern = search?.trim() ? `%${search.trim().replace(/[\\%_]/g, '\\$&')}%` : null;
      return select.all({
        domain: domain ?? null,
        before: before ?? null,
        search: pattern,
        limit: Math.min(500, Math.max(1, limit)),
      });
    },
    close: () => void database.close(),
  };
}
