// The commands of IMAP on a real Maildir, as a mail program sends them.
import assert from 'node:assert/strict';
import { readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { constants, createDeflateRaw, createInflateRaw } from 'node:zlib';
import { type ImapClient, type ImapSite, startImapSite } from '../support/imap.ts';
import { putMessage } from '../support/maildir.ts';

let site: ImapSite;
let count = 0;
before(async () => {
  site = await startImapSite();
});
after(() => site.close());

/** A folder of its own with some messages, open. */
async function openNew(messages = 0, client?: ImapClient): Promise<{ client: ImapClient; folder: string }> {
  const open = client ?? (await site.signIn());
  const folder = `Test${++count}`;
  await open.ok(`CREATE ${folder}`);
  for (let n = 1; n <= messages; n++)
    await append(open, folder, `Subject: number ${n}\r\nFrom: a${n}@example.org\r\n\r\nbody ${n}\r\n`);
  await open.ok(`SELECT ${folder}`);
  return { client: open, folder };
}

const append = (
  client: ImapClient,
  folder: string,
  message: string,
  flags = '',
): Promise<readonly string[]> => client.ok(`APPEND ${folder} ${flags}{${message.length}+}\r\n${message}`);

const modseqOf = (lines: readonly string[]): number =>
  Number(/HIGHESTMODSEQ (\d+)/.exec(lines.join('\n'))?.[1] ?? 0);

describe('flags between sessions', () => {
  test('what one session stores another hears of, and nobody hears of it twice', async () => {
    const { client, folder } = await openNew(3);
    const other = await site.signIn();
    await other.ok(`SELECT ${folder}`);
    assert.deepEqual(await client.ok('STORE 2 +FLAGS (\\Seen Later)'), [
      '* FLAGS (Later \\Answered \\Flagged \\Deleted \\Seen \\Draft)',
      '* OK [PERMANENTFLAGS (Later \\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)] Flags permitted',
      '* 2 FETCH (FLAGS (\\Seen Later \\Recent))',
    ]);
    assert.ok((await other.ok('NOOP')).includes('* 2 FETCH (FLAGS (\\Seen Later))'));
    assert.deepEqual(await client.ok('NOOP'), []);
    assert.deepEqual(await other.ok('NOOP'), []);
    assert.deepEqual(await client.ok('STORE 2 -FLAGS.SILENT (Later)'), []);
  });

  test('EXPUNGE is never told while numbers of messages are under way', async () => {
    const { client, folder } = await openNew(3);
    const other = await site.signIn();
    await other.ok(`SELECT ${folder}`);
    await client.ok('STORE 1 +FLAGS (\\Deleted)');
    assert.deepEqual(await client.ok('EXPUNGE'), ['* 1 EXPUNGE', '* 2 RECENT']);
    const fetched = await other.ok('FETCH 2 (UID)');
    assert.ok(fetched.includes('* 2 FETCH (UID 2)'));
    assert.ok(!fetched.some((line) => line.includes('EXPUNGE')), fetched.join('\n'));
    assert.ok((await other.ok('NOOP')).includes('* 1 EXPUNGE'));
    assert.deepEqual(await other.ok('SEARCH ALL'), ['* SEARCH 1 2']);
  });

  test('an idle session is told at once of what comes and goes', async () => {
    const { client, folder } = await openNew(1);
    const idle = await site.signIn();
    await idle.ok(`SELECT ${folder}`);
    const tag = idle.begin('IDLE');
    assert.equal(await idle.line(), '+ idling');
    await append(client, folder, 'Subject: new\r\n\r\nx\r\n');
    assert.equal(await idle.line(), '* 2 EXISTS');
    await client.ok('UID STORE 1 +FLAGS (\\Deleted)');
    const seen: string[] = [];
    while (!seen.some((line) => /FETCH \(.*\\Deleted/.test(line))) seen.push(await idle.line());
    await client.ok('EXPUNGE');
    while (!seen.includes('* 1 EXPUNGE')) seen.push(await idle.line());
    // Another program delivers.
    await putMessage(site.maildir, { folder: `.${folder}`, half: 'new', subject: 'by hand' });
    while (!seen.includes('* 2 EXISTS')) seen.push(await idle.line());
    idle.write('DONE\r\n');
    assert.match((await idle.answer(tag)).tagged, /^OK/);
  });

  test('a program that renames a file changes flags here', async () => {
    const { client, folder } = await openNew(1);
    const cur = join(site.maildir, `.${folder}`, 'cur');
    const [name = ''] = await readdir(cur);
    await rename(join(cur, name), join(cur, `${name.replace(/:2,.*/, '')}:2,FS`));
    for (;;) {
      const lines = await client.ok('NOOP');
      if (lines.length === 0) continue;
      assert.deepEqual(lines, ['* 1 FETCH (FLAGS (\\Flagged \\Seen \\Recent))']);
      break;
    }
  });

  test('EXAMINE changes nothing: no flag, no \\Recent', async () => {
    const folder = `Test${++count}`;
    const client = await site.signIn();
    await client.ok(`CREATE ${folder}`);
    await putMessage(site.maildir, { folder: `.${folder}`, half: 'new' });
    assert.ok((await client.ok(`EXAMINE ${folder}`)).includes('* 1 EXISTS'));
    await client.ok('FETCH 1 BODY[]');
    assert.match((await client.send('STORE 1 +FLAGS (\\Seen)')).tagged, /^NO \[READ-ONLY\]/);
    assert.match((await client.ok(`STATUS ${folder} (RECENT)`))[0]!, /RECENT 1/);
    assert.ok((await client.ok(`SELECT ${folder}`)).includes('* 1 RECENT'));
    assert.match((await client.ok('FETCH 1 FLAGS'))[0]!, /FLAGS \(\\Recent\)/);
  });
});

describe('CONDSTORE and QRESYNC', () => {
  test('STORE with UNCHANGEDSINCE leaves alone what others changed', async () => {
    const { client } = await openNew(2);
    const modseq = modseqOf(await client.ok('STATUS INBOX (HIGHESTMODSEQ)'));
    assert.ok(modseq > 0);
    const [line = ''] = await client.ok('FETCH 1 (MODSEQ)');
    const first = Number(/MODSEQ \((\d+)\)/.exec(line)?.[1]);
    await client.ok('STORE 1 +FLAGS (\\Flagged)');
    const { lines, tagged } = await client.send(
      `STORE 1:2 (UNCHANGEDSINCE ${first + 1}) +FLAGS.SILENT (\\Seen)`,
    );
    assert.match(tagged, /^OK \[MODIFIED 1\]/);
    assert.match(lines.join('\n'), /^\* 2 FETCH \(UID 2 MODSEQ \(\d+\)\)$/);
  });

  test('a client that comes back is told what is gone and what changed', async () => {
    const { client, folder } = await openNew(4);
    const opened = await client.ok(`SELECT ${folder}`);
    const validity = /UIDVALIDITY (\d+)/.exec(opened.join('\n'))?.[1];
    const modseq = modseqOf(opened);
    await client.ok('STORE 2 +FLAGS.SILENT (\\Deleted)');
    await client.ok('EXPUNGE');
    await client.ok('STORE 3 +FLAGS (\\Flagged)');
    const back = await site.signIn();
    assert.deepEqual(await back.ok('ENABLE QRESYNC'), ['* ENABLED QRESYNC']);
    const lines = await back.ok(`SELECT ${folder} (QRESYNC (${validity} ${modseq} 1:4))`);
    assert.ok(lines.includes('* VANISHED (EARLIER) 2'), lines.join('\n'));
    assert.ok(lines.some((line) => /^\* 3 FETCH \(UID 4 FLAGS \(\\Flagged\) MODSEQ \(\d+\)\)$/.test(line)));
    const changed = await back.ok(`UID FETCH 1:* (FLAGS) (CHANGEDSINCE ${modseq} VANISHED)`);
    assert.ok(changed.includes('* VANISHED (EARLIER) 2'));
    assert.equal(changed.filter((line) => line.includes('FETCH')).length, 1);
    await client.ok('STORE 1 +FLAGS (\\Deleted)');
    await client.ok('EXPUNGE');
    assert.ok((await back.ok('NOOP')).includes('* VANISHED 1'));
  });
});

describe('messages in and out', () => {
  test('a message comes out as it went in, whole and in parts', async () => {
    const { client, folder } = await openNew();
    const message = [
      'From: A <a@example.org>',
      'Subject: parts',
      'MIME-Version: 1.0',
      'Content-Type: multipart/mixed; boundary=x',
      '',
      '--x',
      'Content-Type: text/plain',
      '',
      'plain text',
      '--x',
      'Content-Type: application/octet-stream',
      'Content-Transfer-Encoding: base64',
      '',
      'AAEC',
      '--x--',
      '',
    ].join('\r\n');
    await append(client, folder, message, '(\\Flagged $Label) "17-Jul-2020 02:44:25 -0700" ');
    const [whole = ''] = (await client.ok('FETCH 1 (BODY.PEEK[])')).slice(-1);
    assert.equal(whole, `* 1 FETCH (BODY[] {${message.length}}\r\n${message})`);
    const fetched = await client.ok(
      'UID FETCH 1 (FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[1] BODY.PEEK[2.MIME] BINARY.PEEK[2] BINARY.SIZE[2] BODY.PEEK[9] BODY.PEEK[HEADER.FIELDS (SUBJECT)]<0.7>)',
    );
    assert.equal(
      fetched.at(-1),
      `* 1 FETCH (UID 1 FLAGS (\\Flagged $Label \\Recent) INTERNALDATE "17-Jul-2020 09:44:25 +0000" RFC822.SIZE ${message.length} ` +
        'BODY[1] {10}\r\nplain text BODY[2.MIME] {77}\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n ' +
        'BINARY[2] ~{3}\r\n\0\x01\x02 BINARY.SIZE[2] 3 BODY[9] NIL BODY[HEADER.FIELDS (SUBJECT)]<0> {7}\r\nSubject)',
    );
  });

  test('several messages are stored together or not at all', async () => {
    const { client, folder } = await openNew();
    const { tagged } = await client.send(`APPEND ${folder} (\\Seen) {3+}\r\na\r\n {3+}\r\nb\r\n`);
    assert.match(tagged, /^OK \[APPENDUID \d+ 1:2\]/);
    const broken = await client.send(`APPEND ${folder} {3+}\r\nc\r\n (\\Nonsense) {3+}\r\nd\r\n`);
    assert.match(broken.tagged, /^BAD/);
    assert.match((await client.ok(`STATUS ${folder} (MESSAGES)`))[0]!, /MESSAGES 2/);
  });

  test('a message that is too big, or has no folder, is refused before it is asked for', async () => {
    const { client, folder } = await openNew();
    assert.match((await client.send(`APPEND ${folder} {10000001}`)).tagged, /^NO \[TOOBIG\]/);
    assert.match((await client.send('APPEND Nowhere {10}')).tagged, /^NO \[TRYCREATE\]/);
    assert.match((await client.send('APPEND Nowhere {3+}\r\nabc')).tagged, /^NO \[TRYCREATE\]/);
    await client.ok('NOOP');
  });

  test('CATENATE and REPLACE make new messages of old ones', async () => {
    const { client, folder } = await openNew(1);
    const { tagged } = await client.send(
      `APPEND ${folder} CATENATE (URL "/${folder}/;UID=1/;SECTION=HEADER" TEXT {7+}\r\nadded\r\n)`,
    );
    assert.match(tagged, /^OK \[APPENDUID \d+ 2\]/);
    assert.match(
      (await client.ok('FETCH 2 BODY.PEEK[]')).at(-1)!,
      /Subject: number 1\r\n(?:.|\s)*\r\n\r\nadded\r\n\)$/,
    );
    const bad = await client.send(`APPEND ${folder} CATENATE (URL "/${folder}/;UID=99")`);
    assert.match(bad.tagged, /^NO \[BADURL /);
    const replaced = await client.send(`REPLACE 1 ${folder} {14+}\r\nSubject: r\r\n\r\n`);
    assert.match(replaced.tagged, /^OK/);
    assert.ok(replaced.lines.some((line) => /^\* OK \[APPENDUID \d+ 3\]/.test(line)));
    assert.ok(replaced.lines.includes('* 1 EXPUNGE'));
  });

  test('COPY and MOVE tell where the messages are', async () => {
    const { client, folder } = await openNew(3);
    const other = `Test${++count}`;
    assert.match((await client.send(`COPY 1 ${other}`)).tagged, /^NO \[TRYCREATE\]/);
    await client.ok(`CREATE ${other}`);
    assert.match((await client.send(`COPY 1,3 ${other}`)).tagged, /^OK \[COPYUID \d+ 1,3 1:2\]/);
    const moved = await client.send(`UID MOVE 2 ${other}`);
    assert.match(moved.lines[0]!, /^\* OK \[COPYUID \d+ 2 3\]/);
    assert.ok(moved.lines.includes('* 2 EXPUNGE'));
    assert.match((await client.ok(`STATUS ${folder} (MESSAGES)`))[0]!, /MESSAGES 2/);
  });
});

describe('searching', () => {
  test('SEARCH, ESEARCH, SEARCHRES, PARTIAL, SORT and THREAD agree', async () => {
    const { client } = await openNew(4);
    await client.ok('STORE 2,4 +FLAGS.SILENT (\\Seen)');
    assert.deepEqual(await client.ok('SEARCH SEEN'), ['* SEARCH 2 4']);
    assert.deepEqual(await client.ok('SEARCH NOT SEEN 2:*'), ['* SEARCH 3']);
    assert.deepEqual(await client.ok('SEARCH OR SUBJECT "number 1" FROM a4@'), ['* SEARCH 1 4']);
    const tag = client.begin('UID SEARCH RETURN (MIN MAX COUNT ALL SAVE) UNSEEN');
    assert.deepEqual((await client.answer(tag)).lines, [
      `* ESEARCH (TAG "${tag}") UID MIN 1 MAX 3 COUNT 2 ALL 1,3`,
    ]);
    assert.deepEqual(await client.ok('FETCH $ (UID)'), ['* 1 FETCH (UID 1)', '* 3 FETCH (UID 3)']);
    assert.match((await client.ok('SEARCH RETURN (PARTIAL -1:-2) ALL'))[0]!, /PARTIAL \(-1:-2 3:4\)/);
    assert.deepEqual(await client.ok('SORT (REVERSE SUBJECT) UTF-8 ALL'), ['* SORT 4 3 2 1']);
    assert.deepEqual(await client.ok('UID THREAD REFERENCES US-ASCII SEEN'), ['* THREAD (2)(4)']);
    assert.match((await client.send('SEARCH CHARSET X-NONE ALL')).tagged, /^NO \[BADCHARSET/);
    assert.deepEqual(await client.ok('SEARCH 9'), ['* SEARCH']);
  });
});

describe('folders', () => {
  test('they are made, named, subscribed to, listed and removed', async () => {
    const client = await site.signIn();
    await client.ok('CREATE Work.Alpha');
    await client.ok('CREATE INBOX.Work.Beta');
    assert.deepEqual(await client.ok('LIST "" Work.*'), [
      '* LIST (\\HasNoChildren) "." "Work.Alpha"',
      '* LIST (\\HasNoChildren) "." "Work.Beta"',
    ]);
    assert.deepEqual(await client.ok('LIST "" Wor%'), [
      '* LIST (\\NonExistent \\Noselect \\HasChildren) "." "Work"',
    ]);
    assert.deepEqual(await client.ok('LIST "" INBOX.Work.A*'), [
      '* LIST (\\HasNoChildren) "." "INBOX.Work.Alpha"',
    ]);
    await client.ok('SUBSCRIBE Work.Alpha');
    assert.deepEqual(await client.ok('LSUB "" Work.*'), ['* LSUB () "." "Work.Alpha"']);
    assert.deepEqual(await client.ok('LIST (SUBSCRIBED RECURSIVEMATCH) "" Wor%'), [
      '* LIST (\\NonExistent \\HasChildren) "." "Work" ("CHILDINFO" ("SUBSCRIBED"))',
    ]);
    await client.ok('RENAME Work.Alpha Work.Gamma');
    assert.match((await client.send('CREATE Work.Beta')).tagged, /^NO \[ALREADYEXISTS\]/);
    assert.match((await client.send('SELECT Nowhere')).tagged, /^NO \[NONEXISTENT\]/);
    for (const name of ['"../x"', 'a/b', '"a*"', 'cur', '"&ACE-"', 'INBOX'])
      assert.match((await client.send(`CREATE ${name}`)).tagged, /^NO/, name);
    await client.ok('DELETE Work.Gamma');
    await client.ok('DELETE Work.Beta');
    assert.deepEqual(await client.ok('LIST "" Work*'), []);
    assert.deepEqual(await client.ok('LIST "" ""'), ['* LIST (\\Noselect) "." ""']);
  });

  test('names are modified UTF-7, and UTF-8 when that is enabled', async () => {
    const client = await site.signIn();
    await client.ok('CREATE R&AOk-sum&AOk-');
    assert.deepEqual(await client.ok('LIST "" R*'), ['* LIST (\\HasNoChildren) "." "R&AOk-sum&AOk-"']);
    await client.ok('ENABLE IMAP4rev2');
    assert.deepEqual(await client.ok('LIST "" R*'), ['* LIST (\\HasNoChildren) "." "R\xc3\xa9sum\xc3\xa9"']);
    const lines = await client.ok('SELECT "R\xc3\xa9sum\xc3\xa9"');
    assert.ok(!lines.some((line) => line.includes('RECENT')));
    assert.ok(lines.includes('* LIST () "." "R\xc3\xa9sum\xc3\xa9"'));
  });

  test("rights on one's own folders are kept as Courier keeps them", async () => {
    const { client, folder } = await openNew();
    assert.deepEqual(await client.ok(`MYRIGHTS ${folder}`), [`* MYRIGHTS "${folder}" acdeiklrstwx`]);
    await client.ok(`SETACL ${folder} joe@example.net lrs`);
    await client.ok(`SETACL ${folder} joe@example.net +k`);
    assert.ok((await client.ok(`GETACL ${folder}`))[0]!.includes('"joe@example.net" cklrs'));
    assert.match((await client.send(`SETACL ${folder} user@example.net lr`)).tagged, /^NO/);
    await client.ok(`DELETEACL ${folder} joe@example.net`);
    assert.ok(!(await client.ok(`GETACL ${folder}`))[0]!.includes('joe'));
  });
});

describe('the wire', () => {
  test('commands sent ahead are answered in their order', async () => {
    const { client, folder } = await openNew(2);
    const tags = ['NOOP', 'FETCH 1 (UID)', `STATUS ${folder} (MESSAGES)`, 'UID SEARCH ALL'].map((text) =>
      client.begin(text),
    );
    const answers = [];
    for (const tag of tags) answers.push((await client.answer(tag)).lines.join());
    assert.deepEqual(answers.slice(1), [
      '* 1 FETCH (UID 1)',
      `* STATUS "${folder}" (MESSAGES 2)`,
      '* SEARCH 1 2',
    ]);
  });

  test('after COMPRESS both sides compress', async () => {
    const { client } = await openNew(3);
    const tag = client.begin('COMPRESS DEFLATE');
    assert.match((await client.answer(tag)).tagged, /^OK/);
    const socket = client.detach();
    const deflate = createDeflateRaw({ flush: constants.Z_SYNC_FLUSH });
    const inflate = createInflateRaw({ flush: constants.Z_SYNC_FLUSH });
    deflate.pipe(socket);
    socket.pipe(inflate);
    let text = '';
    const said = new Promise<void>((resolve) => {
      inflate.on('data', (bytes: Buffer) => {
        text += bytes.toString('latin1');
        if (text.includes('z2 ')) resolve();
      });
    });
    deflate.write('z1 FETCH 1:* (UID)\r\nz2 COMPRESS DEFLATE\r\n');
    await said;
    assert.match(text, /^\* 1 FETCH \(UID 1\)\r\n(?:.|\s)*z1 OK [^\n]*\nz2 NO \[COMPRESSIONACTIVE\]/);
  });

  test('with UIDONLY there are no numbers of messages', async () => {
    const { client } = await openNew(2);
    assert.deepEqual(await client.ok('ENABLE UIDONLY'), ['* ENABLED UIDONLY']);
    assert.match((await client.send('FETCH 1 FLAGS')).tagged, /^BAD \[UIDREQUIRED\]/);
    assert.deepEqual(await client.ok('UID FETCH 2 (UID FLAGS)'), ['* 2 UIDFETCH (FLAGS (\\Recent))']);
    await client.ok('UID STORE 1 +FLAGS.SILENT (\\Deleted)');
    assert.ok((await client.ok('EXPUNGE')).includes('* VANISHED 1'));
  });
});
