// The program's log: lines gathered during one turn of the event loop and written with one call. To standard error as
// they are (a logger such as multilog adds the time), or to a file with TAI64N stamps as multilog writes them, so that
// qmail's log tools read both.
import { createWriteStream } from 'node:fs';
import type { Log } from '../../mta/log.ts';

export interface LineLog {
  readonly log: Log;
  /** Writes what is gathered; resolves when the stream took it. */
  close(): Promise<void>;
}

/** TAI64N label of now: seconds since 1970 TAI plus 2^62, then nanoseconds (multilog's form). */
export function tai64n(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  const nanoseconds = Math.floor((milliseconds - seconds * 1000) * 1_000_000);
  const label = (4611686018427387914n + BigInt(seconds)).toString(16).padStart(16, '0');
  return `@${label}${nanoseconds.toString(16).padStart(8, '0')}`;
}

/** @param file a path to append to; undefined: standard error */
export function openLineLog(file: string | undefined): LineLog {
  const stream: NodeJS.WritableStream = file
    ? createWriteStream(file, { flags: 'a', mode: 0o600 })
    : process.stderr;
  // A full disk must not stop mail: lines are lost then, and the program goes on.
  stream.on('error', () => undefined);
  let gathered = '';
  const flush = (): void => {
    const text = gathered;
    gathered = '';
    if (text !== '') stream.write(text);
  };
  return {
    log: (line) => {
      if (gathered === '') setImmediate(flush);
      gathered += file ? `${tai64n(Date.now())} ${line}\n` : `${line}\n`;
    },
    close: () => {
      flush();
      return file ? new Promise((resolve) => stream.end(() => resolve())) : Promise.resolve();
    },
  };
}
