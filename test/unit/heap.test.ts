// When heaps may grow: while much mail comes in.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { easeHeapsWithMail } from '../../server/heap.ts';

test('heaps may grow while much mail comes in, and are small again after ten calm seconds', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const asked: number[] = [];
  const observe = easeHeapsWithMail((percent) => asked.push(percent));
  const letters = (count: number, size: number): void => {
    for (let i = 0; i < count; i++) observe(`info msg 4711: bytes ${size} from <a@b.example> qp 7 uid 0`);
  };
  for (let second = 0; second < 3; second++) {
    letters(20, 200_000);
    t.mock.timers.tick(1000);
  }
  assert.deepEqual(asked, [200]);
  t.mock.timers.tick(9_000);
  assert.deepEqual(asked, [200]);
  t.mock.timers.tick(1_000);
  assert.deepEqual(asked, [200, 30]);
  letters(20, 200_000);
  t.mock.timers.tick(1000);
  assert.deepEqual(asked, [200, 30, 200]);
});

test('a few letters, and lines that tell of none, leave heaps small', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const asked: number[] = [];
  const observe = easeHeapsWithMail((percent) => asked.push(percent));
  observe('info msg 4711: bytes 2000 from <a@b.example> qp 7 uid 0');
  for (let i = 0; i < 1000; i++) observe('new msg 4711');
  t.mock.timers.tick(5_000);
  assert.deepEqual(asked, []);
});
