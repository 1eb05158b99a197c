// COPY and MOVE by UID (RFC 9051 6.4.7, RFC 6851). A copy is another name of the same file (link-copy.ts), or where that
// cannot be a file of its own with the same bytes, flags and time; its name is new. All copies or none: what fails takes
// them all back, and cur is synced once before the answer. A move is a rename across folders. The index takes a copy's
// parsed texts over, and its EMAILID; UIDs are given by uid-giving.ts.
import { constants } from 'node:fs';
import { type Descriptor, errorCode, unlinkFile } from '../../mta/maildir/calls.ts';
import { syncDirectory } from '../../mta/maildir/private-file.ts';
import { publishFiles, type StorePlace, type WrittenFile } from './append.ts';
import { type AccountContext, type FolderState, folderPath, forEachWide, yieldTurn } from './context.ts';
import { copyFile } from './file-copy.ts';
import { type LinkedFile, type LinkWish, linkFiles, mayLink } from './link-copy.ts';
import { readTimes } from './listing.ts';
import { flagsOf, messageIdOf } from './names.ts';
import { adoptTimes } from './scan.ts';
import { type BatchResult, changeTargets, findByBase, forBatches, type Target } from './targets.ts';
import { keepKeywords } from './uid-keywords.ts';
import { numberOwn } from './uid-reserve.ts';
import { nameUids, uidIsNamed, uidsAtOnce } from './uid-rows.ts';
import type { CopyResult } from './uid-types.ts';
import { reserveRoom } from './usage.ts';

/** Files written at once: fsyncs that wait together are one write of the journal. */
const copyWidth = 16;
const findRounds = 5;
/** Rows of one transaction. */
const batchSize = 500;

/** A message that is to be copied or moved. */
export interface SourceRow {
  readonly id: number;
  readonly uid: number;
  readonly base: string;
  readonly key: string;
  readonly info: string;
  readonly in_new: number;
  readonly received: number;
  readonly size: number;
  readonly wire: number;
  readonly trashed: number;
  readonly keywords: string;
  readonly email: string;
}

/** The messages of these UIDs that are there, ascending. */
export function findSources(
  context: AccountContext,
  folder: FolderState,
  uids: readonly number[],
): SourceRow[] {
  const rows: SourceRow[] = [];
  const wanted = [...new Set(uids)];
  for (let i = 0; i < wanted.length; i += uidsAtOnce) {
    rows.push(
      ...context.db.all<SourceRow>(
        `SELECT id, uid, base, key, info, in_new, received, size, wire, trashed, keywords, email
         FROM message WHERE folder = ? AND uid > 0 AND ${uidIsNamed}`,
        folder.id,
        nameUids(wanted.slice(i, i + uidsAtOnce)),
      ),
    );
  }
  return rows.sort((a, b) => a.uid - b.uid);
}

/** A copy that was made. */
interface Copy extends LinkedFile {
  readonly source: SourceRow;
}

/** RFC 9051 6.4.7: all or none. Messages that are gone are left out. */
export async function copyMessages(
  context: AccountContext,
  folder: FolderState,
  uids: readonly number[],
  to: FolderState,
): Promise<CopyResult> {
  const sources = findSources(context, folder, uids);
  const counted = sources.filter((row) => row.trashed === 0);
  const room = await reserveRoom(context, to, {
    bytes: counted.reduce((sum, row) => sum + row.size, 0),
    count: counted.length,
  });
  const before = (await readTimes(context, to))?.cur;
  let copies: readonly Copy[];
  try {
    await room?.append();
    copies = await makeCopies(context, folder, to, sources);
  } catch (error) {
    await room?.undo();
    throw error;
  }
  const rows = await insertCopies(context, folder, to, copies);
  await adopt(context, to, before);
  context.wakeParser(to);
  await keepKeywords(
    context,
    to,
    copies.flatMap(({ source }, index) =>
      source.keywords === '' ? [] : [{ row: rows[index]!, keywords: source.keywords.split(' ') }],
    ),
  );
  return pairsOf(
    context,
    to,
    copies.map(({ source }, index) => [source.uid, rows[index]!]),
  );
}

/**
 * Makes the copies and syncs cur. Names are made in the order of the sources, so that the UIDs of the copies ascend as
 * theirs do.
 */
async function makeCopies(
  context: AccountContext,
  folder: FolderState,
  to: FolderState,
  sources: readonly SourceRow[],
): Promise<readonly Copy[]> {
  const place: StorePlace = { path: folderPath(context, to), uid: context.uid, gid: context.gid };
  const wishes = sources.map((source) => ({
    source,
    unique: context.names.next(),
    // Letters of keywords mean what the folder's own list says; they are given anew there.
    letters: flagsOf(source.info).replace(/[a-z]/g, ''),
  }));
  const made = new Map<LinkWish<SourceRow>, LinkedFile>();
  let rest: readonly LinkWish<SourceRow>[] = wishes;
  try {
    if (await mayLink(context)) {
      rest = await linkFiles(context, folder, to, place, wishes, (wish, file) => made.set(wish, file));
    }
    const written = await writeCopies(context, folder, place, rest);
    for (const { base } of written.values()) to.touched?.add(base);
    // Also of nothing: those that were linked wait for its fsync.
    await publishFiles(place, [...written.values()], syncDirectory, context.files.rename);
    for (const [wish, file] of written) made.set(wish, file);
  } catch (error) {
    await forEachWide([...made.values()], copyWidth, ({ name }) =>
      unlinkFile(`${place.path}/cur/${name}`).catch(() => {}),
    );
    throw error;
  }
  return wishes.flatMap((wish) => {
    const file = made.get(wish);
    return file ? [{ ...file, source: wish.source }] : [];
  });
}

/** Copies by bytes, into tmp, synced. What fails leaves nothing. */
async function writeCopies(
  context: AccountContext,
  folder: FolderState,
  place: StorePlace,
  wishes: readonly LinkWish<SourceRow>[],
): Promise<Map<LinkWish<SourceRow>, WrittenFile & LinkedFile>> {
  const written = new Map<LinkWish<SourceRow>, WrittenFile & LinkedFile>();
  try {
    await forEachWide(wishes, copyWidth, async (wish) => {
      const file = await copySource(context, folder, place, wish.source, wish.unique);
      if (file) written.set(wish, { ...file, name: `${file.base}:2,${wish.letters}` });
    });
  } catch (error) {
    await forEachWide([...written.values()], copyWidth, ({ tmp }) => unlinkFile(tmp).catch(() => {}));
    throw error;
  }
  return written;
}

/** Undefined: the message is gone, or what is there is no message of ours. */
async function copySource(
  context: AccountContext,
  folder: FolderState,
  place: StorePlace,
  source: SourceRow,
  unique: string,
): Promise<WrittenFile | undefined> {
  const file = await openSource(context, folder, source);
  if (file === undefined) return undefined;
  try {
    return await copyFile(context.files, file, place, unique);
  } finally {
    await context.files.close(file);
  }
}

async function openSource(
  context: AccountContext,
  folder: FolderState,
  source: SourceRow,
): Promise<Descriptor | undefined> {
  let { info, in_new } = source;
  for (let round = 0; round < findRounds; round++) {
    const path = `${folderPath(context, folder)}/${in_new ? 'new' : 'cur'}/${source.base}${info}`;
    try {
      return await context.files.open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    } catch (error) {
      if (['ELOOP', 'ENXIO'].includes(errorCode(error))) return undefined;
      if (errorCode(error) !== 'ENOENT') throw error;
    }
    const now = await findByBase(context, folder, source.base);
    if (now) ({ info, in_new } = now);
    else if (round >= 2) return undefined;
  }
  return undefined;
}

/** Rows of the copies, in their order. Another process may have seen the files and have rows already: those are theirs. */
async function insertCopies(
  context: AccountContext,
  folder: FolderState,
  to: FolderState,
  copies: readonly Copy[],
): Promise<number[]> {
  const rows: number[] = [];
  for (let i = 0; i < copies.length; i += batchSize) {
    const some = copies.slice(i, i + batchSize);
    context.db.transaction(() => {
      rows.push(...insertBatch(context, to, some));
      context.lessons.moved(
        some.map(({ base }) => base),
        folder,
        to,
      );
    });
    await yieldTurn();
  }
  return rows;
}

/** One statement a table. Row 0: the source went meanwhile, and the scan takes the file in as any other. */
function insertBatch({ db }: AccountContext, to: FolderState, copies: readonly Copy[]): number[] {
  db.run(
    `INSERT INTO message (folder, base, key, info, in_new, received, saved, size, wire, flags, seen, flagged, trashed,
       attach, from_key, subject_key, email)
     SELECT ?, c.value ->> 1, c.value ->> 2, c.value ->> 3, 0, s.received, ?, c.value ->> 4, c.value ->> 5, s.flags,
       s.seen, s.flagged, s.trashed, s.attach, s.from_key, s.subject_key, c.value ->> 6
     FROM json_each(?) c CROSS JOIN message s ON s.id = c.value ->> 0 WHERE true
     ON CONFLICT (folder, base) DO UPDATE SET email = excluded.email`,
    to.id,
    Date.now(),
    JSON.stringify(
      copies.map(({ source, base, name, size, wire }) => [
        source.id,
        base,
        messageIdOf(base),
        name.slice(base.length),
        size,
        wire,
        source.email || source.key,
      ]),
    ),
  );
  const idOf = new Map(
    db.rows(
      'SELECT base, id FROM message WHERE folder = ? AND base IN (SELECT value FROM json_each(?))',
      to.id,
      JSON.stringify(copies.map(({ base }) => base)),
    ) as [string, number][],
  );
  const rows = copies.map(({ base }) => idOf.get(base) ?? 0);
  const pairs = JSON.stringify(
    copies.flatMap(({ source }, index) => (rows[index] ? [[rows[index], source.id]] : [])),
  );
  for (const [table, columns] of Object.entries(copiedColumns)) {
    db.run(
      `INSERT OR IGNORE INTO ${table} (id, ${columns})
       SELECT c.value ->> 0, ${columns} FROM json_each(?) c CROSS JOIN ${table} s ON s.id = c.value ->> 1`,
      pairs,
    );
  }
  return rows;
}

/** What a copy has in common with its source, by table. */
const copiedColumns = {
  envelope: 'subject, sender, recipients, preview, sent, message_id, in_reply_to, refs',
  wire: 'envelope, body, structure, parts, sort, thread',
  head: 'lines',
};

/** RFC 6851. Each message is in one of the two folders at any time; what could not be moved stays. */
export async function moveMessages(
  context: AccountContext,
  folder: FolderState,
  uids: readonly number[],
  to: FolderState,
): Promise<CopyResult> {
  const sources = findSources(context, folder, uids);
  if (folder.directory === '.Trash') {
    const counted = sources.filter((row) => row.trashed === 0);
    // Only asked: the line is written with the move itself (forBatches).
    await reserveRoom(context, to, {
      bytes: counted.reduce((sum, row) => sum + row.size, 0),
      count: counted.length,
    });
  }
  const moved: SourceRow[] = [];
  const byRow = new Map(sources.map((row) => [row.id, row]));
  const find = (rows: readonly SourceRow[]): Target[] => rows.map((row) => ({ ...row, row: row.id, folder }));
  const work = async (targets: readonly Target[]): Promise<BatchResult> => {
    const { done, error } = await changeTargets(context, targets, () => ({
      info: (info) => `:2,${flagsOf(info).replace(/[a-z]/g, '')}`,
      to,
    }));
    for (const { target } of done) {
      const source = byRow.get(target.row);
      if (source) moved.push(source);
    }
    return { done: done.length, error };
  };
  await forBatches(context, sources, find, work, [to]);
  if (moved.length > 0) {
    // The new names first: a power cut between the two leaves a message twice, never nowhere.
    await syncDirectory(`${folderPath(context, to)}/cur`);
    await syncDirectory(`${folderPath(context, folder)}/cur`);
  }
  await keepKeywords(
    context,
    to,
    moved
      .filter((row) => row.keywords !== '')
      .map((row) => ({ row: row.id, keywords: row.keywords.split(' ') })),
  );
  return pairsOf(
    context,
    to,
    moved.map((row) => [row.uid, row.id]),
  );
}

/** Gives the UIDs of rows that came into a folder. */
export async function pairsOf(
  context: AccountContext,
  to: FolderState,
  came: readonly (readonly [number, number])[],
): Promise<CopyResult> {
  await numberOwn(context, to);
  const pairs: [number, number][] = [];
  for (let i = 0; i < came.length; i += uidsAtOnce) {
    const some = came.slice(i, i + uidsAtOnce);
    const given = context.db.rows(
      'SELECT id, uid FROM message WHERE id IN (SELECT value FROM json_each(?)) AND folder = ? AND uid > 0',
      `[${some.map(([, row]) => row).join()}]`,
      to.id,
    ) as [number, number][];
    const uidOf = new Map(given);
    for (const [from, row] of some) {
      const uid = uidOf.get(row);
      if (uid !== undefined) pairs.push([from, uid]);
    }
  }
  pairs.sort((a, b) => a[0] - b[0]);
  const uidValidity = context.db.pluck<number>('SELECT uid_validity FROM folder WHERE id = ?', to.id)[0] ?? 0;
  return { uidValidity, pairs };
}

/** Takes the time of cur over after changes of ours. */
export async function adopt(
  context: AccountContext,
  folder: FolderState,
  before: bigint | undefined,
): Promise<void> {
  const after = (await readTimes(context, folder).catch(() => undefined))?.cur;
  if (before !== undefined && after !== undefined) adoptTimes(context, folder, { before, after });
}
