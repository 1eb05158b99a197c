// ezmlm-split, the program of .qmail lines as a command (mta/lists/split.ts does the work).
// Its letter is standard input, and its variables are those that qmail-local sets (qmail-command(8)).
import { ezmlmSplit, usage as line } from '../lists/split.ts';
import type { CommandContext } from './command.ts';
import { runAsCommand } from './list-command.ts';

export const usage = `${line}

Lets requests to a list without dir/split pass to the next line; those of a list with it wait.
`;

export const run = (args: readonly string[], context: CommandContext): Promise<number> =>
  runAsCommand('ezmlm-split', ezmlmSplit, args, context);
