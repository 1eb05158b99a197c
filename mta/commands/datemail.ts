// datemail: sendmail with a Date field in local time (qmail datemail(1); spec/qmail.md 12.3). Takes sendmail's arguments.
import { Readable } from 'node:stream';
import type { CommandContext } from './command.ts';
import { withDate } from './predate.ts';

export const usage = `usage: datemail [ sendmail's arguments ]

Puts a Date field in local time in front of the message on standard input and sends it as sendmail does.
`;

export async function run(args: readonly string[], context: CommandContext): Promise<number> {
  const { run: send } = await import('./sendmail.ts');
  return send(args, { ...context, stdin: Readable.from(withDate(context.stdin, new Date())) });
}
