// What qmail-smtpd, qmail-qmtpd and qmail-qmqpd share: the connection on descriptors 0 and 1, its client as the
// environment tells, the settings, the accounts, the way into the queue, and a log on descriptor 2 unless that is the
// connection too, as under inetd.
import { fstatSync } from 'node:fs';
import { join } from 'node:path';
import { openAccounts } from '../accounts/accounts.ts';
import type { Accounts } from '../accounts/types.ts';
import { ControlError, readSettings } from '../control/settings.ts';
import { asUser } from '../inject/as-user.ts';
import { createInjector } from '../inject/client.ts';
import { type Log, streamLog } from '../log.ts';
import { errorCode } from '../maildir/calls.ts';
import { type ClientEnvironment, readClientEnvironment } from '../smtpd/environment.ts';
import { smtpdSettingNames } from '../smtpd/settings.ts';
import type { StreamDoorOptions } from '../smtpd/stream.ts';
import type { CommandContext } from './command.ts';
import { DescriptorStream } from './descriptor-stream.ts';

export interface ConnectionDoor extends StreamDoorOptions {
  readonly stream: DescriptorStream;
  close(): Promise<void>;
}

/** Opens the door for the connection of this process. @throws ControlError */
export async function openConnectionDoor(context: CommandContext, isQuiet = false): Promise<ConnectionDoor> {
  const client = readClientEnvironment(context.env);
  const log = isQuiet || isErrorOutputConnected() ? () => undefined : streamLog(context.stderr);
  const settings = await readSettings(context.home.qmail, smtpdSettingNames);
  const injector = asUser(createInjector(join(context.home.run, 'inject')), process.getuid?.() ?? 0);
  const accounts = openAccounts({ home: context.home, writesLogins: process.geteuid?.() === 0 });
  return {
    stream: connectDescriptors(context, client),
    client,
    settings: () => settings,
    accounts: trustingAccounts(accounts, log),
    injector,
    log,
    // This process is tcpserver's child: what it was given, its programs are given.
    programs: { directory: context.home.qmail, env: Object.fromEntries(client.variables) },
    close: async () => {
      injector.close();
      await accounts.close();
    },
  };
}

/** The connection before there is a door: to say that there will be none. */
export const connectDescriptors = (
  { stdin, stdout }: CommandContext,
  { remoteIp, localIp }: Pick<ClientEnvironment, 'remoteIp' | 'localIp'>,
): DescriptorStream => new DescriptorStream(stdin, stdout, { remote: remoteIp, local: localIp });

/** qmail-smtpd: without control/me there is nothing to say. */
export const describeStartFailure = (error: unknown): string | undefined =>
  error instanceof ControlError ? error.message : undefined;

/**
 * Accounts for one who may not read them all: under tcpserver this runs as qmaild, and homes are their users' own. Then
 * a recipient is taken, as qmail-smtpd takes all of its domains; local delivery knows.
 */
function trustingAccounts(accounts: Accounts, log: Log): Accounts {
  const trusting = async <T>(answer: Promise<T>, trusted: T): Promise<T> => {
    try {
      return await answer;
    } catch (error) {
      if (errorCode(error) === 'EACCES') return trusted;
      log(`smtpd: warning: cannot look up a recipient: ${(error as Error).message}`);
      throw error;
    }
  };
  return {
    findDomain: (domain) => accounts.findDomain(domain),
    findAccount: (address, trustMs) => accounts.findAccount(address, trustMs),
    authenticate: (address, password, service, ip) => accounts.authenticate(address, password, service, ip),
    recipientExists: (address) => trusting(accounts.recipientExists(address), true),
    examineRecipient: (address, bytes) =>
      trusting(accounts.examineRecipient(address, bytes), { exists: true }),
  };
}

/** inetd gives the connection as descriptor 2 too: a log line there would be a reply. */
function isErrorOutputConnected(): boolean {
  try {
    const [input, output, errors] = [0, 1, 2].map((fd) => fstatSync(fd));
    const isSame = (one: typeof input): boolean =>
      one !== undefined && one.ino === errors?.ino && one.dev === errors.dev;
    return errors?.isSocket() === true && (isSame(input) || isSame(output));
  } catch {
    return true;
  }
}
