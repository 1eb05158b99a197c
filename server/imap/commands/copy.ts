// Moving messages about: COPY (RFC 9051 6.4.7), MOVE (6.4.8, RFC 6851), EXPUNGE and UID EXPUNGE (6.4.3, RFC 4315).
import type { CopyResult } from '../../mailbox/uid-types.ts';
import { type Answer, type Call, defineCommand, missingMailbox, no, noArguments, ok } from '../command.ts';
import type { Cursor } from '../cursor.ts';
import type { Session } from '../session.ts';
import { formatSet, type SequenceSet } from '../sets.ts';
import { noSuchNumber } from './fetch.ts';

interface CopyArguments {
  readonly set: SequenceSet;
  readonly name: string;
}

function parseCopy(cursor: Cursor): CopyArguments {
  cursor.space();
  const set = cursor.sequenceSet();
  const name = cursor.argument();
  cursor.end();
  return { set, name };
}

const readOnly = (): Answer => no('The mailbox is open for reading only', 'READ-ONLY');

/** RFC 4315 3: from and to in the same order; undefined: nothing was copied. */
function copyCode({ uidValidity, pairs }: CopyResult): string | undefined {
  if (pairs.length === 0) return undefined;
  return `COPYUID ${uidValidity} ${formatSet(pairs.map(([from]) => from))} ${formatSet(pairs.map(([, to]) => to))}`;
}

async function runCopy(
  session: Session,
  { set, name }: CopyArguments,
  call: Call,
  verb: 'copy' | 'move',
): Promise<Answer> {
  const { folder: selected, uids: mailbox } = session;
  if (verb === 'move' && selected.isReadOnly) return readOnly();
  const uids = selected.resolve(set, call.isUid);
  if (uids === undefined) return noSuchNumber();
  const to = session.folderOf(name);
  if (to === undefined) return missingMailbox();
  // Also of nothing: whether the folder is there is said all the same.
  const result = await mailbox[verb](selected.model.folder, Array.from(uids), to);
  session.signedIn.changed(to);
  if (verb === 'move') session.signedIn.changed(selected.model.folder);
  const code = copyCode(result);
  const missing = result.pairs.length < uids.length;
  if (verb === 'copy') return missing && code === undefined ? gone() : ok('Copied', code);
  // RFC 6851 4.3: told before the messages leave.
  if (code !== undefined) session.out.text(`* OK [${code}] Moved\r\n`);
  return missing && code === undefined ? gone() : ok('Moved');
}

const gone = (): Answer => ok('These messages are gone', 'EXPUNGEISSUED');

const copy = defineCommand({
  name: 'COPY',
  state: 'selected',
  uid: 'also',
  isSlow: true,
  telling: 'all',
  parse: parseCopy,
  run: (session, given, call) => runCopy(session, given, call, 'copy'),
});

const move = defineCommand({
  name: 'MOVE',
  state: 'selected',
  uid: 'also',
  isSlow: true,
  parse: parseCopy,
  run: (session, given, call) => runCopy(session, given, call, 'move'),
});

async function runExpunge(session: Session, set: SequenceSet | undefined, isUid: boolean): Promise<Answer> {
  const { folder: selected, uids: mailbox, features } = session;
  const { model } = selected;
  if (selected.isReadOnly) return readOnly();
  const chosen = set && selected.resolve(set, isUid);
  const removed = await mailbox.expunge(model.folder, chosen && Array.from(chosen));
  if (removed.length === 0) return ok('Nothing to expunge');
  session.signedIn.changed(model.folder);
  await model.refresh();
  // RFC 7162 3.2.10
  return ok('Expunged', features.isCondstore ? `HIGHESTMODSEQ ${model.highestModseq}` : undefined);
}

const expunge = defineCommand({
  name: 'EXPUNGE',
  state: 'selected',
  uid: 'also',
  isSlow: true,
  parse: (cursor, { isUid }) => {
    if (!isUid) return noArguments(cursor);
    cursor.space();
    const set = cursor.sequenceSet();
    cursor.end();
    return set;
  },
  run: (session, set, { isUid }) => runExpunge(session, set, isUid),
});

export const copyCommands = [copy, move, expunge];
