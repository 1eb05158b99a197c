// dovecot-uidlist: Dovecot's list of UIDs, POP3 UIDLs and GUIDs of one folder (spec/maildir-imap.md 3.7, 3.8), versions
// 1 and 3. Pure functions on the bytes of the file. Keys that mean nothing to us are kept and written back, so a site
// that returns to Dovecot loses nothing. A list that Dovecot would call broken (UIDs that do not ascend, a name with a
// slash) is undefined here too.
import {
  byUid,
  fitsLine,
  highestUid,
  linesAfter,
  mostLines,
  parseUidDb,
  readUid,
  type UidList,
} from './uid-db.ts';

/** What POP3 clients were told of one message. */
export interface Pop3Fields {
  /** Key P: the UIDL. '' is Dovecot's way to say: the base name. */
  readonly uidl?: string | undefined;
  /** Key O: messages that have one come first, ascending. */
  readonly order?: number | undefined;
}

export interface DovecotUidlist extends UidList {
  /** RFC 8474 material: 32 hex digits of the mailbox, '' in version 1. */
  guid: string;
  /** Other keys of the header, as `P%08Xu`: letter and value, in their order. */
  headerKeys: string[];
  /** By base name, only of messages that have P or O. */
  pop3: Map<string, Pop3Fields>;
  /** By base name: the other keys of the record as they stood, `S123 W130 G...`; '' is not stored. */
  recordKeys: Map<string, string>;
}

/** Reads dovecot-uidlist; undefined when it is no such file or broken. A last line without its end is not read yet. */
export function parseDovecotUidlist(content: Buffer, most: number = mostLines): DovecotUidlist | undefined {
  const text = content.subarray(0, content.lastIndexOf(0x0a) + 1).toString('utf8');
  const end = text.indexOf('\n');
  if (end < 0) return undefined;
  const header = text.slice(0, end).split(' ');
  const version = header.shift();
  if (version === '1') {
    const list = parseUidDb(content, most);
    return list && { ...list, guid: '', headerKeys: [], pop3: new Map(), recordKeys: new Map() };
  }
  if (version !== '3') return undefined;
  const headerValue = (key: string): string => header.find((part) => part.startsWith(key))?.slice(1) ?? '';
  const uidValidity = readUid(headerValue('V'));
  const uidNext = readUid(headerValue('N'));
  if (uidValidity === undefined || uidNext === undefined) return undefined;
  const list: DovecotUidlist = {
    uidValidity,
    uidNext,
    uids: new Map(),
    guid: /^[0-9a-fA-F]{32}$/.test(headerValue('G')) ? headerValue('G') : '',
    headerKeys: header.filter((part) => /^[A-Z]/.test(part) && !/^[VNG]/.test(part)),
    pop3: new Map(),
    recordKeys: new Map(),
  };
  let last = 0;
  for (const line of linesAfter(text, end)) {
    const uid = addRecord(list, line);
    // Dovecot: UIDs that do not ascend make the list broken, not the line.
    if (uid === undefined || uid <= last || list.uids.size > most) return undefined;
    last = uid;
  }
  list.uidNext = Math.max(uidNext, last + 1);
  return list;
}

/** Adds the record of one line, gives its UID; undefined when the line is broken. */
function addRecord(list: DovecotUidlist, line: string): number | undefined {
  const space = line.indexOf(' ');
  const uid = readUid(line.slice(0, Math.max(space, 0)));
  if (uid === undefined || uid === highestUid) return undefined;
  // Values hold no space, so the first ` :` begins the name; a name in a record of old may carry flags.
  const colon = line.indexOf(' :', space);
  if (colon < 0) return undefined;
  const base = line.slice(colon + 2).split(':', 1)[0]!;
  if (!fitsLine(base)) return undefined;
  const kept: string[] = [];
  let uidl: string | undefined;
  let order: number | undefined;
  for (const part of line.slice(space + 1, colon).split(' ')) {
    if (part.startsWith('P')) uidl = part.slice(1);
    else if (/^O\d{1,10}$/.test(part)) order = Number(part.slice(1));
    else if (part !== '') kept.push(part);
  }
  // Dovecot: of a file named twice the later record counts.
  list.uids.set(base, uid);
  if (uidl !== undefined || order !== undefined) list.pop3.set(base, { uidl, order });
  else list.pop3.delete(base);
  if (kept.length > 0) list.recordKeys.set(base, kept.join(' '));
  else list.recordKeys.delete(base);
  return uid;
}

/** The bytes of dovecot-uidlist in version 3. Without a `guid` the header has none: Dovecot then makes one. */
export function formatDovecotUidlist(list: Readonly<DovecotUidlist>): Buffer {
  const header = [`3 V${list.uidValidity}`, `N${list.uidNext}`];
  if (list.guid !== '') header.push(`G${list.guid}`);
  const lines = [`${[...header, ...list.headerKeys].join(' ')}\n`];
  for (const [base, uid] of byUid(list.uids)) {
    if (!fitsLine(base)) continue;
    const keys = list.recordKeys.get(base);
    const pop3 = list.pop3.get(base);
    let line = keys === undefined ? `${uid}` : `${uid} ${keys}`;
    if (pop3?.uidl !== undefined) line += ` P${pop3.uidl}`;
    if (pop3?.order !== undefined) line += ` O${pop3.order}`;
    lines.push(`${line} :${base}\n`);
  }
  return Buffer.from(lines.join(''), 'utf8');
}
