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

/** A letter with a report attached, LF line ends. */
export const reportLetter = (
  attachment: Buffer,
  type = 'application/gzip',
  name = 'mail.far.test!example.com!1790000000!1790086399.xml.gz',
): Buffer =>
  Buffer.from(
    [
      'From: reports@far.test',
      'Subject: Report Domain: example.com Submitter: far.test Report-ID: <r1>',
      'MIME-Version: 1.0',
      'Content-Type: multipart/mixed; boundary="b"',
      '',
      '--b',
      'Content-Type: text/plain',
      '',
      'A report.',
      '--b',
      `Content-Type: ${type}; name="${name}"`,
      'Content-Transfer-Encoding: base64',
      '',
      attachment.toString('base64').replace(/.{76}/g, '$&\n'),
      '--b--',
      '',
    ].join('\n'),
  );
