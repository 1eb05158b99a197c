// ezmlm-reject, the program of .qmail lines as a command (mta/lists/moderation/reject.ts does the work).
// Its letter is standard input, and its variables are those that qmail-local sets (qmail-command(8)).
import { ezmlmReject, usage as line } from '../lists/moderation/reject.ts';
import type { CommandContext } from './command.ts';
import { runAsCommand } from './list-command.ts';

export const usage = `${line}

Refuses a letter that the list does not want: list not in To or Cc (-T: never mind), no Subject (-S), a command in the
Subject (-C; -f sends it to list-request), fields of headerreject (-H), types of mimereject, size by msgsize.
  -q throws away instead of refusing; -b looks at the first words of Subject and text as well
`;

export const run = (args: readonly string[], context: CommandContext): Promise<number> =>
  runAsCommand('ezmlm-reject', ezmlmReject, args, context);
