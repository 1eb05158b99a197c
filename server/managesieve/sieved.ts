// sieved: the ManageSieve role (RFC 5804; what Dovecot's managesieve-login and managesieve are). Clients come in by the door
// that imapd and pop3d have too; here is what is ManageSieve's: its listener and its words. Scripts are the files of the
// account (mta/sieve/store.ts), passwords are the accounts'.
import type { DoorTls } from '../../mta/certificates/door-tls.ts';
import type { ListenPlace, Service } from '../../mta/service.ts';
import { LineConnection, type LineProtocol } from '../door/line-connection.ts';
import { type ConnectionLimits, MailDoor, type RefusalReason } from '../door/mail-door.ts';
import type { SieveServer } from './server.ts';
import { Session } from './session.ts';

export interface SievedOptions extends Omit<SieveServer, 'logOf'> {
  readonly listeners: readonly (ListenPlace & { readonly name: 'sieve' })[];
  /** The certificate of the moment: a new one holds for connections from then on. */
  readonly tls: () => DoorTls | undefined;
  readonly limits?: Partial<ConnectionLimits> | undefined;
}

/** RFC 5804 1.2: thirty minutes of silence at least. */
const defaultLimits: ConnectionLimits = { loginSeconds: 60, idleSeconds: 1800, stallSeconds: 120 };

const refusals: Readonly<Record<RefusalReason, string>> = {
  closing: 'the server is shutting down',
  crowd: 'too many connections; try again later',
  'crowd of one address': 'too many connections from your address',
  'crowd of one second': 'too many connections in a second',
};

/** Starts it. Rejects when an address cannot be bound. */
export function startSieved(options: SievedOptions): Promise<Service> {
  const { accounts, settings, log, tls } = options;
  const door = new MailDoor({
    name: 'sieved',
    listeners: options.listeners.map((each) => ({ ...each, isSecure: false })),
    tls,
    log,
    limits: { ...defaultLimits, ...options.limits },
    most: () => {
      const { maxsieveconnections, maxsieveconnectionsperip } = settings();
      return { inAll: maxsieveconnections, perAddress: maxsieveconnectionsperip };
    },
    refusals,
    refuse: (words) => `BYE (TRYLATER) "${words}"\r\n`,
    open: (socket, visit) => new LineConnection(socket, protocol, visit),
  });
  const server: SieveServer = { accounts, settings, log, logOf: door.clientLog };
  const protocol: LineProtocol = {
    name: 'managesieve',
    settings,
    words: { closing: 'the server is shutting down', silent: 'silent for too long' },
    open: (port) => new Session(server, port),
  };
  return door.start();
}
