// How qmail's commands give up: one line `NAME: fatal: WORDS` on standard error and the exit status that says whether
// trying again may help. Commands throw Fatal, files of the system throw ControlError; all else that is thrown passes on.
// A wrong command line is answered with one line too, qmail's own: --help tells the rest.
import { ControlError } from '../control/reading.ts';
import { describeError } from '../maildir/calls.ts';
import type { CommandContext } from './command.ts';

/** A reason to stop. 100: for good; 111: try again; other numbers are a command's own. */
export class Fatal extends Error {
  readonly status: number;

  constructor(status: number, words: string) {
    super(words);
    this.status = status;
  }
}

/** Try again: what could not be done, and the system's reason in qmail's words. */
export const systemFatal = (what: string, error: unknown): Fatal =>
  new Fatal(111, `${what}: ${describeError(error)}`);

/**
 * Says what is wrong with a command line: getopt's complaint, if there is one, and the first line of `usage`.
 * @returns 100
 */
export function refuseUsage(usage: string, context: CommandContext, complaint?: string): number {
  const line = usage.slice(0, usage.indexOf('\n') + 1);
  const name = line.slice(0, line.indexOf(':'));
  context.stderr.write(complaint === undefined ? line : `${name}: ${complaint}\n${line}`);
  return 100;
}

/** Runs `work`; a Fatal becomes its line and its exit status. */
export async function reportFatal(
  name: string,
  context: CommandContext,
  work: () => Promise<number>,
): Promise<number> {
  try {
    return await work();
  } catch (error) {
    const status = error instanceof Fatal ? error.status : error instanceof ControlError ? 111 : undefined;
    if (status === undefined) throw error;
    context.stderr.write(`${name}: fatal: ${(error as Error).message}\n`);
    return status;
  }
}
