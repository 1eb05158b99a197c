// The marks of a message to many (qmail-send's T and D in local/ID and remote/ID) over a real queue: gathered while the
// next recipients go out, on disk before anything else is said of the message, never before the delivery succeeded.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { readFile, rename } from 'node:fs/promises';
import { test } from 'node:test';
import { success } from '../../mta/outcome.ts';
import { readQueueLayout } from '../../mta/queue/layout.ts';
import { queueFiles } from '../support/queue.ts';
import { withSite } from '../support/send.ts';

const addressOf = (n: number): string => `m${n}@far.test`;
const members = (count: number): string[] => Array.from({ length: count }, (_, n) => addressOf(n));

/** Recipients of a channel file that are marked done. */
const doneIn = (text: string): string[] =>
  text.split('\0').flatMap((record) => (record.startsWith('D') ? [record.slice(1)] : []));

test('marks follow the deliveries, behind by no more than the message has deliveries at once', async () => {
  const concurrencyremote = 5;
  await withSite(
    async (site) => {
      const layout = await readQueueLayout(site.queue);
      const delivered = new Set<string>();
      let most = 0;
      site.decide = async ({ id, recipient }) => {
        // One moment: nothing else can happen between the look and the count.
        const marked = doneIn(readFileSync(layout.path('remote', id), 'latin1'));
        for (const each of marked)
          assert.ok(delivered.has(each), `${each} was marked before it was delivered`);
        most = Math.max(most, delivered.size - marked.length);
        delivered.add(recipient);
        return success('ok');
      };
      await site.send('s@else.test', members(200));
      await site.logged(/^end msg/);
      assert.equal(delivered.size, 200);
      assert.equal(site.seen.length, 200);
      // Those that this round of deliveries has just done are not told yet.
      assert.ok(most <= 2 * concurrencyremote, `${most} were behind`);
      assert.deepEqual(await queueFiles(site.queue), []);
    },
    { concurrencyremote },
  );
});

test('a disk that takes no marks stops the message, and what was delivered is marked later, not delivered again', async () => {
  const concurrencyremote = 4;
  await withSite(
    async (site) => {
      const layout = await readQueueLayout(site.queue);
      let moved: (() => Promise<void>) | undefined;
      site.decide = async ({ id }) => {
        const path = layout.path('remote', id);
        if (site.seen.length === 9 && !moved) {
          moved = () => rename(`${path}-away`, path);
          await rename(path, `${path}-away`);
        }
        return success('ok');
      };
      const id = await site.send('s@else.test', members(60));
      const trouble = new RegExp(
        `^warning: trouble marking ${layout.name('remote', id)}; message will be delivered twice!`,
      );
      await site.logged(trouble);
      await moved?.();
      const before = site.seen.length;
      assert.ok(before <= 9 + 2 * concurrencyremote, `${before} were tried on a disk that takes no marks`);
      await site.role.retryNow();
      await site.logged(/^end msg/);
      assert.deepEqual(site.seen.map(({ recipient }) => recipient).toSorted(), members(60).toSorted());
    },
    { concurrencyremote },
  );
});

test('a stop in the middle leaves every recipient that was delivered marked, and the next start does the others', async () => {
  await withSite(
    async (site) => {
      const layout = await readQueueLayout(site.queue);
      const reached = Promise.withResolvers<void>();
      const going = Promise.withResolvers<void>();
      site.decide = async () => {
        if (site.seen.length > 25) {
          reached.resolve();
          await going.promise;
        }
        return success('ok');
      };
      const id = await site.send('s@else.test', members(50));
      await reached.promise;
      const stopped = site.stop();
      going.resolve();
      await stopped;
      const tried = site.seen.map(({ recipient }) => recipient);
      assert.ok(tried.length > 25 && tried.length < 50, `${tried.length} were tried`);
      assert.deepEqual(doneIn(await readFile(layout.path('remote', id), 'latin1')), tried);
      site.seen.length = 0;
      site.decide = () => success('ok');
      await site.start();
      await site.logged(/^end msg/);
      assert.deepEqual(
        site.seen.map(({ recipient }) => recipient),
        members(50).filter((each) => !tried.includes(each)),
      );
    },
    { concurrencyremote: 4 },
  );
});
