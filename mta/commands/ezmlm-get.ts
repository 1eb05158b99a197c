// ezmlm-get, the program of .qmail lines as a command (mta/lists/archive/get.ts does the work).
// Its letter is standard input, and its variables are those that qmail-local sets (qmail-command(8)).
import { ezmlmGet, usage as line } from '../lists/archive/get.ts';
import type { CommandContext } from './command.ts';
import { runAsCommand } from './list-command.ts';

export const usage = `${line}

Answers list-get, -index and -thread; sends a digest when called by hand or behind ezmlm-tstdig.
  -f m (MIME), r (RFC 1153), v, n, x: form; -P moderators only; -s subscribers only; -C digests only; -B no request
`;

export const run = (args: readonly string[], context: CommandContext): Promise<number> =>
  runAsCommand('ezmlm-get', ezmlmGet, args, context);
