// Programs of ours under another user: setpriv of util-linux sets user and group, drops all other groups and what is
// left of root's rights, and becomes the program. Node's own spawn options set ids only.
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';

export interface DropOptions extends Pick<SpawnOptions, 'stdio'> {
  /** Undefined: stays the user who runs this program. */
  readonly user: { readonly uid: number; readonly gid: number } | undefined;
  /** What it starts may become somebody else by a setuid program; only programs of .qmail lines need that. */
  readonly mayGainRights?: boolean | undefined;
}

/** What setpriv gets in front of the program. */
export function dropArguments({ user, mayGainRights = false }: Omit<DropOptions, 'stdio'>): string[] {
  if (!user) return [];
  const ids = [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups', '--inh-caps=-all'];
  return mayGainRights ? ids : [...ids, '--no-new-privs', '--bounding-set=-all'];
}

/**
 * Runs a command of this program (`role`, `local-worker`) in a session of its own. qmail-start: what the server was
 * started with reaches all of them; what programs of deliveries see of it is control/programenv's choice.
 */
export function spawnSelf(command: string, options: DropOptions): ChildProcess {
  const program = [process.execPath, ...process.execArgv, process.argv[1] as string, command];
  const drop = dropArguments(options);
  const [file = '', ...args] = drop.length > 0 ? ['setpriv', ...drop, '--', ...program] : program;
  // In its own group the terminal's Ctrl-C does not reach it: it is told to end when its turn comes.
  return spawn(file, args, { stdio: options.stdio, cwd: '/', detached: true });
}
