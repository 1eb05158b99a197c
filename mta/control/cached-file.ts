// A file that is read again only when it changed: control files, users/cdb, vpasswd.cdb.
// A change is seen at the next call, whoever made it, by the file's identity (device, inode, size, mtime, ctime).
// Two writes within one tick of the file system's clock would look the same, so what was read right after a change is
// not trusted yet and read again. A missing file is a state like any other: parse gets undefined.
import { open, stat } from 'node:fs/promises';

/** File system clocks tick at 1 to 10 ms; a file younger than this may still change under the same identity. */
const SETTLED_MS = 100;

/** Reads whole files of at most this many bytes; a larger one is refused. */
const MAX_BYTES = 1 << 30;

export class CachedFile<T> {
  readonly path: string;
  readonly #parse: (bytes: Buffer | undefined, path: string) => T | Promise<T>;
  #identity = '';
  #loading: Promise<Loaded<T>> | undefined;

  /** `parse` makes the value from the bytes (undefined: no such file); when it throws, so does `read`. */
  constructor(path: string, parse: (bytes: Buffer | undefined, path: string) => T | Promise<T>) {
    this.path = path;
    this.#parse = parse;
  }

  /** The value of the file as it is now. Throws what reading (but ENOENT) and parsing throw; the next call tries again. */
  async read(): Promise<T> {
    const identity = await identify(this.path);
    let loading = this.#loading;
    if (loading === undefined || identity === '' || identity !== this.#identity) {
      loading = this.#load();
      this.#loading = loading;
      this.#identity = identity;
    }
    try {
      const loaded = await loading;
      if (this.#loading === loading) this.#identity = loaded.identity;
      return loaded.value;
    } catch (error) {
      if (this.#loading === loading) this.#loading = undefined;
      throw error;
    }
  }

  async #load(): Promise<Loaded<T>> {
    const { bytes, identity } = await readWithIdentity(this.path);
    return { identity, value: await this.#parse(bytes, this.path) };
  }
}

interface Loaded<T> {
  readonly identity: string;
  readonly value: T;
}

interface Stamp {
  readonly dev: number;
  readonly ino: number;
  readonly size: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
}

/** '' is the identity of what may still change unseen: it equals nothing. */
function identityOf(stamp: Stamp): string {
  if (Math.abs(Date.now() - stamp.ctimeMs) < SETTLED_MS) return '';
  return `${stamp.dev}:${stamp.ino}:${stamp.size}:${stamp.mtimeMs}:${stamp.ctimeMs}`;
}

async function identify(path: string): Promise<string> {
  try {
    return identityOf(await stat(path));
  } catch (error) {
    if (isMissing(error)) return 'missing';
    throw error;
  }
}

async function readWithIdentity(path: string): Promise<{ bytes: Buffer | undefined; identity: string }> {
  let file: Awaited<ReturnType<typeof open>>;
  try {
    file = await open(path, 'r');
  } catch (error) {
    if (isMissing(error)) return { bytes: undefined, identity: 'missing' };
    throw error;
  }
  try {
    // The identity is taken before the bytes: a change in between makes the next call read again.
    const stamp = await file.stat();
    if (!stamp.isFile()) throw new Error(`${path}: not a regular file`);
    if (stamp.size > MAX_BYTES)
      throw new Error(`${path}: ${stamp.size} bytes are more than the limit of 1 GiB`);
    return { identity: identityOf(stamp), bytes: await file.readFile() };
  } finally {
    await file.close();
  }
}

/** ENOENT or ENOTDIR: there is no such file. */
export function isMissing(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return code === 'ENOENT' || code === 'ENOTDIR';
}
