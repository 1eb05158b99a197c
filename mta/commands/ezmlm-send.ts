// ezmlm-send: a post to all members (ezmlm-send(1); mta/lists/post/send.ts does the work).
// Its letter is standard input, and its variables are those that qmail-local sets (qmail-command(8)).
import { ezmlmSend, usage as line } from '../lists/post/send.ts';
import type { CommandContext } from './command.ts';
import { runAsCommand } from './list-command.ts';

export const usage = `${line}

Sends the post on standard input to all members, in one message, and puts it into the archive.
  -r keeps Received fields; -s lo_hi serves members of these hash files; -H field counts as Mailing-List
`;

export const run = (args: readonly string[], context: CommandContext): Promise<number> =>
  runAsCommand('ezmlm-send', ezmlmSend, args, context);
