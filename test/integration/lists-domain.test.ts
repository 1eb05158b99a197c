// The mailing lists of a domain as administrators see them (spec/qmailadmin.md 2.8): made, found, changed and removed with their
// links; their members by vlist and by ezmlm's commands; what ezmlm-check finds wrong.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { hashFileName, placesOf } from '../../mta/lists/address-hash.ts';
import {
  changeDomainList,
  createDomainList,
  describeDomainList,
  findDomainList,
  type ListDomain,
  listDomainLists,
  removeDomainList,
} from '../../mta/lists/domain-lists.ts';
import { ListError } from '../../mta/lists/errors.ts';
import {
  changeSubscribers,
  countSubscribers,
  findExactly,
  readSubscribers,
} from '../../mta/lists/subscribers.ts';
import { runTableCommand } from '../support/command-process.ts';

const site = { programs: '/usr/local/bin/ezmlm', etc: '/nowhere' };
const letters = (text: string) =>
  new Map(Array.from(text, (letter) => [letter.toLowerCase(), /[a-z]/.test(letter)] as const));
let domain: ListDomain;
beforeEach(async () => {
  const directory = await mkdtemp(join(tmpdir(), 'facteur-lists-'));
  domain = { name: 'example.org', directory, uid: process.getuid!(), gid: process.getgid!() };
});
afterEach(() => rm(domain.directory, { recursive: true, force: true }));
const read = (...path: readonly string[]): Promise<string> =>
  readFile(join(domain.directory, ...path), 'utf8');

test('a list is made with its owner as member, changed, described and removed', async () => {
  const wishes = {
    letters: letters('aBDpmu'),
    owner: 'boss@example.org',
    prefix: '[Tea]',
    replyTo: { to: 'list' } as const,
  };
  const directory = await createDomainList(domain, 'tea.time', wishes, site);
  assert.equal(directory, join(domain.directory, 'tea.time'));
  assert.equal(await readlink(join(domain.directory, '.qmail-tea:time-default')), join(directory, 'manager'));
  assert.deepEqual(await listDomainLists(domain), ['tea.time']);
  assert.equal(await read('tea.time', 'inlocal'), 'example.org-tea.time\n');
  assert.equal(await read('tea.time', 'prefix'), '[Tea]\n');
  for (const set of ['.', 'mod']) assert.ok(await findExactly(directory, set, 'boss@example.org'), set);
  await assert.rejects(createDomainList(domain, 'tea.time', wishes, site), /address already exists/);

  await changeDomainList(
    domain,
    'tea.time',
    { letters: letters('Md'), replyTo: { to: 'address', address: 'answers@example.org' }, prefix: '' },
    site,
  );
  const list = await describeDomainList(domain, 'tea.time');
  assert.deepEqual(
    [list.owner, list.prefix, list.replyTo, list.local, list.host],
    ['boss@example.org', '', { to: 'address', address: 'answers@example.org' }, 'tea.time', 'example.org'],
  );
  const flags = [...list.flags].filter(([, isSet]) => isSet).map(([letter]) => letter);
  assert.equal(flags.sort().join(''), 'adkpqu');
  assert.match(await read('tea.time', 'headeradd'), /\nReply-To: answers@example\.org\n$/);
  assert.match(await read('tea.time', 'headerremove'), /\nReply-To\n$/);
  await changeDomainList(domain, 'tea.time', { letters: new Map(), replyTo: { to: 'sender' } }, site);
  assert.doesNotMatch(
    `${await read('tea.time', 'headeradd')}${await read('tea.time', 'headerremove')}`,
    /reply-to/i,
  );

  await createDomainList(domain, 'tea.time-too', { letters: new Map() }, site);
  await removeDomainList(domain, 'tea.time');
  assert.deepEqual(await listDomainLists(domain), ['tea.time-too']);
  assert.equal(await findDomainList(domain, 'tea.time'), undefined);
  assert.equal((await readdir(domain.directory)).length, 11, 'nothing of the other one');
});

test('names and owners that cannot be are refused, and nothing is made', async () => {
  for (const name of ['', '..', 'a/b', 'a b', "a'b", '.x', 'a\nb'])
    await assert.rejects(createDomainList(domain, name, { letters: new Map() }, site), ListError, name);
  await assert.rejects(
    createDomainList(domain, 'x', { letters: new Map(), owner: 'a@b\n|x' }, site),
    /owner/,
  );
  await mkdir(join(domain.directory, 'taken'));
  await assert.rejects(
    createDomainList(domain, 'taken', { letters: new Map() }, site),
    /address already exists/,
  );
  await symlink('.qmail-loop', join(domain.directory, '.qmail-loop'));
  await writeFile(join(domain.directory, '.qmail-big'), 'x'.repeat(2_000_000));
  await mkdir(join(domain.directory, '.qmail-dir'));
  assert.deepEqual(await listDomainLists(domain), []);
  await assert.rejects(removeDomainList(domain, 'taken'), /there is no list/);
  assert.equal((await readdir(domain.directory)).length, 4);
});

test('ten thousand members are written at once and read in pieces; two writers lose nobody', async () => {
  const directory = await createDomainList(domain, 'big', { letters: new Map() }, site);
  const changes = Array.from({ length: 10_000 }, (_, i) => ({
    address: `user${i}@host${i % 13}.org`,
    adds: true,
  }));
  const halves = [changes.slice(0, 6000), changes.slice(4000)];
  const answers = await Promise.all(halves.map((half) => changeSubscribers(directory, '.', half)));
  assert.equal(answers.flat().filter(Boolean).length, 10_000);
  let most = 0;
  const seen = new Set<string>();
  for await (const addresses of readSubscribers(directory)) {
    most = Math.max(most, addresses.length);
    for (const address of addresses) seen.add(address);
  }
  assert.equal(seen.size, 10_000);
  assert.ok(most < 3000);
  assert.equal((await read('big', 'Log')).split('\n').length, 10_001);
});

test('what an older ezmlm put elsewhere is found, moved when it is added again, and removed', async () => {
  const directory = await createDomainList(domain, 'old', { letters: new Map() }, site);
  const { files } = placesOf('Old.One@example.org');
  assert.ok(files.length > 2);
  const place = (number: number): string => join(directory, 'subscribers', hashFileName(number));
  for (const number of files.slice(1)) {
    await writeFile(place(number), 'TOld.One@example.org\0Tother@example.org\0Tcut@example.org');
    assert.equal(await findExactly(directory, '.', 'Old.One@EXAMPLE.org'), 'Old.One@example.org');
    assert.deepEqual(
      await changeSubscribers(directory, '.', [{ address: 'Old.One@example.org', adds: true }]),
      [false],
    );
    assert.equal(await readFile(place(files[0]), 'utf8'), 'TOld.One@example.org\0');
    assert.equal(await readFile(place(number), 'utf8'), 'Tother@example.org\0');
    await changeSubscribers(directory, '.', [{ address: 'Old.One@example.ORG', adds: false }]);
    assert.equal(await countSubscribers(directory), 1);
    await rm(place(number));
  }
});

test('the commands change, show and check a list, and end as ezmlm’s do', async () => {
  const directory = join(domain.directory, 'cmd');
  const env = { EZMLM_ETC: '/nowhere', EZMLM_BIN: '/usr/local/bin/ezmlm', FACTEUR_HOME: domain.directory };
  const run = async (
    name: string,
    args: readonly string[],
    more: Record<string, string> = {},
    input?: string,
  ) => {
    const { status, stdout, stderr } = await runTableCommand(name, args, {
      env: { ...env, ...more },
      ...(input === undefined ? {} : { input }),
    });
    return [status, stdout, stderr] as const;
  };
  const dot = join(domain.directory, '.qmail-cmd');
  assert.deepEqual(await run('ezmlm-make', ['-rs', directory, dot, 'cmd', 'example.org']), [0, '', '']);
  const again = await run('ezmlm-make', [directory, dot, 'cmd', 'example.org']);
  assert.deepEqual(again, [
    111,
    '',
    `ezmlm-make: fatal: unable to create ${directory}: file already exists\n`,
  ]);
  assert.equal((await run('ezmlm-make', ['dir', dot, 'cmd', 'example.org']))[0], 100);
  assert.deepEqual(
    await run('ezmlm-sub', ['-n', directory], {}, '# people\nann@far.org Ann Lee\nbob@far.org\n\n'),
    [0, '', ''],
  );
  assert.match(await read('cmd', 'Log'), /^\d+ \+manual ann@far\.org Ann Lee\n\d+ \+manual bob@far\.org\n$/);
  for (const [args, words] of [
    [[directory, 'cmd@Example.org'], /no subscriber of itself/],
    [[directory, 'mod', 'nobody', 'x@y'], /has an @/],
    [[directory, '../other', 'a@b.org'], /one directory/],
    [[join(domain.directory, 'none'), 'a@b.org'], /this is no list/],
  ] as const)
    assert.match((await run('ezmlm-sub', args))[2], words);
  assert.deepEqual(await run('ezmlm-list', ['-n', directory]), [0, '2\n', '']);
  assert.equal((await run('ezmlm-issubn', [directory], { SENDER: 'ANN@far.org' }))[0], 0);
  assert.equal((await run('ezmlm-issubn', ['-n', directory], { SENDER: 'ann@far.org' }))[0], 99);
  assert.deepEqual(await run('ezmlm-checksub', [directory, '.', 'mod'], { SENDER: 'eve@far.org' }), [
    100,
    '',
    'Only subscribers may write to this list. If you are one, write to cmd-owner@example.org to have this address added. (#5.7.2)\n',
  ]);
  const [status, report] = await run('ezmlm-check', [directory]);
  assert.equal(status, 1);
  assert.match(report, /^\?\?\? ERROR: modsub: there are no moderators in mod$/m);
  assert.match(report, /^... subscribers: 2\n {4}(?:ann|bob)@far\.org\n/m);
});
