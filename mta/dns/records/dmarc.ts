// DMARC (RFC 7489): what others should do with mail that only claims to be of the domain, and where they report. A start
// that changes nothing is wanted (p=none); whoever asks for more is right as well.
import { absent, type Judgement, type RecordKind, right } from './types.ts';

function judgeDmarc(published: readonly string[]): Judgement {
  // RFC 7489 6.6.3: records that do not begin so are none, and of several none counts.
  const records = published.filter((text) => /^v\s*=\s*DMARC1\s*(?:;|$)/.test(text.trim()));
  const [record] = records;
  if (record === undefined) return absent;
  if (records.length > 1) return { verdict: 'differs', why: 'dmarc-several' };
  const tags = new Map(
    record.split(';').map((part) => {
      const at = part.indexOf('=');
      return [part.slice(0, Math.max(0, at)).trim().toLowerCase(), part.slice(at + 1).trim()] as const;
    }),
  );
  const policy = tags.get('p')?.toLowerCase() ?? '';
  if (!['none', 'quarantine', 'reject'].includes(policy))
    return { verdict: 'differs', why: 'dmarc-policy', value: policy };
  return right;
}

export const dmarc: RecordKind = {
  name: 'dmarc',
  questions: ({ domain, reportsTo = `postmaster@${domain}` }) => [
    {
      kind: 'dmarc',
      name: `_dmarc.${domain}`,
      type: 'TXT',
      wanted: [`v=DMARC1; p=none; rua=mailto:${reportsTo}`],
      isOptional: false,
      // RFC 7489 6.6.3, RFC 9989 4.10: a domain without one has that of its organisation.
      climbs: true,
      judge: judgeDmarc,
    },
  ],
};
