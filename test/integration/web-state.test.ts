// What the rooms of the web share besides sessions: choices, work that runs on, things that are due, who is told.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { openChoices } from '../../server/web/state/choices.ts';
import { openStateDatabase } from '../../server/web/state/database.ts';
import { openDueItems } from '../../server/web/state/due.ts';
import { createJobs, JobFailure } from '../../server/web/state/jobs.ts';
import { createLive } from '../../server/web/state/live.ts';

const state = await mkdtemp(join(tmpdir(), 'web-state-'));
const database = await openStateDatabase(state);
after(async () => {
  database.close();
  await rm(state, { recursive: true, force: true });
});
const log = () => {};

describe('choices', () => {
  test('hold their usual value until somebody chooses, and are each account’s own', () => {
    const choices = openChoices(database);
    choices.change('a@b.example', { density: 'compact', cleanJunk: 7 });
    assert.equal(choices.read('a@b.example').density, 'compact');
    assert.equal(choices.read('a@b.example').cleanJunk, 7);
    assert.equal(choices.read('a@b.example').layout, 'split');
    assert.equal(choices.read('c@b.example').density, 'comfortable');
  });

  test('what may not be chosen is refused and changes nothing; what a former version stored counts as not chosen', () => {
    const choices = openChoices(database);
    assert.throws(() => choices.change('d@b.example', { layout: 'list', undoSeconds: 7 as 5 }), TypeError);
    assert.equal(choices.read('d@b.example').layout, 'split');
    database.prepare("insert into web_choices values ('e@b.example', 'body', '{broken')").run();
    assert.equal(choices.read('e@b.example').body, 'html');
  });
});

describe('jobs', () => {
  test('tell how far they are, end with their outcome, and belong to one account', async () => {
    const told: string[] = [];
    const remembered: unknown[] = [];
    const jobs = createJobs(log, Date.now, {
      tell: (address, job) => told.push(`${address} ${job.state} ${job.done}`),
      remember(...operation) {
        remembered.push(operation);
        return 'op1';
      },
    });
    const end = Promise.withResolvers<string>();
    const id = jobs.start(
      'a@b.example',
      'Moving',
      async (job) => {
        job.step(2, 4);
        return { words: 'Moved.', undo: [1] };
      },
      (outcome) => end.resolve(outcome.words),
    );
    assert.ok(id);
    assert.equal(await end.promise, 'Moved.');
    await jobs.close();
    assert.equal(jobs.find('a@b.example', id)?.state, 'done');
    assert.equal(jobs.find('a@b.example', id)?.op, 'op1');
    assert.deepEqual(remembered, [['a@b.example', 'Moved.', [1]]]);
    assert.equal(jobs.find('c@b.example', id), undefined);
    assert.deepEqual(told, ['a@b.example running 2', 'a@b.example done 2']);
  });

  test('a cancelled job ends with what it has done; a fourth at once is not started; one that throws says why', async () => {
    const jobs = createJobs(log, Date.now, { tell: () => {}, remember: () => 'op' });
    const wait = (job: { signal: AbortSignal }) =>
      once(job.signal, 'abort').then(() => ({ words: 'Stopped in the middle.' }));
    const ids = [1, 2, 3].map((n) => jobs.start('a@b.example', `Job ${n}`, wait));
    assert.equal(jobs.start('a@b.example', 'Job 4', wait), undefined);
    assert.equal(jobs.cancel('c@b.example', ids[0]!), false);
    assert.equal(jobs.cancel('a@b.example', ids[0]!), true);
    await jobs.close();
    assert.equal(jobs.find('a@b.example', ids[0]!)?.outcome?.words, 'Stopped in the middle.');
    const broken = jobs.start('a@b.example', 'Broken', async () => {
      throw new JobFailure('The disk is full.');
    });
    const fault = jobs.start('a@b.example', 'Fault', async () => {
      throw new Error('ENOENT secret');
    });
    await jobs.close();
    assert.equal(jobs.find('a@b.example', fault!)?.failure, '');
    assert.equal(jobs.find('a@b.example', broken!)?.failure, 'The disk is full.');
  });
});

describe('things that are due', () => {
  test('happen at their time, also when another run of the program put them there', async () => {
    const before = openDueItems(database, log, Date.now);
    before.add('a@b.example', 'wake', Date.now() - 1000, { letter: 1 });
    await before.close();
    const due = openDueItems(database, log, Date.now);
    const done = Promise.withResolvers<unknown>();
    due.whenDue('wake', async ({ payload }) => done.resolve(payload));
    due.start();
    assert.deepEqual(await done.promise, { letter: 1 });
    await due.close();
    assert.deepEqual(due.list('a@b.example', 'wake'), []);
  });

  test('can be cancelled and put off by their owner only; work that throws is tried again later', async () => {
    const due = openDueItems(database, log, Date.now);
    const later = due.add('a@b.example', 'later', Date.now() + 3600_000, {});
    assert.equal(due.cancel('c@b.example', later), false);
    assert.equal(due.change('a@b.example', later, { payload: { n: 2 } }), true);
    assert.deepEqual(due.find('a@b.example', later)?.payload, { n: 2 });
    assert.equal(due.cancel('a@b.example', later), true);
    const tried = Promise.withResolvers<void>();
    due.whenDue('fails', async () => {
      tried.resolve();
      throw new Error('not now');
    });
    const id = due.add('a@b.example', 'fails', Date.now() - 1, {});
    due.start();
    await tried.promise;
    await due.close();
    const item = due.find('a@b.example', id);
    assert.equal(item?.tries, 1);
    assert.ok(item.at > Date.now());
  });
});

describe('live events', () => {
  test('reach those who listen, and those who come back within a moment', () => {
    const live = createLive(Date.now);
    live.tell('a@b.example', { kind: 'outbox' });
    const heard: number[] = [];
    const stop = live.listen('a@b.example', ({ number }) => heard.push(number));
    const start = live.last('a@b.example');
    live.tell('a@b.example', { kind: 'outbox' });
    live.tell('c@b.example', { kind: 'outbox' });
    assert.deepEqual(heard, [start + 1]);
    stop();
    live.tell('a@b.example', { kind: 'outbox' });
    assert.deepEqual(heard, [start + 1]);
    assert.deepEqual(
      live.since('a@b.example', start + 1)?.map(({ number }) => number),
      [start + 2],
    );
    assert.deepEqual(live.since('a@b.example', start + 2), []);
    assert.equal(live.since('a@b.example', 5), undefined, 'a number of another run');
  });
});
