// How many connections to run/inject a user of this machine may hold (security.md A6): enough for what people and their
// programs send, too few to fill the memory or to keep others out. Roles of the system are not counted.

/** Connections at once: that have not said yet who they are, of one user, of all users. */
export interface InjectLimits {
  readonly unknown: number;
  readonly perUid: number;
  readonly users: number;
}

export const injectLimits: InjectLimits = { unknown: 100, perUid: 20, users: 200 };

/** Counts connections by uid. */
export class InjectCrowd {
  readonly #limits: InjectLimits;
  readonly #byUid = new Map<number, number>();
  #users = 0;
  /** How each connection without a name is ended, the oldest first. */
  readonly #unknown = new Set<() => void>();

  constructor(limits: InjectLimits = injectLimits) {
    this.#limits = limits;
  }

  /**
   * A connection that is still to say who it is, which takes no time for who wants to: of too many the oldest goes, so
   * that nobody keeps others out by saying nothing.
   * @param end ends the connection
   */
  enterUnknown(end: () => void): void {
    this.#unknown.add(end);
    if (this.#unknown.size <= this.#limits.unknown) return;
    const [oldest] = this.#unknown;
    this.#unknown.delete(oldest as () => void);
    oldest?.();
  }

  leaveUnknown(end: () => void): void {
    this.#unknown.delete(end);
  }

  /** A connection of this user; false: there are too many. */
  enter(uid: number): boolean {
    const own = this.#byUid.get(uid) ?? 0;
    if (own >= this.#limits.perUid || this.#users >= this.#limits.users) return false;
    this.#byUid.set(uid, own + 1);
    this.#users += 1;
    return true;
  }

  leave(uid: number): void {
    const own = (this.#byUid.get(uid) ?? 1) - 1;
    if (own > 0) this.#byUid.set(uid, own);
    else this.#byUid.delete(uid);
    this.#users -= 1;
  }
}
