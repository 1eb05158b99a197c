// Stops or fails a program at its n-th call that changes files: call-shim.c, compiled here and preloaded, counts the
// calls below some directories in all threads and processes of the program. This side writes what shall happen into the
// file that the shim maps, so that one running server can be told again and again.
import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, readSync, writeFileSync, writeSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { programRoot } from '../../mta/root.ts';

/** In the order of call-shim.c. `tear`: half of a write, then death; `short`: half of a write, told as it is. */
const actions = ['idle', 'count', 'kill', 'fail', 'fail-on', 'tear', 'short'] as const;
export type CallAction = (typeof actions)[number];
export type CallError = 'EIO' | 'ENOSPC' | 'EMFILE' | 'ENOMEM' | 'EINTR' | 'EAGAIN';

export interface ArmOptions {
  readonly error?: CallError;
  /** Opening to read, reading, listing and closing count too. */
  readonly reads?: boolean;
}

/** Why there is no shim on this machine; false when there is. With CI=true a missing compiler is an error. */
export function noShim(): string | false {
  if (process.platform !== 'linux') return 'LD_PRELOAD is for Linux';
  if (spawnSync('cc', ['--version'], { stdio: 'ignore' }).status === 0) return false;
  if (process.env.CI === 'true') throw new Error('cc is not installed');
  return 'cc is not installed';
}

/** The calls of one program, from outside. */
export class CallShim {
  /** Starts a program under the shim, in front of its line. One file thread: every run makes its calls in one order. */
  readonly wrapper: readonly string[];
  readonly #control: number;
  readonly #trace: string;

  /**
   * @param place a directory of the test's own
   * @param watched real paths: calls on files below them count
   */
  constructor(place: string, watched: readonly string[], threads = 1) {
    const library = join(place, 'call-shim.so');
    const source = join(programRoot(), 'test', 'support', 'call-shim.c');
    execFileSync('cc', ['-shared', '-fPIC', '-O1', '-Wall', '-Werror', '-o', library, source, '-ldl']);
    const control = join(place, 'call-shim.control');
    this.#trace = join(place, 'call-shim.trace');
    writeFileSync(control, Buffer.alloc(24), { mode: 0o666 });
    writeFileSync(this.#trace, '', { mode: 0o666 });
    this.#control = openSync(control, 'r+');
    this.wrapper = [
      'env',
      `LD_PRELOAD=${library}`,
      `CALL_SHIM_CONTROL=${control}`,
      `CALL_SHIM_TRACE=${this.#trace}`,
      `CALL_SHIM_DIRECTORIES=${watched.join(':')}`,
      `UV_THREADPOOL_SIZE=${threads}`,
      'UV_USE_IO_URING=0',
    ];
  }

  /** From now on: count from 1, and do this at call `target`. */
  arm(action: CallAction, target = 0, options: ArmOptions = {}): void {
    const error = options.error === undefined ? 0 : constants.errno[options.error];
    this.#write(0, [0]);
    writeFileSync(this.#trace, '');
    this.#write(4, [target, error, options.reads ? 1 : 0, 0, 0]);
    this.#write(0, [actions.indexOf(action)]);
  }

  disarm(): void {
    this.#write(0, [0]);
  }

  /** Calls since it was armed. */
  get count(): number {
    return this.#read(16);
  }

  /** Was the call reached? */
  get wasHit(): boolean {
    return this.#read(20) > 0;
  }

  /** Call n since it was armed: its name and path; undefined when it was not reached. */
  call(n: number): string | undefined {
    return this.calls()[n - 1];
  }

  calls(): string[] {
    const found: string[] = [];
    for (const line of readFileSync(this.#trace, 'utf8').split('\n')) {
      const match = /^(\d+) (.*)$/.exec(line);
      if (match) found[Number(match[1]) - 1] = match[2]?.trim() as string;
    }
    return found;
  }

  close(): void {
    closeSync(this.#control);
  }

  #write(offset: number, values: readonly number[]): void {
    const bytes = Buffer.alloc(values.length * 4);
    for (const [at, value] of values.entries()) bytes.writeUInt32LE(value, at * 4);
    writeSync(this.#control, bytes, 0, bytes.length, offset);
  }

  #read(offset: number): number {
    const bytes = Buffer.alloc(4);
    readSync(this.#control, bytes, 0, 4, offset);
    return bytes.readUInt32LE();
  }
}
