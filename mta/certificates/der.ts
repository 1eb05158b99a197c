// DER (X.690 8 and 10), as far as certificates and their requests need it: each function gives one value, tag and length in
// front. Pure.

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const size = body.length;
  const length =
    size < 0x80
      ? [size]
      : size < 0x100
        ? [0x81, size]
        : size < 0x10000
          ? [0x82, size >> 8, size & 255]
          : [0x83, size >> 16, (size >> 8) & 255, size & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}

export const sequence = (...parts: readonly Buffer[]): Buffer => der(0x30, ...parts);
export const setOf = (...parts: readonly Buffer[]): Buffer => der(0x31, ...parts);
export const octetString = (bytes: Buffer): Buffer => der(0x04, bytes);
export const utf8String = (text: string): Buffer => der(0x0c, Buffer.from(text, 'utf8'));
/** Whole bytes. */
export const bitString = (bytes: Buffer): Buffer => der(0x03, Buffer.from([0]), bytes);
export const truth: Buffer = der(0x01, Buffer.from([0xff]));
/** A constructed value with a tag of its context. */
export const tagged = (tag: number, ...parts: readonly Buffer[]): Buffer => der(0xa0 | tag, ...parts);
/** A plain value with a tag of its context. */
export const taggedBytes = (tag: number, bytes: Buffer): Buffer => der(0x80 | tag, bytes);

/** A number that is not negative. */
export function integer(bytes: Buffer): Buffer {
  const first = bytes.findIndex((byte) => byte !== 0);
  const short = first < 0 ? Buffer.from([0]) : bytes.subarray(first);
  return der(0x02, ...((short[0] as number) >= 0x80 ? [Buffer.from([0])] : []), short);
}

/** `1.2.840.113549.1.9.14` */
export function objectId(dotted: string): Buffer {
  const [one = 0, two = 0, ...others] = dotted.split('.').map(Number);
  const bytes = [40 * one + two, ...others].flatMap((number) => {
    const digits = [number & 0x7f];
    for (let rest = Math.floor(number / 128); rest > 0; rest = Math.floor(rest / 128))
      digits.unshift((rest & 0x7f) | 0x80);
    return digits;
  });
  return der(0x06, Buffer.from(bytes));
}

/** RFC 5280 4.1.2.5: UTCTime until 2049, GeneralizedTime from then on. @param at milliseconds since 1970 */
export function time(at: number): Buffer {
  const digits = new Date(at).toISOString().replace(/[-:T]/g, '').slice(0, 14);
  const isShort = digits < '2050';
  return der(isShort ? 0x17 : 0x18, Buffer.from(`${isShort ? digits.slice(2) : digits}Z`, 'latin1'));
}

/** RFC 7468: base64 in lines of 64 between its labels. */
export const toPem = (label: string, bytes: Buffer): string =>
  [
    `-----BEGIN ${label}-----`,
    ...(bytes.toString('base64').match(/.{1,64}/g) ?? []),
    `-----END ${label}-----`,
    '',
  ].join('\n');
