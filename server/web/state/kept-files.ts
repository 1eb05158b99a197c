// Things that can be made or fetched again, kept on disk for a while: pictures of the web, cleaned HTML. A directory of
// files named by the hash of their key; a file that is old counts as gone, and when all of them together are too large
// the oldest go. Losing one loses nothing. Files are put in place whole. Several processes may share the directory.
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Log, quoted } from '../../../mta/log.ts';

export interface KeptFiles {
  get(key: string): Promise<Buffer | undefined>;
  /** Never rejects: what could not be kept is made again. */
  put(key: string, bytes: Buffer): Promise<void>;
}

export interface KeptFilesOptions {
  readonly directory: string;
  /** Bytes of all together. */
  readonly most: number;
  /** Milliseconds that one is good for. */
  readonly life: number;
  readonly log: Log;
  readonly now: () => number;
}

export function openKeptFiles(options: KeptFilesOptions): KeptFiles {
  const { directory, most, life, log, now } = options;
  const pathOf = (key: string): string => join(directory, createHash('sha256').update(key).digest('hex'));
  /** Bytes that may be there; measured at the first put and after each sweep. */
  let total: number | undefined;
  let sweeping: Promise<void> | undefined;

  async function sweep(): Promise<void> {
    const files: { path: string; size: number; at: number }[] = [];
    for (const name of await readdir(directory)) {
      const path = join(directory, name);
      const status = await stat(path).catch(() => undefined); // another process may have taken it
      if (status?.isFile()) files.push({ path, size: status.size, at: status.mtimeMs });
    }
    files.sort((a, b) => b.at - a.at);
    let kept = 0;
    for (const file of files) {
      // To nine tenths, so that the next few have room.
      if (now() - file.at < life && kept + file.size <= most * 0.9) kept += file.size;
      else await unlink(file.path).catch(() => undefined);
    }
    total = kept;
  }

  return {
    async get(key) {
      const path = pathOf(key);
      try {
        const { mtimeMs } = await stat(path);
        return now() - mtimeMs < life ? await readFile(path) : undefined;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
          log(`web: ${quoted(path)}: ${quoted(String(error))}`);
        return undefined;
      }
    },
    async put(key, bytes) {
      if (bytes.length > most / 4) return;
      const path = pathOf(key);
      const fresh = `${path}.${randomBytes(6).toString('hex')}`;
      try {
        await mkdir(directory, { recursive: true, mode: 0o700 });
        await writeFile(fresh, bytes, { mode: 0o600, flag: 'wx' });
        await rename(fresh, path);
        total = total === undefined ? undefined : total + bytes.length;
        if (total === undefined || total > most) {
          sweeping ??= sweep().finally(() => {
            sweeping = undefined;
          });
          await sweeping;
        }
      } catch (error) {
        log(`web: ${quoted(path)} is not kept: ${quoted(String(error))}`);
        await unlink(fresh).catch(() => undefined);
      }
    },
  };
}
