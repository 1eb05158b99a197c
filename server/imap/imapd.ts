// imapd: the IMAP role (Courier's imapd under couriertcpd). Clients come in by the door that pop3d has too; here is what
// is IMAP's: its listeners, its words, its desks. Owns nothing on disk: mail is the mailboxes', passwords the accounts'.

import type { DoorTls } from '../../mta/certificates/door-tls.ts';
import type { Log } from '../../mta/log.ts';
import type { ListenPlace, Service } from '../../mta/service.ts';
import { type ConnectionLimits, MailDoor, type RefusalReason } from '../door/mail-door.ts';
import type { DoorAccounts } from '../door/still-welcome.ts';
import { SharedAccounts } from '../mailbox/shared-accounts.ts';
import { SharedFolders } from '../mailbox/shared-folders.ts';
import type { Mailboxes } from '../mailbox/types.ts';
import { AccountDesks } from './account-desk.ts';
import { ImapConnection } from './connection.ts';
import { explainError, type ImapServer } from './server.ts';
import type { ImapSettings } from './settings.ts';

export interface ImapdOptions {
  /** `imaps` needs a certificate. */
  readonly listeners: readonly (ListenPlace & { readonly name: 'imap' | 'imaps' })[];
  /** The certificate of the moment: a new one holds for connections from then on. */
  readonly tls: () => DoorTls | undefined;
  readonly settings: () => ImapSettings;
  readonly accounts: DoorAccounts;
  readonly mailboxes: Mailboxes;
  readonly log: Log;
  readonly limits?: Partial<ConnectionLimits> | undefined;
  /** After so many seconds, and again, a client that waits hears that the work goes on; 10. */
  readonly remindSeconds?: number | undefined;
}

/** RFC 9051 5.4: half an hour of silence at least. */
const defaultLimits: ConnectionLimits = { loginSeconds: 60, idleSeconds: 1800, stallSeconds: 300 };

const refusals: Readonly<Record<RefusalReason, string>> = {
  closing: 'The server is shutting down',
  crowd: 'Too many connections; try again later',
  'crowd of one address': 'Too many connections from your address',
  'crowd of one second': 'Too many connections in a second',
};

/** Ticks of the door between two looks for folders that nobody has open. */
const sweepTicks = 30;

/** Starts it. Rejects when an address cannot be bound. */
export function startImapd(options: ImapdOptions): Promise<Service> {
  const { accounts, mailboxes, settings, log, tls } = options;
  const indexPath = (): string => settings().sharedindex;
  const sharedAccounts = new SharedAccounts({ accounts, indexPath, log });
  const desks = new AccountDesks(mailboxes, new SharedFolders(sharedAccounts, mailboxes, log));
  let ticks = 0;
  const door = new MailDoor({
    name: 'imapd',
    listeners: options.listeners.map((each) => ({ ...each, isSecure: each.name === 'imaps' })),
    tls,
    log,
    limits: { ...defaultLimits, ...options.limits },
    most: () => {
      const { maximapconnections, maximapconnectionsperip } = settings();
      return { inAll: maximapconnections, perAddress: maximapconnectionsperip };
    },
    refusals,
    refuse: (words) => `* BYE [UNAVAILABLE] ${words}\r\n`,
    open: (socket, visit) => new ImapConnection(socket, server, visit),
    tick: (now) => {
      if (++ticks % sweepTicks === 0) desks.sweep(now).catch((error) => log(`imapd: ${String(error)}`));
    },
  });
  const server: ImapServer = {
    accounts,
    desks,
    settings,
    log,
    logOf: door.clientLog,
    remindSeconds: options.remindSeconds ?? 10,
    explain: (error) => explainError(error, log),
  };
  return door.start();
}
