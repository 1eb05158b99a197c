// Content-Transfer-Encoding (RFC 2045 6): base64 and quoted-printable back to bytes. Linear, never fails: what is no proper
// code is passed over or stays as it is.

/** Of a field's value in lower case; what stands behind the word (a comment) is no matter. */
const wordOf = (encoding: string): string => /^[a-z0-9-]*/.exec(encoding)?.[0] ?? '';

/** `encoding`: the field's value in lower case; RFC 2045 6.1: `7bit` where there is no field. */
export const isKnownEncoding = (encoding: string): boolean =>
  ['7bit', '8bit', 'binary', 'base64', 'quoted-printable'].includes(wordOf(encoding));

/** `encoding`: the field's value in lower case. */
export function decodeTransfer(raw: Buffer, encoding: string): Buffer {
  const name = wordOf(encoding);
  if (name === 'base64') return Buffer.from(raw.toString('latin1'), 'base64');
  return name === 'quoted-printable' ? decodeQuotedPrintable(raw) : raw;
}

const hexValue = (byte: number | undefined): number => {
  if (byte === undefined) return -1;
  if (byte >= 48 && byte <= 57) return byte - 48;
  const lower = byte | 0x20;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
};

export function decodeQuotedPrintable(raw: Buffer): Buffer {
  const out = Buffer.allocUnsafe(raw.length);
  let length = 0;
  /** From where on blanks may be taken away. */
  let lineStart = 0;
  for (let i = 0; i < raw.length; i++) {
    const byte = raw[i]!;
    // RFC 2045 6.7 (3): blanks at the end of a line came with the transport. Those of before are text.
    if (byte === 10) length = withoutBlanks(out, length, lineStart);
    if (byte !== 61) {
      out[length++] = byte;
      if (byte === 10) lineStart = length;
      continue;
    }
    const [high, low] = [hexValue(raw[i + 1]), hexValue(raw[i + 2])];
    if (high >= 0 && low >= 0) {
      out[length++] = high * 16 + low;
      lineStart = length;
      i += 2;
      continue;
    }
    // RFC 2045 6.7 (3): blanks may stand between "=" and the end of its line.
    let end = i + 1;
    while (raw[end] === 32 || raw[end] === 9 || raw[end] === 13) end++;
    if (raw[end] === 10 || end === raw.length) {
      i = end;
      lineStart = length;
    } else out[length++] = byte;
  }
  return out.subarray(0, length);
}

/** The length without blanks before a line end, which may be CR LF. */
function withoutBlanks(out: Buffer, length: number, lineStart: number): number {
  const hasCr = length > lineStart && out[length - 1] === 13;
  let end = hasCr ? length - 1 : length;
  while (end > lineStart && (out[end - 1] === 32 || out[end - 1] === 9)) end--;
  if (!hasCr) return end;
  out[end] = 13;
  return end + 1;
}
