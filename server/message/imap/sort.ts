// SORT (RFC 5256 3, RFC 5957) over the keys made when messages were parsed: no file is opened. Equal ones stay in the
// order of their sequence numbers, also under REVERSE. In turns, so that a large folder holds up nobody.
import type { SortFacts } from '../../mailbox/uid-types.ts';
import { octetOrderKey } from './casemap.ts';
import { createTurns, sortInTurns } from './turns.ts';

/** RFC 5256 sort-key, RFC 5957. */
export type SortKey =
  | 'ARRIVAL'
  | 'CC'
  | 'DATE'
  | 'FROM'
  | 'SIZE'
  | 'SUBJECT'
  | 'TO'
  | 'DISPLAYFROM'
  | 'DISPLAYTO';

export interface SortCriterion {
  readonly key: SortKey;
  readonly isReverse: boolean;
}

/** A message as SORT and THREAD know it. */
export interface SortRow {
  readonly uid: number;
  /** INTERNALDATE, milliseconds since 1970. */
  readonly received: number;
  /** RFC822.SIZE. */
  readonly size: number;
  readonly facts: SortFacts;
}

const numberKeys: Partial<Record<SortKey, (row: SortRow) => number>> = {
  ARRIVAL: (row) => row.received,
  SIZE: (row) => row.size,
  DATE: sentDate,
};

const textKeys: Partial<Record<SortKey, (row: SortRow) => string>> = {
  CC: ({ facts }) => facts.cc,
  FROM: ({ facts }) => facts.from,
  SUBJECT: ({ facts }) => facts.baseSubject,
  TO: ({ facts }) => facts.to,
  DISPLAYFROM: ({ facts }) => facts.displayFrom,
  DISPLAYTO: ({ facts }) => facts.displayTo,
};

/** RFC 5256 2.2: the date of a message that tells none is when it arrived. */
export function sentDate(row: SortRow): number {
  return row.facts.sent || row.received;
}

/** Compares rows by one criterion. */
function comparer(
  rows: readonly SortRow[],
  { key, isReverse }: SortCriterion,
): (a: number, b: number) => number {
  const sign = isReverse ? -1 : 1;
  const number = numberKeys[key];
  if (number) {
    const values = Float64Array.from(rows, number);
    return (a, b) => (values[a]! - values[b]!) * sign;
  }
  const values = rows.map((row) => octetOrderKey(textKeys[key]!(row)));
  return (a, b) => {
    const [left, right] = [values[a]!, values[b]!];
    return left === right ? 0 : left < right ? -sign : sign;
  };
}

/**
 * Sorts.
 * @param rows ascending by sequence number.
 * @returns UIDs in the order asked for.
 */
export async function sortMessages(
  rows: readonly SortRow[],
  criteria: readonly SortCriterion[],
): Promise<number[]> {
  const comparers = criteria.map((criterion) => comparer(rows, criterion));
  const [first] = comparers;
  const compare =
    comparers.length === 1 && first
      ? first
      : (a: number, b: number): number => {
          for (const one of comparers) {
            const order = one(a, b);
            if (order !== 0) return order;
          }
          return 0;
        };
  const order = await sortInTurns([...rows.keys()], compare, createTurns());
  return order.map((row) => rows[row]!.uid);
}
