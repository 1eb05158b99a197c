// Whether a DNS list is one (RFC 5782 5). A list that has died often answers yes to everything, and would turn all mail
// away: it is asked for its test entries when it is first used and every hour, and switched off while it lists what no list
// may list. What is found is told once in the log.
import type { RecordLookup } from '../../dns/record-lookup.ts';
import type { Log } from '../../log.ts';
import { quoted } from '../../log.ts';
import { testEntries } from './list-names.ts';

const HOUR = 3600_000;
/** After a look that gave no answer. */
const AGAIN = 300_000;

/** `everything`: it is not asked. `nothing`: its test entry is missing; it is asked, but may be dead. */
export type ListState = 'right' | 'everything' | 'nothing' | 'unknown';

interface Known {
  state: ListState;
  until: number;
  looking: Promise<ListState> | undefined;
}

export class ListHealth {
  readonly #log: Log;
  readonly #now: () => number;
  readonly #known = new Map<string, Known>();

  /** @param now milliseconds */
  constructor(log: Log, now: () => number) {
    this.#log = log;
    this.#now = now;
  }

  /** What is known of a list; looks first when that is nothing, and beside when it is old. Never rejects. */
  state(kind: 'ip' | 'domain', zone: string, lookup: RecordLookup): ListState | Promise<ListState> {
    const key = `${kind} ${zone}`;
    const known = this.#known.get(key) ?? { state: 'unknown', until: 0, looking: undefined };
    this.#known.set(key, known);
    if (known.until <= this.#now()) known.looking ??= this.#look(known, kind, zone, lookup);
    return known.state === 'unknown' && known.looking !== undefined ? known.looking : known.state;
  }

  async #look(known: Known, kind: 'ip' | 'domain', zone: string, lookup: RecordLookup): Promise<ListState> {
    const { listed, free } = testEntries[kind];
    const [must, mustNot] = await Promise.all([
      lookup.records(`${listed}.${zone}`, 'A'),
      lookup.records(`${free}.${zone}`, 'A'),
    ]);
    const isIn = (answer: typeof must): boolean =>
      answer.kind === 'found' && answer.values.some((value) => value.startsWith('127.'));
    const before = known.state;
    known.looking = undefined;
    if (isIn(mustNot)) known.state = 'everything';
    else if (must.kind === 'soft' || mustNot.kind === 'soft') {
      known.until = this.#now() + AGAIN;
      return known.state;
    } else known.state = isIn(must) ? 'right' : 'nothing';
    known.until = this.#now() + HOUR;
    if (known.state !== before) this.#tell(zone, before, known.state, free);
    return known.state;
  }

  #tell(zone: string, before: ListState, state: ListState, free: string): void {
    const name = quoted(zone);
    if (state === 'everything')
      this.#log(`warning: the list ${name} is switched off: it lists everything, even ${free}`);
    else if (state === 'nothing')
      this.#log(`warning: the list ${name} may be dead: its test entry is missing`);
    else if (before !== 'unknown') this.#log(`status: the list ${name} is in order again`);
  }
}
