// ezmlm-gate, the program of .qmail lines as a command (mta/lists/moderation/gate.ts does the work).
// Its letter is standard input, and its variables are those that qmail-local sets (qmail-command(8)).
import { ezmlmGate, usage as line } from '../lists/moderation/gate.ts';
import type { CommandContext } from './command.ts';
import { runAsCommand } from './list-command.ts';

export const usage = `${line}

A post of somebody in dir/moddir goes to the list; any other one waits for a moderator. . is the list itself.
`;

export const run = (args: readonly string[], context: CommandContext): Promise<number> =>
  runAsCommand('ezmlm-gate', ezmlmGate, args, context);
