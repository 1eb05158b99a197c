// qmail-qstat: counts the queue in qmail's two lines (spec/qmail.md 12.1).
import { namesIn } from '../queue/files.ts';
import { isQueueName, type QueuePlace } from '../queue/layout.ts';
import type { CommandContext } from './command.ts';
import { refuseUsage, reportFatal } from './fatal.ts';
import { asFatal, openQueue } from './open-queue.ts';

export const usage = `usage: qmail-qstat

Prints how many messages are in the queue and how many of them are not yet preprocessed.
`;

export function run(args: readonly string[], context: CommandContext): Promise<number> {
  return reportFatal('qmail-qstat', context, async () => {
    if (args.length > 0) return refuseUsage(usage, context);
    const layout = await openQueue(context);
    const count = async (place: QueuePlace): Promise<number> => {
      let total = 0;
      for (const directory of layout.directoriesOf(place))
        total += (await namesIn(directory)).filter(isQueueName).length;
      return total;
    };
    try {
      context.stdout.write(`messages in queue: ${await count('mess')}\n`);
      context.stdout.write(`messages in queue but not yet preprocessed: ${await count('todo')}\n`);
    } catch (error) {
      throw asFatal(error);
    }
    return 0;
  });
}
