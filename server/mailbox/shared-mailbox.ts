// The mailbox of an account together with the folders that others share with it (RFC 4314; Courier's `#shared.`). Such a
// folder is called `/account.Folder` here, which no folder of a Maildir can be called; every call on it goes to its
// owner's own mailbox and index, after the owner's list was asked whether it may. What the right of lookup does not
// show is not there for any call. Flags are the folder's, seen by all; what is stored counts for its owner.
// How a client names these folders is the session's affair.

import { quoted } from '../../mta/log.ts';
import type { AclEntry } from '../../mta/maildir/acl.ts';
import { describeError, errorCode } from '../../mta/maildir/calls.ts';
import { domainOf, type SharedOwner, type Viewer } from './shared-accounts.ts';
import { copyAcross } from './shared-copy.ts';
import type { SharedFolders } from './shared-folders.ts';
import { readSharedLists, rightsOf } from './shared-listing.ts';
import { permitMessages, permitStore } from './shared-rights.ts';
import { type FolderEntry, MailboxRefusal, type UidMailbox } from './uid-types.ts';

/** All that may be done in a folder, in Courier's letters. */
export const allRights = 'aceilrstwx';

export const isShared = (folder: string): boolean => folder.startsWith('/');

export interface SharedEntry extends Omit<FolderEntry, 'mailboxId' | 'directory'> {
  readonly rights: string;
}

/** What a session has: one's own folders, and those of others that one may see. */
export interface ReachableMailbox extends UidMailbox {
  /** What may be done in a folder now; all in one's own. Undefined: for this account there is no such folder. */
  rightsOn(folder: string): Promise<string | undefined>;
  /** Folders of others that may be seen. */
  listShared(): Promise<readonly SharedEntry[]>;
  /** Address of the account whose folder it is. */
  ownerOf(folder: string): Promise<string>;
}

/** A folder in the mailbox that holds it. */
interface Place {
  readonly uids: UidMailbox;
  readonly folder: string;
  readonly rights: string;
  readonly address: string;
}

/** Milliseconds that rights are believed while many messages of one command are read. */
const believedFor = 1000;
/** Accounts that are looked at together. */
const width = 8;

const missing = (): MailboxRefusal =>
  new MailboxRefusal('no such folder', 'There is no folder of this name.');
const notAllowed = (message = ''): MailboxRefusal => new MailboxRefusal('no right', message);

export function createReachableMailbox(
  own: UidMailbox,
  viewer: Viewer,
  shared: SharedFolders,
): ReachableMailbox {
  /** Stands for the sessions at this mailbox, who tell each other. */
  const self = {};
  const believed = new Map<string, { readonly place: Place; readonly at: number }>();

  async function ownerPlace(owner: SharedOwner, folder: string): Promise<Place> {
    const { account, isForeign } = owner;
    if (isForeign)
      throw notAllowed('This account belongs to another user of the system; its folders are not served');
    const { uids } = await sharedFolders().mailboxes.open(account);
    const { address } = account;
    return { uids, folder, address, rights: await rightsAt(uids, folder, address) };
  }

  function sharedFolders(): SharedFolders {
    if (!shared.accounts.isOn) throw missing();
    return shared;
  }

  async function rightsAt(uids: UidMailbox, folder: string, address: string): Promise<string> {
    try {
      return rightsOf(await uids.readAcl(folder), viewer.address, domainOf(address));
    } catch (error) {
      if (error instanceof MailboxRefusal) return '';
      throw error;
    }
  }

  /** The folder, also one that may not be seen; undefined: there is no such account. */
  async function locate(name: string): Promise<Place | undefined> {
    if (!isShared(name)) return { uids: own, folder: name, rights: allRights, address: viewer.address };
    const found = await sharedFolders().accounts.find(viewer, name.slice(1));
    return found && ownerPlace(found.owner, found.folder);
  }

  /** A folder in which this may be done. @throws MailboxRefusal */
  async function reach(name: string, ...needed: readonly string[]): Promise<Place> {
    const place = await locate(name);
    if (!place?.rights.includes('l')) throw missing();
    if (needed.some((right) => !place.rights.includes(right))) throw notAllowed();
    if (isShared(name)) {
      if (believed.size > 100) believed.clear();
      believed.set(name, { place, at: performance.now() });
    }
    return place;
  }

  const changed = (...places: readonly Pick<Place, 'address' | 'folder'>[]): void => {
    for (const { address, folder } of places) shared.tell(address, folder, self);
  };

  /** The same for reading one message after the other. */
  async function reachToRead(name: string): Promise<Place> {
    const known = believed.get(name);
    if (known && performance.now() - known.at < believedFor && known.place.rights.includes('r'))
      return known.place;
    return reach(name, 'r');
  }

  /** Undefined where `reach` finds no folder. */
  const look = (name: string, ...needed: readonly string[]): Promise<Place | undefined> =>
    reach(name, ...needed).catch((error: unknown) => {
      if (error instanceof MailboxRefusal && error.refusal === 'no such folder') return undefined;
      throw error;
    });

  /** The nearest folder above a name that is there; in the end INBOX. */
  async function parentOf(name: string): Promise<Place | undefined> {
    for (let above = name; above !== ''; ) {
      above = above.slice(0, Math.max(0, above.lastIndexOf('.')));
      const place = above === '' ? undefined : await locate(above);
      if (place === undefined) return undefined;
      if (place.folder === 'INBOX' || (await place.uids.status(place.folder))) return place;
    }
    return undefined;
  }

  /** Where a folder of another can be made: RFC 4314 4, `k` of what is above it. */
  async function newPlace(name: string): Promise<{ readonly target: Place; readonly parent: Place }> {
    const [target, parent] = [await locate(name), await parentOf(name)];
    if (target?.folder === 'INBOX' && target.rights.includes('l'))
      throw new MailboxRefusal('exists', 'There is a folder of this name.');
    if (!target || !parent || target.address !== parent.address || !parent.rights.includes('c'))
      throw notAllowed();
    return { target, parent };
  }

  /** One's own new folder; INBOX is above none of them, so that who shares it does not share all that comes. */
  async function ownPlace(
    folder: string,
  ): Promise<{ readonly target: Place; readonly parent: Place | undefined }> {
    const place = { uids: own, rights: allRights, address: viewer.address };
    const parent = shared.accounts.isOn && folder.includes('.') ? await parentOf(folder) : undefined;
    return { target: { ...place, folder }, parent };
  }

  /** RFC 4314 4, CREATE: rights are those of the folder above; who makes it for another can use it by these alone. */
  async function inherit(target: Place, parent: Place): Promise<void> {
    for (const { identifier, rights } of await parent.uids.readAcl(parent.folder)) {
      if (/^(owner|administrators)$/.test(identifier)) continue;
      const refusal = await target.uids.changeAcl(target.folder, identifier, rights);
      if (refusal !== undefined)
        shared.log(`imapd: rights of a new folder of ${target.address} are not all those above it`);
    }
  }

  async function changeAcl(
    name: string,
    identifier: string,
    rights: string | undefined,
  ): Promise<string | undefined> {
    const { uids, folder, address } = await reach(name, 'a');
    const refusal = await uids.changeAcl(folder, identifier, rights);
    if (refusal !== undefined || !shared.accounts.isOn) return refusal;
    await noteChange(name, address);
    return undefined;
  }

  async function noteChange(name: string, address: string): Promise<void> {
    if (!isShared(name)) return shared.noteAcl(address, viewer.maildir);
    const found = await shared.accounts.find(viewer, name.slice(1));
    if (found) await shared.noteAcl(address, found.owner.account.maildir);
  }

  /** RFC 5464 3.3: `l` and one of these. */
  async function reachAnnotations(name: string): Promise<Place> {
    const place = await reach(name);
    if (!/[rswi]/.test(place.rights)) throw notAllowed();
    return place;
  }

  async function carry(
    verb: 'copy' | 'move',
    folder: string,
    uids: readonly number[],
    to: string,
  ): ReturnType<UidMailbox['copy']> {
    // RFC 6851 4.1: what COPY, STORE of \Deleted and EXPUNGE need.
    const source = await reach(folder, ...(verb === 'move' ? ['r', 't', 'e'] : ['r']));
    const target = await reach(to, 'i');
    const mayKeepFlags = ['s', 't', 'w'].every((right) => target.rights.includes(right));
    if (source.address === target.address && mayKeepFlags) {
      const done = await source.uids[verb](source.folder, uids, target.folder);
      changed(source, target);
      return done;
    }
    const result = await copyAcross(source, uids, target);
    changed(target);
    if (verb === 'move' && result.pairs.length > 0) {
      const copied = result.pairs.map(([from]) => from);
      await source.uids.store(source.folder, copied, { mode: 'add', flags: 'T', keywords: [] });
      await source.uids.expunge(source.folder, copied);
      changed(source);
    }
    return result;
  }

  /** One Maildir that cannot be read keeps no other out of a list. */
  async function readLists(maildir: string): ReturnType<typeof readSharedLists> {
    try {
      return await readSharedLists(maildir);
    } catch (error) {
      // What may not be looked at is of another user of the system, and said so to who names it.
      if (errorCode(error) !== 'EACCES')
        shared.log(`imapd: shared folders of ${quoted(maildir)} not listed: ${describeError(error)}`);
      return undefined;
    }
  }

  async function listShared(): Promise<readonly SharedEntry[]> {
    if (!shared.accounts.isOn) return [];
    const subscribed = new Set(await own.sharedSubscriptions());
    const found: SharedEntry[] = [];
    let waiting: Promise<void>[] = [];
    for await (const { level, entry } of shared.accounts.entries(viewer)) {
      if (shared.isQuiet(entry.maildir)) continue;
      waiting.push(
        (async () => {
          const lists = await readLists(entry.maildir);
          if (lists === undefined) return;
          if (lists.length === 0) return shared.noteQuiet(entry.maildir);
          const owner = await shared.accounts.ownerOf(viewer, level, entry);
          if (owner === undefined || owner.isForeign) return;
          for (const { folder, entries } of lists) {
            const rights = rightsOf(entries, viewer.address, domainOf(owner.account.address));
            const name = folder === 'INBOX' ? `/${level}` : `/${level}.${folder}`;
            if (rights.includes('l'))
              found.push({ folder: name, rights, specialUse: undefined, isSubscribed: subscribed.has(name) });
          }
        })(),
      );
      if (waiting.length < width) continue;
      await Promise.all(waiting);
      waiting = [];
    }
    await Promise.all(waiting);
    return found;
  }

  function watch(listener: (folder: string | undefined) => void, folders?: readonly string[]): () => void {
    const ours = folders?.filter((name) => !isShared(name));
    const hear = (owner: string, tell: (folder: string) => void, of: readonly string[] | undefined) =>
      shared.hear(owner, { tell, folders: of, who: self });
    const stops: (() => void)[] = [];
    if (ours === undefined || ours.length > 0)
      stops.push(own.watch(listener, ours), hear(viewer.address, listener, ours));
    let isOver = false;
    for (const name of folders?.filter(isShared) ?? []) {
      void look(name).then(
        (place) => {
          if (isOver || place === undefined) return;
          const tell = (): void => listener(name);
          const of = [place.folder];
          stops.push(place.uids.watch(tell, of), hear(place.address, tell, of));
        },
        // The next command on it meets the same error.
        () => undefined,
      );
    }
    return () => {
      isOver = true;
      for (const stop of stops.splice(0)) stop();
    };
  }

  return {
    list: () => own.list(),
    listShared,
    rightsOn: async (name) => {
      const place = await locate(name);
      return place?.rights.includes('l') ? place.rights : undefined;
    },
    ownerOf: async (name) => (await reach(name)).address,
    async status(name) {
      const place = await look(name, 'r');
      const status = await place?.uids.status(place.folder);
      return status && { ...status, folder: name };
    },
    async open(name, isReadOnly) {
      const place = await look(name, 'r');
      const snapshot = await place?.uids.open(place.folder, isReadOnly);
      return snapshot && { ...snapshot, folder: name };
    },
    async changesSince(name, modseq, isReadOnly) {
      const place = await look(name);
      // A folder that may not be read any more is as good as gone for who has it open.
      if (!place?.rights.includes('r')) return undefined;
      const changes = await place.uids.changesSince(place.folder, modseq, isReadOnly);
      return changes && { ...changes, folder: name };
    },
    async facts(name, uids, names) {
      const place = await reachToRead(name);
      return place.uids.facts(place.folder, uids, names);
    },
    async readBeginnings(name, uids, most) {
      const place = await reachToRead(name);
      return place.uids.readBeginnings(place.folder, uids, most);
    },
    async readWholes(name, uids, into) {
      const place = await reachToRead(name);
      return place.uids.readWholes(place.folder, uids, into);
    },
    async openMessage(name, uid) {
      const place = await reachToRead(name);
      return place.uids.openMessage(place.folder, uid);
    },
    async store(name, uids, change, unchangedSince) {
      const place = await reach(name);
      const result = await permitStore(place, uids, change, unchangedSince);
      changed(place);
      return result;
    },
    copy: (folder, uids, to) => carry('copy', folder, uids, to),
    move: (folder, uids, to) => carry('move', folder, uids, to),
    async expunge(name, uids) {
      const place = await reach(name, 'e');
      const gone = await place.uids.expunge(place.folder, uids);
      changed(place);
      return gone;
    },
    async append(name, messages) {
      const place = await reach(name, 'i');
      const stored = await place.uids.append(place.folder, permitMessages(messages, place.rights));
      changed(place);
      return stored;
    },
    async search(name, key) {
      const place = await reach(name, 'r');
      return place.uids.search(place.folder, key);
    },
    async sort(name, uids, criteria) {
      const place = await reach(name, 'r');
      return place.uids.sort(place.folder, uids, criteria);
    },
    async thread(name, uids, algorithm) {
      const place = await reach(name, 'r');
      return place.uids.thread(place.folder, uids, algorithm);
    },
    async createFolder(name, specialUse) {
      const { target, parent } = isShared(name) ? await newPlace(name) : await ownPlace(name);
      await target.uids.createFolder(target.folder, specialUse);
      if (parent) await inherit(target, parent);
    },
    async removeFolder(name) {
      const place = await reach(name, 'x');
      await place.uids.removeFolder(place.folder);
      changed(place);
    },
    async renameFolder(name, to) {
      const source = await reach(name, 'x');
      if (!isShared(name) && !isShared(to)) {
        await own.renameFolder(name, to);
        return changed(source);
      }
      const { target } = await newPlace(to);
      if (source.address !== target.address)
        throw new MailboxRefusal('bad name', 'A mailbox cannot move to another account');
      if (source.folder === 'INBOX') throw new MailboxRefusal('reserved', 'INBOX stays where it is.');
      await source.uids.renameFolder(source.folder, target.folder);
      changed(source);
    },
    setSubscribed: (name, isSubscribed) =>
      isShared(name) ? own.setSharedSubscribed(name, isSubscribed) : own.setSubscribed(name, isSubscribed),
    async subscriptions() {
      if (!shared.accounts.isOn) return own.subscriptions();
      return [...(await own.subscriptions()), ...(await own.sharedSubscriptions())];
    },
    setSharedSubscribed: (name, isSubscribed) => own.setSharedSubscribed(name, isSubscribed),
    sharedSubscriptions: () => own.sharedSubscriptions(),
    quota: () => own.quota(),
    async readAcl(name): Promise<readonly AclEntry[]> {
      const place = await reach(name, 'a');
      return place.uids.readAcl(place.folder);
    },
    changeAcl,
    async readAnnotations(name) {
      if (!isShared(name)) return own.readAnnotations(name);
      const place = await reachAnnotations(name);
      const all = await place.uids.readAnnotations(place.folder);
      // The private ones are the owner's.
      return new Map([...all].filter(([entry]) => entry.startsWith('/shared/')));
    },
    async changeAnnotations(name, changes) {
      if (!isShared(name)) return own.changeAnnotations(name, changes);
      const place = await reachAnnotations(name);
      if (!place.rights.includes('w')) throw notAllowed();
      if (changes.some(({ entry }) => !entry.startsWith('/shared/')))
        throw notAllowed('Private annotations are kept of your own mailboxes only');
      return place.uids.changeAnnotations(place.folder, changes);
    },
    watch,
  };
}
