// qmail-newmvrt: compiles control/morevalidrcptto into control/morevalidrcptto.cdb (spec/qmail.md 12.2, a program of the
// patched distributions). Silent; exit 111 with one line when it cannot, and then the cdb is as it was.
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { compileKeyFile } from '../accounts/domain-files.ts';
import type { CommandContext } from './command.ts';
import { reportFatal, systemFatal } from './fatal.ts';

export const usage = `usage: qmail-newmvrt
Compiles QMAIL/control/morevalidrcptto into QMAIL/control/morevalidrcptto.cdb.
`;

export function run(args: readonly string[], context: CommandContext): Promise<number> {
  return reportFatal('qmail-newmvrt', context, async () => {
    if (args.length > 0) {
      context.stderr.write(usage);
      return 100;
    }
    const path = join(context.home.qmail, 'control', 'morevalidrcptto');
    try {
      await access(path);
      await compileKeyFile(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
      throw systemFatal('unable to read control/morevalidrcptto', error);
    }
    return 0;
  });
}
