// Pictures of contacts: what may be stored and how it is sent. By its bytes PNG, JPEG, GIF or WebP, at most half a megabyte
// and 4,096 points a side, so that a small file cannot fill a browser's memory. Pure but for the answer.
import type { Request, Response } from 'express';
import { measurePicture } from '../../../mta/formats/picture-size.ts';
import { sendBytes } from '../message/part.ts';
import { fileHeaders, setHeaders } from '../shell/headers.ts';
import type { Picture } from './types.ts';

export const mostPictureBytes = 512 * 1024;
const mostPoints = 4096;

/** The picture when it may be stored. */
export function readPicture(bytes: Buffer): Picture | undefined {
  if (bytes.length > mostPictureBytes) return undefined;
  const measured = measurePicture(bytes);
  if (!measured || Math.max(measured.width, measured.height) > mostPoints) return undefined;
  return { type: measured.type, bytes };
}

export function sendContactPicture(req: Request, res: Response, picture: Picture): void {
  setHeaders(res, fileHeaders);
  // The address of a picture carries when its contact was saved last.
  res.setHeader('Cache-Control', 'private, max-age=604800, immutable');
  res.setHeader('Content-Disposition', 'inline');
  sendBytes(req, res, picture.type, picture.bytes);
}
