// queue/lock/tcpto: hosts that did not answer lately, as qmail-remote keeps them on disk (tcpto.c; spec/qmail.md 8.5): 64
// records of 16 bytes: IPv4 address, a count, three zero bytes, Unix time in eight bytes (four used, little-endian).
// Format only, pure; who reads or writes the file holds an exclusive flock on it.

/** One record that is in use. */
export interface TimeoutRecord {
  readonly ip: string;
  /** Recent timeouts, 1 to 10. */
  readonly count: number;
  /** Seconds since 1970 of the last one. */
  readonly time: number;
}

export const TCPTO_RECORDS = 64;
const RECORD_BYTES = 16;
export const TCPTO_BYTES = TCPTO_RECORDS * RECORD_BYTES;

/** The records with a count, in file order. A file cut short has fewer. */
export function parseTimeoutFile(bytes: Buffer): readonly TimeoutRecord[] {
  const records: TimeoutRecord[] = [];
  const end = Math.min(bytes.length, TCPTO_BYTES);
  for (let at = 0; at + RECORD_BYTES <= end; at += RECORD_BYTES) {
    const count = bytes[at + 4]!;
    if (count > 0)
      records.push({ ip: bytes.subarray(at, at + 4).join('.'), count, time: bytes.readUInt32LE(at + 8) });
  }
  return records;
}

/** The whole file for these records; those without an IPv4 address or beyond the 64th do not fit into it. */
export function encodeTimeoutFile(records: readonly TimeoutRecord[]): Buffer {
  const bytes = Buffer.alloc(TCPTO_BYTES);
  const fitting = records.filter(({ ip }) => /^\d{1,3}(?:\.\d{1,3}){3}$/.test(ip)).slice(0, TCPTO_RECORDS);
  for (const [index, { ip, count, time }] of fitting.entries()) {
    const at = index * RECORD_BYTES;
    Buffer.from(ip.split('.').map(Number)).copy(bytes, at);
    bytes[at + 4] = Math.min(10, Math.max(0, count));
    bytes.writeUInt32LE(time >>> 0, at + 8);
  }
  return bytes;
}

/** qmail-tcpto's line. `now` in seconds since 1970. */
export const formatTimeoutRecord = ({ ip, count, time }: TimeoutRecord, now: number): string =>
  `${ip} timed out ${Math.max(0, now - time)} seconds ago; # recent timeouts: ${count}\n`;
