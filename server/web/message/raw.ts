// The message as it came (spec/webmail.md N3): its source as text, its headers, and the file for download. Served
// sandboxed and without sniffing, so that nothing in it is ever anything but text.
import { pipeline } from 'node:stream/promises';
import type { Request, Response } from 'express';
import { contentDisposition } from '../../message/names.ts';
import { cleanLine } from '../shell/foreign.ts';
import { fileHeaders, setHeaders } from '../shell/headers.ts';
import { oneValue } from '../shell/paths.ts';
import type { Web } from '../types.ts';
import { folderOf, isMessageId, openMessage, readBeginning } from './open.ts';
import { sendBytes } from './part.ts';

/** Bytes of the source that are shown; the rest is in the download. */
const mostSource = 1024 * 1024;

const gone = (web: Web, req: Request, res: Response) => web.fail(req, res, 404, 'error.noMessage');

export async function sendSource(web: Web, req: Request, res: Response): Promise<void> {
  const id = oneValue(req.params.id);
  const mailbox = await web.mailbox(req);
  const located = isMessageId(id) ? await mailbox.find(id, folderOf(req)) : undefined;
  const bytes = located && (await readBeginning(mailbox, id, located.row.folder, mostSource));
  if (!located || !bytes) return gone(web, req, res);
  const rest =
    located.row.size > mostSource
      ? Buffer.from(`\n\n[${located.row.size - mostSource} more bytes. Download the rest: /m/${id}/eml]\n`)
      : Buffer.alloc(0);
  setHeaders(res, fileHeaders);
  sendBytes(req, res, 'text/plain; charset=utf-8', Buffer.concat([bytes, rest]));
}

export async function sendMessageFile(web: Web, req: Request, res: Response): Promise<void> {
  const id = oneValue(req.params.id);
  const mailbox = await web.mailbox(req);
  const located = isMessageId(id) ? await mailbox.find(id, folderOf(req)) : undefined;
  const file = located && (await mailbox.openMessage(id, located.row.folder));
  if (!located || !file) return gone(web, req, res);
  try {
    setHeaders(res, fileHeaders);
    res.setHeader('Content-Type', 'message/rfc822');
    res.setHeader('Content-Length', file.size);
    res.setHeader(
      'Content-Disposition',
      contentDisposition('attachment', `${cleanLine(located.row.subject, 80) || 'message'}.eml`),
    );
    if (req.method === 'HEAD' || file.size === 0) {
      res.end();
      return;
    }
    // `end` holds the length that was announced, also when the file grows
    const stream = file.handle.createReadStream({ autoClose: false, start: 0, end: file.size - 1 });
    await pipeline(stream, res).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
    });
  } finally {
    await file.handle.close();
  }
}

export async function showHeaders(web: Web, req: Request, res: Response): Promise<void> {
  const id = oneValue(req.params.id);
  const opened = await openMessage(web, req, id, folderOf(req));
  if (!opened) return gone(web, req, res);
  const view = await web.reader.view(opened.bytes);
  const place = `in=${encodeURIComponent(opened.located.row.folder)}`;
  await web.render(req, res, {
    view: 'message/headers',
    title: `Headers: ${cleanLine(view.subject)}`,
    folder: opened.located.row.folder,
    pageClass: 'page-message',
    model: {
      headers: view.headers.map((header) => ({
        name: cleanLine(header.name),
        value: cleanLine(header.value, 10_000),
      })),
      raw: headerBlock(opened.bytes),
      back: `/m/${id}?${place}`,
      sourceHref: `/m/${id}/source?${place}`,
    },
  });
}

/** The header lines of a message as text, at most 256 KiB. */
export function headerBlock(bytes: Buffer): string {
  const head = bytes.subarray(0, 256 * 1024).toString('utf8');
  const end = /\r?\n\r?\n/.exec(head);
  return (end ? head.slice(0, end.index) : head).replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/g, '\u2022');
}
