// Starts the roles of one process and wires them: queue with local and remote, smtpd, web. Each role starts on its own:
// one whose settings are wrong says so in one line and stays away, the others serve.
import { hostname } from 'node:os';
import { join } from 'node:path';
import { openAccounts } from '../../mta/accounts/accounts.ts';
import { openUsers } from '../../mta/accounts/users.ts';
import type { ListenEntry } from '../../mta/control/network.ts';
import type { Home } from '../../mta/home.ts';
import { createInjector } from '../../mta/inject/client.ts';
import { createLocalAgent } from '../../mta/local/delivery.ts';
import { type Log, quoted } from '../../mta/log.ts';
import { createDirectorySync } from '../../mta/maildir/directory-sync.ts';
import { QueueLockError } from '../../mta/queue/lock.ts';
import { type QueueRole, startQueue } from '../../mta/queue/role.ts';
import { createRemoteAgent } from '../../mta/remote/delivery.ts';
import type { ListenAddress, Service } from '../../mta/service.ts';
import { createMailboxes } from '../mailbox/mailboxes.ts';
import { createMessageReader } from '../message/reader.ts';
import { startWeb } from '../web/web.ts';
import { doorNames, startDoors } from './doors.ts';
import { openLiveSettings } from './settings.ts';
import { StartError, startListening } from './start-error.ts';

export interface RolesOptions {
  readonly home: Home;
  readonly listen: readonly ListenEntry[];
  /** Somebody named these listeners: one that cannot be served is a problem, not only left out. */
  readonly isChosen: boolean;
  readonly log: Log;
}

export interface Roles extends Service {
  /** HUP. */
  reload(): Promise<void>;
  /** ALRM. */
  retryNow(): void;
  /** Resolves with a reason when the process must end by itself. */
  readonly broken: Promise<string>;
  /** Lines that say why a role or listener is not there. */
  readonly problems: readonly string[];
}

/** Starts everything. @throws StartError when a port cannot be had, or the queue has another runner */
export async function startRoles(options: RolesOptions): Promise<Roles> {
  const { home, listen, isChosen, log } = options;
  const problems: string[] = [];
  const services: Service[] = [];
  const closers: (() => unknown)[] = [];
  let queue: QueueRole | undefined;
  let closeRemote: (() => Promise<void>) | undefined;
  const live = openLiveSettings(home.qmail, log, () => queue?.settingsChanged());
  const directorySync = createDirectorySync();
  const users = openUsers(home.qmail);
  const accounts = openAccounts({ home, users });
  closers.push(() => live.close());
  const tell = (problem: string): void => {
    problems.push(problem);
    log(`alert: ${quoted(problem)}`);
  };
  const start = async (role: string, act: () => Promise<void>): Promise<void> => {
    try {
      await act();
    } catch (error) {
      if (error instanceof StartError) throw error;
      tell(`${role} is not started: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  const socket = join(home.run, 'inject');
  const startQueueRole = async (): Promise<void> => {
    const directory = join(home.qmail, 'queue');
    const settings = await live.open('queue');
    const localSettings = await live.open('local');
    const remoteSettings = await live.open('remote');
    try {
      queue = await startQueue({
        directory,
        socket,
        directorySync,
        settings,
        log,
        agents: (injector) => {
          const local = createLocalAgent({
            home,
            users,
            accounts,
            injector,
            settings: localSettings,
            directorySync,
            hostname: hostname(),
            log,
          });
          const remote = createRemoteAgent({ settings: remoteSettings, log });
          closers.push(() => local.close());
          closeRemote = () => remote.close();
          return { local, remote };
        },
      });
    } catch (error) {
      if (error instanceof QueueLockError && error.isTaken)
        throw new StartError(`${directory} is already served by another program (facteur or qmail-send)`);
      throw error;
    }
    services.push(queue);
  };
  try {
    await start('queue', startQueueRole);
    // Without a queue here the socket answers for nobody: what cannot be queued is refused for now.
    const injector = queue?.injector ?? createInjector(socket);
    closers.push(() => injector.close());
    await start('smtpd', async () => {
      if (!listen.some(isDoor)) return;
      const settings = await live.open('smtpd');
      services.push(
        await startDoors({ home, listen, settings, accounts, injector, log, problem: isChosen ? tell : log }),
      );
    });
    await start('web', async () => {
      const entry = listen.find((each) => each.name === 'http');
      if (!entry) return;
      const settings = (await live.open('web'))();
      const reader = createMessageReader({ log, warm: true });
      const mailboxes = createMailboxes({ state: home.state, reader, log });
      closers.push(
        () => mailboxes.close(),
        () => reader.close(),
      );
      const service = await startListening(entry, () =>
        startWeb({
          home,
          host: entry.host,
          port: entry.port,
          accounts,
          mailboxes,
          reader,
          injector,
          log,
          me: settings.me,
          defaultDomain: settings.defaultdomain,
        }),
      );
      services.push(service);
    });
  } catch (error) {
    await closeAll();
    throw error;
  }
  const unknown = listen.filter((entry) => entry.name !== 'http' && !isDoor(entry));
  if (unknown.length > 0 && isChosen)
    tell(`not served by this version: ${unknown.map(({ name }) => name).join(', ')}`);
  async function closeAll(): Promise<void> {
    // No delivery is begun any more. Doors close first, the queue last, so that what is under way still gets in.
    const rested = Promise.all([queue?.rest(), closeRemote?.()]);
    await Promise.allSettled(
      services.filter((service) => service !== queue).map((service) => service.close()),
    );
    await rested;
    await queue?.close();
    await Promise.allSettled(closers.map(async (close) => close()));
    await accounts.close();
    await directorySync.close();
  }
  const addresses: readonly ListenAddress[] = services.flatMap((service) => service.addresses);
  let closing: Promise<void> | undefined;
  return {
    addresses,
    problems,
    reload: () => live.reload(),
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

const isDoor = ({ name }: ListenEntry): boolean => (doorNames as readonly string[]).includes(name);
