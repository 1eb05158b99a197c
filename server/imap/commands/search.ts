// SEARCH (RFC 9051 6.4.4 with RFC 4731, 5182, 9394), SORT (RFC 5256, 5957, 5267 ESORT) and THREAD (RFC 5256). What flags
// and UIDs alone decide is answered out of the shared model; the rest is asked of the index.
import type { SortCriterion, SortKey } from '../../message/imap/sort.ts';
import type { ThreadAlgorithm } from '../../message/imap/thread.ts';
import { type Answer, bad, type Call, defineCommand, no, ok } from '../command.ts';
import type { Cursor } from '../cursor.ts';
import { parsePartial } from '../fetch-items.ts';
import { parseCharset, parseKeys, type WrittenKey } from '../search-keys.ts';
import { searchFolder } from '../search-run.ts';
import type { Session } from '../session.ts';
import { formatSet } from '../sets.ts';
import { takePartial } from './fetch.ts';

export type ReturnOption = 'MIN' | 'MAX' | 'COUNT' | 'ALL' | 'SAVE' | 'PARTIAL';

export interface Returning {
  readonly options: ReadonlySet<ReturnOption>;
  readonly partial: readonly [number, number] | undefined;
}

const returnOptions: readonly ReturnOption[] = ['MIN', 'MAX', 'COUNT', 'ALL', 'SAVE', 'PARTIAL'];

/** RFC 9051 6.4.4: `RETURN ()` is ALL. */
export function parseReturning(cursor: Cursor): Returning | undefined {
  if (!cursor.take('RETURN')) return undefined;
  cursor.space();
  const options = new Set<ReturnOption>();
  let partial: Returning['partial'];
  cursor.list(() => {
    const word = cursor.word('An option');
    const option = returnOptions.find((one) => one === word) ?? cursor.fail('There is no such option');
    options.add(option);
    if (option !== 'PARTIAL') return;
    cursor.space();
    partial = parsePartial(cursor);
  }, true);
  // RFC 9394 3.1
  if (options.has('PARTIAL') && options.has('ALL')) cursor.fail('PARTIAL and ALL exclude each other');
  cursor.space();
  if (options.size === 0) options.add('ALL');
  return { options, partial };
}

interface SearchArguments {
  readonly returning: Returning | undefined;
  readonly keys: WrittenKey;
}

const search = defineCommand({
  name: 'SEARCH',
  state: 'selected',
  uid: 'also',
  telling: 'kept',
  isSlow: true,
  parse: (cursor, _call, session): SearchArguments => {
    cursor.space();
    const returning = parseReturning(cursor);
    if (cursor.take('CHARSET ')) {
      // RFC 9755 3: after ENABLE UTF8=ACCEPT there is nothing to choose.
      if (session.features.isUtf8 && !session.features.isRev2) cursor.fail('CHARSET is not for UTF8=ACCEPT');
      const charset = parseCharset(cursor);
      cursor.space();
      const keys = parseKeys(cursor, charset);
      cursor.end();
      return { returning, keys };
    }
    const keys = parseKeys(cursor, 'UTF-8');
    cursor.end();
    return { returning, keys };
  },
  run: runSearch,
});

export const badCharset = (): Answer =>
  no('Searches are in UTF-8 or US-ASCII', 'BADCHARSET (US-ASCII UTF-8)');

async function runSearch(
  session: Session,
  { returning, keys }: SearchArguments,
  call: Call,
): Promise<Answer> {
  const { folder: selected, features, out } = session;
  if (keys === 'charset') {
    if (returning?.options.has('SAVE')) selected.saved = [];
    return badCharset();
  }
  const found = await searchFolder(session, keys);
  const numbers = toNumbers(session, found.uids, call);
  const highest = found.asksModseq ? highestOf(session, toldOf(found.uids, returning?.options)) : undefined;
  if (returning === undefined && !features.isRev2) {
    const list = Array.from(numbers).join(' ');
    out.text(`* SEARCH${list === '' ? '' : ` ${list}`}${highest ? ` (MODSEQ ${highest})` : ''}\r\n`);
    return ok('Searched');
  }
  const wanted = returning ?? { options: new Set<ReturnOption>(['ALL']), partial: undefined };
  if (wanted.options.has('SAVE')) selected.saved = savedOf(found.uids, wanted.options);
  // RFC 5182 2.1: SAVE alone tells nothing.
  if (wanted.options.size === 1 && wanted.options.has('SAVE')) return ok('Saved');
  out.text(formatEsearch(numbers, wanted, call, highest));
  return ok('Searched');
}

/** RFC 4731 3.2: with MIN or MAX alone, MODSEQ is that of these. */
const toldOf = (uids: Uint32Array, options: ReadonlySet<ReturnOption> | undefined): ArrayLike<number> =>
  options === undefined ? uids : savedOf(uids, options);

/** RFC 5182 2.4: with MIN or MAX alone, only these are saved. */
export function savedOf(uids: Uint32Array, options: ReadonlySet<ReturnOption>): ArrayLike<number> {
  if (options.has('ALL') || options.has('COUNT') || options.has('PARTIAL')) return uids;
  if (!options.has('MIN') && !options.has('MAX')) return uids;
  const saved = new Set<number>();
  const [first, last] = [uids[0], uids[uids.length - 1]];
  if (options.has('MIN') && first !== undefined) saved.add(first);
  if (options.has('MAX') && last !== undefined) saved.add(last);
  return [...saved];
}

const toNumbers = ({ folder }: Session, uids: ArrayLike<number>, { isUid }: Call): ArrayLike<number> =>
  isUid ? uids : Array.from(uids, (uid) => folder.numberOf(uid));

/** RFC 7162 3.1.5 */
export function highestOf({ folder }: Session, uids: ArrayLike<number>): number | undefined {
  const { model } = folder;
  let highest = 0;
  for (let at = 0; at < uids.length; at++)
    highest = Math.max(highest, model.modseqs[model.indexOf(uids[at]!)] ?? 0);
  return highest || undefined;
}

/** RFC 4731 3.1, and RFC 7377 2.1 with `mailbox`, its name quoted. */
export function formatEsearch(
  numbers: ArrayLike<number>,
  { options, partial }: Returning,
  { tag, isUid, mailbox }: SearchAnswer,
  highest: number | undefined,
): string {
  const where = mailbox ? ` MAILBOX ${mailbox.name} UIDVALIDITY ${mailbox.uidValidity}` : '';
  let text = `* ESEARCH (TAG "${tag.replace(/["\\]/g, '\\$&')}"${where})${isUid ? ' UID' : ''}`;
  const isSome = numbers.length > 0;
  // Of a sorted result the first and last in its order (RFC 5267 2.1).
  if (options.has('MIN') && isSome) text += ` MIN ${numbers[0]}`;
  if (options.has('MAX') && isSome) text += ` MAX ${numbers[numbers.length - 1]}`;
  if (options.has('COUNT')) text += ` COUNT ${numbers.length}`;
  if (options.has('ALL') && isSome) text += ` ALL ${formatSet(numbers)}`;
  if (partial) {
    const part = formatSet(takePartial(Array.from(numbers), partial));
    text += ` PARTIAL (${partial[0]}:${partial[1]} ${part === '' ? 'NIL' : part})`;
  }
  if (highest !== undefined && isSome) text += ` MODSEQ ${highest}`;
  return `${text}\r\n`;
}

/** Which search it answers. */
interface SearchAnswer extends Pick<Call, 'tag' | 'isUid'> {
  readonly mailbox?: { readonly name: string; readonly uidValidity: number };
}

const sortKeys: readonly SortKey[] = [
  'ARRIVAL',
  'CC',
  'DATE',
  'FROM',
  'SIZE',
  'SUBJECT',
  'TO',
  'DISPLAYFROM',
  'DISPLAYTO',
];

interface SortArguments extends SearchArguments {
  readonly criteria: readonly SortCriterion[];
}

function parseCriteria(cursor: Cursor): SortCriterion[] {
  return cursor.list(() => {
    const isReverse = cursor.take('REVERSE ');
    const word = cursor.word('A sort key');
    const key = sortKeys.find((one) => one === word) ?? cursor.fail('There is no such sort key');
    return { key, isReverse };
  });
}

const sort = defineCommand({
  name: 'SORT',
  state: 'selected',
  uid: 'also',
  telling: 'kept',
  isSlow: true,
  parse: (cursor): SortArguments => {
    cursor.space();
    const returning = parseReturning(cursor);
    const criteria = parseCriteria(cursor);
    cursor.space();
    const charset = parseCharset(cursor);
    cursor.space();
    const keys = parseKeys(cursor, charset);
    cursor.end();
    return { returning, criteria, keys };
  },
  run: runSort,
});

async function runSort(session: Session, given: SortArguments, call: Call): Promise<Answer> {
  const { returning, criteria, keys } = given;
  const { folder: selected, out } = session;
  if (keys === 'charset') return badCharset();
  const found = await searchFolder(session, keys);
  const sorted = await session.uids.sort(selected.model.folder, found.uids, criteria);
  const numbers = toNumbers(session, sorted, call);
  const highest = found.asksModseq ? highestOf(session, found.uids) : undefined;
  if (returning === undefined) {
    const list = Array.from(numbers).join(' ');
    out.text(`* SORT${list === '' ? '' : ` ${list}`}${highest ? ` (MODSEQ ${highest})` : ''}\r\n`);
    return ok('Sorted');
  }
  if (returning.options.has('SAVE')) selected.saved = savedOf(found.uids, returning.options);
  if (returning.options.size > 1 || !returning.options.has('SAVE'))
    out.text(formatEsearch(numbers, returning, call, highest));
  return ok('Sorted');
}

const algorithms: readonly ThreadAlgorithm[] = ['ORDEREDSUBJECT', 'REFERENCES', 'REFS'];

const thread = defineCommand({
  name: 'THREAD',
  state: 'selected',
  uid: 'also',
  telling: 'kept',
  isSlow: true,
  parse: (cursor) => {
    cursor.space();
    const word = cursor.word('An algorithm');
    const algorithm = algorithms.find((one) => one === word);
    cursor.space();
    const charset = parseCharset(cursor);
    cursor.space();
    const keys = parseKeys(cursor, charset);
    cursor.end();
    return { algorithm, keys };
  },
  run: async (session, { algorithm, keys }, { isUid }) => {
    if (algorithm === undefined) return bad('There is no such algorithm');
    if (keys === 'charset') return badCharset();
    const found = await searchFolder(session, keys);
    const { folder } = session;
    const threads = await session.uids.thread(folder.model.folder, found.uids, algorithm);
    const text = isUid ? threads : threads.replace(/\d+/g, (uid) => String(folder.numberOf(Number(uid))));
    session.out.text(`* THREAD${text === '' ? '' : ` ${text}`}\r\n`);
    return ok('Threaded');
  },
});

export const searchCommands = [search, sort, thread];
