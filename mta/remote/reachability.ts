// Which servers can be connected to, as the last tries showed, so that a dead one does not hold a delivery slot for each
// letter that goes there (security.md X8). An address of which nothing is known is tried by one letter first; the others
// wait a moment for what it finds. After a failure the address rests, longer each time; then one letter tries again.
// qmail's own table of timeouts (tcpto.ts) stands beside this: it knows IPv4 addresses for an hour, this for minutes.

/** Milliseconds that a first try may keep others waiting; also how long they try when it has just gone well. */
export const PATIENCE_MS = 4000;
/** An address that answered so many milliseconds ago needs no first try. */
const TRUST_MS = 5000;
/** Milliseconds of rest after the first failure, doubled by each further one up to the longest. */
const REST: Readonly<Record<Failure, readonly [first: number, longest: number]>> = {
  // A refusal costs nothing and a server that is started anew is back in seconds.
  refused: [1000, 60_000],
  silent: [30_000, 300_000],
};
/** Addresses remembered. */
const MAX_ADDRESSES = 1000;

export type Failure = 'refused' | 'silent';

/** `first`: the only one who tries now. `go`: others do well there. `rest`: leave it alone. */
export type Permission = 'first' | 'go' | 'rest';

export interface Reachability {
  /** May we connect? After `first` or `go` one of the two below must follow. */
  ask(address: string): Promise<Permission>;
  /** The connection stands. For an address that has failed before only the whole greeting counts. */
  connected(address: string): void;
  /** The server talks. */
  succeeded(address: string): void;
  failed(address: string, permission: Permission, failure: Failure): void;
}

interface Known {
  failures: number;
  /** Milliseconds, by `now`. */
  restUntil: number;
  answeredAt: number;
  probe: { readonly since: number; readonly waiting: (() => void)[] } | undefined;
}

/** @param now milliseconds of a clock that never goes back */
export function createReachability(
  now: () => number = () => performance.now(),
  patienceMs: number = PATIENCE_MS,
): Reachability {
  const addresses = new Map<string, Known>();

  const know = (address: string): Known => {
    const known = addresses.get(address) ?? {
      failures: 0,
      restUntil: 0,
      answeredAt: Number.NEGATIVE_INFINITY,
      probe: undefined,
    };
    // The last asked for is the last to be forgotten.
    addresses.delete(address);
    addresses.set(address, known);
    if (addresses.size > MAX_ADDRESSES)
      for (const [each, { probe }] of addresses) {
        if (probe) continue;
        addresses.delete(each);
        break;
      }
    return known;
  };
  const endProbe = (known: Known) => {
    const probe = known.probe;
    known.probe = undefined;
    for (const wake of probe?.waiting ?? []) wake();
  };
  /** Waits for the end of a try, `ms` at most. */
  const waitForProbe = (waiting: (() => void)[], ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });

  const succeed = (known: Known) => {
    known.failures = 0;
    known.answeredAt = now();
    endProbe(known);
  };

  return {
    async ask(address) {
      const known = know(address);
      if (now() - known.answeredAt < TRUST_MS) return 'go';
      if (known.probe) {
        const left = known.probe.since + patienceMs - now();
        if (known.failures > 0 || left <= 0) return 'rest';
        await waitForProbe(known.probe.waiting, left);
        return now() - known.answeredAt < TRUST_MS ? 'go' : 'rest';
      }
      if (known.failures > 0 && now() < known.restUntil) return 'rest';
      known.probe = { since: now(), waiting: [] };
      return 'first';
    },

    connected(address) {
      const known = know(address);
      if (known.failures === 0) succeed(known);
    },

    succeeded: (address) => succeed(know(address)),

    failed(address, permission, failure) {
      const known = know(address);
      known.answeredAt = Number.NEGATIVE_INFINITY;
      // Of many who were under way together one is enough to tell.
      if (permission === 'first' || now() >= known.restUntil) {
        const [first, longest] = REST[failure];
        known.restUntil = now() + Math.min(longest, first * 2 ** known.failures);
        known.failures = Math.min(known.failures + 1, 20);
      }
      if (permission === 'first') endProbe(known);
    },
  };
}
