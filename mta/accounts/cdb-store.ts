// Accounts in vpopmail's files: DOM/vpasswd with its cdb, .dir-control, lastauth, .qmailadmin-limits (spec/vpopmail.md
// 1.4, 2). The back end of every vpopmail that was built without a database, and the default. Look-ups read the cdb,
// lists read the text, which is the truth; changes happen under vpopmail's lock, one domain at a time. Everything read
// is cached by file identity, so that what vpopmail's own tools or a text editor do is seen at once.
import { constants } from 'node:fs';
import { open, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CachedFile, CachedPaths, isMissing } from '../control/cached-file.ts';
import { Cdb } from '../formats/cdb.ts';
import type { DirectoryControl } from './directories.ts';
import { formatControl, freshControl, nextControl, parseControl } from './directories.ts';
import type { Owner } from './durable.ts';
import { replaceFile } from './durable.ts';
import { VpopmailError } from './errors.ts';
import { formatLimits, parseLimits } from './limits.ts';
import { MAX_DIRECTORY } from './names.ts';
import type { AccountRecord, AccountStore, LastLogin, RecordPage, RecordQuery } from './store.ts';
import type { Domain } from './types.ts';
import {
  compileVpasswd,
  formatVpasswdEntry,
  parseVpasswd,
  parseVpasswdFields,
  parseVpasswdLine,
  setVpasswdLine,
  textToLatin1,
  toStoredBytes,
  toText,
  updateVpasswd,
} from './vpasswd.ts';
import { VpasswdIndex } from './vpasswd-index.ts';

/** vpopmail pw_uid of users made without APOP. */
const POP_USER = 1;

export function openCdbStore(): AccountStore {
  const cdbs = new CachedPaths(
    (path) => new CachedFile(path, (bytes) => (bytes === undefined ? undefined : Cdb.from(bytes, path))),
  );
  // A domain whose cdb is missing still has its text.
  const texts = new CachedPaths(
    (path) =>
      new CachedFile(path, (bytes) => Cdb.from(compileVpasswd(bytes?.toString('latin1') ?? ''), path)),
  );
  const indexes = new CachedPaths(
    (path) => new CachedFile(path, (bytes) => new VpasswdIndex(bytes ?? Buffer.alloc(0))),
    20,
  );
  const limits = new CachedPaths((path) => new CachedFile(path, (bytes) => bytes?.toString('utf8')));
  const index = (domain: Domain) => indexes.get(join(domain.directory, 'vpasswd')).read();
  const limitsPath = (domain: Domain): string => join(domain.directory, '.qmailadmin-limits');

  async function find(domain: Domain, name: string, trustMs = 0): Promise<AccountRecord | undefined> {
    const text = join(domain.directory, 'vpasswd');
    const cdb = (await cdbs.get(`${text}.cdb`).read(trustMs)) ?? (await texts.get(text).read(trustMs));
    const data = cdb.find(Buffer.from(name, 'utf8'));
    return data && parseVpasswdFields(name, data.toString('utf8'));
  }

  /** Changes the text of one domain; `edit` sees the record as text and its result is stored as bytes. */
  async function changeLine(
    domain: Domain,
    name: string,
    edit: (record: AccountRecord) => AccountRecord | undefined | Promise<AccountRecord | undefined>,
  ): Promise<AccountRecord> {
    let stored: AccountRecord | undefined;
    await updateVpasswd(domain.directory, domain, async (text) => {
      const raw = findLine(text, name);
      if (raw === undefined) throw new VpopmailError(-10);
      const old = toText(raw);
      const edited = await edit(old);
      stored = edited ?? old;
      if (edited === undefined) return undefined;
      return setVpasswdLine(text, name, formatVpasswdEntry(toStoredBytes(edited, raw)));
    });
    return stored as AccountRecord;
  }

  return {
    kind: 'cdb',
    find,
    aliases: undefined,
    async list(domain, query) {
      return listPage(await index(domain), query);
    },
    count: async (domain) => (await index(domain)).length,
    async *each(domain) {
      const all = await index(domain);
      for (let at = 0; at < all.length; at++) yield all.at(at);
    },
    async problems(domain) {
      const path = join(domain.directory, 'vpasswd');
      const { torn } = parseVpasswd((await index(domain)).text());
      return torn.map(({ line, text }) => ({
        where: `${path}:${line}`,
        words: `skipped, fewer than six colons: ${text.slice(0, 64)}`,
      }));
    },
    async add(domain, wanted, makeHome) {
      let undo: (() => Promise<void>) | undefined;
      let record: AccountRecord | undefined;
      try {
        await updateVpasswd(domain.directory, domain, async (text) => {
          const { name } = wanted;
          if (findLine(text, name) !== undefined) throw new VpopmailError(-2);
          const control = await readControl(domain.directory);
          const free = await readFreePlaces(domain.directory);
          const next = nextControl(control);
          // vpopmail backfill: places that deleted accounts left are used again first.
          const place = free.at(-1) ?? next.path;
          const directory = join(domain.directory, place, name);
          if (Buffer.byteLength(directory) > MAX_DIRECTORY) throw new VpopmailError(-30, directory);
          undo = await makeHome(directory);
          if (free.length > 0) await writeFreePlaces(domain, free.slice(0, -1));
          const counted = free.length > 0 ? { ...control, users: next.users } : next;
          await replaceFile(join(domain.directory, '.dir-control'), formatControl(counted), 0o600, domain);
          record = { ...wanted, uid: POP_USER, directory };
          return setVpasswdLine(text, name, textToLatin1(formatVpasswdEntry(record)));
        });
      } catch (error) {
        await undo?.();
        throw error;
      }
      return record as AccountRecord;
    },
    change: changeLine,
    async changeAll(domain, edit) {
      let changed = 0;
      await updateVpasswd(domain.directory, domain, (text) => {
        const lines = text.split('\n').map((line) => {
          const raw = parseVpasswdLine(line);
          const edited = raw && edit(toText(raw));
          if (raw === undefined || edited === undefined) return line;
          changed++;
          return formatVpasswdEntry(toStoredBytes(edited, raw));
        });
        return changed === 0 ? undefined : lines.join('\n');
      });
      return changed;
    },
    async remove(domain, name) {
      let removed: AccountRecord | undefined;
      await updateVpasswd(domain.directory, domain, async (text) => {
        const raw = findLine(text, name);
        if (raw === undefined) throw new VpopmailError(-10);
        removed = toText(raw);
        await freePlace(domain, removed.directory);
        return setVpasswdLine(text, name, undefined);
      });
      return removed as AccountRecord;
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
    async limits(domain) {
      const text = await limits.get(limitsPath(domain)).read();
      return text === undefined ? undefined : parseLimits(text);
    },
    async setLimits(domain, wanted) {
      const path = limitsPath(domain);
      if (wanted === undefined) return rm(path, { force: true });
      const text = (await limits.get(path).read()) ?? '';
      await replaceFile(path, formatLimits(wanted, text), 0o600, domain);
    },
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

/** The record of a name in a text read as latin1, its fields still bytes. */
function findLine(text: string, name: string): AccountRecord | undefined {
  const key = `${name}:`;
  for (let at = text.startsWith(key) ? 0 : text.indexOf(`\n${key}`) + 1; at > 0 || text.startsWith(key); ) {
    const end = text.indexOf('\n', at);
    const record = parseVpasswdLine(text.slice(at, end < 0 ? undefined : end));
    if (record !== undefined) return record;
    // A torn line of that name: perhaps a whole one follows.
    const next = end < 0 ? -1 : text.indexOf(`\n${key}`, end - 1);
    if (next < 0) return undefined;
    at = next + 1;
  }
  return undefined;
}

/** One page of an index (pure). */
function listPage(all: VpasswdIndex, { after, before, search, limit }: RecordQuery): RecordPage {
  const fitting = search === undefined || search === '' ? undefined : all.search(search);
  const total = fitting?.length ?? all.length;
  const position = (at: number): number => fitting?.[at] ?? at;
  // The first place whose name is not below `name`.
  const placeOf = (name: string): number => {
    let low = 0;
    let high = total;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (all.nameAt(position(middle)) < name) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  let start = 0;
  let end = total;
  if (before !== undefined) {
    end = placeOf(textToLatin1(before));
    start = Math.max(0, end - limit);
  } else if (after !== undefined) {
    start = placeOf(textToLatin1(after));
    if (start < total && all.nameAt(position(start)) === textToLatin1(after)) start++;
  }
  const records: AccountRecord[] = [];
  for (let at = start; at < Math.min(end, start + limit); at++) records.push(all.at(position(at)));
  return { records, total };
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

const freePlacesPath = (directory: string): string => join(directory, '.dir_control_free');

/** The hashed paths that deleted accounts left, oldest first; lines that are none are nobody's place. */
async function readFreePlaces(directory: string): Promise<readonly string[]> {
  try {
    const lines = (await readFile(freePlacesPath(directory), 'latin1')).split('\n');
    return lines.map((line) => line.trim()).filter((line) => isHashPath(line));
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

async function writeFreePlaces(domain: Domain, places: readonly string[]): Promise<void> {
  const text = places.map((place) => `${place}\n`).join('');
  await replaceFile(freePlacesPath(domain.directory), text, 0o600, domain);
}

const isHashPath = (text: string): boolean => /^[0-9A-Za-z](?:\/[0-9A-Za-z]){0,2}$/.test(text);

/** Counts an account out; its hashed place is kept for the next one. */
async function freePlace(domain: Domain, directory: string): Promise<void> {
  const control = await readControl(domain.directory);
  const users = Math.max(0, control.users - 1);
  await replaceFile(
    join(domain.directory, '.dir-control'),
    formatControl({ ...control, users }),
    0o600,
    domain,
  );
  const parent = dirname(directory);
  const place = parent.startsWith(`${domain.directory}/`) ? parent.slice(domain.directory.length + 1) : '';
  if (isHashPath(place)) await writeFreePlaces(domain, [...(await readFreePlaces(domain.directory)), place]);
}
