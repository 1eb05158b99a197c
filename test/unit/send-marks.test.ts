// Marks of recipients that are done, gathered by a pass (send/marks.ts): how many may be behind, when they are written, and
// what an error of the disk means.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { findStretches } from '../../mta/queue/recipient-files.ts';
import { Marks } from '../../mta/send/marks.ts';

/** A disk whose writes end when they are told to. */
class SlowDisk {
  readonly writes: (readonly number[])[] = [];
  readonly #asked: (() => void)[] = [];
  #ends: PromiseWithResolvers<void>[] = [];

  readonly write = (offsets: readonly number[]): Promise<void> => {
    this.writes.push(offsets);
    const end = Promise.withResolvers<void>();
    this.#ends.push(end);
    for (const wake of this.#asked.splice(0)) wake();
    return end.promise;
  };

  async written(count: number): Promise<void> {
    while (this.writes.length < count) await new Promise<void>((resolve) => this.#asked.push(resolve));
  }

  end(error?: Error): void {
    for (const end of this.#ends.splice(0)) error ? end.reject(error) : end.resolve();
  }
}

/** Has it resolved by now? */
async function isOver(promise: Promise<unknown>): Promise<boolean> {
  let over = false;
  promise.then(
    () => (over = true),
    () => (over = true),
  );
  await turn();
  return over;
}

test('a mark is written at once when no further recipient waits', async () => {
  const disk = new SlowDisk();
  const marks = new Marks({ most: 20, isGathering: () => false, write: disk.write });
  await marks.add(7);
  assert.deepEqual(disk.writes, [[7]]);
  const settled = marks.settle();
  assert.equal(await isOver(settled), false);
  disk.end();
  await settled;
  assert.deepEqual(disk.writes, [[7]]);
});

test('while recipients wait, marks are gathered to half of what may be behind, or for a moment', async () => {
  const disk = new SlowDisk();
  const marks = new Marks({ most: 6, isGathering: () => true, write: disk.write });
  await marks.add(1);
  await marks.add(2);
  assert.deepEqual(disk.writes, []);
  await marks.add(3);
  assert.deepEqual(disk.writes, [[1, 2, 3]]);
  disk.end();
  await marks.settle();
  await marks.add(4);
  await disk.written(2);
  assert.deepEqual(disk.writes[1], [4]);
  disk.end();
  await marks.settle();
});

test('the pass goes on while a write runs, and waits when as many marks are behind as may be', async () => {
  const disk = new SlowDisk();
  const marks = new Marks({ most: 4, isGathering: () => true, write: disk.write });
  await marks.add(1);
  await marks.add(2);
  await marks.add(3);
  const full = marks.add(4);
  assert.equal(await isOver(full), false);
  assert.deepEqual(disk.writes, [[1, 2]]);
  disk.end();
  await full;
  assert.deepEqual(disk.writes, [
    [1, 2],
    [3, 4],
  ]);
  disk.end();
  await marks.settle();
});

test('an error is told to all who wait, and nothing is written after it', async () => {
  const disk = new SlowDisk();
  const marks = new Marks({ most: 2, isGathering: () => true, write: disk.write });
  await marks.add(1);
  const full = marks.add(2);
  disk.end(new Error('EIO'));
  await assert.rejects(full, /EIO/);
  await assert.rejects(marks.add(3), /EIO/);
  await assert.rejects(marks.settle(), /EIO/);
  assert.deepEqual(disk.writes, [[1]]);
});

test('marks that lie near each other are one write', () => {
  assert.deepEqual(findStretches([70_000, 20, 0, 65_535]), [[0, 20, 65_535], [70_000]]);
  assert.deepEqual(findStretches([]), []);
});
