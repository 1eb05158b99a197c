// How many connections to run/inject a user of this machine may hold (security.md A6): enough for what people and their
// programs send, too few to fill the memory or to keep others out. Roles of the system are not counted.

/** Connections at once: of all that have not said yet who they are, of one user, of all users. */
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
  #unknown = 0;

  constructor(limits: InjectLimits = injectLimits) {
    this.#limits = limits;
  }

  /** A connection that is still to be identified; false: there are too many. */
  enterUnknown(): boolean {
    if (this.#unknown >= this.#limits.unknown) return false;
    this.#unknown += 1;
    return true;
  }

  leaveUnknown(): void {
    this.#unknown -= 1;
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
