// What a sender asked about notifications (RFC 3461), and that it must go over TLS (RFC 8689), kept beside the queue: queue/dsn/ID, a folder that qmail's programs
// do not look at. Written and flushed before the message is queued, and only when it asks for more than nothing; a queue
// given back to qmail just loses the wishes. Message numbers come again, so the first line says which message it belongs
// to (size and mtime of mess/ID), and a file that is torn or another's counts as absent. Behind it stand lines about what
// became of the message that the sender is still to be told, each with its own checksum.
import * as fs from 'node:fs';
import { crc32 } from 'node:zlib';
import type { DsnRecipient, DsnRequest } from '../formats/dsn.ts';
import { readWishes, writeMailWishes, writeRcptWishes } from '../formats/dsn.ts';
import { quoted } from '../log.ts';
import type { DirectorySync } from '../maildir/directory-sync.ts';
import {
  closeFile,
  createFile,
  namesIn,
  openFile,
  readSmallFile,
  syncFile,
  unlinkFile,
  writeAll,
} from './files.ts';
import { isQueueName, type QueueLayout } from './layout.ts';

/** A recipient that was served, of which the sender wants to hear. */
export interface ServedRecipient {
  /** As people know it: a virtual domain's prepend is taken off. */
  readonly address: string;
  /** RFC 3464 2.3.3. */
  readonly action: 'delivered' | 'relayed' | 'expanded';
  readonly orcpt?: string | undefined;
}

/** What dsn/ID says. */
export interface StoredDsn extends Pick<DsnRequest, 'ret' | 'envid' | 'requireTls'> {
  /** Wishes by the recipient's address as it came in. */
  readonly recipients: ReadonlyMap<string, DsnRecipient>;
  readonly served: readonly ServedRecipient[];
  /** So many of `served` were told already. */
  readonly told: number;
  /** Addresses (as people know them) whose delay was told. */
  readonly delayed: ReadonlySet<string>;
}

/** A line behind the first. */
export type DsnNote =
  | { readonly served: ServedRecipient }
  | { readonly told: number }
  | { readonly delayed: readonly string[] };

/** Which message a file belongs to. */
export interface MessageIdentity {
  readonly size: bigint;
  /** Nanoseconds since 1970. */
  readonly mtime: bigint;
}

interface FirstLine {
  readonly version: 1;
  readonly size: string;
  readonly mtime: string;
  /** As ESMTP parameters. */
  readonly mail: string;
  readonly recipients: readonly (readonly [address: string, wishes: string])[];
}

/** Repairs and copies may round the time of a file. */
const roundingNs = 1_000_000n;

/** Is what was noted once about a message about this one? */
export function isSameMessage(noted: MessageIdentity, found: MessageIdentity): boolean {
  const distance = noted.mtime - found.mtime;
  return noted.size === found.size && distance <= roundingNs && distance >= -roundingNs;
}

const encodeLine = (value: unknown): string => {
  const json = JSON.stringify(value);
  return `${crc32(json).toString(16).padStart(8, '0')} ${json}\n`;
};

function decodeLine(line: string): unknown {
  if (crc32(line.slice(9)) !== Number.parseInt(line.slice(0, 8), 16)) return undefined;
  return JSON.parse(line.slice(9));
}

/** The bytes of a new file. */
export function encodeDsn(
  identity: MessageIdentity,
  addresses: readonly string[],
  request: DsnRequest,
): Buffer {
  const recipients = addresses.flatMap((address, i): [string, string][] => {
    const wishes = writeRcptWishes(request.recipients[i]);
    return wishes === '' ? [] : [[address, wishes]];
  });
  const first: FirstLine = {
    version: 1,
    size: identity.size.toString(),
    mtime: identity.mtime.toString(),
    mail: writeMailWishes(request),
    recipients,
  };
  return Buffer.from(encodeLine(first));
}

/** The bytes of one more line. It begins with a line feed: what a crash left half-written before it spoils nothing. */
export const encodeNote = (note: DsnNote): Buffer => Buffer.from(`\n${encodeLine(note)}`);

/** Reads a file. @returns why it counts as absent: `torn`, or `foreign` when it is another message's */
export function decodeDsn(bytes: Buffer, identity: MessageIdentity): StoredDsn | 'torn' | 'foreign' {
  const [head = '', ...rest] = bytes.toString('utf8').split('\n');
  const first = decodeLine(head) as FirstLine | undefined;
  if (first?.version !== 1) return 'torn';
  if (!isSameMessage({ size: BigInt(first.size), mtime: BigInt(first.mtime) }, identity)) return 'foreign';
  const recipients = new Map<string, DsnRecipient>();
  for (const [address, wishes] of first.recipients) {
    // The same address twice: the first wish holds.
    if (!recipients.has(address)) recipients.set(address, readWishes(wishes) ?? {});
  }
  const served: ServedRecipient[] = [];
  const delayed = new Set<string>();
  let told = 0;
  for (const line of rest) {
    const note = line === '' ? undefined : (decodeLine(line) as DsnNote | undefined);
    if (note === undefined) continue;
    if ('served' in note) served.push(note.served);
    else if ('told' in note) told = note.told;
    else for (const address of note.delayed) delayed.add(address);
  }
  const { ret, envid, requireTls } = readWishes(first.mail) ?? {};
  return { ret, envid, requireTls, recipients, served, told, delayed };
}

/** What tells the message of this name from another one; undefined when there is none. */
export function identifyMessage(path: string): Promise<MessageIdentity | undefined> {
  return new Promise((resolve, reject) => {
    fs.lstat(path, { bigint: true }, (error, stats) => {
      if (!error) resolve({ size: stats.size, mtime: stats.mtimeNs });
      else if (error.code === 'ENOENT') resolve(undefined);
      else reject(error);
    });
  });
}

const describe = (error: unknown): string => quoted(error instanceof Error ? error.message : String(error));

/** The folder dsn/ of an open, locked queue. */
export class DsnFiles {
  readonly #layout: QueueLayout;
  readonly #directorySync: DirectorySync;
  readonly #warn: (words: string) => void;
  /** Messages that have a file. */
  readonly #ids: Set<string>;
  /** Files that were there at the start and that nobody has compared with their messages yet. */
  readonly #unchecked: Set<string>;
  #isMade: boolean;

  private constructor(
    layout: QueueLayout,
    directorySync: DirectorySync,
    warn: (words: string) => void,
    names: readonly string[],
  ) {
    this.#layout = layout;
    this.#directorySync = directorySync;
    this.#warn = warn;
    this.#ids = new Set(names.filter(isQueueName));
    this.#unchecked = new Set(this.#ids);
    this.#isMade = names.length > 0;
  }

  static async open(
    layout: QueueLayout,
    directorySync: DirectorySync,
    warn: (words: string) => void,
  ): Promise<DsnFiles> {
    return new DsnFiles(layout, directorySync, warn, await namesIn(`${layout.directory}/dsn`));
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  /**
   * Keeps the wishes for a message whose mess/ID is complete and will not change; on disk when it resolves.
   * @throws the system's error: the message is not to be acknowledged
   */
  async write(id: string, addresses: readonly string[], request: DsnRequest): Promise<void> {
    this.#unchecked.delete(id);
    const identity = await identifyMessage(this.#layout.path('mess', id));
    if (identity === undefined) throw Object.assign(new Error(`mess/${id} is gone`), { code: 'ENOENT' });
    await this.#makeDirectory();
    const path = this.#layout.path('dsn', id);
    await unlinkFile(path); // a crash may have left another message's
    this.#ids.add(id);
    const fd = await createFile(path, 0o600);
    try {
      await writeAll(fd, [encodeDsn(identity, addresses, request)]);
      await syncFile(fd);
    } finally {
      await closeFile(fd);
    }
    await this.#directorySync.sync(this.#layout.directoryOf('dsn', id));
  }

  async #makeDirectory(): Promise<void> {
    if (this.#isMade) return;
    await new Promise<void>((resolve, reject) => {
      const path = `${this.#layout.directory}/dsn`;
      fs.mkdir(path, { recursive: true, mode: 0o700 }, (error) => (error ? reject(error) : resolve()));
    });
    await this.#directorySync.sync(this.#layout.directory);
    this.#isMade = true;
  }

  /**
   * The wishes for a message; undefined when there are none. A file that is torn or another's is told and removed.
   * @param isLast a file that cannot be read counts as absent: the message is too old to wait for it
   * @throws the system's error
   */
  async read(id: string, isLast = false): Promise<StoredDsn | undefined> {
    if (!this.#ids.has(id)) return undefined;
    let bytes: Buffer | undefined;
    let identity: MessageIdentity | undefined;
    try {
      bytes = await readSmallFile(this.#layout.path('dsn', id));
      identity = await identifyMessage(this.#layout.path('mess', id));
    } catch (error) {
      if (!isLast) throw error;
      this.#warn(
        `trouble reading dsn/${id} (${describe(error)}); the message goes on without its sender's wishes`,
      );
    }
    if (bytes === undefined || identity === undefined) return undefined;
    const stored = decodeDsn(bytes, identity);
    this.#unchecked.delete(id);
    if (typeof stored !== 'string') return stored;
    this.#warn(
      stored === 'torn'
        ? `dsn/${id} is torn; the message goes on without its sender's wishes`
        : `dsn/${id} is not of this message; removed`,
    );
    await this.remove(id);
    return undefined;
  }

  /** Adds a line, on disk when it resolves. */
  async append(id: string, note: DsnNote): Promise<void> {
    const fd = await openFile(this.#layout.path('dsn', id), fs.constants.O_WRONLY | fs.constants.O_APPEND);
    try {
      await writeAll(fd, [encodeNote(note)]);
      await syncFile(fd);
    } finally {
      await closeFile(fd);
    }
  }

  async remove(id: string): Promise<void> {
    if (this.#ids.delete(id)) await unlinkFile(this.#layout.path('dsn', id));
  }

  /** Removes what crashes, and qmail's programs in between, left of messages that are gone. */
  async sweep(): Promise<void> {
    for (const id of this.#unchecked) {
      try {
        if (await identifyMessage(this.#layout.path('mess', id))) await this.read(id);
        // Still so: a new message may have come under this number meanwhile.
        else if (this.#unchecked.has(id)) await this.remove(id);
      } catch (error) {
        this.#warn(`trouble with dsn/${id}: ${describe(error)}`);
      }
      this.#unchecked.delete(id);
    }
  }
}
