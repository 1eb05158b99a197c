// The texts of a message that IMAP's SEARCH looks into, in the index: stored packed, with the header fields that are
// searched most beside them, and cut into trigrams, three characters in a row, that say which messages can hold a text.
// Trigrams are made after the lists and pages are served, a few messages a turn; a message that is not in them yet is
// looked into. So what they leave out is always right to leave out, and what they let in is looked at (uid-search.ts).
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import { hasText, type TextKey } from '../message/imap/search-text.ts';
import type { SearchTexts } from '../message/types.ts';
import type { AccountContext } from './context.ts';
import type { IndexDatabase } from './schema.ts';

export const emptySearch: SearchTexts = { head: '', mime: '', body: '', isWhole: true, sentDay: undefined };

/** Fields that `lines` has, folded. */
const lineFields = ['FROM', 'TO', 'CC', 'BCC', 'SUBJECT', 'MESSAGE-ID'];
const isLineField = new Set(lineFields);
const separator = '\0';

/** Stores the texts of a message; within a transaction of the caller. */
export function storeSearchTexts(db: IndexDatabase, id: number, texts: SearchTexts): void {
  const lines = texts.head
    .split('\n')
    .filter((line) => isLineField.has(line.slice(0, Math.max(0, line.indexOf(':')))))
    .map((line) => `\n${line}`)
    .join('')
    .slice(0, 65_536);
  const joined = [texts.head, texts.mime, texts.body].map((text) => text.replaceAll(separator, ' '));
  db.run(
    'INSERT OR REPLACE INTO searched (id, whole, day, lines, texts) VALUES (?, ?, ?, ?, ?)',
    id,
    texts.isWhole ? 1 : 0,
    texts.sentDay ?? null,
    lines,
    pack(Buffer.from(joined.join(separator), 'utf8')),
  );
}

interface StoredTexts {
  readonly whole: number;
  readonly lines: string;
  readonly texts: Buffer;
}

// Long texts are deflated, which takes them to a third; of the many short ones it would cost more time than room.
const deflatedFrom = 8192;
const [plain, deflated] = [0x70, 0x64];

const pack = (texts: Buffer): Buffer =>
  texts.length < deflatedFrom
    ? Buffer.concat([Buffer.of(plain), texts])
    : Buffer.concat([Buffer.of(deflated), deflateRawSync(texts, { level: constants.Z_BEST_SPEED })]);

const unpackBytes = (texts: Buffer): Buffer =>
  texts[0] === deflated ? inflateRawSync(texts.subarray(1)) : texts.subarray(1);

/** The texts as they were stored. */
export const unpack = (texts: Buffer): Pick<SearchTexts, 'head' | 'mime' | 'body'> => {
  const [head = '', mime = '', body = ''] = unpackBytes(texts).toString('utf8').split(separator);
  return { head, mime, body };
};

/** As `hasText`, without making strings of the texts. */
function hasBytes(texts: Buffer, needle: TextKey, bytes: Buffer): boolean {
  if (needle.key === 'header') return hasText(unpack(texts), needle);
  const all = unpackBytes(texts);
  // Not across the border of two texts: those end with NUL, which no needle has.
  if (needle.key === 'text') return all.includes(bytes);
  const body = all.indexOf(0, all.indexOf(0) + 1) + 1;
  return all.indexOf(bytes, body) >= 0;
}

/** Is it in the message? `bytes`: its text in UTF-8. 'unknown': the index does not have all of its text, and it is not in what it has. */
export function isStored(db: IndexDatabase, id: number, needle: TextKey, bytes: Buffer): boolean | 'unknown' {
  if (needle.key === 'header' && isLineField.has(needle.field)) {
    const row = db.get<Pick<StoredTexts, 'whole' | 'lines'>>(
      'SELECT whole, lines FROM searched WHERE id = ?',
      id,
    );
    if (!row) return false;
    if (hasText({ head: row.lines, mime: '', body: '' }, needle)) return true;
    if (row.lines.length < 65_536) return row.whole === 1 ? false : 'unknown';
  }
  const row = db.get<StoredTexts>('SELECT whole, texts FROM searched WHERE id = ?', id);
  if (!row) return false;
  if (hasBytes(row.texts, needle, bytes)) return true;
  return row.whole === 1 ? false : 'unknown';
}

/** Trigrams asked for at most: more of them narrow no further. */
const mostGrams = 16;

/** Expression of FTS5 for messages that have all trigrams of a text; undefined: the text is too short for any. */
export function gramsOf(text: string): string | undefined {
  const characters = [...text];
  const grams = new Set<string>();
  for (let i = 0; i + 3 <= characters.length; i++) {
    const gram = characters.slice(i, i + 3).join('');
    if (!gram.includes('\0')) grams.add(gram);
  }
  if (grams.size === 0) return undefined;
  const all = [...grams];
  const step = Math.max(1, all.length / mostGrams);
  const chosen = Array.from(
    { length: Math.min(all.length, mostGrams) },
    (_, i) => all[Math.floor(i * step)]!,
  );
  return chosen.map((gram) => `"${gram.replaceAll('"', '""')}"`).join(' AND ');
}

/**
 * Messages of the account that can have the needle, by row id; undefined: any can. Those not in the trigrams, and those
 * whose text the index does not have whole, are among them.
 */
export function narrow(db: IndexDatabase, needle: TextKey): Set<number> | undefined {
  const match = gramsOf(needle.text);
  if (match === undefined) return undefined;
  const found = new Set<number>();
  const add = (ids: readonly number[]): void => {
    for (const id of ids) found.add(id);
  };
  if (needle.key !== 'header') {
    add(db.pluck<number>('SELECT rowid FROM body_grams WHERE body_grams MATCH ?', match));
  }
  if (needle.key !== 'body') {
    add(db.pluck<number>('SELECT rowid FROM head_grams WHERE head_grams MATCH ?', match));
  }
  add(db.pluck<number>('SELECT id FROM searched WHERE indexed = 0'));
  add(db.pluck<number>('SELECT id FROM searched WHERE whole = 0'));
  return found;
}

/** Messages of one turn, and their packed bytes: bounds how long the worker is busy. */
const turnMessages = 24;
const turnBytes = 60_000;

/** Puts some texts that are not in the trigrams there, at most a turn's work. False: all of them are in. */
export const indexSomeTexts = (context: AccountContext): boolean =>
  context.db.transaction(() => indexTurn(context.db)) > 0;

function indexTurn(db: IndexDatabase): number {
  const rows = db.all<{ id: number; size: number }>(
    'SELECT id, length(texts) AS size FROM searched WHERE indexed = 0 ORDER BY id DESC LIMIT ?',
    turnMessages,
  );
  let bytes = 0;
  let count = 0;
  for (const { id, size } of rows) {
    if (count > 0 && bytes + size > turnBytes) break;
    bytes += size;
    count += 1;
    const row = db.get<{ texts: Buffer }>('SELECT texts FROM searched WHERE id = ?', id);
    if (!row) continue;
    const { head, mime, body } = unpack(row.texts);
    db.run('INSERT INTO head_grams (rowid, text) VALUES (?, ?)', id, `${head}${mime}`);
    db.run('INSERT INTO body_grams (rowid, text) VALUES (?, ?)', id, body);
    db.run('UPDATE searched SET indexed = 1 WHERE id = ?', id);
  }
  return count;
}
