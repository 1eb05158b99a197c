// qmqpd: the queue for hosts without one, over QMQP (qmail-qmqpd, port 628; spec/qmail.md 11). One netstring around
// message, sender and recipients, one answer for all, then the end. It relays for everybody who may connect, so only
// control/relayclients may; there are none unless that file names them (spec/security.md R1).
import { isSafeAddress } from '../formats/address.ts';
import type { Service } from '../service.ts';
import type { Door } from './door.ts';
import type { IncomingMessage } from './message.ts';
import type { NetstringConnection } from './netstring-connection.ts';
import {
  LONGEST_NETSTRING,
  logPackage,
  openPackageMessage,
  parsePackageAddress,
  readAddressBytes,
  takeMessageBytes,
} from './netstring-message.ts';
import { netstringReplies, outcomeOf } from './netstring-replies.ts';
import type { NetstringServiceOptions } from './netstring-service.ts';
import { startNetstringService } from './netstring-service.ts';
import { replies } from './reply.ts';

/**
 * Starts the QMQP listeners; a client that is not in relayclients is answered D. Throws when one cannot be bound.
 * @returns the running service; `close()` finishes packages under way for at most 10 s
 */
export function startQmqpd(options: NetstringServiceOptions): Promise<Service> {
  return startNetstringService(options, {
    name: 'qmqp',
    canRefuse: true,
    // A rule that lets this client in says as much as relayclients: nobody has a word in it later.
    refuse: ({ isNamed, relay }) =>
      isNamed || relay !== undefined ? undefined : netstringReplies.notYourServer,
    converse: takePackage,
  });
}

/** Sender and recipients of one package, in bytes. */
const ENVELOPE_BYTES = 16 * 1024 * 1024;

/** Serves one connection; whether its client may is decided before. */
export async function takePackage(connection: NetstringConnection, door: Door): Promise<void> {
  if (!(await connection.awaitPackage())) return;
  const length = await connection.readLength(LONGEST_NETSTRING);
  const end = connection.position + length;
  const message = openPackageMessage(connection, door, 'QMQP');
  try {
    const room = await connection.whileBusy(Promise.resolve(door.hasRoom(length)).catch(() => false));
    if (!room) message.refuse(replies.noRoom);
    await takeMessageBytes(connection, message, await connection.readLength(LONGEST_NETSTRING, end), 'as is');
    await connection.readComma();
    const { sender, recipients } = await readEnvelope(connection, message, end);
    // Not before its last byte is there is it a package.
    await connection.readComma();
    const outcome = outcomeOf(await connection.whileBusy(message.finish({ sender, recipients })));
    const envelope = { sender, recipient: recipients[0] ?? '', more: recipients.length - 1 };
    logPackage(connection, door, 'qmqpd', envelope, outcome);
    await connection.send(outcome);
  } catch (error) {
    message.abort();
    throw error;
  }
}

async function readEnvelope(
  connection: NetstringConnection,
  message: IncomingMessage,
  end: number,
): Promise<{ readonly sender: string; readonly recipients: readonly string[] }> {
  const readAddress = async (isFit: (bytes: Buffer) => boolean): Promise<string> => {
    const bytes = await readAddressBytes(connection, LONGEST_NETSTRING, end);
    if (bytes === undefined || !isFit(bytes)) message.refuse(netstringReplies.badAddresses);
    return bytes?.toString('utf8') ?? '';
  };
  const sender = await readAddress(isSender);
  const recipients: string[] = [];
  if (end - connection.position > ENVELOPE_BYTES) {
    message.refuse(netstringReplies.envelopeTooBig);
    await connection.skipBytes(end - connection.position);
  }
  while (connection.position < end) recipients.push(await readAddress(isAddress));
  return { sender, recipients };
}

const isAddress = (bytes: Buffer): boolean => parsePackageAddress(bytes) !== undefined;

/** qmail-send: `list-@host-@[]` gets a sender for each recipient, `#@[]` is the sender of double bounces. */
const isSender = (bytes: Buffer): boolean => {
  const text = bytes.toString('utf8');
  return isAddress(bytes) || (text.endsWith('@[]') && isSafeAddress(text));
};
