// Work that runs on, in a real browser: the line at the foot of the list, its page, Stop, and the end that shows itself.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { findAccessFaults, noBrowser, startBrowser } from '../support/browser.ts';
import { type MailSite, startMailSite } from '../support/mail-pages.ts';

const browser: Browser | undefined = await startBrowser();
const skip = browser ? false : noBrowser;
const alice = 'alice@example.com';
let site: MailSite;

before(async () => {
  if (!browser) return;
  site = await startMailSite();
  await site.deliver(alice, { subject: 'One' });
});
after(async () => {
  await browser?.close();
  await site?.close();
});

async function open(javaScriptEnabled: boolean): Promise<Page> {
  const context = await browser!.newContext({ javaScriptEnabled });
  context.setDefaultTimeout(10_000);
  const sid = site.web.sessions.begin(alice, false, 'test');
  await context.addCookies([{ name: 'sid', value: sid, url: site.base }]);
  return context.newPage();
}

function startJob(): { end: () => void; id: string } {
  const end = Promise.withResolvers<void>();
  const id = site.web.jobs.start(alice, 'Moving mail', async (job) => {
    job.step(1, 4);
    await Promise.race([end.promise, once(job.signal, 'abort')]);
    return { words: job.signal.aborted ? 'One message moved.' : 'Four messages moved.', undo: [] };
  });
  return { end: end.resolve, id: id! };
}

for (const script of [false, true])
  describe(`jobs ${script ? 'with' : 'without'} script`, { skip }, () => {
    test('the list says how far a job is; Stop ends it with what it has done', async () => {
      const { id } = startJob();
      const page = await open(script);
      await page.goto(`${site.base}/f/INBOX`);
      const line = page.locator(`#jobs [data-job="${id}"]`);
      assert.match((await line.textContent()) ?? '', /Moving mail\s+1 of 4/);
      if (script) assert.deepEqual(await findAccessFaults(page), []);
      await line.getByRole('button', { name: 'Stop' }).click();
      await line.locator('.job-words', { hasText: 'One message moved.' }).waitFor();
      assert.equal(await line.getByRole('button', { name: 'Undo' }).count(), 1);
      await page.context().close();
    });

    test('the page of a job shows its end without a click', async () => {
      const { id, end } = startJob();
      const page = await open(script);
      await page.goto(`${site.base}/jobs/${id}`);
      await page.locator('.job-words', { hasText: '1 of 4' }).waitFor();
      if (script) assert.deepEqual(await findAccessFaults(page), []);
      end();
      await page.locator('.job-words', { hasText: 'Four messages moved.' }).waitFor();
      await page.context().close();
    });
  });

test('with script the list shows the end as a toast, and its row where it was', { skip }, async () => {
  const { end } = startJob();
  const page = await open(true);
  await page.goto(`${site.base}/f/INBOX`);
  await page.locator('#jobs .job').first().waitFor();
  end();
  await page.locator('.toast', { hasText: 'Four messages moved.' }).waitFor();
  assert.equal(await page.locator('#rows > .row').count(), 1);
  await page.context().close();
});
