// The queue page's look for messages that fit a filter: the whole queue is looked through, however long, in as many looks
// as that takes, and each message is found once.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { QueueEntry, QueuePage } from '../../mta/send/queue-orders.ts';
import { lookThrough } from '../../server/web/admin/queue.ts';

const entryOf = (id: number): QueueEntry => ({
  id: String(id),
  directory: '0',
  state: 'S5',
  size: 1,
  birth: 0,
  sender: `s${id}@example.org`,
  isBouncing: false,
  recipients: [],
  counts: { local: 0, remote: 0, all: 0, done: 0 },
  isHeld: false,
  isRunning: false,
  next: {},
});

/** A queue of so many messages, told in parts of 50. */
const queueOf =
  (count: number) =>
  async (after: string | undefined): Promise<QueuePage> => {
    const from = Number(after ?? 0);
    const ids = Array.from({ length: Math.min(50, count - from) }, (_, at) => from + at + 1);
    const next = from + ids.length;
    return { entries: ids.map(entryOf), ...(next < count && { next: String(next) }) };
  };

const isOneOf =
  (...ids: readonly number[]) =>
  ({ id }: QueueEntry): boolean =>
    ids.includes(Number(id));

test('one message behind a hundred thousand others is found', async () => {
  const look = await lookThrough(queueOf(100_001), isOneOf(100_001), undefined, 60_000);
  assert.deepEqual([look.found.map(({ id }) => id), look.seen, look.next], [['100001'], 100_001, undefined]);
});

test('a look whose time is up says how far it came, and the next one goes on there', async () => {
  const wanted = isOneOf(30, 70, 180);
  const found: string[] = [];
  let next: string | undefined;
  let looks = 0;
  do {
    const look = await lookThrough(queueOf(200), wanted, next, 0);
    assert.equal(look.seen, 50);
    found.push(...look.found.map(({ id }) => id));
    next = look.next;
    looks++;
  } while (next !== undefined);
  assert.deepEqual([found, looks], [['30', '70', '180'], 4]);
});

test('a full page ends the look, and an empty queue is looked at once', async () => {
  const full = await lookThrough(queueOf(500), () => true, undefined, 60_000);
  assert.deepEqual([full.found.length, full.next], [50, '50']);
  assert.deepEqual(await lookThrough(queueOf(0), () => true, undefined, 60_000), {
    found: [],
    seen: 0,
    next: undefined,
  });
});
