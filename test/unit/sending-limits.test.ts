// How much people may send (security.md X7): what control/relaylimits says, and what is counted.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import {
  openSendingCounter,
  readSendingLimits,
  sendingRefusalWords,
} from '../../mta/accounts/sending-limits.ts';

const read = (text?: string) => readSendingLimits({ path: 'control/relaylimits', text, me: 'mx.test' });
const minute = 60_000;

function open() {
  let at = Date.UTC(2026, 0, 1);
  const counter = openSendingCounter(new Database(':memory:'), () => at);
  const wait = (minutes: number) => {
    at += minutes * minute;
  };
  return { counter, wait };
}

test('without a file an account has 200 recipients an hour and 1,000 a day', () => {
  const { counter, wait } = open();
  const limits = read();
  assert.equal(counter.spend('a@x.test', 200, limits), undefined);
  const refusal = counter.spend('a@x.test', 1, limits);
  assert.deepEqual(
    [refusal?.who, refusal?.span, refusal?.most, refusal?.isNew],
    ['a@x.test', 'hour', 200, true],
  );
  assert.match(
    sendingRefusalWords(refusal!),
    /^sorry, you may send to 200 recipients an hour; try again in 6\d minutes \(#4\.7\.1\)$/,
  );
  assert.equal(counter.spend('a@x.test', 1, limits)?.isNew, false);
  assert.equal(counter.spend('b@x.test', 1, limits), undefined);
  let sent = 200;
  for (let hour = 0; hour < 10; hour++) {
    wait(66);
    while (counter.spend('a@x.test', 20, limits) === undefined) sent += 20;
  }
  assert.equal(sent, 1000, 'whatever is tried');
  assert.equal(counter.spend('a@x.test', 1, limits)?.span, 'day');
  wait(24 * 60);
  assert.equal(counter.spend('a@x.test', 200, limits), undefined);
});

test('lines of the patched qmails and ours: an account, all of them, a domain as a whole', () => {
  const limits = read('# who:day:hour\n:50:10\nNews@x.test:0\n@x.test:100\n192.0.2.7:5\n');
  const { counter } = open();
  assert.equal(counter.spend('a@x.test', 10, limits), undefined);
  assert.equal(counter.spend('a@x.test', 1, limits)?.span, 'hour');
  assert.equal(counter.spend('news@x.test', 90, limits), undefined);
  const refusal = counter.spend('news@x.test', 1, limits);
  assert.deepEqual([refusal?.who, refusal?.span, refusal?.most], ['@x.test', 'day', 100]);
  assert.match(
    sendingRefusalWords(refusal!),
    /everybody at x\.test together may send to 100 recipients a day/,
  );
  assert.equal(counter.spend('a@y.test', 10, limits), undefined);
  assert.deepEqual(
    counter.alarms().map(({ who, span, times }) => [who, span, times]),
    [
      ['@x.test', 'day', 1],
      ['a@x.test', 'hour', 1],
    ].sort((one, other) => String(one[0]).localeCompare(String(other[0]))),
  );
  for (const wrong of ['a@x.test', 'a@x.test:many', 'a@x.test:1:2:x'])
    assert.throws(() => read(`${wrong}\n`), /expected WHO:DAY or WHO:DAY:HOUR/, wrong);
});

test('what was not sent is given back, and never more than was counted', () => {
  const { counter, wait } = open();
  const limits = read(':0:10\n');
  assert.equal(counter.spend('a@x.test', 10, limits), undefined);
  counter.giveBack('a@x.test', 4);
  assert.equal(counter.spend('a@x.test', 4, limits), undefined);
  wait(5);
  counter.giveBack('a@x.test', 100);
  assert.equal(counter.spend('a@x.test', 10, limits), undefined);
  assert.equal(counter.spend('a@x.test', 1, limits)?.span, 'hour');
});
