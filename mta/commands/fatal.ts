// How qmail's commands give up: one line `NAME: fatal: WORDS` on standard error and the exit status that says whether
// trying again may help. Commands throw Fatal; everything else that is thrown is a bug and passes on.
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

/** Runs `work`; a Fatal becomes its line and its exit status. */
export async function reportFatal(
  name: string,
  context: CommandContext,
  work: () => Promise<number>,
): Promise<number> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Fatal)) throw error;
    context.stderr.write(`${name}: fatal: ${error.message}\n`);
    return error.status;
  }
}
