// The mailboxes of a role: the one way in which web, IMAP and POP3 read and change mail.
// Calls go to index workers (threads, each for some of the accounts); file content never does: messages are opened,
// read and stored here, on the paths the index gives. A worker that dies takes its running calls with it as errors and
// is started again by the next call; the index is a cache, so nothing is lost.
import { hostname as systemHostname } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Log } from '../../mta/log.ts';
import { quoted } from '../../mta/log.ts';
import { createDirectorySync } from '../../mta/maildir/directory-sync.ts';
import { createNameSource } from '../../mta/maildir/name.ts';
import { type AccountWatches, createAccountWatches } from './account-watch.ts';
import { storeMessage } from './append.ts';
import { fromPlainError, toPlainError } from './errors.ts';
import { createDirectoryWatch } from './folder-watch.ts';
import { createHeldPages } from './held-pages.ts';
import { indexFileName } from './index-name.ts';
import { createNearIndexes } from './near-index.ts';
import { createNearMessages } from './near-messages.ts';
import { createOpMailbox } from './op-calls.ts';
import { openAsIndexed } from './opening.ts';
import { createPageReader } from './packed-rows.ts';
import { createPop3Mailbox } from './pop3-mailbox.ts';
import type {
  AccountCalls,
  Call,
  CallName,
  FromWorker,
  IndexReader,
  ToWorker,
  WorkerStart,
} from './protocol.ts';
import { createStillAnswers } from './still-answers.ts';
import { createStillColumns } from './still-columns.ts';
import type { Mailbox, Mailboxes } from './types.ts';
import { createUidMailbox, type KnownDirectories } from './uid-mailbox.ts';

export { FolderNameError, MailboxUnavailableError, NoSuchFolderError } from './errors.ts';

export interface MailboxesOptions {
  /** State directory of the site; the index files go into its `index/`. */
  readonly state: string;
  /** qmail's home: where its control/junkfilter says so, the accounts' filters learn what is moved. */
  readonly qmail?: string | undefined;
  /** Milliseconds from a move to its lesson; tests do not wait. */
  readonly learnAfter?: number | undefined;
  readonly reader: IndexReader;
  readonly log: Log;
  /** For names of new files; the system's name unless given. */
  readonly hostname?: string | undefined;
  /** Index workers; 2 unless given. An account always has the same one. */
  readonly workers?: number | undefined;
  /** Accounts kept open at most, over all workers; 64 unless given. */
  readonly open?: number | undefined;
  /** Directories that inotify may watch; 20,000 unless given. Others are looked at. */
  readonly watches?: number | undefined;
}

/** How long an account that was opened is believed to be there, milliseconds; each call finds out for itself. */
const openedFor = 60_000;
/** Makes the mailboxes of a role. Workers start with the first call for one of their accounts. */
export function createMailboxes(options: MailboxesOptions): Mailboxes {
  const count = Math.max(1, options.workers ?? 2);
  const start: WorkerStart = {
    state: options.state,
    hostname: options.hostname ?? systemHostname(),
    qmail: options.qmail,
    learnAfter: options.learnAfter,
    open: Math.max(1, Math.ceil((options.open ?? 64) / count)),
  };
  const workers: (IndexWorker | undefined)[] = [];
  const names = createNameSource(start.hostname);
  const directorySync = createDirectorySync();
  const watches = createAccountWatches(createDirectoryWatch(options.watches ?? 20_000), options.log);
  const heldPage = createHeldPages();
  const stillColumns = createStillColumns();
  const nearIndexes = createNearIndexes();
  const owners = new Map<string, { readonly uid: number; readonly at: number }>();
  let closing: Promise<void> | undefined;

  function workerFor(address: string): IndexWorker {
    let sum = 0;
    for (const byte of Buffer.from(address)) sum = (sum * 31 + byte) % 65_521;
    const index = sum % count;
    const running = workers[index];
    if (running?.alive) return running;
    const fresh = startWorker(start, options, watches);
    workers[index] = fresh;
    return fresh;
  }

  async function openMailbox(account: {
    readonly address: string;
    readonly maildir: string;
  }): Promise<Mailbox> {
    const address = account.address;
    const maildir = account.maildir.replace(/\/+$/, '');
    const call: Call = (name, ...args) => {
      if (!closing) return workerFor(address).call(address, maildir, name, args);
      return Promise.reject(new Error('the mailboxes are closed')) as ReturnType<AccountCalls[typeof name]>;
    };
    // Every request opens the mailbox of its account: whether it can be opened, and whose it is, is asked once a minute.
    const key = `${address}\0${maildir}`;
    const owner = async (): Promise<number> => {
      const known = owners.get(key);
      if (known && performance.now() - known.at < openedFor) return known.uid;
      const { uid } = await call('owner');
      if (owners.size >= 1000) owners.clear();
      owners.set(key, { uid, at: performance.now() });
      return uid;
    };
    const place = { path: maildir, owner: await owner() };

    const index = join(options.state, 'index', indexFileName(address, maildir));
    const stillColumn = stillColumns(key, maildir, index);
    const directories: KnownDirectories = new Map();
    const near = createNearMessages(nearIndexes.of(index, maildir), place, (folder) =>
      directories.get(folder),
    );
    const reading = createUidMailbox(
      call,
      createStillAnswers(maildir, () => index),
      directories,
      near,
      owner,
      (listener, folders) => watches.watch({ address, maildir, call }, listener, folders),
    );
    const uids = { ...reading, ...createOpMailbox(call, { names, directorySync }, near) };
    const openMessage: Mailbox['openMessage'] = async (id, folder, located) => {
      let known = located;
      return openAsIndexed(
        await owner(),
        async () => {
          const found = known ?? (await call('find', id, folder));
          known = undefined;
          return found && { path: found.path, base: found.row.base, folder: found.row.folder };
        },
        (name) => call('refresh', name),
      );
    };

    const column = () => stillColumn('column', () => call('column'));

    return {
      folders: async () => (await column()).folders,
      ensureFolder: (name) => call('ensureFolder', name),
      folderFor: (role) => call('folderFor', role),
      giveRole: (role, folder) => call('giveRole', role, folder),
      removeEmptyFolder: (name) => call('removeEmptyFolder', name),
      showFolders: (shown, hidden) => call('showFolders', shown, hidden),
      quota: async () => (await column()).quota,
      column,
      list: (query) => call('list', query),
      listWithFolders(query) {
        const question = `m${JSON.stringify(query)}`;
        return heldPage(`${key}\0${question}`, (stamp) =>
          stillColumn(`${stamp} ${question}`, () => call('listWithFolders', query, stamp)),
        );
      },
      listConversations(query, withMessages = false) {
        const question = `c${withMessages}${JSON.stringify(query)}`;
        return heldPage(`${key}\0${question}`, (stamp) =>
          stillColumn(`${stamp} ${question}`, () => call('listConversations', query, withMessages, stamp)),
        );
      },
      conversation: (id, folder, limit, before) => call('conversation', id, folder, limit, before),
      idsOfConversations: (ids, folder) => call('idsOfConversations', ids, folder),
      find: (id, folder) => call('find', id, folder),
      neighbours: (id, query) => call('neighbours', id, query),
      findInList(id, folder, query) {
        const ask = () => call('findInList', id, folder, query);
        return query.search === undefined
          ? stillColumn(`f${JSON.stringify([id, folder, query])}`, ask)
          : ask();
      },
      openMessage,
      async readMessage(id, folder, located) {
        const opened = await openMessage(id, folder, located);
        if (!opened) return undefined;
        try {
          return await opened.handle.readFile();
        } finally {
          await opened.handle.close();
        }
      },
      setFlags: (ids, add, remove, folder) => call('setFlags', ids, add, remove, folder),
      move: (ids, toFolder, folder) => call('move', ids, toFolder, folder),
      remove: (ids, folder) => call('remove', ids, folder),
      expunge: (ids, folder) => call('expunge', ids, folder),
      setKeywords: (ids, add, remove, folder) => call('setKeywords', ids, add, remove, folder),
      copy: (ids, toFolder, folder) => call('copy', ids, toFolder, folder),
      bringBack: (id, from, toFolder, received) => call('bringBack', id, from, toFolder, received),
      restore: (undo) => call('restore', undo),
      junkFilter: () => call('junkFilter'),
      chooseJunkFilter: (use, strictness) => call('chooseJunkFilter', use, strictness),
      forgetJunkFilter: () => call('forgetJunkFilter'),
      learnFromFolders: (from) => call('learnFromFolders', from),
      idsMatching: (query, upTo, limit) => call('idsMatching', query, upTo, limit),
      async append(folder, message, flags, received) {
        const place = await call('storagePlace', folder);
        const name = await storeMessage(place, message, flags, received, { names, directorySync });
        return call('stored', place.folder, name);
      },
      refresh: (folder) => call('refresh', folder),
      uids,
      pop3: createPop3Mailbox(call, maildir),
    };
  }

  return {
    open: openMailbox,
    close() {
      watches.close();
      nearIndexes.close();
      closing ??= Promise.all([...workers.map((worker) => worker?.close()), directorySync.close()]).then(
        () => {},
      );
      return closing;
    },
  };
}

interface IndexWorker {
  readonly alive: boolean;
  call<Name extends CallName>(
    address: string,
    maildir: string,
    name: Name,
    args: Parameters<AccountCalls[Name]>,
  ): ReturnType<AccountCalls[Name]>;
  close(): Promise<void>;
}

function startWorker(start: WorkerStart, options: MailboxesOptions, watches: AccountWatches): IndexWorker {
  // The sources run as they are, the build as plain JavaScript: the worker's file has the ending of this one.
  const file = import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js';
  const worker = new Worker(new URL(file, import.meta.url), {
    workerData: start,
    // A listing of 200,000 names needs some 60 MiB; a small nursery gives memory back sooner.
    resourceLimits: { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 4 },
  });
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let calls = 0;
  let alive = true;
  let closing = false;
  const ended = Promise.withResolvers<void>();
  const send = (message: ToWorker): void => worker.postMessage(message);
  const readPage = createPageReader();

  // A worker keeps the process running only while somebody waits for it.
  worker.unref();
  const settle = (number: number): PromiseWithResolvers<unknown> | undefined => {
    const call = waiting.get(number);
    waiting.delete(number);
    if (waiting.size === 0 && !closing) worker.unref();
    return call;
  };

  async function askReader({ number, name, args }: Extract<FromWorker, { kind: 'ask' }>): Promise<void> {
    try {
      const ask = options.reader[name] as (...values: readonly unknown[]) => Promise<unknown>;
      send({ kind: 'told', number, value: await ask(...args) });
    } catch (error) {
      send({ kind: 'told', number, error: toPlainError(error) });
    }
  }

  worker.on('message', (message: FromWorker) => {
    switch (message.kind) {
      case 'answer':
        settle(message.number)?.resolve(message.value);
        break;
      case 'page':
        settle(message.number)?.resolve(readPage(message.packed));
        break;
      case 'failure':
        settle(message.number)?.reject(fromPlainError(message.error));
        break;
      case 'ask':
        void askReader(message);
        break;
      case 'changed':
        watches.tell(message.address, message.maildir, message.folder);
        break;
      case 'log':
        options.log(message.line);
        break;
      case 'closed':
        break;
    }
  });
  worker.on('error', (error) => {
    options.log(
      `mailbox: index worker failed: ${quoted(error instanceof Error ? error.message : String(error))}`,
    );
  });
  worker.on('exit', () => {
    alive = false;
    for (const { reject } of waiting.values()) reject(new Error('the index worker ended'));
    waiting.clear();
    ended.resolve();
  });

  return {
    get alive() {
      return alive;
    },
    call(address, maildir, name, args) {
      const number = ++calls;
      const answer = Promise.withResolvers<unknown>();
      waiting.set(number, answer);
      worker.ref();
      send({ kind: 'call', number, address, maildir, name, args });
      // The worker runs the function of this name with these arguments, so its answer has this type.
      return answer.promise as ReturnType<AccountCalls[typeof name]>;
    },
    async close() {
      if (!alive) return;
      closing = true;
      worker.ref();
      send({ kind: 'close' });
      const timer = setTimeout(() => void worker.terminate(), 10_000);
      await ended.promise;
      clearTimeout(timer);
    },
  };
}
