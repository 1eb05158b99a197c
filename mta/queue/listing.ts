// What lies in the queue, message by message, as its files say it: for lists of people and programs. Nothing is locked or
// changed, so a message may go while it is looked at: then it is left out. Bounded: a page of messages, and of each so many
// recipients.
import { decodeChannel, decodeInfo, decodeTodo } from './envelope.ts';
import { namesIn, readSmallFile, statFile } from './files.ts';
import { isQueueName, type QueueLayout } from './layout.ts';

/** A recipient as the queue has it. */
export interface ListedRecipient {
  readonly address: string;
  /** Undefined: not decided yet (S4). */
  readonly channel?: 'local' | 'remote';
  readonly done: boolean;
}

/** A message as the queue has it. */
export interface ListedMessage {
  readonly id: string;
  /** Subdirectory of mess. */
  readonly directory: string;
  /** Bytes. */
  readonly size: number;
  /** Arrival, seconds since 1970. */
  readonly birth: number;
  /** Undefined: cannot be read (`damage`). */
  readonly sender: string | undefined;
  /** S4: queued; S5: preprocessed. */
  readonly state: 'S4' | 'S5';
  /** Some recipients have failed for good: a bounce is being gathered. */
  readonly isBouncing: boolean;
  readonly recipients: readonly ListedRecipient[];
  /** Of all recipients, also of those that are not listed. */
  readonly counts: {
    readonly local: number;
    readonly remote: number;
    readonly all: number;
    readonly done: number;
  };
  /** What is wrong with its files. */
  readonly damage?: string;
}

/** Numbers of a queue in order: qmail's names are decimal and have no leading zeros. */
const inOrder = (a: string, b: string): number => a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);

/** Where a list goes on. */
const cursorPattern = /^(\d{1,6})\/([1-9]\d{0,19})?$/;

/** How many messages there are. */
export async function countMessages(layout: QueueLayout): Promise<number> {
  let count = 0;
  for (const directory of layout.directoriesOf('mess'))
    count += (await namesIn(directory)).filter(isQueueName).length;
  return count;
}

/**
 * Numbers of messages, subdirectory by subdirectory.
 * @param after what the page before gave as `next`; undefined: from the beginning
 * @returns each with where a list goes on behind it; fewer than `limit` only at the end
 */
export async function listNumbers(
  layout: QueueLayout,
  after: string | undefined,
  limit: number,
): Promise<readonly { readonly id: string; readonly cursor: string }[]> {
  const [, first = '0', last] = cursorPattern.exec(after ?? '') ?? [];
  const directories = layout.directoriesOf('mess');
  const found: { id: string; cursor: string }[] = [];
  for (let at = Number(first); at < directories.length; at++) {
    const names = (await namesIn(directories[at] as string)).filter(isQueueName).sort(inOrder);
    const rest = at === Number(first) && last ? names.filter((name) => inOrder(name, last) > 0) : names;
    for (const id of rest.slice(0, limit - found.length)) found.push({ id, cursor: `${at}/${id}` });
    if (found.length >= limit) break;
  }
  return found;
}

/**
 * One message; undefined when there is none (also: one that is still being received).
 * @param recipients how many of them, and how many are left out before them
 */
export async function readListed(
  layout: QueueLayout,
  id: string,
  recipients: { readonly limit: number; readonly skip?: number },
): Promise<ListedMessage | undefined> {
  const [mess, todo, info, bounce] = await Promise.all([
    statFile(layout.path('mess', id)),
    statFile(layout.path('todo', id)),
    statFile(layout.path('info', id)),
    statFile(layout.path('bounce', id)),
  ]);
  if (!mess || !(todo ?? info)) return undefined;
  let sender: string | undefined;
  let damage: string | undefined;
  const all: ListedRecipient[] = [];
  try {
    const bytes = await readSmallFile(layout.path(todo ? 'todo' : 'info', id));
    if (!bytes) return undefined;
    if (todo) {
      const envelope = decodeTodo(bytes);
      sender = envelope.sender;
      for (const address of envelope.recipients) all.push({ address, done: false });
    } else {
      sender = decodeInfo(bytes);
      for (const channel of ['local', 'remote'] as const) {
        const file = await readSmallFile(layout.path(channel, id));
        for (const { address, done } of file ? decodeChannel(file) : []) all.push({ channel, address, done });
      }
    }
  } catch (error) {
    damage = error instanceof Error ? error.message : String(error);
  }
  const skip = recipients.skip ?? 0;
  const countOf = (channel: 'local' | 'remote'): number =>
    all.filter((one) => one.channel === channel && !one.done).length;
  return {
    id,
    directory: layout.directoryOf('mess', id).slice(`${layout.directory}/mess/`.length),
    size: mess.size,
    birth: Math.floor((todo ? mess : (info ?? mess)).mtime),
    sender,
    state: todo ? 'S4' : 'S5',
    isBouncing: bounce !== undefined,
    recipients: all.slice(skip, skip + recipients.limit),
    counts: {
      local: countOf('local'),
      remote: countOf('remote'),
      all: all.length,
      done: all.filter(({ done }) => done).length,
    },
    ...(damage === undefined ? {} : { damage }),
  };
}
