// What FETCH, SORT and THREAD are answered with (MessageFacts), out of the index. A message that is not parsed yet is
// parsed first. Facts of thousands of messages cross from the worker as a few long texts and number arrays, because as
// many objects cost ten times as much; the role cuts them up again. `packFacts` runs in the worker, `unpackFacts` in
// the role.
import { type AccountContext, type FolderState, yieldTurn } from './context.ts';
import { makeWires, parseRows } from './parsing.ts';
import { type FactName, type MessageFacts, noSortFacts, type SortFacts } from './uid-types.ts';

/** Messages of one turn of the worker. */
const turn = 1000;
/** Messages on their way to the reader at once. */
const wiresAtOnce = 600;
/** UIDs of one question: bounds the memory of an answer. */
export const mostAsked = 10_000;

type TextName = 'emailId' | 'threadId' | 'envelope' | 'body' | 'bodyStructure' | 'parts' | 'preview' | 'sort';
type NumberName = 'size' | 'received' | 'saved';

/** Facts by name; what was not asked for is not there. */
export interface PackedFacts {
  readonly uids: Uint32Array;
  readonly numbers: Partial<Record<NumberName, Float64Array>>;
  /** The texts of all messages one after the other, and the length of each. */
  readonly texts: Partial<Record<TextName, { readonly joined: string; readonly lengths: Uint32Array }>>;
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
};

/** What is answered from the row of the message alone, parsed or not. */
const needsNoParse = new Set<string>(['received', 'saved', 'emailId']);

export async function packFacts(
  context: AccountContext,
  folder: FolderState,
  uids: readonly number[],
  names: readonly FactName[],
): Promise<PackedFacts> {
  const asked = new Set<string>(names.map((name) => (name === 'sortFacts' ? 'sort' : name)));
  const wanted = [...new Set(uids)].filter((uid) => uid > 0).sort((a, b) => a - b);
  if ([...asked].some((name) => !needsNoParse.has(name))) await parseAsked(context, folder, wanted, asked);
  const numberNames = (Object.keys(numberColumns) as NumberName[]).filter((name) => asked.has(name));
  const textNames = (Object.keys(textColumns) as TextName[]).filter((name) => asked.has(name));
  // SORT and THREAD without a Date field go by INTERNALDATE.
  const withReceived = asked.has('sort') && !asked.has('received');
  if (withReceived) numberNames.push('received');
  const columns = [
    'm.uid',
    ...numberNames.map((name) => numberColumns[name]),
    ...textNames.map((name) => textColumns[name]),
  ];
  const isWire = textNames.some((name) => name !== 'emailId' && name !== 'preview');
  const source = [
    'message m',
    ...(isWire ? ['LEFT JOIN wire w ON w.id = m.id'] : []),
    ...(asked.has('preview') ? ['LEFT JOIN envelope e ON e.id = m.id'] : []),
  ].join(' ');
  const found: (string | number | null)[][] = [];
  for (let i = 0; i < wanted.length; i += turn) {
    readTurn(context, folder, wanted.slice(i, i + turn), columns.join(', '), source, found);
    if (wanted.length > turn) await yieldTurn();
  }
  return pack(found, numberNames, textNames);
}

function readTurn(
  context: AccountContext,
  folder: FolderState,
  uids: readonly number[],
  columns: string,
  source: string,
  found: (string | number | null)[][],
): void {
  const [first, last] = [uids[0]!, uids.at(-1)!];
  // Most ask for a run of UIDs: one walk along the index. Scattered ones are looked up.
  if (last - first < uids.length * 4 + 100) {
    const isAsked = new Set(uids);
    const rows = context.db.rows(
      `SELECT ${columns} FROM ${source} WHERE m.folder = ? AND m.uid > 0 AND m.uid BETWEEN ? AND ? ORDER BY m.uid`,
      folder.id,
      first,
      last,
    );
    for (const row of rows) if (isAsked.has(row[0] as number)) found.push(row);
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
  const texts: Partial<Record<TextName, { joined: string; lengths: Uint32Array }>> = {};
  for (const [i, name] of numberNames.entries()) {
    numbers[name] = Float64Array.from(rows, (row) => row[i + 1] as number);
  }
  for (const [i, name] of textNames.entries()) {
    const column = i + 1 + numberNames.length;
    const values = rows.map((row) => (row[column] as string | null) ?? '');
    texts[name] = { joined: values.join(''), lengths: Uint32Array.from(values, (value) => value.length) };
  }
  return { uids: Uint32Array.from(rows, (row) => row[0] as number), numbers, texts };
}

/** Parses what is asked for and not parsed yet. A copy has its texts before it is parsed. */
async function parseAsked(
  context: AccountContext,
  folder: FolderState,
  uids: readonly number[],
  asked: ReadonlySet<string>,
): Promise<void> {
  if (uids.length === 0) return;
  const lacks =
    asked.size === 1 && asked.has('size')
      ? 'm.wire = 0'
      : asked.has('preview')
        ? 'm.parsed = 0'
        : 'NOT EXISTS (SELECT 1 FROM wire w WHERE w.id = m.id)';
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
    if (!asked.has('preview') && round === 0) {
      for (let i = 0; i < ids.length && !context.closing.aborted; i += wiresAtOnce) {
        await makeWires(context, ids.slice(i, i + wiresAtOnce));
      }
      continue;
    }
    // In the order of their files on disk, a few hundred on their way at once.
    for (let i = 0; i < ids.length && !context.closing.aborted; i += 480) {
      await parseRows(context, ids.slice(i, i + 480));
    }
  }
}

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
        const end = at + column.lengths[i]!;
        facts[i]![name] = column.joined.slice(at, end);
        at = end;
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
    const end = at + sort.lengths[i]!;
    const known = JSON.parse(sort.joined.slice(at, end) || 'null') as SortFacts | null;
    const sent = known?.sent || packed.numbers.received?.[i] || 0;
    facts[i]!.sortFacts = { ...(known ?? noSortFacts), sent };
    at = end;
  }
}
