// Mail robots and vacations answered by local delivery itself (spec/vpopmail.md 8.4, qmailadmin.md 2.7, security.md R10):
// the same files and outcomes as the program's, whom a vacation answers, and that answers never go round.
import assert from 'node:assert/strict';
import { chown, link, readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, test } from 'node:test';
import type { Account } from '../../mta/accounts/types.ts';
import { readRobotOrder } from '../../mta/local/robot-line.ts';
import { type Injected, isRoot, makeAccount, makeSite, type Site } from '../support/local.ts';

let site: Site;
const accounts: Account[] = [];
async function start() {
  accounts.length = 0;
  site = await makeSite({ accounts });
  accounts.push(makeAccount(site.home, 'bob'));
  await site.write('.qmail-default', "|/v/bin/vdelivermail '' bounce-no-mailbox\n");
  await site.makeMaildir('bob/Maildir');
}
afterEach(() => site.close());

/** Lines as qmailadmin writes them. */
async function makeRobot(name: string, message = 'Subject: We got it\n\nThanks.', more = '') {
  const directory = join(site.home, name.toUpperCase());
  await site.write(`${directory}/message`, `From: ${name}@example.org\n${message}`);
  await site.write(
    `.qmail-${name}`,
    `|/v/bin/autorespond 10000 1 ${directory}/message ${directory}${more}\n`,
  );
  return directory;
}
async function goAway(rules?: string, name = 'bob') {
  const home = join(site.home, name);
  const directory = join(home, 'vacation');
  await site.write(`${directory}/message`, `From: ${name}@example.org\nSubject: Away\n\nUntil Monday.\n`);
  await site.write(
    `${name}/.qmail`,
    `${home}/Maildir/\n| /v/bin/autorespond 604800 1 ${directory}/message ${directory}\n`,
  );
  if (rules !== undefined) await site.write(`${directory}/facteur-rules`, rules);
  return directory;
}
const to = (address: string, ...more: string[]) =>
  `${['From: sue@far.org', `To: ${address}`, ...more].join('\n')}\n\nHello?\n`;
const entries = async (directory: string) =>
  (await readdir(directory)).filter((name) => name.startsWith('A'));

test('a robot’s line is answered without its program, with its files and its words', async () => {
  await start();
  const directory = await makeRobot('help');
  const message = to('help@example.org', 'Message-ID: <1@far.org>');
  assert.deepEqual(await site.deliver('joe-help', { message, sender: 'sue@far.org' }), {
    code: 'K',
    text: 'autorespond: qp 4711\ndid 0+0+1',
  });
  const [answer = assert.fail()] = site.injected;
  assert.equal(answer.sender, '');
  assert.deepEqual(answer.recipients, ['sue@far.org']);
  assert.match(answer.message, /^In-Reply-To: <1@far\.org>$/m);
  assert.match(answer.message, /Thanks\.\n\n-------- Original Message --------\n\n> Hello\?\n$/);
  const [entry = ''] = await entries(directory);
  assert.match(entry, /^A\d+\.\d+$/);
  assert.equal(await site.read(`${directory}/${entry}`), 'sue@far.org');
  const second = await site.deliver('joe-help', { message, sender: 'Sue@far.org', fromFile: true });
  assert.match(second.text, /^autorespond: no answer: this sender has had enough of them\n/);
  // Two letters of one moment are two people's, or one answer.
  const senders = ['a@far.org', 'b@far.org', 'a@far.org'];
  await Promise.all(senders.map((sender) => site.deliver('joe-help', { message, sender })));
  assert.deepEqual(site.injected.map(({ recipients }) => recipients[0]).sort(), [
    'a@far.org',
    'b@far.org',
    'sue@far.org',
  ]);
  // What the queue does not take is tried again, and is no answer given.
  site.answer = { code: 'Z', text: 'full' };
  assert.equal((await site.deliver('joe-help', { message, sender: 'c@far.org' })).code, 'Z');
  assert.equal((await entries(directory)).length, 3);
});

test('a line of any other form, and files of somebody else, are left to the program', async () => {
  await start();
  const table: readonly (readonly [string, boolean])[] = [
    [' autorespond 1 2 /h/m /h', true],
    ["'/a b/autorespond' 1 2 '/h h/m' '/h h' 0 $", true],
    ["/v/autorespond 1 2 /h/m /h 1 '$' ", true],
    ['/v/autorespond 1 2 /h/m', false],
    ['/v/autorespond one 2 /h/m /h', false],
    ['/v/autorespond 1 2 $HOME/m $HOME', false],
    ['/v/autorespond 1 2 ~/m /h', false],
    ['/v/autorespond 1 2 /h/m /h; rm x', false],
    ['/v/autorespond 1 2 /h/m /h || exit 0', false],
    ['/v/autorespond 1 2 /h/m /h 7', false],
    ['X=1/autorespond 1 2 /h/m /h', false],
    ['/v/qmail-autoresponder /h', false],
    ["/v/autorespond 1 2 '/h'x/m /h", false],
  ];
  for (const [line, isTaken] of table) assert.equal(readRobotOrder(line) !== undefined, isTaken, line);

  const directory = await makeRobot('help');
  const command = `|echo ran; exit 0; /v/bin/autorespond 1 1 ${directory}/message ${directory}\n`;
  await site.write('.qmail-help', command);
  assert.equal((await site.deliver('joe-help')).text, 'ran\ndid 0+0+1');
  // A program that is not there says so: nothing was answered here.
  const other = async (message: string, place: string) => {
    await site.write('.qmail-help', `|/none/autorespond 10000 1 ${message} ${place}\n`);
    return (await site.deliver('joe-help')).text;
  };
  await symlink('/etc/hostname', join(directory, 'linked'));
  await link(join(directory, 'message'), join(directory, 'twice'));
  for (const [message, place] of [
    ['/etc/hostname', directory],
    [join(directory, 'linked'), directory],
    [join(directory, 'twice'), directory],
    [`${directory}/../HELP/message`, directory],
    [join(directory, 'message'), '/tmp'],
  ] as const)
    assert.match(await other(message, place), /not found/, message);
  assert.equal(site.injected.length, 0);
  if (isRoot) {
    await site.write(`${site.home}/OTHER/message`, 'x');
    await chown(join(site.home, 'OTHER'), 65_533, 65_533);
    const { text } = await site.deliver('joe-help', { message: to('help@example.org') });
    assert.doesNotMatch(text, /qp/);
  }
});

test('a vacation answers what was written to the owner, once; the letter is in the mailbox whatever comes of it', async () => {
  await start();
  const directory = await goAway();
  const deliver = (message: string, sender = 'sue@far.org') => site.deliver('joe-bob', { message, sender });
  await deliver(to('all@example.org'));
  await deliver(to('bob@example.org', 'List-Id: <all.example.org>'));
  await deliver(to('bob@example.org', 'X-Spam-Flag: YES'));
  await deliver(to('bob@example.org', 'Delivered-To: Autoresponder'), 'robot@far.org');
  assert.equal(site.injected.length, 0);
  await deliver(to('Bob <BOB@example.org>'));
  await deliver(to('bob@example.org'));
  // Qmailadmin's vacation knows no aliases: the way tells them.
  await deliver(`Delivered-To: old@example.org\n${to('old@example.org')}`, 'ann@far.org');
  assert.deepEqual(
    site.injected.map(({ recipients }) => recipients[0]),
    ['sue@far.org', 'ann@far.org'],
  );
  await site.write(`${directory}/message`, '', 0o600);
  site.answer = { code: 'Z', text: 'full' };
  assert.equal((await deliver(to('bob@example.org'), 'tim@far.org')).code, 'K');
  assert.equal((await site.mails('bob/Maildir')).length, 8);
  assert.match(site.logged.join('\n'), /no vacation answer in .*vacation: .*full/);
});

test('a vacation has days, contacts and addresses of its own', async () => {
  await start();
  const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
  const why = async (rules: string, sender = 'sue@far.org', address = 'bob@example.org') => {
    const directory = await goAway(rules);
    await site.write(`${directory}/facteur-contacts`, 'sue@far.org\ntim@far.org\n');
    const { text } = await site.deliver('joe-bob', { message: to(address), sender });
    return /autorespond: (.*)/.exec(text)?.[1];
  };
  assert.equal(await why(`from ${day(2)}\n`), 'no answer: the vacation has not begun');
  assert.equal(await why(`until ${day(-2)}\nzone Asia/Tokyo\n`), 'no answer: the vacation is over');
  assert.equal(
    await why('contacts-only\n', 'ann@far.org'),
    'no answer: its sender is not among the contacts',
  );
  assert.equal(await why('until 2026-02-31\n'), 'no answer: the rules of the vacation cannot be read');
  assert.equal(await why('', 'sue@far.org', 'boss@example.org'), 'no answer: it was not sent to us by name');
  const all = `from ${day(-1)}\nuntil ${day(1)}\nzone Europe/Paris\ncontacts-only\naddress boss@example.org\n`;
  assert.equal(await why(all, 'Sue@far.org', 'boss@example.org'), 'qp 4711');
});

test('answers do not go round: two robots, and three people who are away', async () => {
  await start();
  await makeRobot('one');
  await makeRobot('two');
  for (const name of ['ann', 'tim']) {
    accounts.push(makeAccount(site.home, name));
    await site.makeMaildir(`${name}/Maildir`);
  }
  /** Delivers what is injected, as the queue would, with the recipient as sender for programs that name themselves. */
  const letGoRound = async (names: Readonly<Record<string, string>>, isHonest: boolean) => {
    const seen: Injected[] = [];
    for (let next = site.injected.shift(); next !== undefined; next = site.injected.shift()) {
      seen.push(next);
      assert.ok(seen.length < 10, 'it goes round');
      const from = /^From: (\S+)/m.exec(next.message)?.[1] ?? '';
      for (const address of next.recipients)
        await site.deliver(names[address] ?? 'joe-none', {
          message: next.message,
          sender: isHonest ? next.sender : from,
        });
    }
    return seen.map(({ recipients }) => recipients[0]);
  };
  const robots = { 'one@example.org': 'joe-one', 'two@example.org': 'joe-two' };
  for (const isHonest of [true, false]) {
    await makeRobot('one', `Subject: ${isHonest}\n\nx`);
    await site.deliver('joe-one', { message: to('one@example.org'), sender: 'two@example.org' });
    assert.deepEqual(await letGoRound(robots, isHonest), isHonest ? ['two@example.org'] : []);
  }
  // Each sends all on to the next, keeps a copy and is away.
  const circle = ['bob', 'ann', 'tim'];
  for (const [at, name] of circle.entries()) {
    await goAway('', name);
    const lines = await site.read(`${name}/.qmail`);
    await site.write(`${name}/.qmail`, `&${circle[(at + 1) % 3]}@example.org\n${lines}`);
  }
  await site.deliver('joe-bob', { message: to('bob@example.org'), sender: 'sue@far.org' });
  const people = Object.fromEntries(circle.map((name) => [`${name}@example.org`, `joe-${name}`]));
  const came = await letGoRound(people, true);
  // Only the one whom she wrote to answers her.
  assert.equal(came.filter((address) => address === 'sue@far.org').length, 1);
  assert.equal(came.length, 4);
  for (const name of circle) assert.equal((await site.mails(`${name}/Maildir`)).length, 1, name);
});
