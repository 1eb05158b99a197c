// Which of the 53 files `@` to `t` of a subscriber set an address is in (ezmlm-idx 7 lib/subhash). Pure.
// ezmlm hashes the address with its local part in lower case; older ones hashed it as it was written, and programs
// compiled for 32-bit machines overflow at 32 bits where those of today overflow at 64. So an address is looked for in up
// to four files, and written where today's ezmlm looks first.
import { lowerAscii, splitAddress } from '../formats/address.ts';

export const HASH_FILES = 53;

/** The name of hash file number 0 to 52. */
export const hashFileName = (number: number): string => String.fromCharCode(64 + number);

const TWO_32 = 2 ** 32;

/** The hash of a record without its NUL: number of its file where `unsigned long` has 64 bits, and where it has 32. */
export function hashRecord(record: Uint8Array): { readonly wide: number; readonly narrow: number } {
  let high = 0;
  let low = 5381;
  for (const byte of record) {
    const times33 = low * 33;
    high = (high * 33 + Math.floor(times33 / TWO_32)) >>> 0;
    // `char` is signed on PCs: a byte above 127 is a negative number of 32 bits.
    low = ((times33 >>> 0) ^ ((byte << 24) >> 24)) >>> 0;
  }
  const wide = ((high % HASH_FILES) * (TWO_32 % HASH_FILES) + (low % HASH_FILES)) % HASH_FILES;
  return { wide, narrow: low % HASH_FILES };
}

/** Where an address is looked for. `files[0]` is where it is written. */
export interface AddressPlaces {
  /** `T`, the address with its domain in lower case, NUL: as it is written. */
  readonly record: Buffer;
  /** Numbers of hash files, each once. */
  readonly files: readonly [number, ...number[]];
}

/** Makes the record of an address and finds its files. */
export function placesOf(address: string): AddressPlaces {
  const { local, domain } = splitAddress(address);
  const written = `T${local}@${lowerAscii(domain)}`;
  const lower = hashRecord(Buffer.from(`T${lowerAscii(written.slice(1))}`, 'utf8'));
  const asWritten = hashRecord(Buffer.from(written, 'utf8'));
  const files = new Set([lower.wide, asWritten.wide, lower.narrow, asWritten.narrow]);
  return { record: Buffer.from(`${written}\0`, 'utf8'), files: [...files] as [number, ...number[]] };
}
