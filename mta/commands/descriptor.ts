// Descriptors beyond standard input that a caller opened for us: 3 of checkpassword, 1 of qmail-qmqpc. Read to the end,
// bounded. Pipes and sockets may be non-blocking, so they are waited for, not read like files.
import { createReadStream, fstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';

/** More bytes than the limit. */
export class DescriptorOverflow extends Error {
  override name = 'DescriptorOverflow';
}

/** Opens a descriptor for reading. Throws the system's error when there is none, or it cannot be read. */
function openDescriptor(fd: number): Readable {
  const stats = fstatSync(fd);
  if (stats.isFIFO() || stats.isSocket()) return new Socket({ fd, readable: true, writable: false });
  if (!stats.isFile()) throw Object.assign(new Error(`descriptor ${fd} is no input`), { code: 'EBADF' });
  return createReadStream('', { fd, autoClose: false });
}

/**
 * Reads a descriptor to its end, or until `isWhole` says of the bytes so far that no more will come.
 * @throws DescriptorOverflow above `limit` bytes, system errors
 */
export async function readDescriptor(
  fd: number,
  limit: number,
  isWhole: (bytes: Buffer) => boolean = () => false,
): Promise<Buffer> {
  const stream = openDescriptor(fd);
  const chunks: Buffer[] = [];
  let size = 0;
  let tail = Buffer.alloc(0);
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > limit) throw new DescriptorOverflow(`more than ${limit} bytes on descriptor ${fd}`);
      // Enough of the end for a terminator.
      tail = Buffer.concat([tail, chunk]).subarray(-16);
      if (isWhole(tail)) break;
    }
  } finally {
    stream.destroy();
  }
  return Buffer.concat(chunks);
}

/**
 * Did whoever started us hand down this descriptor for writing? Node has files of its own behind the first three; of its
 * pipes it holds both ends. To be asked before the command opens anything.
 */
export function isInherited(descriptor: number): boolean {
  const targetOf = (name: string): string | undefined => {
    try {
      return readlinkSync(`/proc/self/fd/${name}`);
    } catch {
      return undefined; // closed since it was listed
    }
  };
  const target = targetOf(String(descriptor));
  if (target === undefined || target.startsWith('anon_inode:')) return false;
  const flags =
    /^flags:\s+([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'latin1'))?.[1] ?? '0';
  // O_RDONLY is 0, in the two lowest bits.
  if ((Number.parseInt(flags, 8) & 3) === 0) return false;
  return readdirSync('/proc/self/fd').filter((name) => targetOf(name) === target).length === 1;
}
