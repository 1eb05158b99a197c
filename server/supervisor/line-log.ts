// The program's log: lines gathered during one turn of the event loop and written with one call. To standard error as
// they are (a logger such as multilog adds the time), or to a file with TAI64N stamps as multilog writes them, so that
// qmail's log tools read both. A file is kept small as multilog keeps it: the full one is renamed to its stamp and
// ".s" beside it, and only the newest of those stay.
import { createWriteStream, type WriteStream } from 'node:fs';
import { open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Log } from '../../mta/log.ts';

export interface LineLog {
  readonly log: Log;
  /** Writes what is gathered; resolves when the stream took it. */
  close(): Promise<void>;
}

export interface FileLimits {
  /** Bytes after which a new file begins. */
  readonly size: number;
  /** Full files that are kept. */
  readonly kept: number;
}

const fileLimits: FileLimits = { size: 16 * 1024 * 1024, kept: 10 };

/** TAI64N label of a time in milliseconds since 1970: seconds TAI plus 2^62, then nanoseconds (multilog's form). */
export function tai64n(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  const nanoseconds = Math.floor((milliseconds - seconds * 1000) * 1_000_000);
  const label = (4611686018427387914n + BigInt(seconds)).toString(16).padStart(16, '0');
  return `@${label}${nanoseconds.toString(16).padStart(8, '0')}`;
}

/** Takes pieces of text one after the other, each when the one before it is written. */
interface Sink {
  write(text: string): void;
  close(): Promise<void>;
}

/**
 * Opens the log.
 * @param file a path to append to; undefined: standard error
 * @throws a system error when the file cannot be opened
 */
export async function openLineLog(file: string | undefined, limits = fileLimits): Promise<LineLog> {
  if (file === undefined) return gatherLines(standardError, '');
  return gatherLines(await openFileSink(file, limits), tai64n);
}

/** A log on a stream without stamps; it is not ended by `close`. */
export const openStreamLog = (stream: NodeJS.WritableStream): LineLog =>
  gatherLines({ write: (text) => void stream.write(text), close: () => Promise.resolve() }, '');

/** @param stamp what stands before each line, with a blank */
function gatherLines(sink: Sink, stamp: typeof tai64n | ''): LineLog {
  let gathered = '';
  const flush = (): void => {
    const text = gathered;
    gathered = '';
    if (text !== '') sink.write(text);
  };
  return {
    log: (line) => {
      if (gathered === '') setImmediate(flush);
      gathered += stamp === '' ? `${line}\n` : `${stamp(Date.now())} ${line}\n`;
    },
    close: () => {
      flush();
      return sink.close();
    },
  };
}

const standardError: Sink = {
  write: (text) => void process.stderr.write(text),
  close: () => Promise.resolve(),
};

async function openFileSink(file: string, limits: FileLimits): Promise<Sink> {
  const first = await open(file, 'a', 0o600);
  let size = (await first.stat()).size;
  let stream = appendTo(first.createWriteStream());
  /** Text that came while the files changed places. */
  let held: string | undefined;
  let changing = Promise.resolve();
  const change = async (): Promise<void> => {
    await endStream(stream);
    // A full disk must not stop mail: when the names cannot change, the file only becomes longer.
    await rename(file, join(dirname(file), `${tai64n(Date.now())}.s`)).catch(() => undefined);
    await dropOldest(dirname(file), limits.kept).catch(() => undefined);
    stream = appendTo(createWriteStream(file, { flags: 'a', mode: 0o600 }));
    size = 0;
    stream.write(held ?? '');
    held = undefined;
  };
  return {
    write: (text) => {
      if (held !== undefined) {
        held += text;
        return;
      }
      stream.write(text);
      size += text.length;
      if (size < limits.size) return;
      held = '';
      changing = change();
    },
    close: async () => {
      await changing;
      await endStream(stream);
    },
  };
}

/** Lines that a full disk refuses are lost, and the program goes on. */
function appendTo(stream: WriteStream): WriteStream {
  return stream.on('error', () => undefined);
}

function endStream(stream: WriteStream): Promise<void> {
  if (stream.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    stream.once('close', () => resolve());
    stream.end();
  });
}

async function dropOldest(directory: string, kept: number): Promise<void> {
  const full = (await readdir(directory)).filter((name) => /^@[0-9a-f]{24}\.s$/.test(name)).sort();
  for (const name of full.slice(0, Math.max(0, full.length - kept))) await rm(join(directory, name));
}
