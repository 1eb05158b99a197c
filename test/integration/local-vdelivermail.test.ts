// Accounts of virtual domains: vdelivermail's order, texts, .qmail and quota (spec/vpopmail.md 4) without its process.
import assert from 'node:assert/strict';
import { chmod, mkdir, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, test } from 'node:test';
import { type Account, AccountFlag } from '../../mta/accounts/types.ts';
import { letter, makeAccount, makeSite, type Site, type SiteOptions, uid } from '../support/local.ts';

let site: Site;
/** A domain whose directory is joe's home; bob is an account with a Maildir. */
async function start(
  bob: Partial<Account> = {},
  options: SiteOptions = {},
  instruction = 'bounce-no-mailbox',
) {
  const accounts: Account[] = [];
  site = await makeSite({ accounts, ...options });
  accounts.push(makeAccount(site.home, 'bob', bob));
  await site.write('.qmail-default', `| /home/vpopmail/bin/vdelivermail '' ${instruction}\n`);
  await site.makeMaildir('bob/Maildir');
  return site;
}
afterEach(() => site.close());

const stored = (address: string) => `Return-Path: <sender@example.net>\nDelivered-To: ${address}\n${letter}`;

test('an account gets its mail with its own address in Delivered-To, whatever the case', async () => {
  await start();
  for (const local of ['joe-bob', 'joe-BOB']) {
    assert.deepEqual(await site.deliver(local), { code: 'K', text: 'did 0+0+1' });
  }
  assert.deepEqual(await site.mails('bob/Maildir'), Array(2).fill(stored('bob@example.org')));
  assert.ok(!(await readdir(join(site.home, 'bob/Maildir'))).includes('maildirsize'));
});

test('a missing Maildir is made, also with its directory', async () => {
  await start();
  const accounts = [makeAccount(site.home, 'carol', { directory: join(site.home, '0/carol') })];
  await site.close();
  site = await makeSite({ accounts });
  accounts[0] = makeAccount(site.home, 'carol', { directory: join(site.home, '0/carol') });
  await site.write('.qmail-default', "|/bin/vdelivermail '' delete\n");
  assert.deepEqual(await site.deliver('joe-carol'), { code: 'K', text: 'did 0+0+1' });
  assert.deepEqual(await site.mails('0/carol/Maildir'), [stored('carol@example.org')]);
  for (const name of ['0', '0/carol', '0/carol/Maildir', '0/carol/Maildir/new']) {
    const stats = await stat(join(site.home, name));
    assert.equal(stats.mode & 0o7777, 0o700);
    assert.equal(stats.uid, uid);
  }
});

test('the instruction decides about unknown names', async () => {
  await start();
  assert.deepEqual(await site.deliver('joe-eve'), {
    code: 'D',
    text: 'Sorry, no mailbox here by that name. (#5.1.1)',
  });
  await site.write('.no-user.msg', 'Nobody of that name.\n');
  assert.deepEqual(await site.deliver('joe-eve'), { code: 'D', text: 'Nobody of that name.' });
  await site.write('.qmail-default', "|/v/vdelivermail '' delete\n");
  assert.deepEqual(await site.deliver('joe-eve'), { code: 'K', text: 'did 0+0+1' });
  await site.write('.qmail-default', "|/v/vdelivermail '' boss@example.net\n");
  assert.deepEqual(await site.deliver('joe-eve'), { code: 'K', text: 'qp 4711\ndid 0+0+1' });
  await site.write('.qmail-default', "|/v/vdelivermail '' $EXT@example.net\n");
  await site.deliver('joe-eve');
  assert.deepEqual(
    site.injected.map(({ message, sender, recipients }) => [message, sender, ...recipients]),
    ['boss@example.net', 'eve@example.net'].map((recipient) => [
      `Delivered-To: eve@example.org\n${letter}`,
      'sender@example.net',
      recipient,
    ]),
  );
  const path = join(site.home, 'bob');
  await site.write('.qmail-default', `|/v/vdelivermail '' ${path}\n`);
  assert.deepEqual(await site.deliver('joe-eve'), {
    code: 'K',
    text: `user does not exist, but will deliver to ${path}/\ndid 0+0+1`,
  });
  assert.deepEqual(await site.mails('bob/Maildir'), [stored('eve@example.org')]);
});

test('an alias file beats the account; a locked account bounces; a looping message bounces', async () => {
  await start({ flags: AccountFlag.bounceMail });
  assert.deepEqual(await site.deliver('joe-bob'), {
    code: 'D',
    text: 'vdelivermail: account is locked email bounced bob@example.org',
  });
  await site.write('.qmail-bob', '&alias@x\n');
  assert.equal((await site.deliver('joe-bob')).text, 'did 0+1+0\nqp 4711');
  const message = `delivered-TO: Bob@Example.org\n${letter}`;
  await site.write('.qmail-bob', "|/v/vdelivermail '' delete\n");
  assert.deepEqual(await site.deliver('joe-bob', { message }), { code: 'D', text: 'mail is looping' });
});

test("a user's .qmail takes wishes about notifications along as an alias's does", async () => {
  await start();
  const dsn = { notify: ['SUCCESS', 'DELAY'] } as const;
  const fates = [];
  for (const lines of ['&a@x\n', '&a@x\n&b@x\n', './Maildir/\n&a@x\n']) {
    await site.write('bob/.qmail', lines);
    fates.push((await site.deliver('joe-bob', { dsn })).fate);
  }
  assert.deepEqual(fates, ['passed on', 'expanded', undefined]);
  assert.deepEqual(
    site.injected.map(({ notify }) => notify),
    [['SUCCESS,DELAY'], ['DELAY', 'DELAY'], ['DELAY']],
  );
});

test("a user's .qmail: folders, programs, forwards, comments, and the empty file", async () => {
  await start();
  await site.makeMaildir('bob/Maildir/.Lists');
  await site.write('bob/.qmail', './Maildir/\n./Maildir/.Lists/\n|echo "$HOST in $PWD"\n&a@x\nb@y\n');
  assert.deepEqual(await site.deliver('joe-bob'), {
    code: 'K',
    text: `example.org in ${site.home}/bob\nqp 4711\ndid 0+0+1`,
  });
  assert.equal((await site.mails('bob/Maildir')).length, 1);
  assert.equal((await site.mails('bob/Maildir/.Lists')).length, 1);
  assert.deepEqual(site.injected[0]?.recipients, ['a@x', 'b@y']);
  assert.equal(site.injected[0]?.sender, 'sender@example.net');
  await site.write('bob/.qmail', '# discarded\n');
  assert.equal((await site.deliver('joe-bob')).code, 'K');
  assert.equal((await site.mails('bob/Maildir')).length, 1);
  await site.write('bob/.qmail', '');
  assert.equal((await site.deliver('joe-bob')).code, 'K');
  assert.equal((await site.mails('bob/Maildir')).length, 2);
  await site.write('bob/.qmail', '/tmp/mbox\n');
  assert.deepEqual(await site.deliver('joe-bob'), {
    code: 'Z',
    text: "can't handle mbox delivery for /tmp/mbox",
  });
  await site.write('bob/.qmail', '|exit 99\n./Maildir/\n');
  assert.equal((await site.deliver('joe-bob')).code, 'K');
  await site.write('bob/.qmail', '|exit 100\n');
  assert.equal((await site.deliver('joe-bob')).code, 'D');
  await site.write('bob/.qmail', '|exit 3\n');
  assert.equal((await site.deliver('joe-bob')).code, 'Z');
  assert.equal((await site.mails('bob/Maildir')).length, 2);
});

test('a sticky account directory defers', async () => {
  await start();
  await chmod(join(site.home, 'bob'), 0o1700);
  assert.deepEqual(await site.deliver('joe-bob'), {
    code: 'Z',
    text: 'Home directory is sticky: user is editing his .qmail file. (#4.2.1)',
  });
});

test('a quota is kept in maildirsize and bounces when it is full', async () => {
  const size = stored('bob@example.org').length;
  await start({ quota: `${2 * size}S` });
  assert.equal((await site.deliver('joe-bob')).code, 'K');
  assert.equal((await site.deliver('joe-bob')).code, 'K');
  assert.equal(await site.read('bob/Maildir/maildirsize'), `${2 * size}S\n0 0\n${size} 1\n${size} 1\n`);
  assert.equal((await stat(join(site.home, 'bob/Maildir/maildirsize'))).uid, uid);
  assert.deepEqual(await site.deliver('joe-bob'), { code: 'D', text: 'user is over quota\n' });
  await site.write('.over-quota.msg', 'Bob has no room.\n');
  assert.deepEqual(await site.deliver('joe-bob'), { code: 'D', text: 'Bob has no room.' });
  assert.equal((await site.mails('bob/Maildir')).length, 2);
  assert.deepEqual(await readdir(join(site.home, 'bob/Maildir/tmp')), []);
});

test('a count quota counts folders but neither Trash nor messages flagged T', async () => {
  await start({ quota: '3C' });
  await site.makeMaildir('bob/Maildir/.Old');
  await site.makeMaildir('bob/Maildir/.Trash');
  await site.write('bob/Maildir/.Old/cur/1.a.b:2,S', 'x');
  await site.write('bob/Maildir/.Old/cur/2.a.b:2,ST', 'x');
  await site.write('bob/Maildir/.Trash/cur/3.a.b:2,S', 'x');
  await site.write('bob/Maildir/cur/4.a.b,S=77:2,S', 'x');
  assert.equal((await site.deliver('joe-bob')).code, 'K');
  assert.match(await site.read('bob/Maildir/maildirsize'), /^3C\n78 2\n\d+ 1\n$/);
  assert.equal((await site.deliver('joe-bob')).code, 'D');
});

test('a damaged, changed, too long or linked maildirsize is counted anew', async () => {
  await start({ quota: '100000S' });
  for (const content of ['', 'x', '100000S\n-5 -1\n', '5S\n0 0\n', `100000S\n0 0\n${'1 1\n'.repeat(2000)}`]) {
    await site.write('bob/Maildir/maildirsize', content);
    assert.equal((await site.deliver('joe-bob')).code, 'K', content.slice(0, 20));
    const count = (await site.mails('bob/Maildir')).length;
    const size = stored('bob@example.org').length;
    assert.equal(
      await site.read('bob/Maildir/maildirsize'),
      `100000S\n${(count - 1) * size} ${count - 1}\n${size} 1\n`,
    );
  }
  const victim = join(site.root, 'victim');
  await writeFile(victim, '100000S\n0 0\n');
  const { rm } = await import('node:fs/promises');
  await rm(join(site.home, 'bob/Maildir/maildirsize'));
  await symlink(victim, join(site.home, 'bob/Maildir/maildirsize'));
  assert.equal((await site.deliver('joe-bob')).code, 'K');
  assert.equal(await site.read(victim), '100000S\n0 0\n');
  assert.ok((await stat(join(site.home, 'bob/Maildir/maildirsize'))).isFile());
});

test('a maildirsize that is there is obeyed by an ordinary Maildir line too', async () => {
  await start();
  await site.makeMaildir('Maildir');
  await site.write('Maildir/maildirsize', '1000S\n990 3\n');
  await site.write('Maildir/cur/1.a.b,S=990:2,S', 'x');
  assert.deepEqual(await site.deliver('joe'), { code: 'D', text: 'User over quota. (#5.1.1)' });
});

test('a nearly full mailbox is warned once a day', async () => {
  const size = stored('bob@example.org').length;
  await start({ quota: `${3 * size}S` });
  await site.write('.quotawarn.msg', 'Subject: nearly full\n\nPlease tidy up.\n');
  for (let i = 0; i < 2; i++) assert.equal((await site.deliver('joe-bob')).code, 'K');
  assert.equal((await site.mails('bob/Maildir')).length, 2);
  assert.equal((await site.deliver('joe-bob')).code, 'K');
  const warning = (await site.mails('bob/Maildir')).find((mail) => mail.includes('tidy'));
  assert.match(
    warning ?? '',
    /^Delivered-To: bob@example\.org\nDate: .+\nSubject: nearly full\n\nPlease tidy up\.\n$/,
  );
  assert.ok((await readdir(join(site.home, 'bob/Maildir'))).includes('quotawarn'));
});

test('an account back end that cannot answer defers', async () => {
  await start(
    {},
    {
      agent: {
        accounts: {
          findAccount: () => Promise.reject(new Error('database is down')),
          findAlias: async () => undefined,
          findDomain: async () => undefined,
          recipientExists: async () => false,
          examineRecipient: async () => ({ exists: false }),
          authenticate: async () => undefined,
        },
      },
    },
  );
  assert.deepEqual(await site.deliver('joe-bob'), {
    code: 'Z',
    text: 'Unable to look up the account. (#4.3.0)',
  });
  assert.deepEqual(site.logged, ['warning: cannot look up account bob@example.org: database is down']);
});

test('an account directory that is a file defers and creates nothing', async () => {
  await start();
  await mkdir(join(site.home, 'x'));
  await site.close();
  const accounts: Account[] = [];
  site = await makeSite({ accounts });
  accounts.push(makeAccount(site.home, 'bob'));
  await site.write('bob', 'a file');
  await site.write('.qmail-default', "|/v/vdelivermail '' delete\n");
  assert.equal((await site.deliver('joe-bob')).code, 'Z');
});
