// checkpassword: checks the name and password on descriptor 3 and becomes that user (the checkpassword interface;
// spec/qmail.md 10.2, vpopmail.md 5). Names with a domain are vpopmail's accounts, those without one accounts of
// vpopmail's default domain or users of the machine. Exit 1 refused, 2 misused, 111 try again.
// APOP and CRAM digests are refused: only hashes are stored, from which they cannot be checked.
import { openAccounts } from '../accounts/accounts.ts';
import { findDefaultDomain } from '../accounts/default-domain.ts';
import { parseEmail } from '../accounts/names.ts';
import { createPasswordHasher, type PasswordHasher, PasswordQueueError } from '../accounts/password.ts';
import type { Account, LoginService } from '../accounts/types.ts';
import { quoted } from '../log.ts';
import { describeError, errorCode } from '../maildir/calls.ts';
import { becomeProgram } from './child.ts';
import type { CommandContext } from './command.ts';
import { DescriptorOverflow, readDescriptor } from './descriptor.ts';
import { Fatal, reportFatal } from './fatal.ts';
import { checkSystemUser } from './system-user.ts';

export const usage = `usage: checkpassword program [ arg ... ]

Reads NAME NUL PASSWORD NUL TIMESTAMP NUL from descriptor 3 and runs program as that user, in the user's home.
Exit 1: refused. 2: misused. 111: try again later.
`;

const REFUSED = 1;
const MISUSED = 2;
const INPUT_LIMIT = 512;

/** Whom the program is run as. */
interface Identity {
  readonly uid: number;
  readonly gid: number;
  /** For the groups of a user of the machine; undefined: no further groups. */
  readonly groupsOf: string | undefined;
  readonly home: string;
  readonly env: Readonly<Record<string, string>>;
}

export function run(args: readonly string[], context: CommandContext): Promise<number> {
  return reportFatal('checkpassword', context, async () => {
    if (args.length === 0) {
      context.stderr.write(usage);
      return MISUSED;
    }
    const input = await readInput();
    const login = parseLogin(input);
    input.fill(0);
    if (login === undefined)
      throw new Fatal(MISUSED, 'expected name, password and timestamp on descriptor 3');
    const { service, name: logName } = serviceOf(context.env.TCPLOCALPORT, args[0]!);
    const identity = await identify(login, service, context);
    const who = `${quoted(login.name)}:${quoted(context.env.TCPREMOTEIP ?? '')}`;
    // vchkpw's shape: filters that ban addresses look for it.
    context.stderr.write(`${logName}: ${identity ? '(PLAIN) login success' : 'password fail'} ${who}\n`);
    if (identity === undefined) return REFUSED;
    const env = { ...context.env, ...identity.env };
    // vchkpw: for SMTP AUTH the answer alone counts; the program is `true`.
    if (service === 'smtp') return becomeProgram(args, { env });
    becomeUser(identity);
    return becomeProgram(args, { env, cwd: identity.home });
  });
}

async function readInput(): Promise<Buffer> {
  try {
    return await readDescriptor(3, INPUT_LIMIT);
  } catch (error) {
    if (error instanceof DescriptorOverflow) throw new Fatal(REFUSED, error.message);
    throw new Fatal(MISUSED, `unable to read descriptor 3: ${describeError(error)}`);
  }
}

/** The fields on descriptor 3; undefined when there are less than two. */
export function parseLogin(input: Buffer): { readonly name: string; readonly password: string } | undefined {
  const fields = input.toString('utf8').split('\0');
  if (fields.length < 3) return undefined;
  return { name: fields[0]!, password: fields[1]! };
}

/** vchkpw: the service is told by the local port, else by the program. */
export function serviceOf(
  port: string | undefined,
  program: string,
): { readonly service: LoginService; readonly name: string } {
  const known: Readonly<Record<string, readonly [LoginService, string]>> = {
    25: ['smtp', 'smtp'],
    465: ['smtp', 'smtps'],
    587: ['smtp', 'submission'],
    110: ['pop3', 'pop3'],
    995: ['pop3', 'pop3s'],
    143: ['imap', 'imap'],
    993: ['imap', 'imaps'],
  };
  const found = known[port ?? ''];
  if (found !== undefined) return { service: found[0], name: `vchkpw-${found[1]}` };
  const service = program.includes('true') ? 'smtp' : program.includes('imap') ? 'imap' : 'pop3';
  return { service, name: `vchkpw-${port === undefined ? service : quoted(port)}` };
}

async function identify(
  login: { readonly name: string; readonly password: string },
  service: LoginService,
  context: CommandContext,
): Promise<Identity | undefined> {
  const hasher = createPasswordHasher({ threads: 1 });
  try {
    return (
      (await identifyAccount(login, service, context, hasher)) ??
      (/[@%/:]/.test(login.name) ? undefined : await identifySystemUser(login, hasher))
    );
  } catch (error) {
    if (error instanceof Fatal) throw error;
    if (error instanceof PasswordQueueError) throw new Fatal(111, error.message);
    // Files that cannot be read now: the person must not be told that the password is wrong.
    throw new Fatal(111, (error as Error).message);
  } finally {
    await hasher.close();
  }
}

async function identifyAccount(
  { name: typed, password }: { readonly name: string; readonly password: string },
  service: LoginService,
  { home, env }: CommandContext,
  hasher: PasswordHasher,
): Promise<Identity | undefined> {
  const { name, domain } = parseEmail(typed);
  const host = domain || (await findDefaultDomain(home, env));
  if (host === '') return undefined;
  const accounts = openAccounts({ home, hasher, writesLogins: true });
  const account = await accounts.authenticate(`${name}@${host}`, password, service, env.TCPREMOTEIP);
  await accounts.close();
  return account && accountIdentity(account, typed);
}

/** vchkpw: the environment of an account's program. */
export const accountIdentity = ({ name, directory, uid, gid }: Account, typed: string): Identity => ({
  uid,
  gid,
  groupsOf: undefined,
  home: directory,
  env: { USER: name, HOME: directory, SHELL: 'NOLOGIN', VPOPUSER: typed },
});

async function identifySystemUser(
  { name, password }: { readonly name: string; readonly password: string },
  hasher: PasswordHasher,
): Promise<Identity | undefined> {
  const user = await checkSystemUser(name, password, hasher);
  if (user === undefined) return undefined;
  const { uid, gid, home, shell } = user;
  return { uid, gid, groupsOf: name, home, env: { USER: name, HOME: home, SHELL: shell } };
}

/** Node's initgroups(3), which its types do not know. */
type InitGroups = { initgroups?(user: string, gid: number): void };

/** Gives up all rights but the user's, for good: nothing of root stays behind to wait. */
export function becomeUser({ uid, gid, groupsOf }: Identity): void {
  if (uid === 0) throw new Fatal(REFUSED, 'nobody reads mail as root');
  const self = process.geteuid?.();
  if (self === uid) return;
  if (self !== 0) throw new Fatal(111, `not started as root: cannot become uid ${uid}`);
  try {
    if (groupsOf === undefined) process.setgroups?.([]);
    else (process as InitGroups).initgroups?.(groupsOf, gid);
    process.setgid?.(gid);
    process.setuid?.(uid);
  } catch (error) {
    throw new Fatal(111, `cannot become uid ${uid}: ${errorCode(error)}`);
  }
}
