// qmail-qmtpd: one QMTP connection on descriptors 0 and 1, under tcpserver or inetd (spec/qmail.md 11). The same session
// as at the door qmtp of control/listen; RELAYCLIENT and DATABYTES come from the environment.
import { takePackages } from '../smtpd/qmtpd.ts';
import type { CommandContext } from './command.ts';
import { runNetstringDoor } from './netstring-door.ts';

export const usage = `usage: qmail-qmtpd

Speaks QMTP on descriptors 0 and 1. Reads TCPREMOTEIP, TCPREMOTEHOST, TCPREMOTEINFO, TCPLOCALHOST, TCPLOCALIP,
RELAYCLIENT, DATABYTES and QMAILQUEUE. Exit 100: the client does not speak QMTP; 111: cannot serve, or time is up.
`;

export const run = (_args: readonly string[], context: CommandContext): Promise<number> =>
  runNetstringDoor('qmail-qmtpd', takePackages, context);
