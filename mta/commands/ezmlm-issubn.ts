// ezmlm-issubn: is the sender in one of these sets of addresses (ezmlm-issubn(1)). As a .qmail line it is done in the
// delivery itself (mta/local/list-line.ts).
import { issubn } from '../lists/membership.ts';
import type { CommandContext } from './command.ts';
import { runAsCommand } from './list-command.ts';

export const usage = `ezmlm-issubn: usage: ezmlm-issubn [-nN] dir [set ...]

Ends with 0 when $SENDER is in one of the sets of the list in dir, with 99 when it is not; with -n the other way round.
`;

export const run = (args: readonly string[], context: CommandContext): Promise<number> =>
  runAsCommand('ezmlm-issubn', issubn, args, context);
