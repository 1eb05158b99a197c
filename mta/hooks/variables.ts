// The variables that all programs of deliveries get (spec/qmail.md 1.1, security.md F4): PATH, where this site is, and what
// control/programenv names. Qmail hands on whatever qmail-start had; a program here sees no more than somebody named.
import { join } from 'node:path';
import type { Home } from '../home.ts';

/** Variables by name: a value, or undefined for the one that the server was started with. */
export type NamedVariables = ReadonlyMap<string, string | undefined>;

export function chooseSiteVariables(
  home: Home,
  started: Readonly<NodeJS.ProcessEnv>,
  named: NamedVariables = new Map(),
): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const [name, given] of named) {
    const value = given ?? started[name];
    if (value !== undefined) variables[name] = value;
  }
  // forward, condredirect and the like are links to this program: they must find this site, not another.
  return {
    ...variables,
    PATH: `${join(home.qmail, 'bin')}:${started.PATH || '/usr/local/bin:/usr/bin:/bin'}`,
    FACTEUR_HOME: home.home,
    FACTEUR_QMAIL: home.qmail,
    FACTEUR_VPOPMAIL: home.vpopmail,
    FACTEUR_STATE: home.state,
  };
}
