// The inbox as POP3 lists it (RFC 1939 5, 7): its order, no UIDL twice; and of an inbox that was told of before its rows are
// in the index (first-sight.ts), out of its names and what the message reader counts in its files. What is settled and
// kept of each message is pop3-calls.ts.
import { sortByBase } from '../../mta/maildir/base-order.ts';
import { parseMaildirName } from '../../mta/maildir/name.ts';
import { type AccountContext, type FolderState, whileParserRests } from './context.ts';
import { type FirstSight, fileAtSight, pathAtSight } from './first-sight.ts';
import type { Fresh } from './intake.ts';
import { type FormerLists, findFormerUidl, newUidl } from './pop3-uidl.ts';
import type { UidPlace } from './uid-calls.ts';

/** The inbox in the order of POP3; the arrays are as long as each other. */
export interface Pop3Maildrop {
  readonly uids: Uint32Array;
  /** Octets as RETR sends them, without the dots that are added. */
  readonly sizes: Float64Array;
  readonly uidls: readonly string[];
}

export interface MaildropRow {
  readonly uid: number;
  readonly base: string;
  readonly uidl: string;
  readonly place: number;
  readonly octets: number;
}

/** Messages whose sizes are asked for at once. */
const step = 2000;

export function orderMaildrop(rows: readonly MaildropRow[]): Pop3Maildrop {
  // Dovecot: messages with an order number first. The others as Courier has them.
  const first = rows.filter(({ place }) => place > 0).sort((a, b) => a.place - b.place || a.uid - b.uid);
  const rest = sortByBase(
    rows.filter(({ place }) => place === 0),
    ({ base }) => base,
  );
  const ordered = [...first, ...rest];
  // RFC 1939 7: no two messages have one UIDL, whatever the lists said.
  const told = new Set<string>();
  const uidls = ordered.map(({ uidl, uid, base }) => {
    const own = !told.has(uidl) ? uidl : told.has(newUidl(base)) ? `${uid}.${newUidl(base)}` : newUidl(base);
    told.add(own);
    return own;
  });
  return {
    uids: Uint32Array.from(ordered, ({ uid }) => uid),
    sizes: Float64Array.from(ordered, ({ octets }) => octets),
    uidls,
  };
}

/**
 * Undefined: new messages must get numbers of Courier's list, or a file is not where it was; the rows are waited for.
 */
export function maildropAtSight(
  context: AccountContext,
  folder: FolderState,
  sight: FirstSight,
  lists: FormerLists,
): Promise<Pop3Maildrop | undefined> {
  return whileParserRests(context, async () => {
    const rows: MaildropRow[] = [];
    for (let at = 0; at < sight.files.length; at += step) {
      const files = sight.files.slice(at, at + step);
      const sizes = await measure(context, folder, files, lists);
      if (!sizes) return undefined;
      for (const [n, { base }] of files.entries()) {
        const former = findFormerUidl(base, lists);
        if (!former && lists.newer === 'courier') return undefined;
        const known = former ?? { uidl: newUidl(base), place: 0 };
        rows.push({ uid: sight.uids[at + n]!, base, ...known, octets: sizes[n]! });
      }
    }
    return orderMaildrop(rows);
  });
}

/** Octets on the wire: from Courier's list, the name, else counted. Undefined: a file cannot be read. */
async function measure(
  context: AccountContext,
  folder: FolderState,
  files: readonly Fresh[],
  { courier }: FormerLists,
): Promise<Float64Array | undefined> {
  const sizes = Float64Array.from(
    files,
    ({ base }) => courier?.records.get(base)?.size || parseMaildirName(base)?.wireSize || -1,
  );
  const unknown = [...sizes.keys()].filter((n) => sizes[n]! < 0);
  if (unknown.length === 0) return sizes;
  const paths = unknown.map((n) => pathAtSight(context, folder, files[n]!));
  const counted = (await context.reader.texts(paths, ['octets'])).sizes;
  if (counted.some(Number.isNaN)) return undefined;
  for (const [i, n] of unknown.entries()) sizes[n] = counted[i]!;
  return sizes;
}

export const placesAtSight = (
  context: AccountContext,
  folder: FolderState,
  sight: FirstSight,
  uids: readonly number[],
): (UidPlace & { readonly uid: number })[] =>
  uids.flatMap((uid) => {
    const file = fileAtSight(sight, uid);
    return file
      ? [{ uid, path: pathAtSight(context, folder, file), base: file.base, folder: folder.name }]
      : [];
  });
