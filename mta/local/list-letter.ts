// A letter in the queue as the programs of a mailing list read it: from its beginning, as often as they want.
import { constants } from 'node:fs';
import type { Letter } from '../lists/program.ts';
import { dropFile, openFile, readBytes } from '../maildir/calls.ts';

const READ_BYTES = 65_536;

/** A letter in memory, or a file by its path. */
export function createLetter(source: Buffer | string): Letter {
  return { open: typeof source === 'string' ? () => readPieces(source) : () => onePiece(source) };
}

async function* onePiece(message: Buffer): AsyncGenerator<Buffer> {
  yield message;
}

async function* readPieces(path: string): AsyncGenerator<Buffer> {
  const descriptor = await openFile(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    for (let at = 0; ; ) {
      // A new buffer each time: the queue may still hold the one before.
      const chunk = Buffer.allocUnsafe(READ_BYTES);
      const bytes = await readBytes(descriptor, chunk, at);
      if (bytes === 0) return;
      at += bytes;
      yield chunk.subarray(0, bytes);
    }
  } finally {
    dropFile(descriptor);
  }
}
