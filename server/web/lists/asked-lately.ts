// How often a network of strangers asked for something in the last hour, in memory: a restart forgets it, which is all
// right where something durable stands behind it.

const HOUR = 3_600_000;
/** Per network and hour. */
const MOST = 20;
/** Networks that are remembered; the one that asked first goes first. */
const MOST_NETWORKS = 10_000;

export class AskedLately {
  readonly #clock: () => number;
  readonly #times = new Map<string, number[]>();

  /** @param clock milliseconds since 1970 */
  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /** Counts a question. False: the network has had its share of this hour. */
  mayAsk(network: string): boolean {
    const now = this.#clock();
    const recent = (this.#times.get(network) ?? []).filter((time) => time > now - HOUR);
    this.#times.delete(network);
    this.#times.set(network, recent);
    for (const other of this.#times.keys()) {
      if (this.#times.size <= MOST_NETWORKS) break;
      this.#times.delete(other);
    }
    if (recent.length >= MOST) return false;
    recent.push(now);
    return true;
  }
}
