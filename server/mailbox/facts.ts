// What FETCH, SORT and THREAD are answered with (MessageFacts), out of the index. Of a message that is not parsed yet the
// reader makes what is asked for and no more: a client that opens a folder for the first time waits for it, and the index
// stores it when the message's turn comes. What only a stored message has (THREADID, PREVIEW) is stored first. Facts of thousands of messages cross from the worker as a few long texts and number arrays, because as
// many objects cost ten times as much; the role cuts them up again. `packFacts` runs in the worker, `unpackFacts` in
// the role.
import { unpackTexts } from '../message/imap/some-texts.ts';
import type { WireTextName } from '../message/types.ts';
import {
  type AccountContext,
  type FolderState,
  messagePath,
  whileParserRests,
  yieldTurn,
} from './context.ts';
import { packAtSight } from './facts-at-sight.ts';
import { makeWires, parseRows, storeHead } from './parsing.ts';
import { waitForScan } from './scan.ts';
import type { FactName, MessageFacts, SortFacts } from './uid-types.ts';

/** Messages of one turn of the worker. */
const turn = 1000;
/** Messages on their way to the reader at once. */
const madeAtOnce = 1000;
/** UIDs of one question: bounds the memory of an answer. */
export const mostAsked = 10_000;

type TextName = 'emailId' | 'threadId' | 'preview' | WireTextName;
type NumberName = 'size' | 'received' | 'saved';

/** Facts by name; what was not asked for is not there. */
export interface PackedFacts {
  readonly uids: Uint32Array;
  readonly numbers: Partial<Record<NumberName, Float64Array>>;
  /** The texts of all messages one after the other, and the length of each; -1: there is none. */
  readonly texts: Partial<Record<TextName, { readonly joined: string; readonly lengths: Int32Array }>>;
}

const numberColumns: Readonly<Record<NumberName, string>> = {
  size: 'm.wire',
  received: 'm.received',
  saved: 'm.saved',
};

const textColumns: Readonly<Record<TextName, string>> = {
  // RFC 8474: letters and digits of base64url.
  emailId: "iif(m.email = '', m.key, m.email)",
  threadId: 'w.thread',
  envelope: 'w.envelope',
  body: 'w.body',
  bodyStructure: 'w.structure',
  parts: 'w.parts',
  preview: 'e.preview',
  sort: 'w.sort',
  header: 'h.lines',
};

const wireTexts: readonly WireTextName[] = ['envelope', 'body', 'bodyStructure', 'parts', 'sort', 'header'];

/** Rows as SQLite gives them; those that are put in may lack texts. */
type Row = (string | number | null)[];

/** What one question asks for, and how the index is asked. */
export interface Plan {
  readonly numbers: readonly NumberName[];
  readonly texts: readonly TextName[];
  /** Of a row: UID, numbers, texts, row id, parsed. */
  readonly columns: string;
  readonly source: string;
  /** What the reader is asked for when it is not stored yet. */
  readonly made: readonly (WireTextName | 'size')[];
}

function planFor(asked: ReadonlySet<string>): Plan {
  const numbers = (Object.keys(numberColumns) as NumberName[]).filter((name) => asked.has(name));
  const texts = (Object.keys(textColumns) as TextName[]).filter((name) => asked.has(name));
  // SORT and THREAD without a Date field go by INTERNALDATE.
  if (asked.has('sort') && !asked.has('received')) numbers.push('received');
  const columns = [
    'm.uid',
    ...numbers.map((name) => numberColumns[name]),
    ...texts.map((name) => textColumns[name]),
    'm.id',
    'm.parsed',
  ];
  const isWire = texts.some((name) => textColumns[name].startsWith('w.'));
  const source = [
    'message m',
    ...(isWire ? ['LEFT JOIN wire w ON w.id = m.id'] : []),
    ...(asked.has('header') ? ['LEFT JOIN head h ON h.id = m.id'] : []),
    ...(asked.has('preview') ? ['LEFT JOIN envelope e ON e.id = m.id'] : []),
  ].join(' ');
  const made: (WireTextName | 'size')[] = wireTexts.filter((name) => asked.has(name));
  if (asked.has('size')) made.push('size');
  return { numbers, texts, columns: columns.join(', '), source, made };
}

/** From 1, each once: as UIDs of a folder mostly come. */
function isAscending(uids: readonly number[]): boolean {
  let last = 0;
  for (const uid of uids) {
    if (uid <= last) return false;
    last = uid;
  }
  return true;
}

/** The UIDs in order, each once. */
export const ascending = (uids: readonly number[]): readonly number[] =>
  isAscending(uids) ? uids : [...new Set(uids)].filter((uid) => uid > 0).sort((a, b) => a - b);

export async function packFacts(
  context: AccountContext,
  folder: FolderState,
  uids: readonly number[],
  names: readonly FactName[],
): Promise<PackedFacts> {
  const asked = new Set<string>(names.map((name) => (name === 'sortFacts' ? 'sort' : name)));
  const wanted = ascending(uids);
  const plan = planFor(asked);
  const isStoredOnly = asked.has('threadId') || asked.has('preview');
  const early =
    folder.sight && !isStoredOnly && (await packAtSight(context, folder, folder.sight, wanted, plan));
  if (early) return early;
  while (folder.sight) await waitForScan(folder);
  if (isStoredOnly) await storeAsked(context, folder, wanted, asked);
  const found: Row[] = [];
  for (let i = 0; i < wanted.length; i += turn) {
    readTurn(context, folder, wanted.slice(i, i + turn), plan, found);
    if (wanted.length > turn) await yieldTurn();
  }
  if (plan.made.length > 0) await makeMissing(context, folder, plan, found);
  return pack(found, plan.numbers, plan.texts);
}

/**
 * The same of messages that are stored with all that is asked for; undefined when one of them is not.
 * @param rows asks the index, from wherever it is open
 */
export function storedFacts(
  rows: (sql: string, ...values: readonly (string | number)[]) => Row[],
  directory: string,
  uids: readonly number[],
  names: readonly FactName[],
): PackedFacts | undefined {
  const plan = planFor(new Set<string>(names.map((name) => (name === 'sortFacts' ? 'sort' : name))));
  const query = `SELECT ${plan.columns} FROM ${plan.source}
    WHERE m.folder = (SELECT id FROM folder WHERE directory = ?) AND m.uid > 0 AND m.uid = ?`;
  const found: Row[] = [];
  for (const uid of uids) {
    const row = rows(query, directory, uid)[0];
    if (row?.at(-1) !== 1 || row.includes(null)) return undefined;
    found.push(row);
  }
  return pack(found, plan.numbers, plan.texts);
}

function readTurn(
  context: AccountContext,
  folder: FolderState,
  uids: readonly number[],
  { columns, source }: Plan,
  found: Row[],
): void {
  const [first, last] = [uids[0]!, uids.at(-1)!];
  // Most ask for a run of UIDs: one walk along the index. Scattered ones are looked up.
  if (last - first < uids.length * 4 + 100) {
    const rows = context.db.rows(
      `SELECT ${columns} FROM ${source} WHERE m.folder = ? AND m.uid > 0 AND m.uid BETWEEN ? AND ? ORDER BY m.uid`,
      folder.id,
      first,
      last,
    );
    const isAsked = uids.length === last - first + 1 ? undefined : new Set(uids);
    for (const row of rows) if (isAsked === undefined || isAsked.has(row[0] as number)) found.push(row);
    return;
  }
  const query = `SELECT ${columns} FROM ${source} WHERE m.folder = ? AND m.uid > 0 AND m.uid = ?`;
  for (const uid of uids) for (const row of context.db.rows(query, folder.id, uid)) found.push(row);
}

function pack(
  rows: readonly (readonly (string | number | null)[])[],
  numberNames: readonly NumberName[],
  textNames: readonly TextName[],
): PackedFacts {
  const numbers: Partial<Record<NumberName, Float64Array>> = {};
  const texts: Partial<Record<TextName, { joined: string; lengths: Int32Array }>> = {};
  for (const [i, name] of numberNames.entries()) {
    numbers[name] = Float64Array.from(rows, (row) => row[i + 1] as number);
  }
  for (const [i, name] of textNames.entries()) {
    const column = i + 1 + numberNames.length;
    const lengths = new Int32Array(rows.length);
    const values: string[] = new Array(rows.length);
    for (let n = 0; n < rows.length; n++) {
      const value = rows[n]![column] as string | null;
      lengths[n] = value === null ? -1 : value.length;
      values[n] = value ?? '';
    }
    texts[name] = { joined: values.join(''), lengths };
  }
  return { uids: Uint32Array.from(rows, (row) => row[0] as number), numbers, texts };
}

/** Puts in what is not stored yet. */
async function makeMissing(
  context: AccountContext,
  folder: FolderState,
  plan: Plan,
  found: Row[],
): Promise<void> {
  const at = (name: WireTextName | 'size'): number =>
    name === 'size' ? 1 + plan.numbers.indexOf('size') : 1 + plan.numbers.length + plan.texts.indexOf(name);
  const places = plan.made.map(at);
  const id = 1 + plan.numbers.length + plan.texts.length;
  const lacks = (row: Row): boolean =>
    places.some((place) => row[place] === null || (row[place] === 0 && row[id + 1] === 0));
  let missing = found.filter(lacks);
  for (let round = 0; round < 3 && !context.closing.aborted; round++) {
    for (let i = 0; i < missing.length && !context.closing.aborted; i += madeAtOnce) {
      const some = missing.slice(i, i + madeAtOnce);
      await whileParserRests(context, () => makeSome(context, folder, plan, places, some));
    }
    // Renamed meanwhile, most likely: the full parse looks for the file, and stores what it finds.
    const left = missing.filter((row) => row[id + 1] === 0 && lacks(row));
    if (left.length === 0) return;
    await parseRows(
      context,
      left.map((row) => row[id] as number),
    );
    const fresh: Row[] = [];
    readTurn(
      context,
      folder,
      left.map((row) => row[0] as number),
      plan,
      fresh,
    );
    const byUid = new Map(fresh.map((row) => [row[0], row]));
    for (const row of left) row.splice(0, row.length, ...(byUid.get(row[0]!) ?? row));
    missing = left.filter(lacks);
  }
}

async function makeSome(
  context: AccountContext,
  folder: FolderState,
  plan: Plan,
  places: readonly number[],
  rows: readonly Row[],
): Promise<void> {
  const { db } = context;
  const id = 1 + plan.numbers.length + plan.texts.length;
  const paths = rows.map((row) => {
    const file = db.get<{ base: string; info: string; in_new: number }>(
      'SELECT base, info, in_new FROM message WHERE id = ? AND folder = ?',
      row[id] as number,
      folder.id,
    );
    return file ? messagePath(context, folder, file) : '';
  });
  const made = unpackTexts(await context.reader.texts(paths, plan.made));
  const heads: { readonly id: number; readonly lines: string }[] = [];
  for (const [i, row] of rows.entries()) {
    const one = made[i];
    if (!one) continue;
    for (const [n, name] of plan.made.entries()) {
      const place = places[n]!;
      if (name === 'size') {
        if (row[id + 1] === 0) row[place] = one.size;
        continue;
      }
      const isNew = row[place] === null;
      const text = one.texts[name];
      if (isNew && text !== undefined) row[place] = text;
      // Parsed before these were kept: nobody else stores them.
      if (isNew && name === 'header' && row[id + 1] === 1 && text !== undefined)
        heads.push({ id: row[id] as number, lines: text });
    }
  }
  if (heads.length === 0 || context.closing.aborted) return;
  db.transaction(() => {
    for (const { id, lines } of heads)
      if (db.get('SELECT 1 FROM message WHERE id = ?', id)) storeHead(db, id, lines);
  });
}

/** Stores what only stored messages have. A copy has its texts before it is parsed. */
async function storeAsked(
  context: AccountContext,
  folder: FolderState,
  uids: readonly number[],
  asked: ReadonlySet<string>,
): Promise<void> {
  if (uids.length === 0) return;
  const lacks = asked.has('preview') ? 'm.parsed = 0' : 'NOT EXISTS (SELECT 1 FROM wire w WHERE w.id = m.id)';
  for (let round = 0; round < 3 && !context.closing.aborted; round++) {
    const rows = context.db.all<{ id: number; uid: number }>(
      `SELECT m.id, m.uid FROM message m WHERE m.folder = ? AND m.parsed = 0 AND m.uid BETWEEN ? AND ? AND ${lacks}`,
      folder.id,
      uids[0]!,
      uids.at(-1)!,
    );
    const isAsked = new Set(uids);
    const ids = rows.filter((row) => isAsked.has(row.uid)).map((row) => row.id);
    if (ids.length === 0) return;
    const quickly = !asked.has('preview') && round === 0;
    // In the order of their files on disk, a few hundred on their way at once.
    for (let i = 0; i < ids.length && !context.closing.aborted; i += madeAtOnce) {
      const some = ids.slice(i, i + madeAtOnce);
      await (quickly ? makeWires(context, some) : parseRows(context, some));
    }
  }
}

/** Has each of so many messages all that a parse gives? One whose file could not be read has not. */
export const isWhole = ({ uids, texts }: PackedFacts, asked: number): boolean =>
  uids.length === asked &&
  ([texts.envelope, texts.body, texts.bodyStructure, texts.parts] as const).every(
    (column) => column === undefined || !column.lengths.includes(0),
  );

/** The facts of each message, ascending by UID. */
export function unpackFacts(packed: PackedFacts, names: readonly FactName[]): MessageFacts[] {
  const { uids, numbers, texts } = packed;
  type Building = { -readonly [Name in keyof MessageFacts]: MessageFacts[Name] };
  const facts: Building[] = Array.from(uids, (uid) => ({ uid }));
  for (const name of names) {
    if (name === 'sortFacts') addSortFacts(facts, packed);
    else if (name === 'size' || name === 'received' || name === 'saved') {
      const values = numbers[name];
      for (let i = 0; values && i < facts.length; i++) facts[i]![name] = values[i]!;
    } else {
      const column = texts[name];
      let at = 0;
      for (let i = 0; column && i < facts.length; i++) {
        const length = column.lengths[i]!;
        if (length < 0) continue;
        facts[i]![name] = column.joined.slice(at, at + length);
        at += length;
      }
    }
  }
  return facts;
}

function addSortFacts(facts: { sortFacts?: SortFacts | undefined }[], packed: PackedFacts): void {
  const { sort } = packed.texts;
  if (!sort) return;
  let at = 0;
  for (let i = 0; i < facts.length; i++) {
    const length = sort.lengths[i]!;
    if (length < 0) continue;
    const known = JSON.parse(sort.joined.slice(at, at + length)) as SortFacts;
    const sent = known.sent || packed.numbers.received?.[i] || 0;
    facts[i]!.sortFacts = { ...known, sent };
    at += length;
  }
}
