// Labels through the pages: set and taken off, seen over IMAP, their lists and searches, their names and colours.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageIdOf } from '../../server/mailbox/names.ts';
import type { Mailbox } from '../../server/mailbox/types.ts';
import { keywordFor } from '../../server/web/labels/store.ts';
import { type MailSite, startMailSite } from '../support/mail-pages.ts';
import type { Client } from '../support/site.ts';

const alice = 'alice@example.com';
let site: MailSite;
let client: Client;
let mailbox: Mailbox;
let csrf: string;
before(async () => {
  site = await startMailSite();
  client = await site.signIn(alice);
  mailbox = await site.mailboxes.open(await site.account(alice));
  csrf = await client.token();
});
after(() => site.close());

async function deliver(subject: string, folder = 'INBOX'): Promise<string> {
  const id = messageIdOf(await site.deliver(alice, { subject, folder, flags: 'S' }));
  await mailbox.find(id, folder);
  return id;
}
const act = (fields: Record<string, string | string[]>) =>
  client.post('/act', { csrf, return: '/f/INBOX', ...fields });
const keywords = async (id: string) => (await mailbox.find(id))?.row.keywords;
const opOf = (location: string) => new URL(location, site.base).searchParams.get('u') ?? '';

describe('labels on messages', () => {
  test('are IMAP keywords, shown on rows and on the message, and undone', async () => {
    const [one, two] = [await deliver('One'), await deliver('Two')];
    assert.doesNotMatch((await client.get('/f/INBOX')).body, /id="label-list"/);
    const answer = await act({ action: 'label', label: ['$label2', '$label4'], id: [one, two] });
    assert.deepEqual(await keywords(one), ['$label2', '$label4']);
    assert.equal((await mailbox.uids.search('INBOX', { key: 'keyword', name: '$label2' })).length, 2);
    const page = await client.get(answer.location);
    assert.match(page.body, /Labels of 2 messages changed\./);
    assert.match(page.body, /class="label label-orange">Work</);
    assert.match(page.body, /id="label-list"/);
    assert.match((await client.get(`/m/${one}`)).body, /label label-blue"[^>]*><bdi>To do</);
    await client.post('/undo', { csrf, op: opOf(answer.location), return: '/f/INBOX' });
    assert.deepEqual(await keywords(one), []);
  });

  test('what was offered with its state and is not ticked is taken off; other keywords stay', async () => {
    const id = await deliver('Three');
    await mailbox.setKeywords([id], ['$label1', 'NonJunk'], []);
    await act({ action: 'label', label: '$label3', offered: ['$label1', '$label3'], id });
    assert.deepEqual(await keywords(id), ['$label3', 'NonJunk']);
    await act({ action: 'unlabel', label: '$label3', id });
    assert.deepEqual(await keywords(id), ['NonJunk']);
    // A keyword that is no label of the person is not theirs to set here.
    assert.equal((await act({ action: 'label', label: 'NonJunk', id })).status, 422);
    assert.equal((await act({ action: 'label', id })).status, 422);
  });

  test('a search is labelled whole', async () => {
    for (let n = 0; n < 3; n++) await deliver(`Invoice ${n}`);
    const page = await client.get('/search?q=invoice&select=all');
    const field = (name: string) => new RegExp(`name="${name}" value="([^"]*)"`).exec(page.body)?.[1] ?? '';
    const scope = {
      scope: 'query',
      q: field('q'),
      upto: field('upto'),
      expect: field('expect'),
      filter: 'all',
    };
    await act({ ...scope, action: 'label', label: '$label1' });
    const list = await client.get('/label/Important');
    assert.equal([...list.body.matchAll(/class="subject"[^>]*>Invoice/g)].length, 3);
    assert.match((await client.get('/search?q=label%3Aimportant')).body, /Invoice 2/);
    assert.match((await client.get('/search?q=label%3A%22to+do%22')).body, /Nothing|none|No /);
    // The search by the name that people see, and by the keyword.
    await act({ ...scope, q: 'label:Important', action: 'label', label: '$label4' });
    assert.match((await client.get('/search?q=label%3A%22to+do%22')).body, /Invoice 2/);
    assert.match((await client.get('/search?q=label%3A%24label4')).body, /Invoice 2/);
  });
});

describe('the settings of labels', () => {
  test('a new one becomes a keyword as Thunderbird makes them, and keeps it when it is renamed', async () => {
    await client.post('/settings/labels', { csrf, name: 'Ärger & Co', color: 'teal' });
    const label = site.web.labels.list(alice).at(-1)!;
    assert.deepEqual(label, { keyword: '&AOQ-rger_&-_co', name: 'Ärger & Co', color: 'teal' });
    await client.post('/settings/labels/change', {
      csrf,
      keyword: label.keyword,
      name: 'Ruhe',
      color: 'green',
    });
    assert.deepEqual(site.web.labels.list(alice).at(-1), { ...label, name: 'Ruhe', color: 'green' });
    assert.equal((await client.get('/label/Ruhe')).status, 200);
    assert.equal((await client.get('/label/nobody')).status, 404);
    assert.equal(keywordFor('$label1', []), '_label1');
    assert.equal(keywordFor('Work', ['work']), 'work_2');
  });

  test('a name that is missing, too long or taken comes back with what was typed', async () => {
    for (const [name, words] of [
      ['', /Give the label a name/],
      ['x'.repeat(61), /at most 60 letters/],
      ['WORK', /exists/],
      ['<b>', /&lt;b&gt;/],
    ] as const) {
      const answer = await client.post('/settings/labels', { csrf, name, color: 'red' });
      if (name === '<b>') assert.match((await client.get('/settings/labels')).body, words);
      else {
        assert.equal(answer.status, 422);
        assert.match(answer.body, words);
        if (name !== '') assert.match(answer.body, new RegExp(`value="${name}"`));
      }
    }
  });

  test('removing one says on how many it is, takes it off when wished, and is undone', async () => {
    const id = await deliver('Labelled');
    await mailbox.setKeywords([id], ['$label5'], []);
    const question = await client.get('/settings/labels/remove?keyword=%24label5');
    assert.match(question.body, /1 message has this label/);
    const answer = await client.post('/settings/labels/remove', { csrf, keyword: '$label5', off: '1' });
    while (site.web.jobs.list(alice).some((job) => job.state === 'running')) await sleep(10);
    assert.deepEqual(await keywords(id), []);
    assert.ok(!site.web.labels.list(alice).some(({ keyword }) => keyword === '$label5'));
    const op = opOf(answer.location) || site.web.jobs.list(alice)[0]!.op!;
    await client.post('/undo', { csrf, op, return: '/settings/labels' });
    assert.deepEqual(await keywords(id), ['$label5']);
    assert.ok(site.web.labels.list(alice).some(({ keyword }) => keyword === '$label5'));
  });
});
