// The lines before the delivery slots and what a destination bears (qmail-send's concurrency; security.md X8).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Destination } from '../../mta/delivery.ts';
import { findDestination } from '../../mta/remote/destination.ts';
import { Jobs } from '../../mta/send/jobs.ts';
import { Slots } from '../../mta/send/slots.ts';
import { firstWindow, Windows } from '../../mta/send/windows.ts';

const never = (): void => assert.fail('cancelled');
const to = (name: string, limit = 1000): Destination => ({ name, limit, isOnlyWay: false });

test('slots without destinations serve in order, never more than the limit, and hold at 0', () => {
  let limit = 2;
  const slots = new Slots(() => limit);
  const started: number[] = [];
  let cancelled = 0;
  for (let i = 0; i < 5; i++)
    slots.whenFree(
      undefined,
      () => started.push(i),
      () => (cancelled += 1),
    );
  assert.deepEqual(started, [0, 1]);
  slots.release();
  assert.deepEqual(started, [0, 1, 2]);
  limit = 0;
  slots.release();
  slots.release();
  assert.deepEqual(started, [0, 1, 2]);
  limit = 1;
  slots.wake();
  assert.deepEqual(started, [0, 1, 2, 3]);
  slots.clear();
  assert.equal(cancelled, 1, 'the one still waiting');
});

test('a destination never has all slots: one that is slow leaves some to the others', () => {
  const slots = new Slots(() => 20);
  let slow = 0;
  for (let i = 0; i < 100; i++) slots.whenFree(to('slow'), () => (slow += 1), never);
  assert.equal(slow, 16);
  let well = false;
  slots.whenFree(
    to('well'),
    () => {
      well = true;
    },
    never,
  );
  assert.ok(well);
});

test('a relay for all mail may have all slots', () => {
  const slots = new Slots(() => 20);
  let running = 0;
  for (let i = 0; i < 100; i++)
    slots.whenFree({ name: 'relay', limit: 250, isOnlyWay: true }, () => (running += 1), never);
  assert.equal(running, 20);
});

test('destinations take turns, however many wait for one of them', () => {
  const slots = new Slots(() => 1);
  const order: string[] = [];
  for (const name of ['a', 'a', 'a', 'a', 'b', 'c', 'b'])
    slots.whenFree(to(name), () => order.push(name), never);
  for (const name of [...'abcaba']) slots.release(to(name));
  assert.equal(order.join(''), 'aabcaba');
});

test('a destination is full when as many wait as may run; there is no such thing without a destination', () => {
  const slots = new Slots(() => 2);
  for (let i = 0; i < 4; i++) slots.whenFree(to('far', 2), () => undefined, never);
  assert.equal(slots.isFull(to('far', 2)), true);
  assert.equal(slots.isFull(to('near', 2)), false);
  assert.equal(slots.isFull(undefined), false);
  slots.release(to('far', 2));
  assert.equal(slots.isFull(to('far', 2)), false);
});

test('a limit of 0 or less still lets one through', () => {
  const slots = new Slots(() => 5);
  let running = 0;
  for (let i = 0; i < 3; i++) slots.whenFree(to('far', 0), () => (running += 1), never);
  assert.equal(running, 1);
});

test('a window grows by one for each success while it is used, up to the limit, and halves once for each trouble', () => {
  const windows = new Windows();
  assert.equal(windows.sizeOf('far', 250), firstWindow);
  windows.note('far', 250, 3, false, 0, 1);
  assert.equal(windows.sizeOf('far', 250), firstWindow, 'three at once say nothing about twenty');
  for (let i = 0; i < 1000; i++) windows.note('far', 250, 250, false, 0, 1);
  assert.equal(windows.sizeOf('far', 250), 250);
  windows.note('far', 250, 250, true, 5, 10);
  for (let i = 0; i < 10; i++) windows.note('far', 250, 250, true, 9, 11);
  assert.equal(windows.sizeOf('far', 250), 125, 'those that began before the first trouble tell nothing new');
  for (let i = 20; i < 40; i++) windows.note('far', 250, 1, true, i, i);
  assert.equal(windows.sizeOf('far', 250), 1);
  windows.note('far', 250, 1, false, 50, 51);
  assert.equal(windows.sizeOf('far', 250), 2);
  assert.equal(windows.sizeOf('far', 1), 1, 'a lowered limit counts at once');
});

test('jobs for a full destination stand aside and keep their times; others come first', () => {
  const jobs = new Jobs();
  const add = (id: string, onlyRemote: string, due: number): void => {
    jobs.add({ id, sender: 's@a.test', birth: 1, size: 1, isOfSite: false, onlyRemote }, ['remote']);
    jobs.schedule({ id, sender: 's@a.test', birth: 1, size: 1, isOfSite: false }, 'remote', due);
  };
  for (let i = 0; i < 5; i++) add(`slow${i}`, 'u@slow.test', i);
  add('well', 'u@well.test', 10);
  let isSlowFull = true;
  const isFull = (recipient: string): boolean => recipient.endsWith('@slow.test') && isSlowFull;
  assert.equal(jobs.takeDue('remote', 100, isFull)?.id, 'well');
  assert.equal(jobs.takeDue('remote', 100, isFull), undefined);
  assert.deepEqual(
    [...jobs.scheduled()].map(({ id, due }) => `${id} ${due}`),
    ['slow0 0', 'slow1 1', 'slow2 2', 'slow3 3', 'slow4 4'],
  );
  isSlowFull = false;
  assert.equal(jobs.takeDue('remote', 100, isFull)?.id, 'slow0');
  assert.equal(jobs.takeDue('remote', 100, isFull)?.id, 'slow1');
});

test('domains of suppls0 share the limit of concurrencysuppl0, before routes, and nobody else has to wait for them', () => {
  const settings = {
    smtproutes: new Map([['slow.test', 'relay.test']]),
    suppls0: new Set(['slow.test', 'held.test']),
    suppls1: new Set(['slow.test', 'other.test']),
    concurrencysuppl0: 2,
  };
  const at = (recipient: string, concurrencysuppl0 = 2) =>
    findDestination(recipient, { ...settings, concurrencysuppl0 });
  assert.deepEqual(at('u@Slow.test'), { name: 'of suppls0', limit: 2, isOnlyWay: false });
  assert.equal(at('u@held.test').name, at('u@slow.test').name);
  assert.deepEqual(at('u@other.test'), { name: 'of suppls1', limit: 20, isOnlyWay: false });
  assert.equal(at('u@sub.slow.test').name, 'sub.slow.test');
  const slots = new Slots(() => 50);
  const started: string[] = [];
  const begin = (recipient: string, limit: number) =>
    slots.whenFree(
      at(recipient, limit),
      () => void started.push(recipient),
      () => undefined,
    );
  for (const recipient of ['1@slow.test', '2@held.test', '3@slow.test', '4@free.test']) begin(recipient, 2);
  assert.deepEqual(started, ['1@slow.test', '2@held.test', '4@free.test']);
  slots.release(at('1@slow.test'));
  assert.equal(started.at(-1), '3@slow.test');
  // 0 lets one through.
  begin('5@held.test', 0);
  slots.release(at('u@slow.test', 0));
  assert.equal(started.length, 4);
  slots.release(at('u@slow.test', 0));
  assert.deepEqual(started.slice(4), ['5@held.test']);
});

test('the destination of mail is its relay, else its domain; a relay for everything is the only way', () => {
  const smtproutes = new Map([
    ['one.test', 'relay.test:2525'],
    ['two.test', 'relay.test:2525'],
    ['', 'hub.test'],
    ['free.test', ''],
  ]);
  const name = (recipient: string) => findDestination(recipient, { smtproutes });
  assert.equal(name('u@One.test').name, name('u@two.test').name);
  assert.equal(name('u@one.test').isOnlyWay, false);
  assert.deepEqual(name('u@free.test'), { name: 'free.test', limit: 500, isOnlyWay: false });
  assert.deepEqual(name('u@other.test'), { name: 'hub.test 25', limit: 500, isOnlyWay: true });
});
