// A DMARC aggregate report as XML (RFC 9990 appendix A, whose elements are those of RFC 7489 appendix C but for what no longer
// exists). Pure.
import { escapeXml } from '../../formats/xml.ts';
import type { OverrideReason, PublishedPolicy } from '../sender-results.ts';
import type { ReportRow } from './tallies.ts';

export interface ReportFacts {
  /** Whose report it is: the mail host's name. */
  readonly submitter: string;
  /** Whom to ask. */
  readonly email: string;
  readonly id: string;
  /** Seconds since 1970: the first of the time, and the last. */
  readonly begin: number;
  readonly end: number;
  readonly published: PublishedPolicy;
  readonly rows: readonly (ReportRow & { readonly count: number })[];
  /** Letters of which no row tells. */
  readonly left: number;
}

const element = (name: string, text: string | number, indent: string): string =>
  `${indent}<${name}>${escapeXml(String(text))}</${name}>\n`;

const group = (name: string, inside: string, indent: string): string =>
  `${indent}<${name}>\n${inside}${indent}</${name}>\n`;

/** RFC 9990 3.1.6 has fewer reasons than RFC 7489. */
const reasonOf = (type: OverrideReason): string =>
  type === 'forwarded' || type === 'sampled_out' ? 'other' : type;

function writePolicy({ domain, adkim, aspf, p, sp, isTesting, fo }: PublishedPolicy): string {
  const inside = [
    ['domain', domain],
    ['adkim', adkim],
    ['aspf', aspf],
    ['p', p],
    ['sp', sp],
    ['testing', isTesting ? 'y' : 'n'],
    ['fo', fo],
  ] as const;
  return group(
    'policy_published',
    inside
      .filter(([, text]) => text !== '')
      .map(([name, text]) => element(name, text, '    '))
      .join(''),
    '  ',
  );
}

function writeRecord(row: ReportFacts['rows'][number], { p, sp, domain }: PublishedPolicy): string {
  const passes = row.dkimAligned || row.spfAligned;
  const asked = row.headerFrom === domain ? p : sp;
  const reasons = row.reasons.map(({ type, comment }) => {
    const words = comment === '' && reasonOf(type) !== type ? type : comment;
    return group(
      'reason',
      element('type', reasonOf(type), '          ') +
        (words === '' ? '' : element('comment', words, '          ')),
      '        ',
    );
  });
  const evaluated = group(
    'policy_evaluated',
    element('disposition', passes && asked !== 'none' ? 'pass' : row.disposition, '        ') +
      element('dkim', row.dkimAligned ? 'pass' : 'fail', '        ') +
      element('spf', row.spfAligned ? 'pass' : 'fail', '        ') +
      reasons.join(''),
    '      ',
  );
  const dkim = row.dkim.map(({ domain: signer, selector, result }) =>
    group(
      'dkim',
      element('domain', signer, '        ') +
        element('selector', selector, '        ') +
        element('result', result, '        '),
      '      ',
    ),
  );
  const spf = group(
    'spf',
    element('domain', row.spf.domain, '        ') +
      element('scope', row.spf.scope, '        ') +
      element('result', row.spf.result, '        '),
    '      ',
  );
  return group(
    'record',
    group(
      'row',
      element('source_ip', row.ip, '      ') + element('count', row.count, '      ') + evaluated,
      '    ',
    ) +
      group(
        'identifiers',
        element('envelope_from', row.envelopeFrom, '      ') +
          element('header_from', row.headerFrom, '      '),
        '    ',
      ) +
      group('auth_results', dkim.join('') + spf, '    '),
    '  ',
  );
}

/** The document. It has at least one row. */
export function writeReport(facts: ReportFacts): string {
  const { submitter, email, id, begin, end, left } = facts;
  const metadata = group(
    'report_metadata',
    element('org_name', submitter, '    ') +
      element('email', email, '    ') +
      element('report_id', id, '    ') +
      group('date_range', element('begin', begin, '      ') + element('end', end, '      '), '    ') +
      (left === 0
        ? ''
        : element('error', `${left} more letters came from sources that are not listed`, '    ')),
    '  ',
  );
  return `<?xml version="1.0" encoding="UTF-8"?>
<feedback xmlns="urn:ietf:params:xml:ns:dmarc-2.0">
  <version>1.0</version>
${metadata}${writePolicy(facts.published)}${facts.rows.map((row) => writeRecord(row, facts.published)).join('')}</feedback>
`;
}
