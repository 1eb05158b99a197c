// Finding and reading .qmail files with the checks of qmail-local (spec/qmail.md 6.2) and of security.md F2:
// regular, not writable by others, and readable by the user who controls the address, also when we run as root.
// A symbolic link is followed only to a file of that same user: ezmlm links lists that way.
// Answers are kept by identity of file and home, so that a known address costs one lstat and no read.
import { constants, type Stats } from 'node:fs';
import {
  describeError,
  dropFile,
  errorCode,
  lookAtName,
  openFile,
  readWhole,
  shareCalls,
  statFile,
} from '../maildir/calls.ts';
import type { Outcome } from '../outcome.ts';
import { temporary } from '../outcome.ts';
import {
  type DotQmailCandidate,
  type Instruction,
  isSafeCandidate,
  listDotQmailCandidates,
  parseDotQmail,
} from './dot-qmail.ts';

/** A .qmail file that rules. */
export interface DotQmailFile {
  /** No bytes at all: the default delivery rules instead. */
  readonly isEmpty: boolean;
  readonly lines: readonly Instruction[];
}

/** Whom the file serves. */
export interface FileOwner {
  readonly uid: number;
  readonly gid: number;
}

export interface DotQmailReader {
  /**
   * Searches a home. `homeStats` is a stat of it taken for this delivery. Undefined: no file. An outcome: qmail-local
   * would stop here.
   */
  find(
    home: string,
    homeStats: Stats,
    owner: FileOwner,
    dash: string,
    ext: string,
  ): Promise<{ readonly file: DotQmailFile; readonly default: string | undefined } | Outcome | undefined>;
}

export interface DotQmailReaderOptions {
  /** Mode bits that a file must not have: conf-patrn. */
  readonly forbiddenMode: number;
  /** How old a look at a file may be, in milliseconds. */
  readonly trustMs?: number | undefined;
}

interface Stamp {
  readonly dev: number;
  readonly ino: number;
  readonly size: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
}

/** A file that changed less than this ago may change again within the same tick of the clock. */
const settledAfter = 1000;
const maxFileBytes = 4_194_304;
const maxKeptBytes = 16_384;
const maxKept = 4096;

export function createDotQmailReader(options: DotQmailReaderOptions): DotQmailReader {
  const files = new Map<string, { readonly stamp: Stamp; readonly file: DotQmailFile }>();
  // Which candidate an address has, as long as its home directory is unchanged.
  const choices = new Map<
    string,
    { readonly stamp: Stamp; readonly candidate: DotQmailCandidate | undefined }
  >();

  const statShared = shareCalls(lookAtName, options.trustMs);

  async function find(home: string, homeStats: Stats, owner: FileOwner, dash: string, ext: string) {
    const key = `${home}\0${dash}\0${ext}`;
    const choice = choices.get(key);
    if (choice && isSame(choice.stamp, homeStats)) {
      if (choice.candidate === undefined) return undefined;
      const file = await read(`${home}/${choice.candidate.name}`, owner);
      if (file) return 'code' in file ? file : { file, default: choice.candidate.default };
    }
    let simple = true;
    for (const candidate of listDotQmailCandidates(dash, ext)) {
      if (!isSafeCandidate(candidate.name)) continue;
      // What lies in a directory below the home changes without the home.
      if (candidate.name.includes('/')) simple = false;
      const file = await read(`${home}/${candidate.name}`, owner);
      if (file === undefined) continue;
      if ('code' in file) return file;
      if (simple) keep(choices, key, homeStats, candidate);
      return { file, default: candidate.default };
    }
    if (simple) keep(choices, key, homeStats, undefined);
    return undefined;
  }

  function keep(
    map: typeof choices,
    key: string,
    stats: Stats,
    candidate: DotQmailCandidate | undefined,
  ): void {
    if (!isSettled(stats)) return;
    makeRoom(map);
    map.set(key, { stamp: stampOf(stats), candidate });
  }

  async function read(path: string, owner: FileOwner): Promise<DotQmailFile | Outcome | undefined> {
    const key = `${owner.uid}\0${owner.gid}\0${path}`;
    try {
      const named = await statShared(path);
      const known = files.get(key);
      if (known && isSame(known.stamp, named)) return known.file;
      const linked = named.isSymbolicLink();
      if (!linked && !named.isFile()) return undefined;
      // O_NONBLOCK: a FIFO that took the place of the file must not hold us.
      const flags = constants.O_RDONLY | constants.O_NONBLOCK | (linked ? 0 : constants.O_NOFOLLOW);
      const descriptor = await openFile(path, flags);
      try {
        const stats = await statFile(descriptor);
        if (!stats.isFile()) return undefined;
        if (!mayRead(stats, owner, linked)) return cannotOpen(path, { code: 'EACCES' });
        if (stats.mode & options.forbiddenMode) {
          return temporary('Uh-oh: .qmail file is writable. (#4.7.0)');
        }
        if (stats.size > maxFileBytes) return cannotOpen(path, { code: 'file is too large' });
        const content = await readWhole(descriptor, maxFileBytes);
        const file: DotQmailFile = {
          isEmpty: content.length === 0,
          lines: parseDotQmail(content.toString('utf8'), (stats.mode & 0o100) !== 0),
        };
        if (!linked && content.length <= maxKeptBytes && isSettled(stats)) {
          makeRoom(files);
          files.set(key, { stamp: stampOf(stats), file });
        }
        return file;
      } finally {
        dropFile(descriptor);
      }
    } catch (error) {
      // qmail-local qmeexists: these say that there is no such file; anything else may pass.
      if (['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP'].includes(errorCode(error))) return undefined;
      return cannotOpen(path, error);
    }
  }

  return { find };
}

const cannotOpen = (path: string, error: unknown): Outcome =>
  temporary(`Unable to open ${path.slice(path.lastIndexOf('/') + 1)}: ${describeError(error)}. (#4.3.0)`);

/** What the kernel would say to that user; we may be root. A link must not lend somebody else's file. */
function mayRead(stats: Stats, owner: FileOwner, linked: boolean): boolean {
  if (stats.uid === owner.uid) return (stats.mode & 0o400) !== 0;
  if (linked) return false;
  if (stats.gid === owner.gid) return (stats.mode & 0o040) !== 0;
  return (stats.mode & 0o004) !== 0;
}

const isSettled = (stamp: Stamp): boolean => Math.abs(Date.now() - stamp.ctimeMs) > settledAfter;

const stampOf = ({ dev, ino, size, mtimeMs, ctimeMs }: Stats): Stamp => ({
  dev,
  ino,
  size,
  mtimeMs,
  ctimeMs,
});

const isSame = (stamp: Stamp, stats: Stats): boolean =>
  stamp.ino === stats.ino &&
  stamp.ctimeMs === stats.ctimeMs &&
  stamp.mtimeMs === stats.mtimeMs &&
  stamp.size === stats.size &&
  stamp.dev === stats.dev;

function makeRoom(map: Map<string, unknown>): void {
  if (map.size < maxKept) return;
  for (const key of map.keys()) {
    map.delete(key);
    return;
  }
}
