// What qmail-qmtpd and qmail-qmqpd do alike: one connection from beginning to end, and qmail's exit statuses.
import { type NetstringEnd, serveNetstringStream } from '../smtpd/stream.ts';
import type { CommandContext } from './command.ts';
import { type ConnectionDoor, describeStartFailure, openConnectionDoor } from './connection-door.ts';

/** qmail-qmtpd: badproto 100, resources 111, the client's end 0. */
const statuses: Readonly<Record<NetstringEnd, number>> = {
  done: 0,
  lost: 0,
  'bad protocol': 100,
  'too long': 111,
  timeout: 111,
};

export async function runNetstringDoor(
  name: string,
  converse: Parameters<typeof serveNetstringStream>[1],
  context: CommandContext,
): Promise<number> {
  let door: ConnectionDoor;
  try {
    door = await openConnectionDoor(context);
  } catch (error) {
    const reason = describeStartFailure(error);
    if (reason === undefined) throw error;
    context.stderr.write(`${name}: fatal: ${reason}\n`);
    return 111;
  }
  try {
    return statuses[await serveNetstringStream(door, converse)];
  } finally {
    await door.close();
  }
}
