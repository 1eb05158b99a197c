// facteur start, behind npm start: the first time a home with a demo mailbox, then the mail system. Everything that a
// new user needs is printed once the doors are open: address, accounts, ports.
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { CommandContext } from '../../mta/commands/command.ts';
import type { ListenAddress } from '../../mta/service.ts';
import { type DemoAccounts, makeDemoHome } from '../demo/demo.ts';
import type { Roles } from './roles.ts';
import { run as serve } from './serve.ts';

export const usage = `usage: facteur start [--home DIR] [--listen NAME=HOST:PORT,...]

Serves the home (./var in the checkout unless told). The first time it makes one: the domain example.test, its
postmaster, and a demo account with some letters. Log lines go to HOME/log/current.
`;

export async function run(args: readonly string[], context: CommandContext): Promise<number> {
  const { home, stdout, stderr } = context;
  let accounts: DemoAccounts | undefined;
  const isThere = await stat(join(home.qmail, 'control')).then(
    () => true,
    () => false,
  );
  if (!isThere) {
    stderr.write(`facteur: making a first home in ${home.home}\n`);
    accounts = await makeDemoHome(home);
  }
  await mkdir(join(home.home, 'log'), { recursive: true, mode: 0o700 });
  const log = join(home.home, 'log', 'current');
  return serve([...args, '--log', log], context, {
    ready: (roles) => {
      stdout.write(describe(roles, accounts, log));
    },
  });
}

/** The words of a started system. */
function describe(roles: Roles, accounts: DemoAccounts | undefined, log: string): string {
  const byName = new Map(roles.addresses.map((address) => [address.name, address]));
  const http = byName.get('http');
  const mail = roles.addresses.filter(({ name }) => name !== 'http' && name !== 'inject');
  const lines = ['', 'Facteur is ready.', ''];
  if (http) lines.push(`  webmail     http://${http.address}/`);
  lines.push(`  mail ports  ${mail.map(describeAddress).join('   ')}`, '');
  if (accounts) {
    lines.push(
      `  account     ${accounts.postmaster.address}   password ${accounts.postmaster.password}`,
      `  demo        ${accounts.demo.address}   password ${accounts.demo.password}`,
      '',
      '  These passwords are shown this once; set new ones with: npx facteur vpasswd ADDRESS',
    );
  } else lines.push('  A forgotten password is set anew with: npx facteur vpasswd ADDRESS');
  lines.push(`  log         ${log}`, '', '  Ctrl-C ends it.', '');
  return `${lines.join('\n')}\n`;
}

const describeAddress = ({ name, address }: ListenAddress): string => `${name} ${address}`;
