// What one client did itself, so that NOTIFY does not tell it of that as of news (RFC 5465 5: SHOULD omit). Stands between
// the session and the mailbox: what goes through is noted, nothing is changed.
import type { UidMailbox } from '../mailbox/uid-types.ts';
import type { Session } from './session.ts';

export class OwnChanges {
  /** The mailbox, through which changes are noted. */
  readonly uids: Session['uids'];
  /** Folders that were made, removed, renamed or subscribed. */
  readonly names = new Set<string>();
  /** Messages of the folder that is open were expunged: the command tells of that. */
  hasRemoved = false;
  /** Messages that were put into a folder, since somebody asked. */
  readonly #added = new Map<string, number[]>();

  constructor(mailbox: Session['uids']) {
    const noteAdded = (folder: string, uids: readonly number[]): void => {
      const known = this.#added.get(folder) ?? [];
      this.#added.set(folder, known.concat(uids));
    };
    const noteNames = (...folders: string[]): void => {
      for (const folder of folders) this.names.add(folder.normalize('NFC'));
    };
    const overrides: Partial<UidMailbox> = {
      append: async (folder, messages) => {
        const result = await mailbox.append(folder, messages);
        noteAdded(folder, result.uids);
        return result;
      },
      copy: async (folder, uids, to) => {
        const result = await mailbox.copy(folder, uids, to);
        noteAdded(
          to,
          result.pairs.map(([, uid]) => uid),
        );
        return result;
      },
      move: async (folder, uids, to) => {
        this.hasRemoved = true;
        const result = await mailbox.move(folder, uids, to);
        noteAdded(
          to,
          result.pairs.map(([, uid]) => uid),
        );
        return result;
      },
      expunge: (folder, uids) => {
        this.hasRemoved = true;
        return mailbox.expunge(folder, uids);
      },
      createFolder: (folder, specialUse) => {
        noteNames(folder);
        return mailbox.createFolder(folder, specialUse);
      },
      removeFolder: (folder) => {
        noteNames(folder);
        return mailbox.removeFolder(folder);
      },
      renameFolder: (folder, to) => {
        noteNames(folder, to);
        return mailbox.renameFolder(folder, to);
      },
      setSubscribed: (folder, isSubscribed) => {
        noteNames(folder);
        return mailbox.setSubscribed(folder, isSubscribed);
      },
    };
    this.uids = Object.assign(Object.create(mailbox) as Session['uids'], overrides);
  }

  /** UIDs that were put into a folder since the last question. */
  takeAdded(folder: string): readonly number[] {
    const added = this.#added.get(folder) ?? [];
    this.#added.delete(folder);
    return added;
  }

  /** Folders into which something was put that nobody asked for are forgotten. */
  forget(): void {
    this.#added.clear();
    this.names.clear();
    this.hasRemoved = false;
  }
}
