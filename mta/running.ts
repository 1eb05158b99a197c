// Who serves a site: run/pid, one line with the number and the start of the program that was started (the parent, where
// roles are processes of their own). Written when it serves and removed when it ends; after kill -9 it stays, and the start
// tells that the number is another program's by now.
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Home } from './home.ts';

/** The program that serves. */
export interface RunningProgram {
  readonly pid: number;
  /** Seconds since 1970. */
  readonly since: number;
}

const fileOf = ({ run }: Pick<Home, 'run'>): string => join(run, 'pid');

/** Clock ticks after the boot at which a process began (proc(5), field 22); undefined: there is none. */
async function startOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => undefined);
  // The second field is the program's name, in parentheses, and may hold anything.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}

/** Says that this program serves the site. Complete or not there, for who reads it. */
export async function writeRunning(home: Pick<Home, 'run'>): Promise<void> {
  const start = (await startOf(process.pid)) ?? '-';
  const since = Math.floor(Date.now() / 1000);
  const file = fileOf(home);
  await writeFile(`${file}.tmp`, `${process.pid} ${start} ${since}\n`, { mode: 0o644 });
  await rename(`${file}.tmp`, file);
}

export const removeRunning = (home: Pick<Home, 'run'>): Promise<void> => rm(fileOf(home), { force: true });

/** The program that serves the site now; undefined: none. */
export async function readRunning(home: Pick<Home, 'run'>): Promise<RunningProgram | undefined> {
  const text = await readFile(fileOf(home), 'latin1').catch(() => '');
  const [, pid, start, since] = /^(\d{1,9}) (\d+) (\d{1,12})\n$/.exec(text) ?? [];
  if (pid === undefined || (await startOf(Number(pid))) !== start) return undefined;
  return { pid: Number(pid), since: Number(since) };
}
