// Forms of contacts as the browser sends them with a file: fields and one file, all bounded while they are read
// (security.md W8). What goes over a bound is read past, so that the answer reaches the browser.

import busboy from 'busboy';
import type { Request } from 'express';
import { isMultipart } from '../shell/multipart.ts';

export interface ReadForm {
  /** Fields by name; repeated ones in their order. */
  readonly fields: Readonly<Record<string, readonly string[]>>;
  /** Undefined: none was chosen. */
  readonly file: { readonly name: string; readonly bytes: Buffer } | undefined;
  /** The file is longer than allowed; `bytes` is only its beginning. */
  readonly isTooLarge: boolean;
}

/** @returns undefined when it is no whole multipart form */
export function readForm(req: Request, mostBytes: number): Promise<ReadForm | undefined> {
  return new Promise((resolve) => {
    let parser: busboy.Busboy;
    if (!isMultipart(req)) {
      resolve(undefined);
      return;
    }
    try {
      parser = busboy({
        headers: req.headers,
        defParamCharset: 'utf8',
        limits: {
          fields: 500,
          fieldSize: 65_536,
          fieldNameSize: 100,
          files: 1,
          fileSize: mostBytes,
          parts: 502,
        },
      });
    } catch {
      req.resume();
      resolve(undefined);
      return;
    }
    const fields: Record<string, string[]> = Object.create(null);
    let file: ReadForm['file'];
    let isTooLarge = false;
    parser.on('field', (name, value) => {
      fields[name] = [...(fields[name] ?? []), value];
    });
    parser.on('file', (_name, stream, { filename }) => {
      const parts: Buffer[] = [];
      stream.on('data', (part: Buffer) => parts.push(part));
      stream.on('limit', () => {
        isTooLarge = true;
      });
      stream.on('end', () => {
        if (filename) file = { name: filename, bytes: Buffer.concat(parts) };
      });
    });
    parser.on('error', () => resolve(undefined));
    parser.on('close', () => resolve({ fields, file, isTooLarge }));
    req.on('aborted', () => resolve(undefined));
    req.pipe(parser);
  });
}
