// Program lines of .qmail files (qmail-command(8); spec/qmail.md 6.5, security.md F4): `/bin/sh -c LINE` in the home
// of the user who wrote the line, as that user, with the documented variables only, the raw message as input.
// The line is its owner's code; nothing of a message or envelope is ever put into it.
// Bounds (4 KiB of output, a time limit, one process group) are those of mta/programs.ts.
import { constants } from 'node:fs';
import type { Delivered } from '../delivery.ts';
import { describeError, dropFile, openFile } from '../maildir/calls.ts';
import type { ProgramEnd, Programs } from '../programs.ts';

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
  /** Of vdelivermail: what the sender may be told of a delivery that is done. */
  readonly fate?: Delivered['fate'];
}

const outputLimit = 4096;

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

/** May this process run a program for that user? The words of the refusal, or undefined. */
export function refuseOwner(uid: number): string | undefined {
  const self = process.geteuid?.();
  if (uid === 0) return 'Not allowed to perform deliveries as root.';
  if (self !== 0 && self !== uid)
    return `Unable to run a program as uid ${uid}: not started as root. (#4.3.0)`;
  return undefined;
}

/** Runs one program line to its end. Never rejects. */
export async function runProgram(programs: Programs, request: ProgramRequest): Promise<ProgramResult> {
  const refusal = refuseOwner(request.owner.uid);
  if (refusal !== undefined) return { effect: 'temporary', output: refusal };
  let message: number;
  try {
    message = await openFile(request.path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    return { effect: 'temporary', output: `Unable to read message: ${describeError(error)}. (#4.3.0)` };
  }
  const { command, directory, env, owner, timeout } = request;
  const running = programs.run({
    words: ['/bin/sh', '-c', command],
    directory,
    env,
    input: message,
    owner,
    timeout,
    outputLimit,
  });
  // The program has its own copy.
  dropFile(message);
  return judge(await running);
}

function judge(end: ProgramEnd): ProgramResult {
  if (end.kind === 'not run')
    return { effect: 'temporary', output: `Unable to run /bin/sh: ${describeError(end.error)}. (#4.3.0)` };
  const output = end.output.toString('utf8').replace(/\0.*/s, '');
  const deferWith = (words: string): ProgramResult => ({
    effect: 'temporary',
    output: output + (output === '' || output.endsWith('\n') ? '' : '\n') + words,
  });
  switch (end.kind) {
    case 'timed out':
      return deferWith(`The program was ended after ${end.seconds} seconds. (#4.3.0)`);
    case 'stopped':
      return deferWith('The program was ended because the mail system is stopping. (#4.3.2)');
    case 'crashed':
      return { effect: 'temporary', output: `${output}Aack, child crashed. (#4.3.0)` };
    case 'exited':
      return { effect: judgeExitCode(end.code), output };
  }
}
