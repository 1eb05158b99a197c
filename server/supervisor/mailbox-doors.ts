// The doors at which people's mail programs get their mail, of control/listen: imap and imaps. Each its own listener, with
// the certificate of control/servercert.pem.
import type { Accounts } from '../../mta/accounts/types.ts';
import type { ListenEntry } from '../../mta/control/network.ts';
import type { Log } from '../../mta/log.ts';
import type { ListenPlace, Service } from '../../mta/service.ts';
import type { DoorTls } from '../../mta/smtpd/smtpd.ts';
import type { ImapSettings } from '../imap/settings.ts';
import type { Mailboxes } from '../mailbox/types.ts';
import { startListening } from './start-error.ts';

export const imapDoorNames = ['imap', 'imaps'] as const;

/** Is it one of these doors? */
export const isImapDoor = (name: string): boolean => imapDoorNames.some((each) => each === name);

export interface ImapDoorsOptions {
  readonly listen: readonly (ListenEntry & ListenPlace)[];
  /** The certificate of the moment. */
  readonly tls: () => DoorTls | undefined;
  readonly settings: () => ImapSettings;
  readonly accounts: Accounts;
  readonly mailboxes: Mailboxes;
  readonly log: Log;
  /** Told when a door that is listed is not served. */
  readonly problem: (line: string) => void;
}

/** Starts every listed door, or none: one that cannot be bound closes the others. @throws StartError */
export async function startImapDoors(options: ImapDoorsOptions): Promise<Service> {
  const { listen, problem, ...shared } = options;
  const { startImapd } = await import('../imap/imapd.ts');
  const started: Service[] = [];
  const close = async (): Promise<void> => {
    await Promise.allSettled(started.map((service) => service.close()));
  };
  try {
    for (const entry of listen) {
      const name = imapDoorNames.find((each) => each === entry.name);
      if (!name) continue;
      if (name === 'imaps' && !options.tls()) {
        problem('imaps is not served: it needs a certificate and key in control/servercert.pem');
        continue;
      }
      const place = { host: entry.host, port: entry.port, descriptor: entry.descriptor };
      started.push(
        await startListening(entry, () => startImapd({ ...shared, listeners: [{ name, ...place }] })),
      );
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { addresses: started.flatMap((service) => service.addresses), close };
}
