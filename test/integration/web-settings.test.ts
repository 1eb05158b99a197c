// The settings of a person (webmail.md T1, T7, X4, L3): each page by its address, one Save, what was wrong and what is
// locked; the choices as a file.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { drawnChoices, readChoices, wordsOfChoice } from '../../server/web/settings/choice-form.ts';
import { choiceTable } from '../../server/web/state/choices.ts';
import { en } from '../../server/web/words/en.ts';
import { type MailSite, startMailSite } from '../support/mail-pages.ts';
import type { Client } from '../support/site.ts';

const alice = 'alice@example.com';
let site: MailSite;
let client: Client;
before(async () => {
  site = await startMailSite({
    people: [alice, 'carla@locked.example'],
    lockedChoices: [
      { domain: 'locked.example', choice: 'pictures', value: 'never' },
      { domain: 'locked.example', choice: 'undoSeconds', value: '20' },
      { domain: '*', choice: 'collectContacts', value: 'false' },
      { domain: '*', choice: 'pictures', value: 'ask' },
      { domain: '*', choice: 'nonsense', value: '1' },
      { domain: '*', choice: 'density', value: 'huge' },
    ],
  });
  client = await site.signIn(alice);
});
after(() => site.close());

const choices = (address = alice) => site.web.choiceStore.read(address);

describe('the pages of settings', () => {
  test('each is reachable by its address, says where it is, and holds what is chosen', async () => {
    for (const page of ['general', 'reading', 'composing', 'shortcuts']) {
      const { status, body } = await client.get(`/settings/${page}`);
      assert.equal(status, 200);
      assert.match(body, new RegExp(`href="/settings/${page}" aria-current="page"`));
      assert.equal(body.match(/<button class="button" type="submit">/g)?.length, 1, 'one Save');
    }
    assert.equal((await client.get('/settings')).location, '/settings/general');
    assert.equal(
      (await site.client().get('/settings/reading')).location,
      '/login?next=%2Fsettings%2Freading',
    );
  });

  test('Save leads back with a note, and what was chosen holds on every device; other choices stay', async () => {
    const csrf = await client.token();
    const answer = await client.post('/settings/reading', {
      csrf,
      markRead: '5',
      body: 'text',
      pictures: 'never',
      strictFrame: '1',
    });
    assert.deepEqual([answer.status, answer.location], [303, '/settings/reading?saved=1']);
    assert.match((await client.get(answer.location)).body, /role="status">Saved\./);
    const { markRead, body, strictFrame, receipts, density } = choices();
    assert.deepEqual(
      { markRead, body, strictFrame, receipts, density },
      { markRead: 5, body: 'text', strictFrame: true, receipts: 'ask', density: 'comfortable' },
    );
    const other = await site.signIn(alice);
    assert.match((await other.get('/settings/reading')).body, /name="markRead" value="5" checked/);
    // A box that is not ticked is a no.
    await client.post('/settings/reading', { csrf, markRead: '0' });
    assert.equal(choices().strictFrame, false);
    assert.equal(choices().body, 'text');
  });

  test('what may not be chosen is refused with the field named, what was typed stays, nothing is stored', async () => {
    const csrf = await client.token();
    const typed = {
      csrf,
      density: 'compact',
      cleanTrash: 'soon',
      cleanJunk: '99999',
      zone: 'Mars/Base',
      n: '7',
    };
    const answer = await client.post('/settings/general', typed);
    assert.equal(answer.status, 422);
    for (const field of ['cleanTrash', 'cleanJunk', 'zone', 'n'])
      assert.match(answer.body, new RegExp(`id="fault-${field}"`), field);
    assert.match(answer.body, /href="#field-cleanTrash">Type a number of days from 0 to 3650\./);
    assert.match(answer.body, /value="soon"/);
    assert.match(answer.body, /name="density" value="compact" checked/);
    assert.equal(choices().density, 'comfortable');
    assert.equal(answer.headers.getSetCookie().length, 0);
  });

  test('theme and page size are kept in this browser, the rest for the account', async () => {
    const csrf = await client.token();
    await client.post('/settings/general', {
      csrf,
      theme: 'dark',
      n: '25',
      density: 'compact',
      zone: 'Asia/Tokyo',
    });
    const page = (await client.get('/f/INBOX')).body;
    assert.match(page, /data-theme="dark"/);
    assert.match(page, /data-density="compact"/);
    const other = (await (await site.signIn(alice)).get('/f/INBOX')).body;
    assert.match(other, /data-theme="system"/);
    assert.match(other, /data-density="compact"/);
  });

  test('the folder to begin with is where one lands, as long as it is there', async () => {
    await (await site.web.mailboxOf(alice))!.ensureFolder('Work');
    const csrf = await client.token();
    assert.equal((await client.post('/settings/general', { csrf, startFolder: 'Work' })).status, 303);
    assert.equal((await client.get('/')).location, '/f/Work');
    assert.equal((await client.post('/settings/general', { csrf, startFolder: 'Nowhere' })).status, 422);
    site.web.choiceStore.change(alice, { startFolder: 'Gone' });
    assert.equal((await client.get('/')).location, '/f/INBOX');
    assert.match((await client.get('/settings/general')).body, /<option value="Gone" selected>/);
    site.web.choiceStore.change(alice, { startFolder: 'INBOX' });
  });

  test('a list loads itself again without script when that was chosen, and only a list', async () => {
    const csrf = await client.token();
    await client.post('/settings/general', { csrf, reloadSeconds: '60' });
    assert.match(
      (await client.get('/f/INBOX')).body,
      /<noscript><meta http-equiv="refresh" content="60"><\/noscript>/,
    );
    assert.doesNotMatch((await client.get('/settings/general')).body, /http-equiv="refresh"/);
    await client.post('/settings/general', { csrf, reloadSeconds: '0' });
  });

  test('without token nothing is changed', async () => {
    assert.equal((await client.post('/settings/composing', { replyQuote: 'none' })).status, 403);
    assert.equal(choices().replyQuote, 'below');
  });

  test('all choices can be had as a file', async () => {
    const answer = await client.get('/settings/export.json');
    assert.equal(answer.headers.get('content-disposition'), 'attachment; filename="settings.json"');
    const told = JSON.parse(answer.body) as { account: string; choices: Record<string, unknown> };
    assert.equal(told.account, alice);
    assert.deepEqual(Object.keys(told.choices), Object.keys(choiceTable));
  });
});

describe('what an administrator locked', () => {
  test('is shown with the reason, cannot be changed, and holds for the domain only', async () => {
    const carla = await site.signIn('carla@locked.example');
    assert.equal(choices('carla@locked.example').pictures, 'never', 'the domain goes before all');
    assert.equal(choices('carla@locked.example').undoSeconds, 20);
    assert.equal(choices('carla@locked.example').collectContacts, false);
    assert.notEqual(choices().undoSeconds, 20);
    const page = (await carla.get('/settings/reading')).body;
    assert.match(
      page,
      /<fieldset id="field-pictures" disabled aria-describedby="hint-pictures locked-pictures">/,
    );
    assert.match(page, /id="locked-pictures">Your administrator chose this for everybody\./);
    const csrf = await carla.token();
    assert.equal(
      (await carla.post('/settings/reading', { csrf, pictures: 'always', markRead: '5' })).status,
      303,
    );
    assert.equal(choices('carla@locked.example').pictures, 'never');
    assert.equal(choices('carla@locked.example').markRead, 5);
    site.web.choiceStore.change('carla@locked.example', { undoSeconds: 0 });
    assert.equal(choices('carla@locked.example').undoSeconds, 20);
  });

  test('lines that make no sense lock nothing and are told in the log', () => {
    const told = site.logged.filter((line) => line.includes('weblocked'));
    assert.deepEqual(told, [
      'web: control/weblocked: *:nonsense:1 is no choice',
      'web: control/weblocked: *:density:huge is no choice',
    ]);
  });
});

test('every choice on a page has its words', () => {
  const missing = drawnChoices().flatMap(([name, drawing]) =>
    wordsOfChoice(name, drawing).filter((key) => !Object.hasOwn(en, key)),
  );
  assert.deepEqual(missing, []);
  assert.deepEqual(readChoices('shortcuts', { shortcuts: 'off' }, new Set(), { folders: [], zones: [] }), {
    changes: { shortcuts: 'off' },
    wrong: [],
  });
});
