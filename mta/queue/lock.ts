// queue/lock/sendmutex: one queue runner a queue (qmail-send's exclusive flock, held for life). Node has no flock(2),
// so a flock(1) child of util-linux holds the lock and lives as long as its standard input: when this process ends in
// any way, kill -9 included, the pipe closes, the child ends and the lock is free. A qmail-send started by mistake
// sees the same lock.
import { spawn } from 'node:child_process';

/** A held lock. */
export interface QueueLock {
  /** Resolves if the lock is lost while held (the holder was killed): the runner must stop. */
  readonly lost: Promise<void>;
  release(): Promise<void>;
}

/** Somebody else runs this queue, or the lock cannot be taken at all; the text is for the log. */
export class QueueLockError extends Error {
  override name = 'QueueLockError';
  /** True: another program holds the lock. */
  readonly isTaken: boolean;

  constructor(message: string, isTaken = false) {
    super(message);
    this.isTaken = isTaken;
  }
}

/**
 * Takes the exclusive lock on a file, waiting up to `patience` milliseconds for a holder that is just ending.
 * @throws QueueLockError when it stays taken, or flock(1) is not installed
 */
export function lockFile(path: string, patience = 3000): Promise<QueueLock> {
  return new Promise((resolve, reject) => {
    const seconds = (patience / 1000).toFixed(3);
    // --no-fork: flock becomes cat, which holds the lock until end of input.
    const holder = spawn('flock', ['--exclusive', '--timeout', seconds, '--no-fork', path, 'cat'], {
      stdio: ['pipe', 'pipe', 'ignore'],
      // Not in our process group: a Ctrl-C at the terminal must not end the lock before us.
      detached: true,
    });
    let held = false;
    let released = false;
    let lose: () => void = () => undefined;
    const lost = new Promise<void>((done) => {
      lose = done;
    });
    const ended = new Promise<void>((done) => holder.once('close', () => done()));
    holder.once('error', (error) => {
      reject(new QueueLockError(`cannot run flock (util-linux): ${error.message}`));
    });
    holder.once('close', (code) => {
      if (!held)
        reject(
          code === 1
            ? new QueueLockError(`${path}: already locked by another program`, true)
            : new QueueLockError(`flock ended with exit code ${code}`),
        );
      else if (!released) lose();
    });
    holder.stdin.on('error', () => undefined); // EPIPE when it has ended: 'close' tells
    // What cat gives back proves that it runs, so the lock is ours.
    holder.stdout.once('data', () => {
      held = true;
      resolve({
        lost,
        release: () => {
          released = true;
          holder.stdin.end();
          return ended;
        },
      });
    });
    holder.stdin.write('x');
  });
}
