// The doors at which people's mail programs get their mail, of control/listen: imap and imaps are imapd's, pop3 and pop3s
// are pop3d's, sieve, for their filters, is sieved's. Each its own listener, with the certificate of control/servercert.pem.

import type { DoorTls } from '../../mta/certificates/door-tls.ts';
import type { ListenEntry } from '../../mta/control/network.ts';
import type { Log } from '../../mta/log.ts';
import type { ListenPlace, Service } from '../../mta/service.ts';
import type { DoorAccounts } from '../door/still-welcome.ts';
import type { ImapSettings } from '../imap/settings.ts';
import type { Mailboxes } from '../mailbox/types.ts';
import type { SievedSettings } from '../managesieve/settings.ts';
import type { Pop3Settings } from '../pop3/settings.ts';
import { startListening } from './start-error.ts';

/** The roles, each with its doors; the second speaks TLS from the first byte. */
const doors = { imapd: ['imap', 'imaps'], pop3d: ['pop3', 'pop3s'], sieved: ['sieve'] } as const;
export type MailboxRole = keyof typeof doors;
export const isMailboxRole = (name: string): name is MailboxRole => Object.hasOwn(doors, name);
export const mailboxRoles = Object.keys(doors) as readonly MailboxRole[];

/** The role that serves the door; undefined: another one, none of these. */
export const mailboxRoleOf = (name: string): MailboxRole | undefined =>
  mailboxRoles.find((role) => doors[role].some((each) => each === name));

export interface MailboxDoorsOptions<S> {
  readonly listen: readonly (ListenEntry & ListenPlace)[];
  /** The certificate of the moment. */
  readonly tls: () => DoorTls | undefined;
  readonly settings: () => S;
  readonly accounts: DoorAccounts;
  readonly mailboxes: Mailboxes;
  readonly log: Log;
  /** Told when a door that is listed is not served. */
  readonly problem: (line: string) => void;
}

/** Starts every listed door of imapd, or none: one that cannot be bound closes the others. @throws StartError */
export async function startImapDoors(options: MailboxDoorsOptions<ImapSettings>): Promise<Service> {
  const { listen: _all, problem: _told, ...shared } = options;
  const { startImapd } = await import('../imap/imapd.ts');
  return startEach('imapd', options, (name, place) =>
    startImapd({ ...shared, listeners: [{ name: name as 'imap' | 'imaps', ...place }] }),
  );
}

/** The same of pop3d. */
export async function startPop3Doors(options: MailboxDoorsOptions<Pop3Settings>): Promise<Service> {
  const { listen: _all, problem: _told, ...shared } = options;
  const { startPop3d } = await import('../pop3/pop3d.ts');
  return startEach('pop3d', options, (name, place) =>
    startPop3d({ ...shared, listeners: [{ name: name as 'pop3' | 'pop3s', ...place }] }),
  );
}

/** The same of sieved, which needs no mailboxes. */
export async function startSieveDoors(
  options: Omit<MailboxDoorsOptions<SievedSettings>, 'mailboxes'>,
): Promise<Service> {
  const { tls, settings, accounts, log } = options;
  const { startSieved } = await import('../managesieve/sieved.ts');
  return startEach('sieved', options, (_name, place) =>
    startSieved({ tls, settings, accounts, log, listeners: [{ name: 'sieve', ...place }] }),
  );
}

async function startEach<S>(
  role: MailboxRole,
  options: Pick<MailboxDoorsOptions<S>, 'listen' | 'problem' | 'tls'>,
  start: (name: string, place: ListenPlace) => Promise<Service>,
): Promise<Service> {
  const { listen, problem } = options;
  const started: Service[] = [];
  const close = async (): Promise<void> => {
    await Promise.allSettled(started.map((service) => service.close()));
  };
  try {
    for (const entry of listen) {
      if (mailboxRoleOf(entry.name) !== role) continue;
      if (entry.name === doors[role][1] && !options.tls()) {
        problem(`${entry.name} is not served: it needs a certificate and key in control/servercert.pem`);
        continue;
      }
      const place = { host: entry.host, port: entry.port, descriptor: entry.descriptor };
      started.push(await startListening(entry, () => start(entry.name, place)));
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { addresses: started.flatMap((service) => service.addresses), close };
}
