// pop3d: the POP3 role (qmail-popup, qmail-pop3d and Courier's pop3d under tcpserver). Clients come in by the door that
// imapd has too; here is what is POP3's: its listeners and its words. Owns nothing on disk: mail is the mailboxes',
// passwords are the accounts'.

import type { DoorTls } from '../../mta/certificates/door-tls.ts';
import type { ListenPlace, Service } from '../../mta/service.ts';
import { LineConnection, type LineProtocol } from '../door/line-connection.ts';
import { type ConnectionLimits, MailDoor, type RefusalReason } from '../door/mail-door.ts';
import type { Pop3Server } from './server.ts';
import { Session } from './session.ts';

export interface Pop3dOptions extends Omit<Pop3Server, 'logOf'> {
  /** `pop3s` needs a certificate. */
  readonly listeners: readonly (ListenPlace & { readonly name: 'pop3' | 'pop3s' })[];
  /** The certificate of the moment: a new one holds for connections from then on. */
  readonly tls: () => DoorTls | undefined;
  readonly limits?: Partial<ConnectionLimits> | undefined;
}

/** RFC 1939 3: ten minutes of silence at least. */
const defaultLimits: ConnectionLimits = { loginSeconds: 60, idleSeconds: 600, stallSeconds: 300 };

const refusals: Readonly<Record<RefusalReason, string>> = {
  closing: 'the server is shutting down',
  crowd: 'too many connections; try again later',
  'crowd of one address': 'too many connections from your address',
  'crowd of one second': 'too many connections in a second',
};

/** Starts it. Rejects when an address cannot be bound, or pop3s is asked for without a certificate. */
export function startPop3d(options: Pop3dOptions): Promise<Service> {
  const { accounts, mailboxes, settings, log, tls } = options;
  const door = new MailDoor({
    name: 'pop3d',
    listeners: options.listeners.map((each) => ({ ...each, isSecure: each.name === 'pop3s' })),
    tls,
    log,
    limits: { ...defaultLimits, ...options.limits },
    most: () => {
      const { maxpop3connections, maxpop3connectionsperip } = settings();
      return { inAll: maxpop3connections, perAddress: maxpop3connectionsperip };
    },
    refusals,
    refuse: (words) => `-ERR [SYS/TEMP] ${words}\r\n`,
    open: (socket, visit) => new LineConnection(socket, protocol, visit),
  });
  const server: Pop3Server = { accounts, mailboxes, settings, log, logOf: door.clientLog };
  const protocol: LineProtocol = {
    name: 'pop3',
    settings,
    // RFC 1939 3: a session that is silent for too long ends without UPDATE, nothing is removed.
    words: {
      closing: '[SYS/TEMP] the server is shutting down',
      silent: '[SYS/TEMP] silent for too long',
    },
    open: (port) => new Session(server, port),
  };
  return door.start();
}
