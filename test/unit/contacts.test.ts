// Contacts in the state database: cards, pages, groups, the people one wrote to, completion.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createDomainSearch } from '../../server/web/contacts/complete.ts';
import { raiseScore } from '../../server/web/contacts/recent.ts';
import { openContacts } from '../../server/web/contacts/store.ts';
import type { Card, Completion, Contact, Contacts } from '../../server/web/contacts/types.ts';
import { mostContacts, mostRecent } from '../../server/web/contacts/types.ts';
import { openStateDatabase, type StateDatabase } from '../../server/web/state/database.ts';

const day = 24 * 3600_000;
let directory: string;
let database: StateDatabase;
let contacts: Contacts;
let time = Date.UTC(2026, 10, 23);
let asked: string[] = [];
let domain: { name: string; address: string }[] = [];

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'facteur-contacts-'));
  database = await openStateDatabase(directory);
  const search = createDomainSearch(
    {
      searchAccounts: async (name, text, limit) => {
        asked.push(`${name} ${text}`);
        return domain
          .filter((one) => `${one.name} ${one.address}`.toLowerCase().includes(text.toLowerCase()))
          .slice(0, limit);
      },
    },
    () => time,
  );
  contacts = openContacts(database, search, () => time);
});
after(async () => {
  database.close();
  await rm(directory, { recursive: true });
});

const card = (name: string, ...emails: string[]): Card => ({
  name,
  emails: emails.map((value) => ({ value, label: '' })),
  phones: [],
  organisation: '',
  note: '',
  birthday: '',
  extra: [],
});
const add = (owner: string, one: Card): Contact => {
  const saved = contacts.add(owner, one);
  assert.ok(saved.ok);
  return saved.contact;
};
const account = (address: string) => ({ address, domain: address.split('@')[1] as string });
const shown = (completions: readonly Completion[]): string[] =>
  completions.map((one) => (one.kind === 'group' ? `group ${one.name}` : `${one.kind} ${one.address}`));

describe('cards', () => {
  const owner = 'cards@example.com';

  test('a card comes back as it was saved, with its picture', () => {
    const full: Card = {
      ...card('Zoë Ødegård', 'zoe@nordlys.example', 'zoe@home.example'),
      phones: [{ value: '+47 22 33 44 55', label: 'work' }],
      organisation: 'Nordlys',
      note: 'Line one\nline two <b>',
      birthday: '--05-17',
      nameParts: ['Ødegård', 'Zoë', '', '', ''],
      extra: ['URL:https://nordlys.example'],
    };
    const bytes = Buffer.from([1, 2, 3]);
    const saved = contacts.add(owner, full, { type: 'image/png', bytes });
    assert.ok(saved.ok);
    const { id, changedAt, hasPicture, groups, ...kept } = saved.contact;
    assert.deepEqual(kept, full);
    assert.deepEqual([hasPicture, groups], [true, []]);
    assert.deepEqual(contacts.pictureOf(owner, id), { type: 'image/png', bytes });
    assert.equal(contacts.findByAddress(owner, 'ZOE@home.example')?.id, id);
    assert.equal(changedAt, time);
  });

  test('what belongs to somebody else is not there', () => {
    const [row] = contacts.list(owner, { limit: 10 }).rows;
    const id = row?.id ?? '';
    const other = 'other@example.com';
    assert.ok(contacts.find(owner, id));
    assert.equal(contacts.find(other, id), undefined);
    assert.equal(contacts.pictureOf(other, id), undefined);
    assert.deepEqual(contacts.save(other, id, card('x'), undefined), { ok: false, reason: 'gone' });
    assert.deepEqual(contacts.remove(other, [id]), []);
    contacts.setGroups(other, id, ['x']);
    assert.ok(contacts.find(owner, id));
  });

  test('who saves second is told, and nothing is overwritten', () => {
    const made = add(owner, card('Bob', 'bob@example.org'));
    assert.ok(contacts.save(owner, made.id, card('Robert', 'bob@example.org'), made.changedAt).ok);
    const second = contacts.save(owner, made.id, card('Bobby', 'bob@example.org'), made.changedAt);
    assert.deepEqual(second, { ok: false, reason: 'changed' });
    assert.equal(contacts.find(owner, made.id)?.name, 'Robert');
  });

  test('a contact that was taken away comes back whole, and is forgotten after a day', () => {
    const made = add(owner, card('Carla', 'carla@example.org'));
    const group = contacts.addGroup(owner, 'Choir');
    contacts.setGroups(owner, made.id, [group?.id ?? '']);
    assert.deepEqual(contacts.remove(owner, [made.id, 'nonsense']), [made.id]);
    assert.equal(contacts.find(owner, made.id), undefined);
    assert.equal(contacts.findByAddress(owner, 'carla@example.org'), undefined);
    assert.equal(contacts.groups(owner)[0]?.size, 0);
    contacts.prune();
    contacts.restore(owner, [made.id]);
    assert.deepEqual(contacts.find(owner, made.id)?.groups, [group?.id]);
    contacts.remove(owner, [made.id]);
    time += day + 1;
    contacts.prune();
    contacts.restore(owner, [made.id]);
    assert.equal(contacts.find(owner, made.id), undefined);
  });

  test('pages go forth and back through all, in the order of names without regard to accents', () => {
    const many = 'many@example.com';
    const names = ['Älva', 'Alwin', 'Bert', 'Émile', 'Emil', 'Zed', 'øyvind'];
    for (const name of names) add(many, card(name, `${name.length}@example.org`));
    const order = ['Älva', 'Alwin', 'Bert', 'Emil', 'Émile', 'øyvind', 'Zed'];
    const read: string[][] = [];
    let page = contacts.list(many, { limit: 3 });
    assert.equal(page.previous, undefined);
    for (;;) {
      read.push(page.rows.map(({ name }) => name));
      if (page.next === undefined) break;
      page = contacts.list(many, { limit: 3, after: page.next });
    }
    assert.deepEqual(read.flat(), order);
    page = contacts.list(many, { limit: 3, before: page.previous });
    assert.deepEqual(
      page.rows.map(({ name }) => name),
      order.slice(3, 6),
    );
    page = contacts.list(many, { limit: 3, before: page.previous });
    assert.deepEqual([page.rows.map(({ name }) => name), page.previous], [order.slice(0, 3), undefined]);
    assert.equal(contacts.list(many, { limit: 3, after: 'no cursor' }).rows[0]?.name, 'Älva');
    assert.equal(page.total, names.length);
    assert.deepEqual(
      [...contacts.each(many)].map(({ name }) => name),
      order,
    );
  });

  test('the list is searched by starts of words of names, addresses, organisations and numbers', () => {
    const many = 'search@example.com';
    add(many, { ...card('Zoë Ødegård', 'zoe.o@nordlys.example'), organisation: 'Fjell & Fjord' });
    add(many, { ...card('Bob', 'bob@example.org'), phones: [{ value: '+49 (30) 123 45', label: '' }] });
    add(many, card('田中 美咲', 'misaki@tanaka.example'));
    const found = (search: string) => contacts.list(many, { search, limit: 9 }).rows.map(({ name }) => name);
    assert.deepEqual(found('odegard zoe'), ['Zoë Ødegård']);
    assert.deepEqual(found('NORD'), ['Zoë Ødegård']);
    assert.deepEqual(found('fjord'), ['Zoë Ødegård']);
    assert.deepEqual(found('4930123'), ['Bob']);
    assert.deepEqual(found('咲'), ['田中 美咲']);
    assert.deepEqual(found('degard'), []);
    assert.deepEqual(found('%'), []);
  });

  test('an account has so many contacts and no more', () => {
    const full = 'full@example.com';
    const insert = database.prepare(
      "insert into web_contacts (owner, id, sort, words, card, changed) values (?, ?, '', '', '{}', 0)",
    );
    database.transaction(() => {
      for (let n = 0; n < mostContacts; n++) insert.run(full, String(n));
    })();
    assert.deepEqual(contacts.add(full, card('One more')), { ok: false, reason: 'full' });
    database.prepare('delete from web_contacts where owner = ?').run(full);
  });
});

describe('groups', () => {
  const owner = 'groups@example.com';

  test('a group has one name whatever the case, and members that have an address', () => {
    const team = contacts.addGroup(owner, 'Équipe');
    assert.ok(team);
    assert.equal(contacts.addGroup(owner, 'equipe'), undefined);
    assert.equal(contacts.addGroup(owner, ''), undefined);
    for (const one of [
      card('Bob', 'bob@example.org', 'second@example.org'),
      card('No address'),
      card('', 'a@example.org'),
    ])
      contacts.setGroups(owner, add(owner, one).id, [team.id]);
    assert.deepEqual(contacts.groupMembers(owner, 'EQUIPE'), [
      { name: '', address: 'a@example.org' },
      { name: 'Bob', address: 'bob@example.org' },
    ]);
    assert.equal(contacts.groupMembers('other@example.com', 'equipe'), undefined);
    assert.equal(contacts.groups(owner)[0]?.size, 3);
    assert.deepEqual(
      contacts.list(owner, { group: team.id, search: 'bob', limit: 5 }).rows.map(({ name }) => name),
      ['Bob'],
    );
  });

  test('a group that was taken away comes back with its members; its name can be changed', () => {
    const [team] = contacts.groups(owner);
    const removed = contacts.removeGroup(owner, team?.id ?? '');
    assert.equal(contacts.groupMembers(owner, 'equipe'), undefined);
    assert.ok(removed);
    contacts.restoreGroup(owner, removed);
    assert.equal(contacts.groups(owner)[0]?.size, 3);
    const other = contacts.addGroup(owner, 'Choir');
    assert.equal(contacts.renameGroup(owner, other?.id ?? '', 'équipe'), false);
    assert.equal(contacts.renameGroup(owner, other?.id ?? '', 'CHOIR'), true);
    assert.equal(contacts.renameGroup('x@example.com', other?.id ?? '', 'Mine'), false);
    assert.deepEqual(
      contacts.groups(owner).map(({ name }) => name),
      ['CHOIR', 'Équipe'],
    );
  });
});

describe('people written to', () => {
  test('how often and how lately count together: a letter weighs half after thirty days', () => {
    const once = raiseScore(undefined, 60 * day);
    const twiceBefore = raiseScore(raiseScore(undefined, 30 * day), 30 * day);
    assert.ok(Math.abs(once - twiceBefore) < 1e-9);
    assert.ok(raiseScore(once, 60 * day) > once);
  });

  test('who was written to is remembered, but for oneself; contacts are no longer among them', () => {
    const owner = 'recent@example.com';
    contacts.collect(
      owner,
      [
        { name: 'Bob', address: 'Bob@example.org' },
        { name: '', address: owner },
        { name: '', address: 'not an address' },
        { name: '', address: 'carla@example.org' },
      ],
      true,
    );
    contacts.collect(owner, [{ name: '', address: 'bob@EXAMPLE.org' }], true);
    assert.deepEqual(
      contacts.recent(owner, 10).map(({ name, address, count }) => [name, address, count]),
      [
        ['Bob', 'bob@EXAMPLE.org', 2],
        ['', 'carla@example.org', 1],
      ],
    );
    add(owner, card('Robert', 'BOB@example.org'));
    assert.deepEqual(
      contacts.recent(owner, 10).map(({ address }) => address),
      ['carla@example.org'],
    );
    const forgotten = contacts.forget(owner, ['CARLA@example.org', 'nobody@example.org']);
    assert.equal(forgotten.length, 1);
    assert.deepEqual(contacts.recent(owner, 10), []);
    contacts.remember(owner, forgotten);
    assert.equal(contacts.recent(owner, 10).length, 1);
  });

  test('who does not want it is taken at his word: only contacts are counted', async () => {
    const owner = 'quiet@example.com';
    add(owner, card('Bob', 'bob@example.org'));
    const people = ['bob@example.org', 'new@example.org'].map((address) => ({ name: '', address }));
    contacts.collect(owner, people, false);
    assert.deepEqual(contacts.recent(owner, 10), []);
    assert.deepEqual(shown(await contacts.complete(account(owner), '', 5)), ['recent bob@example.org']);
  });

  test('the list keeps its size, the lowest go', () => {
    const owner = 'capped@example.com';
    time += day;
    const people = Array.from({ length: mostRecent }, (_, n) => ({ name: '', address: `p${n}@example.org` }));
    contacts.collect(owner, people, true);
    time += day;
    contacts.collect(owner, [{ name: '', address: 'latest@example.org' }], true);
    const kept = contacts.recent(owner, mostRecent + 10);
    assert.equal(kept.length, mostRecent);
    assert.equal(kept[0]?.address, 'latest@example.org');
  });
});

describe('completion', () => {
  const owner = 'alice@example.com';

  test('people written to come first, then contacts and groups, then the domain; no address twice', async () => {
    domain = [
      { name: 'Bo Example', address: 'bo@example.com' },
      { name: 'Alice', address: owner },
      { name: 'Bob at work', address: 'bob@example.com' },
    ];
    contacts.collect(owner, [{ name: 'Bobby', address: 'bob@example.org' }], true);
    contacts.collect(owner, [{ name: 'Bob old', address: 'bob@example.com' }], true);
    contacts.collect(owner, [{ name: 'Bobby', address: 'bob@example.org' }], true);
    const made = add(owner, card('Bodil', 'bodil@example.net', 'second@example.net'));
    add(owner, card('Robert Jones', 'bob@example.org'));
    const group = contacts.addGroup(owner, 'Board');
    contacts.setGroups(owner, made.id, [group?.id ?? '']);
    const found = await contacts.complete(account(owner), 'bo', 10);
    assert.deepEqual(shown(found), [
      'recent bob@example.org',
      'recent bob@example.com',
      'contact bodil@example.net',
      'contact second@example.net',
      'group Board',
      'domain bo@example.com',
    ]);
    // The name that one gave oneself stands for the one that a letter had.
    assert.deepEqual(found[0], { kind: 'recent', name: 'Robert Jones', address: 'bob@example.org' });
    assert.deepEqual(shown(await contacts.complete(account(owner), 'bo', 2)).length, 2);
  });

  test('each word typed is the start of a word of name or address, whatever case and accents', async () => {
    add(owner, card('Zoë Ødegård', 'zoe@nordlys.example'));
    const complete = async (typed: string) => shown(await contacts.complete(account(owner), typed, 9));
    assert.deepEqual(await complete('ODE zo'), ['contact zoe@nordlys.example']);
    assert.deepEqual(await complete('zoe@nord'), ['contact zoe@nordlys.example']);
    assert.deepEqual(await complete('degard'), []);
    assert.deepEqual(await complete('"<'), []);
  });

  test('nothing typed: those written to most', async () => {
    const found = shown(await contacts.complete(account(owner), ' ', 9));
    assert.deepEqual(found, ['recent bob@example.org', 'recent bob@example.com']);
  });

  test('the list of a domain is looked up once in a while, a large domain by what is typed', async () => {
    time += day;
    asked = [];
    await contacts.complete(account(owner), 'bo', 20);
    await contacts.complete(account(owner), 'bod', 20);
    assert.deepEqual(asked, ['example.com ']);
    domain = Array.from({ length: 2500 }, (_, n) => ({ name: `Person ${n}`, address: `p${n}@example.com` }));
    time += day;
    asked = [];
    assert.deepEqual(shown(await contacts.complete(account(owner), 'p p2499', 20)), [
      'domain p2499@example.com',
    ]);
    await contacts.complete(account(owner), 'p p24', 20);
    assert.deepEqual(asked, ['example.com ', 'example.com p2499', 'example.com p24']);
  });
});
