// The web role over the rooms that it shares with IMAP and POP3 (mail-rooms.ts). Loaded only where http is listed.
import type { QueueDesk } from '../../mta/accounts/administration/queue-desk.ts';
import type { Administration } from '../../mta/accounts/administration.ts';
import type { AccountDirectory } from '../../mta/accounts/types.ts';
import type { ListenEntry } from '../../mta/control/network.ts';
import type { Settings } from '../../mta/control/settings.ts';
import type { Home } from '../../mta/home.ts';
import type { Injector } from '../../mta/inject/types.ts';
import type { Log } from '../../mta/log.ts';
import type { ListenPlace, Service } from '../../mta/service.ts';
import type { HistoryReader } from '../history/types.ts';
import { startWeb } from '../web/serve.ts';
import { createMailDomains } from './mail-domains.ts';
import type { MailRooms } from './mail-rooms.ts';
import { startListening } from './start-error.ts';

export interface WebRoleOptions {
  readonly home: Home;
  readonly entry: ListenEntry & ListenPlace;
  readonly settings: Pick<
    Settings,
    | 'adminclients'
    | 'me'
    | 'defaultdomain'
    | 'webhosts'
    | 'webproxies'
    | 'webidle'
    | 'webstay'
    | 'webpictures'
    | 'webharmful'
    | 'weblocked'
  >;
  readonly accounts: AccountDirectory;
  readonly administration: Administration;
  readonly queueDesk?: QueueDesk | undefined;
  readonly injector: Injector;
  readonly history?: HistoryReader | undefined;
  readonly rooms: Pick<MailRooms, 'reader' | 'mailboxes'>;
  readonly log: Log;
}

/** Starts the webmail on one address. @throws StartError when it cannot be bound */
export async function startWebRole(options: WebRoleOptions): Promise<Service> {
  const { home, entry, settings, accounts, administration, queueDesk, injector, history, log } = options;
  const { reader, mailboxes } = options.rooms;
  const domains = createMailDomains(home.qmail);
  const service = await startListening(entry, () =>
    startWeb({
      home,
      host: entry.host,
      port: entry.port,
      descriptor: entry.descriptor,
      accounts,
      administration,
      queueDesk,
      mailboxes,
      reader,
      injector,
      history,
      findMailDomain: domains.find,
      log,
      me: settings.me,
      defaultDomain: settings.defaultdomain,
      showsWebPictures: settings.webpictures,
      blocksHarmful: settings.webharmful === 'block',
      ...(settings.adminclients.length > 0 ? { adminClients: settings.adminclients } : {}),
      sessionIdle: settings.webidle,
      lockedChoices: settings.weblocked,
      sessionStay: settings.webstay,
      ...(settings.webhosts.length > 0 ? { hosts: settings.webhosts } : {}),
      ...(settings.webproxies.length > 0 ? { trustedProxies: settings.webproxies } : {}),
    }),
  );
  return {
    ...service,
    async close() {
      await service.close();
      domains.close();
    },
  };
}
