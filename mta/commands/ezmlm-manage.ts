// ezmlm-manage: answers requests to a list (ezmlm-manage(1)). As a .qmail line it is done in the
// delivery itself (mta/local/list-line.ts).
import { manage } from '../lists/manage/manage.ts';
import type { CommandContext } from './command.ts';
import { runAsCommand } from './list-command.ts';

export const usage = `ezmlm-manage: usage: ezmlm-manage [-aAbBcCdDeEfFlLmMnNqQsSuUvV] dir

Does what the address that a message was written to asks for: DEFAULT is subscribe, unsubscribe-box=domain, help ...
-b end answers with the request  -c answer -get  -d -e let moderators edit  -f keep names  -l let moderators list
-m moderators agree to leaving   -n tell subscribers   -Q tell the owner; twice: everything
-s ask before subscribing        -u ask before unsubscribing      Capitals: the other way round.
`;

export const run = (args: readonly string[], context: CommandContext): Promise<number> =>
  runAsCommand('ezmlm-manage', manage, args, context);
