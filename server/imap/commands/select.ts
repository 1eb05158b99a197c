// Opening and closing folders: SELECT, EXAMINE, CLOSE, UNSELECT, CHECK (RFC 9051 6.3.2, 6.4), with CONDSTORE and QRESYNC
// (RFC 7162 3.1.8, 3.2.5): a client that knows a folder is told what changed since.
import { mayChange, rightsNow } from '../access.ts';
import { type Answer, type Call, defineCommand, missingMailbox, noArguments, ok } from '../command.ts';
import type { Cursor } from '../cursor.ts';
import { SelectedFolder } from '../selected.ts';
import type { Session } from '../session.ts';
import { formatSet, indexIn, type SequenceSet, sortRanges } from '../sets.ts';

interface Resync {
  readonly uidValidity: number;
  readonly modseq: number;
  readonly known: SequenceSet | undefined;
  /** Numbers and UIDs that the client believes in, ascending. */
  readonly pairs: { readonly numbers: SequenceSet; readonly uids: SequenceSet } | undefined;
}

interface SelectArguments {
  readonly name: string;
  readonly folder: string | undefined;
  readonly isCondstore: boolean;
  readonly resync: Resync | undefined;
}

function parseSelect(cursor: Cursor, _call: Call, session: Session): SelectArguments {
  const name = cursor.argument();
  let isCondstore = false;
  let resync: Resync | undefined;
  if (cursor.take(' ')) {
    cursor.list(() => {
      const word = cursor.word('A parameter');
      if (word === 'CONDSTORE') isCondstore = true;
      else if (word === 'QRESYNC') {
        // RFC 7162 3.2.5: only after ENABLE.
        if (!session.features.isQresync) cursor.fail('QRESYNC has to be enabled first');
        cursor.space();
        resync = parseResync(cursor);
      } else cursor.fail('There is no such parameter');
    });
  }
  cursor.end();
  return { name, folder: session.folderOf(name), isCondstore, resync };
}

function parseResync(cursor: Cursor): Resync {
  cursor.open();
  const uidValidity = cursor.number(1);
  cursor.space();
  const modseq = cursor.modseq(1);
  let known: SequenceSet | undefined;
  let pairs: Resync['pairs'];
  if (cursor.take(' ')) {
    const hasKnown = !cursor.isNext('(');
    if (hasKnown) known = plainSet(cursor);
    if (!hasKnown || cursor.take(' ')) {
      cursor.open();
      const numbers = plainSet(cursor);
      cursor.space();
      pairs = { numbers, uids: plainSet(cursor) };
      cursor.close();
    }
  }
  cursor.close();
  return { uidValidity, modseq, known, pairs };
}

/** RFC 7162 7: a set without `*` and `$`. */
function plainSet(cursor: Cursor): SequenceSet {
  const set = cursor.sequenceSet();
  if (set.isSaved || set.ranges.some((range) => range.includes(0))) cursor.fail('A plain set was expected');
  return set;
}

async function openFolder(session: Session, given: SelectArguments, isExamine: boolean): Promise<Answer> {
  const { features, out } = session;
  const hadFolder = session.selected !== undefined;
  session.unselect();
  // RFC 7162 3.2.11
  if (hadFolder) out.text('* OK [CLOSED] The other mailbox is closed\r\n');
  if (given.isCondstore) features.isCondstore = true;
  const { folder } = given;
  if (folder === undefined) return missingMailbox();
  const rights = await session.uids.rightsOn(folder);
  if (rights === undefined) return missingMailbox();
  const selected = new SelectedFolder(isExamine || !mayChange(rights), folder, rights);
  const model = await session.signedIn.openFolder(folder, selected);
  if (model === undefined) return missingMailbox();
  selected.begin(model);
  session.select(selected);
  const unseen = features.isRev2 ? undefined : model.firstUnseen();
  const lines = [
    `* ${model.size} EXISTS`,
    ...(features.isRev2 ? [] : [`* ${selected.recentCount} RECENT`]),
    ...(unseen === undefined ? [] : [`* OK [UNSEEN ${unseen}] First unseen`]),
    `* OK [UIDVALIDITY ${model.uidValidity}] UIDs valid`,
    `* OK [UIDNEXT ${model.uidNext}] Predicted next UID`,
    `* OK [HIGHESTMODSEQ ${model.highestModseq}] Highest`,
    `* OK [MAILBOXID (${model.mailboxId})] Mailbox id`,
    // RFC 9051 6.3.2
    ...(features.isRev2 ? [`* LIST () "." ${session.nameOf(folder)}`] : []),
  ];
  out.text(`${selected.flagLists()}${lines.join('\r\n')}\r\n`);
  if (given.resync) await tellResync(session, selected, given.resync);
  return selected.isReadOnly ? ok('Opened for reading', 'READ-ONLY') : ok('Opened', 'READ-WRITE');
}

/** RFC 7162 3.2.5.1: what is gone and what changed since the client was here. */
async function tellResync(session: Session, selected: SelectedFolder, resync: Resync): Promise<void> {
  const { model, view } = selected;
  if (resync.uidValidity !== model.uidValidity || resync.modseq >= model.highestModseq) return;
  const changes = await session.uids.changesSince(model.folder, resync.modseq, true);
  if (changes === undefined) return;
  const highest = model.uidNext - 1;
  const known = resync.known === undefined ? [[1, highest] as const] : sortRanges(resync.known, highest);
  const gone: number[] = [];
  if (!changes.isCut) {
    for (const uid of changes.vanished)
      if (known.some(([from, to]) => uid >= from && uid <= to) && indexIn(view, uid) < 0) gone.push(uid);
  } else {
    // The log does not reach so far back: all that the client may know and that is not there (RFC 7162 3.2.5.2).
    const from = firstUnsure(selected, resync);
    for (const range of known) {
      for (let uid = Math.max(range[0], from); uid <= Math.min(range[1], highest); uid++)
        if (indexIn(view, uid) < 0) gone.push(uid);
    }
  }
  if (gone.length > 0) session.out.text(`* VANISHED (EARLIER) ${formatSet(gone)}\r\n`);
  for (let at = 0; at < model.uids.length; at++) {
    if (model.modseqs[at]! <= resync.modseq) continue;
    const uid = model.uids[at]!;
    if (known.some(([from, to]) => uid >= from && uid <= to))
      session.out.text(selected.flagsLine(at, uid, session.features, true));
  }
}

/** The first UID after the numbers that the client still has right (its sample of numbers and UIDs). */
function firstUnsure({ view }: SelectedFolder, { pairs }: Resync): number {
  if (pairs === undefined) return 1;
  const expand = (set: SequenceSet): number[] =>
    set.ranges.flatMap(([from, to]) =>
      Math.abs(to - from) > 10_000
        ? []
        : Array.from({ length: Math.abs(to - from) + 1 }, (_, n) => Math.min(from, to) + n),
    );
  const numbers = expand(pairs.numbers);
  const uids = expand(pairs.uids);
  let sure = 0;
  for (const [at, number] of numbers.entries()) {
    if (uids[at] === undefined || view[number - 1] !== uids[at]) break;
    sure = uids[at];
  }
  return sure + 1;
}

const select = defineCommand({
  name: 'SELECT',
  state: 'authenticated',
  telling: 'nothing',
  // A folder of hundreds of thousands that was never seen.
  isSlow: true,
  parse: parseSelect,
  run: (session, given) => openFolder(session, given, false),
});

const examine = defineCommand({
  name: 'EXAMINE',
  state: 'authenticated',
  telling: 'nothing',
  // A folder of hundreds of thousands that was never seen.
  isSlow: true,
  parse: parseSelect,
  run: (session, given) => openFolder(session, given, true),
});

const check = defineCommand({
  name: 'CHECK',
  state: 'selected',
  polls: true,
  parse: noArguments,
  run: () => ok('Checked'),
});

const unselect = defineCommand({
  name: 'UNSELECT',
  state: 'selected',
  telling: 'nothing',
  parse: noArguments,
  run: (session) => {
    session.unselect();
    return ok('Closed');
  },
});

/** RFC 9051 6.4.1: removes what is \Deleted, without a word about it. */
const close = defineCommand({
  name: 'CLOSE',
  state: 'selected',
  telling: 'nothing',
  parse: noArguments,
  run: async (session) => {
    const { model, isReadOnly } = session.folder;
    // RFC 4314 4: without the right it closes all the same.
    if (!isReadOnly && (await rightsNow(session, model.folder)).includes('e')) {
      if (model.isStale) await model.refresh();
      if (!model.isGone && model.deleted().length > 0) {
        await session.uids.expunge(model.folder);
        session.signedIn.changed(model.folder);
      }
    }
    session.unselect();
    return ok('Closed');
  },
});

export const selectCommands = [select, examine, check, unselect, close];
