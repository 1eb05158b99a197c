// What happens to the security of an account is taken down for 90 days, and its owner hears of what may not be theirs
// (webmail.md X5; RFC 3834): new browser, new forward, second factor off.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { buildNotice } from '../../server/web/security/notices.ts';
import { openStateDatabase } from '../../server/web/state/database.ts';
import { keptFor, openSecurityLog } from '../../server/web/state/security-log.ts';
import { postForm, signInAdmin } from '../support/admin.ts';
import { type MailSite, startMailSite } from '../support/mail-pages.ts';
import { password } from '../support/site.ts';

const alice = 'alice@example.com';
let site: MailSite;
before(async () => {
  site = await startMailSite();
});
after(() => site.close());

/** Signs in through the form, as people do. */
async function signIn(fields: Record<string, string> = {}, word = password) {
  const client = site.client();
  return { client, answer: await client.signIn(alice, word, fields) };
}
const kinds = () => site.web.securityLog.list(alice).map(({ kind }) => kind);
const bodyOf = (message: string): string => {
  const at = message.indexOf('\n\n');
  return Buffer.from(message.slice(at + 2), 'base64').toString();
};

describe('the log', () => {
  test('holds sign-ins and wrong passwords with their address; the first sign-in is news to nobody', async () => {
    await signIn();
    assert.deepEqual(kinds(), ['signin']);
    await signIn({}, 'wrong');
    await signIn({}, 'wrong again');
    // They are taken down after the answer.
    const end = Date.now() + 10_000;
    while (site.web.securityLog.list(alice)[0]?.times !== 2 && Date.now() < end) await setImmediate();
    const [line] = site.web.securityLog.list(alice);
    assert.deepEqual([line?.kind, line?.times, line?.ip], ['failed', 2, '127.0.0.1']);
    await site.web.security.settled();
    assert.equal(site.injected.length, 0);
  });

  test('a sign-in from another browser is told to the owner, in a letter that can start no loop', async () => {
    const { client } = await signIn();
    await site.web.security.settled();
    assert.equal(kinds()[0], 'newDevice');
    const [letter] = site.injected;
    assert.equal(letter?.sender, '');
    assert.deepEqual(letter?.recipients, [alice]);
    assert.match(letter!.message, /^From: <postmaster@example\.com>\nTo: <alice@example\.com>\n/);
    assert.match(letter!.message, /^Auto-Submitted: auto-generated$/m);
    assert.match(bodyOf(letter!.message), /signed in to alice@example\.com from a browser that was not used/);
    assert.match(bodyOf(letter!.message), /Network address: 127\.0\.0\.1/);
    // The same browser again is known.
    await client.post('/logout', { csrf: await client.token() });
    await client.signIn(alice);
    assert.equal(kinds()[0], 'signin');
    assert.equal(site.injected.length, 1);
  });

  test('a new forward is in the log, and a letter lies in the Inbox though the mail goes elsewhere', async () => {
    const { client } = await signIn();
    const before = site.injected.length;
    const page = await client.get('/settings/delivery');
    const version = /name="version" value="([^"]*)"/.exec(page.body)?.[1] ?? '';
    const answer = await client.post('/settings/delivery', {
      csrf: await client.token(),
      version,
      delivery: 'forward',
      forwards: 'elsewhere@example.net',
      'own-password': password,
    });
    assert.equal(answer.status, 303);
    // Asking is told as a change, and the consent as a forward.
    const letter = site.injected.findLast(({ recipients }) => recipients[0] === 'elsewhere@example.net');
    const t = /forward\?t=(\S+)/.exec(bodyOf(letter!.message))?.[1] ?? '';
    assert.equal((await site.client().post('/forward', { t: decodeURIComponent(t) })).status, 200);
    await site.web.security.settled();
    const [line, asked] = site.web.securityLog.list(alice);
    assert.deepEqual([line?.kind, line?.about], ['forward', 'elsewhere@example.net']);
    assert.deepEqual([asked?.kind, asked?.about], ['filter', alice]);
    assert.ok(site.injected.length <= before + 2, 'only the sign-in and the question were injected');
    const mailbox = (await site.web.mailboxOf(alice))!;
    const { rows } = await mailbox.list({ folder: 'INBOX', limit: 10 });
    assert.deepEqual(
      rows.map(({ subject }) => subject),
      ['Your mail goes on to another address', 'What happens to your mail was changed'],
    );
  });

  test('an answer while away, and what an administrator changes, are in the log and told to the owner', async () => {
    const bob = 'bob@example.com';
    const kindsOf = () =>
      site.web.securityLog
        .list(bob)
        .map(({ kind, about }) => [kind, about])
        .filter(([kind]) => kind !== 'signin' && kind !== 'newDevice');
    const client = await site.signIn(bob);
    const away = {
      delivery: 'mailbox',
      vacation: '1',
      'vacation-subject': 'Away',
      'vacation-message': 'Until Monday.',
    };
    // What is saved as it was is no change.
    for (let n = 0; n < 2; n++)
      assert.equal((await postForm(client, '/settings/delivery', away)).status, 303);
    assert.deepEqual(kindsOf(), [['filter', bob]]);
    const postmaster = await signInAdmin(site, 'postmaster@example.com');
    const path = '/admin/d/example.com/accounts/bob';
    const discard = { gecos: 'Bob', quota: '', quotaUnit: 'M', quotaMessages: '', delivery: 'discard' };
    assert.equal((await postForm(postmaster, path, discard)).status, 303);
    const forward = {
      ...discard,
      delivery: 'forward',
      forwards: 'boss@example.net',
      password: 'a new password 1',
    };
    assert.equal((await postForm(postmaster, path, forward)).status, 303);
    await site.web.security.settled();
    assert.deepEqual(kindsOf(), [
      ['password', ''],
      ['forward', 'boss@example.net'],
      ['filter', 'postmaster@example.com'],
      ['filter', bob],
    ]);
    const mailbox = (await site.web.mailboxOf(bob))!;
    const { rows } = await mailbox.list({ folder: 'INBOX', limit: 10 });
    assert.deepEqual(rows.map(({ subject }) => subject).sort(), [
      'What happens to your mail was changed',
      'What happens to your mail was changed',
      'Your mail goes on to another address',
    ]);
  });

  test('its page shows words, times, browser and address, and only the own', async () => {
    const { client } = await signIn();
    const { status, body } = await client.get('/settings/security/log');
    assert.equal(status, 200);
    for (const words of [
      /2 wrong passwords/,
      /Mail goes on to elsewhere@example\.net/,
      /Signed in from a new browser/,
      /127\.0\.0\.1/,
    ])
      assert.match(body, words);
    const other = await site.signIn('bob@example.com');
    assert.doesNotMatch((await other.get('/settings/security/log')).body, /elsewhere@example/);
  });

  test('nothing is kept of accounts that are not there', async () => {
    await site.client().signIn('nobody@example.com', 'x');
    assert.deepEqual(site.web.securityLog.list('nobody@example.com'), []);
  });

  test('an owner who cannot be written to can sign in all the same; the log of the program says so', async () => {
    site.answer = { code: 'Z', text: 'queue is full' };
    assert.equal((await signIn()).answer.status, 303);
    await site.web.security.settled();
    assert.ok(
      site.logged.some((line) => /notice to alice@example\.com not sent: .*queue is full/.test(line)),
    );
    site.answer = { code: 'K', text: 'ok' };
  });
});

test('the log is bounded in lines and in days', async () => {
  const database = await openStateDatabase(site.home.state);
  let now = 1_800_000_000_000;
  const log = openSecurityLog(database, () => now);
  for (let n = 0; n < 700; n++)
    log.add('x@example.com', { kind: 'signin', ip: `192.0.2.${n % 250}`, device: '', about: '' });
  assert.equal(log.list('x@example.com').length, 500);
  for (let n = 0; n < 50; n++)
    log.add('y@example.com', { kind: 'failed', ip: '192.0.2.1', device: '', about: '' });
  assert.deepEqual(
    log.list('y@example.com').map(({ times }) => times),
    [50],
  );
  now += 3600_001;
  log.add('y@example.com', { kind: 'failed', ip: '192.0.2.1', device: '', about: '' });
  assert.equal(log.list('y@example.com').length, 2);
  now += keptFor;
  log.prune();
  assert.deepEqual([...log.list('x@example.com'), ...log.list('y@example.com')], []);
  database.close();
});

test('a notice is a message of short lines, whatever its language', () => {
  const message = buildNotice({
    address: alice,
    subject: 'Новый вход в ваш почтовый ящик с браузера, которым вы ещё не пользовались',
    paragraphs: ['Кто-то вошёл.', 'x'.repeat(3000)],
    date: new Date(0),
    messageId: 'a@b',
  }).toString('latin1');
  assert.ok(message.split('\n').every((line) => line.length <= 78 && /^[\x20-\x7e]*$/.test(line)));
  assert.match(bodyOf(message), /^Кто-то вошёл\.\n\nx{3000}\n$/);
});
