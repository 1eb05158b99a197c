// The bytes of the journal in front of the queue. Pure. A segment is a start and records one after the other:
//   start   `FJ2 SALT\n`; SALT: sixteen hex digits by chance, new each time the file is used again
//   letter  `FJL SALT ID ENVELOPE-LENGTH MESSAGE-LENGTH CRC\n`, the envelope as in todo, the message as in mess
//   strike  `FJX SALT ID CRC\n`: this letter is delivered, or written out as an ordinary queue entry
// CRC is zlib's crc32 over the line before it and, for a letter, envelope and message, eight hex digits. Behind the last
// record may be zeros, records of an earlier use (another salt), or a record that is cut short or damaged, which was
// never acknowledged (records are acknowledged only when they are on disk): reading stops there.
// Segments of older versions have no start, and records without salt (FJ1): they are read, and only strikes are added.
import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

const startLine = /^FJ2 ([0-9a-f]{16})\n/;
const letterLine = /^(FJL ([0-9a-f]{16}) (\d{1,20}) (\d{1,8}) (\d{1,10})) ([0-9a-f]{8})\n$/;
const strikeLine = /^(FJX ([0-9a-f]{16}) (\d{1,20})) ([0-9a-f]{8})\n$/;
const oldLetterLine = /^FJ1 (\d{1,20}) (\d{1,8}) (\d{1,10}) ([0-9a-f]{8})\n$/;
const oldStrikeLine = /^FJX (\d{1,20})\n$/;
/** No header line is longer. */
const longestLine = 80;

/** A letter in the journal. */
export interface JournalLetter {
  readonly id: string;
  /** The bytes of todo/ID. */
  readonly envelope: Buffer;
  /** The bytes of mess/ID. */
  readonly message: Buffer;
}

export const newSalt = (): string => randomBytes(8).toString('hex');

/** The first line of a segment: of what follows only records with this salt count. */
export const encodeStart = (salt: string): Buffer => Buffer.from(`FJ2 ${salt}\n`);

/** The pieces of a letter's record, to be written in order. */
export function encodeLetter(salt: string, { id, envelope, message }: JournalLetter): Buffer[] {
  const line = `FJL ${salt} ${id} ${envelope.length} ${message.length}`;
  return [Buffer.from(`${line} ${hex(crc32(message, crc32(envelope, crc32(line))))}\n`), envelope, message];
}

/** @param salt undefined: the segment has none (FJ1) */
export function encodeStrike(salt: string | undefined, id: string): Buffer {
  if (salt === undefined) return Buffer.from(`FJX ${id}\n`);
  const line = `FJX ${salt} ${id}`;
  return Buffer.from(`${line} ${hex(crc32(line))}\n`);
}

const hex = (crc: number): string => crc.toString(16).padStart(8, '0');

/** What a segment still holds, and how far it was read. */
export interface SegmentContent {
  /** Of its records; undefined: they have none (FJ1). */
  readonly salt: string | undefined;
  /** Letters that are not struck, in order. */
  readonly letters: readonly JournalLetter[];
  /** Where the last whole record ends. */
  readonly end: number;
  /** Bytes of records that could not be read: the torn end of a crash, or damage. Zeros and earlier uses are none. */
  readonly unread: number;
}

/** Reads a whole segment. */
export function decodeSegment(bytes: Buffer): SegmentContent {
  const salt = startLine.exec(bytes.toString('latin1', 0, longestLine))?.[1];
  const letters = new Map<string, JournalLetter>();
  let end = salt === undefined ? 0 : encodeStart(salt).length;
  while (end < bytes.length) {
    const record = decodeRecord(bytes, end, salt);
    if (record === undefined) break;
    if (record.letter) letters.set(record.id, record.letter);
    else letters.delete(record.id);
    end = record.end;
  }
  return { salt, letters: [...letters.values()], end, unread: countUnread(bytes, end, salt) };
}

interface JournalRecord {
  readonly id: string;
  /** undefined: a strike. */
  readonly letter: JournalLetter | undefined;
  readonly end: number;
}

function decodeRecord(bytes: Buffer, at: number, salt: string | undefined): JournalRecord | undefined {
  const length = bytes.subarray(at, at + longestLine).indexOf(10) + 1;
  if (length === 0) return undefined;
  const line = bytes.toString('latin1', at, at + length);
  const end = at + length;
  if (salt === undefined) {
    const id = oldStrikeLine.exec(line)?.[1];
    if (id !== undefined) return { id, letter: undefined, end };
    const [, letter = '', envelope, message, crc = ''] = oldLetterLine.exec(line) ?? [];
    return decodeLetter(bytes, end, letter, Number(envelope), Number(message), 0, crc);
  }
  const [, text = '', ofStrike, id = '', sum] = strikeLine.exec(line) ?? [];
  if (ofStrike === salt && sum === hex(crc32(text))) return { id, letter: undefined, end };
  const [, head = '', ofLetter, letter = '', envelope, message, crc = ''] = letterLine.exec(line) ?? [];
  if (ofLetter !== salt) return undefined;
  return decodeLetter(bytes, end, letter, Number(envelope), Number(message), crc32(head), crc);
}

/** undefined when it is cut short or its sum is wrong (or NaN: its line was none). */
function decodeLetter(
  bytes: Buffer,
  at: number,
  id: string,
  envelopeLength: number,
  messageLength: number,
  lineCrc: number,
  crc: string,
): JournalRecord | undefined {
  const end = at + envelopeLength + messageLength;
  if (!(end <= bytes.length)) return undefined;
  const envelope = bytes.subarray(at, at + envelopeLength);
  const message = bytes.subarray(at + envelopeLength, end);
  if (hex(crc32(message, crc32(envelope, lineCrc))) !== crc) return undefined;
  return { id, letter: { id, envelope, message }, end };
}

function countUnread(bytes: Buffer, end: number, salt: string | undefined): number {
  if (salt === undefined) {
    // Zeros alone: a file that was being prepared.
    const isBlank = end === 0 && bytes.equals(Buffer.alloc(bytes.length));
    return isBlank ? 0 : bytes.length - end;
  }
  // Nobody who writes letters knows the salt: where it stands, one of our lines stands.
  const last = bytes.lastIndexOf(` ${salt} `, undefined, 'latin1') - 'FJL'.length;
  if (last < end) return 0;
  const line = (/^[^\n\0]*\n?/.exec(bytes.toString('latin1', last, last + longestLine)) ?? [''])[0];
  const [, , , , envelope = '0', message = '0'] = letterLine.exec(line) ?? [];
  return Math.min(bytes.length, last + line.length + Number(envelope) + Number(message)) - end;
}
