// What a child process says, line by line. A line is bounded: what is longer is cut there.
import type { Readable } from 'node:stream';

/** Calls `take` for each line, without its LF. The last one may lack it. */
export function splitLines(stream: Readable, take: (line: string) => void, limit = 16 * 1024): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = (lines.pop() as string).slice(0, limit);
    for (const line of lines) take(line.slice(0, limit));
  });
  stream.on('error', () => undefined);
  stream.on('end', () => {
    if (rest !== '') take(rest);
    rest = '';
  });
}
