// The order in which messages that came together get their UIDs: Courier's, the leading number of the name first, then
// its bytes (spec/maildir-imap.md 3.2). Works in steps, so that 100,000 names hold nobody up for long. Pure otherwise.
import { compareBases } from '../../mta/maildir/pop3-size-list.ts';
import { yieldTurn } from './context.ts';

/** Names of one step. */
const step = 4000;

/** A message without a UID. */
export interface Unnumbered {
  readonly id: number;
  readonly base: string;
}

/** Sorts by Courier's order: runs of a step each, then merged. */
export async function sortUnnumbered(messages: readonly Unnumbered[]): Promise<Unnumbered[]> {
  let runs: Unnumbered[][] = [];
  for (let i = 0; i < messages.length; i += step) {
    runs.push(messages.slice(i, i + step).sort((a, b) => compareBases(a.base, b.base)));
    if (messages.length > step) await yieldTurn();
  }
  while (runs.length > 1) {
    const merged: Unnumbered[][] = [];
    for (let i = 0; i < runs.length; i += 2) merged.push(await mergeRuns(runs[i]!, runs[i + 1] ?? []));
    runs = merged;
  }
  return runs[0] ?? [];
}

async function mergeRuns(a: readonly Unnumbered[], b: readonly Unnumbered[]): Promise<Unnumbered[]> {
  const out: Unnumbered[] = [];
  let [i, j] = [0, 0];
  while (i < a.length && j < b.length) {
    out.push(compareBases(a[i]!.base, b[j]!.base) <= 0 ? a[i++]! : b[j++]!);
    if (out.length % step === 0) await yieldTurn();
  }
  for (const rest of [a.slice(i), b.slice(j)]) for (const entry of rest) out.push(entry);
  return out;
}
