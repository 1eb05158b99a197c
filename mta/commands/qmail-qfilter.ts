// qmail-qfilter: filters between an injector and qmail-queue (spec/qmail.md 12.3), named by QMAILQUEUE. A filter reads the
// message on 0 and the envelope on 3, may write a new message on 1, a new envelope on 4 and on 5 the program that is
// called in place of qmail-queue. Filters are the words of the arguments, parted by `--`; without arguments the command
// of the first line of control/qfilters that fits the sender's domain. Exit 99 of a filter drops the message.
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, createReadStream, fstatSync, openSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFilterRule } from '../control/filter-rules.ts';
import { ControlError, readSettings } from '../control/settings.ts';
import { splitAddress } from '../formats/address.ts';
import { becomeProgram } from './child.ts';
import type { CommandContext } from './command.ts';
import { DescriptorOverflow, isInherited, readDescriptor } from './descriptor.ts';
import { Fatal } from './fatal.ts';
import { withMessageCopy } from './message-copy.ts';
import { EnvelopeFault, parseQueueEnvelope } from './qmail-queue.ts';

export const usage = `usage: qmail-qfilter [FILTER [ARG ...] [-- FILTER [ARG ...]] ...]

Reads message and envelope as qmail-queue does, runs the filters on them, then qmail-queue ($QQF_QMAILQUEUE). Filters:
message on 0, new message on 1, envelope on 3, new envelope on 4, name of another program on 5. Exit 0 goes on, 99 drops
the message, 31 and 100 refuse it, 71 and 111 put it off. Without arguments the filter is that of control/qfilters.
`;

const envelopeLimit = 16 * 1024 * 1024;
/** Bytes of a message that the queue takes from a program; a filter that writes more is ended. */
const messageLimit = 200_000_000;
/** Milliseconds between looks at what a filter has written. */
const lookInterval = 250;
/** Words for the refusal of the one who sends (notqmail, exit 82): filters and queue program get it as we got it. */
const wordsDescriptor = 6;
/** Bytes of a variable; Linux refuses 128 KiB. */
const variableLimit = 100_000;

/** A filter: its words and the variables of its line. */
interface Filter {
  readonly words: readonly string[];
  readonly variables: readonly (readonly [string, string])[];
}

/** Parts the words of the arguments at each `--`. Undefined: an empty filter. */
export function parseFilters(args: readonly string[]): readonly Filter[] | undefined {
  const filters: { words: string[]; variables: [] }[] = [];
  for (const [at, word] of args.entries()) {
    if (at === 0 || args[at - 1] === '--') filters.push({ words: [], variables: [] });
    if (word !== '--') filters.at(-1)!.words.push(word);
  }
  return args.at(-1) === '--' || filters.some(({ words }) => words.length === 0) ? undefined : filters;
}

export async function run(args: readonly string[], context: CommandContext): Promise<number> {
  const { stderr } = context;
  // Before we open files of our own.
  const words = isInherited(wordsDescriptor) ? wordsDescriptor : ('ignore' as const);
  const given = parseFilters(args);
  if (given === undefined) {
    stderr.write(usage);
    return 81;
  }
  const directory = await mkdtemp(join(tmpdir(), 'facteur-qfilter-'));
  try {
    return await withMessageCopy(context.stdin, async ({ path }) => {
      const envelope = await readDescriptor(1, envelopeLimit, endsEnvelope);
      const { sender } = parseQueueEnvelope(envelope);
      const envelopePath = join(directory, 'envelope');
      await writeFile(envelopePath, envelope, { mode: 0o600 });
      const filters = args.length > 0 ? given : await findFilters(sender, context);
      return runFilters(filters, { message: path, envelope: envelopePath }, { directory, words }, context);
    });
  } catch (error) {
    if (error instanceof EnvelopeFault || error instanceof Fatal || error instanceof ControlError) {
      stderr.write(`qmail-qfilter: ${error.message}\n`);
      return error instanceof EnvelopeFault ? error.status : error instanceof ControlError ? 55 : 53;
    }
    if (!(error instanceof DescriptorOverflow)) throw error;
    return 51;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** The empty record: a caller's pipe may stay open after it. */
const endsEnvelope = (tail: Buffer): boolean => tail.length >= 2 && tail.at(-1) === 0 && tail.at(-2) === 0;

async function findFilters(sender: string, { home }: CommandContext): Promise<readonly Filter[]> {
  const { qfilters } = await readSettings(home.qmail, ['qfilters']);
  const rule = findFilterRule(qfilters, splitAddress(sender).domain, undefined);
  return rule ? [{ words: ['/bin/sh', '-c', rule.command], variables: rule.variables }] : [];
}

/** The descriptor of the refusal's words, where there is one. */
type Words = typeof wordsDescriptor | 'ignore';

/** Message and envelope as they are now. */
interface Files {
  readonly message: string;
  readonly envelope: string;
}

async function runFilters(
  filters: readonly Filter[],
  first: Files,
  { directory, words }: { readonly directory: string; readonly words: Words },
  context: CommandContext,
): Promise<number> {
  let files = first;
  let queue = context.env.QQF_QMAILQUEUE || 'qmail-queue';
  for (const [number, filter] of filters.entries()) {
    const next: Files = {
      message: join(directory, `message.${number}`),
      envelope: join(directory, `envelope.${number}`),
    };
    const place = join(directory, `queue.${number}`);
    const opened = [
      openSync(files.message, 'r'),
      openSync(next.message, 'w', 0o600),
      openSync(files.envelope, 'r'),
      openSync(next.envelope, 'w', 0o600),
      openSync(place, 'w', 0o600),
    ] as const;
    try {
      const status = await runFilter(filter, opened, words, context);
      if (status === 99) {
        context.stderr.write(`qmail-qfilter: ${filter.words[0]} dropped the message\n`);
        return 0;
      }
      if (status !== 0) return { 100: 31, 111: 71 }[status] ?? status;
      // What a filter did not write stays as it was.
      files = {
        message: fstatSync(opened[1]).size > 0 ? next.message : files.message,
        envelope: fstatSync(opened[3]).size > 0 ? next.envelope : files.envelope,
      };
    } finally {
      for (const descriptor of opened) closeSync(descriptor);
    }
    queue = readFileSync(place, 'utf8').trim() || queue;
  }
  const [message, envelope] = [openSync(files.message, 'r'), openSync(files.envelope, 'r')];
  const { home, env } = context;
  try {
    return await becomeProgram([queue], {
      env: { ...env, PATH: `${join(home.qmail, 'bin')}:${env.PATH ?? '/usr/local/bin:/usr/bin:/bin'}` },
      stdio: [message, envelope, 'inherit', 'ignore', 'ignore', 'ignore', words],
    });
  } catch (error) {
    if (!(error instanceof Fatal)) throw error;
    context.stderr.write(`qmail-qfilter: ${error.message}\n`);
    return 120;
  } finally {
    closeSync(message);
    closeSync(envelope);
  }
}

/** The exit status of a filter; 81 when it crashed or could not be run. */
async function runFilter(
  { words: filterWords, variables }: Filter,
  [message, newMessage, envelope, newEnvelope, place]: readonly [number, number, number, number, number],
  words: Words,
  { env, stderr }: CommandContext,
): Promise<number> {
  const [program = '', ...args] = filterWords;
  const described = await describeEnvelope(envelope, message);
  // As in filterargs, an empty value takes the variable away.
  const own = Object.fromEntries(variables.map(([name, value]) => [name, value === '' ? undefined : value]));
  let child: ChildProcess;
  try {
    child = spawn(program, args, {
      env: { ...env, QMAILNAME: undefined, ...described, ...own },
      stdio: [message, newMessage, 'inherit', envelope, newEnvelope, place, words],
    });
  } catch (error) {
    stderr.write(`qmail-qfilter: unable to run ${program}: ${(error as Error).message}\n`);
    return 81;
  }
  let tooLong: string | undefined;
  const look = (): void => {
    if (fstatSync(newMessage).size > messageLimit)
      tooLong = `${program} wrote a message of more than ${messageLimit} bytes`;
    else if (fstatSync(newEnvelope).size > envelopeLimit)
      tooLong = `${program} wrote an envelope of more than ${envelopeLimit} bytes`;
    if (tooLong !== undefined) child.kill('SIGKILL');
  };
  const timer = setInterval(look, lookInterval);
  return new Promise<number>((resolve) => {
    child.once('error', (error) => {
      stderr.write(`qmail-qfilter: unable to run ${program}: ${error.message}\n`);
      resolve(81);
    });
    child.once('exit', (code, signal) => {
      look();
      if (tooLong !== undefined) {
        stderr.write(`qmail-qfilter: ${tooLong}\n`);
        return resolve(81);
      }
      if (signal !== null) stderr.write(`qmail-qfilter: ${program} was killed by ${signal}\n`);
      resolve(code ?? 81);
    });
  }).finally(() => clearInterval(timer));
}

/** qmail-qfilter's variables: the sender in two, the recipients a line each, and sizes. */
async function describeEnvelope(envelope: number, message: number): Promise<Record<string, string>> {
  const chunks: Buffer[] = [];
  for await (const chunk of createReadStream('', { fd: envelope, autoClose: false, start: 0 }))
    chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  const { sender, recipients } = parseQueueEnvelope(bytes);
  const { local, domain } = splitAddress(sender);
  const list = recipients.map((recipient) => `${recipient}\n`).join('');
  return {
    QMAILUSER: local,
    QMAILHOST: domain,
    // A longer variable is one that no program can be started with; the envelope has them all.
    ...(Buffer.byteLength(list) < variableLimit ? { QMAILRCPTS: list } : {}),
    NUMRCPTS: String(recipients.length),
    ENVSIZE: String(bytes.length),
    MSGSIZE: String(fstatSync(message).size),
  };
}
