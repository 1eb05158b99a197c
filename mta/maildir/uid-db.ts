// courierimapuiddb: UIDVALIDITY, UIDNEXT and the UIDs of one folder as Courier-IMAP keeps them beside the mail
// (spec/maildir-imap.md 3.2). Pure functions on the bytes of the file; reading it bounded and writing it durably is
// private-file.ts. A damaged file is undefined as a whole only when its first line cannot be believed; a line that
// cannot be read costs one message its UID. What lives and what is gone is found out by who lists the directory.

/** UIDs of one folder. Names are as readdir gives them: UTF-8, without `:2,` and flags, with `,S=` (identity). */
export interface UidList {
  /** 1 to 2^32-1. */
  uidValidity: number;
  /** Larger than every UID given out so far. */
  uidNext: number;
  /** By base name. No UID appears twice. */
  uids: Map<string, number>;
}

/** A list with more lines than any folder has messages is not believed: what it names would not fit into memory. */
export const mostLines = 2_000_000;

/** RFC 9051 2.3.1.1: UIDs and UIDVALIDITY are 32 bits and not 0. */
export const highestUid = 0xffff_ffff;

/**
 * Reads courierimapuiddb. Undefined: another version than 1, or a first line without UIDVALIDITY and UIDNEXT: Courier
 * makes such a file anew. Of a name or a UID that appears twice the first line is taken.
 */
export function parseUidDb(content: Buffer, most: number = mostLines): UidList | undefined {
  const text = content.toString('utf8');
  const end = text.indexOf('\n');
  const found = /^1[ \t]+(\d{1,10})[ \t]+(\d{1,10})[ \t\r]*$/.exec(end < 0 ? text : text.slice(0, end));
  if (!found) return undefined;
  const uidValidity = Number(found[1]);
  let uidNext = Number(found[2]);
  if (!isUid(uidValidity) || uidNext > highestUid) return undefined;
  const uids = new Map<string, number>();
  const taken = new Set<number>();
  for (const line of linesAfter(text, end)) {
    const space = line.indexOf(' ');
    const uid = space < 0 ? undefined : readUid(line.slice(0, space));
    const base = line.slice(space + 1);
    // 2^32-1 is left alone: with it no UIDNEXT would be left to give.
    if (uid === undefined || uid === highestUid || base === '' || taken.has(uid) || uids.has(base)) continue;
    if (uids.size === most) return undefined;
    uids.set(base, uid);
    taken.add(uid);
    if (uid >= uidNext) uidNext = uid + 1;
  }
  return { uidValidity, uidNext: Math.max(uidNext, 1), uids };
}

/** The bytes of courierimapuiddb, lines ascending by UID. A name that no line can hold is left out. */
export function formatUidDb(list: Readonly<UidList>): Buffer {
  const lines = [`1 ${list.uidValidity} ${list.uidNext}\n`];
  for (const [base, uid] of byUid(list.uids)) if (fitsLine(base)) lines.push(`${uid} ${base}\n`);
  return Buffer.from(lines.join(''), 'utf8');
}

/** Entries ascending by UID. */
export const byUid = (uids: ReadonlyMap<string, number>): (readonly [string, number])[] =>
  [...uids].sort((a, b) => a[1] - b[1]);

/** A file name may hold a line feed; a line of these files may not (security.md F5). */
export const fitsLine = (name: string): boolean => name !== '' && !/[\n\r\0/]/.test(name);

export const isUid = (number: number): boolean => number >= 1 && number <= highestUid;

/** A UID in decimal digits; undefined for anything else. */
export function readUid(digits: string): number | undefined {
  const number = /^\d{1,10}$/.test(digits) ? Number(digits) : 0;
  return isUid(number) ? number : undefined;
}

/** The lines after the one that ends at `end`, without their ends; also one that the file breaks off in. */
export function* linesAfter(text: string, end: number): Generator<string> {
  let at = end < 0 ? text.length : end + 1;
  while (at < text.length) {
    const next = text.indexOf('\n', at);
    yield text.slice(at, next < 0 ? text.length : next);
    at = next < 0 ? text.length : next + 1;
  }
}
