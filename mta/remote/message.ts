// The stored message as remote delivery reads it: from memory or from the queue file, in bounded pieces, and what the
// envelope parameters need to know of it (SIZE, 8BITMIME, SMTPUTF8). It is read several times for one delivery, and a post
// to a list for thousands: small files are kept in memory as long as nobody touched them.
import { isAscii } from 'node:buffer';
import { constants, type Stats } from 'node:fs';
import { open } from 'node:fs/promises';
import type { DeliveryRequest } from '../delivery.ts';
import { dropFile, lookAtName, openFile, readBytes } from '../maildir/calls.ts';

/** Bytes read and sent at a time. */
const CHUNK = 65_536;
/** Header bytes looked at for the Received line that says UTF-8. */
const HEADER_LIMIT = 65_536;
/** Bytes of a message that is kept, and of all of them. */
const KEPT_SIZE = 262_144;
const KEPT_TOTAL = 4 * 1024 * 1024;
/** Ticks of file systems' clocks: what changed a moment ago may change again under the same times. */
const SETTLED_MS = 100;

/** A message that can be read several times. `chunks` throws when the file cannot be read or is not whole. */
export interface StoredMessage {
  chunks(): AsyncIterable<Buffer>;
  close(): Promise<void>;
}

/** What is opened. */
export type StoredPlace = Pick<DeliveryRequest, 'message' | 'path' | 'file' | 'size'>;

/** Opens messages. */
export interface MessageReader {
  /** Throws when the file cannot be opened. */
  open(place: StoredPlace): Promise<StoredMessage>;
}

interface KeptMessage {
  readonly identity: string;
  readonly message: StoredMessage;
  readonly size: number;
}

/** Numbers of queue files come again: a file is another one when any of these differs. */
const identityOf = ({ dev, ino, size, mtimeMs, ctimeMs }: Stats): string =>
  `${dev} ${ino} ${size} ${mtimeMs} ${ctimeMs}`;

export function createMessageReader(): MessageReader {
  const kept = new Map<string, KeptMessage>();
  let total = 0;

  const forget = (path: string): void => {
    total -= kept.get(path)?.size ?? 0;
    kept.delete(path);
  };
  const keep = (path: string, message: KeptMessage): void => {
    forget(path);
    kept.set(path, message);
    total += message.size;
    for (const oldest of kept.keys()) {
      if (total <= KEPT_TOTAL) return;
      forget(oldest);
    }
  };

  return {
    async open({ message, path: given, file, size }) {
      if (message) return inMemory(message);
      const path = (await file?.()) ?? given;
      if (size > KEPT_SIZE) return openFileMessage(path, size);
      const stats = await lookAtName(path);
      const identity = identityOf(stats);
      const known = kept.get(path);
      if (known?.identity === identity) {
        kept.delete(path);
        kept.set(path, known);
        return known.message;
      }
      const read = inMemory(await readSmall(path, size));
      // What was looked at before it was read is what was read, or older: then the next look differs.
      if (Date.now() - stats.ctimeMs >= SETTLED_MS) keep(path, { identity, message: read, size });
      return read;
    },
  };
}

function inMemory(message: Buffer): StoredMessage {
  return {
    async *chunks() {
      for (let at = 0; at < message.length; at += CHUNK) yield message.subarray(at, at + CHUNK);
    },
    async close() {},
  };
}

async function readSmall(path: string, size: number): Promise<Buffer> {
  const descriptor = await openFile(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    // One byte more than there may be: a file that is longer is damaged as well.
    const bytes = Buffer.allocUnsafeSlow(size + 1);
    let at = 0;
    for (let read = -1; read !== 0 && at < bytes.length; at += read)
      read = await readBytes(descriptor, bytes.subarray(at), at);
    if (at !== size) throw notWhole(path, at, size);
    return bytes.subarray(0, size);
  } finally {
    dropFile(descriptor);
  }
}

/** A shorter file is damaged: half a message must never look like a whole one. */
const notWhole = (path: string, bytes: number, size: number): Error =>
  new Error(`${path} has ${bytes} bytes, expected ${size}`);

async function openFileMessage(path: string, size: number): Promise<StoredMessage> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  return {
    async *chunks() {
      let at = 0;
      for (;;) {
        const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(CHUNK), 0, CHUNK, at);
        if (bytesRead === 0) break;
        at += bytesRead;
        yield buffer.subarray(0, bytesRead);
      }
      if (at !== size) throw notWhole(path, at, size);
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
