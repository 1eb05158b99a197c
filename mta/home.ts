// Where a site keeps its files: one home with qmail/, vpopmail/, state/ and run/, or each elsewhere, as an
// installation that takes over /var/qmail needs it.
import { join, resolve } from 'node:path';

/** The directories of one site, absolute. */
export interface Home {
  readonly home: string;
  /** qmail's directory: control/, users/, alias/, queue/. */
  readonly qmail: string;
  /** vpopmail's directory: domains/, etc/. */
  readonly vpopmail: string;
  /** Caches and short-lived truth: indexes, sessions. */
  readonly state: string;
  /** Sockets and files of the running program. */
  readonly run: string;
}

/** Options that name directories; each wins over its environment variable. */
export interface HomeOptions {
  readonly home?: string | undefined;
  readonly qmail?: string | undefined;
  readonly vpopmail?: string | undefined;
  readonly state?: string | undefined;
}

/**
 * Finds the directories: options first, then FACTEUR_HOME, FACTEUR_QMAIL, FACTEUR_VPOPMAIL, FACTEUR_STATE,
 * then `fallback` (the checkout's ./var).
 */
export function resolveHome(options: HomeOptions, env: NodeJS.ProcessEnv, fallback: string): Home {
  const home = resolve(options.home || env.FACTEUR_HOME || fallback);
  return {
    home,
    qmail: resolve(options.qmail || env.FACTEUR_QMAIL || join(home, 'qmail')),
    vpopmail: resolve(options.vpopmail || env.FACTEUR_VPOPMAIL || join(home, 'vpopmail')),
    state: resolve(options.state || env.FACTEUR_STATE || join(home, 'state')),
    run: join(home, 'run'),
  };
}

/**
 * What the remote role keeps over a start: policies of other domains. Beside state/, which is closed to that role where
 * each has a user of its own.
 */
export const remoteMemory = ({ home }: Pick<Home, 'home'>): string => join(home, 'remote');

/** What the doors keep over a start: what they have learned of strangers. Beside state/ for the same reason. */
export const doorMemory = ({ home }: Pick<Home, 'home'>): string => join(home, 'trust');
