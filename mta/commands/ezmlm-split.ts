// ezmlm-split: passes requests on to sublists (ezmlm-split(1)). As a .qmail line it is done in the
// delivery itself (mta/local/list-line.ts).
import { split } from '../lists/manage/split.ts';
import type { CommandContext } from './command.ts';
import { runAsCommand } from './list-command.ts';

export const usage = `ezmlm-split: usage: ezmlm-split [-d] dir [splitfile]

Sends a request to subscribe or unsubscribe on to the sublist that the file split in dir names for the address.
`;

export const run = (args: readonly string[], context: CommandContext): Promise<number> =>
  runAsCommand('ezmlm-split', split, args, context);
