// ezmlm-list: shows the addresses of a set of a mailing list, or how many there are (ezmlm-list(1)).
import { openList } from '../lists/list.ts';
import { lastOf, readProgramWords } from '../lists/program-options.ts';
import { readSubscribers } from '../lists/subscribers.ts';
import type { CommandContext } from './command.ts';
import { reportListErrors } from './list-command.ts';

export const usage = `ezmlm-list: usage: ezmlm-list [-nN] dir [set]

Shows the subscribers of the list in dir, or the addresses of its set: digest, mod, allow, deny. -n: how many there are.
`;

export function run(args: readonly string[], context: CommandContext): Promise<number> {
  return reportListErrors('ezmlm-list', context, async () => {
    const call = { args, env: { PWD: process.cwd() } };
    const { options, directory, rest } = readProgramWords(call, 'mMS:nN', usage.split('\n')[0] as string);
    await openList(directory, { etc: context.env.EZMLM_ETC });
    const isCount = lastOf(options, 'nN') === 'n';
    let count = 0;
    for await (const addresses of readSubscribers(directory, rest[0] ?? '.')) {
      count += addresses.length;
      if (isCount) continue;
      // A slow reader is waited for.
      if (!context.stdout.write(`${addresses.join('\n')}\n`))
        await new Promise((resolve) => context.stdout.once('drain', resolve));
    }
    if (isCount) context.stdout.write(`${count}\n`);
    return 0;
  });
}
