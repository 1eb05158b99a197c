// Work that runs on, through its pages: how far it is, stopping, its end, and that it is nobody else's.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { type MailSite, startMailSite } from '../support/mail-pages.ts';
import type { Client } from '../support/site.ts';

let site: MailSite;
let alice: Client;
let bob: Client;
const address = 'alice@example.com';

before(async () => {
  site = await startMailSite();
  alice = await site.signIn(address);
  bob = await site.signIn('bob@example.com');
});
after(() => site.close());

/** A job that goes on until it is stopped, or told to end. */
function startJob(title: string): { id: string; end: () => void } {
  const end = Promise.withResolvers<void>();
  const id = site.web.jobs.start(address, title, async (job) => {
    job.step(1200, 5000);
    await Promise.race([end.promise, once(job.signal, 'abort')]);
    return { words: job.signal.aborted ? '1,200 moved.' : 'All moved.', href: '/f/Archive' };
  });
  assert.ok(id);
  return { id, end: end.resolve };
}

test('a job has a page that says how far it is and loads itself again until the end', async () => {
  const { id, end } = startJob('Moving <b>mail</b>');
  const page = await alice.get(`/jobs/${id}`);
  assert.equal(page.status, 200);
  assert.match(page.body, /Moving &lt;b&gt;mail&lt;\/b&gt;/);
  assert.match(page.body, /1,200 of 5,000/);
  assert.match(page.body, /<progress[^>]* max="5000" value="1200"/);
  assert.equal(page.headers.get('refresh'), '3');
  assert.match((await alice.get('/f/INBOX')).body, new RegExp(`data-job="${id}"[^>]* data-running="1"`));
  end();
  await new Promise((resolve) => setImmediate(resolve));
  const ended = await alice.get(`/jobs/${id}`);
  assert.match(ended.body, /All moved\./);
  assert.match(ended.body, /href="\/f\/Archive"/);
  assert.equal(ended.headers.get('refresh'), null);
  assert.match((await alice.get('/settings/activity')).body, /All moved\./);
});

test('the list tells of an end for a minute, then the page of jobs alone', async () => {
  const { id, end } = startJob('Short');
  end();
  await new Promise((resolve) => setImmediate(resolve));
  assert.match((await alice.get('/f/INBOX')).body, new RegExp(`data-job="${id}"`));
  const op = site.web.jobs.find(address, id)?.op;
  // The toast says it already.
  assert.doesNotMatch((await alice.get(`/f/INBOX?u=${op}`)).body, new RegExp(`data-job="${id}"`));
  site.advance(61_000);
  assert.doesNotMatch((await alice.get('/f/INBOX')).body, new RegExp(`data-job="${id}"`));
  assert.match((await alice.get('/jobs')).body, new RegExp(`data-job="${id}"`));
});

test('Stop ends a job with what it has done, once, and only by a form of this site', async () => {
  const { id } = startJob('Long');
  const csrf = await alice.token('/f/INBOX');
  assert.equal((await alice.post(`/jobs/${id}/cancel`, { csrf: 'no' })).status, 403);
  assert.equal(site.web.jobs.find(address, id)?.state, 'running');
  const answer = await alice.post(`/jobs/${id}/cancel`, { csrf, return: '/f/INBOX' });
  assert.deepEqual([answer.status, answer.location], [303, '/f/INBOX']);
  await new Promise((resolve) => setImmediate(resolve));
  assert.match((await alice.get(`/jobs/${id}`)).body, /1,200 moved\./);
  assert.equal((await alice.post(`/jobs/${id}/cancel`, { csrf })).status, 303);
});

test('another account’s job is not there', async () => {
  const { id, end } = startJob('Mine');
  assert.equal((await bob.get(`/jobs/${id}`)).status, 404);
  const csrf = await bob.token();
  assert.equal((await bob.post(`/jobs/${id}/cancel`, { csrf })).status, 404);
  assert.equal(site.web.jobs.find(address, id)?.state, 'running');
  assert.doesNotMatch((await bob.get('/jobs')).body, /Mine/);
  end();
});

test('a job that failed for a reason unknown says so in plain words', async () => {
  const id = site.web.jobs.start(address, 'Broken', async () => {
    throw new Error('EIO: /secret/path');
  });
  await new Promise((resolve) => setImmediate(resolve));
  const page = await alice.get(`/jobs/${id}`);
  assert.match(page.body, /This could not be finished/);
  assert.doesNotMatch(page.body, /secret/);
});
