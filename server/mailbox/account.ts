// One open account inside the index worker: its Maildir, its index file, and the calls of the mailbox on them.
// A damaged index is set aside and built anew in the middle of a call, which is then done again. Closing ends the
// background work first. The calls that move file content (reading, appending) are made by the role: mailboxes.ts.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../../mta/log.ts';
import { makeMaildir } from '../../mta/maildir/create.ts';
import { isLocalDirectory } from '../../mta/maildir/file-system.ts';
import type { NameSource } from '../../mta/maildir/name.ts';
import { createAclCalls } from './acl-calls.ts';
import {
  addStored,
  folderForAction,
  moveMessages,
  removeMessages,
  restoreMessages,
  setFlags,
} from './actions.ts';
import { createAnnotationCalls } from './annotation-calls.ts';
import {
  type AccountContext,
  createExclusive,
  type FolderState,
  folderPath,
  lstatExact,
  waitAtMost,
} from './context.ts';
import { findConversationIds, listConversations, readConversation } from './conversation-read.ts';
import { MailboxUnavailableError } from './errors.ts';
import { directCalls, pooledCalls } from './file-calls.ts';
import { giveRole, removeEmptyFolder, sweepRemovedFolders } from './folder-changes.ts';
import { discoverFolders, findFolder, findRole, makeFolder, makeRole, showFolders } from './folders.ts';
import type { ColumnAnswer } from './held-pages.ts';
import { indexFileName } from './index-name.ts';
import { createJunkCalls } from './junk-learning.ts';
import { createLessons } from './lessons.ts';
import { createLetterCalls } from './letter-calls.ts';
import { createBytesCalls } from './message-bytes.ts';
import { findNeighbours } from './neighbours.ts';
import { createOpCalls } from './op-calls.ts';
import { readCounts, unreadByIndex } from './order.ts';
import { createParser } from './parsing.ts';
import { createPop3Calls } from './pop3-calls.ts';
import type { AccountCalls, CallName, IndexReader } from './protocol.ts';
import { createReaderState, findMatchingIds, listMessages, locateMessage } from './read.ts';
import { canonicalName, describeFolder, sortFolders, specialRoles } from './roles.ts';
import { refreshFolder } from './scan.ts';
import { type IndexDatabase, isDamage, openIndex, setAside } from './schema.ts';
import { readSubscriptions } from './subscription-files.ts';
import { refreshAll } from './sweep.ts';
import type { Folder } from './types.ts';
import { createUidCalls } from './uid-calls.ts';
import { keepWhatIsLeft, outliveReserved, releaseReserved } from './uid-reserve.ts';
import type { Quota } from './uid-types.ts';
import { hasQuotaFile, readQuota } from './usage.ts';

export interface AccountOptions {
  readonly address: string;
  readonly maildir: string;
  readonly state: string;
  readonly log: Log;
  readonly names: NameSource;
  /** A look behind somebody's back found changes in a folder. */
  tellChange(folder: string): void;
  readonly reader: IndexReader;
  /** qmail's home, for its control files; undefined: the junk filter learns nothing. */
  readonly qmail?: string | undefined;
  /** Milliseconds from a move to its lesson; tests do not wait. */
  readonly learnAfter?: number | undefined;
  /** Calls for any account of this worker that are being answered. */
  readonly busy: { calls: number };
}

export interface OpenAccount {
  /** The types of arguments and answer are those of AccountCalls; both come over a message channel. */
  call(name: CallName, args: readonly unknown[]): Promise<unknown>;
  close(): Promise<void>;
}

interface Opened {
  readonly context: AccountContext;
  readonly calls: AccountCalls;
  close(): Promise<void>;
}

export function createAccount(options: AccountOptions): OpenAccount {
  let opened: Promise<Opened> | undefined;
  let closed = false;

  const open = (): Promise<Opened> => {
    if (closed) throw new Error('the mailbox is closed');
    opened ??= openAccount(options).catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };

  /** Sets the damaged index aside, once for all calls that met the damage. */
  async function rebuild(broken: Promise<Opened>, reason: string): Promise<void> {
    if (opened !== broken) return;
    opened = (async () => {
      await (await broken).close();
      const path = join(options.state, 'index', indexFileName(options.address, options.maildir));
      await setAside(path, reason, options.log);
      return openAccount(options);
    })().catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    await opened;
  }

  return {
    async call(name, args) {
      for (let round = 0; ; round++) {
        const current = open();
        const { calls, context } = await current;
        context.busy.calls += 1;
        try {
          return await (calls[name] as (...values: readonly unknown[]) => Promise<unknown>)(...args);
        } catch (error) {
          if (round >= 2 || closed) throw error;
          if (isDamage(error)) await rebuild(current, error instanceof Error ? error.message : '');
          else if (opened === current) throw error;
        } finally {
          context.busy.calls -= 1;
        }
      }
    },
    async close() {
      closed = true;
      const last = await opened?.catch(() => undefined);
      await last?.close();
    },
  };
}

async function openAccount(options: AccountOptions): Promise<Opened> {
  const { maildir, names, log } = options;
  let stats = await lstatExact(maildir);
  if (!stats) {
    await makeMaildir(maildir);
    stats = await lstatExact(maildir);
  }
  if (!stats?.isDirectory()) throw new MailboxUnavailableError(`${maildir}: not a directory`);
  const [uid, gid] = [Number(stats.uid), Number(stats.gid)];
  if (!(await lstatExact(`${maildir}/tmp`))) await makeMaildir(maildir, { owner: { uid, gid } });
  const db = await openIndex(options.state, indexFileName(options.address, maildir), log);
  await outliveCrash(db);
  const isLocal = await isLocalDirectory(maildir);
  const closing = new AbortController();
  const folders = new Map<string, FolderState>();
  const parser = createParser(() => context);
  const context: AccountContext = {
    maildir,
    log,
    db,
    names,
    uid,
    gid,
    // Others (NFS) get the second that Dovecot gives them (spec/maildir-imap.md 1.11).
    dirtyWindow: isLocal ? 50 : 1000,
    files: isLocal ? directCalls : pooledCalls,
    folders,
    lessons: createLessons(db, (id) => [...folders.values()].find((folder) => folder.id === id)),
    parsing: new Map(),
    reader: options.reader,
    tellChange: options.tellChange,
    busy: options.busy,
    waiting: { calls: 0, until: 0 },
    exclusive: createExclusive(),
    folderMoves: 0,
    wakeParser: (folder) => parser.wake(folder),
    closing: closing.signal,
  };
  const close = async (): Promise<void> => {
    await releaseReserved(context).catch(() => {
      // An index that cannot be read any more reserves nothing.
    });
    closing.abort();
    await parser.settled();
    for (const folder of context.folders.values()) {
      clearTimeout(folder.verifyTimer);
      clearTimeout(folder.keepTimer);
      await folder.scanning?.catch(() => {});
      await folder.numbering?.catch(() => {});
    }
    await Promise.allSettled(context.parsing.values());
    db.close();
  };
  try {
    await discoverFolders(context);
  } catch (error) {
    await close();
    throw error;
  }
  parser.wake(undefined);
  keepWhatIsLeft(context);
  void sweepRemovedFolders(context).catch(() => {
    // The listing of the folders meets the same error and tells it.
  });
  return { context, calls: createCalls(context, options.qmail, options.learnAfter), close };
}

/**
 * After the machine went down the index may lack what it last told (synchronous NORMAL): MODSEQs go on from the clock,
 * which is past all that were given, so that none is given twice (RFC 7162 3.1.2.1).
 */
async function outliveCrash(db: IndexDatabase): Promise<void> {
  const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'latin1').catch(() => '')).trim();
  const last = db.pluck<string>("SELECT value FROM fact WHERE name = 'boot'")[0];
  if (boot === '' || boot === last) return;
  db.transaction(() => {
    if (last !== undefined) {
      db.run('UPDATE folder SET modseq = max(modseq + 1000, ?)', Date.now());
      outliveReserved(db);
    }
    db.run("INSERT OR REPLACE INTO fact (name, value) VALUES ('boot', ?)", boot);
  });
}

function createCalls(
  context: AccountContext,
  qmail: string | undefined,
  learnAfter: number | undefined,
): AccountCalls {
  const state = createReaderState();
  const readColumn = async (): Promise<ColumnAnswer> => {
    await waitAtMost(refreshAll(context, state), 500);
    const column = {
      folders: describeFolders(context, await readSubscriptions(context)),
      quota: await readLimits(context),
    };
    const folders = [...context.folders.values()];
    // What is still being read is not in the answer, which waits for it only so long.
    const isRead = !state.sweeping && folders.every((one) => !one.scanning && one.expected === undefined);
    return { ...column, directories: isRead ? folders.map(({ directory }) => directory) : undefined };
  };
  return {
    async ensureFolder(name) {
      if (!findFolder(context, name)) await context.exclusive(() => makeFolder(context, name));
    },
    async folderFor(role) {
      if (role === 'inbox') return 'INBOX';
      const found = findRole(context, role);
      if (found && (await lstatExact(`${folderPath(context, found)}/cur`))) return found.name;
      await discoverFolders(context);
      return (await context.exclusive(() => makeRole(context, role))).name;
    },
    giveRole: (role, folder) => context.exclusive(() => giveRole(context, role, folder)),
    removeEmptyFolder: (name) => context.exclusive(() => removeEmptyFolder(context, name)),
    showFolders: (shown, hidden) => context.exclusive(() => showFolders(context, shown, hidden)),
    column: readColumn,
    async list(query) {
      const { page } = await listMessages(context, state, query);
      // Nobody holds another.
      return page!;
    },
    async listWithFolders(query, held) {
      const found = await listMessages(context, state, query, held);
      return { ...found, ...(await readColumn()) };
    },
    async listConversations(query, withMessages, held) {
      const found = await listConversations(context, state, query, withMessages, held);
      return { ...found, ...(await readColumn()) };
    },
    conversation: (id, folder, limit, before) => readConversation(context, state, id, folder, limit, before),
    idsOfConversations: (ids, folder) => findConversationIds(context, state, ids, folder),
    find: (id, folder) => locateMessage(context, state, id, folder),
    neighbours: (id, query) => findNeighbours(context, state, id, query),
    async findInList(id, folder, query) {
      const located = await locateMessage(context, state, id, folder);
      const neighbours = located && (await findNeighbours(context, state, id, query));
      return { located, neighbours, ...(await readColumn()) };
    },
    setFlags: (ids, add, remove, folder) =>
      context.exclusive(() => setFlags(context, ids, add, remove, folder)),
    move: (ids, toFolder, folder) => context.exclusive(() => moveMessages(context, ids, toFolder, folder)),
    remove: (ids, folder) => context.exclusive(() => removeMessages(context, ids, folder)),
    restore: (undo) => context.exclusive(() => restoreMessages(context, undo)),
    idsMatching: (query, upTo, limit) => findMatchingIds(context, state, query, upTo, limit),
    async refresh(name) {
      if (name === undefined) {
        await discoverFolders(context);
        for (const folder of [...context.folders.values()]) {
          await refreshFolder(context, folder, { moveNew: false, verify: 'now' });
        }
        return;
      }
      const folder = findFolder(context, name);
      if (folder) await refreshFolder(context, folder, { moveNew: false, verify: 'now' });
    },
    async storagePlace(name) {
      const folder = await context.exclusive(() => folderForAction(context, name));
      return { path: folderPath(context, folder), folder: folder.name, uid: context.uid, gid: context.gid };
    },
    stored: (folder, name) => addStored(context, folder, name),
    async owner() {
      return { uid: context.uid };
    },
    ...createUidCalls(context),
    ...createPop3Calls(context),
    ...createOpCalls(context),
    ...createLetterCalls(context),
    ...createAclCalls(context),
    ...createAnnotationCalls(context),
    ...createBytesCalls(context),
    ...createJunkCalls(context, qmail, learnAfter),
  };
}

/** The quota where there is one. */
async function readLimits(context: AccountContext): Promise<Quota | undefined> {
  const quota = (await hasQuotaFile(context)) ? await readQuota(context) : undefined;
  return quota?.bytes.limit || quota?.messages.limit ? quota : undefined;
}

/**
 * All folders with counts; special ones that are not made yet are shown empty (spec/webmail.md F1). An account that
 * subscribed to nothing hides nothing.
 */
function describeFolders(context: AccountContext, subscribed: readonly string[]): readonly Folder[] {
  const list: Folder[] = [];
  const shown = new Set(subscribed);
  for (const folder of context.folders.values()) {
    const counts = readCounts(context, folder);
    const { pending } = unreadByIndex(counts, folder);
    const isHidden = shown.size > 0 && folder.role === 'folder' && !shown.has(folder.name);
    const described = describeFolder(folder.name, folder.role, counts.total, counts.unread, pending);
    list.push(isHidden ? { ...described, isHidden } : described);
  }
  for (const role of specialRoles) {
    if (!findRole(context, role)) list.push(describeFolder(canonicalName(role), role, 0, 0));
  }
  return sortFolders(list);
}
