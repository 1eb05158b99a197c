// qmail-newmrh: compiles control/morercpthosts into control/morercpthosts.cdb (spec/qmail.md 12.2). Silent; exit 111 with
// one line when it cannot, and then the cdb is as it was.
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { compileMoreRcpthosts } from '../accounts/domain-files.ts';
import { LockBusyError, withFileLock } from '../accounts/lock.ts';
import type { CommandContext } from './command.ts';
import { Fatal, reportFatal, systemFatal } from './fatal.ts';

export const usage = `usage: qmail-newmrh
Compiles QMAIL/control/morercpthosts into QMAIL/control/morercpthosts.cdb.
`;

export function run(args: readonly string[], context: CommandContext): Promise<number> {
  return reportFatal('qmail-newmrh', context, async () => {
    if (args.length > 0) {
      context.stderr.write(usage);
      return 100;
    }
    const path = join(context.home.qmail, 'control', 'morercpthosts');
    try {
      await access(path);
      // The lock of those who add domains to it.
      await withFileLock(`${path}.lock`, () => compileMoreRcpthosts(context.home.qmail));
    } catch (error) {
      if (error instanceof LockBusyError) throw new Fatal(111, error.message);
      if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
      throw systemFatal('unable to read control/morercpthosts', error);
    }
    return 0;
  });
}
