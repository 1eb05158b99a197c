// queue/lock/trigger: the FIFO by which netqmail's qmail-queue says "there is something in todo" (one NUL byte).
// Ours does not need it; it is answered so that foreign injectors find a running queue.
import { close, constants, open } from 'node:fs';
import { Socket } from 'node:net';
import { errorCode } from './files.ts';

export interface Trigger {
  close(): void;
}

/**
 * Calls `pulled` whenever somebody writes to the FIFO.
 * @returns undefined when there is no FIFO: todo is then scanned by the clock alone
 */
export function openTrigger(path: string, pulled: () => void): Promise<Trigger | undefined> {
  return new Promise((resolve, reject) => {
    // Read-write: the end never closes when the last writer goes.
    open(path, constants.O_RDWR | constants.O_NONBLOCK | constants.O_NOFOLLOW, (error, fd) => {
      if (error) {
        if (errorCode(error) === 'ENOENT') resolve(undefined);
        else reject(error);
        return;
      }
      try {
        const socket = new Socket({ fd, readable: true, writable: false });
        socket.on('data', pulled);
        socket.on('error', () => socket.destroy());
        socket.unref();
        resolve({ close: () => socket.destroy() });
      } catch {
        // Not a FIFO (a file of that name in a copied queue): nothing to listen to.
        close(fd, () => resolve(undefined));
      }
    });
  });
}
