// Messages that commands send: the injector of this site, or the program of $QMAILQUEUE (qmail.c) or control/qmailqueue in
// its place, and the message on standard input as bytes. What became of a message is told in qmail's words, with qmail's exit statuses.
import { createReadStream, fstatSync } from 'node:fs';
import { join } from 'node:path';
import { readSettings } from '../control/settings.ts';
import { isSafeAddress } from '../formats/address.ts';
import { chooseSiteVariables } from '../hooks/variables.ts';
import { createInjector } from '../inject/client.ts';
import { type FilterSettings, filterEnvironment, filterSettingNames } from '../inject/filtered.ts';
import type { Injector } from '../inject/types.ts';
import type { CommandContext } from './command.ts';
import { Fatal, systemFatal } from './fatal.ts';

/** A message to send. */
export interface OutgoingMessage {
  /** What comes before the content; with its line feeds. */
  readonly prefix: string;
  readonly content: AsyncIterable<Buffer>;
  readonly sender: string;
  readonly recipients: readonly string[];
}

/**
 * Queues a message. @returns `qp NUMBER`, as qmail's programs report it
 * @throws Fatal 100 or 111 with the queue's words
 */
export async function sendMessage(message: OutgoingMessage, context: CommandContext): Promise<string> {
  for (const recipient of message.recipients)
    if (!isSafeAddress(recipient))
      throw new Fatal(100, `${JSON.stringify(recipient)} cannot be an address (#5.1.3)`);
  const injector = await openInjector(context);
  const injection = injector.open(`uid ${process.getuid?.() ?? 0}`);
  try {
    injection.write(Buffer.from(message.prefix, 'utf8'));
    for await (const chunk of message.content) if (!injection.write(chunk)) await injection.drained();
  } catch (error) {
    injection.abort();
    injector.close();
    throw error;
  }
  const outcome = await injection.finish(message.sender, message.recipients);
  injector.close();
  if (outcome.code !== 'K') throw new Fatal(outcome.code === 'D' ? 100 : 111, outcome.text);
  return /\bqp \d+/.exec(outcome.text)?.[0] ?? 'ok';
}

/**
 * The way into the queue: run/inject, or the program of $QMAILQUEUE, or the one of control/qmailqueue, as for the servers.
 * @throws Fatal 111 when the control files cannot be read
 */
export async function openInjector({ env, home }: CommandContext): Promise<Injector> {
  const directory = home.qmail;
  if (env.QMAILQUEUE) {
    const { createProgramInjector } = await import('../inject/queue-program.ts');
    return createProgramInjector(env.QMAILQUEUE, { directory, env });
  }
  const { qmailqueue, timeoutqmailqueue, environment } = await readFilterSettings(directory);
  if (qmailqueue === '') return createInjector(join(home.run, 'inject'));
  const { createProgramInjector } = await import('../inject/queue-program.ts');
  const site = { ...env, ...chooseSiteVariables(home, env) };
  return createProgramInjector(qmailqueue, {
    directory,
    env: filterEnvironment(site, environment.variables, directory),
    timeout: timeoutqmailqueue,
  });
}

async function readFilterSettings(qmail: string): Promise<FilterSettings> {
  try {
    return await readSettings(qmail, filterSettingNames);
  } catch (error) {
    // Past the program that the administrator wants, mail does not go.
    throw new Fatal(111, error instanceof Error ? error.message : String(error));
  }
}

/** Standard input as buffers. @throws Fatal 111 when it cannot be read */
export async function* readMessage(stdin: NodeJS.ReadableStream): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of stdin) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
  } catch (error) {
    throw systemFatal('unable to read message', error);
  }
}

/**
 * The message on descriptor 0 from its beginning, after a program has read it. qmail-local gives a file there.
 * @throws Fatal 111 when it is none
 */
export function rereadMessage(): AsyncGenerator<Buffer> {
  if (!fstatSync(0).isFile()) throw new Fatal(111, 'unable to rewind: the message is not a file');
  return readMessage(createReadStream('', { fd: 0, autoClose: false, start: 0 }));
}

/** A variable that qmail-local sets. @throws Fatal 100 when it is missing */
export function requireVariable(name: string, { env }: CommandContext): string {
  const value = env[name];
  if (value === undefined) throw new Fatal(100, `${name} not set`);
  return value;
}
