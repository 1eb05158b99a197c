// The stored message as remote delivery reads it: from memory or from the queue file, in bounded pieces, and what the
// envelope parameters need to know of it (SIZE, 8BITMIME, SMTPUTF8). It is read once for that and once to be sent.
import { isAscii } from 'node:buffer';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { DeliveryRequest } from '../delivery.ts';

/** Bytes read and sent at a time. */
const CHUNK = 65_536;
/** Header bytes looked at for the Received line that says UTF-8. */
const HEADER_LIMIT = 65_536;

/** A message that can be read several times. `chunks` throws when the file cannot be read or is not whole. */
export interface StoredMessage {
  chunks(): AsyncIterable<Buffer>;
  close(): Promise<void>;
}

/** Opens the message of a request. Throws when the file cannot be opened. */
export async function openMessage(
  request: Pick<DeliveryRequest, 'message' | 'path' | 'file' | 'size'>,
): Promise<StoredMessage> {
  const { message, path, size } = request;
  if (message) {
    return {
      async *chunks() {
        for (let at = 0; at < message.length; at += CHUNK) yield message.subarray(at, at + CHUNK);
      },
      async close() {},
    };
  }
  const file = await open((await request.file?.()) ?? path, constants.O_RDONLY | constants.O_NOFOLLOW);
  return {
    async *chunks() {
      let at = 0;
      for (;;) {
        const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(CHUNK), 0, CHUNK, at);
        if (bytesRead === 0) break;
        at += bytesRead;
        yield buffer.subarray(0, bytesRead);
      }
      // A shorter file is damaged: half a message must never look like a whole one.
      if (at !== size) throw new Error(`${path} has ${at} bytes, expected ${size}`);
    },
    close: () => file.close(),
  };
}

/** The message with fields on top, LF line ends. They go out together with its first piece. */
export function withTop(message: StoredMessage, fields: string): StoredMessage {
  if (fields === '') return message;
  return {
    async *chunks() {
      let top: Buffer | undefined = Buffer.from(fields, 'latin1');
      for await (const chunk of message.chunks()) {
        yield top ? Buffer.concat([top, chunk]) : chunk;
        top = undefined;
      }
      if (top) yield top;
    },
    close: () => message.close(),
  };
}

/** What a server may want to know before it takes the message. */
export interface MessageFacts {
  /** Bytes on the wire, doubled dots not counted (RFC 1870 3). */
  readonly wireSize: number;
  readonly eightBit: boolean;
  /** The header has letters outside ASCII and the message came with SMTPUTF8 (a Received line says `with UTF8...`). */
  readonly internationalHeader: boolean;
  /** `TLS-Required: No` (RFC 8689 5): policies about TLS are not to keep it back. */
  readonly needsNoTls: boolean;
  /** It is a TLS report (RFC 8460 5.3): of its own way none is made. */
  readonly isTlsReport: boolean;
}

export async function examineMessage(message: StoredMessage): Promise<MessageFacts> {
  let wireSize = 0;
  let eightBit = false;
  let last = 10;
  let header = Buffer.alloc(0);
  let headerEnd = -1;
  for await (const chunk of message.chunks()) {
    wireSize += chunk.length;
    for (let lf = chunk.indexOf(10); lf >= 0; lf = chunk.indexOf(10, lf + 1)) {
      if ((lf > 0 ? chunk[lf - 1] : last) !== 13) wireSize++;
    }
    last = chunk.at(-1) ?? last;
    if (!eightBit && !isAscii(chunk)) eightBit = true;
    if (headerEnd < 0 && header.length < HEADER_LIMIT) {
      header = Buffer.concat([header, chunk]);
      headerEnd = header.indexOf('\n\n');
    }
  }
  if (last !== 10) wireSize += 2;
  const head = header.subarray(0, headerEnd < 0 ? HEADER_LIMIT : headerEnd);
  const internationalHeader =
    eightBit &&
    !isAscii(head) &&
    /^Received:[^\n]*(?:\n[ \t][^\n]*)*?\bwith UTF8/im.test(head.toString('latin1'));
  const fields = head.toString('latin1');
  return {
    wireSize,
    eightBit,
    internationalHeader,
    needsNoTls: /^TLS-Required:[ \t]*(?:\n[ \t]+)?no[ \t]*$/im.test(fields),
    isTlsReport: /^TLS-Report-Domain:/im.test(fields),
  };
}
