// ezmlm-check: reports what a mailing list is and what is wrong with it (ezmlm-check(1)). It prints, and mails nothing.
import { checkList } from '../lists/check.ts';
import { lastOf, readProgramWords } from '../lists/program-options.ts';
import type { CommandContext } from './command.ts';
import { reportListErrors } from './list-command.ts';

export const usage = `ezmlm-check: usage: ezmlm-check [-sS] dir

Says what the list in dir is, whose its files are, which options are set and what is wrong. -S: without subscribers.
Lines with ??? are errors; then the exit status is 1.
`;

export function run(args: readonly string[], context: CommandContext): Promise<number> {
  return reportListErrors('ezmlm-check', context, async () => {
    const call = { args, env: { PWD: process.cwd() } };
    const { options, directory } = readProgramWords(call, 'sS', usage.split('\n')[0] as string);
    let status = 0;
    const report = checkList(directory, {
      etc: context.env.EZMLM_ETC,
      showsSubscribers: lastOf(options, 'sS') !== 'S',
    });
    for await (const line of report) {
      if (line.startsWith('???')) status = 1;
      context.stdout.write(`${line}\n`);
    }
    return status;
  });
}
