// Delivery of junk: into the account's folder for it when the door, a scanner of the site or the account's own filter
// says so, and into the inbox whenever something goes wrong.
import assert from 'node:assert/strict';
import { chmod, chown, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, test } from 'node:test';
import { type Account, AccountFlag } from '../../mta/accounts/types.ts';
import type { Filter } from '../../mta/trust/bayes/filter.ts';
import { changeFilter } from '../../mta/trust/bayes/filter-file.ts';
import { chances, makeLetter, makeLetters } from '../support/junk-letters.ts';
import { gid, letter, makeAccount, makeSite, type Site, type SiteOptions, uid } from '../support/local.ts';

let site: Site;
afterEach(() => site.close());

async function start(options: SiteOptions = {}, bob: Partial<Account> = {}): Promise<void> {
  const accounts: Account[] = [];
  site = await makeSite({ accounts, junkfolder: 1, junkfilter: 1, ...options });
  accounts.push(makeAccount(site.home, 'bob', bob));
  await site.write('.qmail-default', "| /bin/vdelivermail '' bounce-no-mailbox\n");
  await site.makeMaildir('bob/Maildir');
}

const marked = (field: string): string =>
  `Received: (qmail 1 invoked from network); 1 Jan 2026 00:00:00 -0000\n${field}${letter}`;
const verdict = 'X-Facteur-Verdict: junk; score=6.1; spf=fail (example.org) 2.0\n';

async function teach(change?: (filter: Filter) => void): Promise<void> {
  await changeFilter(join(site.home, 'bob'), { uid, gid }, (filter) => {
    for (const { bytes, isJunk } of makeLetters(1, 60)) filter.learn(bytes, isJunk ? 'junk' : 'good', 20_000);
    change?.(filter);
    return true;
  });
}
const someLetter = (isJunk: boolean): string => makeLetter(chances(99), isJunk).bytes.toString('latin1');

test('what the door marked as junk goes to the folder for junk, which is made and subscribed to', async () => {
  await start();
  await site.write('bob/Maildir/courierimapsubscribed', 'INBOX\nINBOX.Work\n');
  assert.deepEqual(await site.deliver('joe-bob', { message: marked(verdict) }), {
    code: 'K',
    text: 'did 0+0+1',
  });
  assert.deepEqual(await site.mails('bob/Maildir'), []);
  const [stored] = await site.mails('bob/Maildir/.Junk');
  assert.equal(
    stored,
    `Return-Path: <sender@example.net>\nDelivered-To: bob@example.org\n${marked(verdict)}`,
  );
  assert.match(await site.read('bob/Maildir/courierimapsubscribed'), /^INBOX\.Junk$/m);
  assert.ok((await readdir(join(site.home, 'bob/Maildir/.Junk'))).includes('maildirfolder'));
  await site.deliver('joe-bob', { message: marked(verdict.replace('junk', 'take')) });
  assert.equal((await site.mails('bob/Maildir')).length, 1);
});

test('the folder is the one that a client named so, or that has one of the usual names', async () => {
  await start();
  await site.makeMaildir('bob/Maildir/.Spam');
  await site.deliver('joe-bob', { message: marked(verdict) });
  assert.equal((await site.mails('bob/Maildir/.Spam')).length, 1);
  await site.makeMaildir('bob/Maildir/.Rubbish');
  await site.write('bob/Maildir/facteur-special-use', '\\Junk\t.Rubbish\n');
  await site.deliver('joe-bob', { message: marked(verdict), fromFile: true });
  assert.equal((await site.mails('bob/Maildir/.Rubbish')).length, 1);
});

test('a site without the control files delivers as qmail does, and X-Spam-Flag counts where the site says so', async () => {
  await start({ junkfolder: 0, junkfilter: 0 });
  await teach();
  for (const message of [marked(verdict), marked('X-Spam-Flag: YES\n'), someLetter(true)])
    await site.deliver('joe-bob', { message });
  assert.equal((await site.mails('bob/Maildir')).length, 3);
  await site.close();
  await start();
  await site.deliver('joe-bob', { message: marked('X-Spam-Flag: YES\n') });
  assert.equal((await site.mails('bob/Maildir')).length, 1);
  await site.close();
  await start({ junkfolder: 2 });
  await site.deliver('joe-bob', { message: marked('X-Spam-Flag: YES\n') });
  assert.equal((await site.mails('bob/Maildir/.Junk')).length, 1);
  await site.close();
  // Never dropped: DELETE_SPAM leaves it in the folder, NO_SPAMASSASSIN in the inbox.
  await start({ junkfolder: 2 }, { flags: AccountFlag.deleteSpam });
  await site.deliver('joe-bob', { message: marked('X-Spam-Flag: YES\n') });
  assert.equal((await site.mails('bob/Maildir/.Junk')).length, 1);
  await site.close();
  await start({ junkfolder: 2 }, { flags: AccountFlag.noSpamAssassin });
  await site.deliver('joe-bob', { message: marked('X-Spam-Flag: YES\n') });
  assert.equal((await site.mails('bob/Maildir')).length, 1);
});

test('the account’s own filter puts junk into its folder and says by what words, and leaves good mail alone', async () => {
  await start();
  await teach();
  for (const fromFile of [false, true])
    await site.deliver('joe-bob', { message: someLetter(true), fromFile });
  await site.deliver('joe-bob', { message: someLetter(false) });
  const stored = await site.mails('bob/Maildir/.Junk');
  assert.equal(stored.length, 2);
  for (const one of stored)
    assert.match(
      one,
      /^Return-Path: <sender@example\.net>\nDelivered-To: bob@example\.org\nX-Facteur-Junk: junk; score=(?:0\.\d{3}|1\.000); words=\S/,
    );
  assert.deepEqual(await site.mails('bob/Maildir'), [
    `Return-Path: <sender@example.net>\nDelivered-To: bob@example.org\n${someLetter(false)}`,
  ]);
});

test('a filter that is off or knows too little is not asked', async () => {
  await start();
  await teach((filter) => {
    filter.use = 'no';
  });
  await site.deliver('joe-bob', { message: someLetter(true) });
  await teach((filter) => {
    filter.use = 'site';
    filter.forget();
  });
  await site.deliver('joe-bob', { message: someLetter(true) });
  assert.equal((await site.mails('bob/Maildir')).length, 2);
});

test('the account’s .qmail rules: its own Maildir is sorted, another folder is what it says', async () => {
  await start();
  await site.makeMaildir('bob/Maildir/.Lists');
  await site.write('bob/.qmail', `${site.home}/bob/Maildir/\n`);
  await site.deliver('joe-bob', { message: marked(verdict) });
  assert.equal((await site.mails('bob/Maildir/.Junk')).length, 1);
  await site.write('bob/.qmail', './Maildir/.Lists/\n');
  await site.deliver('joe-bob', { message: marked(verdict) });
  assert.equal((await site.mails('bob/Maildir/.Lists')).length, 1);
});

test('what goes wrong leaves the letter to the inbox', async () => {
  await start();
  // A file in the place of the folder, a filter that is no file of ours.
  await site.write('bob/Maildir/.Junk', 'a file');
  await site.deliver('joe-bob', { message: marked(verdict) });
  assert.equal((await site.mails('bob/Maildir')).length, 1);
  assert.match(site.logged.join('\n'), /cannot ask whether a letter is junk/);
  await rm(join(site.home, 'bob/Maildir/.Junk'));
  await teach();
  const path = join(site.home, 'bob/facteur-junk');
  const file = await readFile(path);
  await writeFile(path, file.subarray(0, 1000));
  await chown(path, uid, gid);
  await chmod(path, 0o600);
  await site.deliver('joe-bob', { message: someLetter(true) });
  assert.equal((await site.mails('bob/Maildir')).length, 2);
});
