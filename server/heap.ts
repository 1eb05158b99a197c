// The heaps of a long-running role and of its threads, kept near what they hold. V8 lets old objects double and more before
// it looks for garbage, and takes what a start leaves behind (parsed code) as what the program needs: of a server that
// rests, two fifths were nobody's. Both are asked of V8 by flags, which a version that lacks one passes over.
// While mail pours in they may grow more: each letter's bytes count as growth, and a look at all old objects for every
// twenty long letters was a third of what the letters cost.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Log } from '../mta/log.ts';

/** Old objects may grow by so many per cent of what was left at the last look; holds for all threads of the process. */
const growth = 30;
const growthWithMail = 200;
/** Bytes of letters in a second that are much. */
const muchMail = 2 * 1024 * 1024;
/** What a letter makes besides its bytes. */
const letterBytes = 8192;
/** Seconds with less until heaps are small again. */
const calmSeconds = 10;

const letGrow = (percent: number): void => setFlagsFromString(`--heap-growing-percent=${percent}`);

export const keepHeapsSmall = (): void => letGrow(growth);

/**
 * Lets heaps grow while much mail comes in.
 * @param set asks for so many per cent of growth
 * @returns to be told of each log line: the queue's `info msg` tells a letter's size
 */
export function easeHeapsWithMail(set: (percent: number) => void = letGrow): Log {
  let bytes = 0;
  let calm = 0;
  let timer: NodeJS.Timeout | undefined;
  const look = (): void => {
    if (bytes >= muchMail) {
      if (calm !== 0) set(growthWithMail);
      calm = 0;
    } else {
      calm += 1;
      if (calm === calmSeconds) {
        set(growth);
        clearInterval(timer);
        timer = undefined;
      }
    }
    bytes = 0;
  };
  return (line) => {
    const size = /^info msg \d+: bytes (\d+) /.exec(line)?.[1];
    if (size === undefined) return;
    bytes += letterBytes + Number(size);
    if (timer) return;
    calm = 1;
    timer = setInterval(look, 1000).unref();
  };
}

/** Collects what is garbage in this thread's heap: once, when a start is over. Takes 10 to 50 ms. */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('globalThis.gc');
  setFlagsFromString('--no-expose-gc');
  if (typeof collect === 'function') collect();
}
