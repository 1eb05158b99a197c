// The bytes of the queue's envelope files (spec/qmail.md 2.2): intd and todo, info, local and remote. Pure.
// Every reader says what is torn instead of guessing: a message with an unreadable envelope is set aside, never lost.

import { addressFromBytes, addressToBytes } from '../formats/address-bytes.ts';

/** What todo/ID says. */
export interface TodoEnvelope {
  readonly uid: number;
  readonly pid: string;
  readonly sender: string;
  readonly recipients: readonly string[];
}

/** A torn or foreign envelope file; the text says what is wrong at which byte. */
export class EnvelopeError extends Error {
  override name = 'EnvelopeError';
  /** A whole record of a type that nobody knows; else the file is torn. */
  readonly isUnknownType: boolean;

  constructor(message: string, isUnknownType = false) {
    super(message);
    this.isUnknownType = isUnknownType;
  }
}

/** What can still be read in a damaged envelope file: todo, info, local or remote. */
export function salvage(bytes: Buffer): { sender: string | undefined; recipients: string[] } {
  let sender: string | undefined;
  const recipients: string[] = [];
  try {
    for (const { type, text } of records(bytes)) {
      if (type === 'F') sender ??= text;
      else if (type === 'T') recipients.push(text);
    }
  } catch {
    // The torn end: what stands before it was read.
  }
  return { sender, recipients };
}

/** The bytes of intd/ID and todo/ID: no terminating extra NUL, ends at EOF. */
export function encodeTodo(envelope: TodoEnvelope): Buffer {
  let text = `u${envelope.uid}\0p${envelope.pid}\0F${envelope.sender}\0`;
  for (const recipient of envelope.recipients) text += `T${recipient}\0`;
  return addressToBytes(text);
}

/** Reads todo/ID. Record order is free except that F comes before the first T, as qmail-queue writes it. */
export function decodeTodo(bytes: Buffer): TodoEnvelope {
  let uid = 0;
  let pid = '0';
  let sender: string | undefined;
  const recipients: string[] = [];
  for (const { type, text, offset } of records(bytes)) {
    if (type === 'u') uid = decimal(text, offset);
    else if (type === 'p') pid = String(decimal(text, offset));
    else if (type === 'F') sender = text;
    else if (type === 'T') recipients.push(text);
    else throw new EnvelopeError(`unknown record type ${JSON.stringify(type)} at byte ${offset}`, true);
  }
  if (sender === undefined) throw new EnvelopeError('no sender record (F)');
  return { uid, pid, sender, recipients };
}

function decimal(text: string, offset: number): number {
  if (!/^\d{1,20}$/.test(text)) throw new EnvelopeError(`expected a number at byte ${offset + 1}`);
  return Number(text);
}

interface EnvelopeRecord {
  readonly type: string;
  readonly text: string;
  /** Byte offset of the type letter. */
  readonly offset: number;
}

function* records(bytes: Buffer): Generator<EnvelopeRecord> {
  let at = 0;
  while (at < bytes.length) {
    const end = bytes.indexOf(0, at);
    if (end < 0) throw new EnvelopeError(`the record at byte ${at} has no end`);
    yield {
      type: String.fromCharCode(bytes[at] as number),
      text: addressFromBytes(bytes.subarray(Math.min(at + 1, end), end)),
      offset: at,
    };
    at = end + 1;
  }
}

/** The bytes of info/ID. */
export const encodeInfo = (sender: string): Buffer => addressToBytes(`F${sender}\0`);

/** The sender of info/ID. */
export function decodeInfo(bytes: Buffer): string {
  for (const { type, text } of records(bytes)) if (type === 'F') return text;
  throw new EnvelopeError('no sender record (F)');
}

/** One recipient in local/ID or remote/ID. */
export interface ChannelRecipient {
  readonly address: string;
  readonly done: boolean;
  /** Byte offset of its T or D, where the mark is written. */
  readonly offset: number;
}

/** The bytes of local/ID or remote/ID. */
export function encodeChannel(recipients: readonly { address: string; done: boolean }[]): Buffer {
  return addressToBytes(recipients.map(({ address, done }) => `${done ? 'D' : 'T'}${address}\0`).join(''));
}

/** Reads local/ID or remote/ID. */
export function decodeChannel(bytes: Buffer): ChannelRecipient[] {
  const found: ChannelRecipient[] = [];
  for (const { type, text, offset } of records(bytes)) {
    if (type !== 'T' && type !== 'D')
      throw new EnvelopeError(`unknown record type ${JSON.stringify(type)} at byte ${offset}`, true);
    found.push({ address: text, done: type === 'D', offset });
  }
  return found;
}
