// The mailbox through UIDs at the role: questions go to the account's index worker, those that clients poll with only when
// something changed (still-answers.ts); messages are opened here. What each call promises is told in uid-types.ts.
import type { NearMessages } from './near-messages.ts';
import { openAsIndexed } from './opening.ts';
import type { Call } from './protocol.ts';
import type { About, StillAnswers } from './still-answers.ts';
import type { FolderChanges, FolderEntry, UidMailbox } from './uid-types.ts';

/** What is there of UidMailbox. */
export type UidReading = Pick<
  UidMailbox,
  'list' | 'status' | 'open' | 'changesSince' | 'openMessage' | 'store' | 'expunge' | 'watch'
>;

/** Directories of folders by name, as the last answers said. */
export type KnownDirectories = Map<string, string>;

export function createUidMailbox(
  call: Call,
  still: StillAnswers,
  directories: KnownDirectories,
  near: Pick<NearMessages, 'place'>,
  owner: () => Promise<number>,
  watch: UidMailbox['watch'],
): UidReading {
  // One that is another folder's now is found out by the times of the Maildir.
  let folders: readonly string[] | undefined;

  const aboutFolder = (folder: string, since = 0): About | undefined => {
    const directory = directories.get(folder);
    return directory === undefined ? undefined : { folder: directory, since };
  };
  /** True: the directory was known before the question, and was the right one. */
  function learn(folder: string, answer: { readonly directory: string } | undefined): boolean {
    const known = directories.get(folder);
    if (known === answer?.directory) return known !== undefined;
    if (answer === undefined || directories.size >= 1000) directories.clear();
    if (answer !== undefined) directories.set(folder, answer.directory);
    return false;
  }
  function learnFolders(entries: readonly FolderEntry[]): boolean {
    const known = folders;
    folders = entries.map(({ directory }) => directory);
    return known?.length === folders.length && known.every((directory, at) => directory === folders![at]);
  }

  return {
    list: () => still.ask('list', folders && { folders }, () => call('uidList'), learnFolders),
    status: (folder) =>
      still.ask(
        `status ${folder}`,
        aboutFolder(folder),
        () => call('uidStatus', folder),
        (status) => learn(folder, status),
      ),
    async open(folder, isReadOnly) {
      const snapshot = await call('uidOpen', folder, isReadOnly);
      learn(folder, snapshot);
      return snapshot;
    },
    changesSince: (folder, modseq, isReadOnly) =>
      still.ask(
        `changes ${isReadOnly} ${folder}`,
        aboutFolder(folder, modseq),
        () => call('uidChanges', folder, modseq, isReadOnly),
        (changes) => learn(folder, changes) && hasNothing(changes),
      ),
    store: (folder, uids, change, unchangedSince) => call('uidStore', folder, uids, change, unchangedSince),
    expunge: (folder, uids) => call('uidExpunge', folder, uids),
    watch,
    async openMessage(folder, uid) {
      // What the role sees itself can be old; then the worker is asked.
      let place = near.place(folder, uid);
      return openAsIndexed(
        await owner(),
        async () => {
          const found = place ?? (await call('uidPlace', folder, uid));
          place = undefined;
          return found;
        },
        (name) => call('refresh', name),
      );
    },
  };
}

const hasNothing = (changes: FolderChanges | undefined): boolean =>
  changes !== undefined &&
  !changes.isCut &&
  changes.changed.length + changes.vanished.length + changes.recentUids.length === 0;
