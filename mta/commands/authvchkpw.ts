// authvchkpw: the authentication module of old Couriers for vpopmail's accounts (spec/vpopmail.md 3.4). The arguments are
// the modules that follow, then the server and its Maildir: `authvchkpw NEXT ... imapd Maildir`. On descriptor 3:
// service, `login`, name and password, a line each. A good login becomes the server, as the domain's user in the account's
// home; otherwise the next module gets the same lines, and the last one says AUTHFAILURE.
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { openAccounts } from '../accounts/accounts.ts';
import { findDefaultDomain } from '../accounts/default-domain.ts';
import { parseEmail } from '../accounts/names.ts';
import { createPasswordHasher } from '../accounts/password.ts';
import type { LoginService } from '../accounts/types.ts';
import { AccountFlag } from '../accounts/types.ts';
import { quoted } from '../log.ts';
import { accountIdentity, becomeUser } from './checkpassword.ts';
import { becomeProgram, startChild } from './child.ts';
import type { CommandContext } from './command.ts';
import { readDescriptor } from './descriptor.ts';
import { Fatal, reportFatal, systemFatal } from './fatal.ts';

export const usage = `usage: authvchkpw [ next-module ... ] server maildir

Reads SERVICE, "login", NAME and PASSWORD, a line each, from descriptor 3, as Courier's login programs write them.
`;

const INPUT_LIMIT = 2048;

/** Courier's services, and the flag that shuts each. */
const SERVICES: Readonly<Record<string, readonly [LoginService, number]>> = {
  imap: ['imap', AccountFlag.noImap],
  pop3: ['pop3', AccountFlag.noPop],
  webmail: ['imap', AccountFlag.noWebmail],
};

/** The lines on descriptor 3. Undefined: not Courier's. */
export function parseAuthLines(
  text: string,
):
  | { readonly service: string; readonly type: string; readonly name: string; readonly password: string }
  | undefined {
  const [service, type, name, password] = text.split('\n');
  if (service === undefined || type === undefined || name === undefined || password === undefined)
    return undefined;
  return { service: service.split(':')[0]!, type, name, password };
}

export function run(args: readonly string[], context: CommandContext): Promise<number> {
  return reportFatal('authvchkpw', context, async () => {
    if (args.length < 2) {
      context.stderr.write(usage);
      return 1;
    }
    const input = await readDescriptor(3, INPUT_LIMIT).catch((error: unknown) => {
      throw systemFatal('unable to read descriptor 3', error);
    });
    const asked = parseAuthLines(input.toString('utf8'));
    if (asked === undefined) throw new Fatal(2, 'auth data too short');
    const service = SERVICES[asked.service];
    // Changing passwords is not this module's; services it does not know are for the next.
    const good = service !== undefined && asked.type === 'login' && (await login(asked, service, context));
    if (!good) return pass(args, input, context);
    const { account } = good.found;
    const identity = accountIdentity(account, asked.name);
    becomeUser(identity);
    const env = {
      ...context.env,
      ...identity.env,
      AUTHENTICATED: asked.name,
      AUTHADDR: account.address,
      AUTHFULLNAME: account.gecos,
      MAILDIRQUOTA: account.quota === 'NOQUOTA' ? '' : account.quota,
      MAILDIR: account.maildir,
    };
    return becomeProgram(args.slice(-2), { env, cwd: account.directory });
  });
}

async function login(
  { name: typed, password }: { readonly name: string; readonly password: string },
  [service, shutBy]: readonly [LoginService, number],
  { home, env, stderr }: CommandContext,
) {
  const { name, domain } = parseEmail(typed);
  const host = domain || (await findDefaultDomain(home, env));
  const hasher = createPasswordHasher({ threads: 1 });
  const accounts = openAccounts({
    home,
    hasher,
    writesLogins: true,
    log: (line) => void stderr.write(`${line}\n`),
  });
  try {
    const ip = env.TCPREMOTEIP ?? '';
    const isShared = ip === '127.0.0.1' || ip === '::1';
    const result = await accounts.login({
      address: `${name}@${host}`,
      password,
      service,
      shutBy,
      ip,
      isShared,
    });
    return result.isGood ? result : false;
  } catch (error) {
    throw new Fatal(111, `cannot check the password now: ${quoted((error as Error).message)}`);
  } finally {
    await accounts.close();
    await hasher.close();
  }
}

/** The next module, with the same lines on its descriptor 3; without one the login has failed. */
async function pass(args: readonly string[], input: Buffer, context: CommandContext): Promise<number> {
  if (args.length === 2) {
    context.stderr.write('AUTHFAILURE\n');
    return 1;
  }
  const { process: child, ended } = startChild(args, {
    env: { ...context.env },
    stdio: ['inherit', 'inherit', 'inherit', 'pipe'],
  });
  const descriptor3 = child?.stdio[3] as Writable | undefined;
  descriptor3?.on('error', () => undefined); // it may answer without reading
  if (descriptor3 !== undefined) {
    descriptor3.end(input);
    await Promise.race([once(descriptor3, 'close').catch(() => undefined), ended]);
  }
  const end = await ended;
  if (end.kind === 'not run') throw new Fatal(end.status, `unable to run ${args[0]}: ${end.reason}`);
  if (end.kind === 'crashed') throw new Fatal(111, 'child crashed');
  return end.status;
}
