// Pictures of contacts: what may be stored and how it is sent. By its bytes PNG, JPEG, GIF or WebP, at most half a megabyte
// and 4,096 points a side, so that a small file cannot fill a browser's memory. Pure but for the answer.
import type { Request, Response } from 'express';
import { sniffType } from '../../message/sniff.ts';
import { sendBytes } from '../message/part.ts';
import { fileHeaders, setHeaders } from '../shell/headers.ts';
import type { Picture } from './types.ts';

export const mostPictureBytes = 512 * 1024;
const mostPoints = 4096;

/** Width and height as the header of a picture says; undefined when it does not. */
function sizeOf(type: string, bytes: Buffer): readonly [number, number] | undefined {
  if (type === 'image/png' && bytes.length >= 24) return [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
  if (type === 'image/gif' && bytes.length >= 10) return [bytes.readUInt16LE(6), bytes.readUInt16LE(8)];
  if (type === 'image/webp') return sizeOfWebp(bytes);
  if (type === 'image/jpeg') return sizeOfJpeg(bytes);
  return undefined;
}

/** The first frame header (SOF0 to SOF15 without DHT, JPG and DAC) of ISO 10918-1. */
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

/** RFC 9649: the canvas of an extended file, else the frame of a lossy or lossless one. */
function sizeOfWebp(bytes: Buffer): readonly [number, number] | undefined {
  if (bytes.length < 30) return undefined;
  const kind = bytes.toString('latin1', 12, 16);
  if (kind === 'VP8X') return [bytes.readUIntLE(24, 3) + 1, bytes.readUIntLE(27, 3) + 1];
  if (kind === 'VP8 ') return [bytes.readUInt16LE(26) & 0x3fff, bytes.readUInt16LE(28) & 0x3fff];
  if (kind !== 'VP8L') return undefined;
  const packed = bytes.readUInt32LE(21);
  return [(packed & 0x3fff) + 1, ((packed >>> 14) & 0x3fff) + 1];
}

/** The picture when it may be stored. */
export function readPicture(bytes: Buffer): Picture | undefined {
  if (bytes.length > mostPictureBytes) return undefined;
  const type = sniffType(bytes);
  const size = sizeOf(type, bytes);
  const isFit = size?.every((points) => points > 0 && points <= mostPoints);
  return isFit ? { type, bytes } : undefined;
}

export function sendContactPicture(req: Request, res: Response, picture: Picture): void {
  setHeaders(res, fileHeaders);
  // The address of a picture carries when its contact was saved last.
  res.setHeader('Cache-Control', 'private, max-age=604800, immutable');
  res.setHeader('Content-Disposition', 'inline');
  sendBytes(req, res, picture.type, picture.bytes);
}
