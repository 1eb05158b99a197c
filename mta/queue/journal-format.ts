// The bytes of the journal in front of the queue. Pure. A segment is records one after the other:
//   letter  `FJ1 ID ENVELOPE-LENGTH MESSAGE-LENGTH CRC\n`, the envelope as in todo, the message as in mess
//   strike  `FJX ID\n`: this letter is delivered, or written out as an ordinary queue entry
// CRC is zlib's crc32 over envelope and message, eight hex digits. A record that is cut short or damaged was never
// acknowledged (records are acknowledged only after their fdatasync), so reading stops there.
import { crc32 } from 'node:zlib';

const letterLine = /^FJ1 (\d{1,20}) (\d{1,8}) (\d{1,10}) ([0-9a-f]{8})\n$/;
const strikeLine = /^FJX (\d{1,20})\n$/;
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

/** The pieces of a letter's record, to be written in order. */
export function encodeLetter({ id, envelope, message }: JournalLetter): Buffer[] {
  const crc = crc32(message, crc32(envelope)).toString(16).padStart(8, '0');
  return [Buffer.from(`FJ1 ${id} ${envelope.length} ${message.length} ${crc}\n`), envelope, message];
}

export const encodeStrike = (id: string): Buffer => Buffer.from(`FJX ${id}\n`);

/** What a segment still holds, and whether it was read to its end. */
export interface SegmentContent {
  /** Letters that are not struck, in order. */
  readonly letters: readonly JournalLetter[];
  /** Bytes that could not be read: the torn end of a crash, or damage. */
  readonly unread: number;
}

/** Reads a whole segment. */
export function decodeSegment(bytes: Buffer): SegmentContent {
  const letters = new Map<string, JournalLetter>();
  let at = 0;
  while (at < bytes.length) {
    const end = bytes.subarray(at, at + longestLine).indexOf(10);
    if (end < 0) break;
    const line = bytes.toString('latin1', at, at + end + 1);
    const strike = strikeLine.exec(line);
    if (strike) {
      letters.delete(strike[1] as string);
      at += end + 1;
      continue;
    }
    const header = letterLine.exec(line);
    if (!header) break;
    const envelopeAt = at + end + 1;
    const messageAt = envelopeAt + Number(header[2]);
    const next = messageAt + Number(header[3]);
    if (next > bytes.length) break;
    const envelope = bytes.subarray(envelopeAt, messageAt);
    const message = bytes.subarray(messageAt, next);
    if (crc32(message, crc32(envelope)) !== Number.parseInt(header[4] as string, 16)) break;
    const id = header[1] as string;
    letters.set(id, { id, envelope, message });
    at = next;
  }
  return { letters: [...letters.values()], unread: bytes.length - at };
}
