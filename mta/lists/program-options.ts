// The command lines of ezmlm's programs (ezmlm-idx 7 lib/getconfopt): single letters before the list directory. What
// the list's files say comes first, and a letter on the line wins over it; of two letters the later.
import { resolve } from 'node:path';
import { parseOptions } from '../commands/getopt.ts';
import { ListError } from './errors.ts';
import type { ListCall } from './program.ts';

export interface ProgramWords {
  readonly options: readonly { readonly letter: string; readonly value: string }[];
  /** The list directory, absolute. */
  readonly directory: string;
  /** What follows it. */
  readonly rest: readonly string[];
}

/**
 * Reads a command line. @param spec as for parseOptions; @param usage the program's usage line
 * @throws ListError 100 with the usage
 */
export function readProgramWords(
  call: Pick<ListCall, 'args' | 'env'>,
  spec: string,
  usage: string,
): ProgramWords {
  const { options, rest, complaint } = parseOptions(call.args, spec);
  if (complaint !== undefined) throw new ListError(100, `${complaint}; ${usage}`);
  const [directory, ...others] = rest;
  if (directory === undefined) throw new ListError(100, usage);
  // qmail-local runs programs in the home of the user.
  return { options, directory: resolve(call.env.PWD ?? call.env.HOME ?? '/', directory), rest: others };
}

/** The last of these letters that was given decides: small or capital. */
export function lastOf(options: ProgramWords['options'], letters: string): string | undefined {
  return options.findLast(({ letter }) => letters.includes(letter))?.letter;
}
