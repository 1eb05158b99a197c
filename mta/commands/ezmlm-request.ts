// ezmlm-request: passes requests in subjects on to their command address (ezmlm-request(1)). As a .qmail line it is done in the
// delivery itself (mta/local/list-line.ts).
import { request } from '../lists/manage/request.ts';
import type { CommandContext } from './command.ts';
import { runAsCommand } from './list-command.ts';

export const usage = `ezmlm-request: usage: ezmlm-request dir

Sends a message to LIST-request on to the command address that its subject or first line means.
`;

export const run = (args: readonly string[], context: CommandContext): Promise<number> =>
  runAsCommand('ezmlm-request', request, args, context);
