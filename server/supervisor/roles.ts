// Starts the roles of one process and wires them: queue with local and remote, smtpd, web, imapd, pop3d. Each role starts on its own:
// one whose settings are wrong says so in one line and stays away, the others serve.
import { join } from 'node:path';
import { openAccounts } from '../../mta/accounts/accounts.ts';
import { openAdministration } from '../../mta/accounts/administration/open-administration.ts';
import { createQueueDesk } from '../../mta/accounts/administration/queue-desk.ts';
import { openUsers } from '../../mta/accounts/users.ts';
import { installCertificate } from '../../mta/certificates/install.ts';
import type { ListenEntry } from '../../mta/control/network.ts';
import type { Home } from '../../mta/home.ts';
import { createInjector } from '../../mta/inject/client.ts';
import { type Log, quoted } from '../../mta/log.ts';
import { createDirectorySync } from '../../mta/maildir/directory-sync.ts';
import type { QueueRole } from '../../mta/queue/role.ts';
import type { Service } from '../../mta/service.ts';
import { easeHeapsWithMail } from '../heap.ts';
import { openSiteHistory } from '../history/open.ts';
import { openSiteReports, type SiteReports } from '../reports/reports.ts';
import { type Doors, doorNames, startDoors } from './doors.ts';
import { keepCertificates, type WatchedCertificates } from './kept-certificates.ts';
import { type MailRooms, openMailRooms } from './mail-rooms.ts';
import { mailboxRoleOf, mailboxRoles } from './mailbox-doors.ts';
import { startDoorsOf } from './mailbox-role.ts';
import { openOwnAgents } from './own-agents.ts';
import { filterForServers } from './programs.ts';
import { startQueueWithAgents } from './queue-role.ts';
import { rolePaths } from './role-paths.ts';
import { type GivenSettings, openLiveSettings } from './settings.ts';
import { StartError, startListening } from './start-error.ts';
import { webDoorNames } from './web-doors.ts';

export interface RolesOptions {
  readonly home: Home;
  readonly listen: readonly ListenEntry[];
  /** Somebody named these listeners: one that cannot be served is a problem, not only left out. */
  readonly isChosen: boolean;
  readonly given?: GivenSettings | undefined;
  readonly log: Log;
}

export interface Roles extends Service {
  /** HUP. */
  reload(): Promise<void>;
  /** ALRM. */
  retryNow(): void;
  /** Resolves with a reason when the process must end by itself. */
  readonly broken: Promise<string>;
  /** What runs as whom, a line a role, where roles are processes of their own. */
  readonly table?: readonly string[];
  /** Lines that say why a role or listener is not there. */
  readonly problems: readonly string[];
}

/** Starts everything. @throws StartError when a port cannot be had, or the queue has another runner */
export async function startRoles(options: RolesOptions): Promise<Roles> {
  const { home, listen, isChosen } = options;
  const history = await openSiteHistory(home, options.log);
  let smtpd: Doors | undefined;
  const easeHeaps = easeHeapsWithMail();
  const log: Log = (line) => {
    options.log(line);
    history?.observe(line);
    smtpd?.observe(line);
    easeHeaps(line);
  };
  const problems: string[] = [];
  const doors: Service[] = [];
  let queue: QueueRole | undefined;
  let certificates: WatchedCertificates | undefined;
  let openedRooms: MailRooms | undefined;
  let reports: SiteReports | undefined;
  const live = openLiveSettings(home.qmail, log, () => queue?.settingsChanged(), options.given);
  const directorySync = createDirectorySync();
  const users = openUsers(home.qmail);
  const accounts = openAccounts({ home, users, writesLogins: true, log });
  const socket = join(home.run, 'inject');
  // Used while there is no queue here: it answers for nobody, and what cannot be queued is refused for now.
  const socketInjector = createInjector(socket);

  const tell = (problem: string): void => {
    problems.push(problem);
    log(`alert: ${quoted(problem)}`);
  };
  const start = async <T>(role: string, act: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await act();
    } catch (error) {
      if (error instanceof StartError) throw error;
      tell(`${role} is not started: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }
  };
  const closeAll = async (): Promise<void> => {
    // No delivery is begun any more. Doors close first, the queue last, so that what is under way still gets in.
    const rested = queue?.rest();
    certificates?.close();
    await Promise.allSettled(doors.map((service) => service.close()));
    await openedRooms?.close();
    await reports?.close();
    await rested;
    await queue?.close();
    live.close();
    socketInjector.close();
    await accounts.close();
    await directorySync.close();
    await history?.close();
  };

  try {
    queue = await start('queue', async () => {
      const agents = await openOwnAgents({ home, live, users, accounts, directorySync, log });
      const orders = { path: rolePaths(home).orders };
      return startQueueWithAgents({ home, socket, orders, live, agents, log });
    });
    const injector = queue?.injector ?? socketInjector;
    const smtp = listen.filter(({ name }) => doorNames.some((each) => each === name));
    const pages = webDoorNames.flatMap((door) => listen.find(({ name }) => name === door) ?? []);
    certificates = await keepCertificates(home.qmail, log, tell);
    const tls = certificates.now;
    const problem = isChosen ? tell : log;
    const rooms = (): MailRooms => {
      openedRooms ??= openMailRooms(home, log, pages.length > 0);
      return openedRooms;
    };
    if (smtp.length > 0) {
      reports = await openSiteReports({ home, injector, log });
      const { record } = reports;
      const service = await start('smtpd', async () =>
        startDoors({
          home,
          listen: smtp,
          tls,
          settings: await live.open('smtpd'),
          accounts,
          injector,
          recordResults: record,
          log,
          problem,
        }),
      );
      smtpd = service;
      if (service) doors.push(service);
    }
    if (pages.length > 0) {
      const service = await start('web', async () => {
        const settings = (await live.open('web'))();
        const { startWebRole } = await import('./web-role.ts');
        const filtered = filterForServers(injector, home, await live.open('filter'), log);
        const administration = await openAdministration({ home, log });
        const closeParts = async (): Promise<void> => {
          filtered.close();
          await administration.close();
        };
        try {
          const web = await startWebRole({
            home,
            listen: pages,
            install: (pem) => installCertificate(home.qmail, pem, Date.now()),
            tls,
            problem,
            settings,
            accounts,
            administration,
            queueDesk: queue && createQueueDesk(administration, queue.orders),
            injector: filtered,
            history,
            rooms: rooms(),
            log,
          });
          const close = async (): Promise<void> => {
            await web.close();
            await closeParts();
          };
          return { addresses: web.addresses, close };
        } catch (error) {
          await closeParts();
          throw error;
        }
      });
      if (service) doors.push(service);
    }
    const lines = listen.filter(({ name }) => name === 'vpopmaild');
    for (const entry of lines) {
      const service = await start('vpopmaild', async () => {
        const administration = await openAdministration({ home, log });
        try {
          const { startVpopmaild } = await import('../../mta/vpopmaild/vpopmaild.ts');
          const served = await startListening(entry, () =>
            startVpopmaild({ home, place: entry, administration, log }),
          );
          const close = async (): Promise<void> => {
            await served.close();
            await administration.close();
          };
          return { addresses: served.addresses, close };
        } catch (error) {
          await administration.close();
          throw error;
        }
      });
      if (service) doors.push(service);
    }
    const mailDoors = listen.filter(({ name }) => mailboxRoleOf(name));
    for (const role of mailboxRoles) {
      const own = mailDoors.filter(({ name }) => mailboxRoleOf(name) === role);
      if (own.length === 0) continue;
      const service = await start(role, async () => {
        return startDoorsOf(role, live, {
          listen: own,
          tls,
          accounts,
          mailboxes: rooms().mailboxes,
          log,
          problem,
        });
      });
      if (service) doors.push(service);
    }
    const others = listen.filter((entry) => ![...pages, ...lines, ...smtp, ...mailDoors].includes(entry));
    if (others.length > 0 && isChosen)
      tell(`not served by this version: ${others.map(({ name }) => name).join(', ')}`);
  } catch (error) {
    await closeAll();
    throw error;
  }

  let closing: Promise<void> | undefined;
  return {
    addresses: [...(queue?.addresses ?? []), ...doors.flatMap((service) => service.addresses)],
    problems,
    reload: async () => {
      await live.reload();
      await certificates?.reload();
    },
    retryNow: () => queue?.retryNow(),
    broken: new Promise((resolve) => {
      queue?.lockLost.then(() => resolve('the lock on queue/lock/sendmutex was lost'));
    }),
    close: () => {
      closing ??= closeAll();
      return closing;
    },
  };
}
