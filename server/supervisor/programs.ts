// What programs see that the servers run in the place of qmail-queue, or ask about clients and recipients: where to find
// programs and the site, and nothing else of this process's environment.
import type { Home } from '../../mta/home.ts';
import { type FilterSettings, filterInjector } from '../../mta/inject/filtered.ts';
import type { Injector } from '../../mta/inject/types.ts';
import type { Log } from '../../mta/log.ts';
import type { ProgramSite } from '../../mta/smtpd/child.ts';

/** Programs of qmail's family find the running servers by these, qmail-queue before all. */
export function programSite(home: Home): ProgramSite {
  return {
    directory: home.qmail,
    env: {
      PATH: process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin',
      FACTEUR_HOME: home.home,
      FACTEUR_QMAIL: home.qmail,
      FACTEUR_VPOPMAIL: home.vpopmail,
      FACTEUR_STATE: home.state,
    },
  };
}

/** The queue behind the program of control/qmailqueue, for what does not come through a door. */
export function filterForServers(
  queue: Injector,
  home: Home,
  settings: () => FilterSettings,
  log: Log,
): Injector {
  return filterInjector(queue, { ...programSite(home), settings, log });
}
