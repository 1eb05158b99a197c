// Folders as a client sees them: LIST with RFC 5258, 5819, 6154, 8440 and 9590, LSUB (RFC 3501 6.3.9), XLIST of old clients,
// NAMESPACE (RFC 2342), STATUS (RFC 9051 6.3.11).
import { allRights } from '../../mailbox/shared-mailbox.ts';
import { MailboxRefusal } from '../../mailbox/uid-types.ts';
import { type EntryName, parseEntryNames } from '../annotation-names.ts';
import { type Answer, defineCommand, missingMailbox, noArguments, ok } from '../command.ts';
import type { Cursor } from '../cursor.ts';
import { type ListChoice, type ListLine, listFolders } from '../folder-list.ts';
import {
  decodeName,
  encodeName,
  longestPattern,
  type Prefix,
  quote,
  separator,
  sharedPrefix,
  toName,
} from '../names.ts';
import { formatRights } from '../rights.ts';
import type { Session } from '../session.ts';
import { appendLimit } from '../settings.ts';
import { formatStatus, parseStatusItems, type StatusItem } from '../status-items.ts';
import { tellAnnotations } from './metadata.ts';

interface ListArguments {
  /** Undefined: this cannot be a name. */
  readonly reference: string | undefined;
  readonly patterns: readonly (string | undefined)[];
  readonly onlySubscribed: boolean;
  readonly onlySpecialUse: boolean;
  readonly isRecursive: boolean;
  readonly showsSubscribed: boolean;
  readonly showsRights: boolean;
  /** RFC 9590. */
  readonly annotations: readonly EntryName[];
  readonly status: readonly StatusItem[];
}

/** Patterns of one LIST. */
const mostPatterns = 50;

function parseSelection(cursor: Cursor): Set<string> {
  const options = new Set<string>();
  if (!cursor.isNext('(')) return options;
  cursor.list(() => {
    const word = cursor.word('An option');
    if (!['SUBSCRIBED', 'REMOTE', 'RECURSIVEMATCH', 'SPECIAL-USE'].includes(word))
      cursor.fail('There is no such option');
    options.add(word);
  }, true);
  cursor.space();
  // RFC 5258 3.1: it says nothing by itself.
  if (options.has('RECURSIVEMATCH') && !options.has('SUBSCRIBED') && !options.has('SPECIAL-USE'))
    cursor.fail('RECURSIVEMATCH needs another option');
  return options;
}

interface Returning {
  readonly options: Set<string>;
  readonly status: StatusItem[];
  readonly annotations: readonly EntryName[];
}

function parseReturn(cursor: Cursor): Returning {
  const options = new Set<string>();
  let status: StatusItem[] = [];
  let annotations: readonly EntryName[] = [];
  if (cursor.take(' ')) {
    cursor.expect('RETURN');
    cursor.space();
    cursor.list(() => {
      const word = cursor.word('An option');
      if (!['SUBSCRIBED', 'CHILDREN', 'SPECIAL-USE', 'STATUS', 'MYRIGHTS', 'METADATA'].includes(word))
        cursor.fail('There is no such option');
      options.add(word);
      if (word !== 'STATUS' && word !== 'METADATA') return;
      cursor.space();
      if (word === 'STATUS') status = parseStatusItems(cursor);
      else if (cursor.isNext('(')) annotations = parseEntryNames(cursor);
      else cursor.fail('Entries in parentheses were expected');
    }, true);
  }
  return { options, status, annotations };
}

function parseList(cursor: Cursor, _call: unknown, session: Session): ListArguments {
  const { isUtf8 } = session.features;
  const decode = (text: string): string | undefined => (text === '' ? '' : decodeName(text, isUtf8));
  cursor.space();
  const selection = parseSelection(cursor);
  const reference = decode(cursor.astring());
  cursor.space();
  const written = cursor.isNext('(') ? cursor.list(() => cursor.pattern()) : [cursor.pattern()];
  if (written.length > mostPatterns) cursor.fail('Too many patterns');
  const { options, status, annotations } = parseReturn(cursor);
  cursor.end();
  return {
    reference,
    patterns: written.map(decode),
    onlySubscribed: selection.has('SUBSCRIBED'),
    onlySpecialUse: selection.has('SPECIAL-USE'),
    isRecursive: selection.has('RECURSIVEMATCH'),
    showsSubscribed: options.has('SUBSCRIBED'),
    showsRights: options.has('MYRIGHTS'),
    status,
    annotations,
  };
}

/** Reference and pattern are one text (RFC 9051 6.3.9.1). */
function wholePatterns({ reference, patterns }: Pick<ListArguments, 'reference' | 'patterns'>): string[] {
  if (reference === undefined) return [];
  return patterns.flatMap((pattern) =>
    pattern === undefined || reference.length + pattern.length > longestPattern ? [] : [reference + pattern],
  );
}

async function findLines(
  session: Session,
  choice: ListChoice,
): Promise<readonly (ListLine & { readonly rights: string })[]> {
  const { imapprefix } = session.server.settings();
  // Who asks for names below INBOX where there are none means those beside it, as on a server with that layout.
  const prefix = choice.patterns.some((pattern) => /^inbox\./i.test(pattern)) ? 'INBOX.' : imapprefix;
  const { uids, hasShared } = session;
  const spelling = hasShared ? sharedSpelling(choice, imapprefix) : undefined;
  const [entries, subscriptions, shared] = await Promise.all([
    uids.list(),
    choice.onlySubscribed ? uids.subscriptions() : [],
    spelling === undefined ? [] : uids.listShared(),
  ]);
  const nameOf = (folder: string): string =>
    toName(folder, folder.startsWith('/') ? (spelling ?? imapprefix) : prefix, hasShared);
  const rights = new Map(shared.map((entry) => [entry.folder, entry.rights] as const));
  const lines = listFolders([...entries, ...shared], subscriptions, nameOf, choice);
  return lines.map((line) => ({ ...line, rights: rights.get(line.folder ?? '') ?? allRights }));
}

/**
 * How folders of others are to be named in a list, as a layout's prefix; undefined: they are not asked for. Names that
 * begin with # show themselves to nobody who did not name them (RFC 2342; Courier), unless they are subscribed to.
 */
function sharedSpelling(choice: ListChoice, imapprefix: Prefix): Prefix | undefined {
  if (choice.patterns.some((pattern) => pattern.startsWith('#'))) return 'INBOX.';
  if (choice.patterns.some((pattern) => pattern.startsWith('Shared'))) return '';
  const isWide = choice.patterns.some((pattern) => /^[S*%]/.test(pattern));
  return isWide && (imapprefix === '' || choice.onlySubscribed) ? imapprefix : undefined;
}

/** RFC 9051 6.3.9: an empty pattern asks for the separator. */
const isEmptyPattern = ({ patterns }: ListArguments): boolean => patterns.length === 1 && patterns[0] === '';

const nameOf = (session: Session, line: ListLine): string => encodeName(line.name, session.features.isUtf8);

async function runList(session: Session, given: ListArguments): Promise<Answer> {
  if (isEmptyPattern(given) && !given.onlySubscribed && !given.onlySpecialUse) {
    session.out.text(`* LIST (\\Noselect) ${quote(separator)} ""\r\n`);
    return ok('Listed');
  }
  const lines = await findLines(session, { ...given, patterns: wholePatterns(given) });
  for (const line of lines) {
    const name = nameOf(session, line);
    const info = line.hasSubscribedChild ? ' ("CHILDINFO" ("SUBSCRIBED"))' : '';
    session.out.text(`* LIST (${line.attributes.join(' ')}) ${quote(separator)} ${name}${info}\r\n`);
    if (line.folder === undefined) continue;
    if (given.showsRights) session.out.text(`* MYRIGHTS ${name} ${formatRights(line.rights)}\r\n`);
    if (given.annotations.length > 0) await listAnnotations(session, line.folder, name, given.annotations);
    // RFC 5819 2: of a folder that may be seen and not read there is none.
    if (given.status.length > 0 && line.rights.includes('r'))
      await tellStatusIfKnown(session, line.folder, name, given.status);
  }
  return ok('Listed');
}

/** RFC 9590 3: of a folder that is gone meanwhile, or cannot be read, nothing is told. */
async function listAnnotations(
  session: Session,
  folder: string,
  name: string,
  names: readonly EntryName[],
): Promise<void> {
  try {
    await tellAnnotations(session, folder, name, { names, depth: 0, maxSize: undefined });
  } catch (error) {
    if (!(error instanceof MailboxRefusal) && session.server.explain(error) === undefined) throw error;
  }
}

/** RFC 5819 2: the STATUS of a mailbox that cannot be read is left out, and the list goes on. */
async function tellStatusIfKnown(
  session: Session,
  folder: string,
  name: string,
  items: readonly StatusItem[],
): Promise<void> {
  try {
    await tellStatus(session, folder, name, items);
  } catch (error) {
    if (!(error instanceof MailboxRefusal) && session.server.explain(error) === undefined) throw error;
  }
}

/** False: there is no such folder. */
async function tellStatus(
  session: Session,
  folder: string,
  name: string,
  items: readonly StatusItem[],
): Promise<boolean> {
  const status = await session.uids.status(folder);
  if (status === undefined) return false;
  if (items.includes('HIGHESTMODSEQ')) session.enableCondstore();
  const deletedBytes = items.includes('DELETED-STORAGE') ? await sumDeleted(session, folder) : 0;
  const facts = { status, appendLimit: appendLimit(session.server.settings()), deletedBytes };
  session.out.text(`* STATUS ${name} (${formatStatus(items, facts)})\r\n`);
  return true;
}

async function sumDeleted({ uids }: Session, folder: string): Promise<number> {
  const deleted = await uids.search(folder, { key: 'flag', letter: 'T' });
  let sum = 0;
  for (let from = 0; from < deleted.length; from += 1000)
    for (const { size } of await uids.facts(folder, Array.from(deleted.subarray(from, from + 1000)), [
      'size',
    ]))
      sum += size ?? 0;
  return sum;
}

const list = defineCommand({
  name: 'LIST',
  state: 'authenticated',
  // With STATUS it looks into every folder.
  isSlow: true,
  parse: parseList,
  run: runList,
});

/** Gmail's older form of RFC 6154; INBOX has a use of its own there. */
const xlist = defineCommand({
  name: 'XLIST',
  state: 'authenticated',
  parse: parseList,
  run: async (session, given) => {
    for (const line of await findLines(session, { ...given, patterns: wholePatterns(given) })) {
      const attributes = [...line.attributes, ...(line.name === 'INBOX' ? ['\\Inbox'] : [])].join(' ');
      session.out.text(`* XLIST (${attributes}) ${quote(separator)} ${nameOf(session, line)}\r\n`);
    }
    return ok('Listed');
  },
});

const lsub = defineCommand({
  name: 'LSUB',
  state: 'authenticated',
  parse: parseList,
  run: async (session, given) => {
    const patterns = wholePatterns(given);
    const choice = { ...given, patterns, onlySubscribed: true, isRecursive: true };
    for (const line of await findLines(session, choice)) {
      const isSubscribed = line.attributes.includes('\\Subscribed');
      // RFC 3501 6.3.9: `%` shows a parent of what is subscribed; `*` shows what is subscribed itself.
      if (!isSubscribed && !patterns.some((pattern) => pattern.endsWith('%'))) continue;
      const attributes = isSubscribed ? '' : '\\Noselect';
      session.out.text(`* LSUB (${attributes}) ${quote(separator)} ${nameOf(session, line)}\r\n`);
    }
    return ok('Listed');
  },
});

const namespace = defineCommand({
  name: 'NAMESPACE',
  state: 'authenticated',
  parse: noArguments,
  run: (session) => {
    const { imapprefix } = session.server.settings();
    const own = `((${quote(imapprefix)} ${quote(separator)}))`;
    const others = session.hasShared ? `((${quote(sharedPrefix(imapprefix))} ${quote(separator)}))` : 'NIL';
    // RFC 2342 5: they are other users'; Courier calls them shared, and its clients look for them there.
    session.out.text(`* NAMESPACE ${own} ${imapprefix === '' ? `${others} NIL` : `NIL ${others}`}\r\n`);
    return ok('These are the namespaces');
  },
});

const status = defineCommand({
  name: 'STATUS',
  state: 'authenticated',
  isSlow: true,
  parse: (cursor) => {
    const name = cursor.argument();
    cursor.space();
    const items = parseStatusItems(cursor);
    cursor.end();
    return { name, items };
  },
  run: async (session, { name, items }) => {
    const folder = session.folderOf(name);
    if (folder !== undefined && (await tellStatus(session, folder, session.nameOf(folder), items)))
      return ok('That is the state');
    return missingMailbox();
  },
});

export const listCommands = [list, xlist, lsub, namespace, status];
