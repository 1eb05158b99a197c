// Sequence sets (RFC 9051 9, sequence-set): numbers of messages or UIDs as ranges, `*` for the last, `$` for the saved
// result (RFC 5182). Pure; which messages are meant is selected.ts.

/** `*` in a range: no number is 0. */
export const last = 0;

/** As written: ranges may be turned round, overlap and come in any order. */
export interface SequenceSet {
  readonly ranges: readonly (readonly [number, number])[];
  /** `$`. */
  readonly isSaved: boolean;
}

/** Ascending ranges that do not touch each other; `*` is `most`. */
export function sortRanges(set: SequenceSet, most: number): (readonly [number, number])[] {
  const plain = set.ranges.map(([from, to]): [number, number] => {
    const a = from === last ? most : from;
    const b = to === last ? most : to;
    return a <= b ? [a, b] : [b, a];
  });
  plain.sort((one, other) => one[0] - other[0]);
  const merged: [number, number][] = [];
  for (const range of plain) {
    const before = merged.at(-1);
    if (before && range[0] <= before[1] + 1) before[1] = Math.max(before[1], range[1]);
    else merged.push(range);
  }
  return merged;
}

/** `1:4,7`: numbers in their order, runs that go up one by one as ranges. '' for none. */
export function formatSet(numbers: ArrayLike<number>): string {
  let text = '';
  for (let at = 0; at < numbers.length; ) {
    const from = numbers[at]!;
    let to = from;
    while (++at < numbers.length && numbers[at] === to + 1) to++;
    text += `${text === '' ? '' : ','}${from === to ? from : `${from}:${to}`}`;
  }
  return text;
}

/** Index of the first element that is not less; the length when all are. */
export function lowerBound(sorted: ArrayLike<number>, value: number): number {
  let from = 0;
  let to = sorted.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (sorted[middle]! < value) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** Index of a value in ascending numbers; -1 when it is not there. */
export function indexIn(sorted: ArrayLike<number>, value: number): number {
  const at = lowerBound(sorted, value);
  return sorted[at] === value ? at : -1;
}
