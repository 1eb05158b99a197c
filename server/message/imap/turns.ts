// Long sorting in turns: work over a hundred thousand messages gives the event loop back every few milliseconds, so that
// no session waits for another's SORT. Stable merge sort over numbers of rows.

/** How long one turn lasts, milliseconds. */
const turnLength = 10;
/** Rows of a run that is sorted at once. */
const runLength = 2_048;

/** Asked now and then within a loop: a promise to wait for when the turn is over. */
export type Turns = () => Promise<void> | undefined;

export function createTurns(): Turns {
  let begun = performance.now();
  return () => {
    if (performance.now() - begun < turnLength) return undefined;
    return new Promise((resolve) =>
      setImmediate(() => {
        begun = performance.now();
        resolve();
      }),
    );
  };
}

/** Sorts numbers of rows, stable. `compare` must not change its mind. */
export async function sortInTurns(
  rows: readonly number[],
  compare: (a: number, b: number) => number,
  turns: Turns,
): Promise<number[]> {
  if (rows.length <= runLength) return [...rows].sort(compare);
  let from: number[] = [];
  for (let at = 0; at < rows.length; at += runLength) {
    for (const row of rows.slice(at, at + runLength).sort(compare)) from.push(row);
    const wait = turns();
    if (wait) await wait;
  }
  let to: number[] = new Array<number>(rows.length);
  for (let width = runLength; width < rows.length; width *= 2) {
    for (let start = 0; start < rows.length; start += width * 2) {
      const middle = Math.min(start + width, rows.length);
      const end = Math.min(start + width * 2, rows.length);
      let [left, right] = [start, middle];
      for (let at = start; at < end; at++) {
        const takesLeft = left < middle && (right >= end || compare(from[left]!, from[right]!) <= 0);
        to[at] = takesLeft ? from[left++]! : from[right++]!;
        if ((at & 1_023) === 0) {
          const wait = turns();
          if (wait) await wait;
        }
      }
    }
    [from, to] = [to, from];
  }
  return from;
}
