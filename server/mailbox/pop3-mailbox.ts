// The inbox of an account for POP3, at the role: questions go to the account's index worker (pop3-calls.ts). Messages are
// opened by UID through uids.openMessage.
import type { Pop3Maildrop } from './pop3-calls.ts';
import type { Call } from './protocol.ts';

export type { Pop3Maildrop } from './pop3-calls.ts';

export interface Pop3Mailbox {
  /**
   * Moves new mail to cur and lists the inbox. `format`: Dovecot's pop3_uidl_format of the server that the site came
   * from. Throws MailboxUnavailableError.
   */
  open(format: string): Promise<Pop3Maildrop>;
  /** Unlinks messages for good, with a line in maildirsize. Gives how many could not be removed and are still there. */
  remove(uids: readonly number[]): Promise<number>;
  /** Marks messages as read. */
  markSeen(uids: readonly number[]): Promise<void>;
}

export function createPop3Mailbox(call: Call): Pop3Mailbox {
  return {
    open: (format) => call('pop3Open', format),
    remove: (uids) => call('pop3Remove', uids),
    markSeen: (uids) => call('pop3MarkSeen', uids),
  };
}
