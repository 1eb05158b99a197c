// What all sessions of one imapd share: accounts, desks, the site's settings, the log.
import { LoginThrottled } from '../../mta/accounts/login-throttle.ts';
import { PasswordQueueError } from '../../mta/accounts/password.ts';
import type { Log } from '../../mta/log.ts';
import type { DoorAccounts } from '../door/still-welcome.ts';
import { MailboxUnavailableError } from '../mailbox/errors.ts';
import type { AccountDesks } from './account-desk.ts';
import { type Answer, no } from './command.ts';
import type { ImapSettings } from './settings.ts';

export interface ImapServer {
  readonly accounts: DoorAccounts;
  readonly desks: AccountDesks;
  readonly settings: () => ImapSettings;
  readonly log: Log;
  /** RFC 9585: how often a client that waits hears that the work goes on. */
  readonly remindSeconds: number;
  /** A line that a client causes; too many of one are counted, not written (security.md L4). */
  logOf(ip: string, line: string): void;
  /** Errors that are no bug, as an answer. */
  explain(error: unknown): Answer | undefined;
}

/** A full disk, a Maildir that cannot be used: the client is told, and the log by whoever met it first. */
export function explainError(error: unknown, log: Log): Answer | undefined {
  if (error instanceof LoginThrottled) return no('Too many wrong passwords; try again later', 'UNAVAILABLE');
  if (error instanceof PasswordQueueError) return no('Too busy; try again later', 'UNAVAILABLE');
  if (error instanceof MailboxUnavailableError) {
    log(`imapd: ${error.message}`);
    return no('The mailbox cannot be used now', 'UNAVAILABLE');
  }
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'SQLITE_FULL')
    return no('There is no room on the disk', 'OVERQUOTA');
  // What the system does to a file, or to the index; SQLITE_ERROR is a statement of ours that is wrong.
  if (
    typeof code === 'string' &&
    /^(?:E[A-Z]+|SQLITE_(?:BUSY|LOCKED|IOERR|CANTOPEN|READONLY|CORRUPT|NOTADB|NOMEM)\w*)$/.test(code)
  ) {
    log(
      `imapd: ${code}: ${String((error as Error).message)
        .slice(0, 200)
        .replace(/[^\x20-\x7e]/g, '?')}`,
    );
    return no('The mailbox cannot be used now', 'UNAVAILABLE');
  }
  return undefined;
}
