// What local deliveries of a command need: accounts, the way into the queue, programs that end with the command, and the
// environment that qmail-local's caller gave. Opened for the time of one delivery.
import { stat } from 'node:fs/promises';
import { type OpenedAccounts, openAccounts } from '../accounts/accounts.ts';
import type { LocalSettings } from '../control/definitions/local.ts';
import { readSettings } from '../control/settings.ts';
import { chooseSiteVariables } from '../hooks/variables.ts';
import { asUser } from '../inject/as-user.ts';
import type { Injector } from '../inject/types.ts';
import type { Log } from '../log.ts';
import { describeError } from '../maildir/calls.ts';
import { createDirectorySync, type DirectorySync } from '../maildir/directory-sync.ts';
import { type Outcome, temporary } from '../outcome.ts';
import { createPrograms, type Programs } from '../programs.ts';
import type { CommandContext } from './command.ts';
import { openInjector } from './outgoing.ts';

const settingNames = [
  'junkfilter',
  'junkfolder',
  'overquotadefer',
  'sieve',
  'sievebefore',
  'timeoutprogram',
] as const satisfies readonly (keyof LocalSettings)[];

export interface LocalParts {
  readonly accounts: OpenedAccounts;
  readonly injector: Injector;
  readonly directorySync: DirectorySync;
  readonly programs: Programs;
  readonly siteVariables: Readonly<Record<string, string>>;
  readonly settings: Pick<LocalSettings, (typeof settingNames)[number]>;
  readonly log: Log;
}

/** Opens the parts for `use`. Throws Fatal, ControlError. */
export async function withLocalParts<T>(
  name: string,
  context: CommandContext,
  use: (parts: LocalParts) => Promise<T>,
): Promise<T> {
  const { home, env, stderr } = context;
  const settings = await readSettings(home.qmail, settingNames);
  const accounts = openAccounts({ home });
  const directorySync = createDirectorySync();
  const programs = createPrograms();
  const injector = asUser(await openInjector(context), process.getuid?.() ?? 0);
  // Like qmail-local: everything that the caller has in its environment, too.
  const inherited = Object.entries(env).filter((pair): pair is [string, string] => pair[1] !== undefined);
  const siteVariables = { ...Object.fromEntries(inherited), ...chooseSiteVariables(home, env) };
  const stop = (): void => void programs.stop();
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT'] as const) process.once(signal, stop);
  try {
    const log: Log = (line) => void stderr.write(`${name}: ${line}\n`);
    return await use({ accounts, injector, directorySync, programs, siteVariables, settings, log });
  } finally {
    for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT'] as const) process.off(signal, stop);
    injector.close();
    await Promise.all([programs.stop(), accounts.close(), directorySync.close()]);
  }
}

/** Whoever runs this; root acts for the home's owner, and for nobody when that is root. */
export async function findHomeOwner(
  home: string,
): Promise<{ readonly uid: number; readonly gid: number } | Outcome> {
  const uid = process.geteuid?.() ?? 0;
  if (uid !== 0) return { uid, gid: process.getegid?.() ?? 0 };
  try {
    return await stat(home);
  } catch (error) {
    return temporary(`Unable to switch to ${home}: ${describeError(error)}. (#4.3.0)`);
  }
}
