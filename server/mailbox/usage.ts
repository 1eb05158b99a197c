// The mailbox's share of Maildir++ quota: room is asked for before messages come in, and a line goes to maildirsize for
// what our own changes add or take (spec/maildir-imap.md 2.4, 2.5). Trash and messages flagged T do not count. Without
// the file there is no quota. Checking a quota and counting anew belong to mta/maildir/quota.ts.
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { errorCode, statName } from '../../mta/maildir/calls.ts';
import { readPrivateFile } from '../../mta/maildir/private-file.ts';
import { parseQuota, type QuotaAccount, readUsage, reserveQuota } from '../../mta/maildir/quota.ts';
import type { AccountContext, FolderState } from './context.ts';
import { MailboxRefusal, type Quota } from './uid-types.ts';

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
  const file = await context.files.lstat(`${context.maildir}/maildirsize`).catch(() => undefined);
  return file?.isFile() ? sumOf(context, rows) : undefined;
}

const sumOf = (context: AccountContext, rows: readonly number[]): Usage =>
  context.db.get<Usage>(
    `SELECT total(m.size) AS bytes, count(*) AS count
     FROM json_each(?) c CROSS JOIN message m ON m.id = c.value JOIN folder f ON f.id = m.folder
     WHERE m.trashed = 0 AND f.directory <> '.Trash'`,
    JSON.stringify(rows),
  )!;

/** Appends the difference after the change: one write, no lock. A file that went since is counted anew by others. */
export async function noteUsage(
  context: AccountContext,
  before: Usage | undefined,
  rows: readonly number[],
): Promise<void> {
  if (!before) return;
  const after = sumOf(context, rows);
  await appendUsage(context, after.bytes - before.bytes, after.count - before.count);
}

/** Notes a message that was stored without asking for room, bytes; nothing where no quota rules. */
export async function noteStored(context: AccountContext, size: number | bigint): Promise<void> {
  if (await hasQuotaFile(context)) await appendUsage(context, Number(size), 1);
}

async function appendUsage(context: AccountContext, bytes: number, count: number): Promise<void> {
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

/**
 * Asks for room for messages that are to come into a folder by copy, append or move; throws MailboxRefusal('over quota').
 * What is given back writes their line, or takes it back. Trash does not count (spec/maildir-imap.md 2.5).
 */
export async function reserveRoom(
  context: Pick<AccountContext, 'maildir' | 'uid' | 'gid' | 'names'>,
  to: Pick<FolderState, 'directory'>,
  added: Usage,
): Promise<Pick<QuotaAccount, 'append' | 'undo'> | undefined> {
  if (to.directory === '.Trash' || added.count === 0) return undefined;
  const reserved = await reserveQuota({
    anchor: { root: context.maildir, tmp: `${context.maildir}/tmp` },
    limit: undefined,
    size: added.bytes,
    count: added.count,
    owner: { uid: context.uid, gid: context.gid },
    names: context.names,
  });
  if (reserved === 'over') throw new MailboxRefusal('over quota', 'The mailbox is full.');
  return reserved;
}

/** Measures a folder before it is deleted; what is given back notes that it is gone. */
export async function noteFolderGone(
  context: AccountContext,
  folder: FolderState,
): Promise<() => Promise<void>> {
  const file = await statName(`${context.maildir}/maildirsize`).catch(() => undefined);
  if (!file?.isFile() || folder.directory === '.Trash') return async () => {};
  const sum = context.db.get<Usage>(
    'SELECT total(size) AS bytes, count(*) AS count FROM message WHERE folder = ? AND trashed = 0',
    folder.id,
  );
  return () => appendUsage(context, -(sum?.bytes ?? 0), -(sum?.count ?? 0));
}

/** Does a quota rule here? */
export const hasQuotaFile = async (context: AccountContext): Promise<boolean> =>
  (await context.files.lstat(`${context.maildir}/maildirsize`).catch(() => undefined))?.isFile() ?? false;

/** What the quota of the account says, for those who ask (RFC 9208). Line 1 of maildirsize rules. */
export async function readQuota(context: AccountContext): Promise<Quota> {
  const owner = { uid: context.uid, gid: context.gid };
  const file = await readPrivateFile(`${context.maildir}/maildirsize`, owner, 65_536);
  const limits = parseQuota(/^[^\n]*/.exec(file?.content.toString('latin1') ?? '')![0]);
  const said = file && (await readUsage(context.maildir, limits, owner));
  const used = said ??
    context.db.get<Usage>(
      `SELECT total(m.size) AS bytes, count(*) AS count FROM message m JOIN folder f ON f.id = m.folder
       WHERE m.trashed = 0 AND f.directory <> '.Trash'`,
    ) ?? { bytes: 0, count: 0 };
  return {
    bytes: { used: used.bytes, limit: limits.bytes || undefined },
    messages: { used: used.count, limit: limits.count || undefined },
  };
}
