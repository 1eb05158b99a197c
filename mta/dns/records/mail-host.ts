// MX: who takes the mail of the domain (RFC 5321 5.1). Ours has to be among them; others may stand beside or before it (a
// second site, a filter that hands on).
import { bareName } from './names.ts';
import { absent, type RecordKind, right } from './types.ts';

export const mailHost: RecordKind = {
  name: 'mx',
  questions: ({ domain, host }) => [
    {
      kind: 'mx',
      name: domain,
      type: 'MX',
      wanted: [`10 ${host}`],
      isOptional: false,
      judge(published) {
        const hosts = published.map((each) => {
          const [preference = '', name = ''] = each.split(' ');
          return { preference: Number(preference), name: bareName(name) };
        });
        if (hosts.length === 0) return absent;
        // RFC 7505: a domain that takes no mail.
        if (hosts.every(({ name }) => name === '.' || name === ''))
          return { verdict: 'differs', why: 'mx-null' };
        const ours = hosts.filter(({ name }) => name === bareName(host));
        const others = hosts.filter(({ name }) => name !== bareName(host));
        const value = others.map(({ name }) => name).join(', ');
        if (ours.length === 0) return { verdict: 'differs', why: 'mx-elsewhere', value };
        if (others.length === 0) return right;
        const best = Math.min(...ours.map(({ preference }) => preference));
        const before = others.filter(({ preference }) => preference < best);
        return before.length > 0
          ? { verdict: 'right', why: 'mx-behind', value: before.map(({ name }) => name).join(', ') }
          : { verdict: 'right', why: 'mx-others', value };
      },
    },
  ],
};
