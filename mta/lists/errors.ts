// How work on a list fails: with the exit status that ezmlm's programs have for it. 100: for good, the letter goes back;
// 111: try again later. Whoever runs the work (a command, a built-in .qmail line, a page) makes its own words of it.
import { describeError } from '../maildir/calls.ts';

/** Work on a list that could not be done. `status` 100 or 111. */
export class ListError extends Error {
  readonly status: 100 | 111;

  constructor(status: 100 | 111, words: string, options?: ErrorOptions) {
    super(words, options);
    this.name = 'ListError';
    this.status = status;
  }
}

/** Try again: what could not be done, and the system's reason in qmail's words. */
export const systemError = (what: string, error: unknown): ListError =>
  error instanceof ListError
    ? error
    : new ListError(111, `${what}: ${describeError(error)}`, { cause: error });
