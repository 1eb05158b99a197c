// ezmlm-checksub: refuses posts by what sets the sender is in (ezmlm-checksub(1)). As a .qmail line it is done in the
// delivery itself (mta/local/list-line.ts).
import { checksub } from '../lists/membership.ts';
import type { CommandContext } from './command.ts';
import { runAsCommand } from './list-command.ts';

export const usage = `ezmlm-checksub: usage: ezmlm-checksub [-m message] [-nN] dir [set ...]

Ends with 100 and a message when $SENDER is in none of the sets of the list in dir; with -n when it is in one.
`;

export const run = (args: readonly string[], context: CommandContext): Promise<number> =>
  runAsCommand('ezmlm-checksub', checksub, args, context);
