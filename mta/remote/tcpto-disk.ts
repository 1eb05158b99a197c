// queue/lock/tcpto on disk, for qmail-tcpto to show and qmail-tcpok to empty (spec/qmail.md 8.5). Emptied at the start,
// as qmail-rspawn does. qmail locks the file with flock, which Node has not: each change here is one write of the 16
// bytes of one record, which no reader sees half done and which leaves the other records alone.
// The file is a convenience: when it cannot be written the log says so once, and delivery goes on from memory.
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { type Log, quoted } from '../log.ts';
import { encodeTimeoutFile, parseTimeoutFile, TCPTO_BYTES, type TimeoutRecord } from './tcpto-file.ts';

const RECORD_BYTES = TCPTO_BYTES / 64;

export interface TimeoutDisk {
  /** Writes one record; returns at once. */
  write(place: number, record: TimeoutRecord): void;
  /** Has somebody emptied the address's record (qmail-tcpok)? False when the file cannot be read. */
  isEmptied(address: string): Promise<boolean>;
  /** Waits for what is to be written. */
  close(): Promise<void>;
}

/** Opens and empties the file. `path`: QUEUE/lock/tcpto. */
export function openTimeoutDisk(path: string, log: Log): TimeoutDisk {
  let isBroken = false;
  const fail = (error: NodeJS.ErrnoException) => {
    if (!isBroken)
      log(
        `warning: remote: cannot keep ${quoted(path)} (${error.code ?? quoted(error.message)}); qmail-tcpto shows nothing`,
      );
    isBroken = true;
    return undefined;
  };
  const opening: Promise<FileHandle | undefined> = open(
    path,
    constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW,
    0o644,
  )
    .then(async (file) => {
      await file.write(Buffer.alloc(TCPTO_BYTES), 0, TCPTO_BYTES, 0);
      return file;
    })
    .catch(fail);
  // One after the other: of two changes of one record the later must stay.
  let writing: Promise<unknown> = opening;
  return {
    write(place, record) {
      const bytes = encodeTimeoutFile([record]).subarray(0, RECORD_BYTES);
      writing = writing
        .then(async () => (await opening)?.write(bytes, 0, RECORD_BYTES, place * RECORD_BYTES))
        .catch(fail);
    },

    async isEmptied(address) {
      await writing;
      if (isBroken) return false;
      const bytes = Buffer.alloc(TCPTO_BYTES);
      try {
        const read = await (await opening)?.read(bytes, 0, TCPTO_BYTES, 0);
        if (!read) return false;
        return !parseTimeoutFile(bytes.subarray(0, read.bytesRead)).some(({ ip }) => ip === address);
      } catch (error) {
        fail(error as NodeJS.ErrnoException);
        return false;
      }
    },

    async close() {
      await writing;
      await (await opening)?.close();
    },
  };
}
