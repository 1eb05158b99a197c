// queue/lock/trigger: the FIFO by which netqmail's qmail-queue says "there is something in todo" (one NUL byte).
// Ours does not need it; it is answered so that foreign injectors find a running queue.
import { close, constants, fstat, open } from 'node:fs';
import { Socket } from 'node:net';
import { type Log, quoted } from '../log.ts';

export interface Trigger {
  close(): void;
}

/** Without it injectors of qmail are heard when todo is scanned by the clock. */
const slowly = 'todo is looked at every 25 minutes only';

/**
 * Calls `pulled` whenever somebody writes to the FIFO.
 * @returns undefined when there is no FIFO of that name, which is told: todo is then scanned by the clock alone
 */
export function openTrigger(path: string, pulled: () => void, log: Log): Promise<Trigger | undefined> {
  return new Promise((resolve) => {
    const miss = (why: string): void => {
      log(`warning: unable to open lock/trigger: ${why}; ${slowly}`);
      resolve(undefined);
    };
    // Read-write: the end never closes when the last writer goes.
    open(path, constants.O_RDWR | constants.O_NONBLOCK | constants.O_NOFOLLOW, (error, fd) => {
      if (error) return miss(quoted(error.message));
      fstat(fd, (_, stats) => {
        // A file of that name in a copied queue.
        if (!stats?.isFIFO()) return close(fd, () => miss('expected a FIFO'));
        const socket = new Socket({ fd, readable: true, writable: false });
        socket.on('data', pulled);
        socket.on('error', () => socket.destroy());
        socket.unref();
        resolve({ close: () => socket.destroy() });
      });
    });
  });
}
