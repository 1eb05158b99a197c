import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DueHeap } from '../../mta/send/due-heap.ts';
import { bounceRecipient, expandVerp, isDying, nextRetry, plausibleBirth } from '../../mta/send/schedule.ts';

test('local tries come at 0, 100, 400, 900 s after arrival, remote ones at 0, 400, 1600, 3600 s', () => {
  const birth = 1_700_000_000;
  const tries = (channel: 'local' | 'remote'): number[] => {
    const times = [birth];
    for (let i = 0; i < 3; i++) times.push(nextRetry(channel, birth, times[i] as number));
    return times.slice(1).map((time) => time - birth);
  };
  assert.deepEqual(tries('local'), [100, 400, 900]);
  assert.deepEqual(tries('remote'), [400, 1600, 3600]);
});

test('with a week of life the last remote try starts at 608400 s', () => {
  const birth = 1_700_000_000;
  let at = birth;
  let tries = 1;
  while (!isDying(birth, at, 604_800)) {
    at = nextRetry('remote', birth, at);
    tries += 1;
  }
  assert.equal(at - birth, 608_400);
  assert.equal(tries, 40);
});

test('an arrival in the future, or before clocks were set, counts as now: the next try is near', () => {
  const now = 1_800_000_000;
  assert.equal(nextRetry('local', now + 30 * 365 * 86_400, now), now + 100);
  assert.equal(nextRetry('remote', now - 30 * 365 * 86_400, now), now + 400);
  assert.equal(plausibleBirth(now - 1, now), now - 1);
  // While the clock itself is so wrong, its stamps are all there is.
  assert.equal(nextRetry('local', 1000, 1100), 1400);
});

test('VERP templates are expanded with the recipient, other senders pass unchanged', () => {
  assert.equal(expandVerp('list-owner-@a.test-@[]', 'u@d.test'), 'list-owner-u=d.test@a.test');
  assert.equal(expandVerp('s@a.test', 'u@d.test'), 's@a.test');
  assert.equal(expandVerp('#@[]', 'u@d.test'), '#@[]');
  assert.equal(expandVerp('list-owner-@a.test-@[]', 'nobody'), 'list-owner-@a.test-@[]');
  assert.equal(bounceRecipient('list-owner-@a.test-@[]'), 'list-owner-@a.test');
});

test('the heap gives items back by due time', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(1000)), (dues) => {
      const heap = new DueHeap();
      for (const [i, due] of dues.entries()) heap.push({ id: String(i), due });
      const out: number[] = [];
      for (let item = heap.pop(); item; item = heap.pop()) out.push(item.due);
      assert.deepEqual(
        out,
        [...dues].sort((a, b) => a - b),
      );
    }),
  );
});
