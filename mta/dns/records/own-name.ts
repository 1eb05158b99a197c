// A name that should lead to our mail host, as an alias of it or with its addresses: mta-sts.DOMAIN, autoconfig.DOMAIN and the
// like. Pure.
import { isIP } from 'node:net';
import { bareName, isSameAddress } from './names.ts';
import { absent, type Question, right, type SiteFacts } from './types.ts';

/** The question of such a name. */
export const askOwnName = (
  kind: Question['kind'],
  name: string,
  { host, addresses }: Pick<SiteFacts, 'host' | 'addresses'>,
  isOptional: boolean,
): Question => ({
  kind,
  name,
  type: 'CNAME',
  instead: ['A', 'AAAA'],
  wanted: [host],
  isOptional,
  judge(published) {
    if (published.length === 0) return absent;
    const isOurs = (value: string): boolean =>
      isIP(value) === 0
        ? bareName(value) === bareName(host)
        : addresses.some((address) => isSameAddress(address, value));
    if (published.some(isOurs)) return right;
    // Without own addresses an address tells nothing.
    const isUnsure = addresses.length === 0 && published.some((each) => isIP(each) !== 0);
    return {
      verdict: isUnsure ? 'unknown' : 'differs',
      why: 'alias-elsewhere',
      value: published.join(', '),
    };
  },
});
