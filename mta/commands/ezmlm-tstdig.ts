// ezmlm-tstdig, the program of .qmail lines as a command (mta/lists/archive/tstdig.ts does the work).
// Its letter is standard input, and its variables are those that qmail-local sets (qmail-command(8)).
import { ezmlmTstdig, usage as line } from '../lists/archive/tstdig.ts';
import type { CommandContext } from './command.ts';
import { runAsCommand } from './list-command.ts';

export const usage = `${line}

Exits 0 when it is time for a digest, else 99: so many kilobytes (64), messages (30) or hours (48) since the last one.
`;

export const run = (args: readonly string[], context: CommandContext): Promise<number> =>
  runAsCommand('ezmlm-tstdig', ezmlmTstdig, args, context);
