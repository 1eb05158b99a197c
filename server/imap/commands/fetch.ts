// FETCH (RFC 9051 6.4.5, RFC 7162 CHANGEDSINCE and VANISHED, RFC 9394 PARTIAL) and STORE (6.4.6, UNCHANGEDSINCE).
import type { FlagChange, MessageState } from '../../mailbox/uid-types.ts';
import { type Answer, bad, type Call, defineCommand, no, ok } from '../command.ts';
import type { Cursor } from '../cursor.ts';
import { answerFetch, UnknownEncoding } from '../fetch-answer.ts';
import { type FetchItem, type FetchRequest, parseFetch } from '../fetch-items.ts';
import type { FetchJob } from '../fetch-plain.ts';
import { parseFlags, seenBit } from '../flags.ts';
import type { SelectedFolder } from '../selected.ts';
import type { Session } from '../session.ts';
import { formatSet, indexIn, type SequenceSet, sortRanges } from '../sets.ts';

/** Messages that are changed with one call of the mailbox. */
const storeBatch = 2000;

export const noSuchNumber = (): Answer => bad('There is no message of this number');

/** RFC 9394 3: places of a result, from its begin or its end. */
export function takePartial<T extends Uint32Array | readonly number[]>(
  all: T,
  [from, to]: readonly [number, number],
): T {
  const size = all.length;
  return (
    from > 0 ? all.slice(from - 1, to) : all.slice(Math.max(0, size + to), Math.max(0, size + from + 1))
  ) as T;
}

const isPlain = (items: readonly FetchItem[], name: string): boolean =>
  items.some((item) => item.kind === 'plain' && item.item === name);

async function runFetch(session: Session, request: FetchRequest, call: Call): Promise<Answer> {
  const { features, folder: selected } = session;
  const { model } = selected;
  let { items } = request;
  // RFC 9051 6.4.8: UID FETCH tells the UID; RFC 9586 puts it in front.
  if (features.isUidOnly) items = items.filter((item) => item.kind !== 'plain' || item.item !== 'UID');
  else if (call.isUid && !isPlain(items, 'UID')) items = [{ kind: 'plain', item: 'UID' }, ...items];
  if (request.changedSince !== undefined && !isPlain(items, 'MODSEQ'))
    items = [...items, { kind: 'plain', item: 'MODSEQ' }];
  if (isPlain(items, 'MODSEQ')) session.enableCondstore();
  if (model.isStale) await model.refresh();
  let uids = selected.resolve(request.set, call.isUid);
  if (uids === undefined) return noSuchNumber();
  if (request.partial) uids = takePartial(uids, request.partial);
  const since = request.changedSince;
  if (since !== undefined) {
    if (request.wantsVanished) await tellVanished(session, selected, request.set, since);
    uids = uids.filter((uid) => (model.modseqs[model.indexOf(uid)] ?? 0) > since);
  }
  const marked = await markSeen(session, items, uids);
  try {
    const job: FetchJob = { session, selected, items, marked };
    let gone = await answerFetch(job, uids);
    // In a folder that was renamed meanwhile all are there, under its new name.
    if ((gone > 0 || job.failure !== undefined) && (await model.seekName())) {
      job.failure = undefined;
      gone = await answerFetch(job, uids);
    }
    if (job.failure !== undefined) return job.failure;
    return gone > 0 ? ok('Some messages are gone', 'EXPUNGEISSUED') : ok('Fetched');
  } catch (error) {
    if (error instanceof UnknownEncoding) return no('This part cannot be decoded', 'UNKNOWN-CTE');
    throw error;
  }
}

/** RFC 7162 3.2.6 */
async function tellVanished(
  session: Session,
  selected: SelectedFolder,
  set: SequenceSet,
  since: number,
): Promise<void> {
  const { model, view } = selected;
  const changes = await session.uids.changesSince(model.folder, since, true);
  if (changes === undefined) return;
  const ranges = sortRanges(set, Math.max(view[view.length - 1] ?? 0, model.uidNext - 1));
  const isWanted = (uid: number): boolean => ranges.some(([from, to]) => uid >= from && uid <= to);
  let gone: number[];
  if (!changes.isCut) gone = changes.vanished.filter((uid) => isWanted(uid) && indexIn(view, uid) < 0);
  else {
    gone = [];
    for (const [from, to] of ranges)
      for (let uid = from; uid <= Math.min(to, model.uidNext - 1); uid++)
        if (indexIn(view, uid) < 0) gone.push(uid);
  }
  if (gone.length > 0) session.out.text(`* VANISHED (EARLIER) ${formatSet(gone)}\r\n`);
}

/** RFC 9051 6.4.5: reading a body sets \Seen. Gives who got it now. */
async function markSeen(
  session: Session,
  items: readonly FetchItem[],
  uids: Uint32Array,
): Promise<ReadonlySet<number>> {
  const { folder: selected } = session;
  const marked = new Set<number>();
  // RFC 4314 4: without the right FETCH leaves \Seen alone.
  if (selected.isReadOnly || !selected.rights.includes('s')) return marked;
  if (!items.some((item) => item.kind !== 'plain' && item.marksSeen)) return marked;
  const { model } = selected;
  const unseen = uids.filter((uid) => {
    const at = model.indexOf(uid);
    return at >= 0 && (model.flags[at]! & seenBit) === 0;
  });
  const change: FlagChange = { mode: 'add', flags: 'S', keywords: [] };
  await changeFlags(session, unseen, change, undefined, (states) => {
    for (const { uid } of states) marked.add(uid);
  });
  return marked;
}

/** Changes flags in batches; what is now is in the model, and counts as told. Gives the UIDs that had changed before. */
async function changeFlags(
  session: Session,
  uids: Uint32Array,
  change: FlagChange,
  unchangedSince: number | undefined,
  each: (states: readonly MessageState[]) => void | Promise<void>,
): Promise<number[]> {
  const { model } = session.folder;
  const modified: number[] = [];
  if (uids.length === 0) return modified;
  session.told ??= new Map();
  for (let from = 0; from < uids.length; from += storeBatch) {
    const batch = Array.from(uids.subarray(from, from + storeBatch));
    const result = await session.uids.store(model.folder, batch, change, unchangedSince);
    model.takeStore(result);
    for (const { uid, modseq } of result.states) session.told.set(uid, modseq);
    modified.push(...result.modified);
    session.tellOthers();
    await each(result.states);
    await session.out.drained();
  }
  return modified;
}

interface StoreArguments {
  readonly set: SequenceSet;
  readonly change: FlagChange;
  readonly isSilent: boolean;
  readonly unchangedSince: number | undefined;
}

function parseStore(cursor: Cursor): StoreArguments {
  cursor.space();
  const set = cursor.sequenceSet();
  cursor.space();
  let unchangedSince: number | undefined;
  if (cursor.isNext('(')) {
    cursor.list(() => {
      cursor.expect('UNCHANGEDSINCE');
      cursor.space();
      unchangedSince = cursor.modseq();
    });
    cursor.space();
  }
  const mode = cursor.take('+') ? 'add' : cursor.take('-') ? 'remove' : 'replace';
  const word = cursor.word('FLAGS');
  if (word !== 'FLAGS' && word !== 'FLAGS.SILENT') cursor.fail('FLAGS was expected');
  cursor.space();
  const flags: string[] = [];
  if (cursor.isNext('(')) flags.push(...cursor.flags());
  else {
    do flags.push(cursor.flag());
    while (cursor.take(' '));
  }
  cursor.end();
  return { set, change: { mode, ...parseFlags(flags) }, isSilent: word.endsWith('SILENT'), unchangedSince };
}

async function runStore(session: Session, given: StoreArguments, call: Call): Promise<Answer> {
  const { features, folder: selected, out } = session;
  const { model } = selected;
  if (selected.isReadOnly) return no('The mailbox is open for reading only', 'READ-ONLY');
  if (given.unchangedSince !== undefined) session.enableCondstore();
  const uids = selected.resolve(given.set, call.isUid);
  if (uids === undefined) return noSuchNumber();
  let changed = 0;
  const modified = await changeFlags(session, uids, given.change, given.unchangedSince, (states) => {
    changed += states.length;
    selected.tellKeywords(out, features);
    if (given.isSilent && !features.isCondstore) return;
    for (const { uid } of states) {
      const at = model.indexOf(uid);
      if (at >= 0) out.text(selected.storedLine(at, uid, features, call.isUid, given.isSilent));
    }
  });
  const isMissing = changed + modified.length < uids.length;
  if (modified.length > 0) {
    const shown = call.isUid ? modified : modified.map((uid) => selected.numberOf(uid));
    return ok('Some were changed by others', `MODIFIED ${formatSet(shown)}`);
  }
  return isMissing ? ok('Some messages are gone', 'EXPUNGEISSUED') : ok('Stored');
}

const fetch = defineCommand({
  name: 'FETCH',
  state: 'selected',
  uid: 'also',
  telling: 'kept',
  parse: parseFetch,
  run: runFetch,
});

const store = defineCommand({
  name: 'STORE',
  state: 'selected',
  uid: 'also',
  telling: 'kept',
  parse: parseStore,
  run: runStore,
});

export const fetchCommands = [fetch, store];
