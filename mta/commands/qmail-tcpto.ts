// qmail-tcpto: shows the table of hosts that timed out, queue/lock/tcpto (qmail-tcpto(8); spec/qmail.md 8.5).
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatTimeoutRecord, parseTimeoutFile } from '../remote/tcpto-file.ts';
import type { CommandContext } from './command.ts';
import { reportFatal, systemFatal } from './fatal.ts';

export const usage = `usage: qmail-tcpto

Shows the hosts in QMAIL/queue/lock/tcpto: those that qmail-remote left alone because connections to them timed out.
`;

export function run(args: readonly string[], context: CommandContext): Promise<number> {
  return reportFatal('qmail-tcpto', context, async () => {
    if (args.length > 0) {
      context.stderr.write(usage);
      return 100;
    }
    const now = Math.floor(Date.now() / 1000);
    for (const record of parseTimeoutFile(await readTable(join(context.home.qmail, 'queue/lock/tcpto'))))
      context.stdout.write(formatTimeoutRecord(record, now));
    return 0;
  });
}

async function readTable(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw systemFatal(`unable to read ${path}`, error);
  }
}
