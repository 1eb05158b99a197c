// mailbox check: the index and the UID files of one account compared with its directories. Reads only, takes no lock, and
// says one line a finding: what is wrong, and what would put it right. While others change the mailbox a finding may
// be a moment's; the next run tells.
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { CommandContext } from '../../mta/commands/command.ts';
import { quoted } from '../../mta/log.ts';
import { errorCode, readNames, statName } from '../../mta/maildir/calls.ts';
import { decodeFolderName } from '../../mta/maildir/folder-name.ts';
import { parseMaildirName } from '../../mta/maildir/name.ts';
import { readPrivateFile } from '../../mta/maildir/private-file.ts';
import { countMaildir, parseMaildirSize } from '../../mta/maildir/quota.ts';
import { parseUidDb, type UidList } from '../../mta/maildir/uid-db.ts';
import { pooledCalls } from '../mailbox/file-calls.ts';
import { listFolderDirectories } from '../mailbox/folders.ts';
import { flagsOf, splitName } from '../mailbox/names.ts';
import type { Arguments } from './command.ts';
import { type AccountPlace, becomeOwner, findAccount } from './open-account.ts';
import { indexPath, readIndex } from './rebuild.ts';

/** Findings of one kind in one folder that are told one by one. */
const told = 5;

/** Collects findings; many of a kind become one line. */
class Findings {
  readonly #context: CommandContext;
  count = 0;

  constructor(context: CommandContext) {
    this.#context = context;
  }

  tell(where: string, what: string, remedy: string, names: readonly string[] = ['']): void {
    this.count += names.length;
    for (const name of names.slice(0, told)) {
      this.#context.stdout.write(
        `${quoted(where)}: ${what}${name === '' ? '' : ` ${quoted(name)}`} (${remedy})\n`,
      );
    }
    if (names.length > told) {
      this.#context.stdout.write(`${quoted(where)}: ${what}: ${names.length - told} more (${remedy})\n`);
    }
  }
}

const nextLook = 'the next look at the folder puts it right';

export async function check(args: Arguments, context: CommandContext): Promise<number> {
  const place = await findAccount(args.account, context);
  await becomeOwner(place, context);
  const findings = new Findings(context);
  const path = indexPath(place, context);
  const db = await readIndex(path);
  let rows = new Map<string, FolderIndex>();
  if (!db) context.stdout.write('there is no index yet; the first look makes it\n');
  else {
    try {
      rows = readRows(db, findings);
    } catch (error) {
      findings.tell('index', `cannot be read: ${quoted((error as Error).message)}`, 'mailbox rebuild');
    } finally {
      db.close();
    }
  }
  const directories = ['', ...(await listFolderDirectories({ maildir: place.maildir, files: pooledCalls }))];
  let messages = 0;
  for (const directory of directories) {
    messages += await checkFolder(place, directory, rows.get(directory), db !== undefined, findings);
  }
  for (const directory of rows.keys()) {
    if (!directories.includes(directory)) {
      findings.tell(nameOf(directory), 'is in the index and not on disk', nextLook);
    }
  }
  await checkQuota(place, findings);
  context.stdout.write(`${directories.length} folders, ${messages} messages, ${findings.count} findings\n`);
  return findings.count === 0 ? 0 : 1;
}

const nameOf = (directory: string): string => (directory === '' ? 'INBOX' : decodeFolderName(directory));

interface IndexRow {
  readonly base: string;
  readonly info: string;
  readonly uid: number;
  readonly size: number;
}

interface FolderIndex {
  readonly uidValidity: number;
  readonly uidNext: number;
  readonly rows: readonly IndexRow[];
}

type Readable = NonNullable<Awaited<ReturnType<typeof readIndex>>>;

function readRows(db: Readable, findings: Findings): Map<string, FolderIndex> {
  const faults = db.pragma('quick_check(5)') as { readonly quick_check: string }[];
  for (const { quick_check: fault } of faults) {
    if (fault !== 'ok') findings.tell('index', `is damaged: ${quoted(fault)}`, 'mailbox rebuild');
  }
  const folders = db.prepare('SELECT id, directory, uid_validity, uid_next FROM folder').all() as {
    id: number;
    directory: string;
    uid_validity: number;
    uid_next: number;
  }[];
  const messages = db.prepare('SELECT base, info, uid, size FROM message WHERE folder = ?');
  return new Map(
    folders.map((folder) => [
      folder.directory,
      {
        uidValidity: folder.uid_validity,
        uidNext: folder.uid_next,
        rows: messages.all(folder.id) as IndexRow[],
      },
    ]),
  );
}

/** Gives the number of messages. */
async function checkFolder(
  place: AccountPlace,
  directory: string,
  index: FolderIndex | undefined,
  hasIndex: boolean,
  findings: Findings,
): Promise<number> {
  const name = nameOf(directory);
  const path = directory === '' ? place.maildir : join(place.maildir, directory);
  const files = new Map<string, string>();
  const odd: string[] = [];
  const doubled: string[] = [];
  const foreign: string[] = [];
  const lying: string[] = [];
  for (const half of ['new', 'cur']) {
    let names: string[];
    try {
      const stats = await lstat(join(path, half));
      if (!stats.isDirectory() || stats.uid !== place.uid)
        throw Object.assign(new Error(), { code: 'ENOTDIR' });
      names = await readNames(join(path, half));
    } catch (error) {
      findings.tell(
        name,
        `${half} cannot be read: ${errorCode(error)}`,
        'give it to the owner of the Maildir',
      );
      continue;
    }
    for (const [i, file] of names.entries()) {
      if (i % 5000 === 4999) await new Promise((resolve) => setImmediate(resolve));
      if (file.startsWith('.')) continue;
      const { base, info } = splitName(file);
      const stats = await statName(join(path, half, file)).catch(() => undefined);
      if (!stats) continue;
      if (!stats.isFile() || stats.uid !== place.uid) foreign.push(`${half}/${file}`);
      else if (base === '' || file.includes('\ufffd')) odd.push(`${half}/${file}`);
      else if (files.has(base)) doubled.push(`${half}/${file}`);
      else {
        files.set(base, info);
        const said = parseMaildirName(file)?.size;
        if (said !== undefined && said !== stats.size) lying.push(`${half}/${file}`);
      }
    }
  }
  findings.tell(
    name,
    'no message of the owner:',
    'it is not shown; remove it or give it to the owner',
    foreign,
  );
  findings.tell(name, 'a name that cannot be kept:', 'it gets another at the next look', odd);
  findings.tell(name, 'two files of one base:', 'one gets another name at the next look', doubled);
  findings.tell(
    name,
    'the size in the name is wrong:',
    'quota counts it as it says; nothing else does',
    lying,
  );
  if (index) compareIndex(name, files, index, findings);
  else if (hasIndex) findings.tell(name, 'is not in the index', nextLook);
  await checkUidFile(place, path, name, files, index, findings);
  return files.size;
}

function compareIndex(
  name: string,
  files: ReadonlyMap<string, string>,
  index: FolderIndex,
  findings: Findings,
): void {
  const known = new Set(index.rows.map((row) => row.base));
  const uids = new Map<number, number>();
  for (const { uid } of index.rows) uids.set(uid, (uids.get(uid) ?? 0) + 1);
  const pick = (is: (row: IndexRow) => boolean): string[] => index.rows.filter(is).map((row) => row.base);
  findings.tell(
    name,
    'in the index and not on disk:',
    nextLook,
    pick((row) => !files.has(row.base)),
  );
  findings.tell(
    name,
    'on disk and not in the index:',
    nextLook,
    [...files.keys()].filter((base) => !known.has(base)),
  );
  findings.tell(
    name,
    'the index has other flags:',
    nextLook,
    pick((row) => files.has(row.base) && flagsOf(files.get(row.base)!) !== flagsOf(row.info)),
  );
  findings.tell(
    name,
    'the index has this UID twice:',
    'mailbox rebuild',
    [...uids].filter(([uid, count]) => uid > 0 && count > 1).map(([uid]) => String(uid)),
  );
}

async function checkUidFile(
  place: AccountPlace,
  path: string,
  name: string,
  files: ReadonlyMap<string, string>,
  index: FolderIndex | undefined,
  findings: Findings,
): Promise<void> {
  const told = index && index.uidValidity > 0;
  const file = await readPrivateFile(join(path, 'courierimapuiddb'), place).catch(() => undefined);
  const list: UidList | undefined = file && parseUidDb(file.content);
  if (!list) {
    const exists = (await statName(join(path, 'courierimapuiddb')).catch(() => undefined)) !== undefined;
    if (exists) findings.tell(name, 'courierimapuiddb makes no sense', 'the next UID writes it anew');
    else if (told) findings.tell(name, 'courierimapuiddb is missing', 'the next UID writes it anew');
    return;
  }
  if (!told) return;
  if (list.uidValidity !== index.uidValidity) {
    const words = `UIDVALIDITY is ${list.uidValidity} in courierimapuiddb and ${index.uidValidity} in the index`;
    findings.tell(name, words, 'the file rules at the next opening');
    return;
  }
  if (list.uidNext < index.uidNext) {
    findings.tell(
      name,
      `UIDNEXT of courierimapuiddb is below ${index.uidNext}`,
      'the next UID writes it anew',
    );
  }
  const others = index.rows.filter(
    ({ base, uid }) => uid > 0 && files.has(base) && list.uids.has(base) && list.uids.get(base) !== uid,
  );
  findings.tell(
    name,
    'another UID in courierimapuiddb than in the index:',
    'it gets a new one at the next opening',
    others.map(({ base }) => base),
  );
}

async function checkQuota(place: AccountPlace, findings: Findings): Promise<void> {
  const file = await readPrivateFile(join(place.maildir, 'maildirsize'), place).catch(() => undefined);
  if (!file) return;
  const remedy = 'it is counted anew when the quota is met';
  const size = parseMaildirSize(file.content);
  if (!size) {
    findings.tell('maildirsize', 'makes no sense', remedy);
    return;
  }
  const counted = await countMaildir(place.maildir);
  if (counted.bytes !== size.bytes || counted.count !== size.count) {
    const words = `says ${size.bytes} bytes in ${size.count} messages, there are ${counted.bytes} in ${counted.count}`;
    findings.tell('maildirsize', words, remedy);
  }
}
