// qreceipt: answers a request for a delivery notice (qmail qreceipt(1); spec/qmail.md 12.3). Only when the header field
// Notice-Requested-Upon-Delivery-To names exactly this address, and never to the null or the double-bounce sender.
// The notice has the null sender, so that nothing answers it.
import { quoteAddress } from '../formats/address.ts';
import { formatQmailDate } from '../formats/date.ts';
import { rewriteAddressList } from '../inject/header/address-list.ts';
import { HeaderReader, HeaderTooLong } from '../inject/header/header-reader.ts';
import { tokenize } from '../inject/header/tokens.ts';
import type { CommandContext } from './command.ts';
import { refuseUsage, reportFatal } from './fatal.ts';
import { readMessage, requireVariable, sendMessage } from './outgoing.ts';

export const usage = `qreceipt: usage: qreceipt deliveryaddress

Sends a success notice to $SENDER when the message on standard input asks for one of deliveries to deliveryaddress.
`;

export function run(args: readonly string[], context: CommandContext): Promise<number> {
  return reportFatal('qreceipt', context, async () => {
    const [target] = args;
    if (target === undefined || args.length > 1) return refuseUsage(usage, context);
    const sender = requireVariable('SENDER', context);
    if (sender === '' || sender === '#@[]') return 0;
    const fields = await readHeader(context.stdin);
    if (!requestsNotice(fields, target)) return 0;
    const prefix = formatNotice(target, sender, fields, Math.floor(Date.now() / 1000));
    await sendMessage({ prefix, content: nothing(), sender: '', recipients: [sender] }, context);
    return 0;
  });
}

async function* nothing(): AsyncGenerator<Buffer> {}

async function readHeader(stdin: NodeJS.ReadableStream): Promise<readonly string[]> {
  const reader = new HeaderReader();
  try {
    for await (const chunk of readMessage(stdin)) if (reader.push(chunk)) return reader.fields;
    reader.end();
  } catch (error) {
    // Who asks for a notice in a header of megabytes gets none.
    if (error instanceof HeaderTooLong) return [];
    throw error;
  }
  return reader.fields;
}

/** Does the header (byte strings) ask for a notice of deliveries to exactly this address? */
export function requestsNotice(fields: readonly string[], address: string): boolean {
  const wanted = Buffer.from(address, 'utf8').toString('latin1');
  return fields.some((field) => {
    const value = /^notice-requested-upon-delivery-to[ \t]*:(.*)/is.exec(field)?.[1];
    const tokens = value === undefined ? undefined : tokenize(value);
    return tokens !== undefined && rewriteAddressList(tokens, (found) => found).addresses.includes(wanted);
  });
}

/** The notice, in qmail's words. It names the sender's Message-ID, the last one as in qmail, so that it can be matched. */
export function formatNotice(
  target: string,
  sender: string,
  fields: readonly string[],
  seconds: number,
): string {
  const id = fields.map((field) => /^message-id[ \t]*:[ \t]*(<[!-~]{1,500}>)\s*$/i.exec(field)?.[1]);
  const known = id.findLast((value) => value !== undefined);
  const header = [
    `Date: ${formatQmailDate(seconds)}`,
    `From: DELIVERY NOTICE SYSTEM <${quoteAddress(target)}>`,
    `To: <${quoteAddress(sender)}>`,
    'Subject: success notice',
    'Auto-Submitted: auto-replied',
    ...(known === undefined ? [] : [`In-Reply-To: ${known}`]),
  ];
  const reference = known === undefined ? '' : `Your Message-ID: ${known}\n`;
  const text = `Hi! This is the qreceipt program. Your message was delivered to the\nfollowing address: ${target}. Thanks for asking.\n`;
  return `${header.join('\n')}\n\n${text}${reference}`;
}
