// The web role over the rooms that it shares with IMAP and POP3 (mail-rooms.ts). Loaded only where http is listed.
import { join } from 'node:path';
import type { QueueDesk } from '../../mta/accounts/administration/queue-desk.ts';
import type { Administration } from '../../mta/accounts/administration.ts';
import type { AccountDirectory } from '../../mta/accounts/types.ts';
import { readPageNames } from '../../mta/acme/page-names.ts';
import { Proofs } from '../../mta/acme/proofs.ts';
import { acmeSettingNames } from '../../mta/acme/settings.ts';
import type { InstallCertificate } from '../../mta/calls/certificate-desk-calls.ts';
import { type DoorTls, keepSecureContexts } from '../../mta/certificates/door-tls.ts';
import type { ListenEntry } from '../../mta/control/network.ts';
import type { Settings } from '../../mta/control/settings.ts';
import { openSettings } from '../../mta/control/settings.ts';
import { createRecordLookup } from '../../mta/dns/record-lookup.ts';
import type { Home } from '../../mta/home.ts';
import type { Injector } from '../../mta/inject/types.ts';
import type { Log } from '../../mta/log.ts';
import type { ListenPlace, Service } from '../../mta/service.ts';
import { coverCheck, findPageNames } from '../certificates/page-names.ts';
import { openRenewals } from '../certificates/renewals.ts';
import type { HistoryReader } from '../history/types.ts';
import { startWeb } from '../web/serve.ts';
import { createMailDomains } from './mail-domains.ts';
import type { MailRooms } from './mail-rooms.ts';
import { startListening } from './start-error.ts';

export interface WebRoleOptions {
  readonly home: Home;
  /** http and https, one of each at most. */
  readonly listen: readonly (ListenEntry & ListenPlace)[];
  /** The certificates of the moment. */
  readonly tls: () => DoorTls | undefined;
  /** Puts a fetched certificate in its place. */
  readonly install: InstallCertificate;
  /** Told when a door that is listed is not served. */
  readonly problem: (line: string) => void;
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

/** Starts the webmail on its addresses. @throws StartError when one cannot be bound */
export async function startWebRole(options: WebRoleOptions): Promise<Service> {
  const {
    home,
    listen,
    tls,
    install,
    problem,
    settings,
    accounts,
    administration,
    queueDesk,
    injector,
    history,
    log,
  } = options;
  const { reader, mailboxes } = options.rooms;
  const domains = createMailDomains(home.qmail);
  const plain = listen.find(({ name }) => name === 'http');
  const listed = listen.find(({ name }) => name === 'https');
  if (listed && !tls())
    problem('https is not served: it needs a certificate and key in control/servercert.pem');
  const secure = listed && tls() ? { ...listed, contexts: keepSecureContexts(tls) } : undefined;
  const entries = [plain, secure].filter((each) => each !== undefined);
  const [entry, ...others] = entries;
  if (entry === undefined) return { addresses: [], close: () => Promise.resolve() };
  const proofs = new Proofs();
  const acmeSettings = openSettings(home.qmail);
  const pageNames = findPageNames({
    read: () => readPageNames(home.qmail),
    host: async () => {
      const { me, outgoingip } = await acmeSettings.read(['me', 'outgoingip']);
      return { name: me.toLowerCase(), addresses: outgoingip };
    },
    lookup: async () => createRecordLookup((await acmeSettings.read(['dnsservers'])).dnsservers),
    now: Date.now,
  });
  const renewals = openRenewals({
    state: home.state,
    control: join(home.qmail, 'control'),
    settings: () => acmeSettings.read(acmeSettingNames),
    proofs,
    doors: { plain: plain !== undefined, secure: secure !== undefined },
    install,
    pageNames,
    isCovered: coverCheck(tls, Date.now),
    log,
  });
  const service = await startListening(
    entry,
    () =>
      startWeb({
        home,
        plain,
        secure,
        certificateProofs: proofs,
        renewals,
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
    ...others,
  );
  return {
    ...service,
    async close() {
      await renewals.close();
      await service.close();
      domains.close();
    },
  };
}
