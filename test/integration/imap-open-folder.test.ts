// What becomes of a session whose folder another one renames or removes (RFC 2180 3, RFC 9051 6.3.5, 6.3.6): under its
// new name it stays open, with all numbers, UIDs and news; a folder that is gone ends the session with BYE, as RFC 2180
// 3.3 has it and Dovecot does. In one process, and in two.
import assert from 'node:assert/strict';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { type ImapClient, type ImapSite, startImapSite } from '../support/imap.ts';
import { createFixture, putMessage } from '../support/maildir.ts';
import { until } from '../support/serve.ts';

/** Two sites on one Maildir share the files of its index alone, as imapd and web under root. */
async function withFolder(
  isOtherProcess: boolean,
  use: (open: ImapClient, other: ImapClient, site: ImapSite) => Promise<void>,
): Promise<void> {
  const fixture = await createFixture();
  const site = await startImapSite({ fixture });
  const second = isOtherProcess ? await startImapSite({ fixture }) : site;
  try {
    const other = await second.signIn();
    await other.ok('CREATE Work');
    await other.ok('CREATE Work.Alpha');
    for (const folder of ['.Work', '.Work.Alpha'])
      for (const subject of ['one', 'two', 'three'])
        await putMessage(join(fixture.maildir, folder), { subject });
    await use(await site.signIn(), other, site);
  } finally {
    if (second !== site) await second.close();
    await site.close();
    await fixture.remove();
  }
}

async function idle(client: ImapClient): Promise<string> {
  const tag = client.begin('IDLE');
  assert.match(await client.line(), /^\+/);
  return tag;
}

for (const isOtherProcess of [false, true]) {
  const place = isOtherProcess ? 'another process' : 'another session';

  test(`a folder that ${place} renames stays open: UIDs, numbers, flags, copies and new mail are as before`, () =>
    withFolder(isOtherProcess, async (open, other, site) => {
      await open.ok('SELECT Work');
      const before = await open.ok('UID FETCH 1:* (UID)');
      await other.ok('RENAME Work Play');
      assert.deepEqual(await open.ok('UID FETCH 1:* (UID)'), before);
      assert.match((await open.ok('FETCH 2 (BODY.PEEK[])')).join('\n'), /Subject: two/);
      await open.ok('UID STORE 1 +FLAGS (\\Flagged)');
      await open.ok('COPY 3 INBOX');
      assert.deepEqual(await open.ok('SEARCH FLAGGED'), ['* SEARCH 1']);
      await putMessage(join(site.maildir, '.Play'), { subject: 'four' });
      await until('the new letter', async () => (await open.ok('NOOP')).includes('* 4 EXISTS'));
      await other.ok('SELECT Play');
      assert.deepEqual(await other.ok('SEARCH FLAGGED'), ['* SEARCH 1']);
    }));

  test(`a folder below one that ${place} renames stays open, also when its old name is taken again at once`, () =>
    withFolder(isOtherProcess, async (open, other, site) => {
      await open.ok('SELECT Work.Alpha');
      await other.ok('RENAME Work Play');
      await other.ok('CREATE Work.Alpha');
      await putMessage(join(site.maildir, '.Work.Alpha'), { subject: 'of another folder' });
      await open.ok('NOOP');
      assert.match((await open.ok('FETCH 1:* (BODY.PEEK[])')).join('\n'), /one.*two.*three/s);
      await open.ok('STORE 1:* +FLAGS.SILENT (\\Deleted)');
      await open.ok('EXPUNGE');
      await other.ok('SELECT Play.Alpha');
      assert.deepEqual(await other.ok('UID SEARCH ALL'), ['* SEARCH']);
      await open.ok('SELECT Work.Alpha');
      assert.match((await open.ok('FETCH 1:* (BODY.PEEK[])')).join('\n'), /of another folder/);
    }));

  test(`a folder that ${place} removes ends the session with BYE at its next command`, () =>
    withFolder(isOtherProcess, async (open, other) => {
      await open.ok('SELECT Work');
      await other.ok('DELETE Work');
      open.begin('NOOP');
      assert.match(await open.end(), /^\* BYE The selected mailbox was deleted\r\n/);
    }));
}

test('a session that idles hears by OLDNAME that its folder was renamed, and of new mail there at once', () =>
  withFolder(false, async (open, other, site) => {
    await open.ok('ENABLE IMAP4rev2');
    await open.ok('SELECT Work');
    const tag = await idle(open);
    await other.ok('RENAME Work Play');
    assert.equal(await open.line(), '* LIST () "." "Play" ("OLDNAME" ("Work"))');
    await putMessage(join(site.maildir, '.Play'), { subject: 'four' });
    assert.equal(await open.line(), '* 4 EXISTS');
    open.write('DONE\r\n');
    assert.match((await open.answer(tag)).tagged, /^OK/);
  }));

test('a session that idles in a folder that is removed hears BYE at once', () =>
  withFolder(false, async (open, other) => {
    await open.ok('SELECT Work');
    await idle(open);
    await other.ok('DELETE Work');
    assert.equal(await open.end(), '* BYE The selected mailbox was deleted\r\n');
  }));

test('a session that renames the folder that it has open goes on with it', () =>
  withFolder(false, async (open) => {
    await open.ok('ENABLE IMAP4rev2');
    await open.ok('SELECT Work');
    assert.deepEqual(await open.ok('RENAME Work Play'), ['* LIST () "." "Play" ("OLDNAME" ("Work"))']);
    assert.match((await open.ok('FETCH 1 (BODY.PEEK[])')).join('\n'), /Subject: one/);
    await open.ok('CLOSE');
    assert.match((await open.send('SELECT Work')).tagged, /^NO \[NONEXISTENT\]/);
  }));

test('a session that removes the folder that it has open is told CLOSED and goes on without', () =>
  withFolder(false, async (open) => {
    await open.ok('SELECT Work');
    assert.deepEqual(await open.ok('DELETE Work'), ['* OK [CLOSED] The mailbox is closed']);
    assert.match((await open.send('FETCH 1 (UID)')).tagged, /^BAD/);
    await open.ok('SELECT INBOX');
  }));

test('a folder whose directory another program renames is gone; the others stay as they were', () =>
  withFolder(false, async (open, other, site) => {
    await open.ok('SELECT Work');
    await other.ok('SELECT Work.Alpha');
    await rename(join(site.maildir, '.Work'), join(site.maildir, '.Play'));
    open.begin('NOOP');
    assert.match(await open.end(), /^\* BYE /);
    assert.match((await other.ok('FETCH 1:* (BODY.PEEK[])')).join('\n'), /one.*two.*three/s);
  }));
