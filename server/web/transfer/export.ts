// Mail on its way out as a download that is written while it is sent (webmail.md O7, N11): a folder as an mbox or a ZIP of
// messages; everything as a ZIP with a directory a folder, and what the person chose. One message in memory at a time.
import { once } from 'node:events';
import type { Request, Response } from 'express';
import type { Mailbox } from '../../mailbox/types.ts';
import { contentDisposition } from '../../message/names.ts';
import { archiveName, leavingMessages } from '../../transfer/leaving.ts';
import { formatMboxEntry } from '../../transfer/mbox.ts';
import { sendZip, type ZipEntry } from '../shell/zip.ts';

/** Sends a folder as mbox. The answer is broken off when a message cannot be read for another reason than being gone. */
export async function sendMbox(
  req: Request,
  res: Response,
  name: string,
  mailbox: Mailbox,
  folder: string,
): Promise<void> {
  res.setHeader('Content-Security-Policy', "sandbox; default-src 'none'; frame-ancestors 'self'");
  res.setHeader('X-Content-Type-Options', 'nosniff');
  res.setHeader('Cache-Control', 'private, no-store');
  res.setHeader('Content-Type', 'application/mbox');
  res.setHeader('Content-Disposition', contentDisposition('attachment', name));
  res.status(200);
  if (req.method === 'HEAD') {
    res.end();
    return;
  }
  const gone = new AbortController();
  res.once('close', () => gone.abort());
  try {
    for await (const message of leavingMessages(mailbox, folder)) {
      const content = await message.read();
      if (gone.signal.aborted) return;
      if (content && !res.write(formatMboxEntry({ ...message, content })))
        await once(res, 'drain', { signal: gone.signal }).catch(() => undefined);
    }
    res.end();
  } catch (error) {
    res.destroy();
    throw error;
  }
}

async function* entriesOf(
  mailbox: Mailbox,
  folders: readonly string[],
  more: Iterable<ZipEntry>,
): AsyncGenerator<ZipEntry> {
  for (const folder of folders)
    for await (const message of leavingMessages(mailbox, folder)) {
      const content = await message.read();
      if (content) yield { name: archiveName(message), content, time: message.received };
    }
  yield* more;
}

/** Sends folders as a ZIP of messages, with files beside them. */
export function sendMailZip(
  req: Request,
  res: Response,
  name: string,
  mailbox: Mailbox,
  folders: readonly string[],
  more: Iterable<ZipEntry> = [],
): Promise<void> {
  return sendZip(req, res, name, entriesOf(mailbox, folders, more));
}
