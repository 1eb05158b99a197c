// A log for lines that a user of this machine can cause as many of as they like (security.md L4): the first hundred are
// written, then twenty a minute; the rest are counted, and the count is a line of its own.
import type { Log } from './log.ts';

const freeLines = 100;
const linesAMinute = 20;

/**
 * @param name begins the line that counts
 * @param clock milliseconds; it only goes forward
 */
export function limitLog(log: Log, name: string, clock: () => number = () => performance.now()): Log {
  let written = 0;
  let minute = Number.NEGATIVE_INFINITY;
  let inMinute = 0;
  let dropped = 0;
  return (line) => {
    if (written < freeLines) {
      written += 1;
      log(line);
      return;
    }
    const now = clock();
    if (now - minute >= 60_000) {
      if (dropped > 0) log(`${name}: ${dropped} lines more`);
      minute = now;
      // The line that counts is one of the twenty.
      inMinute = dropped > 0 ? 1 : 0;
      dropped = 0;
    }
    if (inMinute < linesAMinute) {
      inMinute += 1;
      log(line);
    } else dropped += 1;
  };
}
