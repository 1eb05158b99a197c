// What all sessions of one pop3d share.
import type { Log } from '../../mta/log.ts';
import type { DoorAccounts } from '../door/still-welcome.ts';
import type { Mailboxes } from '../mailbox/types.ts';
import type { Pop3Settings } from './settings.ts';

export interface Pop3Server {
  readonly accounts: DoorAccounts;
  readonly mailboxes: Pick<Mailboxes, 'open'>;
  readonly settings: () => Pop3Settings;
  readonly log: Log;
  /** A line that a client causes; too many of one are counted, not written (security.md L4). */
  logOf(ip: string, line: string): void;
}
