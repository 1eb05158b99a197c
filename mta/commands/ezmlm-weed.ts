// ezmlm-weed: throws away what machines send to a list (ezmlm-weed(1)). As a .qmail line it is done in the
// delivery itself (mta/local/list-line.ts).
import { weed } from '../lists/weed.ts';
import type { CommandContext } from './command.ts';
import { runAsCommand } from './list-command.ts';

export const usage = `ezmlm-weed: usage: ezmlm-weed

Ends with 99 when the message on standard input is a notice of success or delay or an automatic answer, else with 0.
`;

export const run = (args: readonly string[], context: CommandContext): Promise<number> =>
  runAsCommand('ezmlm-weed', weed, args, context);
