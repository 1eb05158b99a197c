// The words of SORT (RFC 5256 3, RFC 5957): criteria, and what it knows of a message. sort-table.ts sorts.
import type { SortFacts } from '../../mailbox/uid-types.ts';

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

/** RFC 5256 2.2: the date of a message that tells none is when it arrived. */
export function sentDate(row: {
  readonly received: number;
  readonly facts: { readonly sent: number };
}): number {
  return row.facts.sent || row.received;
}
