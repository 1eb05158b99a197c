// DKIM (RFC 6376): the public halves of the keys that sign mail of the domain, and of those that will. A key that rests
// needs no record for new letters; letters of the last days may still be checked by it, so none is told to go.
import { compareRecord, type RecordFit } from '../../trust/dkim-record.ts';
import { absent, type Judgement, type RecordKind, right, type Why } from './types.ts';

const whys: Readonly<Record<Exclude<RecordFit, 'fits'>, Why>> = {
  revoked: 'dkim-revoked',
  'other key': 'dkim-other-key',
  testing: 'dkim-testing',
  restricted: 'dkim-other-key',
  'no record': 'dkim-other-key',
};

/** How what is published under the name of a key compares with its record. */
export function judgeDkim(wanted: string, published: readonly string[]): Judgement {
  if (published.length === 0) return absent;
  // RFC 6376 3.6.2.2: with several records a receiver may take any of them.
  if (published.length > 1) return { verdict: 'differs', why: 'dkim-several' };
  const fit = compareRecord(wanted, published[0]!);
  return fit === 'fits' ? right : { verdict: 'differs', why: whys[fit] };
}

export const dkim: RecordKind = {
  name: 'dkim',
  questions: ({ signing }) =>
    (signing ?? []).map(({ record, isWaiting }) => ({
      kind: 'dkim',
      name: record.name,
      type: 'TXT',
      wanted: [record.text],
      isOptional: isWaiting,
      judge: (published) => judgeDkim(record.text, published),
    })),
};
