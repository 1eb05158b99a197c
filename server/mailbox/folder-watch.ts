// Watching the directories of folders at the role: inotify on new, cur and Courier's keywords, and a look at their times
// behind it, for what inotify does not tell (network file systems, its limits; spec/maildir-imap.md 1.11). No worker is
// held for it. Tells that something happened, soon and not more often than is of use; what, says the index.
import { type FSWatcher, lstat, watch } from 'node:fs';

/** From the first event to the telling, milliseconds: a delivery makes several events. */
const tellAfter = 10;
/** Between two tellings of one folder, milliseconds. */
const tellSpacing = 50;
/** How often directories are looked at, milliseconds: where inotify tells nothing (INBOX, others), and behind it. */
const pollInbox = 1000;
const pollOthers = 5000;
const pollBehind = 30_000;
const tick = 1000;
/** What is subscribed is told of as the folders are (subscription-files.ts). */
const subscriptionFiles: ReadonlySet<string> = new Set(['courierimapsubscribed', 'subscriptions']);
/** Looks at the same time. */
const pollWidth = 16;

/** One directory of a folder that is watched. */
interface Watched {
  readonly path: string;
  watcher: FSWatcher | undefined;
  /** Time and inode at the last look; '' when it was not there. */
  seen: string | undefined;
}

/** A folder that is watched, for all who want to know of it. */
interface WatchedFolder {
  readonly parts: readonly Watched[];
  readonly tell: () => void;
  readonly isInbox: boolean;
  readonly isLocal: boolean;
  timer: NodeJS.Timeout | undefined;
  toldAt: number;
  lookedAt: number;
  isLooking: boolean;
}

export interface DirectoryWatch {
  /**
   * Watches a folder until the function that is given back is called; tells once when the watch has begun.
   * @param isLocal false: others may change it on another machine
   */
  watchFolder(
    path: string,
    options: { readonly isInbox: boolean; readonly isLocal: boolean },
    tell: () => void,
  ): () => void;
  /** Watches the Maildir for folders that come and go, and for subscriptions. */
  watchRoot(path: string, tell: () => void): () => void;
  /** Directories that inotify watches now. */
  readonly watching: number;
  close(): void;
}

/** `most`: directories that inotify may watch; others are looked at. */
export function createDirectoryWatch(most: number): DirectoryWatch {
  const folders = new Set<WatchedFolder>();
  let watching = 0;
  let poller: NodeJS.Timeout | undefined;

  function openWatch(part: Watched, heard: (name: string | null) => void): void {
    if (watching >= most) return;
    try {
      const watcher = watch(part.path, { persistent: false }, (_event, name) => heard(name));
      part.watcher = watcher;
      watching += 1;
      watcher.on('error', () => closeWatch(part));
    } catch {
      // Not there, or no watch left to have: its times are looked at.
    }
  }

  function closeWatch(part: Watched): void {
    if (!part.watcher) return;
    part.watcher.close();
    part.watcher = undefined;
    watching -= 1;
  }

  function noteChange(folder: WatchedFolder): void {
    if (folder.timer) return;
    const wait = Math.max(tellAfter, folder.toldAt + tellSpacing - performance.now());
    folder.timer = setTimeout(() => {
      folder.timer = undefined;
      folder.toldAt = performance.now();
      folder.tell();
    }, wait);
    folder.timer.unref();
  }

  function intervalOf(folder: WatchedFolder): number {
    const isHeard = folder.isLocal && folder.parts.slice(0, 2).every((part) => part.watcher !== undefined);
    if (isHeard) return pollBehind;
    return folder.isInbox ? pollInbox : pollOthers;
  }

  async function look(folder: WatchedFolder): Promise<void> {
    let isChanged = false;
    for (const part of folder.parts) {
      const now = await readStamp(part.path);
      if (part.seen !== undefined && part.seen !== now) {
        isChanged = true;
        // Another directory of the same name: the watch is on one that is gone.
        if (inodeOf(part.seen) !== inodeOf(now)) closeWatch(part);
      }
      part.seen = now;
      if (!part.watcher && now !== '' && folders.has(folder)) openWatch(part, () => noteChange(folder));
    }
    if (isChanged && folders.has(folder)) noteChange(folder);
  }

  /** Looks at those whose time has come; a slow file system is not asked more than so many things at once. */
  function poll(): void {
    const now = performance.now();
    let running = 0;
    for (const folder of folders) {
      if (folder.isLooking || now - folder.lookedAt < intervalOf(folder) - tick / 2) continue;
      // What is not looked at in this round is the first of the next.
      if (++running > pollWidth * 32) break;
      folders.delete(folder);
      folders.add(folder);
      folder.isLooking = true;
      folder.lookedAt = now;
      look(folder).finally(() => {
        folder.isLooking = false;
      });
    }
  }

  /** What may have happened before the watch began is told; where only times tell, they are read first. */
  async function beginLooking(folder: WatchedFolder): Promise<void> {
    if (intervalOf(folder) !== pollBehind) {
      folder.lookedAt = performance.now();
      await look(folder);
    }
    if (folders.has(folder)) noteChange(folder);
  }

  function begin(
    paths: readonly string[],
    options: { readonly isInbox: boolean; readonly isLocal: boolean },
    tell: () => void,
    isOfInterest: (name: string | null) => boolean,
  ): () => void {
    const folder: WatchedFolder = {
      parts: paths.map((path) => ({ path, watcher: undefined, seen: undefined })),
      tell,
      ...options,
      timer: undefined,
      toldAt: Number.NEGATIVE_INFINITY,
      // Spread over the interval, so that thousands are not looked at in one moment.
      lookedAt: performance.now() - Math.random() * pollBehind,
      isLooking: false,
    };
    folders.add(folder);
    for (const part of folder.parts) {
      openWatch(part, (name) => {
        if (isOfInterest(name)) noteChange(folder);
      });
    }
    if (!poller) {
      poller = setInterval(poll, tick);
      poller.unref();
    }
    void beginLooking(folder);
    return () => {
      if (!folders.delete(folder)) return;
      clearTimeout(folder.timer);
      for (const part of folder.parts) closeWatch(part);
      if (folders.size > 0) return;
      clearInterval(poller);
      poller = undefined;
    };
  }

  return {
    watchFolder: (path, options, tell) =>
      begin([`${path}/new`, `${path}/cur`, `${path}/courierimapkeywords`], options, tell, () => true),
    watchRoot: (path, tell) =>
      // Files of the Maildir itself (maildirsize, lists of UIDs) change all the time; folders begin with a dot.
      begin(
        [path],
        { isInbox: false, isLocal: true },
        tell,
        (name) => name === null || name.startsWith('.') || subscriptionFiles.has(name),
      ),
    get watching() {
      return watching;
    },
    close() {
      for (const folder of folders) {
        clearTimeout(folder.timer);
        for (const part of folder.parts) closeWatch(part);
      }
      folders.clear();
      clearInterval(poller);
    },
  };
}

function readStamp(path: string): Promise<string> {
  return new Promise((resolve) => {
    lstat(path, { bigint: true }, (error, stats) => resolve(error ? '' : `${stats.ino} ${stats.mtimeNs}`));
  });
}

const inodeOf = (stamp: string): string => stamp.split(' ', 1)[0]!;
