// courierimapuiddb of one folder on disk: what it is now (its stamp), what it says, and how it is written (tmp, fsync,
// rename, fsync of the directory; the old file stays when that fails). Also which list a folder is imported from when
// the index knows nothing of it (spec/maildir-imap.md 3.2, 3.7, 3.9). Callers hold Courier's lock.
import { quoted } from '../../mta/log.ts';
import { errorCode, renameFile, statName } from '../../mta/maildir/calls.ts';
import { parseDovecotUidlist } from '../../mta/maildir/dovecot-uidlist.ts';
import { largestListFile, readPrivateFile, replacePrivateFile } from '../../mta/maildir/private-file.ts';
import { fitsLine, parseUidDb, type UidList } from '../../mta/maildir/uid-db.ts';
import { type AccountContext, type FolderState, folderPath, yieldTurn } from './context.ts';

const fileName = 'courierimapuiddb';

/** What tells one state of the file from another; '' when there is none. */
export async function stampOf(context: AccountContext, folder: FolderState): Promise<string> {
  const stats = await context.files.lstat(`${folderPath(context, folder)}/${fileName}`);
  return stats ? `${stats.mtimeNs}.${stats.ino}.${stats.size}` : '';
}

/** The list in courierimapuiddb; undefined: none, or one that cannot be believed. */
export async function readUidFile(
  context: AccountContext,
  folder: FolderState,
): Promise<UidList | undefined> {
  return (await readCourierList(context, folder))?.list;
}

interface FoundList {
  readonly list: UidList;
  readonly changed: number;
}

async function readCourierList(context: AccountContext, folder: FolderState): Promise<FoundList | undefined> {
  const found = await readPrivateFile(`${folderPath(context, folder)}/${fileName}`, context);
  const list = found && parseUidDb(found.content);
  return found && list ? { list, changed: Number(found.changed) } : undefined;
}

/**
 * The list that a folder unknown to the index begins with: the newer of Courier's and Dovecot's; when their UIDVALIDITY
 * differs the one that names more of the messages that are there. Undefined: neither can be believed.
 */
export async function readImportedList(
  context: AccountContext,
  folder: FolderState,
): Promise<{ readonly list: UidList; readonly isCourier: boolean } | undefined> {
  const courier = await readCourierList(context, folder);
  const file = await readPrivateFile(`${folderPath(context, folder)}/dovecot-uidlist`, context);
  const list = file && parseDovecotUidlist(file.content);
  const dovecot = file && list ? { list, changed: Number(file.changed) } : undefined;
  if (!courier || !dovecot) {
    const only = courier ?? dovecot;
    return only && { list: only.list, isCourier: only === courier };
  }
  let isCourier = courier.changed >= dovecot.changed;
  if (courier.list.uidValidity === dovecot.list.uidValidity) {
    // Two lists of one UIDVALIDITY: no UID that either gave may be given again.
    const uidNext = Math.max(courier.list.uidNext, dovecot.list.uidNext);
    const chosen = isCourier ? courier.list : dovecot.list;
    return { list: { ...chosen, uidNext }, isCourier: isCourier && chosen.uidNext === uidNext };
  }
  const [ofCourier, ofDovecot] = await countLive(context, folder, [courier.list, dovecot.list]);
  if (ofCourier !== ofDovecot) isCourier = ofCourier! > ofDovecot!;
  return { list: isCourier ? courier.list : dovecot.list, isCourier };
}

async function countLive(
  context: AccountContext,
  folder: FolderState,
  lists: readonly UidList[],
): Promise<number[]> {
  const counts = lists.map(() => 0);
  let after = '';
  for (;;) {
    const bases = context.db.pluck<string>(
      'SELECT base FROM message WHERE folder = ? AND base > ? ORDER BY base LIMIT 2000',
      folder.id,
      after,
    );
    if (bases.length === 0) return counts;
    after = bases.at(-1)!;
    for (const [i, { uids }] of lists.entries())
      for (const base of bases) if (uids.has(base)) counts[i]! += 1;
    await yieldTurn();
  }
}

/** More new lines at once are not looked for in the old ones: the file is written whole. */
const mostAdded = 50;

const headerOf = (uidValidity: number, uidNext: number): Buffer =>
  Buffer.from(`1 ${uidValidity} ${uidNext}\n`, 'latin1');

/** One message as a line of the file. */
export interface UidLine {
  readonly uid: number;
  readonly base: string;
}

const linesOf = (lines: readonly UidLine[]): Buffer =>
  Buffer.from(
    lines
      .filter(({ base }) => fitsLine(base))
      .map(({ uid, base }) => `${uid} ${base}\n`)
      .join(''),
    'utf8',
  );

/** Lines of one step of work. */
const step = 2000;

async function formatLines(lines: readonly UidLine[]): Promise<Buffer[]> {
  return formatMany(lines.length, (at) => lines[at]!);
}

/** Of hundreds of thousands no list is made. */
async function formatMany(count: number, lineAt: (at: number) => UidLine): Promise<Buffer[]> {
  const parts: Buffer[] = [];
  for (let from = 0; from < count; from += step) {
    const some = Array.from({ length: Math.min(step, count - from) }, (_, at) => lineAt(from + at));
    parts.push(linesOf(some));
    if (count > step) await yieldTurn();
  }
  return parts;
}

/**
 * Writes the file that is there with lines added at its end: new UIDs are higher than all before. Lines of messages
 * that are gone stay until the file is written whole. False: the file cannot be added to.
 */
export async function appendUidFile(
  context: AccountContext,
  folder: FolderState,
  uidValidity: number,
  uidNext: number,
  added: readonly UidLine[],
): Promise<boolean> {
  const path = folderPath(context, folder);
  const old = await readPrivateFile(`${path}/${fileName}`, context, largestListFile / 2);
  if (!old) return false;
  const end = old.content.indexOf(10) + 1;
  if (end === 0 || old.content.at(-1) !== 10) return false;
  // A message that went and came back stands there under a UID that is gone: its line must go.
  if (added.length > mostAdded || added.some(({ base }) => old.content.includes(` ${base}\n`))) return false;
  await writeParts(context, folder, [
    headerOf(uidValidity, uidNext),
    old.content.subarray(end),
    ...(await formatLines(added)),
  ]);
  return true;
}

/** Writes the file anew: what the index knows of the folder, and what is added. Gives the number of lines. */
export async function writeUidFile(
  context: AccountContext,
  folder: FolderState,
  uidValidity: number,
  uidNext: number,
  added: readonly UidLine[],
): Promise<number> {
  const parts = [headerOf(uidValidity, uidNext)];
  let lines = added.length;
  let after = 0;
  for (;;) {
    const rows = context.db.all<UidLine>(
      'SELECT uid, base FROM message WHERE folder = ? AND uid > 0 AND uid > ? ORDER BY uid LIMIT ?',
      folder.id,
      after,
      step,
    );
    if (rows.length === 0) break;
    after = rows.at(-1)!.uid;
    lines += rows.length;
    parts.push(linesOf(rows));
    await yieldTurn();
  }
  await writeParts(context, folder, [...parts, ...(await formatLines(added))]);
  return lines;
}

/** Writes the file anew with `count` lines, ascending, and no others. */
export async function writeUidLines(
  context: AccountContext,
  folder: FolderState,
  uidValidity: number,
  uidNext: number,
  count: number,
  lineAt: (at: number) => UidLine,
): Promise<void> {
  await writeParts(context, folder, [headerOf(uidValidity, uidNext), ...(await formatMany(count, lineAt))]);
}

async function writeParts(
  context: AccountContext,
  folder: FolderState,
  parts: readonly Buffer[],
): Promise<void> {
  const path = folderPath(context, folder);
  const content = Buffer.concat(parts);
  try {
    await replacePrivateFile(path, fileName, content, context, context.names);
  } catch (error) {
    if (!['EISDIR', 'ENOTEMPTY', 'EEXIST'].includes(errorCode(error))) throw error;
    // A directory in the place of the file: it is nobody's list, and mail must be numbered all the same.
    if (!(await statName(`${path}/${fileName}`)).isDirectory()) throw error;
    const aside = `${fileName}.${context.names.next()}`;
    context.log(`mailbox: a directory in the place of ${fileName} is now ${quoted(aside)}`);
    await renameFile(`${path}/${fileName}`, `${path}/${aside}`);
    await replacePrivateFile(path, fileName, content, context, context.names);
  }
}
