// Content-Transfer-Encoding (RFC 2045 6) undone in linear time on whole buffers, lenient as mail is: base64 with junk,
// padding in the middle or none at the end, quoted-printable with broken escapes, uuencode. Never throws; what cannot
// be read is passed through or dropped as the RFC advises.

const base64Values = new Uint8Array(256).fill(255);
for (const [i, char] of [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'].entries())
  base64Values[char.charCodeAt(0)] = i;
base64Values['-'.charCodeAt(0)] = 62;
base64Values['_'.charCodeAt(0)] = 63;

/** RFC 2045 6.8: other characters are ignored; padding ends a block, after which another may begin. */
export function decodeBase64(bytes: Buffer): Buffer {
  const pad = bytes.indexOf(0x3d);
  // The common case: padding only within the last few bytes, so the runtime's own decoder is right and fast.
  if (pad < 0 || pad > bytes.length - 8) {
    const fast = Buffer.from(bytes.toString('latin1', 0, pad < 0 ? bytes.length : pad), 'base64');
    if (pad < 0 || !/[A-Za-z0-9+/]/.test(bytes.toString('latin1', pad, bytes.length))) return fast;
  }
  const out = Buffer.allocUnsafe(Math.ceil((bytes.length * 3) / 4) + 3);
  let length = 0;
  let bits = 0;
  let count = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (byte === 0x3d) {
      bits = 0;
      count = 0;
      continue;
    }
    const value = base64Values[byte]!;
    if (value === 255) continue;
    bits = ((bits << 6) | value) & 0xffffff;
    count += 6;
    if (count >= 8) {
      count -= 8;
      out[length++] = (bits >> count) & 0xff;
    }
  }
  return out.subarray(0, length);
}

const hexValues = new Uint8Array(256).fill(255);
for (let i = 0; i < 10; i++) hexValues[48 + i] = i;
for (let i = 0; i < 6; i++) {
  hexValues[65 + i] = 10 + i;
  hexValues[97 + i] = 10 + i;
}

/** RFC 2045 6.7: soft line ends go, spaces before a line end go, a broken escape stays as it is. */
export function decodeQuotedPrintable(bytes: Buffer): Buffer {
  if (
    bytes.indexOf(0x3d) < 0 &&
    bytes.indexOf(' \n') < 0 &&
    bytes.indexOf(' \r') < 0 &&
    bytes.indexOf(0x09) < 0
  )
    return bytes;
  const out = Buffer.allocUnsafe(bytes.length);
  let length = 0;
  /** Length up to which `out` must not be trimmed at a line end. */
  let kept = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (byte === 0x3d) {
      const high = hexValues[bytes[i + 1] ?? 0]!;
      const low = hexValues[bytes[i + 2] ?? 0]!;
      if (high !== 255 && low !== 255) {
        out[length++] = high * 16 + low;
        kept = length;
        i += 2;
        continue;
      }
      let end = i + 1;
      while (bytes[end] === 0x20 || bytes[end] === 0x09) end++;
      if (bytes[end] === 0x0d && bytes[end + 1] === 0x0a) end++;
      if (bytes[end] === 0x0a || end >= bytes.length) {
        i = end;
        kept = length;
        continue;
      }
      out[length++] = byte;
      // The blanks looked at are not looked at again: linear for `=   =   =`.
      while (i + 1 < end && (bytes[i + 1] === 0x20 || bytes[i + 1] === 0x09)) out[length++] = bytes[++i]!;
      continue;
    }
    if (byte === 0x0a) {
      const cr = length > kept && out[length - 1] === 0x0d;
      if (cr) length--;
      while (length > kept && (out[length - 1] === 0x20 || out[length - 1] === 0x09)) length--;
      if (cr) out[length++] = 0x0d;
      out[length++] = 0x0a;
      kept = length;
      continue;
    }
    out[length++] = byte;
  }
  return out.subarray(0, length);
}

/** The `begin`...`end` block of a uuencoded body; the body itself when there is none. */
export function decodeUuencode(bytes: Buffer): Buffer {
  let at = bytes.subarray(0, 6).toString('latin1') === 'begin ' ? 0 : bytes.indexOf('\nbegin ');
  if (at < 0) return bytes;
  if (at > 0) at++;
  at = bytes.indexOf(0x0a, at) + 1;
  if (at === 0) return bytes;
  const out = Buffer.allocUnsafe(bytes.length - at);
  let length = 0;
  while (at < bytes.length) {
    let end = bytes.indexOf(0x0a, at);
    if (end < 0) end = bytes.length;
    const count = (bytes[at]! - 32) & 63;
    if (bytes[at] === 0x65 && bytes.subarray(at, at + 3).toString('latin1') === 'end') break;
    let written = 0;
    for (let i = at + 1; i + 1 < end && written < count; i += 4) {
      const value = (k: number): number => (i + k < end ? (bytes[i + k]! - 32) & 63 : 0);
      const group = (value(0) << 18) | (value(1) << 12) | (value(2) << 6) | value(3);
      for (let shift = 16; shift >= 0 && written < count; shift -= 8, written++)
        if (length < out.length) out[length++] = (group >> shift) & 0xff;
    }
    at = end + 1;
  }
  return out.subarray(0, length);
}

/** Undoes a transfer encoding; an unknown one leaves the bytes alone. */
export function decodeTransfer(bytes: Buffer, encoding: string): Buffer {
  switch (encoding) {
    case 'base64':
      return decodeBase64(bytes);
    case 'quoted-printable':
      return decodeQuotedPrintable(bytes);
    case 'x-uuencode':
    case 'uuencode':
    case 'x-uue':
      return decodeUuencode(bytes);
    default:
      return bytes;
  }
}

/** Decoded size in bytes without decoding: exact for base64 of even lines, near for the rest. */
export function estimateSize(bytes: Buffer, encoding: string): number {
  if (encoding === 'base64') {
    const first = bytes.indexOf(0x0a) + 1;
    const eol = first > 1 && bytes[first - 2] === 0x0d ? 2 : 1;
    const lines = first === 0 ? 0 : Math.floor(bytes.length / first);
    const rest = trimmedLength(bytes.subarray(Math.min(lines * first, bytes.length)));
    const characters = lines * (first - eol) + rest;
    let padding = 0;
    for (let i = bytes.length - 1; i >= 0 && i > bytes.length - 8; i--) if (bytes[i] === 0x3d) padding++;
    return Math.max(0, Math.floor(((characters - padding) * 3) / 4));
  }
  if (encoding === 'quoted-printable' && bytes.length <= 64 * 1024)
    return decodeQuotedPrintable(bytes).length;
  return bytes.length;
}

function trimmedLength(bytes: Buffer): number {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1]! <= 0x20) end--;
  return end;
}
