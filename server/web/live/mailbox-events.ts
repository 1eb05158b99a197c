// Tells open pages what happens in their mailboxes, whoever does it (webmail.md 2.7): for each account that has a page
// open, all its folders are watched as for an IMAP client that idles, and what changed is found by comparing counts and
// the newest rows with what they were. One look at a time for an account, with pauses as long as the looks take, so that
// a storm of changes costs no more than a part of the time. Ends a while after the last page is closed.
import { type Log, quoted } from '../../../mta/log.ts';
import type { Folder, Mailbox, MessageRow } from '../../mailbox/types.ts';
import type { Live, LiveEvent } from '../state/live.ts';

/** Rows of a folder that changes are told of one by one; of others only that something changed. */
const newest = 100;
/** Folders of an account whose newest rows are kept. */
const mostKept = 12;
/** A page that is loaded again comes back within this time, milliseconds. */
const lingers = 30_000;
/** Between two looks at one account, milliseconds. */
const spacing = 100;
const afterFailure = 30_000;

export interface MailboxEvents {
  /**
   * A page of the account is open; gives what says that it is closed.
   * @param ready called when all that changes from now on is told
   */
  attend(address: string, ready: () => void): () => void;
  /** Accounts that are watched now. */
  readonly watching: number;
  close(): void;
}

/** What a row looks like, by its id. */
type Rows = ReadonlyMap<string, string>;

const rowsOf = (rows: readonly MessageRow[]): Rows =>
  new Map(rows.map(({ id, flags, pending }) => [id, `${flags}${pending ? '~' : ''}`]));

/** What became of the newest rows. One that fell off the end because newer ones came is not removed. */
export function compareRows(
  before: Rows,
  after: Rows,
): { readonly add: string[]; readonly change: string[]; readonly remove: string[] } {
  const add = [...after.keys()].filter((id) => !before.has(id));
  const change = [...after].flatMap(([id, look]) => (before.has(id) && before.get(id) !== look ? [id] : []));
  const gone = [...before.keys()].filter((id) => !after.has(id));
  const pushedOut = before.size >= newest ? Math.min(add.length, gone.length) : 0;
  return { add, change, remove: gone.slice(0, gone.length - pushedOut) };
}

/** One account that is looked after. */
class Watched {
  readonly #mailbox: Mailbox;
  readonly #tell: (event: LiveEvent) => void;
  readonly #fail: (error: unknown) => void;
  readonly #stop: () => void;
  #counts = new Map<string, Folder>();
  /** By folder; the one looked at last is the last. */
  readonly #rows = new Map<string, Rows>();
  /** Folders that were told of: the first telling is only the beginning of a watch. */
  readonly #begun = new Set<string>();
  readonly #due = new Set<string>();
  #isDue = false;
  #isRunning = false;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;
  #isReady = false;
  readonly #waiting: (() => void)[] = [];

  constructor(mailbox: Mailbox, tell: (event: LiveEvent) => void, fail: (error: unknown) => void) {
    this.#mailbox = mailbox;
    this.#tell = tell;
    this.#fail = fail;
    this.#stop = mailbox.uids.watch((folder) => {
      if (folder !== undefined) this.#due.add(folder);
      this.#soon();
    });
    this.#soon();
  }

  whenReady(ready: () => void): void {
    if (this.#isReady) ready();
    else this.#waiting.push(ready);
  }

  stop(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#stop();
  }

  #soon(wait = 0): void {
    this.#isDue = true;
    if (this.#isRunning || this.#timer || this.#isOver) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#look();
    }, wait);
    this.#timer.unref();
  }

  async #look(): Promise<void> {
    const began = performance.now();
    this.#isRunning = true;
    this.#isDue = false;
    const due = [...this.#due];
    this.#due.clear();
    try {
      if (!this.#isReady) await this.#readFirst();
      for (const folder of due) await this.#lookInto(folder);
      await this.#count();
    } catch (error) {
      if (this.#isOver) return;
      this.#fail(error);
      for (const folder of due) this.#due.add(folder);
      this.#isRunning = false;
      this.#soon(afterFailure);
      return;
    }
    this.#isRunning = false;
    if (this.#isDue) this.#soon(spacing + 5 * (performance.now() - began));
  }

  /** Of all the folders there are only the Inbox is looked into before something happens in it. */
  async #readFirst(): Promise<void> {
    await this.#readRows('INBOX');
    const folders = await this.#mailbox.folders();
    this.#counts = new Map(folders.map((folder) => [folder.name, folder]));
    this.#isReady = true;
    for (const ready of this.#waiting.splice(0)) ready();
  }

  async #readRows(folder: string): Promise<Rows> {
    const { rows } = await this.#mailbox.list({ folder, limit: newest });
    const after = rowsOf(rows);
    this.#rows.delete(folder);
    this.#rows.set(folder, after);
    for (const [oldest] of this.#rows) {
      if (this.#rows.size <= mostKept) break;
      this.#rows.delete(oldest);
    }
    return after;
  }

  async #lookInto(folder: string): Promise<void> {
    const isBeginning = !this.#begun.has(folder);
    this.#begun.add(folder);
    const before = this.#rows.get(folder);
    if (isBeginning && !before) return;
    const after = await this.#readRows(folder);
    // What was not looked into before, or happened further down: something changed, nobody knows what.
    const changes = before && compareRows(before, after);
    const isKnown = changes !== undefined && Object.values(changes).some((ids) => ids.length > 0);
    if (!changes || !isKnown) {
      if (!isBeginning) this.#tell({ kind: 'change', folder, ids: [] });
      return;
    }
    for (const kind of ['remove', 'change', 'add'] as const)
      if (changes[kind].length > 0) this.#tell({ kind, folder, ids: changes[kind] });
  }

  async #count(): Promise<void> {
    const folders = await this.#mailbox.folders();
    const before = this.#counts;
    this.#counts = new Map(folders.map((folder) => [folder.name, folder]));
    for (const { name, unread, total } of folders) {
      const old = before.get(name);
      if (old?.unread !== unread || old.total !== total)
        this.#tell({ kind: 'folder', folder: name, unread, total });
    }
    // A folder that came or went: the column is another one.
    for (const name of before.keys())
      if (!this.#counts.has(name)) this.#tell({ kind: 'folder', folder: name, unread: 0, total: 0 });
  }
}

export function createMailboxEvents(
  live: Live,
  mailboxOf: (address: string) => Promise<Mailbox | undefined>,
  log: Log,
): MailboxEvents {
  interface Attended {
    pages: number;
    watched: Watched | undefined;
    /** Pages that wait for the watch to begin. */
    readonly waiting: Set<() => void>;
    beginning?: NodeJS.Timeout;
    ending: NodeJS.Timeout | undefined;
  }
  const accounts = new Map<string, Attended>();
  let isClosed = false;

  const fail = (address: string, error: unknown): void => {
    const words = error instanceof Error ? error.message : String(error);
    log(`web: changes of ${quoted(address)} are not told: ${quoted(words)}`);
  };
  const begin = async (address: string, attended: Attended): Promise<void> => {
    try {
      const mailbox = await mailboxOf(address);
      if (!mailbox || isClosed || accounts.get(address) !== attended) return;
      attended.watched = new Watched(
        mailbox,
        (event) => live.tell(address, event),
        (error) => fail(address, error),
      );
      for (const ready of attended.waiting) attended.watched.whenReady(ready);
      attended.waiting.clear();
    } catch (error) {
      if (accounts.get(address) !== attended) return;
      fail(address, error);
      attended.beginning = setTimeout(() => void begin(address, attended), afterFailure);
      attended.beginning.unref();
    }
  };
  const end = (address: string, attended: Attended): void => {
    clearTimeout(attended.ending);
    clearTimeout(attended.beginning);
    attended.watched?.stop();
    accounts.delete(address);
    live.forget(address);
  };

  return {
    attend(address, ready) {
      const attended: Attended = accounts.get(address) ?? {
        pages: 0,
        watched: undefined,
        waiting: new Set(),
        ending: undefined,
      };
      clearTimeout(attended.ending);
      attended.pages += 1;
      if (!accounts.has(address)) {
        accounts.set(address, attended);
        void begin(address, attended);
      }
      if (attended.watched) attended.watched.whenReady(ready);
      else attended.waiting.add(ready);
      let isOpen = true;
      return () => {
        if (!isOpen) return;
        isOpen = false;
        attended.waiting.delete(ready);
        attended.pages -= 1;
        if (attended.pages > 0 || isClosed) return;
        attended.ending = setTimeout(() => end(address, attended), lingers);
        attended.ending.unref();
      };
    },
    get watching() {
      return accounts.size;
    },
    close() {
      isClosed = true;
      for (const [address, attended] of accounts) end(address, attended);
    },
  };
}
