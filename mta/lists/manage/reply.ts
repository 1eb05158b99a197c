// Answers of a list to requests: the header that ezmlm-manage writes (RFC 2369, 3834), texts of the list, and at the end the
// header of the request, so that people see what was asked in their name. The lines by which the request came here are
// copied into the answer's header: a request that comes round again is known by them.
import { randomInt } from 'node:crypto';
import { quoteAddress } from '../../formats/address.ts';
import { formatQmailDate } from '../../formats/date.ts';
import { ListError } from '../errors.ts';
import { toBytes } from '../files.ts';
import { openLetter } from '../letter-header.ts';
import { readLines } from '../lines.ts';
import { readMessage } from '../messages.ts';
import { codeText, makeBoundary } from '../notice.ts';
import { sendListLetter } from '../program.ts';
import type { Substitutions } from '../substitution.ts';
import { readText, valuesOf } from '../texts.ts';
import { splitLetter } from '../weed.ts';
import type { Order } from './order.ts';

/** What is read of the request's header. */
export interface RequestHeader {
  /** Delivered-To and Received lines as they are, byte string. */
  readonly road: string;
  /** Value of From, unfolded. */
  readonly from: string;
  readonly fields: readonly string[];
  /** All of it, each line with its LF. */
  readonly text: string;
}

const deliveredTo = ({ local, list }: Order): string =>
  `Delivered-To: responder for ${toBytes(local)}@${toBytes(list.outhost)}`;

/** Reads the request's header. @throws ListError 100 for letters of lists and those that come round */
export async function readRequest(order: Order): Promise<RequestHeader> {
  const letter = await openLetter(order.call.letter);
  await letter.close();
  const { fields } = splitLetter(`${letter.header}\n`);
  for (const field of fields) {
    if (/^mailing-list:/i.test(field))
      throw new ListError(100, 'a mailing list sent this message, and lists ask for nothing (#5.7.2)');
    if (field === deliveredTo(order))
      throw new ListError(100, 'this message is looping: it already has my Delivered-To line (#5.4.6)');
  }
  const road = letter.header
    .split(/(?<=\n)(?![ \t])/)
    .filter((field) => /^(?:delivered-to|received):/i.test(field))
    .join('');
  const from = fields.find((field) => /^from:/i.test(field))?.slice(5) ?? '';
  return { road, from: from.replace(/\s+/g, ' ').trim(), fields, text: letter.header };
}

/** An answer. Texts and fields are byte strings. */
export interface Answer {
  /** Name of the subject in text/messages, and what goes into it. */
  readonly subject: string;
  readonly subjectWords?: readonly string[] | undefined;
  /** Further fields, each with its LF. */
  readonly fields?: string | undefined;
  /** Text between `top` and `bottom`. */
  readonly text: string;
  /** What comes last: the request; nothing of it, since it would tell who the moderator is. */
  readonly end: 'request' | 'moderated';
  /** The end is there whatever the options say, and no From that others answer by themselves (help). */
  readonly isHelp?: boolean | undefined;
  readonly recipients: Iterable<string> | AsyncIterable<string>;
}

/** Values for texts of this order; a confirmation adds its own. */
export const valuesFor = (order: Order): Substitutions => ({
  ...valuesOf(order.list, order.set),
  target: order.target,
  verpTarget: order.verpTarget,
});

/** An address of the set: `LIST-digest-help@HOST`, as it stands in a header. */
export const ownAddress = ({ local, list }: Pick<Order, 'local' | 'list'>, suffix: string): string =>
  toBytes(quoteAddress(`${local}${suffix}@${list.outhost}`));

/** Sends an answer. @returns what is said of it */
export async function sendAnswer(order: Order, request: RequestHeader, answer: Answer): Promise<string> {
  const { call, list } = order;
  const qp = await sendListLetter(call, {
    content: writeAnswer(order, request, answer),
    sender: `${order.local}-return-@${list.outhost}`,
    recipients: answer.recipients,
  });
  return `ezmlm-manage: info: ${qp}\n`;
}

async function* writeAnswer(
  order: Order,
  request: RequestHeader,
  answer: Answer,
): AsyncGenerator<Buffer | string> {
  const { call, list, options } = order;
  const { subject, subjectWords = [] } = answer;
  const values = valuesFor(order);
  const hasEnd = answer.end === 'moderated' || !options.omitsBottom || answer.isHelp === true;
  let text = (await readText(list, 'top', values)) + answer.text;
  if (answer.end === 'moderated') text += await readText(list, 'mod-sub', values);
  if (hasEnd) text += await readText(list, 'bottom', values);
  if (answer.end === 'moderated') text += `\n${await readMessage(list, 'TXT_SUPPRESSED')}\n\n`;
  const mailingList = (await list.line('mailinglist')) ?? (await readMessage(list, 'TXT_MAILING_LIST'));
  const isCoded = list.coding !== '' && hasEnd && answer.end === 'request';
  const boundary = makeBoundary();
  const isPlain = !/[\x80-\xff]/.test(text);
  // Addresses may have letters that the list's charset lacks: they are UTF-8, and so is what holds them alone.
  const charset = !isPlain && list.charset === 'us-ascii' ? 'utf-8' : toBytes(list.charset);
  const codings = { '': isPlain ? '' : '8bit', Q: 'quoted-printable', B: 'base64' };
  const coding = codings[list.coding];
  const textFields = `Content-Type: text/plain; charset=${charset}\n${coding && `Content-Transfer-Encoding: ${coding}\n`}\n`;
  yield [
    `Mailing-List: ${mailingList}\n`,
    list.listId === undefined ? '' : `List-ID: ${list.listId}\n`,
    `List-Help: <mailto:${ownAddress(order, '-help')}>\n`,
    `List-Post: <mailto:${ownAddress(order, '')}>\n`,
    `List-Subscribe: <mailto:${ownAddress(order, '-subscribe')}>\n`,
    `Date: ${formatQmailDate(call.now)}\n`,
    `Message-ID: <${call.now}.${process.pid}.${randomInt(2 ** 40)}.ezmlm@${toBytes(list.outhost)}>\n`,
    // Autoresponders that answer From must not be sent help again.
    `From: ${ownAddress(order, answer.isHelp === true ? '-return-' : '-help')}\n`,
    `To: ${toBytes(quoteAddress(order.target)).replace(/[\r\n\0]/g, '_')}\n`,
    `${deliveredTo(order)}\n`,
    request.road,
    // RFC 3834 5.
    'Auto-Submitted: auto-replied\n',
    'MIME-Version: 1.0\n',
    answer.fields ?? '',
    `Subject: ${await readMessage(list, subject, ...subjectWords)}\n`,
    isCoded ? `Content-Type: multipart/mixed; boundary=${boundary}\n\n--${boundary}\n` : '',
    textFields,
    codeText(text, list.coding),
  ].join('');
  if (!hasEnd || answer.end === 'moderated') return;
  if (isCoded)
    yield `\n--${boundary}\nContent-Type: message/rfc822\nContent-Disposition: inline; filename=request.msg\n\n`;
  yield `Return-Path: <${toBytes(quoteAddress(order.sender)).replace(/[\r\n\0]/g, '_')}>\n${request.text}\n`;
  if (options.copiedLines > 0) yield* copyLines(order, options.copiedLines);
  if (isCoded) yield `\n--${boundary}--\n`;
}

/** The first lines of the request's body. */
async function* copyLines({ call }: Order, count: number): AsyncGenerator<Buffer> {
  const letter = await openLetter(call.letter);
  try {
    let left = count;
    for await (const line of readLines(letter.body)) {
      yield line;
      left -= 1;
      if (left === 0) return;
    }
  } finally {
    await letter.close();
  }
}
