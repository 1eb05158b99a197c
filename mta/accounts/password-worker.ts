// A password worker: hashes and checks one password after the other in its own thread, so that neither an event loop
// nor the file system's thread pool waits for it. Started and stopped by password.ts.
import { parentPort } from 'node:worker_threads';
import { verifyPassword } from './crypt.ts';
import { hashPassword, type PasswordScheme } from './new-hash.ts';

/** What a worker is asked. */
export type PasswordJob =
  | { readonly kind: 'verify'; readonly password: string; readonly stored: string }
  | { readonly kind: 'hash'; readonly password: string; readonly scheme: PasswordScheme };

/** What it answers. */
export type PasswordAnswer = { readonly value: boolean | string } | { readonly error: string };

parentPort?.on('message', (job: PasswordJob) => {
  let answer: PasswordAnswer;
  try {
    const { password } = job;
    answer = {
      value:
        job.kind === 'verify' ? verifyPassword(password, job.stored) : hashPassword(password, job.scheme),
    };
  } catch (error) {
    answer = { error: (error as Error).message };
  }
  parentPort?.postMessage(answer);
});
