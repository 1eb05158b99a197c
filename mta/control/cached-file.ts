// A file or directory that is read again only when it changed: control files, users/cdb, vpasswd.cdb, a home's names.
// A change is seen at the next call, whoever made it, by identity (device, inode, size, mtime, ctime). Two writes within
// one tick of the file system's clock would look the same, so what was read right after a change is not trusted yet and
// read again. A missing file is a state like any other: parse gets undefined.
import { statSync } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isKnownLocal } from '../maildir/file-system.ts';

/** File system clocks tick at 1 to 10 ms; a file younger than this may still change under the same identity. */
const SETTLED_MS = 100;

/** Reads whole files of at most this many bytes; a larger one is refused. */
const MAX_BYTES = 1 << 30;

interface Loaded<T> {
  readonly identity: string;
  readonly value: T;
}

/** What is loaded from one path, kept as long as the path's identity stays. */
class Cached<T> {
  readonly path: string;
  readonly #load: () => Promise<Loaded<T>>;
  #identity = '';
  #checkedAt = Number.NEGATIVE_INFINITY;
  #loading: Promise<Loaded<T>> | undefined;
  /** A look at the file that is under way, for those who trust one. */
  #looking: { readonly since: number; readonly value: Promise<T> } | undefined;

  constructor(path: string, load: () => Promise<Loaded<T>>) {
    this.path = path;
    this.#load = load;
  }

  /**
   * The value as it is now. `trustMs`: a look at the file that is no older than so many milliseconds is good enough;
   * for questions that a stranger can ask a thousand times a second. Throws what loading throws; the next call tries again.
   */
  read(trustMs = 0): Promise<T> {
    if (trustMs === 0) return this.#look(performance.now());
    const now = performance.now();
    if (this.#loading !== undefined && now - this.#checkedAt < trustMs) return this.#loaded(this.#loading);
    if (this.#looking && now - this.#looking.since < trustMs) return this.#looking.value;
    // Many who ask in the same moment share one look.
    const looking = { since: now, value: this.#look(now) };
    this.#looking = looking;
    const forget = (): void => {
      if (this.#looking === looking) this.#looking = undefined;
    };
    looking.value.then(forget, forget);
    return looking.value;
  }

  async #loaded(loading: Promise<Loaded<T>>): Promise<T> {
    return (await loading).value;
  }

  async #look(now: number): Promise<T> {
    const identity = await identify(this.path);
    let loading = this.#loading;
    if (loading === undefined || identity === '' || identity !== this.#identity) {
      loading = this.#load();
      this.#loading = loading;
      this.#identity = identity;
    }
    try {
      const loaded = await loading;
      if (this.#loading === loading) {
        this.#identity = loaded.identity;
        this.#checkedAt = now;
      }
      return loaded.value;
    } catch (error) {
      if (this.#loading === loading) this.#loading = undefined;
      throw error;
    }
  }
}

/** A file and what it means. */
export class CachedFile<T> extends Cached<T> {
  /**
   * `parse` makes the value from the bytes (undefined: no such file); when it throws, so does `read`. `large`: a file of
   * more than so many bytes is not read, and this stands for it.
   */
  constructor(
    path: string,
    parse: (bytes: Buffer | undefined, path: string) => T | Promise<T>,
    large?: { readonly above: number; readonly value: T } | undefined,
  ) {
    super(path, async () => {
      const { bytes, identity, isLarge } = await readWithIdentity(path, large?.above);
      return { identity, value: isLarge && large ? large.value : await parse(bytes, path) };
    });
  }
}

/** The names in a directory that a rule picks; undefined when there is no such directory. */
export class CachedNames extends Cached<ReadonlySet<string> | undefined> {
  constructor(path: string, picks: (name: string) => boolean) {
    super(path, async () => {
      const identity = await identify(path);
      try {
        return { identity, value: new Set((await readdir(path)).filter(picks)) };
      } catch (error) {
        if (isMissing(error)) return { identity: 'missing', value: undefined };
        throw error;
      }
    });
  }
}

/** Cached things by path, the least recently used forgotten above `limit`. */
export class CachedPaths<C> {
  readonly #make: (path: string) => C;
  readonly #limit: number;
  readonly #kept = new Map<string, C>();

  constructor(make: (path: string) => C, limit = 1000) {
    this.#make = make;
    this.#limit = limit;
  }

  get(path: string): C {
    const known = this.#kept.get(path);
    const cached = known ?? this.#make(path);
    if (known !== undefined) this.#kept.delete(path);
    this.#kept.set(path, cached);
    if (this.#kept.size > this.#limit) this.#kept.delete(this.#kept.keys().next().value!);
    return cached;
  }
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

/**
 * On a file system of this machine the look is made at once: it takes three microseconds, through the thread pool twenty
 * times as long, and every request of every page asks for some. One that others serve (NFS) may let it wait: there the
 * pool waits.
 */
async function identify(path: string): Promise<string> {
  try {
    const local = isKnownLocal(dirname(path));
    if (typeof local === 'boolean' ? !local : !(await local)) return identityOf(await stat(path));
    const stamp = statSync(path, { throwIfNoEntry: false });
    return stamp ? identityOf(stamp) : 'missing';
  } catch (error) {
    if (isMissing(error)) return 'missing';
    throw error;
  }
}

async function readWithIdentity(
  path: string,
  most = Number.POSITIVE_INFINITY,
): Promise<{ bytes: Buffer | undefined; identity: string; isLarge: boolean }> {
  let file: Awaited<ReturnType<typeof open>>;
  try {
    file = await open(path, 'r');
  } catch (error) {
    if (isMissing(error)) return { bytes: undefined, identity: 'missing', isLarge: false };
    throw error;
  }
  try {
    // The identity is taken before the bytes: a change in between makes the next call read again.
    const stamp = await file.stat();
    if (stamp.isDirectory())
      throw Object.assign(new Error(`${path}: EISDIR: is a directory`), { code: 'EISDIR' });
    if (!stamp.isFile()) throw new Error(`${path}: not a regular file`);
    if (stamp.size > most) return { bytes: undefined, identity: identityOf(stamp), isLarge: true };
    if (stamp.size > MAX_BYTES)
      throw new Error(`${path}: ${stamp.size} bytes are more than the limit of 1 GiB`);
    return { bytes: await file.readFile(), identity: identityOf(stamp), isLarge: false };
  } finally {
    await file.close();
  }
}

/** ENOENT or ENOTDIR: there is no such file. */
export function isMissing(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return code === 'ENOENT' || code === 'ENOTDIR';
}
