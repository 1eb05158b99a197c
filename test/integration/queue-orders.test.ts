// Orders about messages in the queue: what the list says of them, and that each is carried out, over stops and while
// deliveries run; on a queue that nobody serves as well.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Delivered } from '../../mta/delivery.ts';
import { createDirectorySync } from '../../mta/maildir/directory-sync.ts';
import { permanent, success, temporary } from '../../mta/outcome.ts';
import type { QueueEntry, QueueOrders } from '../../mta/send/queue-orders.ts';
import { openStoppedOrders } from '../../mta/send/stopped-orders.ts';
import { makeQueueTree, putMessage, queueFiles, withTemporaryDirectory } from '../support/queue.ts';
import { Site, withSite } from '../support/send.ts';

const later = temporary('Sorry, the disk of far.test is full. (#4.2.2)');

/** A letter whose recipients have been put off once. @returns its number */
async function sendAndWait(
  site: Site,
  recipients: readonly string[],
  sender = 'anna@here.test',
): Promise<string> {
  const before = site.log.filter((line) => /deferral/.test(line)).length;
  const id = await site.send(sender, recipients);
  await site.logged(/deferral/, before + recipients.length);
  await settled(site, id);
  return id;
}

/** Nothing of the message is under way any more. */
async function settled(site: Site, id: string): Promise<QueueEntry | undefined> {
  for (;;) {
    const entry = await site.role.orders.show(id);
    if (!entry?.isRunning) return entry;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function withStopped(queue: string, use: (orders: QueueOrders) => Promise<void>): Promise<void> {
  await withSettings(async (settings) => {
    const directorySync = createDirectorySync({ isOwn: true });
    const orders = await openStoppedOrders(queue, directorySync, settings);
    try {
      await use(orders);
    } finally {
      await orders.close();
      await directorySync.close();
    }
  });
}

const withSettings = async (use: (settings: Site['settings']) => Promise<void>): Promise<void> =>
  use(new Site('/nowhere').settings);

test('the list says sender, size, recipients with their state, the next try, and why each waits', () =>
  withSite(async (site) => {
    site.decide = ({ recipient }) => (recipient === 'gfirst@far.test' ? success('ok') : later);
    const recipients = ['gfirst@far.test', 'full@far.test', 'joe@here.test'];
    const id = await site.send('anna@here.test', recipients);
    await site.logged(/deferral/, 2);
    await settled(site, id);
    const { entries, next } = await site.role.orders.list();
    assert.equal(next, undefined);
    const [entry] = entries;
    assert.equal(entries.length, 1);
    assert.equal(entry?.id, id);
    assert.equal(entry?.sender, 'anna@here.test');
    assert.equal(entry?.state, 'S5');
    assert.deepEqual(entry?.counts, { local: 1, remote: 1, all: 3, done: 1 });
    assert.deepEqual(entry?.attempts, { local: 1, remote: 1 });
    assert.ok((entry?.next.local as number) > (entry?.birth as number));
    assert.ok((entry?.next.remote as number) > (entry?.next.local as number));
    const full = entry?.recipients.find(({ address }) => address === 'full@far.test');
    assert.equal(full?.report?.text, later.text);
    assert.equal(entry?.recipients.find(({ done }) => done)?.address, 'gfirst@far.test');
    assert.match(
      (await site.role.orders.read(id, 0))?.toString() ?? '',
      /^Received: .*\nSubject: x\n\nhi\n$/s,
    );
  }));

test('a list goes on where a page ended, whatever the number of messages and the length of their addresses', () =>
  withSite(async (site) => {
    site.decide = () => later;
    const long = (i: number): string => `${'é'.repeat(400)}${i}@far.test`;
    const ids = new Set<string>();
    for (let i = 0; i < 70; i++) ids.add(await site.send('a@here.test', [long(2 * i), long(2 * i + 1)]));
    await site.logged(/deferral/, 140);
    const seen: string[] = [];
    let pages = 0;
    let after: string | undefined;
    do {
      const page = await site.role.orders.list(after);
      assert.ok(Buffer.byteLength(JSON.stringify(page)) < 200_000);
      seen.push(...page.entries.map(({ id }) => id));
      after = page.next;
      pages += 1;
    } while (after !== undefined);
    assert.ok(pages > 1);
    assert.deepEqual(seen.sort(), [...ids].sort());
  }));

test('a dropped message is gone, with everything of it, and nobody hears of it', () =>
  withSite(async (site) => {
    site.decide = ({ recipient }) => (recipient === 'bad@far.test' ? permanent('no (#5.1.1)') : later);
    const id = await site.send('anna@here.test', ['bad@far.test', 'full@far.test', 'joe@here.test']);
    await site.logged(/deferral/, 2);
    await settled(site, id);
    assert.ok((await queueFiles(site.queue)).includes(`bounce/${id}`));
    assert.deepEqual(await site.role.orders.give('drop', id, 'test'), { state: 'done' });
    assert.deepEqual(await queueFiles(site.queue), []);
    assert.ok(site.log.includes(`order: msg ${id} drop (by test)`));
    assert.ok(site.log.includes(`end msg ${id}`));
    const again = await site.role.orders.give('drop', id, 'test');
    assert.equal(again.state, 'refused');
    site.role.retryNow();
    assert.equal(site.seen.length, 3);
  }));

test('an order that means one message is not carried out on another that has its number', () =>
  withSite(async (site) => {
    site.decide = () => later;
    const id = await sendAndWait(site, ['full@far.test']);
    const { sender = '', birth = 0 } = (await site.role.orders.show(id)) ?? {};
    for (const order of ['drop', 'retryNow', 'bounceNow'] as const)
      for (const other of [
        { sender: 'eve@here.test', birth },
        { sender, birth: birth - 1 },
      ]) {
        const answer = await site.role.orders.give(order, id, 'test', other);
        assert.equal(answer.state, 'refused');
      }
    assert.equal(site.seen.length, 1, 'nothing was tried');
    assert.deepEqual(await site.role.orders.give('drop', id, 'test', { sender, birth }), { state: 'done' });
    assert.deepEqual(await queueFiles(site.queue), []);
  }));

test('an order for a message that is being delivered waits for the end of that, and nothing more of it begins', () =>
  withSite(
    async (site) => {
      const release = Promise.withResolvers<Delivered>();
      site.decide = () => release.promise;
      const id = await site.send('anna@here.test', ['a@far.test', 'b@far.test', 'c@far.test']);
      await site.logged(/starting delivery 1/);
      assert.deepEqual(await site.role.orders.give('drop', id, 'test'), { state: 'later' });
      const second = await site.role.orders.give('hold', id, 'test');
      assert.match(second.state === 'refused' ? second.why : '', /already waits for the order: drop/);
      assert.ok((await queueFiles(site.queue)).includes(`info/${id}`));
      release.resolve(later);
      await site.logged(new RegExp(`^end msg ${id}$`));
      assert.deepEqual(await queueFiles(site.queue), []);
      assert.equal(site.seen.length, 1, 'the other two were not tried');
    },
    { concurrencyremote: 1 },
  ));

test('an order that comes during the only delivery of a message is carried out unless that ends it', () =>
  withSite(async (site) => {
    for (const [outcome, isDelivered] of [
      [later, false],
      [success('ok'), true],
    ] as const) {
      const release = Promise.withResolvers<Delivered>();
      site.decide = () => release.promise;
      const started = site.log.length;
      const id = await site.send('anna@here.test', ['a@far.test']);
      await site.logged(new RegExp(`starting delivery \\d+: msg ${id} `));
      assert.deepEqual(await site.role.orders.give('drop', id, 'test'), { state: 'later' });
      release.resolve(outcome);
      await site.logged(new RegExp(`^end msg ${id}$`), 1);
      const dropped = site.log.slice(started).includes(`order: msg ${id} dropped`);
      assert.equal(dropped, !isDelivered);
      while ((await queueFiles(site.queue)).length > 0) await new Promise((resolve) => setImmediate(resolve));
      site.log.length = 0;
    }
  }));

test('bounceNow returns it: whoever waits has failed, with words of the administrator', () =>
  withSite(async (site) => {
    site.decide = ({ recipient, sender }) =>
      sender === '' || recipient === 'well@far.test' ? success('ok') : later;
    const id = await site.send('anna@here.test', ['well@far.test', 'full@far.test', 'joe@here.test']);
    await site.logged(/deferral/, 2);
    await settled(site, id);
    assert.deepEqual(await site.role.orders.give('bounceNow', id, 'test'), { state: 'done' });
    await site.logged(/^end msg /, 2);
    const bounce = site.seen.at(-1);
    assert.equal(bounce?.recipient, 'anna@here.test');
    const text = bounce?.message?.toString() ?? '';
    assert.match(text, /<full@far\.test>:\nThe administrator of this mail system took/);
    assert.match(text, /<joe@here\.test>:\n/);
    assert.doesNotMatch(text, /<well@far\.test>:/);
    assert.deepEqual(await queueFiles(site.queue), []);
  }));

test('retryNow makes one message due, not the others; what fails again waits for its time', () =>
  withSite(async (site) => {
    site.decide = () => later;
    const one = await sendAndWait(site, ['first@far.test']);
    await sendAndWait(site, ['second@far.test']);
    const tries = site.seen.length;
    assert.deepEqual(await site.role.orders.give('retryNow', one, 'test'), { state: 'done' });
    await site.logged(/deferral/, 3);
    const entry = await settled(site, one);
    assert.equal(site.seen.length, tries + 1);
    assert.equal(site.seen.at(-1)?.id, one);
    assert.deepEqual(entry?.attempts, { local: 0, remote: 2 });
    assert.ok((entry?.next.remote as number) > Date.now() / 1000 + 60);
  }));

test('a held message is not tried, not by ALRM and not after a start; released, it is tried at once', () =>
  withTemporaryDirectory(async (home) => {
    await makeQueueTree(home);
    let site = await new Site(home).start();
    try {
      site.decide = () => later;
      const id = await sendAndWait(site, ['full@far.test']);
      const other = await sendAndWait(site, ['other@far.test']);
      assert.deepEqual(await site.role.orders.give('hold', id, 'test'), { state: 'done' });
      await site.role.retryNow();
      await site.logged(/deferral/, 3);
      assert.equal(site.seen.at(-1)?.id, other);
      const refused = await site.role.orders.give('retryNow', id, 'test');
      assert.equal(refused.state, 'refused');
      await site.stop();
      site = await new Site(home).start();
      await site.role.retryNow();
      await site.logged(new RegExp(`end msg ${other}`));
      assert.deepEqual(
        site.seen.map((seen) => seen.id),
        [other],
      );
      assert.equal((await site.role.orders.show(id))?.isHeld, true);
      assert.deepEqual(await site.role.orders.give('release', id, 'test'), { state: 'done' });
      await site.logged(new RegExp(`end msg ${id}`));
      assert.deepEqual(await queueFiles(site.queue), []);
    } finally {
      await site.stop();
    }
  }));

test('a held message is not given up for its age; the try after its release is the last one', () =>
  withTemporaryDirectory(async (home) => {
    const queue = await makeQueueTree(home);
    const old = 8 * 86_400;
    const files = { info: 'Fanna@here.test\0', remote: 'Tfull@far.test\0' };
    const held = await putMessage(queue, files, old);
    await withStopped(queue, async (orders) => {
      assert.deepEqual(await orders.give('hold', held, 'test'), { state: 'done' });
    });
    const site = await new Site(home).start();
    try {
      site.decide = ({ sender }) => (sender === '' ? success('ok') : later);
      const late = await site.send('a@here.test', ['b@far.test']);
      await site.logged(new RegExp(`msg ${late} to remote`));
      await site.role.retryNow();
      assert.equal((await site.role.orders.show(held))?.isHeld, true);
      await site.role.orders.give('release', held, 'test');
      await site.logged(new RegExp(`bounce msg ${held} `));
      assert.equal(site.seen.filter(({ id }) => id === held).length, 1);
    } finally {
      await site.stop();
    }
  }));

test('a hold belongs to its message: the next one of that number is tried', () =>
  withTemporaryDirectory(async (home) => {
    const queue = await makeQueueTree(home);
    const id = await putMessage(queue, { info: 'Fa@here.test\0', remote: 'Tb@far.test\0' }, 100);
    await withStopped(queue, async (orders) => void (await orders.give('hold', id, 'test')));
    // As if qmail had delivered it and its number had come again.
    await writeFile(join(queue, 'mess', String(Number(id) % 23), id), 'Subject: another\n\nx\n');
    const site = await new Site(home).start();
    try {
      await site.logged(new RegExp(`end msg ${id}`));
    } finally {
      await site.stop();
    }
  }));

test('on a stopped queue: drop, retry and bounce; the next start sends the bounce', () =>
  withTemporaryDirectory(async (home) => {
    const queue = await makeQueueTree(home);
    const files = { info: 'Fanna@here.test\0', remote: 'Dwell@far.test\0Tfull@far.test\0' };
    const dropped = await putMessage(queue, files, 10);
    const bounced = await putMessage(queue, files, 10);
    const todo = await putMessage(queue, { todo: 'u1\0p2\0Fanna@here.test\0Tnew@far.test\0' }, 10);
    await withStopped(queue, async (orders) => {
      assert.equal((await orders.status()).isRunning, false);
      assert.deepEqual(await orders.give('drop', dropped, 'test'), { state: 'done' });
      assert.deepEqual(await orders.give('bounceNow', bounced, 'test'), { state: 'done' });
      assert.deepEqual(await orders.give('bounceNow', todo, 'test'), { state: 'done' });
      assert.equal((await orders.give('drop', dropped, 'test')).state, 'refused');
    });
    const site = await new Site(home).start();
    try {
      await site.logged(/^end msg /, 4);
      const texts = site.seen.map(({ message }) => message?.toString() ?? '');
      assert.equal(texts.length, 2);
      assert.ok(texts.some((text) => text.includes('<full@far.test>:')));
      assert.ok(texts.some((text) => text.includes('<new@far.test>:')));
      assert.deepEqual(await queueFiles(queue), []);
    } finally {
      await site.stop();
    }
  }));

for (const queuejournal of [0, 1])
  test(`while deliveries are paused mail comes in and nothing goes out (queuejournal ${queuejournal})`, () =>
    withSite(
      async (site) => {
        await site.role.orders.pause('test');
        await site.send('anna@here.test', ['a@far.test']);
        await site.send('anna@here.test', ['a@far.test', 'joe@here.test']);
        await site.role.retryNow();
        assert.equal((await site.role.orders.status()).isPaused, true);
        assert.equal(site.seen.length, 0);
        await site.role.orders.resume('test');
        await site.logged(/delivery \d+: success/, 3);
      },
      { queuejournal },
    ));

test('an envelope in todo that has no message is set aside at the start, out of the way of its number', () =>
  withTemporaryDirectory(async (home) => {
    const queue = await makeQueueTree(home);
    await writeFile(join(queue, 'todo', '123'), 'u1\0p2\0Fa@here.test\0Tb@far.test\0');
    const site = await new Site(home).start();
    try {
      await site.logged(/alert: no message file for todo\/123: it is now in queue\/aside/);
      assert.deepEqual(await queueFiles(queue), []);
    } finally {
      await site.stop();
    }
  }));
