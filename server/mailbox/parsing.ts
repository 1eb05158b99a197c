// What messages say, into the index: each file is summarised once in its life by the message reader (killable workers
// elsewhere), newest first, in small batches; a page that shows a message not parsed yet asks for it first.
// A message that cannot be read three times gets an empty summary, so that it is shown; it is tried again when somebody
// looks at its folder later (unread-rows.ts).
import { setTimeout as delay } from 'node:timers/promises';
import { errorCode } from '../../mta/maildir/calls.ts';
import type { Summary, WireTexts } from '../message/types.ts';
import { type AccountContext, type FolderState, isAwaited, messagePath, yieldTurn } from './context.ts';
import { joinBySubject, joinConversation, type Ties } from './conversations.ts';
import { ReaderClosedError } from './errors.ts';
import { foldForSearch, foldForSort, stripReplyMarks } from './fold.ts';
import { discoverFolders } from './folders.ts';
import { isStillHere, refreshFolder } from './scan.ts';
import type { IndexDatabase } from './schema.ts';
import { emptySearch, indexSomeTexts, storeSearchTexts } from './search-store.ts';
import { noSortFacts } from './uid-types.ts';
import { maxTries } from './unread-rows.ts';

interface PendingRow {
  readonly id: number;
  readonly folder: number;
  readonly base: string;
  readonly info: string;
  readonly in_new: number;
  readonly tries: number;
}

const batchSize = 24;
/** Text written in one transaction, characters: bounds how long the worker is busy. */
const textBatch = 400_000;
/** Rows of `makeWires` that one transaction writes. */
const wireBatch = 100;
/** Addresses kept for a list row; all of them are searched. */
const shownAddresses = 20;

/** What a message without a Message-ID is called: a copy as what it was copied from. */
const emailId = "iif(email = '', key, email)";
const pendingColumns = 'id, folder, base, info, in_new, tries';

/** Summarises these rows now; rows that are being parsed are waited for. */
export async function parseRows(context: AccountContext, ids: readonly number[]): Promise<void> {
  const wait: Promise<void>[] = [];
  const mine: PendingRow[] = [];
  for (const id of ids) {
    const running = context.parsing.get(id);
    if (running) {
      wait.push(running);
      continue;
    }
    const row = context.db.get<PendingRow>(
      `SELECT ${pendingColumns} FROM message WHERE id = ? AND parsed = 0`,
      id,
    );
    if (row) mine.push(row);
  }
  for (let i = 0; i < mine.length; i += batchSize)
    wait.push(parseBatch(context, mine.slice(i, i + batchSize)));
  await Promise.all(wait);
}

function parseBatch(context: AccountContext, rows: readonly PendingRow[]): Promise<void> {
  const done = summariseAndStore(context, rows).finally(() => {
    for (const row of rows) context.parsing.delete(row.id);
  });
  for (const row of rows) context.parsing.set(row.id, done);
  return done;
}

async function summariseAndStore(context: AccountContext, rows: readonly PendingRow[]): Promise<void> {
  const byId = new Map([...context.folders.values()].map((folder) => [folder.id, folder]));
  const known = rows.filter((row) => byId.has(row.folder));
  const paths = known.map((row) => messagePath(context, byId.get(row.folder)!, row));
  const summaries = await context.reader.summarise(paths);
  if (context.closing.aborted) return;
  const failed = new Set<FolderState>();
  let at = 0;
  while (at < known.length && !context.closing.aborted) {
    const start = at;
    let text = 0;
    context.db.transaction(() => {
      while (at < known.length && (at === start || text < textBatch)) {
        const row = known[at]!;
        const summary = summaries[at];
        at += 1;
        if (summary) {
          text += summary.text.length;
          storeSummary(context, row.id, summary);
        } else if (!isStillHere(context, byId.get(row.folder)!)) {
          // Its folder has another name by now: nobody has tried to read it there.
          failed.add(byId.get(row.folder)!);
        } else if (row.tries + 1 >= maxTries) {
          storeSummary(context, row.id, emptySummary);
          context.db.run('UPDATE message SET tries = ? WHERE id = ?', maxTries, row.id);
        } else {
          context.db.run('UPDATE message SET tries = tries + 1 WHERE id = ?', row.id);
          failed.add(byId.get(row.folder)!);
        }
      }
    });
    await yieldTurn();
  }
  // Most likely renamed by another program: the listing knows the name it has now.
  for (const folder of failed) {
    const isThere = await refreshFolder(context, folder, { moveNew: false, verify: 'now' }).catch(
      (error: unknown) => {
        // A folder without read right keeps nobody from reading the others.
        if (errorCode(error) === '' || errorCode(error).startsWith('SQLITE')) throw error;
      },
    );
    if (isThere === false) await discoverFolders(context);
  }
}

const emptySummary: Summary = {
  subject: '',
  from: [],
  to: [],
  cc: [],
  replyTo: [],
  sent: undefined,
  messageId: '',
  inReplyTo: '',
  references: [],
  preview: '',
  hasAttachment: false,
  text: '',
};

function storeSummary(context: AccountContext, id: number, summary: Summary): void {
  const { db } = context;
  const first = summary.from[0];
  const row = db.get<{ key: string; received: number }>(
    `SELECT ${emailId} AS key, received FROM message WHERE id = ? AND parsed = 0`,
    id,
  );
  if (!row) return;
  const wireSize = summary.wire?.size ?? 0;
  const ties = tiesOf(summary.wire ?? emptyWire);
  const { conversation, thread } = joinConversation(db, ties, row.key);
  const subjectKey = foldForSort(stripReplyMarks(summary.subject), 60);
  db.run(
    `UPDATE message SET parsed = 1, attach = ?, from_key = ?, subject_key = ?, conversation = ?,
       wire = iif(? > 0, ?, wire) WHERE id = ?`,
    summary.hasAttachment ? 1 : 0,
    foldForSort(first ? first.name || first.address : '', 40),
    subjectKey,
    conversation,
    wireSize,
    wireSize,
    id,
  );
  storeWire(db, id, summary.wire ?? emptyWire, thread);
  storeSearchTexts(db, id, summary.search ?? emptySearch);
  const pairs = (list: Summary['from']): string =>
    JSON.stringify(list.slice(0, shownAddresses).map(({ name, address }) => [name, address]));
  const sent = summary.sent;
  db.run(
    `INSERT OR REPLACE INTO envelope
       (id, subject, sender, recipients, preview, sent, message_id, in_reply_to, refs)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    id,
    summary.subject.slice(0, 2000),
    pairs(summary.from),
    pairs(summary.to),
    summary.preview.slice(0, 400),
    sent === undefined || !Number.isFinite(sent) ? null : Math.trunc(sent),
    summary.messageId.slice(0, 1000),
    summary.inReplyTo.slice(0, 1000),
    summary.references.slice(-100).join(' ').slice(0, 8000),
  );
  const people = [...summary.from.slice(0, shownAddresses), ...summary.to.slice(0, shownAddresses)];
  const letter = { subject: summary.subject, subjectKey, people, received: row.received, ties };
  const folders = [...context.folders.values()].map((folder) => folder.id);
  joinBySubject(db, id, conversation, letter, folders);
  const words = (list: Summary['from']): string =>
    list
      .slice(0, 1000)
      .map(({ name, address }) => `${name} ${address}`)
      .join(' ');
  db.run(
    'INSERT INTO words (rowid, subject, sender, recipients, body) VALUES (?, ?, ?, ?, ?)',
    id,
    foldForSearch(summary.subject),
    foldForSearch(words(summary.from)),
    foldForSearch(words([...summary.to, ...summary.cc])),
    foldForSearch(summary.text.slice(0, 262_144)),
  );
}

/** Of a message that nobody could read: no field, an empty text. */
const emptyWire: WireTexts = {
  size: 0,
  envelope: '(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)',
  body: '("TEXT" "PLAIN" ("CHARSET" "US-ASCII") NIL NIL "7BIT" 0 0)',
  bodyStructure: '("TEXT" "PLAIN" ("CHARSET" "US-ASCII") NIL NIL "7BIT" 0 0 NIL NIL NIL NIL)',
  parts: '',
  sort: noSortFacts,
  header: '',
};

/** What FETCH, SORT and THREAD are answered with. A copy that had it already keeps its THREADID. */
function storeWire(db: IndexDatabase, id: number, wire: WireTexts, thread: string): void {
  db.run(
    `INSERT INTO wire (id, envelope, body, structure, parts, sort, thread) VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET envelope = excluded.envelope, body = excluded.body,
       structure = excluded.structure, parts = excluded.parts, sort = excluded.sort`,
    id,
    wire.envelope,
    wire.body,
    wire.bodyStructure,
    wire.parts,
    JSON.stringify(wire.sort),
    thread,
  );
  if (wire.header !== undefined) storeHead(db, id, wire.header);
}

/** The header fields that clients ask for most. */
export function storeHead(db: IndexDatabase, id: number, lines: string): void {
  db.run('INSERT OR REPLACE INTO head (id, lines) VALUES (?, ?)', id, lines);
}

/**
 * Makes what FETCH, SORT and THREAD are answered with for rows that are not parsed yet, without the rest: a client that
 * opens a folder for the first time waits for it. They are parsed later.
 */
export async function makeWires(context: AccountContext, ids: readonly number[]): Promise<void> {
  const { db } = context;
  const byId = new Map([...context.folders.values()].map((folder) => [folder.id, folder]));
  const rows = ids.flatMap((id) => {
    const row = db.get<PendingRow & { key: string }>(
      `SELECT ${pendingColumns}, ${emailId} AS key FROM message WHERE id = ? AND parsed = 0`,
      id,
    );
    return row && byId.has(row.folder) ? [row] : [];
  });
  const wires = await context.reader.wires(
    rows.map((row) => messagePath(context, byId.get(row.folder)!, row)),
  );
  for (let at = 0; at < rows.length && !context.closing.aborted; at += wireBatch) {
    db.transaction(() => {
      for (const [i, row] of rows.slice(at, at + wireBatch).entries()) {
        const wire = wires[at + i];
        if (!wire || db.get('SELECT 1 FROM wire WHERE id = ?', row.id)) continue;
        const { conversation, thread } = joinConversation(db, tiesOf(wire), row.key);
        const { changes } = db.run(
          'UPDATE message SET wire = ?, conversation = ? WHERE id = ? AND parsed = 0',
          wire.size,
          conversation,
          row.id,
        );
        if (changes > 0) storeWire(db, row.id, wire, thread);
      }
    });
    await yieldTurn();
  }
}

/** What ties a message to others, the same whichever way it was read. */
const tiesOf = ({ sort }: WireTexts): Ties => ({ messageId: sort.messageId, references: sort.references });

/** The background work: makes a function that starts it, a folder first, and one that waits for its end. */
export function createParser(getContext: () => AccountContext): {
  wake(folder: FolderState | undefined): void;
  settled(): Promise<void>;
} {
  let first: FolderState | undefined;
  let running: Promise<void> | undefined;
  let again = false;

  async function run(): Promise<void> {
    const context = getContext();
    while (!context.closing.aborted) {
      // A client that waits goes first.
      for (let wait = 0; wait < 50 && context.busy.calls > 0; wait++) await delay(20);
      for (let wait = 0; wait < 500 && isAwaited(context); wait++) await delay(20);
      if (context.closing.aborted) return;
      again = false;
      const rows = nextPending(context, first);
      if (rows.length === 0) {
        if (again) continue;
        // What the lists show comes first; then what only searches are quicker by.
        if (!indexSomeTexts(context)) return;
        for (let wait = 0; wait < 10 && context.busy.calls > 0; wait++) await delay(20);
        await yieldTurn();
        continue;
      }
      // Two batches on their way keep the reader's workers busy while one is written.
      const half = Math.ceil(rows.length / 2);
      await Promise.all([parseBatch(context, rows.slice(0, half)), parseBatch(context, rows.slice(half))]);
    }
  }

  return {
    wake(folder) {
      if (folder) first = folder;
      again = true;
      if (running || getContext().closing.aborted) return;
      running = run()
        .catch((error: unknown) => {
          const context = getContext();
          if (context.closing.aborted || error instanceof ReaderClosedError) return;
          context.log(`mailbox: indexing stopped: ${error instanceof Error ? error.message : 'error'}`);
        })
        .finally(() => {
          running = undefined;
        });
    },
    async settled() {
      while (running) await running;
    },
  };
}

function nextPending(context: AccountContext, first: FolderState | undefined): PendingRow[] {
  const free = (rows: PendingRow[]): PendingRow[] => rows.filter((row) => !context.parsing.has(row.id));
  const wanted = batchSize * 2;
  const query = `SELECT ${pendingColumns} FROM message WHERE parsed = 0 AND folder = ?
    ORDER BY received DESC LIMIT ?`;
  const limit = wanted + context.parsing.size;
  const order = [...context.folders.values()].filter((folder) => folder !== first);
  if (first) order.unshift(first);
  const busy = new Set(context.db.pluck<number>('SELECT id FROM folder WHERE pending > 0'));
  for (const folder of order) {
    if (!busy.has(folder.id)) continue;
    const rows = free(context.db.all<PendingRow>(query, folder.id, limit));
    if (rows.length > 0) return rows.slice(0, wanted);
  }
  return [];
}
