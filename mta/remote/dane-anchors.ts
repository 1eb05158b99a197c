// Authorities that mail hosts have shown and that their TLSA records name (DANE-TA), kept in memory: with them the next
// handshake checks its chain at once. They belong to one set of records; when those change they are forgotten.
import { digestRecords } from './dane.ts';
import type { TlsDemand } from './tls-demand.ts';

type DaneDemand = Extract<TlsDemand, { kind: 'dane' }>;

const MOST_SETS = 1000;
/** Authorities of one set: an old one and its successors. */
const MOST_ANCHORS = 40;

export interface KnownAnchors {
  of(demand: DaneDemand): readonly string[];
  /** Adds some (PEM); the oldest go. */
  keep(demand: DaneDemand, pems: readonly string[]): void;
}

export function createKnownAnchors(): KnownAnchors {
  const sets = new Map<string, readonly string[]>();
  const keyOf = ({ base, records }: DaneDemand) => `${base} ${digestRecords(records)}`;
  return {
    of: (demand) => sets.get(keyOf(demand)) ?? [],
    keep(demand, pems) {
      const key = keyOf(demand);
      const known = sets.get(key) ?? [];
      sets.delete(key);
      if (sets.size >= MOST_SETS) sets.delete(sets.keys().next().value!);
      sets.set(key, [...new Set([...pems, ...known])].slice(0, MOST_ANCHORS));
    },
  };
}
