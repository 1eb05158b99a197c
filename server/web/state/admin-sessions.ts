// Leave to administer (security.md W1, A8): whoever opens the admin pages gives the password once more, and this
// browser may administer for an hour. Leave belongs to one sign-in session and ends with it; the cookie holds 256 random
// bits and a signature, the database their SHA-256.
import { createHash, randomBytes } from 'node:crypto';
import { equalSecrets, sign } from '../shell/tickets.ts';
import type { StateDatabase } from './database.ts';

/** How long leave lasts, milliseconds. */
export const adminLifetime = 3600_000;

export interface AdminSessions {
  /** Gives leave to a session, by its hash; gives the cookie value. */
  begin(session: string): string;
  /** Does this cookie hold leave for this session, now? */
  isOpen(cookie: string, session: string): boolean;
  /** Ends every leave of a session. */
  end(session: string): void;
  prune(): void;
}

const hashOf = (id: string): string => createHash('sha256').update(id).digest('base64url');

export function openAdminSessions(database: StateDatabase, key: Buffer, now: () => number): AdminSessions {
  const insert = database.prepare('insert into web_admin_sessions values (?, ?, ?)');
  const select = database.prepare(
    'select 1 from web_admin_sessions where hash = ? and session = ? and until > ?',
  );
  const remove = database.prepare('delete from web_admin_sessions where session = ?');
  const removeOld = database.prepare('delete from web_admin_sessions where until <= ?');
  return {
    begin(session) {
      remove.run(session);
      const id = randomBytes(32).toString('base64url');
      insert.run(hashOf(id), session, now() + adminLifetime);
      return `${id}.${sign(key, 'admin', id)}`;
    },
    isOpen(cookie, session) {
      const [id = '', mac = '', more] = cookie.split('.');
      if (more !== undefined || id.length !== 43 || !equalSecrets(mac, sign(key, 'admin', id))) return false;
      return select.get(hashOf(id), session, now()) !== undefined;
    },
    end(session) {
      remove.run(session);
    },
    prune() {
      removeOld.run(now());
    },
  };
}
