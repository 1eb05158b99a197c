// What all sessions of one pop3d share, and what a session needs of its connection.
import type { Accounts } from '../../mta/accounts/types.ts';
import type { Log } from '../../mta/log.ts';
import type { Mailboxes } from '../mailbox/types.ts';
import type { LineReader } from './reader.ts';
import type { Pop3Settings } from './settings.ts';

export interface Pop3Server {
  readonly accounts: Pick<Accounts, 'authenticate' | 'findAccount' | 'scram'>;
  readonly mailboxes: Pick<Mailboxes, 'open'>;
  readonly settings: () => Pop3Settings;
  readonly log: Log;
  /** A line that a client causes; too many of one are counted, not written (security.md L4). */
  logOf(ip: string, line: string): void;
}

/** The connection as its session sees it. */
export interface SessionPort {
  readonly ip: string;
  readonly isSecure: boolean;
  readonly canStartTls: boolean;
  /** Passwords may be said: over TLS, from this machine, or the site says so. */
  readonly mayLogin: boolean;
  readonly isGone: boolean;
  readonly reader: LineReader;
  /** Sends; small answers to pipelined commands go out together. Resolves when there is room for more. */
  write(bytes: string | Buffer): Promise<void>;
  /** What was written so far goes out now. */
  flush(): void;
  /** The answer to STLS is written: what comes from here on is the handshake. */
  startTls(): Promise<void>;
  /** Cuts the connection: what was begun cannot be ended rightly. */
  destroy(): void;
}
