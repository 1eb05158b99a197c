// How commands look at the queue and order about its messages: the running server is asked over run/orders; a queue that
// nobody serves is locked and worked on directly; one that another program serves (qmail-send) can only be looked at.
import { access, constants, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { CallLost } from '../calls/conversation.ts';
import { createOrderCalls } from '../calls/order-calls.ts';
import { readSettings } from '../control/settings.ts';
import type { Home } from '../home.ts';
import { errorCode } from '../maildir/calls.ts';
import { createDirectorySync } from '../maildir/directory-sync.ts';
import { QueueLockError } from '../queue/lock.ts';
import type { QueueOrders } from '../send/queue-orders.ts';
import { sendSettingNames } from '../send/settings.ts';
import { openQueueView, openStoppedOrders } from '../send/stopped-orders.ts';
import type { CommandContext } from './command.ts';
import { Fatal } from './fatal.ts';
import { openQueue } from './open-queue.ts';

/** Socket of the running queue (the supervisor's role-paths.ts names the same). */
export const ordersPath = ({ run }: Pick<Home, 'run'>): string => join(run, 'orders');

/** Who gives orders here, for the server's log. */
export const whoAsks = (command: string): string => `${command}, uid ${process.getuid?.() ?? 0}`;

/** The running server; undefined: there is none. @throws Fatal when it takes no orders from us */
export async function openRunningOrders({ home }: CommandContext): Promise<QueueOrders | undefined> {
  const path = ordersPath(home);
  try {
    await access(path, constants.W_OK);
  } catch (error) {
    if (errorCode(error) !== 'EACCES') return undefined;
    throw new Fatal(111, `${path}: permission denied; orders are for root, or the user of the site`);
  }
  const orders = createOrderCalls(path);
  try {
    await orders.status();
    return orders;
  } catch (error) {
    await orders.close();
    if (error instanceof CallLost) return undefined;
    throw error;
  }
}

/** To look only; takes no lock. @throws Fatal */
export async function openToLook(context: CommandContext): Promise<QueueOrders> {
  return (await openRunningOrders(context)) ?? openQueueView(await openQueue(context));
}

/** To order. @throws Fatal when another program serves the queue */
export async function openToOrder(context: CommandContext): Promise<QueueOrders> {
  const running = await openRunningOrders(context);
  if (running) return running;
  const layout = await openQueue(context);
  const settings = await readSettings(context.home.qmail, sendSettingNames);
  const directorySync = createDirectorySync({ isOwn: true });
  try {
    const orders = await openStoppedOrders(await realpath(layout.directory), directorySync, settings);
    return {
      ...orders,
      close: async () => {
        await orders.close();
        await directorySync.close();
      },
    };
  } catch (error) {
    await directorySync.close();
    if (!(error instanceof QueueLockError)) throw error;
    throw new Fatal(
      111,
      error.isTaken
        ? `${layout.directory} is served by another program that takes no orders (qmail-send); stop it first`
        : error.message,
    );
  }
}
