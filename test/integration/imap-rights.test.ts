// Folders and files that the server has no right to read, as a careless chmod or a copy made by root leaves them: each is
// refused by itself, everything beside it works, and when the right is back so is the mail. Root may read everything, so
// that under root the tests run once more as another user.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type ImapClient, type ImapSite, startImapSite } from '../support/imap.ts';
import { createFixture, makeFixtureFolder, putMessage } from '../support/maildir.ts';
import { needsRoot } from '../support/root.ts';
import { until } from '../support/serve.ts';

const nobody = 65_534;

if (process.geteuid?.() === 0) {
  test('under root: all this as a user who may not read everything', { skip: needsRoot }, async () => {
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const child = spawn(process.execPath, [fileURLToPath(import.meta.url)], {
      uid: nobody,
      gid: nobody,
      env,
    });
    let output = '';
    child.stdout.on('data', (bytes) => (output += bytes));
    child.stderr.on('data', (bytes) => (output += bytes));
    try {
      const [status] = await once(child, 'close');
      assert.equal(status, 0, output);
    } finally {
      child.kill('SIGKILL');
    }
  });
} else {
  describe('what cannot be read', { timeout: 100_000 }, specify);
}

async function withFolders(
  names: readonly string[],
  work: (site: ImapSite, client: ImapClient) => Promise<void>,
): Promise<void> {
  const site = await startImapSite();
  try {
    for (const name of names) {
      await makeFixtureFolder(site.maildir, `.${name}`);
      await putMessage(site.maildir, { folder: `.${name}`, subject: `in ${name}` });
    }
    await putMessage(site.maildir, { subject: 'in INBOX' });
    await work(site, await site.signIn());
  } finally {
    for (const name of ['', ...names.map((name) => `.${name}`)])
      for (const part of ['', 'cur', 'new', 'tmp'])
        await chmod(join(site.maildir, name, part), 0o700).catch(() => undefined);
    await site.close();
  }
}

const withoutBugs = (site: ImapSite): void =>
  assert.deepEqual(
    site.log.filter((line) => line.includes('bug')),
    [],
  );

function specify(): void {
  it('LIST tells every folder; STATUS of what cannot be read is left out, and the list goes on', () =>
    withFolders(['NoCur', 'NoDirectory', 'Open', 'Zoo'], async (site, client) => {
      await chmod(join(site.maildir, '.NoCur', 'cur'), 0);
      await chmod(join(site.maildir, '.NoDirectory'), 0);
      for (let round = 0; round < 2; round++) {
        const lines = await client.ok('LIST "" "*" RETURN (STATUS (MESSAGES))');
        assert.deepEqual(
          lines.map((line) => line.replace('(\\HasNoChildren) "." ', '')),
          [
            '* LIST "INBOX"',
            '* STATUS "INBOX" (MESSAGES 1)',
            '* LIST "NoCur"',
            '* LIST "NoDirectory"',
            '* LIST "Open"',
            '* STATUS "Open" (MESSAGES 1)',
            '* LIST "Zoo"',
            '* STATUS "Zoo" (MESSAGES 1)',
          ],
        );
      }
      const annotated = await client.ok('LIST "" "*" RETURN (METADATA (/private/comment))');
      assert.deepEqual(
        annotated.filter((line) => line.startsWith('* METADATA')).map((line) => line.split(' ')[2]),
        ['"INBOX"', '"NoCur"', '"Open"', '"Zoo"'],
      );
      for (const name of ['NoCur', 'NoDirectory']) {
        for (const command of [`SELECT ${name}`, `EXAMINE ${name}`, `STATUS ${name} (MESSAGES)`])
          assert.match((await client.send(command)).tagged, /^NO \[UNAVAILABLE\]/, command);
        const append = `APPEND ${name} {16+}\r\nSubject: x\r\n\r\nx\r\n`;
        assert.match((await client.send(append)).tagged, /^NO \[UNAVAILABLE\]/);
      }
      withoutBugs(site);
    }));

  it('a folder that loses its right keeps nobody from the others, and is the same when it has it again', () =>
    withFolders(['Lost', 'Open'], async (site, client) => {
      await client.ok('SELECT Lost');
      const before = await client.ok('STATUS Lost (MESSAGES UIDNEXT UIDVALIDITY)');
      await chmod(join(site.maildir, '.Lost'), 0);
      // The session that has it open, and another.
      assert.match((await client.send('FETCH 1 BODY.PEEK[]')).tagged, /^NO \[UNAVAILABLE\]/);
      assert.match((await client.send('STORE 1 +FLAGS (\\Seen)')).tagged, /^NO \[UNAVAILABLE\]/);
      for (const each of [client, await site.signIn()]) {
        for (const command of ['NOOP', 'CREATE Made', 'LIST "" "*"', 'RENAME Made Named', 'DELETE Named'])
          await each.ok(command);
        await each.ok('SELECT Open');
        assert.match((await each.ok('FETCH 1 BODY.PEEK[]')).join(), /in Open/);
      }
      const web = await site.mailboxes.open({ address: 'user@example.net', maildir: site.maildir });
      assert.deepEqual(
        (await web.folders()).filter(({ role }) => role === 'folder').map(({ name }) => name),
        ['Lost', 'Open'],
      );
      await chmod(join(site.maildir, '.Lost'), 0o700);
      assert.deepEqual(await client.ok('STATUS Lost (MESSAGES UIDNEXT UIDVALIDITY)'), before);
      withoutBugs(site);
    }));

  it('an idle client hears of new mail while another folder cannot be read', () =>
    withFolders(['Shut'], async (site, client) => {
      await client.ok('STATUS Shut (MESSAGES)');
      await chmod(join(site.maildir, '.Shut'), 0);
      await client.ok('SELECT INBOX');
      const tag = client.begin('IDLE');
      assert.match(await client.line(), /^\+/);
      await putMessage(site.maildir, { half: 'new', subject: 'news' });
      assert.equal(await client.line(), '* 2 EXISTS');
      client.write('DONE\r\n');
      await client.answer(tag);
    }));

  it('NOTIFY tells of the folders that can be read', () =>
    withFolders(['Shut', 'Zoo'], async (site, client) => {
      await chmod(join(site.maildir, '.Shut', 'cur'), 0);
      const lines = await client.ok('NOTIFY SET STATUS (PERSONAL (MessageNew MessageExpunge))');
      assert.deepEqual(
        lines.map((line) => line.split(' ')[2]),
        ['"INBOX"', '"Zoo"'],
      );
      await putMessage(site.maildir, { folder: '.Zoo', half: 'new', subject: 'news' });
      assert.match(await client.line(), /^\* STATUS "Zoo" \(MESSAGES 2 /);
    }));

  it('a message whose file cannot be read is left out of FETCH, and is whole when it can be read', async () => {
    const fixture = await createFixture();
    const base = await putMessage(fixture.maildir, { subject: 'closed letter', time: 1_700_000_000 });
    const file = join(fixture.maildir, 'cur', `${base}:2,`);
    await putMessage(fixture.maildir, { subject: 'open letter', time: 1_700_000_001 });
    await chmod(file, 0);
    try {
      let site = await startImapSite({ fixture });
      try {
        const client = await site.signIn();
        await client.ok('SELECT INBOX');
        for (let round = 0; round < 4; round++) {
          const { lines, tagged } = await client.send('FETCH 1:* (UID BODY.PEEK[])');
          assert.match(tagged, /^NO \[UNAVAILABLE\]/);
          assert.equal(lines.length, 1);
          assert.match(lines[0]!, /^\* 2 FETCH \(UID 2 BODY\[\] \{\d+\}[\s\S]*open letter/);
        }
        assert.equal((await client.ok('FETCH 1:* (FLAGS ENVELOPE)')).length, 2);
        assert.deepEqual(await client.ok('SEARCH SUBJECT letter'), ['* SEARCH 2']);
        withoutBugs(site);
      } finally {
        await site.close();
      }
      await chmod(file, 0o600);
      site = await startImapSite({ fixture });
      try {
        const client = await site.signIn();
        await client.ok('SELECT INBOX');
        await until('the index has read it', async () =>
          /closed letter/.test((await client.ok('FETCH 1 (ENVELOPE)')).join()),
        );
        assert.equal((await client.ok('FETCH 1:* (UID BODY.PEEK[])')).length, 2);
        assert.deepEqual(await client.ok('SEARCH SUBJECT letter'), ['* SEARCH 1 2']);
        assert.deepEqual(await client.ok('SEARCH TEXT "closed"'), ['* SEARCH 1']);
      } finally {
        await site.close();
      }
    } finally {
      await fixture.remove();
    }
  });
}
