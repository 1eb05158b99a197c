// courierpop3dsizelist: the UIDLs and sizes that Courier's POP3 server told its clients (spec/maildir-imap.md 3.5, 3.8),
// versions 1, 2 and 3 read, 3 written. Pure functions on the bytes of the file. A UIDL that a client has seen must never
// change, or it downloads everything again: so every message keeps the pair of numbers it was once given.
import { sortByBase } from './base-order.ts';
import { linesAfter, mostLines } from './uid-db.ts';

export interface Pop3SizeRecord {
  /** With the flags it had when the list was written; identity is what stands before the first `:`. */
  readonly name: string;
  /** Bytes with CRLF. */
  readonly size: number;
  /** The pair that makes the UIDL `UID<uid>-<validity>`; uid 0: the UIDL is made of the base name. */
  readonly uid: number;
  readonly validity: number;
  /** Does it need RFC 6856 UTF8? Undefined: version 2 did not say. */
  readonly isUtf8: boolean | undefined;
}

export interface Pop3SizeList {
  nextUid: number;
  /** For messages that come new: seconds since 1970 when the list was first made. */
  validity: number;
  /** By base name. */
  records: Map<string, Pop3SizeRecord>;
}

/** Reads courierpop3dsizelist; undefined when the first line is none of its versions. Bad lines are passed over. */
export function parsePop3SizeList(content: Buffer, most: number = mostLines): Pop3SizeList | undefined {
  const text = content.toString('utf8');
  const end = text.indexOf('\n');
  const found = /^\/([123]) (\d{1,10})(?: (\d{1,10}))?\s*$/.exec(end < 0 ? text : text.slice(0, end));
  if (!found) return undefined;
  const list: Pop3SizeList = {
    nextUid: Number(found[2]),
    validity: Number(found[3] ?? 0),
    records: new Map(),
  };
  for (const line of linesAfter(text, end)) {
    const record = parseRecord(line);
    if (!record) continue;
    const base = baseOf(record.name);
    if (base === '' || list.records.has(base)) continue;
    if (list.records.size === most) return undefined;
    list.records.set(base, record);
    if (record.validity === list.validity && record.uid >= list.nextUid) list.nextUid = record.uid + 1;
  }
  return list;
}

// Courier: a line is split at its last two spaces, so a name may hold spaces.
const longestLine = 1024;
const recordLine = /^(.+) (\d{1,15}) (\d{1,10})(?::(\d{1,10}))?(?::(\d))?$/;

function parseRecord(line: string): Pop3SizeRecord | undefined {
  const found = line.length > longestLine ? null : recordLine.exec(line);
  if (!found) return undefined;
  return {
    name: found[1]!,
    size: Number(found[2]),
    uid: Number(found[3]),
    validity: Number(found[4] ?? 0),
    isUtf8: found[5] === undefined ? undefined : found[5] !== '0',
  };
}

/** The bytes of courierpop3dsizelist in version 3, in Courier's order: by leading number, then by bytes. */
export function formatPop3SizeList(list: Readonly<Pop3SizeList>): Buffer {
  const lines = [`/3 ${list.nextUid} ${list.validity}\n`];
  const sorted = sortByBase([...list.records.values()], ({ name }) => baseOf(name));
  for (const { name, size, uid, validity, isUtf8 } of sorted) {
    if (/[\n\r\0]/.test(name)) continue;
    lines.push(`${name} ${size} ${uid}:${validity}:${isUtf8 ? 1 : 0}\n`);
  }
  return Buffer.from(lines.join(''), 'utf8');
}

const baseOf = (name: string): string => name.split(':', 1)[0]!;

/**
 * The UIDL that Courier's POP3 server gives (RFC 1939 7: 1 to 70 bytes of 0x21 to 0x7E; Courier does not cut longer
 * base names, and neither may we).
 */
export function formatCourierUidl(record: Pick<Pop3SizeRecord, 'name' | 'uid' | 'validity'>): string {
  if (record.uid === 0) return escapeUidl(baseOf(record.name));
  return record.validity === 0 ? `UID${record.uid}` : `UID${record.uid}-${record.validity}`;
}

/** A base name as a UIDL: bytes outside 0x21 to 0x7E, and `'`, `"`, `+`, become `+` and two hex digits, as Courier does. */
export function escapeUidl(base: string): string {
  let out = '';
  for (const byte of Buffer.from(base, 'utf8')) {
    const isPlain = byte >= 0x21 && byte <= 0x7e && byte !== 0x27 && byte !== 0x22 && byte !== 0x2b;
    out += isPlain ? String.fromCharCode(byte) : `+${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return out;
}
