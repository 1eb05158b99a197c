// Two administrators with the same form open: whoever saves second is told, sees what differs, and keeps what was typed, on
// every form that holds a version; also when nothing that is shown differs, and when the first removed the thing.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { AccountFlag } from '../../mta/accounts/types.ts';
import { hiddenField, machine, signInAdmin } from '../support/admin.ts';
import { type Client, startSite, type WebSite } from '../support/site.ts';

let site: WebSite;
let first: Client;
let second: Client;
before(async () => {
  site = await startSite({ people: ['alice@example.com', 'bob@example.com'] });
  const { administration } = site.web;
  await administration.changeAccount(machine, 'alice@example.com', { flags: AccountFlag.systemAdmin });
  await administration.setAlias(machine, 'example.com', 'info', { addresses: ['bob@example.com'] });
  await administration.setRobot(machine, 'example.com', 'prices', { subject: 'Prices', message: 'Free.' });
  first = await signInAdmin(site, 'alice@example.com');
  second = await signInAdmin(site, 'alice@example.com');
});
after(() => site.close());

const d = '/admin/d/example.com';
const told = /Somebody else (?:has )?changed this/;
type Fields = Readonly<Record<string, string>>;

const account = { quotaUnit: 'none', delivery: 'mailbox' };
/** Each form with a version: what the first types, what the second types, and a field of the second that must stay. */
const forms: readonly (readonly [page: string, one: Fields, other: Fields, kept: RegExp])[] = [
  [`${d}/accounts/bob`, { ...account, gecos: 'One' }, { ...account, gecos: 'Other' }, /value="Other"/],
  [`${d}/aliases/info`, { addresses: 'alice' }, { addresses: 'alice\nbob' }, />\nalice\nbob<\/textarea>/],
  [
    `${d}/aliases/prices`,
    { subject: 'Prices', message: 'One' },
    { subject: 'Prices', message: 'Other' },
    />\nOther<\/textarea>/,
  ],
  [
    `${d}/catch-all`,
    { kind: 'delete' },
    { kind: 'forward', address: 'bob@example.com' },
    /value="bob@example.com"/,
  ],
  [`${d}/limits`, { maxAccounts: '51' }, { maxAccounts: '52' }, /value="52"/],
  ['/admin/settings/databytes', { text: '5000000' }, { text: '6000000' }, /6000000/],
];

for (const [page, one, other, kept] of forms)
  test(`${page}: the second who saves is told, and nothing of either is lost`, async () => {
    const [mine, yours] = [await first.get(page), await second.get(page)];
    const fields = (body: string, typed: Fields) => ({
      csrf: hiddenField(body, 'csrf'),
      version: hiddenField(body, 'version'),
      ...typed,
    });
    assert.equal((await first.post(page, fields(mine.body, one))).status, 303);
    const late = await second.post(page, fields(yours.body, other));
    assert.equal(late.status, 409);
    assert.match(late.body, told);
    assert.match(late.body, kept);
    assert.equal((await second.post(page, fields(late.body, other))).status, 303, 'saved again, it holds');
  });

for (const [page, one] of forms.slice(0, 5))
  test(`${page}: who typed what the first has saved is told that there is no difference`, async () => {
    const [mine, yours] = [await first.get(page), await second.get(page)];
    const fields = (body: string) => ({
      csrf: hiddenField(body, 'csrf'),
      version: hiddenField(body, 'version'),
      ...one,
    });
    assert.equal((await first.post(page, fields(mine.body))).status, 303);
    const late = await second.post(page, fields(yours.body));
    assert.equal(late.status, 409);
    assert.match(late.body, told);
    assert.match(late.body, /does not differ from what is saved now/);
    assert.doesNotMatch(late.body, /conflict-table/);
  });

for (const [name, typed, kept, again] of [
  ['info', { addresses: 'alice\nbob' }, />\nalice\nbob<\/textarea>/, `${d}/new-alias`],
  ['prices', { subject: 'New', message: 'Typed long' }, />\nTyped long<\/textarea>/, `${d}/new-robot`],
] as const)
  test(`${name} was removed by the first: the second is told, and makes it anew from what was typed`, async () => {
    const page = `${d}/aliases/${name}`;
    const { body } = await second.get(page);
    const fields = { csrf: hiddenField(body, 'csrf'), version: hiddenField(body, 'version'), ...typed };
    const removal = await first.get(`${page}/remove`);
    const csrf = hiddenField(removal.body, 'csrf');
    const version = hiddenField(removal.body, 'version');
    assert.equal((await first.post(`${page}/remove`, { csrf, version })).status, 303);
    const late = await second.post(page, fields);
    assert.equal(late.status, 409);
    assert.match(late.body, /Somebody else removed this/);
    assert.match(late.body, kept);
    assert.match(late.body, new RegExp(`action="${again}"`));
    assert.equal((await second.post(again, { csrf: fields.csrf, name, ...typed })).status, 303);
    assert.equal((await first.get(page)).status, 200);
  });

test('a refusal that begins with an address leaves it as it is written', async () => {
  const csrf = await first.token(`${d}/new-alias`);
  const taken = await first.post(`${d}/new-alias`, { csrf, name: 'info', addresses: 'bob' });
  assert.match(taken.body, /info@example\.com is there already\./);
});

test('a catch-all without its address asks for one and previews nothing', async () => {
  const csrf = await first.token(`${d}/catch-all`);
  const { body: page } = await first.get(`${d}/catch-all`);
  const version = hiddenField(page, 'version');
  const { status, body } = await first.post(`${d}/catch-all`, {
    csrf,
    version,
    kind: 'forward',
    address: '',
  });
  assert.equal(status, 422);
  assert.match(body, /An address is needed\./);
  assert.doesNotMatch(body, /goes to \./);
});
