// Accounts that share folders (spec/maildir-imap.md 2.8, "by ACL"): control/sharedindex names Courier's index file, here
// it is read, its lines become accounts of ours, and an account that begins to share is added to a file that Facteur
// keeps. A line whose Maildir is gone is passed over; one that is wrong, or of nobody here, is told in the log once. A
// Maildir that this process does not own is refused: what it stored there would be the wrong user's.
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Account, Accounts } from '../../mta/accounts/types.ts';
import { CachedFile, CachedPaths } from '../../mta/control/cached-file.ts';
import { type Log, quoted } from '../../mta/log.ts';
import { describeError, errorCode, statPath } from '../../mta/maildir/calls.ts';
import { syncDirectory } from '../../mta/maildir/private-file.ts';
import {
  formatSharedAccount,
  mungeName,
  ownIndexMark,
  parseSharedIndex,
  type SharedAccount,
  type SharedIndex,
} from '../../mta/maildir/shared-index.ts';
import { createExclusive } from './context.ts';

/** Groups in groups. */
const deepest = 4;
/** Lines of the log for one reading of a file. */
const mostFaults = 10;
/** A larger index is none, bytes. */
const largestIndex = 32 * 1_048_576;
/** Files that are remembered as not to be read. */
const mostUnread = 1000;
/** Milliseconds that a look at an account is good enough for a list. */
const trustMs = 1000;

/** Who looks. */
export type Viewer = Pick<Account, 'address' | 'maildir'>;

export interface SharedOwner {
  /** Levels of its folders' names: `ann`, `sales.ann`. */
  readonly level: string;
  readonly account: Account;
  /** The owner of the Maildir is another user of the system. */
  readonly isForeign: boolean;
}

/** What a file said, and which of its lines were told to be nobody's. */
interface LoadedIndex extends SharedIndex {
  readonly told: Set<string>;
}

export interface SharedAccountsOptions {
  readonly accounts: Pick<Accounts, 'findAccount'>;
  /** Absolute path, `%d` stands for the domain of who looks; '': nothing is shared. */
  readonly indexPath: () => string;
  readonly log: Log;
}

export const domainOf = (address: string): string => address.slice(address.lastIndexOf('@') + 1);

export class SharedAccounts {
  readonly #accounts: SharedAccountsOptions['accounts'];
  readonly #indexPath: () => string;
  readonly #log: Log;
  readonly #files: CachedPaths<CachedFile<LoadedIndex>>;
  readonly #exclusive = createExclusive();
  /** What could not be kept, as told last. */
  #fault = '';
  /** Files that could not be read, as told last. */
  readonly #unread = new Map<string, string>();

  constructor({ accounts, indexPath, log }: SharedAccountsOptions) {
    this.#accounts = accounts;
    this.#indexPath = indexPath;
    this.#log = log;
    this.#files = new CachedPaths((path) => new CachedFile(path, (bytes) => this.#parse(bytes, path)));
  }

  get isOn(): boolean {
    return this.#indexPath() !== '';
  }

  #pathFor(address: string): string {
    return this.#indexPath().replaceAll('%d', domainOf(address));
  }

  /** A file that cannot be read is told once, and names nobody: one's own folders are served all the same. */
  async #read(path: string, trust = 0): Promise<LoadedIndex> {
    try {
      const index = await this.#files.get(path).read(trust);
      this.#unread.delete(path);
      return index;
    } catch (error) {
      const fault = describeError(error);
      if (this.#unread.get(path) !== fault)
        this.#log(`imapd: ${quoted(path)}: ${fault}; nothing of it is shared`);
      if (this.#unread.size >= mostUnread) this.#unread.clear();
      this.#unread.set(path, fault);
      return { ...parseSharedIndex(Buffer.alloc(0)), told: new Set() };
    }
  }

  #parse(bytes: Buffer | undefined, path: string): LoadedIndex {
    if (bytes !== undefined && bytes.length > largestIndex) {
      this.#log(`imapd: ${quoted(path)}: larger than ${largestIndex} bytes; nothing of it is shared`);
      bytes = undefined;
    }
    const index = parseSharedIndex(bytes ?? Buffer.alloc(0));
    for (const fault of index.faults.slice(0, mostFaults))
      this.#log(`imapd: ${quoted(path)}: ${fault}; left out`);
    const more = index.faults.length - mostFaults;
    if (more > 0) this.#log(`imapd: ${quoted(path)}: ${more} more lines left out`);
    return { ...index, told: new Set() };
  }

  /** The account that the levels of a name begin with, and the folder behind them. Undefined: none that is another's. */
  async find(
    viewer: Viewer,
    name: string,
  ): Promise<{ readonly owner: SharedOwner; readonly folder: string } | undefined> {
    const levels = name.split('.');
    let path = this.#pathFor(viewer.address);
    for (let depth = 0; depth < Math.min(deepest, levels.length); depth++) {
      const index = await this.#read(path);
      const entry = index.byLevel.get(levels[depth]!);
      if (entry === undefined) return undefined;
      if (entry.kind === 'group') {
        path = `${dirname(path)}/${entry.file}`;
        continue;
      }
      const level = levels.slice(0, depth + 1).join('.');
      const owner = await this.#resolve(viewer, entry, level, index, 0);
      if (owner === undefined) return undefined;
      return { owner, folder: levels.slice(depth + 1).join('.') || 'INBOX' };
    }
    return undefined;
  }

  /** All entries with the levels of their names; groups are followed. */
  async *entries(viewer: Viewer): AsyncGenerator<{ readonly level: string; readonly entry: SharedAccount }> {
    yield* this.#walk(this.#pathFor(viewer.address), '', 1);
  }

  async *#walk(
    path: string,
    above: string,
    depth: number,
  ): AsyncGenerator<{ readonly level: string; readonly entry: SharedAccount }> {
    const index = await this.#read(path);
    for (const entry of index.entries) {
      const level = `${above}${mungeName(entry.name)}`;
      if (entry.kind === 'account') yield { level, entry };
      else if (depth < deepest) yield* this.#walk(`${dirname(path)}/${entry.file}`, `${level}.`, depth + 1);
    }
  }

  /** The account of an entry of `entries`; undefined: none that is another's. */
  async ownerOf(viewer: Viewer, level: string, entry: SharedAccount): Promise<SharedOwner | undefined> {
    const index = await this.#read(this.#pathFor(viewer.address), trustMs);
    return this.#resolve(viewer, entry, level, index, trustMs);
  }

  async #resolve(
    viewer: Viewer,
    entry: SharedAccount,
    level: string,
    { told }: LoadedIndex,
    trust: number,
  ): Promise<SharedOwner | undefined> {
    const place = await identify(entry.maildir);
    if (place === undefined) return undefined;
    // The user's own Maildir is left out, under whatever path it stands there.
    if (isSame(await identify(viewer.maildir), place)) return undefined;
    for (const address of candidates(entry, viewer)) {
      const account = await this.#accounts.findAccount(address, trust);
      if (account === undefined || account.isDisabled) continue;
      if (account.maildir !== entry.maildir && !isSame(await identify(account.maildir), place)) continue;
      const uid = process.geteuid?.();
      return { level, account, isForeign: uid !== 0 && uid !== place.uid };
    }
    if (!told.has(entry.maildir) && told.size < mostFaults) {
      told.add(entry.maildir);
      this.#log(
        `imapd: shared index: ${quoted(entry.name)}: ${quoted(entry.maildir)} is no account's; left out`,
      );
    }
    return undefined;
  }

  /**
   * An account began to share: it is added to the index, when that is a file that Facteur keeps or may make. What goes
   * wrong is told in the log; the folder is shared all the same, only not found.
   */
  async add(address: string): Promise<void> {
    if (!this.isOn) return;
    const path = this.#pathFor(address);
    try {
      await this.#exclusive(() => this.#add(path, address));
      this.#fault = '';
    } catch (error) {
      const why = errorCode(error) === '' && error instanceof Error ? error.message : describeError(error);
      const fault = `imapd: ${quoted(path)}: an account that shares could not be added: ${why}`;
      if (fault !== this.#fault) this.#log(fault);
      this.#fault = fault;
    }
  }

  async #add(path: string, address: string): Promise<void> {
    const account = await this.#accounts.findAccount(address);
    if (account === undefined) return;
    for await (const { entry } of this.entries(account)) if (entry.maildir === account.maildir) return;
    const isPerDomain = this.#indexPath().includes('%d');
    const line = formatSharedAccount({
      name: isPerDomain ? account.name : account.address,
      uid: account.uid,
      gid: account.gid,
      home: account.directory,
    });
    if (line === undefined) throw new Error('its home cannot be written in this format');
    await appendLine(path, line);
  }
}

/** Adds a line at the end, durably: two that add at the same time lose nothing. */
async function appendLine(path: string, line: string): Promise<void> {
  const { O_RDWR, O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const tryOpen = (flags: number, expected: string): Promise<FileHandle | undefined> =>
    open(path, O_RDWR | O_APPEND | O_NOFOLLOW | flags, 0o600).catch((error: unknown) => {
      if (errorCode(error) !== expected) throw error;
      return undefined;
    });
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const made = await tryOpen(O_CREAT | O_EXCL, 'EEXIST');
  const file = made ?? (await tryOpen(0, 'ENOENT'));
  if (file === undefined) throw new Error('somebody takes the file away');
  try {
    const content = made ? `${ownIndexMark}\n` : (await file.readFile()).toString('utf8');
    // The site's own: Courier's tools make it, and would take the line away again.
    if (!content.startsWith(`${ownIndexMark}\n`)) return;
    await file.write(`${made ? content : content.endsWith('\n') ? '' : '\n'}${line}`);
    await file.sync();
  } finally {
    await file.close();
  }
  if (made) await syncDirectory(dirname(path));
}

/** `id` is '' for what this process may not look at. */
async function identify(path: string): Promise<{ readonly id: string; readonly uid: number } | undefined> {
  try {
    const { dev, ino, uid } = await statPath(path);
    return { id: `${dev}:${ino}`, uid };
  } catch (error) {
    if (errorCode(error) === 'EACCES') return { id: '', uid: -1 };
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes(errorCode(error))) return undefined;
    throw error;
  }
}

const isSame = (one: { readonly id: string } | undefined, other: { readonly id: string }): boolean =>
  one !== undefined && one.id !== '' && one.id === other.id;

/** Addresses that an entry may be of: its name, or what vpopmail's layout of directories says. */
function candidates({ name, home }: SharedAccount, viewer: Viewer): readonly string[] {
  const [user, ...above] = [basename(home), ...dirname(home).split('/').reverse()];
  const domains = above.filter((level) => level.includes('.'));
  const found = [
    ...(name.includes('@') ? [name] : [`${name}@${domainOf(viewer.address)}`]),
    ...domains.map((domain) => `${user}@${domain}`),
  ];
  return [...new Set(found.map((address) => address.toLowerCase()))];
}
