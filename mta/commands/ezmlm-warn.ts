// ezmlm-warn, the program of .qmail lines as a command (mta/lists/bounces/warn.ts does the work).
// Its letter is standard input, and its variables are those that qmail-local sets (qmail-command(8)).
import { ezmlmWarn, usage as line } from '../lists/bounces/warn.ts';
import type { CommandContext } from './command.ts';
import { runAsCommand } from './list-command.ts';

export const usage = `${line}

Warns members from whom mail came back, tries those a last time whose warning came back.
  -d digest only, -D list only; -t days after the first bounce, 10; -l seconds between two rounds
`;

export const run = (args: readonly string[], context: CommandContext): Promise<number> =>
  runAsCommand('ezmlm-warn', ezmlmWarn, args, context);
