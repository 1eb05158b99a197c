// Program lines of .qmail files (qmail-command(8); spec/qmail.md 6.5, security.md F4): `/bin/sh -c LINE` in the home
// of the user who wrote the line, as that user, with the documented variables only, the raw message as input.
// The line is its owner's code; nothing of a message or envelope is ever put into it.
// Bounds: 4 KiB of output, a time limit, one process group that is ended as a whole.
import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { describeError, dropFile, openFile } from '../maildir/calls.ts';

export interface ProgramRequest {
  /** What follows the `|`. */
  readonly command: string;
  /** Working directory: the home. */
  readonly directory: string;
  readonly env: Readonly<Record<string, string>>;
  /** The queue file; the program may seek in it. */
  readonly path: string;
  readonly owner: { readonly uid: number; readonly gid: number };
  /** Seconds; 0 is qmail's limit, a day. */
  readonly timeout: number;
}

/** What became of a program. */
export interface ProgramResult {
  readonly effect: 'continue' | 'stop' | 'permanent' | 'temporary';
  /** Standard output and error, at most 4 KiB, up to the first NUL, and our own words. */
  readonly output: string;
}

const outputLimit = 4096;
/** How long the output of a program that has ended is waited for: a child of it may hold it open for ever. */
const drainMilliseconds = 1000;
/** Between SIGTERM and SIGKILL. */
const mercyMilliseconds = 2000;

/** qmail-local mailprogram: what an exit code means for the delivery. */
export function judgeExitCode(code: number): ProgramResult['effect'] {
  switch (code) {
    case 0:
      return 'continue';
    case 99:
      return 'stop';
    // sysexits.h and qmail's own 100 and 112.
    case 64:
    case 65:
    case 70:
    case 76:
    case 77:
    case 78:
    case 100:
    case 112:
      return 'permanent';
    default:
      return 'temporary';
  }
}

/** Runs one program line to its end. Never rejects. */
export async function runProgram(request: ProgramRequest): Promise<ProgramResult> {
  const { uid, gid } = request.owner;
  const self = process.geteuid?.();
  if (uid === 0) {
    return { effect: 'temporary', output: 'Not allowed to perform deliveries as root.' };
  }
  if (self !== 0 && self !== uid) {
    return {
      effect: 'temporary',
      output: `Unable to run a program as uid ${uid}: not started as root. (#4.3.0)`,
    };
  }
  let message: number;
  try {
    message = await openFile(request.path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    return { effect: 'temporary', output: `Unable to read message: ${describeError(error)}. (#4.3.0)` };
  }
  try {
    // As root, libuv drops all groups, then changes gid and uid.
    const child = spawn('/bin/sh', ['-c', request.command], {
      cwd: request.directory,
      env: { ...request.env },
      stdio: [message, 'pipe', 'pipe'],
      detached: true,
      ...(self === 0 ? { uid, gid } : {}),
    });
    return await watchProgram(child, request.timeout);
  } catch (error) {
    return cannotRun(error);
  } finally {
    dropFile(message);
  }
}

const cannotRun = (error: unknown): ProgramResult => ({
  effect: 'temporary',
  output: `Unable to run /bin/sh: ${describeError(error)}. (#4.3.0)`,
});

/** Collects the output and waits for the end. */
function watchProgram(child: ChildProcess, timeout: number): Promise<ProgramResult> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let kept = 0;
    let timedOut = false;
    let killer: NodeJS.Timeout | undefined;
    let drain: NodeJS.Timeout | undefined;

    const killGroup = (signal: NodeJS.Signals): void => {
      if (child.pid === undefined) return;
      try {
        process.kill(-child.pid, signal);
      } catch {
        // ESRCH: the whole group has ended.
      }
    };
    const limit = Math.min(timeout > 0 ? timeout : 86_400, 2_000_000);
    const alarm = setTimeout(() => {
      timedOut = true;
      killGroup('SIGTERM');
      killer = setTimeout(killGroup, mercyMilliseconds, 'SIGKILL');
    }, limit * 1000);

    const settle = (result: ProgramResult): void => {
      clearTimeout(alarm);
      clearTimeout(killer);
      clearTimeout(drain);
      child.stdout?.destroy();
      child.stderr?.destroy();
      resolve(result);
    };
    const judge = (code: number | null): void => {
      const output = Buffer.concat(chunks).toString('utf8').replace(/\0.*/s, '');
      const say = (words: string): string =>
        output + (output === '' || output.endsWith('\n') ? '' : '\n') + words;
      if (timedOut) {
        const words = say(`The program was ended after ${limit} seconds. (#4.3.0)`);
        settle({ effect: 'temporary', output: words });
      } else if (code === null) {
        settle({ effect: 'temporary', output: say('Aack, child crashed. (#4.3.0)') });
      } else settle({ effect: judgeExitCode(code), output });
    };
    // What is over the limit is read and dropped: a program must not block on a full pipe.
    const collect = (chunk: Buffer): void => {
      if (kept >= outputLimit) return;
      const part = chunk.subarray(0, outputLimit - kept);
      chunks.push(part);
      kept += part.length;
    };
    child.stdout?.on('data', collect).on('error', () => {});
    child.stderr?.on('data', collect).on('error', () => {});
    child.on('error', (error) => settle(cannotRun(error)));
    child.on('exit', (code) => {
      // Whoever of the group outlived a time-out does not outlive its delivery.
      if (timedOut) killGroup('SIGKILL');
      drain = setTimeout(judge, drainMilliseconds, code);
    });
    child.on('close', judge);
  });
}
