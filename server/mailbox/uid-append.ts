// APPEND (RFC 9051 6.3.12, RFC 3502): the role writes the messages to tmp of the folder as they come over the wire, one
// after the other; when the last one is on disk room is asked for, all are moved into cur, and the index worker gives
// them UIDs. Until then nothing of them can be seen, and whatever fails leaves none. The part of the role is
// `appendMessages`, that of the index worker `reserveForAppend` and `takeAppended`; content never goes to the worker.
import { unlinkFile } from '../../mta/maildir/calls.ts';
import type { DirectorySync } from '../../mta/maildir/directory-sync.ts';
import type { NameSource } from '../../mta/maildir/name.ts';
import { publishFiles, type StorePlace, type WrittenFile, writeMessage } from './append.ts';
import { type AccountContext, type FolderState, folderPath, forEachWide, yieldTurn } from './context.ts';
import { insertRow, lookOf } from './intake.ts';
import { cleanFlags, splitName } from './names.ts';
import { adopt, pairsOf } from './uid-copy.ts';
import { keepKeywords } from './uid-keywords.ts';
import type { AppendedMessage, UidMailbox } from './uid-types.ts';
import { reserveRoom } from './usage.ts';

/** Where messages go: given by the worker before the first of them is read. */
export interface AppendPlace extends StorePlace {
  readonly folder: string;
  /** False: no quota rules, so room need not be asked for. */
  readonly hasQuota: boolean;
  /** The time of cur before anything is stored. */
  readonly before: bigint | undefined;
}

/** A message that lies in cur. */
export interface AppendedFile {
  readonly name: string;
  readonly wire: number;
  readonly keywords: readonly string[];
}

/** What the role asks the worker. */
export interface AppendCalls {
  /** Throws MailboxRefusal('no such folder'). */
  appendPlace(folder: string): Promise<AppendPlace>;
  /** Writes a line to maildirsize, or throws MailboxRefusal('over quota'). */
  reserveForAppend(folder: string, bytes: number, count: number): Promise<void>;
  /** Takes the line back. */
  releaseForAppend(folder: string, bytes: number, count: number): Promise<void>;
  takeAppended(
    folder: string,
    files: readonly AppendedFile[],
    before: bigint | undefined,
  ): ReturnType<UidMailbox['append']>;
}

/** What the role writes files with. */
export interface StoringTools {
  readonly names: NameSource;
  readonly directorySync: DirectorySync;
}

type Written = WrittenFile & Omit<AppendedFile, 'wire'> & { readonly isCounted: boolean };

/** RFC 3502: all or none. */
export async function appendMessages(
  calls: AppendCalls,
  folder: string,
  messages: readonly AppendedMessage[] | AsyncIterable<AppendedMessage>,
  tools: StoringTools,
): ReturnType<UidMailbox['append']> {
  const place = await calls.appendPlace(folder);
  const written: Written[] = [];
  let isPublished = false;
  try {
    for await (const message of messages) {
      const received = message.received === undefined ? undefined : new Date(message.received);
      const file = await writeMessage(place, message.message, received, tools.names);
      const flags = cleanFlags(message.flags).replace(/[a-z]/g, '');
      const name = `${file.base}:2,${flags}`;
      written.push({ ...file, name, keywords: message.keywords, isCounted: !flags.includes('T') });
    }
    const counted = written.filter((file) => file.isCounted);
    const bytes = counted.reduce((sum, file) => sum + file.size, 0);
    if (place.hasQuota) await calls.reserveForAppend(place.folder, bytes, counted.length);
    try {
      await publishFiles(place, written, tools.directorySync.sync);
      isPublished = true;
    } catch (error) {
      if (place.hasQuota) await calls.releaseForAppend(place.folder, bytes, counted.length);
      throw error;
    }
  } finally {
    if (!isPublished) {
      await forEachWide(written, 8, (file) => unlinkFile(file.tmp).catch(() => {}));
    }
  }
  return calls.takeAppended(
    place.folder,
    written.map(({ name, wire, keywords }) => ({ name, wire, keywords })),
    place.before,
  );
}

/** The worker's part: room for what was written. */
export async function reserveForAppend(
  context: AccountContext,
  to: FolderState,
  bytes: number,
  count: number,
): Promise<void> {
  const room = await reserveRoom(context, to, { bytes, count });
  await room?.append();
}

/** The worker's part: rows, keywords and UIDs of files that were just moved into cur. */
export async function takeAppended(
  context: AccountContext,
  to: FolderState,
  files: readonly AppendedFile[],
  before: bigint | undefined,
): ReturnType<UidMailbox['append']> {
  const rows = await insertAppended(context, to, files);
  // The files are ours, so that the next look need not list a folder of 100,000.
  await adopt(context, to, before);
  context.wakeParser(to);
  await keepKeywords(
    context,
    to,
    files.flatMap(({ keywords }, index) =>
      keywords.length > 0 && rows[index] ? [{ row: rows[index], keywords }] : [],
    ),
  );
  const { uidValidity, pairs } = await pairsOf(
    context,
    to,
    rows.map((row, index) => [index, row]),
  );
  return { uidValidity, uids: pairs.map(([, uid]) => uid) };
}

/** Rows of files in their order; 0 for one that somebody took away at once. */
async function insertAppended(
  context: AccountContext,
  to: FolderState,
  files: readonly AppendedFile[],
): Promise<number[]> {
  const looks: ReturnType<typeof lookOf>[] = [];
  for (const { name } of files) to.touched?.add(splitName(name).base);
  await forEachWide(files, 16, async ({ name }, index) => {
    const stats = await context.files.lstat(`${folderPath(context, to)}/cur/${name}`).catch(() => undefined);
    if (stats?.isFile()) looks[index] = lookOf(stats);
  });
  const rows: number[] = [];
  for (let i = 0; i < files.length; i += 400) {
    context.db.transaction(() => {
      for (let at = i; at < Math.min(i + 400, files.length); at++) {
        const { base, info } = splitName(files[at]!.name);
        const look = looks[at];
        if (look) insertRow(context, to, { base, info, inNew: false, ...look });
        const row = context.db.pluck<number>(
          'SELECT id FROM message WHERE folder = ? AND base = ?',
          to.id,
          base,
        )[0];
        if (row !== undefined) {
          context.db.run('UPDATE message SET wire = ? WHERE id = ? AND wire = 0', files[at]!.wire, row);
        }
        rows.push(row ?? 0);
      }
    });
    await yieldTurn();
  }
  return rows;
}
