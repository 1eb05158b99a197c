// NOTIFY (RFC 5465) over a real socket: what a client is told without asking, of the folder that is open and of others, of
// what other sessions and other programs do, and what it is not told.
import assert from 'node:assert/strict';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type ImapClient, type ImapSite, startImapSite } from '../support/imap.ts';
import { makeFixtureFolder, putMessage } from '../support/maildir.ts';

let site: ImapSite;
/** Who does what others are told of. */
let actor: ImapClient;
let count = 0;
before(async () => {
  site = await startImapSite();
  actor = await site.signIn();
});
after(() => site.close());

async function makeFolder(messages = 0): Promise<string> {
  const folder = `Note${++count}`;
  await actor.ok(`CREATE ${folder}`);
  for (let n = 1; n <= messages; n++) await append(actor, folder, `number ${n}`);
  return folder;
}

const append = (client: ImapClient, folder: string, subject = 'new'): Promise<readonly string[]> => {
  const message = `Subject: ${subject}\r\nFrom: a@example.org\r\n\r\nbody\r\n`;
  return client.ok(`APPEND ${folder} {${message.length}+}\r\n${message}`);
};

/** Lines that come without a command, up to the first that matches. */
async function waitFor(client: ImapClient, pattern: RegExp): Promise<string[]> {
  const lines: string[] = [];
  do lines.push(await client.line());
  while (!pattern.test(lines.at(-1) ?? ''));
  return lines;
}

/** Nothing was told until now: a change of a folder that both know of comes next. */
async function hearsNothingBut(client: ImapClient, mark: string): Promise<void> {
  await append(actor, mark);
  assert.match(await client.line(), new RegExp(`^\\* STATUS "${mark}" `));
}

const tagged = async (client: ImapClient, command: string): Promise<string> =>
  (await client.send(command)).tagged;

describe('the folder that is open', () => {
  test('new, changed and expunged messages are told between commands, new ones with what was asked of them', async () => {
    const folder = await makeFolder(2);
    const client = await site.signIn();
    await client.ok(`SELECT ${folder}`);
    await client.ok(
      'NOTIFY SET (SELECTED (MessageNew (UID FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)]) MessageExpunge FlagChange))',
    );
    await append(actor, folder, 'third');
    const told = await waitFor(client, /FETCH/);
    assert.ok(told.includes('* 3 EXISTS'), told.join('\n'));
    assert.match(
      told.at(-1) ?? '',
      /^\* 3 FETCH \(UID 3 FLAGS \((?:\\Recent)?\) BODY\[HEADER\.FIELDS \(SUBJECT\)\] \{18\}\r\nSubject: third\r\n\r\n\)$/,
    );
    await actor.ok(`SELECT ${folder}`);
    await actor.ok('STORE 2 +FLAGS (\\Flagged)');
    // RFC 5465 5.1: with the UID.
    assert.match(
      (await waitFor(client, /Flagged/)).at(-1) ?? '',
      /^\* 2 FETCH \(UID 2 FLAGS \(\\Flagged[^)]*\)\)$/,
    );
    await actor.ok('STORE 1 +FLAGS.SILENT (\\Deleted)');
    await waitFor(client, /Deleted/);
    await actor.ok('EXPUNGE');
    assert.deepEqual(await waitFor(client, /RECENT/), ['* 1 EXPUNGE', '* 2 RECENT']);
    assert.deepEqual(await client.ok('SEARCH ALL'), ['* SEARCH 1 2']);
    await actor.ok('UNSELECT');
  });

  test('a file that another program puts into new/ is told within a second', async () => {
    const client = await site.signIn();
    await client.ok('SELECT INBOX');
    await client.ok('NOTIFY SET (selected (messagenew (uid) messageexpunge))');
    const took: number[] = [];
    // On a busy machine the quickest of some counts.
    for (let n = 0; n < 5 && !took.some((one) => one < 1000); n++) {
      const since = performance.now();
      await putMessage(site.maildir, { half: 'new', subject: 'by qmail-local' });
      await waitFor(client, /FETCH \(UID/);
      took.push(performance.now() - since);
    }
    assert.ok(
      took.some((one) => one < 1000),
      took.join(),
    );
  });

  test('with SELECTED-DELAYED an expunge waits for a command that may tell of it', async () => {
    const folder = await makeFolder(3);
    const client = await site.signIn();
    await client.ok(`SELECT ${folder}`);
    await client.ok('NOTIFY SET (SELECTED-DELAYED (MessageNew MessageExpunge FlagChange))');
    await actor.ok(`SELECT ${folder}`);
    await actor.ok('STORE 1 +FLAGS (\\Deleted)');
    await waitFor(client, /Deleted/);
    await actor.ok('EXPUNGE');
    await append(actor, folder);
    assert.ok(!(await waitFor(client, /EXISTS/)).includes('* 1 EXPUNGE'));
    const fetched = await client.ok('FETCH 4 (UID)');
    assert.ok(fetched.includes('* 4 FETCH (UID 4)') && !fetched.includes('* 1 EXPUNGE'), fetched.join('\n'));
    assert.ok((await client.ok('NOOP')).includes('* 1 EXPUNGE'));
    await actor.ok('STORE 1 +FLAGS (\\Deleted)');
    await waitFor(client, /Deleted/);
    const tag = client.begin('IDLE');
    assert.equal(await client.line(), '+ idling');
    await actor.ok('EXPUNGE');
    assert.equal(await client.line(), '* 1 EXPUNGE');
    client.write('DONE\r\n');
    assert.match((await client.answer(tag)).tagged, /^OK/);
    await actor.ok('UNSELECT');
  });

  test('that is not named is not told of, but of what the client removes itself; NONE says the same', async () => {
    const folder = await makeFolder(3);
    const mark = await makeFolder();
    for (const command of [`NOTIFY SET (mailboxes ${mark} (MessageNew MessageExpunge))`, 'NOTIFY NONE']) {
      const client = await site.signIn();
      await client.ok(`SELECT ${folder}`);
      assert.deepEqual(await client.ok(command), []);
      await append(actor, folder);
      await append(actor, mark);
      if (command.includes('SET')) assert.match(await client.line(), /^\* STATUS/);
      assert.deepEqual(await client.ok('NOOP'), []);
      const tag = client.begin('IDLE');
      assert.equal(await client.line(), '+ idling');
      client.write('DONE\r\n');
      assert.deepEqual((await client.answer(tag)).lines, []);
      await client.ok('UID STORE 1:* +FLAGS.SILENT (\\Deleted)');
      const told = await client.ok('UID EXPUNGE 1');
      assert.ok(told.includes('* 1 EXPUNGE'), told.join('\n'));
      await client.ok('UNSELECT');
      await actor.ok(`DELETE ${folder}`);
      await actor.ok(`CREATE ${folder}`);
      for (let n = 0; n < 3; n++) await append(actor, folder);
    }
  });

  test('what came before NOTIFY SET is told with its answer', async () => {
    const folder = await makeFolder(1);
    const client = await site.signIn();
    await client.ok(`SELECT ${folder}`);
    await append(actor, folder);
    assert.ok((await client.ok('NOTIFY SET (selected NONE)')).includes('* 2 EXISTS'));
    await append(actor, folder);
    assert.deepEqual(await client.ok('NOOP'), []);
  });

  test('a client’s own messages are told as EXISTS, without what others’ come with', async () => {
    const folder = await makeFolder(1);
    const client = await site.signIn();
    await client.ok(`SELECT ${folder}`);
    await client.ok('NOTIFY SET (selected (MessageNew (UID) MessageExpunge))');
    const told = await append(client, folder);
    assert.ok(told.includes('* 2 EXISTS'));
    assert.ok(!told.some((line) => line.includes('FETCH')), told.join('\n'));
    await append(actor, folder);
    assert.deepEqual((await waitFor(client, /FETCH/)).at(-1), '* 3 FETCH (UID 3)');
  });

  test('with QRESYNC and UIDONLY news come in their forms', async () => {
    const folder = await makeFolder(2);
    const client = await site.signIn();
    await client.ok('ENABLE QRESYNC UIDONLY');
    await client.ok(`SELECT ${folder}`);
    await client.ok('NOTIFY SET (selected (MessageNew (UID FLAGS) MessageExpunge FlagChange))');
    await append(actor, folder);
    assert.match((await waitFor(client, /UIDFETCH/)).at(-1) ?? '', /^\* 3 UIDFETCH \(FLAGS \([^)]*\)\)$/);
    await actor.ok(`SELECT ${folder}`);
    await actor.ok('STORE 1 +FLAGS (\\Deleted)');
    assert.match(
      (await waitFor(client, /Deleted/)).at(-1) ?? '',
      /^\* 1 UIDFETCH \(FLAGS \(\\Deleted[^)]*\) MODSEQ \(\d+\)\)$/,
    );
    await actor.ok('EXPUNGE');
    assert.deepEqual((await waitFor(client, /VANISHED/)).at(-1), '* VANISHED 1');
    await actor.ok('UNSELECT');
  });
});

describe('other folders', () => {
  test('STATUS tells what is there, then what changed, as far as it was asked for', async () => {
    const [one, two, three] = [await makeFolder(2), await makeFolder(1), await makeFolder(1)];
    const client = await site.signIn();
    const begin = await client.ok(
      `NOTIFY SET STATUS (mailboxes (${one} Nowhere) (MessageNew MessageExpunge)) (subtree ${two} (MessageNew MessageExpunge FlagChange))`,
    );
    assert.equal(begin.length, 2);
    assert.match(
      begin[0] ?? '',
      new RegExp(`^\\* STATUS "${one}" \\(MESSAGES 2 UIDNEXT 3 UIDVALIDITY \\d+\\)$`),
    );
    assert.match(
      begin[1] ?? '',
      new RegExp(
        `^\\* STATUS "${two}" \\(MESSAGES 1 UIDNEXT 2 UIDVALIDITY \\d+ UNSEEN 1 HIGHESTMODSEQ \\d+\\)$`,
      ),
    );
    await append(actor, three);
    await append(actor, one);
    assert.match(
      await client.line(),
      new RegExp(`^\\* STATUS "${one}" \\(MESSAGES 3 UIDNEXT 4 UIDVALIDITY \\d+\\)$`),
    );
    await actor.ok(`SELECT ${one}`);
    // Not asked for here.
    await actor.ok('STORE 1 +FLAGS (\\Seen)');
    await actor.ok(`SELECT ${two}`);
    await actor.ok('STORE 1 +FLAGS (\\Seen)');
    assert.match(await client.line(), new RegExp(`^\\* STATUS "${two}" \\(UIDVALIDITY \\d+ UNSEEN 0\\)$`));
    // RFC 5465 5.1: without CONDSTORE nothing tells of other flags.
    await actor.ok('STORE 1 +FLAGS (\\Flagged)');
    await actor.ok('STORE 1 +FLAGS (\\Deleted)');
    await actor.ok('EXPUNGE');
    assert.match(
      await client.line(),
      new RegExp(`^\\* STATUS "${two}" \\(MESSAGES 0 UIDNEXT 2 UIDVALIDITY \\d+\\)$`),
    );
    await actor.ok('UNSELECT');
  });

  test('with CONDSTORE every change of flags is told with its MODSEQ', async () => {
    const folder = await makeFolder(1);
    const client = await site.signIn();
    await client.ok('ENABLE CONDSTORE');
    await client.ok(`NOTIFY SET (mailboxes ${folder} (MessageNew MessageExpunge FlagChange))`);
    await actor.ok(`SELECT ${folder}`);
    await actor.ok('STORE 1 +FLAGS (\\Flagged)');
    assert.match(await client.line(), /\(UIDVALIDITY \d+ HIGHESTMODSEQ \d+\)$/);
    await append(actor, folder);
    assert.match(await client.line(), /\(MESSAGES 2 UIDNEXT 3 UIDVALIDITY \d+ UNSEEN 2 HIGHESTMODSEQ \d+\)$/);
    await actor.ok('UNSELECT');
  });

  test('another program’s delivery into a folder is told, also while the client idles', async () => {
    const folder = await makeFolder();
    const client = await site.signIn();
    await client.ok('NOTIFY SET (personal (MessageNew MessageExpunge))');
    for (const isIdle of [false, true]) {
      const tag = isIdle ? client.begin('IDLE') : '';
      if (isIdle) assert.equal(await client.line(), '+ idling');
      await putMessage(site.maildir, { folder: `.${folder}`, half: 'new' });
      assert.match(await client.line(), new RegExp(`^\\* STATUS "${folder}" \\(MESSAGES ${isIdle ? 2 : 1} `));
      if (!isIdle) continue;
      client.write('DONE\r\n');
      assert.match((await client.answer(tag)).tagged, /^OK/);
    }
  });

  test('what a client puts into a folder itself is no news; a folder it closes is told of as the others', async () => {
    const [folder, mark] = [await makeFolder(1), await makeFolder()];
    const client = await site.signIn();
    await client.ok(
      'NOTIFY SET (selected (MessageNew MessageExpunge)) (personal (MessageNew MessageExpunge))',
    );
    assert.deepEqual(await append(client, folder), []);
    await client.ok(`SELECT ${folder}`);
    await client.ok(`COPY 1 ${mark}`);
    await hearsNothingBut(client, mark);
    await append(actor, folder);
    assert.deepEqual(await waitFor(client, /EXISTS/), ['* 3 EXISTS']);
    await client.ok('UNSELECT');
    await hearsNothingBut(client, mark);
    await append(actor, folder);
    assert.match(await client.line(), new RegExp(`^\\* STATUS "${folder}" \\(MESSAGES 4 UIDNEXT 5 `));
  });

  test('a group with NONE takes its mailboxes out of the others', async () => {
    const [folder, mark] = [await makeFolder(), await makeFolder()];
    const client = await site.signIn();
    await client.ok(`NOTIFY SET (inboxes (MessageNew MessageExpunge)) (mailboxes ${folder} NONE)`);
    await append(actor, folder);
    await hearsNothingBut(client, mark);
  });
});

describe('names and subscriptions', () => {
  test('folders that come, go and are renamed are told, with their old name and their parent', async () => {
    const client = await site.signIn();
    await client.ok('NOTIFY SET (personal (MailboxName))');
    await actor.ok('CREATE Came');
    assert.equal(await client.line(), '* LIST (\\HasNoChildren) "." "Came"');
    await actor.ok('CREATE Came.Below.Deep');
    assert.deepEqual([await client.line(), await client.line()].sort(), [
      '* LIST (\\HasNoChildren) "." "Came.Below.Deep"',
      '* LIST (\\NonExistent \\HasChildren) "." "Came.Below"',
    ]);
    // What lies below goes along, and is not told.
    await actor.ok('RENAME Came Went');
    assert.equal(await client.line(), '* LIST (\\HasChildren) "." "Went" ("OLDNAME" ("Came"))');
    await actor.ok('DELETE Went.Below.Deep');
    assert.deepEqual([await client.line(), await client.line()].sort(), [
      '* LIST (\\NonExistent \\HasNoChildren) "." "Went.Below"',
      '* LIST (\\NonExistent \\HasNoChildren) "." "Went.Below.Deep"',
    ]);
    await actor.ok('DELETE Went');
    assert.equal(await client.line(), '* LIST (\\NonExistent \\HasNoChildren) "." "Went"');
    assert.deepEqual(await client.ok('NOOP'), []);
  });

  test('also when another program does it, and what the client does itself is not', async () => {
    const client = await site.signIn();
    await client.ok('NOTIFY SET (personal (MailboxName SubscriptionChange MessageNew MessageExpunge))');
    for (const command of [
      'CREATE Mine',
      'SUBSCRIBE Mine',
      'RENAME Mine Mine2',
      'UNSUBSCRIBE Mine2',
      'DELETE Mine2',
    ])
      assert.deepEqual(await client.ok(command), [], command);
    await makeFixtureFolder(site.maildir, '.Foreign');
    assert.match(
      (await waitFor(client, /"Foreign"/)).at(-1) ?? '',
      /^\* LIST \(\\HasNoChildren\) "\." "Foreign"$/,
    );
    // A folder that came is watched as the others.
    await putMessage(site.maildir, { folder: '.Foreign', half: 'new' });
    assert.match(
      (await waitFor(client, /STATUS/)).at(-1) ?? '',
      /^\* STATUS "Foreign" \(MESSAGES 1 UIDNEXT 2 /,
    );
    await rename(join(site.maildir, '.Foreign'), join(site.maildir, '..gone'));
    await rm(join(site.maildir, '..gone'), { recursive: true });
    assert.match(
      (await waitFor(client, /"Foreign"/)).at(-1) ?? '',
      /^\* LIST \(\\NonExistent \\HasNoChildren\) "\." "Foreign"$/,
    );
  });

  test('subscriptions are told, whoever changes the file', async () => {
    const folder = await makeFolder();
    const client = await site.signIn();
    await client.ok(
      `NOTIFY SET (subtree ${folder} (SubscriptionChange)) (mailboxes Gone (SubscriptionChange))`,
    );
    await actor.ok(`SUBSCRIBE ${folder}`);
    assert.equal(await client.line(), `* LIST (\\HasNoChildren \\Subscribed) "." "${folder}"`);
    await actor.ok(`UNSUBSCRIBE ${folder}`);
    assert.equal(await client.line(), `* LIST (\\HasNoChildren) "." "${folder}"`);
    const file = join(site.maildir, 'courierimapsubscribed');
    await writeFile(`${file}.new`, 'INBOX.Gone\n', { mode: 0o600 });
    await rename(`${file}.new`, file);
    assert.equal(await client.line(), '* LIST (\\NonExistent \\HasNoChildren \\Subscribed) "." "Gone"');
  });

  test('below INBOX, where the site has its folders there', async () => {
    const other = await startImapSite({ settings: { imapprefix: 'INBOX.' } });
    try {
      const [client, second] = [await other.signIn(), await other.signIn()];
      await client.ok('NOTIFY SET (subtree INBOX (MailboxName MessageNew MessageExpunge))');
      await second.ok('CREATE INBOX.Sub');
      assert.equal(await client.line(), '* LIST (\\HasNoChildren) "." "INBOX.Sub"');
      await append(second, 'INBOX.Sub');
      assert.match(await client.line(), /^\* STATUS "INBOX\.Sub" \(MESSAGES 1 /);
    } finally {
      await other.close();
    }
  });
});

describe('annotations', () => {
  test('are told by name of the mailboxes that were named, and of the server', async () => {
    const [folder, other] = [await makeFolder(), await makeFolder()];
    const client = await site.signIn();
    await client.ok(`NOTIFY SET (mailboxes ${folder} (MailboxMetadataChange ServerMetadataChange))`);
    await actor.ok(`SETMETADATA ${other} (/shared/a "1")`);
    await actor.ok(`SETMETADATA ${folder} (/shared/a "1" /private/b NIL)`);
    assert.equal(await client.line(), `* METADATA "${folder}" /shared/a /private/b`);
    await actor.ok('SETMETADATA "" (/private/b NIL)');
    assert.equal(await client.line(), '* METADATA "" /private/b');
    await client.ok('NOTIFY NONE');
    await actor.ok(`SETMETADATA ${folder} (/shared/a "2")`);
    assert.deepEqual(await client.ok('NOOP'), []);
  });
});

describe('refusals and limits', () => {
  test('events of messages may be asked for one by one where the mailbox is not selected', async () => {
    const folder = 'OneByOne';
    const writer = await site.signIn();
    await writer.ok(`CREATE ${folder}`);
    await writer.ok(`APPEND ${folder} {15+}\r\nSubject: one\r\n\r\n`);
    const client = await site.signIn();
    for (const [event, items] of [
      ['MessageExpunge', 'MESSAGES 1'],
      ['MessageNew', 'MESSAGES 1 UIDNEXT 2 UIDVALIDITY \\d+'],
      ['FlagChange', 'UIDVALIDITY \\d+ HIGHESTMODSEQ \\d+'],
    ]) {
      const [line = ''] = await client.ok(`NOTIFY SET STATUS (mailboxes ${folder} (${event}))`);
      assert.match(line, new RegExp(`^\\* STATUS "${folder}" \\(${items}\\)$`));
    }
    // An expunge is told to who asked for that alone; a new message is not.
    await client.ok(`NOTIFY SET (mailboxes ${folder} (MessageExpunge))`);
    await writer.ok(`APPEND ${folder} {15+}\r\nSubject: two\r\n\r\n`);
    await writer.ok(`SELECT ${folder}`);
    await writer.ok('STORE 1:2 +FLAGS (\\Deleted)');
    await writer.ok('EXPUNGE');
    assert.match(
      await client.line(),
      new RegExp(`^\\* STATUS "${folder}" \\(MESSAGES 0 UIDNEXT 3 UIDVALIDITY \\d+\\)$`),
    );
  });

  test('unknown events are answered with those that are known, wrong forms with BAD', async () => {
    const client = await site.signIn();
    for (const event of ['AnnotationChange', 'SomethingElse']) {
      assert.match(
        await tagged(client, `NOTIFY SET (selected (MessageNew MessageExpunge ${event}))`),
        /^NO \[BADEVENT \(MessageNew MessageExpunge FlagChange MailboxName SubscriptionChange MailboxMetadataChange ServerMetadataChange\)\]/,
      );
    }
    for (const command of [
      'NOTIFY',
      'NOTIFY SOME',
      'NOTIFY NONE NONE',
      'NOTIFY SET',
      'NOTIFY SET STATUS',
      'NOTIFY SET ()',
      'NOTIFY SET selected (MessageNew MessageExpunge)',
      'NOTIFY SET (selected)',
      'NOTIFY SET (selected ())',
      'NOTIFY SET (selected ALL)',
      'NOTIFY SET (selected (MessageNew))',
      'NOTIFY SET (selected (MessageExpunge))',
      'NOTIFY SET (selected (FlagChange))',
      'NOTIFY SET (selected (MailboxName))',
      'NOTIFY SET (selected NONE) (selected-delayed NONE)',
      'NOTIFY SET (personal (MessageNew (UID) MessageExpunge))',
      'NOTIFY SET (selected (MessageNew () MessageExpunge))',
      'NOTIFY SET (selected (MessageNew (NOTHING) MessageExpunge))',
      'NOTIFY SET (mailboxes (MailboxName))',
      'NOTIFY SET (mailboxes () (MailboxName))',
      'NOTIFY SET (subtree-one INBOX (MailboxName))',
      'NOTIFY SET (everything (MailboxName))',
      `NOTIFY SET${' (personal NONE)'.repeat(101)}`,
    ])
      assert.match(await tagged(client, command), /^BAD/, command);
    const stranger = await site.connect();
    assert.match(await tagged(stranger, 'NOTIFY NONE'), /^BAD/);
  });

  test('more folders than can be watched are refused, and told when they come later', async () => {
    const other = await startImapSite();
    try {
      const client = await other.signIn();
      const make = (from: number, to: number): Promise<unknown> =>
        Promise.all(
          Array.from({ length: to - from }, (_, n) =>
            mkdir(join(other.maildir, `.F${from + n}`, 'cur'), { recursive: true }),
          ),
        );
      await make(0, 999);
      await client.ok('NOTIFY SET (personal (MailboxName))');
      await make(999, 1000);
      assert.equal(
        (await waitFor(client, /OVERFLOW/)).at(-1),
        '* OK [NOTIFICATIONOVERFLOW] Too many mailboxes; nothing more is told',
      );
      assert.match(
        await tagged(client, 'NOTIFY SET (personal (MailboxName))'),
        /^NO \[NOTIFICATIONOVERFLOW\]/,
      );
      await client.ok('NOTIFY SET (mailboxes (INBOX F1) (MessageNew MessageExpunge))');
    } finally {
      await other.close();
    }
  });

  test('a client that goes away while it is told of much leaves nothing behind', async () => {
    const folder = await makeFolder();
    const client = await site.signIn();
    await client.ok(`SELECT ${folder}`);
    await client.ok(
      'NOTIFY SET (selected (MessageNew (BODY.PEEK[]) MessageExpunge)) (personal (MessageNew MessageExpunge))',
    );
    client.socket.pause();
    const large = `Subject: large\r\n\r\n${'x'.repeat(200_000)}\r\n`;
    for (let n = 0; n < 10; n++) await actor.ok(`APPEND ${folder} {${large.length}+}\r\n${large}`);
    client.destroy();
    await append(actor, folder);
    assert.deepEqual(
      site.log.filter((line) => line.includes('bug')),
      [],
    );
  });
});
