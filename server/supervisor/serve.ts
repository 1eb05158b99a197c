// facteur serve: runs the whole mail system of one home until it is told to stop. Signals as qmail-send's: TERM (and
// Ctrl-C) stop cleanly, HUP reads control/ again, ALRM tries every waiting message now.
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { CommandContext } from '../../mta/commands/command.ts';
import { listenNames, parseHostPort } from '../../mta/control/network.ts';
import { ControlError, type ListenEntry, readSettings } from '../../mta/control/settings.ts';
import type { Home } from '../../mta/home.ts';
import type { ListenAddress } from '../../mta/service.ts';
import { openLineLog } from './line-log.ts';
import { ListenError, type Roles, startRoles } from './roles.ts';

export const usage = `usage: facteur serve [--home DIR] [--listen NAME=HOST:PORT,...] [--log FILE]

Runs the mail system until TERM or Ctrl-C. HUP reads the control files again, ALRM tries waiting mail now.

--listen   listeners to use instead of control/listen; port 0 picks a free one. Names: ${listenNames.join(' ')}
--log      append log lines with TAI64N stamps to FILE; otherwise they go to standard error without stamps

What was bound is printed and written to HOME/run/listen.
`;

/** What a caller gets that wants more than the plain command: the demo start prints its own words. */
export interface ServeHooks {
  ready(roles: Roles): void | Promise<void>;
}

export async function run(
  args: readonly string[],
  context: CommandContext,
  hooks?: ServeHooks,
): Promise<number> {
  const complain = (line: string): number => {
    context.stderr.write(`facteur serve: ${line}\n`);
    return 111;
  };
  let listen: readonly ListenEntry[];
  let logFile: string | undefined;
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { listen: { type: 'string' }, log: { type: 'string' } },
    });
    logFile = values.log;
    if (!(await isHome(context.home)))
      return complain(
        `${context.home.qmail} has no control/ and queue/; make a home with: facteur quickstart`,
      );
    listen = values.listen === undefined ? await readListen(context.home) : parseListen(values.listen);
  } catch (error) {
    if (error instanceof ControlError) return complain(error.message);
    context.stderr.write(
      `facteur serve: ${error instanceof Error ? error.message : String(error)}\n${usage}`,
    );
    return 100;
  }
  await mkdir(context.home.run, { recursive: true, mode: 0o700 });
  const lines = openLineLog(logFile);
  let roles: Roles;
  const stopAsked = catchSignals(() => roles);
  try {
    roles = await startRoles({ home: context.home, listen, log: lines.log });
  } catch (error) {
    await lines.close();
    if (error instanceof ListenError) return complain(error.message);
    throw error;
  }
  for (const problem of roles.problems) context.stderr.write(`facteur serve: ${problem}\n`);
  if (!roles.addresses.some(({ name }) => name !== 'inject')) {
    await roles.close();
    await lines.close();
    return complain('nothing could be started');
  }
  await announce(roles.addresses, context, hooks === undefined);
  await hooks?.ready(roles);
  const reason = await Promise.race([stopAsked, roles.broken]);
  if (reason !== 'stop') context.stderr.write(`facteur serve: ${reason}\n`);
  await roles.close();
  await lines.close();
  return reason === 'stop' ? 0 : 111;
}

async function isHome(home: Home): Promise<boolean> {
  const isDirectory = (path: string): Promise<boolean> =>
    stat(path).then(
      (stats) => stats.isDirectory(),
      () => false,
    );
  return (await isDirectory(join(home.qmail, 'control'))) && (await isDirectory(join(home.qmail, 'queue')));
}

async function readListen(home: Home): Promise<readonly ListenEntry[]> {
  return (await readSettings(home.qmail, ['listen'])).listen;
}

/** `smtp=127.0.0.1:0,http=127.0.0.1:0` */
function parseListen(text: string): readonly ListenEntry[] {
  return text.split(',').map((part) => {
    const [name, address] = part.split('=', 2);
    const known = listenNames.find((each) => each === name);
    const at = address === undefined ? undefined : parseHostPort(address);
    if (!known || !at)
      throw new Error(`--listen ${part}: expected NAME=HOST:PORT with a name of ${listenNames.join(' ')}`);
    return { name: known, ...at };
  });
}

/** Resolves with 'stop' at TERM or INT; HUP and ALRM act on the roles. */
function catchSignals(roles: () => Roles | undefined): Promise<'stop'> {
  process.on('SIGHUP', () => void roles()?.reload());
  process.on('SIGALRM', () => roles()?.retryNow());
  return new Promise((resolve) => {
    process.once('SIGTERM', () => resolve('stop'));
    process.once('SIGINT', () => resolve('stop'));
  });
}

async function announce(
  addresses: readonly ListenAddress[],
  context: CommandContext,
  printed: boolean,
): Promise<void> {
  const bound = addresses.filter(({ name }) => name !== 'inject');
  const text = bound.map(({ name, address }) => `${name} ${address}\n`).join('');
  await writeFile(join(context.home.run, 'listen'), text, { mode: 0o644 });
  if (printed)
    context.stdout.write(
      `${bound.map(({ name, address }) => `listening ${name} ${address}\n`).join('')}ready\n`,
    );
}
