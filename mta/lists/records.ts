// Records of a hash file of subscribers: `T`, address, NUL, one after the other (ezmlm(5)). Pure. What is not ended by a
// NUL is no record, as in ezmlm: a writer that was cut off there had not finished.

/** Bytes of the longest address. */
export const MOST_ADDRESS_BYTES = 400;

/** Splits a stream of bytes into records, without their NULs. */
export class RecordSplitter {
  #rest = Buffer.alloc(0);

  /** The records that have ended by now. Bytes are copied. */
  push(chunk: Buffer): Buffer[] {
    const bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : Buffer.from(chunk);
    const records: Buffer[] = [];
    let start = 0;
    for (let end = bytes.indexOf(0); end >= 0; end = bytes.indexOf(0, start)) {
      // One letter and an address; what is longer or empty was not written by ezmlm.
      const length = end - start;
      if (length > 1 && length <= MOST_ADDRESS_BYTES + 1) records.push(bytes.subarray(start, end));
      start = end + 1;
    }
    // A rest without end is not kept without end.
    this.#rest =
      bytes.length - start > MOST_ADDRESS_BYTES + 1 ? this.#cut(bytes, start) : bytes.subarray(start);
    return records;
  }

  #cut(bytes: Buffer, start: number): Buffer<ArrayBuffer> {
    return Buffer.from(bytes.subarray(start, start + MOST_ADDRESS_BYTES + 2));
  }
}

/** Joins whole records, each with its NUL. */
export const joinRecords = (records: Iterable<Buffer>): Buffer => Buffer.concat([...records]);
