// ezmlm-clean, the program of .qmail lines as a command (mta/lists/moderation/clean.ts does the work).
// Its letter is standard input, and its variables are those that qmail-local sets (qmail-command(8)).
import { ezmlmClean, usage as line } from '../lists/moderation/clean.ts';
import type { CommandContext } from './command.ts';
import { runAsCommand } from './list-command.ts';

export const usage = `${line}

Sends back posts that waited for longer than dir/modtime hours (120). -R: throws them away.
`;

export const run = (args: readonly string[], context: CommandContext): Promise<number> =>
  runAsCommand('ezmlm-clean', ezmlmClean, args, context);
