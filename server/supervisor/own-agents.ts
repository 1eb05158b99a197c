// The two delivery agents, local and remote, with the programs that a site puts around them: what the queue role asks
// when all roles share one process. The remote one is also made for a process of its own.
import { hostname } from 'node:os';
import { join } from 'node:path';
import { parsePasswd } from '../../mta/accounts/passwd-file.ts';
import type { DeliveryAccounts } from '../../mta/accounts/types.ts';
import type { Users } from '../../mta/accounts/users.ts';
import { CachedFile } from '../../mta/control/cached-file.ts';
import type { Delivered, DeliveryAgent, DeliveryRequest, ExpectedLetter } from '../../mta/delivery.ts';
import { type Home, remoteMemory } from '../../mta/home.ts';
import { createRemoteHooks } from '../../mta/hooks/remote-hooks.ts';
import type { Injector } from '../../mta/inject/types.ts';
import { createOneClick } from '../../mta/lists/one-click.ts';
import { createLocalAgent } from '../../mta/local/delivery.ts';
import type { Log } from '../../mta/log.ts';
import type { DirectorySync } from '../../mta/maildir/directory-sync.ts';
import { temporary } from '../../mta/outcome.ts';
import { openClientCertificate } from '../../mta/remote/client-certificate.ts';
import { createRemoteAgent, type RemoteAgent } from '../../mta/remote/delivery.ts';
import { createRemoteLookups } from '../../mta/remote/lookups.ts';
import { openSitePolicies } from '../../mta/remote/sts.ts';
import { readTlsPolicies } from '../../mta/remote/tls-hosts.ts';
import { openSiteSigner } from '../../mta/trust/letter-signer.ts';
import { openTlsReports } from '../../mta/trust/tls-reports/open.ts';
import type { QueueAgents } from './queue-role.ts';
import type { LiveSettings } from './settings.ts';

/** Letters come by the hundred; a change of an account or a .qmail file counts so many milliseconds later. */
export const localTrustMs = 50;

export interface OwnAgentsOptions {
  readonly home: Home;
  readonly live: LiveSettings;
  readonly users: Users;
  readonly accounts: DeliveryAccounts;
  /** For the Maildirs. */
  readonly directorySync: DirectorySync;
  readonly log: Log;
}

/** Reads the settings of both agents and gives what makes them. While they are wrong the agents put all mail off. */
export async function openOwnAgents(
  options: OwnAgentsOptions,
): Promise<(injector: Injector, queue: string) => QueueAgents> {
  const { home, live, users, accounts, directorySync, log } = options;
  const { settings, problem } = await live.openPatiently('local');
  const startRemote = await openRemoteAgent(home, live, log);
  return (injector, queue) => {
    const agent = createLocalAgent({
      home,
      users,
      accounts,
      injector,
      settings,
      directorySync,
      hostname: hostname(),
      trustMs: localTrustMs,
      env: process.env,
      log,
    });
    const local = waitWhileWrong(agent, problem);
    const remote = startRemote(queue, injector);
    // A remote host may let us wait for many minutes, a program of a .qmail file too.
    return { local, remote, rest: () => Promise.all([remote.close(), local.close()]) };
  };
}

/** Reads the settings of the remote agent and gives what makes it. While they are wrong it puts all mail off. */
export async function openRemoteAgent(
  home: Home,
  live: LiveSettings,
  log: Log,
): Promise<(queue: string, injector: Pick<Injector, 'inject'>) => RemoteAgent> {
  const { settings, problem } = await live.openPatiently('remote');
  const passwd = new CachedFile('/etc/passwd', (bytes) => parsePasswd(bytes?.toString('utf8') ?? ''));
  return (queue, injector) => {
    const memory = remoteMemory(home);
    const lookups = createRemoteLookups();
    const reports = openTlsReports({
      path: join(memory, 'tls-reports.sqlite'),
      settings,
      dns: () => lookups.choose(settings()).dns,
      injector,
      log,
    });
    const agent = createRemoteHooks({
      agent: createRemoteAgent({
        settings,
        log,
        tcptoPath: join(queue, 'lock', 'tcpto'),
        tlsPolicyOf: readTlsPolicies(home.qmail),
        clientCertificate: openClientCertificate(home.qmail, log),
        signer: openSiteSigner(home.qmail, settings, log),
        oneClick: createOneClick(settings),
        stsPolicies: openSitePolicies(memory, log, reports.record),
        recordTls: reports.record,
      }),
      home,
      settings,
      env: process.env,
      findOwner: async () => (await passwd.read()).get('qmailr'),
      log,
    });
    const close = async (): Promise<void> => {
      await agent.close();
      await reports.close();
      lookups.close();
    };
    let closed: Promise<void> | undefined;
    return waitWhileWrong(
      {
        ...agent,
        close: () => {
          closed ??= close();
          return closed;
        },
      },
      problem,
    );
  };
}

/** The outcome of every delivery while a control file is wrong: the mail waits for its correction. */
export const waitingFor = (problem: string): Delivered => temporary(`${problem}. (#4.3.5)`);

function waitWhileWrong<A extends DeliveryAgent>(agent: A, problem: () => string | undefined): A {
  return {
    ...agent,
    deliver: (request: DeliveryRequest) => {
      const reason = problem();
      return reason === undefined ? agent.deliver(request) : Promise.resolve(waitingFor(reason));
    },
    destinationOf: (recipient: string) =>
      problem() === undefined ? agent.destinationOf?.(recipient) : undefined,
    prepare: (letter: ExpectedLetter) => {
      if (problem() === undefined) agent.prepare?.(letter);
    },
  };
}
