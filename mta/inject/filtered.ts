// What stands between those who send and the queue: the program of control/qmailqueue for everything that the servers
// inject (qmail.c with $QMAILQUEUE in the environment of all), and the secret copies of control/taps for everything that
// enters the queue (qmail-queue with the taps patch). Both look at their setting for each message.
import { join } from 'node:path';
import type { Settings } from '../control/settings.ts';
import type { Taps } from '../control/taps.ts';
import type { Log } from '../log.ts';
import { createProgramInjector, type RunningQueueProgram } from './queue-program.ts';
import type { Injector } from './types.ts';

/** The control files that say which program. */
export const filterSettingNames = ['qmailqueue', 'timeoutqmailqueue', 'environment'] as const;
export type FilterSettings = Pick<Settings, (typeof filterSettingNames)[number]>;

/** Where the program runs, and what it sees. */
export interface FilterOptions {
  readonly settings: () => FilterSettings;
  /** qmail's home. */
  readonly directory: string;
  /** Under the variables of control/environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly log: Log;
}

/**
 * What the program of control/qmailqueue sees. What it sends itself (a scanner's notice, by sendmail or qmail-inject) goes
 * to the queue: a file cannot be taken out of the environment, as qmail's filters do with $QMAILQUEUE.
 */
export const filterEnvironment = <V extends string | undefined>(
  env: Readonly<Record<string, V>>,
  variables: ReadonlyMap<string, string>,
  directory: string,
): Record<string, V | string> => ({
  ...env,
  ...Object.fromEntries(variables),
  QMAILQUEUE: join(directory, 'bin', 'qmail-queue'),
});

/** `queue`, or the program of control/qmailqueue in its place when there is one. `close` ends what still runs. */
export function filterInjector(queue: Injector, options: FilterOptions): Injector {
  const { settings, directory, log } = options;
  const running = new Set<RunningQueueProgram>();
  const current = (): Injector => {
    const { qmailqueue, timeoutqmailqueue, environment } = settings();
    if (qmailqueue === '') return queue;
    const env = filterEnvironment(options.env, environment.variables, directory);
    return createProgramInjector(qmailqueue, { directory, env, log, running, timeout: timeoutqmailqueue });
  };
  return {
    open: (...who) => current().open(...who),
    inject: (...message) => current().inject(...message),
    close: () => {
      for (const program of running) program.stop();
      queue.close();
    },
  };
}

/** Opens entries of the queue whose copies go where control/taps says. */
export function tapEntries(open: Injector['open'], taps: () => Taps): Injector['open'] {
  return (origin, whenQueued, uid) => {
    const entry = open(origin, whenQueued, uid);
    const finish = entry.finish.bind(entry);
    entry.finish = (sender, recipients, dsn) => {
      const copyTo = taps().find(sender, recipients);
      return finish(sender, copyTo === undefined ? recipients : [...recipients, copyTo], dsn);
    };
    return entry;
  };
}
