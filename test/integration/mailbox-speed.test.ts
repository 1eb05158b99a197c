// How fast pages are at 10,000 messages, and that building the index stops neither the role nor the first page.
// Bounds are generous, the figures are printed; bench/mailbox.ts measures more.
import assert from 'node:assert/strict';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { test } from 'node:test';
import { fillFolder, openFixture, waitForIndex } from '../support/maildir.ts';

test('a page of a 10,000 message folder comes at once, before and after the index is built', async (t) => {
  const { mailbox, maildir, summariser, close } = await openFixture();
  t.after(close);
  await fillFolder(maildir, 10_000);
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const started = performance.now();
  const first = await mailbox.list({ folder: 'INBOX', limit: 50 });
  const firstTime = performance.now() - started;
  assert.equal(first.rows.length, 50);
  assert.ok(
    first.rows.every((row) => row.subject !== ''),
    'rows of the first page are complete',
  );
  assert.equal(first.rows[0]!.received, (1_700_000_000 + 9999) * 1000, 'newest first');
  assert.ok(
    first.progress !== undefined && first.progress < 1,
    'and the page says that the index is not done',
  );
  await waitForIndex(mailbox, 'INBOX');
  const built = performance.now() - started;
  delay.disable();
  const times: number[] = [];
  let after: string | undefined;
  for (let i = 0; i < 100; i++) {
    const start = performance.now();
    const page = await mailbox.list({ folder: 'INBOX', limit: 50, after });
    times.push(performance.now() - start);
    assert.equal(page.total, 10_000);
    after = page.older;
  }
  times.sort((a, b) => a - b);
  const median = times[50]!;
  t.diagnostic(
    `first page ${firstTime.toFixed(0)} ms, index built ${built.toFixed(0)} ms, warm page median ${median.toFixed(2)} ms, ` +
      `worst ${times.at(-1)!.toFixed(1)} ms, longest delay of the role's loop ${(delay.max / 1e6).toFixed(0)} ms`,
  );
  assert.equal(summariser.asked.length, 10_000, 'each message is parsed once');
  assert.ok(firstTime < 5000, `first page ${firstTime} ms`);
  assert.ok(median < 20, `warm page ${median} ms`);
});
