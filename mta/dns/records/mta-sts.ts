// MTA-STS (RFC 8461): the record that tells of the policy that is served here, and the name it is fetched from. Only asked for
// where the site has switched a policy on; what others serve for the domain is their business.
import { askOwnName } from './own-name.ts';
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
          askOwnName('mta-sts', `mta-sts.${domain}`, { host, addresses }, false),
        ],
};
