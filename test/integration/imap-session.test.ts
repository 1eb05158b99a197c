// The IMAP session over a real socket: greeting, signing in, states, STARTTLS.
import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { startImapSite, testPassword, testUser } from '../support/imap.ts';
import { putMessage } from '../support/maildir.ts';

test('a client signs in, opens INBOX and hears what is in it', async () => {
  const site = await startImapSite();
  try {
    await putMessage(site.maildir, { flags: 'S', subject: 'one' });
    await putMessage(site.maildir, { half: 'new', subject: 'two' });
    const client = await site.connect();
    assert.match(client.greeting, /^\* OK \[CAPABILITY IMAP4rev1 .*AUTH=PLAIN.*\]/);
    assert.match((await client.send('SELECT INBOX')).tagged, /^BAD /);
    assert.match((await client.send(`LOGIN ${testUser} wrong`)).tagged, /^NO \[AUTHENTICATIONFAILED\]/);
    assert.match(
      (await client.send(`LOGIN ${testUser} "${testPassword}"`)).tagged,
      /^OK \[CAPABILITY .*IDLE/,
    );
    const { lines, tagged } = await client.send('SELECT inbox');
    assert.match(tagged, /^OK \[READ-WRITE\]/);
    assert.ok(lines.includes('* 2 EXISTS') && lines.includes('* 2 RECENT'), lines.join('\n'));
    assert.deepEqual(await client.ok('FETCH 1:* (UID FLAGS)'), [
      '* 1 FETCH (UID 1 FLAGS (\\Seen \\Recent))',
      '* 2 FETCH (UID 2 FLAGS (\\Recent))',
    ]);
    await putMessage(site.maildir, { half: 'new', subject: 'three' });
    assert.ok((await client.ok('NOOP')).includes('* 3 EXISTS'));
    const bye = await client.send('LOGOUT');
    assert.deepEqual([bye.lines, bye.tagged.slice(0, 2)], [['* BYE Goodbye'], 'OK']);
    assert.equal(await client.end(), '');
  } finally {
    await site.close();
  }
});

test('a client that waits for a folder to be opened hears that the work goes on', async () => {
  const site = await startImapSite({ remindSeconds: 0.1 });
  try {
    const client = await site.signIn();
    // Who gives UIDs waits for the lock of another program.
    const lock = join(site.maildir, 'tmp', 'courier.lock');
    for (const command of [
      'SELECT INBOX',
      'STATUS INBOX (MESSAGES)',
      'LIST "" * RETURN (STATUS (MESSAGES))',
    ]) {
      await writeFile(lock, `${process.pid}:${hostname()}`);
      await putMessage(site.maildir);
      const tag = client.begin(command);
      let line = await client.line();
      while (line.startsWith('* LIST')) line = await client.line();
      assert.equal(line, `* OK [INPROGRESS ("${tag}" NIL NIL)] Still at work`);
      await rm(lock);
      assert.match((await client.answer(tag)).tagged, /^OK/, command);
      await client.ok('UNSELECT').catch(() => undefined);
    }
  } finally {
    await site.close();
  }
});
