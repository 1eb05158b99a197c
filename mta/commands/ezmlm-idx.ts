// ezmlm-idx, the program of .qmail lines as a command (mta/lists/archive/rebuild.ts does the work).
// Its letter is standard input, and its variables are those that qmail-local sets (qmail-command(8)).
import { ezmlmIdx, usage as line } from '../lists/archive/rebuild.ts';
import type { CommandContext } from './command.ts';
import { runAsCommand } from './list-command.ts';

export const usage = `${line}

Makes archive/*/index anew, from message -f on. -d takes the date of the Date field.
`;

export const run = (args: readonly string[], context: CommandContext): Promise<number> =>
  runAsCommand('ezmlm-idx', ezmlmIdx, args, context);
