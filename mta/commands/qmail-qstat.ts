// qmail-qstat: counts the queue in qmail's two lines (spec/qmail.md 12.1).
import { join } from 'node:path';
import { namesIn } from '../queue/files.ts';
import { isQueueName, QueueLayoutError, type QueuePlace, readQueueLayout } from '../queue/layout.ts';
import type { CommandContext } from './command.ts';

export const usage = `usage: qmail-qstat

Prints how many messages are in the queue and how many of them are not yet preprocessed.
`;

export async function run(args: readonly string[], context: CommandContext): Promise<number> {
  if (args.length > 0) {
    context.stderr.write(usage);
    return 100;
  }
  try {
    const layout = await readQueueLayout(join(context.home.qmail, 'queue'));
    const count = async (place: QueuePlace): Promise<number> => {
      let total = 0;
      for (const directory of layout.directoriesOf(place))
        total += (await namesIn(directory)).filter(isQueueName).length;
      return total;
    };
    context.stdout.write(`messages in queue: ${await count('mess')}\n`);
    context.stdout.write(`messages in queue but not yet preprocessed: ${await count('todo')}\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof QueueLayoutError)) throw error;
    context.stderr.write(`qmail-qstat: fatal: ${error.message}\n`);
    return 111;
  }
}
