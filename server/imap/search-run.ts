// A search in the selected folder: numbers become UIDs, \Recent is the session's own, and what flags, UIDs and MODSEQs
// alone decide is answered out of the shared model without asking anybody.
import { MailboxRefusal, type SearchKey } from '../mailbox/uid-types.ts';
import type { FolderModel } from './folder-model.ts';
import type { ParsedKey } from './search-keys.ts';
import { resolveIn, type SelectedFolder } from './selected.ts';
import type { Session } from './session.ts';
import { indexIn } from './sets.ts';

export interface Found {
  /** Ascending, of those that the client knows. */
  readonly uids: Uint32Array;
  /** RFC 7162: the answer tells the highest MODSEQ. */
  readonly asksModseq: boolean;
}

export async function searchFolder(session: Session, parsed: ParsedKey): Promise<Found> {
  const { folder: selected } = session;
  const { model } = selected;
  const key = resolveKey(parsed, selected);
  const asksModseq = has(key, (one) => one.key === 'modseq');
  if (asksModseq) session.enableCondstore();
  if (model.isStale) await model.refresh();
  const isOurs = !has(key, (one) => !ownKeys.has(one.key));
  const found = isOurs ? searchModel(model, key) : await session.uids.search(model.folder, key);
  // What the client has not been told of has no number yet.
  const uids =
    model.uids === selected.view && isOurs ? found : found.filter((uid) => indexIn(selected.view, uid) >= 0);
  return { uids, asksModseq };
}

const ownKeys: ReadonlySet<SearchKey['key']> = new Set([
  'all',
  'and',
  'or',
  'not',
  'uid',
  'flag',
  'keyword',
  'modseq',
]);

function has(key: SearchKey, test: (key: SearchKey) => boolean): boolean {
  if (test(key)) return true;
  if (key.key === 'not') return has(key.of, test);
  return (key.key === 'and' || key.key === 'or') && key.keys.some((one) => has(one, test));
}

/** What numbers, `*` and \Recent mean. */
type Target = Pick<SelectedFolder, 'resolveKnown' | 'recentUids'>;

export interface FoundElsewhere {
  /** Ascending. */
  readonly uids: Uint32Array;
  readonly uidValidity: number;
  /** RFC 7162: the answer tells the highest MODSEQ. */
  readonly modseqOf: ((uid: number) => number) | undefined;
}

/** The same in a folder that is not open (RFC 7377). Numbers are those of its messages now. Undefined: it is gone. */
export async function searchUnopened(
  session: Session,
  folder: string,
  parsed: ParsedKey,
): Promise<FoundElsewhere | undefined> {
  try {
    if (!needsPicture(parsed)) {
      const status = await session.uids.status(folder);
      if (status === undefined) return undefined;
      const key = resolveKey(parsed, nothingKnown);
      return {
        uids: await session.uids.search(folder, key),
        uidValidity: status.uidValidity,
        modseqOf: undefined,
      };
    }
    const snapshot = await session.uids.open(folder, true);
    if (snapshot === undefined) return undefined;
    const { uids: all, modseqs, uidValidity } = snapshot;
    const key = resolveKey(parsed, {
      // RFC 5182: what was saved is of another mailbox.
      resolveKnown: (set, isUid) => (set.isSaved ? new Uint32Array() : resolveIn(all, set, isUid)),
      recentUids: [],
    });
    const asksModseq = has(key, (one) => one.key === 'modseq');
    if (asksModseq) session.enableCondstore();
    return {
      uids: await session.uids.search(folder, key),
      uidValidity,
      modseqOf: asksModseq ? (uid) => modseqs[indexIn(all, uid)] ?? 0 : undefined,
    };
  } catch (error) {
    if (error instanceof MailboxRefusal && error.refusal === 'no such folder') return undefined;
    throw error;
  }
}

const nothingKnown: Target = { resolveKnown: () => new Uint32Array(), recentUids: [] };

/** Is there a number, or a MODSEQ to be told? */
function needsPicture(key: ParsedKey): boolean {
  switch (key.key) {
    case 'numbers':
    case 'uids':
    case 'modseq':
      return true;
    case 'all of':
    case 'one of':
      return key.parts.some(needsPicture);
    case 'none of':
      return needsPicture(key.part);
    case 'not':
      return needsPicture(key.of);
    default:
      return false;
  }
}

/** With UIDs in the place of numbers. */
function resolveKey(parsed: ParsedKey, selected: Target): SearchKey {
  switch (parsed.key) {
    case 'numbers':
    case 'uids': {
      const uids = selected.resolveKnown(parsed.set, parsed.key === 'uids');
      return { key: 'uid', ranges: rangesOf(uids) };
    }
    case 'recent':
      return { key: 'uid', ranges: rangesOf([...selected.recentUids].sort((one, other) => one - other)) };
    case 'all of':
    case 'one of': {
      const keys = parsed.parts.map((part) => resolveKey(part, selected));
      return { key: parsed.key === 'all of' ? 'and' : 'or', keys };
    }
    case 'none of':
      return { key: 'not', of: resolveKey(parsed.part, selected) };
    default:
      return parsed;
  }
}

/** Ascending UIDs as ranges. */
function rangesOf(uids: ArrayLike<number>): [number, number][] {
  const ranges: [number, number][] = [];
  for (let at = 0; at < uids.length; at++) {
    const uid = uids[at]!;
    const before = ranges.at(-1);
    if (before && uid === before[1] + 1) before[1] = uid;
    else ranges.push([uid, uid]);
  }
  return ranges;
}

const letters = 'DFPRST';

/** A test of the message at a place of the model. */
function compile(model: FolderModel, key: SearchKey): (at: number) => boolean {
  switch (key.key) {
    case 'and': {
      const tests = key.keys.map((one) => compile(model, one));
      return (at) => tests.every((test) => test(at));
    }
    case 'or': {
      const tests = key.keys.map((one) => compile(model, one));
      return (at) => tests.some((test) => test(at));
    }
    case 'not': {
      const test = compile(model, key.of);
      return (at) => !test(at);
    }
    case 'flag': {
      const bit = 1 << letters.indexOf(key.letter);
      return (at) => (model.flags[at]! & bit) !== 0;
    }
    case 'keyword': {
      const name = key.name.toLowerCase();
      const sets = model.keywordSets.map((set) => set.some((one) => one.toLowerCase() === name));
      return (at) => sets[model.keywords[at]!] === true;
    }
    case 'modseq':
      return (at) => model.modseqs[at]! >= key.least;
    case 'uid':
      return testRanges(model, key.ranges);
    default:
      return () => true;
  }
}

function testRanges(
  model: FolderModel,
  ranges: readonly (readonly [number, number])[],
): (at: number) => boolean {
  // Messages are looked at in order.
  let range = 0;
  let before = -1;
  return (at) => {
    if (at < before) range = 0;
    before = at;
    const uid = model.uids[at]!;
    while (range < ranges.length && ranges[range]![1] < uid) range++;
    return range < ranges.length && ranges[range]![0] <= uid;
  };
}

function searchModel(model: FolderModel, key: SearchKey): Uint32Array {
  if (key.key === 'all') return model.uids;
  const test = compile(model, key);
  const found = new Uint32Array(model.size);
  let size = 0;
  for (let at = 0; at < model.size; at++) if (test(at)) found[size++] = model.uids[at]!;
  return found.slice(0, size);
}
