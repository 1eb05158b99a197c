// One conversation with a scanner over TCP or a Unix socket: our bytes are written as fast as it takes them, its answer is
// read up to a limit until it closes or has said enough. A scanner may answer and close before it has read all; what it
// said then counts. Where our writing finds it closed before its answer was read, the answer is lost: it is asked again, once.
import { connect, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ScannerAddress } from '../../control/scanner-line.ts';
import { errorCode } from '../../maildir/calls.ts';

/** Bytes of an answer. */
export const MOST_ANSWER = 262_144;

export type Send = (bytes: Buffer | string) => Promise<void>;

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      socket.off('drain', go);
      socket.off('close', end);
      reject(new Error('the scanner closed the connection'));
    };
    const go = (): void => {
      socket.off('close', end);
      resolve();
    };
    socket.once('drain', go);
    socket.once('close', end);
  });
}

/**
 * Talks.
 * @param speak writes what is to be said, from its beginning each time; our side is closed behind it
 * @param last the byte that ends an answer; undefined: it ends with the connection
 * @throws when there is no connection, no answer, too long a one, or the signal is aborted
 */
export async function converse(
  address: ScannerAddress,
  speak: (send: Send) => Promise<void>,
  last: number | undefined,
  signal: AbortSignal,
): Promise<Buffer> {
  try {
    return await converseOnce(address, speak, last, signal);
  } catch (error) {
    if (!['EPIPE', 'ECONNRESET'].includes(errorCode(error))) throw error;
    return await converseOnce(address, speak, last, signal);
  }
}

async function converseOnce(
  address: ScannerAddress,
  speak: (send: Send) => Promise<void>,
  last: number | undefined,
  signal: AbortSignal,
): Promise<Buffer> {
  signal.throwIfAborted();
  const socket = connect(address);
  const chunks: Buffer[] = [];
  let size = 0;
  const answer = new Promise<Buffer>((resolve, reject) => {
    const finish = (): void => {
      if (size === 0) reject(new Error('the scanner closed the connection without an answer'));
      else resolve(Buffer.concat(chunks));
    };
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > MOST_ANSWER) reject(new Error(`the answer is longer than ${MOST_ANSWER} bytes`));
      else if (last !== undefined && chunk.includes(last)) finish();
    });
    socket.on('end', finish);
    socket.on('close', finish);
    socket.on('error', (error) => (size > 0 ? finish() : reject(error)));
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  const send: Send = async (bytes) => {
    // What it has said meanwhile is heard before more is written: a write that fails ends the reading too.
    await nextTurn();
    if (socket.destroyed || size > 0) throw new Error('the scanner closed the connection');
    if (!socket.write(bytes)) await drained(socket);
  };
  // Whatever ends the writing early, the answer tells more.
  const spoken = speak(send).then(
    () => void socket.end(),
    (error: unknown) => (socket.destroyed || size > 0 ? undefined : socket.destroy(error as Error)),
  );
  try {
    return await answer;
  } finally {
    socket.destroy();
    await spoken;
  }
}
