// predate: runs a program on a message with a Date field in front, in local time (qmail predate(1); spec/qmail.md 12.3).
// Exit status is the program's.
import { formatRfc5322Date } from '../formats/date.ts';
import { feedProgram } from './child.ts';
import type { CommandContext } from './command.ts';
import { Fatal, refuseUsage, reportFatal } from './fatal.ts';
import { readMessage } from './outgoing.ts';

export const usage = `predate: usage: predate child

Runs child with a Date field in front of the message on standard input.
`;

export function run(args: readonly string[], context: CommandContext): Promise<number> {
  return reportFatal('predate', context, async () => {
    if (args.length === 0) return refuseUsage(usage, context);
    try {
      return await feedProgram(args, withDate(context.stdin, new Date()), context);
    } catch (error) {
      // predate.c: whatever goes wrong may pass.
      throw error instanceof Fatal ? new Fatal(111, error.message) : error;
    }
  });
}

/** The message with `Date: D Mon YYYY HH:MM:SS +ZZZZ` as its first line. */
export async function* withDate(stdin: NodeJS.ReadableStream, now: Date): AsyncGenerator<Buffer> {
  // date822fmt.c: no name of the day.
  yield Buffer.from(`Date: ${formatRfc5322Date(now).replace(/^\w+, /, '')}\n`, 'latin1');
  yield* readMessage(stdin);
}
