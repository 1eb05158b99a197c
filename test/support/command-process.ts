// Commands of mta/commands/table.ts as real processes, with what they are given on each descriptor.
import { spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';

const runner = join(import.meta.dirname, 'command-main.ts');

/** The words that run a command; good for being run by another one. */
export const commandWords = (name: string, ...args: string[]): string[] => [
  process.execPath,
  runner,
  name,
  ...args,
];

export interface CommandRun {
  /** Pipe: text. File: a file with this text, as qmail-local gives it. */
  readonly input?: string | Buffer;
  readonly file?: string | Buffer;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly uid?: number;
  readonly gid?: number;
  /** What is written on descriptor 3. */
  readonly three?: string | Buffer;
}

export interface CommandEnd {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a process of ours needs to run, and to start quickly. */
export const ownEnvironment: NodeJS.ProcessEnv = {
  PATH: process.env.PATH,
  NODE_NO_WARNINGS: '1',
  ...(process.env.NODE_COMPILE_CACHE && { NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE }),
};

/** Runs words to their end. The environment is only PATH, HOME-less, and what the test gives. */
export async function runWords(words: readonly string[], options: CommandRun = {}): Promise<CommandEnd> {
  const [program = '', ...args] = words;
  let directory: string | undefined;
  let stdin: 'pipe' | number = 'pipe';
  if (options.file !== undefined) {
    directory = await mkdtemp(join(tmpdir(), 'facteur-input-'));
    await writeFile(join(directory, 'message'), options.file);
    stdin = openSync(join(directory, 'message'), 'r');
  }
  const { cwd, uid, gid } = options;
  const child = spawn(program, args, {
    stdio: [stdin, 'pipe', 'pipe', ...(options.three === undefined ? [] : (['pipe'] as const))],
    env: { ...ownEnvironment, ...options.env },
    ...(cwd === undefined ? {} : { cwd }),
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
  });
  const outputs = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name]?.setEncoding('latin1').on('data', (text: string) => {
      outputs[name] += text;
    });
  const three = child.stdio[3] as Duplex | undefined;
  for (const stream of [child.stdin, three]) stream?.on('error', () => undefined); // it may end without reading
  child.stdin?.end(options.input ?? '');
  three?.end(options.three);
  const [status, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, by) => resolve([code, by]));
  });
  if (directory !== undefined) await rm(directory, { recursive: true, force: true });
  return { status, signal, ...outputs };
}

/** Runs a command of the table. */
export const runTableCommand = (
  name: string,
  args: readonly string[],
  options: CommandRun = {},
): Promise<CommandEnd> => runWords(commandWords(name, ...args), options);

export interface TinyTcpserver {
  readonly port: number;
  /** Exit statuses of the programs that have ended. */
  readonly ends: (number | null)[];
  close(): Promise<void>;
}

/** tcpserver in ten lines: each connection is descriptors 0 and 1 of a program. */
export function startTcpserver(words: readonly string[], options: CommandRun = {}): Promise<TinyTcpserver> {
  const [program = '', ...args] = words;
  const ends: (number | null)[] = [];
  const running = new Set<Promise<void>>();
  const server = createServer({ pauseOnConnect: true }, (socket: Socket) => {
    const child = spawn(program, args, {
      stdio: [socket, socket, 'inherit'],
      env: { ...ownEnvironment, ...options.env },
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.uid === undefined ? {} : { uid: options.uid }),
      ...(options.gid === undefined ? {} : { gid: options.gid }),
    });
    socket.destroy();
    const ended = new Promise<void>((resolve) => {
      child.once('exit', (code) => {
        ends.push(code);
        resolve();
      });
    });
    running.add(ended);
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      resolve({
        port: (server.address() as AddressInfo).port,
        ends,
        close: async () => {
          await Promise.all(running);
          await new Promise<void>((done) => server.close(() => done()));
        },
      });
    });
  });
}
