// How many lines of one source the log takes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limitLog } from '../../mta/log-limit.ts';

test('a hundred lines are written, then twenty a minute, and what was dropped is counted', () => {
  const lines: string[] = [];
  let now = 0;
  const log = limitLog(
    (line) => lines.push(line),
    'somebody',
    () => now,
  );
  for (let i = 0; i < 1000; i++) log(`line ${i}`);
  assert.equal(lines.length, 120);
  assert.equal(lines.at(-1), 'line 119');
  now = 59_999;
  log('still too many');
  assert.equal(lines.length, 120);
  now = 60_000;
  for (let i = 0; i < 50; i++) log(`later ${i}`);
  assert.equal(lines.length, 140);
  assert.equal(lines[120], 'somebody: 881 lines more');
  assert.equal(lines[121], 'later 0');
});
