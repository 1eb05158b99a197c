// vchkpw: vpopmail's checkpassword program (spec/vpopmail.md 5). Name, password and challenge on descriptor 3; the service
// by the local port; then the program of the arguments runs as the domain's user in the account's home (POP3, IMAP), or
// as it is (SMTP AUTH). Exit statuses, environment and log lines are vpopmail's; a password is in none of them, nor a
// name that nobody has. Not copied: input is not cut at 155 bytes, a program that cannot be run is no success, and
// `try again` is 111.
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { readDomainLimits } from '../accounts/account-changes.ts';
import { openAccounts } from '../accounts/accounts.ts';
import { findDefaultDomain } from '../accounts/default-domain.ts';
import { makeAccountHome } from '../accounts/homes.ts';
import { effectiveFlags } from '../accounts/limits.ts';
import type { FoundAccount, LoginResult } from '../accounts/login.ts';
import { LoginThrottled } from '../accounts/login-throttle.ts';
import { isUserName, parseEmail } from '../accounts/names.ts';
import { openRelay } from '../accounts/open-relay.ts';
import { openAccountStore } from '../accounts/open-store.ts';
import { createPasswordHasher } from '../accounts/password.ts';
import type { LoginService } from '../accounts/types.ts';
import { AccountFlag } from '../accounts/types.ts';
import { isMissing } from '../control/cached-file.ts';
import { openSettings } from '../control/settings.ts';
import { quoted } from '../log.ts';
import { describeError } from '../maildir/calls.ts';
import { accountIdentity, becomeUser, serviceOf } from './checkpassword.ts';
import { becomeProgram } from './child.ts';
import type { CommandContext } from './command.ts';
import { readDescriptor } from './descriptor.ts';
import { reportFatal } from './fatal.ts';

export const usage = `usage: vchkpw program [ arg ... ]

Reads NAME NUL PASSWORD NUL CHALLENGE NUL from descriptor 3 and runs program for that account of vpopmail's.
Only qmail-popup, SMTP AUTH and the like can call it: it is of no use at a terminal.
`;

/** vchkpw's exit statuses. */
const EXIT = {
  refused: 1,
  wrong: 3,
  setuid: 5,
  chdir: 6,
  noInput: 11,
  noName: 12,
  noPassword: 13,
  emptyHash: 15,
  badName: 20,
  later: 111,
};
const INPUT_LIMIT = 2048;

type Connection = LoginService | 'webmail';

/** What a shut service is called in the log. */
const DENIED: Readonly<Record<Connection, string>> = {
  web: 'webmail access denied',
  webmail: 'webmail access denied',
  smtp: 'smtp access denied',
  imap: 'imap access denied',
  pop3: 'pop access denied',
  sieve: 'sieve access denied',
};

/** vpopmail's webmailips, and the same host by IPv6. */
const WEBMAIL_IPS: ReadonlySet<string> = new Set(['127.0.0.1', '::1']);

/** vchkpw.c: POP3 and IMAP from this machine are an old webmail. */
export function connectionOf(
  port: string | undefined,
  program: string,
  ip: string,
): { readonly connection: Connection; readonly service: LoginService; readonly name: string } {
  const { service, name } = serviceOf(port ?? '0', program);
  if (service !== 'smtp' && WEBMAIL_IPS.has(ip))
    return { connection: 'webmail', service, name: 'vchkpw-webmail' };
  return { connection: service, service, name };
}

/** CRAM-MD5 (RFC 2195) for SMTP, APOP (RFC 1939 7) for POP3: does the answer fit the clear password? */
export function provesClear(
  service: LoginService,
  challenge: string,
  answer: string,
  clear: string,
): boolean {
  if (challenge === '' || (service !== 'smtp' && service !== 'pop3')) return false;
  const digest =
    service === 'smtp'
      ? createHmac('md5', clear).update(challenge).digest('hex')
      : createHash('md5').update(challenge).update(clear).digest('hex');
  const [a, b] = [Buffer.from(digest), Buffer.from(answer.toLowerCase())];
  return a.length === b.length && timingSafeEqual(a, b);
}

export function run(args: readonly string[], context: CommandContext): Promise<number> {
  return reportFatal('vchkpw', context, () => checkLogin(args, context));
}

async function checkLogin(args: readonly string[], context: CommandContext): Promise<number> {
  const { env, home } = context;
  if (args.length === 0 || args[0] === '--help') {
    context.stderr.write(usage);
    return EXIT.refused;
  }
  const ip = (env.TCPREMOTEIP ?? env.REMOTE_HOST ?? '').replace(/^::ffff:(?=\d)/i, '');
  const { connection, service, name: logName } = connectionOf(env.TCPLOCALPORT, args[0]!, ip);
  const say = (words: string, whom: string): void =>
    void context.stderr.write(`${logName}: ${words} ${whom}:${quoted(ip)}\n`);
  const input = await readDescriptor(3, INPUT_LIMIT).catch(() => undefined);
  if (input === undefined) {
    context.stderr.write(`${logName}: vchkpw is only for talking with qmail-popup and qmail-pop3d.\n`);
    return EXIT.noInput;
  }
  const [typed = '', password = '', challenge = ''] = input.toString('utf8').split('\0');
  input.fill(0);
  if (typed === '') {
    say('null user name given', '');
    return EXIT.noName;
  }
  if (password === '') {
    say('null password given', '?');
    return EXIT.noPassword;
  }
  const { name, domain } = parseEmail(typed);
  if (!isUserName(name) || !/^[a-z0-9.-]{0,255}$/.test(domain)) {
    say('invalid user/domain characters', '?');
    return EXIT.badName;
  }
  const address = `${name}@${domain || (await findDefaultDomain(home, env))}`;

  const settings = openSettings(home.qmail);
  const { clearpasswords, poprelayminutes } = await settings.read(['clearpasswords', 'poprelayminutes']);
  const store = openAccountStore(home);
  const hasher = createPasswordHasher({ threads: 1 });
  const log = (line: string): void => void context.stderr.write(`${line}\n`);
  const accounts = openAccounts({ home, settings, store, hasher, writesLogins: true, log });
  let result: LoginResult;
  try {
    result = await accounts.login({
      address,
      password,
      service,
      ip,
      isShared: connection === 'webmail',
      ...(connection === 'webmail' ? { shutBy: AccountFlag.noWebmail } : {}),
      ...(clearpasswords === 'use'
        ? { proves: (clear: string) => provesClear(service, challenge, password, clear) }
        : {}),
    });
    if (result.isGood && connection !== 'smtp' && poprelayminutes > 0) await letRelay(result.found, ip, log);
  } catch (error) {
    // The person must not be told that the password is wrong.
    say(error instanceof LoginThrottled ? 'password fail' : 'password cannot be checked now', '?');
    if (!(error instanceof LoginThrottled)) context.stderr.write(`${logName}: ${describeError(error)}\n`);
    return EXIT.later;
  } finally {
    await accounts.close();
    await hasher.close();
    await store.close();
  }

  // security.md L2: a name that nobody has may be a password in the wrong field.
  const whom = result.found === undefined ? `?@${await knownDomain(address)}` : address;
  if (!result.isGood) return refuse(result.reason, whom);
  const how = result.by === 'challenge' ? (service === 'smtp' ? 'CRAM-MD5' : 'APOP') : 'PLAIN';
  say(`(${how}) login success`, whom);
  const { account } = result.found;
  const identity = accountIdentity(account, typed);
  const child = { ...env, ...identity.env };
  // vchkpw: for SMTP AUTH the answer alone counts; the program is `true`.
  if (service === 'smtp') return becomeProgram(args, { env: child });
  try {
    await makeMissingHome(result.found);
  } catch (error) {
    say(`autocreate dir failed ${quoted(describeError(error))}`, whom);
    return EXIT.chdir;
  }
  try {
    becomeUser(identity);
  } catch (error) {
    say(`setuid ${identity.uid} failed ${quoted((error as Error).message)}`, whom);
    return EXIT.setuid;
  }
  return becomeProgram(args, { env: child, cwd: identity.home });

  async function letRelay(found: FoundAccount, address: string, tell: (line: string) => void): Promise<void> {
    const limits = await readDomainLimits(store, found.domain, home.vpopmail);
    const isShut = (effectiveFlags(found.entry.flags, limits) & AccountFlag.noRelay) !== 0;
    // A webmail's own address would open relaying to every program of the machine.
    if (isShut || WEBMAIL_IPS.has(address)) return;
    await openRelay(home.vpopmail, address, Date.now() / 1000).catch((error: unknown) =>
      tell(`${logName}: cannot open relaying: ${quoted(describeError(error))}`),
    );
  }

  async function knownDomain(full: string): Promise<string> {
    const host = full.slice(full.indexOf('@') + 1);
    return (await openAccounts({ home }).findDomain(host)) === undefined ? '?' : host;
  }

  function refuse(reason: Exclude<LoginResult, { isGood: true }>['reason'], who: string): number {
    switch (reason) {
      case 'unknown':
        say('vpopmail user not found', who);
        return EXIT.wrong;
      case 'no password':
        say('user has no password', who);
        return EXIT.emptyHash;
      case 'shut':
      case 'second factor':
        say(DENIED[connection], who);
        return EXIT.refused;
      default:
        say('password fail', who);
        return EXIT.wrong;
    }
  }
}

/** vchkpw: a home that is not there is made. */
async function makeMissingHome({ account, domain }: FoundAccount): Promise<void> {
  try {
    await stat(account.directory);
  } catch (error) {
    if (!isMissing(error)) throw error;
    const isBelow = dirname(account.directory).startsWith(domain.directory);
    if (!isBelow || account.directory.includes('/../')) throw error;
    await makeAccountHome(domain.directory, account.directory, account.quota, domain);
  }
}
