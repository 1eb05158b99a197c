// The end of mail loops: qmail-local's rule that a message never comes to the same address twice (spec/qmail.md 6.1,
// security.md R10). Every delivery and forward adds a Delivered-To line; who finds their own, bounces.
// Only the header is looked at, and of it the first MiB.
import { constants } from 'node:fs';
import { dropFile, openFile, readBytes } from '../maildir/calls.ts';

/** A header beyond this is not searched. */
const headerLimit = 1_048_576;

/**
 * The Delivered-To lines of a message, without their line feeds, one byte a character (latin1) so that comparing is
 * comparing bytes. The name in any case. `message` wins over `path`. Rejects with system errors.
 */
export async function readDeliveredTo(message: Buffer | undefined, path: string): Promise<readonly string[]> {
  return findDeliveredTo(message ?? (await readHeader(path)));
}

/** The same on bytes: a whole message, or the beginning of one. */
export function findDeliveredTo(message: Buffer): readonly string[] {
  const start = message.subarray(0, headerLimit);
  if (start[0] === 10) return [];
  const end = start.indexOf('\n\n');
  const header = start.toString('latin1', 0, end < 0 ? start.length : end);
  if (!/delivered-to:/i.test(header)) return [];
  return header.split('\n').filter((line) => /^delivered-to:/i.test(line));
}

/** Is this line, which ends in LF, among them byte for byte? */
export const hasLine = (lines: readonly string[], line: string): boolean =>
  lines.length > 0 && lines.includes(Buffer.from(line.replace(/\n$/, ''), 'utf8').toString('latin1'));

/** vdelivermail: the whole line in any case. */
export function hasLineInAnyCase(lines: readonly string[], line: string): boolean {
  if (lines.length === 0) return false;
  const wanted = Buffer.from(line.replace(/\n$/, ''), 'utf8').toString('latin1').toLowerCase();
  return lines.some((found) => found.toLowerCase() === wanted);
}

async function readHeader(path: string): Promise<Buffer> {
  const descriptor = await openFile(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const chunks: Buffer[] = [];
    let total = 0;
    while (total < headerLimit) {
      const chunk = Buffer.allocUnsafe(Math.min(65_536, headerLimit - total));
      const bytes = await readBytes(descriptor, chunk, null);
      if (bytes === 0) break;
      const part = chunk.subarray(0, bytes);
      // The empty line may begin in the chunk before.
      const before = chunks.at(-1)?.at(-1);
      chunks.push(part);
      total += bytes;
      if (part.includes('\n\n') || (before === 10 && part[0] === 10)) break;
    }
    return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
  } finally {
    dropFile(descriptor);
  }
}
