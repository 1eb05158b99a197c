// The reputation of a network: how many of its letters of the last seven days were junk, and how many recipients did not
// exist. One with mostly bad letters has fewer connections at once and a second; nothing is refused for it, and a network
// of which little is known has none. What changes is told in the log with its numbers.
import type { Log } from '../log.ts';
import type { JunkStore, Turnout } from './greylist/store.ts';

/** How a network stands. */
export interface Standing {
  readonly level: 'plain' | 'poor' | 'bad';
  /** Connections at once, and new ones a second; undefined: as for everyone. */
  readonly connections: number | undefined;
  readonly connectionsPerSecond: number | undefined;
  /** For the log: what it comes from. */
  readonly words: string;
}

const levels = [
  { level: 'bad', least: 20, share: 0.9, connections: 2, connectionsPerSecond: 1 },
  { level: 'poor', least: 10, share: 0.5, connections: 10, connectionsPerSecond: 5 },
] as const;

/** Judges what is known of a network. Pure. */
export function judgeTurnout({ good, bad, unknown }: Turnout): Standing {
  const all = good + bad + unknown;
  const words = `${bad} letters of ${good + bad} were junk and ${unknown} recipients unknown in the last 7 days`;
  const found = levels.find(({ least, share }) => all >= least && (bad + unknown) / all >= share);
  if (found === undefined)
    return { level: 'plain', connections: undefined, connectionsPerSecond: undefined, words };
  const { level, connections, connectionsPerSecond } = found;
  return { level, connections, connectionsPerSecond, words };
}

/** Seconds for which a standing is used before it is looked at again. */
const TRUSTED = 60;
const MOST_NETWORKS = 10_000;

/** Standings of one process over the shared store. */
export class Reputation {
  readonly #store: () => JunkStore | undefined;
  readonly #log: Log;
  readonly #known = new Map<string, { readonly standing: Standing; readonly until: number }>();

  constructor(store: () => JunkStore | undefined, log: Log) {
    this.#store = store;
    this.#log = log;
  }

  /** @param now seconds since 1970. @throws what the store throws */
  standing(network: string, now: number): Standing | undefined {
    const known = this.#known.get(network);
    if (known !== undefined && known.until > now) return known.standing;
    const store = this.#store();
    if (store === undefined) return undefined;
    const standing = judgeTurnout(store.turnout(network, now));
    const before = known?.standing.level ?? 'plain';
    if (standing.level !== before)
      this.#log(
        standing.connections === undefined
          ? `smtpd: network ${network} is held to the usual limits again: ${standing.words}`
          : `smtpd: network ${network} is held to ${standing.connections} connections at once: ${standing.words}`,
      );
    this.#known.delete(network);
    if (this.#known.size >= MOST_NETWORKS) this.#known.delete(this.#known.keys().next().value!);
    this.#known.set(network, { standing, until: now + TRUSTED });
    return standing;
  }
}
