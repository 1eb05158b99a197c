// Read receipts that others ask for (RFC 8098, spec/webmail.md 4.7). A person is asked once: the keyword $MDNSent, which
// mail programs share, is set before a receipt leaves, so two clicks or two programs never send two. Nothing is asked for
// lists, for junk, for one's own letters; nothing is ever sent without a click. The receipt is a report with a null sender,
// so that it can never answer itself.
import { randomBytes } from 'node:crypto';
import type { Account } from '../../../mta/accounts/types.ts';
import { encodeWords } from '../../../mta/formats/encoded-word.ts';
import type { Address, MessageRow } from '../../mailbox/types.ts';
import type { MessageView } from '../../message/types.ts';
import { formatDate } from '../compose/build.ts';
import { cleanHeaderText, parseAddress, parseRecipients } from '../compose/recipients.ts';
import { cleanLine } from '../shell/foreign.ts';
import type { Translate } from '../words/words.ts';

/** RFC 3503. */
export const receiptKeyword = '$MDNSent';

export interface ReceiptRequest {
  /** Where the receipt goes, for the envelope and for the eye. */
  readonly envelope: string;
  readonly address: string;
  readonly name: string;
  /** It goes to another address than the letter came from. */
  readonly isElsewhere: boolean;
}

const header = ({ headers }: Pick<MessageView, 'headers'>, name: string): readonly string[] =>
  headers.filter((one) => one.name.toLowerCase() === name).map(({ value }) => value);

/** The receipt that a message asks for and that may be asked about; undefined: none. Pure. */
export function readReceiptRequest(
  view: Pick<MessageView, 'headers' | 'from' | 'listPost' | 'report'>,
  { keywords, draft }: Pick<MessageRow, 'keywords' | 'draft'>,
  role: string | undefined,
): ReceiptRequest | undefined {
  const [wanted, ...more] = header(view, 'disposition-notification-to');
  if (wanted === undefined || more.length > 0 || draft) return undefined;
  if (role === 'junk' || role === 'trash' || role === 'sent' || role === 'drafts') return undefined;
  if (keywords.some((keyword) => keyword.toLowerCase() === receiptKeyword.toLowerCase())) return undefined;
  // RFC 8098 2.1: never for what machines sent to many, nor for a report.
  if (
    view.report ||
    view.listPost !== '' ||
    ['list-id', 'list-unsubscribe'].some((name) => header(view, name).length > 0)
  )
    return undefined;
  if (/^\s*(?:bulk|list|junk)/i.test(header(view, 'precedence')[0] ?? '')) return undefined;
  const { recipients, faults } = parseRecipients(wanted.slice(0, 2000));
  const [to] = recipients;
  // RFC 8098 2.1: several addresses are a reason to be careful; one is what programs write.
  if (!to || recipients.length > 1 || faults.length > 0) return undefined;
  const from = view.from[0]?.address.toLowerCase() ?? '';
  const { address, envelope, name } = to;
  const [returnPath = ''] = header(view, 'return-path');
  const came = parseAddress(returnPath.trim().replace(/^<|>$/g, ''))?.envelope.toLowerCase();
  const isElsewhere =
    address.toLowerCase() !== from || (came !== undefined && came !== envelope.toLowerCase());
  return { envelope, address: cleanLine(address), name: cleanLine(name), isElsewhere };
}

/** The bytes of a receipt: `manual-action/MDN-sent-manually; displayed`. */
export function buildReceipt(
  request: ReceiptRequest,
  letter: { readonly messageId: string; readonly subject: string; readonly sent: number | undefined },
  parts: {
    readonly from: Address;
    readonly account: Account;
    readonly date: Date;
    readonly zone: string | undefined;
    readonly when: string;
    readonly me: string;
    readonly t: Translate;
  },
): Buffer {
  const { from, account, date, zone, when, me, t } = parts;
  const boundary = `=_${randomBytes(18).toString('hex')}`;
  const subject = cleanHeaderText(letter.subject).slice(0, 300);
  const original = /^[\x21-\x7e]{1,900}$/.test(letter.messageId)
    ? letter.messageId.replace(/^<?|>?$/g, '')
    : '';
  const name = cleanHeaderText(from.name).slice(0, 200);
  const text = t('receipt.text', { address: from.address, subject, time: when });
  const body = Buffer.from(`${text}\n`).toString('base64').replace(/.{76}/g, '$&\n');
  const lines = [
    `Date: ${formatDate(date, zone)}`,
    `From: ${name === '' ? '' : `${encodeWords(name)} `}<${from.address}>`,
    `To: <${request.envelope}>`,
    `Message-ID: <${Date.now().toString(36)}.${randomBytes(12).toString('hex')}@${account.domain}>`,
    `Subject: ${encodeWords(t('receipt.subject', { subject }))}`,
    ...(original === '' ? [] : [`In-Reply-To: <${original}>`, `References: <${original}>`]),
    'Auto-Submitted: auto-replied',
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=disposition-notification;',
    ` boundary="${boundary}"`,
    '',
    `--${boundary}`,
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: base64',
    '',
    body,
    `--${boundary}`,
    'Content-Type: message/disposition-notification',
    '',
    `Reporting-UA: ${me.replace(/[^\x21-\x7e]/g, '')}; Facteur`,
    `Final-Recipient: rfc822; ${from.address}`,
    ...(original === '' ? [] : [`Original-Message-ID: <${original}>`]),
    'Disposition: manual-action/MDN-sent-manually; displayed',
    '',
    `--${boundary}--`,
    '',
  ];
  return Buffer.from(lines.join('\n'));
}
