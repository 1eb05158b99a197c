// mailbox rebuild: the index thrown away and built anew; a server that has it open goes on with its own until it closes
// the account, and both are caches of the same Maildir and the same UID files. mailbox dump: what an index knows.
import { lstat, rm } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { CommandContext } from '../../mta/commands/command.ts';
import { Fatal, systemFatal } from '../../mta/commands/fatal.ts';
import { errorCode } from '../../mta/maildir/calls.ts';
import { indexFileName } from '../mailbox/index-name.ts';
import type { Arguments } from './command.ts';
import { type AccountPlace, becomeOwner, createProgress, findAccount, withMailbox } from './open-account.ts';

export const indexPath = (place: AccountPlace, context: CommandContext): string =>
  join(context.home.state, 'index', indexFileName(place.address, place.maildir));

export async function rebuild(args: Arguments, context: CommandContext): Promise<number> {
  const place = await findAccount(args.account, context);
  await becomeOwner(place, context);
  const path = indexPath(place, context);
  for (const suffix of ['', '-wal', '-shm']) {
    await rm(`${path}${suffix}`, { force: true }).catch((error: unknown) => {
      throw systemFatal(`unable to remove ${path}${suffix}`, error);
    });
  }
  return withMailbox(place, context, async (mailbox) => {
    const progress = createProgress(context);
    let messages = 0;
    for (const { folder } of await mailbox.uids.list()) {
      const snapshot = await mailbox.uids.open(folder, true);
      const uids = snapshot ? [...snapshot.uids] : [];
      for (let i = 0; i < uids.length; i += 500) {
        // Asking for it has it parsed.
        await mailbox.uids.facts(folder, uids.slice(i, i + 500), ['size', 'threadId']);
        progress.show(`${messages + i} messages`);
      }
      messages += uids.length;
    }
    progress.done();
    context.stdout.write(`${messages} messages indexed\n`);
    return 0;
  });
}

/** Opens an index to read; undefined: there is none. */
export async function readIndex(path: string): Promise<Database.Database | undefined> {
  const stats = await lstat(path).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw systemFatal(`unable to read ${path}`, error);
  });
  if (!stats) return undefined;
  if (!stats.isFile()) throw new Fatal(111, `${path} is no regular file`);
  try {
    return new Database(path, { readonly: true, fileMustExist: true, timeout: 5000 });
  } catch (error) {
    throw new Fatal(111, `unable to read ${path}: ${(error as Error).message}`);
  }
}

export async function dump(args: Arguments, context: CommandContext): Promise<number> {
  const place = await findAccount(args.account, context);
  await becomeOwner(place, context);
  const path = indexPath(place, context);
  const db = await readIndex(path);
  if (!db) throw new Fatal(100, `there is no index yet (${path})`);
  try {
    const wanted = args.rest[0];
    const folders = db.prepare('SELECT * FROM folder ORDER BY directory').all() as Record<string, unknown>[];
    const shown = folders.filter(
      (row) => wanted === undefined || row.directory === (/^inbox$/i.test(wanted) ? '' : `.${wanted}`),
    );
    if (wanted !== undefined && shown.length === 0) {
      throw new Fatal(100, `the index has no folder ${JSON.stringify(wanted)}`);
    }
    const messages = db.prepare(
      `SELECT m.*, e.subject, e.sender, e.recipients, e.sent, e.message_id, e.in_reply_to, e.refs, w.thread
       FROM message m LEFT JOIN envelope e ON e.id = m.id LEFT JOIN wire w ON w.id = m.id
       WHERE m.folder = ? ORDER BY m.uid, m.base`,
    );
    for (const row of shown) {
      await write(context, { table: 'folder', ...row });
      for (const message of messages.iterate(row.id)) {
        await write(context, { table: 'message', ...(message as Record<string, unknown>) });
      }
    }
    return 0;
  } catch (error) {
    if ((error as Error).name === 'SqliteError') throw new Fatal(111, `${path}: ${(error as Error).message}`);
    throw error;
  } finally {
    db.close();
  }
}

/** One object a line; what a terminal would obey is escaped. */
async function write({ stdout }: CommandContext, row: Record<string, unknown>): Promise<void> {
  const line = JSON.stringify(row).replace(
    /[\x7f-\x9f\u2028-\u202e\u2066-\u2069]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  if (stdout.write(`${line}\n`)) return;
  // A reader that went away drains nothing any more.
  await new Promise<void>((resolve) => {
    for (const event of ['drain', 'close', 'error']) stdout.once(event, () => resolve());
  });
}
