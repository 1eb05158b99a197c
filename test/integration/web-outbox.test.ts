// What happens after Send (spec/webmail.md 4.9, 4.10): a letter is held until nobody can undo it any more, or until its
// time; it leaves once, over crashes and restarts, with its copy in Sent; what cannot leave stays with its reason.
import assert from 'node:assert/strict';
import { access, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { momentOf, presetsOf, readLater, readMoment } from '../../server/web/outbox/schedule.ts';
import { createWebApp } from '../../server/web/web.ts';
import {
  composeFields,
  firstMessage,
  type MailSite,
  openCompose,
  postCompose,
  startMailSite,
} from '../support/mail-pages.ts';
import { waitFor } from '../support/road.ts';
import type { Client } from '../support/site.ts';

const alice = 'alice@example.com';
const plain = { to: 'Carla <carla@example.org>', subject: 'Contract', body: 'Hello,\r\n\r\nsee you.\r\n' };
let site: MailSite;
let client: Client;
before(async () => {
  site = await startMailSite({ undoSeconds: 10 });
  client = await site.signIn(alice);
});
after(() => site.close());
beforeEach(() => {
  site.answer = { code: 'K', text: 'ok 1 qp 4711' };
  site.injected.length = 0;
});

const filesOf = async (folder: string): Promise<string[]> => {
  const { maildir } = await site.account(alice);
  const found: string[] = [];
  for (const part of ['new', 'cur'])
    for (const name of await readdir(join(maildir, `.${folder}`, part)).catch(() => []))
      found.push(join(maildir, `.${folder}`, part, name));
  return found;
};
const held = () => site.web.outbox.count(alice);
const send = async (fields: Record<string, string> = {}, files: Parameters<typeof postCompose>[2] = []) => {
  const form: Record<string, string> = { ...(await openCompose(client)), ...plain, ...fields };
  const answer = await postCompose(client, { ...form, send: '1' }, files);
  return { form, answer, draft: form.draft as string };
};
const post = async (fields: Record<string, string>) =>
  client.post('/outbox', { csrf: await client.token(), return: '/v/outbox', ...fields });
/** Lets the clock pass the time of everything that is held, and waits until it has left. */
const letPass = async (milliseconds: number): Promise<void> => {
  site.advance(milliseconds);
  // any change makes the clock look at what is due
  site.web.due.cancel(alice, site.web.due.add(alice, 'send', Date.now() * 2, { draft: 'none' }));
  await waitFor('letters have left', () => (held().letters === 0 ? true : undefined));
};

describe('undo send', () => {
  test('the toast counts down and offers Undo; the letter leaves three seconds after it stops, once', async () => {
    const { answer, form } = await send({}, [{ name: 'notes.txt', bytes: 'numbers' }]);
    assert.equal(answer.status, 303);
    const page = await client.get(answer.location);
    assert.match(page.body, /Sending in (?:10|9) s\./);
    assert.match(page.body, /action="\/outbox"[\s\S]*?name="do" value="edit"[\s\S]*?Undo/);
    assert.equal(site.injected.length, 0);
    assert.deepEqual(await filesOf('Sent'), []);
    const again = await postCompose(client, { ...form, send: '1' });
    assert.equal(again.location, answer.location, 'a second click shows the same toast');
    assert.equal(held().letters, 1);

    site.advance(10_500);
    site.web.due.cancel(alice, site.web.due.add(alice, 'send', Date.now() * 2, {}));
    const late = await client.get(answer.location);
    assert.match(late.body, /Sending\./);
    assert.doesNotMatch(late.body, /name="do" value="edit"/);
    await pause(50);
    assert.equal(site.injected.length, 0, 'the server holds it longer than the page shows');
    await letPass(3000);
    assert.equal(site.injected.length, 1);
    const [copy] = await filesOf('Sent');
    assert.equal(await readFile(copy!, 'latin1'), site.injected[0]!.message);
    assert.match(site.injected[0]!.message, /bnVtYmVycw==/);
    const told = await client.get(answer.location);
    assert.match(told.body, /Sent\.[\s\S]*href="\/m\/[\w-]{12}"[\s\S]*View/);
    assert.deepEqual(await filesOf('Drafts'), []);
  });

  test('Undo leads back to the letter with everything, and nothing leaves', async () => {
    const { draft, answer } = await send({ cc: 'dan@example.net' }, [{ name: 'a.txt', bytes: 'one' }]);
    const undone = await post({ letter: draft, do: 'edit', return: '/f/INBOX' });
    assert.equal(undone.location, `/compose?draft=${draft}`);
    const page = await client.get(undone.location);
    const fields = composeFields(page.body);
    assert.equal(fields.to, plain.to);
    assert.equal(fields.cc, 'dan@example.net');
    assert.equal(fields.body, 'Hello,\n\nsee you.\n');
    assert.match(page.body, /a\.txt/);
    assert.equal((await filesOf('Drafts')).length, 1, 'closing the page loses nothing');
    site.advance(60_000);
    site.web.due.cancel(alice, site.web.due.add(alice, 'send', Date.now() * 2, {}));
    await pause(50);
    assert.equal(site.injected.length, 0);
    assert.match((await client.get(answer.location)).body, /Not sent\. It is a draft again\./);
    await postCompose(client, { ...fields, send: '1' });
    await letPass(14_000);
    assert.equal(site.injected.length, 1);
    assert.deepEqual(await filesOf('Drafts'), []);
  });

  test('a message that is sent on as it is waits as well, is taken back to its form, and leaves once', async () => {
    await site.deliver(alice, { subject: 'As it is', flags: 'S' });
    const id = await firstMessage(client);
    const form = composeFields(
      (await client.get(`/compose/resend?id=${id}`)).body.replace(
        'action="/compose/resend"',
        'action="/compose"',
      ),
    );
    const ask = async (to: string) =>
      client.post('/compose/resend', { ...form, csrf: await client.token(), to, return: '/f/INBOX' });
    const answer = await ask('Dan <dan@example.net>');
    assert.match((await client.get(answer.location)).body, /Sending in 10 s\.[\s\S]*Undo/);
    assert.equal(
      (await ask('eve@example.net')).location,
      answer.location,
      'the same form again changes nothing',
    );
    assert.match((await client.get('/v/outbox')).body, /Dan[\s\S]*As it is/);
    const undone = await post({ letter: form.draft!, do: 'edit', return: '/f/INBOX' });
    const back = await client.get((await client.get(undone.location)).location);
    assert.match(back.body, /As it is[\s\S]*value="Dan &lt;dan@example\.net&gt;"/);
    assert.deepEqual(await filesOf('Drafts'), []);
    const typed = await postCompose(client, {
      ...(await openCompose(client)),
      draft: form.draft!,
      send: '1',
    });
    assert.equal(typed.location, `/compose/resend?draft=${form.draft}`, 'it is never a letter of one’s own');
    // It holds the message: the original may go meanwhile.
    const mailbox = await site.mailboxes.open(await site.account(alice));
    assert.equal((await mailbox.find(id))?.row.forwarded, false);
    const copies = (await filesOf('Sent')).length;
    await ask('Dan <dan@example.net>');
    await letPass(14_000);
    assert.equal(site.injected.length, 1);
    const { message, recipients, sender } = site.injected[0]!;
    assert.deepEqual([sender, recipients], [alice, ['dan@example.net']]);
    assert.match(message, /^Resent-From: alice@example\.com\nResent-To: Dan <dan@example\.net>\n/);
    assert.equal((await filesOf('Sent')).length, copies + 1);
    assert.equal((await mailbox.find(id))?.row.forwarded, true);
    const later = await ask('Dan <dan@example.net>');
    assert.match((await client.get(later.location)).body, /already/);
    assert.equal(site.injected.length, 1);
  });

  test('too late: the letter has left, and the answer says so', async () => {
    const { draft } = await send();
    await letPass(14_000);
    const answer = await post({ letter: draft, do: 'edit', return: '/f/INBOX' });
    assert.match((await client.get(answer.location)).body, /This message has left already\./);
    assert.equal(site.injected.length, 1);
  });

  test('a reply marks its original when it leaves, not before', async () => {
    const name = await site.deliver(alice, { subject: 'Question', flags: 'S' });
    const { maildir } = await site.account(alice);
    const flags = async () => (await readdir(join(maildir, 'cur'))).find((file) => file.startsWith(name));
    const id = await firstMessage(client);
    const form = await openCompose(client, `?reply=${id}`);
    await postCompose(client, { ...form, send: '1' });
    assert.match((await flags())!, /:2,S$/);
    await letPass(14_000);
    assert.match((await flags())!, /:2,RS$/);
  });

  test('letters of others are not there', async () => {
    const { draft } = await send();
    const bob = await site.signIn('bob@example.com');
    const csrf = await bob.token();
    for (const action of ['edit', 'cancel', 'now']) {
      const answer = await bob.post('/outbox', { csrf, letter: draft, do: action, return: '/v/outbox' });
      assert.match((await bob.get(answer.location)).body, /This message has left already\./);
    }
    assert.doesNotMatch((await bob.get('/v/outbox')).body, /Contract/);
    assert.equal(held().letters, 1);
    assert.equal(site.injected.length, 0);
    await letPass(14_000);
  });
});

describe('asked before it leaves', () => {
  test('six open recipients: moved to Bcc by one click, everything kept; or never asked again', async () => {
    const six = Array.from({ length: 6 }, (_, n) => `r${n}@d${n}.example`).join(', ');
    const asked = await send({ to: six });
    assert.equal(asked.answer.status, 422);
    assert.match(asked.answer.body, /All 6 recipients will see each other’s addresses\./);
    const hidden = await postCompose(client, { ...composeFields(asked.answer.body), hide: '1' });
    assert.equal(hidden.status, 303);
    const fields = composeFields((await client.get(hidden.location)).body);
    assert.equal(fields.to, '');
    assert.equal(fields.bcc, six);
    assert.equal(fields.body, 'Hello,\n\nsee you.\n');

    const stopped = await postCompose(client, {
      ...composeFields(asked.answer.body),
      draft: fields.draft!,
      rev: fields.rev!,
      to: six,
      bcc: '',
      'never-open': '1',
      send: '1',
    });
    assert.equal(stopped.status, 303);
    assert.deepEqual(site.web.choiceStore.read(alice).neverAsk, ['open']);
    assert.equal((await send({ to: six })).answer.status, 303);
    site.web.choiceStore.change(alice, { neverAsk: [] });
    await letPass(14_000);
  });

  test('the site says how many recipients a message may have', async () => {
    await writeFile(join(site.home.qmail, 'control', 'webrecipients'), '2\n');
    const { answer } = await send({ to: 'a@a.example, b@b.example', cc: 'A@a.example, c@c.example' });
    assert.equal(answer.status, 422);
    assert.match(answer.body, /can go to 2 recipients; this one has 3\./);
    await rm(join(site.home.qmail, 'control', 'webrecipients'));
  });
});

describe('options of a letter', () => {
  test('priority, read receipt, reports and no copy: kept with the draft, in the message and its envelope', async () => {
    const form: Record<string, string> = { ...(await openCompose(client)), ...plain };
    const options = {
      'option-priority': 'high',
      'option-receipt': '1',
      'option-reports': '1',
      'option-copy': '-',
    };
    const saved = await postCompose(client, { ...form, ...options, save: '1' });
    const page = (await client.get(saved.location)).body;
    assert.match(page, /<option value="high" selected>/);
    assert.match(page, /name="option-receipt" value="1" checked/);
    assert.match(page, /<option value="-" selected>/);
    // The working copy is gone, as it is on another machine: the message in Drafts knows it all.
    await rm(join(site.home.state, 'drafts', encodeURIComponent(alice), form.draft!), { recursive: true });
    const again = (await client.get(`/compose?edit=${await firstMessage(client, 'Drafts')}&in=Drafts`)).body;
    assert.match(again, /name="option-receipt" value="1" checked/);
    assert.match(again, /name="option-reports" value="1" checked/);
    assert.match(again, /<option value="-" selected>/);
    const copies = (await filesOf('Sent')).length;
    await postCompose(client, { ...composeFields(again), ...options, send: '1' });
    await letPass(14_000);
    const { message, notify } = site.injected[0]!;
    assert.doesNotMatch(message, /^X-Draft-Info:/m);
    assert.match(message, /^X-Priority: 1 \(Highest\)$/m);
    assert.match(message, /^Importance: high$/m);
    assert.match(message, /^Disposition-Notification-To: <alice@example\.com>$/m);
    assert.deepEqual(notify, ['SUCCESS,FAILURE,DELAY']);
    assert.equal((await filesOf('Sent')).length, copies);
  });

  test('the copy goes into the folder that was chosen; a folder that is not there is no loss', async () => {
    const mailbox = await site.mailboxes.open(await site.account(alice));
    await mailbox.ensureFolder('Projects');
    const copies = (await filesOf('Sent')).length;
    await send({ 'option-priority': 'low', 'option-copy': '=Projects' });
    await send({ 'option-priority': 'normal', 'option-copy': '=Nowhere' });
    await letPass(14_000);
    assert.equal((await filesOf('Projects')).length, 1);
    assert.equal((await filesOf('Sent')).length, copies + 1);
    assert.match(site.injected.map(({ message }) => message).join(''), /^X-Priority: 5 \(Lowest\)$/m);
    assert.equal(site.injected.filter(({ message }) => /^X-Priority:/m.test(message)).length, 1);
    const again = await client.get(`/compose?edit=${await firstMessage(client, 'Projects')}&in=Projects`);
    assert.match(again.body, /<option value="low" selected>/, 'opened again it keeps its options');
  });
});

describe('send later', () => {
  test('a letter for a date and time waits in the Outbox, can be put off, taken back and sent now', async () => {
    const at = new Date(Date.now() + 3 * 24 * 3600_000);
    const date = at.toISOString().slice(0, 10);
    client.cookies.set('tz', 'UTC');
    const form: Record<string, string> = { ...(await openCompose(client)), ...plain };
    const answer = await postCompose(client, {
      ...form,
      later: 'at',
      'later-date': date,
      'later-time': '09:30',
    });
    assert.equal(answer.status, 303);
    assert.match((await client.get(answer.location)).body, /Will be sent on .* at 09:30\.[\s\S]*Undo/);
    const page = await client.get('/v/outbox');
    assert.match(page.body, /To: Carla[\s\S]*Contract[\s\S]*Leaves on .* at 09:30/);
    assert.match(page.body, new RegExp(`name="date" value="${date}"`));
    assert.match((await client.get('/f/INBOX')).body, /href="\/v\/outbox"[\s\S]*?Outbox/);
    assert.deepEqual(
      [...page.body.matchAll(/href="\/(?:f|v)\/(Drafts|outbox|Sent)"/g)].map(([, name]) => name).slice(0, 3),
      ['Drafts', 'outbox', 'Sent'],
    );

    const past = await post({ letter: form.draft!, do: 'time', date: '2020-01-01', time: '08:00' });
    assert.equal(past.status, 422);
    assert.match(past.body, /This time has passed/);
    assert.match(past.body, /value="2020-01-01"/);
    const moved = await post({ letter: form.draft!, do: 'time', date, time: '17:45' });
    assert.equal(moved.status, 303);
    assert.match((await client.get('/v/outbox')).body, /Leaves on .* at 17:45/);
    assert.equal(site.injected.length, 0);
    const cancelled = await post({ letter: form.draft!, do: 'cancel' });
    assert.match((await client.get(cancelled.location)).body, /Not sent\. It is in Drafts\./);
    assert.equal(held().letters, 0);

    const open = composeFields((await client.get(`/compose?draft=${form.draft}`)).body);
    await postCompose(client, { ...open, later: 'tomorrow' });
    assert.equal(held().letters, 1);
    const now = await post({ letter: form.draft!, do: 'now' });
    assert.match((await client.get(now.location)).body, /Sent\./);
    assert.equal(site.injected.length, 1);
    assert.equal(held().letters, 0);
    client.cookies.delete('tz');
  });

  test('the past, a day that is none, and more than a year are refused with words, everything typed kept', async () => {
    for (const [date, time, words] of [
      ['2020-01-01', '08:00', /This time has passed/],
      ['2026-02-31', '08:00', /Choose a date and a time/],
      ['', '', /Choose a date and a time/],
      ['2199-01-01', '08:00', /for a year at most/],
    ] as const) {
      const form: Record<string, string> = { ...(await openCompose(client)), ...plain };
      const answer = await postCompose(client, {
        ...form,
        later: 'at',
        'later-date': date,
        'later-time': time,
      });
      assert.equal(answer.status, 422);
      assert.match(answer.body, words);
      assert.equal(composeFields(answer.body).subject, 'Contract');
      if (date !== '') assert.equal(composeFields(answer.body)['later-date'], date);
    }
    assert.equal(held().letters, 0);
  });

  test('a question about a letter for tomorrow is answered for tomorrow', async () => {
    const form: Record<string, string> = { ...(await openCompose(client)), ...plain, subject: '' };
    const asked = await postCompose(client, { ...form, later: 'tomorrow' });
    assert.equal(asked.status, 422);
    assert.match(asked.body, /name="later" value="tomorrow" autofocus>Send anyway/);
    await postCompose(client, { ...composeFields(asked.body), later: 'tomorrow' });
    assert.equal(site.injected.length, 0);
    await post({ letter: form.draft!, do: 'cancel' });
  });

  test('times are those of the person’s zone, also where clocks change', () => {
    const berlin = 'Europe/Berlin';
    const friday = Date.UTC(2026, 2, 27, 12);
    assert.deepEqual(
      presetsOf(friday, berlin).map(({ name, at }) => [name, new Date(at).toISOString()]),
      [
        ['tomorrow', '2026-03-28T07:00:00.000Z'],
        ['monday', '2026-03-30T06:00:00.000Z'],
      ],
    );
    assert.deepEqual(
      presetsOf(Date.UTC(2026, 2, 29, 12), berlin).map(({ name }) => name),
      ['tomorrow'],
    );
    // 02:30 is skipped that night
    assert.equal(
      new Date(readMoment('2026-03-29', '02:30', berlin)!).toISOString(),
      '2026-03-29T01:30:00.000Z',
    );
    const wall = { year: 2026, month: 11, day: 22, hour: 8, minute: 0 };
    assert.equal(new Date(momentOf(wall, 'Asia/Kathmandu')).toISOString(), '2026-11-22T02:15:00.000Z');
    assert.equal(readMoment('2026-13-01', '08:00', berlin), undefined);
    assert.equal(readMoment('2026-11-01', '25:00', berlin), undefined);
    assert.equal(
      readLater(() => '', 0, berlin),
      undefined,
    );
  });
});

describe('what cannot leave stays', () => {
  test('refused for good: it stays with the reason, a bar appears, and it can be mended', async () => {
    const { answer, draft } = await send();
    site.answer = { code: 'D', text: 'this message is <too> large' };
    site.advance(14_000);
    site.web.due.cancel(alice, site.web.due.add(alice, 'send', Date.now() * 2, {}));
    await waitFor('the refusal', () => (held().stuck === 1 ? true : undefined));
    assert.match(
      (await client.get('/f/INBOX')).body,
      /A message could not be sent\.[\s\S]*href="\/v\/outbox"/,
    );
    const page = await client.get('/v/outbox');
    assert.match(page.body, /The mail system refused it: this message is &lt;too&gt; large/);
    assert.match((await client.get(answer.location)).body, /could not be sent\. It waits in the Outbox\./);
    site.advance(6 * 3600_000);
    site.web.due.cancel(alice, site.web.due.add(alice, 'send', Date.now() * 2, {}));
    await pause(50);
    assert.equal(site.injected.length, 1, 'it is not tried again by itself');
    site.answer = { code: 'K', text: 'ok 1 qp 4711' };
    const edit = await post({ letter: draft, do: 'edit' });
    const fields = composeFields((await client.get(edit.location)).body);
    await postCompose(client, { ...fields, subject: 'Smaller', send: '1' });
    await letPass(14_000);
    assert.match(site.injected[1]!.message, /^Subject: Smaller$/m);
    assert.doesNotMatch((await client.get('/f/INBOX')).body, /could not be sent/);
  });

  test('not taken for now: it is tried again by itself, with the same Message-ID', async () => {
    await send();
    site.answer = { code: 'Z', text: 'disk is full' };
    site.advance(14_000);
    site.web.due.cancel(alice, site.web.due.add(alice, 'send', Date.now() * 2, {}));
    await waitFor('the refusal', () => (held().stuck === 1 ? true : undefined));
    const page = await client.get('/v/outbox');
    assert.match(page.body, /cannot take it right now: disk is full[\s\S]*tried again at \d\d:\d\d/);
    site.answer = { code: 'K', text: 'ok 1 qp 4711' };
    await letPass(3600_000);
    const ids = site.injected.map(({ message }) => /^Message-ID: (.*)$/im.exec(message)?.[1]);
    assert.equal(ids.length, 2);
    assert.equal(ids[0], ids[1]);
  });

  test('a full mailbox, and an account that was shut meanwhile, hold the letter back', async () => {
    const { draft } = await send();
    const { maildir } = await site.account(alice);
    await writeFile(join(maildir, 'maildirsize'), '1S\n2 1\n');
    site.advance(14_000);
    site.web.due.cancel(alice, site.web.due.add(alice, 'send', Date.now() * 2, {}));
    await waitFor('the letter is stuck', () => (held().stuck === 1 ? true : undefined));
    assert.match((await client.get('/v/outbox')).body, /Your mailbox is full/);
    assert.equal(site.injected.length, 0);
    await writeFile(join(maildir, 'maildirsize'), '1000000000S\n2 1\n');
    await letPass(3600_000);
    assert.equal(site.injected.length, 1);
    const mailbox = await site.mailboxes.open(await site.account(alice));
    assert.ok((await mailbox.list({ folder: 'Sent', limit: 1 })).total > 0);
    await assert.rejects(access(join(site.home.state, 'outbox', encodeURIComponent(alice), draft)));

    const later = await send();
    const control = join(site.home.qmail, 'control', 'disableddomains');
    await writeFile(control, 'example.com\n');
    site.advance(14_000);
    site.web.due.cancel(alice, site.web.due.add(alice, 'send', Date.now() * 2, {}));
    await waitFor('the letter is stuck', () => (held().stuck === 1 ? true : undefined));
    assert.equal(site.injected.length, 1);
    await writeFile(control, '');
    const page = await client.get('/v/outbox');
    assert.match(page.body, /This account may not send mail now\./);
    await post({ letter: later.draft, do: 'cancel' });

    // The switch of the domain counts as one of the account.
    const switched = await send();
    const limits = join((await site.account(alice)).directory, '..', '.qmailadmin-limits');
    await writeFile(limits, 'disable_webmail\n');
    site.advance(14_000);
    site.web.due.cancel(alice, site.web.due.add(alice, 'send', Date.now() * 2, {}));
    await waitFor('the letter is stuck', () => (held().stuck === 1 ? true : undefined));
    assert.equal(site.injected.length, 1);
    await rm(limits);
    assert.match((await client.get('/v/outbox')).body, /This account may not send mail now\./);
    await post({ letter: switched.draft, do: 'cancel' });
    assert.equal(held().letters, 0);
  });
});

describe('a crash between', () => {
  /** Another web on the same home, as after a kill -9: nothing of the first was told to end. */
  const restart = async () => {
    const { web } = site;
    const app = await createWebApp({ ...web, now: () => web.clock() });
    return app;
  };
  const stateOf = async (draft: string) =>
    JSON.parse(
      await readFile(join(site.home.state, 'drafts', encodeURIComponent(alice), draft, 'draft.json'), 'utf8'),
    );

  test('a letter is found again by its mark alone, and leaves once', async () => {
    const { draft } = await send();
    // as if the state database had been lost with the power
    for (const item of site.web.due.list(alice, 'send')) site.web.due.cancel(alice, item.id);
    const second = await restart();
    try {
      assert.equal(second.web.outbox.count(alice).letters, 1);
      site.advance(14_000);
      second.web.due.cancel(alice, second.web.due.add(alice, 'send', Date.now() * 2, {}));
      await waitFor('it has left', () => (second.web.outbox.count(alice).letters === 0 ? true : undefined));
      assert.equal(site.injected.length, 1);
      assert.equal((await stateOf(draft)).state, 'sent');
    } finally {
      await second.close();
    }
  });

  test('cut off while the queue was asked: handed over again byte for byte, one copy in Sent', async () => {
    const { draft } = await send({ subject: 'Twice at most' });
    const path = join(site.home.state, 'drafts', encodeURIComponent(alice), draft, 'draft.json');
    const cut = await stateOf(draft);
    const date = site.web.clock() - 5000;
    await writeFile(path, JSON.stringify({ ...cut, state: 'sending', held: { ...cut.held, date } }));
    for (const item of site.web.due.list(alice, 'send')) site.web.due.cancel(alice, item.id);
    site.advance(14_000);
    const second = await restart();
    try {
      await waitFor('it has left', () => (second.web.outbox.count(alice).letters === 0 ? true : undefined));
    } finally {
      await second.close();
    }
    assert.equal(site.injected.length, 1);
    const seconds = Math.floor(date / 1000) * 1000;
    assert.equal(Date.parse(/^Date: (.*)$/m.exec(site.injected[0]!.message)![1]!), seconds);
    assert.match(site.injected[0]!.message, new RegExp(cut.messageId.replace(/[.]/g, '\\.')));
  });

  test('cut off after the queue took it: never handed over again, and its copy is stored once', async () => {
    const sentBefore = (await filesOf('Sent')).length;
    for (const hasCopy of [false, true]) {
      const { draft } = await send({ subject: `After ${hasCopy}` });
      const path = join(site.home.state, 'drafts', encodeURIComponent(alice), draft, 'draft.json');
      const cut = await stateOf(draft);
      for (const item of site.web.due.list(alice, 'send')) site.web.due.cancel(alice, item.id);
      if (hasCopy) {
        await site.deliver(alice, {
          folder: 'Sent',
          flags: 'S',
          raw: `From: a@example.com\nMessage-ID: ${cut.messageId}\nSubject: After true\n\nx\n`,
        });
      }
      await writeFile(
        path,
        JSON.stringify({ ...cut, state: 'sent', held: { ...cut.held, date: Date.now() } }),
      );
      site.advance(14_000);
      const second = await restart();
      try {
        await waitFor('it is done', () => (second.web.outbox.count(alice).letters === 0 ? true : undefined));
      } finally {
        await second.close();
      }
    }
    assert.equal(site.injected.length, 0);
    assert.equal((await filesOf('Sent')).length, sentBefore + 2);
  });

  test('cut off before the draft said so: it is still an open draft', async () => {
    const form: Record<string, string> = { ...(await openCompose(client)), ...plain };
    await postCompose(client, { ...form, save: '1' });
    const directory = join(site.home.state, 'outbox', encodeURIComponent(alice));
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, form.draft!), '');
    const second = await restart();
    await second.close();
    await assert.rejects(access(join(directory, form.draft!)));
    assert.equal((await stateOf(form.draft!)).state, 'open');
    assert.equal(site.injected.length, 0);
  });
});
