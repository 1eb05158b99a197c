// qmail-inject: completes the header of a message from standard input and queues it for the recipients of its arguments,
// its header or both (spec/qmail.md 9.1). The header is held and completed by inject/header/; the body streams through.
// Exit status 0, 100 (for good: usage, syntax, refused) or 111 (try again), with `qmail-inject: fatal: ` and the reason.
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { ControlError, readLines } from '../control/reading.ts';
import { readSettings } from '../control/settings.ts';
import { quoteAddress } from '../formats/address.ts';
import type { DsnRequest, MessageWishes } from '../formats/dsn.ts';
import {
  completionOptions,
  fromByteString,
  injectSettingNames,
  toByteString,
} from '../inject/header/author.ts';
import {
  type CompletedHeader,
  type CompletionOptions,
  completeAddress,
  completeHeader,
  HeaderFault,
} from '../inject/header/complete.ts';
import { HeaderReader, HeaderTooLong, headerLimit } from '../inject/header/header-reader.ts';
import type { Injection, Injector } from '../inject/types.ts';
import type { CommandContext } from './command.ts';
import { type ParsedOptions, parseOptions } from './getopt.ts';
import { openInjector } from './outgoing.ts';

export const usage = `usage: qmail-inject [-nNaAhH] [-f SENDER] [RECIPIENT ...]

Completes the header of the message on standard input and queues it.
  -a   for the recipients named here
  -h   for the recipients in To, Cc, Bcc (or Resent-To, Resent-Cc, Resent-Bcc)
  -A   for those named here or, when there are none, those in the header (the default)
  -H   for both
  -f SENDER   envelope sender; '' for none
  -n   print the completed message instead of queueing it (-N: queue it)
`;

/** A reason to stop, with its exit status. */
class Fatal extends Error {
  readonly status: 100 | 111;

  constructor(status: 100 | 111, words: string) {
    super(words);
    this.status = status;
  }
}

/** @param wishes what the sender asks about notifications (sendmail -N, -R, -V) */
export async function run(
  args: readonly string[],
  context: CommandContext,
  wishes: MessageWishes = {},
): Promise<number> {
  const parsed = parseOptions(args, 'aAhHnNf:');
  if (parsed.complaint !== undefined) {
    context.stderr.write(`qmail-inject: ${parsed.complaint}\n`);
    return 100;
  }
  try {
    await injectMessage(parsed, context, wishes);
    return 0;
  } catch (error) {
    const { status, message } = asFatal(error);
    context.stderr.write(`qmail-inject: fatal: ${message}\n`);
    return status;
  }
}

function asFatal(error: unknown): Fatal {
  if (error instanceof Fatal) return error;
  if (error instanceof HeaderFault) return new Fatal(100, fromByteString(error.message) ?? error.message);
  if (error instanceof HeaderTooLong)
    return new Fatal(100, `the header is longer than ${headerLimit} bytes (#5.3.4)`);
  if (error instanceof ControlError) return new Fatal(111, error.message);
  throw error;
}

async function injectMessage(
  { options: given, rest }: ParsedOptions,
  context: CommandContext,
  { notify, ret, envid }: MessageWishes,
): Promise<void> {
  const last = (letters: string): string | undefined =>
    given.findLast(({ letter }) => letters.includes(letter))?.letter;
  const strategy = last('aAhH') ?? 'A';
  const isPrinted = last('nN') === 'n';
  const takesArguments = strategy !== 'h';
  const takesHeader = strategy === 'h' || strategy === 'H' || (strategy === 'A' && rest.length === 0);
  const options = await readOptions(given.findLast(({ letter }) => letter === 'f')?.value, context);
  const named = takesArguments
    ? rest.map((address) => completeAddress(toByteString(address), options.rules))
    : [];

  const reader = new HeaderReader();
  let sink: Sink | undefined;
  let envelope = { sender: '', recipients: [] as readonly string[] };
  const begin = async (): Promise<Sink> => {
    const completed = completeHeader(reader.fields, options);
    if (takesHeader) reportUnparsed(completed, named.length, context);
    envelope = makeEnvelope(completed, takesHeader ? [...named, ...completed.recipients] : named);
    sink = isPrinted ? printingSink(context.stdout) : queueingSink(await openInjector(context));
    const returnPath = isPrinted ? `Return-Path: <${quoteAddress(completed.sender)}>\n` : '';
    await sink.write(Buffer.from(returnPath + completed.header, 'latin1'));
    return sink;
  };
  try {
    for await (const chunk of readInput(context.stdin)) {
      const body = reader.push(chunk);
      if (body) await (sink ?? (await begin())).write(body);
    }
    const body = reader.end();
    const opened = sink ?? (await begin());
    await opened.write(body);
    const { sender, recipients } = envelope;
    await opened.finish(sender, recipients, { ret, envid, recipients: recipients.map(() => ({ notify })) });
  } catch (error) {
    sink?.abort();
    throw error;
  }
}

async function readOptions(sender: string | undefined, context: CommandContext): Promise<CompletionOptions> {
  const settings = await readSettings(context.home.qmail, injectSettingNames);
  return completionOptions(context.env, settings, {
    sender,
    lists: await readListFile(context.env.QMAILMFTFILE),
    now: Math.floor(Date.now() / 1000),
    pid: process.pid,
  });
}

/** $QMAILMFTFILE: read as a control file; a missing one is no list. */
async function readListFile(path: string | undefined): Promise<readonly string[] | undefined> {
  if (path === undefined) return undefined;
  try {
    return readLines({ path, text: await readFile(path, 'utf8'), me: undefined });
  } catch (error) {
    if (error instanceof ControlError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new Fatal(111, `cannot read ${path}, the file of $QMAILMFTFILE (${code})`);
  }
}

/** notqmail: a recipient field that cannot be parsed stays as it is. Nobody left to send to is an error all the same. */
function reportUnparsed(completed: CompletedHeader, named: number, context: CommandContext): void {
  for (const field of completed.unparsed) {
    const shown = fromByteString(field) ?? field;
    if (named + completed.recipients.length === 0)
      throw new Fatal(100, `unable to parse this line:\n${shown}`);
    context.stderr.write(
      `qmail-inject: warning: unable to parse this line, it is left as it is:\n${shown}\n`,
    );
  }
}

function makeEnvelope(
  { sender }: CompletedHeader,
  recipients: readonly string[],
): { sender: string; recipients: readonly string[] } {
  return {
    sender: asEnvelopeAddress(sender),
    // qmail-lspawn: mail for an empty address is delivered to nobody.
    recipients: recipients.filter((address) => address !== '').map(asEnvelopeAddress),
  };
}

/** A queue file's records end in NUL and addresses are shown in lines of logs and bounces. */
function asEnvelopeAddress(bytes: string): string {
  const address = fromByteString(bytes);
  if (address === undefined || /[\x00-\x1f\x7f]/.test(address))
    throw new Fatal(
      100,
      `unable to parse address: ${JSON.stringify(bytes)} (control characters or not UTF-8)`,
    );
  return address;
}

async function* readInput(stdin: NodeJS.ReadableStream): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of stdin) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
  } catch (error) {
    throw new Fatal(111, `read error (${(error as NodeJS.ErrnoException).code ?? String(error)})`);
  }
}

/** Where the completed message goes. */
interface Sink {
  write(bytes: Buffer): Promise<void>;
  finish(sender: string, recipients: readonly string[], dsn: DsnRequest): Promise<void>;
  abort(): void;
}

function printingSink(stdout: NodeJS.WritableStream): Sink {
  let failure: NodeJS.ErrnoException | undefined;
  stdout.once('error', (error) => {
    failure = error;
  });
  const write = async (bytes: Buffer): Promise<void> => {
    if (bytes.length === 0 || stdout.write(bytes) || failure) return check();
    await once(stdout, 'drain').catch(() => undefined); // the reason is in `failure`
    check();
  };
  const check = (): void => {
    if (failure) throw new Fatal(111, `write error (${failure.code})`);
  };
  return { write, finish: async () => check(), abort: () => undefined };
}

function queueingSink(injector: Injector): Sink {
  const injection: Injection = injector.open(`uid ${process.getuid?.() ?? 0}`);
  return {
    write: async (bytes) => {
      if (!injection.write(bytes)) await injection.drained();
    },
    finish: async (sender, recipients, dsn) => {
      const outcome = await injection.finish(sender, recipients, dsn);
      injector.close();
      if (outcome.code !== 'K') throw new Fatal(outcome.code === 'D' ? 100 : 111, outcome.text);
    },
    abort: () => {
      injection.abort();
      injector.close();
    },
  };
}
