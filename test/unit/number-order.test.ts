// mta/formats/number-order.ts: sorted as a comparison would, whatever the numbers are.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { orderNumbers } from '../../mta/formats/number-order.ts';

const cases: readonly (readonly [string, readonly number[]])[] = [
  ['none', []],
  ['one', [7]],
  ['equal ones keep their places', [5, 3, 5, 3, 5]],
  ['whole seconds in milliseconds', [1_700_000_003_000, 1_700_000_001_000, 1_700_000_003_000]],
  ['milliseconds', [1_700_000_003_001, 1_700_000_003_000, 1_700_000_002_999]],
  ['too far apart to be one number with their places', [8e15, 0, 8e15, 1, 2, 3]],
  ['not whole', [0, 0.5, 0.25, 1]],
];

for (const [name, numbers] of cases)
  test(name, () => {
    const wanted = [...numbers.keys()].sort((a, b) => numbers[a]! - numbers[b]! || a - b);
    assert.deepEqual([...orderNumbers(Float64Array.from(numbers))], wanted);
  });
