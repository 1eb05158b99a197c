// vpopmail's signal_process: after a change of the domains, the qmail-send that works on this queue gets a HUP and reads
// locals and virtualdomains again (qmail-send(8)). Our own roles need none: they notice that the files changed. vpopmail
// looks for the word "qmail-send" in the output of ps and may hit an editor; here it is the one process that holds the
// lock of this very queue, and its program's name must be qmail-send.
import { readFile, readlink, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';

/** Process ids in a text of /proc/locks that hold an exclusive lock on an inode. */
export function findLockHolders(locks: string, inode: bigint): readonly number[] {
  const holders: number[] = [];
  for (const line of locks.split('\n')) {
    const match = /^\d+: (?:FLOCK|POSIX) +\S+ +WRITE (\d+) [0-9a-f]+:[0-9a-f]+:(\d+) /.exec(line);
    if (match !== null && BigInt(match[2]!) === inode) holders.push(Number(match[1]));
  }
  return holders;
}

/** Sends HUP to the qmail-send of a qmail directory, when there is one that we may signal. Never fails. */
export async function tellQmailSend(qmailDir: string): Promise<void> {
  for (const pid of await findQmailSend(qmailDir)) {
    try {
      process.kill(pid, 'SIGHUP');
    } catch {
      // It ended meanwhile, or is not ours: it reads the files at its next start, or when root tells it.
    }
  }
}

async function findQmailSend(qmailDir: string): Promise<readonly number[]> {
  try {
    const { ino } = await stat(join(qmailDir, 'queue', 'lock', 'sendmutex'), { bigint: true });
    const holders = findLockHolders(await readFile('/proc/locks', 'latin1'), ino);
    const programs = await Promise.all(holders.map((pid) => readlink(`/proc/${pid}/exe`).catch(() => '')));
    return holders.filter((_, at) => basename(programs[at]!) === 'qmail-send');
  } catch {
    // No queue here, or a system without /proc: nobody to tell.
    return [];
  }
}
