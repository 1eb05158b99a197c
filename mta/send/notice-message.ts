// Notices that are no bounces (RFC 3461 4.1, RFC 3464): what a sender asked to be told of, that the message was delivered
// (or went where nobody tells of it), or that it is still waiting. Pure. The text must not look like QSBMF, whose readers
// take every address in it for one that failed: it does not begin with `Hi. This is the`, and names no `<address>:`.
import type { ServedRecipient } from '../queue/dsn-file.ts';
import { diagnosticCode, statusOfReport } from './bounce-message.ts';
import { buildReport, inOneLine, type ReportFrame, textLines } from './report-message.ts';

/** A recipient whose delivery is put off. */
export interface DelayedRecipient {
  readonly address: string;
  /** Of the last try. */
  readonly report: string;
  readonly orcpt?: string | undefined;
}

const words: Readonly<Record<ServedRecipient['action'], string>> = {
  delivered: 'was delivered',
  relayed: 'was taken by the next mail server, which sends no notices of this kind',
  expanded: 'was passed on to the addresses behind this one',
};

const signature = ({ bouncehost }: ReportFrame): string =>
  `This is the mail system at ${inOneLine(bouncehost)}.\n`;

const divider = '--- Below this line is the header of your message.\n';

/** Tells that recipients were served. */
export function buildSuccessNotice(frame: ReportFrame, served: readonly ServedRecipient[]): Buffer {
  const lines = served.map(({ address, action }) => `  ${inOneLine(address)}: ${words[action]}`);
  return buildReport(
    { ...frame, truncated: true },
    {
      subject: 'delivery notice',
      text: textLines(
        `${signature(frame)}You asked to be told what becomes of your message:\n\n${lines.join('\n')}\n\n${divider}`,
      ),
      recipients: served.map(({ address, action, orcpt }) => ({ address, action, status: '2.0.0', orcpt })),
    },
  );
}

/** Tells that recipients are still waiting. @param retryUntil when the message will be given up */
export function buildDelayNotice(
  frame: ReportFrame,
  delayed: readonly DelayedRecipient[],
  retryUntil: Date,
): Buffer {
  const paragraphs = delayed.map(
    ({ address, report }) => `  ${inOneLine(address)}\n${report.replace(/^/gm, '    ')}\n`,
  );
  return buildReport(
    { ...frame, truncated: true },
    {
      subject: 'delay notice',
      text: textLines(
        `${signature(frame)}Your message could not be delivered yet. You need not do anything: it will be tried again.\n\n` +
          `${paragraphs.join('\n')}\n${divider}`,
      ),
      recipients: delayed.map(({ address, report, orcpt }) => ({
        address,
        action: 'delayed',
        status: delayStatus(report),
        diagnostic: diagnosticCode(report),
        orcpt,
        retryUntil,
      })),
    },
  );
}

/** A delay is a 4.x.y, whatever a server may have said before. */
function delayStatus(report: string): string {
  const status = statusOfReport(report);
  return status.startsWith('4') ? status : '4.0.0';
}
