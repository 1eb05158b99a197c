// TLSA (RFC 7672): the key of the mail host, for those who check DNSSEC. It may be missing, for it means something in signed
// zones only; one that names another key keeps mail away and must go.
import { absent, type RecordKind, right } from './types.ts';

export const tlsa: RecordKind = {
  name: 'tlsa',
  questions: ({ host, keyDigest }) =>
    keyDigest === undefined
      ? []
      : [
          {
            kind: 'tlsa',
            name: `_25._tcp.${host}`,
            type: 'TLSA',
            // DANE-EE, the key, SHA-256 (RFC 7672 3.1).
            wanted: [`3 1 1 ${keyDigest}`],
            isOptional: true,
            judge(published) {
              if (published.length === 0) return absent;
              const records = published.map((each) => each.toLowerCase().split(' '));
              const isOurs = ([usage, selector, matching, digest]: readonly string[]): boolean =>
                usage === '3' && selector === '1' && matching === '1' && digest === keyDigest;
              if (records.some(isOurs)) return right;
              // Whether an authority, or the certificate itself, is the right one cannot be told by the key.
              const canTell = records.every(
                ([usage, selector, matching]) => `${usage}${selector}${matching}` === '311',
              );
              return { verdict: canTell ? 'differs' : 'unknown', why: 'tlsa-other' };
            },
          },
        ],
};
