// The lock of flock(2), which qmail's and ezmlm's programs take on mboxes and lists. Node has no such call; flock(1) of
// util-linux takes it on a descriptor that it shares with us, and what is locked stays so until the last holder closes it.
import { spawn } from 'node:child_process';
import type { Descriptor } from './maildir/calls.ts';

/** `unlocked`: it cannot be locked at all, or there is no flock(1). `busy`: others held it for the whole time. */
export type Flocked = 'locked' | 'unlocked' | 'busy';

/** Takes an exclusive lock on our open file; waits for `milliseconds` at most. Closing the descriptor frees it. */
export function takeFlock(descriptor: Descriptor, milliseconds: number): Promise<Flocked> {
  return new Promise((resolve) => {
    const seconds = (milliseconds / 1000).toFixed(3);
    const child = spawn('flock', ['--exclusive', '--timeout', seconds, '3'], {
      stdio: ['ignore', 'ignore', 'ignore', descriptor],
    });
    child.once('error', () => resolve('unlocked'));
    child.once('exit', (code) => resolve(code === 0 ? 'locked' : code === 1 ? 'busy' : 'unlocked'));
  });
}
