// How fast a session sees a folder of 10,000 messages; bounds are generous, the figures are printed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fillFolder, openFixture, putMessage } from '../support/maildir.ts';

test('a folder of 10,000 messages opens, and tells what changed, without a look at all of them', async (t) => {
  const { mailbox, maildir, close } = await openFixture();
  t.after(close);
  await fillFolder(maildir, 10_000, (index) => ({ flags: index % 3 ? 'S' : '', body: '' }));
  await mailbox.refresh('INBOX');
  const time = async <Result>(work: () => Promise<Result>): Promise<readonly [number, Result]> => {
    const start = performance.now();
    const result = await work();
    return [performance.now() - start, result];
  };
  const [numbering, first] = await time(() => mailbox.uids.open('INBOX', false));
  assert.equal(first!.uids.length, 10_000);
  const opens: number[] = [];
  for (let i = 0; i < 11; i++) {
    const [took, snapshot] = await time(() => mailbox.uids.open('INBOX', false));
    assert.equal(snapshot!.uids.length, 10_000);
    opens.push(took);
  }
  const changes: number[] = [];
  let { highestModseq } = first!;
  for (let i = 0; i < 11; i++) {
    await putMessage(maildir, { half: 'new' });
    const [took, told] = await time(() => mailbox.uids.changesSince('INBOX', highestModseq, false));
    assert.equal(told!.changed.length, 1);
    ({ highestModseq } = told!);
    changes.push(took);
  }
  const last = (await mailbox.uids.open('INBOX', false))!;
  assert.deepEqual([last.uids.length, last.messages, last.uids.at(-1)], [10_011, 10_011, 10_011]);
  const median = (times: number[]): number => times.sort((a, b) => a - b)[5]!;
  t.diagnostic(
    `UIDs given in ${numbering.toFixed(0)} ms, opened in ${median(opens).toFixed(1)} ms, ` +
      `a delivery told in ${median(changes).toFixed(1)} ms`,
  );
  assert.ok(median(opens) < 250);
  assert.ok(median(changes) < 1000);
});
