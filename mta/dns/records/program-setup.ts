// autoconfig.DOMAIN and autodiscover.DOMAIN: where mail programs ask how they are set up (Thunderbird's autoconfiguration,
// Microsoft's Autodiscover). Names of the mail host, as aliases or with its addresses.
import { isIP } from 'node:net';
import { bareName, isSameAddress } from './names.ts';
import { absent, type RecordKind, right } from './types.ts';

export const programSetup: RecordKind = {
  name: 'setup',
  questions: ({ domain, host, addresses }) =>
    ['autoconfig', 'autodiscover'].map((label) => ({
      kind: 'setup',
      name: `${label}.${domain}`,
      type: 'CNAME',
      instead: ['A', 'AAAA'],
      wanted: [host],
      isOptional: true,
      judge(published) {
        if (published.length === 0) return absent;
        const isOurs = (value: string): boolean =>
          isIP(value) === 0
            ? bareName(value) === bareName(host)
            : addresses.some((address) => isSameAddress(address, value));
        if (published.some(isOurs)) return right;
        const value = published.join(', ');
        // Without own addresses an address tells nothing.
        const isUnsure = addresses.length === 0 && published.some((each) => isIP(each) !== 0);
        return { verdict: isUnsure ? 'unknown' : 'differs', why: 'alias-elsewhere', value };
      },
    })),
};
