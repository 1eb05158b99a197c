// The server that a bench measures: a process of its own with one door on loopback, as its owner starts it.
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

const facteur = join(import.meta.dirname, '..', 'bin', 'facteur');

/** Starts it, and waits until it listens. @param options more of `facteur serve`. @throws when it ends before that */
export async function startServer(
  home: string,
  door: 'smtp' | 'imap',
  options: readonly string[] = ['--one-process'],
): Promise<{ readonly server: ChildProcess; readonly port: number }> {
  const line = ['serve', '--home', home, '--listen', `${door}=127.0.0.1:0`, '--log', join(home, 'log')];
  const server = spawn(facteur, [...line, ...options], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ready = new RegExp(`listening ${door} \\S+:(\\d+)[\\s\\S]*ready`);
  let text = '';
  for await (const chunk of server.stdout as NodeJS.ReadableStream) {
    text += chunk;
    const match = ready.exec(text);
    if (match) return { server, port: Number(match[1]) };
  }
  throw new Error(`the server did not start: ${text}`);
}
