// The header of a letter as a list reads it: up to the empty line, at most 1 MiB, bytes as latin1; and the body behind it
// in pieces. What has no empty line is a header alone.
import { ListError } from './errors.ts';
import type { Letter } from './program.ts';

/** Bytes of a header (security.md R5). */
const MOST_HEADER = 1024 * 1024;

export interface OpenedLetter {
  /** Its lines, each with its LF, without the empty one. */
  readonly header: string;
  readonly body: AsyncIterable<Buffer>;
  /** Lets go of the letter, wherever reading stands. */
  close(): Promise<void>;
}

/** @throws ListError 100 when the header is too long */
export async function openLetter(letter: Letter): Promise<OpenedLetter> {
  const pieces = letter.open()[Symbol.asyncIterator]();
  let held: Buffer = Buffer.alloc(0);
  let end = -1;
  for (;;) {
    end = held[0] === 10 ? 0 : held.indexOf('\n\n') + 1 || -1;
    if (end >= 0) break;
    if (held.length > MOST_HEADER) {
      await pieces.return?.();
      throw new ListError(100, `the header has more than ${MOST_HEADER} bytes (#5.6.0)`);
    }
    const next = await pieces.next();
    if (next.done === true) break;
    held = Buffer.concat([held, next.value]);
  }
  const header = (end < 0 ? held : held.subarray(0, end)).toString('latin1');
  const first = end < 0 ? Buffer.alloc(0) : held.subarray(end + 1);
  async function* body(): AsyncGenerator<Buffer> {
    if (first.length > 0) yield first;
    for (;;) {
      const next = await pieces.next();
      if (next.done === true) return;
      yield next.value;
    }
  }
  const close = async (): Promise<void> => void (await pieces.return?.());
  return { header: header === '' || header.endsWith('\n') ? header : `${header}\n`, body: body(), close };
}
