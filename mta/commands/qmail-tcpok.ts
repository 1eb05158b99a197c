// qmail-tcpok: empties the table of hosts that timed out, queue/lock/tcpto (qmail-tcpok(8); spec/qmail.md 8.5). Silent.
// Writes zeros in place, under the lock of those who use the file; the file stays the same one.
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { lockFile, QueueLockError } from '../queue/lock.ts';
import { TCPTO_BYTES } from '../remote/tcpto-file.ts';
import type { CommandContext } from './command.ts';
import { Fatal, reportFatal, systemFatal } from './fatal.ts';

export const usage = `usage: qmail-tcpok

Empties QMAIL/queue/lock/tcpto, so that hosts that timed out are tried again at once.
`;

export function run(args: readonly string[], context: CommandContext): Promise<number> {
  return reportFatal('qmail-tcpok', context, async () => {
    if (args.length > 0) {
      context.stderr.write(usage);
      return 100;
    }
    const path = join(context.home.qmail, 'queue/lock/tcpto');
    // Opened first: flock(1) would make a missing file.
    const file = await open(path, 'r+').catch((error: unknown) => {
      throw systemFatal(`unable to write ${path}`, error);
    });
    try {
      const lock = await lockFile(path, 30_000);
      await file.write(Buffer.alloc(TCPTO_BYTES), 0, TCPTO_BYTES, 0);
      await lock.release();
    } catch (error) {
      if (error instanceof QueueLockError) throw new Fatal(111, error.message);
      throw systemFatal(`unable to write ${path}`, error);
    } finally {
      await file.close();
    }
    return 0;
  });
}
