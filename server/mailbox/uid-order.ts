// The order in which messages that came together get their UIDs: Courier's, the leading number of the name first, then
// its bytes (spec/maildir-imap.md 3.2). Works in steps, so that 100,000 names hold nobody up for long. Pure otherwise.
import { compareBases } from '../../mta/maildir/pop3-size-list.ts';
import { yieldTurn } from './context.ts';

/** Names of one step. */
const step = 2000;

/** A message without a UID. */
export interface Unnumbered {
  readonly id: number;
  readonly base: string;
}

interface Keyed extends Unnumbered {
  readonly time: number;
}

// The leading number is read once a name; only names of one second are compared by their bytes.
const keyOf = (message: Unnumbered): Keyed => ({
  ...message,
  time: Number(/^\d{0,15}/.exec(message.base)![0] || 0),
});

const compareKeyed = (a: Keyed, b: Keyed): number => a.time - b.time || compareBases(a.base, b.base);

/** Sorts by Courier's order: runs of a step each, then merged. */
export async function sortUnnumbered(messages: readonly Unnumbered[]): Promise<Unnumbered[]> {
  let runs: Keyed[][] = [];
  for (let i = 0; i < messages.length; i += step) {
    runs.push(
      messages
        .slice(i, i + step)
        .map(keyOf)
        .sort(compareKeyed),
    );
    if (messages.length > step) await yieldTurn();
  }
  while (runs.length > 1) {
    const merged: Keyed[][] = [];
    for (let i = 0; i < runs.length; i += 2) merged.push(await mergeRuns(runs[i]!, runs[i + 1] ?? []));
    runs = merged;
  }
  return runs[0] ?? [];
}

async function mergeRuns(a: readonly Keyed[], b: readonly Keyed[]): Promise<Keyed[]> {
  const out: Keyed[] = [];
  let [i, j] = [0, 0];
  while (i < a.length && j < b.length) {
    out.push(compareKeyed(a[i]!, b[j]!) <= 0 ? a[i++]! : b[j++]!);
    if (out.length % step === 0) await yieldTurn();
  }
  for (const rest of [a.slice(i), b.slice(j)]) for (const entry of rest) out.push(entry);
  return out;
}
