// Rows of the index as the pages get them, and positions in a list as cursors.
// A cursor is base64url of the JSON [sort, key, received, base, row]: only a position, so it is not signed, but parsed
// strictly; one that makes no sense is no cursor (spec/webmail.md 2.1, 2.5). Pure.
import { flagsOf } from './names.ts';
import type { Address, ListQuery, MessageRow } from './types.ts';

export type Sort = NonNullable<ListQuery['sort']>;

/** Columns for `rowOf`, from `message m LEFT JOIN envelope e`. */
export const rowColumns = `m.id, m.folder, m.base, m.key, m.info, m.in_new, m.keywords, m.received, m.size, m.attach,
  m.parsed, m.conversation, m.from_key, m.subject_key, e.subject, e.sender, e.recipients, e.preview, e.sent, e.message_id,
  e.in_reply_to`;
export const rowSource = 'message m LEFT JOIN envelope e ON e.id = m.id';

export interface IndexRow {
  readonly id: number;
  readonly folder: number;
  readonly base: string;
  readonly key: string;
  readonly info: string;
  readonly in_new: number;
  readonly keywords: string;
  readonly received: number;
  readonly size: number;
  readonly attach: number;
  readonly parsed: number;
  /** 0: not read yet. */
  readonly conversation: number;
  readonly from_key: string;
  readonly subject_key: string;
  readonly subject: string | null;
  readonly sender: string | null;
  readonly recipients: string | null;
  readonly preview: string | null;
  readonly sent: number | null;
  readonly message_id: string | null;
  readonly in_reply_to: string | null;
}

const addresses = (json: string | null): Address[] =>
  json ? (JSON.parse(json) as [string, string][]).map(([name, address]) => ({ name, address })) : [];

export function rowOf(row: IndexRow, folderName: string): MessageRow {
  const flags = flagsOf(row.info);
  return {
    id: row.key,
    folder: folderName,
    base: row.base,
    flags,
    seen: flags.includes('S'),
    flagged: flags.includes('F'),
    answered: flags.includes('R'),
    forwarded: flags.includes('P'),
    draft: flags.includes('D'),
    keywords: row.keywords === '' ? [] : row.keywords.split(' '),
    subject: row.subject ?? '',
    from: addresses(row.sender),
    to: addresses(row.recipients),
    preview: row.preview ?? '',
    received: row.received,
    sent: row.sent ?? undefined,
    size: row.size,
    hasAttachment: row.attach === 1,
    messageId: row.message_id ?? '',
    inReplyTo: row.in_reply_to ?? '',
    ...(row.parsed === 0 ? { pending: true } : {}),
  };
}

/** A place in a list: after or before the row that has these values. */
export interface Position {
  readonly sort: Sort;
  /** Value of the sort column; 0 when sorted by date. */
  readonly key: string | number;
  readonly received: number;
  readonly base: string;
  readonly row: number;
}

/** Only the columns that make a position. */
export type PositionRow = Pick<IndexRow, 'id' | 'base' | 'received' | 'size' | 'from_key' | 'subject_key'>;

export function positionOf(row: PositionRow, sort: Sort): Position {
  const keys = { date: 0, from: row.from_key, subject: row.subject_key, size: row.size } as const;
  return { sort, key: keys[sort], received: row.received, base: row.base, row: row.id };
}

export function encodeCursor({ sort, key, received, base, row }: Position): string {
  return Buffer.from(JSON.stringify([sort[0], key, received, base, row]), 'utf8').toString('base64url');
}

/** Undefined for what is no cursor of a list in this order. */
export function decodeCursor(text: string | undefined, sort: Sort): Position | undefined {
  if (text === undefined || text.length > 2000 || !/^[A-Za-z0-9_-]+$/.test(text)) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
  if (!Array.isArray(value) || value.length !== 5) return undefined;
  const [letter, key, received, base, row] = value as unknown[];
  const keyType = sort === 'from' || sort === 'subject' ? 'string' : 'number';
  if (letter !== sort[0] || typeof key !== keyType || typeof base !== 'string') return undefined;
  if (!Number.isSafeInteger(received) || !Number.isSafeInteger(row)) return undefined;
  if (typeof key === 'number' && !Number.isSafeInteger(key)) return undefined;
  return { sort, key: key as string | number, received: received as number, base, row: row as number };
}

/** SQLite compares text by its UTF-8 bytes. */
export function compareText(a: string, b: string): number {
  return a === b ? 0 : Buffer.compare(Buffer.from(a, 'utf8'), Buffer.from(b, 'utf8'));
}
