// Why the program cannot serve at all, as one line for the person who started it: a port that another program has, a
// queue that another program runs. What stops only one role is no StartError: the others serve then.
import type { ListenEntry } from '../../mta/control/network.ts';
import { errorCode } from '../../mta/queue/files.ts';

export class StartError extends Error {
  override name = 'StartError';
}

/** Another program serves the queue. */
export class QueueTakenError extends StartError {
  constructor(directory: string) {
    super(`${directory} is already served by another program (facteur or qmail-send)`);
  }
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program has this port',
  EACCES: 'this user may not use this port',
  EADDRNOTAVAIL: 'this machine does not have this address',
  ENOTFOUND: 'this host name has no address',
  EAI_AGAIN: 'this host name cannot be looked up now',
};

/** Starts what listens on these. @throws StartError with the listener's name and address when one cannot be bound */
export async function startListening<T>(
  first: ListenEntry,
  start: () => Promise<T>,
  ...others: readonly ListenEntry[]
): Promise<T> {
  try {
    return await start();
  } catch (error) {
    const reason = reasons[errorCode(error)];
    if (reason === undefined) throw error;
    const { port } = error as { port?: number };
    const entry = others.find((one) => one.port === port) ?? first;
    const host = entry.host.includes(':') ? `[${entry.host}]` : entry.host;
    throw new StartError(`cannot listen on ${entry.name} ${host}:${entry.port}: ${reason}`);
  }
}
