// SEARCH by UID (RFC 9051 6.4.4, RFC 5032, 7162, 8474, 8514): keys over the columns of a folder are walks over numbers;
// texts are narrowed by trigrams, looked for in what the index stored, and where that is not all of a message in its
// file, by the message reader. Each key only looks at the messages that the keys before it left. Cut into turns, so that
// other calls of the worker are served; ends when the mailbox closes or the time is over.
import { foldKeyword } from '../../mta/maildir/keyword-files.ts';
import { foldKey, type TextKey } from '../message/imap/search-text.ts';
import {
  type AccountContext,
  type FolderState,
  messagePath,
  whileParserRests,
  yieldTurn,
} from './context.ts';
import { type FirstSight, pathAtSight } from './first-sight.ts';
import { marksOf } from './keyword-state.ts';
import { flagBits } from './names.ts';
import { parseRows } from './parsing.ts';
import { type Columns, type KeptColumns, readColumns } from './search-columns.ts';
import { isStored, narrow } from './search-store.ts';
import type { SearchKey } from './uid-types.ts';

/** Milliseconds of work before others have a turn. */
const turn = 10;
/** Milliseconds for one search: a message with more text than the index stores costs a look into its file. */
const longest = 120_000;
/** Files that are looked into at once: pages of other users wait for the same readers. */
const fileWidth = 2;
/** Of a folder that is searched before it was parsed: nothing else answers its client. */
const unparsedWidth = 400;
/** Of a folder whose rows are still to come. */
const listedWidth = 2000;
/** With more messages that are not parsed whole texts are not looked for in files: what a parse finds stays. */
const mostUnparsed = 20_000;

export interface SearchState {
  readonly columns: KeptColumns;
}

export const createSearchState = (): SearchState => ({ columns: new Map() });

/** One search while it runs. */
interface Run {
  readonly context: AccountContext;
  readonly folder: FolderState;
  readonly columns: Columns;
  /** Of a folder without rows. */
  readonly sight: FirstSight | undefined;
  readonly now: number;
  readonly deadline: number;
  turnEnds: number;
}

/** 1 for each message of the columns that is in. */
type Mask = Uint8Array;

/** UIDs of the messages that match, ascending. The folder is up to date. Throws when it takes too long. */
export async function searchFolder(
  context: AccountContext,
  state: SearchState,
  folder: FolderState,
  key: SearchKey,
): Promise<Uint32Array> {
  const withParsed = needsParse(key);
  if (withParsed || (needsBody(key) && countUnparsed(context, folder) > mostUnparsed)) {
    await parseFolder(context, folder);
  }
  const live = await readColumns(context, state.columns, folder, withParsed);
  // Others may bring the kept columns up to date while we wait; small searches never wait.
  const isQuick = !needsText(key);
  const columns = isQuick ? live : copyColumns(live);
  const run = createRun(context, folder, columns);
  const all = new Uint8Array(columns.length).fill(1);
  return uidsOf(columns, isQuick ? matchQuick(run, key, all) : await match(run, key, all));
}

function createRun(context: AccountContext, folder: FolderState, columns: Columns, sight?: FirstSight): Run {
  const started = performance.now();
  return {
    context,
    folder,
    columns,
    sight,
    now: Date.now(),
    deadline: started + longest,
    turnEnds: started + turn,
  };
}

function uidsOf(columns: Columns, found: Mask): Uint32Array {
  let count = 0;
  for (let i = 0; i < found.length; i++) count += found[i]!;
  const uids = new Uint32Array(count);
  for (let i = 0, at = 0; i < found.length; i++) if (found[i]) uids[at++] = columns.uids[i]!;
  return uids;
}

/** Flags, UIDs and header fields are known of messages whose rows are still to come. */
const isOfSight = (key: SearchKey): boolean =>
  !someKey(key, (one) => !['all', 'and', 'or', 'not', 'uid', 'flag', 'modseq', 'header'].includes(one.key));

/** The same of a folder that was told of before its rows are there. Undefined: it takes the rows. */
export async function searchAtSight(
  context: AccountContext,
  folder: FolderState,
  sight: FirstSight,
  key: SearchKey,
): Promise<Uint32Array | undefined> {
  if (!isOfSight(key)) return undefined;
  const { length } = sight.uids;
  const none = new Float64Array();
  const columns: Columns = {
    length,
    ids: none,
    uids: sight.uids,
    modseqs: new Float64Array(length).fill(sight.modseq),
    flags: Uint8Array.from(sight.files, ({ base, info }) => marksOf(folder, base, info).flags),
    received: none,
    saved: none,
    sizes: none,
    days: none,
  };
  try {
    const run = createRun(context, folder, columns, sight);
    return uidsOf(columns, await match(run, key, new Uint8Array(length).fill(1)));
  } catch (error) {
    if (error instanceof OutOfSight) return undefined;
    throw error;
  }
}

/** A file is not where it was listed. */
class OutOfSight extends Error {}

/** Looks into the files of a folder whose rows are still to come. */
async function matchListed(run: Run, sight: FirstSight, key: TextKey, within: Mask): Promise<Mask> {
  const { context, folder } = run;
  const found = new Uint8Array(within.length);
  const asked = [...within.keys()].filter((i) => within[i]);
  for (let at = 0; at < asked.length; at += listedWidth) {
    const some = asked.slice(at, at + listedWidth);
    const paths = some.map((i) => pathAtSight(context, folder, sight.files[i]!));
    const answers = await context.reader.matches(paths, [key]);
    for (const [n, i] of some.entries()) {
      const answer = answers[n];
      if (!answer) throw new OutOfSight();
      if (answer[0]) found[i] = 1;
    }
    await takeTurn(run);
  }
  return found;
}

const copyColumns = (columns: Columns): Columns => ({
  length: columns.length,
  ids: columns.ids.slice(0, columns.length),
  uids: columns.uids.slice(0, columns.length),
  modseqs: columns.modseqs.slice(0, columns.length),
  flags: columns.flags.slice(0, columns.length),
  received: columns.received.slice(0, columns.length),
  saved: columns.saved.slice(0, columns.length),
  sizes: columns.sizes.slice(0, columns.length),
  days: columns.days.slice(0, columns.length),
});

type QuickKey = Exclude<
  SearchKey,
  TextKey | { readonly keys: readonly SearchKey[] } | { readonly key: 'not' }
>;

const isText = (key: SearchKey): key is TextKey => 'text' in key;

function someKey(key: SearchKey, is: (key: SearchKey) => boolean): boolean {
  const stack = [key];
  for (let one = stack.pop(); one; one = stack.pop()) {
    if (is(one)) return true;
    if ('keys' in one) stack.push(...one.keys);
    else if (one.key === 'not') stack.push(one.of);
  }
  return false;
}

const needsText = (key: SearchKey): boolean => someKey(key, isText);

const needsBody = (key: SearchKey): boolean => someKey(key, (one) => isText(one) && one.key !== 'header');

const countUnparsed = (context: AccountContext, folder: FolderState): number =>
  context.db.pluck<number>('SELECT count(*) FROM message WHERE folder = ? AND parsed = 0', folder.id)[0] ?? 0;

/** Sizes with CRLF, the day of the Date field and threads are known of parsed messages. */
const needsParse = (key: SearchKey): boolean =>
  someKey(
    key,
    (one) =>
      one.key === 'larger' ||
      one.key === 'smaller' ||
      one.key === 'threadid' ||
      ('date' in one && one.date === 'sent'),
  );

/** Parses what is not parsed yet: sizes with CRLF and days of Date fields are known then. */
export async function parseFolder(context: AccountContext, folder: FolderState): Promise<void> {
  for (let round = 0; round < 1000 && !context.closing.aborted; round++) {
    const ids = context.db.pluck<number>(
      'SELECT id FROM message WHERE folder = ? AND parsed = 0 LIMIT 480',
      folder.id,
    );
    if (ids.length === 0) return;
    await parseRows(context, ids);
  }
}

async function takeTurn(run: Run): Promise<void> {
  const now = performance.now();
  if (now < run.turnEnds) return;
  await yieldTurn();
  if (run.context.closing.aborted) throw new Error('the mailbox is closed');
  if (now > run.deadline) throw new Error('the search takes too long');
  run.turnEnds = performance.now() + turn;
}

/** Messages of `within` that match. Depth is bounded by who parsed the command. */
async function match(run: Run, key: SearchKey, within: Mask): Promise<Mask> {
  if (isText(key)) return matchText(run, key, within);
  await takeTurn(run);
  if (key.key === 'not') return without(within, await match(run, key.of, within));
  if (!('keys' in key)) return matchQuick(run, key, within);
  if (key.key === 'and') {
    let left = within;
    for (const one of byCost(key.keys)) left = await match(run, one, left);
    return left;
  }
  const found = new Uint8Array(within.length);
  let left = within;
  for (const one of byCost(key.keys)) {
    const part = await match(run, one, left);
    for (let i = 0; i < part.length; i++) if (part[i]) found[i] = 1;
    left = without(left, part);
  }
  return found;
}

/** Texts last. */
const byCost = (keys: readonly SearchKey[]): SearchKey[] =>
  keys.toSorted((a, b) => Number(needsText(a)) - Number(needsText(b)));

function without(mask: Mask, taken: Mask): Mask {
  const left = mask.slice();
  for (let i = 0; i < left.length; i++) if (taken[i]) left[i] = 0;
  return left;
}

/** The same without waiting, for keys without texts. */
function matchQuick(run: Run, key: SearchKey, within: Mask): Mask {
  if (isText(key)) throw new Error('a text is no quick key');
  if (key.key === 'not') return without(within, matchQuick(run, key.of, within));
  if (!('keys' in key)) return filter(run, within, testOf(run, key));
  if (key.key === 'and') return key.keys.reduce((left, one) => matchQuick(run, one, left), within);
  const found = new Uint8Array(within.length);
  for (const one of key.keys) {
    const part = matchQuick(run, one, within);
    for (let i = 0; i < part.length; i++) if (part[i]) found[i] = 1;
  }
  return found;
}

type Test = (index: number) => boolean;

function filter(run: Run, within: Mask, test: Test): Mask {
  const found = new Uint8Array(within.length);
  const { length } = run.columns;
  for (let i = 0; i < length; i++) if (within[i] && test(i)) found[i] = 1;
  return found;
}

/** Midnight, where we are, of a day written without a zone: as INTERNALDATE is shown. */
function localMidnight(day: number, later: number): number {
  const date = new Date(day);
  return new Date(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate() + later).getTime();
}

function testOf({ context, folder, columns, now }: Run, key: QuickKey): Test {
  const { uids, flags, sizes, modseqs, received, days, saved } = columns;
  switch (key.key) {
    case 'all':
      return () => true;
    case 'uid':
      return rangesTest(uids, key.ranges);
    case 'flag': {
      const bit = flagBits(key.letter);
      return (i) => (flags[i]! & bit) !== 0;
    }
    case 'keyword': {
      const isMarked = new Set(uidsWithKeyword(context, folder, key.name));
      return (i) => isMarked.has(uids[i]!);
    }
    case 'larger':
      return (i) => sizes[i]! > key.bytes;
    case 'smaller':
      return (i) => sizes[i]! < key.bytes;
    case 'modseq':
      return (i) => modseqs[i]! >= key.least;
    case 'older': {
      // RFC 5032: OLDER is a message at least so old.
      const border = now - key.seconds * 1000;
      return (i) => received[i]! <= border;
    }
    case 'younger': {
      const border = now - key.seconds * 1000;
      return (i) => received[i]! >= border;
    }
    case 'before':
    case 'on':
    case 'since': {
      const isSent = key.date === 'sent';
      const dates = isSent ? days : key.date === 'saved' ? saved : received;
      const from = isSent ? key.day : localMidnight(key.day, 0);
      const to = isSent ? key.day + 86_400_000 : localMidnight(key.day, 1);
      if (key.key === 'before') return (i) => dates[i]! < from;
      if (key.key === 'since') return (i) => dates[i]! >= from;
      return (i) => dates[i]! >= from && dates[i]! < to;
    }
    case 'emailid': {
      const ids = new Set(
        context.db.pluck<number>(
          "SELECT id FROM message WHERE folder = ? AND ((key = ? AND email = '') OR email = ?)",
          folder.id,
          key.id,
          key.id,
        ),
      );
      return (i) => ids.has(columns.ids[i]!);
    }
    case 'threadid': {
      const ids = new Set(
        context.db.pluck<number>(
          'SELECT m.id FROM message m JOIN wire w ON w.id = m.id WHERE m.folder = ? AND w.thread = ?',
          folder.id,
          key.id,
        ),
      );
      return (i) => ids.has(columns.ids[i]!);
    }
  }
}

function rangesTest(uids: Uint32Array, ranges: readonly (readonly [number, number])[]): Test {
  let at = 0;
  // Asked for in ascending order: both walk along.
  return (i) => {
    const uid = uids[i]!;
    while (at < ranges.length && ranges[at]![1] < uid) at += 1;
    return at < ranges.length && ranges[at]![0] <= uid;
  };
}

function uidsWithKeyword(context: AccountContext, folder: FolderState, name: string): number[] {
  const wanted = foldKeyword(name);
  // `$Forwarded` is the letter P (spec/maildir-imap.md 1.4).
  if (wanted === '$forwarded') {
    return context.db.pluck<number>(
      'SELECT uid FROM message WHERE folder = ? AND uid > 0 AND flags & ? <> 0',
      folder.id,
      flagBits('P'),
    );
  }
  return context.db
    .all<{ uid: number; keywords: string }>(
      "SELECT uid, keywords FROM message WHERE folder = ? AND keywords <> '' AND uid > 0",
      folder.id,
    )
    .filter(({ keywords }) => keywords.split(' ').some((keyword) => foldKeyword(keyword) === wanted))
    .map(({ uid }) => uid);
}

async function matchText(run: Run, key: TextKey, within: Mask): Promise<Mask> {
  const { context, columns } = run;
  const needle = foldKey(key);
  if (needle.key !== 'header' && needle.text === '') return within.slice();
  // Stored texts have none, and it parts them.
  if (needle.text.includes('\0')) return new Uint8Array(within.length);
  if (run.sight) return whileParserRests(context, () => matchListed(run, run.sight!, key, within));
  const candidates = narrow(context.db, needle);
  const bytes = Buffer.from(needle.text, 'utf8');
  const found = new Uint8Array(within.length);
  const isUnparsed = new Set(
    context.db.pluck<number>('SELECT id FROM message WHERE folder = ? AND parsed = 0', run.folder.id),
  );
  const unknown: number[] = [];
  const unparsed: number[] = [];
  const lookUp = (i: number): void => {
    const answer = isStored(context.db, columns.ids[i]!, needle, bytes);
    if (answer === 'unknown') unknown.push(i);
    else if (answer) found[i] = 1;
  };
  for (let i = 0; i < columns.length; i++) {
    const id = columns.ids[i]!;
    if (!within[i]) continue;
    if (isUnparsed.has(id)) unparsed.push(i);
    else if (!candidates || candidates.has(id)) lookUp(i);
    await takeTurn(run);
  }
  // Renamed meanwhile, most likely: the full parse looks for the file.
  const gone = await whileParserRests(context, () => matchFiles(run, key, unparsed, found, unparsedWidth));
  if (gone.length > 0) {
    for (let round = 0; round < 3; round++) {
      await parseRows(
        context,
        gone.map((i) => columns.ids[i]!),
      );
    }
    gone.forEach(lookUp);
  }
  await matchFiles(run, key, unknown, found, fileWidth);
  return found;
}

/**
 * Looks into the files of messages with more text than the index stores, or that it does not know yet, `width` at once.
 * @returns those whose file is not there
 */
async function matchFiles(
  run: Run,
  key: TextKey,
  indexes: readonly number[],
  found: Mask,
  width: number,
): Promise<number[]> {
  const { context, folder, columns } = run;
  const gone: number[] = [];
  for (let at = 0; at < indexes.length; at += width) {
    const batch = indexes.slice(at, at + width);
    const rows = batch.map((i) =>
      context.db.get<{ base: string; info: string; in_new: number }>(
        'SELECT base, info, in_new FROM message WHERE id = ?',
        columns.ids[i]!,
      ),
    );
    const paths = rows.map((row) => (row ? messagePath(context, folder, row) : ''));
    const answers = await context.reader.matches(paths, [key]);
    for (const [n, i] of batch.entries()) {
      if (!answers[n]) gone.push(i);
      else if (answers[n][0]) found[i] = 1;
    }
    await takeTurn(run);
  }
  return gone;
}
