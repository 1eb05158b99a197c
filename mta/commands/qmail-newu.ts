// qmail-newu: compiles users/assign into users/cdb (spec/qmail.md 5.3, 12.2). Silent; exit 111 with one line when it
// cannot, and then users/cdb is as it was.
import { join } from 'node:path';
import { AssignError } from '../accounts/assign.ts';
import { compileUsers } from '../accounts/domain-files.ts';
import { withFileLock } from '../accounts/lock.ts';
import { isMissing } from '../control/cached-file.ts';
import type { CommandContext } from './command.ts';

export const usage = `usage: qmail-newu
Compiles QMAIL/users/assign into QMAIL/users/cdb.
`;

export async function run(args: readonly string[], context: CommandContext): Promise<number> {
  if (args[0] === '--help') {
    context.stdout.write(usage);
    return 0;
  }
  if (args.length > 0) {
    context.stderr.write(usage);
    return 100;
  }
  const assign = join(context.home.qmail, 'users', 'assign');
  try {
    // vpopmail's lock: it writes users/assign and calls us.
    await withFileLock(`${assign}.lock`, () => compileUsers(context.home.qmail));
    return 0;
  } catch (error) {
    context.stderr.write(`qmail-newu: fatal: ${describe(error)}\n`);
    return 111;
  }
}

function describe(error: unknown): string {
  if (error instanceof AssignError) return error.message;
  if (isMissing(error)) return 'unable to open users/assign: file does not exist';
  return (error as Error).message;
}
