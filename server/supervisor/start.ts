// facteur start, behind npm start: the first time a home with a demo mailbox, then the mail system. Everything that a
// new user needs is printed once the doors are open: address, accounts, ports.
import { mkdir, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { CommandContext } from '../../mta/commands/command.ts';
import type { Home } from '../../mta/home.ts';
import { programRoot } from '../../mta/root.ts';
import type { DemoAccounts } from '../demo/demo.ts';
import { QuickstartError } from '../quickstart/quickstart.ts';
import { findRoleUsers, SeparationError } from './role-users.ts';
import type { Roles } from './roles.ts';
import { rootNote, run as serve } from './serve.ts';

export const usage = `usage: facteur start [--home DIR] [--listen NAME=HOST:PORT,...]

Serves the home (./var in the checkout unless told). The first time it makes one: the domain example.test, its
postmaster, and a demo account with some letters. Log lines go to HOME/log/current.
`;

export async function run(args: readonly string[], context: CommandContext): Promise<number> {
  const { home, stdout, stderr } = context;
  let accounts: DemoAccounts | undefined;
  if (!(await isThere(join(home.qmail, 'control')))) {
    stderr.write(`facteur: making a home with a demo mailbox in ${home.home} (once)\n`);
    const making = await makeHome(home);
    if (typeof making === 'string') {
      stderr.write(`facteur start: ${making}\n`);
      return 111;
    }
    accounts = making.accounts;
    if (making.isStopped) {
      stdout.write(`${describeAccounts(home, accounts).join('\n')}\n`);
      return 0;
    }
  }
  const log = join(home.home, 'log', 'current');
  await mkdir(join(home.home, 'log'), { recursive: true, mode: 0o700 });
  let isReady = false;
  const status = await serve([...args, '--log', log, ...(await howAsRoot(home))], context, {
    ready: (roles) => {
      isReady = true;
      stdout.write(describe(home, roles, accounts, log));
    },
  });
  if (isReady) stderr.write('facteur: stopped; all mail is kept\n');
  // Made but not served, as with a port that is taken: these words come only once.
  else if (accounts) stdout.write(`${describeAccounts(home, accounts).join('\n')}\n`);
  return status;
}

/** A checkout that root tries out has not what an installation gives the roles, users and a place: one process, said. */
async function howAsRoot(home: Home): Promise<readonly string[]> {
  // Where somebody has named users, what is wrong with them must be said.
  if (process.getuid?.() !== 0 || (await isThere(join(home.qmail, 'control', 'roleusers')))) return [];
  try {
    await findRoleUsers(home);
    return [];
  } catch (error) {
    // Anything else is told by serve, in its words.
    return error instanceof SeparationError ? ['--one-process'] : [];
  }
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** Makes the home; Ctrl-C meanwhile waits for its end, so that no half of one is left. */
async function makeHome(home: Home): Promise<{ accounts: DemoAccounts; isStopped: boolean } | string> {
  let isStopped = false;
  const stop = (): void => {
    isStopped = true;
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  try {
    const { makeDemoHome } = await import('../demo/demo.ts');
    return { accounts: await makeDemoHome(home), isStopped };
  } catch (error) {
    if (error instanceof QuickstartError) return error.message;
    throw error;
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, stop);
  }
}

/** The words of a started system. */
function describe(
  home: Home,
  { addresses, table }: Roles,
  accounts: DemoAccounts | undefined,
  log: string,
): string {
  const http = addresses.find(({ name }) => name === 'http');
  const mail = addresses.filter(({ name }) => name !== 'http' && name !== 'inject');
  const lines = ['', 'Facteur is ready.', ''];
  // A browser cannot go to "every address of this machine".
  if (http)
    lines.push(row('webmail', `http://${http.address.replace(/^(0\.0\.0\.0|\[::\])/, 'localhost')}/`));
  for (const { name, address } of mail) lines.push(row(name, address));
  lines.push('', ...describeAccounts(home, accounts), '', row('log', log));
  if (table) lines.push('', ...table.map((line, index) => row(index === 0 ? 'processes' : '', line)));
  else if (process.getuid?.() === 0) lines.push(row('note', rootNote));
  lines.push('', '  Ctrl-C stops it; start it again the same way.', '');
  return `${lines.join('\n')}\n`;
}

const row = (name: string, text: string): string => `  ${name.padEnd(12)}${text}`;

function describeAccounts(home: Home, accounts: DemoAccounts | undefined): string[] {
  const setPassword = `npx facteur vpasswd ${accounts?.demo.address ?? 'ADDRESS'}${homeOption(home)}`;
  if (!accounts) return [row('accounts', `as before; a new password is set with: ${setPassword}`)];
  const { demo, postmaster } = accounts;
  const width = Math.max(demo.address.length, postmaster.address.length);
  const line = ({ address, password }: typeof demo): string =>
    `${address.padEnd(width)}   password ${password}`;
  return [
    row('demo', line(demo)),
    row('postmaster', line(postmaster)),
    row('', 'The passwords are shown this once. Another one is set with:'),
    row('', setPassword),
  ];
}

/** What a command needs to find this home when it is not the one it takes by itself. */
function homeOption({ home }: Home): string {
  if (home === join(programRoot(), 'var')) return '';
  const near = relative(process.cwd(), home);
  const path = near.startsWith('..') ? home : near;
  return ` --home ${/^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`}`;
}
