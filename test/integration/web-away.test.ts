// Somebody goes away (webmail.md R5): the form, the bar, and what the running system answers to whom.
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { hiddenField, postForm } from '../support/admin.ts';
import { type Road, startRoad, waitFor, waitForMessage } from '../support/road.ts';
import type { Client } from '../support/site.ts';
import { RawSmtpClient } from '../support/smtp.ts';
import { type Sink, startSink } from '../support/smtp-sink.ts';

let road: Road;
let sink: Sink;
before(async () => {
  sink = await startSink();
  road = await startRoad({
    people: ['alice'],
    routes: [`sink.example:127.0.0.1:${sink.port}`],
  });
});
after(async () => {
  await road?.close();
  await sink?.close();
});

const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
const away = {
  delivery: 'mailbox',
  vacation: '1',
  'vacation-subject': 'Weg am See',
  'vacation-message': 'Zurück am Montag.',
  'vacation-times': '1',
  'vacation-from': '',
  'vacation-until': day(5),
  'vacation-days': '3',
  'vacation-contacts': '1',
};
let written = 0;
/** A letter to alice that is in her mailbox, with whatever answer it has. */
async function write(from: string, ...fields: string[]): Promise<void> {
  written += 1;
  const mark = `letter-${written}.`;
  const client = await RawSmtpClient.connect(road.smtpPort);
  await client.hello();
  const header = [`From: <${from}>`, 'To: <alice@example.com>', `Subject: ${mark}`, ...fields];
  const reply = await client.sendMessage(from, ['alice@example.com'], `${header.join('\r\n')}\r\n\r\nHello?`);
  client.close();
  assert.equal(reply.code, 250, reply.text);
  await waitForMessage(road.maildir('alice'), mark);
}
/** Adds a contact, by its form as a browser sends it. */
async function know(client: Client, address: string): Promise<void> {
  const csrf = hiddenField((await client.get('/contacts/new')).body, 'csrf');
  const fields = Object.entries({ csrf, name: address.slice(0, 3), email: address });
  const part = ([name, value]: readonly [string, string]) =>
    `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
  const { status } = await client.request('/contacts/new', {
    method: 'POST',
    headers: { origin: client.base, 'content-type': 'multipart/form-data; boundary=b' },
    body: Buffer.from(`${fields.map(part).join('')}--b--\r\n`),
  });
  assert.equal(status, 303);
}
const contactsFile = (text: string) =>
  waitFor(`${text} among the contacts`, async () => {
    const file = await readFile(filesOf('vacation', 'facteur-contacts'), 'utf8').catch(() => '');
    return file.includes(text) || undefined;
  });
const answered = () => sink.messages.map(({ rcpts }) => rcpts[0]).sort();
const filesOf = (...path: string[]) => join(road.maildir('alice'), '..', ...path);

test('who is away answers people, once; every page says so until it is turned off', {
  timeout: 40_000,
}, async () => {
  const alice = await road.signIn('alice');
  await know(alice, 'sue@sink.example');
  for (const [wrong, field] of [
    [{ 'vacation-days': '31' }, 'vacation-days'],
    [{ 'vacation-days': 'seven' }, 'vacation-days'],
    [{ 'vacation-until': '3 Dec' }, 'vacation-until'],
    [{ 'vacation-until': day(-3) }, 'vacation-until'],
    [{ 'vacation-from': day(6) }, 'vacation-until'],
    [{ 'vacation-subject': ' ' }, 'vacation-subject'],
  ] as const) {
    const refused = await postForm(alice, '/settings/delivery', { ...away, ...wrong });
    assert.equal(refused.status, 422, field);
    assert.match(refused.body, new RegExp(`aria-describedby="fault-${field}[ "]`));
    assert.match(refused.body, /Zurück am Montag\.<\/textarea>/);
  }
  assert.ok(!(await readdir(filesOf())).includes('vacation'));

  assert.equal((await postForm(alice, '/settings/delivery', away)).status, 303);
  assert.match(await readFile(filesOf('.qmail'), 'utf8'), /autorespond 259200 1 /);
  await contactsFile('sue@sink.example');
  await write('sue@sink.example');
  await sink.waitForMessages(1);
  const [{ content = Buffer.alloc(0), from = '?' } = {}] = sink.messages;
  assert.equal(from, '');
  assert.match(content.toString(), /^Auto-Submitted: auto-replied$/m);
  assert.match(content.toString(), /^Subject: Weg am See$/m);
  assert.match(content.toString(), /Zurück am Montag\./);
  await write('sue@sink.example');
  await write('tim@sink.example');
  await write('sue-owner@sink.example');
  // Who becomes a contact is answered a moment later.
  await know(alice, 'list@sink.example');
  await know(alice, 'tim@sink.example');
  await contactsFile('tim@sink.example');
  await write('list@sink.example', 'List-Id: <list.sink.example>');
  await write('tim@sink.example');
  await sink.waitForMessages(2);
  assert.deepEqual(answered(), ['sue@sink.example', 'tim@sink.example']);

  const list = await alice.get('/f/INBOX');
  assert.match(list.body, /Auto-reply is on until \d+ \w+/);
  const [, bar = ''] =
    /<form method="post" action="\/settings\/delivery\/off">(.*?)<\/form>/.exec(list.body) ?? [];
  assert.equal((await alice.post('/settings/delivery/off', { return: '/f/INBOX' })).status, 403);
  const off = { csrf: hiddenField(bar, 'csrf'), return: hiddenField(bar, 'return') };
  const done = await alice.post('/settings/delivery/off', off);
  assert.match(done.location ?? '', /^\/f\/INBOX\?u=/);
  const back = await alice.get(done.location ?? '');
  assert.match(back.body, /Auto-reply is off\./);
  assert.doesNotMatch(back.body, /Auto-reply is on/);
  assert.ok(!(await readdir(filesOf())).some((name) => name === 'vacation' || name === '.qmail'));
  // The second click of a slow hand.
  assert.equal((await alice.post('/settings/delivery/off', off)).status, 303);
  await write('ann@sink.example');
  const form = (await alice.get('/settings/delivery')).body;
  assert.match(form, /value="Weg am See"/);
  assert.match(form, /Zurück am Montag\.<\/textarea>/);
  assert.match(form, /name="vacation-until" type="date" value=""/);
  assert.equal(sink.messages.length, 2);
  assert.deepEqual(road.faults(), []);
});
