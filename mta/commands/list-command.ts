// What the commands of mailing lists share: their words for what could not be done, and calls of the programs that also run
// as built-in .qmail lines (mta/lists/program.ts).

import { fstatSync } from 'node:fs';
import { ListError } from '../lists/errors.ts';
import { type Letter, type ListProgram, runListProgram } from '../lists/program.ts';
import type { CommandContext } from './command.ts';
import { reportFatal } from './fatal.ts';
import { openInjector, readMessage, rereadMessage } from './outgoing.ts';

/** Runs `work`; a ListError becomes `NAME: fatal: WORDS` and its exit status. */
export async function reportListErrors(
  name: string,
  context: CommandContext,
  work: () => Promise<number>,
): Promise<number> {
  try {
    return await reportFatal(name, context, work);
  } catch (error) {
    if (!(error instanceof ListError)) throw error;
    context.stderr.write(`${name}: fatal: ${error.message}\n`);
    return error.status;
  }
}

/** Runs a program of .qmail lines as a command: the letter is standard input, a file as qmail-local gives it. */
export async function runAsCommand(
  name: string,
  program: ListProgram,
  args: readonly string[],
  context: CommandContext,
): Promise<number> {
  return reportFatal(name, context, async () => {
    let opened: ReturnType<typeof openInjector> | undefined;
    const answer = await runListProgram(name, program, {
      args,
      env: { ...context.env, PWD: process.cwd() },
      letter: createStandardInput(context),
      injector: () => {
        opened ??= openInjector(context);
        return opened;
      },
      origin: `uid ${process.getuid?.() ?? 0}`,
      now: Math.floor(Date.now() / 1000),
      etc: context.env.EZMLM_ETC,
    });
    context.stderr.write(answer.output);
    (await opened)?.close();
    return answer.status;
  });
}

/** A file is read as often as wanted, a pipe once. */
function createStandardInput(context: CommandContext): Letter {
  let isRead = false;
  return {
    open() {
      if (fstatSync(0).isFile()) return rereadMessage();
      if (isRead) throw new ListError(111, 'the message is not a file: it cannot be read twice');
      isRead = true;
      return readMessage(context.stdin);
    },
  };
}
