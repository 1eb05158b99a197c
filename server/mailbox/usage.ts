// The mailbox's share of Maildir++ quota: a line in maildirsize for what our own moves and removals change
// (spec/maildir-imap.md 2.4, 2.5). Trash and messages flagged T do not count. Without the file there is no quota.
// Checking a quota and counting anew belong to mta/maildir/quota.ts.
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { errorCode, statName } from '../../mta/maildir/calls.ts';
import type { AccountContext } from './context.ts';

/** What counts of some messages. */
export interface Usage {
  readonly bytes: number;
  readonly count: number;
}

/** Usage of these rows before a change; undefined when the Maildir has no maildirsize. */
export async function measureUsage(
  context: AccountContext,
  rows: readonly number[],
): Promise<Usage | undefined> {
  const file = await statName(`${context.maildir}/maildirsize`).catch(() => undefined);
  return file?.isFile() ? sumOf(context, rows) : undefined;
}

function sumOf(context: AccountContext, rows: readonly number[]): Usage {
  let bytes = 0;
  let count = 0;
  for (const row of rows) {
    const now = context.db.get<{ size: number }>(
      `SELECT m.size FROM message m JOIN folder f ON f.id = m.folder
       WHERE m.id = ? AND m.trashed = 0 AND f.directory <> '.Trash'`,
      row,
    );
    if (!now) continue;
    bytes += now.size;
    count += 1;
  }
  return { bytes, count };
}

/** Appends the difference after the change: one write, no lock. A file that went since is counted anew by others. */
export async function noteUsage(
  context: AccountContext,
  before: Usage | undefined,
  rows: readonly number[],
): Promise<void> {
  if (!before) return;
  const after = sumOf(context, rows);
  const [bytes, count] = [after.bytes - before.bytes, after.count - before.count];
  if (bytes === 0 && count === 0) return;
  try {
    const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    const file = await open(`${context.maildir}/maildirsize`, flags);
    try {
      if ((await file.stat()).isFile()) await file.write(`${bytes} ${count}\n`);
    } finally {
      await file.close();
    }
  } catch (error) {
    context.log(`mailbox: cannot note the change in maildirsize: ${errorCode(error) || 'error'}`);
  }
}
