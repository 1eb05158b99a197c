// Calls between roles that run as processes of their own: a question is a netstring of JSON and a netstring of bytes (a
// message, or nothing), the answer a netstring of JSON. Answers come in any order and carry the question's number. As
// qmail-send and its spawn programs, both sides trust the other to be there, not to be right: every string is bounded,
// and what is no frame ends the connection.
import type { Writable } from 'node:stream';
import { encodeNetstring, NetstringError, NetstringReader } from '../formats/netstring.ts';

/** What a question or an answer says beside its bytes. */
export type CallFields = Readonly<Record<string, unknown>>;

/** A question or an answer as it came. */
export interface CallFrame {
  readonly number: number;
  readonly fields: CallFields;
  readonly body: Buffer;
}

/** The other side said something that is no frame; the connection has no more meaning. */
export class CallError extends Error {
  override name = 'CallError';
}

/** Bytes of the fields; bytes of a message that goes with a question (what the queue keeps in memory is below). */
const fieldsLimit = 256 * 1024;
const bodyLimit = 4 * 1024 * 1024;

const noBody = encodeNetstring('');
const comma = Buffer.from(',');

/** One frame on the wire. */
export function encodeCall(number: number, fields: CallFields, body?: Buffer): Buffer {
  const head = encodeNetstring(JSON.stringify({ ...fields, n: number }));
  if (!body || body.length === 0) return Buffer.concat([head, noBody]);
  return Buffer.concat([head, Buffer.from(`${body.length}:`, 'latin1'), body, comma]);
}

/** Writes a frame; what is said in one turn of the event loop goes out with one call. */
export function writeCall(out: Writable, frame: Buffer): void {
  if (out.writableCorked === 0) {
    out.cork();
    process.nextTick(() => out.uncork());
  }
  out.write(frame);
}

/** Takes bytes as they come and gives whole frames. */
export class CallReader {
  readonly #heads: NetstringReader;
  readonly #fieldsLimit: number;
  #head: { readonly number: number; readonly fields: CallFields } | undefined;

  /** @param limit bytes of one frame's fields, where answers are long */
  constructor(limit = fieldsLimit) {
    this.#fieldsLimit = limit;
    this.#heads = new NetstringReader(Math.max(limit, bodyLimit));
  }

  push(bytes: Buffer): void {
    this.#heads.push(bytes);
  }

  /** The next frame; undefined when more bytes are needed. @throws CallError */
  next(): CallFrame | undefined {
    try {
      if (!this.#head) {
        const text = this.#heads.next();
        if (!text) return undefined;
        if (text.length > this.#fieldsLimit) throw new CallError('a question is too long');
        this.#head = parseFields(text);
      }
      const body = this.#heads.next();
      if (!body) return undefined;
      const frame = { ...this.#head, body };
      this.#head = undefined;
      return frame;
    } catch (error) {
      if (error instanceof NetstringError) throw new CallError(error.message);
      throw error;
    }
  }
}

function parseFields(text: Buffer): { readonly number: number; readonly fields: CallFields } {
  let fields: unknown;
  try {
    fields = JSON.parse(text.toString('utf8'));
  } catch {
    throw new CallError('a question is no JSON');
  }
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields))
    throw new CallError('a question is no object');
  const { n } = fields as { n?: unknown };
  if (typeof n !== 'number' || !Number.isSafeInteger(n) || n < 0)
    throw new CallError('a question has no number');
  return { number: n, fields: fields as CallFields };
}
