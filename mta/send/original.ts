// The beginning of a queued message, for a report about it.
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/** The first bytes of a file. @param limit bytes; 0 for all of it */
export async function readBeginning(path: string, limit: number): Promise<Buffer> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const { size } = await file.stat();
    const buffer = Buffer.alloc(limit === 0 ? size : Math.min(size, limit));
    let at = 0;
    while (at < buffer.length) {
      const { bytesRead } = await file.read(buffer, at, buffer.length - at, at);
      if (bytesRead === 0) break;
      at += bytesRead;
    }
    return buffer.subarray(0, at);
  } finally {
    await file.close();
  }
}
