// ezmlm-store, the program of .qmail lines as a command (mta/lists/moderation/store.ts does the work).
// Its letter is standard input, and its variables are those that qmail-local sets (qmail-command(8)).
import { ezmlmStore, usage as line } from '../lists/moderation/store.ts';
import type { CommandContext } from './command.ts';
import { runAsCommand } from './list-command.ts';

export const usage = `${line}

Keeps the post on standard input until a moderator, or with confirmpost its sender, has decided. A list without
moderation gets it at once.
  -P only moderators may post; -y the sender confirms; -B the request has no body; -s moderators are dir/mod
`;

export const run = (args: readonly string[], context: CommandContext): Promise<number> =>
  runAsCommand('ezmlm-store', ezmlmStore, args, context);
