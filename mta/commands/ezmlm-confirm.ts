// ezmlm-confirm, the program of .qmail lines as a command (mta/lists/moderation/decide.ts does the work).
// Its letter is standard input, and its variables are those that qmail-local sets (qmail-command(8)).
import { ezmlmConfirm, confirmUsage as line } from '../lists/moderation/decide.ts';
import type { CommandContext } from './command.ts';
import { runAsCommand } from './list-command.ts';

export const usage = `${line}

Does what a sender says by writing to list-confirm-... or list-discard-...
`;

export const run = (args: readonly string[], context: CommandContext): Promise<number> =>
  runAsCommand('ezmlm-confirm', ezmlmConfirm, args, context);
