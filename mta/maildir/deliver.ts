// Delivery into a Maildir: qmail-local's maildir child, made durable against power cuts.
// Order (security.md D2): tmp exclusively, write, fsync, close checked, quota line, rename to new, fsync of new (shared
// with other deliveries in flight); only then success. What fails leaves nothing in new, its tmp file
// removed, its quota line taken back; a copy whose fsync failed is given up (D5).
// Never "over quota" for a full disk: every error of the system is `stored: false, reason: 'error'`.
// What the outcome means for the recipient (texts, bounce or retry) is the caller's: local/delivery.ts, vdelivermail.ts.
import { constants, writev } from 'node:fs';
import { createMaildirAnchors, isMissing, type MaildirAnchor, type MaildirAnchors } from './anchor.ts';
import { BegunCopy, type WrittenFile } from './begun.ts';
import {
  changeOwner,
  closeFile,
  closeNow,
  type Descriptor,
  dropFile,
  errorCode,
  openFile,
  readBytes,
  renameFile,
  statFile,
  statName,
  syncFile,
  unlinkFile,
  writeBytes,
} from './calls.ts';
import type { DirectorySync } from './directory-sync.ts';
import { countBareLf, createNameSource, type NameSource, withSizes } from './name.ts';
import { type QuotaAccount, reserveQuota } from './quota.ts';

/** One message for one Maildir. */
export interface MaildirLetter {
  /** Where relative Maildir paths begin; symbolic links in it are the administrator's and followed. */
  readonly home: string;
  /** `Maildir`, `./Maildir/` or an absolute path; no symbolic link is followed below `home`. */
  readonly maildir: string;
  /** Who must own the Maildir and will own the file; undefined: nobody is asked (development on other systems). */
  readonly owner?: { readonly uid: number; readonly gid: number } | undefined;
  /** Lines in front of the message: Return-Path and Delivered-To, each with LF. */
  readonly prefix: Buffer;
  /** The message with LF line ends, when it is in memory; then `path` is not read. */
  readonly message?: Buffer | undefined;
  readonly path: string;
  /** Bytes of the message. */
  readonly size: number;
  /** Bytes at the beginning of the file that `prefix` stands for; a message in memory comes without them. */
  readonly skip?: number | undefined;
  /** Letters of flags and keywords, sorted: it is stored in cur with them. '' or undefined: in new, as qmail has it. */
  readonly flags?: string | undefined;
  /** 'none': do not look; 'file': obey a maildirsize that is there; else this quota string rules. */
  readonly quota: 'none' | 'file' | { readonly limit: string };
}

export type MaildirResult =
  | {
      readonly stored: true;
      /** File name in new, or in cur without its flags. */
      readonly name: string;
      /** Bytes stored. */
      readonly size: number;
      /** Usage in percent of the quota after this message; undefined without a quota. */
      readonly percent: number | undefined;
    }
  | {
      readonly stored: false;
      /** missing: no usable Maildir there; quota: over; unread: the queue file; timeout; error: the system. */
      readonly reason: 'missing' | 'quota' | 'unread' | 'timeout' | 'error';
      readonly error: unknown;
    };

export interface MaildirDelivery {
  /** Never rejects for what the system says. */
  deliver(letter: MaildirLetter): Promise<MaildirResult>;
  /** Begins the copy of a message whose delivery follows within milliseconds: `deliver` goes on with it (begun.ts). */
  begin(letter: MaildirLetter): void;
  /** Lets go of kept descriptors. */
  close(): void;
}

export interface MaildirDeliveryOptions {
  readonly hostname: string;
  readonly directorySync: DirectorySync;
  readonly names?: NameSource | undefined;
  readonly anchors?: MaildirAnchors | undefined;
}

/** qmail-local: alarm(86400). Looked at between two calls; a call that hangs in the kernel cannot be ended. */
const timeLimit = 86_400_000;
/** Up to here the prefix is copied in front of the message; longer ones are written from where they are. */
const copyLimit = 16_384;
const chunkSize = 65_536;

const createFlags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
const isRoot = process.geteuid?.() === 0;

class UnreadMessage extends Error {}
class Timeout extends Error {}
/** The directory at the path is another than the one that the file was put into. */
class Replaced extends Error {}

export function createMaildirDelivery(options: MaildirDeliveryOptions): MaildirDelivery {
  const { directorySync } = options;
  const names = options.names ?? createNameSource(options.hostname);
  const anchors = options.anchors ?? createMaildirAnchors();
  const begun = new BegunCopy();
  const acquire = ({ home, maildir, owner }: MaildirLetter): Promise<MaildirAnchor> =>
    anchors.acquire(home, maildir, owner?.uid);

  async function deliver(letter: MaildirLetter): Promise<MaildirResult> {
    // Without /proc/self/fd a path could be turned into another one between two calls.
    if (isRoot && process.platform !== 'linux') {
      return refuse('error', new Error('delivery as root needs /proc/self/fd'));
    }
    for (let tries = 1; ; tries++) {
      let anchor: MaildirAnchor;
      try {
        anchor = await acquire(letter);
      } catch (error) {
        return refuse(isMissing(error) ? 'missing' : 'error', error);
      }
      try {
        return await store(letter, anchor);
      } catch (error) {
        // A Maildir that was kept open and has been removed or replaced since: look at its path again.
        if (tries < 3 && (error instanceof Replaced || errorCode(error) === 'ENOENT')) {
          anchor.discard();
          continue;
        }
        if (error instanceof UnreadMessage) return refuse('unread', error.cause ?? error);
        return refuse(error instanceof Timeout ? 'timeout' : 'error', error);
      } finally {
        anchor.release();
      }
    }
  }

  async function store(letter: MaildirLetter, anchor: MaildirAnchor): Promise<MaildirResult> {
    const deadline = Date.now() + timeLimit;
    const size = sizeOf(letter);
    let account: QuotaAccount | undefined;
    if (letter.quota !== 'none') {
      const limit = letter.quota === 'file' ? undefined : letter.quota.limit;
      const reserved = await reserveQuota({ anchor, limit, size, owner: letter.owner, names });
      if (reserved === 'over') return refuse('quota', undefined);
      account = reserved;
    }
    let name: string;
    let tmp: string | undefined;
    let moved: string | undefined;
    let read: OpenedCur | undefined;
    try {
      const { base, path, wireSize, closed } =
        (await begun.take(letter, anchor)) ?? (await writeFile(letter, anchor, deadline));
      tmp = path;
      name = withSizes(base, size, wireSize);
      read = letter.flags ? await openCur(letter, anchor) : undefined;
      const target = read ? `${read.path}/${name}:2,${letter.flags}` : `${anchor.new}/${name}`;
      const place = async (): Promise<void> => {
        await account?.append();
        // qmail-local links and unlinks; one rename is as safe under a name that nobody else can have made (its random
        // part), and leaves no second name behind.
        await renameFile(path, target);
        moved = target;
      };
      const [closing, placing] = await Promise.allSettled([closed, place()]);
      if (closing.status === 'rejected') throw closing.reason;
      if (placing.status === 'rejected') throw placing.reason;
      await (read ? read.makeDurable() : makeDurable(anchor));
    } catch (error) {
      // The copy is given up: nobody may find it, since the message will be delivered again.
      const left = moved ?? tmp;
      if (left !== undefined) await unlinkFile(left).catch(() => {});
      await account?.undo().catch(() => {});
      throw error;
    } finally {
      read?.close();
    }
    return { stored: true, name, size, percent: account?.percent };
  }

  /** The whole copy in tmp, on disk; nothing is left there when it fails. */
  async function writeFile(
    letter: MaildirLetter,
    anchor: MaildirAnchor,
    deadline: number,
  ): Promise<WrittenFile> {
    const base = names.next();
    const path = `${anchor.tmp}/${base}`;
    const size = sizeOf(letter);
    const isOneWrite = isInMemory(letter);
    // What is written by one call needs no second one to be on disk.
    const descriptor = await openFile(path, createFlags | (isOneWrite ? constants.O_SYNC : 0), 0o600);
    let isOpen = true;
    try {
      if (isRoot && letter.owner) await changeOwner(descriptor, letter.owner.uid, letter.owner.gid);
      const wireSize = await writeMessage(descriptor, letter, size, deadline);
      if (!isOneWrite) await syncFile(descriptor);
      isOpen = false;
      // NFS tells quota and write errors here. What was written by a synchronous call has told them already, so its
      // name need not wait for the close; both must do well before anything is reported. On a disk of this machine nothing
      // is left for the close to do: it is made at once.
      if (isOneWrite && anchor.isLocal) closeNow(descriptor);
      const closed = isOneWrite && anchor.isLocal ? Promise.resolve() : closeFile(descriptor);
      if (!isOneWrite) await closed;
      closed.catch(() => undefined);
      return { base, path, wireSize, closed };
    } catch (error) {
      if (isOpen) dropFile(descriptor);
      await unlinkFile(path).catch(() => {});
      throw error;
    }
  }

  async function makeDurable(anchor: MaildirAnchor): Promise<void> {
    const synced = await directorySync.sync(`${anchor.path}/new`);
    if (!anchor.isNew(synced)) throw new Replaced('the Maildir was replaced');
  }

  return {
    deliver,
    begin(letter) {
      // What is read from the queue's file is not hurried by it.
      if (!isInMemory(letter)) return;
      begun.begin(
        letter,
        () => acquire(letter),
        (anchor) => writeFile(letter, anchor, Date.now() + timeLimit),
      );
    },
    close() {
      begun.drop();
      anchors.close();
    },
  };
}

const sizeOf = ({ prefix, message, size, skip = 0 }: MaildirLetter): number =>
  prefix.length + (message?.length ?? size - skip);

interface OpenedCur {
  readonly path: string;
  /** Throws Replaced when the Maildir's path has another cur by now. */
  makeDurable(): Promise<void>;
  close(): void;
}

/** Held open as new is by its anchor, for the time of one delivery: letters that come with flags are few. */
async function openCur({ owner }: MaildirLetter, anchor: MaildirAnchor): Promise<OpenedCur> {
  const flags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
  const descriptor = await openFile(`${anchor.root}/cur`, flags);
  try {
    const { uid, dev, ino } = await statFile(descriptor);
    if (owner && uid !== owner.uid) {
      throw Object.assign(new Error(`cur belongs to uid ${uid}, not ${owner.uid}`), { code: 'EPERM' });
    }
    return {
      path: process.platform === 'linux' ? `/proc/self/fd/${descriptor}` : `${anchor.path}/cur`,
      async makeDurable() {
        await syncFile(descriptor).catch((error: unknown) => {
          // Some network file systems make entries durable by themselves.
          if (errorCode(error) !== 'EINVAL') throw error;
        });
        const now = await statName(`${anchor.path}/cur`);
        if (now.dev !== dev || now.ino !== ino) throw new Replaced('the Maildir was replaced');
      },
      close: () => dropFile(descriptor),
    };
  } catch (error) {
    dropFile(descriptor);
    throw error;
  }
}

/** The queue keeps in memory what is written by one call. */
const isInMemory = (letter: MaildirLetter): boolean => letter.message !== undefined;

function refuse(
  reason: Extract<MaildirResult, { stored: false }>['reason'],
  error: unknown,
): MaildirResult & { stored: false } {
  return { stored: false, reason, error };
}

/** Writes prefix and message; returns the size with CRLF line ends. */
async function writeMessage(
  descriptor: Descriptor,
  letter: MaildirLetter,
  size: number,
  deadline: number,
): Promise<number> {
  const { prefix, message } = letter;
  if (message === undefined) return copyMessage(descriptor, letter, size, deadline);
  if (size <= copyLimit) {
    const whole = Buffer.allocUnsafe(size);
    prefix.copy(whole, 0);
    message.copy(whole, prefix.length);
    await writeBytes(descriptor, whole);
    return size + countBareLf(whole, 0);
  }
  await writeBoth(descriptor, prefix, message);
  return size + countBareLf(prefix, 0) + countBareLf(message, prefix.at(-1) ?? 0);
}

function writeBoth(descriptor: Descriptor, prefix: Buffer, message: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    writev(descriptor, [prefix, message], null, (error, written) => {
      if (error) return reject(error);
      const rest = written - prefix.length;
      if (rest === message.length) return resolve();
      const missing =
        rest < 0
          ? writeBytes(descriptor, prefix.subarray(written)).then(() => writeBytes(descriptor, message))
          : writeBytes(descriptor, message.subarray(rest));
      missing.then(resolve, reject);
    });
  });
}

/** Streams the queue file, one chunk in memory. */
async function copyMessage(
  descriptor: Descriptor,
  letter: MaildirLetter,
  size: number,
  deadline: number,
): Promise<number> {
  let source: Descriptor;
  try {
    source = await openFile(letter.path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    throw new UnreadMessage('queue file', { cause: error });
  }
  try {
    await writeBytes(descriptor, letter.prefix);
    const buffer = Buffer.allocUnsafe(Math.min(chunkSize, letter.size + 1));
    let extra = countBareLf(letter.prefix, 0);
    let before = letter.prefix.at(-1) ?? 0;
    let read = letter.skip ?? 0;
    for (;;) {
      const bytes = await readBytes(source, buffer, read).catch((error: unknown) => {
        throw new UnreadMessage('queue file', { cause: error });
      });
      if (bytes === 0) break;
      const chunk = buffer.subarray(0, bytes);
      read += bytes;
      extra += countBareLf(chunk, before);
      before = chunk[bytes - 1]!;
      await writeBytes(descriptor, chunk);
      if (Date.now() > deadline) throw new Timeout('delivery took a day');
    }
    // A queue file never changes; another length means that its end was not read, or that it is not the message.
    if (read !== letter.size) throw new UnreadMessage(`queue file has ${read} bytes, not ${letter.size}`);
    return size + extra;
  } finally {
    dropFile(source);
  }
}
