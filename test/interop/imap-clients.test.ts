// Real IMAP clients against the server: curl, Python's imaplib, imapflow, mbsync, offlineimap, fetchmail, getmail, mutt and
// neomutt; those that are not installed are skipped.
import assert from 'node:assert/strict';
import { chmod, chown, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ImapFlow } from 'imapflow';
import { type ImapSite, startImapSite, testPassword, testUser } from '../support/imap.ts';
import { isInstalled, run } from '../support/mail-clients.ts';
import { makeFixtureFolder } from '../support/maildir.ts';

const letter = (word: string): string =>
  `From: a@example.org\nTo: b@example.org\nSubject: ${word}\nMessage-ID: <${word}@x.test>\nDate: Fri, 1 Mar 2024 12:00:00 +0000\n\nbody of ${word}\n`;
const words = ['one', 'two', 'three'] as const;

/** Three letters in INBOX, one of them new; a folder Sent with one; a home for the client. */
async function withLetters(work: (site: ImapSite, home: string) => Promise<void>): Promise<void> {
  const site = await startImapSite();
  try {
    for (const [i, word] of words.entries()) {
      const path = i === 2 ? join('new', `170000000${i}.M1P1.h`) : join('cur', `170000000${i}.M1P1.h:2,S`);
      await writeFile(join(site.maildir, path), letter(word));
    }
    const sent = await makeFixtureFolder(site.maildir, '.Sent');
    await writeFile(join(sent, 'cur', '1700000009.M1P1.h:2,S'), letter('sent'));
    const home = join(site.fixture.root, 'client');
    await mkdir(home);
    if (process.getuid?.() === 0) {
      await chmod(site.fixture.root, 0o755);
      await chown(home, 65_534, 65_534);
    }
    await work(site, home);
  } finally {
    await site.close();
  }
}

/** A file of the client's own home, which it may demand to be private. */
async function writeOwn(home: string, name: string, text: string, mode = 0o600): Promise<string> {
  const path = join(home, name);
  await writeFile(path, text, { mode });
  if (process.getuid?.() === 0) await chown(path, 65_534, 65_534);
  return path;
}

async function makeOwn(home: string, name: string): Promise<string> {
  const path = join(home, name);
  await mkdir(path, { recursive: true });
  if (process.getuid?.() === 0) await chown(path, 65_534, 65_534);
  return path;
}

async function filesIn(...directories: string[]): Promise<string[]> {
  const found = await Promise.all(
    directories.map(async (directory) =>
      (await readdir(directory).catch(() => [])).filter((name) => !name.startsWith('.')),
    ),
  );
  return found.flat().sort();
}

const deliver = (site: ImapSite, word: string): Promise<void> =>
  writeFile(join(site.maildir, 'new', `18${word.length}.M1P1.h`), letter(word));

describe('real clients', async () => {
  const skipWithout = async (name: string): Promise<string | false> =>
    !(await isInstalled(name)) && `${name} is not installed`;

  it('curl lists, appends, searches and fetches by section', { skip: await skipWithout('curl') }, () =>
    withLetters(async (site, home) => {
      const url = `imap://127.0.0.1:${site.port}`;
      const curl = async (...args: string[]): Promise<string> => {
        const ran = await run('curl', ['-sS', '-u', `${testUser}:${testPassword}`, ...args], home);
        assert.equal(ran.status, 0, ran.output);
        return ran.output.replace(/\r/g, '');
      };
      assert.match(await curl(`${url}/`), /INBOX/);
      const file = await writeOwn(home, 'letter', letter('four').replace(/\n/g, '\r\n'));
      await curl(`${url}/INBOX`, '-T', file);
      assert.equal(await curl(`${url}/INBOX?SUBJECT%20four`), '* SEARCH 4\n');
      assert.equal(await curl(`${url}/INBOX;MAILINDEX=4`), letter('four'));
      const subject = `${url}/INBOX;MAILINDEX=1;SECTION=HEADER.FIELDS%20(SUBJECT)`;
      assert.equal(await curl(subject), 'Subject: one\n\n');
      assert.match(await curl(`${url}/INBOX`, '-X', 'FETCH 1:* (UID FLAGS)'), /\* 4 FETCH \(UID 4 FLAGS /);
    }),
  );

  it('Python’s imaplib by the commands it has', { skip: await skipWithout('python3') }, () =>
    withLetters(async (site, home) => {
      const script = `
import imaplib
m = imaplib.IMAP4('127.0.0.1', ${site.port}, timeout=30)
def ok(answer):
    assert answer[0] == 'OK', answer
    return answer[1]
ok(m.login('${testUser}', '${testPassword}'))
assert ok(m.select('INBOX')) == [b'3']
assert ok(m.search(None, 'UNSEEN')) == [b'3']
assert ok(m.uid('SEARCH', 'HEADER', 'Subject', 'TWO')) == [b'2']
assert ok(m.sort('(REVERSE SUBJECT)', 'UTF-8', 'ALL')) == [b'2 3 1']
assert ok(m.thread('REFERENCES', 'UTF-8', 'ALL')) == [b'(1)(2)(3)']
text = ok(m.fetch('1', '(RFC822.SIZE BODY.PEEK[])'))[0]
assert b'body of one\\r\\n' in text[1] and b'RFC822.SIZE %d ' % len(text[1]) in text[0], text
ok(m.create('Work')); ok(m.subscribe('Work'))
assert any(b'Work' in line for line in ok(m.list()))
ok(m.copy('1:2', 'Work'))
ok(m.store('1', '+FLAGS', '(\\\\Deleted $Label1)'))
assert ok(m.expunge()) == [b'1']
ok(m.append('Work', '(\\\\Seen)', imaplib.Time2Internaldate(1700000000), b'Subject: x\\r\\n\\r\\ny\\r\\n'))
assert b'MESSAGES 3' in ok(m.status('Work', '(MESSAGES UNSEEN)'))[0]
ok(m.rename('Work', 'Done'))
assert ok(m.select('Done')) == [b'3']
assert ok(m.fetch('3', '(INTERNALDATE BODY[TEXT])'))[0][1] == b'y\\r\\n'
ok(m.close()); ok(m.delete('Done')); m.logout()
print('well')
`;
      assert.equal((await run('python3', ['-'], home, script)).output, 'well\n');
    }),
  );

  it('imapflow opens, fetches, appends, flags, moves and hears of new mail', () =>
    withLetters(async (site) => {
      const client = new ImapFlow({
        host: '127.0.0.1',
        port: site.port,
        secure: false,
        doSTARTTLS: false,
        auth: { user: testUser, pass: testPassword },
        logger: false,
      });
      await client.connect();
      try {
        const folders = (await client.list()).map(({ path }) => path);
        assert.ok(folders.includes('INBOX') && folders.includes('Sent'), folders.join());
        const lock = await client.getMailboxLock('INBOX');
        try {
          const subjects: (string | undefined)[] = [];
          for await (const message of client.fetch('1:*', {
            envelope: true,
            bodyStructure: true,
            flags: true,
          })) {
            subjects.push(message.envelope?.subject);
            assert.equal(message.bodyStructure?.type, 'text/plain');
          }
          assert.deepEqual(subjects, [...words]);
          assert.deepEqual(await client.search({ subject: 'two' }, { uid: true }), [2]);
          await client.messageFlagsAdd('2', ['\\Flagged'], { uid: true });
          await client.mailboxCreate('Kept');
          await client.messageMove('1', 'Kept', { uid: true });
          const status = await client.status('Kept', { messages: true });
          assert.equal(status === false ? undefined : status.messages, 1);
          await client.append('INBOX', letter('appended').replace(/\n/g, '\r\n'), ['\\Seen']);
          const { content } = await client.download('3', '1', { uid: true });
          let text = '';
          for await (const chunk of content ?? []) text += chunk;
          assert.equal(text, 'body of three\r\n');
          const heard = new Promise((resolve) => client.once('exists', resolve));
          const idle = client.idle();
          await deliver(site, 'fresh');
          await heard;
          await client.noop();
          await idle;
        } finally {
          lock.release();
        }
      } finally {
        await client.logout();
      }
    }));

  it('mbsync both ways; the second time there is nothing to do', { skip: await skipWithout('mbsync') }, () =>
    withLetters(async (site, home) => {
      const local = await makeOwn(home, 'mail');
      const rc = await writeOwn(
        home,
        'rc',
        `IMAPAccount a\nHost 127.0.0.1\nPort ${site.port}\nUser ${testUser}\nPass "${testPassword}"\nSSLType None\nAuthMechs LOGIN\n\nIMAPStore far\nAccount a\n\nMaildirStore near\nPath ${local}/\nInbox ${local}/INBOX\nSubFolders Verbatim\n\nChannel c\nFar :far:\nNear :near:\nPatterns *\nCreate Both\nExpunge Both\nSync All\nSyncState *\n`,
      );
      const sync = async (): Promise<string> => {
        const ran = await run('mbsync', ['-V', '-c', rc, '-a'], home);
        assert.equal(ran.status, 0, ran.output);
        return ran.output;
      };
      const inbox = join(local, 'INBOX');
      const near = (): Promise<string[]> => filesIn(join(inbox, 'cur'), join(inbox, 'new'));
      await sync();
      assert.equal((await near()).length, 3);
      const before = [await near(), await filesIn(join(site.maildir, 'cur'), join(site.maildir, 'new'))];
      await sync();
      assert.deepEqual(
        [await near(), await filesIn(join(site.maildir, 'cur'), join(site.maildir, 'new'))],
        before,
        'nothing is moved by a second run',
      );
      // A letter here, a letter there, and a flag.
      await writeOwn(join(inbox, 'cur'), '1900000000.1.near:2,FS', letter('near'));
      await deliver(site, 'far');
      await sync();
      assert.equal((await near()).length, 5);
      const far = await filesIn(join(site.maildir, 'cur'), join(site.maildir, 'new'));
      assert.equal(far.length, 5);
      assert.equal(far.filter((name) => /:2,.*F/.test(name)).length, 1);
    }),
  );

  it(
    'offlineimap fetches all folders, and nothing the second time',
    { skip: await skipWithout('offlineimap') },
    () =>
      withLetters(async (site, home) => {
        const local = await makeOwn(home, 'mail');
        const rc = await writeOwn(
          home,
          'rc',
          `[general]\naccounts = a\nmetadata = ${home}/meta\nui = basic\n[Account a]\nlocalrepository = l\nremoterepository = r\n[Repository l]\ntype = Maildir\nlocalfolders = ${local}\n[Repository r]\ntype = IMAP\nremotehost = 127.0.0.1\nremoteport = ${site.port}\nremoteuser = ${testUser}\nremotepass = ${testPassword}\nssl = no\nstarttls = no\nauth_mechanisms = LOGIN\n`,
        );
        const sync = async (): Promise<string[]> => {
          const ran = await run('offlineimap', ['-c', rc, '-o'], home);
          assert.equal(ran.status, 0, ran.output);
          return filesIn(
            ...['INBOX', 'Sent'].flatMap((name) => [join(local, name, 'cur'), join(local, name, 'new')]),
          );
        };
        const first = await sync();
        assert.equal(first.length, 4, first.join());
        assert.deepEqual(await sync(), first);
      }),
  );

  it('fetchmail by IMAP, once each', { skip: await skipWithout('fetchmail') }, () =>
    withLetters(async (site, home) => {
      const store = await makeOwn(home, 'store');
      const mda = await writeOwn(home, 'mda', `#!/bin/sh\ncat > ${store}/$$\n`, 0o755);
      const rc = await writeOwn(
        home,
        'rc',
        `poll 127.0.0.1 protocol imap service ${site.port} user "${testUser}" password "${testPassword}" sslproto "" keep mda "${mda}"\n`,
      );
      await run('fetchmail', ['-f', rc, '--nosyslog'], home);
      const stored = await filesIn(store);
      assert.equal(stored.length, 1, 'the one that was not seen');
      assert.match(await readFile(join(store, stored[0]!), 'utf8'), /body of three/);
      await run('fetchmail', ['-f', rc, '--nosyslog'], home);
      assert.equal((await filesIn(store)).length, 1);
    }),
  );

  it('getmail by IMAP, once each', { skip: await skipWithout('getmail') }, () =>
    withLetters(async (site, home) => {
      const store = await makeOwn(home, 'store');
      for (const name of ['cur', 'new', 'tmp']) await makeOwn(store, name);
      await writeOwn(
        home,
        'rc',
        `[retriever]\ntype = SimpleIMAPRetriever\nserver = 127.0.0.1\nport = ${site.port}\nusername = ${testUser}\npassword = ${testPassword}\n[destination]\ntype = Maildir\npath = ${store}/\n[options]\nread_all = false\n`,
      );
      for (let i = 0; i < 2; i++) {
        const ran = await run('getmail', ['--getmaildir', home, '--rcfile', 'rc'], home);
        assert.equal(ran.status, 0, ran.output);
        assert.equal((await filesIn(join(store, 'new'))).length, 3, ran.output);
      }
    }),
  );

  for (const mutt of ['mutt', 'neomutt'])
    it(
      `${mutt} reads, marks, searches at the server, deletes and copies`,
      { skip: (await skipWithout(mutt)) || (await skipWithout('script')) },
      () =>
        withLetters(async (site, home) => {
          const saved = join(home, 'saved');
          const keys = [
            // What is pushed first is lost while the folder opens.
            '<refresh><refresh>',
            '<search>~s three<enter><display-message><exit>',
            '<search>~s two<enter><set-flag>r<flag-message>',
            // `=b` is the server's SEARCH BODY.
            '<untag-pattern>~A<enter><tag-pattern>=b one<enter><tag-prefix><delete-message><sync-mailbox>',
            '<untag-pattern>~A<enter><tag-pattern>~A<enter>',
            `<tag-prefix><copy-message>${saved}<enter><tag-prefix><copy-message>=Sent<enter><quit>`,
          ].join('');
          const rc = await writeOwn(
            home,
            'rc',
            `set folder="imap://user%40example.net@127.0.0.1:${site.port}/"\nset imap_user="${testUser}"\nset imap_pass="${testPassword}"\nset ssl_starttls=no\nset ssl_force_tls=no\nset imap_authenticators=login\nset quit=yes\nset delete=yes\nset copy=no\nset confirmcreate=no\nset confirmappend=no\nset mark_old=no\nset resolve=no\nset wait_key=no\nset mbox_type=mbox\npush "${keys}"\n`,
          );
          const url = `imap://user%40example.net@127.0.0.1:${site.port}/INBOX`;
          // The end of its input would be a key pressed.
          const ran = await run('script', ['-qec', `${mutt} -n -F ${rc} -f ${url}`, '/dev/null'], home, null);
          const copied = await readFile(saved, 'latin1').catch(() => ran.output);
          assert.match(copied, /\nSubject: two\n[\s\S]*\nSubject: three\n[\s\S]*\n\nbody of three\n/);
          assert.doesNotMatch(copied, /body of one/);
          const flags = async (folder: string): Promise<readonly string[]> => {
            const files = await filesIn(join(site.maildir, folder, 'cur'), join(site.maildir, folder, 'new'));
            return files.map((name) => /:2,.*$/.exec(name)?.[0] ?? '').sort();
          };
          assert.deepEqual(await flags('.'), [':2,FRS', ':2,S']);
          assert.deepEqual(await flags('.Sent'), [':2,FRS', ':2,S', ':2,S']);
        }),
    );
});
