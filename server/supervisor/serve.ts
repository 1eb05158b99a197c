// facteur serve: runs the whole mail system of one home until it is told to stop. Signals as qmail-send's: TERM (and
// Ctrl-C) stop cleanly, HUP reads control/ again, ALRM tries every waiting message now.

import type { Stats } from 'node:fs';
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { CommandContext } from '../../mta/commands/command.ts';
import { listenNames, parseHostPort } from '../../mta/control/network.ts';
import { ControlError, type ListenEntry, readSettings } from '../../mta/control/settings.ts';
import type { Home } from '../../mta/home.ts';
import { removeRunning, writeRunning } from '../../mta/running.ts';
import type { ListenAddress } from '../../mta/service.ts';
import { collectGarbage, keepHeapsSmall } from '../heap.ts';
import { surviveBugs } from './bugs.ts';
import { type LineLog, openLineLog } from './line-log.ts';
import type { Roles, RolesOptions } from './roles.ts';
import { StartError } from './start-error.ts';

export const usage = `usage: facteur serve [--home DIR] [--listen NAME=HOST:PORT,...] [--log FILE] [--one-process]

Runs the mail system until TERM or Ctrl-C. HUP reads the control files again, ALRM tries waiting mail now.

--listen   listeners to use instead of control/listen; port 0 picks a free one. Names: ${listenNames.join(' ')}
--log      append log lines with TAI64N stamps to FILE; otherwise they go to standard error without stamps
--one-process   root only: all roles in this process, as root, for a container that has nothing else in it

Started as root, each role is a process with a user of its own: qmail's and vpopmail's, or those of control/roleusers.

What was bound is printed and, while it serves, stands in HOME/run/listen: one NAME HOST:PORT a line; HOME/run/pid has
its process.
`;

/** Milliseconds after which an ended program is gone, whatever still runs in it. */
const LINGER_MS = 1000;

/** What the caller says instead of the plain lines once the doors are open: facteur start has its own words. */
export interface ServeHooks {
  readonly ready: (roles: Roles) => void | Promise<void>;
}

/** Exit status 0: told to stop; 100: wrong arguments; 111: cannot serve, told in one line. */
export async function run(
  args: readonly string[],
  context: CommandContext,
  hooks?: ServeHooks,
): Promise<number> {
  const { home, stderr } = context;
  const complain = (line: string): void => void stderr.write(`facteur serve: ${line}\n`);
  const wanted = readArguments(args);
  if (typeof wanted === 'string') {
    stderr.write(`facteur serve: ${wanted}\n${usage}`);
    return 100;
  }
  let lines: LineLog | undefined;
  const forgetBugs = surviveBugs((line) => (lines ? lines.log(line) : complain(line)));
  try {
    await refuseNoHome(home);
    const isChosen = wanted.listen !== undefined || (await isFile(join(home.qmail, 'control', 'listen')));
    const listen = wanted.listen ?? (await readSettings(home.qmail, ['listen'])).listen;
    lines = await openLog(wanted.log);
    const { log } = lines;
    await serveSite({
      roles: { home, listen, isChosen, log },
      isOneProcess: wanted.isOneProcess,
      // With a terminal, HUP says that it is gone, and the person with it.
      isAttended: process.stdin.isTTY === true,
      check: (roles) => {
        for (const problem of roles.problems) complain(problem);
        if (!roles.addresses.some(isDoor)) throw new StartError('nothing could be started');
      },
      ready: async (roles) => {
        if (hooks) await hooks.ready(roles);
        else context.stdout.write(describePlainly(roles));
      },
    });
    return 0;
  } catch (error) {
    if (!(error instanceof StartError || error instanceof ControlError)) throw error;
    complain(error.message);
    return 111;
  } finally {
    await lines?.close();
    forgetBugs();
    setTimeout(() => process.exit(), LINGER_MS).unref();
  }
}

/** What is served, and for whom. */
export interface ServedSite {
  readonly roles: RolesOptions;
  /** Root only: all roles in this process. */
  readonly isOneProcess: boolean;
  /** HUP is a stop, not a reload. */
  readonly isAttended: boolean;
  /** Is what could be started enough? Throws StartError. */
  readonly check: (roles: Roles) => void;
  readonly ready: (roles: Roles) => void | Promise<void>;
}

/** Serves until TERM or INT. @throws StartError, also when a role must end by itself; ControlError */
export async function serveSite(site: ServedSite): Promise<void> {
  const { roles: wanted, isOneProcess, isAttended, check, ready } = site;
  const { home } = wanted;
  let hasDoors = false;
  let isAnnounced = false;
  let roles: Roles | undefined;
  const stopAsked = catchSignals(() => roles, isAttended);
  keepHeapsSmall();
  try {
    await mkdir(home.run, { recursive: true, mode: 0o700 });
    roles = await startWanted(wanted, isOneProcess);
    check(roles);
    hasDoors = roles.addresses.some(isDoor);
    if (hasDoors) await writeBound(home, roles.addresses);
    await writeRunning(home);
    isAnnounced = true;
    await ready(roles);
    collectGarbage();
    const reason = await Promise.race([stopAsked, roles.broken]);
    if (reason !== 'stop') throw new StartError(reason);
  } finally {
    if (hasDoors) await rm(boundFile(home), { force: true });
    await roles?.close();
    if (isAnnounced) await removeRunning(home);
  }
}

/** Root: one process a role, each under its own user. Everybody else: all roles here. */
async function startWanted(options: RolesOptions, isOneProcess: boolean): Promise<Roles> {
  if (process.getuid?.() !== 0 || isOneProcess) {
    const { startRoles } = await import('./roles.ts');
    return startRoles(options);
  }
  const { findRoleUsers } = await import('./role-users.ts');
  const users = await findRoleUsers(options.home);
  const { startSeparateRoles } = await import('./separate-roles.ts');
  return startSeparateRoles({ ...options, users });
}

interface Wanted {
  readonly listen: readonly ListenEntry[] | undefined;
  readonly log: string | undefined;
  readonly isOneProcess: boolean;
}

/** The arguments, or what is wrong with them. */
function readArguments(args: readonly string[]): Wanted | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { listen: { type: 'string' }, log: { type: 'string' }, 'one-process': { type: 'boolean' } },
    });
    return {
      listen: values.listen === undefined ? undefined : parseListen(values.listen),
      log: values.log,
      isOneProcess: values['one-process'] === true,
    };
  } catch (error) {
    return error instanceof Error ? (error.message.split('\n')[0] as string) : String(error);
  }
}

/** `smtp=127.0.0.1:0,http=127.0.0.1:0` */
function parseListen(text: string): readonly ListenEntry[] {
  return text.split(',').map((part) => {
    const [name, address] = part.split('=', 2);
    const known = listenNames.find((each) => each === name);
    const at = address === undefined ? undefined : parseHostPort(address);
    if (!known || !at)
      throw new Error(
        `--listen: ${JSON.stringify(part)} is wrong; expected NAME=HOST:PORT with a name of ${listenNames.join(' ')}`,
      );
    return { name: known, ...at };
  });
}

async function refuseNoHome({ qmail }: Home): Promise<void> {
  for (const part of ['control', 'queue']) {
    if (!(await look(join(qmail, part)))?.isDirectory())
      throw new StartError(`there is no ${join(qmail, part)}; make a home with: facteur quickstart`);
  }
}

export const isFile = async (path: string): Promise<boolean> => (await look(path))?.isFile() === true;

const look = (path: string): Promise<Stats | undefined> => stat(path).catch(() => undefined);

async function openLog(file: string | undefined): Promise<LineLog> {
  try {
    return await openLineLog(file);
  } catch (error) {
    throw new StartError(`cannot write the log: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Resolves with 'stop' at TERM or INT, once and for all; HUP and ALRM act on the roles. */
function catchSignals(roles: () => Roles | undefined, isAttended: boolean): Promise<'stop'> {
  process.on('SIGALRM', () => roles()?.retryNow());
  return new Promise((resolve) => {
    const stop = (): void => resolve('stop');
    process.on('SIGHUP', () => (isAttended ? stop() : void roles()?.reload()));
    // A second Ctrl-C does not cut short what the first has begun.
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stop);
  });
}

const isDoor = ({ name }: ListenAddress): boolean => name !== 'inject';
const boundFile = (home: Home): string => join(home.run, 'listen');

/** Complete or not there, for who watches the file. */
async function writeBound(home: Home, addresses: readonly ListenAddress[]): Promise<void> {
  const text = addresses.filter(isDoor).map(({ name, address }) => `${name} ${address}\n`);
  const file = boundFile(home);
  await writeFile(`${file}.tmp`, text.join(''), { mode: 0o600 });
  await rename(`${file}.tmp`, file);
}

function describePlainly({ addresses, table }: Roles): string {
  const bound = addresses.filter(isDoor).map(({ name, address }) => `listening ${name} ${address}\n`);
  const root = process.getuid?.() === 0 && !table ? [`note: ${rootNote}\n`] : [];
  return [...root, ...(table ?? []).map((line) => `${line}\n`), ...bound, 'ready\n'].join('');
}

/** Said once at the start to whom it concerns. */
export const rootNote =
  'running as root: all roles share this one process; without --one-process each has its own user';
