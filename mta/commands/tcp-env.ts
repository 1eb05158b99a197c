// tcp-env: tells a program under inetd who is connected, in the variables of tcp-environ(5) (spec/qmail.md 4.5): PROTO,
// TCPLOCALIP, TCPLOCALPORT, TCPLOCALHOST, TCPREMOTEIP, TCPREMOTEPORT, TCPREMOTEHOST, TCPREMOTEINFO. What is unknown is
// unset, also when the caller had set it. Without a TCP connection on descriptor 0 only PROTO is set.
import { reverse } from 'node:dns/promises';
import { Socket } from 'node:net';
import { lowerAscii } from '../formats/address.ts';
import { askIdent } from '../smtpd/ident.ts';
import { becomeProgram } from './child.ts';
import type { CommandContext } from './command.ts';
import { refuseUsage, reportFatal } from './fatal.ts';
import { parseOptions } from './getopt.ts';

export const usage = `tcp-env: usage: tcp-env [ -rR ] [ -t timeout ] program [ arg ... ]

Runs program with the variables of tcp-environ(5) about the TCP connection on standard input.
  -r   ask the client's ident server for TCPREMOTEINFO (the default); -R: do not
  -t timeout   seconds for that (30)
`;

const names = ['TCPLOCALIP', 'TCPLOCALPORT', 'TCPLOCALHOST', 'TCPREMOTEIP', 'TCPREMOTEPORT'] as const;

export function run(args: readonly string[], context: CommandContext): Promise<number> {
  return reportFatal('tcp-env', context, async () => {
    const { options, rest, complaint } = parseOptions(args, 'rRt:');
    const timeout = Number(options.findLast(({ letter }) => letter === 't')?.value ?? 30);
    if (complaint !== undefined || rest.length === 0 || !Number.isInteger(timeout) || timeout < 0) {
      refuseUsage(usage, context, complaint);
      return 111; // what qmail's tcp-env says, without a word
    }
    const asksIdent = options.findLast(({ letter }) => 'rR'.includes(letter))?.letter !== 'R';
    const env: NodeJS.ProcessEnv = { ...context.env, PROTO: 'TCP' };
    for (const name of [...names, 'TCPREMOTEHOST', 'TCPREMOTEINFO']) delete env[name];
    const { stdin } = context;
    if (stdin instanceof Socket) await describeConnection(stdin, env, asksIdent ? timeout : 0);
    return becomeProgram(rest, { env });
  });
}

async function describeConnection(
  socket: Socket,
  env: NodeJS.ProcessEnv,
  identSeconds: number,
): Promise<void> {
  const { localAddress, localPort, remoteAddress, remotePort } = socket;
  if (!localAddress || !localPort || !remoteAddress || !remotePort) return;
  const localIp = plainIp(localAddress);
  const remoteIp = plainIp(remoteAddress);
  env.TCPLOCALIP = localIp;
  env.TCPLOCALPORT = String(localPort);
  env.TCPREMOTEIP = remoteIp;
  env.TCPREMOTEPORT = String(remotePort);
  const [localHost, remoteHost, info] = await Promise.all([
    findName(localIp),
    findName(remoteIp),
    askIdent({ remoteIp, remotePort, localIp, localPort }, identSeconds),
  ]);
  if (localHost !== undefined) env.TCPLOCALHOST = localHost;
  if (remoteHost !== undefined) env.TCPREMOTEHOST = remoteHost;
  if (info !== undefined) env.TCPREMOTEINFO = info;
}

const plainIp = (ip: string): string => ip.replace(/^::ffff:(?=[0-9.]+$)/i, '').replace(/%.*$/, '');

/** tcp-env: a name in lower case; a temporary trouble is the name `softdnserror`. */
async function findName(ip: string): Promise<string | undefined> {
  try {
    const [name] = await reverse(ip);
    return name === undefined || !/^[\x21-\x7e]+$/.test(name) ? undefined : lowerAscii(name);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOTFOUND' || code === 'ENODATA' ? undefined : 'softdnserror';
  }
}
