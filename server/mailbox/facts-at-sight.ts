// The facts of messages (facts.ts) of a folder that was told of before its rows are in the index (first-sight.ts): out of
// its names and its files. What the message reader packed goes on as it is; nothing is made of each message here. While
// one pack is read the next is asked for, so that the reader's threads never wait for us.

import { joinedText } from '../message/imap/some-texts.ts';
import type { WireTextName } from '../message/types.ts';
import { type AccountContext, type FolderState, whileParserRests } from './context.ts';
import type { PackedFacts, Plan } from './facts.ts';
import { type FirstSight, fileAtSight, pathAtSight } from './first-sight.ts';
import { type Fresh, lookOf } from './intake.ts';
import { messageIdOf } from './names.ts';

/** Messages of one question to the reader. */
const step = 1000;

/** Undefined: a file is not where it was; only the rows will tell. */
export function packAtSight(
  context: AccountContext,
  folder: FolderState,
  sight: FirstSight,
  uids: readonly number[],
  plan: Plan,
): Promise<PackedFacts | undefined> {
  return whileParserRests(context, async () => {
    const pieces: PackedFacts[] = [];
    const ask = (from: number): Promise<PackedFacts | undefined> => {
      const piece = readPiece(context, folder, sight, uids.slice(from, from + step), plan);
      // Told when its turn comes.
      piece.catch(() => undefined);
      return piece;
    };
    let next = ask(0);
    for (let from = 0; from < uids.length || from === 0; from += step) {
      const current = next;
      if (from + step < uids.length) next = ask(from + step);
      const piece = await current;
      if (!piece) return undefined;
      pieces.push(piece);
    }
    return pieces.length === 1 ? pieces[0] : joinFacts(pieces);
  });
}

async function readPiece(
  context: AccountContext,
  folder: FolderState,
  sight: FirstSight,
  asked: readonly number[],
  plan: Plan,
): Promise<PackedFacts | undefined> {
  const uids: number[] = [];
  const files: Fresh[] = [];
  for (const uid of asked) {
    const file = fileAtSight(sight, uid);
    if (!file) continue;
    uids.push(uid);
    files.push(file);
  }
  const paths = files.map((file) => pathAtSight(context, folder, file));
  const isRead = plan.made.length > 0;
  const made = isRead ? await context.reader.texts(paths, plan.made) : undefined;
  if (made?.sizes.some(Number.isNaN)) return undefined;
  const needsLook = plan.numbers.includes('received') || plan.numbers.includes('saved');
  const times = made?.times ?? (needsLook ? await lookAtAll(context, paths) : undefined);
  if (needsLook && !times) return undefined;
  const numbers: Partial<Record<Plan['numbers'][number], Float64Array>> = {};
  for (const name of plan.numbers) {
    if (name === 'size') numbers.size = made?.sizes ?? new Float64Array(uids.length);
    else if (times) numbers[name] = everySecond(times, name === 'received' ? 0 : 1);
  }
  const texts: Partial<Record<Plan['texts'][number], { joined: string; lengths: Int32Array }>> = {};
  for (const name of plan.texts) {
    if (name === 'emailId') {
      const ids = files.map(({ base }) => messageIdOf(base));
      texts.emailId = { joined: ids.join(''), lengths: Int32Array.from(ids, ({ length }) => length) };
    } else {
      const column = made?.texts[name as WireTextName];
      if (column) texts[name] = { joined: joinedText(column.bytes), lengths: column.lengths };
    }
  }
  return { uids: Uint32Array.from(uids), numbers, texts };
}

/** mtime and ctime of each; undefined: one is not there. */
async function lookAtAll(
  { files }: Pick<AccountContext, 'files'>,
  paths: readonly string[],
): Promise<Float64Array | undefined> {
  const times = new Float64Array(paths.length * 2);
  for (const [n, path] of paths.entries()) {
    const stats = await files.lstat(path);
    if (!stats) return undefined;
    const { received, saved } = lookOf(stats);
    times[n * 2] = received;
    times[n * 2 + 1] = saved;
  }
  return times;
}

const everySecond = (pairs: Float64Array, first: 0 | 1): Float64Array =>
  Float64Array.from({ length: pairs.length / 2 }, (_, n) => pairs[n * 2 + first]!);

/** Of the same plan. */
function joinFacts(pieces: readonly PackedFacts[]): PackedFacts {
  const [first] = pieces;
  const numbers: Partial<Record<Plan['numbers'][number], Float64Array>> = {};
  const texts: Partial<Record<Plan['texts'][number], { joined: string; lengths: Int32Array }>> = {};
  for (const name of Object.keys(first!.numbers) as Plan['numbers'][number][])
    numbers[name] = Float64Array.from(pieces.flatMap((piece) => [...piece.numbers[name]!]));
  for (const name of Object.keys(first!.texts) as Plan['texts'][number][])
    texts[name] = {
      joined: pieces.map((piece) => piece.texts[name]!.joined).join(''),
      lengths: Int32Array.from(pieces.flatMap((piece) => [...piece.texts[name]!.lengths])),
    };
  return { uids: Uint32Array.from(pieces.flatMap((piece) => [...piece.uids])), numbers, texts };
}
