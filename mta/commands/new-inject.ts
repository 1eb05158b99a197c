// new-inject: rebuilds the header of a message from standard input and queues it, mess822's successor of qmail-inject
// (spec/qmail.md 9.3). Fields are merged, Date is written in one form, host names are rewritten by control/rewrite. The
// header is held and built by inject/header/rebuild.ts; the body streams through.
import { readFile } from 'node:fs/promises';
import { ControlError, readLines } from '../control/reading.ts';
import { readSettings } from '../control/settings.ts';
import { lowerAscii, quoteAddress } from '../formats/address.ts';
import { firstVariable, fromByteString, toByteString, withoutAngles } from '../inject/header/author.ts';
import { HeaderReader, HeaderTooLong, headerLimit } from '../inject/header/header-reader.ts';
import { type HostRewrite, rewriteEnvelopeAddress } from '../inject/header/host-rules.ts';
import { HeaderParts } from '../inject/header/rebuild.ts';
import { errorCode } from '../maildir/calls.ts';
import type { CommandContext } from './command.ts';
import { Fatal, reportFatal, systemFatal } from './fatal.ts';
import { type ParsedOptions, parseOptions } from './getopt.ts';
import { readHostRewrite, rewriteSettingNames } from './host-rules-file.ts';
import { readMessage, sendMessage } from './outgoing.ts';

export const usage = `new-inject: usage: new-inject [ -nNaAhHFIMRS ] [ -f sender ] [ recip ... ]

Rebuilds the header of the message on standard input and queues it.
  -a   for the recipients named here
  -h   for those of Envelope-Recipients or, without it, of To, Cc, Bcc and Apparently-To
  -A   for those named here or, when there are none, those in the header (the default)
  -H   for both
  -f SENDER   envelope sender
  -n   print the message with Envelope-Sender and Envelope-Recipients instead of queueing it (-N: queue it)
  -F -I -S    drop From, Message-ID, Return-Path; -M -R: a sender for each message, for each recipient
`;

export function run(args: readonly string[], context: CommandContext): Promise<number> {
  return reportFatal('new-inject', context, async () => {
    const parsed = parseOptions(args, 'nNaAhHFIMRSf:');
    if (parsed.bad !== undefined) {
      context.stderr.write(usage);
      return 100;
    }
    try {
      await injectRebuilt(parsed, context);
      return 0;
    } catch (error) {
      if (error instanceof HeaderTooLong)
        throw new Fatal(100, `the header is longer than ${headerLimit} bytes (#5.3.4)`);
      if (error instanceof ControlError) throw new Fatal(111, error.message);
      throw error;
    }
  });
}

/** A message whose header was read: its fields, and the rest. */
interface ReadMessage {
  readonly fields: readonly string[];
  readonly body: AsyncGenerator<Buffer>;
}

async function injectRebuilt({ options, rest }: ParsedOptions, context: CommandContext): Promise<void> {
  const { env, stdout } = context;
  const last = (letters: string): string | undefined =>
    options.findLast(({ letter }) => letters.includes(letter))?.letter;
  const flags = (env.QMAILINJECT ?? '').toUpperCase() + options.map(({ letter }) => letter).join('');
  const has = (flag: 'F' | 'I' | 'M' | 'R' | 'S'): boolean => flags.includes(flag);
  const strategy = last('aAhH') ?? 'A';
  const takesHeader = strategy === 'h' || strategy === 'H' || (strategy === 'A' && rest.length === 0);

  const settings = await readSettings(context.home.qmail, [...rewriteSettingNames, 'idhost']);
  const rewrite = await readHostRewrite(env, settings);
  const lists = await readFollowUpLists(env.QMAILMFTFILE);
  const message = await readHeader(context);
  const parts = new HeaderParts(message.fields, rewrite);

  const named = strategy === 'h' ? [] : rest.map((one) => rewriteEnvelopeAddress(toByteString(one), rewrite));
  const recipients = [...named, ...(takesHeader ? parts.recipients : [])].filter((one) => one !== '');
  reportUnparsed(parts.unparsed, recipients.length, context);
  const given = options.findLast(({ letter }) => letter === 'f')?.value;
  const now = Math.floor(Date.now() / 1000);
  const sender =
    given === undefined
      ? (parts.sender(!has('S')) ?? defaultSender(env, rewrite, now, has('M'), has('R')))
      : rewriteEnvelopeAddress(toByteString(withoutAngles(given)), rewrite);
  const header = parts.render({
    now,
    idAppend: `.${process.pid}.qmail@${firstVariable(env, 'QMAILIDHOST') ?? toByteString(settings.idhost)}`,
    author: {
      name: firstVariable(env, 'QMAILNAME', 'MAILNAME', 'NAME'),
      address: defaultAuthor(env, rewrite),
      wins: has('F'),
    },
    dropsMessageId: has('I'),
    followUpLists: lists,
  });

  const whole = joined(Buffer.from(header, 'latin1'), message.body);
  if (last('nN') !== 'n') {
    await sendMessage(
      {
        prefix: '',
        content: whole,
        sender: asText(sender),
        recipients: recipients.map(asText),
      },
      context,
    );
    return;
  }
  const shown = recipients.map((one) => `  ${quoteAddress(one)},\n`).join('');
  const envelope = `Envelope-Sender: ${sender === '' ? '<>' : quoteAddress(sender)}\nEnvelope-Recipients:\n${shown}`;
  stdout.write(Buffer.from(envelope, 'latin1'));
  for await (const chunk of whole)
    if (!stdout.write(chunk)) await new Promise((resolve) => stdout.once('drain', resolve));
}

async function readHeader({ stdin }: CommandContext): Promise<ReadMessage> {
  const reader = new HeaderReader();
  const input = readMessage(stdin);
  let begun: Buffer | undefined;
  while (begun === undefined) {
    const { value, done } = await input.next();
    if (done) break;
    begun = reader.push(value);
  }
  async function* readBody(): AsyncGenerator<Buffer> {
    if (begun !== undefined) yield begun;
    // Once the header is over, everything that is pushed comes out again.
    if (begun !== undefined) for await (const chunk of input) yield reader.push(chunk) ?? Buffer.alloc(0);
    yield reader.end();
  }
  if (begun !== undefined) return { fields: reader.fields, body: readBody() };
  // A message without a body: its header is whole only now.
  const end = reader.end();
  async function* readEnd(): AsyncGenerator<Buffer> {
    yield end;
  }
  return { fields: reader.fields, body: readEnd() };
}

async function* joined(header: Buffer, body: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield header;
  for await (const chunk of body) if (chunk.length > 0) yield chunk;
}

function defaultAuthor(env: Readonly<NodeJS.ProcessEnv>, rewrite: HostRewrite): string {
  const user = firstVariable(env, 'QMAILUSER', 'MAILUSER', 'USER', 'LOGNAME') ?? 'anonymous';
  return rewriteEnvelopeAddress(`${user}@${firstVariable(env, 'QMAILHOST', 'MAILHOST') ?? ''}`, rewrite);
}

function defaultSender(
  env: Readonly<NodeJS.ProcessEnv>,
  rewrite: HostRewrite,
  now: number,
  isPerMessage: boolean,
  isPerRecipient: boolean,
): string {
  const user = firstVariable(env, 'QMAILSUSER', 'QMAILUSER', 'MAILUSER', 'USER', 'LOGNAME') ?? 'anonymous';
  const host = firstVariable(env, 'QMAILSHOST', 'QMAILHOST', 'MAILHOST') ?? '';
  const message = isPerMessage ? `-${now}.${process.pid}` : '';
  const address = rewriteEnvelopeAddress(`${user}${message}${isPerRecipient ? '-' : ''}@${host}`, rewrite);
  // qmail-send writes each recipient into it.
  return isPerRecipient ? `${address}-@[]` : address;
}

/** $QMAILMFTFILE, read as a control file; a missing one is no list. */
async function readFollowUpLists(path: string | undefined): Promise<ReadonlySet<string> | undefined> {
  if (path === undefined) return undefined;
  try {
    const lines = readLines({ path, text: await readFile(path, 'utf8'), me: undefined }) ?? [];
    return new Set(lines.map((line) => lowerAscii(toByteString(line))));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    if (error instanceof ControlError) throw error;
    throw systemFatal('unable to read $QMAILMFTFILE', error);
  }
}

function reportUnparsed(fields: readonly string[], recipients: number, context: CommandContext): void {
  for (const field of fields) {
    const shown = (fromByteString(field) ?? field).trimEnd();
    if (recipients === 0) throw new Fatal(100, `unable to parse this line:\n${shown}`);
    context.stderr.write(`new-inject: warning: unable to parse this line, it is left as it is:\n${shown}\n`);
  }
}

function asText(bytes: string): string {
  const address = fromByteString(bytes);
  if (address === undefined) throw new Fatal(100, `${JSON.stringify(bytes)} is no UTF-8 address (#5.1.3)`);
  return address;
}
