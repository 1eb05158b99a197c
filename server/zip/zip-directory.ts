// The directory of a ZIP file (APPNOTE 6.3, 4.3.12): names and whether entries are encrypted, for the warning before a
// download (spec/webmail.md 3.11). Nothing is unpacked. At most so many entries are read; offsets and lengths are
// believed only inside the bytes that are there. Pure.

export interface ZipDirectory {
  readonly entries: readonly { readonly name: string; readonly isEncrypted: boolean }[];
  /** All entries were read; false also for an archive that is broken or larger than 4 GiB. */
  readonly isWhole: boolean;
}

const endLength = 22;
const headLength = 46;
const longestComment = 0xffff;

/** Reads at most `most` entries; undefined when the bytes have no directory. */
export function readZipDirectory(bytes: Buffer, most = 1000): ZipDirectory | undefined {
  const end = bytes.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'), bytes.length - endLength);
  if (end < 0 || end < bytes.length - endLength - longestComment) return undefined;
  const count = bytes.readUInt16LE(end + 10);
  const size = bytes.readUInt32LE(end + 12);
  const entries: ZipDirectory['entries'][number][] = [];
  // From its size, not its offset: archives that something stands before keep wrong offsets.
  let at = end - size;
  if (at < 0) return { entries, isWhole: false };
  while (entries.length < most && at + headLength <= end && bytes.readUInt32LE(at) === 0x0201_4b50) {
    const nameLength = bytes.readUInt16LE(at + 28);
    const rest = bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
    const name = bytes.subarray(at + headLength, Math.min(end, at + headLength + nameLength));
    entries.push({ name: name.toString('utf8'), isEncrypted: (bytes.readUInt16LE(at + 8) & 1) !== 0 });
    at += headLength + nameLength + rest;
  }
  return { entries, isWhole: entries.length === count };
}
