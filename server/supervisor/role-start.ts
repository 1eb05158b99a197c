// What each role of a separate process is made of: the same services as in one process, joined by sockets.
import { join } from 'node:path';
import { openAccounts } from '../../mta/accounts/accounts.ts';
import { openAdministration } from '../../mta/accounts/administration/open-administration.ts';
import { createQueueDesk } from '../../mta/accounts/administration/queue-desk.ts';
import type { Administration } from '../../mta/accounts/administration.ts';
import { openUsers } from '../../mta/accounts/users.ts';
import { answerAccounts, createAccountCalls } from '../../mta/calls/account-calls.ts';
import { answerAdministration, createAdministrationCalls } from '../../mta/calls/administration-calls.ts';
import { type Answer, startAnswering } from '../../mta/calls/answering.ts';
import {
  answerCertificates,
  createCertificateCalls,
  isForCertificates,
} from '../../mta/calls/certificate-desk-calls.ts';
import { answerDeliveries, createDeliveryCalls } from '../../mta/calls/delivery-calls.ts';
import { createOrderCalls } from '../../mta/calls/order-calls.ts';
import { answerQueueDesk, createQueueDeskCalls, isForQueueDesk } from '../../mta/calls/queue-desk-calls.ts';
import { installCertificate } from '../../mta/certificates/install.ts';
import { createInjector } from '../../mta/inject/client.ts';
import type { Log } from '../../mta/log.ts';
import { findDestination } from '../../mta/remote/destination.ts';
import { assumeIdentity, type RunAs } from '../../mta/run-as.ts';
import type { QueueOrders } from '../../mta/send/queue-orders.ts';
import type { Service } from '../../mta/service.ts';
import { answerHistory, createHistoryCalls } from '../history/calls.ts';
import { openSiteHistory } from '../history/open.ts';
import { answerReports, createReportCalls } from '../reports/calls.ts';
import { openSiteReports } from '../reports/reports.ts';
import { startDoors } from './doors.ts';
import { keepPlannedCertificates } from './kept-certificates.ts';
import { startLocalRole } from './local-role.ts';
import { openMailRooms } from './mail-rooms.ts';
import { startMailboxRole } from './mailbox-role.ts';
import { openRemoteAgent } from './own-agents.ts';
import { filterForServers } from './programs.ts';
import { startQueueWithAgents } from './queue-role.ts';
import type { RunningRole } from './role.ts';
import { rolePaths } from './role-paths.ts';
import type { RolePlan, SeparateRole } from './role-plan.ts';
import { type LiveSettings, openLiveSettings } from './settings.ts';
import { isWebDoor } from './web-doors.ts';
import type { WebRoleOptions } from './web-role.ts';

/** Milliseconds that deliveries under way get when the parent was killed: less than a new start waits for the lock. */
const orphanPatience = 1500;

/** qmail-queue's own: mess and todo are read by the group, everything else by the modes it is made with. */
const queueMask = 0o033;

/** Starts the role of a plan. @throws StartError when nothing can be served; ControlError and others: only this role */
export async function startRole(plan: RolePlan, log: Log): Promise<RunningRole> {
  let changed = (): void => undefined;
  const live = openLiveSettings(plan.home.qmail, log, () => changed(), plan.given);
  try {
    const role = await starters[plan.role](plan, live, log, (act) => {
      changed = act;
    });
    return {
      ...role,
      reload: async () => {
        await live.reload();
        await role.reload?.();
      },
      close: async (isOrphan) => {
        live.close();
        await role.close(isOrphan);
      },
    };
  } catch (error) {
    live.close();
    throw error;
  }
}

type Starter = (
  plan: RolePlan,
  live: LiveSettings,
  log: Log,
  onChange: (act: () => void) => void,
) => Promise<StartedRole>;

/** What is read again besides the role's own settings is its own business. */
type StartedRole = Omit<RunningRole, 'reload'> & Partial<Pick<RunningRole, 'reload'>>;

/** What is wrong with a file is told by the role whose file it is. */
const silent: Log = () => undefined;

const starters: Readonly<Record<SeparateRole, Starter>> = {
  accounts: async (plan, _live, log) => {
    const accounts = openAccounts({
      home: plan.home,
      log,
      trustsClosedHomes: true,
      writesLogins: true,
    });
    const service = await startAnswering('accounts', socketOf(plan), answerAccounts(accounts), log);
    return {
      served: [],
      problems: [],
      close: async () => {
        await service.close();
        await accounts.close();
      },
    };
  },

  queue: async (plan, live, log, onChange) => {
    process.umask(queueMask);
    const { home, uids } = plan;
    const paths = rolePaths(home);
    const local = createDeliveryCalls(paths.local, 'Unable to run qmail-lspawn: it crashed. (#4.3.0)');
    // What remote itself would say of a destination: the queue gives each its turns.
    const routesLive = openLiveSettings(home.qmail, silent, () => undefined);
    const routes = await routesLive.openPatiently('remote');
    const remote = createDeliveryCalls(
      paths.remote,
      'Unable to run qmail-rspawn: it crashed. (#4.3.0)',
      (recipient) =>
        routes.problem() === undefined ? findDestination(recipient, routes.settings()) : undefined,
    );
    const queue = await startQueueWithAgents({
      home,
      socket: paths.inject,
      inject: {
        descriptor: socketOf(plan),
        identities: {
          network: [uids.smtpd],
          bounce: uids.queue,
          alias: uids.alias,
          roles: [uids.smtpd, uids.web],
        },
      },
      orders: plan.second,
      live,
      log,
      // The parent tells them that it is time to end what takes long.
      agents: () => ({ local, remote, rest: () => Promise.resolve() }),
    });
    onChange(() => queue.settingsChanged());
    return {
      served: [],
      problems: [],
      retryNow: () => void queue.retryNow(),
      reload: () => routesLive.reload(),
      rest: () => queue.rest(),
      close: async (isOrphan) => {
        routesLive.close();
        // Deliveries that have ended are recorded; those of a slow host are tried again by the successor.
        if (isOrphan) await queue.rest(orphanPatience);
        await queue.close();
        local.close();
        remote.close();
      },
      broken: queue.lockLost.then(() => 'the lock on queue/lock/sendmutex was lost'),
    };
  },

  local: startLocalRole,

  remote: async (plan, live, log) => {
    const { home } = plan;
    const injector = createInjector(rolePaths(home).inject);
    const agent = (await openRemoteAgent(home, live, log))(join(home.qmail, 'queue'), injector);
    const service = await startAnswering('remote', socketOf(plan), answerDeliveries(agent), log);
    return {
      served: [],
      problems: [],
      rest: () => agent.close(),
      close: async () => {
        await agent.close();
        injector.close();
        await service.close();
      },
    };
  },

  smtpd: async (plan, live, log) => {
    const { home } = plan;
    const paths = rolePaths(home);
    const problems: string[] = [];
    const certificates = keepPlannedCertificates(plan, log, (words) => problems.push(words));
    const accounts = createAccountCalls(paths.accounts);
    const injector = createInjector(paths.inject);
    const reports = createReportCalls(paths.reports, log);
    const service = await startDoors({
      home,
      listen: plan.listen,
      tls: certificates.now,
      settings: await live.open('smtpd'),
      accounts,
      injector,
      recordResults: reports.record,
      log,
      problem: plan.isChosen ? (line) => problems.push(line) : log,
    });
    return {
      served: service.addresses.map(({ name }) => name),
      problems,
      observe: (line) => service.observe(line),
      renew: certificates.renew,
      close: async () => {
        certificates.close();
        await service.close();
        await reports.close();
        injector.close();
        accounts.close();
      },
    };
  },

  web: async (plan, live, log) => {
    const { home, listen } = plan;
    const pages = listen.filter(({ name }) => isWebDoor(name));
    const lines = listen.filter(({ name }) => name === 'vpopmaild');
    const administration = createAdministrationCalls(rolePaths(home).admin);
    const problems: string[] = [];
    const certificates = keepPlannedCertificates(plan, log, (words) => problems.push(words));
    const served: string[] = [];
    const services: { close(): Promise<void> }[] = [];
    if (pages.length > 0) {
      const problem = plan.isChosen ? (line: string) => problems.push(line) : log;
      const parts = { listen: pages, tls: certificates.now, problem };
      const service = await startPages(parts, plan, live, administration, log);
      services.push(service);
      served.push(...service.addresses.map(({ name }) => name));
    }
    for (const entry of lines) {
      const { startVpopmaild } = await import('../../mta/vpopmaild/vpopmaild.ts');
      services.push(await startVpopmaild({ home, place: entry, administration, log }));
      served.push(entry.name);
    }
    return {
      served,
      problems,
      renew: certificates.renew,
      close: async () => {
        certificates.close();
        await Promise.all(services.map((service) => service.close()));
        administration.close();
      },
    };
  },

  imapd: (plan, live, log) => startMailboxRole('imapd', plan, live, log),
  pop3d: (plan, live, log) => startMailboxRole('pop3d', plan, live, log),
  sieved: (plan, live, log) => startMailboxRole('sieved', plan, live, log),

  admin: async (plan, _live, log) => {
    const { home, people } = plan;
    const as = assumeIdentity(people);
    // The audit log is root's, out of reach of those whose doings are in it.
    const administration = await as(undefined, () =>
      openAdministration({ home, log, as, newDomainOwner: people }),
    );
    // Who gives orders to the queue is root: run/orders is closed to others.
    const orders = createOrderCalls(rolePaths(home).orders);
    const desk = answerQueueDesk(createQueueDesk(administration, ordersAs(orders, as)), log);
    const others = answerAdministration(administration, log);
    const certificates = answerCertificates(
      (pem) => as(undefined, () => installCertificate(home.qmail, pem, Date.now())),
      log,
    );
    const answer: Answer = (frame) => {
      if (isForQueueDesk(frame.fields)) return desk(frame);
      return isForCertificates(frame.fields) ? certificates(frame) : others(frame);
    };
    const service = await startAnswering('admin', socketOf(plan), answer, log);
    return {
      served: [],
      problems: [],
      close: async () => {
        await service.close();
        await orders.close();
        await administration.close();
      },
    };
  },

  history: async (plan, _live, log) => {
    const { home, second } = plan;
    const history = await openSiteHistory(home, log);
    const service = await startAnswering('history', socketOf(plan), answerHistory(history), log);
    const injector = createInjector(rolePaths(home).inject);
    const reports = await openSiteReports({ home, injector, log });
    const counting =
      second === undefined ? undefined : await startAnswering('reports', second, answerReports(reports), log);
    return {
      served: [],
      problems: [],
      observe: (line) => history?.observe(line),
      close: async () => {
        await Promise.all([service.close(), counting?.close()]);
        await reports.close();
        injector.close();
        await history?.close();
      },
    };
  },
};

/** The queue's orders, each asked for as root. */
function ordersAs(orders: QueueOrders, as: RunAs): QueueOrders {
  return {
    status: () => as(undefined, () => orders.status()),
    list: (after) => as(undefined, () => orders.list(after)),
    show: (id, skip) => as(undefined, () => orders.show(id, skip)),
    read: (id, offset) => as(undefined, () => orders.read(id, offset)),
    give: (order, id, by) => as(undefined, () => orders.give(order, id, by)),
    retryAll: (by) => as(undefined, () => orders.retryAll(by)),
    pause: (by) => as(undefined, () => orders.pause(by)),
    resume: (by) => as(undefined, () => orders.resume(by)),
    close: () => orders.close(),
  };
}

/** The webmail with what it alone needs. */
async function startPages(
  doors: Pick<WebRoleOptions, 'listen' | 'tls' | 'problem'>,
  { home }: RolePlan,
  live: LiveSettings,
  administration: Administration,
  log: Log,
): Promise<Service> {
  const settings = (await live.open('web'))();
  const accounts = openAccounts({
    home,
    users: openUsers(home.qmail),
    trustsClosedHomes: true,
    writesLogins: true,
    log,
  });
  const injector = createInjector(rolePaths(home).inject);
  const { startWebRole } = await import('./web-role.ts');
  const filtered = filterForServers(injector, home, await live.open('filter'), log);
  const history = createHistoryCalls(rolePaths(home).history);
  const queueDesk = createQueueDeskCalls(rolePaths(home).admin);
  const rooms = openMailRooms(home, log, true);
  const certificates = createCertificateCalls(rolePaths(home).admin);
  const { install } = certificates;
  const parts = { accounts, install, administration, injector: filtered, history, queueDesk, rooms };
  const options = { home, ...doors, settings, ...parts, log };
  const service = await startWebRole(options);
  return {
    addresses: service.addresses,
    close: async () => {
      await service.close();
      await rooms.close();
      history.close();
      queueDesk.close();
      certificates.close();
      filtered.close();
      await accounts.close();
    },
  };
}

/** The socket that the parent bound for the role. */
export function socketOf(plan: RolePlan): number {
  if (plan.socket === undefined) throw new Error(`the role ${plan.role} was started without its socket`);
  return plan.socket;
}
