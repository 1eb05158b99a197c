// ezmlm-archive, the program of .qmail lines as a command (mta/lists/archive/archive.ts does the work).
// Its letter is standard input, and its variables are those that qmail-local sets (qmail-command(8)).
import { ezmlmArchive, usage as line } from '../lists/archive/archive.ts';
import type { CommandContext } from './command.ts';
import { runAsCommand } from './list-command.ts';

export const usage = `${line}

Puts new posts into archive/threads, subjects and authors. -c from the beginning; -f, -t from and to a message.
`;

export const run = (args: readonly string[], context: CommandContext): Promise<number> =>
  runAsCommand('ezmlm-archive', ezmlmArchive, args, context);
