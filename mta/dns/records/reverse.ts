// PTR: the names of the addresses that we send from. Many hosts refuse mail from an address without one, or whose name is
// not the one that greets. Whoever owns the address publishes it, mostly the provider.
import { arpaName } from '../lookup.ts';
import { bareName } from './names.ts';
import { absent, type RecordKind, right } from './types.ts';

export const reverseName: RecordKind = {
  name: 'reverse',
  questions: ({ host, helo, addresses }, resolved) =>
    (addresses.length > 0 ? addresses : resolved).map((address) => ({
      kind: 'reverse',
      name: arpaName(address),
      type: 'PTR',
      wanted: [host],
      isOptional: false,
      judge(published) {
        if (published.length === 0) return absent;
        const names = published.map(bareName);
        if ([host, helo].some((one) => names.includes(bareName(one)))) return right;
        return { verdict: 'differs', why: 'other-values', value: names.join(', ') };
      },
    })),
};
