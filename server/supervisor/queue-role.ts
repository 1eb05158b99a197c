// The queue role with its two delivery agents, local and remote, in this process.
import { realpath } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { parsePasswd } from '../../mta/accounts/passwd-file.ts';
import type { Accounts } from '../../mta/accounts/types.ts';
import type { Users } from '../../mta/accounts/users.ts';
import { CachedFile } from '../../mta/control/cached-file.ts';
import type { Home } from '../../mta/home.ts';
import { createRemoteHooks } from '../../mta/hooks/remote-hooks.ts';
import { createLocalAgent, type LocalAgent } from '../../mta/local/delivery.ts';
import type { Log } from '../../mta/log.ts';
import { createDirectorySync, type DirectorySync } from '../../mta/maildir/directory-sync.ts';
import { QueueLockError } from '../../mta/queue/lock.ts';
import { type QueueRole, startQueue } from '../../mta/queue/role.ts';
import { createRemoteAgent, type RemoteAgent } from '../../mta/remote/delivery.ts';
import { filterForServers } from './programs.ts';
import type { LiveSettings } from './settings.ts';
import { StartError } from './start-error.ts';

export interface QueueWithAgentsOptions {
  readonly home: Home;
  /** Path of the injection socket. */
  readonly socket: string;
  readonly live: LiveSettings;
  readonly users: Users;
  readonly accounts: Accounts;
  readonly directorySync: DirectorySync;
  readonly log: Log;
}

/** Starts the role. @throws StartError when the queue has another runner; ControlError, QueueLayoutError */
export async function startQueueWithAgents(options: QueueWithAgentsOptions): Promise<QueueRole> {
  const { home, socket, live, users, accounts, directorySync, log } = options;
  // A site may have its queue on another disk, behind a link; below it no link is followed.
  const directory = await realpath(join(home.qmail, 'queue'));
  const settings = await live.open('queue');
  const filterSettings = await live.open('filter');
  const localSettings = await live.open('local');
  const remoteSettings = await live.open('remote');
  // The queue's directories are ours alone; those of the Maildirs are their users'.
  const queueSync = createDirectorySync({ isOwn: true });
  const passwd = new CachedFile('/etc/passwd', (bytes) => parsePasswd(bytes?.toString('utf8') ?? ''));
  let local: LocalAgent | undefined;
  let remote: RemoteAgent | undefined;
  try {
    const queue = await startQueue({
      directory,
      socket,
      directorySync: queueSync,
      settings,
      filter: (injector) => filterForServers(injector, home, filterSettings, log),
      log,
      agents: (injector) => {
        local = createLocalAgent({
          home,
          users,
          accounts,
          injector,
          settings: localSettings,
          directorySync,
          hostname: hostname(),
          // Letters come by the hundred; a change of an account or a .qmail file counts 50 ms later.
          trustMs: 50,
          env: process.env,
          log,
        });
        remote = createRemoteHooks({
          agent: createRemoteAgent({
            settings: remoteSettings,
            log,
            tcptoPath: join(directory, 'lock', 'tcpto'),
          }),
          home,
          settings: remoteSettings,
          env: process.env,
          findOwner: async () => (await passwd.read()).get('qmailr'),
          log,
        });
        return { local, remote };
      },
    });
    // A remote host may let us wait for many minutes, a program of a .qmail file too: such a delivery is cut within
    // 10 s, and the queue hears of it.
    const rest = async (): Promise<void> => {
      await Promise.all([queue.rest(), remote?.close(), local?.close()]);
    };
    return {
      ...queue,
      rest,
      close: async () => {
        await rest();
        await queue.close();
        await queueSync.close();
      },
    };
  } catch (error) {
    await queueSync.close();
    if (error instanceof QueueLockError && error.isTaken)
      throw new StartError(`${directory} is already served by another program (facteur or qmail-send)`);
    throw error;
  }
}
