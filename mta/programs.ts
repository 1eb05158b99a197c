// Programs that deliveries run: lines of .qmail files, filters, QMAILREMOTE and QMAILLOCAL. One process group each, with
// bounds on time and output, ended as a whole: TERM, then KILL after a moment. When the server stops, what still runs
// is ended the same way and its delivery counts as not done (qmail-send would wait for it without end).
// Words only, never a shell of ours: who wants one, names /bin/sh and the owner's own line as words.
import { type ChildProcess, spawn } from 'node:child_process';

export interface ProgramRun {
  /** The program by its path, and its arguments. */
  readonly words: readonly [string, ...string[]];
  /** What the program sees as its own name; the path unless told. */
  readonly name?: string | undefined;
  readonly directory: string;
  readonly env: Readonly<Record<string, string>>;
  /** Descriptor that becomes 0. */
  readonly input: number;
  /** Descriptor that becomes 1; undefined: what is printed there belongs to the output. */
  readonly stdout?: number | undefined;
  /** Whom it runs as; asked for only when we are root. */
  readonly owner?: { readonly uid: number; readonly gid: number } | undefined;
  /** Seconds; 0 is qmail's limit, a day. */
  readonly timeout: number;
  /** Bytes of output that are kept; more is read and dropped. */
  readonly outputLimit: number;
}

/** How a program ended. `output` is what it printed, descriptors 1 and 2 as they came. */
export type ProgramEnd =
  | { readonly kind: 'exited'; readonly code: number; readonly output: Buffer }
  | { readonly kind: 'crashed'; readonly output: Buffer }
  /** It ran longer than so many seconds. */
  | { readonly kind: 'timed out'; readonly seconds: number; readonly output: Buffer }
  /** The server stops: it was ended, or never begun. */
  | { readonly kind: 'stopped'; readonly output: Buffer }
  | { readonly kind: 'not run'; readonly error: unknown };

/** The programs of one role. */
export interface Programs {
  /** Runs one to its end. Never rejects. */
  run(request: ProgramRun): Promise<ProgramEnd>;
  /** Ends what runs; nothing more is begun. Safe to call twice. */
  stop(): Promise<void>;
}

export interface ProgramsOptions {
  /** Milliseconds between TERM and KILL; 2000. */
  readonly mercy?: number | undefined;
}

/** How long the output of a program that has ended is waited for: a child of it may hold it open for ever. */
const drainMilliseconds = 1000;

export function createPrograms(options: ProgramsOptions = {}): Programs {
  const mercy = options.mercy ?? 2000;
  const isRoot = process.geteuid?.() === 0;
  const running = new Map<Promise<ProgramEnd>, () => void>();
  let isStopped = false;

  return {
    run(request) {
      if (isStopped) return Promise.resolve({ kind: 'stopped', output: Buffer.alloc(0) });
      let child: ChildProcess;
      try {
        const [program, ...args] = request.words;
        child = spawn(program, args, {
          cwd: request.directory,
          env: { ...request.env },
          stdio: [request.input, request.stdout ?? 'pipe', 'pipe'],
          detached: true,
          ...(request.name === undefined ? {} : { argv0: request.name }),
          // As root, libuv drops all groups, then changes gid and uid.
          ...(isRoot && request.owner ? { uid: request.owner.uid, gid: request.owner.gid } : {}),
        });
      } catch (error) {
        return Promise.resolve({ kind: 'not run', error });
      }
      const { ended, stop } = watch(child, request, mercy);
      running.set(ended, stop);
      void ended.then(() => running.delete(ended));
      return ended;
    },
    async stop() {
      isStopped = true;
      for (const end of running.values()) end();
      await Promise.all(running.keys());
    },
  };
}

/** Collects the output and waits for the end; `stop` ends the group. */
function watch(
  child: ChildProcess,
  { timeout, outputLimit }: ProgramRun,
  mercy: number,
): { readonly ended: Promise<ProgramEnd>; readonly stop: () => void } {
  const chunks: Buffer[] = [];
  let kept = 0;
  let reason: 'timed out' | 'stopped' | undefined;
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
  const end = (why: 'timed out' | 'stopped'): void => {
    if (reason !== undefined) return;
    reason = why;
    killGroup('SIGTERM');
    killer = setTimeout(killGroup, mercy, 'SIGKILL');
  };
  const seconds = Math.min(timeout > 0 ? timeout : 86_400, 2_000_000);
  const alarm = setTimeout(end, seconds * 1000, 'timed out');

  const ended = new Promise<ProgramEnd>((resolve) => {
    const settle = (result: ProgramEnd): void => {
      clearTimeout(alarm);
      clearTimeout(killer);
      clearTimeout(drain);
      child.stdout?.destroy();
      child.stderr?.destroy();
      resolve(result);
    };
    const judge = (code: number | null): void => {
      const output = Buffer.concat(chunks);
      if (reason === 'timed out') settle({ kind: reason, seconds, output });
      else if (reason === 'stopped') settle({ kind: reason, output });
      else if (code === null) settle({ kind: 'crashed', output });
      else settle({ kind: 'exited', code, output });
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
    child.on('error', (error) => settle({ kind: 'not run', error }));
    child.on('exit', (code) => {
      // Whoever of the group outlived the end of their time does not outlive its delivery.
      if (reason !== undefined) killGroup('SIGKILL');
      drain = setTimeout(judge, drainMilliseconds, code);
    });
    child.on('close', judge);
  });
  return { ended, stop: () => end('stopped') };
}
