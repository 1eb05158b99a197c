// Requests to a mailing list, from the .qmail file to the letter that goes out (ezmlm-manage(1), ezmlm-make(1); spec/vpopmail.md
// 8.3): coming and going with confirmations, moderators, remote administration, and what never subscribes anybody
// (security.md R10). The lines are those that ezmlm-make writes, with programs that are not there: no shell is started.
import assert from 'node:assert/strict';
import { chown, lchown, lstat, readdir, readlink, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, test } from 'node:test';
import { makeList } from '../../mta/lists/make.ts';
import { countSubscribers, findExactly, subscribe } from '../../mta/lists/subscribers.ts';
import { gid, type Injected, makeSite, type Site, uid } from '../support/local.ts';

let site: Site;
let directory = '';
afterEach(() => site.close());

/** A list joe-talk@example.org with these options. */
async function startList(letters = '', words: Readonly<Record<string, string>> = {}) {
  site = await makeSite();
  directory = join(site.home, 'talk');
  await makeList({
    directory,
    dot: join(site.home, '.qmail-talk'),
    local: 'joe-talk',
    host: 'example.org',
    letters: new Map([...'ap', ...letters].map((letter) => [letter.toLowerCase(), /[a-z]/.test(letter)])),
    words: new Map(Object.entries(words)),
    edits: false,
    keepsOptions: false,
    programs: '/nowhere/ezmlm',
    etc: '/nowhere',
  });
}

/** A letter to a command of the list. */
async function ask(command: string, sender: string, { header = '', body = 'Please.\n' } = {}) {
  const outcome = await site.deliver(`joe-talk-${command}`, {
    sender,
    message: `From: "A Person" <${sender}>\nSubject: hi\n${header}\n${body}`,
  });
  return outcome;
}
const last = (): Injected => site.injected.at(-1) ?? assert.fail('nothing was sent');
/** Where an answer to the last letter goes: its command. */
const replyCommand = (): string =>
  /^Reply-To: joe-talk-(.*)@example\.org$/m.exec(last().message)?.[1] ?? assert.fail(last().message);
const isSubscribed = async (address: string, set = '.') =>
  (await findExactly(directory, set, address)) !== undefined;

test('who asks to come is asked back, and his answer subscribes him; the same to go', async () => {
  await startList();
  assert.equal((await ask('subscribe', 'Ann@Far.org')).code, 'K');
  assert.ok(!(await isSubscribed('ann@far.org')));
  const question = last();
  assert.equal(question.sender, 'joe-talk-return-@example.org');
  assert.deepEqual(question.recipients, ['Ann@Far.org']);
  assert.match(replyCommand(), /^sc\.\d+\.[a-p]{20}-Ann=Far\.org$/);
  assert.match(question.message, /^Mailing-List: contact joe-talk-help@example\.org; run by ezmlm$/m);
  assert.match(question.message, /^Auto-Submitted: auto-replied$/m);
  assert.match(question.message, /^From: joe-talk-help@example\.org$/m);
  assert.match(
    question.message,
    /\n\n[\s\S]*subscribe\n\n {3}Ann@Far\.org\n[\s\S]*\nReturn-Path: <Ann@Far\.org>\nFrom: "A Person"/,
  );

  assert.deepEqual(await ask(replyCommand(), 'ann@far.org'), {
    code: 'K',
    text: 'ezmlm-manage: info: qp 4711\ndid 0+0+7',
  });
  assert.match(last().message, /^Subject: Welcome to joe-talk@example\.org$/m);
  assert.match(
    last().message,
    /^List-Unsubscribe: <mailto:joe-talk-unsubscribe-Ann=Far\.org@example\.org>$/m,
  );
  assert.equal(await findExactly(directory, '.', 'ANN@far.ORG'), 'Ann@far.org');
  await ask('subscribe', 'ann@far.org');
  assert.match(last().message, /^Subject: Already subscribed/m);

  await ask('unsubscribe', 'ann@far.org');
  assert.ok(await isSubscribed('ann@far.org'));
  await ask(replyCommand(), 'somebody@else.org');
  assert.ok(!(await isSubscribed('ann@far.org')));
  assert.match(last().message, /^Subject: Goodbye/m);
  assert.match(
    await site.read('talk/Log'),
    /^\d+ \+ Ann@far\.org "A Person" <ann@far\.org>\n\d+ - ann@far\.org\n$/,
  );
});

test('a confirmation that was changed, for another address or another action subscribes nobody', async () => {
  await startList();
  await ask('subscribe', 'ann@far.org');
  const good = replyCommand();
  const [, time = '', cookie = ''] = /^sc\.(\d+)\.(.*)-ann/.exec(good) ?? [];
  const old = Number(time) - 1_000_001;
  for (const bad of [
    `sc.${time}.${cookie}-eve=far.org`,
    `sc.${time}.${cookie.replace(/./, (letter) => (letter === 'a' ? 'b' : 'a'))}-ann=far.org`,
    `sc.${Number(time) + 5000}.${cookie}-ann=far.org`,
    `sc.${old}.${cookie}-ann=far.org`,
    `digest-sc.${time}.${cookie}-ann=far.org`,
    'sc.-ann=far.org',
  ]) {
    assert.equal((await ask(bad, 'eve@far.org')).code, 'K', bad);
    assert.equal((await countSubscribers(directory)) + (await countSubscribers(directory, 'digest')), 0, bad);
  }
  assert.match(last().message, /does not count/);
  for (const bad of [`tc.${time}.${cookie}-ann=far.org`, `rc.${time}.${cookie}-ann=far.org`])
    assert.equal((await ask(bad, 'eve@far.org')).code, 'D', bad);
  assert.equal((await ask(good, 'ann@far.org')).code, 'K');
  assert.ok(await isSubscribed('ann@far.org'));
});

test('bounces, letters of machines and of lists ask for nothing', async () => {
  await startList();
  assert.equal((await ask('subscribe', '')).code, 'D');
  await ask('subscribe', 'ann@far.org');
  const confirm = replyCommand();
  const sent = site.injected.length;
  for (const header of [
    'Auto-Submitted: auto-replied\n',
    'Precedence: bulk\n',
    'List-Id: <x.org>\n',
    'Subject: Out of Office AutoReply: hi\n',
  ])
    assert.match((await ask(confirm, 'ann@far.org', { header })).text, /^did 0\+0\+1$/, header);
  // The same without ezmlm-weed before it, as in lists of old versions.
  await unlink(join(directory, 'manager'));
  await site.write('talk/manager', `|/nowhere/ezmlm-manage '/nowhere/../${directory.slice(1)}'\n`);
  assert.match(
    (await ask(confirm, 'ann@far.org', { header: 'Auto-Submitted: auto-replied\n' })).text,
    /a machine sent this/,
  );
  assert.equal((await ask(confirm, 'ann@far.org', { header: 'Mailing-List: x\n' })).code, 'D');
  const loop = 'Delivered-To: responder for joe-talk@example.org\n';
  assert.match((await ask(confirm, 'ann@far.org', { header: loop })).text, /looping/);
  assert.equal(site.injected.length, sent);
  assert.equal(await countSubscribers(directory), 0);
});

test('addresses that are none, and the list’s own, are refused', async () => {
  await startList('hj');
  for (const target of [
    'joe-talk=example.org',
    'JOE-talk-help=Example.ORG',
    'a b=far.org',
    'a=far..org',
    'a=far.org>',
    '=far.org',
    'ann',
    `${'x'.repeat(400)}=far.org`,
    'ann@x=far.org',
  ])
    assert.equal((await ask(`subscribe-${target}`, 'eve@far.org')).code, 'D', target);
  assert.equal(await countSubscribers(directory), 0);
  assert.equal(site.injected.length, 0);
  assert.equal((await ask('subscribe-jö=far.org', 'eve@far.org')).code, 'K');
  assert.ok(await isSubscribed('jö@far.org'));
});

test('nobody is flooded with questions that others ask for in his name', async () => {
  await startList();
  const answers: string[] = [];
  for (let i = 0; i < 5; i++) answers.push((await ask('subscribe-ann=far.org', `eve${i}@far.org`)).text);
  assert.equal(site.injected.length, 3);
  assert.match(
    answers[4] ?? '',
    /^ezmlm-manage: info: nothing sent to ann@far\.org: it had its letters of this hour\n/,
  );
  await ask('subscribe', 'bob@far.org');
  assert.equal(site.injected.length, 4);
  for (let i = 0; i < 12; i++) await ask('info-ann=far.org', 'eve@far.org');
  assert.equal(site.injected.length, 14);
});

test('a moderated subscription goes to the moderators when the subscriber has confirmed it', async () => {
  await startList('s');
  for (const moderator of ['mod1@far.org', 'mod2@far.org']) await subscribe(directory, 'mod', moderator);
  await ask('subscribe', 'ann@far.org');
  await ask(replyCommand(), 'ann@far.org', { header: 'X-Note: 1\n' });
  assert.ok(!(await isSubscribed('ann@far.org')));
  assert.deepEqual([...last().recipients].sort(), ['mod1@far.org', 'mod2@far.org']);
  assert.match(replyCommand(), /^tc\./);
  const confirm = replyCommand();
  await ask(confirm, 'mod2@far.org');
  assert.ok(await isSubscribed('ann@far.org'));
  assert.deepEqual(last().recipients, ['ann@far.org']);
  assert.ok(!last().message.includes('mod2'), 'the moderator is not named');
  assert.match(await site.read('talk/Log'), /\+ ann@far\.org "A Person" <ann@far\.org>\n$/);
  const sent = site.injected.length;
  assert.match((await ask(confirm, 'mod1@far.org')).text, /target is already a subscriber/);
  assert.equal(site.injected.length, sent);
});

test('a remote administrator acts for others, lists them, and reads the log; nobody else does', async () => {
  await startList('rlP');
  await subscribe(directory, 'mod', 'mod@far.org');
  assert.equal((await ask('subscribe', 'eve@far.org')).code, 'D');
  await ask('subscribe-ann=far.org', 'mod@far.org');
  assert.deepEqual(last().recipients, ['mod@far.org']);
  assert.match(replyCommand(), /^rc\./);
  await ask(replyCommand(), 'mod@far.org');
  assert.ok(await isSubscribed('ann@far.org'));
  await ask('deny-subscribe-eve=far.org', 'mod@far.org');
  await ask(replyCommand(), 'mod@far.org');
  assert.ok(await isSubscribed('eve@far.org', 'deny'));
  await ask('list', 'mod@far.org');
  assert.match(last().message, /\nann@far\.org\n\n {2}======> 1\n/);
  await ask('log.ANN', 'mod@far.org');
  assert.match(last().message, /-0000: \d+ \+mod ann@far\.org\n/);
  for (const command of ['list', 'log', 'listn', 'deny-subscribe-bob=far.org'])
    assert.equal((await ask(command, 'eve@far.org')).code, 'D', command);
  // Somebody who writes a moderator's address into the command makes the answer go there, and nowhere else.
  await ask('list-mod=far.org', 'eve@far.org');
  assert.deepEqual(last().recipients, ['mod@far.org']);
  await ask('unsubscribe-ann=far.org', 'mod@far.org');
  assert.match(replyCommand(), /^wc\./);
  await ask(replyCommand(), 'mod@far.org');
  assert.ok(!(await isSubscribed('ann@far.org')));
});

test('a text is sent to a remote administrator and stored when it comes back, unless it was changed meanwhile', async () => {
  await startList('rn');
  await subscribe(directory, 'mod', 'mod@far.org');
  await ask('edit.info', 'mod@far.org');
  const confirm = replyCommand();
  assert.match(last().message, /%%% START OF TEXT FILE\nThe owner of this list/);
  const body = '> %%% START OF TEXT FILE\n> All about tea in <#h#>.\n> %%% END OF TEXT FILE\n';
  assert.equal((await ask(confirm.replace('.info.', '.help.'), 'mod@far.org', { body })).code, 'D');
  assert.equal((await ask(confirm, 'mod@far.org', { body })).code, 'K');
  assert.equal(await site.read('talk/text/info'), 'All about tea in <#h#>.\n');
  assert.equal((await ask(confirm, 'mod@far.org', { body })).code, 'D');
  await ask('info', 'ann@far.org');
  assert.match(last().message, /\nAll about tea in example\.org\.\n/);
  assert.equal((await ask('edit.info', 'eve@far.org')).code, 'D');
  assert.equal((await ask('edit.../../key', 'mod@far.org')).code, 'D');
});

test('texts of the list are coded as its charset says, with the request as a part of its own', async () => {
  await startList();
  await site.write('talk/charset', 'utf-8:Q\n');
  await site.write('talk/text/top', 'Grüße = <#l#>\n');
  await ask('info', 'ann@far.org');
  const { message } = last();
  assert.match(
    message,
    /^Content-Type: multipart\/mixed; boundary=([a-p]{20})\n\n--\1\nContent-Type: text\/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\nGr=C3=BC=C3=9Fe =3D joe-talk/m,
  );
  assert.match(message, /\nContent-Type: message\/rfc822\n[\s\S]*\nReturn-Path: <ann@far\.org>\nFrom: /);
});

test('a letter to the request address goes on to the command that its subject means', async () => {
  await startList();
  const outcome = await site.deliver('joe-talk-request', {
    sender: 'ann@far.org',
    message: 'From: ann@far.org\nSubject: subscribe bob@far.org\nPrecedence: none\n\nhi\n',
  });
  assert.equal(outcome.code, 'K');
  assert.deepEqual(
    [last().sender, ...last().recipients],
    ['ann@far.org', 'joe-talk-subscribe-bob=far.org@example.org'],
  );
  assert.equal(
    last().message,
    'Delivered-To: request processor for joe-talk@example.org\nFrom: ann@far.org\nSubject: subscribe bob@far.org\n\nhi\n',
  );
});

test('a queue that is full puts the request off, and what was done is told by the next try', async () => {
  await startList();
  await ask('subscribe', 'ann@far.org');
  const confirm = replyCommand();
  site.answer = { code: 'Z', text: 'full' };
  assert.deepEqual(await ask(confirm, 'ann@far.org'), { code: 'Z', text: 'ezmlm-manage: fatal: full' });
  site.answer = { code: 'K', text: 'ok 1 qp 5' };
  assert.equal((await ask(confirm, 'ann@far.org')).code, 'K');
  assert.equal(await countSubscribers(directory), 1);
});

test('what is not wholly known is left to the shell, as are lists in databases', async () => {
  await startList();
  await site.write('talk/sql', 'host:port\n');
  assert.match((await ask('help', 'ann@far.org')).text, /not found|No such file/);
  await unlink(join(directory, 'sql'));
  await site.write('.qmail-x', '|/bin/echo ezmlm-manage here\n|ezmlm-weed 2>/dev/null; exit 99\n');
  assert.equal((await site.deliver('joe-x')).text, 'ezmlm-manage here\ndid 0+0+2');
});

test('a new list is its owner’s, with the links and files of ezmlm-make, and its key last', async () => {
  await startList('dm', { 5: 'owner@far.org' });
  assert.equal(await readlink(join(site.home, '.qmail-talk-default')), join(directory, 'manager'));
  assert.equal(await site.read('talk/owner'), 'owner@far.org\n');
  assert.equal(
    (await site.read('talk/headeradd')).split('\n')[3],
    'List-Post: <mailto:joe-talk@example.org>',
  );
  for (const name of await readdir(directory))
    assert.equal((await lstat(join(directory, name))).uid, uid, name);
  assert.deepEqual((await readdir(site.home)).filter((name) => name.startsWith('.qmail')).length, 10);
  await chown(directory, uid, gid);
  await lchown(directory, uid, gid);
});
