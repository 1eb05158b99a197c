// The queue role of this site: queue/ with its agents, wherever they run.
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { DeliveryAgent } from '../../mta/delivery.ts';
import type { Home } from '../../mta/home.ts';
import type { Injector } from '../../mta/inject/types.ts';
import type { Log } from '../../mta/log.ts';
import { createDirectorySync } from '../../mta/maildir/directory-sync.ts';
import { QueueLockError } from '../../mta/queue/lock.ts';
import { type QueueRole, type QueueRoleOptions, startQueue } from '../../mta/queue/role.ts';
import { filterForServers } from './programs.ts';
import type { LiveSettings } from './settings.ts';
import { QueueTakenError } from './start-error.ts';

/** Who delivers. */
export interface QueueAgents {
  readonly local: DeliveryAgent;
  readonly remote: DeliveryAgent;
  /** No delivery is begun any more: what waits for others is cut within 10 s, and the queue hears of it. */
  rest(): Promise<unknown>;
}

export interface QueueWithAgentsOptions {
  readonly home: Home;
  /** Path of the injection socket. */
  readonly socket: string;
  readonly inject?: QueueRoleOptions['inject'];
  /** Where orders about messages are taken. */
  readonly orders: QueueRoleOptions['orders'];
  readonly live: LiveSettings;
  /** Called once, with the queue's directory. */
  readonly agents: (injector: Injector, queue: string) => QueueAgents;
  readonly log: Log;
}

/** Starts the role. @throws StartError when the queue has another runner; ControlError, QueueLayoutError */
export async function startQueueWithAgents(options: QueueWithAgentsOptions): Promise<QueueRole> {
  const { home, socket, live, log } = options;
  // A site may have its queue on another disk, behind a link; below it no link is followed.
  const directory = await realpath(join(home.qmail, 'queue'));
  const settings = await live.open('queue');
  const filterSettings = await live.open('filter');
  // The queue's directories are ours alone; those of the Maildirs are their users'.
  const directorySync = createDirectorySync({ isOwn: true });
  let agents: QueueAgents | undefined;
  try {
    const queue = await startQueue({
      directory,
      socket,
      inject: options.inject,
      orders: options.orders,
      directorySync,
      settings,
      filter: (injector) => filterForServers(injector, home, filterSettings, log),
      log,
      agents: (injector) => {
        agents = options.agents(injector, directory);
        return agents;
      },
    });
    const rest = async (patience?: number): Promise<void> => {
      await Promise.all([queue.rest(patience), agents?.rest()]);
    };
    return {
      ...queue,
      rest,
      close: async () => {
        await rest();
        await queue.close();
        await directorySync.close();
      },
    };
  } catch (error) {
    await directorySync.close();
    if (error instanceof QueueLockError && error.isTaken) throw new QueueTakenError(directory);
    throw error;
  }
}
