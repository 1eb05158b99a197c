// Accounts in vpopmail's files: DOM/vpasswd with its cdb, .dir-control, lastauth, .qmailadmin-limits (spec/vpopmail.md
// 1.4, 2). The back end of every vpopmail that was built without a database, and the default. Look-ups read the cdb,
// lists read the text, which is the truth; changes happen under vpopmail's lock, one domain at a time. Everything read
// is cached by file identity, so that what vpopmail's own tools or a text editor do is seen at once.
import { constants } from 'node:fs';
import { open, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as giveTurn } from 'node:timers/promises';
import { CachedFile, CachedPaths, isMissing } from '../control/cached-file.ts';
import { Cdb } from '../formats/cdb.ts';
import { findInCdbFile } from '../formats/cdb-file.ts';
import type { DirectoryControl } from './directories.ts';
import { formatControl, freshControl, parseControl } from './directories.ts';
import type { Owner } from './durable.ts';
import { replaceFile } from './durable.ts';
import { VpopmailError } from './errors.ts';
import type { Place } from './free-places.ts';
import { findPlace, leavePlace } from './free-places.ts';
import { openLimitsFiles } from './limits-file.ts';
import { cleanField } from './names.ts';
import type { AccountRecord, AccountStore, HomeMaker, LastLogin, RecordPage, RecordQuery } from './store.ts';
import type { Domain } from './types.ts';
import type { LineChange } from './vpasswd.ts';
import {
  changeVpasswdLine,
  formatVpasswdEntry,
  parseVpasswdFields,
  parseVpasswdLine,
  textToLatin1,
  toStoredBytes,
  toText,
  updateVpasswd,
} from './vpasswd.ts';
import { VpasswdCache } from './vpasswd-cache.ts';
import type { VpasswdReader } from './vpasswd-reader.ts';

/** A cdb of more bytes is asked on disk; the page cache holds what is asked often. */
const LARGE_CDB = 1 << 20;

/** Lines that are changed in one turn of the event loop, some milliseconds. */
const LINES_A_TURN = 2000;

/** vpopmail pw_uid of users made without APOP. */
const POP_USER = 1;

export function openCdbStore(): AccountStore {
  const cdbs = new CachedPaths(
    (path) =>
      new CachedFile<Cdb | 'large' | undefined>(path, (bytes) => bytes && Cdb.from(bytes, path), {
        above: LARGE_CDB,
        value: 'large',
      }),
  );
  const texts = new VpasswdCache();
  const pathOf = (domain: Domain): string => join(domain.directory, 'vpasswd');

  async function find(domain: Domain, name: string, trustMs = 0): Promise<AccountRecord | undefined> {
    const path = `${pathOf(domain)}.cdb`;
    const cdb = await cdbs.get(path).read(trustMs);
    // A domain whose cdb is missing still has its text.
    if (cdb === undefined) return texts.read(pathOf(domain), (text) => text.find(name));
    const key = Buffer.from(name, 'utf8');
    const data = await (cdb === 'large' ? findInCdbFile(path, key) : cdb.find(key));
    return data && parseVpasswdFields(name, data.toString('utf8'));
  }

  /** Changes one line under the lock; our own index follows. */
  async function changeText(
    domain: Domain,
    name: string,
    edit: (line: string | undefined) => Promise<LineChange | undefined>,
  ): Promise<void> {
    const change = await changeVpasswdLine(domain.directory, domain, textToLatin1(name), edit);
    if (change !== undefined) texts.follow(pathOf(domain), change);
  }

  /** Changes the text of one domain; `edit` sees the record as text and its result is stored as bytes. */
  async function changeLine(
    domain: Domain,
    name: string,
    edit: (record: AccountRecord) => AccountRecord | undefined | Promise<AccountRecord | undefined>,
  ): Promise<AccountRecord> {
    let stored: AccountRecord | undefined;
    await changeText(domain, name, async (line) => {
      const raw = line === undefined ? undefined : parseVpasswdLine(line);
      if (raw === undefined) throw new VpopmailError(-10);
      const old = toText(raw);
      const edited = await edit(old);
      stored = edited ?? old;
      return edited && { line: formatVpasswdEntry(toStoredBytes(edited, raw)) };
    });
    return stored as AccountRecord;
  }

  return {
    kind: async () => 'cdb',
    find,
    aliasTable: async () => undefined,
    addAliasDomain: async () => undefined,
    removeAliasDomain: async () => undefined,
    ...openLimitsFiles(),
    list: (domain, query) => texts.read(pathOf(domain), (text) => listPage(text, query)),
    count: (domain) => texts.read(pathOf(domain), ({ length }) => length),
    async *each(domain) {
      const text = await texts.open(pathOf(domain));
      try {
        yield* text.reader.all();
      } finally {
        await text.close();
      }
    },
    async problems(domain) {
      const path = pathOf(domain);
      const torn = await texts.read(path, (text) => text.torn());
      return torn.map(({ line, text }) => ({
        where: `${path}:${line}`,
        words: `skipped, fewer than six colons: ${text.slice(0, 64)}`,
      }));
    },
    async add(domain, wanted, makeHome) {
      let settled: Promise<() => Promise<void>> | undefined;
      let record: AccountRecord | undefined;
      const { name } = wanted;
      try {
        await changeText(domain, name, async (line) => {
          if (line !== undefined) throw new VpopmailError(-2);
          const place = await findPlace(domain, name, await readControl(domain.directory));
          // The home is made while the hash is and the files are written; they take their names when it is there.
          settled = settle(domain, place, makeHome);
          const ready = settled.then(() => undefined);
          ready.catch(() => undefined);
          record = {
            ...wanted,
            password: await wanted.password,
            uid: POP_USER,
            directory: place.directory,
          };
          return { line: textToLatin1(formatVpasswdEntry(record)), ready };
        });
      } catch (error) {
        const undo = await settled?.catch(() => undefined);
        await undo?.();
        throw error;
      }
      return record as AccountRecord;
    },
    async giveHome(domain, name, makeHome) {
      let undo: (() => Promise<void>) | undefined;
      try {
        return await changeLine(domain, name, async (record) => {
          // Somebody else was quicker.
          if (record.directory !== '') return undefined;
          const place = await findPlace(domain, name, await readControl(domain.directory));
          undo = await settle(domain, place, makeHome);
          return { ...record, directory: place.directory };
        });
      } catch (error) {
        await undo?.();
        throw error;
      }
    },
    change: changeLine,
    async changeAll(domain, edit) {
      let changed = 0;
      await updateVpasswd(domain.directory, domain, async (text) => {
        const lines = text.split('\n');
        for (const [at, line] of lines.entries()) {
          if (at % LINES_A_TURN === LINES_A_TURN - 1) await giveTurn();
          const raw = parseVpasswdLine(line);
          const edited = raw && edit(toText(raw));
          if (raw === undefined || edited === undefined) continue;
          changed++;
          lines[at] = formatVpasswdEntry(toStoredBytes(edited, raw));
        }
        return changed === 0 ? undefined : lines.join('\n');
      });
      return changed;
    },
    async remove(domain, name) {
      let removed: AccountRecord | undefined;
      await changeText(domain, name, async (line) => {
        const raw = line === undefined ? undefined : parseVpasswdLine(line);
        if (raw === undefined) throw new VpopmailError(-10);
        removed = toText(raw);
        return { line: undefined, ready: freePlace(domain, removed.directory) };
      });
      return removed as AccountRecord;
    },
    directoryControl: ({ directory }) => readControl(directory),
    async storeAll(domain, records, control) {
      const lines = new Map<string, string>();
      for await (const record of records) lines.set(textToLatin1(record.name), lineOfForeign(record));
      const added = lines.size;
      let changed = 0;
      await updateVpasswd(domain.directory, domain, async (text) => {
        const kept = text.split('\n').filter((line) => line !== '' && !lines.has(nameOfLine(line)));
        changed = text.split('\n').filter((line) => lines.has(nameOfLine(line))).length;
        await writeControl(domain, control);
        const all = [...kept, ...lines.values()].map((line) => [nameOfLine(line), line] as const);
        const sorted = all.sort(([one], [other]) => (one < other ? -1 : Number(one > other)));
        return sorted.map(([, line]) => `${line}\n`).join('');
      });
      return { added: added - changed, changed };
    },
    async addDomain(domain) {
      await updateVpasswd(domain.directory, domain, () => '');
    },
    async removeDomain() {
      // Everything is in the domain's directory.
    },
    async lastLogin(_domain, record) {
      const path = join(record.directory, 'lastauth');
      try {
        const [content, { mtimeMs }] = await Promise.all([readFile(path, 'latin1'), stat(path)]);
        return { at: Math.floor(mtimeMs / 1000), ip: content.trim() };
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },
    recordLogin: (domain, record, login) => writeLastAuth(join(record.directory, 'lastauth'), domain, login),
    close: async () => undefined,
  };
}

/**
 * vpopmail's lastauth: the address, and the file's time. Written in place as vpopmail does, without a sync: it may come
 * several times a second from several processes, and what is lost with the power is a login's time.
 */
async function writeLastAuth(path: string, owner: Owner, { at, ip }: LastLogin): Promise<void> {
  const { O_WRONLY, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;
  const file = await open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600);
  try {
    const stats = await file.stat();
    // security.md F2: nothing but the account's own file is written to.
    if (!stats.isFile() || stats.nlink !== 1) throw new Error(`${path}: expected a plain file with one name`);
    await file.truncate();
    await file.write(ip);
    if (process.geteuid?.() === 0) await file.chown(owner.uid, owner.gid);
    await file.utimes(at, at);
  } finally {
    await file.close();
  }
}

/** One page of a text's accounts, or of those that a search finds. */
async function listPage(
  all: VpasswdReader,
  { search = '', after, before, limit }: RecordQuery,
): Promise<RecordPage> {
  const fitting = search === '' ? undefined : await all.search(search);
  const total = fitting?.length ?? all.length;
  const position = (at: number): number => fitting?.[at] ?? at;
  const placeOf = (name: string): Promise<number> => all.placeOf(textToLatin1(name), fitting);
  let start = 0;
  let end = total;
  if (before !== undefined) {
    end = await placeOf(before);
    start = Math.max(0, end - limit);
  } else if (after !== undefined) {
    start = await placeOf(after);
    if (start < total && (await all.nameAt(position(start))) === textToLatin1(after)) start++;
  }
  const records: AccountRecord[] = [];
  const stop = Math.min(end, start + limit);
  for (let at = start; at < stop; at++) records.push(await all.at(position(at)));
  return { records, total, hasBefore: start > 0, hasAfter: stop < total };
}

/** Reads .dir-control; a missing one is that of a domain without users. Throws VpopmailError for a broken one. */
export async function readControl(directory: string): Promise<DirectoryControl> {
  const path = join(directory, '.dir-control');
  try {
    const control = parseControl(await readFile(path, 'latin1'));
    if (control === undefined) throw new VpopmailError(-17, `${path}: expected vpopmail's eight lines`);
    return control;
  } catch (error) {
    if (isMissing(error)) return freshControl;
    throw error;
  }
}

const nameOfLine = (line: string): string => line.split(':', 1)[0] ?? '';

/** The line of another back end's record, as latin1. Throws VpopmailError -20 for what a line cannot hold. */
function lineOfForeign(record: AccountRecord): string {
  const { name, password, directory, quota, clear = '', uid } = record;
  // SQL back ends store 0 for a POP user.
  const own = { ...record, uid: uid === 0 ? POP_USER : uid, gecos: cleanField(record.gecos) };
  const odd = [name, password, directory, quota].some((field) => /[:\n]/.test(field));
  if (odd || clear.includes('\n')) throw new VpopmailError(-20, JSON.stringify(name));
  return textToLatin1(formatVpasswdEntry(own));
}

/** Makes a home in a free place and counts it. Gives what takes the home back. The caller holds the lock. */
async function settle(domain: Domain, place: Place, makeHome: HomeMaker): Promise<() => Promise<void>> {
  const undo = await makeHome(place.directory);
  try {
    await place.take();
    await writeControl(domain, place.control);
  } catch (error) {
    await undo();
    throw error;
  }
  return undo;
}

const writeControl = (domain: Domain, control: DirectoryControl): Promise<void> =>
  replaceFile(join(domain.directory, '.dir-control'), formatControl(control), 0o600, domain);

/** Counts an account out; its hashed place is kept for the next one. */
async function freePlace(domain: Domain, directory: string): Promise<void> {
  const control = await readControl(domain.directory);
  const users = Math.max(0, control.users - 1);
  await writeControl(domain, { ...control, users });
  await leavePlace(domain, directory);
}
