// qmail-smtpd: one SMTP connection on descriptors 0 and 1, as tcpserver, inetd with tcp-env, or sendmail -bs gives it
// (spec/qmail.md 4). The same session as at the doors of control/listen; what is known of the client comes from the
// environment. Messages go to the running queue or to the program of $QMAILQUEUE.

import type { DoorTls } from '../certificates/door-tls.ts';
import { readCertificateFiles } from '../certificates/files.ts';
import { judgeCertificates } from '../certificates/judge.ts';
import { quoted } from '../log.ts';
import { readSmtpAuth } from '../smtpd/auth.ts';
import { serveSmtpStream } from '../smtpd/stream.ts';
import { askCheckProgram } from './check-program.ts';
import type { CommandContext } from './command.ts';
import {
  type ConnectionDoor,
  connectDescriptors,
  describeStartFailure,
  openConnectionDoor,
} from './connection-door.ts';

export const usage = `usage: qmail-smtpd [HOST CHECKPROGRAM ARG ...]

Speaks SMTP on descriptors 0 and 1, for tcpserver, inetd (with tcp-env) and the like. Reads TCPREMOTEIP, TCPREMOTEHOST,
TCPREMOTEINFO, TCPLOCALHOST, TCPLOCALIP, RELAYCLIENT, DATABYTES, QMAILQUEUE, SMTPS and DISABLETLS.
With CHECKPROGRAM (checkpassword interface) AUTH is offered inside TLS, on loopback and, with FORCETLS=0, always: PLAIN and
LOGIN; SMTPAUTH=+cram adds CRAM-MD5 (name, digest and challenge go to CHECKPROGRAM, which must know clear passwords), cram
offers nothing else, a ! in front makes AUTH a must, - and 0 switch it off.
HOST is taken and not used. Exit 0: the client said QUIT; 1: it went away or was sent away; 111: cannot serve.
`;

/** What sendmail -bs asks for. */
export interface SmtpdCommandOptions {
  /** A program of this machine speaks: no log lines on its terminal, and it may send a prepared text at once. */
  readonly isLocal?: boolean | undefined;
}

export async function run(
  args: readonly string[],
  context: CommandContext,
  { isLocal }: SmtpdCommandOptions = {},
): Promise<number> {
  const { env, home } = context;
  let door: ConnectionDoor;
  try {
    door = await openConnectionDoor(context, isLocal);
  } catch (error) {
    const reason = describeStartFailure(error);
    if (reason === undefined) throw error;
    return refuse(context, reason);
  }
  try {
    const tls = env.DISABLETLS ? undefined : await readCertificate(home.qmail, door);
    const words = args.slice(1);
    const wishes = readSmtpAuth(env.SMTPAUTH);
    const program =
      words.length === 0 || wishes.mechanisms.length === 0
        ? undefined
        : {
            ...wishes,
            check: (credentials: Parameters<typeof askCheckProgram>[1]) =>
              askCheckProgram(words, credentials, env),
            isClearTextAllowed: env.FORCETLS === '0',
          };
    const secure = env.SMTPS !== undefined && tls !== undefined;
    return (await serveSmtpStream({ ...door, tls, secure, program, mayTalkAhead: isLocal })) ? 0 : 1;
  } finally {
    await door.close();
  }
}

/** Without it mail still comes in, in clear text; its key may be nobody's but the listening doors'. */
async function readCertificate(qmail: string, { log }: ConnectionDoor): Promise<DoorTls | undefined> {
  try {
    const { tls, faults } = judgeCertificates(await readCertificateFiles(qmail));
    for (const { file, why } of faults) log(`smtpd: warning: no TLS with control/${file}: ${quoted(why)}`);
    return tls;
  } catch (error) {
    log(`smtpd: warning: no TLS: ${quoted(error instanceof Error ? error.message : String(error))}`);
    return undefined;
  }
}

/** qmail-smtpd die_control: the client is to try again; the reason is for the log. */
async function refuse(context: CommandContext, reason: string): Promise<number> {
  const client = { remoteIp: 'unknown', localIp: 'unknown' };
  const stream = connectDescriptors(context, client);
  stream.resume().end('421 unable to read controls (#4.3.0)\r\n');
  await stream.gone;
  context.stderr.write(`qmail-smtpd: fatal: ${reason}\n`);
  return 111;
}
