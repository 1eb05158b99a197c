// The queue role: qmail-queue, qmail-send and qmail-clean as one service. Owns queue/, answers on run/inject, has
// messages delivered by the agents that it is given. Stop it and the queue is qmail's, at rest.
import { type AnsweringPlace, startAnswering } from '../calls/answering.ts';
import { answerOrders } from '../calls/order-calls.ts';
import type { DeliveryAgent } from '../delivery.ts';
import { tapEntries } from '../inject/filtered.ts';
import { type InjectServerOptions, startInjectServer } from '../inject/server.ts';
import type { Injector } from '../inject/types.ts';
import { type Log, quoted } from '../log.ts';
import type { DirectorySync } from '../maildir/directory-sync.ts';
import type { QueueOrders } from '../send/queue-orders.ts';
import { Send } from '../send/send.ts';
import type { SendSettings } from '../send/settings.ts';
import type { Service } from '../service.ts';
import { checkMessageFiles } from './checked-agent.ts';
import { QueueLockError } from './lock.ts';
import { type Channel, Queue, type QueueOptions } from './queue.ts';
import { hasUnfinishedRepair } from './repair.ts';
import { openTrigger } from './trigger.ts';

export interface QueueRoleOptions {
  /** QMAIL/queue. */
  readonly directory: string;
  /** Path of the injection socket. */
  readonly socket: string;
  /** Where orders about messages are taken; undefined: nowhere. */
  readonly orders?: AnsweringPlace | undefined;
  /** That socket bound by the parent, and who its clients are. */
  readonly inject?: Pick<InjectServerOptions, 'descriptor' | 'identities'> | undefined;
  readonly directorySync: DirectorySync;
  /** Made once the queue is open: local needs an injector for forwards. */
  readonly agents: (injector: Injector) => Readonly<Record<Channel, DeliveryAgent>>;
  readonly settings: () => SendSettings;
  /** What is between the queue and those who send: bounces, forwards, the roles of this process. */
  readonly filter?: ((queue: Injector) => Injector) | undefined;
  readonly log: Log;
}

export interface QueueRole extends Service {
  /** The way in for roles of the same process: the same entries, without the socket and the filter. */
  readonly injector: Injector;
  /** Resolves if another runner may have taken the queue: this one must end. */
  readonly lockLost: Promise<void>;
  /** What people ask and order. */
  readonly orders: QueueOrders;
  /** ALRM: try everything now. Resolves when that is noted: what is still being read at start counts as well. */
  retryNow(): Promise<void>;
  /**
   * Begins no delivery any more and waits for those under way; messages still come in and stay queued.
   * @param patience milliseconds at most; 10,000 unless told
   */
  rest(patience?: number): Promise<void>;
  /** The settings were read again: limits that rose count now. */
  settingsChanged(): void;
}

/** Starts the role. @throws QueueLayoutError, QueueLockError with a line for the log */
export async function startQueue(options: QueueRoleOptions): Promise<QueueRole> {
  let send: Send | undefined;
  const queue = await openQueue(options.log, {
    directory: options.directory,
    directorySync: options.directorySync,
    journal: options.settings().queuejournal !== 0,
    onQueued: (message) => send?.accept(message),
    onLeft: () => send?.scanLater(),
    onExpected: (letter) => send?.expect(letter),
    warn: (words) => options.log(`warning: ${words}`),
  });
  if (queue.restored > 0) options.log(`restored ${queue.restored} letters from the journal`);
  const open = tapEntries(
    (origin, whenQueued, uid) => queue.createEntry(origin, whenQueued, uid),
    () => options.settings().taps,
  );
  const injector = directInjector(open);
  const filtered = options.filter?.(injector) ?? injector;
  try {
    const agents = options.agents(filtered);
    send = new Send({
      queue,
      agents: {
        local: checkMessageFiles(agents.local, queue.layout),
        remote: checkMessageFiles(agents.remote, queue.layout),
      },
      injector: filtered,
      settings: options.settings,
      log: options.log,
    });
    const running = send;
    await running.survey();
    const server = await startInjectServer({
      path: options.socket,
      ...options.inject,
      open,
      log: options.log,
    });
    const place = options.orders;
    const orders =
      place === undefined
        ? undefined
        : await startAnswering('orders', place, answerOrders(running.orders), options.log);
    const trigger = await openTrigger(
      `${options.directory}/lock/trigger`,
      () => running.scanTodo(),
      options.log,
    );
    // Mail comes in while what is in the queue is taken up: 100,000 waiting letters do not delay the greeting.
    const started = running.start().catch((error: unknown) => {
      options.log(`alert: cannot read the queue: ${error instanceof Error ? error.message : String(error)}`);
    });
    const checked = Promise.all([queue.checkNames(), hasUnfinishedRepair(queue.layout)]).then(
      ([wrong, isUnfinished]) => {
        if (isUnfinished)
          options.log(
            `alert: a queue-repair of ${options.directory} was cut short and holds messages: stop, and run facteur queue-repair`,
          );
        if (wrong.length === 0) return;
        options.log(
          `alert: ${wrong.length} names in ${options.directory}/mess are not inode numbers (first: ${wrong[0]}): the queue was copied; its messages are delivered as they are`,
        );
      },
      (error: unknown) => {
        options.log(`warning: cannot check names: ${error instanceof Error ? error.message : String(error)}`);
      },
    );
    let closing: Promise<void> | undefined;
    return {
      addresses: server.addresses,
      injector,
      orders: running.orders,
      lockLost: queue.lockLost,
      // What is still being read in counts as well.
      retryNow: () => started.then(() => running.retryNow()),
      rest: (patience) => running.stop(patience),
      settingsChanged: () => running.settingsChanged(),
      close: () => {
        closing ??= (async () => {
          trigger?.close();
          filtered.close();
          await orders?.close();
          await server.close();
          await Promise.all([started, checked]);
          await running.stop();
          await queue.close();
        })();
        return closing;
      },
    };
  } catch (error) {
    await queue.close();
    throw error;
  }
}

/** qmail-send's words for a queue that it cannot have. */
async function openQueue(log: Log, options: QueueOptions): Promise<Queue> {
  try {
    return await Queue.open(options);
  } catch (error) {
    const isTaken = error instanceof QueueLockError && error.isTaken;
    const why = isTaken
      ? 'qmail-send is already running'
      : error instanceof QueueLockError
        ? `unable to open mutex: ${quoted(error.message)}`
        : `unable to switch to queue directory: ${quoted((error as Error).message)}`;
    log(`alert: cannot start: ${why}`);
    throw error;
  }
}

function directInjector(open: Injector['open']): Injector {
  return {
    open,
    inject: async (origin, message, sender, recipients, dsn) => {
      const entry = open(origin);
      if (!entry.write(message)) await entry.drained();
      return entry.finish(sender, recipients, dsn);
    },
    close: () => undefined,
  };
}
