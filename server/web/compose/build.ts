// From a draft to the bytes of a message (RFC 5322, MIME): nodemailer's composer writes headers, encoded words and
// boundaries; this file decides what goes in. Guarantees: LF line ends, lines of at most 998 octets, 7-bit unless an
// address needs UTF-8, attachments streamed from the spool, no Bcc unless asked, no User-Agent, the same bytes for the
// same draft and date (so the copy in Sent is the message that left). Every value is cleaned here once more (W3).
import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import MailComposer from 'nodemailer/lib/mail-composer';
import type { Address } from '../../mailbox/types.ts';
import { writeDraftInfo } from './draft-info.ts';
import type { Answering } from './drafts.ts';
import { cleanBody, toFlowed } from './flowed.ts';
import { cleanFileName } from './names.ts';
import { type LetterOptions, optionFields } from './options.ts';
import { cleanHeaderText, type Recipient } from './recipients.ts';
import { messageId } from './reply.ts';

/** A message ready to be written; addresses are checked (recipients.ts). */
export interface OutgoingMessage {
  readonly from: Address;
  readonly to: readonly Recipient[];
  readonly cc: readonly Recipient[];
  readonly bcc: readonly Recipient[];
  readonly subject: string;
  /** Text of the form; becomes format=flowed. */
  readonly body: string;
  readonly date: Date;
  /** IANA zone of the Date header; the machine's when undefined. */
  readonly zone?: string | undefined;
  /** With angle brackets. */
  readonly messageId: string;
  readonly answering: Answering | undefined;
  readonly replyTo?: readonly Recipient[] | undefined;
  readonly organisation?: string | undefined;
  /** Cleaned HTML of a letter with formatting; its text is `body`. */
  readonly html?: string | undefined;
  readonly attachments: readonly OutgoingFile[];
  readonly options?: LetterOptions | undefined;
}

export interface OutgoingFile {
  readonly path: string;
  readonly name: string;
  readonly type: string;
  /** Of a picture that the HTML shows; it is no attachment then. */
  readonly contentId?: string | undefined;
}

export interface BuildOptions {
  /** Bcc stays in the header: for Drafts and the copy in Sent, never for the queue. */
  readonly keepBcc: boolean;
  /** For Drafts: what the next session must know is kept in X-Draft-Info. */
  readonly draftInfo?: boolean | undefined;
}

/** One word of this length still fits a header line of 998 octets, which cannot be folded inside a word. */
const longestSubject = 900;

/** Streams the message; read errors of an attachment end the stream with that error. */
export function buildMessage(message: OutgoingMessage, options: BuildOptions): Readable {
  const subject = cleanHeaderText(message.subject).slice(0, longestSubject).toWellFormed();
  const thread = message.answering;
  const info = options.keepBcc ? writeDraftInfo(thread, message.options, options.draftInfo === true) : '';
  const composer = new MailComposer({
    newline: 'unix',
    disableUrlAccess: true,
    // the copy in Sent must have the boundaries of the message that left: they follow from the Message-ID
    baseBoundary: createHash('sha256').update(message.messageId).digest('hex').slice(0, 24),
    boundaryPrefix: '=_',
    date: formatDate(message.date, message.zone),
    messageId: message.messageId,
    from: headerAddress(message.from),
    to: message.to.map(headerAddress),
    cc: message.cc.map(headerAddress),
    bcc: message.bcc.map(headerAddress),
    ...(message.replyTo && message.replyTo.length > 0 ? { replyTo: message.replyTo.map(headerAddress) } : {}),
    ...(subject === '' ? {} : { subject }),
    ...(thread && thread.kind === 'reply' && messageId(thread.inReplyTo) !== ''
      ? { inReplyTo: messageId(thread.inReplyTo) }
      : {}),
    ...(thread && thread.references.length > 0
      ? { references: thread.references.map(messageId).filter((id) => id !== '') }
      : {}),
    headers: {
      ...optionFields(message.options, message.from.address),
      ...(message.organisation
        ? { Organization: cleanHeaderText(message.organisation).slice(0, longestSubject) }
        : {}),
      ...(info === '' ? {} : { 'X-Draft-Info': info }),
    },
    alternatives: [
      {
        contentType: 'text/plain; charset=utf-8; format=flowed',
        content: `${toFlowed(cleanBody(message.body).replace(/\n+$/, ''))}\n`,
      },
      ...(message.html === undefined
        ? []
        : [{ contentType: 'text/html; charset=utf-8', content: wholeHtml(message.html) }]),
    ],
    attachments: message.attachments.map((attachment) => ({
      filename: cleanFileName(attachment.name),
      contentType: attachment.type,
      path: attachment.path,
      ...(attachment.contentId === undefined
        ? { contentDisposition: 'attachment' as const }
        : { contentDisposition: 'inline' as const, cid: attachment.contentId }),
      // RFC 2046 5.2.1: a message in a message is sent as it is
      contentTransferEncoding: attachment.type === 'message/rfc822' ? ('8bit' as const) : ('base64' as const),
    })),
  } as ConstructorParameters<typeof MailComposer>[0]);
  const root = composer.compile();
  root.keepBcc = options.keepBcc;
  return root.createReadStream();
}

/** Lines that fit (RFC 5322 2.1.1) are the composer's work: quoted-printable or base64. */
const wholeHtml = (html: string): string =>
  `<!doctype html><html><head><meta charset="utf-8"></head><body>${html}</body></html>\n`;

const headerAddress = (one: { readonly name: string; readonly address: string }) => ({
  name: cleanHeaderText(one.name).slice(0, 200),
  address: one.address,
});

/**
 * RFC 5322 3.3 date with its zone: `Sun, 22 Nov 2026 08:20:00 +0100`.
 * @param zone IANA name; the machine's when undefined.
 */
export function formatDate(date: Date, zone?: string): string {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'longOffset',
  }).formatToParts(date);
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.find((one) => one.type === type)?.value ?? '';
  const offset = /([+-])(\d{2}):?(\d{2})/.exec(part('timeZoneName'));
  const numbers = offset ? `${offset[1]}${offset[2]}${offset[3]}` : '+0000';
  const time = `${part('hour')}:${part('minute')}:${part('second')}`;
  return `${part('weekday')}, ${part('day')} ${part('month')} ${part('year')} ${time} ${numbers}`;
}
