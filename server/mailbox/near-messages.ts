// A few small messages read by the role itself: where they are out of the index (near-index.ts), their bytes by an open and a
// read that do not wait, as they mostly lie in the page cache. One that is large, renamed since, gone or no message of
// this mailbox is left out: who asks goes the long way, through the worker and the thread pool, which finds it or says why not.
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { messagePath } from './context.ts';
import { ascending, isWhole, storedFacts, unpackFacts } from './facts.ts';
import type { NearIndex, ReadRows } from './near-index.ts';
import type { UidPlace } from './uid-calls.ts';
import type { FactName, MessageBeginning, MessageFacts } from './uid-types.ts';

/** So many messages at most are read here at once; more are the worker's, which works while the role writes. */
export const fewMessages = 4;
/** Bytes of a file that are read at once: the role stands still meanwhile. */
export const nearMost = 64 * 1024;

export interface NearMessages {
  place(folder: string, uid: number): UidPlace | undefined;
  /** All facts of all of these messages, ascending by UID; undefined when something of them is not stored. */
  facts(
    folder: string,
    uids: readonly number[],
    names: readonly FactName[],
  ): readonly MessageFacts[] | undefined;
  /** The first bytes of each, at most so many. Undefined: the index is not read here. */
  beginnings(
    folder: string,
    uids: readonly number[],
    most: number,
  ): Map<number, MessageBeginning> | undefined;
}

/** Of the Maildir of `owner`. `directoryOf` gives a folder's directory, undefined while it is not known. */
export function createNearMessages(
  index: NearIndex,
  { path: maildir, owner }: { readonly path: string; readonly owner: number },
  directoryOf: (folder: string) => string | undefined,
): NearMessages {
  const placeQuery = `SELECT m.base, m.info, m.in_new FROM message m
    WHERE m.folder = (SELECT id FROM folder WHERE directory = ?) AND m.uid > 0 AND m.uid = ?`;
  function placeIn(rows: ReadRows, folder: string, directory: string, uid: number): UidPlace | undefined {
    const [base, info, inNew] = rows(placeQuery, directory, uid)[0] ?? [];
    if (typeof base !== 'string') return undefined;
    const file = { base, info: String(info), in_new: Number(inNew) };
    return { path: messagePath({ maildir }, { directory }, file), base, folder };
  }
  return {
    place(folder, uid) {
      const directory = directoryOf(folder);
      if (directory === undefined) return undefined;
      return index.ask((rows) => placeIn(rows, folder, directory, uid));
    },
    facts(folder, uids, names) {
      const directory = directoryOf(folder);
      if (directory === undefined || uids.length > fewMessages) return undefined;
      const wanted = ascending(uids);
      return index.ask((rows) => {
        const packed = storedFacts(rows, directory, wanted, names);
        return packed && isWhole(packed, wanted.length) ? unpackFacts(packed, names) : undefined;
      });
    },
    beginnings(folder, uids, most) {
      const directory = directoryOf(folder);
      if (directory === undefined || uids.length > fewMessages) return undefined;
      return index.ask((rows) => {
        const found = new Map<number, MessageBeginning>();
        for (const uid of uids) {
          const place = placeIn(rows, folder, directory, uid);
          const read = place && readNear(place.path, owner, most);
          if (read) found.set(uid, read);
        }
        return found;
      });
    },
  };
}

/**
 * The first bytes of a file of this owner. Undefined: there is none (security.md F2: no link is followed, nothing but a
 * regular file is read), or it is longer than both `most` and what is read at once, or it changes its length.
 */
export function readNear(path: string, owner: number, most: number): MessageBeginning | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
  try {
    const stats = fstatSync(descriptor);
    const { size } = stats;
    const length = Math.min(size, most);
    if (!stats.isFile() || stats.uid !== owner || length > nearMost) return undefined;
    const bytes = Buffer.allocUnsafe(length);
    for (let at = 0; at < length; ) {
      const read = readSync(descriptor, bytes, at, length - at, at);
      if (read === 0) return undefined;
      at += read;
    }
    return { bytes, size };
  } catch {
    return undefined;
  } finally {
    closeSync(descriptor);
  }
}
