// The sets of addresses of a list (ezmlm-idx 7 sub-std, ezmlm(5) SUBSCRIBERS): subscribers of the list itself in
// DIR/subscribers, of the others in DIR/SET/subscribers: `digest`, `allow`, `deny`, `mod` and any name that DIR/modsub,
// DIR/remote or DIR/modpost gives. 53 files `@` to `t`; records `T`, address, NUL. A file is replaced as a whole under the
// lock DIR/lock (DIR/SET/lock), durably, and each change is a line in DIR/Log (DIR/SET/Log).
// Addresses compare without case and keep theirs; domains are kept in lower case. Reading needs no lock and little memory,
// however many there are.
import { constants } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Owner, replaceFile, syncDirectory } from '../accounts/durable.ts';
import { lowerAscii } from '../formats/address.ts';
import { dropFile, errorCode, makeDirectory, openFile, readBytes, statFile } from '../maildir/calls.ts';
import { HASH_FILES, hashFileName, placesOf } from './address-hash.ts';
import { ListError, systemError } from './errors.ts';
import { withListLock } from './lock.ts';
import { appendToLog } from './log-file.ts';
import { joinRecords, MOST_ADDRESS_BYTES, RecordSplitter } from './records.ts';

/**
 * The directory of a set. @param set `.` or '' for the list itself, else a name; a path only when it is in the list
 * @throws ListError 111 for a name that leads elsewhere
 */
export function directoryOfSet(directory: string, set: string): string {
  const base = directory.replace(/\/+$/, '');
  let name = set;
  if (set.startsWith('/')) {
    if (set !== base && !set.startsWith(`${base}/`))
      throw new ListError(111, `${set} is not in the list directory ${base}`);
    name = set.slice(base.length);
  }
  name = name.replace(/^\/+|\/+$/g, '');
  if (name.includes('/') || name === '..' || name.includes('\0'))
    throw new ListError(111, `${set}: a set of addresses is one directory in that of the list`);
  return name === '' || name === '.' ? base : join(base, name);
}

/** Bytes of a hash file that are read at a time. */
const READ_BYTES = 65_536;

/**
 * The addresses of a set, hash file after hash file as ezmlm-list shows them, some at a time. Files that are not there
 * are empty. A file that is replaced meanwhile is read to its end as it was.
 * @param from first hash file, 0; `to` the last, 52 (ezmlm-send and ezmlm-split deliver by parts)
 * @throws ListError 111
 */
export async function* readSubscribers(
  directory: string,
  set = '.',
  { from = 0, to = HASH_FILES - 1 }: { readonly from?: number; readonly to?: number } = {},
): AsyncGenerator<readonly string[]> {
  const place = join(directoryOfSet(directory, set), 'subscribers');
  for (let number = from; number <= to && number < HASH_FILES; number++) {
    for await (const records of readHashFile(join(place, hashFileName(number))))
      if (records.length > 0) yield records.map((record) => record.toString('utf8', 1));
  }
}

async function* readHashFile(path: string): AsyncGenerator<Buffer[]> {
  let descriptor: number;
  try {
    descriptor = await openFile(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return;
    throw systemError(`unable to open ${path}`, error);
  }
  try {
    const { size } = await statFile(descriptor);
    if (size === 0) return;
    const buffer = Buffer.allocUnsafe(Math.min(READ_BYTES, Math.max(size, 512)));
    const splitter = new RecordSplitter();
    for (let at = 0; ; ) {
      const bytes = await readBytes(descriptor, buffer, at);
      if (bytes === 0) return;
      at += bytes;
      yield splitter.push(buffer.subarray(0, bytes));
    }
  } catch (error) {
    throw systemError(`unable to read ${path}`, error);
  } finally {
    dropFile(descriptor);
  }
}

/** How many there are. */
export async function countSubscribers(directory: string, set = '.'): Promise<number> {
  let count = 0;
  for await (const addresses of readSubscribers(directory, set)) count += addresses.length;
  return count;
}

const isSame = (one: string, other: string): boolean => lowerAscii(one) === lowerAscii(other);

/**
 * Looks an address up: itself, and then `@domain`, which stands for all of a domain (lists of allowed and denied posters).
 * @returns the address as it is recorded; undefined: it is not in the set
 * @throws ListError 111
 */
export async function findSubscriber(
  directory: string,
  set: string,
  address: string,
): Promise<string | undefined> {
  const at = address.lastIndexOf('@');
  if (at < 0) return undefined;
  return (
    (await findExactly(directory, set, address)) ??
    (at === 0 ? undefined : await findExactly(directory, set, address.slice(at)))
  );
}

/** The same without `@domain`. */
export async function findExactly(
  directory: string,
  set: string,
  address: string,
): Promise<string | undefined> {
  const place = join(directoryOfSet(directory, set), 'subscribers');
  for (const number of placesOf(address).files) {
    for await (const records of readHashFile(join(place, hashFileName(number)))) {
      for (const record of records) {
        const recorded = record.toString('utf8', 1);
        if (isSame(recorded, address)) return recorded;
      }
    }
  }
  return undefined;
}

/** One change of a set. */
export interface SubscriberChange {
  readonly address: string;
  readonly adds: boolean;
  /** A name or reason for the Log, after the address. */
  readonly comment?: string | undefined;
}

export interface ChangeOptions {
  /** What the Log calls it after `+` or `-`: `manual`, `mod`, `probe`; nothing for the subscriber's own doing. */
  readonly event?: string | undefined;
  /** Put into, or take out of, this hash file and no other (ezmlm-sub -h). */
  readonly hashFile?: number | undefined;
}

/** Is this an address that a set can hold? The words of a refusal, or undefined. */
export function refuseAddress(address: string): string | undefined {
  if (!address.includes('@')) return `${address}: an address has an @`;
  if (/[\n\0]/.test(address)) return 'an address has no line feed in it';
  if (Buffer.byteLength(address, 'utf8') > MOST_ADDRESS_BYTES)
    return `an address has at most ${MOST_ADDRESS_BYTES} bytes`;
  return undefined;
}

/**
 * Adds and removes addresses, in order, and durably: on return all of it is on disk and in the Log.
 * @returns for each change whether it changed anything: false, it was there (or not there) already
 * @throws ListError 100 for what is no address (nothing was changed); 111
 */
export async function changeSubscribers(
  directory: string,
  set: string,
  changes: readonly SubscriberChange[],
  { event = '', hashFile }: ChangeOptions = {},
): Promise<readonly boolean[]> {
  for (const { address } of changes) {
    const refusal = refuseAddress(address);
    if (refusal !== undefined) throw new ListError(100, refusal);
  }
  if (changes.length === 0) return [];
  const base = directoryOfSet(directory, set);
  const owner = await ownerOf(base);
  return withListLock(
    join(base, 'lock'),
    async () => {
      const store = new OpenSet(join(base, 'subscribers'), owner);
      const answers: boolean[] = [];
      for (const [i, { address, adds }] of changes.entries()) {
        answers.push(await store.change(address, adds, hashFile));
        // Files that are read already are waited for by nobody: others of this process have their turn.
        if (i % 500 === 499) await new Promise((resolve) => setImmediate(resolve));
      }
      await store.save();
      const done = changes.filter((_change, i) => answers[i]);
      await appendToLog(
        base,
        done.map(({ address, adds, comment }) => ({
          event: `${adds ? '+' : '-'}${event}`,
          address: placesOf(address).record.toString('utf8').slice(1, -1),
          comment,
        })),
        owner,
      );
      return answers;
    },
    owner,
  );
}

/** Adds one address. @returns false: it was there. @throws as changeSubscribers */
export const subscribe = async (
  directory: string,
  set: string,
  address: string,
  options: ChangeOptions & { readonly comment?: string | undefined } = {},
): Promise<boolean> =>
  (await changeSubscribers(directory, set, [{ address, adds: true, comment: options.comment }], options))[0]!;

/** Removes one address. @returns false: it was not there. @throws as changeSubscribers */
export const unsubscribe = async (
  directory: string,
  set: string,
  address: string,
  options: ChangeOptions & { readonly comment?: string | undefined } = {},
): Promise<boolean> =>
  (
    await changeSubscribers(directory, set, [{ address, adds: false, comment: options.comment }], options)
  )[0]!;

/** Makes DIR/SET and DIR/SET/subscribers where they are missing. @throws ListError 111 */
export async function makeSet(directory: string, set: string): Promise<void> {
  const base = directoryOfSet(directory, set);
  for (const path of [base, join(base, 'subscribers')]) {
    try {
      await makeDirectory(path, 0o755);
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw systemError(`unable to create ${path}`, error);
    }
  }
  await syncDirectory(base);
}

/** Whose new files are: the set's directory's owner, also when root works on it. */
async function ownerOf(base: string): Promise<Owner> {
  try {
    const { uid, gid } = await stat(base);
    return { uid, gid };
  } catch (error) {
    throw systemError(`unable to look at ${base}`, error);
  }
}

/** The hash files that changes touch, in memory while the lock is held. */
class OpenSet {
  readonly #place: string;
  readonly #owner: Owner;
  readonly #files = new Map<number, { records: Map<string, Buffer>; isChanged: boolean }>();

  constructor(place: string, owner: Owner) {
    this.#place = place;
    this.#owner = owner;
  }

  async change(address: string, adds: boolean, hashFile: number | undefined): Promise<boolean> {
    const { record, files } = placesOf(address);
    const numbers = hashFile === undefined ? files : ([hashFile] as const);
    const key = lowerAscii(record.toString('latin1'));
    let wasThere = false;
    for (const [i, number] of numbers.entries()) {
      const file = await this.#load(number);
      const isHere = file.records.has(key);
      // In the file where it is looked for first it stays; from those of older programs it moves there.
      if (isHere && !(adds && i === 0)) {
        file.records.delete(key);
        file.isChanged = true;
      }
      wasThere ||= isHere;
    }
    const first = await this.#load(numbers[0]);
    if (adds && !first.records.has(key)) {
      first.records.set(key, record);
      first.isChanged = true;
    }
    return adds !== wasThere;
  }

  async #load(number: number): Promise<{ records: Map<string, Buffer>; isChanged: boolean }> {
    let file = this.#files.get(number);
    if (file === undefined) {
      const records = new Map<string, Buffer>();
      for await (const found of readHashFile(join(this.#place, hashFileName(number))))
        for (const record of found) {
          const key = `${lowerAscii(record.toString('latin1'))}\0`;
          // An address that is there twice counts once.
          if (!records.has(key)) records.set(key, Buffer.concat([record, Buffer.of(0)]));
        }
      file = { records, isChanged: false };
      this.#files.set(number, file);
    }
    return file;
  }

  async save(): Promise<void> {
    for (const [number, { records, isChanged }] of this.#files) {
      if (!isChanged) continue;
      const path = join(this.#place, hashFileName(number));
      const mode = await stat(path).then(
        (stats) => stats.mode & 0o777,
        () => 0o644,
      );
      try {
        await replaceFile(path, joinRecords(records.values()), mode, this.#owner);
      } catch (error) {
        throw systemError(`unable to write ${path}`, error);
      }
    }
  }
}
