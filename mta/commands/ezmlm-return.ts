// ezmlm-return, the program of .qmail lines as a command (mta/lists/bounces/return.ts does the work).
// Its letter is standard input, and its variables are those that qmail-local sets (qmail-command(8)).
import { ezmlmReturn, usage as line } from '../lists/bounces/return.ts';
import type { CommandContext } from './command.ts';
import { runAsCommand } from './list-command.ts';

export const usage = `${line}

Keeps the bounce on standard input, of the digest with -d. The bounce of a last try unsubscribes.
`;

export const run = (args: readonly string[], context: CommandContext): Promise<number> =>
  runAsCommand('ezmlm-return', ezmlmReturn, args, context);
