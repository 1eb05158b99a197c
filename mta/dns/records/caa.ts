// CAA (RFC 8659): which issuers may give certificates for the mail host. Wanted when the issuer of the present certificate
// is known; records that leave it out would stop the next renewal.
import { lowerAscii } from '../../formats/address.ts';
import { absent, type RecordKind, right } from './types.ts';

/** The issuer of an `issue` property; undefined for other properties, '' for "nobody". */
function issuerOf(record: string): string | undefined {
  const match = /^\d+ issue "?([^";]*)/i.exec(record);
  return match ? lowerAscii(match[1]!.trim()) : undefined;
}

export const caa: RecordKind = {
  name: 'caa',
  questions: ({ host, issuer }) =>
    issuer === undefined
      ? []
      : [
          {
            kind: 'caa',
            name: host,
            type: 'CAA',
            wanted: [`0 issue "${issuer}"`],
            isOptional: true,
            climbs: true,
            judge(published) {
              const issuers = published.map(issuerOf).filter((each) => each !== undefined);
              // Without an issue property everybody may (RFC 8659 4.2).
              if (issuers.length === 0) return absent;
              if (issuers.includes(lowerAscii(issuer))) return right;
              return { verdict: 'differs', why: 'caa-forbids', value: issuers.filter(Boolean).join(', ') };
            },
          },
        ],
};
