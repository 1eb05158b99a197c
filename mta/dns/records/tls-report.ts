// TLS-RPT (RFC 8460 3): where others send what went wrong with TLS on their way to the domain.
import { absent, type RecordKind, right } from './types.ts';

export const tlsReport: RecordKind = {
  name: 'tlsrpt',
  questions: ({ domain, reportsTo = `postmaster@${domain}` }) => [
    {
      kind: 'tlsrpt',
      name: `_smtp._tls.${domain}`,
      type: 'TXT',
      wanted: [`v=TLSRPTv1; rua=mailto:${reportsTo}`],
      isOptional: true,
      judge(published) {
        const records = published.filter((text) => /^v=TLSRPTv1\s*;/.test(text));
        const [record] = records;
        if (record === undefined) return absent;
        // RFC 8460 3: of several none counts.
        if (records.length > 1) return { verdict: 'differs', why: 'several' };
        return /;\s*rua\s*=\s*(?:mailto:|https:\/\/)\S/.test(record)
          ? right
          : { verdict: 'differs', why: 'tlsrpt-nowhere' };
      },
    },
  ],
};
