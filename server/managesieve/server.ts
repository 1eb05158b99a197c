// What all sessions of one sieved share.
import type { Log } from '../../mta/log.ts';
import type { DoorAccounts } from '../door/still-welcome.ts';
import type { SievedSettings } from './settings.ts';

export interface SieveServer {
  readonly accounts: DoorAccounts;
  readonly settings: () => SievedSettings;
  readonly log: Log;
  /** A line that a client causes; too many of one are counted, not written (security.md L4). */
  logOf(ip: string, line: string): void;
}
