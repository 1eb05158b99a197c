// autorespond: answers a message with a text, for mail robots and vacations (autorespond 2.0; spec/vpopmail.md 8.4). It
// keeps a file A<pid>.<time> with the sender's address for each answer, and answers one sender only so often. Machines are
// not answered: lists, bounces, other answers (RFC 3834 2). An answer says that it is one, and its envelope sender is
// empty unless one is named, so that nothing comes back and nothing goes round.
import { constants } from 'node:fs';
import { open, readdir, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { isPlainAddress } from '../accounts/administration/dot-qmail-lines.ts';
import { readHeader } from '../accounts/administration/reply-text.ts';
import { quoteAddress } from '../formats/address.ts';
import { formatQmailDate } from '../formats/date.ts';
import { HeaderReader, HeaderTooLong } from '../inject/header/header-reader.ts';
import { errorCode } from '../maildir/calls.ts';
import type { CommandContext } from './command.ts';
import { refuseUsage, reportFatal, systemFatal } from './fatal.ts';
import { readMessage, requireVariable, sendMessage } from './outgoing.ts';

export const usage = `autorespond: usage: autorespond time num message dir [ flag arsender ]

Answers the message on standard input with the file message, at most num times in time seconds to one sender. dir holds
a file for each answer. flag: 1 quotes the text of the message (the default), 0 does not. arsender: envelope sender of
the answer; $ is the address that was written to, + and the default are the empty one.
`;

/** Bytes of the answered message that are looked at for a text to quote, and that are quoted. */
const LOOK_BYTES = 65_536;
const QUOTE_BYTES = 4096;
const LOG_NAME = /^A\d+\.(\d+)$/;

export function run(args: readonly string[], context: CommandContext): Promise<number> {
  return reportFatal('autorespond', context, async () => {
    const [time = '', count = '', messagePath, directory, flag = '1', from = '+', ...more] = args;
    const isNumber = (text: string): boolean => /^\d{1,10}$/.test(text);
    if (!isNumber(time) || !isNumber(count) || !messagePath || !directory || more.length > 0)
      return refuseUsage(usage, context);
    const sender = requireVariable('SENDER', context);
    const own = `${requireVariable('EXT', context)}@${requireVariable('HOST', context)}`;
    const { fields, body } = await readStart(context.stdin);
    if (isLooping(fields)) {
      context.stderr.write('autorespond: this message is looping: it is an answer of an autoresponder\n');
      return 100;
    }
    const reason = whyNotAnswered(sender, own, fields);
    if (reason !== undefined) {
      context.stderr.write(`autorespond: no answer: ${reason}\n`);
      return 0;
    }
    const text = await readFile(messagePath, 'latin1').catch((error: unknown) => {
      throw systemFatal(`unable to read ${messagePath}`, error);
    });
    const now = Math.floor(Date.now() / 1000);
    const entry = await enterLog(directory, sender, now, Number(time), Number(count));
    if (entry === undefined) {
      context.stderr.write('autorespond: no answer: this sender has had enough of them\n');
      return 0;
    }
    const quote = flag === '0' ? '' : quoteText(fields, body);
    const answer = formatAnswer(text, { own, sender, fields, quote, seconds: now });
    const envelope = from === '$' ? own : from === '+' ? '' : from;
    try {
      const content = one(Buffer.from(answer, 'latin1'));
      const number = await sendMessage(
        { prefix: '', content, sender: envelope, recipients: [sender] },
        context,
      );
      context.stderr.write(`autorespond: ${number}\n`);
    } catch (error) {
      // It was not answered: the next try may be.
      await unlink(entry).catch(() => undefined);
      throw error;
    }
    return 0;
  });
}

async function* one(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

/** The header, and the beginning of what follows, as byte strings; the rest is read and dropped. */
async function readStart(
  stdin: NodeJS.ReadableStream,
): Promise<{ readonly fields: readonly string[]; readonly body: string }> {
  const reader = new HeaderReader();
  let body = '';
  try {
    for await (const chunk of readMessage(stdin)) {
      if (body.length >= LOOK_BYTES) continue;
      body += reader.push(chunk)?.toString('latin1') ?? '';
    }
    body += reader.end().toString('latin1');
  } catch (error) {
    // A header of megabytes is no letter of a person: judged by what was read of it.
    if (!(error instanceof HeaderTooLong)) throw error;
  }
  return { fields: reader.fields, body: body.slice(0, LOOK_BYTES) };
}

/** The value of a field, unfolded; undefined: there is none. */
function fieldValue(fields: readonly string[], name: string): string | undefined {
  const start = `${name.toLowerCase()}:`;
  const found = fields.find((field) => field.toLowerCase().startsWith(start));
  return found?.slice(start.length).replace(/\s+/g, ' ').trim();
}

/** An answer of any autorespond has this. Pure. */
export const isLooping = (fields: readonly string[]): boolean =>
  fields.some((field) => /^delivered-to:\s*autoresponder\s*$/i.test(field));

/** Why a message gets no answer. Undefined: a person may have written it. Pure. */
export function whyNotAnswered(sender: string, own: string, fields: readonly string[]): string | undefined {
  if (sender === '' || sender === '#@[]') return 'it is a bounce';
  if (/^mailer-daemon/i.test(sender)) return 'a mailer daemon sent it';
  if (!isPlainAddress(sender)) return 'its sender has no address that could be answered';
  // RFC 3834 2, 5: the responder itself, and owners of lists.
  if (sender.toLowerCase() === own.toLowerCase()) return 'it was sent by the address itself';
  if (/(?:^owner-|-(?:owner|request|bounces?)(?:[-+=].*)?@|-return-.*@)/i.test(sender))
    return 'a list sent it';
  for (const name of ['mailing-list', 'list-id', 'list-post', 'list-unsubscribe'])
    if (fieldValue(fields, name) !== undefined) return 'it comes from a list';
  const precedence = fieldValue(fields, 'precedence')?.toLowerCase() ?? '';
  if (/\b(?:junk|bulk|list)\b/.test(precedence)) return `its precedence is ${precedence.slice(0, 20)}`;
  const auto = fieldValue(fields, 'auto-submitted');
  if (auto !== undefined && !/^no\b/i.test(auto)) return 'a machine sent it';
  if (/\b(?:all|oof|autoreply)\b/i.test(fieldValue(fields, 'x-auto-response-suppress') ?? ''))
    return 'its sender wants no automatic answer';
  return undefined;
}

/** Enters an answer into the log; old entries go. Undefined: the sender had `count` answers in the last `time` seconds. */
async function enterLog(
  directory: string,
  sender: string,
  now: number,
  time: number,
  count: number,
): Promise<string | undefined> {
  try {
    let answers = 0;
    for (const name of await readdir(directory)) {
      const at = LOG_NAME.exec(name)?.[1];
      if (at === undefined) continue;
      const path = join(directory, name);
      if (Number(at) < now - time) await unlink(path).catch(() => undefined);
      else if ((await readLogFile(path)) === sender.toLowerCase()) answers += 1;
    }
    if (answers >= count) return undefined;
    // Two answers of one process id in one second: the time of the second is a little later.
    for (let at = now; ; at++) {
      const path = join(directory, `A${process.pid}.${at}`);
      try {
        const file = await open(path, 'wx', 0o600);
        try {
          await file.writeFile(sender);
        } finally {
          await file.close();
        }
        return path;
      } catch (error) {
        if (errorCode(error) !== 'EEXIST' || at > now + 100) throw error;
      }
    }
  } catch (error) {
    throw systemFatal(`unable to keep the log in ${directory}`, error);
  }
}

async function readLogFile(path: string): Promise<string> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(1024), 0, 1024, 0);
      return buffer.toString('utf8', 0, bytesRead).trim().toLowerCase();
    } finally {
      await file.close();
    }
  } catch (error) {
    // Another answer has just removed it; a link is none of ours.
    if (['ENOENT', 'ELOOP'].includes(errorCode(error))) return '';
    throw error;
  }
}

/** The text of a message with `> ` in front of its lines, when it is plain ASCII and not encoded; else ''. Pure. */
export function quoteText(fields: readonly string[], body: string): string {
  const type = fieldValue(fields, 'content-type') ?? 'text/plain';
  let text = body.replace(/^\r?\n/, '');
  if (/^multipart\//i.test(type)) {
    const boundary = /boundary="?([^";\s]+)"?/i.exec(type)?.[1];
    const parts = boundary === undefined ? [] : `\n${text}`.split(`\n--${boundary}`);
    const plain = parts
      .map((part) => /^[^\n]*\n((?:.+\n)*)\n([\s\S]*)$/.exec(part))
      .find((part) => /^content-type:\s*text\/plain/im.test(part?.[1] ?? ''));
    if (!plain || /^content-transfer-encoding:\s*(?:base64|quoted-printable)/im.test(plain[1] as string))
      return '';
    text = plain[2] as string;
  } else if (
    !/^text\/plain\b/i.test(type) ||
    /^(?:base64|quoted-printable)/i.test(fieldValue(fields, 'content-transfer-encoding') ?? '')
  )
    return '';
  const start = text.slice(0, QUOTE_BYTES).replace(/\s+$/, '');
  if (start === '' || !/^[\t\r\n\x20-\x7e]*$/.test(start)) return '';
  const lines = start.split(/\r?\n/).map((line) => `> ${line}\n`);
  return `\n-------- Original Message --------\n\n${lines.join('')}`;
}

/** The answer as byte string: our header, the fields of the text that are any, its words, the quote. Pure. */
export function formatAnswer(
  text: string,
  answer: {
    readonly own: string;
    readonly sender: string;
    readonly fields: readonly string[];
    readonly quote: string;
    readonly seconds: number;
  },
): string {
  const { own, sender, fields, quote, seconds } = answer;
  const { fields: said, body } = readHeader(text);
  const has = (name: string): boolean => said.some((field) => field.name === name);
  const latin1 = (address: string): string => Buffer.from(quoteAddress(address), 'utf8').toString('latin1');
  const id = /^<[!-~]{1,500}>$/.exec(fieldValue(fields, 'message-id') ?? '')?.[0];
  const subject = fieldValue(fields, 'subject')?.slice(0, 500) ?? '';
  const header = [
    `Date: ${formatQmailDate(seconds)}`,
    `Message-ID: <${seconds}.${process.pid}.autorespond@${own.slice(own.lastIndexOf('@') + 1)}>`,
    'Delivered-To: Autoresponder',
    `To: <${latin1(sender)}>`,
    ...(has('from') ? [] : [`From: <${latin1(own)}>`]),
    ...(has('subject') ? [] : [`Subject: ${/^re:/i.test(subject) ? '' : 'Re: '}${subject}`]),
    'Auto-Submitted: auto-replied',
    'Precedence: bulk',
    ...(id === undefined ? [] : [`In-Reply-To: ${id}`, `References: ${id}`]),
    ...said
      .filter(
        ({ name }) =>
          !['date', 'message-id', 'to', 'delivered-to', 'auto-submitted', 'precedence'].includes(name),
      )
      .flatMap((field) => field.lines),
  ];
  return `${header.join('\n')}\n\n${body.replace(/\n*$/, '\n')}${quote}`;
}
