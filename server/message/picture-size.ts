// How many pixels a picture says it has, from its header alone (security.md M6): a page keeps its place free, and what no
// screen could hold is offered as a file instead. Bounded steps; nothing is decoded.

/** Above this a picture is not drawn in a page. Pixels. */
export const mostPixels = 40_000_000;

interface Size {
  readonly width: number;
  readonly height: number;
}
const unknown: Size = { width: 0, height: 0 };

/** JPEG (ITU T.81 B.1.1): the first frame header. */
function jpegSize(bytes: Buffer): Size {
  let at = 2;
  for (let steps = 0; steps < 500 && at + 9 < bytes.length; steps++) {
    if (bytes[at] !== 0xff) return unknown;
    const marker = bytes[at + 1]!;
    if (marker === 0xff) {
      at++;
      continue;
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (isFrame) return { width: bytes.readUInt16BE(at + 7), height: bytes.readUInt16BE(at + 5) };
    const isAlone = marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);
    at += isAlone ? 2 : 2 + bytes.readUInt16BE(at + 2);
  }
  return unknown;
}

/** WebP: the three forms of its first chunk (RFC 9649). */
function webpSize(bytes: Buffer): Size {
  const kind = bytes.toString('latin1', 12, 16);
  if (kind === 'VP8X') return { width: bytes.readUIntLE(24, 3) + 1, height: bytes.readUIntLE(27, 3) + 1 };
  if (kind === 'VP8L') {
    const bits = bytes.readUInt32LE(21);
    return { width: (bits & 0x3fff) + 1, height: ((bits >> 14) & 0x3fff) + 1 };
  }
  if (kind === 'VP8 ')
    return { width: bytes.readUInt16LE(26) & 0x3fff, height: bytes.readUInt16LE(28) & 0x3fff };
  return unknown;
}

/** AVIF: the image spatial extents (ISO 23008-12 6.5.3), near the beginning. */
function avifSize(bytes: Buffer): Size {
  const at = bytes.subarray(0, 4096).indexOf('ispe');
  return at < 0 || at + 16 > bytes.length
    ? unknown
    : { width: bytes.readUInt32BE(at + 8), height: bytes.readUInt32BE(at + 12) };
}

/** Width and height in pixels by the sniffed type; zeros when the header does not tell. */
export function pictureSize(type: string, bytes: Buffer): Size {
  if (type === 'image/jpeg') return jpegSize(bytes);
  if (bytes.length < 32) return unknown;
  if (type === 'image/png') return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
  if (type === 'image/gif') return { width: bytes.readUInt16LE(6), height: bytes.readUInt16LE(8) };
  if (type === 'image/bmp')
    return { width: Math.abs(bytes.readInt32LE(18)), height: Math.abs(bytes.readInt32LE(22)) };
  if (type === 'image/webp') return webpSize(bytes);
  return type === 'image/avif' ? avifSize(bytes) : unknown;
}
