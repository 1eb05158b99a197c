// The message on standard input as a file of our own: deliveries read it several times and hand it to programs, which
// may seek in it; what a caller gives may be a pipe, or a file that this user can only read as an open descriptor.
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemFatal } from './fatal.ts';
import { readMessage } from './outgoing.ts';

export interface MessageCopy {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
}

/**
 * Runs `use` on a copy that nobody else can read, and removes it.
 * @throws Fatal 111 when the message cannot be read or the copy not be made
 */
export async function withMessageCopy<T>(
  stdin: NodeJS.ReadableStream,
  use: (copy: MessageCopy) => Promise<T>,
): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'facteur-message-')).catch((error: unknown) => {
    throw systemFatal('unable to make a copy of the message', error);
  });
  try {
    const path = join(directory, 'message');
    return await use({ path, size: await writeCopy(stdin, path) });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function writeCopy(stdin: NodeJS.ReadableStream, path: string): Promise<number> {
  const file = createWriteStream(path, { flags: 'wx', mode: 0o600 });
  let failure: unknown;
  const failed = once(file, 'error').then(([error]) => {
    failure = error;
  });
  let size = 0;
  for await (const chunk of readMessage(stdin)) {
    size += chunk.length;
    if (!file.write(chunk)) await Promise.race([once(file, 'drain').catch(() => undefined), failed]);
    if (failure !== undefined) break;
  }
  if (failure === undefined) await Promise.race([new Promise((resolve) => file.end(resolve)), failed]);
  if (failure !== undefined) throw systemFatal('unable to make a copy of the message', failure);
  return size;
}
