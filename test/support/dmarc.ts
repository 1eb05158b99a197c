// Letters as the check of senders judged them.
import type { SenderResults } from '../../mta/trust/sender-results.ts';

/** A letter of example.com that passed everything; its policy is `reject`, with reports to rua@example.com. */
export const judgedLetter = (changes: Partial<SenderResults> = {}): SenderResults => ({
  time: 1_790_000_000,
  ip: '192.0.2.1',
  headerFrom: 'example.com',
  envelopeFrom: 'example.com',
  published: {
    domain: 'example.com',
    p: 'reject',
    sp: 'reject',
    np: 'reject',
    adkim: 'r',
    aspf: 'r',
    pct: 100,
    isTesting: false,
    fo: '0',
    rua: ['mailto:rua@example.com'],
  },
  disposition: 'none',
  reasons: [],
  dkimAligned: true,
  spfAligned: true,
  dkim: [{ domain: 'example.com', selector: 's1', result: 'pass' }],
  spf: { domain: 'example.com', scope: 'mfrom', result: 'pass' },
  ...changes,
});
