// The queue directory as commands open it: one that cannot be read, or that is no queue, ends the command with its line
// and exit status 111. Nothing is made or changed.
import { join } from 'node:path';
import { type QueueLayout, QueueLayoutError, readQueueLayout } from '../queue/layout.ts';
import type { CommandContext } from './command.ts';
import { Fatal, systemFatal } from './fatal.ts';

/** The layout of QMAIL/queue. @throws Fatal 111 */
export async function openQueue({ home }: CommandContext): Promise<QueueLayout> {
  try {
    return await readQueueLayout(join(home.qmail, 'queue'));
  } catch (error) {
    if (error instanceof QueueLayoutError) throw new Fatal(111, error.message);
    throw asFatal(error);
  }
}

/** What the system refused, with its path; any other error stays what it is. */
export function asFatal(error: unknown): unknown {
  const { path, syscall } = error as NodeJS.ErrnoException;
  return syscall === undefined ? error : systemFatal(`unable to read ${path ?? 'the queue'}`, error);
}
