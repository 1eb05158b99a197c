// Expiry and a clock that jumps: what bounces when, told with clocks of the test's own.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Expiry } from '../../mta/send/expiry.ts';

const week = 604_800;
const day = 86_400;
const start = 1_800_000_000;

/** Clocks that stand until they are moved. */
function setClocks() {
  const at = { wall: start, monotonic: 50 };
  const jumps: number[] = [];
  const expiry = new Expiry((seconds) => jumps.push(seconds), {
    wall: () => at.wall,
    monotonic: () => at.monotonic,
  });
  return {
    jumps,
    /** Time passes, looked at every ten minutes. */
    pass(seconds: number) {
      for (let left = seconds; left > 0; left -= 600) {
        at.wall += Math.min(left, 600);
        at.monotonic += Math.min(left, 600);
        expiry.look();
      }
    },
    jump(seconds: number) {
      at.wall += seconds;
    },
    isDying: (birth: number) => expiry.isDying(birth, week),
  };
}

test('on a steady clock a message dies after queuelifetime, and not a second before', () => {
  const clocks = setClocks();
  const birth = start;
  clocks.pass(week);
  assert.equal(clocks.isDying(birth), false);
  clocks.pass(1);
  assert.equal(clocks.isDying(birth), true);
});

test('at the start a message that grew too old while the server was off gets its last try', () => {
  const clocks = setClocks();
  assert.equal(clocks.isDying(start - week - 20 * day), true);
  assert.equal(clocks.isDying(start - week + 1), false);
});

test('a jump of 400 days is believed after an hour on the new time, not before', () => {
  const clocks = setClocks();
  clocks.pass(2 * 3600);
  clocks.jump(400 * day);
  assert.equal(clocks.isDying(start), false);
  clocks.pass(3500);
  assert.equal(clocks.isDying(start), false, 'not yet');
  clocks.pass(700);
  assert.equal(clocks.isDying(start), true, 'the clock has proved itself');
  assert.deepEqual(clocks.jumps, [400 * day], 'told once');
});

test('a jump that is taken back leaves no trace, and the hour begins again with each jump', () => {
  const clocks = setClocks();
  clocks.pass(2 * 3600);
  clocks.jump(400 * day);
  clocks.pass(3000);
  assert.equal(clocks.isDying(start), false);
  clocks.jump(-400 * day);
  clocks.pass(3000);
  assert.equal(clocks.isDying(start - week - 1), false);
  clocks.pass(1200);
  assert.equal(clocks.isDying(start - week - 1), true);
  assert.equal(clocks.isDying(start), false);
});

test('a server that starts with a clock 400 days ahead bounces nothing for an hour', () => {
  const clocks = setClocks();
  assert.equal(clocks.isDying(start - 400 * day), false);
  clocks.pass(4200);
  assert.equal(clocks.isDying(start - 400 * day), true);
});

test('a jump of an hour, either way, is no jump', () => {
  const clocks = setClocks();
  clocks.pass(2 * 3600);
  for (const hour of [3600, -3600]) {
    clocks.jump(hour);
    assert.equal(clocks.isDying(start - week - 4 * 3600), true);
    assert.equal(clocks.isDying(start), false);
  }
});

test('an arrival in the future, or before there was a clock, is no age', () => {
  const clocks = setClocks();
  clocks.pass(2 * 3600);
  assert.equal(clocks.isDying(start + 30 * 365 * day), false);
  assert.equal(clocks.isDying(start - 30 * 365 * day), false);
  assert.equal(clocks.isDying(0), false);
});

test('one look after a long silence proves nothing: a machine that slept', () => {
  const clocks = setClocks();
  clocks.pass(2 * 3600);
  clocks.jump(3 * day);
  assert.equal(clocks.isDying(start - week), false);
});
