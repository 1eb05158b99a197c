// Real mail programs as children of a test: whether they are installed, and one run of one of them with its own home.
import { spawn } from 'node:child_process';
import { access } from 'node:fs/promises';
import { join } from 'node:path';

/** True when a program of this name is in $PATH. */
export const isInstalled = async (name: string): Promise<boolean> => {
  for (const directory of (process.env.PATH ?? '').split(':'))
    if (
      await access(join(directory, name)).then(
        () => true,
        () => false,
      )
    )
      return true;
  return false;
};

export interface Ran {
  readonly status: number | null;
  readonly output: string;
}

/** Runs a client as nobody when the test is root's: some refuse root. `input` null: its input stays open. */
export function run(
  command: string,
  args: readonly string[],
  home: string,
  input: string | null = '',
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const isRoot = process.getuid?.() === 0;
    const child = spawn(command, args, {
      cwd: home,
      env: { PATH: process.env.PATH, HOME: home, FETCHMAILHOME: home, LC_ALL: 'C.UTF-8', TERM: 'xterm' },
      ...(isRoot && command !== 'python3' ? { uid: 65_534, gid: 65_534 } : {}),
    });
    let output = '';
    child.stdout.on('data', (bytes) => (output += bytes));
    child.stderr.on('data', (bytes) => (output += bytes));
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, output }));
    child.stdin.on('error', () => {});
    if (input !== null) child.stdin.end(input);
  });
}
