// Attachments as files (spec/webmail.md 3.11): GET /m/<id>/part/<n>/<name>. The type is what the bytes say, from a short
// list, never the sender's word; everything else is a download. Files that can do harm are asked about first.
import type { Request, Response } from 'express';
import { decodeText } from '../../message/charset.ts';
import { contentDisposition, describeType } from '../../message/names.ts';
import { pictureTypes, servedType, warnAbout } from '../../message/sniff.ts';
import { cleanLine } from '../shell/foreign.ts';
import { oneValue } from '../shell/paths.ts';
import type { Web } from '../types.ts';
import { folderOf, openMessage } from './open.ts';

/** Headers of everything that a message carries (security.md H3, attachments). */
export const partHeaders: Readonly<Record<string, string>> = {
  'Content-Security-Policy': "sandbox; default-src 'none'; frame-ancestors 'self'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'private, no-store',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

export function setHeaders(res: Response, headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) res.setHeader(name, value);
}

/** Sends bytes with their own headers; HEAD gets the same without the bytes. */
export function sendBytes(req: Request, res: Response, type: string, bytes: Buffer): void {
  // res.type and res.send would add a charset of their own
  res.setHeader('Content-Type', type);
  res.setHeader('Content-Length', bytes.length);
  res.status(200).end(req.method === 'HEAD' ? undefined : bytes);
}

export async function sendPart(web: Web, req: Request, res: Response): Promise<void> {
  const id = oneValue(req.params.id);
  const number = oneValue(req.params.part);
  const opened = await openMessage(web, req, id, folderOf(req));
  const found =
    opened && !opened.cut && /^\d{1,5}(?:\.\d{1,5}){0,120}$/.test(number)
      ? await web.reader.part(opened.bytes, number)
      : undefined;
  if (!opened || !found) return web.fail(req, res, 404, 'message.fileGone');
  const view = await web.reader.view(opened.bytes);
  const listed = view.attachments.find((attachment) => attachment.part === number);
  const name = listed?.name ?? (found.part.filename || 'file');
  const words = warnAbout(name, found.body.subarray(0, 512));
  const path = `/m/${id}/part/${number}/${encodeURIComponent(name)}`;
  const place = `in=${encodeURIComponent(opened.located.row.folder)}`;
  if (words !== '' && oneValue(req.query.anyway) !== '1') {
    const sender = view.from[0];
    return web.render(req, res, {
      view: 'message/warn',
      title: cleanLine(name),
      folder: opened.located.row.folder,
      pageClass: 'page-narrow',
      model: {
        words,
        name: cleanLine(name),
        kind: describeType(found.part.type, name),
        size: found.body.length,
        sender: sender ? cleanLine(sender.name ? `${sender.name} <${sender.address}>` : sender.address) : '',
        href: `${path}?${place}&dl=1&anyway=1`,
        back: `/m/${id}?${place}`,
      },
    });
  }
  const type = servedType(found.body);
  // plain text is shown as text/plain whatever else it may look like: sandboxed, without sniffing
  const asText = found.part.type === 'text/plain' && type === 'application/octet-stream';
  const inline = oneValue(req.query.dl) !== '1' && (pictureTypes.has(type) || asText);
  setHeaders(res, partHeaders);
  res.setHeader('Content-Disposition', contentDisposition(inline ? 'inline' : 'attachment', name));
  sendBytes(
    req,
    res,
    inline && asText ? 'text/plain; charset=utf-8' : type,
    inline && asText ? textOf(found.body, found.part.charset) : found.body,
  );
}

/** The text in UTF-8, whatever charset it was sent in. */
function textOf(body: Buffer, charset: string): Buffer {
  return Buffer.from(decodeText(body, charset).text);
}
