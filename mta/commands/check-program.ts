// A checkpassword program called by us (spec/qmail.md 10.2): name and password on its descriptor 3, its exit status as
// the answer. For SMTP AUTH it runs `true` when it says yes. What it prints is not for the client; its errors are for
// the log.
import { spawn } from 'node:child_process';
import type { Writable } from 'node:stream';
import type { Credentials } from '../smtpd/auth.ts';

/** No login takes longer. */
const LIMIT_MS = 60_000;

/**
 * Asks a program. True: exit status 0. False: refused. Rejects when it cannot be run, crashes, takes too long, or says
 * that it cannot tell now (111).
 */
export function askCheckProgram(
  words: readonly string[],
  { user, password, challenge = '' }: Credentials,
  env: Readonly<NodeJS.ProcessEnv>,
): Promise<boolean> {
  const [program = '', ...args] = words;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      env: { ...env },
      stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
      timeout: LIMIT_MS,
      killSignal: 'SIGKILL',
    });
    child.once('error', reject);
    child.once('exit', (code) => {
      if (code === null) reject(new Error(`${program} crashed`));
      else if (code === 111) reject(new Error(`${program} has temporary trouble`));
      else resolve(code === 0);
    });
    const descriptor3 = child.stdio[3] as Writable | undefined;
    descriptor3?.on('error', () => undefined); // it may answer without reading
    // The third field is what a digest answers (APOP's timestamp, CRAM-MD5's challenge): empty for a password.
    descriptor3?.end(`${user}\0${password}\0${challenge}\0`);
  });
}
