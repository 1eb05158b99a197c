// qmail-qmqpd: one QMQP connection on descriptors 0 and 1, under tcpserver or inetd (spec/qmail.md 11). It relays for
// whoever is connected, as qmail's does: who may connect is decided by what runs it (tcpserver -x). The door qmqp of
// control/listen decides by control/relayclients instead.
import { takePackage } from '../smtpd/qmqpd.ts';
import type { CommandContext } from './command.ts';
import { runNetstringDoor } from './netstring-door.ts';

export const usage = `usage: qmail-qmqpd

Speaks QMQP on descriptors 0 and 1 and relays for whoever is connected: run it under tcpserver with rules (-x) that let
in only your own machines. Exit 100: the client does not speak QMQP; 111: cannot serve, or time is up.
`;

export const run = (_args: readonly string[], context: CommandContext): Promise<number> =>
  runNetstringDoor('qmail-qmqpd', takePackage, context);
