// Which UIDL a message has (RFC 1939 7; spec/maildir-imap.md 3.8, 3.9): what the site's former server told its clients,
// else the base name as qmail-pop3d gives it. A client that finds another UIDL downloads the message again, so nothing
// here may ever give a message that has one a second one. Pure; reading and keeping is pop3-calls.ts.
import { formatDovecotUidl } from '../../mta/maildir/dovecot-uidl.ts';
import type { DovecotUidlist } from '../../mta/maildir/dovecot-uidlist.ts';
import { escapeUidl, formatCourierUidl, type Pop3SizeList } from '../../mta/maildir/pop3-size-list.ts';

/** RFC 1939 7: one to 70 characters of 0x21 to 0x7E. */
const longestUidl = 70;

/** What former servers left in the Maildir. */
export interface FormerLists {
  readonly courier: Pop3SizeList | undefined;
  readonly dovecot: DovecotUidlist | undefined;
  /** Which was written last: what it says counts. */
  readonly newer: 'courier' | 'dovecot';
  /** Dovecot's pop3_uidl_format. */
  readonly format: string;
}

export interface KnownUidl {
  readonly uidl: string;
  /** Dovecot's order number; messages that have one come first. 0: none. */
  readonly place: number;
}

/** What a former server told of a message; undefined: none of them knew it. */
export function findFormerUidl(base: string, lists: FormerLists): KnownUidl | undefined {
  const ways = { courier: () => ofCourier(base, lists.courier), dovecot: () => ofDovecot(base, lists) };
  const other = lists.newer === 'courier' ? 'dovecot' : 'courier';
  return ways[lists.newer]() ?? ways[other]();
}

function ofCourier(base: string, list: Pop3SizeList | undefined): KnownUidl | undefined {
  const record = list?.records.get(base);
  return record && { uidl: printable(formatCourierUidl(record)), place: 0 };
}

function ofDovecot(base: string, { dovecot, format }: FormerLists): KnownUidl | undefined {
  const uid = dovecot?.uids.get(base);
  if (!dovecot || uid === undefined) return undefined;
  const { uidl, order } = dovecot.pop3.get(base) ?? {};
  const place = order ?? 0;
  // Dovecot: an empty P stands for the base name.
  if (uidl !== undefined) return { uidl: uidl === '' ? printable(base) : printable(uidl), place };
  const guid = /(?:^| )G([^ ]+)/.exec(dovecot.recordKeys.get(base) ?? '')?.[1] ?? base;
  return {
    uidl: printable(formatDovecotUidl(format, { uid, uidValidity: dovecot.uidValidity, base, guid })),
    place,
  };
}

/**
 * The UIDL of a message that no former server knew: its base name. Names of our own deliveries can be longer than a UIDL
 * may be; the part before the host is theirs alone.
 */
export function newUidl(base: string): string {
  const uidl = printable(base);
  if (uidl.length <= longestUidl) return uidl;
  return /^\d+\.M\d+P\d+Q\d+R[0-9a-f]{16}(?=\.)/.exec(uidl)?.[0] ?? uidl;
}

/** qmail-pop3d prints the name as it is; what would break the line is escaped as Courier does. */
const printable = (text: string): string => (/[^\x21-\x7e]/.test(text) ? escapeUidl(text) : text);
