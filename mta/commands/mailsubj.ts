// mailsubj: sends standard input as a message with a subject (qmail mailsubj(1); spec/qmail.md 12.3). qmail-inject
// completes the header.
import { Readable } from 'node:stream';
import type { CommandContext } from './command.ts';
import { readMessage } from './outgoing.ts';

export const usage = `usage: mailsubj subject recipient ...

Sends the text on standard input with this subject to these recipients.
`;

export async function run(args: readonly string[], context: CommandContext): Promise<number> {
  const [subject, ...recipients] = args;
  if (subject === undefined || recipients.length === 0) {
    context.stderr.write(usage);
    return 100;
  }
  const { run: inject } = await import('./qmail-inject.ts');
  return inject([], { ...context, stdin: Readable.from(withHeader(subject, recipients, context.stdin)) });
}

/** An argument must not begin a field of its own. */
const oneLine = (text: string): string => text.replace(/[\r\n]+/g, ' ');

async function* withHeader(
  subject: string,
  recipients: readonly string[],
  stdin: NodeJS.ReadableStream,
): AsyncGenerator<Buffer> {
  const to = recipients.map(oneLine).join(', ');
  yield Buffer.from(`Subject: ${oneLine(subject)}\nTo: ${to}\n\n`, 'utf8');
  yield* readMessage(stdin);
}
