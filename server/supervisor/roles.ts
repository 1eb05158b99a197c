// Starts the roles of one process and wires them: queue with local and remote, smtpd, web. Each role starts on its own:
// one whose settings are wrong says so in one line and stays away, the others serve.
import { statfs } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { openAccounts } from '../../mta/accounts/accounts.ts';
import type { Accounts } from '../../mta/accounts/types.ts';
import { openUsers } from '../../mta/accounts/users.ts';
import type { ListenEntry } from '../../mta/control/network.ts';
import type { Home } from '../../mta/home.ts';
import { createInjector } from '../../mta/inject/client.ts';
import type { Injector } from '../../mta/inject/types.ts';
import { createLocalAgent } from '../../mta/local/delivery.ts';
import { type Log, quoted } from '../../mta/log.ts';
import { createDirectorySync } from '../../mta/maildir/directory-sync.ts';
import { errorCode, readSmallFile } from '../../mta/queue/files.ts';
import { type QueueRole, startQueue } from '../../mta/queue/role.ts';
import { createRemoteAgent } from '../../mta/remote/delivery.ts';
import type { ListenAddress, Service } from '../../mta/service.ts';
import { type DoorTls, startSmtpd } from '../../mta/smtpd/smtpd.ts';
import { createMailboxes } from '../mailbox/mailboxes.ts';
import { createMessageReader } from '../message/reader.ts';
import { startWeb } from '../web/web.ts';
import { openLiveSettings } from './settings.ts';

export interface RolesOptions {
  readonly home: Home;
  readonly listen: readonly ListenEntry[];
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

const doorNames = ['smtp', 'submission', 'submissions'] as const;

/** Starts everything. @throws ListenError when a port cannot be had */
export async function startRoles(options: RolesOptions): Promise<Roles> {
  const { home, listen, log } = options;
  const problems: string[] = [];
  const services: Service[] = [];
  const closers: (() => unknown)[] = [];
  let queue: QueueRole | undefined;
  const live = openLiveSettings(home.qmail, log, () => queue?.settingsChanged());
  const directorySync = createDirectorySync();
  const users = openUsers(home.qmail);
  const accounts = openAccounts({ home, users });
  closers.push(() => live.close());
  const start = async (role: string, act: () => Promise<void>): Promise<void> => {
    try {
      await act();
    } catch (error) {
      if (error instanceof ListenError) throw error;
      const line = `cannot start ${role}: ${error instanceof Error ? error.message : String(error)}`;
      problems.push(line);
      log(`alert: ${quoted(line)}`);
    }
  };
  const socket = join(home.run, 'inject');
  try {
    await start('queue', async () => {
      const [settings, localSettings, remoteSettings] = [
        await live.open('queue'),
        await live.open('local'),
        await live.open('remote'),
      ];
      queue = await startQueue({
        directory: join(home.qmail, 'queue'),
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
          closers.push(
            () => local.close(),
            () => remote.close(),
          );
          return { local, remote };
        },
      });
      services.push(queue);
    });
    // Without a queue here the socket may still be another process's; what cannot be queued is refused for now.
    const injector = queue?.injector ?? createInjector(socket);
    closers.push(() => injector.close());
    await start('smtpd', async () => {
      const service = await startDoors({
        home,
        listen,
        log,
        accounts,
        injector,
        problems,
        settings: await live.open('smtpd'),
      });
      if (service) services.push(service);
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
      const service = await listening(entry, () =>
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
  const later = listen.filter(
    ({ name }) => name !== 'http' && !(doorNames as readonly string[]).includes(name),
  );
  if (later.length > 0)
    problems.push(`not served by this version: ${later.map(({ name }) => name).join(', ')}`);
  async function closeAll(): Promise<void> {
    // Doors first, the queue last, so that what is under way still gets in.
    await Promise.allSettled(
      services.filter((service) => service !== queue).map((service) => service.close()),
    );
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

/** A listener that cannot be had: one line that names it. */
export class ListenError extends Error {
  override name = 'ListenError';
}

async function listening<T>(entry: ListenEntry, start: () => Promise<T>): Promise<T> {
  try {
    return await start();
  } catch (error) {
    const code = errorCode(error);
    const where = `${entry.name} ${entry.host}:${entry.port}`;
    if (code === 'EADDRINUSE') throw new ListenError(`${where}: another program has this port`);
    if (code === 'EACCES') throw new ListenError(`${where}: this user may not use this port`);
    if (code === 'EADDRNOTAVAIL') throw new ListenError(`${where}: this machine does not have this address`);
    throw error;
  }
}

async function startDoors(options: {
  readonly home: Home;
  readonly listen: readonly ListenEntry[];
  readonly log: Log;
  readonly accounts: Accounts;
  readonly injector: Injector;
  readonly problems: string[];
  readonly settings: Parameters<typeof startSmtpd>[0]['settings'];
}): Promise<Service | undefined> {
  const { home, log, accounts, injector, problems, settings } = options;
  const tls = await readCertificate(join(home.qmail, 'control', 'servercert.pem'));
  const listeners = options.listen.flatMap(({ name, host, port }) => {
    const door = doorNames.find((each) => each === name);
    if (!door) return [];
    if (door === 'submissions' && !tls) {
      problems.push('submissions is not served: it needs a certificate and key in control/servercert.pem');
      return [];
    }
    return [{ name: door, host, port }];
  });
  const hasRoom = roomBelow(join(home.qmail, 'queue'), () => settings().databytes);
  const started: Service[] = [];
  try {
    for (const listener of listeners) {
      const service = await listening(listener, () =>
        startSmtpd({ listeners: [listener], settings, accounts, injector, log, tls, hasRoom }),
      );
      started.push(service);
    }
  } catch (error) {
    await Promise.allSettled(started.map((service) => service.close()));
    throw error;
  }
  if (started.length === 0) return undefined;
  return {
    addresses: started.flatMap((service) => service.addresses),
    close: async () => {
      await Promise.allSettled(started.map((service) => service.close()));
    },
  };
}

/** qmail's control/servercert.pem: chain and key in one file. */
async function readCertificate(path: string): Promise<DoorTls | undefined> {
  const pem = await readSmallFile(path);
  return pem && { cert: pem, key: pem };
}

/** security.md R5: refuse when under 5 % or three times the message limit is free; looked up once a second at most. */
function roomBelow(directory: string, databytes: () => number): () => Promise<boolean> {
  let known: Promise<boolean> = Promise.resolve(true);
  let lookedAt = 0;
  return () => {
    if (Date.now() - lookedAt > 1000) {
      lookedAt = Date.now();
      known = statfs(directory).then(
        (room) => {
          const free = room.bavail * room.bsize;
          const enoughInodes = room.files === 0 || room.ffree > room.files * 0.05;
          // 5 % of a big disk is plenty: a gigabyte is enough whatever the size.
          const enough =
            free > Math.min(room.blocks * room.bsize * 0.05, 1024 ** 3) && free > 3 * databytes();
          return enough && enoughInodes;
        },
        () => false,
      );
    }
    return known;
  };
}
