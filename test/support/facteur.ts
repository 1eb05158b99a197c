// Runs the real program for tests: commands and servers from the sources, on a home of the test's own.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { programRoot } from '../../mta/root.ts';

const main = join(programRoot(), 'server', 'main.ts');
const environment = { ...process.env, UV_THREADPOOL_SIZE: '32', NODE_NO_WARNINGS: '1' };

export interface CommandResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `facteur ARGS`, with `input` on its standard input. */
export function runFacteur(
  args: readonly string[],
  input: string | Buffer = '',
  env: Readonly<Record<string, string>> = {},
  cwd = process.cwd(),
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [main, ...args],
      { cwd, env: { ...environment, ...env }, timeout: 60_000, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => {
        const status = error === null ? 0 : typeof error.code === 'number' ? error.code : 255;
        resolve({ status, stdout, stderr });
      },
    );
    child.stdin?.end(input);
  });
}

export interface RunningServer {
  readonly process: ChildProcess;
  readonly pid: number;
  /** Port of each listener by name. */
  readonly ports: Readonly<Record<string, number>>;
  /** What it wrote to standard output until it was ready. */
  stdout(): string;
  /** What it wrote to standard error so far: log lines and complaints. */
  stderr(): string;
  /** TERM; resolves with the exit status. */
  stop(): Promise<number | null>;
  /** kill -9; resolves when it is gone. */
  kill(): Promise<void>;
}

/** All roles in one process, also as root: what most tests look at, without users of their own. */
export const oneProcess = '--one-process';

/**
 * Starts `facteur serve` and waits until it is ready.
 * @param extra more arguments; `separate` in their place: one process a role
 * @param wrapper a program with arguments that runs the rest of its line in its own place (ulimit, strace -D)
 */
export function startServer(
  home: string,
  listen: string,
  extra: readonly string[] | 'separate' = [],
  wrapper: readonly string[] = [],
): Promise<RunningServer> {
  const more = extra === 'separate' ? [] : [oneProcess, ...extra];
  const line = [process.execPath, main, 'serve', '--home', home, '--listen', listen, ...more];
  const [program = process.execPath, ...args] = [...wrapper, ...line];
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: environment,
  });
  let out = '';
  let err = '';
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err = (err + text).slice(-1_000_000);
  });
  return new Promise((resolve, reject) => {
    exited.then((code) => reject(new Error(`the server ended with status ${code}: ${err}`)));
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
      if (!/^ready$/m.test(out)) return;
      const ports: Record<string, number> = {};
      for (const [, name, port] of out.matchAll(/^listening (\S+) \S+:(\d+)$/gm))
        ports[name as string] = Number(port);
      resolve({
        process: child,
        pid: child.pid as number,
        ports,
        stdout: () => out,
        stderr: () => err,
        stop: () => {
          child.kill('SIGTERM');
          return exited;
        },
        kill: async () => {
          child.kill('SIGKILL');
          await exited;
        },
      });
    });
  });
}
