// What a server that is measured costs so far: processor time and memory of its processes, as Linux counts them in /proc.
import { readFile } from 'node:fs/promises';

const childrenOf = async (pid: number): Promise<number[]> =>
  (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => ''))
    .split(' ')
    .filter(Boolean)
    .map(Number);

/** User and system seconds of processes and all below them, those that have ended included; in steps of 1/100 s. */
export async function cpuSeconds(pids: readonly number[]): Promise<number> {
  let sum = 0;
  for (const pid of pids) {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    const fields = text.replace(/^.*\) /s, '').split(' ');
    for (const at of [11, 12, 13, 14]) sum += Number(fields[at] ?? 0) / 100;
    sum += await cpuSeconds(await childrenOf(pid));
  }
  return sum;
}

/** MiB that processes and all below them hold now (RSS). */
export async function memoryOf(pids: readonly number[]): Promise<number> {
  let sum = 0;
  for (const pid of pids) {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    sum += Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1024;
    sum += await memoryOf(await childrenOf(pid));
  }
  return sum;
}
