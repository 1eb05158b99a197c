// MTA-STS (RFC 8461): the record that tells of the policy that is served here, and the name it is fetched from. Only asked for
// where the site has switched a policy on; what others serve for the domain is their business.
import { isIP } from 'node:net';
import { bareName, isSameAddress } from './names.ts';
import { absent, type RecordKind, right } from './types.ts';

export const mtaSts: RecordKind = {
  name: 'mta-sts',
  questions: ({ domain, host, addresses, sts }) =>
    sts === undefined
      ? []
      : [
          {
            kind: 'mta-sts',
            name: `_mta-sts.${domain}`,
            type: 'TXT',
            wanted: [sts],
            isOptional: false,
            judge(published) {
              // RFC 8461 3.1: of several none counts.
              const records = published.filter((text) => /^v=STSv1\s*;/.test(text));
              const [record] = records;
              if (record === undefined) return absent;
              if (records.length > 1) return { verdict: 'differs', why: 'several' };
              const idOf = (text: string) => /;\s*id=([^;\s]+)/.exec(text)?.[1];
              return idOf(record) === idOf(sts) ? right : { verdict: 'differs', why: 'sts-id' };
            },
          },
          {
            kind: 'mta-sts',
            name: `mta-sts.${domain}`,
            type: 'CNAME',
            instead: ['A', 'AAAA'],
            wanted: [host],
            isOptional: false,
            judge(published) {
              if (published.length === 0) return absent;
              const isOurs = (value: string): boolean =>
                isIP(value) === 0
                  ? bareName(value) === bareName(host)
                  : addresses.some((address) => isSameAddress(address, value));
              if (published.some(isOurs)) return right;
              const isUnsure = addresses.length === 0 && published.some((each) => isIP(each) !== 0);
              return {
                verdict: isUnsure ? 'unknown' : 'differs',
                why: 'alias-elsewhere',
                value: published.join(', '),
              };
            },
          },
        ],
};
