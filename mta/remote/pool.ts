// Sessions kept between two letters to the same place, so that the next one needs no connection, greeting and TLS
// handshake of its own. The last one given back is taken first: it is the surest to be alive. A session that ends or
// speaks while it is kept is dropped at once. What a letter does over a session is not decided here.
import { type Session, sessionIsFit } from './session.ts';

export interface PoolLimits {
  /** Milliseconds that a session is kept without a letter. */
  readonly idleMs: number;
  /** Letters over one session. */
  readonly letters: number;
  /** Sessions kept for one place. */
  readonly perPlace: number;
  /** Sessions kept in all. */
  readonly total: number;
}

export const POOL_LIMITS: PoolLimits = { idleMs: 3000, letters: 100, perPlace: 500, total: 1000 };

interface Kept {
  readonly session: Session;
  readonly place: string;
  /** Milliseconds since 1970. */
  readonly until: number;
}

/** Kept sessions by place: address, port, name, how TLS is used and who we are there. */
export interface SessionPool {
  take(place: string): Session | undefined;
  /** Keeps the session, or ends it with QUIT when it has done its share or there are enough. */
  give(place: string, session: Session): void;
  /** Ends all with QUIT and keeps none from now on; resolves when they are gone, 2 s at most. */
  close(): Promise<void>;
}

export function createSessionPool(limits: PoolLimits = POOL_LIMITS): SessionPool {
  const places = new Map<string, Kept[]>();
  // In the order in which they were given, so the first is the first to end.
  const byAge = new Set<Kept>();
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;

  const remove = (kept: Kept) => {
    kept.session.connection.whenDisturbed(undefined);
    byAge.delete(kept);
    const there = places.get(kept.place) ?? [];
    const at = there.indexOf(kept);
    if (at >= 0) there.splice(at, 1);
    if (there.length === 0) places.delete(kept.place);
  };
  const endOldOnes = () => {
    timer = undefined;
    const now = Date.now();
    for (const kept of byAge) {
      if (kept.until > now) {
        timer = setTimeout(endOldOnes, kept.until - now).unref();
        return;
      }
      remove(kept);
      void kept.session.connection.quit();
    }
  };

  return {
    take(place) {
      const kept = places.get(place)?.at(-1);
      if (!kept) return undefined;
      remove(kept);
      return kept.session;
    },

    give(place, session) {
      const there = places.get(place) ?? [];
      const isEnough = there.length >= limits.perPlace || byAge.size >= limits.total;
      if (isClosed || isEnough || session.letters >= limits.letters || !sessionIsFit(session)) {
        void session.connection.quit();
        return;
      }
      const kept = { session, place, until: Date.now() + limits.idleMs };
      there.push(kept);
      places.set(place, there);
      byAge.add(kept);
      session.connection.whenDisturbed(() => {
        remove(kept);
        void session.connection.quit();
      });
      // The sessions keep the program alive as long as there are any.
      timer ??= setTimeout(endOldOnes, limits.idleMs).unref();
    },

    async close() {
      isClosed = true;
      clearTimeout(timer);
      const sessions = [...byAge];
      for (const kept of sessions) remove(kept);
      await Promise.all(sessions.map(({ session }) => session.connection.quit()));
    },
  };
}
