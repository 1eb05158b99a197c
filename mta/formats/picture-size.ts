// Which picture some bytes are, and how large: PNG (RFC 2083), JPEG (ISO 10918-1), GIF89a and WebP (RFC 9649) by their first
// bytes and their headers, never by a name. Nothing is decoded: a header may promise what the rest does not hold. Pure.

export type PictureType = 'image/png' | 'image/jpeg' | 'image/gif' | 'image/webp';

export interface MeasuredPicture {
  readonly type: PictureType;
  /** Points. */
  readonly width: number;
  readonly height: number;
}

const pngBegin = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');

/** Undefined: none of these pictures, or its header does not say how large it is. */
export function measurePicture(bytes: Buffer): MeasuredPicture | undefined {
  const made = (type: PictureType, size: readonly [number, number] | undefined) =>
    size && size[0] > 0 && size[1] > 0 ? { type, width: size[0], height: size[1] } : undefined;
  const head = bytes.toString('latin1', 0, 16);
  if (bytes.subarray(0, 8).equals(pngBegin))
    return made(
      'image/png',
      bytes.length >= 24 ? [bytes.readUInt32BE(16), bytes.readUInt32BE(20)] : undefined,
    );
  if (head.startsWith('GIF87a') || head.startsWith('GIF89a'))
    return made('image/gif', bytes.length >= 10 ? [bytes.readUInt16LE(6), bytes.readUInt16LE(8)] : undefined);
  if (head.startsWith('RIFF') && head.slice(8, 12) === 'WEBP')
    return made('image/webp', sizeOfWebp(bytes, head.slice(12, 16)));
  if (head.startsWith('\xff\xd8\xff')) return made('image/jpeg', sizeOfJpeg(bytes));
  return undefined;
}

/** The first frame header (SOF0 to SOF15 without DHT, JPG and DAC). */
function sizeOfJpeg(bytes: Buffer): readonly [number, number] | undefined {
  let at = 2;
  while (at + 9 <= bytes.length) {
    if (bytes[at] !== 0xff) return undefined;
    const marker = bytes[at + 1] as number;
    if (marker === 0xff) at += 1;
    else if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker))
      return [bytes.readUInt16BE(at + 7), bytes.readUInt16BE(at + 5)];
    else at += 2 + Math.max(2, bytes.readUInt16BE(at + 2));
  }
  return undefined;
}

/** The canvas of an extended file, else the frame of a lossy or lossless one. */
function sizeOfWebp(bytes: Buffer, kind: string): readonly [number, number] | undefined {
  if (bytes.length < 30) return undefined;
  if (kind === 'VP8X') return [bytes.readUIntLE(24, 3) + 1, bytes.readUIntLE(27, 3) + 1];
  if (kind === 'VP8 ') return [bytes.readUInt16LE(26) & 0x3fff, bytes.readUInt16LE(28) & 0x3fff];
  if (kind !== 'VP8L') return undefined;
  const packed = bytes.readUInt32LE(21);
  return [(packed & 0x3fff) + 1, ((packed >>> 14) & 0x3fff) + 1];
}
