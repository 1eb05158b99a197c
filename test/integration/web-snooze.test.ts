// Snoozing through the pages: where letters lie, when they come back and how, undo, and what others do meanwhile.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageIdOf } from '../../server/mailbox/names.ts';
import type { Mailbox } from '../../server/mailbox/types.ts';
import { readSnooze, snoozePresets } from '../../server/web/snooze/times.ts';
import { type MailSite, startMailSite } from '../support/mail-pages.ts';
import type { Client } from '../support/site.ts';

const alice = 'alice@example.com';
const day = 86_400_000;
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

let count = 0;
async function deliver(folder = 'INBOX'): Promise<string> {
  const subject = `Sleeper ${++count}`;
  const id = messageIdOf(
    await site.deliver(alice, { subject, folder, flags: 'FS', received: new Date(Date.now() - 40 * day) }),
  );
  await mailbox.find(id, folder);
  return id;
}
const act = (fields: Record<string, string | string[]>) =>
  client.post('/act', { csrf, return: '/f/INBOX', folder: 'INBOX', ...fields });
const opOf = (location: string) => new URL(location, site.base).searchParams.get('u') ?? '';
const folderOf = async (id: string) => (await mailbox.find(id))?.row.folder;

/** Moves the clock, and has what is due then happen. */
async function pass(milliseconds: number): Promise<void> {
  site.advance(milliseconds);
  site.web.due.add(alice, 'nothing', 0, undefined);
  while (site.web.due.list(alice, 'snooze').some(({ at }) => at <= site.web.clock())) await sleep(10);
  // Sessions do not last for days.
  client.cookies.set('sid', site.web.sessions.begin(alice, false, 'test'));
  csrf = await client.token();
}

describe('a snoozed letter', () => {
  let id: string;
  beforeEach(async () => {
    id = await deliver();
  });

  test('lies in Snoozed with the time it comes back, then is unread and first, marked until it is opened', async () => {
    const answer = await act({ action: 'snooze:tomorrow', id });
    assert.equal(await folderOf(id), 'Snoozed');
    assert.match((await client.get(answer.location)).body, /Snoozed until .*08:00\./);
    const list = await client.get('/v/snoozed');
    assert.match(list.body, /Back \w{3},? \d+ \w{3}.*08:00/);
    assert.match(list.body, /href="\/v\/snoozed"/);
    await deliver();
    await pass(2 * day);
    const { rows } = await mailbox.list({ folder: 'INBOX', limit: 1 });
    assert.deepEqual(
      rows.map((row) => [row.id, row.seen, row.flagged]),
      [[id, false, true]],
    );
    assert.match((await client.get('/f/INBOX')).body, /class="snoozed"[\s\S]*?Snoozed<\/span>/);
    await client.get(`/m/${id}`);
    await client.post('/act', { csrf, action: 'unread', id });
    assert.doesNotMatch((await client.get('/f/INBOX')).body, /class="snoozed"/);
  });

  test('goes back to the folder it came from; to Inbox when that is gone', async () => {
    const other = await deliver('Project');
    await act({ action: 'snooze:tomorrow', id: other, folder: 'Project' });
    await pass(2 * day);
    assert.equal(await folderOf(other), 'Project');
    await act({ action: 'snooze:tomorrow', id: other, folder: 'Project' });
    await mailbox.uids.removeFolder('Project');
    await pass(2 * day);
    assert.equal(await folderOf(other), 'INBOX');
  });

  test('is put back by Undo with flags and time, and does not wake then', async () => {
    const before = (await mailbox.find(id))!.row;
    const answer = await act({ action: 'snooze:monday', id });
    await client.post('/undo', { csrf, op: opOf(answer.location), return: '/f/INBOX' });
    await pass(8 * day);
    const now = (await mailbox.find(id))!.row;
    assert.deepEqual([now.folder, now.flags, now.received], ['INBOX', before.flags, before.received]);
  });

  test('that was moved away by another program is left alone', async () => {
    await act({ action: 'snooze:tomorrow', id });
    const [uid] = await mailbox.uids.search('Snoozed', { key: 'all' });
    await mailbox.uids.createFolder('Elsewhere').catch(() => {});
    await mailbox.uids.move('Snoozed', [uid!], 'Elsewhere');
    await pass(2 * day);
    assert.equal(await folderOf(id), 'Elsewhere');
    assert.equal((await mailbox.find(id))?.row.seen, true);
  });

  test('is brought back by hand, and put to sleep again by Undo', async () => {
    await act({ action: 'snooze:tomorrow', id });
    const answer = await act({ action: 'unsnooze', id, folder: 'Snoozed', return: '/v/snoozed' });
    assert.equal(await folderOf(id), 'INBOX');
    await client.post('/undo', { csrf, op: opOf(answer.location), return: '/v/snoozed' });
    assert.equal(await folderOf(id), 'Snoozed');
    await pass(2 * day);
    assert.equal(await folderOf(id), 'INBOX');
  });

  test('snoozed again from Snoozed keeps where it came from', async () => {
    await act({ action: 'snooze:tomorrow', id });
    await act({ action: 'snooze:monday', id, folder: 'Snoozed' });
    await pass(9 * day);
    assert.equal(await folderOf(id), 'INBOX');
  });

  test('waking twice, as after a crash, does nothing the second time', async () => {
    await act({ action: 'snooze:tomorrow', id });
    const { at } = site.web.snoozes.find(alice, id)!;
    site.web.due.add(alice, 'snooze', at, null);
    await pass(2 * day);
    assert.equal(await folderOf(id), 'INBOX');
    site.web.snoozes.put(alice, [{ id, origin: 'INBOX', at }]);
    const before = (await mailbox.find(id))!.row;
    site.web.due.add(alice, 'snooze', at, null);
    await pass(0);
    assert.deepEqual((await mailbox.find(id))!.row, before);
  });

  test('a date and time that cannot be comes back with what was typed', async () => {
    for (const [date, time, words] of [
      ['', '', /Give a date and a time/],
      ['2020-02-02', '10:00', /has passed/],
      ['2199-02-02', '10:00', /within a year/],
    ] as const) {
      const answer = await act({ action: 'snooze:at', id, date, time });
      assert.equal(answer.status, 422);
      assert.match(answer.body, words);
      assert.match(answer.body, new RegExp(`name="date" value="${date}"`));
      assert.match(answer.body, new RegExp(`name="id" value="${id}"`));
    }
    assert.equal(await folderOf(id), 'INBOX');
    const soon = new Date(site.web.clock() + 5 * 60_000).toISOString();
    client.cookies.set('zone', 'UTC');
    await act({ action: 'snooze:at', id, date: soon.slice(0, 10), time: soon.slice(11, 16) });
    assert.equal(await folderOf(id), 'Snoozed');
    await pass(6 * 60_000);
    assert.equal(await folderOf(id), 'INBOX');
  });
});

test('the times offered go by the clock of the zone', () => {
  // Friday 27 November 2026, 14:20 in Auckland (+13).
  const now = Date.UTC(2026, 10, 27, 1, 20);
  const iso = (at: number) => new Date(at).toISOString();
  assert.deepEqual(
    snoozePresets(now, 'Pacific/Auckland').map(({ name, at }) => [name, iso(at)]),
    [
      ['today', '2026-11-27T05:00:00.000Z'],
      ['tomorrow', '2026-11-27T19:00:00.000Z'],
      ['monday', '2026-11-29T19:00:00.000Z'],
    ],
  );
  // Late in the evening there is no later today; a page from before still asks for it.
  const late = Date.UTC(2026, 10, 27, 9, 0);
  assert.deepEqual(
    snoozePresets(late, 'Pacific/Auckland').map(({ name }) => name),
    ['tomorrow', 'monday'],
  );
  assert.deepEqual(readSnooze({ when: 'today', date: '', time: '' }, late, 'Pacific/Auckland'), {
    at: late + 3 * 3600_000,
  });
});
