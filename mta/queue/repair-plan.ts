// What queue-repair will do to a queue, decided from the names in it and the inode numbers of mess. Pure.
// A queue that was copied or restored has names that are not inode numbers any more (spec/qmail.md 2.1); one that was
// made with another conf-split has files in other subdirectories than they are looked for. Every file of a message moves
// to the number that is right. Nothing is guessed: files without a message, and messages whose right number is occupied by
// such a file, are told and left as they are.
import type { QueuePlace } from './layout.ts';

export const queuePlaces: readonly QueuePlace[] = [
  'mess',
  'todo',
  'intd',
  'info',
  'local',
  'remote',
  'bounce',
  'dsn',
  'hold',
];

/** Files that are ours, not qmail's: without their message they are nothing. */
export const isOwnPlace = (place: QueuePlace): boolean => place === 'dsn' || place === 'hold';

/** One file of the queue, as found. */
export interface FoundFile {
  readonly place: QueuePlace;
  /** The number it is named by; of a file that an interrupted repair had moved aside: the number it shall have. */
  readonly id: string;
  /** Path below the queue directory: `mess/3/1234`. */
  readonly path: string;
  /** Inode number, of files in mess. */
  readonly inode?: string;
  /** Moved aside by a repair that was cut short: the number it had before. */
  readonly before?: string;
}

/** One file that moves. */
export interface Move {
  readonly place: QueuePlace;
  readonly from: string;
  /** Where it waits until all names are free; undefined: it is there already. */
  readonly aside: string | undefined;
  readonly to: string;
}

/** One message that gets its right names. */
export interface Renaming {
  readonly before: string;
  readonly after: string;
  readonly moves: readonly Move[];
}

export interface RepairPlan {
  readonly messages: number;
  readonly renamings: readonly Renaming[];
  /** Messages that stay under a wrong name, each with the file that is in the way. */
  readonly blocked: readonly { readonly id: string; readonly right: string; readonly by: string }[];
  /** Files of no message. */
  readonly orphans: readonly FoundFile[];
  /** Messages without todo and info (S2, S3): never acknowledged, or being removed. */
  readonly unfinished: readonly FoundFile[];
}

/** A queue in which no repair is safe; the text says why. */
export class RepairError extends Error {
  override name = 'RepairError';
}

/** The name under which a file waits: no program takes it for a message's. */
export const asideName = (before: string, after: string): string => `repair.${before}.${after}`;

/** Reads a name that `asideName` made. */
export function parseAsideName(name: string): { before: string; after: string } | undefined {
  const found = /^repair\.([1-9]\d{0,19})\.([1-9]\d{0,19})$/.exec(name);
  return found === null ? undefined : { before: found[1] as string, after: found[2] as string };
}

interface Message {
  readonly id: string;
  readonly right: string;
  readonly files: readonly FoundFile[];
}

const directoryOf = (path: string): string => path.slice(0, path.lastIndexOf('/'));

/**
 * @param all every file of the queue with a number for its name, and every file moved aside
 * @param pathOf where a file belongs, below the queue directory
 * @throws RepairError when two files claim one name, or the queue was copied in the middle of a repair
 */
export function planRepair(
  all: readonly FoundFile[],
  pathOf: (place: QueuePlace, id: string) => string,
): RepairPlan {
  refuseDoubles(all);
  // Of ours a file without its message is in nobody's way, and the queue removes it.
  const withMess = new Set(all.filter(({ place }) => place === 'mess').map(({ id }) => id));
  const found = all.filter(
    ({ place, id, before }) => !isOwnPlace(place) || before !== undefined || withMess.has(id),
  );
  const { messages, orphans } = groupByMessage(found);
  const unfinished: FoundFile[] = [];
  for (const { files } of messages) {
    if (!files.some(({ place }) => place === 'todo' || place === 'info'))
      unfinished.push(files[0] as FoundFile);
  }
  const wrong = messages.filter(({ right, files }) =>
    files.some((file) => file.path !== pathOf(file.place, right)),
  );
  const { free, blocked } = findBlocked(wrong, found, pathOf);
  return {
    messages: messages.length,
    renamings: free.map(({ id, right, files }) => ({
      before: id,
      after: right,
      moves: files
        .filter((file) => file.path !== pathOf(file.place, right))
        .map((file) => ({
          place: file.place,
          from: file.path,
          aside: file.before === undefined ? `${directoryOf(file.path)}/${asideName(id, right)}` : undefined,
          to: pathOf(file.place, right),
        })),
    })),
    blocked,
    orphans,
    unfinished,
  };
}

function refuseDoubles(found: readonly FoundFile[]): void {
  const seen = new Map<string, string>();
  for (const { place, id, path, before } of found) {
    if (before !== undefined) continue;
    const other = seen.get(`${place}/${id}`);
    if (other !== undefined)
      throw new RepairError(`${other} and ${path} both are ${place} of message ${id}; expected one of them`);
    seen.set(`${place}/${id}`, path);
  }
}

/** Every file goes to the message of its number, or is an orphan. */
function groupByMessage(found: readonly FoundFile[]): { messages: Message[]; orphans: FoundFile[] } {
  const byNumber = new Map<string, FoundFile[]>();
  const aside: FoundFile[] = [];
  for (const file of found) {
    if (file.before !== undefined) aside.push(file);
    else byNumber.set(file.id, [...(byNumber.get(file.id) ?? []), file]);
  }
  // A message that a cut-short repair works on: its mess still has the old number, waits aside, or has the new one.
  const homeOf = new Map<string, FoundFile[]>();
  for (const file of aside) {
    const { before, id, place, inode, path } = file;
    if (place === 'mess' && inode !== id) throw copiedInBetween(path);
    homeOf.set(`${before}.${id}`, [...(homeOf.get(`${before}.${id}`) ?? []), file]);
  }
  const messages: Message[] = [];
  const orphans: FoundFile[] = [];
  const taken = new Set<string>();
  for (const files of homeOf.values()) {
    const { before, id } = files[0] as FoundFile & { readonly before: string };
    const isMess = (file: FoundFile): boolean => file.place === 'mess';
    const has = (number: string): boolean =>
      byNumber.get(number)?.some((file) => isMess(file) && file.inode === id) === true;
    if (files.some(isMess)) {
      // mess goes aside last and comes back first: everything of this message is aside.
      messages.push(joined(before, id, files));
    } else if (has(id)) {
      taken.add(id);
      messages.push(joined(before, id, files, byNumber.get(id)));
    } else if (has(before)) {
      taken.add(before);
      messages.push(joined(before, id, files, byNumber.get(before)));
    } else if (byNumber.get(id)?.some(isMess) || byNumber.get(before)?.some(isMess)) {
      throw copiedInBetween((files[0] as FoundFile).path);
    } else orphans.push(...files);
  }
  for (const [id, files] of byNumber) {
    if (taken.has(id)) continue;
    const mess = files.find(({ place }) => place === 'mess');
    if (mess) messages.push(joined(id, mess.inode ?? id, files));
    else orphans.push(...files);
  }
  return { messages, orphans };
}

const joined = (
  id: string,
  right: string,
  files: readonly FoundFile[],
  more: readonly FoundFile[] = [],
): Message => ({
  id,
  right,
  files: [...files, ...more].sort((a, b) => queuePlaces.indexOf(a.place) - queuePlaces.indexOf(b.place)),
});

const copiedInBetween = (path: string): RepairError =>
  new RepairError(
    `${path}: the queue was copied in the middle of a repair; finish the repair where it was begun and copy again`,
  );

/** A message cannot move to a name that stays taken; it then stays itself, and may be in another's way. */
function findBlocked(
  wrong: readonly Message[],
  found: readonly FoundFile[],
  pathOf: (place: QueuePlace, id: string) => string,
): { free: readonly Message[]; blocked: { id: string; right: string; by: string }[] } {
  const blocked: { id: string; right: string; by: string }[] = [];
  let free = wrong;
  for (;;) {
    const moving = new Set(free.flatMap(({ files }) => files.map(({ path }) => path)));
    const staying = new Set(found.map(({ path }) => path).filter((path) => !moving.has(path)));
    const stillFree = free.filter((message) => {
      // A foreign file of any place would become part of the message.
      const by = queuePlaces.map((place) => pathOf(place, message.right)).find((path) => staying.has(path));
      if (by !== undefined) blocked.push({ id: message.id, right: message.right, by });
      return by === undefined;
    });
    if (stillFree.length === free.length) return { free, blocked };
    free = stillFree;
  }
}

/** One file gets another name; paths below the queue directory. */
export interface Rename {
  readonly from: string;
  readonly to: string;
}

/** The renames in the order that loses nothing (see repair.ts); the directories are flushed after each group. */
export function orderRenames(renamings: readonly Renaming[]): readonly (readonly Rename[])[] {
  const pick = (places: readonly QueuePlace[], rename: (move: Move) => Rename | undefined): Rename[] =>
    places.flatMap((place) =>
      renamings
        .flatMap(({ moves }) => moves.filter((move) => move.place === place).map(rename))
        .filter((one) => one !== undefined),
    );
  const toAside = ({ from, aside }: Move): Rename | undefined =>
    aside === undefined ? undefined : { from, to: aside };
  const toPlace = ({ from, aside, to }: Move): Rename => ({ from: aside ?? from, to });
  return [
    pick(['todo', 'intd', 'info', 'local', 'remote', 'bounce', 'dsn', 'hold'], toAside),
    pick(['mess'], toAside),
    pick(['mess'], toPlace),
    pick(['dsn', 'hold', 'bounce', 'remote', 'local', 'intd'], toPlace),
    pick(['info', 'todo'], toPlace),
  ];
}
