// What QMTP and QMQP do alike with one package: the message out of its netstring into the queue, addresses out of
// theirs, one line of log. Nothing is queued before the whole package was seen.
import { quoteAddress } from '../formats/address.ts';
import { keptAddress } from '../formats/idn.ts';
import { quoted } from '../log.ts';
import type { Outcome } from '../outcome.ts';
import { originOf } from './checks.ts';
import type { Door } from './door.ts';
import { judgeStranger } from './judged.ts';
import type { LineEndForm } from './line-ends.ts';
import { LineEndDecoder } from './line-ends.ts';
import { IncomingMessage } from './message.ts';
import type { NetstringConnection } from './netstring-connection.ts';
import { netstringReplies } from './netstring-replies.ts';
import type { ParsedPath } from './path.ts';
import { parsePath } from './path.ts';
import { field } from './session-log.ts';
import { renderReceived } from './trace.ts';

/** qmail-qmtpd, qmail-qmqpd: netstrings above this are refused. */
export const LONGEST_NETSTRING = 200_000_000;
/** qmail-qmtpd: addresses of this many bytes are not even looked at. */
export const ADDRESS_BYTES = 1000;

/** Opens a message with its Received line. */
export function openPackageMessage(
  connection: NetstringConnection,
  door: Door,
  protocol: 'QMTP' | 'QMQP',
): IncomingMessage {
  const { settings, limits } = door;
  const { checks, client, speaker } = connection;
  const facts = {
    remoteIp: connection.remoteIp,
    remoteHost: client?.remoteHost ?? checks.policy.host ?? 'unknown',
    helo: '',
    info: client?.remoteInfo ?? checks.policy.info ?? '',
    localHost: client?.localHost ?? settings.me,
    protocol,
  };
  const time = door.wallClock();
  const received = renderReceived(facts, time);
  const injector = checks.makeInjector(speaker);
  return new IncomingMessage({
    injector,
    origin: originOf(speaker),
    received,
    judged: judgeStranger(door.courts, speaker, {
      injector,
      received,
      facts: {
        ip: connection.remoteIp,
        clientName: checks.clientName,
        helo: '',
        secure: false,
        utf8: false,
        spfBehavior: checks.policy.spfBehavior,
        time,
      },
      known: checks.findings,
      tell: ({ outcome }, words) => {
        checks.noteLetter(outcome);
        door.crowd.log(
          connection.network,
          door.clock(),
          `qmtpd: ip=${field(connection.remoteIp)} result=judged reason=${quoted(words)}`,
        );
      },
    }),
    // QMTP and QMQP name the recipients after the message.
    expected: undefined,
    databytes: checks.policy.databytes,
    limits,
  });
}

/** Reads so many bytes of message; a line end that is none, or NUL, is refused. */
export async function takeMessageBytes(
  connection: NetstringConnection,
  message: IncomingMessage,
  length: number,
  form: LineEndForm,
): Promise<void> {
  const decoder = new LineEndDecoder(form);
  for (let left = length; left > 0; ) {
    const piece = await connection.readPiece(left);
    left -= piece.length;
    const wait = message.take(decoder.decode(piece));
    if (wait !== undefined) await connection.whileBusy(wait);
  }
  decoder.end();
  if (decoder.fault !== undefined) message.refuse(netstringReplies.badLineEnds);
}

/** Reads a netstring that is an address; undefined when it is longer than any may be. */
export async function readAddressBytes(
  connection: NetstringConnection,
  limit: number,
  end?: number,
): Promise<Buffer | undefined> {
  const length = await connection.readLength(limit, end);
  const bytes = length < ADDRESS_BYTES ? await connection.readBytes(length) : undefined;
  if (bytes === undefined) await connection.skipBytes(length);
  await connection.readComma();
  return bytes;
}

/**
 * An address as netstrings carry it, unquoted, under the rules of the SMTP door (spec/security.md R6), so that no way in
 * takes one that another refuses. Undefined: not an address.
 */
export function parsePackageAddress(bytes: Buffer | undefined): ParsedPath | undefined {
  // Bytes that are no UTF-8 become U+FFFD, which no address may have.
  if (bytes === undefined) return undefined;
  const address = bytes.toString('utf8');
  const path = parsePath(`TO:<${quoteAddress(address)}>`, 'TO');
  // `a@x.test> NOTIFY=NEVER` would be a path and a parameter: what was parsed is what was sent, or nothing.
  return path?.address === address ? { ...path, address: keptAddress(address) } : undefined;
}

/** One line of the log for a package or one of its recipients. */
export function logPackage(
  connection: NetstringConnection,
  door: Door,
  role: 'qmtpd' | 'qmqpd',
  envelope: { readonly sender: string; readonly recipient: string; readonly more: number },
  { code, text }: Outcome,
): void {
  const { sender, recipient, more } = envelope;
  const to = `<${field(recipient)}>${more > 0 ? `+${more}` : ''}`;
  door.crowd.log(
    connection.network,
    door.clock(),
    `${role}: ip=${field(connection.remoteIp)} mail=<${field(sender)}> rcpt=${to} ` +
      `result=${code === 'K' ? 'accepted' : 'refused'} reason=${quoted(text)}`,
  );
}
