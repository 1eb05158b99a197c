// Invitations over HTTP (webmail.md 3.12): the card, the answers, and that nothing of them is markup or a second letter.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { readCalendar } from '../../server/message/calendar.ts';
import { firstMessage, type MailSite, startMailSite } from '../support/mail-pages.ts';
import type { Client } from '../support/site.ts';

const alice = 'alice@example.com';
let site: MailSite;
let client: Client;
let csrf: string;
before(async () => {
  site = await startMailSite();
  client = await site.signIn(alice);
  csrf = await client.token();
});
after(() => site.close());

let count = 0;
/** Delivers an invitation into a folder of its own. */
async function deliver(method: string, lines: readonly string[] = []) {
  const folder = `Invite${++count}`;
  const calendar = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    `METHOD:${method}`,
    'BEGIN:VEVENT',
    `UID:u${count}@nordlys.example`,
    'SEQUENCE:2',
    'SUMMARY:Spring <img src=x onerror=alert(1)>',
    'DTSTART;TZID=Europe/Oslo:20261201T090000',
    'DTEND;TZID=Europe/Oslo:20261201T103000',
    'LOCATION:Room "3" </dd><script>',
    'DESCRIPTION:Bring <b>papers</b>',
    'ORGANIZER;CN=Zoë:mailto:zoe@nordlys.example',
    'ATTENDEE;CN=Alice;PARTSTAT=NEEDS-ACTION:mailto:alice@example.com',
    ...lines,
    'END:VEVENT',
    'END:VCALENDAR',
  ].join('\r\n');
  await site.deliver(alice, {
    folder,
    raw: [
      'From: Zoë <zoe@nordlys.example>',
      'To: alice@example.com',
      'Subject: Spring',
      `Message-ID: <invite${count}@nordlys.example>`,
      'MIME-Version: 1.0',
      'Content-Type: multipart/alternative; boundary=b',
      '',
      '--b',
      'Content-Type: text/plain',
      '',
      'You are invited.',
      '--b',
      `Content-Type: text/calendar; charset=utf-8; method=${method}`,
      'Content-Transfer-Encoding: base64',
      '',
      Buffer.from(calendar).toString('base64'),
      '--b--',
      '',
    ].join('\n'),
  });
  const id = await firstMessage(client, folder);
  return { id, folder, path: `/m/${id}?in=${folder}` };
}
const answer = (id: string, folder: string, said: string) =>
  client.post(`/m/${id}/invite`, { csrf, in: folder, answer: said, return: `/m/${id}?in=${folder}` });

describe('an invitation', () => {
  test('is shown with its times in both zones, and every field is text', async () => {
    client.cookies.set('tz', 'America/New_York');
    const { path } = await deliver('REQUEST', ['RRULE:FREQ=WEEKLY;BYDAY=TU;COUNT=4']);
    const page = (await client.get(path)).body;
    client.cookies.delete('tz');
    assert.match(page, /1 December 2026[^<]*03:00\s?–\s?04:30[\s\S]{0,80}America\/New_York/);
    assert.match(page, /09:00\s?–\s?10:30 in Europe\/Oslo/);
    assert.match(page, /Every week on Tuesday[\s\S]{0,60}4 times/);
    for (const value of ['accepted', 'tentative', 'declined'])
      assert.ok(page.includes(`value="${value}"`), value);
    assert.doesNotMatch(page, /<img src=x|<b>papers|<\/dd><script>/);
    assert.match(page, /Spring &lt;img src=x/);
  });

  test('an answer is one letter to the organizer with a REPLY, is kept in Sent, and the card shows it', async () => {
    const { id, folder, path } = await deliver('REQUEST');
    site.injected.length = 0;
    const done = await answer(id, folder, 'accepted');
    assert.equal(done.status, 303);
    assert.match((await client.get(done.location)).body, /Accepted\. The organizer is told\./);
    const [sent] = site.injected;
    assert.equal(site.injected.length, 1);
    assert.deepEqual([sent?.sender, sent?.recipients], [alice, ['zoe@nordlys.example']]);
    const message = sent?.message ?? '';
    assert.match(message, /^Content-Type: text\/calendar; charset=utf-8;\s+method=REPLY/m);
    const found = await site.web.reader.calendar(Buffer.from(message, 'latin1'));
    assert.equal(found?.method, 'reply');
    assert.equal(found?.events[0]?.uid, `u${count}@nordlys.example`);
    assert.deepEqual(
      found?.events[0]?.attendees.map((one) => [one.address, one.status]),
      [[alice, 'accepted']],
    );
    assert.match((await client.get('/f/Sent')).body, /Accepted: Spring/);
    assert.match((await client.get(path)).body, /You accepted on/);
    assert.equal((await answer(id, folder, 'declined')).status, 303);
    assert.match((await client.get(path)).body, /You declined on/);
  });

  test('a refusal of the queue is told and nothing is remembered', async () => {
    const { id, folder, path } = await deliver('REQUEST');
    site.answer = { code: 'Z', text: 'no room' };
    const done = await answer(id, folder, 'accepted');
    site.answer = { code: 'K', text: 'ok 1 qp 4711' };
    assert.equal(done.status, 503);
    assert.match(done.body, /no room/);
    assert.doesNotMatch((await client.get(path)).body, /You accepted/);
  });

  test('what cannot be answered is not: other methods, other words, one’s own, no token, somebody else’s', async () => {
    site.injected.length = 0;
    const cancel = await deliver('CANCEL');
    assert.match((await client.get(cancel.path)).body, /This event was cancelled\./);
    assert.doesNotMatch((await client.get(cancel.path)).body, /value="accepted"/);
    assert.equal((await answer(cancel.id, cancel.folder, 'accepted')).status, 422);
    const good = await deliver('REQUEST');
    assert.equal((await answer(good.id, good.folder, 'x')).status, 422);
    assert.equal(
      (await client.post(`/m/${good.id}/invite`, { in: good.folder, answer: 'accepted' })).status,
      403,
    );
    const bob = await site.signIn('bob@example.com');
    const token = await bob.token();
    assert.equal(
      (await bob.post(`/m/${good.id}/invite`, { csrf: token, in: good.folder, answer: 'accepted' })).status,
      404,
    );
    assert.deepEqual(site.injected, []);
  });

  test('an answer of somebody and another proposal say who and what', async () => {
    const reply = await deliver('REPLY', []);
    assert.match((await client.get(reply.path)).body, /Alice\u2069? has not answered yet/);
    const counter = await deliver('COUNTER', ['COMMENT:Later <b>please</b>']);
    const page = (await client.get(counter.path)).body;
    assert.match(page, /proposes another time or place/);
    assert.match(page, /Later &lt;b&gt;please/);
  });

  test('its file can be taken along', async () => {
    const { path } = await deliver('REQUEST');
    const [, href = ''] = /class="invite-file" href="([^"]+)"/.exec((await client.get(path)).body) ?? [];
    const file = await client.get(href.replaceAll('&amp;', '&'));
    assert.equal(file.status, 200);
    assert.match(file.headers.get('content-disposition') ?? '', /^attachment/);
    assert.ok(readCalendar(Buffer.from(file.body)));
  });
});
