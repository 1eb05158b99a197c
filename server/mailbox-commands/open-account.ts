// Which Maildir an account has, and its mailbox opened for one command. Under root the command becomes the user that the
// servers work as first, who is the owner of the index: files that another made in it would shut them out.
import { lstat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { readAddress, withSite } from '../../mta/commands/account-command.ts';
import type { CommandContext } from '../../mta/commands/command.ts';
import { Fatal, systemFatal } from '../../mta/commands/fatal.ts';
import { errorCode } from '../../mta/maildir/calls.ts';
import { createMailboxes } from '../mailbox/mailboxes.ts';
import type { Mailbox } from '../mailbox/types.ts';
import { createMessageReader } from '../message/reader.ts';

export interface AccountPlace {
  /** As the servers name the account; the index file is found by it. */
  readonly address: string;
  readonly maildir: string;
  readonly uid: number;
  readonly gid: number;
}

/** Finds the Maildir of an address, or takes the path of one. Throws Fatal. */
export async function findAccount(text: string, context: CommandContext): Promise<AccountPlace> {
  const found = isAbsolute(text)
    ? { address: text, maildir: text.replace(/\/+$/, '') }
    : await lookUp(text, context);
  let stats: Awaited<ReturnType<typeof lstat>>;
  try {
    stats = await lstat(join(found.maildir, 'cur'));
  } catch (error) {
    throw systemFatal(`${found.maildir} is no Maildir`, error);
  }
  if (!stats.isDirectory()) throw new Fatal(100, `${found.maildir} is no Maildir`);
  return { ...found, uid: stats.uid, gid: stats.gid };
}

function lookUp(
  text: string,
  context: CommandContext,
): Promise<{ readonly address: string; readonly maildir: string }> {
  return withSite(context, async ({ store, accounts }) => {
    const address = await readAddress(text, { ...context, stdout: context.stderr });
    if (!address) throw new Fatal(100, 'this is no address of an account');
    const domain = await accounts.findDomain(address.domain);
    const record = domain && (await store.find(domain, address.name));
    if (!domain || !record) throw new Fatal(100, `there is no account ${address.name}@${address.domain}`);
    return { address: `${record.name}@${domain.name}`, maildir: join(record.directory, 'Maildir') };
  });
}

/**
 * Under root the command works on files as the user of the servers from here on, until `becomeSelf`: the one who owns the
 * indexes (root where all roles share one process), and before there are any the owner of the Maildir.
 */
export async function becomeOwner(place: AccountPlace, { home }: CommandContext): Promise<void> {
  if (process.geteuid?.() !== 0) return;
  const indexes = join(home.state, 'index');
  const { uid, gid } = await lstat(indexes).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return place;
    throw systemFatal(indexes, error);
  });
  if (uid === 0) return;
  process.setgroups?.([gid]);
  process.setegid?.(gid);
  process.seteuid?.(uid);
}

/** For what lies where only the caller may write. */
export function becomeSelf(): void {
  if (process.getuid?.() !== 0 || process.geteuid?.() === 0) return;
  process.seteuid?.(0);
  process.setegid?.(process.getgid?.() ?? 0);
}

/** Opens the mailbox for the time of `work`. */
export async function withMailbox<Result>(
  place: AccountPlace,
  context: CommandContext,
  work: (mailbox: Mailbox) => Promise<Result>,
): Promise<Result> {
  await becomeOwner(place, context);
  const log = (line: string): void => void context.stderr.write(`${line}\n`);
  const reader = createMessageReader({ log });
  const mailboxes = createMailboxes({ state: context.home.state, reader, log, workers: 1 });
  try {
    return await work(await mailboxes.open(place));
  } catch (error) {
    if (['EACCES', 'EPERM', 'ENOSPC', 'EDQUOT', 'EROFS', 'SQLITE_READONLY'].includes(errorCode(error))) {
      throw systemFatal(place.maildir, error);
    }
    if ((error as Error).name === 'MailboxUnavailableError' || (error as Error).name === 'MailboxRefusal') {
      throw new Fatal(111, (error as Error).message);
    }
    throw error;
  } finally {
    await mailboxes.close();
    await reader.close();
  }
}

/** Says how far a command is, once a second and at a terminal only. */
export function createProgress({ stderr }: CommandContext): {
  show(words: string): void;
  done(): void;
} {
  const isTerminal = (stderr as NodeJS.WriteStream).isTTY === true;
  let shownAt = 0;
  return {
    show(words) {
      const now = performance.now();
      if (!isTerminal || now - shownAt < 1000) return;
      shownAt = now;
      stderr.write(`\r${words}\x1b[K`);
    },
    done() {
      if (isTerminal && shownAt > 0) stderr.write('\r\x1b[K');
    },
  };
}
