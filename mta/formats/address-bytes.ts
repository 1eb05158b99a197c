// Envelope addresses between bytes and memory. In memory they are strings; on disk and between programs they are bytes,
// and qmail asks nothing of them: an old queue may hold addresses in Latin-1. Bytes that are not UTF-8 become lone
// surrogates (U+DC80 to U+DCFF), so that nothing is changed on the way back. Such an address is no valid string:
// `isWellFormed()` tells it apart, and no mailbox and no host has one.
import { isUtf8 } from 'node:buffer';

/** With the u flag a surrogate that is half of a pair does not match. */
const foreign = /[\udc80-\udcff]/u;

/** The address of these bytes, without loss. */
export function addressFromBytes(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  if (!text.includes('\ufffd') || isUtf8(bytes)) return text;
  let escaped = '';
  for (const byte of bytes) escaped += String.fromCharCode(byte < 0x80 ? byte : 0xdc00 + byte);
  return escaped;
}

/** The bytes of an address, or of a text with addresses in it. */
export function addressToBytes(address: string): Buffer {
  if (!foreign.test(address)) return Buffer.from(address, 'utf8');
  const pieces: Buffer[] = [];
  for (const character of address) {
    const code = character.codePointAt(0) as number;
    const isForeign = code >= 0xdc80 && code <= 0xdcff;
    pieces.push(isForeign ? Buffer.of(code - 0xdc00) : Buffer.from(character, 'utf8'));
  }
  return Buffer.concat(pieces);
}
