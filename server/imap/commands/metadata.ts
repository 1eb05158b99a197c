// Annotations (RFC 5464): GETMETADATA and SETMETADATA, of folders and, with the name "", of the server: there the
// /shared entries are the site's and read-only, the /private ones are the account's. Values are bytes; what they mean is
// the clients' business. RETURN (METADATA ...) of LIST (RFC 9590) is answered from here too.

import { largestAnnotation } from '../../mailbox/annotations.ts';
import type { AnnotationChange } from '../../mailbox/uid-types.ts';
import {
  chooseEntries,
  type EntryChoice,
  type EntryName,
  formatEntries,
  parseEntryNames,
  parseWholeEntryName,
} from '../annotation-names.ts';
import { defineCommand, missingMailbox, no, ok } from '../command.ts';
import type { Cursor } from '../cursor.ts';
import { encodeUtf8 } from '../names.ts';
import type { Session } from '../session.ts';

type Options = Pick<EntryChoice, 'depth' | 'maxSize'>;

function parseOptions(cursor: Cursor): Options {
  let depth: EntryChoice['depth'] = 0;
  let maxSize: number | undefined;
  cursor.list(() => {
    const word = cursor.word('An option');
    if (word !== 'DEPTH' && word !== 'MAXSIZE') cursor.fail('There is no such option');
    cursor.space();
    if (word === 'MAXSIZE') maxSize = cursor.number(0);
    else if (cursor.take('infinity')) depth = 'infinity';
    else depth = cursor.number(0, 1) as 0 | 1;
  });
  return { depth, maxSize };
}

/** RFC 5464 has the options before the mailbox in its grammar and behind it in its examples; entries begin with `/`. */
const areOptionsNext = (cursor: Cursor): boolean =>
  /^\((?:DEPTH|MAXSIZE) /i.test(cursor.text.slice(cursor.at, cursor.at + 9));

interface GetArguments {
  readonly name: string;
  readonly choice: EntryChoice;
}

function parseGet(cursor: Cursor): GetArguments {
  cursor.space();
  let options: Options = { depth: 0, maxSize: undefined };
  const isFirst = cursor.isNext('(');
  if (isFirst) {
    options = parseOptions(cursor);
    cursor.space();
  }
  const name = cursor.astring();
  cursor.space();
  if (!isFirst && areOptionsNext(cursor)) {
    options = parseOptions(cursor);
    cursor.space();
  }
  const names = parseEntryNames(cursor);
  cursor.end();
  return { name, choice: { names, ...options } };
}

/** RFC 5464 3.2.1.1: what the site says of itself. */
function serverEntries(session: Session): ReadonlyMap<string, string> {
  const { imapcomment } = session.server.settings();
  const domain = session.account?.domain ?? '';
  const entries = new Map([['/shared/admin', `mailto:postmaster@${domain}`]]);
  if (imapcomment !== '') entries.set('/shared/comment', encodeUtf8(imapcomment));
  return entries;
}

/** Of a folder, or of the server when its name is ''. @throws MailboxRefusal */
async function readAll(session: Session, folder: string): Promise<ReadonlyMap<string, string>> {
  const own = await session.uids.readAnnotations(folder);
  return folder === '' ? new Map([...own, ...serverEntries(session)]) : own;
}

/** One untagged METADATA. Gives the size of the largest value that was left out; 0: none. */
export async function tellAnnotations(
  session: Session,
  folder: string,
  name: string,
  choice: EntryChoice,
): Promise<number> {
  const { pairs, longest } = chooseEntries(await readAll(session, folder), choice);
  if (pairs.length > 0) session.out.text(`* METADATA ${name} ${formatEntries(pairs)}\r\n`);
  await session.out.drained();
  return longest;
}

/** The folder that a name means; '' is the server. */
const placeOf = (session: Session, name: string): string | undefined =>
  name === '' ? '' : session.folderOf(name);

const getMetadata = defineCommand({
  name: 'GETMETADATA',
  state: 'authenticated',
  parse: parseGet,
  run: async (session, { name, choice }) => {
    const folder = placeOf(session, name);
    if (folder === undefined) return missingMailbox();
    const wireName = folder === '' ? '""' : session.nameOf(folder);
    const longest = await tellAnnotations(session, folder, wireName, choice);
    return ok('These are the annotations', longest > 0 ? `METADATA LONGENTRIES ${longest}` : undefined);
  },
});

interface SetArguments {
  readonly name: string;
  readonly changes: readonly (AnnotationChange & EntryName)[];
}

function parseSet(cursor: Cursor): SetArguments {
  const name = cursor.argument();
  cursor.space();
  const changes = cursor.list(() => {
    const entry = parseWholeEntryName(cursor);
    cursor.space();
    return { ...entry, value: cursor.nstring() };
  });
  cursor.end();
  return { name, changes };
}

const setMetadata = defineCommand({
  name: 'SETMETADATA',
  state: 'authenticated',
  parse: parseSet,
  run: async (session, { name, changes }) => {
    const folder = placeOf(session, name);
    if (folder === undefined) return missingMailbox();
    // RFC 5464 3.3: what all users of the server see is not a user's to set.
    if (folder === '' && changes.some(({ entry }) => entry.startsWith('/shared/')))
      return no('The shared entries of the server are set by its administrator', 'NOPERM');
    const plain = changes.map(({ entry, value }) => ({ entry, value }));
    const refusal = await session.uids.changeAnnotations(folder, plain);
    if (refusal === 'too large') return no('The value is too large', `METADATA MAXSIZE ${largestAnnotation}`);
    if (refusal === 'too many') return no('There is no room for more annotations', 'METADATA TOOMANY');
    session.signedIn.tellOfAnnotations(folder, [...new Set(plain.map(({ entry }) => entry))], session);
    return ok('Done');
  },
});

export const metadataCommands = [getMetadata, setMetadata];
