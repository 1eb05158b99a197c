// ESEARCH (RFC 7377 MULTISEARCH): one search in many mailboxes, none of which need be open. Answers are UIDs, a line for
// each mailbox in which something was found, with its name and UIDVALIDITY. Mailboxes are searched one after the other;
// the one that is open as its client sees it.
import { isShared } from '../../mailbox/shared-mailbox.ts';
import { type Answer, bad, type Call, defineCommand, no, ok } from '../command.ts';
import type { Cursor } from '../cursor.ts';
import { type MailboxFilter, matchesFilter, parseMailboxFilter } from '../mailbox-filters.ts';
import { type ParsedKey, parseCharset, parseKeys, type WrittenKey } from '../search-keys.ts';
import { searchFolder, searchUnopened } from '../search-run.ts';
import type { Session } from '../session.ts';
import {
  badCharset,
  formatEsearch,
  highestOf,
  parseReturning,
  type Returning,
  type ReturnOption,
  savedOf,
} from './search.ts';

/** Mailboxes of one search. */
const mostSearched = 1000;
/** Kinds of mailboxes of one search. */
const mostFilters = 100;

interface MultiSearch {
  readonly filters: readonly MailboxFilter[];
  readonly returning: Returning;
  readonly keys: WrittenKey;
}

/** RFC 7377 4: `IN (kinds of mailboxes)`; the open one where nothing is said. */
function parseSources(cursor: Cursor, session: Session): MailboxFilter[] {
  if (!cursor.take('IN ')) return [{ kind: 'selected' }];
  const nameOf = (wire: string): string | undefined => {
    const folder = session.folderOf(wire);
    return folder === undefined ? undefined : session.plainNameOf(folder);
  };
  let count = 0;
  const filters = cursor.list(() => {
    if (++count > mostFilters) cursor.fail('Too many kinds of mailboxes');
    const filter = parseMailboxFilter(cursor, nameOf, ['subtree-one']);
    if (filter.kind === 'selected-delayed') cursor.fail('SELECTED-DELAYED is for NOTIFY');
    return filter;
  });
  cursor.space();
  return filters;
}

const all: Returning = { options: new Set<ReturnOption>(['ALL']), partial: undefined };

function parseMultiSearch(cursor: Cursor, _call: Call, session: Session): MultiSearch {
  cursor.space();
  const filters = parseSources(cursor, session);
  const returning = parseReturning(cursor) ?? all;
  // RFC 7377 2.2: a saved result is one of the open mailbox.
  if (returning.options.has('SAVE') && filters.some(({ kind }) => kind !== 'selected'))
    cursor.fail('SAVE is for the selected mailbox alone');
  let charset: ReturnType<typeof parseCharset> = 'UTF-8';
  if (cursor.take('CHARSET ')) {
    charset = parseCharset(cursor);
    cursor.space();
  }
  const keys = parseKeys(cursor, charset);
  cursor.end();
  return { filters, returning, keys };
}

/** Folders that are meant, each once: as they are listed. */
async function findFolders(session: Session, filters: readonly MailboxFilter[]): Promise<string[]> {
  const open = session.selected?.model.folder;
  const isOpenMeant = filters.some(({ kind }) => kind === 'selected');
  if (filters.every(({ kind }) => kind === 'selected')) return open === undefined ? [] : [open];
  const shared = session.hasShared && filters.some(({ kind }) => kind !== 'personal' && kind !== 'selected');
  const entries = [
    ...(await session.uids.list()),
    // RFC 7377 2.2: those that one may not read are passed over.
    ...(shared ? (await session.uids.listShared()).filter(({ rights }) => rights.includes('r')) : []),
  ];
  const found = entries
    .filter(({ folder, isSubscribed }) => {
      const mailbox = { name: session.plainNameOf(folder), isSubscribed, isPersonal: !isShared(folder) };
      return filters.some((filter) => matchesFilter(filter, mailbox));
    })
    .map(({ folder }) => folder);
  return isOpenMeant && open !== undefined && !found.includes(open) ? [open, ...found] : found;
}

async function runMultiSearch(session: Session, given: MultiSearch, call: Call): Promise<Answer> {
  const { filters, returning, keys } = given;
  // RFC 7377 2.2
  if (filters.some(({ kind }) => kind === 'selected') && session.selected === undefined)
    return bad('Select a mailbox first');
  if (keys === 'charset') {
    // RFC 5182 2.1: a search that fails saves that nothing was found.
    if (returning.options.has('SAVE') && session.selected) session.selected.saved = [];
    return badCharset();
  }
  const folders = await findFolders(session, filters);
  if (folders.length > mostSearched) return no(`At most ${mostSearched} mailboxes are searched`, 'LIMIT');
  for (const folder of folders) {
    if (folder === session.selected?.model.folder) await searchOpen(session, keys, returning, call);
    else await searchOther(session, folder, keys, returning, call);
    await session.out.drained();
    if (session.state === 'logout') break;
  }
  return ok('Searched');
}

async function searchOpen(
  session: Session,
  keys: ParsedKey,
  returning: Returning,
  { tag }: Call,
): Promise<void> {
  const { folder: selected } = session;
  const { uids, asksModseq } = await searchFolder(session, keys);
  if (returning.options.has('SAVE')) selected.saved = savedOf(uids, returning.options);
  const isSavedOnly = returning.options.size === 1 && returning.options.has('SAVE');
  if (isSavedOnly || uids.length === 0) return;
  const highest = asksModseq ? highestOf(session, savedOf(uids, returning.options)) : undefined;
  const mailbox = { name: session.nameOf(selected.folder), uidValidity: selected.model.uidValidity };
  session.out.text(formatEsearch(uids, returning, { tag, isUid: true, mailbox }, highest));
}

/** A folder that is gone meanwhile has nothing. */
async function searchOther(
  session: Session,
  folder: string,
  keys: ParsedKey,
  returning: Returning,
  { tag }: Call,
): Promise<void> {
  const found = await searchUnopened(session, folder, keys);
  if (found === undefined || found.uids.length === 0) return;
  const { uids, uidValidity, modseqOf } = found;
  let highest: number | undefined;
  if (modseqOf !== undefined)
    for (const uid of Array.from(savedOf(uids, returning.options)))
      highest = Math.max(highest ?? 0, modseqOf(uid));
  const mailbox = { name: session.nameOf(folder), uidValidity };
  session.out.text(formatEsearch(uids, returning, { tag, isUid: true, mailbox }, highest));
}

const esearch = defineCommand({
  name: 'ESEARCH',
  state: 'authenticated',
  telling: 'kept',
  isSlow: true,
  parse: parseMultiSearch,
  run: runMultiSearch,
});

export const multiSearchCommands = [esearch];
