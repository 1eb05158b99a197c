// Mail filters at delivery: scripts of the site, of domains and of accounts rule what becomes of a letter, and whatever is
// wrong with them, no letter is lost, and none is stored or sent twice.
import assert from 'node:assert/strict';
import { chmod, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, it } from 'node:test';
import type { Account } from '../../mta/accounts/types.ts';
import { letter, makeAccount, makeSite, type Site, type SiteOptions } from '../support/local.ts';

let site: Site;
afterEach(() => site.close());

async function start(
  script: string | undefined,
  options: SiteOptions = {},
  bob: Partial<Account> = {},
): Promise<void> {
  const accounts: Account[] = [];
  site = await makeSite({ accounts, sieve: 1, junkfolder: 1, ...options });
  accounts.push(makeAccount(site.home, 'bob', bob));
  await site.write('.qmail-default', "| /bin/vdelivermail '' bounce-no-mailbox\n");
  await site.makeMaildir('bob/Maildir');
  if (script !== undefined) await write(script);
}

const write = (script: string) => site.write('bob/.dovecot.sieve', script);
const deliver = (message = letter, more: Parameters<Site['deliver']>[1] = {}) =>
  site.deliver('joe-bob', { message, ...more });
const inbox = () => site.mails('bob/Maildir');
const folder = (name: string) => site.mails(`bob/Maildir/.${name}`).catch(() => []);
const flagged = (path = 'bob/Maildir') => readdir(join(site.home, path, 'cur'));
const top = 'Return-Path: <sender@example.net>\nDelivered-To: bob@example.org\n';
const done = { code: 'K', text: 'did 0+0+1' };
const verdict = 'X-Facteur-Verdict: junk; score=6.1; spf=fail (example.org) 2.0\n';
const junk = `Received: (qmail 1 invoked from network); 1 Jan 2026 00:00:00 -0000\n${verdict}${letter}`;

describe('where a letter goes', () => {
  it('a folder, which is made and subscribed to when the script says so', async () => {
    await start('require ["fileinto", "mailbox"]; fileinto :create "Lists/qmail";');
    await site.write('bob/Maildir/courierimapsubscribed', 'INBOX\n');
    assert.deepEqual(await deliver(), done);
    assert.deepEqual(await folder('Lists.qmail'), [top + letter]);
    assert.deepEqual(await inbox(), []);
    assert.match(await site.read('bob/Maildir/courierimapsubscribed'), /^INBOX\.Lists\.qmail$/m);
  });

  it('the inbox, when there is no such folder', async () => {
    await start('require "fileinto"; fileinto "Nowhere"; fileinto "../../joe"; fileinto "INBOX.";');
    assert.deepEqual(await deliver(), done);
    assert.deepEqual(await inbox(), [top + letter]);
    assert.match(site.logged.join('\n'), /Nowhere: there is no such folder/);
  });

  it('the folder with a use, whatever it is called', async () => {
    await start('require ["fileinto", "special-use"]; fileinto :specialuse "\\\\Archive" "INBOX";');
    await site.makeMaildir('bob/Maildir/.Attic');
    await site.write('bob/Maildir/facteur-special-use', '\\Archive\t.Attic\n');
    await deliver();
    assert.equal((await folder('Attic')).length, 1);
  });

  it('nowhere, when it is discarded', async () => {
    await start('discard;');
    assert.deepEqual(await deliver(), { code: 'K', text: 'discarded by a mail filter\ndid 0+0+1' });
    assert.deepEqual(await inbox(), []);
  });

  it('with flags and keywords, in the letters of the file name', async () => {
    await start('require "imap4flags"; keep :flags ["\\\\Seen", "\\\\Flagged", "$label1", "Urgent"];');
    await site.write('bob/Maildir/dovecot-keywords', '0 Other\n');
    await deliver();
    const [name] = await flagged();
    assert.match(name ?? '', /,S=\d+,W=\d+:2,FSbc$/);
    assert.equal(await site.read('bob/Maildir/dovecot-keywords'), '0 Other\n1 $label1\n2 Urgent\n');
    assert.equal(await site.read(`bob/Maildir/cur/${name}`), top + letter);
  });

  it('with the header that the script made of it, out of memory or a file', async () => {
    await start('require "editheader"; addheader "X-Seen" "yes"; deleteheader "To"; keep;');
    const kept = letter.replace('To: joe@example.org\n', '');
    for (const fromFile of [false, true]) await deliver(letter, { fromFile });
    assert.deepEqual(await inbox(), Array(2).fill(`${top}X-Seen: yes\n${kept}`));
  });

  it('the folder for junk only when the script leaves the letter as it is', async () => {
    await start('if header :contains "subject" "money" { discard; }');
    await deliver(junk);
    assert.equal((await folder('Junk')).length, 1);
    await write('keep;');
    await deliver(junk);
    assert.equal((await inbox()).length, 1);
    await write(
      'require ["spamtestplus", "fileinto", "mailbox"]; if spamtest :percent :value "ge" :comparator "i;ascii-numeric" "50" { fileinto :create "Bad"; }'.replace(
        '["',
        '["relational", "comparator-i;ascii-numeric", "',
      ),
    );
    await deliver(junk);
    assert.equal((await folder('Bad')).length, 1);
  });

  it('the same for a mailbox that a line of the .qmail file names', async () => {
    await start('discard;');
    await site.write('bob/.qmail', './Maildir/\n./Other/\n');
    await site.makeMaildir('bob/Other');
    await deliver();
    assert.deepEqual([(await inbox()).length, (await site.mails('bob/Other')).length], [0, 1]);
  });
});

describe('what is sent', () => {
  it('goes on with a Delivered-To line, under the sender it came with', async () => {
    await start('redirect "away@example.net";');
    assert.equal((await deliver()).code, 'K');
    const [sent] = site.injected;
    assert.equal(sent?.message, `Delivered-To: bob@example.org\n${letter}`);
    assert.deepEqual([sent?.sender, sent?.recipients], ['sender@example.net', ['away@example.net']]);
    assert.deepEqual(await inbox(), []);
  });

  it('no further when it comes back: it is kept, and the owner is told once', async () => {
    await start('require "fileinto";\nredirect "away@example.net";');
    await deliver();
    const [sent] = site.injected;
    for (let round = 0; round < 2; round++) assert.deepEqual(await deliver(sent!.message), done);
    assert.equal(site.injected.length, 1);
    const notes = (await inbox()).filter((mail) => mail.includes('Subject: Your mail filter'));
    assert.deepEqual([(await inbox()).length, notes.length], [3, 1]);
    assert.match(notes[0]!, /^Line: {3}2\nReason: it sends letters on to away@example\.net, and they come/m);
    // A loop that no filter made is a bounce, as qmail has it.
    await write('keep;');
    assert.deepEqual(await deliver(sent!.message), { code: 'D', text: 'mail is looping' });
  });

  it('not to the own address: that is keeping it', async () => {
    await start('redirect "Bob@example.org";');
    await deliver();
    assert.deepEqual([site.injected.length, (await inbox()).length], [0, 1]);
  });

  it('a refusal, which is a bounce with its reason; but nothing is refused that has no true sender', async () => {
    await start('require "reject"; reject "Write in\r\nFrench.";');
    const refused = await deliver();
    assert.equal(refused.code, 'D');
    assert.match(refused.text, /refused this message\. \(#5\.7\.1\)\nWrite in\nFrench\./);
    await deliver(letter, { sender: '' });
    assert.equal((await inbox()).length, 1);
    await deliver(junk);
    assert.equal((await folder('Junk')).length, 1);
    await deliver(junk.replace('junk;', 'take;'));
    assert.equal((await inbox()).length, 2);
  });

  it('an answer of a vacation, once to a sender, with a copy where the script wants it', async () => {
    await start(
      'require ["vacation", "fcc", "mailbox"]; vacation :days 3 :from "Bob Away <bob@example.org>" :addresses "joe@example.org" :fcc "Sent" :create "Gone fishing";',
    );
    await deliver();
    await deliver();
    const [answer, ...more] = site.injected;
    assert.deepEqual([answer?.sender, answer?.recipients, more.length], ['', ['sender@example.net'], 0]);
    assert.match(answer!.message, /^Auto-Submitted: auto-replied$/m);
    assert.match(answer!.message, /^From: "Bob Away" <bob@example\.org>$/m);
    assert.match(answer!.message, /\n\nGone fishing\n$/);
    assert.equal((await folder('Sent')).length, 1);
    assert.equal((await folder('Sent'))[0], answer!.message);
    assert.equal((await inbox()).length, 2);
  });

  it('an answer or a notice never from an address that is not the account’s', async () => {
    await start(
      'require ["vacation", "enotify"]; vacation :from "The Boss <boss@example.org>" :addresses "boss@example.org" "Away"; notify :from "boss@example.org" "mailto:phone@example.net";',
    );
    await deliver(letter.replace(/^To: .*$/m, 'To: boss@example.org'));
    assert.deepEqual(
      site.injected.map(({ message }) => /^From: (.*)$/m.exec(message)?.[1]),
      ['<bob@example.org>', '<bob@example.org>'],
    );
  });

  it('a notice, but never about a notice', async () => {
    await start(
      'require "enotify"; notify :message "Neues: ü" "mailto:phone@example.net?body=look&cc=a@example.net&bcc=b@example.net&X-Way=%C3%BC%0d%0aX:%20y";',
    );
    await deliver();
    await deliver(letter.replace('Subject', 'Auto-Submitted: auto-notified\nSubject'));
    const [notice, ...more] = site.injected;
    assert.deepEqual(
      [notice?.recipients, more.length],
      [['phone@example.net', 'a@example.net', 'b@example.net'], 0],
    );
    assert.match(notice!.message, /^To: <phone@example\.net>\nCc: <a@example\.net>\nSubject:/m);
    assert.match(notice!.message, /^X-Way: =\?utf-8\?/im);
    assert.doesNotMatch(notice!.message, /^X:|b@example\.net/m);
    assert.match(notice!.message, /^Auto-Submitted: auto-notified; owner-email="bob@example\.org"$/m);
    assert.match(notice!.message, /^Subject: =\?utf-8\?/im);
    assert.match(notice!.message, /\n\nlook\n$/);
  });
});

describe('several scripts', () => {
  it('run one after the other, until one files the letter or throws it away', async () => {
    await start('require "fileinto"; if header "x-site" "yes" { fileinto "INBOX"; keep; }', {
      sievebefore: 'require ["editheader", "imap4flags"]; addheader "X-Site" "yes"; addflag "\\\\Flagged";',
    });
    await site.write('.sieve', 'if header "subject" "spam" { discard; stop; }');
    await deliver();
    const [name] = await flagged();
    assert.match(name ?? '', /:2,F$/);
    assert.match(await site.read(`bob/Maildir/cur/${name}`), /^X-Site: yes$/m);
    await deliver(letter.replace('hello', 'spam'));
    assert.equal((await flagged()).length, 1);
  });

  it('one that is wrong does not stop those behind it', async () => {
    await start('discard;', { sievebefore: 'nonsense;' });
    await site.write('.sieve', 'require "fileinto"');
    await deliver();
    assert.deepEqual(await inbox(), []);
    assert.match(site.logged.join('\n'), /mail filter control\/sievebefore: line 1/);
    assert.match(site.logged.join('\n'), /mail filter \.sieve: line 1/);
  });

  it('include those of the account, and those of its domain', async () => {
    await start('require "include"; include "work"; include :global "all";');
    await site.write('bob/sieve/work.sieve', 'if header "subject" "none" { stop; }');
    await site.makeDirectory('.sieve-scripts');
    await site.write('.sieve-scripts/all.sieve', 'discard;');
    await deliver();
    assert.deepEqual(await inbox(), []);
  });
});

describe('a script that cannot run', () => {
  const note = /^Subject: Your mail filter ".*" could not be used$/m;

  it('leaves letters to the inbox, and its owner is told once', async () => {
    await start('keep;\nfileinto "x";\n');
    await deliver();
    await deliver();
    const mails = await inbox();
    assert.equal(mails.length, 3);
    const notes = mails.filter((mail) => note.test(mail));
    assert.equal(notes.length, 1);
    assert.match(notes[0]!, /^Line: {3}2$/m);
    assert.match(site.logged.join('\n'), /mail filter \.dovecot\.sieve of bob@example\.org: line 2: /);
    // Another text is another fault.
    await write('keep;\n\nfileinto "x";\n');
    await deliver();
    assert.equal((await inbox()).filter((mail) => note.test(mail)).length, 2);
  });

  it('is one that is too long, leads elsewhere, is gone or is no file', async () => {
    await start(undefined);
    const link = join(site.home, 'bob/.dovecot.sieve');
    const put: readonly [string, () => Promise<unknown>][] = [
      ['too long', () => write(`keep;${' '.repeat(1_048_576)}`)],
      ['elsewhere', () => symlink('/etc/passwd', link)],
      ['a loop', () => symlink('.dovecot.sieve', link)],
      ['gone', () => symlink('sieve/gone.sieve', link)],
      ['a directory', () => site.makeDirectory('bob/.dovecot.sieve')],
      ['closed', () => site.write('bob/.dovecot.sieve', 'discard;', 0o000)],
    ];
    let count = 0;
    for (const [what, act] of put) {
      await act();
      assert.deepEqual(await deliver(), done, what);
      const mails = await inbox();
      count += 1;
      assert.equal(mails.filter((mail) => !note.test(mail)).length, count, what);
      assert.ok(
        mails.some((mail) => note.test(mail)),
        what,
      );
      await rm(link, { recursive: true });
    }
  });

  it('is one that fails while it runs: nothing of it is done', async () => {
    await start(
      'require ["fileinto", "include"]; fileinto "INBOX"; redirect "a@example.net"; include "none";',
    );
    await deliver();
    assert.equal((await inbox()).filter((mail) => !note.test(mail)).length, 1);
    assert.equal(site.injected.length, 0);
  });

  it('leaves all mail alone where the site switched filters off', async () => {
    await start('discard;', { sieve: 0 });
    await deliver();
    assert.equal((await inbox()).length, 1);
  });
});

describe('a delivery that fails half-way', () => {
  it('is tried again, and stores and sends what is missing', async () => {
    await start('require "copy"; keep; redirect :copy "a@example.net"; redirect :copy "b@example.net";');
    let tries = 0;
    site.answer = { code: 'K', text: 'ok 1 qp 1' };
    Object.defineProperty(site, 'answer', {
      get: () => (++tries === 2 ? { code: 'Z', text: 'busy' } : { code: 'K', text: 'ok 1 qp 1' }),
    });
    assert.deepEqual(await deliver(), { code: 'Z', text: 'Unable to forward message: busy.' });
    assert.equal((await inbox()).length, 1);
    assert.equal((await deliver()).code, 'K');
    assert.equal((await inbox()).length, 1);
    assert.deepEqual(
      site.injected.map(({ recipients }) => recipients[0]),
      ['a@example.net', 'b@example.net', 'b@example.net'],
    );
    assert.equal(await site.read('bob/.facteur/sieve-done'), '');
    // The next copy of the same letter is a letter of its own.
    await deliver();
    assert.equal((await inbox()).length, 2);
  });

  it('keeps what nobody takes', async () => {
    await start('redirect "a@example.net";');
    site.answer = { code: 'D', text: 'no' };
    assert.equal((await deliver()).code, 'K');
    assert.equal((await inbox()).length, 1);
  });

  it('bounces what there is no room for, as without filters', async () => {
    await start('require "fileinto"; fileinto "INBOX"; redirect "a@example.net";', {}, { quota: '10S' });
    assert.deepEqual(await deliver(), { code: 'D', text: 'user is over quota\n' });
    assert.equal(site.injected.length, 0);
  });
});

it('a letter seen before is a duplicate, also of one that comes at the same moment', async () => {
  await start('require "duplicate"; if duplicate { discard; }');
  const twice = letter.replace('Subject', 'Message-ID: <one@example.net>\nSubject');
  await Promise.all([deliver(twice), deliver(twice)]);
  await deliver(twice);
  await deliver(twice.replace('<one', '<two'));
  assert.equal((await inbox()).length, 2);
  assert.match(await site.read('bob/.facteur/sieve-seen'), /^(?:\d+ [0-9a-f]{16}\n){2}$/);
});

it('a script that is changed, activated or removed rules from the next letter on, also with kept looks', async () => {
  await start(undefined, { agent: { trustMs: 1 } });
  /** Longer than a look is trusted. */
  const outlive = () => new Promise((resolve) => setTimeout(resolve, 5));
  await deliver();
  await write('discard;');
  await outlive();
  await deliver();
  await writeFile(join(site.home, 'bob/.dovecot.sieve'), 'keep;   ');
  await chmod(join(site.home, 'bob/.dovecot.sieve'), 0o644);
  await outlive();
  await deliver();
  await rm(join(site.home, 'bob/.dovecot.sieve'));
  await outlive();
  await deliver();
  assert.equal((await inbox()).length, 3);
  await readFile(join(site.home, 'bob/Maildir/new', (await readdir(join(site.home, 'bob/Maildir/new')))[0]!));
});
