// Which addresses are somebody's own (spec/webmail.md T2, security.md W6): the account's name in every domain name, the
// aliases that lead to it, what the catch-all sends it; never what is another's.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type AdministeredSite, actorOf, machine, startAdministration } from '../support/administration.ts';

let site: AdministeredSite;
let ahead = 0;
before(async () => {
  site = await startAdministration({ now: () => Date.now() + ahead });
});
after(() => site.close());

const alice = actorOf('alice@example.com');
const isOwn = async (address: string): Promise<boolean | undefined> =>
  (await site.administration.ownAddresses(alice, address)).isOwn;

test('aliases and forwards that lead to the account are its own, over other aliases too; lists are not', async () => {
  const { administration } = site;
  await administration.setAlias(machine, 'example.com', 'sales', { addresses: ['alice', 'bob'] });
  await site.write('example.com', '.qmail-shop', '&sales@example.com\n');
  await administration.setAlias(machine, 'example.com', 'other', { addresses: ['bob'] });
  await site.write('example.com', '.qmail-everybody', '&alice@example.com\n|/usr/bin/ezmlm-send LIST\n');
  await administration.addAliasDomain(machine, 'example.com', 'second.example');
  const { addresses, patterns } = await administration.ownAddresses(alice);
  assert.deepEqual(addresses, [
    'alice@example.com',
    'alice@second.example',
    'sales@example.com',
    'sales@second.example',
    'shop@example.com',
    'shop@second.example',
  ]);
  assert.deepEqual(patterns, []);
  assert.deepEqual((await administration.ownAddresses(machine)).addresses, []);
  assert.equal(await isOwn('Sales@second.example'), true);
  assert.equal(await isOwn('alice+shop@example.com'), true);
  for (const address of [
    'bob@example.com',
    'other@example.com',
    'everybody@example.com',
    'x@elsewhere.example',
    '',
  ])
    assert.equal(await isOwn(address), false, address);
});

test('the catch-all gives a pattern, which takes in nobody who is there', async () => {
  const { administration } = site;
  const { version } = await administration.domain(machine, 'example.com');
  await administration.setCatchAll(machine, 'example.com', version, {
    kind: 'forward',
    address: 'alice@example.com',
  });
  await site.write('example.com', '.qmail-lists-default', '&alice@example.com\n');
  // What was read of the aliases may be believed for a while.
  ahead += 120_000;
  const { patterns } = await administration.ownAddresses(alice);
  assert.deepEqual(patterns, ['lists-*@example.com', '*@example.com', '*@second.example']);
  assert.equal(await isOwn('whoever@example.com'), true);
  assert.equal(await isOwn('bob@example.com'), false);
  assert.equal(await isOwn('other@second.example'), false);
  assert.deepEqual((await administration.ownAddresses(actorOf('bob@example.com'))).patterns, []);
});
