// The calls of the mailbox through UIDs that change folders and messages or search them (uid-types.ts), inside the index
// worker, and their part at the role. Each first brings the folders it names up to date. Changes run one after another;
// reading does not wait for them.

import { toWire } from '../message/imap/line-ends.ts';
import type { SortCriterion } from '../message/imap/sort.ts';
import type { ThreadAlgorithm } from '../message/imap/thread.ts';
import { copyAnnotations } from './annotation-calls.ts';
import { type AccountContext, type FolderState, folderPath } from './context.ts';
import { ascending, isWhole, mostAsked, type PackedFacts, packFacts, unpackFacts } from './facts.ts';
import { createFolder, removeFolder, renameFolder, requireFolder } from './folder-changes.ts';
import { findFolder, folderStyle } from './folders.ts';
import { readTimes } from './listing.ts';
import { mostMessages } from './message-bytes.ts';
import { type NearMessages, nearMost } from './near-messages.ts';
import type { Call } from './protocol.ts';
import {
  changeSharedSubscription,
  changeSubscriptions,
  readSharedSubscriptions,
  readSubscriptions,
} from './subscription-files.ts';
import {
  type AppendCalls,
  appendMessages,
  reserveForAppend,
  type StoringTools,
  takeAppended,
} from './uid-append.ts';
import { syncFolder } from './uid-calls.ts';
import { copyMessages, moveMessages } from './uid-copy.ts';
import { readNumbering } from './uid-merge.ts';
import { createSearchState, searchAtSight, searchFolder } from './uid-search.ts';
import { type SortTables, sortFolder, threadFolder } from './uid-sort.ts';
import { removeMessages } from './uid-store.ts';
import {
  type CopyResult,
  type FactName,
  MailboxRefusal,
  type MessageBeginning,
  type MessageFacts,
  type Quota,
  type SearchKey,
  type UidMailbox,
} from './uid-types.ts';
import { hasQuotaFile, readQuota } from './usage.ts';

export interface OpCalls extends AppendCalls {
  opFacts(folder: string, uids: readonly number[], names: readonly FactName[]): Promise<PackedFacts>;
  opCopy(folder: string, uids: readonly number[], to: string): Promise<CopyResult>;
  opMove(folder: string, uids: readonly number[], to: string): Promise<CopyResult>;
  opSearch(folder: string, key: SearchKey): Promise<Uint32Array>;
  opSort(folder: string, uids: Uint32Array, criteria: readonly SortCriterion[]): Promise<Uint32Array>;
  opThread(folder: string, uids: Uint32Array, algorithm: ThreadAlgorithm): Promise<string>;
  opCreate(folder: string, specialUse: string | undefined): Promise<void>;
  opRemove(folder: string): Promise<void>;
  opRename(folder: string, to: string): Promise<void>;
  opSubscribe(folder: string, isSubscribed: boolean): Promise<void>;
  opSubscriptions(): Promise<readonly string[]>;
  opSubscribeShared(folder: string, isSubscribed: boolean): Promise<void>;
  opSharedSubscriptions(): Promise<readonly string[]>;
  opQuota(): Promise<Quota>;
}

export function createOpCalls(context: AccountContext): OpCalls {
  const searches = createSearchState();
  const tables: SortTables = new Map();

  async function need(name: string): Promise<FolderState> {
    const folder = await syncFolder(context, name, { moveNew: false, looksAtFile: false });
    if (!folder) throw new MailboxRefusal('no such folder', 'There is no folder of this name.');
    return folder;
  }

  async function rename(name: string, to: string): Promise<void> {
    if (!/^inbox$/i.test(name)) return renameFolder(context, name, to);
    // RFC 9051 6.3.6: INBOX stays; its messages go to the new folder, those below it stay.
    await createFolder(context, to, undefined);
    const inbox = await need('INBOX');
    const uids = context.db.pluck<number>('SELECT uid FROM message WHERE folder = ? AND uid > 0', inbox.id);
    const target = await need(to);
    await copyAnnotations(context, inbox, target);
    await moveMessages(context, inbox, uids, target);
  }

  return {
    async opFacts(name, uids, names) {
      // What a session was told of is in the index: the directories are only looked at when it is not.
      const known = findFolder(context, name);
      const facts = known && (await packFacts(context, known, uids, names));
      if (facts && isWhole(facts, uids.length)) return facts;
      return packFacts(context, await need(name), uids, names);
    },
    opCopy: (name, uids, to) =>
      context.exclusive(async () => copyMessages(context, await need(name), uids, await need(to))),
    async opMove(name, uids, to) {
      const [moved, same] = await context.exclusive(async () => {
        const [folder, target] = [await need(name), await need(to)];
        if (folder !== target) return [await moveMessages(context, folder, uids, target)] as const;
        return [await copyMessages(context, folder, uids, folder), folder] as const;
      });
      // RFC 6851 4.4: in the same folder it gives new UIDs, as a copy does whose source goes; removing waits its own turn.
      if (same !== undefined) {
        const from = moved.pairs.map(([uid]) => uid);
        await removeMessages(context, same, from);
      }
      return moved;
    },
    async opSearch(name, key) {
      const known = findFolder(context, name);
      const early = known?.sight && (await searchAtSight(context, known, known.sight, key));
      return early ?? searchFolder(context, searches, await need(name), key);
    },
    opSort: async (name, uids, criteria) =>
      sortFolder(
        context,
        tables,
        searches.columns,
        findFolder(context, name) ?? (await need(name)),
        uids,
        criteria,
      ),
    opThread: async (name, uids, algorithm) =>
      threadFolder(context, tables, findFolder(context, name) ?? (await need(name)), uids, algorithm),
    opCreate: (name, use) => context.exclusive(() => createFolder(context, name, use)),
    opRemove: (name) => context.exclusive(() => removeFolder(context, name)),
    opRename: (name, to) => context.exclusive(() => rename(name, to)),
    opSubscribe: (name, isSubscribed) =>
      context.exclusive(() =>
        changeSubscriptions(context, folderStyle(context), (before) => {
          const wanted = /^inbox$/i.test(name) ? 'INBOX' : name.normalize('NFC');
          const others = before.filter((other) => other !== wanted);
          return isSubscribed ? (others.length < before.length ? before : [...before, wanted]) : others;
        }),
      ),
    opSubscriptions: () => readSubscriptions(context),
    opSubscribeShared: (folder, isSubscribed) =>
      context.exclusive(() =>
        changeSharedSubscription(context, folderStyle(context), folder.normalize('NFC'), isSubscribed),
      ),
    opSharedSubscriptions: () => readSharedSubscriptions(context),
    opQuota: () => readQuota(context),
    async appendPlace(name) {
      const folder = await requireFolder(context, name);
      const { uid, gid } = context;
      const hasQuota = folder.directory !== '.Trash' && (await hasQuotaFile(context));
      const before = (await readTimes(context, folder))?.cur;
      return { path: folderPath(context, folder), folder: folder.name, uid, gid, hasQuota, before };
    },
    async reserveForAppend(name, bytes, count) {
      await reserveForAppend(context, await requireFolder(context, name), bytes, count);
    },
    async releaseForAppend(name, bytes, count) {
      await reserveForAppend(context, await requireFolder(context, name), -bytes, -count);
    },
    async takeAppended(name, files, before) {
      const known = findFolder(context, name);
      // UIDs of a folder that was never read cannot be given.
      const isRead = known && known.curMtime !== '' && readNumbering(context.db, known.id)?.uid_validity;
      return takeAppended(context, isRead ? known : await need(name), files, before);
    },
  };
}

/** What is here of UidMailbox. */
export type OpMailbox = Pick<
  UidMailbox,
  | 'facts'
  | 'copy'
  | 'move'
  | 'append'
  | 'search'
  | 'sort'
  | 'thread'
  | 'createFolder'
  | 'removeFolder'
  | 'renameFolder'
  | 'setSubscribed'
  | 'subscriptions'
  | 'setSharedSubscribed'
  | 'sharedSubscriptions'
  | 'quota'
  | 'readAcl'
  | 'readBeginnings'
  | 'readWholes'
  | 'changeAcl'
  | 'readAnnotations'
  | 'changeAnnotations'
>;

/** Is each of these messages there, to its end? */
const isAllOf = (messages: ReadonlyMap<number, MessageBeginning>, uids: readonly number[]): boolean =>
  messages.size === uids.length && [...messages.values()].every(({ bytes, size }) => bytes.length === size);

/** Messages as they go over the wire. */
const wiresOf = (messages: ReadonlyMap<number, MessageBeginning>): ReadonlyMap<number, Buffer> =>
  new Map([...messages].map(([uid, { bytes }]) => [uid, toWire(bytes, 0)]));

/** The same at the role; `near` answers for a few messages without the worker. */
export function createOpMailbox(call: Call, tools: StoringTools, near: NearMessages): OpMailbox {
  const appendCalls: AppendCalls = {
    appendPlace: (folder) => call('appendPlace', folder),
    reserveForAppend: (folder, bytes, count) => call('reserveForAppend', folder, bytes, count),
    releaseForAppend: (folder, bytes, count) => call('releaseForAppend', folder, bytes, count),
    takeAppended: (folder, files, before) => call('takeAppended', folder, files, before),
  };
  return {
    async facts(folder, uids, names) {
      const stored = near.facts(folder, uids, names);
      if (stored) return stored;
      const wanted = ascending(uids);
      const facts: MessageFacts[][] = [];
      for (let i = 0; i < wanted.length; i += mostAsked) {
        facts.push(unpackFacts(await call('opFacts', folder, wanted.slice(i, i + mostAsked), names), names));
      }
      return facts.length === 1 ? facts[0]! : facts.flat();
    },
    copy: (folder, uids, to) => call('opCopy', folder, uids, to),
    move: (folder, uids, to) => call('opMove', folder, uids, to),
    append: (folder, messages) => appendMessages(appendCalls, folder, messages, tools),
    search: (folder, key) => call('opSearch', folder, key),
    sort: (folder, uids, criteria) => call('opSort', folder, uids, criteria),
    thread: (folder, uids, algorithm) => call('opThread', folder, uids, algorithm),
    createFolder: (folder, specialUse) => call('opCreate', folder, specialUse),
    removeFolder: (folder) => call('opRemove', folder),
    renameFolder: (folder, to) => call('opRename', folder, to),
    setSubscribed: (folder, isSubscribed) => call('opSubscribe', folder, isSubscribed),
    subscriptions: () => call('opSubscriptions'),
    setSharedSubscribed: (folder, isSubscribed) => call('opSubscribeShared', folder, isSubscribed),
    sharedSubscriptions: () => call('opSharedSubscriptions'),
    quota: () => call('opQuota'),
    async readBeginnings(folder, uids, most) {
      const read = near.beginnings(folder, uids, most);
      if (read?.size === uids.length) return read;
      const beginnings = new Map<number, MessageBeginning>();
      for (let from = 0; from < uids.length; from += mostMessages) {
        const packed = await call('bytesRead', folder, uids.slice(from, from + mostMessages), most);
        const { buffer, byteOffset } = packed.bytes;
        for (const [index, uid] of packed.uids.entries()) {
          const start = packed.starts[index]!;
          const bytes = Buffer.from(buffer, byteOffset + start, packed.starts[index + 1]! - start);
          beginnings.set(uid, { bytes, size: packed.sizes[index]! });
        }
      }
      return beginnings;
    },
    async readWholes(folder, uids, into) {
      const read = near.beginnings(folder, uids, nearMost);
      if (read && isAllOf(read, uids)) return { asked: uids.length, messages: wiresOf(read) };
      const { asked, uids: found, starts, bytes } = await call('wholesRead', folder, uids, into);
      const whole = bytes ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length) : Buffer.from(into!);
      const messages = new Map(
        found.map((uid, index) => [uid, whole.subarray(starts[index], starts[index + 1])] as const),
      );
      return { asked, messages };
    },
    readAcl: (folder) => call('aclRead', folder),
    changeAcl: (folder, identifier, rights) => call('aclChange', folder, identifier, rights),
    readAnnotations: (folder) => call('annotationsRead', folder),
    changeAnnotations: (folder, changes) => call('annotationsChange', folder, changes),
  };
}
