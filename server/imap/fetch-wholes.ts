// FETCH of whole messages, as clients fetch a mailbox to keep it: the index worker reads them by the hundred and gives them as they
// go over the wire, so that the role only writes. A message that is too large for that, or not where the index has it,
// is answered by itself.
import { wholesRoom } from '../mailbox/message-bytes.ts';
import type { MessageFacts } from '../mailbox/uid-types.ts';
import type { FetchItem } from './fetch-items.ts';
import { beginAnswer, type FetchJob, labelOf, plainTexts } from './fetch-plain.ts';
import type { Output } from './output.ts';

/** Messages that are asked for at once; how many of them an answer holds is the worker's affair. */
const askedAtOnce = 100;

/**
 * Memory that messages come in: used again as soon as what was in it is on its way, because new memory for each answer
 * costs the role more time to collect than all the rest of its work.
 */
class Room {
  readonly memory = new SharedArrayBuffer(wholesRoom);
  #writing = 0;
  #freed: (() => void) | undefined;

  taken = (): void => {
    if (--this.#writing === 0) this.#freed?.();
  };

  write(out: Output, bytes: Buffer): void {
    this.#writing++;
    out.bytes(bytes, this.taken);
  }

  /** Resolves when nothing in it is waiting to be sent. */
  free(): Promise<void> {
    if (this.#writing === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#freed = resolve;
    });
  }
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Are whole messages all that is asked of the files? */
export const isWholesOnly = (items: readonly FetchItem[]): boolean =>
  items.some(({ kind }) => kind !== 'plain') &&
  items.every(
    (item) =>
      item.kind === 'plain' ||
      (item.kind === 'section' &&
        item.section.path.length === 0 &&
        item.section.text === '' &&
        item.span === undefined),
  );

/**
 * Answers for these UIDs, ascending. Gives how many of them were gone.
 * @param facts what else is told of each, in the order of the UIDs
 * @param answerAlone answers for one message that was not read here; gives how many were gone
 */
export async function answerWholes(
  job: FetchJob,
  uids: Uint32Array,
  facts: readonly MessageFacts[] | undefined,
  answerAlone: (uid: number) => Promise<number>,
): Promise<number> {
  const { session, selected } = job;
  const { out } = session;
  const labels = job.items.flatMap((item) => (item.kind === 'plain' ? [] : [labelOf(item)]));
  // Where one answer is enough nothing is used again.
  const rooms = uids.length > askedAtOnce ? [new Room(), new Room()] : [];
  let turn = 0;
  const ask = (from: number) => {
    if (from >= uids.length) return undefined;
    const some = Array.from(uids.subarray(from, from + askedAtOnce));
    const room = rooms[turn++ % 2];
    const read = () => session.uids.readWholes(selected.model.folder, some, room?.memory);
    const answer = room ? room.free().then(read) : read();
    // Told when its turn comes.
    answer.catch(() => undefined);
    return answer;
  };
  let gone = 0;
  let guess = 0;
  let from = 0;
  for (let next = ask(0); next !== undefined; ) {
    const read = await next;
    const end = from + read.asked;
    const room = rooms[(turn - 1) % 2];
    // While these are written the next are read.
    next = ask(end);
    for (; from < end; from++) {
      const uid = uids[from]!;
      const bytes = read.messages.get(uid);
      const at = selected.model.indexOf(uid, guess);
      guess = at + 1;
      if (at < 0) gone++;
      else if (bytes === undefined) gone += await answerAlone(uid);
      else {
        let text = plainTexts(job, uid, at, facts?.[from]);
        beginAnswer(job, uid, at);
        for (const label of labels) {
          out.text(`${text}${text === '' ? '' : ' '}${label} {${bytes.length}}\r\n`);
          if (room) room.write(out, bytes);
          else out.bytes(bytes);
          text = '';
        }
        out.text(')\r\n');
      }
      if (out.isFull) await out.drained();
      if (session.state === 'logout') return gone;
    }
    await nextTurn();
  }
  return gone;
}
