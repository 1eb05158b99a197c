// Files of an import on their way in: written to the state directory while they come, never held in memory, at most so

import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import busboy from 'busboy';
import type { Request } from 'express';
// many bytes and files (security.md W8). Nothing is written before the form's token was looked at. What a crash left
// behind goes when the role starts.
import { isMultipart } from '../shell/multipart.ts';

/** Bytes of all files of one form. */
export const mostBytes = 1_000_000_000;
const mostFiles = 100;
/** Bytes that stay free on the disk. */
const keptFree = 256 * 1_048_576;

export interface UploadedFile {
  /** As the browser named it; foreign text. */
  readonly name: string;
  readonly path: string;
  readonly size: number;
}

export interface Uploads {
  readonly fields: Readonly<Record<string, string>>;
  readonly files: readonly UploadedFile[];
  /** Why nothing was kept. */
  readonly fault: 'token' | 'too large' | 'no room' | undefined;
  /** Removes the files. */
  discard(): Promise<void>;
}

export const uploadDirectory = (state: string): string => join(state, 'uploads');

/** Removes what was left of uploads when something ended us too early. */
export async function sweepUploads(state: string): Promise<void> {
  const directory = uploadDirectory(state);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  for (const name of await readdir(directory)) await rm(join(directory, name), { force: true });
}

/**
 * Reads the form; undefined when it is no whole multipart form, and then nothing is kept.
 * @param isTrue looks at the token, which stands before the files
 */
export async function readUploads(
  req: Request,
  state: string,
  isTrue: (token: string | undefined) => boolean,
): Promise<Uploads | undefined> {
  if (!isMultipart(req)) return undefined;
  const directory = uploadDirectory(state);
  const announced = Number(req.headers['content-length'] ?? 0);
  const disk = await statfs(directory);
  const hasRoom = disk.bavail * disk.bsize - announced > keptFree;
  let parser: busboy.Busboy;
  try {
    parser = busboy({
      headers: req.headers,
      defParamCharset: 'utf8',
      limits: { fields: 10, fieldSize: 2000, fieldNameSize: 100, files: mostFiles, fileSize: mostBytes },
    });
  } catch {
    req.resume();
    return undefined;
  }
  const fields: Record<string, string> = Object.create(null);
  const files: UploadedFile[] = [];
  const writing: Promise<void>[] = [];
  let fault: Uploads['fault'] = hasRoom ? undefined : 'no room';
  let total = 0;
  const discard = async (): Promise<void> => {
    for (const { path } of files) await rm(path, { force: true });
  };
  parser.on('field', (name, value) => {
    fields[name] ??= value;
  });
  parser.on('file', (_field, stream, { filename }) => {
    if (!fault && !isTrue(fields.csrf)) fault = 'token';
    // An empty choice of the form.
    if (fault || !filename) return stream.resume();
    const path = join(directory, randomBytes(12).toString('hex'));
    let size = 0;
    stream.on('data', (piece: Buffer) => {
      size += piece.length;
      total += piece.length;
      if (total > mostBytes) fault ??= 'too large';
    });
    stream.on('limit', () => {
      fault ??= 'too large';
    });
    const written = async function* (source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
      // What goes over a bound is read past, so that the answer reaches the browser.
      for await (const piece of source) if (!fault) yield piece;
    };
    files.push({ name: filename, path, size: 0 });
    const place = files.length - 1;
    writing.push(
      pipeline(stream, written, createWriteStream(path, { flags: 'wx', mode: 0o600 })).then(
        () => void files.splice(place, 1, { name: filename, path, size }),
        (error: NodeJS.ErrnoException) => {
          stream.resume();
          fault ??= 'no room';
          if (!['ENOSPC', 'EDQUOT', 'EFBIG'].includes(error.code ?? '')) throw error;
        },
      ),
    );
  });
  const isWhole = await new Promise<boolean>((resolve) => {
    parser.on('error', () => resolve(false));
    parser.on('close', () => resolve(true));
    req.on('aborted', () => resolve(false));
    req.on('error', () => resolve(false));
    req.pipe(parser);
  });
  if (!isWhole) parser.destroy();
  const ends = await Promise.allSettled(writing);
  const broken = ends.find((end) => end.status === 'rejected');
  if (!isWhole || broken || fault) await discard();
  if (broken && isWhole) throw broken.reason;
  return isWhole ? { fields, files: fault ? [] : files, fault, discard } : undefined;
}
