// Reads the compose form (multipart/form-data, RFC 7578) as a stream: text fields into a map, files to disk as they
// arrive. Guarantees the limits of security.md W8 while reading (25 MiB a file, 50 MiB in all, 20 files, 100 fields),
// field names from a fixed list only (no `__proto__`), and that no byte of a file is written before `mayUpload` said
// yes to the fields that came before it.
import type { FileHandle } from 'node:fs/promises';
import { unlink } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import busboy from 'busboy';
import type { Translate } from '../words/words.ts';
import type { FileFacts } from './drafts.ts';
import { limits } from './drafts.ts';
import { isNameField } from './files.ts';
import { cleanFileName } from './names.ts';

/** A file that came with the form and lies in the spool's incoming directory. */
export interface Upload extends FileFacts {
  readonly path: string;
}

export interface ComposeForm {
  /** Fields of the fixed list; the first of repeated ones. */
  readonly fields: ReadonlyMap<string, string>;
  readonly uploads: readonly Upload[];
  /** Files or text that went over a limit, in words for the person. */
  readonly faults: readonly string[];
}

/** Opens a file for the next upload; undefined: this request may not upload. */
export type OpenUpload = (
  fields: ReadonlyMap<string, string>,
) => Promise<{ path: string; handle: FileHandle } | undefined>;

const known = new Set([
  'csrf',
  'ticket',
  'draft',
  'rev',
  'seed',
  'to',
  'cc',
  'bcc',
  'subject',
  'body',
  'html',
  'format',
  'replyTo',
  'from',
  'wasFrom',
  'return',
  'confirmed',
  'send',
  'hide',
  'never-open',
  'never-subject',
  'never-body',
  'never-attachment',
  'option-priority',
  'option-copy',
  'option-receipt',
  'option-reports',
  'later',
  'later-date',
  'later-time',
  'save',
  'attach',
  'remove',
  'rename',
  'move',
  'discard',
  'identity',
  'template',
  'totext',
  'keep',
  'leave',
  'inline',
  'resolve',
  'other',
]);

/** Bytes of a text field; the longest is the body. */
const longestField = 2 * 1024 * 1024;
/** A request above this is not read to its end. */
const longestRequest = 4 * limits.sum;

/** The request is no form, was cut off, or is far too big; `status` and `message` are for the person. */
export class FormError extends Error {
  readonly status: number;
  constructor(status: number, words: string) {
    super(words);
    this.status = status;
  }
}

/**
 * Reads the whole form. Files over a limit are read past and named in `faults`, so the text of the form survives.
 * Throws FormError; files received until then are removed.
 */
export async function receiveForm(
  req: IncomingMessage,
  t: Translate,
  openUpload: OpenUpload,
): Promise<ComposeForm> {
  if (!/^multipart\/form-data\s*;/i.test(req.headers['content-type'] ?? '')) {
    throw new FormError(400, t('compose.noForm'));
  }
  if (Number(req.headers['content-length'] ?? 0) > longestRequest) {
    throw new FormError(413, t('compose.filesTooLarge'));
  }
  const fields = new Map<string, string>();
  // in the order of the form, though they may be complete in another
  const arrived: (Upload | undefined)[] = [];
  const faults = new Set<string>();
  const receiving: Promise<void>[] = [];
  let sum = 0;
  let read = 0;

  const receive = async (stream: Readable & { truncated?: boolean }, filename: string, type: string) => {
    const name = cleanFileName(filename);
    const place = arrived.push(undefined) - 1;
    const target = await openUpload(fields);
    if (target === undefined) {
      stream.resume();
      return;
    }
    let size = 0;
    try {
      stream.on('data', (chunk: Buffer) => {
        size += chunk.length;
        sum += chunk.length;
      });
      await pipeline(stream, target.handle.createWriteStream());
    } catch (error) {
      await unlink(target.path).catch(() => undefined);
      throw error;
    }
    if (stream.truncated || sum > limits.sum) {
      await unlink(target.path);
      faults.add(t(stream.truncated ? 'compose.fileTooLarge' : 'compose.fileNoRoom', { name }));
      sum -= size;
      return;
    }
    arrived[place] = { path: target.path, name, type: cleanType(type), size };
  };

  try {
    await new Promise<void>((resolve, reject) => {
      let parser: busboy.Busboy;
      try {
        parser = busboy({
          headers: req.headers,
          defParamCharset: 'utf8',
          limits: {
            fieldNameSize: 100,
            fieldSize: longestField,
            fields: limits.fields,
            fileSize: limits.file,
            files: limits.files,
            headerPairs: 50,
          },
        });
      } catch {
        reject(new FormError(400, t('compose.noForm')));
        return;
      }
      parser.on('field', (name, value, info) => {
        if (!(known.has(name) || isNameField(name)) || fields.has(name)) return;
        fields.set(name, value);
        if (info.valueTruncated) faults.add(t('compose.textCut'));
      });
      parser.on('file', (name, stream, info) => {
        // an empty file input is sent as a part without a file name
        if (name !== 'file' || !info.filename) {
          stream.resume();
          return;
        }
        receiving.push(receive(stream, info.filename, info.mimeType));
      });
      parser.on('filesLimit', () => faults.add(t('compose.tooManyFiles', { n: limits.files })));
      parser.on('fieldsLimit', () => faults.add(t('compose.tooManyFields')));
      parser.on('error', () => reject(new FormError(400, t('compose.notWhole'))));
      parser.on('close', resolve);
      req.on('data', (chunk: Buffer) => {
        read += chunk.length;
        if (read > longestRequest) {
          req.unpipe(parser);
          reject(new FormError(413, t('compose.filesTooLarge')));
        }
      });
      req.on('aborted', () => {
        parser.destroy();
        reject(new FormError(400, t('compose.notWhole')));
      });
      req.pipe(parser);
    });
    await Promise.all(receiving);
  } catch (error) {
    await Promise.allSettled(receiving);
    await dropUploads(arrived.filter((upload) => upload !== undefined));
    throw error;
  }
  return { fields, uploads: arrived.filter((upload) => upload !== undefined), faults: [...faults] };
}

/** Removes files of a form that is not going to be saved. */
export async function dropUploads(uploads: readonly Upload[]): Promise<void> {
  await Promise.all(uploads.map((upload) => unlink(upload.path).catch(() => undefined)));
}

/** Only type/subtype of plain tokens goes into our message; parameters are dropped. */
export function cleanType(type: string): string {
  const bare = (type.split(';')[0] ?? '').trim().toLowerCase();
  return /^[a-z0-9][a-z0-9!#$&^_.+-]{0,60}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,60}$/.test(bare) &&
    !/^(?:multipart|message)\//.test(bare)
    ? bare
    : 'application/octet-stream';
}
