// The index of the version before goes on: what is new in it is made when it is asked for, nothing is built anew.
import assert from 'node:assert/strict';
import { readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import Database from 'better-sqlite3';
import { createMailboxes } from '../../server/mailbox/mailboxes.ts';
import { schemaSteps, schemaVersion } from '../../server/mailbox/schema-tables.ts';
import { createFixture, createPlainReader, waitForIndex } from '../support/maildir.ts';

/** Makes an index as a former version made it, as far as the steps to the present one tell. */
function undoSteps(db: Database.Database, version: number): void {
  for (let at = schemaVersion - 1; at >= version; at--) {
    const step = schemaSteps.get(at) ?? '';
    for (const [, kind, name] of step.matchAll(/CREATE (TRIGGER|INDEX|TABLE) (\w+)/g))
      db.exec(`DROP ${kind} IF EXISTS ${name}`);
    for (const [, table, column] of step.matchAll(/ALTER TABLE (\w+) ADD (?:COLUMN )?(\w+)/g))
      db.exec(`ALTER TABLE ${table} DROP COLUMN ${column}`);
    for (const [, name] of step.matchAll(/DROP TRIGGER (\w+)/g))
      db.exec(`CREATE TRIGGER ${name} AFTER UPDATE OF seen ON message BEGIN SELECT 1; END`);
  }
  db.pragma(`user_version = ${version}`);
}

describe('index of the version before', () => {
  it('keeps what it has, and the header fields come when they are asked for', async () => {
    const fixture = await createFixture();
    const log: string[] = [];
    const reader = createPlainReader();
    const mail = 'From: a@example.net\nSubject: kept\nX-Other: no\n\nbody\n';
    const open = () =>
      createMailboxes({ state: fixture.state, reader, log: (line) => log.push(line), workers: 1 });
    const account = { address: 'a@example.net', maildir: fixture.maildir };
    try {
      for (const name of ['1700000000.M1P1.host:2,S', '1700000001.M2P1.host:2,S'])
        await writeFile(join(fixture.maildir, 'cur', name), mail);
      const first = open();
      const { uids } = await first.open(account);
      await uids.open('INBOX', true);
      const before = await uids.facts('INBOX', [1, 2], ['preview', 'threadId']);
      await first.close();

      const directory = join(fixture.state, 'index');
      const file = (await readdir(directory)).find((name) => name.endsWith('.sqlite'))!;
      const db = new Database(join(directory, file));
      undoSteps(db, 6);
      db.close();
      const { length } = reader.asked;

      const second = open();
      try {
        const again = (await second.open(account)).uids;
        for (let round = 0; round < 2; round++) {
          const facts = await again.facts('INBOX', [1, 2], ['header']);
          const header = 'From: a@example.net\r\nSubject: kept\r\n';
          assert.deepEqual(facts, [
            { uid: 1, header },
            { uid: 2, header },
          ]);
        }
        assert.deepEqual(await again.facts('INBOX', [1, 2], ['preview', 'threadId']), before);
        assert.equal(reader.asked.length, length, 'no message was parsed again');
        assert.deepEqual(log, []);
      } finally {
        await second.close();
      }
      const after = new Database(join(directory, file), { readonly: true });
      assert.equal(after.prepare('SELECT count(*) FROM head').pluck().get(), 2, 'kept from then on');
      after.close();
    } finally {
      await fixture.remove();
    }
  });

  it('gets its lists of conversations from the messages that it has', async () => {
    const fixture = await createFixture();
    const open = () =>
      createMailboxes({ state: fixture.state, reader: createPlainReader(), log: () => {}, workers: 1 });
    const account = { address: 'a@example.net', maildir: fixture.maildir };
    const query = { folder: 'INBOX', limit: 10 };
    try {
      for (const [name, text] of [
        ['1700000000.M1P1.host:2,S', 'Message-ID: <a@x>\nSubject: one'],
        ['1700000000.M3P1.host:2,', 'Message-ID: <b@x>\nReferences: <a@x>\nSubject: Re: one'],
        ['1700000000.M2P1.host:2,FS', 'Message-ID: <c@x>\nSubject: two'],
        ['1700000000.M4P1.host:2,T', 'Message-ID: <d@x>\nReferences: <a@x>\nSubject: gone'],
      ] as const) {
        const path = join(fixture.maildir, 'cur', name);
        await writeFile(path, `From: a@example.net\n${text}\n\nbody\n`);
        await utimes(path, 1_700_000_000, 1_700_000_000);
      }
      const first = open();
      const mailbox = await first.open(account);
      await waitForIndex(mailbox, 'INBOX');
      const before = (await mailbox.listConversations(query)).page;
      assert.deepEqual(
        before.rows.map(({ subject, count, unread }) => [subject, count, unread]),
        [
          ['one', 2, 1],
          ['two', 1, 0],
        ],
      );
      await mailbox.uids.open('INBOX', true);
      await first.close();
      const directory = join(fixture.state, 'index');
      const file = (await readdir(directory)).find((name) => name.endsWith('.sqlite'))!;
      const db = new Database(join(directory, file));
      undoSteps(db, 11);
      db.close();
      const second = open();
      try {
        assert.deepEqual((await (await second.open(account)).listConversations(query)).page, before);
      } finally {
        await second.close();
      }
    } finally {
      await fixture.remove();
    }
  });

  it('is set aside and built anew when its tables are not those of its version', async () => {
    const fixture = await createFixture();
    const log: string[] = [];
    const reader = createPlainReader();
    const open = () =>
      createMailboxes({ state: fixture.state, reader, log: (line) => log.push(line), workers: 1 });
    const account = { address: 'a@example.net', maildir: fixture.maildir };
    try {
      await writeFile(join(fixture.maildir, 'cur', '1700000000.M1P1.host:2,S'), 'Subject: kept\n\nbody\n');
      const first = open();
      await (await first.open(account)).uids.open('INBOX', true);
      await first.close();
      const directory = join(fixture.state, 'index');
      const file = (await readdir(directory)).find((name) => name.endsWith('.sqlite'))!;
      const db = new Database(join(directory, file));
      // The step from 9 on adds columns, which are there already.
      db.pragma('user_version = 9');
      db.close();
      const second = open();
      try {
        const { uids } = await second.open(account);
        assert.equal((await uids.status('INBOX'))?.messages, 1);
        assert.match(log.join('\n'), /set aside and rebuilt/);
      } finally {
        await second.close();
      }
    } finally {
      await fixture.remove();
    }
  });
});
