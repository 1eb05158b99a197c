// Many files as one download: a ZIP file that is written while it is sent, one entry in memory at a time and no copy
// of the whole anywhere (spec/webmail.md A3, M16). Names are the caller's to make unique; they are cleaned here. When
// the reader goes away the work stops; when an entry cannot be made the connection is broken off, so that nobody takes
// half an archive for a whole one.
import { once } from 'node:events';
import type { Request, Response } from 'express';
import { cleanName, contentDisposition } from '../../message/names.ts';
import { createZipWriter } from '../../zip/zip-writer.ts';
import { fileHeaders, setHeaders } from './headers.ts';

export interface ZipEntry {
  /** May hold `/` for folders; each piece is cleaned. */
  readonly name: string;
  readonly content: Buffer;
  /** Milliseconds since 1970. */
  readonly time: number;
}

const cleanPath = (name: string): string =>
  name
    .split('/')
    .map((piece) => cleanName(piece) || 'file')
    .join('/');

/**
 * Sends the entries as `name` (cleaned) while they are made.
 * @throws what `entries` throws; the answer is broken off then.
 */
export async function sendZip(
  req: Request,
  res: Response,
  name: string,
  entries: AsyncIterable<ZipEntry> | Iterable<ZipEntry>,
): Promise<void> {
  setHeaders(res, fileHeaders);
  res.setHeader('Content-Type', 'application/zip');
  res.setHeader('Content-Disposition', contentDisposition('attachment', name));
  res.status(200);
  if (req.method === 'HEAD') {
    res.end();
    return;
  }
  const gone = new AbortController();
  res.once('close', () => gone.abort());
  const zip = createZipWriter(async (bytes) => {
    if (res.write(bytes) || gone.signal.aborted) return;
    // closed meanwhile: the loop below sees it
    await once(res, 'drain', { signal: gone.signal }).catch(() => undefined);
  });
  try {
    for await (const entry of entries) {
      if (gone.signal.aborted) return;
      await zip.add(cleanPath(entry.name), entry.content, entry.time);
    }
    await zip.finish();
    res.end();
  } catch (error) {
    res.destroy();
    throw error;
  }
}
