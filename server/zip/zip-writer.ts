// A ZIP file (APPNOTE 6.3) written as a stream: one entry after the other, deflated, names in UTF-8, then the directory.
// Zip64 records where numbers need them: more than 65,535 entries or 4 GiB. Entries are whole in memory, one at a time.
import { promisify } from 'node:util';
import { crc32, deflateRaw } from 'node:zlib';

const deflate = promisify(deflateRaw);

/** Takes the bytes in their order; the next come when its promise is kept. */
export type ZipSink = (bytes: Buffer) => Promise<void>;

export interface ZipWriter {
  /** `time`: milliseconds since 1970, kept in local time by the format. */
  add(name: string, content: Buffer, time: number): Promise<void>;
  /** Writes the directory. */
  finish(): Promise<void>;
}

const version = 45;
/** Names are UTF-8. */
const flags = 0x0800;
const deflated = 8;
const most16 = 0xffff;
const most32 = 0xffff_ffff;

/** MS-DOS time and date: two seconds fine, from 1980. */
function dosTime(time: number): readonly [number, number] {
  const date = new Date(time);
  const year = Math.min(2107, Math.max(1980, date.getFullYear()));
  return [
    (date.getHours() << 11) | (date.getMinutes() << 5) | (date.getSeconds() >> 1),
    ((year - 1980) << 9) | ((date.getMonth() + 1) << 5) | date.getDate(),
  ];
}

/** Id of the extra field of our own: when a message was received, milliseconds since 1970, 64 bits. */
export const receivedField = 0x6646;

/** The time in UTC, in seconds as others read it (Info-ZIP's 0x5455), and exactly. */
function timeFields(time: number): Buffer {
  const fields = Buffer.alloc(21);
  fields.writeUInt16LE(0x5455, 0);
  fields.writeUInt16LE(5, 2);
  fields.writeUInt8(1, 4);
  fields.writeInt32LE(Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, Math.floor(time / 1000))), 5);
  fields.writeUInt16LE(receivedField, 9);
  fields.writeUInt16LE(8, 11);
  fields.writeBigInt64LE(BigInt(Math.round(time)), 13);
  return fields;
}

export function createZipWriter(sink: ZipSink): ZipWriter {
  let offset = 0;
  let entries = 0;
  const directory: Buffer[] = [];

  async function write(...parts: readonly Buffer[]): Promise<void> {
    for (const part of parts) {
      if (part.length > 0) await sink(part);
      offset += part.length;
    }
  }

  return {
    async add(name, content, time) {
      const nameBytes = Buffer.from(name, 'utf8');
      const packed = await deflate(content);
      const [clock, day] = dosTime(time);
      const common = Buffer.alloc(22);
      common.writeUInt16LE(flags, 0);
      common.writeUInt16LE(deflated, 2);
      common.writeUInt16LE(clock, 4);
      common.writeUInt16LE(day, 6);
      common.writeUInt32LE(crc32(content), 8);
      common.writeUInt32LE(packed.length, 12);
      common.writeUInt32LE(content.length, 16);
      common.writeUInt16LE(nameBytes.length, 20);
      const times = timeFields(time);
      const start = offset;
      const local = Buffer.alloc(6);
      local.writeUInt32LE(0x0403_4b50, 0);
      local.writeUInt16LE(version, 4);
      const timesLength = Buffer.alloc(2);
      timesLength.writeUInt16LE(times.length, 0);
      await write(local, common, timesLength, nameBytes, times, packed);
      const large = Buffer.alloc(start > most32 ? 12 : 0);
      if (start > most32) {
        large.writeUInt16LE(1, 0);
        large.writeUInt16LE(8, 2);
        large.writeBigUInt64LE(BigInt(start), 4);
      }
      const extra = Buffer.concat([large, times]);
      const head = Buffer.alloc(8);
      head.writeUInt32LE(0x0201_4b50, 0);
      // Made on Unix: the attributes are its mode bits.
      head.writeUInt16LE((3 << 8) | version, 4);
      head.writeUInt16LE(version, 6);
      const tail = Buffer.alloc(16);
      tail.writeUInt16LE(extra.length, 0);
      tail.writeUInt32LE((0o100600 << 16) >>> 0, 8);
      tail.writeUInt32LE(Math.min(start, most32), 12);
      directory.push(head, common, tail, nameBytes, extra);
      entries += 1;
    },
    async finish() {
      const start = offset;
      for (const part of directory) await write(part);
      const size = offset - start;
      if (entries > most16 || start > most32 || size > most32) {
        const record = Buffer.alloc(56);
        record.writeUInt32LE(0x0606_4b50, 0);
        record.writeBigUInt64LE(44n, 4);
        record.writeUInt16LE((3 << 8) | version, 12);
        record.writeUInt16LE(version, 14);
        record.writeBigUInt64LE(BigInt(entries), 24);
        record.writeBigUInt64LE(BigInt(entries), 32);
        record.writeBigUInt64LE(BigInt(size), 40);
        record.writeBigUInt64LE(BigInt(start), 48);
        const locator = Buffer.alloc(20);
        locator.writeUInt32LE(0x0706_4b50, 0);
        locator.writeBigUInt64LE(BigInt(offset), 8);
        locator.writeUInt32LE(1, 16);
        await write(record, locator);
      }
      const end = Buffer.alloc(22);
      end.writeUInt32LE(0x0605_4b50, 0);
      end.writeUInt16LE(Math.min(entries, most16), 8);
      end.writeUInt16LE(Math.min(entries, most16), 10);
      end.writeUInt32LE(Math.min(size, most32), 12);
      end.writeUInt32LE(Math.min(start, most32), 16);
      await write(end);
    },
  };
}
