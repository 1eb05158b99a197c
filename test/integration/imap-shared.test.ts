// Folders that one account shares with another over IMAP (RFC 4314, RFC 2342; Courier's `#shared.`): how they are found,
// what each right lets through and its lack refuses, and what happens when a right is taken back.
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { ImapClient } from '../support/imap.ts';
import { type SharedSite, startSharedSite } from '../support/shared-folders.ts';

const ann = 'ann@example.net';
const bob = 'bob@example.net';

const tagged = async (client: ImapClient, command: string): Promise<string> =>
  (await client.send(command)).tagged;

/** Sends a message; gives the tagged answer. */
async function append(
  client: ImapClient,
  mailbox: string,
  flags = '',
  text = 'Subject: New\r\n\r\nHello.\r\n',
) {
  return tagged(client, `APPEND ${mailbox} (${flags}) {${text.length}+}\r\n${text}`);
}

const names = (lines: readonly string[]): string[] =>
  lines.flatMap((line) => /^\* (?:LIST|LSUB) \([^)]*\) "\." "?([^"]*)"?/.exec(line)?.[1] ?? []);

describe('what a right lets through, and its lack refuses', () => {
  let site: SharedSite;
  let owner: ImapClient;
  let client: ImapClient;
  let count = 0;

  before(async () => {
    site = await startSharedSite([ann, bob]);
    await site.writeIndex([site.lineOf(ann)]);
    owner = await site.signIn(ann);
    client = await site.signIn(bob);
  });
  after(() => site.close());

  /** A new folder with three messages, in which bob has these rights. Gives its name for bob. */
  async function share(rights: string): Promise<string> {
    const folder = `Folder${++count}`;
    await site.makeFolder(ann, folder);
    for (const n of [1, 2, 3]) await site.putMessage(ann, folder, `10${n}.M${n}P1.host:2,`);
    await owner.ok(`SETACL ${folder} user=${bob} "${rights}"`);
    return `Shared.ann.${folder}`;
  }

  it('without l there is no such folder, for no command', async () => {
    const name = await share('rswiptexa');
    const none = 'Shared.ann.NoneSuch';
    for (const command of [
      'SELECT *',
      'EXAMINE *',
      'STATUS * (MESSAGES)',
      'DELETE *',
      'RENAME * Shared.ann.Other',
      'GETACL *',
      'MYRIGHTS *',
      `LISTRIGHTS * ${bob}`,
      `SETACL * ${bob} lr`,
      `DELETEACL * ${bob}`,
      'GETQUOTAROOT *',
    ])
      assert.equal(
        await tagged(client, command.replace('*', name)),
        await tagged(client, command.replace('*', none)),
        command,
      );
    assert.match(await tagged(client, `MYRIGHTS ${name}`), /^NO \[NONEXISTENT\]/);
    assert.equal(await append(client, name), await append(client, none));
    await client.ok('SELECT INBOX');
    assert.deepEqual(names(await client.ok(`LIST "" "${name}"`)), []);
  });

  it('l shows it, and no more', async () => {
    const name = await share('l');
    assert.deepEqual(await client.ok(`LIST "" "${name}"`), [`* LIST (\\HasNoChildren) "." "${name}"`]);
    assert.deepEqual(await client.ok(`MYRIGHTS ${name}`), [`* MYRIGHTS "${name}" l`]);
    for (const command of [
      `SELECT ${name}`,
      `EXAMINE ${name}`,
      `STATUS ${name} (MESSAGES)`,
      `DELETE ${name}`,
      `CREATE ${name}.Below`,
      `GETACL ${name}`,
      `LISTRIGHTS ${name} ${bob}`,
      `SETACL ${name} ${bob} lr`,
      `DELETEACL ${name} ${bob}`,
    ])
      assert.match(await tagged(client, command), /^NO \[NOPERM\]/, command);
    assert.match(await append(client, name), /^NO \[NOPERM\]/);
    const lines = await client.ok(`LIST "" "${name}" RETURN (STATUS (MESSAGES) MYRIGHTS)`);
    assert.deepEqual(lines.slice(1), [`* MYRIGHTS "${name}" l`]);
  });

  it('r reads: EXAMINE, SELECT for reading only, FETCH, SEARCH, STATUS, COPY into one’s own', async () => {
    const name = await share('lr');
    const { lines, tagged: answer } = await client.send(`SELECT ${name}`);
    assert.match(answer, /^OK \[READ-ONLY\]/);
    assert.ok(lines.includes('* 3 EXISTS'));
    assert.ok(lines.some((line) => line.includes('[PERMANENTFLAGS ()]')));
    assert.match((await client.ok('FETCH 1 BODY[TEXT]'))[0] ?? '', /Body\./);
    assert.match((await client.ok('FETCH 1 (FLAGS ENVELOPE)'))[0] ?? '', /FLAGS \((?:\\Recent)?\)/);
    assert.deepEqual(await client.ok('SEARCH TEXT "Body"'), ['* SEARCH 1 2 3']);
    assert.match((await client.ok(`STATUS ${name} (MESSAGES)`))[0] ?? '', /MESSAGES 3/);
    await client.ok('CREATE Mine');
    assert.match(await tagged(client, 'COPY 2:3 Mine'), /^OK \[COPYUID \d+ 2:3 1:2\]/);
    const copies = await readdir(join(site.pathOf(bob, 'Mine'), 'cur'));
    assert.equal(copies.length, 2);
    assert.equal((await readdir(join(site.pathOf(ann, name.slice(11)), 'cur'))).length, 3);
    for (const command of ['STORE 1 +FLAGS (\\Seen)', 'EXPUNGE', 'MOVE 1 Mine'])
      assert.match(await tagged(client, command), /^NO/, command);
    assert.match(await tagged(client, `COPY 1 ${name}`), /^NO \[NOPERM\]/);
  });

  it('s sets \\Seen, by STORE and by FETCH, and nothing else', async () => {
    const name = await share('lrs');
    const { lines, tagged: answer } = await client.send(`SELECT ${name}`);
    assert.match(answer, /^OK \[READ-WRITE\]/);
    assert.ok(
      lines.some((line) => line.includes('[PERMANENTFLAGS (\\Seen)]')),
      lines.join('\n'),
    );
    assert.match((await client.ok('FETCH 1 BODY[TEXT]')).join(), /\\Seen/);
    await client.ok('STORE 2 +FLAGS (\\Seen \\Flagged \\Deleted word)');
    assert.doesNotMatch((await client.ok('FETCH 2 FLAGS')).join(), /Flagged|Deleted|word/);
    assert.match((await client.ok('FETCH 2 FLAGS')).join(), /\\Seen/);
    for (const command of [
      'STORE 3 +FLAGS (\\Flagged)',
      'STORE 3 +FLAGS (\\Deleted)',
      'STORE 3 +FLAGS (word)',
    ])
      assert.match(await tagged(client, command), /^NO \[NOPERM\]/, command);
    // Flags are the folder's: its owner sees them.
    await owner.ok(`SELECT ${name.slice(11)}`);
    assert.deepEqual(await owner.ok('SEARCH SEEN'), ['* SEARCH 1 2']);
  });

  it('w sets flags and keywords but \\Seen and \\Deleted, and FLAGS in their place leaves these', async () => {
    const name = await share('lrw');
    await client.ok(`SELECT ${name}`);
    await client.ok('STORE 1 +FLAGS (\\Flagged \\Draft word)');
    assert.match(await tagged(client, 'STORE 1 +FLAGS (\\Seen)'), /^NO \[NOPERM\]/);
    await owner.ok(`SELECT ${name.slice(11)}`);
    await owner.ok('STORE 1 +FLAGS (\\Seen \\Deleted)');
    await client.ok('NOOP');
    const stored = (await client.ok('STORE 1 FLAGS (\\Answered other)')).join();
    const now = (await owner.ok('FETCH 1 FLAGS')).find((line) => line.includes(' FETCH ')) ?? '';
    for (const flag of ['\\Answered', 'other', '\\Seen', '\\Deleted']) assert.ok(now.includes(flag), now);
    for (const flag of ['\\Flagged', '\\Draft', 'word']) assert.ok(!now.includes(flag), now);
    assert.match(stored, /\\Answered/);
  });

  it('i stores by APPEND and COPY, for the owner, with the flags that one may set', async () => {
    const name = await share('li');
    assert.match(await append(client, name, '\\Seen \\Flagged \\Deleted word'), /^OK \[APPENDUID \d+ 4\]/);
    const folder = name.slice(11);
    await owner.ok(`SELECT ${folder}`);
    assert.match((await owner.ok('FETCH 4 FLAGS')).join(), /FLAGS \((?:\\Recent)?\)/);
    await client.ok('SELECT INBOX');
    await append(client, 'INBOX', '\\Seen \\Flagged word');
    await client.ok('NOOP');
    assert.match(await tagged(client, `COPY 1 ${name}`), /^OK \[COPYUID \d+ 1 5\]/);
    await owner.ok('NOOP');
    const lines = await owner.ok('FETCH 5 (FLAGS BODY.PEEK[TEXT])');
    assert.doesNotMatch(lines.join(), /Seen|Flagged|word/);
    assert.match(lines.join(), /Hello\./);
    assert.match(await tagged(client, `SELECT ${name}`), /^NO \[NOPERM\]/);
  });

  it('COPY keeps date and flags where one may set them, and MOVE takes the message away', async () => {
    const name = await share('liswt');
    const text = 'Subject: Dated\r\n\r\nHello.\r\n';
    await client.ok('CREATE Dated');
    await client.ok(
      `APPEND Dated (\\Seen \\Flagged word) "02-Jan-2020 03:04:05 +0000" {${text.length}+}\r\n${text}`,
    );
    await client.ok('SELECT Dated');
    assert.match(await tagged(client, `COPY 1 ${name}`), /^OK \[COPYUID/);
    const { lines, tagged: moved } = await client.send(`MOVE 1 ${name}`);
    assert.match(moved, /^OK/);
    assert.ok(
      lines.some((line) => /^\* OK \[COPYUID \d+ 1 5\]/.test(line)),
      lines.join('\n'),
    );
    assert.ok(lines.includes('* 1 EXPUNGE'));
    assert.equal((await readdir(join(site.pathOf(bob, 'Dated'), 'cur'))).length, 0);
    await owner.ok(`SELECT ${name.slice(11)}`);
    for (const n of [4, 5]) {
      const fetched = (await owner.ok(`FETCH ${n} (FLAGS INTERNALDATE)`)).join();
      assert.match(fetched, /\\Seen/);
      assert.match(fetched, /\\Flagged/);
      assert.match(fetched, /word/);
      assert.match(fetched, /" 2-Jan-2020 03:04:05 \+0000"/);
    }
  });

  it('k makes folders below it, with its rights', async () => {
    const name = await share('lrk');
    assert.match(await tagged(client, `CREATE ${name}.Sent (USE (\\Sent))`), /^NO \[USEATTR\]/);
    assert.match(await tagged(client, `CREATE ${name}.Below`), /^OK \[MAILBOXID/);
    assert.match((await client.ok(`MYRIGHTS ${name}.Below`)).join(), / "?Shared[^ ]* cklr$/);
    assert.match(await site.readAcl(ann, `${name.slice(11)}.Below`), /user=bob@example\.net clr/);
    assert.match(await tagged(client, `CREATE ${name}.Below`), /^NO \[ALREADYEXISTS\]/);
    for (const bad of [`${name}.b%d`, `${name}..b`, `${name}.cur`, 'Shared.nobody.x', 'Shared.ann.Other'])
      assert.match(await tagged(client, `CREATE "${bad}"`), /^NO \[(?:CANNOT|NOPERM)\]/, bad);
    assert.match(await tagged(client, `DELETE ${name}.Below`), /^NO \[NOPERM\]/);
  });

  it('x deletes it, and with k above renames it; never into another account', async () => {
    const name = await share('lx');
    assert.match(await tagged(client, `RENAME ${name} ${name}2`), /^NO \[NOPERM\]/);
    const above = await share('lrk');
    assert.match(await tagged(client, `RENAME ${name} Stolen`), /^NO/);
    assert.match(await tagged(client, `RENAME INBOX ${above}.Mine`), /^NO/);
    await client.ok(`RENAME ${name} ${above}.Moved`);
    assert.match((await client.ok(`MYRIGHTS ${above}.Moved`)).join(), / clx$| cdlx$/);
    await client.ok(`DELETE ${above}.Moved`);
    assert.ok(!(await readdir(site.pathOf(ann))).includes(`.${above.slice(11)}.Moved`));
  });

  it('t sets \\Deleted, and e removes what has it; CLOSE without e removes nothing', async () => {
    const name = await share('lrt');
    await client.ok(`SELECT ${name}`);
    await client.ok('STORE 1 +FLAGS (\\Deleted)');
    assert.match(await tagged(client, 'EXPUNGE'), /^NO \[NOPERM\]/);
    assert.match(await tagged(client, 'UID EXPUNGE 1'), /^NO \[NOPERM\]/);
    await client.ok('CLOSE');
    assert.equal((await readdir(join(site.pathOf(ann, name.slice(11)), 'cur'))).length, 3);
    await owner.ok(`SETACL ${name.slice(11)} user=${bob} lre`);
    await client.ok(`SELECT ${name}`);
    assert.match(await tagged(client, 'STORE 2 +FLAGS (\\Deleted)'), /^NO \[NOPERM\]/);
    assert.match(await tagged(client, 'MOVE 2 INBOX'), /^NO \[NOPERM\]/);
    assert.ok((await client.ok('EXPUNGE')).includes('* 1 EXPUNGE'));
    assert.equal((await readdir(join(site.pathOf(ann, name.slice(11)), 'cur'))).length, 2);
  });

  it('a shows the rights and changes them, but never the owner’s', async () => {
    const name = await share('la');
    const acl = (await client.ok(`GETACL ${name}`)).join();
    assert.match(acl, new RegExp(`"${ann}" acdeiklrstwx`));
    assert.match(acl, new RegExp(`"${bob}" al`));
    await client.ok(`SETACL ${name} ${bob} +r`);
    assert.match(await tagged(client, `SELECT ${name}`), /^OK/);
    await client.ok(`SETACL ${name} eve@example.org lr`);
    assert.match(await site.readAcl(ann, name.slice(11)), /user=eve@example\.org lr/);
    assert.match(await tagged(client, `SETACL ${name} ${ann} lr`), /^NO \[CANNOT\]/);
    assert.match(await tagged(client, `DELETEACL ${name} ${ann}`), /^NO \[CANNOT\]/);
    assert.match((await client.ok(`LISTRIGHTS ${name} eve@example.org`)).join(), /l r s w i k x t e a$/);
    await client.ok(`DELETEACL ${name} ${bob}`);
    assert.match(await tagged(client, `GETACL ${name}`), /^NO \[NONEXISTENT\]/);
  });

  it('all rights together do what the owner may', async () => {
    const name = await share('lrswiktexa');
    await client.ok(`SELECT ${name}`);
    assert.match(await append(client, name, '\\Seen'), /^OK/);
    assert.match(await tagged(client, `COPY 1:2 ${name}`), /^OK \[COPYUID/);
    await client.ok('STORE 1 FLAGS.SILENT (\\Deleted \\Flagged)');
    assert.ok((await client.ok('EXPUNGE')).includes('* 1 EXPUNGE'));
    assert.match((await client.ok(`MYRIGHTS ${name}`)).join(), / acdeiklrstwx$/);
    await client.ok('UNSELECT');
  });
});

describe('a right that is taken back', () => {
  let site: SharedSite;
  before(async () => {
    site = await startSharedSite([ann, bob]);
    await site.writeIndex([site.lineOf(ann)]);
    await site.makeFolder(ann, 'Work');
    for (const n of [1, 2]) await site.putMessage(ann, 'Work', `10${n}.M${n}P1.host:2,`);
  });
  after(() => site.close());

  it('ends the session that has the folder open with the next command on it', async () => {
    const owner = await site.signIn(ann);
    for (const command of [
      'FETCH 1 FLAGS',
      'FETCH 1 BODY[]',
      'SEARCH ALL',
      'NOOP',
      'STORE 1 +FLAGS (\\Seen)',
      'IDLE',
    ]) {
      await owner.ok(`SETACL Work ${bob} lrsw`);
      const client = await site.signIn(bob);
      await client.ok('SELECT Shared.ann.Work');
      await client.ok('FETCH 1 FLAGS');
      await owner.ok(`DELETEACL Work ${bob}`);
      const { lines, tagged: answer } = await client.send(command);
      assert.match(lines.at(-1) ?? '', /^\* BYE /, command);
      assert.match(answer, /^NO \[NOPERM\]/, command);
      await client.end();
    }
  });

  it('ends an idle session as soon as there is something to tell', async () => {
    const owner = await site.signIn(ann);
    await owner.ok(`SETACL Work ${bob} lr`);
    const client = await site.signIn(bob);
    await client.ok('SELECT Shared.ann.Work');
    client.begin('IDLE');
    assert.match(await client.line(), /^\+/);
    await site.putMessage(ann, 'Work', '200.M1P1.host:2,');
    assert.equal(await client.line(), '* 3 EXISTS');
    // The session of before was told of the two as recent.
    assert.match(await client.line(), /^\* \d RECENT$/);
    await owner.ok(`DELETEACL Work ${bob}`);
    await site.putMessage(ann, 'Work', '201.M1P1.host:2,');
    assert.match(await client.end(), /\* BYE /);
  });

  it('lets go of the folder for another, and tells what flags may be set now', async () => {
    const owner = await site.signIn(ann);
    await owner.ok(`SETACL Work ${bob} lrsw`);
    const client = await site.signIn(bob);
    await client.ok('SELECT Shared.ann.Work');
    await owner.ok(`SETACL Work ${bob} lrs`);
    const lines = await client.ok('NOOP');
    assert.ok(
      lines.some((line) => line.includes('[PERMANENTFLAGS (\\Seen)]')),
      lines.join('\n'),
    );
    assert.match(await tagged(client, 'STORE 1 +FLAGS (\\Flagged)'), /^NO \[NOPERM\]/);
    await owner.ok(`DELETEACL Work ${bob}`);
    await client.ok('SELECT INBOX');
    await client.ok('NOOP');
  });
});
