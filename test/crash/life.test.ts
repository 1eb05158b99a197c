// A long life (security.md 6, T7): letters with 1 % temporary and 1 % permanent failures, a restart every so many; the counts
// add up exactly: delivered and bounced together are what was accepted, each once. FACTEUR_CRASH=long: 100,000 letters.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { permanent, success, temporary } from '../../mta/outcome.ts';
import { queueFiles } from '../support/queue.ts';
import { withSite } from '../support/send.ts';
import { until } from '../support/serve.ts';

const isLong = process.env.FACTEUR_CRASH === 'long';
const letters = isLong ? 100_000 : 2000;
const letterOf = (recipient: string): number => Number(/^u(\d+)@/.exec(recipient)?.[1]);

for (const [queuejournal, way] of ['plain queue', 'journal'].entries())
  test(
    `${way}: ${letters} letters, failures and restarts: delivered + bounced = accepted`,
    {
      timeout: isLong ? 3_600_000 : 300_000,
    },
    () =>
      withSite(
        async (site) => {
          const delivered = new Map<number, number>();
          const bounces: string[] = [];
          const deferred = new Set<number>();
          site.decide = ({ recipient, sender }) => {
            // What was seen is counted here; the site need not remember 100,000 requests.
            site.seen.length = 0;
            site.log.length = 0;
            if (sender === '') {
              bounces.push(recipient);
              return success('ok');
            }
            const number = letterOf(recipient);
            if (number % 100 === 50) return permanent('no (#5.1.1)');
            if (number % 100 === 51 && !deferred.has(number)) {
              deferred.add(number);
              return temporary('later (#4.2.1)');
            }
            delivered.set(number, (delivered.get(number) ?? 0) + 1);
            return success('ok');
          };
          const sendOne = (number: number): Promise<string> =>
            site.send(
              `s${number}@far.test`,
              // Some are for two: preprocessed, marked, and of two channels.
              number % 10 === 3 ? [`u${number}@here.test`, `u${number}@far.test`] : [`u${number}@here.test`],
            );
          for (let number = 0; number < letters; ) {
            const batch: Promise<string>[] = [];
            for (let width = 0; width < 20; width++) batch.push(sendOne(number++));
            await Promise.all(batch);
            if (number % (letters / 20) === 0) {
              await site.stop();
              await site.start();
            }
          }
          await until(
            'an empty queue',
            async () => {
              await site.role.retryNow();
              return (await queueFiles(site.queue)).length === 0;
            },
            120,
          );
          assert.equal(bounces.length, letters / 100);
          assert.equal(new Set(bounces).size, bounces.length, 'one bounce each');
          assert.equal(deferred.size, letters / 100);
          assert.equal(delivered.size + bounces.length, letters);
          for (const [number, copies] of delivered)
            assert.equal(copies, number % 10 === 3 ? 2 : 1, `copies of letter ${number}`);
        },
        { queuejournal },
      ),
  );
