// The one file of an import form, read into memory: at most 4 MiB, UTF-8. Anything else of a multipart form is bounded

import busboy from 'busboy';
import type { Request } from 'express';
// and passed over (security.md W8).
import { isMultipart } from '../shell/multipart.ts';

export const mostBytes = 4 * 1024 * 1024;

export interface Upload {
  readonly csrf: string;
  /** The file's content; undefined: none was chosen. */
  readonly content: Buffer | undefined;
  readonly isTooLarge: boolean;
}

/** Reads the form; undefined when it is no whole multipart form. */
export function readUpload(req: Request): Promise<Upload | undefined> {
  return new Promise((resolve) => {
    let parser: busboy.Busboy;
    if (!isMultipart(req)) {
      resolve(undefined);
      return;
    }
    try {
      parser = busboy({
        headers: req.headers,
        limits: { fields: 10, fieldSize: 1000, fieldNameSize: 100, files: 1, fileSize: mostBytes, parts: 12 },
      });
    } catch {
      req.resume();
      resolve(undefined);
      return;
    }
    let csrf = '';
    let isTooLarge = false;
    let content: Buffer | undefined;
    parser.on('field', (name, value) => {
      if (name === 'csrf') csrf = value;
    });
    parser.on('file', (_name, stream, { filename }) => {
      const parts: Buffer[] = [];
      stream.on('data', (part: Buffer) => parts.push(part));
      stream.on('limit', () => {
        isTooLarge = true;
      });
      stream.on('end', () => {
        if (filename) content = Buffer.concat(parts);
      });
    });
    parser.on('error', () => resolve(undefined));
    parser.on('close', () => resolve({ csrf, content, isTooLarge }));
    req.on('aborted', () => resolve(undefined));
    req.pipe(parser);
  });
}
